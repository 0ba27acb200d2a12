package oauthtest_test

import (
	"net/http"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
)

func TestLoginReachesASite(t *testing.T) {
	t.Parallel()
	srv := oauthtest.NewServer()
	defer srv.Close()
	srv.AddSite(oauthtest.Site{
		ID: "11111111-2222-3333-4444-555555555555", Name: "acme", URL: "https://acme.atlassian.net",
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(`{"path":"` + r.URL.EscapedPath() + `","auth":"` + r.Header.Get("Authorization") + `"}`))
		}),
		Auth: client.Bearer("inside"),
	})
	cfg := srv.Config(redirect, "read:jira-work", "offline_access")
	login := cfg.Begin()
	address, err := cfg.AuthCodeURL(login)
	if err != nil {
		t.Fatal(err)
	}
	callback, err := srv.Allow(address)
	if err != nil {
		t.Fatal(err)
	}
	token, err := cfg.Exchange(t.Context(), login, callback.Query())
	if err != nil {
		t.Fatal(err)
	}
	src := oauth.NewSource(cfg, oauth.MemoryStore())
	if err := src.Save(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	c, err := client.New("https://acme.atlassian.net", src, client.WithTransport(srv.Transport()), client.WithGateway("/ex/jira/"))
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Path, Auth string }
	if err := c.Do(t.Context(), client.NewRequest("Issues.Get", http.MethodGet, "/rest/api/3/issue/{key}", "A/1"), &got); err != nil {
		t.Fatal(err)
	}
	if got.Path != "/rest/api/3/issue/A%2F1" || got.Auth != "Bearer inside" {
		t.Errorf("got %+v", got)
	}
}
