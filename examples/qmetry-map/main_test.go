package main

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/client/qmetry"
	"github.com/jira-integrations/go-sdk/client/qmetry/qmetrytest"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/examples/internal/programtest"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

func TestMain(m *testing.M) { programtest.Main(m, main) }

// call runs the program and returns its exit code and what it printed.
func call(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, func(name string) string { return env[name] }, &out, &errs)
	return code, out.String(), errs.String()
}

// systems are a QMetry and a Jira behind ports, as real ones, and the environment that leads there.
func systems(t *testing.T) (*qmetrytest.Server, *jiratest.Server, map[string]string) {
	t.Helper()
	qm, site := qmetrytest.NewServer(), jiratest.NewServer()
	t.Cleanup(qm.Close)
	t.Cleanup(site.Close)
	return qm, site, map[string]string{
		"QMETRY_API_URL": qm.URL, "QMETRY_API_KEY": qmetrytest.APIKey, "QMETRY_PROJECT": "SHOP", "QMETRY_SCREEN_NAME": "s", "QMETRY_ACTION": "a",
		"JIRA_BASE_URL": site.URL, "JIRA_EMAIL": jiratest.Email, "JIRA_API_TOKEN": jiratest.Token,
	}
}

// without is the environment without some variables.
func without(env map[string]string, prefix string) map[string]string {
	rest := map[string]string{}
	for name, value := range env {
		if !strings.HasPrefix(name, prefix) {
			rest[name] = value
		}
	}
	return rest
}

func TestOnFakes(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := call(t, nil)
	want := `INSTANCE   PROJECT     MODULE       TYPE   RESULT    UNMAPPED MANDATORY FIELDS
Acme Jira  Web shop    requirement  Story  ok        -
Acme Jira  Web shop    issue        Bug    unmapped  Severity
Acme Jira  Operations  issue        Task   drifted   -

Drifted:
  Acme Jira, Operations, issue: field customfield_19999 (Found in build) is not in Jira
`
	if code != program.ExitFailed || !strings.Contains(stderr, "working on fakes") || !strings.Contains(stderr, "1 mapping drifted from Jira") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
	if diff := cmp.Diff(want, stdout); diff != "" {
		t.Error(diff)
	}

	code, stdout, _ = call(t, nil, "-json")
	rows := programtest.Rows[row](t, stdout)
	if code != program.ExitFailed || len(rows) != 3 {
		t.Fatalf("exit %d\n%s", code, stdout)
	}
	last := row{
		Instance: "Acme Jira", InstanceID: 1, URL: rows[0].URL, Project: "Operations", ProjectID: "10001", Module: "issue", Type: "Task", TypeID: "10003",
		Compared: true, Drift: []string{"field customfield_19999 (Found in build) is not in Jira"}, Result: drifted,
	}
	if diff := cmp.Diff(last, rows[2]); diff != "" {
		t.Error(diff)
	}
	if rows[0].JQL == "" || rows[0].Result != ok || rows[1].Unmapped[0] != "Severity" {
		t.Errorf("rows = %+v, %+v", rows[0], rows[1])
	}
}

// As long as Jira has all that is mapped the program is content, and it changes nothing anywhere.
func TestNothingDrifted(t *testing.T) {
	t.Parallel()
	qm, site, env := systems(t)
	in := mapped(site.URL+"/", "priority")
	in.ExternalProjects = in.ExternalProjects[:1]
	qm.SetInstance(in)
	code, stdout, stderr := call(t, env, "-json")
	rows := programtest.Rows[row](t, stdout)
	if code != program.ExitOK || stderr != "" || len(rows) != 2 || rows[0].Result != ok || rows[1].Result != unmapped || !rows[1].Compared {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	for _, r := range site.Requests() {
		if r.Method != http.MethodGet {
			t.Errorf("sent %s %s", r.Method, r.Path)
		}
	}
}

// All that can have drifted, and what is not compared.
func TestDrift(t *testing.T) {
	t.Parallel()
	qm, site, env := systems(t)
	field := []qmetry.Field{{FieldID: "customfield_19999", FieldName: "Build", Mapped: true, Mandatory: true}, {FieldID: "customfield_19998", Mandatory: true}}
	projects := []qmetry.ExternalProject{
		{ProjectID: "99999", ProjectName: "Gone", Modules: qmetry.Modules{Requirement: qmetry.Module{Name: "Story"}, Issue: qmetry.Module{Name: "Bug", Fields: field}}},
		{ProjectName: "Nameless"},
		{ProjectID: "10000", ProjectName: "Bare"},
	}
	qm.SetInstance(qmetry.Instance{InstanceType: "JIRA Cloud", InstanceURL: site.URL, Alias: "Here\x1b[2J", ExternalProjects: projects})
	qm.SetInstance(qmetry.Instance{InstanceType: "Jira", InstanceURL: "https://elsewhere.example", ExternalProjects: projects[:1]})
	qm.SetInstance(qmetry.Instance{InstanceType: "Jira", Alias: "Empty"})
	code, stdout, stderr := call(t, env)
	want := `INSTANCE                   PROJECT   MODULE       TYPE   RESULT      UNMAPPED MANDATORY FIELDS
Here [2J                   Gone      requirement  Story  drifted     -
Here [2J                   Gone      issue        Bug    drifted     customfield_19998
Here [2J                   Nameless  -            -      drifted     -
Here [2J                   Bare      -            -      ok          -
https://elsewhere.example  Gone      requirement  Story  uncompared  -
https://elsewhere.example  Gone      issue        Bug    uncompared  customfield_19998
Empty                      -         -            -      uncompared  -

Drifted:
  Here [2J, Gone, requirement: project 99999 is not in Jira, or this account may not see it
  Here [2J, Gone, issue: project 99999 is not in Jira, or this account may not see it
  Here [2J, Gone, issue: field customfield_19999 (Build) is not in Jira
  Here [2J, Nameless: the mapping does not say which project it is for
`
	if diff := cmp.Diff(want, stdout); diff != "" || code != program.ExitFailed {
		t.Errorf("exit %d\n%s", code, diff)
	}
	for _, text := range []string{
		"https://elsewhere.example is at https://elsewhere.example, not at " + site.URL + ": not compared.", "Empty is at -, not at ", "3 mappings drifted from Jira", "3 mappings not compared with Jira",
	} {
		if !strings.Contains(stderr, text) {
			t.Errorf("%q is not in:\n%s", text, stderr)
		}
	}

	code, stdout, stderr = call(t, without(env, "JIRA_"), "-json")
	for _, r := range programtest.Rows[row](t, stdout) {
		if r.Compared || r.Result == drifted {
			t.Errorf("compared with nothing: %+v", r)
		}
	}
	if code != program.ExitOK || !strings.Contains(stderr, "Not compared with Jira") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
}

// The address of a site may be written without scheme, or with the port that goes without saying.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"127.0.0.1:8765": "127.0.0.1:8765", "Acme.Atlassian.net/": "acme.atlassian.net", "https://acme.example:443/jira": "acme.example",
		"http://acme.example:80": "acme.example", "acme.example:443": "acme.example", "http://acme.example:443": "acme.example:443",
		" https://[::1]:443 ": "[::1]", "": "", "https://a b": "",
	} {
		if got := host(in); got != want {
			t.Errorf("%q: host %q, want %q", in, got, want)
		}
	}
	qm, site, env := systems(t)
	in := mapped(strings.TrimPrefix(site.URL, "http://"), "priority")
	in.ExternalProjects[1].Modules.Issue.Fields[1].FieldID = "customfield_19998"
	qm.SetInstance(in)
	code, stdout, stderr := call(t, env)
	if code != program.ExitFailed || !strings.Contains(stdout, "customfield_19998 (Found in build) is not in Jira") || strings.Contains(stderr, "not compared") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
}

// A map that was not held against the Jira of the credentials is not in order.
func TestAnotherJira(t *testing.T) {
	t.Parallel()
	qm, _, env := systems(t)
	in := mapped("https://elsewhere.example", "priority")
	qm.SetInstance(in)
	code, stdout, stderr := call(t, env, "-json")
	if code != program.ExitFailed || !strings.Contains(stderr, "3 mappings not compared with Jira") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
	for _, r := range programtest.Rows[row](t, stdout) {
		if r.Result != uncompared || r.Compared {
			t.Errorf("row = %+v", r)
		}
	}
}

// A project that may not be read is its own rows' failure: the others, and what is known of its fields, are told.
func TestHiddenProject(t *testing.T) {
	t.Parallel()
	qm, site, env := systems(t)
	site.Faults().Add(faults.Rule{Path: "/rest/api/3/project/10000", Status: 403, Body: `{"errorMessages":["not yours"]}`})
	in := mapped(site.URL, "priority")
	in.ExternalProjects[0].Modules.Issue.Fields[0].FieldID = "customfield_19997"
	qm.SetInstance(in)
	code, stdout, stderr := call(t, env)
	for _, text := range []string{
		"Web shop    requirement  Story  failed", "Web shop    issue        Bug    failed", "Operations  issue        Task   drifted",
		"Acme Jira, Web shop, issue: field customfield_19997", "Acme Jira, Operations, issue: field customfield_19999",
		"Acme Jira, Web shop, requirement and 1 more: ", "not yours", "2 mappings drifted from Jira", "2 mappings could not be read",
	} {
		if !strings.Contains(stdout+stderr, text) {
			t.Errorf("%q is not in:\n%s%s", text, stdout, stderr)
		}
	}
	if code != program.ExitFailed {
		t.Errorf("exit %d", code)
	}
}

func TestNoJira(t *testing.T) {
	t.Parallel()
	qm, _, env := systems(t)
	qm.SetInstance(qmetry.Instance{InstanceType: "Azure"})
	code, stdout, stderr := call(t, env)
	if code != program.ExitOK || stdout != "" || !strings.Contains(stderr, "No Jira among 1 system") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
}

// What cannot be read is named, and the rest is printed.
func TestFailures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil func(qm *qmetrytest.Server, site *jiratest.Server, env map[string]string)
		rows  string
		want  string
	}{
		"wrong key": {func(_ *qmetrytest.Server, _ *jiratest.Server, env map[string]string) { env["QMETRY_API_KEY"] = "nope" }, "", "Invalid API key"},
		"wrong project": {
			func(_ *qmetrytest.Server, _ *jiratest.Server, env map[string]string) { env["QMETRY_PROJECT"] = "nope" }, "", `project "nope" does not exist`,
		},
		"wrong token": {func(_ *qmetrytest.Server, _ *jiratest.Server, env map[string]string) { env["JIRA_API_TOKEN"] = "nope" }, "", "did not accept the credentials"},
		"session expired": {func(qm *qmetrytest.Server, _ *jiratest.Server, _ map[string]string) {
			qm.Faults().Add(faults.Rule{Path: "/rest/integration/instance/details", Status: 200, Body: `{"statusCode":"401","body":"session expired"}`})
		}, "", "session expired"},
		"one instance": {func(qm *qmetrytest.Server, _ *jiratest.Server, _ map[string]string) {
			qm.Faults().Add(faults.Rule{Path: "/rest/integration/instance/details", After: 1, Times: 1, Status: 400, Body: `{"message":"no such luck"}`})
		}, "failed ok unmapped", "One: Integrations.Details: GET /rest/integration/instance/details: 400 Bad Request: no such luck"},
		"one project": {func(_ *qmetrytest.Server, site *jiratest.Server, _ map[string]string) {
			site.Faults().Add(faults.Rule{Path: "/rest/api/3/project/10000", Times: 1, Status: 403, Body: `{"errorMessages":["not yours"]}`})
		}, "failed failed ok unmapped", "2 mappings could not be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			qm, site, env := systems(t)
			in := mapped(site.URL, "priority")
			in.ExternalProjects = in.ExternalProjects[:1]
			for _, alias := range []string{"One", "Two"} {
				in.Alias = alias
				qm.SetInstance(in)
			}
			test.spoil(qm, site, env)
			code, stdout, stderr := call(t, env, "-json")
			var results []string
			for _, r := range programtest.Rows[row](t, stdout) {
				results = append(results, r.Result)
			}
			if got := strings.Join(results, " "); code != program.ExitFailed || got != test.rows || !strings.Contains(stderr, test.want) {
				t.Errorf("exit %d, rows %q, want %q and %q in:\n%s", code, got, test.rows, test.want, stderr)
			}
			if strings.Contains(stderr+stdout, qmetrytest.APIKey) || strings.Contains(stderr+stdout, jiratest.Token) {
				t.Error("a credential was printed")
			}
		})
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	full := map[string]string{
		"QMETRY_API_KEY": "k", "QMETRY_PROJECT": "p", "QMETRY_SCREEN_NAME": "s", "QMETRY_ACTION": "a",
		"JIRA_BASE_URL": "https://acme.example", "JIRA_EMAIL": "a@acme.example", "JIRA_API_TOKEN": "t",
	}
	with := func(name, value string) map[string]string {
		env := without(full, name)
		env[name] = value
		return env
	}
	for name, test := range map[string]struct {
		env  map[string]string
		args []string
		code int
		want string
	}{
		"help":          {nil, []string{"-help"}, program.ExitOK, "QMETRY_SCREEN_NAME"},
		"unknown flag":  {nil, []string{"-nonsense"}, program.ExitUsage, "nonsense"},
		"argument":      {nil, []string{"x"}, program.ExitUsage, `unexpected argument "x"`},
		"no action":     {without(full, "QMETRY_ACTION"), nil, program.ExitUsage, "lacks QMETRY_ACTION"},
		"half of Jira":  {without(full, "JIRA_API"), nil, program.ExitUsage, "lacks JIRA_API_TOKEN"},
		"Jira alone":    {without(full, "QMETRY_"), nil, program.ExitUsage, "none of QMetry"},
		"URL, no key":   {map[string]string{"QMETRY_API_URL": "https://qmetry.example"}, nil, program.ExitUsage, "lacks QMETRY_API_KEY"},
		"scope, no key": {map[string]string{"QMETRY_SCOPE": "1"}, nil, program.ExitUsage, "lacks QMETRY_API_KEY"},
		"QMetry's URL":  {with("QMETRY_API_URL", "ftp://x"), nil, program.ExitUsage, "QMETRY_API_URL"},
		"Jira's URL":    {with("JIRA_BASE_URL", "acme"), nil, program.ExitUsage, "JIRA_BASE_URL"},
		"a bad context": {with("QMETRY_PROJECT", "a\nb"), nil, program.ExitFailed, "header project"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := call(t, test.env, test.args...)
			if code != test.code || !strings.Contains(stderr, test.want) || stdout != "" {
				t.Errorf("exit %d, want %d with %q in:\n%s%s", code, test.code, test.want, stdout, stderr)
			}
		})
	}
}

// full is an output without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestOutputFails(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"-json"}} {
		var stderr bytes.Buffer
		code := run(t.Context(), args, func(string) string { return "" }, full{}, &stderr)
		if code != program.ExitFailed || !strings.Contains(stderr.String(), "could not be written, the result is: 1 ok, 1 unmapped, 1 drifted") {
			t.Errorf("%v: exit %d\n%s", args, code, stderr.String())
		}
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	code := run(ctx, nil, func(string) string { return "" }, &stdout, &stderr)
	if code != program.ExitInterrupted || stdout.Len() > 0 || !strings.Contains(stderr.String(), "interrupted; nothing was changed") {
		t.Errorf("exit %d: %s%s", code, stdout.String(), stderr.String())
	}
}

// As a process, it is content with a reader that goes away.
func TestClosedPipe(t *testing.T) {
	t.Parallel()
	qm, site, env := systems(t)
	in := mapped(site.URL, "priority")
	in.ExternalProjects = in.ExternalProjects[:1]
	qm.SetInstance(in)
	cmd := programtest.Command(t, "-json")
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stdout = programtest.ClosedPipe(t)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Errorf("%v\n%s", err, stderr.String())
	}
}
