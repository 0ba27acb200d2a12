package oauthtest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
)

const unknown = "Unknown or invalid refresh token."

func TestCodeWorksOnce(t *testing.T) {
	t.Parallel()
	srv := oauthtest.NewServer(oauthtest.WithoutListener())
	c := code(t, srv, "read:jira-work offline_access read:jira-work")
	exchange := []string{"grant_type", "authorization_code", "code", c, "redirect_uri", redirect}
	got := ask(t, srv, exchange...)
	wantPair(t, got)
	if got.ExpiresIn != 3600 || got.Scope != "read:jira-work offline_access" {
		t.Errorf("got %+v", got)
	}
	wantRefusal(t, ask(t, srv, exchange...), http.StatusForbidden, "invalid_grant", "The authorization code has been used before")
	// What it brought is dead now.
	wantRefusal(t, refresh(t, srv, got.Refresh), http.StatusForbidden, "invalid_grant", unknown)
	if got := send(t, srv, http.MethodGet, resources, "", "Authorization", "Bearer "+got.Access); got.status != http.StatusUnauthorized {
		t.Errorf("the access token lives: %d", got.status)
	}
	if want := (oauthtest.Stats{Exchanges: 1, InvalidGrants: 2}); srv.Stats() != want {
		t.Errorf("stats = %+v", srv.Stats())
	}
}

const resources = "https://api.atlassian.com/oauth/token/accessible-resources"

func TestCodeIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := oauthtest.NewServer(oauthtest.WithoutListener())
		verifier := strings.Repeat("v", 43)
		sum := sha256.Sum256([]byte(verifier))
		pkce := []string{"code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]), "code_challenge_method", "S256"}
		plain, proved := code(t, srv, "read:me"), code(t, srv, "read:me", pkce...)
		for _, c := range []struct {
			name, description string
			with              []string
		}{
			{"unknown code", "Invalid authorization code", []string{"code", "nonsense"}},
			{"other redirect", "The redirect URI is not the one of the authorization request", []string{"redirect_uri", "https://app.example/"}},
			{"verifier without challenge", "Failed to verify code verifier", []string{"code_verifier", verifier}},
			{"no verifier", "Failed to verify code verifier", []string{"code", proved}},
			{"wrong verifier", "Failed to verify code verifier", []string{"code", proved, "code_verifier", verifier + "x"}},
		} {
			got := ask(t, srv, append([]string{"grant_type", "authorization_code", "code", plain, "redirect_uri", redirect}, c.with...)...)
			if got.status != http.StatusForbidden || got.Error != "invalid_grant" || got.Description != c.description {
				t.Errorf("%s: %+v", c.name, got)
			}
		}
		// A refusal does not use the code up, and without offline_access there is no refresh token.
		got := ask(t, srv, "grant_type", "authorization_code", "code", proved, "redirect_uri", redirect, "code_verifier", verifier)
		if got.status != http.StatusOK || got.Refresh != "" {
			t.Errorf("got %+v", got)
		}
		<-time.After(10 * time.Minute)
		wantRefusal(t, ask(t, srv, "grant_type", "authorization_code", "code", plain, "redirect_uri", redirect),
			http.StatusForbidden, "invalid_grant", "The authorization code has expired")
	})
}

func TestRotation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := oauthtest.NewServer(oauthtest.WithoutListener(), oauthtest.WithLifetime(90*time.Second))
		first := srv.Grant("read:jira-work", "offline_access")
		if got := time.Until(first.Expiry()); got != 90*time.Second {
			t.Errorf("the token lives %v", got)
		}
		second := refresh(t, srv, first.RefreshToken())
		wantPair(t, second)
		if second.Refresh == first.RefreshToken() || second.Access == first.AccessToken() || second.ExpiresIn != 90 {
			t.Errorf("got %+v", second)
		}
		<-time.After(9*time.Minute + 59*time.Second)
		again := refresh(t, srv, first.RefreshToken())
		wantPair(t, again)
		if again.Refresh == second.Refresh {
			t.Error("the same pair came twice")
		}
		wantPair(t, refresh(t, srv, again.Refresh))
		// The successor has been used: the leeway is over, whatever the time.
		wantRefusal(t, refresh(t, srv, first.RefreshToken()), http.StatusForbidden, "invalid_grant", unknown)
		wantRefusal(t, refresh(t, srv, second.Refresh), http.StatusForbidden, "invalid_grant", unknown)
		if want := (oauthtest.Stats{Refreshes: 2, Recoveries: 1, Reuses: 1, InvalidGrants: 2}); srv.Stats() != want {
			t.Errorf("stats = %+v", srv.Stats())
		}
	})
}

func TestReuseOutsideTheLeewayKillsTheFamily(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := oauthtest.NewServer(oauthtest.WithoutListener(), oauthtest.WithLeeway(time.Minute))
		stolen, other := srv.Grant(), srv.Grant()
		next := refresh(t, srv, stolen.RefreshToken())
		wantPair(t, next)
		<-time.After(time.Minute)
		for _, token := range []string{stolen.RefreshToken(), next.Refresh} {
			wantRefusal(t, refresh(t, srv, token), http.StatusForbidden, "invalid_grant", unknown)
		}
		if got := send(t, srv, http.MethodGet, resources, "", "Authorization", "Bearer "+next.Access); got.status != http.StatusUnauthorized {
			t.Errorf("the access token lives: %d", got.status)
		}
		wantPair(t, refresh(t, srv, other.RefreshToken()))
		if got := srv.Stats(); got.Reuses != 1 {
			t.Errorf("stats = %+v", got)
		}
	})
}

func TestRefreshTokensExpire(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	srv := oauthtest.NewServer(oauthtest.WithoutListener(), oauthtest.WithClock(func() time.Time { return now }),
		oauthtest.WithRefreshTokens(10*time.Hour, 25*time.Hour))
	unused, busy := srv.Grant().RefreshToken(), srv.Grant().RefreshToken()
	for range 3 { // each use starts the 10 hours again
		now = now.Add(8 * time.Hour)
		got := refresh(t, srv, busy)
		wantPair(t, got)
		busy = got.Refresh
	}
	wantRefusal(t, refresh(t, srv, unused), http.StatusForbidden, "invalid_grant", unknown)
	now = now.Add(time.Hour) // the 25th
	wantRefusal(t, refresh(t, srv, busy), http.StatusForbidden, "invalid_grant", unknown)
	if got := srv.Stats(); got.Reuses != 0 || got.InvalidGrants != 2 {
		t.Errorf("stats = %+v", got)
	}
}

func TestRevokeAndExpireAccess(t *testing.T) {
	t.Parallel()
	srv := oauthtest.NewServer(oauthtest.WithoutListener())
	token := srv.Grant("read:me", "offline_access")
	asks := func() int {
		return send(t, srv, http.MethodGet, resources, "", "Authorization", "Bearer "+token.AccessToken()).status
	}
	if got := asks(); got != http.StatusOK {
		t.Fatalf("got %d", got)
	}
	srv.ExpireAccess()
	if got := asks(); got != http.StatusUnauthorized {
		t.Errorf("an expired token: %d", got)
	}
	next := refresh(t, srv, token.RefreshToken())
	wantPair(t, next)
	srv.Revoke()
	for _, token := range []string{token.RefreshToken(), next.Refresh} {
		wantRefusal(t, refresh(t, srv, token), http.StatusForbidden, "invalid_grant", unknown)
	}
	wantPair(t, refresh(t, srv, srv.Grant().RefreshToken())) // a new consent
}

func TestClientCredentials(t *testing.T) {
	t.Parallel()
	srv := oauthtest.NewServer(oauthtest.WithoutListener())
	got := ask(t, srv, "grant_type", "client_credentials")
	if got.status != http.StatusOK || got.Refresh != "" || got.ExpiresIn != 3600 || !strings.Contains(got.Scope, "write:jira-work") || strings.Contains(got.Scope, "offline") {
		t.Errorf("got %+v", got)
	}
	if got := ask(t, srv, "grant_type", "client_credentials", "scope", "read:jira-work"); got.Scope != "read:jira-work" || srv.Stats().Credentials != 2 {
		t.Errorf("got %+v, %+v", got, srv.Stats())
	}
	for _, scope := range []string{"offline_access", "read:everything"} {
		if got := ask(t, srv, "grant_type", "client_credentials", "scope", scope); got.status != http.StatusBadRequest || got.Error != "invalid_scope" {
			t.Errorf("%s: %+v", scope, got)
		}
	}
}

func TestTokenRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	const app = `"client_id":"oauthtest-app","client_secret":"oauthtest-app-secret"`
	for _, c := range []struct {
		name, kind, body string
		status           int
		code             string
	}{
		{"unknown grant type", asJSON, `{"grant_type":"password",` + app + `}`, 400, "unsupported_grant_type"},
		{"no grant type", asJSON, `{` + app + `}`, 400, "invalid_request"},
		{"no client", asJSON, `{"grant_type":"refresh_token","refresh_token":"x"}`, 400, "invalid_request"},
		{"wrong secret", asJSON, `{"grant_type":"refresh_token","refresh_token":"x","client_id":"oauthtest-app","client_secret":"no"}`, 401, "access_denied"},
		{"wrong client", asJSON, `{"grant_type":"refresh_token","refresh_token":"x","client_id":"no","client_secret":"oauthtest-app-secret"}`, 401, "access_denied"},
		{"no refresh token", asJSON, `{"grant_type":"refresh_token",` + app + `}`, 400, "invalid_request"},
		{"no refresh token of ours", asJSON, `{"grant_type":"refresh_token","refresh_token":"x",` + app + `}`, 403, "unauthorized_client"},
		{"fewer scopes", asJSON, `{"grant_type":"refresh_token","refresh_token":"x","scope":"read:me",` + app + `}`, 400, "invalid_scope"},
		{"no code", asJSON, `{"grant_type":"authorization_code","redirect_uri":"x",` + app + `}`, 400, "invalid_request"},
		{"no redirect", asJSON, `{"grant_type":"authorization_code","code":"x",` + app + `}`, 400, "invalid_request"},
		{"field of another kind", asJSON, `{"grant_type":"client_credentials","code":"x",` + app + `}`, 400, "invalid_request"},
		{"unknown field", asJSON, `{"grant_type":"client_credentials","audience":"x",` + app + `}`, 400, "invalid_request"},
		{"number", asJSON, `{"grant_type":1,` + app + `}`, 400, "invalid_request"},
		{"half an object", asJSON, `{"grant_type":"refr`, 400, "invalid_request"},
		{"nothing", asJSON, ``, 400, "invalid_request"},
		{"no content type", "", `{"grant_type":"client_credentials",` + app + `}`, 400, "invalid_request"},
		{"form twice", form, "grant_type=client_credentials&grant_type=client_credentials&client_id=a&client_secret=b", 400, "invalid_request"},
		{"broken form", form, "grant_type=%zz", 400, "invalid_request"},
	} {
		srv := oauthtest.NewServer(oauthtest.WithoutListener())
		got := decodeToken(t, send(t, srv, http.MethodPost, srv.URL+"/oauth/token", c.body, "Content-Type", c.kind))
		if got.status != c.status || got.Error != c.code || got.Description == "" || got.Access != "" {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestFormsAsRFC6749HasThem(t *testing.T) {
	t.Parallel()
	const grant = "grant_type=client_credentials"
	const app = "&client_id=oauthtest-app&client_secret=oauthtest-app-secret"
	for _, c := range []struct {
		name, kind, body string
		basic            [2]string
		formOnly         bool
		status           int
		code             string
	}{
		{"Atlassian takes forms", form, grant + app, [2]string{}, false, 200, ""},
		{"Atlassian wants the secret in the body", form, grant, [2]string{oauthtest.ClientID, oauthtest.ClientSecret}, false, 401, "access_denied"},
		{"form", form, grant + app, [2]string{}, true, 200, ""},
		{"basic", form, grant, [2]string{oauthtest.ClientID, oauthtest.ClientSecret}, true, 200, ""},
		{"basic, escaped", form, grant, [2]string{oauthtest.ClientID, "oauthtest%2Dapp%2Dsecret"}, true, 200, ""},
		{"basic and the same id", form, grant + "&client_id=oauthtest-app", [2]string{oauthtest.ClientID, oauthtest.ClientSecret}, true, 200, ""},
		{"basic and another id", form, grant + "&client_id=other", [2]string{oauthtest.ClientID, oauthtest.ClientSecret}, true, 400, "invalid_request"},
		{"two ways", form, grant + app, [2]string{oauthtest.ClientID, oauthtest.ClientSecret}, true, 400, "invalid_request"},
		{"basic, wrong", form, grant, [2]string{oauthtest.ClientID, "no"}, true, 401, "invalid_client"},
		{"basic, badly escaped", form, grant, [2]string{oauthtest.ClientID, "%zz"}, true, 401, "invalid_client"},
		{"wrong", form, grant + "&client_id=oauthtest-app&client_secret=no", [2]string{}, true, 401, "invalid_client"},
		{"JSON", asJSON, `{"grant_type":"client_credentials","client_id":"oauthtest-app","client_secret":"oauthtest-app-secret"}`, [2]string{}, true, 400, "invalid_request"},
		{"bad grant", form, "grant_type=refresh_token&refresh_token=x" + app, [2]string{}, true, 400, "unauthorized_client"},
	} {
		opts := []oauthtest.Option{oauthtest.WithoutListener()}
		if c.formOnly {
			opts = append(opts, oauthtest.WithFormOnly())
		}
		srv := oauthtest.NewServer(opts...)
		header := []string{"Content-Type", c.kind}
		if c.basic[0] != "" {
			header = append(header, "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.basic[0]+":"+c.basic[1])))
		}
		a := send(t, srv, http.MethodPost, srv.URL+"/oauth/token", c.body, header...)
		if got := decodeToken(t, a); got.status != c.status || got.Error != c.code || (got.Access != "") != (c.code == "") {
			t.Errorf("%s: %+v", c.name, got)
		}
		if challenged := a.header.Get("Www-Authenticate") != ""; challenged != (c.code == "invalid_client" && c.basic[0] != "") {
			t.Errorf("%s: challenge = %v", c.name, challenged)
		}
	}
}
