package oauthtest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
)

const (
	acme     = "11111111-2222-3333-4444-555555555555"
	jiraPath = "https://api.atlassian.com/ex/jira/" + acme
	opsPath  = "https://api.atlassian.com/jsm/ops/api/" + acme
)

// echo tells what has come.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	_, _ = w.Write([]byte(r.Method + " " + r.RequestURI + " " + r.URL.EscapedPath() + " " + r.Header.Get("Authorization")))
})

// newSite returns a server with the site acme, whose two products are two entries.
func newSite(t *testing.T, opts ...oauthtest.Option) *oauthtest.Server {
	t.Helper()
	srv := oauthtest.NewServer(append([]oauthtest.Option{oauthtest.WithoutListener()}, opts...)...)
	site := oauthtest.Site{
		ID: acme, Name: "acme", URL: "https://acme.atlassian.net/", Handler: echo, Auth: client.Bearer("inside"),
		Scopes: []string{"read:jira-work", "write:jira-work", "read:jira-user", "manage:jira-webhook"},
	}
	srv.AddSite(site)
	site.Scopes = []string{"read:ops-config:jira-service-management", "write:ops-config:jira-service-management"}
	site.Auth = nil
	srv.AddSite(site)
	return srv
}

const (
	unauthorized = `{"code":401,"message":"Unauthorized"}`
	lacksScope   = `{"code":401,"message":"Unauthorized; scope does not match"}`
)

func TestOperationNeedsItsScope(t *testing.T) {
	t.Parallel()
	srv := newSite(t)
	for _, c := range []struct{ method, address, scope string }{
		{"GET", jiraPath + "/rest/api/3/issue/A-1?fields=summary", "read:jira-work"},
		{"HEAD", jiraPath + "/rest/api/3/issue/A-1", "read:jira-work"},
		{"GET", jiraPath + "/rest/agile/1.0/board", "read:jira-work"},
		{"POST", jiraPath + "/rest/api/3/search/jql", "read:jira-work"},
		{"POST", jiraPath + "/rest/api/2/search/approximate-count", "read:jira-work"},
		{"POST", jiraPath + "/rest/api/latest/issue/bulkfetch", "read:jira-work"},
		{"POST", jiraPath + "/rest/api/3/issue/A-1/changelog/list", "read:jira-work"},
		{"POST", jiraPath + "/rest/api/3/issue", "write:jira-work"},
		{"PUT", jiraPath + "/rest/api/3/issue/A-1", "write:jira-work"},
		{"DELETE", jiraPath + "/rest/api/3/issue/A-1", "write:jira-work"},
		{"GET", jiraPath + "/rest/api/3/myself", "read:jira-user"},
		{"GET", jiraPath + "/rest/api/3/user/search?query=a", "read:jira-user"},
		{"GET", jiraPath + "/rest/api/3/users/search", "read:jira-user"},
		{"GET", jiraPath + "/rest/api/3/webhook", "manage:jira-webhook"},
		{"DELETE", jiraPath + "/rest/api/3/webhook", "manage:jira-webhook"},
		{"GET", opsPath + "/v1/integrations", "read:ops-config:jira-service-management"},
		{"POST", opsPath + "/v1/integrations", "write:ops-config:jira-service-management"},
	} {
		with, without := srv.Grant(c.scope), srv.Grant("manage:jira-project", "delete:ops-config:jira-service-management")
		got := send(t, srv, c.method, c.address, "", "Authorization", "Bearer "+with.AccessToken())
		if got.status != http.StatusOK || strings.Contains(got.body, with.AccessToken()) {
			t.Errorf("%s %s with %s: %d %s", c.method, c.address, c.scope, got.status, got.body)
		}
		got = send(t, srv, c.method, c.address, "", "Authorization", "Bearer "+without.AccessToken())
		if got.status != http.StatusUnauthorized || got.header.Get("X-Failure-Category") != "FAILURE_CLIENT_SCOPE_CHECK" || c.method != "HEAD" && got.body != lacksScope {
			t.Errorf("%s %s without %s: %d %s %v", c.method, c.address, c.scope, got.status, got.body, got.header)
		}
	}
	// No product of the site has this one.
	token := srv.Grant()
	if got := send(t, srv, "DELETE", opsPath+"/v1/integrations/1", "", "Authorization", "Bearer "+token.AccessToken()); got.body != lacksScope {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

func TestWhatIsForwarded(t *testing.T) {
	t.Parallel()
	srv := newSite(t)
	bearer := "Bearer " + srv.Grant().AccessToken()
	for address, want := range map[string]string{
		jiraPath + "/rest/api/3/issue/A%2F1?fields=a%20b":                    "GET /rest/api/3/issue/A%2F1?fields=a%20b /rest/api/3/issue/A%2F1 Bearer inside",
		opsPath + "/v1/integrations?size=5":                                  "GET /jsm/ops/api/" + acme + "/v1/integrations?size=5 /jsm/ops/api/" + acme + "/v1/integrations ",
		srv.URL + "/ex/jira/" + acme + "/rest/api/3/myself":                  "GET /rest/api/3/myself /rest/api/3/myself Bearer inside",
		"https://acme.atlassian.net/rest/api/3/issue/A%2F1?x=1":              "GET /rest/api/3/issue/A%2F1?x=1 /rest/api/3/issue/A%2F1 " + bearer,
		"https://acme.atlassian.net/_edge/tenant_info":                       `{"cloudId":"` + acme + `"}`,
		"https://api.atlassian.com/ex/jira/" + acme:                          "GET / / Bearer inside",
		"https://api.atlassian.com/ex/jira/unknown/rest/api/3/myself":        `{"code":404,"message":"there is no site with the cloud id unknown"}`,
		"https://api.atlassian.com/ex/confluence/" + acme + "/wiki":          `{"code":404,"message":"no such path: GET /ex/confluence/` + acme + `/wiki"}`,
		"https://api.atlassian.com/authorize":                                `{"code":404,"message":"no such path: GET /authorize"}`,
		"https://api.atlassian.com/oauth/token/accessible-resources?all=yes": `{"code":400,"message":"unknown query parameter \"all\" of GET /oauth/token/accessible-resources"}`,
		"https://auth.atlassian.com/oauth/token":                             `{"error":"invalid_request","error_description":"method GET is not allowed for /oauth/token"}`,
		"https://auth.atlassian.com/oauth/token/accessible-resources":        `{"error":"invalid_request","error_description":"no such path: GET /oauth/token/accessible-resources"}`,
	} {
		if got := send(t, srv, "GET", address, "", "Authorization", bearer); got.body != want {
			t.Errorf("%s: %d %s\nwant %s", address, got.status, got.body, want)
		}
	}
	if got := send(t, srv, "POST", "https://acme.atlassian.net/_edge/tenant_info", ""); got.status != http.StatusMethodNotAllowed {
		t.Errorf("got %d", got.status)
	}
	// A scoped API token is the site's business.
	if got := send(t, srv, "GET", jiraPath+"/rest/api/3/myself", "", "Authorization", "Basic eDp5"); got.body != "GET /rest/api/3/myself /rest/api/3/myself Basic eDp5" {
		t.Errorf("got %d %s", got.status, got.body)
	}
	for _, address := range []string{"https://elsewhere.example/", "http://api.atlassian.com/", "https://acme.atlassian.net.evil.example/"} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", address, strings.NewReader("body"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := srv.Transport().RoundTrip(req); err == nil {
			t.Errorf("%s is answered", address)
		}
	}
}

func TestTokenThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newSite(t)
		token := srv.Grant()
		refused := func(name, authorization string) {
			for _, address := range []string{jiraPath + "/rest/api/3/myself", opsPath + "/v1/integrations", resources} {
				got := send(t, srv, "GET", address, "", "Authorization", authorization)
				if got.status != http.StatusUnauthorized || got.body != unauthorized || got.header.Get("X-Failure-Category") != "" || got.header.Get("Www-Authenticate") != "" {
					t.Errorf("%s, %s: %d %s %v", name, address, got.status, got.body, got.header)
				}
			}
		}
		refused("none", "")
		refused("unknown", "Bearer x")
		refused("refresh token", "Bearer "+token.RefreshToken())
		<-time.After(time.Hour)
		refused("expired", "Bearer "+token.AccessToken())
	})
}

func TestAccessibleResources(t *testing.T) {
	t.Parallel()
	srv := newSite(t)
	srv.AddSite(oauthtest.Site{ID: "2", Name: "beta", URL: "https://beta.atlassian.net"})
	type resource struct {
		ID, Name, URL, AvatarURL string
		Scopes                   []string
	}
	list := func(scopes ...string) []resource {
		t.Helper()
		got := send(t, srv, "GET", resources, "", "Authorization", "Bearer "+srv.Grant(scopes...).AccessToken())
		var all []resource
		if err := json.Unmarshal([]byte(got.body), &all); err != nil || all == nil {
			t.Fatalf("%d %s: %v", got.status, got.body, err)
		}
		return all
	}
	const read, ops = "read:jira-work", "read:ops-config:jira-service-management"
	want := []resource{
		{acme, "acme", "https://acme.atlassian.net", "https://acme.atlassian.net/s/avatar.png", []string{read}},
		{acme, "acme", "https://acme.atlassian.net", "https://acme.atlassian.net/s/avatar.png", []string{ops}},
		{"2", "beta", "https://beta.atlassian.net", "https://beta.atlassian.net/s/avatar.png", []string{read, ops}},
	}
	if diff := cmp.Diff(want, list(read, ops, "offline_access")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want[1].ID, list(ops)[0].ID); diff != "" || len(list(ops)) != 2 {
		t.Errorf("with one scope: %+v", list(ops))
	}
	if got := list("offline_access", "read:me"); len(got) != 0 {
		t.Errorf("without a scope of a product: %+v", got)
	}
	if got := send(t, srv, "GET", "https://beta.atlassian.net/rest/api/3/myself", ""); got.status != http.StatusNotFound {
		t.Errorf("a site without a handler: %d", got.status)
	}
}

func TestUnknownScopesPanic(t *testing.T) {
	t.Parallel()
	srv := oauthtest.NewServer(oauthtest.WithoutListener())
	for name, call := range map[string]func(){
		"Grant":   func() { srv.Grant("read:everything") },
		"AddSite": func() { srv.AddSite(oauthtest.Site{Scopes: []string{"read:everything"}}) },
	} {
		func() {
			defer func() {
				if p, _ := recover().(string); !strings.Contains(p, "unknown scope read:everything") {
					t.Errorf("%s: %v", name, p)
				}
			}()
			call()
		}()
	}
}

func TestFaultsAndRequests(t *testing.T) {
	t.Parallel()
	srv := newSite(t, oauthtest.WithFaults(faults.Rule{Path: "/oauth/token", Cut: faults.CutAfter, Times: 1}))
	src := oauth.NewSource(srv.Config(redirect), oauth.MemoryStore())
	if err := src.Save(t.Context(), srv.Grant("read:jira-user", "offline_access")); err != nil {
		t.Fatal(err)
	}
	srv.ExpireAccess()
	c, err := client.New("https://acme.atlassian.net", src, client.WithTransport(srv.Transport()), client.WithGateway("/ex/jira/"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Do(t.Context(), client.NewRequest("Myself", http.MethodGet, "/rest/api/3/myself"), nil); err != nil {
		t.Fatal(err)
	}
	if want := (oauthtest.Stats{Refreshes: 1, Recoveries: 1}); srv.Stats() != want {
		t.Errorf("stats = %+v", srv.Stats())
	}
	var got []oauthtest.Request
	for _, r := range srv.Requests() {
		r.Query = nil
		got = append(got, r)
	}
	myself := "/ex/jira/" + acme + "/rest/api/3/myself"
	want := []oauthtest.Request{
		{Method: "GET", Path: "/_edge/tenant_info", Pattern: "GET {site}/_edge/tenant_info", Status: 200},
		{Method: "GET", Path: myself, Pattern: "GET /ex/jira/{cloudId}/", Status: 401},
		{Method: "POST", Path: "/oauth/token", Pattern: "POST /oauth/token"},
		{Method: "POST", Path: "/oauth/token", Pattern: "POST /oauth/token", Status: 200},
		{Method: "GET", Path: myself, Pattern: "GET /ex/jira/{cloudId}/", Status: 200},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	srv.Faults().Add(faults.Unauthorized())
	if got := send(t, srv, "GET", srv.URL+"/authorize", ""); got.status != http.StatusUnauthorized {
		t.Errorf("got %d", got.status)
	}
}

// Two servers that see the same calls say the same, and each knows its own.
func TestDeterministic(t *testing.T) {
	t.Parallel()
	a, b := oauthtest.NewServer(oauthtest.WithoutListener()), oauthtest.NewServer(oauthtest.WithoutListener())
	for range 20 {
		x, y := a.Grant(), b.Grant()
		if x.AccessToken() != y.AccessToken() || x.RefreshToken() != y.RefreshToken() || x.AccessToken() == x.RefreshToken() {
			t.Fatal("tokens differ")
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	srv := newSite(t)
	token := srv.Grant().RefreshToken()
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if got := refresh(t, srv, token); got.status != http.StatusOK {
				t.Errorf("got %+v", got)
			}
			srv.Stats()
			srv.AddSite(oauthtest.Site{ID: "x"})
		})
	}
	group.Wait()
	if want := (oauthtest.Stats{Refreshes: 1, Recoveries: 49}); srv.Stats() != want {
		t.Errorf("stats = %+v", srv.Stats())
	}
}
