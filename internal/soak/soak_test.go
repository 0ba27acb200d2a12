package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// small is a round for tests: enough to meet each fault and a few pauses.
func small(seed uint64) config {
	return config{seed: seed, json: true, workers: 64, keys: 300, creates: 300, edits: 60, issues: 2_000, searches: 4, files: 48, limit: whole.limit, virtual: whole.virtual}
}

// TestSoak runs a small round, under the race detector too. It runs alone: it counts what the whole process holds.
func TestSoak(t *testing.T) { //nolint:paralleltest // see above
	var out bytes.Buffer
	kept, err := soak(t, small(11), &out)
	if err != nil {
		t.Fatal(err)
	}
	var f figures
	if err := json.Unmarshal(out.Bytes(), &f); err != nil {
		t.Fatal(err)
	}
	if !kept || len(f.Broken) > 0 {
		t.Errorf("%s", out.Bytes())
	}
	for what, n := range map[string]int{
		"ambiguous calls of CreateOnce": f.Once.Ambiguous, "ambiguous creates": f.Creates.Ambiguous,
		"ambiguous creates that arrived": f.Creates.Arrived, "uploads that failed": f.Transfers.UploadErrors,
		"downloads that failed": f.Transfers.DownloadErrors, "waits": f.Pauses.Waits, "quota pauses": f.Pauses.Quota,
		"edits": f.Edits.Confirmed, "reads": f.Edits.Read, "searches": f.Searches.Searches,
	} {
		if n == 0 {
			t.Errorf("no %s: this proves nothing", what)
		}
	}
	for _, fault := range []string{"connection refused", "gzip garbage", "half a response", "answer after the timeout"} {
		if f.Faults[fault] == 0 {
			t.Errorf("no %s among the faults: %v", fault, f.Faults)
		}
	}
}

// TestParse refuses what makes no sense.
func TestParse(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"":              "",
		"-seed 3 -json": "",
		"-for 0s":       "",
		"-for -5s":      "over before it begins",
		"-seed -1":      "invalid value",
		"3":             "no arguments",
	} {
		var told strings.Builder
		_, err := parse(strings.Fields(args), &told)
		if (err != nil) != (want != "") || !strings.Contains(told.String(), want) {
			t.Errorf("%q: %v, %q", args, err, told.String())
		}
	}
}

// TestLostFigures: figures that nobody gets prove nothing.
func TestLostFigures(t *testing.T) {
	t.Parallel()
	for _, asJSON := range []bool{false, true} {
		gone, out := io.Pipe()
		_ = gone.Close()
		if err := new(figures).print(out, asJSON); err == nil {
			t.Errorf("JSON %v: the figures were lost without an error", asJSON)
		}
	}
}

// inChild says which test a process was started for by alone.
const inChild = "SOAK_TEST_ALONE"

// alone runs a test in a process of its own, and returns what that printed.
func alone(t *testing.T, test, how string) (stdout, stderr string, err error) {
	t.Helper()
	out, failed := os.Create(filepath.Join(t.TempDir(), "out")) // a file: a pipe would wake the runtime's poller
	if failed != nil {
		t.Fatal(failed)
	}
	var complaints strings.Builder
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+test+"$") // #nosec G204 -- this very program
	cmd.Env = append(os.Environ(), inChild+"="+how)
	cmd.Stdout, cmd.Stderr = out, &complaints
	err = cmd.Run()
	data, failed := os.ReadFile(out.Name())
	if failed = errors.Join(failed, out.Close()); failed != nil {
		t.Fatal(failed)
	}
	return string(data), complaints.String(), err
}

// TestStockAlone: what the runtime opens for itself is not taken for something left behind.
func TestStockAlone(t *testing.T) {
	t.Parallel()
	if out, _, err := alone(t, "TestLeftovers", "stock"); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// TestHang gives a round too little time, on either clock.
func TestHang(t *testing.T) {
	t.Parallel()
	cfg := small(11)
	cfg.files = 0
	switch os.Getenv(inChild) {
	case "real":
		cfg.limit = time.Millisecond
	case "virtual":
		cfg.virtual = 10 * time.Second
	default:
		for _, clock := range []string{"real", "virtual"} {
			out, stacks, err := alone(t, "TestHang", clock)
			exit, ended := errors.AsType[*exec.ExitError](err)
			var f figures
			_ = json.Unmarshal([]byte(out), &f)
			told := strings.Join(f.Broken, "\n")
			if !ended || exit.ExitCode() != 1 || !strings.Contains(told, "seed 11: a round did not end") || !strings.Contains(told, "-seed 11 ") {
				t.Errorf("%s: %v: %s", clock, err, out)
			}
			if !strings.Contains(stacks, "goroutine ") {
				t.Errorf("%s: no stacks: %s", clock, stacks)
			}
		}
		return
	}
	if kept, err := soak(t, cfg, os.Stdout); kept || err != nil {
		os.Exit(3) // since it should not have come to this
	}
}

// TestJudge breaks each promise on paper.
func TestJudge(t *testing.T) {
	t.Parallel()
	cfg := config{workers: 64, keys: 10, creates: 10, searches: 4}
	good := func() *figures {
		return &figures{
			Seed: 7, Requests: 100, Faulted: 20, Storms: 1, Rotations: 1,
			Once:    onceFigures{Keys: 10, Issues: 10},
			Creates: createFigures{Calls: 10, Confirmed: 6, Refused: 2, Ambiguous: 2, Arrived: 1, Issues: 7},
			Pauses:  pauseFigures{Quota: 1, Waits: 1, Together: 64, LongestWait: 3, HourTold: true},
			Edits:   editFigures{Confirmed: 1, Read: 1}, Searches: searchFigures{Searches: 4},
			Transfers: transferFigures{Uploads: 2, UploadErrors: 1, Downloads: 2, DownloadErrors: 1},
		}
	}
	f := good()
	if f.judge(cfg); len(f.Broken) > 0 {
		t.Fatalf("nothing is broken, but %q", f.Broken)
	}
	for name, spoil := range map[string]func(f *figures){
		"10 keys have 11 issues":           func(f *figures) { f.Once.Issues++ },
		"9 keys have 10 issues":            func(f *figures) { f.Once.Keys-- },
		"caller was told of":               func(f *figures) { f.Once.Lost++ },
		"beyond one of a key":              func(f *figures) { f.Once.Doubled++ },
		"neither confirmed":                func(f *figures) { f.Creates.Refused-- },
		"but there are 8 issues":           func(f *figures) { f.Creates.Issues++ },
		"confirmed and lost: 1":            func(f *figures) { f.Creates.Lost++ },
		"more than one issue":              func(f *figures) { f.Creates.Doubled++ },
		"refused and made an issue":        func(f *figures) { f.Creates.Secret++ },
		"edits that were":                  func(f *figures) { f.Edits.Lost++ },
		"reads of another":                 func(f *figures) { f.Edits.Wrong++ },
		"yielded twice":                    func(f *figures) { f.Searches.Duplicates++ },
		"search missed":                    func(f *figures) { f.Searches.Missing++ },
		"did not end":                      func(f *figures) { f.Searches.Endless++ },
		"never went well":                  func(f *figures) { f.Searches.Unfinished++ },
		"other bytes":                      func(f *figures) { f.Transfers.Different++ },
		"uploads that were confirmed":      func(f *figures) { f.Transfers.Lost++ },
		"more than one attachment":         func(f *figures) { f.Transfers.Doubled++ },
		"refused and made an attachment":   func(f *figures) { f.Transfers.Secret++ },
		"connections left":                 func(f *figures) { f.Transfers.Connections++ },
		"during a quota's pause":           func(f *figures) { f.Pauses.SentDuring++ },
		"shorter than the server":          func(f *figures) { f.Pauses.Early++ },
		"did not resume":                   func(f *figures) { f.Pauses.Late++ },
		"longer than the cap":              func(f *figures) { f.Pauses.LongestWait = 61 },
		"told to wait for an hour slept":   func(f *figures) { f.Pauses.HourSlept = 2 },
		"slept 0.0 s or did not say so":    func(f *figures) { f.Pauses.HourTold = false },
		"requests to another host":         func(f *figures) { f.Foreign++ },
		"credentials sent":                 func(f *figures) { f.Security.Leaked++ },
		"spent refresh tokens":             func(f *figures) { f.Security.Reused++ },
		"goroutines left":                  func(f *figures) { f.Left.Goroutines++ },
		"file handles left":                func(f *figures) { f.Left.Files++ },
		"timers left":                      func(f *figures) { f.Left.Timers++ },
		"the heap was 0 bytes and is 5000": func(f *figures) { f.Left.HeapAfter = 5_000_000 },
		"18.0 % of the requests":           func(f *figures) { f.Faulted = 18 },
		"22.0 % of the requests":           func(f *figures) { f.Faulted = 22 },
		"no more than 57 resumed together": func(f *figures) { f.Pauses.Together = 57 },
		"no wait":                          func(f *figures) { f.Pauses.Waits = 0 },
		"no quota's pause":                 func(f *figures) { f.Pauses.Quota = 0 },
		"no token revoked":                 func(f *figures) { f.Rotations = 0 },
		"no storm":                         func(f *figures) { f.Storms = 0 },
		"no edit":                          func(f *figures) { f.Edits.Confirmed = 0 },
		"no issue read":                    func(f *figures) { f.Edits.Read = 0 },
		"no upload":                        func(f *figures) { f.Transfers.UploadErrors = 2 },
		"no download":                      func(f *figures) { f.Transfers.Downloads = 1 },
		"3 of 4 searches":                  func(f *figures) { f.Searches.Searches = 3 },
	} {
		f := good()
		spoil(f)
		f.judge(cfg)
		if len(f.Broken) == 0 || !strings.Contains(strings.Join(f.Broken[:len(f.Broken)-1], "\n"), name) {
			t.Errorf("%s: %q", name, f.Broken)
		} else if !strings.Contains(f.Broken[len(f.Broken)-1], "-seed 7 ") {
			t.Errorf("%s: the seed is not told: %q", name, f.Broken)
		}
		var table, object bytes.Buffer
		f.printTable(&table)
		f.printJSON(&object)
		var again figures
		if err := json.Unmarshal(object.Bytes(), &again); err != nil || len(again.Broken) != len(f.Broken) {
			t.Errorf("%s: %v: %s", name, err, object.Bytes())
		}
		if !strings.Contains(table.String(), "BROKEN seed 7: ") {
			t.Errorf("%s: %s", name, table.String())
		}
	}
}
