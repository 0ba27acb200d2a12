package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
)

// A pipe that nobody writes to does not keep the user from interrupting the program.
func TestInterruptedAtNamedPipe(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	fake, env := site(t)
	time.AfterFunc(50*time.Millisecond, cancel)
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"-project", "WEB", pipe}, func(name string) string { return env[name] }, strings.NewReader(""), &stdout, &stderr)
	if code != program.ExitInterrupted || len(fake.Issues()) > 0 {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
	w, err := os.OpenFile(pipe, os.O_RDWR, 0) // lets go of the one who still waits
	if err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
}

func TestNamedPipe(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() { _ = os.WriteFile(pipe, []byte("# It fails\n\nbadly"), 0o600) }()
	fake, env := site(t)
	code, stdout, stderr := call(t, env, "", "-project", "WEB", pipe)
	if code != program.ExitOK || fake.Issue("WEB-1").Fields.Summary != "It fails" {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	code, stdout, stderr = call(t, env, "x", "-project", "WEB", "-attach", pipe)
	if code != program.ExitUsage || !strings.Contains(stderr, pipe+" is not a regular file") || len(fake.Issues()) != 1 {
		t.Errorf("-attach: exit %d\n%s%s", code, stdout, stderr)
	}
}

// What cannot be printed is an error, and the key is not lost.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = full.Close() }()
	for _, args := range [][]string{nil, {"-json"}} {
		var stderr bytes.Buffer
		code := run(t.Context(), args, func(string) string { return "" }, strings.NewReader("It fails"), full, &stderr)
		if code != program.ExitFailed || !strings.Contains(stderr.String(), "the result is: WEB-1  created  "+program.FakeURL+"/browse/WEB-1: ") {
			t.Errorf("%v: exit %d\n%s", args, code, stderr.String())
		}
	}
}

// The key is told before the files are attached, which may take long or fail.
func TestKeyBeforeFiles(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"text": nil, "json": {"-json"}} {
		var stdout, stderr bytes.Buffer
		said := ""
		_, env := site(t, func(r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/attachments") {
				said = map[string]*bytes.Buffer{"text": &stdout, "json": &stderr}[name].String()
			}
		})
		args = append(args, "-project", "WEB", "-attach", write(t, "a.txt", "a"))
		code := run(t.Context(), args, func(name string) string { return env[name] }, strings.NewReader("x"), &stdout, &stderr)
		if want := "WEB-1  created  " + env["JIRA_BASE_URL"] + "/browse/WEB-1\n"; code != program.ExitOK || said != want {
			t.Errorf("%s: exit %d, before the file it says %q\n%s%s", name, code, said, stdout.String(), stderr.String())
		}
		if strings.Count(stdout.String(), "WEB-1  created") != map[string]int{"text": 1}[name] {
			t.Errorf("%s: stdout is %s", name, stdout.String())
		}
	}
}

// unread fails when it is read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("stdin was read")
	return 0, os.ErrClosed
}

// Nobody types Markdown for a project that does not exist.
func TestProjectIsCheckedFirst(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-project", "NOPE"}, {"-issue-type", "Nope"}} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, func(string) string { return "" }, unread{t}, &stdout, &stderr); code != program.ExitFailed || stdout.Len() > 0 {
			t.Errorf("%v: exit %d\n%s", args, code, stderr.String())
		}
	}
}
