package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira/adf"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// call runs the program and returns its exit code and what it printed.
func call(t *testing.T, env map[string]string, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, func(name string) string { return env[name] }, strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

// decode reads the one object of -json.
func decode(t *testing.T, stdout string) result {
	t.Helper()
	var r result
	dec := json.NewDecoder(strings.NewReader(stdout))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil || dec.More() {
		t.Fatalf("%v in %s", err, stdout)
	}
	return r
}

// write makes a file and returns its path.
func write(t *testing.T, name, content string) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// site starts a fake behind a port, as a real site is behind its own, and returns the environment that leads there. The
// hooks see each request before the fake does.
func site(t *testing.T, hooks ...func(*http.Request)) (*jiratest.Server, map[string]string) {
	t.Helper()
	fake := jiratest.NewServer()
	t.Cleanup(fake.Close)
	port := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, hook := range hooks {
			hook(r)
		}
		fake.ServeHTTP(w, r)
	}))
	t.Cleanup(port.Close)
	return fake, map[string]string{"JIRA_BASE_URL": port.URL, "JIRA_EMAIL": jiratest.Email, "JIRA_API_TOKEN": jiratest.Token}
}

// writes counts the requests that could have changed something.
func writes(fake *jiratest.Server) int {
	n := 0
	for _, r := range fake.Requests() {
		if r.Method != http.MethodGet && !strings.HasSuffix(r.Path, "/search/jql") {
			n++
		}
	}
	return n
}

func TestCreate(t *testing.T) {
	t.Parallel()
	fake, env := site(t)
	file := write(t, "report.md", "It **fails**.\n\n- often\n")
	code, stdout, stderr := call(t, env, "", "-project", "WEB", "-summary", "Cart total is wrong", "-label", "cart", "-label", "prices",
		"-component", "Checkout", "-priority", "High", "-due", "2026-01-31", "-assignee", "bo@acme.example", file)
	if want := "WEB-1  created  " + env["JIRA_BASE_URL"] + "/browse/WEB-1\n"; code != program.ExitOK || stdout != want || stderr != "" {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	f := fake.Issue("WEB-1").Fields
	got := []string{f.Summary, f.Description.Markdown(), strings.Join(f.Labels, " "), f.Components[0].Name, f.Priority.Name, f.DueDate.String(), f.Assignee.DisplayName, f.IssueType.Name}
	want := []string{"Cart total is wrong", "It **fails**.\n\n- often", "cart prices", "Checkout", "High", "2026-01-31", "Bo Lindqvist", "Bug"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the issue (-want +got):\n%s", diff)
	}

	code, stdout, stderr = call(t, env, "# It fails\n\nbadly", "-project", "WEB", "-issue-type", "Sub-task", "-parent", "WEB-1", "-json", "-")
	r := decode(t, stdout)
	if code != program.ExitOK || r.Key != "WEB-2" || r.Result != created || r.Summary != "It fails" || r.URL == "" || stderr != "" {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	f = fake.Issue("WEB-2").Fields
	if f.Summary != "It fails" || f.Description.Text() != "badly" || f.Parent.Key != "WEB-1" {
		t.Errorf("%s, %q, a part of %s", f.Summary, f.Description.Text(), f.Parent.Key)
	}
}

func TestOnFake(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := call(t, nil, "It fails")
	if code != program.ExitOK || stdout != "WEB-1  created  "+program.FakeURL+"/browse/WEB-1\n" || !strings.Contains(stderr, "working on a fake Jira") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	if strings.Contains(stdout+stderr, "\x1b") {
		t.Error("escape codes reached a pipe")
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	dir, file := t.TempDir(), write(t, "report.md", "It fails")
	full := map[string]string{"JIRA_BASE_URL": "https://acme.example", "JIRA_EMAIL": "a@acme.example", "JIRA_API_TOKEN": "t"}
	for name, test := range map[string]struct {
		env   map[string]string
		stdin string
		args  []string
		code  int
		want  string
	}{
		"help":             {nil, "", []string{"-help"}, program.ExitOK, "Area=Frontend > Cart page"},
		"unknown flag":     {nil, "", []string{"-nonsense"}, program.ExitUsage, "nonsense"},
		"flag after file":  {nil, "", []string{file, "-json"}, program.ExitUsage, `unexpected argument "-json": flags come first`},
		"no such file":     {nil, "", []string{filepath.Join(dir, "none.md")}, program.ExitUsage, "none.md: no such file"},
		"directory":        {nil, "", []string{dir}, program.ExitUsage, "is a directory"},
		"no content":       {nil, " \n", nil, program.ExitUsage, "give -summary"},
		"not text":         {nil, "a\xff\xfeb", nil, program.ExitUsage, "stdin is not text in UTF-8"},
		"field":            {nil, "x", []string{"-field", "Severity"}, program.ExitUsage, "name=value"},
		"nameless field":   {nil, "x", []string{"-field", " =3"}, program.ExitUsage, "name=value"},
		"field, no JSON":   {nil, "x", []string{"-field", "Severity:={"}, program.ExitUsage, "not JSON"},
		"due":              {nil, "x", []string{"-due", "31.1.2026"}, program.ExitUsage, "as in 2026-01-31"},
		"label":            {nil, "x", []string{"-label", "two words"}, program.ExitUsage, `such as "two-words"`},
		"empty label":      {nil, "x", []string{"-label", ""}, program.ExitUsage, `such as "nightly"`},
		"empty component":  {nil, "x", []string{"-component", " "}, program.ExitUsage, "it is empty"},
		"empty attachment": {nil, "x", []string{"-attach", ""}, program.ExitUsage, "it is empty"},
		"empty key":        {nil, "x", []string{"-key", " "}, program.ExitUsage, "it is empty"},
		"attach":           {nil, "x", []string{"-attach", dir, "-attach", filepath.Join(dir, "a.png"), "-attach", os.DevNull}, program.ExitUsage, "a.png: no such file or directory; /dev/null is not a regular file"},
		"attach directory": {nil, "x", []string{"-attach", dir}, program.ExitUsage, dir + " is a directory"},
		"some credentials": {map[string]string{"JIRA_EMAIL": "a"}, "x", nil, program.ExitUsage, "JIRA_BASE_URL, JIRA_API_TOKEN"},
		"no project":       {full, "x", nil, program.ExitUsage, "-project"},
		"junk state":       {nil, "x", []string{"-state", file}, program.ExitFailed, "remove it to start anew"},
		"state nowhere":    {nil, "x", []string{"-state", filepath.Join(dir, "none", "s.json")}, program.ExitUsage, "-state"},
		"unknown project":  {nil, "x", []string{"-project", "../NOPE"}, program.ExitFailed, "there is no project ../NOPE"},
		"unknown type":     {nil, "x", []string{"-issue-type", "Nope"}, program.ExitFailed, `no issue type of project WEB is "Nope": there are Epic`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := call(t, test.env, test.stdin, test.args...)
			if code != test.code || !strings.Contains(stderr, test.want) || stdout != "" {
				t.Errorf("exit %d, want %d with %q in:\n%s%s", code, test.code, test.want, stdout, stderr)
			}
		})
	}
}

// A dry run shows the description as it would be sent, checks everything, and changes nothing.
func TestDryRun(t *testing.T) {
	t.Parallel()
	fake, env := site(t)
	args := []string{"-dry-run", "-project", "WEB", "-summary", "S"}
	code, stdout, stderr := call(t, env, "It **fails**", args...)
	want := `{
  "content": [
    {
      "content": [
        {
          "text": "It ",
          "type": "text"
        },
        {
          "marks": [
            {
              "type": "strong"
            }
          ],
          "text": "fails",
          "type": "text"
        }
      ],
      "type": "paragraph"
    }
  ],
  "type": "doc",
  "version": 1
}
`
	if diff := cmp.Diff(want, stdout); code != program.ExitOK || diff != "" || !strings.Contains(stderr, `Would create a Bug in WEB: "S".`) {
		t.Errorf("exit %d, %s, stdout (-want +got):\n%s", code, stderr, diff)
	}
	code, stdout, stderr = call(t, env, "It **fails**", append(args, "-field", "Severity=Odd")...)
	if diff := cmp.Diff(want, stdout); code != program.ExitFailed || diff != "" || !strings.Contains(stderr, `Severity has no choice "Odd"`) {
		t.Errorf("exit %d, %s, stdout (-want +got):\n%s", code, stderr, diff)
	}
	file := write(t, "a.txt", "a")
	code, stdout, _ = call(t, env, "It **fails**", append(args, "-json", "-attach", file)...)
	r := decode(t, stdout)
	if code != program.ExitOK || r.Result != wouldCreate || r.Description.Markdown() != adf.Markdown("It **fails**").Markdown() || r.Key != "" ||
		len(r.Attachments) != 1 || r.Attachments[0].ID != "" {
		t.Errorf("exit %d: %s", code, stdout)
	}
	code, stdout, _ = call(t, env, "", args...)
	if code != program.ExitOK || stdout != "null\n" {
		t.Errorf("without a description: exit %d: %s", code, stdout)
	}
	if n := writes(fake); n > 0 || len(fake.Issues()) > 0 {
		t.Errorf("dry runs sent %d writes", n)
	}

	state := filepath.Join(t.TempDir(), "state.json")
	if code, _, _ = call(t, nil, "x", "-dry-run", "-state", state); code != program.ExitOK {
		t.Errorf("exit %d", code)
	}
	if _, err := os.Stat(state); !os.IsNotExist(err) {
		t.Errorf("a dry run left a state file: %v", err)
	}
}

// With a key there is one issue, and a dry run knows whether it is there.
func TestKeyAndState(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state.json")
	for i, step := range []struct {
		args         []string
		key, outcome string
	}{
		{[]string{"-key", "cart/total", "-dry-run"}, "", wouldCreate},
		{[]string{"-key", "cart/total"}, "WEB-1", created},
		{[]string{"-key", "cart/total"}, "WEB-1", exists},
		{[]string{"-key", "cart/total", "-dry-run"}, "WEB-1", exists},
		{[]string{"-key", "cart/tax", "-dry-run"}, "", wouldCreate},
		{nil, "WEB-2", created},
		{nil, "WEB-3", created},
	} {
		code, stdout, stderr := call(t, nil, "It fails", append(step.args, "-json", "-state", state)...)
		r := decode(t, stdout)
		if code != program.ExitOK || r.Key != step.key || r.Result != step.outcome || (r.URL == "") != (r.Key == "") ||
			!strings.Contains(stderr, "Kept state: working on a fake Jira") {
			t.Fatalf("step %d: exit %d\n%s%s", i+1, code, stdout, stderr)
		}
	}
	code, stdout, _ := call(t, nil, "It fails", "-key", "cart/total", "-state", state)
	if code != program.ExitOK || !strings.HasPrefix(stdout, "WEB-1  exists  ") {
		t.Errorf("exit %d: %s", code, stdout)
	}
	code, stdout, stderr := call(t, nil, "It fails", "-key", "cart/total", "-state", state, "-dry-run")
	if code != program.ExitOK || stdout != "null\n" || !strings.Contains(stderr, "WEB-1 exists: "+program.FakeURL) {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

// Names from the site do not steer the terminal.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	fake, env := site(t)
	fake.AddField(jiratest.Field{Name: "Evil", Type: jiratest.SelectField, Required: true, Options: []string{"a\x1b[31mb"}})
	code, stdout, stderr := call(t, env, "It \x1b[31mfails\x1b[0m", "-project", "WEB")
	if code != program.ExitFailed || strings.Contains(stdout+stderr, "\x1b") || !strings.Contains(stderr, "Evil is required") {
		t.Errorf("exit %d\n%q", code, stdout+stderr)
	}
	if slices.ContainsFunc(fake.Requests(), func(r jiratest.Request) bool { return r.Method == http.MethodPost }) {
		t.Error("something was sent")
	}
}
