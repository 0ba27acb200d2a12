package client_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/jira-integrations/go-sdk/client"
)

func remove() *client.Request {
	return client.NewRequest("Things.Delete", http.MethodDelete, "/things/{id}", "1").Removes()
}

// What an earlier attempt may have taken away is not missing. What no attempt can have taken away is.
func TestRemoves(t *testing.T) {
	t.Parallel()
	reset, refused, notFound := reply{Fault: "reset"}, reply{Fault: "refused"}, status(404)
	for _, tt := range []struct {
		name    string
		request *client.Request
		answers []reply
		kinds   []string
	}{
		{"at once", remove(), []reply{status(200)}, nil},
		{"first try", remove(), []reply{notFound}, []string{"notFound"}},
		{"after a reset", remove(), []reply{reset, notFound}, nil},
		{"gone after a reset", remove(), []reply{reset, status(410)}, nil},
		{"after an error", remove(), []reply{status(502), notFound}, nil},
		{"after an error and a refusal", remove(), []reply{status(500), status(429, "Retry-After", "1"), notFound}, nil},
		{"after an error and no connection", remove(), []reply{status(500), refused, notFound}, nil},
		{"after a refusal", remove(), []reply{status(429), status(503, "Retry-After", "1"), notFound}, []string{"notFound"}},
		{"after no connection", remove(), []reply{refused, notFound}, []string{"notFound"}},
		{"anonymous", remove(), []reply{status(502), status(404, "X-Seraph-Loginreason", "AUTHENTICATED_FAILED")}, []string{"unauthorized"}},
		{"a proxy's page", remove(), []reply{status(502), {Status: 404, Header: map[string]string{"Content-Type": "text/html"}, Body: "no such host"}}, []string{"notFound"}},
		{"a page without a name", remove(), []reply{status(502), {Status: 404, Body: "<html><title>No such host</title>"}}, []string{"notFound"}},
		{"another failure", remove(), []reply{status(500), status(403)}, []string{"forbidden"}},
		{"said of nothing", client.NewRequest("Things.Delete", http.MethodDelete, "/things/{id}", "1"), []reply{reset, notFound}, []string{"notFound"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := replies(tt.answers...)
				err := newClient(t, n.transport()).Do(t.Context(), tt.request, nil)
				wantSent(t, n, len(tt.answers))
				if tt.kinds == nil && err != nil {
					t.Errorf("err = %v", err)
				}
				wantKinds(t, err, tt.kinds...)
			})
		})
	}
}

// The server does not say which scope is missing: the error says which ones the call needs.
func TestScopes(t *testing.T) {
	t.Parallel()
	scope := reply{Status: 401, Body: `{"code":401,"message":"Unauthorized; scope does not match"}`}
	for name, tt := range map[string]struct {
		answer  reply
		request *client.Request
		want    bool
	}{
		"missing":       {scope, get().Scopes("read:things", "write:things"), true},
		"not named":     {scope, get(), false},
		"another cause": {status(401), get().Scopes("read:things", "write:things"), false},
	} {
		err := newClient(t, replies(tt.answer).transport()).Do(t.Context(), tt.request, nil)
		if e := wantError(t, err); strings.Contains(e.Error(), "it needs read:things and write:things") != tt.want {
			t.Errorf("%s: %v", name, e)
		}
	}
}

// A success that lacks what the answer must have is of something else.
func TestExpects(t *testing.T) {
	t.Parallel()
	for body, missing := range map[string]string{
		`{"id":"1","values":[]}`: "", `{"id":0,"values":{}}`: "", `{}`: "it has no id", `{"id":"","values":[]}`: "it has no id",
		`{"id":"1","values":null}`: "it has no values", `{"id":"1"}`: "it has no values", `[]`: "unexpected array", `"x"`: "unexpected string",
	} {
		var out any
		err := newClient(t, replies(ok(body)).transport()).Do(t.Context(), get().Expects("id", "values"), &out)
		if missing == "" {
			if err != nil {
				t.Errorf("%s: %v", body, err)
			}
			continue
		}
		if e := wantError(t, err); e.Status != 200 || !strings.Contains(e.Error(), missing) || string(e.Body) != body {
			t.Errorf("%s: %v", body, e)
		}
	}
}
