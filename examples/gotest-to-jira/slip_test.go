package main

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/examples/internal/programtest"
)

// unbuilt is what go test -json says of a package that it cannot find.
func unbuilt(name string) string {
	return strings.ReplaceAll(`{"ImportPath":"NAME","Action":"build-output","Output":"# NAME\n"}
{"ImportPath":"NAME","Action":"build-output","Output":"no such \u001b[31mdirectory\n"}
{"ImportPath":"NAME","Action":"build-fail"}
{"Action":"start","Package":"NAME"}
{"Action":"output","Package":"NAME","Output":"FAIL\tNAME [setup failed]\n"}
{"Action":"fail","Package":"NAME","FailedBuild":"NAME"}
`, "NAME", name)
}

// A mistake on the command line of go test is told, and is no issue; what failed besides is filed.
func TestSlips(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ input, say string }{
		"folder":   {unbuilt("./nosuch"), "# ./nosuch\nno such directory\ngotest-to-jira: go test was not called as it should be, see above; nothing is filed for ./nosuch"},
		"here":     {unbuilt("."), "nothing is filed for . ("},
		"above":    {unbuilt("../x") + unbuilt(".."), "nothing is filed for ../x, .. ("},
		"pattern":  {unbuilt("./..."), "nothing is filed for ./... ("},
		"absolute": {unbuilt("/src"), "nothing is filed for /src ("},
		"many":     {unbuilt("example.com/..."), "nothing is filed for example.com/... ("},
		"flag":     {"", "flag provided but not defined: -bogus\n"},
		"real":     {"", "stat nosuch: directory not found\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var in io.Reader = strings.NewReader(test.input)
			if test.input == "" {
				in = recorded(t, map[string]string{"flag": "flag", "real": "nosuch"}[name])
			}
			data, err := io.ReadAll(in)
			if err != nil {
				t.Fatal(err)
			}
			code, stdout, stderr := call(t, nil, strings.NewReader(string(data)))
			if code != program.ExitUsage || stdout != "" || !strings.Contains(stderr, test.say) || strings.Contains(stderr, "\x1b") {
				t.Errorf("exit %d\n%s%s", code, stdout, stderr)
			}
			code, stdout, stderr = call(t, nil, io.MultiReader(strings.NewReader(string(data)), recorded(t, "fuzz")), "-json")
			if diff := cmp.Diff([]string{"fuzz FuzzParse created"}, results(t, stdout)); code != program.ExitUsage || diff != "" || !strings.Contains(stderr, test.say) {
				t.Errorf("with another: exit %d, results (-want +got):\n%s%s", code, diff, stderr)
			}
			code, _, stderr = call(t, nil, io.MultiReader(strings.NewReader(string(data)), recorded(t, "fuzz")), "-project", "NOPE")
			if code != program.ExitFailed || !strings.Contains(stderr, "no project NOPE") {
				t.Errorf("when something fails: exit %d\n%s", code, stderr)
			}
		})
	}
}

// An import that is missing is a failure of the package that imports it.
func TestMissingImport(t *testing.T) {
	t.Parallel()
	site, env := startSite(t)
	code, stdout, stderr := call(t, env, recorded(t, "import"), "-json", "-project", "WEB")
	if diff := cmp.Diff([]string{"a created", "b created"}, results(t, stdout)); code != program.ExitOK || diff != "" {
		t.Fatalf("exit %d, results (-want +got):\n%s%s", code, diff, stderr)
	}
	issue := site.Issue(programtest.Rows[row](t, stdout)[0].Issue)
	if text := issue.Fields.Description.Text(); issue.Fields.Summary != "example.com/shop/a: does not build" || !strings.Contains(text, "no required module provides") ||
		strings.Contains(text, "could not be tested") {
		t.Errorf("%s\n%s", issue.Fields.Summary, text)
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := call(t, nil, recorded(t, "after", "vetted"), "-json")
	var got []string
	for _, r := range programtest.Rows[row](t, stdout) {
		got = append(got, r.Kind)
	}
	if diff := cmp.Diff([]string{"test", "package", "build"}, got); code != program.ExitOK || diff != "" || strings.Contains(stdout, "null") {
		t.Errorf("exit %d, kinds (-want +got):\n%s%s%s", code, diff, stdout, stderr)
	}
}

// The command in an issue runs the test and no other, in any shell.
func TestCommand(t *testing.T) {
	t.Parallel()
	for test, want := range map[string]string{
		"TestA":                  `go test -run '^TestA$' example.com/p`,
		"TestA/x.y/it's":         `go test -run '^TestA$/^x\.y$/^it'\''s$' example.com/p`,
		"BenchmarkA/x":           `go test -run '^$' -bench '^BenchmarkA$/^x$' example.com/p`,
		"Test\x1b":               "",
		strings.Repeat("x", 2e3): "",
	} {
		f := failure{pkg: "example.com/p", test: test}
		if got := f.command(); got != want {
			t.Errorf("%q: %s", test, got)
		}
	}
	if got := (&failure{pkg: "p;rm", test: "TestA"}).command(); got != "" {
		t.Error(got)
	}
}

// A project is the same by its id and by its key.
func TestProjectByID(t *testing.T) {
	t.Parallel()
	site, env := startSite(t)
	for i, project := range []string{"WEB", "10000", "web"} {
		code, stdout, stderr := call(t, env, recorded(t, "fuzz"), "-json", "-project", project)
		want := []string{"fuzz FuzzParse updated"}
		if i == 0 {
			want = []string{"fuzz FuzzParse created"}
		}
		if diff := cmp.Diff(want, results(t, stdout)); code != program.ExitOK || diff != "" {
			t.Errorf("%s: exit %d, results (-want +got):\n%s%s", project, code, diff, stderr)
		}
	}
	if n := len(site.Issues()); n != 1 {
		t.Errorf("there are %d issues", n)
	}
}

// One reason why nothing can be filed is told once, before the tests have run, and is in each row.
func TestOneReason(t *testing.T) {
	t.Parallel()
	args := []string{"-project", "NOPE"}
	code, stdout, stderr := call(t, nil, recorded(t, "cart", "parallel"), args...)
	if code != program.ExitFailed || strings.Count(stderr, "no project NOPE") != 1 || strings.Count(stdout, "failed") != 5 ||
		!strings.Contains(stderr, "gotest-to-jira: 5 failures could not be filed; the reason is above\n") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	_, stdout, _ = call(t, nil, recorded(t, "cart", "parallel"), append(args, "-json")...)
	if n := strings.Count(stdout, "no project NOPE"); n != 5 {
		t.Errorf("%d rows tell it:\n%s", n, stdout)
	}

	r, w := io.Pipe()
	warned := &signal{text: "Nothing can be filed: there is no project NOPE", seen: make(chan struct{})}
	go func() {
		<-warned.seen // before there is any input
		_ = w.Close()
	}()
	if code := run(t.Context(), args, func(string) string { return "" }, r, io.Discard, warned); code != program.ExitUsage {
		t.Errorf("exit %d", code)
	}
}

// signal tells when a text is written.
type signal struct {
	text string
	seen chan struct{}
}

func (s *signal) Write(p []byte) (int, error) {
	if strings.Contains(string(p), s.text) {
		close(s.seen)
	}
	return len(p), nil
}
