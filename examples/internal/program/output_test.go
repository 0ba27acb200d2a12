package program_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
)

// full takes a few writes, and then no more.
type full struct {
	room int
	err  error
}

func (f *full) Write(p []byte) (int, error) {
	if f.room--; f.room < 0 {
		return 0, f.err
	}
	return len(p), nil
}

func TestOutput(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err error
		say string
	}{
		"disk full":     {syscall.ENOSPC, "the output could not be written, the result is: 2 created: no space left on device"},
		"nobody reads":  {&os.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}, "<nil>"},
		"nothing wrong": {nil, "<nil>"},
	} {
		out := program.NewOutput(&full{1, test.err})
		for range 3 {
			if n, err := out.Write([]byte("text")); n != 4 || err != nil {
				t.Errorf("%s: wrote %d bytes, %v", name, n, err)
			}
		}
		if got := fmt.Sprint(out.Err("2 created")); got != test.say {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	var r program.Reasons
	for _, name := range []string{"a", "b", "c\x1b"} {
		r.Add(name, "no project")
		r.Add(name, "odd "+name)
	}
	var stderr strings.Builder
	r.Print(&stderr, errors.New("odd b"))
	if want := "a and 2 more: no project\na: odd a\nc : odd c \n"; stderr.String() != want {
		t.Errorf("says %q, want %q", stderr.String(), want)
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	if got := program.Some(strings.Split("abcdefghijklmnopqrstuvw", "")); !strings.HasPrefix(got, "a, b, ") || !strings.HasSuffix(got, ", t and 3 more") {
		t.Error(got)
	}
	if got := program.Some(nil); got != "nothing: there is none" {
		t.Error(got)
	}
	if got := program.Tally([]string{"created", "failed", "created"}); got != "2 created, 1 failed" {
		t.Error(got)
	}
}

// A state file may be a link, also to what is not there yet, and stays one.
func TestStateBehindLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link, next, file := filepath.Join(dir, "a", "link"), filepath.Join(dir, "next"), filepath.Join(dir, "state.json")
	err := os.Mkdir(filepath.Dir(link), 0o700)
	err = errors.Join(err, os.Symlink(filepath.Join("..", "next"), link), os.Symlink(file, next))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "1", "2"} {
		state, err := program.OpenState(link)
		if err != nil || string(state.Data) != want || (state.Data == nil) != (i == 0) {
			t.Fatalf("%q, %v", state.Data, err)
		}
		if err := state.Write(fmt.Append(nil, i+1)); err != nil {
			t.Fatal(err)
		}
	}
	if data, err := os.ReadFile(file); string(data) != "3" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
	if target, err := os.Readlink(link); target != filepath.Join("..", "next") || err != nil {
		t.Errorf("the link leads to %q, %v", target, err)
	}
	err = os.Symlink("loop", filepath.Join(dir, "loop"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := program.OpenState(filepath.Join(dir, "loop")); !errors.As(err, new(program.UsageError)) {
		t.Errorf("a loop: %v", err)
	}
}

// What another run has written in the meantime is not overwritten.
func TestStateIsNotOverwritten(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ before, meanwhile []byte }{
		"new":     {nil, []byte("of another")},
		"changed": {[]byte("before"), []byte("of another")},
		"empty":   {nil, []byte{}},
	} {
		file := filepath.Join(t.TempDir(), "state.json")
		if test.before != nil {
			if err := os.WriteFile(file, test.before, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		state, err := program.OpenState(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, test.meanwhile, 0o600); err != nil {
			t.Fatal(err)
		}
		err = state.Write([]byte("ours"))
		if err == nil || !strings.Contains(err.Error(), "changed meanwhile by another run: nothing was lost but this run's state") {
			t.Errorf("%s: %v", name, err)
		}
		if data, err := os.ReadFile(file); string(data) != string(test.meanwhile) || err != nil {
			t.Errorf("%s: there is now %q, %v", name, data, err)
		}
	}
}

// A state of another program is refused in one sentence.
func TestStateOfAnotherProgram(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state.json")
	if err := os.WriteFile(file, []byte(`{"currents":{},"jira":{}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := program.Connect(func(string) string { return "" }, file, io.Discard)
	if want := file + " holds no state of this program: name another file, or remove it to start anew"; err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}
