package oauth_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
)

func TestTokenIsRenewedALittleEarly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ life, early time.Duration }{
		{time.Hour, time.Minute}, {10 * time.Minute, time.Minute}, {100 * time.Second, 10 * time.Second}, {10 * time.Second, time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			srv := newServer(oauthtest.WithLifetime(c.life))
			src, store := loggedIn(t, srv)
			first := mustToken(t, src)
			advance(c.life - c.early - time.Millisecond)
			if !same(mustToken(t, src), first) || asked(srv) != 0 {
				t.Errorf("life %v: renewed too early", c.life)
			}
			advance(time.Millisecond)
			second := mustToken(t, src)
			if same(second, first) || !same(second, stored(t, store)) {
				t.Errorf("life %v: not renewed %v before the end", c.life, c.early)
			}
			if got := time.Until(second.Expiry()); got != c.life {
				t.Errorf("life %v: the new one lives %v", c.life, got)
			}
			wantStats(t, srv, oauthtest.Stats{Refreshes: 1})
		})
	}
}

// A token of another program: nobody knows when it was obtained, or even when it expires.
func TestTokenOfAnotherProgram(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		granted := srv.Grant(work...)
		src := oauth.NewSource(srv.Config(redirect), oauth.MemoryStore())
		save(t, src, oauth.NewToken(granted.AccessToken(), granted.RefreshToken(), time.Time{}))
		c := newClient(t, srv, src)
		advance(59 * time.Minute)
		if err := read(t.Context(), c); err != nil || asked(srv) != 0 {
			t.Errorf("%v, %d token requests", err, asked(srv))
		}
		advance(time.Minute)
		if err := read(t.Context(), c); err != nil {
			t.Error(err)
		}
		wantStats(t, srv, oauthtest.Stats{Refreshes: 1})
		if mustToken(t, src).Expiry().IsZero() {
			t.Error("the expiry of the new token is not known")
		}

		save(t, src, oauth.NewToken("", srv.Grant(work...).RefreshToken(), time.Time{}))
		if err := read(t.Context(), c); err != nil {
			t.Errorf("a refresh token alone: %v", err)
		}
	})
}

func TestRejectedTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		src, _ := loggedIn(t, srv)
		c := newClient(t, srv, src)
		for range 3 {
			srv.ExpireAccess()
			if err := read(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		wantStats(t, srv, oauthtest.Stats{Refreshes: 3})

		// What nobody accepts is not renewed for ever.
		srv.Faults().Add(faults.Rule{Path: "/ex/jira/*/rest/api/3/issue/*", Status: http.StatusUnauthorized, Body: `{"code":401,"message":"Unauthorized"}`})
		for range 10 {
			if err := read(t.Context(), c); !errors.Is(err, client.ErrUnauthorized) || errors.Is(err, oauth.ErrReauthorize) {
				t.Fatal(err)
			}
		}
		wantStats(t, srv, oauthtest.Stats{Refreshes: 4})
	})
}

func TestMissingScopeRefreshesNothing(t *testing.T) {
	t.Parallel()
	srv := newServer()
	src, _ := loggedIn(t, srv, "read:jira-user", "offline_access")
	if err := read(t.Context(), newClient(t, srv, src)); !errors.Is(err, client.ErrScope) || errors.Is(err, oauth.ErrReauthorize) {
		t.Errorf("err = %v", err)
	}
	if asked(srv) != 0 {
		t.Error("the token was renewed")
	}
}

func TestLateRejectionOfAnOldToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(oauthtest.WithFaults(faults.Rule{Path: "/ex/jira/*/rest/api/3/issue/*", Delay: 30 * time.Second, Times: 1}))
		src, _ := loggedIn(t, srv)
		c := newClient(t, srv, src)
		var group sync.WaitGroup
		group.Go(func() { // its token is rejected half a minute from now
			if err := read(context.Background(), c); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		srv.ExpireAccess()
		if err := read(t.Context(), c); err != nil {
			t.Error(err)
		}
		group.Wait()
		wantStats(t, srv, oauthtest.Stats{Refreshes: 1})

		old, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://acme.example", nil)
		if err != nil {
			t.Fatal(err)
		}
		old.Header.Set("Authorization", "Bearer of-long-ago")
		if ok, err := src.Refresh(t.Context(), old); !ok || err != nil {
			t.Errorf("%v, %v", ok, err)
		}
		wantStats(t, srv, oauthtest.Stats{Refreshes: 1})
		old.Header.Set("Authorization", "Basic abc")
		if ok, err := src.Refresh(t.Context(), old); ok || err == nil {
			t.Errorf("a request that the source has not signed: %v, %v", ok, err)
		}
	})
}

func TestAThousandCallersRenewOnce(t *testing.T) {
	t.Parallel()
	for name, reject := range map[string]bool{"expired": false, "rejected": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := newServer(oauthtest.WithFaults(faults.Rule{Path: tokenURL, Delay: 5 * time.Second}))
				src, store := loggedIn(t, srv)
				first := mustToken(t, src)
				c := newClient(t, srv, src)
				if reject {
					srv.ExpireAccess()
				} else {
					advance(time.Hour)
				}
				var group sync.WaitGroup
				for range 1000 {
					group.Go(func() {
						if err := read(t.Context(), c); err != nil {
							t.Error(err)
						}
					})
				}
				group.Wait()
				wantStats(t, srv, oauthtest.Stats{Refreshes: 1})
				if now := mustToken(t, src); same(now, first) || !same(now, stored(t, store)) {
					t.Error("the new token is not the one in the store")
				}
			})
		})
	}
}

func TestWaitersKeepTheirOwnContexts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(oauthtest.WithFaults(faults.Rule{Path: tokenURL, Delay: 10 * time.Second}))
		src, store := loggedIn(t, srv)
		advance(time.Hour)
		start := time.Now()
		var group sync.WaitGroup
		wait := func(patience time.Duration, want error, ends time.Duration) {
			group.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				defer cancel()
				if _, err := src.Token(ctx); !errors.Is(err, want) || time.Since(start) != ends {
					t.Errorf("patience %v: %v after %v", patience, err, time.Since(start))
				}
			})
			synctest.Wait() // the first of them starts the renewal
		}
		wait(time.Second, context.DeadlineExceeded, time.Second)
		wait(3*time.Second, context.DeadlineExceeded, 3*time.Second)
		wait(time.Minute, nil, 10*time.Second)
		group.Wait()
		wantStats(t, srv, oauthtest.Stats{Refreshes: 1})

		over, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := src.Token(over); !errors.Is(err, context.Canceled) {
			t.Errorf("a context that is over: %v", err)
		}
		if !same(mustToken(t, src), stored(t, store)) {
			t.Error("the renewal that nobody waited for is lost")
		}
	})
}

// The renewal is not lost even when its only caller gives up.
func TestRenewalOutlivesItsOnlyCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(oauthtest.WithFaults(faults.Rule{Path: tokenURL, Delay: 10 * time.Second}))
		src, store := loggedIn(t, srv)
		first := mustToken(t, src)
		advance(time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			advance(time.Second)
			cancel()
		}()
		if _, err := src.Token(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		advance(10 * time.Second)
		if same(stored(t, store), first) {
			t.Error("the new token is not stored")
		}
		wantStats(t, srv, oauthtest.Stats{Refreshes: 1})
	})
}

func TestRenewalHasItsOwnTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(oauthtest.WithFaults(faults.Rule{Path: tokenURL, Delay: time.Hour}))
		cfg := srv.Config(redirect, work...)
		cfg.Timeout = 2 * time.Second
		src := oauth.NewSource(cfg, oauth.MemoryStore())
		save(t, src, srv.Grant(work...))
		srv.ExpireAccess()
		advance(time.Hour)
		start := time.Now()
		_, err := src.Token(context.Background())
		if e := wantTrouble(t, err); !errors.Is(err, context.DeadlineExceeded) || e.Op != "refresh" || e.Status != 0 {
			t.Errorf("%v", err)
		}
		if got := time.Since(start); got != 5*time.Second { // two requests and the second between them
			t.Errorf("after %v", got)
		}
	})
}

func TestServerThatHasTrouble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		src, store := loggedIn(t, srv)
		c := newClient(t, srv, src)
		first := mustToken(t, src)
		srv.Faults().Add(faults.Rule{Path: tokenURL, Status: http.StatusServiceUnavailable, Body: `<html>sorry</html>`})

		// The token lives for 30 s: it is used, and the server is asked every now and then.
		advance(59*time.Minute + 30*time.Second)
		for range 20 {
			if err := read(t.Context(), c); err != nil {
				t.Error(err)
			}
			advance(100 * time.Millisecond)
		}
		if n := asked(srv); n != 2 {
			t.Errorf("%d token requests, want one and its repetition", n)
		}
		advance(4 * time.Second)
		if err := read(t.Context(), c); err != nil || asked(srv) != 4 {
			t.Errorf("%v, %d token requests", err, asked(srv))
		}
		// It is dead.
		advance(time.Minute)
		for range 20 {
			err := read(t.Context(), c)
			e := wantTrouble(t, err)
			if e.Status != http.StatusServiceUnavailable || e.Code != "" || strings.Contains(err.Error(), "html") {
				t.Error(err)
			}
		}
		if asked(srv) != 6 {
			t.Errorf("%d token requests", asked(srv))
		}
		if !same(stored(t, store), first) {
			t.Error("the stored token has changed")
		}
		srv.Faults().Clear()
		advance(20 * time.Second) // after the third failure in a row
		if err := read(t.Context(), c); err != nil {
			t.Error(err)
		}
		wantStats(t, srv, oauthtest.Stats{Refreshes: 1})
	})
}

// A new process finds a token that lives, and a server that does not.
func TestStoredTokenIsUsedWhileItLives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		_, store := loggedIn(t, srv)
		srv.Faults().Add(faults.Rule{Path: tokenURL, Status: http.StatusBadGateway})
		advance(59*time.Minute + 30*time.Second)
		next := oauth.NewSource(srv.Config(redirect), store)
		if err := read(t.Context(), newClient(t, srv, next)); err != nil {
			t.Error(err)
		}
		if asked(srv) != 2 {
			t.Errorf("%d token requests", asked(srv))
		}
	})
}

// A server that hangs costs nobody with a living token more than moments, and later callers nothing but that.
func TestHangingServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		src, _ := loggedIn(t, srv)
		srv.Faults().Add(faults.Rule{Path: tokenURL, Delay: 20 * time.Second, Times: 1})
		advance(59*time.Minute + 10*time.Second)
		start := time.Now()
		if _, err := src.Token(t.Context()); err != nil || time.Since(start) > 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		advance(20 * time.Second)
		token, err := src.Token(t.Context())
		if err != nil || time.Until(token.Expiry()) < 59*time.Minute || asked(srv) != 1 {
			t.Errorf("%v, %v, %d token requests", token, err, asked(srv))
		}
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		src, _ := loggedIn(t, srv)
		advance(time.Hour)
		for i, c := range []struct {
			header      string
			asked, held time.Duration
		}{
			{"30", 30 * time.Second, 30 * time.Second},
			{time.Now().Add(40 * time.Second).UTC().Format(http.TimeFormat), 10 * time.Second, 10 * time.Second}, // 30 s later
			{"3600", time.Hour, time.Minute},                                                                     // more than that is not waited for in silence
			{"1000000000", 24 * time.Hour, time.Minute},
		} {
			srv.Faults().Clear()
			srv.Faults().Add(faults.Rule{Path: tokenURL, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {c.header}}})
			_, err := src.Token(t.Context())
			if e := wantTrouble(t, err); !errors.Is(err, client.ErrRateLimited) || e.RetryAfter != c.asked {
				t.Errorf("%s: %v, %v", c.header, err, e.RetryAfter)
			}
			advance(c.held - time.Millisecond)
			if _, err := src.Token(t.Context()); !errors.Is(err, client.ErrRateLimited) || asked(srv) != i+1 {
				t.Errorf("%s: %v, %d token requests", c.header, err, asked(srv))
			}
			advance(time.Millisecond)
		}
		// A server that is overloaded is not asked again a second later either.
		srv.Faults().Clear()
		srv.Faults().Add(faults.Rule{Path: tokenURL, Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"20"}}})
		before := asked(srv)
		_, err := src.Token(t.Context())
		if e := wantTrouble(t, err); e.RetryAfter != 20*time.Second || asked(srv) != before+1 {
			t.Errorf("%v after %d token requests", err, asked(srv)-before)
		}
		advance(20 * time.Second)
		srv.Faults().Clear()
		mustToken(t, src)
		wantStats(t, srv, oauthtest.Stats{Refreshes: 1})
	})
}

// What a proxy says does not mean that a person has to log in.
func TestProxyInTheWay(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusTemporaryRedirect} {
		synctest.Test(t, func(t *testing.T) {
			hosts := map[string]int{}
			cfg := canaryConfig(roundTripper(func(req *http.Request) (*http.Response, error) {
				hosts[req.URL.Host]++
				return &http.Response{
					StatusCode: status, Body: io.NopCloser(strings.NewReader("<html>invalid_grant")), ProtoMajor: 1, ProtoMinor: 1,
					Header: http.Header{"Location": {"https://evil.example/"}, "Content-Type": {"text/html"}},
				}, nil
			}))
			src := oauth.NewSource(cfg, oauth.MemoryStore())
			save(t, src, canaryToken())
			_, err := src.Token(t.Context())
			if e := wantTrouble(t, err); e.Status != status || errors.Is(err, client.ErrUnauthorized) {
				t.Errorf("%d: %v", status, err)
			}
			if hosts["auth.example"] != 1 || len(hosts) != 1 {
				t.Errorf("%d: the secrets were sent to %v", status, hosts)
			}
		})
	}
}

// What the server says itself is not asked for a second time.
func TestServerThatSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(oauthtest.WithFaults(faults.Rule{Path: tokenURL, Status: http.StatusInternalServerError, Body: `{"error":"server_error"}`}))
		src, _ := loggedIn(t, srv)
		advance(time.Hour)
		_, err := src.Token(t.Context())
		if e := wantTrouble(t, err); e.Code != "server_error" || asked(srv) != 1 {
			t.Errorf("%v after %d token requests", err, asked(srv))
		}
	})
}

func TestRefusedClientIsNoLoginMatter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer()
		cfg := srv.Config(redirect, work...)
		cfg.ClientSecret = oauth.NewSecret("wrong")
		store := oauth.MemoryStore()
		src := oauth.NewSource(cfg, store)
		save(t, src, srv.Grant(work...))
		advance(time.Hour)
		for range 5 {
			_, err := src.Token(t.Context())
			if e := wantTrouble(t, err); e.Code != "access_denied" || errors.Is(err, oauth.ErrDenied) || !errors.Is(err, client.ErrUnauthorized) {
				t.Error(err)
			}
		}
		if asked(srv) != 1 {
			t.Errorf("%d token requests", asked(srv))
		}
		right := oauth.NewSource(srv.Config(redirect), store)
		mustToken(t, right)
	})
}

func TestSourcesOnOneStoreRenewOnce(t *testing.T) {
	t.Parallel()
	for name, stores := range map[string]func(dir string) func() oauth.Store{
		"memory": func(string) func() oauth.Store {
			one := oauth.MemoryStore()
			return func() oauth.Store { return one }
		},
		"file": func(dir string) func() oauth.Store {
			return func() oauth.Store { return oauth.FileStore(filepath.Join(dir, "token")) }
		},
		"encrypted file": func(dir string) func() oauth.Store {
			return func() oauth.Store {
				return oauth.FileStore(filepath.Join(dir, "token"), oauth.WithKey(make([]byte, 32)))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				srv := newServer(oauthtest.WithFaults(faults.Rule{Path: tokenURL, Delay: time.Second}))
				store := stores(dir)
				onStore(t, srv, store())
				sources := make([]*oauth.Source, 8)
				for i := range sources {
					sources[i] = oauth.NewSource(srv.Config(redirect), store())
				}
				for range 3 {
					srv.ExpireAccess()
					var group sync.WaitGroup
					for _, src := range sources {
						c := newClient(t, srv, src)
						for range 20 {
							group.Go(func() {
								if err := read(t.Context(), c); err != nil {
									t.Error(err)
								}
							})
						}
					}
					group.Wait()
				}
				wantStats(t, srv, oauthtest.Stats{Refreshes: 3})
			})
		})
	}
}
