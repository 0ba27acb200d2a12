package currentstest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/client/currents/currentstest"
	"github.com/jira-integrations/go-sdk/client/faults"
)

const (
	runID     = "5f0c2a7b91d3e684"
	projectID = "Sh0pQA"
)

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// newServer returns a server with the two instances of testdata, without their run.
func newServer(t *testing.T, opts ...currentstest.Option) *currentstest.Server {
	t.Helper()
	srv := currentstest.NewServer(append([]currentstest.Option{currentstest.WithoutListener()}, opts...)...)
	for _, file := range []string{"instance-v2.json", "instance-v1.json"} {
		if err := srv.LoadInstance(read(t, file)); err != nil {
			t.Fatal(err)
		}
	}
	return srv
}

func newClient(t *testing.T, srv *currentstest.Server, key string) *currents.Client {
	t.Helper()
	cc, err := currents.New(client.Bearer(key), client.WithTransport(srv.Transport()), client.WithRetry(client.RetryPolicy{Retries: -1}))
	if err != nil {
		t.Fatal(err)
	}
	return cc
}

func target() currents.Target {
	return currents.Target{InstallationID: currentstest.InstallationID, ProjectID: "10000", IssueType: "10004"}
}

func coupon() *currents.FailedTest { return &currents.FailedTest{RunID: runID, TestID: "t-coupon"} }

func TestInstancesFormARun(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	if ids := srv.RunIDs(); !slices.Equal(ids, []string{runID}) {
		t.Fatalf("runs = %v", ids)
	}
	cc := newClient(t, srv, currentstest.APIKey)
	run, err := cc.Runs.Get(t.Context(), runID)
	if err != nil {
		t.Fatal(err)
	}
	if run.Status != "FAILING" || run.CompletionState != "IN_PROGRESS" { // t-never has no state yet
		t.Errorf("run is %s, %s", run.Status, run.CompletionState)
	}
	if len(run.Specs) != 2 || run.Specs[0].Results.Stats.Failures != 2 || run.Specs[1].Spec != "e2e/search.cy.js" || len(run.Groups) != 1 || run.Groups[0].Tests.Failures != 3 {
		t.Errorf("run = %+v", run)
	}
	var ids []string
	for test, err := range cc.FailedTests(t.Context(), runID) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, test.TestID)
	}
	if !slices.Equal(ids, []string{"t-coupon", "t-total", "c2"}) {
		t.Errorf("failed tests = %v", ids)
	}

	// The recorded run takes the place of the composed one.
	if err := srv.LoadRun(read(t, "run.json")); err != nil {
		t.Fatal(err)
	}
	if run, err = cc.Runs.Get(t.Context(), runID); err != nil || run.Status != "FAILED" || len(run.Specs) != 6 || len(srv.RunIDs()) != 1 {
		t.Errorf("run = %+v, %v", run, err)
	}
}

func TestAddedInstanceIsCounted(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	instance := currents.Instance{InstanceID: "i", RunID: "typed", ProjectID: "P", Spec: "a.spec.ts"}
	instance.Results.Tests = []currents.Test{{TestID: "1", State: "failed"}, {TestID: "2", StateV2: "passed", FlakyV2: true}, {TestID: "3", State: "skipped"}, {TestID: "4", State: "pending"}}
	if err := srv.AddInstance(instance); err != nil {
		t.Fatal(err)
	}
	run, err := newClient(t, srv, currentstest.APIKey).Runs.Get(t.Context(), "typed")
	want := currents.Stats{Overall: 4, Tests: 4, Passes: 1, Failures: 1, Skipped: 1, Pending: 1, Flaky: 1}
	if err != nil || run.Status != "FAILED" || run.CompletionState != "COMPLETE" || run.Specs[0].Results.Stats != want {
		t.Errorf("run = %+v, %v", run, err)
	}
}

func TestServesWhatWasLoaded(t *testing.T) {
	t.Parallel()
	srv := currentstest.NewServer()
	defer srv.Close()
	if err := srv.LoadRun([]byte(`{"runId":"r","projectId":"P","surprise":{"n":12345678901234567890}}`)); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/runs/r", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+currentstest.APIKey)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(body), `{"runId":"r","projectId":"P","surprise":{"n":12345678901234567890}}`) {
		t.Errorf("got %s, %v", body, err)
	}
	if got := srv.Requests(); len(got) != 1 || got[0].Path != "/v1/runs/r" || got[0].Pattern != "GET /v1/runs/{runId}" || got[0].Status != http.StatusOK {
		t.Errorf("requests = %+v", got)
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	srv := currentstest.NewServer(currentstest.WithoutListener())
	for data, want := range map[string]string{
		``: "not a run", `[]`: "not a run", `null`: "not a run", `{`: "not a run", `{"status":"OK","data":[]}`: "JSON object",
		`{"status":"FAILED","error":"Run not found"}`:         "Run not found",
		`{"projectId":"P"}`:                                   "runId",
		`{"runId":"r"}`:                                       "projectId",
		`{"instanceId":"i","runId":"r","projectId":"P"}`:      "an instance",
		`{"runId":"r","projectId":"P","specs":"none at all"}`: "specs",
	} {
		if err := srv.LoadRun([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("LoadRun(%s) = %v, want %q in it", data, err, want)
		}
	}
	if err := srv.LoadInstance(read(t, "run.json")); err == nil || !strings.Contains(err.Error(), "instanceId") {
		t.Errorf("LoadInstance of a run = %v", err)
	}
	if err := srv.AddProject(currents.Project{}); err == nil {
		t.Error("AddProject took a project without an id")
	}
	if ids := srv.RunIDs(); len(ids) != 0 {
		t.Errorf("runs = %v", ids)
	}
}

// send sends a request as it is and returns the status and the error text.
func send(t *testing.T, srv *currentstest.Server, key, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "https://currents.invalid"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := srv.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct{ Status, Error string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if (answer.Status == "OK") != (resp.StatusCode < 300) || (answer.Error == "") != (resp.StatusCode < 300) {
		t.Errorf("%d with %+v", resp.StatusCode, answer)
	}
	return resp.StatusCode, answer.Error
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	const rw, ro = currentstest.APIKey, currentstest.ReadOnlyKey
	issues := "/v1/projects/" + projectID + "/jira/issues"
	body := func(change ...string) string {
		fields := map[string]any{
			"runId": runID, "testId": "t-coupon", "jiraInstallationId": currentstest.InstallationID,
			"jiraProjectId": "10000", "jiraIssueType": "10004",
		}
		for i := 0; i < len(change); i += 2 {
			var v any
			if err := json.Unmarshal([]byte(change[i+1]), &v); err != nil {
				t.Fatal(err)
			}
			fields[change[i]] = v
		}
		data, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	srv := newServer(t)
	srv.Site().SetProject(currents.JiraProject{ID: "20000", Key: "OPS"}, currents.IssueType{ID: "1", Name: "Epic", CustomFields: []currents.IssueField{
		{FieldID: "customfield_1", Name: "Sprint", Required: true, FieldType: currents.FieldTypeUnsupported},
	}})
	tests := []struct {
		name, key, method, path, body string
		status                        int
		want                          string
	}{
		{"no key", "", "GET", "/v1/projects", "", 401, "no API key"},
		{"wrong key", "nope", "GET", "/v1/projects", "", 401, "invalid API key"},
		{"wrong key, unknown path", "nope", "GET", "/v1/nope", "", 401, "invalid API key"},
		{"read-only create", ro, "POST", issues, body(), 403, "write permission"},
		{"read-only link", ro, "POST", issues + "/WEB-1/link", body(), 403, "write permission"},
		{"read-only signature", ro, "POST", "/v1/signature/test", `{"projectId":"Sh0pQA","specFilePath":"a","testTitle":"b"}`, 200, ""},
		{"unknown path", rw, "GET", "/v1/nope", "", 404, "no such path"},
		{"no version", rw, "GET", "/projects", "", 404, "no such path"},
		{"wrong method", rw, "DELETE", "/v1/runs/" + runID, "", 405, "DELETE"},
		{"unknown parameter", rw, "GET", "/v1/projects?size=1", "", 400, `"size"`},
		{"deprecated parameter", rw, "GET", "/v1/runs/find?projectId=P&tag[]=x", "", 400, `"tag[]"`},
		{"unknown field", rw, "POST", issues, body("summary", `"x"`), 400, `"summary"`},
		{"wrong type", rw, "POST", issues, body("runId", `7`), 400, "runId"},
		{"no body", rw, "POST", issues, "", 400, "body is empty"},
		{"limit too large", rw, "GET", "/v1/projects?limit=101", "", 400, "limit"},
		{"limit is no number", rw, "GET", "/v1/projects?limit=many", "", 400, "limit"},
		{"limit zero", rw, "GET", "/v1/projects?limit=0", "", 400, "limit"},
		{"both cursors", rw, "GET", "/v1/projects?starting_after=a&ending_before=b", "", 400, "mutually exclusive"},
		{"unknown cursor", rw, "GET", "/v1/projects?starting_after=a", "", 400, "cursor"},
		{"unknown cursor back", rw, "GET", "/v1/projects?ending_before=a", "", 400, "cursor"},
		{"project", rw, "GET", "/v1/projects/nope", "", 404, "Project not found"},
		{"project of runs", rw, "GET", "/v1/projects/nope/runs", "", 404, "Project not found"},
		{"run", rw, "GET", "/v1/runs/nope", "", 404, "Run not found"},
		{"instance", rw, "GET", "/v1/instances/nope", "", 404, "Instance not found"},
		{"find without project", rw, "GET", "/v1/runs/find", "", 400, "projectId"},
		{"find in unknown project", rw, "GET", "/v1/runs/find?projectId=nope", "", 404, "Project not found"},
		{"find nothing", rw, "GET", "/v1/runs/find?projectId=Sh0pQA&branch=nope", "", 404, "Run not found"},
		{"find with odd flag", rw, "GET", "/v1/runs/find?projectId=Sh0pQA&pwLastRun=1", "", 400, "pwLastRun"},
		{"run status", rw, "GET", "/v1/projects/Sh0pQA/runs?status=red", "", 400, "status"},
		{"completion state", rw, "GET", "/v1/projects/Sh0pQA/runs?completion_state=red", "", 400, "completion_state"},
		{"tag operator", rw, "GET", "/v1/projects/Sh0pQA/runs?tag_operator=XOR", "", 400, "tag_operator"},
		{"date", rw, "GET", "/v1/projects/Sh0pQA/runs?date_start=yesterday", "", 400, "date_start"},
		{"long search", rw, "GET", "/v1/projects/Sh0pQA/runs?search=" + strings.Repeat("x", 201), "", 400, "search"},
		{"results without period", rw, "GET", "/v1/test-results/s?date_start=2026-01-01T00:00:00Z", "", 400, "date_end"},
		{"results flaky", rw, "GET", "/v1/test-results/s?date_start=2026-01-01T00:00:00Z&date_end=2026-01-01T00:00:00Z&flaky=1", "", 400, "flaky"},
		{"results annotations", rw, "GET", "/v1/test-results/s?date_start=2026-01-01T00:00:00Z&date_end=2026-01-01T00:00:00Z&annotations=x", "", 400, "annotations"},
		{"signature of nothing", rw, "POST", "/v1/signature/test", `{"projectId":"Sh0pQA","specFilePath":"a","testTitle":[]}`, 400, "testTitle"},
		{"signature without spec", rw, "POST", "/v1/signature/test", `{"projectId":"Sh0pQA","testTitle":["a"]}`, 400, "specFilePath"},
		{"signature in unknown project", rw, "POST", "/v1/signature/test", `{"projectId":"nope","specFilePath":"a","testTitle":["a"]}`, 404, "Project not found"},
		{"no installation", rw, "GET", "/v1/integrations/jira/projects", "", 400, "jira_installation_id"},
		{"unknown installation", rw, "GET", "/v1/integrations/jira/projects?jira_installation_id=nope", "", 404, "Jira installation not found"},
		{"unknown installation of types", rw, "GET", "/v1/integrations/jira/projects/10000/issue-types?jira_installation_id=nope", "", 404, "Jira installation not found"},
		{"unknown Jira project", rw, "GET", "/v1/integrations/jira/projects/7/issue-types?jira_installation_id=jira-installation-1", "", 404, "Jira project"},
		{"long Jira project", rw, "GET", "/v1/integrations/jira/projects/" + strings.Repeat("7", 129) + "/issue-types?jira_installation_id=jira-installation-1", "", 400, "128"},
		{"page", rw, "GET", "/v1/integrations/jira/projects?jira_installation_id=jira-installation-1&page=-1", "", 400, "page"},
		{"create without run", rw, "POST", issues, body("runId", `""`), 400, "runId is required"},
		{"create without field value", rw, "POST", issues, body("customFields", `[{"fieldId":"x","value":""}]`), 400, "customFields[0]"},
		{"create in unknown project", rw, "POST", "/v1/projects/nope/jira/issues", body(), 404, "Project not found"},
		{"create by unknown installation", rw, "POST", issues, body("jiraInstallationId", `"nope"`), 404, "Jira installation not found"},
		{"create for unknown run", rw, "POST", issues, body("runId", `"nope"`), 404, "Run not found"},
		{"create for unknown test", rw, "POST", issues, body("testId", `"nope"`), 404, "Test not found"},
		{"create in unknown Jira project", rw, "POST", issues, body("jiraProjectId", `"7"`), 404, "Jira project"},
		{"create as unknown type", rw, "POST", issues, body("jiraIssueType", `"Bug"`), 400, "issue type"},
		{"create with unsupported field", rw, "POST", issues, body("jiraProjectId", `"20000"`, "jiraIssueType", `"1"`), 400, "Sprint"},
		{"link without comment", rw, "POST", issues + "/WEB-1/link", body("includeContextInComment", `false`), 400, "comment is required"},
		{"link to blank key", rw, "POST", issues + "/%20/link", body(), 400, "jiraIssueKey"},
		{"link to long key", rw, "POST", issues + "/" + strings.Repeat("x", 256) + "/link", body(), 400, "jiraIssueKey"},
		{"link to unknown issue", rw, "POST", issues + "/WEB-9/link", body(), 404, "WEB-9"},
	}
	for _, tt := range tests {
		status, text := send(t, srv, tt.key, tt.method, tt.path, tt.body)
		if status != tt.status || !strings.Contains(text, tt.want) {
			t.Errorf("%s: got %d %q, want %d with %q", tt.name, status, text, tt.status, tt.want)
		}
	}
	if len(srv.Links()) != 0 || len(srv.Site().Issues()) != 0 {
		t.Error("a refused request left something behind")
	}
}

func TestEachOperationIsReachable(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cc := newClient(t, srv, currentstest.APIKey)
	ctx := t.Context()
	day := currents.Time{Time: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	link, err := cc.Jira.CreateIssue(ctx, projectID, target().For(coupon()))
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]error{}
	_, calls["projects"] = cc.Projects.ListPage(ctx, nil)
	_, calls["project"] = cc.Projects.Get(ctx, projectID)
	_, calls["runs"] = cc.Runs.ListPage(ctx, projectID, nil)
	_, calls["run"] = cc.Runs.Get(ctx, runID)
	_, calls["instance"] = cc.Instances.Get(ctx, "i-cart")
	_, calls["results"] = cc.TestResults.ListPage(ctx, "s", day, day, nil)
	_, calls["signature"] = cc.Signatures.Get(ctx, currents.SignatureInput{ProjectID: projectID, SpecFilePath: "a", TestTitle: []string{"b"}})
	_, calls["link"] = cc.Jira.LinkIssue(ctx, projectID, link.JiraIssueKey, target().Link(coupon(), ""))
	_, calls["Jira projects"] = cc.Jira.ProjectsPage(ctx, currentstest.InstallationID, nil)
	_, calls["issue types"] = cc.Jira.IssueTypesPage(ctx, "10000", currentstest.InstallationID, nil)
	for name, err := range calls {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := cc.Runs.Find(ctx, projectID, nil); !errors.Is(err, client.ErrNotFound) { // the only run is in progress
		t.Errorf("find: %v", err)
	}
	seen := map[string]bool{}
	for _, r := range srv.Requests() {
		seen[strings.Replace(r.Pattern, " /v1/", " /", 1)] = true
	}
	for _, op := range srv.Operations() {
		if !seen[op] {
			t.Errorf("%s was not called", op)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cc := newClient(t, srv, currentstest.APIKey)
	path := "/v1/projects/{projectId}/jira/issues"
	srv.Faults().Add(faults.Rule{Method: http.MethodPost, Path: path, Cut: faults.CutAfter, Times: 1})
	_, err := cc.Jira.CreateIssue(t.Context(), projectID, target().For(coupon()))
	if !errors.Is(err, client.ErrAmbiguous) || len(srv.Links()) != 1 {
		t.Errorf("lost answer: %v, %d links", err, len(srv.Links()))
	}
	srv.Faults().Add(faults.Rule{Method: http.MethodPost, Path: path, Cut: faults.CutBefore, Times: 1})
	_, err = cc.Jira.CreateIssue(t.Context(), projectID, target().For(coupon()))
	if !errors.Is(err, client.ErrAmbiguous) || len(srv.Links()) != 1 {
		t.Errorf("lost request: %v, %d links", err, len(srv.Links()))
	}
}

func TestWithFaults(t *testing.T) {
	t.Parallel()
	busy := faults.Unavailable(0)
	busy.Path, busy.Times = "/v1/projects/{projectId}", 2
	srv := currentstest.NewServer(currentstest.WithoutListener(), currentstest.WithFaults(busy))
	for i, want := range []int{http.StatusServiceUnavailable, http.StatusServiceUnavailable, http.StatusNotFound} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/projects/p", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+currentstest.APIKey)
		resp, err := srv.Transport().RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("request %d: %d, want %d", i+1, resp.StatusCode, want)
		}
	}
	if n := srv.Faults().Counts()["503"]; n != 2 {
		t.Errorf("%d requests suffered, want 2", n)
	}
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	clock := currentstest.WithClock(func() time.Time { return time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC) })
	srv := newServer(t, clock)
	if err := srv.LoadRun(read(t, "run.json")); err != nil {
		t.Fatal(err)
	}
	cc := newClient(t, srv, currentstest.APIKey)
	if _, err := cc.Jira.CreateIssue(t.Context(), projectID, target().For(coupon())); err != nil {
		t.Fatal(err)
	}
	data, err := srv.Snapshot()
	if err != nil {
		t.Fatal(err)
	}

	other := currentstest.NewServer(currentstest.WithoutListener(), clock)
	if err := other.AddProject(currents.Project{ProjectID: "gone"}); err != nil {
		t.Fatal(err)
	}
	if err := other.Restore(data); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(srv.Links(), other.Links()); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(srv.Site().Issues(), other.Site().Issues()); diff != "" {
		t.Errorf("issues (-want +got):\n%s", diff)
	}
	again, err := other.Snapshot()
	if err != nil || string(again) != string(data) {
		t.Errorf("the snapshot of the restored server differs (%v):\n%s\n%s", err, data, again)
	}
	link, err := newClient(t, other, currentstest.APIKey).Jira.CreateIssue(t.Context(), projectID, target().For(coupon()))
	if err != nil || link.JiraIssueKey != "WEB-2" || link.CurrentsIssueID != "link-2" {
		t.Errorf("the next issue is %+v, %v", link, err)
	}

	for _, bad := range []string{``, `{}`, `[]`, `{"currentstest":1,"runs":[{}]}`, `{"currentstest":2}`, `{"currentstest":1,"site":[]}`, `{"currentstest":1}`} {
		if err := srv.Restore([]byte(bad)); err == nil {
			t.Errorf("Restore(%s) succeeded", bad)
		}
	}
	if after, err := srv.Snapshot(); err != nil || string(after) != string(data) {
		t.Errorf("a failed Restore changed the state: %v", err)
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cc := newClient(t, srv, currentstest.APIKey)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, err := cc.Jira.CreateIssue(context.WithoutCancel(t.Context()), projectID, target().For(coupon()))
			for _, e := range cc.FailedTests(t.Context(), runID) {
				err = errors.Join(err, e)
			}
			_, snapErr := srv.Snapshot()
			if err := errors.Join(err, snapErr, srv.LoadInstance(read(t, "instance-v1.json"))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	keys := map[string]bool{}
	for _, link := range srv.Links() {
		keys[link.IssueKey] = true
	}
	if len(keys) != 20 {
		t.Errorf("%d different issues, want 20", len(keys))
	}
}
