package oauth_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
)

func TestClientCredentials(t *testing.T) {
	t.Parallel()
	for name, c := range encodings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := newServer(c.server...)
				cfg := srv.Config("", "read:jira-work")
				cfg.Encoding = c.encoding
				store := oauth.MemoryStore()
				src := oauth.NewClientCredentials(cfg, store)
				if name == "JSON to a form server" || name == "header to Atlassian" {
					_, err := src.Token(t.Context())
					if e := wantTrouble(t, err); e.Op != "client credentials" {
						t.Errorf("%+v", e)
					}
					return
				}
				var group sync.WaitGroup
				for range 3 { // replicas
					client := newClient(t, srv, oauth.NewClientCredentials(cfg, store))
					for range 100 {
						group.Go(func() {
							if err := read(t.Context(), client); err != nil {
								t.Error(err)
							}
						})
					}
				}
				group.Wait()
				wantStats(t, srv, oauthtest.Stats{Credentials: 1})
				token := mustToken(t, src)
				if token.RefreshToken() != "" || len(token.Scopes()) != 1 || time.Until(token.Expiry()) != time.Hour {
					t.Errorf("token = %v", token)
				}

				advance(time.Hour)
				if err := read(t.Context(), newClient(t, srv, src)); err != nil {
					t.Error(err)
				}
				srv.ExpireAccess()
				if err := read(t.Context(), newClient(t, srv, src)); err != nil {
					t.Error(err)
				}
				wantStats(t, srv, oauthtest.Stats{Credentials: 3})
				if err := newClient(t, srv, src).Do(t.Context(), client.NewRequest("Myself", "GET", "/rest/api/3/myself"), nil); !errors.Is(err, client.ErrScope) {
					t.Errorf("err = %v", err)
				}
			})
		})
	}
}

func TestClientCredentialsThatAreWrong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		cfg := srv.Config("")
		cfg.ClientSecret = oauth.NewSecret("wrong")
		src := oauth.NewClientCredentials(cfg, oauth.MemoryStore())
		for range 10 {
			_, err := src.Token(t.Context())
			if e := wantTrouble(t, err); e.Code != "access_denied" || !errors.Is(err, client.ErrUnauthorized) {
				t.Error(err)
			}
		}
		if asked(srv) != 1 {
			t.Errorf("%d token requests", asked(srv))
		}
		cfg.Scopes, cfg.ClientSecret = []string{"no:such-scope"}, oauth.NewSecret(oauthtest.ClientSecret)
		_, err := oauth.NewClientCredentials(cfg, oauth.MemoryStore()).Token(t.Context())
		if e := wantTrouble(t, err); e.Code != "invalid_scope" || errors.Is(err, client.ErrUnauthorized) {
			t.Error(err)
		}
	})
}

func TestClientCredentialsAndALostAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(oauthtest.WithFaults(faults.Rule{Path: tokenURL, Cut: faults.CutAfter, Times: 1}))
		src := oauth.NewClientCredentials(srv.Config(""), oauth.MemoryStore())
		mustToken(t, src)
		wantStats(t, srv, oauthtest.Stats{Credentials: 2})
	})
}

// Nobody logs in for an app: what its file holds and cannot be read is put aside, and another token asked for.
func TestClientCredentialsOnACorruptFile(t *testing.T) {
	t.Parallel()
	srv := newServer()
	path := filepath.Join(t.TempDir(), "token.json")
	if err := os.WriteFile(path, []byte("not a token"), 0o600); err != nil {
		t.Fatal(err)
	}
	src := oauth.NewClientCredentials(srv.Config("", "read:jira-work"), oauth.FileStore(path))
	if err := read(t.Context(), newClient(t, srv, src)); err != nil {
		t.Fatal(err)
	}
	aside, err := filepath.Glob(path + ".corrupt-*")
	if err != nil || len(aside) != 1 {
		t.Fatalf("put aside: %q, %v", aside, err)
	}
	if text, err := os.ReadFile(aside[0]); err != nil || string(text) != "not a token" {
		t.Errorf("%q, %v", text, err)
	}
}
