package oauth_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
)

// A program that ends waits for what it has begun, though nobody else does any more.
func TestWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		src, store := loggedIn(t, srv)
		first := mustToken(t, src)
		if err := src.Wait(t.Context()); err != nil {
			t.Fatal("there was nothing to wait for:", err)
		}
		srv.Faults().Add(faults.Rule{Path: tokenURL, Delay: 10 * time.Second})
		advance(time.Hour)
		short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if _, err := src.Token(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v", err)
		}
		if err := src.Wait(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v", err)
		}
		if err := src.Wait(t.Context()); err != nil || same(stored(t, store), first) {
			t.Errorf("the program ends before the new token is stored: %v", err)
		}
	})
}

// A token that could not be stored is stored without any further call, and Wait waits for it.
func TestPendingTokenIsStoredByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		src, store := withPending(t, srv)
		first := stored(t, store)
		advance(20 * time.Minute)
		if !same(stored(t, store), first) {
			t.Fatal("the store has changed")
		}
		store.instead.Store(false)
		if err := src.Wait(t.Context()); err != nil || same(stored(t, store), first) {
			t.Errorf("it is not stored: %v", err)
		}
		mustToken(t, oauth.NewSource(srv.Config(redirect), store)) // another replica, after the leeway
		wantStats(t, srv, oauthtest.Stats{Refreshes: 1})
	})
}

// Of two that log in, the one whose old grant has a token to be stored does not put it over the new login of the other.
func TestPendingTokenDoesNotReplaceALogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		src, store := withPending(t, srv)
		login := srv.Grant(work...)
		save(t, oauth.NewSource(srv.Config(redirect), store.Store), login) // of another process
		store.instead.Store(false)
		if err := src.Wait(t.Context()); err != nil || !same(stored(t, store), login) || !same(mustToken(t, src), login) {
			t.Errorf("the login is gone: %v", err)
		}
	})
}

// slowStore gives its lock late.
type slowStore struct {
	oauth.Store

	wait time.Duration
}

func (s *slowStore) Update(ctx context.Context, change func(*oauth.Token) (*oauth.Token, error)) error {
	advance(s.wait)
	return s.Store.Update(ctx, change)
}

// A request has its whole time, however late the lock came: one that is cut short may spend the refresh token for nothing.
func TestLateLock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		store := &slowStore{Store: oauth.MemoryStore()}
		src := onStore(t, srv, store)
		advance(time.Hour)
		store.wait = 59 * time.Second // for the mark, and once more
		srv.Faults().Add(faults.Rule{Path: tokenURL, Delay: 10 * time.Second})
		mustToken(t, src)
		wantStats(t, srv, oauthtest.Stats{Refreshes: 1})
	})
}

// What the server has told another app, and what a clock has put into the future, keeps nobody from asking.
func TestRefusalOfAnotherApp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		src, store := loggedIn(t, srv)
		advance(time.Hour)
		cfg := srv.Config(redirect)
		cfg.ClientID = "another"
		srv.Faults().Add(faults.Rule{Path: tokenURL, Status: http.StatusForbidden, Body: `{"error":"unauthorized_client"}`, Times: 1})
		_, err := oauth.NewSource(cfg, store).Token(t.Context())
		wantLogin(t, err)
		mustToken(t, src)
		wantStats(t, srv, oauthtest.Stats{Refreshes: 1})

		ahead, err := oauth.DecodeToken([]byte(`{"access_token":"a","refresh_token":"` + stored(t, store).RefreshToken() +
			`","expiry":"2001-01-01T00:00:00Z","refused":"2099-01-01T00:00:00Z","refused_client":"` + oauthtest.ClientID + `"}`))
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Update(t.Context(), func(*oauth.Token) (*oauth.Token, error) { return ahead, nil }); err != nil {
			t.Fatal(err)
		}
		mustToken(t, oauth.NewSource(srv.Config(redirect), store))
	})
}

// A login is used at once, whatever has failed before.
func TestLoginEndsThePause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		src, _ := loggedIn(t, srv)
		advance(time.Hour)
		srv.Faults().Add(faults.Rule{Path: tokenURL, Status: http.StatusBadGateway})
		if _, err := src.Token(t.Context()); err == nil {
			t.Fatal("no error")
		}
		save(t, src, oauth.NewToken("dead", srv.Grant(work...).RefreshToken(), time.Now()))
		srv.Faults().Clear()
		mustToken(t, src)
	})
}

// A life that is no time is not known: the token is used until it is rejected.
func TestNonsenseOfALife(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, life := range []string{"0", "-10"} {
			srv := newServer()
			src, _ := loggedIn(t, srv)
			advance(time.Hour)
			srv.Faults().Add(faults.Rule{
				Path: tokenURL, Status: http.StatusOK, Times: 1,
				Body: `{"access_token":"new","refresh_token":"r","expires_in":` + life + `}`,
			})
			for range 20 {
				if token := mustToken(t, src); token.AccessToken() != "new" || !token.Expiry().IsZero() {
					t.Fatal(token)
				}
			}
			if asked(srv) != 1 {
				t.Errorf("expires_in %s: %d token requests", life, asked(srv))
			}
		}
	})
}

// An answer that breaks off because the caller has gone says so.
func TestExchangeThatIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		srv.Faults().Add(faults.Rule{Path: tokenURL, Delay: time.Minute})
		cfg := srv.Config(redirect, work...)
		login := cfg.Begin()
		address, err := cfg.AuthCodeURL(login)
		if err != nil {
			t.Fatal(err)
		}
		back, err := srv.Allow(address)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := cfg.Exchange(ctx, login, back.Query()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v", err)
		}
	})
}
