package oauth_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log"
	"net/url"
	"os"
	"path/filepath"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
)

// A person logs in by their browser. The authorization server here is a fake; of Atlassian's cloud the package jira has
// the Config.
func Example() {
	srv := oauthtest.NewServer()
	defer srv.Close()
	ctx := context.Background()
	cfg := srv.Config("http://127.0.0.1:8080/callback", "read:jira-work", "offline_access")
	src := oauth.NewSource(cfg, oauth.MemoryStore())

	// The page on which the login begins: keep login in the person's session and redirect their browser to address.
	login := cfg.Begin()
	address, err := cfg.AuthCodeURL(login)
	if err != nil {
		log.Fatal(err)
	}
	callback := browser(srv, address)

	// The handler of the redirect URL: take login out of the session again, callback is the query of the request.
	token, err := cfg.Exchange(ctx, login, callback)
	switch {
	case errors.Is(err, oauth.ErrDenied):
		fmt.Println("Then not.")
		return
	case err != nil:
		log.Fatal(err)
	}
	if err := src.Save(ctx, token); err != nil {
		log.Fatal(err)
	}

	// From now on src signs requests and renews the token by itself.
	c, err := client.New(srv.URL, src)
	if err != nil {
		log.Fatal(err)
	}
	var sites []struct{ Name string }
	if err := c.Do(ctx, client.NewRequest("Sites", "GET", "/oauth/token/accessible-resources"), &sites); err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Scopes(), len(sites))
	// Output: [read:jira-work offline_access] 0
}

// browser does what a person does with the page.
func browser(srv *oauthtest.Server, address string) url.Values {
	back, err := srv.Allow(address)
	if err != nil {
		log.Fatal(err)
	}
	return back.Query()
}

// A program on one machine keeps its token in a file, which is of no use to whoever copies it without the key.
func ExampleFileStore() {
	key, err := base64.StdEncoding.DecodeString("n0tTh1sK3yBut0neFr0mYourSecretManagerPlease=")
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	store := oauth.FileStore(filepath.Join(dir, "token.json"), oauth.WithKey(key))

	srv := oauthtest.NewServer()
	defer srv.Close()
	src := oauth.NewSource(srv.Config("http://127.0.0.1:8080/callback"), store)
	if _, err := src.Token(context.Background()); errors.Is(err, oauth.ErrReauthorize) {
		fmt.Println(err)
	}
	if err := src.Save(context.Background(), srv.Grant("read:jira-work", "offline_access")); err != nil {
		log.Fatal(err)
	}
	token, err := store.Load(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Scopes())
	// Output:
	// oauth: a person has to log in again: no token is stored yet
	// [read:jira-work offline_access]
}

// A service account needs no person.
func ExampleNewClientCredentials() {
	srv := oauthtest.NewServer()
	defer srv.Close()
	cfg := oauth.Config{
		ClientID:     oauthtest.ClientID,
		ClientSecret: oauth.NewSecret(oauthtest.ClientSecret),
		TokenURL:     srv.URL + "/oauth/token",
		Scopes:       []string{"read:jira-work"},
	}
	src := oauth.NewClientCredentials(cfg, oauth.MemoryStore())
	token, err := src.Token(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Scopes(), token.RefreshToken() == "")
	// Output: [read:jira-work] true
}
