package main

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/currents/currentstest"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/examples/internal/programtest"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// call runs the program and returns its exit code and what it printed.
func call(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, func(name string) string { return env[name] }, &out, &errs)
	return code, out.String(), errs.String()
}

func results(all []row) map[string]int {
	n := make(map[string]int)
	for _, r := range all {
		n[r.Result]++
	}
	return n
}

func TestSecondRunCreatesNothing(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state.json")
	code, stdout, stderr := call(t, nil, "-json", "-state", state)
	first := programtest.Rows[row](t, stdout)
	if code != program.ExitOK || results(first)[created] != 3 || len(first) != 3 {
		t.Fatalf("first run: exit %d\n%s%s", code, stdout, stderr)
	}
	code, stdout, stderr = call(t, nil, "-json", "-state", state)
	second := programtest.Rows[row](t, stdout)
	if code != program.ExitOK || results(second)[linked] != 3 || len(second) != 3 {
		t.Fatalf("second run: exit %d\n%s%s", code, stdout, stderr)
	}
	for i := range first {
		if first[i].Issue != second[i].Issue || first[i].URL != second[i].URL || first[i].Signature != second[i].Signature {
			t.Errorf("the issue of a test changed from %+v to %+v", first[i], second[i])
		}
	}
}

func TestDryRunChangesNothing(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state.json")
	code, stdout, _ := call(t, nil, "-json", "-dry-run", "-state", state)
	if got := results(programtest.Rows[row](t, stdout)); code != program.ExitOK || got[wouldCreate] != 3 {
		t.Errorf("exit %d, %v", code, got)
	}
	if _, err := os.Stat(state); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a dry run left a state file: %v", err)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := call(t, nil)
	if code != program.ExitOK || !strings.Contains(stderr, "No credentials in the environment") {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "TEST") {
		t.Fatalf("not a table of three tests:\n%s", stdout)
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

func TestBadUsage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	junk := filepath.Join(dir, "junk.json")
	if err := os.WriteFile(junk, []byte("<html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := map[string]string{
		"CURRENTS_API_KEY": "key", "JIRA_BASE_URL": "https://acme.example", "JIRA_EMAIL": "a@acme.example", "JIRA_API_TOKEN": "token",
	}
	without := func(name, value string) map[string]string {
		env := make(map[string]string)
		maps.Copy(env, full)
		env[name] = value
		return env
	}
	for name, test := range map[string]struct {
		env  map[string]string
		args []string
		code int
		want string
	}{
		"unknown flag":     {nil, []string{"-nonsense"}, program.ExitUsage, "nonsense"},
		"argument":         {nil, []string{"run1"}, program.ExitUsage, `unexpected argument "run1"`},
		"bad field":        {nil, []string{"-field", "x"}, program.ExitUsage, "id=value"},
		"no such file":     {nil, []string{"-run-file", filepath.Join(dir, "none.json")}, program.ExitUsage, "none.json"},
		"junk run":         {nil, []string{"-run-file", junk}, program.ExitUsage, "junk.json"},
		"junk instance":    {nil, []string{"-instance-file", junk}, program.ExitUsage, "junk.json"},
		"some credentials": {without("JIRA_EMAIL", ""), nil, program.ExitUsage, "JIRA_EMAIL"},
		"no run":           {full, nil, program.ExitUsage, "-run"},
		"no installation":  {full, []string{"-run", "r"}, program.ExitUsage, "-installation"},
		"no project":       {full, []string{"-run", "r", "-installation", "i"}, program.ExitUsage, "-jira-project"},
		"plain http": {
			without("JIRA_BASE_URL", "http://jira.acme.example"),
			[]string{"-run", "r", "-installation", "i", "-jira-project", "WEB"},
			program.ExitUsage, "JIRA_BASE_URL",
		},
		"no folder":          {nil, []string{"-state", filepath.Join(dir, "none", "state.json")}, program.ExitUsage, "-state"},
		"junk state":         {nil, []string{"-state", junk}, program.ExitFailed, "remove it to start anew"},
		"unknown run":        {nil, []string{"-run", "nope"}, program.ExitFailed, "there is no run nope"},
		"hostile run":        {nil, []string{"-run", "../projects"}, program.ExitFailed, "there is no run"},
		"wrong project":      {nil, []string{"-run", "5d0c2f6e9a714b38", "-project", "other"}, program.ExitFailed, "belongs to project Shop01"},
		"unknown project":    {nil, []string{"-jira-project", "NOPE"}, program.ExitFailed, "choose -jira-project from"},
		"unknown type":       {nil, []string{"-issue-type", "Nope"}, program.ExitFailed, "choose -issue-type from"},
		"unknown installion": {nil, []string{"-installation", "x"}, program.ExitFailed, "installation x"},
		"help":               {nil, []string{"-help"}, program.ExitOK, "Exit status"},
		"help on dry runs":   {nil, []string{"-help"}, program.ExitOK, `"would create" and "would link"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := call(t, test.env, test.args...)
			if code != test.code || !strings.Contains(stderr, test.want) {
				t.Errorf("exit %d, want %d with %q in:\n%s%s", code, test.code, test.want, stdout, stderr)
			}
		})
	}
	if data, _ := os.ReadFile(junk); string(data) != "<html>" {
		t.Error("a file that is no state was overwritten")
	}
}

// samples returns the folder with responses recorded from the real service.
func samples(t *testing.T) string {
	t.Helper()
	for _, dir := range []string{os.Getenv("SDK_REFERENCE"), "../../../shared/reference"} {
		if dir = filepath.Join(dir, "currents-samples"); dir != "currents-samples" {
			if _, err := os.Stat(dir); err == nil {
				return dir
			}
		}
	}
	t.Skip("no recorded responses: set SDK_REFERENCE to the folder that holds currents-samples")
	return ""
}

func TestRecordedInstance(t *testing.T) {
	t.Parallel()
	file := filepath.Join(samples(t), "get-instance.json")
	state := filepath.Join(t.TempDir(), "state.json")
	for _, want := range []string{created, linked} {
		code, stdout, stderr := call(t, nil, "-json", "-state", state, "-instance-file", file)
		all := programtest.Rows[row](t, stdout)
		if code != program.ExitOK || len(all) != 1 || all[0].Result != want ||
			!strings.Contains(all[0].Test, "should generate real-time reports for live data") {
			t.Fatalf("exit %d, want one %s test:\n%s%s", code, want, stdout, stderr)
		}
	}
}

func TestRecordedRunWithoutInstances(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := call(t, nil, "-json", "-run-file", filepath.Join(samples(t), "get-run-complete.json"))
	all := programtest.Rows[row](t, stdout)
	if code != program.ExitFailed || len(all) != 2 || results(all)[failed] != 2 || !strings.Contains(stderr, "2 failures could not be reported") {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	if all[0].Test != "web-app/onboarding.spec.ts" || all[1].Test != "web-app/reports.spec.ts" {
		t.Errorf("the spec files are not named: %+v", all)
	}
}

func TestRecordedRunInProgress(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := call(t, nil, "-run-file", filepath.Join(samples(t), "get-run-incomplete.json"))
	if code != program.ExitOK || !strings.Contains(stdout, "still in progress, without failures") {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
}

// sites are the two services behind ports, as the real ones are behind theirs.
type sites struct {
	currents *currentstest.Server
	jira     *jiratest.Server
	env      map[string]string
	args     []string
}

// hookedSite is the Jira of the fakes, with a hook for the test.
type hookedSite struct {
	jiraSite
	beforeCreate []func()
}

func (h hookedSite) CreateIssue(ctx context.Context, in currentstest.JiraIssue) (key, url string, err error) {
	for _, hook := range h.beforeCreate {
		hook()
	}
	return h.jiraSite.CreateIssue(ctx, in)
}

// startSites starts the two services. The hooks run before Currents creates an issue in Jira.
func startSites(t *testing.T, beforeCreate ...func()) *sites {
	t.Helper()
	site := jiratest.NewServer()
	t.Cleanup(site.Close)
	jc, err := jira.New(site.URL, client.BasicAuth(jiratest.Email, jiratest.Token))
	if err != nil {
		t.Fatal(err)
	}
	f := &fakes{currents: currentstest.NewServer(currentstest.WithJira(hookedSite{jiraSite{jc}, beforeCreate})), jira: site}
	t.Cleanup(f.currents.Close)
	if _, err := f.load(&settings{}); err != nil {
		t.Fatal(err)
	}
	return &sites{f.currents, site, map[string]string{
		"CURRENTS_API_KEY": currentstest.APIKey, "CURRENTS_API_URL": f.currents.URL,
		"JIRA_BASE_URL": site.URL, "JIRA_EMAIL": jiratest.Email, "JIRA_API_TOKEN": jiratest.Token,
	}, []string{"-json", "-run", "5d0c2f6e9a714b38", "-installation", currentstest.InstallationID, "-jira-project", "WEB"}}
}

func TestWithCredentials(t *testing.T) {
	t.Parallel()
	s := startSites(t)
	code, stdout, stderr := call(t, s.env, s.args...)
	if got := results(programtest.Rows[row](t, stdout)); code != program.ExitOK || got[created] != 3 || strings.Contains(stderr, "fakes") {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	for _, link := range s.currents.Links() {
		if strings.Contains(link.Text, "\x1b") || strings.Contains(link.Text, "[31m") {
			t.Errorf("the description of %s has ANSI codes: %q", link.IssueKey, link.Text)
		}
	}
	if n := len(s.jira.Issues()); n != 3 {
		t.Errorf("Jira has %d issues", n)
	}
}

// What fails for one test does not keep the others from being reported, and says what to do.
func TestPartialFailures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rule func(s *sites)
		want map[string]int
		say  string
	}{
		"create lost": {
			func(s *sites) {
				s.currents.Faults().Add(faults.Rule{Method: "POST", Path: "/v1/projects/{p}/jira/issues", Times: 1, Cut: faults.CutAfter})
			},
			map[string]int{created: 2, failed: 1},
			"may or may not have been created",
		},
		"label refused": {
			func(s *sites) {
				s.jira.Faults().Add(faults.Rule{Method: "PUT", Path: "/rest/api/3/issue/{key}", Times: 1, Status: 403})
			},
			map[string]int{created: 2, failed: 1},
			"give it the label currents-",
		},
		"search refused": {
			func(s *sites) {
				s.jira.Faults().Add(faults.Rule{Path: "/rest/api/3/search/jql", Times: 1, Status: 400, Body: `{"errorMessages":["no"]}`})
			},
			map[string]int{created: 2, failed: 1},
			"could not be searched for in Jira",
		},
		"signature refused": {
			func(s *sites) {
				s.currents.Faults().Add(faults.Rule{Path: "/v1/signature/test", Times: 1, Status: 400, Body: `{"status":"FAILED","error":"no"}`})
			},
			map[string]int{created: 2, failed: 1},
			"its signature could not be read",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSites(t)
			test.rule(s)
			code, stdout, stderr := call(t, s.env, s.args...)
			all := programtest.Rows[row](t, stdout)
			if diff := cmp.Diff(test.want, results(all)); code != program.ExitFailed || diff != "" {
				t.Fatalf("exit %d, results (-want +got):\n%s%s%s", code, diff, stdout, stderr)
			}
			if !strings.Contains(stdout, test.say) {
				t.Errorf("nobody says %q:\n%s", test.say, stdout)
			}
		})
	}
}

// The check before creating names the fields that stand in the way, and is content when they are given.
func TestRequiredFields(t *testing.T) {
	t.Parallel()
	s := startSites(t)
	severity := s.jira.AddField(jiratest.Field{Name: "Severity", Type: jiratest.SelectField, Required: true, Options: []string{"High", "Low"}})

	code, stdout, _ := call(t, s.env, s.args...)
	all := programtest.Rows[row](t, stdout)
	if code != program.ExitFailed || results(all)[failed] != 3 || len(s.jira.Issues()) != 0 ||
		!strings.Contains(all[0].Error, "Severity") || !strings.Contains(all[0].Error, "High") {
		t.Fatalf("exit %d, %d issues\n%s", code, len(s.jira.Issues()), stdout)
	}
	code, stdout, _ = call(t, s.env, append(s.args, "-field", severity+"=Highest")...)
	if all := programtest.Rows[row](t, stdout); code != program.ExitFailed || !strings.Contains(all[0].Error, `"Highest"`) {
		t.Fatalf("exit %d\n%s", code, stdout)
	}
	code, stdout, stderr := call(t, s.env, append(s.args, "-field", severity+"=High")...)
	if code != program.ExitOK || results(programtest.Rows[row](t, stdout))[created] != 3 {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}

	s.jira.AddField(jiratest.Field{Name: "Story", Type: jiratest.ParagraphField, Required: true})
	code, stdout, _ = call(t, s.env, append(s.args, "-field", severity+"=High", "-dry-run")...)
	if code != program.ExitOK || results(programtest.Rows[row](t, stdout))[wouldLink] != 3 {
		t.Fatalf("what exists can be linked whatever a new issue needs: exit %d\n%s", code, stdout)
	}
	code, stdout, _ = call(t, s.env, append(s.args, "-field", severity+"=High", "-jira-project", "OPS")...)
	if all := programtest.Rows[row](t, stdout); code != program.ExitFailed || !strings.Contains(all[0].Error, "Story") || !strings.Contains(all[0].Error, "cannot fill") {
		t.Fatalf("exit %d\n%s", code, stdout)
	}
}
