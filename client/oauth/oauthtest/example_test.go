package oauthtest_test

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
)

// A test of a program that has been logged in to: its access token is rejected, and it renews it.
func ExampleNewServer() {
	srv := oauthtest.NewServer()
	defer srv.Close()
	srv.AddSite(oauthtest.Site{
		ID: "11111111-2222-3333-4444-555555555555", Name: "acme", URL: "https://acme.atlassian.net",
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"key":"WEB-1"}`))
		}),
	})
	ctx := context.Background()
	src := oauth.NewSource(srv.Config("http://127.0.0.1:8080/callback"), oauth.MemoryStore())
	if err := src.Save(ctx, srv.Grant("read:jira-work", "offline_access")); err != nil {
		log.Fatal(err)
	}
	c, err := client.New("https://acme.atlassian.net", src, client.WithGateway("/ex/jira/"), client.WithTransport(srv.Transport()))
	if err != nil {
		log.Fatal(err)
	}

	srv.ExpireAccess()
	var issue struct{ Key string }
	if err := c.Do(ctx, client.NewRequest("Issues.Get", http.MethodGet, "/rest/api/3/issue/{key}", "WEB-1"), &issue); err != nil {
		log.Fatal(err)
	}
	fmt.Println(issue.Key, srv.Stats().Refreshes)
	// Output: WEB-1 1
}
