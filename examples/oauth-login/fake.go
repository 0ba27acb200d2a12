package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// The answers of -answer.
const (
	allow = "allow"
	deny  = "deny"
)

// fakeCloud is an authorization server in this process, with a real page on which to consent, and two sites.
func fakeCloud(scopes []string) *cloud {
	srv := oauthtest.NewServer()
	for _, s := range []struct {
		id, name string
		issues   []string
	}{
		{"1f0c6a52-6f0d-4f7e-9a43-0c6b5a0a7d11", "acme", []string{"Cart total is wrong after removing a coupon", "Search finds nothing on Mondays", "Login page forgets the language"}},
		{"8d7a3a0e-52f4-4b3c-8f0e-5b1f3f0f2c22", "acme-labs", []string{"Try the new checkout"}},
	} {
		site := jiratest.NewServer(jiratest.WithoutListener()) // holds nothing that would have to be closed
		for _, summary := range s.issues {
			site.AddIssue("WEB", "Bug", summary, nil)
		}
		srv.AddSite(oauthtest.Site{
			ID: s.id, Name: s.name, URL: "https://" + s.name + ".example", Handler: site, Auth: client.BasicAuth(jiratest.Email, jiratest.Token),
		})
	}
	return &cloud{
		config:  func(redirect string) oauth.Config { return srv.Config(redirect, append(scopes, "offline_access")...) },
		options: []client.Option{client.WithTransport(srv.Transport())},
		answer: func(ctx context.Context, address, answer string) error {
			press := srv.Allow
			if answer == deny {
				press = srv.Deny
			}
			back, err := press(address)
			if err != nil {
				return err
			}
			return visit(ctx, back.String())
		},
		close: srv.Close,
	}
}

// visit opens an address as a browser does.
func visit(ctx context.Context, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the page after the consent is %s", resp.Status)
	}
	return nil
}
