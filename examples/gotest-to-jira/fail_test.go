package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/examples/internal/programtest"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

const (
	issuePath   = "/rest/api/3/issue"
	commentPath = "/rest/api/3/issue/{key}/comment"
	projectPath = "/rest/api/3/project/{key}"
)

// What cannot be filed does not keep the rest from it.
func TestOneCannotBeFiled(t *testing.T) {
	t.Parallel()
	site, env := startSite(t)
	site.Faults().Add(faults.Rule{
		Method: "POST", Path: issuePath, Times: 1, Status: 400, Body: `{"errors":{"priority":"Priority is required."}}`,
	})
	args := []string{"-json", "-project", "WEB"}
	code, stdout, stderr := call(t, env, recorded(t, "cart", "parallel"), args...)
	counts := make(map[string]int)
	for _, r := range programtest.Rows[row](t, stdout) {
		counts[r.Result]++
		if (r.Result == failed) != strings.Contains(r.Error, "no issue could be filed: ") || (r.Result == failed) != strings.Contains(r.Error, "Priority is required") {
			t.Errorf("row %+v", r)
		}
	}
	if diff := cmp.Diff(map[string]int{created: 4, failed: 1}, counts); code != program.ExitFailed || diff != "" {
		t.Fatalf("exit %d, results (-want +got):\n%s%s", code, diff, stderr)
	}
	if !strings.Contains(stderr, "1 failure could not be filed") || len(site.Issues()) != 4 {
		t.Errorf("%d issues\n%s", len(site.Issues()), stderr)
	}

	// The next run files what is missing, and says where a comment could not be written.
	site.Faults().Add(faults.Rule{Method: "POST", Path: commentPath, Times: 1, Status: 403, Body: `{"errorMessages":["no"]}`})
	code, stdout, stderr = call(t, env, recorded(t, "cart", "parallel"), args...)
	counts = make(map[string]int)
	for _, r := range programtest.Rows[row](t, stdout) {
		counts[r.Result]++
		if r.Result == failed && !strings.Contains(r.Error, r.Issue+" is there, but could not be updated: ") {
			t.Errorf("row %+v", r)
		}
	}
	if diff := cmp.Diff(map[string]int{created: 1, updated: 3, failed: 1}, counts); code != program.ExitFailed || diff != "" {
		t.Fatalf("exit %d, results (-want +got):\n%s%s", code, diff, stderr)
	}
}

// An answer that is lost is no reason to file twice, nor to fail.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	site, env := startSite(t)
	site.Faults().Add(faults.Rule{Method: "POST", Path: issuePath, Cut: faults.CutAfter})
	code, stdout, stderr := call(t, env, recorded(t, "parallel"), "-json", "-project", "WEB")
	want := []string{"parallel TestStock created", "parallel TestTaxes created"}
	if diff := cmp.Diff(want, results(t, stdout)); code != program.ExitOK || diff != "" || len(site.Issues()) != 2 {
		t.Errorf("exit %d, %d issues, results (-want +got):\n%s%s", code, len(site.Issues()), diff, stderr)
	}
}

// Where nothing can be filed it is said once, and what failed is listed all the same.
func TestNoPlace(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rule faults.Rule
		want string
	}{
		"unauthorized": {faults.Unauthorized(), "project WEB could not be read"},
		"gone":         {faults.Rule{Path: projectPath, Status: 404, Body: `{"errorMessages":["No project"]}`}, "no project WEB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, env := startSite(t)
			site.Faults().Add(test.rule)
			code, stdout, stderr := call(t, env, recorded(t, "parallel"), "-json", "-project", "WEB")
			want := []string{"parallel TestStock failed", "parallel TestTaxes failed"}
			if diff := cmp.Diff(want, results(t, stdout)); code != program.ExitFailed || diff != "" || strings.Count(stderr, test.want) != 1 ||
				!strings.Contains(programtest.Rows[row](t, stdout)[1].Error, test.want) {
				t.Errorf("exit %d, results (-want +got):\n%s%s", code, diff, stderr)
			}
			if n := len(site.Requests()); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// Interrupted while it waits for input, the program ends at once and files nothing.
func TestInterruptedWhileReading(t *testing.T) {
	t.Parallel()
	site, env := startSite(t)
	data, err := io.ReadAll(recorded(t, "parallel"))
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	defer func() { _ = w.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, _ = w.Write(data)
		cancel() // the pipe stays open
	}()
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"-json", "-project", "WEB"}, func(name string) string { return env[name] }, r, &stdout, &stderr)
	if code != program.ExitInterrupted || stdout.Len() > 0 || len(site.Issues()) > 0 || !strings.Contains(stderr.String(), "interrupted") {
		t.Errorf("exit %d, %d issues\n%s%s", code, len(site.Issues()), stdout.String(), stderr.String())
	}
}

// Interrupted while it files, the program finishes what has begun and lists the rest.
func TestInterruptedWhileFiling(t *testing.T) {
	t.Parallel()
	site := jiratest.NewServer(jiratest.WithoutListener())
	ctx, cancel := context.WithCancel(t.Context())
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == issuePath {
			cancel()
		}
		site.ServeHTTP(w, r)
	}))
	defer front.Close()
	env := environment(front.URL)
	const total = 3 * atOnce
	var events [][3]string
	for i := range total {
		events = append(events, [3]string{"fail", fmt.Sprintf("Test%d", i)})
	}
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"-json", "-project", "WEB"}, func(name string) string { return env[name] },
		strings.NewReader(stream(t, events...)), &stdout, &stderr)
	all := programtest.Rows[row](t, stdout.String())
	n := 0
	for _, r := range all {
		switch {
		case r.Result == created:
			n++
		case r.Error != program.ErrInterrupted.Error():
			t.Errorf("row %+v", r)
		}
	}
	if code != program.ExitInterrupted || len(all) != total || n == 0 || n == total || len(site.Issues()) != n || !strings.Contains(stderr.String(), "run it again") {
		t.Errorf("exit %d, %d created of %d, %d issues\n%s", code, n, len(all), len(site.Issues()), stderr.String())
	}
}

func TestMain(m *testing.M) { programtest.Main(m, main) }

// A reader that goes away does not keep the work from being done and its state from being kept.
func TestClosedPipe(t *testing.T) {
	t.Parallel()
	for name, format := range map[string][]string{"table": nil, "json": {"-json"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state := filepath.Join(t.TempDir(), "state.json")
			cmd := programtest.Command(t, append(format, "-state", state)...)
			cmd.Stdin, cmd.Stdout = recorded(t, "fuzz"), programtest.ClosedPipe(t)
			if err := cmd.Run(); err != nil {
				t.Fatal(err)
			}
			code, stdout, stderr := call(t, nil, recorded(t, "fuzz"), "-json", "-state", state)
			if diff := cmp.Diff([]string{"fuzz FuzzParse updated"}, results(t, stdout)); code != program.ExitOK || diff != "" {
				t.Errorf("the second run: exit %d, results (-want +got):\n%s%s", code, diff, stderr)
			}
		})
	}
}

// Whoever forgets the pipe is told, and not kept waiting.
func TestTerminal(t *testing.T) {
	t.Parallel()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("this machine gives no terminal to try it on: %v", err)
	}
	defer func() { _ = terminal.Close() }()
	code, stdout, stderr := call(t, nil, terminal)
	if code != program.ExitUsage || !strings.Contains(stderr, "go test -json ./... | gotest-to-jira") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
}
