package qmetrytest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/client/qmetry"
	"github.com/jira-integrations/go-sdk/client/qmetry/qmetrytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	listAll = "/rest/admin/integration/listall"
	details = "/rest/integration/instance/details"
	info    = "/rest/admin/project/getinfo"
	first   = `{"start":0,"limit":10,"page":1}`
)

// send sends a request with the whole context, but for the given headers, and returns what comes back.
func send(t *testing.T, srv *qmetrytest.Server, method, path, body string, headers ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "https://qmetry.invalid"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body == "" {
		req.Body = nil
	} else {
		req.Header.Set("Content-Type", "application/json")
	}
	where := qmetrytest.Context()
	for name, value := range map[string]string{
		"apikey": qmetrytest.APIKey, "project": where.Project, "orgCode": where.OrgCode, "scope": where.Scope,
		"screenName": where.ScreenName, "action": where.Action,
	} {
		req.Header.Set(name, value)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := srv.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer json.RawMessage
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(answer)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	srv := qmetrytest.NewServer(qmetrytest.WithoutListener())
	srv.SetInstance(qmetry.Instance{InstanceType: "Jira"})
	for name, test := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
		want               string
	}{
		"no key":                {"GET", info, "", []string{"apikey", ""}, 401, "CO.INVALID_API_KEY"},
		"wrong key":             {"POST", listAll, first, []string{"apikey", "nope"}, 401, "Invalid API key"},
		"wrong key, no path":    {"GET", "/nope", "", []string{"apikey", "nope"}, 401, "Invalid API key"},
		"unknown path":          {"GET", "/rest/integration/instance", "", nil, 404, "no such path"},
		"a slash before all":    {"POST", "/rest/admin/integration/list/all", first, nil, 404, "no such path"},
		"no type":               {"POST", "/rest/admin/integration/list", first, nil, 404, "no such path"},
		"not a list":            {"POST", "/rest/admin/integration/all", first, nil, 404, "no such path"},
		"unknown type":          {"POST", "/rest/admin/integration/listazure", first, nil, 400, `type \"azure\"`},
		"wrong method":          {"GET", listAll, "", nil, 405, "not allowed"},
		"unknown parameter":     {"GET", details + "?instance=7", "", nil, 400, "instance"},
		"no project":            {"GET", info, "", []string{"project", ""}, 400, "header project is missing"},
		"unknown project":       {"GET", details, "", []string{"project", "x"}, 400, `project \"x\" does not exist`},
		"no orgCode":            {"GET", details, "", []string{"orgCode", ""}, 400, "header orgCode is missing"},
		"no scope":              {"POST", listAll, first, []string{"scope", ""}, 400, "header scope is missing"},
		"no screenName":         {"GET", details, "", []string{"screenName", ""}, 400, "header screenName is missing"},
		"no action":             {"POST", listAll, first, []string{"action", ""}, 400, "header action is missing"},
		"other organisation":    {"GET", details, "", []string{"orgCode", "x"}, 400, "names no organisation"},
		"other scope":           {"GET", details, "", []string{"scope", "1"}, 400, "is 100201"},
		"list without body":     {"POST", listAll, "", nil, 400, "body is empty"},
		"list without a page":   {"POST", listAll, `{"start":0,"limit":1}`, nil, 400, "mandatory"},
		"list before the start": {"POST", listAll, `{"start":-1,"limit":1,"page":1}`, nil, 400, "start begins with 0"},
		"list of nothing":       {"POST", listAll, `{"start":0,"limit":0,"page":1}`, nil, 400, "limit and page with 1"},
		"list of page 0":        {"POST", listAll, `{"start":0,"limit":1,"page":0}`, nil, 400, "limit and page with 1"},
		"list by text":          {"POST", listAll, `{"start":"0","limit":1,"page":1}`, nil, 400, "malformed body"},
		"list with a filter":    {"POST", listAll, `{"start":0,"limit":1,"page":1,"sort":"x"}`, nil, 400, `unknown field \"sort\"`},
		"list as a form":        {"POST", listAll, first, []string{"Content-Type", "text/plain"}, 400, "content type"},
		"details by field":      {"GET", details, `{"id":1}`, nil, 400, `unknown field \"id\"`},
		"details without one":   {"GET", details, `{"fetchFields":true}`, nil, 400, "instance is mandatory"},
		"details of none":       {"GET", details, `{"instance":99}`, nil, 400, "integration instance 99 does not exist"},
		"details, malformed":    {"GET", details, `{`, nil, 400, "malformed body"},
	} {
		status, text := send(t, srv, test.method, test.path, test.body, test.headers...)
		if status != test.status || !strings.Contains(text, test.want) {
			t.Errorf("%s: got %d %s, want %d with %s", name, status, text, test.status, test.want)
		}
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	srv := qmetrytest.NewServer(qmetrytest.WithoutListener())
	for _, test := range []struct{ method, path, body, want string }{
		{"GET", info, "", `{"clientCode":"acme","currentProjectId":100201}`},
		{"GET", details, "", `{"data":[],"total":0}`},
		{"POST", listAll, first, `{"body":{"data":[],"total":0},"headers":{},"statusCode":"OK"}`},
	} {
		if status, text := send(t, srv, test.method, test.path, test.body); status != 200 || text != test.want {
			t.Errorf("%s: %d %s", test.path, status, text)
		}
	}
	seen := map[string]bool{}
	for _, r := range srv.Requests() {
		seen[r.Pattern] = true
	}
	for _, op := range srv.Operations() {
		if !seen[op] {
			t.Errorf("%s was not called: %v", op, seen)
		}
	}
}

func TestPagesOfTheList(t *testing.T) {
	t.Parallel()
	srv := qmetrytest.NewServer()
	defer srv.Close()
	for range 5 {
		srv.SetInstance(qmetry.Instance{InstanceType: "JIRA"})
	}
	srv.SetInstance(qmetry.Instance{InstanceType: "Azure"})
	qc := connect(t, srv, client.WithBaseURL(srv.URL))
	n := 0
	for item, err := range qc.Integrations.List(t.Context(), qmetry.AllIntegrations, &qmetry.ListParams{Limit: 2}) {
		if n++; err != nil || !strings.Contains(string(item), `"JIRA"`) {
			t.Errorf("%s, %v", item, err)
		}
	}
	if n != 5 || len(srv.Requests()) != 3 {
		t.Errorf("%d integrations in %d requests", n, len(srv.Requests()))
	}
	// The body of a GET survives a real connection.
	got, err := qc.Integrations.Details(t.Context(), &qmetry.InstanceQuery{Instance: 6})
	if err != nil || len(got) != 1 || got[0].InstanceType != "Azure" {
		t.Errorf("%+v, %v", got, err)
	}
}

// The state is the server's own: what callers do to their values does not change it.
func TestState(t *testing.T) {
	t.Parallel()
	srv := qmetrytest.NewServer(qmetrytest.WithoutListener())
	in := qmetry.Instance{InstanceID: 3, Alias: "a", ExternalProjects: []qmetry.ExternalProject{{ProjectName: "p"}}}
	in.ExternalProjects[0].Modules.Issue.Fields = []qmetry.Field{{FieldName: "f"}}
	if id := srv.SetInstance(in); id != 3 {
		t.Errorf("id = %d", id)
	}
	if id := srv.SetInstance(qmetry.Instance{Alias: "b"}); id != 4 {
		t.Errorf("the next id = %d", id)
	}
	want := srv.Instances()
	in.ExternalProjects[0].Modules.Issue.Fields[0].FieldName = "changed"
	srv.Instances()[0].ExternalProjects[0].ProjectName = "changed"
	if diff := cmp.Diff(want, srv.Instances()); diff != "" {
		t.Error(diff)
	}
	srv.SetInstance(qmetry.Instance{InstanceID: 4, Alias: "c"})
	srv.RemoveInstance(3)
	srv.RemoveInstance(3)
	if diff := cmp.Diff([]qmetry.Instance{{InstanceID: 4, Alias: "c"}}, srv.Instances()); diff != "" {
		t.Error(diff)
	}
}

func TestFaultsAndConcurrency(t *testing.T) {
	t.Parallel()
	srv := qmetrytest.NewServer(qmetrytest.WithoutListener())
	qc := connect(t, srv)
	srv.Faults().Add(faults.Rule{Path: details, Status: 200, Body: `{"statusCode":"UNAUTHORIZED"}`, Times: 1})
	if _, err := qc.Integrations.Details(t.Context(), nil); err == nil {
		t.Error("the fault is gone")
	}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			id := srv.SetInstance(qmetry.Instance{InstanceType: "Jira"})
			if _, err := qc.Integrations.Details(t.Context(), &qmetry.InstanceQuery{Instance: id}); err != nil {
				t.Error(err)
			}
			srv.RemoveInstance(id)
		})
	}
	wg.Wait()
	if n := len(srv.Instances()); n != 0 {
		t.Errorf("%d instances are left", n)
	}
}

func connect(t *testing.T, srv *qmetrytest.Server, opts ...client.Option) *qmetry.Client {
	t.Helper()
	if len(opts) == 0 {
		opts = []client.Option{client.WithTransport(srv.Transport())}
	} else {
		transport := &http.Transport{}
		t.Cleanup(transport.CloseIdleConnections)
		opts = append(opts, client.WithTransport(transport))
	}
	qc, err := qmetry.New(qmetry.APIKey(qmetrytest.APIKey), qmetrytest.Context(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return qc
}
