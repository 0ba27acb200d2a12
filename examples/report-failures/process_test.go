package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/examples/internal/programtest"
)

func TestMain(m *testing.M) { programtest.Main(m, main) }

// A reader that goes away does not keep the work from being done and its state from being kept.
func TestClosedPipe(t *testing.T) {
	t.Parallel()
	for name, format := range map[string][]string{"table": nil, "json": {"-json"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state := filepath.Join(t.TempDir(), "state.json")
			cmd := programtest.Command(t, append(format, "-state", state)...)
			cmd.Stdout = programtest.ClosedPipe(t)
			if err := cmd.Run(); err != nil {
				t.Fatal(err)
			}
			code, stdout, stderr := call(t, nil, "-json", "-state", state)
			if code != program.ExitOK || results(programtest.Rows[row](t, stdout))[linked] != 3 {
				t.Errorf("the second run: exit %d\n%s%s", code, stdout, stderr)
			}
		})
	}
}

// watch keeps what is written, and tells when it holds a text.
type watch struct {
	text string
	seen chan struct{}

	mu   sync.Mutex
	once sync.Once
	buf  bytes.Buffer
}

func (w *watch) Write(data []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf.Write(data)
	if strings.Contains(w.buf.String(), w.text) {
		w.once.Do(func() { close(w.seen) })
	}
	return len(data), nil
}

// Interrupted while its first issue is being created, the program finishes that one, with its label, and leaves the rest.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	stderr := &watch{text: "finishing what has begun; Ctrl-C again ends at once", seen: make(chan struct{})}
	var cmd *exec.Cmd
	started, ended := make(chan struct{}), make(chan struct{})
	s := startSites(t, func() {
		<-started
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		select {
		case <-stderr.seen:
		case <-ended:
		}
	})
	cmd = programtest.Command(t, s.inBrowsers(t, "chromium", "firefox", "webkit")...)
	for name, value := range s.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stdout, cmd.Stderr = &stdout, stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	close(started)
	err := cmd.Wait()
	close(ended)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != program.ExitInterrupted || !strings.Contains(stderr.buf.String(), "run it again to report the rest") {
		t.Fatalf("%v, not exit %d\n%s%s", err, program.ExitInterrupted, stdout.String(), stderr.buf.String())
	}
	all := programtest.Rows[row](t, stdout.String())
	if len(all) != 3 || all[0].Result != created || len(s.jira.Issues()) != 1 {
		t.Fatalf("%d issues\n%s", len(s.jira.Issues()), stdout.String())
	}
	for _, r := range all[1:] {
		if r.Result != failed || r.Error != program.ErrInterrupted.Error() {
			t.Errorf("row %+v", r)
		}
	}
	labels := s.jira.Issue(all[0].Issue).Fields.Labels
	if !slices.Contains(labels, marker("Shop01", all[0].Signature)) {
		t.Errorf("the issue has the labels %v", labels)
	}
}

// Interrupted before anything has begun, it lists nothing and changes nothing.
func TestInterruptedAtOnce(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	code := run(ctx, nil, func(string) string { return "" }, &stdout, &stderr)
	if code != program.ExitInterrupted || !strings.Contains(stderr.String(), "interrupted") {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
}
