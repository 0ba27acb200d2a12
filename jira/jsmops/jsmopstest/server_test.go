package jsmopstest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
	"github.com/jira-integrations/go-sdk/jira/jsmops/jsmopstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const v1 = jsmopstest.Base + "/v1/integrations"

// newServer returns a server with an integration of each direction and an action.
func newServer(t *testing.T, opts ...jsmopstest.Option) *jsmopstest.Server {
	t.Helper()
	srv := jsmopstest.NewServer(append([]jsmopstest.Option{jsmopstest.WithoutListener()}, opts...)...)
	srv.AddIntegration(jsmops.Integration{ID: "in", Name: "CI", Type: "API", Enabled: new(true), Directions: []jsmops.Direction{jsmops.DirectionIncoming}})
	srv.AddIntegration(jsmops.Integration{ID: "out", Name: "Shop", Type: "Webhook", TeamID: "t1"})
	if _, err := srv.AddAction("in", jsmops.Action{
		ID: "1", Type: "create", Name: "Open", Domain: jsmops.DomainAlert, Direction: jsmops.DirectionIncoming, Enabled: new(true), Filter: jsmops.MatchEverything(),
	}); err != nil {
		t.Fatal(err)
	}
	return srv
}

// ask sends a request with all scopes unless another credential is named.
func ask(t *testing.T, srv *jsmopstest.Server, method, path, body string, authorization ...string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "https://any.example"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+jsmopstest.OAuthToken)
	if len(authorization) > 0 {
		req.Header.Set("Authorization", authorization[0])
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := srv.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

const action = `{"type":"create","name":"x","domain":"alert","direction":"incoming","filter":{"conditionMatchType":"match-all"}}`

// What the server does not know, or what cannot be, is refused with the reason.
func TestRefuses(t *testing.T) {
	t.Parallel()
	with := func(old, replacement string) string { return strings.Replace(action, old, replacement, 1) }
	for name, test := range map[string]struct {
		method, path, body string
		status             int
		want               string
	}{
		"path":                  {"GET", jsmopstest.Base + "/v1/teams", "", 404, "no such path"},
		"method":                {"PUT", v1, "", 405, "not allowed"},
		"site":                  {"GET", "/jsm/ops/api/other/v1/integrations", "", 404, "cloud id"},
		"query":                 {"GET", v1 + "?limit=5", "", 400, `unknown query parameter \"limit\"`},
		"offset":                {"GET", v1 + "?offset=-1", "", 422, "offset must be"},
		"size":                  {"GET", v1 + "/in/actions?size=0", "", 422, "size must be"},
		"no number":             {"GET", v1 + "/in/actions?size=many", "", 422, "size must be"},
		"integration":           {"GET", v1 + "/none", "", 404, "Integration is not found"},
		"actions of none":       {"GET", v1 + "/none/actions", "", 404, "Integration is not found"},
		"create in none":        {"POST", v1 + "/none/actions", action, 404, "Integration is not found"},
		"action of none":        {"GET", v1 + "/none/actions/1", "", 404, "Integration is not found"},
		"action":                {"DELETE", v1 + "/in/actions/2", "", 404, "Integration action is not found"},
		"update of none":        {"PATCH", v1 + "/in/actions/2", "{}", 404, "Integration action is not found"},
		"order of none":         {"PATCH", v1 + "/in/actions/2/order", "{}", 404, "Integration action is not found"},
		"delete of none":        {"DELETE", v1 + "/none", "", 404, "Integration is not found"},
		"change of none":        {"PATCH", v1 + "/none", "{}", 404, "Integration is not found"},
		"filter of none":        {"GET", v1 + "/none/outgoing/alert-filter/main", "", 404, "Integration is not found"},
		"new filter of none":    {"PATCH", v1 + "/none/outgoing/alert-filter/main", "{}", 404, "Integration is not found"},
		"filter of incoming":    {"GET", v1 + "/in/outgoing/alert-filter/main", "", 422, "no outgoing direction"},
		"field":                 {"POST", v1 + "/in/actions", with(`"type"`, `"order":1,"type"`), 422, `unknown field \"order\"`},
		"field of a condition":  {"POST", v1 + "/in/actions", with(`match-all"`, `match-all","conditions":[{"value":"x"}]`), 422, `unknown field \"value\"`},
		"field of an update":    {"PATCH", v1 + "/in/actions/1", `{"type":"close"}`, 422, `unknown field \"type\"`},
		"field of an order":     {"PATCH", v1 + "/in/actions/1/order", `{"order":1}`, 422, `unknown field \"order\"`},
		"field of a change":     {"PATCH", v1 + "/in", `{"type":"x"}`, 422, `unknown field \"type\"`},
		"field of integration":  {"POST", v1, `{"name":"n","type":"t","id":"x"}`, 422, `unknown field \"id\"`},
		"field of alert filter": {"PATCH", v1 + "/out/outgoing/alert-filter/main", `{"conditionsEmpty":true}`, 422, `unknown field \"conditionsEmpty\"`},
		"order in alert filter": {"PATCH", v1 + "/out/outgoing/alert-filter/main", `{"conditions":[{"order":1}]}`, 422, `unknown field \"order\"`},
		"no match type":         {"PATCH", v1 + "/out/outgoing/alert-filter/main", `{}`, 422, "is unknown"},
		"no body":               {"POST", v1 + "/in/actions", "", 422, "body is empty"},
		"no name":               {"POST", v1 + "/in/actions", with(`"x"`, `""`), 422, "name must have"},
		"long type":             {"POST", v1 + "/in/actions", with(`"create"`, `"`+strings.Repeat("x", 251)+`"`), 422, "type must have"},
		"odd type":              {"POST", v1 + "/in/actions", with(`"create"`, `"publish"`), 422, "not one of an incoming"},
		"no domain":             {"POST", v1 + "/in/actions", with(`"domain":"alert",`, ""), 422, "domain must be"},
		"no direction":          {"POST", v1 + "/in/actions", with(`"direction":"incoming",`, ""), 422, "direction must be"},
		"no group":              {"POST", v1 + "/in/actions", with("incoming", "outgoing"), 422, "groupType"},
		"mapping without type":  {"POST", v1 + "/in/actions", with(`"type"`, `"actionMapping":{"parameter":{}},"type"`), 422, "actionMapping.type"},
		"conditions":            {"POST", v1 + "/in/actions", with(`match-all"`, `match-all","conditions":[{"field":"tags","operation":"equals"}]`), 422, "must not have conditions"},
		"no conditions":         {"POST", v1 + "/in/actions", with("match-all", "match-any-condition"), 422, "must have conditions"},
		"odd operation":         {"POST", v1 + "/in/actions", with(`match-all"`, `match-all-conditions","conditions":[{"field":"tags","operation":"is"}]`), 422, "known operation"},
		"update to nonsense":    {"PATCH", v1 + "/in/actions/1", `{"filter":{"conditionMatchType":"match-any-condition"}}`, 422, "must have conditions"},
		"no successor":          {"PATCH", v1 + "/in/actions/1/order", `{}`, 422, "not another action"},
		"itself":                {"PATCH", v1 + "/in/actions/1/order", `{"successorId":"1"}`, 422, "not another action"},
		"integration no type":   {"POST", v1, `{"name":"n"}`, 422, "type must not be empty"},
		"integration no name":   {"POST", v1, `{"type":"n"}`, 422, "name must not be empty"},
		"name taken":            {"POST", v1, `{"type":"API","name":"CI"}`, 422, "another integration"},
		"new name taken":        {"PATCH", v1 + "/out", `{"name":"CI"}`, 422, "another integration"},
	} {
		srv := newServer(t)
		before, err := srv.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		status, answer := ask(t, srv, test.method, test.path, test.body)
		if status != test.status || !strings.Contains(answer, test.want) || !strings.HasPrefix(answer, `{"errors":[{"title":`) {
			t.Errorf("%s: %d %s, want %d with %q", name, status, answer, test.status, test.want)
		}
		if after, err := srv.Snapshot(); err != nil || string(after) != string(before) {
			t.Errorf("%s: the state is another: %s, %v", name, after, err)
		}
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	account := "Basic " + "Ym90QGFjbWUuZXhhbXBsZTpqc21vcHN0ZXN0LXRva2Vu" // bot@acme.example:jsmopstest-token
	for name, test := range map[string]struct {
		authorization, method, path, body string
		status                            int
		want                              string
	}{
		"none":            {"", "GET", v1, "", 401, `{"code":401,"message":"Unauthorized"}`},
		"unknown":         {"Bearer x", "GET", v1, "", 401, `"Unauthorized"`},
		"account reads":   {account, "GET", v1 + "/in", "", 200, ""},
		"account writes":  {account, "POST", v1 + "/in/actions", action, 200, ""},
		"account deletes": {account, "DELETE", v1 + "/in", "", 401, `"Unauthorized; scope does not match"`},
		"reader reads":    {"Bearer " + jsmopstest.ReadToken, "GET", v1 + "/in/actions/1", "", 200, ""},
		"reader writes":   {"Bearer " + jsmopstest.ReadToken, "PATCH", v1 + "/in/actions/1", "{}", 401, "scope does not match"},
		"app deletes":     {"Bearer " + jsmopstest.OAuthToken, "DELETE", v1 + "/in", "", 200, ""},
		"site, to anyone": {"", "GET", "/_edge/tenant_info", "", 200, `{"cloudId":"` + jsmopstest.CloudID + `"}`},
	} {
		status, answer := ask(t, newServer(t), test.method, test.path, test.body, test.authorization)
		if status != test.status || !strings.Contains(answer, test.want) {
			t.Errorf("%s: %d %s, want %d with %s", name, status, answer, test.status, test.want)
		}
	}
}

// The peculiarities of the real service.
func TestPeculiarities(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	for range 2 {
		if status, answer := ask(t, srv, "POST", v1+"/in/actions", action); status != 200 || strings.Contains(answer, "enabled") {
			t.Errorf("a create is answered with %d %s", status, answer)
		}
	}
	status, answer := ask(t, srv, "GET", v1+"/in/actions?offset=1&size=1&direction=incoming", "")
	const here = "/v1/integrations/in/actions?direction=incoming\\u0026offset="
	if status != 200 || !strings.Contains(answer, `{"next":"`+here+`2\u0026size=1","previous":"`+here+`0\u0026size=1"}`) {
		t.Errorf("links: %d %s", status, answer)
	}
	if _, answer = ask(t, srv, "GET", v1+"/in/actions?offset=9", ""); !strings.Contains(answer, `"values":[]`) {
		t.Errorf("past the end: %s", answer)
	}
	ids := srv.Actions("in")
	if status, answer = ask(t, srv, "PATCH", v1+"/in/actions/"+ids[2].ID+"/order", `{"successorId":"1"}`); status != 200 || answer != "" {
		t.Errorf("a reorder is answered with %d %q", status, answer)
	}
	if got := srv.Actions("in"); got[0].ID != ids[2].ID || got[1].ID != "1" {
		t.Errorf("the order is %v", got)
	}
	if status, answer = ask(t, srv, "PATCH", v1+"/in/actions/1", `{"name":"Opened"}`); status != 200 || !strings.Contains(answer, `"name":"Opened"`) || *srv.Actions("in")[1].Enabled {
		t.Errorf("an update without enabled: %d %s", status, answer)
	}
	if status, answer = ask(t, srv, "DELETE", v1+"/in/actions/1", ""); status != 200 || answer != "" || len(srv.Actions("in")) != 2 {
		t.Errorf("a delete is answered with %d %q", status, answer)
	}
	if status, answer = ask(t, srv, "PATCH", v1+"/in", `{"description":"x"}`); status != 200 || *srv.Integrations()[0].Enabled {
		t.Errorf("a change without enabled: %d %s", status, answer)
	}
	status, answer = ask(t, srv, "POST", v1, `{"name":"Mail","type":"Email"}`)
	if made := srv.Integrations()[2]; status != 200 || !strings.Contains(answer, made.ID) || len(srv.Actions(made.ID)) != 1 {
		t.Errorf("a new integration: %d %s with %v", status, answer, srv.Actions(made.ID))
	}
	if _, answer = ask(t, newServer(t, jsmopstest.WithEnabledTold()), "GET", v1+"/in/actions/1", ""); !strings.Contains(answer, `"enabled":true`) {
		t.Errorf("enabled is not told: %s", answer)
	}
}

func TestState(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	big := jsmops.Values{"n": json.RawMessage("9007199254740993"), "s": jsmops.Text("x")}
	id, err := srv.AddAction("in", jsmops.Action{Name: "Big", FieldMappings: big})
	if err != nil || len(id) != 19 || *srv.Actions("in")[1].Enabled {
		t.Fatalf("%s, %v", id, err)
	}
	big["n"][0] = '1' // what the caller does later does not matter
	srv.Actions("in")[0].Enabled = nil
	if got := srv.Actions("in"); string(got[1].FieldMappings["n"]) != "9007199254740993" || got[0].Enabled == nil {
		t.Errorf("the state was changed from outside: %+v", got)
	}
	if _, err := srv.AddAction("none", jsmops.Action{}); err == nil {
		t.Error("an action of no integration")
	}
	if _, err := srv.AddAction("in", jsmops.Action{ID: id}); err == nil {
		t.Error("an action twice")
	}
	srv.AddIntegration(jsmops.Integration{ID: "in", Name: "CI 2", Type: "API"})
	if got := srv.Integrations(); len(got) != 2 || got[0].Name != "CI 2" || len(srv.Actions("in")) != 2 {
		t.Errorf("replaced: %v", got)
	}
	if srv.Actions("none") != nil || srv.AlertFilter("none").ConditionMatchType != "" || srv.AlertFilter("out").ConditionMatchType == "" {
		t.Error("something is known of an integration that is not there")
	}

	data, err := srv.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	other := jsmopstest.NewServer()
	defer other.Close()
	if err := other.Restore(data); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(srv.Actions("in"), other.Actions("in")) + cmp.Diff(srv.Integrations(), other.Integrations()); diff != "" {
		t.Errorf("restored (-want +got):\n%s", diff)
	}
	if next := other.AddIntegration(jsmops.Integration{}); next == "" || next == srv.Integrations()[0].ID {
		t.Errorf("the next id is %s", next)
	}
	for _, junk := range []string{
		"", "[]", "{}", `{"jsmopstest":2,"state":{}}`, `{"jsmopstest":1,"state":{"x":1}}`, `{"jsmopstest":1,"state":{"integrations":[null]}}`,
		`{"jsmopstest":1,"state":{"integrations":[{"id":"a","actions":[null]}]}}`,
	} {
		if err := other.Restore([]byte(junk)); err == nil || len(other.Integrations()) != 3 {
			t.Errorf("%s is restored", junk)
		}
	}
}

// A new id is one that nothing has, also where ids were given or restored.
func TestIDsAreNew(t *testing.T) {
	t.Parallel()
	srv := jsmopstest.NewServer(jsmopstest.WithoutListener())
	model := jsmopstest.NewServer(jsmopstest.WithoutListener())
	first := model.AddIntegration(jsmops.Integration{Name: "x"})
	srv.AddIntegration(jsmops.Integration{ID: first})
	if id := srv.AddIntegration(jsmops.Integration{}); id == first || len(srv.Integrations()) != 2 {
		t.Errorf("%s is the id of two integrations", id)
	}
	taken := must(model.AddAction(first, jsmops.Action{}))(t) // the second id of all, as the next will be
	srv = jsmopstest.NewServer(jsmopstest.WithoutListener())
	other := srv.AddIntegration(jsmops.Integration{})
	srv.AddIntegration(jsmops.Integration{ID: "b"})
	must(srv.AddAction(other, jsmops.Action{ID: taken}))(t)
	if id := must(srv.AddAction("b", jsmops.Action{}))(t); id == taken {
		t.Errorf("%s is the id of two actions", id)
	}
	data := strings.Replace(string(must(srv.Snapshot())(t)), `"seq":3`, `"seq":1`, 1)
	if err := srv.Restore([]byte(data)); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{must(srv.AddAction("b", jsmops.Action{}))(t): true}
	for _, a := range append(srv.Actions(other), srv.Actions("b")[0]) {
		ids[a.ID] = true
	}
	if len(ids) != 3 {
		t.Errorf("the ids of three actions are %v", ids)
	}
}

// A fault replaces the answer; the log has what came, by operation.
func TestFaultsAndRequests(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.Faults().Add(faults.Rule{Path: v1 + "/{id}", Status: 503, Times: 1})
	if status, _ := ask(t, srv, "GET", v1+"/in", ""); status != 503 {
		t.Errorf("status %d", status)
	}
	if status, _ := ask(t, srv, "GET", v1+"/in", ""); status != 200 {
		t.Errorf("status %d", status)
	}
	got := srv.Requests()
	if len(got) != 2 || got[0].Status != 503 || got[1].Pattern != "GET /jsm/ops/api/{cloudId}/v1/integrations/{id}" || got[1].Path != v1+"/in" {
		t.Errorf("requests: %+v", got)
	}
}

// With a listener the server has an address of its own.
func TestListener(t *testing.T) {
	t.Parallel()
	srv := jsmopstest.NewServer()
	defer srv.Close()
	resp, err := srv.Transport().RoundTrip(must(http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/v1/integrations", nil))(t))
	if err != nil || resp.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(srv.URL, "http://127.0.0.1:") {
		t.Errorf("%s: %v, %v", srv.URL, resp, err)
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}
