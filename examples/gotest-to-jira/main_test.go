package main

import (
	"bytes"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/examples/internal/programtest"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// call runs the program and returns its exit code and what it printed.
func call(t *testing.T, env map[string]string, stdin io.Reader, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, func(name string) string { return env[name] }, stdin, &out, &errs)
	return code, out.String(), errs.String()
}

// recorded returns the output of go test -json for packages that fail in the ways their names tell.
func recorded(t *testing.T, names ...string) io.Reader {
	t.Helper()
	var all []io.Reader
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join("testdata", name+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, bytes.NewReader(data))
	}
	return io.MultiReader(all...)
}

// results lists what became of what, without the name that all packages begin with.
func results(t *testing.T, stdout string) []string {
	t.Helper()
	var all []string
	for _, r := range programtest.Rows[row](t, stdout) {
		all = append(all, strings.Join(strings.Fields(strings.TrimPrefix(r.Package, "example.com/shop/")+" "+r.Test+" "+r.Result), " "))
	}
	return all
}

// startSite starts a Jira behind a port, as a real one is behind its, and returns the environment for it.
func startSite(t *testing.T) (*jiratest.Server, map[string]string) {
	t.Helper()
	site := jiratest.NewServer()
	t.Cleanup(site.Close)
	return site, environment(site.URL)
}

func environment(url string) map[string]string {
	return map[string]string{"JIRA_BASE_URL": url, "JIRA_EMAIL": jiratest.Email, "JIRA_API_TOKEN": jiratest.Token}
}

func TestRecordedRuns(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ tests, subtests []string }{
		"cart": {
			[]string{"cart TestTotal created", "cart TestCoupons created", "cart ExampleTotal created"},
			[]string{
				"cart TestTotal created", "cart TestCoupons/expired created", "cart TestCoupons/twice_in_a_row/same created",
				"cart ExampleTotal created",
			},
		},
		"parallel": {
			[]string{"parallel TestStock created", "parallel TestTaxes created"},
			[]string{"parallel TestStock/pears created", "parallel TestTaxes created"},
		},
		"crash":   {[]string{"crash TestLookup created"}, []string{"crash TestLookup/unknown created"}},
		"slow":    {[]string{"slow TestForever created"}, nil}, // and not the one that waits for its turn
		"exits":   {[]string{"exits TestFails created", "exits TestKilled created"}, nil},
		"main":    {[]string{"main created"}, nil},
		"after":   {[]string{"after TestCache created", "after created"}, nil},
		"count":   {[]string{"count TestFlaky created"}, nil},
		"fuzz":    {[]string{"fuzz FuzzParse created"}, []string{"fuzz FuzzParse/seed#1 created"}},
		"fuzzing": {[]string{"fuzzing FuzzSplit created"}, nil},
		"bench":   {[]string{"bench BenchmarkBad created"}, nil},
		"broken":  {[]string{"broken created"}, nil}, // the two packages that need it are named there
		"vetted":  {[]string{"vetted created"}, nil},
		"link":    {[]string{"link created"}, nil},
		"text":    {[]string{"broken created", "vetted created"}, nil},
	} {
		if want.subtests == nil {
			want.subtests = want.tests
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := call(t, nil, recorded(t, name), "-json")
			if diff := cmp.Diff(want.tests, results(t, stdout)); code != program.ExitOK || diff != "" {
				t.Errorf("exit %d, results (-want +got):\n%s%s", code, diff, stderr)
			}
			code, stdout, stderr = call(t, nil, recorded(t, name), "-json", "-subtests")
			if diff := cmp.Diff(want.subtests, results(t, stdout)); code != program.ExitOK || diff != "" {
				t.Errorf("-subtests: exit %d, results (-want +got):\n%s%s", code, diff, stderr)
			}
		})
	}
}

// What is in the issues.
func TestIssues(t *testing.T) {
	t.Parallel()
	site, env := startSite(t)
	names := []string{"color", "cart", "crash", "slow", "count", "broken", "main", "text"}
	code, stdout, stderr := call(t, env, recorded(t, names...), "-json", "-project", "web", "-label", "nightly", "-label", "go")
	if code != program.ExitOK {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	issues := make(map[string]*jira.Issue)
	for _, r := range programtest.Rows[row](t, stdout) {
		issues[strings.TrimPrefix(r.Package, "example.com/shop/")+" "+r.Test] = site.Issue(r.Issue)
	}
	for name, want := range map[string]struct {
		summary  string
		text     []string
		unwanted string
	}{
		"color TestDiff": {
			"example.com/shop/color: TestDiff fails",
			[]string{"- want\n+ got\na link\n10%\n50%\n100%\n    color_test.go:10: ```they differ\n--- FAIL: TestDiff"},
			"[31m",
		},
		"cart TestCoupons": {
			"example.com/shop/cart: TestCoupons fails",
			[]string{
				"TestCoupons of example.com/shop/cart failed.\ngo test -run '^TestCoupons$' example.com/shop/cart\n",
				"twice_in_a_row/same", "was taken twice", "the coupons of the shop",
			},
			"TestCoupons/none",
		},
		"crash TestLookup": {
			"example.com/shop/crash: TestLookup fails",
			[]string{"panic: assignment to entry in nil map", "crash_test.go:10"},
			"TestBefore",
		},
		"slow TestForever": {
			"example.com/shop/slow: TestForever fails",
			[]string{"still running when the package ended", "waiting for an answer", "panic: test timed out after 1s"},
			"TestQuick",
		},
		"count TestFlaky": {
			"example.com/shop/count: TestFlaky fails",
			[]string{"It ran 2 times and failed 1 time.", "failed in run 1", "run 2"},
			"TestSteady",
		},
		"broken ": {
			"example.com/shop/broken: does not build",
			[]string{"broken.go:3:29: undefined: missing", "could not be tested:", "example.com/shop/user"},
			"There was no output",
		},
		"vetted ": {
			"example.com/shop/vetted: does not pass go vet",
			[]string{"has arg \"not a number\" of wrong type string"},
			"broken",
		},
		"main ": {
			"example.com/shop/main: fails outside of its tests",
			[]string{"starting the database", "the database did not stop"},
			"TestQuery",
		},
	} {
		issue := issues[name]
		if issue == nil {
			t.Errorf("%q has no issue", name)
			continue
		}
		text := issue.Fields.Description.Text()
		if issue.Fields.Summary != want.summary || strings.Contains(text, want.unwanted) || strings.ContainsRune(text, '\x1b') {
			t.Errorf("%s: %q with %q in:\n%s", name, issue.Fields.Summary, want.unwanted, text)
		}
		for _, part := range want.text {
			if !strings.Contains(text, part) {
				t.Errorf("%s: no %q in:\n%s", name, part, text)
			}
		}
		labels := slices.DeleteFunc(slices.Clone(issue.Fields.Labels), func(s string) bool { return strings.HasPrefix(s, "once-") })
		if diff := cmp.Diff([]string{"gotest-to-jira", "nightly", "go"}, labels); diff != "" || issue.Fields.IssueType.Name != "Bug" {
			t.Errorf("%s is a %s with the labels %v", name, issue.Fields.IssueType.Name, issue.Fields.Labels)
		}
	}
}

// A subtest with an issue of its own also has what its test wrote: the panic of one is printed by the other.
func TestSubtestHasOutputOfItsTest(t *testing.T) {
	t.Parallel()
	site, env := startSite(t)
	code, stdout, stderr := call(t, env, recorded(t, "crash"), "-json", "-project", "WEB", "-subtests")
	all := programtest.Rows[row](t, stdout)
	if code != program.ExitOK || len(all) != 1 {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	if text := site.Issue(all[0].Issue).Fields.Description.Text(); !strings.Contains(text, "panic: assignment to entry in nil map") {
		t.Errorf("no panic in:\n%s", text)
	}
}

func TestSecondRunFilesNothingTwice(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state.json")
	code, stdout, stderr := call(t, nil, recorded(t, "parallel"), "-json", "-state", state)
	first := programtest.Rows[row](t, stdout)
	if code != program.ExitOK || len(first) != 2 {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	code, stdout, stderr = call(t, nil, recorded(t, "parallel", "count"), "-json", "-state", state)
	want := []string{"parallel TestStock updated", "parallel TestTaxes updated", "count TestFlaky created"}
	if diff := cmp.Diff(want, results(t, stdout)); code != program.ExitOK || diff != "" {
		t.Fatalf("exit %d, results (-want +got):\n%s%s", code, diff, stderr)
	}
	for i, r := range programtest.Rows[row](t, stdout)[:2] {
		if r.Issue != first[i].Issue || r.URL != first[i].URL || r.URL != program.FakeURL+"/browse/"+r.Issue {
			t.Errorf("%s had %+v, now %+v", r.Test, first[i], r)
		}
	}
	site, err := program.Connect(func(string) string { return "" }, state, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	if n := len(site.Fake.Issues()); n != 3 {
		t.Errorf("there are %d issues", n)
	}
	comments := site.Fake.Comments(first[0].Issue)
	if len(comments) != 1 || !strings.Contains(comments[0].Body.Text(), "TestStock of example.com/shop/parallel failed again.") ||
		!strings.Contains(comments[0].Body.Text(), "too few pears") {
		t.Errorf("the comments of %s: %+v", first[0].Issue, comments)
	}
}

func TestReopen(t *testing.T) {
	t.Parallel()
	site, env := startSite(t)
	_, stdout, _ := call(t, env, recorded(t, "fuzz"), "-json", "-project", "WEB")
	key := programtest.Rows[row](t, stdout)[0].Issue
	jc, err := jira.New(site.URL, client.BasicAuth(jiratest.Email, jiratest.Token))
	if err != nil {
		t.Fatal(err)
	}
	if err := jc.Issues.Transition(t.Context(), key, jira.TransitionInput{Transition: jira.Transition{ID: "41"}}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args         []string
		want, status string
		note         string
	}{
		{nil, "fuzz FuzzParse updated", "done", "WEB-1 is Done: -reopen takes it up again"},
		{[]string{"-dry-run"}, "fuzz FuzzParse would update", "done", "WEB-1 is Done: -reopen takes it up again"},
		{[]string{"-reopen", "-dry-run"}, "fuzz FuzzParse would reopen", "done", ""},
		{[]string{"-reopen"}, "fuzz FuzzParse reopened", "new", ""},
		{[]string{"-reopen", "-dry-run"}, "fuzz FuzzParse would update", "new", ""},
		{nil, "fuzz FuzzParse updated", "new", ""},
	} {
		code, stdout, stderr := call(t, env, recorded(t, "fuzz"), append(test.args, "-json", "-project", "WEB")...)
		if diff := cmp.Diff([]string{test.want}, results(t, stdout)); code != program.ExitOK || diff != "" {
			t.Errorf("%v: exit %d, results (-want +got):\n%s%s", test.args, code, diff, stderr)
		}
		if got := strings.Join(programtest.Rows[row](t, stdout)[0].Notes, "\n"); got != test.note {
			t.Errorf("%v: notes %q", test.args, got)
		}
		if got := site.Issue(key).Fields.Status.Category.Key; got != test.status {
			t.Errorf("%v: the issue is %s", test.args, got)
		}
	}
	if n := len(site.Comments(key)); n != 3 {
		t.Errorf("there are %d comments", n)
	}
}

func TestDryRunChangesNothing(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state.json")
	code, stdout, stderr := call(t, nil, recorded(t, "parallel"), "-json", "-dry-run", "-state", state)
	want := []string{"parallel TestStock would create", "parallel TestTaxes would create"}
	if diff := cmp.Diff(want, results(t, stdout)); code != program.ExitOK || diff != "" {
		t.Errorf("exit %d, results (-want +got):\n%s%s", code, diff, stderr)
	}
	if _, err := os.Stat(state); !os.IsNotExist(err) {
		t.Errorf("a dry run left a state file: %v", err)
	}
}

// A label alone, as a person may copy it, does not make an issue that of a test.
func TestDryRunIsNotDeceived(t *testing.T) {
	t.Parallel()
	site, env := startSite(t)
	f := failure{pkg: "example.com/shop/fuzz", test: "FuzzParse"}
	site.AddIssue("WEB", "Bug", "Copied", map[string]any{"labels": []string{jira.OnceLabel(f.key("10000"))}})
	code, stdout, stderr := call(t, env, recorded(t, "fuzz"), "-json", "-project", "WEB", "-dry-run")
	if diff := cmp.Diff([]string{"fuzz FuzzParse would create"}, results(t, stdout)); code != program.ExitOK || diff != "" {
		t.Errorf("exit %d, results (-want +got):\n%s%s", code, diff, stderr)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := call(t, nil, recorded(t, "parallel"))
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if code != program.ExitOK || len(lines) != 3 || !strings.HasPrefix(lines[0], "FAILURE") || !strings.Contains(stderr, "No credentials") {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	for _, line := range lines[1:] {
		if !strings.Contains(line, "created") || !strings.Contains(line, program.FakeURL+"/browse/WEB-") {
			t.Errorf("row %q", line)
		}
	}
	if strings.Contains(stdout+stderr, "\x1b") {
		t.Error("escape codes reached a pipe")
	}
}

func TestNothingFails(t *testing.T) {
	t.Parallel()
	passes := `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"panic: only said so\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"ok  \tp\t(cached)\n"}
{"Action":"pass","Package":"p"}
{"Action":"start","Package":"q"}
{"Action":"output","Package":"q","Output":"?   \tq\t[no test files]\n"}
{"Action":"skip","Package":"q"}
`
	code, stdout, stderr := call(t, nil, strings.NewReader(passes))
	if code != program.ExitOK || stdout != "No failing tests.\n" {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	code, stdout, stderr = call(t, nil, strings.NewReader(passes), "-json")
	if code != program.ExitOK || stdout != "" || !strings.Contains(stderr, "No failing tests.") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
}

func TestBadUsage(t *testing.T) {
	t.Parallel()
	full := environment("https://acme.example")
	without := maps.Clone(full)
	delete(without, "JIRA_EMAIL")
	for name, test := range map[string]struct {
		env  map[string]string
		args []string
		code int
		want string
	}{
		"unknown flag":     {nil, []string{"-nonsense"}, program.ExitUsage, "nonsense"},
		"argument":         {nil, []string{"run.json"}, program.ExitUsage, `unexpected argument "run.json"`},
		"label of words":   {nil, []string{"-label", "two words"}, program.ExitUsage, `such as "two-words"`},
		"empty label":      {nil, []string{"-label", ""}, program.ExitUsage, `a label is one word of at most 255 characters, such as "nightly"`},
		"some credentials": {without, nil, program.ExitUsage, "the environment lacks JIRA_EMAIL"},
		"no project":       {full, nil, program.ExitUsage, "-project"},
		"no folder":        {nil, []string{"-state", filepath.Join(t.TempDir(), "none", "state.json")}, program.ExitUsage, "-state"},
		"unknown project":  {nil, []string{"-project", "NOPE"}, program.ExitFailed, "choose another -project"},
		"hostile project":  {nil, []string{"-project", "../user"}, program.ExitFailed, "project ../USER"},
		"unknown type":     {nil, []string{"-issue-type", "Nope"}, program.ExitFailed, "choose -issue-type from Epic, Story, Task, Bug"},
		"subtask":          {nil, []string{"-issue-type", "Sub-task"}, program.ExitFailed, "choose -issue-type from"},
		"help":             {nil, []string{"-help"}, program.ExitOK, "Exit status"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := call(t, test.env, recorded(t, "fuzz"), test.args...)
			if code != test.code || !strings.Contains(stderr, test.want) {
				t.Errorf("exit %d, want %d with %q in:\n%s%s", code, test.code, test.want, stdout, stderr)
			}
		})
	}
}
