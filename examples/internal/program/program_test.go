package program_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
)

func TestExit(t *testing.T) {
	t.Parallel()
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx  context.Context
		err  error
		code int
		say  string
	}{
		"nothing":     {t.Context(), nil, program.ExitOK, ""},
		"help":        {t.Context(), flag.ErrHelp, program.ExitOK, ""},
		"usage":       {t.Context(), program.Usagef("no %s", "name"), program.ExitUsage, "prog: no name (-help shows the flags)\n"},
		"failure":     {t.Context(), errors.Join(errors.New("one"), errors.New("two")), program.ExitFailed, "prog: one\nprog: two\n"},
		"interrupted": {interrupted, context.Canceled, program.ExitInterrupted, "prog: interrupted; run it again\n"},
		"and more":    {interrupted, errors.Join(context.Canceled, errors.New("two")), program.ExitInterrupted, "prog: two\nprog: interrupted; run it again\n"},
		"all done":    {interrupted, nil, program.ExitOK, ""},
	} {
		var stderr bytes.Buffer
		if code := program.Exit(test.ctx, "prog", test.err, "run it again", &stderr); code != test.code || stderr.String() != test.say {
			t.Errorf("%s: exit %d, want %d; says %q, want %q", name, code, test.code, stderr.String(), test.say)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		code int
		say  []string
	}{
		"flag":    {[]string{"-n", "3"}, program.ExitOK, nil},
		"unknown": {[]string{"-m"}, program.ExitUsage, []string{"prog: flag provided but not defined: -m (-help"}},
		"help":    {[]string{"-help"}, program.ExitOK, []string{"What it is for.\n\n  -n", "how many"}},
	} {
		fs := flag.NewFlagSet("prog", flag.ContinueOnError)
		n := fs.Int("n", 0, "how many")
		var stderr bytes.Buffer
		err := program.Parse(fs, test.args, "What it is for.\n", &stderr)
		code := program.Exit(t.Context(), "prog", err, "", &stderr)
		if code != test.code || (len(test.say) == 0) != (*n == 3 && stderr.Len() == 0) {
			t.Errorf("%s: exit %d, -n %d\n%s", name, code, *n, stderr.String())
		}
		for _, want := range test.say {
			if !strings.Contains(stderr.String(), want) {
				t.Errorf("%s: nobody says %q:\n%s", name, want, stderr.String())
			}
		}
	}
}

func TestEach(t *testing.T) {
	t.Parallel()
	var now, most, all atomic.Int32
	full := make(chan struct{})
	program.Each(make([]int, 20), 4, func(int) {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if all.Add(1) == 4 {
			close(full)
		}
		<-full
	})
	if most.Load() != 4 || all.Load() != 20 {
		t.Errorf("%d of 20 were done, %d at a time", all.Load(), most.Load())
	}
}

func TestInterruptible(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	defer func() { _ = w.Close() }()
	in := program.Interruptible(ctx, r)
	go func() { _, _ = io.WriteString(w, "what was said") }()
	data := make([]byte, len("what was said"))
	if _, err := io.ReadFull(in, data); string(data) != "what was said" || err != nil {
		t.Errorf("read %q, %v", data, err)
	}
	time.AfterFunc(time.Millisecond, cancel) // while the writer holds the pipe and says nothing
	for range 2 {
		if n, err := in.Read(data); n != 0 || !errors.Is(err, context.Canceled) {
			t.Errorf("read %d bytes, %v", n, err)
		}
	}
	data, err := io.ReadAll(program.Interruptible(t.Context(), strings.NewReader("all")))
	if string(data) != "all" || err != nil {
		t.Errorf("read %q, %v", data, err)
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	if got := program.Plain("a\x1b[31mb\r\nc\u009bd é"); got != "a [31mb  c d é" {
		t.Errorf("%q", got)
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	if got := program.Clean("a\x1b[31mb\x1b[0m\r\n\tc\rd\x07\x1b]8;;https://a.example\x1b\\e\u009b1mf"); got != "ab\n\tc\ndef" {
		t.Errorf("%q", got)
	}
}

func TestProgressIsSilentInAPipe(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := program.NewProgress(w)
	p.Show("reading")
	p.Start(2)
	p.Step()
	p.Clear()
	_ = w.Close()
	if data, err := io.ReadAll(r); err != nil || len(data) > 0 {
		t.Errorf("%q, %v", data, err)
	}
}

func TestConnect(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, content string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	full := map[string]string{"JIRA_BASE_URL": "https://acme.example", "JIRA_EMAIL": "a@acme.example", "JIRA_API_TOKEN": "t"}
	for name, test := range map[string]struct {
		env   map[string]string
		state string
		code  int
		say   string
	}{
		"real":      {full, "", program.ExitOK, ""},
		"nothing":   {nil, "", program.ExitOK, "No credentials in the environment: working on a fake Jira"},
		"state":     {full, filepath.Join(dir, "new.json"), program.ExitOK, "Kept state: working on a fake Jira"},
		"some":      {map[string]string{"JIRA_EMAIL": "a@acme.example"}, "", program.ExitUsage, "the environment lacks JIRA_BASE_URL, JIRA_API_TOKEN: "},
		"plain":     {map[string]string{"JIRA_BASE_URL": "http://acme.example", "JIRA_EMAIL": "a", "JIRA_API_TOKEN": "t"}, "", program.ExitUsage, "JIRA_BASE_URL: "},
		"no folder": {nil, filepath.Join(dir, "none", "state.json"), program.ExitUsage, "-state: no file can be written there"},
		"folder":    {nil, dir, program.ExitUsage, "-state: "},
		"junk":      {nil, file("junk.json", "<html>"), program.ExitFailed, "remove it to start anew"},
		"empty":     {nil, file("empty.json", ""), program.ExitFailed, "remove it to start anew"},
		"foreign":   {nil, file("foreign.json", `{"currents":{},"jira":{}}`), program.ExitFailed, "remove it to start anew"},
	} {
		var stderr bytes.Buffer
		site, err := program.Connect(func(name string) string { return test.env[name] }, test.state, &stderr)
		code := program.Exit(t.Context(), "prog", err, "", &stderr)
		if code != test.code || !strings.Contains(stderr.String(), test.say) || test.say == "" && stderr.Len() > 0 {
			t.Errorf("%s: exit %d, want %d with %q in:\n%s", name, code, test.code, test.say, stderr.String())
		}
		if err == nil && (site.Fake == nil) != (name == "real") {
			t.Errorf("%s: the fake is %v", name, site.Fake)
		}
		if err == nil {
			site.Close()
		}
	}
}

// What one program has saved, the next finds, at the same address.
func TestState(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env, state := func(string) string { return "" }, filepath.Join(dir, "state.json")
	site, err := program.Connect(env, state, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	key := site.Fake.AddIssue("WEB", "Bug", "Kept", nil)
	if err := site.Save(); err != nil {
		t.Fatal(err)
	}
	again, err := program.Connect(env, state, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	issue, err := again.Client.Issues.Get(t.Context(), key, nil)
	if err != nil || issue.Fields.Summary != "Kept" || again.Client.BrowseURL(key) != program.FakeURL+"/browse/"+key {
		t.Errorf("%s is %+v, %v", key, issue, err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}
