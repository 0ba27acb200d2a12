package oauthtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	redirect = "https://app.example/callback?from=login"
	form     = "application/x-www-form-urlencoded"
	asJSON   = "application/json"
)

// answer is what a server said.
type answer struct {
	status int
	header http.Header
	body   string
}

// send sends one request in process and does not follow redirects.
func send(t *testing.T, srv *oauthtest.Server, method, address, body string, header ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := srv.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(data)}
}

// tokenAnswer is an answer of the token endpoint.
type tokenAnswer struct {
	Access      string `json:"access_token"`
	Refresh     string `json:"refresh_token"`
	Type        string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope"`
	Error       string `json:"error"`
	Description string `json:"error_description"`

	status int
}

// ask sends a token request with the app's id and secret as JSON.
func ask(t *testing.T, srv *oauthtest.Server, pairs ...string) tokenAnswer {
	t.Helper()
	fields := map[string]string{"client_id": oauthtest.ClientID, "client_secret": oauthtest.ClientSecret}
	for i := 0; i < len(pairs); i += 2 {
		fields[pairs[i]] = pairs[i+1]
	}
	body, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return decodeToken(t, send(t, srv, http.MethodPost, srv.URL+"/oauth/token", string(body), "Content-Type", asJSON))
}

func decodeToken(t *testing.T, a answer) tokenAnswer {
	t.Helper()
	got := tokenAnswer{status: a.status}
	if err := json.Unmarshal([]byte(a.body), &got); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	if a.header.Get("Cache-Control") != "no-store" {
		t.Error("the answer may be stored by caches")
	}
	return got
}

func refresh(t *testing.T, srv *oauthtest.Server, token string) tokenAnswer {
	t.Helper()
	return ask(t, srv, "grant_type", "refresh_token", "refresh_token", token)
}

// code logs in as far as the callback.
func code(t *testing.T, srv *oauthtest.Server, scopes string, extra ...string) string {
	t.Helper()
	back, err := srv.Allow(authURL(srv, append([]string{"scope", scopes}, extra...)...))
	if err != nil {
		t.Fatal(err)
	}
	if back.Query().Get("code") == "" {
		t.Fatalf("no code: %v", back)
	}
	return back.Query().Get("code")
}

// authURL is an address that is accepted, with changes; a change to "" takes a parameter out.
func authURL(srv *oauthtest.Server, changes ...string) string {
	srv.Config(redirect)
	q := url.Values{
		"client_id": {oauthtest.ClientID}, "redirect_uri": {redirect}, "response_type": {"code"}, "state": {"s t"},
		"scope": {"read:jira-work offline_access"}, "audience": {"api.atlassian.com"}, "prompt": {"consent"},
	}
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == "" {
			q.Del(changes[i])
			continue
		}
		q.Set(changes[i], changes[i+1])
	}
	return srv.URL + "/authorize?" + q.Encode()
}

func wantRefusal(t *testing.T, got tokenAnswer, status int, code, description string) {
	t.Helper()
	if got.status != status || got.Error != code || got.Description != description || got.Access != "" {
		t.Errorf("got %d %q %q, want %d %q %q", got.status, got.Error, got.Description, status, code, description)
	}
}

func wantPair(t *testing.T, got tokenAnswer) {
	t.Helper()
	if got.status != http.StatusOK || got.Access == "" || got.Refresh == "" || got.Type != "Bearer" {
		t.Fatalf("got %+v, want a pair", got)
	}
}
