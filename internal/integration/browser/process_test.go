package browser_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// process is the program at work, which waits for a person.
type process struct {
	*exec.Cmd
	address string // of the page on which the person consents
	token   string // the file

	stdout *os.File
	held   int // bytes in stdout that are not the program's
	stderr sync.WaitGroup
	said   bytes.Buffer
}

// start runs the program up to where it waits.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	needBrowser(t)
	p := &process{token: filepath.Join(t.TempDir(), "token")}
	p.Cmd = exec.CommandContext(t.Context(), program, append([]string{"-no-browser", "-token", p.token}, args...)...)
	p.Env = []string{"HOME=" + t.TempDir()}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	p.stdout, p.Stdout = r, w
	t.Cleanup(func() { _ = r.Close() })
	p.hold(t, w)
	stderr, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() })
	lines := bufio.NewReader(stderr)
	for p.address == "" {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("%v after %s", err, p.said.String())
		}
		p.said.WriteString(line)
		if strings.HasPrefix(line, "http://") {
			p.address = strings.TrimSpace(line)
		}
	}
	p.stderr.Go(func() { _, _ = io.Copy(&p.said, lines) })
	return p
}

// hold fills the pipe, so that the program cannot print its result, and does not end, before it is drained.
func (p *process) hold(t *testing.T, w *os.File) {
	t.Helper()
	raw, err := w.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var full error
	err = raw.Write(func(fd uintptr) bool { // does not block
		for _, size := range []int{4096, 1} { // the rest of a page is room as well
			for {
				var n int
				if n, full = syscall.Write(int(fd), make([]byte, size)); full != nil {
					break
				}
				p.held += n
			}
		}
		return true
	})
	if err != nil || !errors.Is(full, syscall.EAGAIN) {
		t.Fatal(err, full)
	}
}

// end lets the program print its result and end.
func (p *process) end(t *testing.T) (status int, stdout, stderr string) {
	t.Helper()
	out, err := io.ReadAll(p.stdout)
	if err != nil || len(out) < p.held {
		t.Fatalf("%d bytes, %v", len(out), err)
	}
	p.stderr.Wait()
	err = p.Wait()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatal(err)
	}
	return p.ProcessState.ExitCode(), string(out[p.held:]), p.said.String()
}

// callback is the address to which the person is sent back, with a query.
func (p *process) callback(t *testing.T, query url.Values) string {
	t.Helper()
	u, err := url.Parse(p.query(t).Get("redirect_uri"))
	if err != nil {
		t.Fatal(err)
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// query is what the app asks for.
func (p *process) query(t *testing.T) url.Values {
	t.Helper()
	u, err := url.Parse(p.address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

func (p *process) interrupt(t *testing.T) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
}
