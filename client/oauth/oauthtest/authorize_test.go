package oauthtest_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
)

func TestConsentPageSaysWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	srv := oauthtest.NewServer(oauthtest.WithoutListener())
	srv.AddSite(oauthtest.Site{ID: "1", Name: "acme", URL: "https://acme.atlassian.net"})
	srv.AddSite(oauthtest.Site{ID: "1", Name: "acme", URL: "https://acme.atlassian.net", Scopes: []string{"read:jira-work"}})
	got := send(t, srv, http.MethodGet, authURL(srv), "")
	if got.status != http.StatusOK || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
		t.Fatalf("got %d %v", got.status, got.header)
	}
	for _, part := range []string{
		oauthtest.ClientID, "View projects, issues", "read:jira-work", "offline_access", `id="allow"`, `id="deny"`,
		"prefers-color-scheme: dark", "acme.atlassian.net", "app.example", `method="post"`,
	} {
		if !strings.Contains(got.body, part) {
			t.Errorf("the page does not hold %q", part)
		}
	}
	if strings.Count(got.body, "acme.atlassian.net") != 1 {
		t.Error("a site with two products is named twice")
	}
	for _, part := range []string{"write:jira-work", "<script", "src=", "http://", "@import", "url("} {
		if strings.Contains(got.body, part) {
			t.Errorf("the page holds %q", part)
		}
	}
}

func TestDecisionGoesToTheApp(t *testing.T) {
	t.Parallel()
	srv := oauthtest.NewServer(oauthtest.WithoutListener())
	for decision, want := range map[string]url.Values{
		"allow": {"from": {"login"}, "state": {"s t"}, "code": {"code-1-"}},
		"deny":  {"from": {"login"}, "state": {"s t"}, "error": {"access_denied"}, "error_description": {"User did not authorize the request"}},
	} {
		got := send(t, srv, http.MethodPost, authURL(srv), "decision="+decision, "Content-Type", form)
		location, err := url.Parse(got.header.Get("Location"))
		if got.status != http.StatusSeeOther || err != nil || location.Host != "app.example" || location.Path != "/callback" {
			t.Fatalf("%s: %d %v, %v", decision, got.status, location, err)
		}
		q := location.Query()
		for name := range want {
			if !strings.HasPrefix(q.Get(name), want.Get(name)) {
				t.Errorf("%s: %s = %q, want %q", decision, name, q.Get(name), want.Get(name))
			}
		}
		if len(q) != len(want) {
			t.Errorf("%s: callback has %v", decision, q)
		}
	}
	for _, body := range []string{"", "decision=maybe", "decision=allow&decision=deny", "decision=allow&all=yes", "decision=%zz"} {
		if got := send(t, srv, http.MethodPost, authURL(srv), body, "Content-Type", form); got.status != http.StatusBadRequest || got.header.Get("Location") != "" {
			t.Errorf("%q: %d %v", body, got.status, got.header)
		}
	}
}

// Who asks is not known: nobody is sent anywhere.
func TestWrongAppIsNeverRedirectedTo(t *testing.T) {
	t.Parallel()
	srv := oauthtest.NewServer(oauthtest.WithoutListener())
	for name, address := range map[string]string{
		"unknown client":      authURL(srv, "client_id", "other"),
		"no client":           authURL(srv, "client_id", ""),
		"other redirect":      authURL(srv, "redirect_uri", "https://evil.example/callback"),
		"longer redirect":     authURL(srv, "redirect_uri", redirect+"/more"),
		"redirect in capital": authURL(srv, "redirect_uri", strings.ToUpper(redirect)),
		"no redirect":         authURL(srv, "redirect_uri", ""),
		"two redirects":       authURL(srv) + "&redirect_uri=https://evil.example",
		"unknown parameter":   authURL(srv, "scopes", "read:jira-work"),
		"markup":              authURL(srv, "client_id", "<script>alert(1)</script>"),
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			got := send(t, srv, method, address, "decision=allow", "Content-Type", form)
			if got.status != http.StatusBadRequest || got.header.Get("Location") != "" {
				t.Errorf("%s, %s: %d to %q", name, method, got.status, got.header.Get("Location"))
			}
			if !strings.Contains(got.body, "Something is wrong with this login") || strings.Contains(got.body, "<script") {
				t.Errorf("%s, %s: page is %s", name, method, got.body)
			}
		}
		if _, err := srv.Allow(address); err == nil {
			t.Errorf("%s: Allow reports nothing", name)
		}
	}
	if _, err := srv.Allow(authURL(srv, "client_id", `a"b`)); err == nil || !strings.Contains(err.Error(), `no app with the client_id "a\"b"`) {
		t.Errorf("err = %v", err)
	}
}

func TestWrongRequestGoesBackToTheApp(t *testing.T) {
	t.Parallel()
	srv := oauthtest.NewServer(oauthtest.WithoutListener())
	const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	for name, c := range map[string]struct{ address, code string }{
		"no state":             {authURL(srv, "state", ""), "invalid_request"},
		"response type":        {authURL(srv, "response_type", "token"), "unsupported_response_type"},
		"no audience":          {authURL(srv, "audience", ""), "invalid_request"},
		"other audience":       {authURL(srv, "audience", "api.example"), "invalid_request"},
		"prompt":               {authURL(srv, "prompt", "login"), "invalid_request"},
		"silent":               {authURL(srv, "prompt", "none"), "consent_required"},
		"no scope":             {authURL(srv, "scope", ""), "invalid_scope"},
		"unknown scope":        {authURL(srv, "scope", "read:jira-work read:everything"), "invalid_scope"},
		"plain challenge":      {authURL(srv, "code_challenge", challenge, "code_challenge_method", "plain"), "invalid_request"},
		"challenge, no method": {authURL(srv, "code_challenge", challenge), "invalid_request"},
		"method, no challenge": {authURL(srv, "code_challenge_method", "S256"), "invalid_request"},
		"short challenge":      {authURL(srv, "code_challenge", "abc", "code_challenge_method", "S256"), "invalid_request"},
	} {
		for _, press := range []func(string) (*url.URL, error){srv.Allow, srv.Deny} {
			back, err := press(c.address)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if q := back.Query(); q.Get("error") != c.code || q.Get("error_description") == "" || q.Has("code") || q.Has("state") != (name != "no state") {
				t.Errorf("%s: callback %v, want %s", name, back, c.code)
			}
		}
		if got := send(t, srv, http.MethodGet, c.address, ""); got.status != http.StatusSeeOther {
			t.Errorf("%s: the page is shown, %d", name, got.status)
		}
	}
}

func TestServerWithoutAudience(t *testing.T) {
	t.Parallel()
	srv := oauthtest.NewServer(oauthtest.WithoutListener(), oauthtest.WithFormOnly())
	if back, err := srv.Allow(authURL(srv, "audience", "", "prompt", "")); err != nil || !back.Query().Has("code") {
		t.Errorf("%v, %v", back, err)
	}
	if _, err := srv.Allow(authURL(srv)); err == nil || !strings.Contains(err.Error(), "unknown query parameter") {
		t.Errorf("err = %v", err)
	}
	cfg := srv.Config(redirect, "read:me")
	if cfg.Audience != "" || cfg.Prompt != "" {
		t.Errorf("config asks for audience %q, prompt %q", cfg.Audience, cfg.Prompt)
	}
}

func TestAddressOfAnotherServer(t *testing.T) {
	t.Parallel()
	srv := oauthtest.NewServer(oauthtest.WithoutListener())
	for _, address := range []string{"https://auth.example/authorize", "://", "http://auth.invalid/authorize"} {
		if _, err := srv.Deny(address); err == nil || strings.Contains(err.Error(), "authorize") {
			t.Errorf("%s: err = %v", address, err)
		}
	}
}

// A browser does this.
func TestFormOfThePage(t *testing.T) {
	t.Parallel()
	srv := oauthtest.NewServer()
	defer srv.Close()
	page := send(t, srv, http.MethodGet, authURL(srv, "state", `"><b>&amp;`), "")
	_, rest, _ := strings.Cut(page.body, `action="`)
	action, _, _ := strings.Cut(rest, `"`)
	action = html.UnescapeString(action)

	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+action, strings.NewReader("decision=allow"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form)
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	location, err := resp.Location()
	if err != nil || location.Query().Get("state") != `"><b>&amp;` || location.Query().Get("code") == "" {
		t.Errorf("%d %v, %v", resp.StatusCode, location, err)
	}
}
