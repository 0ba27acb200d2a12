package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// small is a round for tests: enough to meet each fault and a few pauses.
func small(seed uint64) config {
	return config{seed: seed, json: true, workers: 64, keys: 300, creates: 300, edits: 60, issues: 2_000, searches: 4, files: 48}
}

// TestSoak runs a small round, under the race detector too. It runs alone: it counts what the whole process holds.
func TestSoak(t *testing.T) { //nolint:paralleltest // see above
	var out bytes.Buffer
	kept := soak(t, small(11), &out)
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

// TestJudge breaks each promise on paper.
func TestJudge(t *testing.T) {
	t.Parallel()
	cfg := config{keys: 10, creates: 10}
	good := func() *figures {
		return &figures{
			Seed: 7, Requests: 100, Faulted: 20, Storms: 1, Rotations: 1,
			Once:    onceFigures{Keys: 10, Issues: 10},
			Creates: createFigures{Calls: 10, Confirmed: 6, Refused: 2, Ambiguous: 2, Arrived: 1, Issues: 7},
			Pauses:  pauseFigures{Quota: 1, LongestWait: 3, HourTold: true},
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
		"credentials sent":                 func(f *figures) { f.Security.Leaked++ },
		"spent refresh tokens":             func(f *figures) { f.Security.Reused++ },
		"goroutines left":                  func(f *figures) { f.Left.Goroutines++ },
		"file handles left":                func(f *figures) { f.Left.Files++ },
		"timers left":                      func(f *figures) { f.Left.Timers++ },
		"the heap was 0 bytes and is 5000": func(f *figures) { f.Left.HeapAfter = 5_000_000 },
		"too few faults":                   func(f *figures) { f.Faulted = 3 },
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
