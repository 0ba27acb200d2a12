package oauth_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
)

func TestSourceWithoutALogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		cfg := srv.Config(redirect, work...)
		store := oauth.MemoryStore()
		src := oauth.NewSource(cfg, store)
		c := newClient(t, srv, src)
		wantLogin(t, read(t.Context(), c))
		if err := src.Save(t.Context(), nil); err == nil {
			t.Error("no token is saved")
		}
		// Another process logs in: this one finds out by itself.
		onStore(t, srv, store)
		advance(time.Second)
		if err := read(t.Context(), c); err != nil {
			t.Error(err)
		}

		save(t, src, srv.Grant("read:jira-work")) // without offline_access
		if err := read(t.Context(), c); err != nil {
			t.Error(err)
		}
		advance(time.Hour)
		err := read(t.Context(), c)
		wantLogin(t, err)
		if !strings.Contains(err.Error(), "offline_access") || asked(srv) != 0 {
			t.Errorf("%v, %d token requests", err, asked(srv))
		}

		none := oauth.NewSource(cfg, nil)
		if _, err := none.Token(t.Context()); err == nil || !strings.Contains(err.Error(), "no store") {
			t.Error(err)
		}
		if err := none.Save(t.Context(), srv.Grant()); err == nil || !strings.Contains(err.Error(), "no store") {
			t.Error(err)
		}
	})
}

func TestLoginDuringARenewal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(oauthtest.WithFaults(faults.Rule{Path: tokenURL, Delay: 10 * time.Second}))
		src, store := loggedIn(t, srv)
		advance(time.Hour)
		var group sync.WaitGroup
		group.Go(func() {
			if token, err := src.Token(t.Context()); err != nil || token.AccessToken() == "" {
				t.Errorf("%v, %v", token, err)
			}
		})
		synctest.Wait()
		login := srv.Grant(work...)
		save(t, src, login) // waits for the store's lock, which the renewal holds
		for range 2 {
			if !same(mustToken(t, src), login) || !same(stored(t, store), login) {
				t.Error("the login is not what is used")
			}
			group.Wait()
		}
		wantStats(t, srv, oauthtest.Stats{Refreshes: 1})
	})
}

// lateStore tells late that it has stored a token.
type lateStore struct {
	oauth.Store

	late atomic.Bool
}

func (s *lateStore) Update(ctx context.Context, change func(*oauth.Token) (*oauth.Token, error)) error {
	err := s.Store.Update(ctx, change)
	if s.late.Load() {
		advance(10 * time.Second)
	}
	return err
}

// Somebody logs in when the renewal has stored its token but does not know so yet.
func TestLoginJustAfterARenewal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		store := &lateStore{Store: oauth.MemoryStore()}
		src := onStore(t, srv, store)
		advance(time.Hour)
		store.late.Store(true)
		var group sync.WaitGroup
		group.Go(func() {
			if _, err := src.Token(t.Context()); err != nil {
				t.Error(err)
			}
		})
		advance(15 * time.Second) // 10 for the mark
		wantStats(t, srv, oauthtest.Stats{Refreshes: 1})
		store.late.Store(false)
		login := srv.Grant(work...)
		save(t, src, login)
		group.Wait()
		if !same(mustToken(t, src), login) || !same(stored(t, store), login) {
			t.Error("the login is not what is used")
		}
	})
}

// goexit is a store that ends the goroutine it runs in, as a failed test does.
type goexit struct{ oauth.Store }

func (goexit) Load(context.Context) (*oauth.Token, error) {
	runtime.Goexit()
	return nil, nil
}

func TestStoreThatDoesNotReturn(t *testing.T) {
	t.Parallel()
	src := oauth.NewSource(newServer().Config(redirect), goexit{})
	if _, err := src.Token(t.Context()); err == nil || !strings.Contains(err.Error(), "the store ended") {
		t.Error(err)
	}
}
