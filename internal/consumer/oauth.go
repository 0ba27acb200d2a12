package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// cabinet is a store of the user's own: it keeps tokens as bytes, as a key-value service would.
type cabinet struct {
	mu   sync.Mutex
	kept []byte
}

var _ oauth.Store = (*cabinet)(nil)

func (c *cabinet) Load(context.Context) (*oauth.Token, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.load()
}

func (c *cabinet) load() (*oauth.Token, error) {
	if c.kept == nil {
		return nil, nil
	}
	return oauth.DecodeToken(c.kept)
}

func (c *cabinet) Update(_ context.Context, change func(*oauth.Token) (*oauth.Token, error)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	current, err := c.load()
	if err != nil {
		return err
	}
	next, err := change(current)
	if err == nil && next != nil {
		c.kept = next.Encode()
	}
	return err
}

// useOAuth signs with the grant of a person that a store of the user's own keeps, through a rejected token.
func useOAuth(ctx context.Context, site *jiratest.Server) error {
	const id = "11111111-2222-3333-4444-555555555555"
	cloud := oauthtest.NewServer()
	defer cloud.Close()
	cloud.AddSite(oauthtest.Site{
		ID: id, Name: "acme", URL: "https://acme.example", Handler: site, Auth: client.BasicAuth(jiratest.Email, jiratest.Token),
	})
	scopes := []string{"read:jira-work", "offline_access"}
	src := oauth.NewSource(cloud.Config("http://localhost:8085/callback", scopes...), &cabinet{})
	with := client.WithTransport(cloud.Transport())
	if _, err := jira.Sites(ctx, src, with); !errors.Is(err, oauth.ErrReauthorize) {
		return fmt.Errorf("before the login: %w", err)
	}
	if err := src.Save(ctx, cloud.Grant(scopes...)); err != nil {
		return err
	}
	cloud.ExpireAccess()
	acme, err := jira.FindSite(ctx, src, "acme", with)
	if err != nil {
		return err
	}
	jc, err := jira.New(acme, src, with)
	if err != nil {
		return err
	}
	if _, err := jc.Projects.Get(ctx, "WEB", nil); err != nil {
		return err
	}
	if stats := cloud.Stats(); stats.Refreshes != 1 || jc.BrowseURL("WEB-1") != "https://acme.example/browse/WEB-1" {
		return fmt.Errorf("%d refreshes, issues are at %s", stats.Refreshes, jc.BrowseURL("WEB-1"))
	}
	return nil
}
