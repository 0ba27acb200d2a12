package oauth_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
)

// The server has rotated the refresh token, but nobody knows its answer.
func TestLostAnswerIsRecovered(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]faults.Rule{
		"cut before the answer":     {Cut: faults.CutAfter},
		"cut in the answer":         {Cut: faults.CutBody},
		"cut, and it is not JSON":   {Cut: faults.CutBody, Header: http.Header{"Content-Type": {"text/plain"}}},
		"cut before the request":    {Cut: faults.CutBefore},
		"a proxy's error page":      {Status: http.StatusBadGateway, Body: "<html>", Header: http.Header{"Content-Type": {"text/html"}}},
		"a proxy's welcome page":    {Status: http.StatusOK, Body: "<html>", Header: http.Header{"Content-Type": {"text/html"}}},
		"an answer without a token": {Status: http.StatusOK, Body: "{}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				fault.Path, fault.Times = tokenURL, 1
				srv := newServer(oauthtest.WithFaults(fault))
				src, store := loggedIn(t, srv)
				first := mustToken(t, src)
				advance(time.Hour)
				start := time.Now()
				if err := read(t.Context(), newClient(t, srv, src)); err != nil {
					t.Fatal(err)
				}
				if got := time.Since(start); got != time.Second {
					t.Errorf("after %v", got)
				}
				got := srv.Stats()
				if asked(srv) != 2 || got.Refreshes != 1 || got.Reuses != 0 || got.Recoveries > 1 {
					t.Errorf("%d token requests, %+v", asked(srv), got)
				}
				if now := stored(t, store); same(now, first) || !same(now, mustToken(t, src)) {
					t.Error("the recovered token is not stored")
				}
			})
		})
	}
}

// The answer is lost again and again: every further call tries once more, within the leeway.
func TestAnswerIsLostManyTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(oauthtest.WithFaults(faults.Rule{Path: tokenURL, Cut: faults.CutAfter, Times: 6}))
		src, store := loggedIn(t, srv)
		first := mustToken(t, src)
		advance(time.Hour)
		for range 3 {
			_, err := src.Token(t.Context())
			if e := wantTrouble(t, err); e.Status != 0 || e.Code != "" {
				t.Errorf("%+v", e)
			}
			if !same(stored(t, store), first) {
				t.Error("the stored token is lost")
			}
			advance(2 * time.Minute)
		}
		mustToken(t, src)
		wantStats(t, srv, oauthtest.Stats{Refreshes: 1, Recoveries: 6})
	})
}

func TestLostAnswerOutsideTheLeeway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(oauthtest.WithLeeway(time.Minute), oauthtest.WithFaults(faults.Rule{Path: tokenURL, Cut: faults.CutAfter, Times: 2}))
		src, store := loggedIn(t, srv)
		first := mustToken(t, src)
		advance(time.Hour)
		began := time.Now().UTC().Format(time.RFC3339)
		_, err := src.Token(t.Context())
		_ = wantTrouble(t, err)
		advance(10 * time.Minute)
		_, err = src.Token(t.Context())
		wantLogin(t, err)
		if !strings.Contains(err.Error(), "a refresh begun at "+began+" never stored its answer") {
			t.Errorf("the error does not say why: %v", err)
		}
		if !same(stored(t, store), first) {
			t.Error("the stored tokens are not kept")
		}
		wantStats(t, srv, oauthtest.Stats{Refreshes: 1, Recoveries: 1, Reuses: 1, InvalidGrants: 1})
		save(t, src, srv.Grant(work...))
		mustToken(t, src)
	})
}

func TestRefusedRefreshToken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opts  []oauthtest.Option
		spoil func(*oauthtest.Server, *oauth.Token) *oauth.Token
		code  string
	}{
		"revoked": {nil, func(srv *oauthtest.Server, token *oauth.Token) *oauth.Token {
			srv.Revoke()
			return token
		}, "invalid_grant"},
		"revoked, by RFC": {[]oauthtest.Option{oauthtest.WithFormOnly()}, func(srv *oauthtest.Server, token *oauth.Token) *oauth.Token {
			srv.Revoke()
			return token
		}, "invalid_grant"},
		"of another server": {nil, func(_ *oauthtest.Server, token *oauth.Token) *oauth.Token {
			return oauth.NewToken(token.AccessToken(), "nobody-knows-me", token.Expiry())
		}, "unauthorized_client"},
		"expired": {[]oauthtest.Option{oauthtest.WithRefreshTokens(30*time.Minute, time.Hour)}, func(_ *oauthtest.Server, token *oauth.Token) *oauth.Token {
			return token
		}, "invalid_grant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := newServer(c.opts...)
				store := oauth.MemoryStore()
				src := oauth.NewSource(srv.Config(redirect, work...), store)
				token := c.spoil(srv, srv.Grant(work...))
				save(t, src, token)
				advance(time.Hour)
				replica := oauth.NewSource(srv.Config(redirect, work...), store)
				var group sync.WaitGroup
				for _, src := range []*oauth.Source{src, replica} {
					client := newClient(t, srv, src)
					for range 100 {
						group.Go(func() {
							err := read(t.Context(), client)
							wantLogin(t, err)
							if strings.Contains(err.Error(), "never stored its answer") { // it has, just now
								t.Error(err)
							}
						})
					}
				}
				group.Wait()
				if asked(srv) != 1 {
					t.Errorf("%d token requests", asked(srv))
				}
				if !same(stored(t, store), token) {
					t.Error("the stored tokens are not kept")
				}
				// The word of the server is taken for it, for 10 minutes and by every process.
				advance(10*time.Minute - time.Second)
				fresh := oauth.NewSource(srv.Config(redirect, work...), store)
				_, err := fresh.Token(t.Context())
				wantLogin(t, err)
				if !strings.Contains(err.Error(), "the server said "+c.code) || asked(srv) != 1 {
					t.Errorf("%v; %d token requests", err, asked(srv))
				}
				advance(2 * time.Second)
				_, err = fresh.Token(t.Context())
				wantLogin(t, err)
				if e, ok := errors.AsType[*oauth.Error](err); !ok || e.Code != c.code || asked(srv) != 2 {
					t.Errorf("%v; %d token requests", err, asked(srv))
				}
				// A login in one process is one in all.
				save(t, src, srv.Grant(work...))
				advance(time.Second)
				for _, src := range []*oauth.Source{src, replica, fresh} {
					mustToken(t, src)
				}
			})
		})
	}
}

// A token that was refused but lives, as far as anybody knows, is used until it ends.
func TestRefusedTokenIsUsedWhileItLives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		src, store := loggedIn(t, srv)
		srv.Revoke()
		advance(59*time.Minute + 30*time.Second)
		for _, src := range []*oauth.Source{src, oauth.NewSource(srv.Config(redirect), store)} {
			if err := read(t.Context(), newClient(t, srv, src)); err != nil {
				t.Error(err)
			}
		}
		advance(time.Minute)
		wantLogin(t, read(t.Context(), newClient(t, srv, src)))
		if asked(srv) != 1 {
			t.Errorf("%d token requests", asked(srv))
		}
	})
}

// A server that does not rotate: the refresh token stays good.
func TestServerThatDoesNotRotate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		src, store := loggedIn(t, srv)
		first := mustToken(t, src)
		srv.Faults().Add(faults.Rule{Path: tokenURL, Status: http.StatusOK, Body: `{"access_token":"next","token_type":"Bearer","expires_in":"3600"}`})
		advance(time.Hour)
		token := mustToken(t, src)
		if token.AccessToken() != "next" || token.RefreshToken() != first.RefreshToken() || time.Until(token.Expiry()) != time.Hour {
			t.Errorf("token = %v", token)
		}
		if got := stored(t, store); !same(got, token) || len(got.Scopes()) != 2 {
			t.Errorf("stored = %v", got)
		}
	})
}

// The server gives the access token again that an API has rejected.
func TestSameAccessTokenAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		src, _ := loggedIn(t, srv)
		first := mustToken(t, src)
		srv.ExpireAccess()
		srv.Faults().Add(faults.Rule{Path: tokenURL, Status: http.StatusOK, Body: `{"access_token":"` + first.AccessToken() + `","refresh_token":"r","expires_in":3600}`})
		for range 100 {
			if err := read(t.Context(), newClient(t, srv, src)); err == nil {
				t.Error("no error")
			}
		}
		if asked(srv) != 1 {
			t.Errorf("%d token requests", asked(srv))
		}
	})
}

func TestNewTokenThatCannotBeStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		store := &brokenStore{Store: oauth.MemoryStore()}
		src := onStore(t, srv, store)
		first := mustToken(t, src)
		advance(time.Hour)
		store.instead.Store(true)
		for range 3 { // calls go on while the database is away
			if token, err := src.Token(t.Context()); !errors.Is(err, errStore) || token != nil {
				t.Errorf("%v, %v", token, err)
			}
			if !same(stored(t, store), first) {
				t.Error("the store has changed")
			}
			advance(time.Minute)
		}
		wantStats(t, srv, oauthtest.Stats{Refreshes: 1}) // its answer is kept all the time
		store.instead.Store(false)
		if err := read(t.Context(), newClient(t, srv, src)); err != nil {
			t.Error(err)
		}
		if now := stored(t, store); same(now, first) || !same(now, mustToken(t, src)) {
			t.Error("the new token is not stored")
		}
		wantStats(t, srv, oauthtest.Stats{Refreshes: 1})
	})
}

// The database comes back within a call.
func TestNewTokenIsStoredALittleLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		store := &brokenStore{Store: oauth.MemoryStore()}
		src := onStore(t, srv, store)
		advance(time.Hour)
		store.instead.Store(true)
		go func() {
			advance(10 * time.Second)
			store.instead.Store(false)
		}()
		if token := mustToken(t, src); !same(token, stored(t, store)) {
			t.Error("a token was used that is not stored")
		}
		wantStats(t, srv, oauthtest.Stats{Refreshes: 1})
	})
}

// The database has stored the token but its answer was lost.
func TestStoreThatDoesNotSaySo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		store := &brokenStore{Store: oauth.MemoryStore()}
		src := onStore(t, srv, store)
		advance(time.Hour)
		store.after.Store(true)
		if _, err := src.Token(t.Context()); !errors.Is(err, errStore) || asked(srv) != 0 { // the mark is not known to be durable
			t.Errorf("%v; %d token requests", err, asked(srv))
		}
		store.after.Store(false)
		advance(5 * time.Second)
		mustToken(t, src)
		advance(time.Hour)
		var once sync.Once
		half := oauth.NewSource(srv.Config(redirect), &unsureStore{Store: store, now: func() bool {
			sure := true
			if srv.Stats().Refreshes == 2 {
				once.Do(func() { sure = false })
			}
			return sure
		}})
		if token := mustToken(t, half); !same(token, stored(t, store)) {
			t.Error("the token is not the stored one")
		}
		wantStats(t, srv, oauthtest.Stats{Refreshes: 2})
	})
}

// unsureStore stores, but says so only when now does.
type unsureStore struct {
	oauth.Store

	now func() bool
}

func (s *unsureStore) Update(ctx context.Context, change func(*oauth.Token) (*oauth.Token, error)) error {
	if err := s.Store.Update(ctx, change); err != nil {
		return err
	}
	if !s.now() {
		return errStore
	}
	return nil
}

func TestStoreThatIsAwayFromTheStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		store := &brokenStore{Store: oauth.MemoryStore()}
		src := onStore(t, srv, store)
		store.before.Store(true)
		advance(59*time.Minute + 30*time.Second)
		if err := read(t.Context(), newClient(t, srv, src)); err != nil { // the token lives
			t.Error(err)
		}
		advance(time.Minute)
		if _, err := src.Token(t.Context()); !errors.Is(err, errStore) || errors.Is(err, oauth.ErrReauthorize) {
			t.Error(err)
		}
		if err := src.Save(t.Context(), srv.Grant()); !errors.Is(err, errStore) {
			t.Error(err)
		}
		if asked(srv) != 0 {
			t.Error("the server was asked although the mark could not be stored")
		}
	})
}

// Another process has recovered the grant while this one could not store what it got.
func TestPendingTokenGivesWayToANewerOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		src, store := withPending(t, srv)
		other := mustToken(t, oauth.NewSource(srv.Config(redirect), store.Store))
		store.instead.Store(false)
		advance(5 * time.Second)
		if !same(mustToken(t, src), other) || !same(stored(t, store), other) {
			t.Error("the newer token was replaced")
		}
		wantStats(t, srv, oauthtest.Stats{Refreshes: 1, Recoveries: 1})

		// Nor does it come back later.
		advance(time.Hour)
		before := asked(srv)
		srv.Faults().Add(faults.Rule{Path: tokenURL, Status: http.StatusServiceUnavailable, Times: 2})
		_, err := src.Token(t.Context())
		if e := wantTrouble(t, err); e.Status != http.StatusServiceUnavailable || asked(srv)-before != 2 {
			t.Errorf("%v after %d token requests", err, asked(srv)-before)
		}
		advance(5 * time.Second)
		if err := read(t.Context(), newClient(t, srv, src)); err != nil {
			t.Error(err)
		}
		wantStats(t, srv, oauthtest.Stats{Refreshes: 2, Recoveries: 1})
	})
}

// A login ends what was pending.
func TestLoginWhileATokenIsPending(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		src, store := withPending(t, srv)
		store.instead.Store(false)
		login := srv.Grant(work...)
		save(t, src, login)
		if !same(mustToken(t, src), login) || !same(stored(t, store), login) {
			t.Error("the login is not used")
		}
		advance(time.Hour)
		if token := mustToken(t, src); !same(token, stored(t, store)) {
			t.Error("the new token is not stored")
		}
		wantStats(t, srv, oauthtest.Stats{Refreshes: 2})
	})
}
