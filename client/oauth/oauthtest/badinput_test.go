package oauthtest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
	"github.com/jira-integrations/go-sdk/internal/fake/faketest"
)

// Every method of a Server that is nil, zero or closed can be called, and those of another one while requests come in.
func TestServerUsedWrongly(t *testing.T) {
	t.Parallel()
	made := func() *oauthtest.Server { return oauthtest.NewServer(nil, oauthtest.WithoutListener()) }
	get := faketest.Get(t, authURL(made()))
	registered := func() *oauthtest.Server {
		srv := made()
		srv.Config(redirect)
		return srv
	}
	faketest.Misuse(t, registered, nil, get, "read:jira-work", oauthtest.Site{ID: "1", URL: "https://acme.atlassian.net"})

	// What a Server that nobody made says of the app cannot be used.
	for _, srv := range []*oauthtest.Server{nil, {}} {
		_, err := srv.Config(redirect).AuthCodeURL(oauth.Login{State: "s"})
		if err == nil || !strings.Contains(err.Error(), "must look like") {
			t.Error(err)
		}
	}
}

// Of an option that is given twice the last one counts, faults add up; odd times do no harm.
func TestOddOptions(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	srv := oauthtest.NewServer(oauthtest.WithoutListener(), oauthtest.WithClock(func() time.Time { return now }), oauthtest.WithClock(nil),
		oauthtest.WithLifetime(time.Hour), oauthtest.WithLifetime(2*time.Hour), oauthtest.WithLeeway(-1), oauthtest.WithLeeway(time.Hour),
		oauthtest.WithRefreshTokens(-1, -1), oauthtest.WithRefreshTokens(time.Hour, time.Hour), oauthtest.WithFormOnly(), oauthtest.WithFormOnly(),
		oauthtest.WithFaults(faults.Rule{Name: "a"}), oauthtest.WithFaults(faults.Rule{Name: "b"}))
	defer srv.Close()
	a := send(t, srv, http.MethodPost, srv.URL+"/oauth/token", "grant_type=refresh_token&client_id="+oauthtest.ClientID+
		"&client_secret="+oauthtest.ClientSecret+"&refresh_token="+srv.Grant().RefreshToken(), "Content-Type", form)
	if got := decodeToken(t, a); got.status != http.StatusOK || got.ExpiresIn != 7200 || srv.Faults().Counts()["a"] != 1 {
		t.Errorf("%+v %v", got, srv.Faults().Counts())
	}
	for _, d := range []time.Duration{-1, 0, 1<<63 - 1} {
		odd := oauthtest.NewServer(oauthtest.WithoutListener(), oauthtest.WithLifetime(d), oauthtest.WithLeeway(d), oauthtest.WithRefreshTokens(d, d))
		if token := odd.Grant(); token.AccessToken() == "" {
			t.Errorf("%v: no token", d)
		}
		odd.Close()
	}
}
