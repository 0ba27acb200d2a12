package qmetry_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/client/qmetry"
	"github.com/jira-integrations/go-sdk/client/qmetry/qmetrytest"
)

// Each call carries the key and the five fields of its context, under the names of the document.
func TestSixHeaders(t *testing.T) {
	t.Parallel()
	n := ok(`{"statusCode":"OK","body":{"data":[]}}`, `{"data":[],"total":0}`)
	qc := n.client(t, qmetry.Context{Project: "Web shop", OrgCode: "acme", Scope: "17", ScreenName: "SETTINGS", Action: "detail"})
	if items, err := all(qc.Integrations.List(t.Context(), qmetry.AllIntegrations, nil)); err != nil || len(items) != 0 {
		t.Fatal(items, err)
	}
	if instances, err := qc.Integrations.Details(t.Context(), nil); err != nil || len(instances) != 0 {
		t.Fatal(instances, err)
	}
	want := map[string]string{"apikey": key, "project": "Web shop", "orgCode": "acme", "scope": "17", "screenName": "SETTINGS", "action": "detail"}
	for _, r := range n.requests() {
		for name, value := range want {
			if got := r.header.Get(name); got != value {
				t.Errorf("%s %s: header %s = %q, want %q", r.method, r.url, name, got, value)
			}
		}
	}
}

// What is missing is named, and nothing is sent or made up.
func TestIncompleteContext(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]func(*qmetry.Context){
		"project":    func(c *qmetry.Context) { c.Project = "" },
		"orgCode":    func(c *qmetry.Context) { c.OrgCode = " " },
		"scope":      func(c *qmetry.Context) { c.Scope = "" },
		"screenName": func(c *qmetry.Context) { c.ScreenName = "" },
		"action":     func(c *qmetry.Context) { c.Action = "a\r\nb" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			where := qmetrytest.Context()
			take(&where)
			n := ok(`{}`)
			qc := n.client(t, where)
			_, err := all(qc.Integrations.List(t.Context(), qmetry.AllIntegrations, nil))
			_, details := qc.Integrations.Details(t.Context(), nil)
			for _, err := range []error{err, details} {
				if wantKinds(t, err, client.ErrInvalid); !strings.Contains(err.Error(), "header "+name) {
					t.Errorf("err = %v, want the header %s in it", err, name)
				}
			}
			if len(n.requests()) != 0 {
				t.Error("a request was sent")
			}
		})
	}
}

func TestResolveContext(t *testing.T) {
	t.Parallel()
	qc, srv := onFake(t)
	srv.AddProject(qmetrytest.Project{ID: 42, Key: "OPS", Name: "Operations"})
	for _, project := range []string{"OPS", "42", "Operations"} {
		resolved, err := qc.With(qmetry.Context{Project: project, ScreenName: "s", Action: "a"}).ResolveContext(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := qmetry.Context{Project: project, OrgCode: qmetrytest.OrgCode, Scope: "42", ScreenName: "s", Action: "a"}
		if diff := cmp.Diff(want, resolved.Context()); diff != "" {
			t.Error(diff)
		}
		if _, err := resolved.Integrations.Details(t.Context(), nil); err != nil {
			t.Error(err)
		}
		if again, err := resolved.ResolveContext(t.Context()); err != nil || again != resolved {
			t.Errorf("again: %v, %v", again, err)
		}
	}
	if n := len(srv.Requests()); n != 6 {
		t.Errorf("%d requests, want one to resolve and one to use each context", n)
	}

	_, err := qc.With(qmetry.Context{Project: "NONE"}).ResolveContext(t.Context())
	if wantKinds(t, err, client.ErrInvalid); !strings.Contains(err.Error(), `"NONE" does not exist`) {
		t.Error(err)
	}
	_, err = qc.With(qmetry.Context{}).ResolveContext(t.Context())
	if wantKinds(t, err, client.ErrInvalid); !strings.Contains(err.Error(), "header project is missing") {
		t.Error(err)
	}
}

// The service's answer may lack something, or hold a number where another time it holds a string.
func TestResolveContextAnswers(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"currentProjectId":17,"clientCode":"acme","more":{}}`: "",
		`{"currentProjectId":"17","clientCode":"acme"}`:         "",
		`{"currentProjectId":17}`:                               "clientCode",
		`{"clientCode":"acme"}`:                                 "currentProjectId",
		`{"currentProjectId":null,"clientCode":"acme"}`:         "currentProjectId",
		`{}`:                                    "neither clientCode nor currentProjectId",
		`{"code":"CO.X","message":"no access"}`: "200 OK: no access: it has neither clientCode",
		`{"success":false,"message":"no access"}`: "200 OK: no access: the answer says that it is no success",
		`{"currentProjectId":17,"clientCode":{}}`: "clientCode holds an unexpected object",
		`null`: "the answer cannot be decoded: it is empty",
		`[]`:   "the answer cannot be decoded",
		``:     "the answer is empty",
	} {
		resolved, err := ok(body).client(t, qmetry.Context{Project: "SHOP"}).ResolveContext(t.Context())
		switch {
		case want == "" && (err != nil || resolved.Context() != qmetry.Context{Project: "SHOP", OrgCode: "acme", Scope: "17"}):
			t.Errorf("%s: %+v, %v", body, resolved, err)
		case want != "" && (resolved != nil || !strings.Contains(fmt.Sprint(err), want)):
			t.Errorf("%s: err = %v, want %s", body, err, want)
		}
	}

	kept := ok(`{"currentProjectId":17,"clientCode":"acme"}`)
	resolved, err := kept.client(t, qmetry.Context{Project: "SHOP", Scope: "99"}).ResolveContext(t.Context())
	if err != nil || resolved.Context().Scope != "99" || resolved.Context().OrgCode != "acme" {
		t.Errorf("what was given is gone: %+v, %v", resolved, err)
	}
}

// An endpoint of one's own gets what there is of headers, and its failures are read as all others.
func TestDo(t *testing.T) {
	t.Parallel()
	n := ok(`{"a":1}`, `{"b":2}`, `{"statusCode":401,"message":"Session expired"}`, `{"statusCode":500}`, `plain`)
	qc := n.client(t, qmetry.Context{Project: "SHOP", Action: "detail"})
	request := func() *client.Request { return client.NewRequest("Things.Get", http.MethodGet, "/rest/things") }
	var got struct{ A int }
	if err := qc.Do(t.Context(), request(), &got); err != nil || got.A != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := qc.Do(t.Context(), request(), nil); err != nil {
		t.Errorf("an answer that nobody wants: %v", err)
	}
	header := n.requests()[0].header
	if header.Get("project") != "SHOP" || header.Get("action") != "detail" || header.Get("apikey") != key || header.Values("scope") != nil {
		t.Errorf("header = %v", header)
	}
	wantKinds(t, qc.Do(t.Context(), request(), &got), client.ErrUnauthorized)
	err := qc.Do(t.Context(), request(), nil)
	if e := wantError(t, err); e.Status != 500 {
		t.Errorf("status %d, want that of the answer itself", e.Status)
	}
	var text strings.Builder
	if err := qc.Do(t.Context(), request(), &text); err != nil || text.String() != "plain" {
		t.Errorf("%q, %v", text.String(), err)
	}
}

// The headers of a context are for one call: the request stays as it was, and what it has by itself is sent.
func TestDoKeepsTheRequest(t *testing.T) {
	t.Parallel()
	n := ok(`{}`)
	qc := n.client(t, qmetrytest.Context())
	r := client.NewRequest("Things.Get", http.MethodGet, "/rest/things").Header("action", "my own")
	for _, qc := range []*qmetry.Client{qc, qc.With(qmetry.Context{Project: "OTHER"})} {
		if err := qc.Do(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, s := range n.requests() {
		got = append(got, s.header.Get("project")+"/"+s.header.Get("scope")+"/"+s.header.Get("action"))
	}
	if want := "SHOP/100201/my own OTHER//my own"; strings.Join(got, " ") != want {
		t.Errorf("headers = %q, want %q", got, want)
	}
}

// A write whose answer nobody wants may answer anything that is no page for people.
func TestDoWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for body, fine := range map[string]bool{`null`: true, ``: true, `{}`: true, `done`: true, "\n<html><title>Log in</title>": false} {
		err := ok(body).client(t, qmetrytest.Context()).Do(t.Context(), client.NewRequest("Things.Add", http.MethodPost, "/rest/things"), nil)
		if fine && err != nil || !fine && (err == nil || !strings.Contains(err.Error(), `HTML page titled "Log in"`)) {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	if _, err := qmetry.New(nil, qmetry.Context{}); err == nil {
		t.Error("no credential was accepted")
	}
	n := ok(`{"data":[]}`)
	if _, err := n.client(t, qmetrytest.Context()).Integrations.Details(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if got := n.requests()[0].url; got != qmetry.BaseURL+"/rest/integration/instance/details" {
		t.Errorf("sent to %s", got)
	}
}

// The key stays out of errors, whatever the server sends back, and out of what is printed of a client.
func TestKeyStaysSecret(t *testing.T) {
	t.Parallel()
	for _, r := range []reply{
		{200, `{"statusCode":"401","body":{"message":"invalid api key ` + key + `"}}`, nil},
		{200, `{"code":"CO.INVALID_API_KEY","message":"` + key + `"}`, nil},
		{400, `{"message":"unknown key ` + key + `"}`, nil},
		{200, `{"message":"` + key + `"}`, nil},
		{200, `<html><title>` + key + `</title>`, nil},
	} {
		qc := (&network{replies: []reply{r}}).client(t, qmetrytest.Context())
		_, err := qc.Integrations.Details(t.Context(), nil)
		if err == nil {
			t.Errorf("%s: no error", r.body)
			continue
		}
		for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
			if text := fmt.Sprintf(format+format+format, err, qc, *qc.Integrations); strings.Contains(text, key) {
				t.Errorf("%s: the key is in %s", r.body, text)
			}
		}
		if e := wantError(t, err); strings.Contains(string(e.Body), key) {
			t.Errorf("%s: the key is in the body of the error", r.body)
		}
	}
}

// A redirect to another host is not followed: neither the key nor the context goes there.
func TestNothingLeavesTheHost(t *testing.T) {
	t.Parallel()
	n := &network{replies: []reply{
		{302, "", http.Header{"Location": {"https://elsewhere.example/details"}}},
		{200, `{"data":[]}`, nil},
	}}
	if _, err := n.client(t, qmetrytest.Context()).Integrations.Details(t.Context(), nil); err == nil {
		t.Error("the other host was believed")
	}
	if sent := n.requests(); len(sent) != 1 {
		t.Errorf("sent to %s", sent[len(sent)-1].url)
	}
}

// Lost answers of both reads are asked for again, though one of them is a POST.
func TestReadsAreSentAgain(t *testing.T) {
	t.Parallel()
	qc, srv := onFake(t, client.WithRetry(client.RetryPolicy{Retries: 1, MinWait: 1}))
	srv.SetInstance(shop())
	srv.Faults().Add(faults.Rule{Path: "/rest/admin/integration/listall", Cut: faults.CutAfter, Times: 1})
	srv.Faults().Add(faults.Rule{Path: "/rest/integration/instance/details", Status: http.StatusInternalServerError, Times: 1})
	if items, err := all(qc.Integrations.List(t.Context(), qmetry.AllIntegrations, nil)); err != nil || len(items) != 1 {
		t.Errorf("list: %s, %v", items, err)
	}
	if in, err := qc.Integrations.Details(t.Context(), &qmetry.InstanceQuery{Instance: 7}); err != nil || len(in) != 1 {
		t.Errorf("details: %v, %v", in, err)
	}
}
