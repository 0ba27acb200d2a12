package currents_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/currents"
)

// pruned removes what is the same as its absence: null, zero and empty values.
func pruned(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if v[k] = pruned(e); v[k] == nil {
				delete(v, k)
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i := range v {
			v[i] = pruned(v[i])
		}
		if len(v) == 0 {
			return nil
		}
	case string, bool, float64:
		if v == "" || v == false || v == 0.0 {
			return nil
		}
	}
	return v
}

type instanceAnswer struct {
	Status string            `json:"status"`
	Data   currents.Instance `json:"data"`
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for file, out := range map[string]any{
		"run.json": &struct {
			Status string       `json:"status"`
			Data   currents.Run `json:"data"`
		}{},
		"instance-v1.json": &instanceAnswer{}, "instance-v2.json": &instanceAnswer{},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			data := read(t, file)
			if err := json.Unmarshal(data, out); err != nil {
				t.Fatal(err)
			}
			again, err := json.Marshal(out)
			if err != nil {
				t.Fatal(err)
			}
			var want, got any
			if err := errors.Join(json.Unmarshal(data, &want), json.Unmarshal(again, &got)); err != nil {
				t.Fatal(err)
			}
			if file == "instance-v1.json" { // a bare name becomes the object
				want.(map[string]any)["data"].(map[string]any)["framework"] = map[string]any{"type": "cypress"}
			}
			if diff := cmp.Diff(pruned(want), pruned(got)); diff != "" {
				t.Errorf("lost or changed (-received +encoded):\n%s", diff)
			}
		})
	}
}

func TestTolerance(t *testing.T) {
	t.Parallel()
	decode := func(data string, out any) {
		t.Helper()
		if err := json.Unmarshal([]byte(data), out); err != nil {
			t.Errorf("%s: %v", data, err)
		}
	}

	var run currents.Run
	decode(`{"status":"EXPLODED","completionState":"complete","surprise":{"a":[1]},"createdAt":"2026-05-04T09:12:30+0000",
		"durationMs":null,"cancellation":null,"meta":{"pr":{"id":77,"title":null},"framework":{"name":"pw"}}}`, &run)
	if run.Status != "EXPLODED" || run.Meta.PullRequest.ID != "77" || run.Meta.Framework.Kind() != "pw" || run.CreatedAt.Year() != 2026 {
		t.Errorf("run = %+v", run)
	}

	at := time.Date(2026, 5, 4, 9, 20, 0, 0, time.UTC)
	for _, data := range []string{
		`{"actor":"ana","canceledAt":"2026-05-04T09:20:00.000Z"}`,
		`{"cancelledBy":"ana","cancelledAt":1777886400000}`,
	} {
		var c currents.Cancellation
		decode(data, &c)
		if c.By() != "ana" || !c.At().Equal(at) {
			t.Errorf("%s: by %q at %v", data, c.By(), c.At())
		}
	}

	var f currents.Framework
	decode(`{"type":"pw","version":"1"}`, &f)
	decode(`"cypress"`, &f)
	if f != (currents.Framework{Type: "cypress"}) {
		t.Errorf("framework = %+v", f)
	}

	for data, want := range map[string]string{`"a"`: "a", `12`: "12", `null`: ""} {
		var id currents.ID
		decode(data, &id)
		if string(id) != want {
			t.Errorf("id %s = %q", data, id)
		}
	}
	if err := json.Unmarshal([]byte(`{}`), new(currents.ID)); err == nil {
		t.Error("an object is no id")
	}
}

func TestNextPage(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]int{`false`: 0, `null`: 0, `1`: 1, ` 12 `: 12} {
		var page struct {
			NextPage currents.NextPage `json:"nextPage"`
		}
		if err := json.Unmarshal([]byte(`{"nextPage":`+data+`}`), &page); err != nil {
			t.Errorf("%s: %v", data, err)
		}
		if n, more := page.NextPage.Page(); n != want || more != (want > 0) {
			t.Errorf("%s: next page %d, %v", data, n, more)
		}
	}
	for _, data := range []string{`true`, `"1"`, `[]`, `1.5`} {
		if err := json.Unmarshal([]byte(data), new(currents.NextPage)); err == nil {
			t.Errorf("%s was taken", data)
		}
	}
	for n, want := range map[currents.NextPage]string{0: "false", 3: "3"} {
		if b, err := json.Marshal(n); err != nil || string(b) != want {
			t.Errorf("%d is written %s, %v", n, b, err)
		}
	}
}

func TestBareListIsThePage(t *testing.T) {
	t.Parallel()
	w := &wire{status: http.StatusOK, answer: `{"status":"OK","data":[{"id":"1","key":"WEB","name":"Web","description":null,"avatarUrl":null}]}`}
	cc := newClient(t, w)
	page, err := cc.Jira.ProjectsPage(t.Context(), "i", nil)
	if err != nil || page.Total != 1 || page.List[0].Key != "WEB" {
		t.Errorf("projects = %+v, %v", page, err)
	}
	types, err := cc.Jira.IssueTypesPage(t.Context(), "1", "i", nil)
	if err != nil || types.Count != 1 || types.List[0].ID != "1" {
		t.Errorf("issue types = %+v, %v", types, err)
	}
}

func TestQueries(t *testing.T) {
	t.Parallel()
	w := &wire{status: http.StatusOK, answer: `{"status":"OK","has_more":false,"data":[]}`}
	cc := newClient(t, w)
	day := func(d int) currents.Time {
		return currents.Time{Time: time.Date(2026, 3, d, 12, 0, 0, 5e6, time.FixedZone("", 3600))}
	}
	tests := []struct {
		name string
		call func() error
		path string
		want url.Values
	}{
		{
			"nothing", func() error { _, err := cc.Projects.ListPage(t.Context(), nil); return err },
			"/v1/projects",
			url.Values{},
		},
		{
			"runs", func() error {
				_, err := cc.Runs.ListPage(t.Context(), "P", &currents.ListProjectRunsParams{
					Limit: 50, Branches: []string{"main", "a b&c"}, Tags: []string{"x"}, TagOperator: "OR",
					Status: []string{"FAILED", "FAILING"}, CompletionState: []string{"COMPLETE"}, DateStart: day(1),
				})
				return err
			},
			"/v1/projects/P/runs",
			url.Values{
				"limit": {"50"}, "branches[]": {"main", "a b&c"}, "tags[]": {"x"}, "tag_operator": {"OR"},
				"status": {"FAILED", "FAILING"}, "completion_state": {"COMPLETE"}, "date_start": {"2026-03-01T11:00:00.005Z"},
			},
		},
		{
			"results", func() error {
				_, err := cc.TestResults.ListPage(t.Context(), "s", day(1), day(2), &currents.GetTestResultsParams{
					Flaky: new(false), Status: []string{"failed"}, Groups: []string{"g"},
				})
				return err
			},
			"/v1/test-results/s",
			url.Values{
				"date_start": {"2026-03-01T11:00:00.005Z"}, "date_end": {"2026-03-02T11:00:00.005Z"},
				"flaky": {"false"}, "status[]": {"failed"}, "groups[]": {"g"},
			},
		},
		{
			"find", func() error {
				_, err := cc.Runs.Find(t.Context(), "P", &currents.FindRunParams{CIBuildID: "b 1", LastRun: true})
				if err != nil && strings.Contains(err.Error(), "cannot be decoded") {
					err = nil // the answer is a list
				}
				return err
			},
			"/v1/runs/find",
			url.Values{"projectId": {"P"}, "ciBuildId": {"b 1"}, "pwLastRun": {"true"}},
		},
	}
	for _, tt := range tests {
		if err := tt.call(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		got, err := url.ParseQuery(w.query)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || w.path != tt.path {
			t.Errorf("%s: %s, query (-want +got):\n%s", tt.name, w.path, diff)
		}
	}
}

func TestHostileIDs(t *testing.T) {
	t.Parallel()
	w := &wire{status: http.StatusNotFound, answer: `{"status":"FAILED","error":"Run not found"}`}
	cc := newClient(t, w)
	if _, err := cc.Runs.Get(t.Context(), "x/../../projects/P"); !errors.Is(err, client.ErrNotFound) || !strings.Contains(err.Error(), "Run not found") {
		t.Errorf("err = %v", err)
	}
	if w.path != "/v1/runs/x%2F..%2F..%2Fprojects%2FP" {
		t.Errorf("path = %s", w.path)
	}
	sent := w.requests
	for _, id := range []string{"", " ", ".", "..", "%2e%2e", "a\nb", strings.Repeat("x", 10_000)} {
		if _, err := cc.Instances.Get(t.Context(), id); !errors.Is(err, client.ErrInvalid) {
			t.Errorf("%.10q: %v", id, err)
		}
		if _, err := cc.Runs.Find(t.Context(), id, nil); id == "" && !errors.Is(err, client.ErrInvalid) {
			t.Errorf("%.10q as a query: %v", id, err)
		}
	}
	if n := w.requests - sent; n != 6 {
		t.Errorf("%d requests were sent, want 6: the queries that are not empty", n)
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	srv, cc := newFake(t)
	for _, id := range []string{"P1", "P2", "P3", "P4"} {
		if err := srv.AddProject(currents.Project{ProjectID: id, Name: id}); err != nil {
			t.Fatal(err)
		}
		srv.Site().SetProject(currents.JiraProject{ID: id, Key: id, Name: id})
	}
	var projects, jira []string
	for p, err := range cc.Projects.List(t.Context(), &currents.ListProjectsParams{Limit: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		projects = append(projects, p.ProjectID)
	}
	if want := []string{"Sh0pQA", "P1", "P2", "P3", "P4"}; !slices.Equal(projects, want) {
		t.Errorf("projects = %v, want %v", projects, want)
	}
	for p, err := range cc.Jira.Projects(t.Context(), "jira-installation-1", &currents.ListJiraProjectsParams{Limit: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		jira = append(jira, p.Key)
	}
	if want := []string{"WEB", "P1", "P2", "P3", "P4"}; !slices.Equal(jira, want) {
		t.Errorf("Jira projects = %v, want %v", jira, want)
	}
	if n := len(srv.Requests()); n != 6 {
		t.Errorf("%d requests, want 3 for each list", n)
	}
}

func TestPagingEnds(t *testing.T) {
	t.Parallel()
	t.Run("empty page that promises more", func(t *testing.T) {
		t.Parallel()
		w := &wire{status: http.StatusOK, answer: `{"status":"OK","has_more":true,"data":[]}`}
		for p, err := range newClient(t, w).Projects.List(t.Context(), nil) {
			t.Errorf("yielded %v, %v", p, err)
		}
		if w.requests != 1 {
			t.Errorf("%d requests", w.requests)
		}
	})
	t.Run("repeated cursor", func(t *testing.T) {
		t.Parallel()
		w := &wire{status: http.StatusOK, answer: `{"status":"OK","has_more":true,"data":[{"projectId":"P","cursor":"c"}]}`}
		var last error
		for _, err := range newClient(t, w, client.WithPrefetch(0)).Projects.List(t.Context(), nil) {
			last = err
		}
		if !errors.Is(last, client.ErrPagingStalled) || w.requests > 3 {
			t.Errorf("after %d requests: %v", w.requests, last)
		}
	})
	t.Run("next page does not advance", func(t *testing.T) {
		t.Parallel()
		w := &wire{status: http.StatusOK, answer: `{"status":"OK","data":{"list":[{"id":"1"}],"count":1,"total":9,"nextPage":1}}`}
		var last error
		for _, err := range newClient(t, w, client.WithPrefetch(0)).Jira.Projects(t.Context(), "i", nil) {
			last = err
		}
		if !errors.Is(last, client.ErrPagingStalled) || w.requests > 3 {
			t.Errorf("after %d requests: %v", w.requests, last)
		}
	})
}

func TestDo(t *testing.T) {
	t.Parallel()
	w := &wire{status: http.StatusOK, answer: `{"status":"OK","data":{"hookId":"h"}}`}
	var out struct {
		Data struct {
			HookID string `json:"hookId"`
		} `json:"data"`
	}
	r := client.NewRequest("Webhooks.Get", http.MethodGet, "/webhooks/{hookId}", "h")
	if err := newClient(t, w).Do(t.Context(), r, &out); err != nil || out.Data.HookID != "h" || w.path != "/v1/webhooks/h" {
		t.Errorf("%s: %+v, %v", w.path, out, err)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	if _, err := currents.New(nil); err == nil {
		t.Error("no error without an Auth")
	}
	if _, err := currents.New(client.Bearer("k"), client.WithBaseURL("http://currents.example")); err == nil {
		t.Error("no error for plain http")
	}
}

func TestStripANSI(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"plain ✓\n\ttext":                        "plain ✓\n\ttext",
		"":                                       "",
		"\x1b[31mred\x1b[0m":                     "red",
		"\x1b[38;2;1;2;3mtrue\x1b[m":             "true",
		"\x1b[2K\x1b[1Aup":                       "up",
		"\x1b]0;title\x07text":                   "text",
		"\x1b]8;;https://x\x1b\\a\x1b]8;;\x1b\\": "a",
		"\x1b(Bset\x1b7":                         "set",
		"a\r\nb\rc\x00d\x08":                     "a\nbcd",
		"\u009b31mc1\u0085":                      "c1",
		"cut \x1b[3":                             "cut ",
		"cut \x1b":                               "cut ",
	}
	for in, want := range tests {
		if got := currents.StripANSI(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestErrorTextIsBounded(t *testing.T) {
	t.Parallel()
	srv, cc := newFake(t)
	huge := strings.Repeat("\x1b[31mä\x1b[39m", 1<<15)
	spec := currents.RunSpec{InstanceID: "huge", Spec: "huge.spec.ts"}
	spec.Results.Stats.Failures = 1
	instance := currents.Instance{InstanceID: "huge", RunID: "huge-run", ProjectID: "Sh0pQA"}
	instance.Results.Tests = []currents.Test{{
		TestID: "h", State: "failed",
		Attempts: []currents.Attempt{{State: "failed", Error: currents.TestError{Message: huge, Stack: huge, CodeFrame: currents.CodeFrame{Frame: huge}}}},
	}}
	if err := errors.Join(srv.AddRun(currents.Run{RunID: "huge-run", ProjectID: "Sh0pQA", Specs: []currents.RunSpec{spec}}), srv.AddInstance(instance)); err != nil {
		t.Fatal(err)
	}
	n := 0
	for test, err := range cc.FailedTests(t.Context(), "huge-run") {
		if err != nil {
			t.Fatal(err)
		}
		n++
		for _, text := range []string{test.Error.Message, test.Error.Stack, test.Error.CodeFrame.Frame} {
			if len(text) > 16<<10 || len(text) < 10<<10 || strings.Trim(text, "ä") != "…" {
				t.Errorf("text of %d bytes ends in %q", len(text), text[max(0, len(text)-20):])
			}
		}
	}
	if n != 1 {
		t.Errorf("%d tests", n)
	}
}
