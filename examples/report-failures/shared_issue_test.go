package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client/currents/currentstest"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/examples/internal/programtest"
)

const (
	createPath   = "/v1/projects/{p}/jira/issues"
	projectsPath = "/v1/integrations/jira/projects"
	searchPath   = "/rest/api/3/search/jql"
)

// recording returns a recorded instance with one failing test: what it was in its run, with other ids.
func recording(t *testing.T, run, instance, group string) []byte {
	t.Helper()
	data, err := shipped.ReadFile("testdata/instance-login.json")
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{
		`"5d0c2f6e9a714b38"`: run, `"a1f4c0de00000003"`: instance, `"chromium"`: group, `"5be80d1123-0002"`: "test-" + instance,
	} {
		if !bytes.Contains(data, []byte(from)) {
			t.Fatalf("the recording does not hold %s", from)
		}
		data = bytes.ReplaceAll(data, []byte(from), fmt.Appendf(nil, "%q", to))
	}
	return data
}

// inBrowsers adds a run in which one test failed in several browsers, and returns the arguments that report it.
func (s *sites) inBrowsers(t *testing.T, browsers ...string) []string {
	t.Helper()
	for _, browser := range browsers {
		if err := s.currents.LoadInstance(recording(t, "browsers", "on-"+browser, browser)); err != nil {
			t.Fatal(err)
		}
	}
	return []string{"-json", "-run", "browsers", "-installation", currentstest.InstallationID, "-jira-project", "WEB"}
}

// creates counts the requests for new issues that reached Currents.
func (s *sites) creates() int {
	n := 0
	for _, r := range s.currents.Requests() {
		if r.Method == "POST" && strings.HasSuffix(r.Path, "/jira/issues") {
			n++
		}
	}
	return n
}

func TestOneTestInSeveralBrowsers(t *testing.T) {
	t.Parallel()
	s := startSites(t)
	args := s.inBrowsers(t, "chromium", "firefox", "webkit")

	code, stdout, stderr := call(t, s.env, append(args, "-dry-run")...)
	if diff := cmp.Diff(map[string]int{wouldCreate: 1, wouldLink: 2}, results(programtest.Rows[row](t, stdout))); code != program.ExitOK || diff != "" {
		t.Fatalf("dry run: exit %d, results (-want +got):\n%s%s", code, diff, stderr)
	}
	code, stdout, stderr = call(t, s.env, args...)
	all := programtest.Rows[row](t, stdout)
	if diff := cmp.Diff(map[string]int{created: 1, linked: 2}, results(all)); code != program.ExitOK || diff != "" {
		t.Fatalf("exit %d, results (-want +got):\n%s%s", code, diff, stderr)
	}
	if all[0].Issue != all[1].Issue || all[1].Issue != all[2].Issue || len(s.jira.Issues()) != 1 {
		t.Errorf("not one issue:\n%s", stdout)
	}
}

// An issue that may exist is not created a second time for the next browser.
func TestFailedCreateIsNotRepeated(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rule   faults.Rule
		issues int
		reason string
	}{
		"lost": {faults.Rule{Method: "POST", Path: createPath, Times: 1, Cut: faults.CutAfter}, 1, "may or may not have been created"},
		"refused": {
			faults.Rule{Method: "POST", Path: createPath, Times: 1, Status: 403, Body: `{"status":"FAILED","error":"no"}`},
			0, "no issue could be created",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSites(t)
			args := s.inBrowsers(t, "chromium", "firefox", "webkit")
			s.currents.Faults().Add(test.rule)
			code, stdout, stderr := call(t, s.env, args...)
			all := programtest.Rows[row](t, stdout)
			if code != program.ExitFailed || len(all) != 3 || results(all)[failed] != 3 {
				t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
			}
			if n := s.creates(); n != 1 || len(s.jira.Issues()) != test.issues {
				t.Errorf("%d requests made %d issues", n, len(s.jira.Issues()))
			}
			for i, r := range all {
				if !strings.Contains(r.Error, test.reason) || strings.HasPrefix(r.Error, "not tried again because ") != (i > 0) {
					t.Errorf("row %d says %q", i, r.Error)
				}
			}
		})
	}
}

// A search result without a key is neither an issue to link nor a reason to create another.
func TestFoundWithoutKey(t *testing.T) {
	t.Parallel()
	s := startSites(t)
	s.jira.Faults().Add(faults.Rule{
		Path: searchPath, Status: 200,
		Body: `{"issues":[{"id":"10001","fields":{"summary":"x"}}],"isLast":true}`,
	})
	code, stdout, stderr := call(t, s.env, s.args...)
	if all := programtest.Rows[row](t, stdout); code != program.ExitFailed || len(all) != 3 || results(all)[failed] != 3 || s.creates() != 0 {
		t.Fatalf("exit %d, %d creates\n%s%s", code, s.creates(), stdout, stderr)
	}
}

// When it is not known where issues go, what failed is listed all the same.
func TestDiscoveryFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rule faults.Rule
		args []string
		want string
	}{
		"unknown project": {faults.Rule{Path: "/none"}, []string{"-jira-project", "NOPE"}, "choose -jira-project from"},
		"unknown type":    {faults.Rule{Path: "/none"}, []string{"-issue-type", "Nope"}, "choose -issue-type from"},
		"unknown fields":  {faults.Rule{Path: "/none"}, []string{"-field", "customfield_77=x", "-field", "customfield_78=y"}, "no custom field customfield_77, customfield_78"},
		"page": {
			faults.Rule{Path: projectsPath, Status: 200, Header: map[string][]string{"Content-Type": {"text/html"}}, Body: "<html>Log in</html>"},
			nil, "Jira projects of installation " + currentstest.InstallationID + " could not be listed",
		},
		"unauthorized": {
			faults.Rule{Path: projectsPath + "/{p}/issue-types", Status: 401, Body: `{"status":"FAILED","error":"no key"}`},
			nil, "the issue types of WEB could not be listed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSites(t)
			s.currents.Faults().Add(test.rule, faults.Rule{Path: "/v1/instances/a1f4c0de00000003", Status: 404, Body: `{"status":"FAILED","error":"gone"}`})
			code, stdout, stderr := call(t, s.env, append(s.args, test.args...)...)
			all := programtest.Rows[row](t, stdout)
			if code != program.ExitFailed || len(all) != 3 || results(all)[failed] != 3 || s.creates() != 0 {
				t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
			}
			for i, want := range []string{test.want, test.want, "its failing tests are not known"} {
				if !strings.Contains(all[i].Error, want) {
					t.Errorf("row %d says %q, not %q", i, all[i].Error, want)
				}
			}
			if strings.Count(stderr, test.want) != 1 || !strings.Contains(stderr, "3 failures could not be reported") {
				t.Errorf("stderr does not say once %q, and how many:\n%s", test.want, stderr)
			}
		})
	}
}

// A run that cannot be reported does not keep the others from it.
func TestOneOfSeveralRunsFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	broken := func(id string) []byte { // counts a failure, but lacks its spec files
		return fmt.Appendf(nil, `{"runId":%q,"projectId":"Shop01","status":"FAILED","completionState":"COMPLETE","groups":[{"tests":{"failures":1}}],"specs":[]}`, id)
	}
	half := fmt.Appendf(nil, `{"runId":"half","projectId":"Shop01","completionState":"COMPLETE","specs":[
		{"instanceId":"lost","spec":"shop/lost.spec.ts","results":{"stats":{"failures":1}}}]}`)
	code, stdout, stderr := call(
		t, nil, "-json",
		"-run-file", write("one.json", broken("one")), "-run-file", write("half.json", half), "-run-file", write("two.json", broken("two")),
		"-instance-file", write("whole.json", recording(t, "whole", "of-whole", "chromium")),
	)
	if diff := cmp.Diff(map[string]int{created: 1, failed: 1}, results(programtest.Rows[row](t, stdout))); code != program.ExitFailed || diff != "" {
		t.Fatalf("exit %d, results (-want +got):\n%s%s", code, diff, stderr)
	}
	for _, want := range []string{"run one ", "run two ", "1 failure could not be reported"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("nobody says %q:\n%s", want, stderr)
		}
	}
}
