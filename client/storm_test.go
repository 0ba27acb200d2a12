package client_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// A pause may begin while a call obtains another credential. The call then waits for its end like all others.
func TestRefreshDuringAPause(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]func() *client.Request{
		"read": get, "write": create,
		"stream": func() *client.Request { return create().Stream(&client.Stream{Length: 3, Open: opener("abc")}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				auth := &rotating{delay: 5 * time.Second}
				paused := false
				n := &network{answer: func(_ int, req *http.Request) (*http.Response, error) {
					if req.URL.Path == "/busy" && !paused {
						paused = true
						return status(429, "Retry-After", "30", "RateLimit-Reason", "jira-quota-tenant-based").answer(req)
					}
					return accepting(1, unauthorized).answer(0, req)
				}}
				c := newAuthClient(t, n.transport(), auth)
				start := time.Now()
				var wg sync.WaitGroup
				wg.Go(func() {
					if err := c.Do(t.Context(), r(), nil); err != nil {
						t.Error(err)
					}
				})
				<-time.After(2 * time.Second)
				wg.Go(func() {
					if err := c.Do(t.Context(), client.NewRequest("Busy", http.MethodGet, "/busy"), nil); err != nil {
						t.Error(err)
					}
				})
				wg.Wait()
				for _, s := range wantSent(t, n, 4)[2:] {
					if waited := s.at.Sub(start); waited < 32*time.Second || waited > 33*time.Second {
						t.Errorf("%s was sent after %v, the pause was from 2 s to 32 s", s.path, waited)
					}
					if s.method == http.MethodPost && s.body == "" {
						t.Error("the body was lost")
					}
				}
				if auth.refreshes.Load() != 1 {
					t.Errorf("%d refreshes, want 1", auth.refreshes.Load())
				}
			})
		})
	}
}

// A pause may outlast the credential that was obtained before it: the call, which has not tried it, obtains another.
func TestPauseOutlastsTheCredential(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		auth := &rotating{delay: 5 * time.Second}
		paused := false
		start := time.Now()
		n := &network{answer: func(_ int, req *http.Request) (*http.Response, error) {
			if req.URL.Path == "/busy" && !paused {
				paused = true
				return status(429, "Retry-After", "30").answer(req)
			}
			if time.Since(start) > 20*time.Second {
				return accepting(2, unauthorized).answer(0, req)
			}
			return accepting(1, unauthorized).answer(0, req)
		}}
		c := newAuthClient(t, n.transport(), auth)
		var wg sync.WaitGroup
		for i, path := range []string{"/thing", "/busy"} {
			wg.Go(func() {
				<-time.After(time.Duration(i) * time.Second)
				if err := c.Do(t.Context(), client.NewRequest("Things.Get", http.MethodGet, path), nil); err != nil {
					t.Errorf("%s: %v", path, err)
				}
			})
		}
		wg.Wait()
		if auth.refreshes.Load() != 2 {
			t.Errorf("%d refreshes, want 2", auth.refreshes.Load())
		}
	})
}

// A server that rejects everything for a moment, and then the credential that it knew, does not lock the client out.
func TestStormAndRotation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		auth := &rotating{}
		start := time.Now()
		n := &network{answer: func(_ int, req *http.Request) (*http.Response, error) {
			switch second := int(time.Since(start) / time.Second); {
			case second == 0: // the storm
				return status(401).answer(req)
			case second < 10:
				return accepting(1, unauthorized).answer(0, req)
			default: // the rotation
				return accepting(2, unauthorized).answer(0, req)
			}
		}}
		c := newAuthClient(t, n.transport(), auth)
		wantKinds(t, c.Do(t.Context(), create(), nil), "unauthorized")
		wantKinds(t, c.Do(t.Context(), create(), nil), "unauthorized")
		if auth.refreshes.Load() != 1 {
			t.Errorf("%d refreshes in the storm, want 1", auth.refreshes.Load())
		}
		for _, after := range []time.Duration{5 * time.Second, 6 * time.Second} {
			<-time.After(after)
			if err := c.Do(t.Context(), create(), nil); err != nil {
				t.Errorf("after %v: %v", time.Since(start), err)
			}
		}
		if auth.refreshes.Load() != 2 {
			t.Errorf("%d refreshes, want 2", auth.refreshes.Load())
		}
	})
}

// Credentials that are rejected one after the other are replaced more and more rarely.
func TestFutileRefreshes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		auth, n := &rotating{}, accepting(1000, unauthorized)
		c := newAuthClient(t, n.transport(), auth)
		start := time.Now()
		var at []time.Duration
		for time.Since(start) < 5*time.Minute {
			before := auth.refreshes.Load()
			wantKinds(t, c.Do(t.Context(), create(), nil), "unauthorized")
			if auth.refreshes.Load() > before {
				at = append(at, time.Since(start)/time.Second)
			}
			<-time.After(500 * time.Millisecond)
		}
		want := []time.Duration{0, 1, 3, 7, 15, 31, 63, 123, 183, 243}
		if len(at) != len(want) {
			t.Fatalf("refreshed after %d s, want %d", at, want)
		}
		for i := range want {
			if at[i] != want[i] {
				t.Errorf("refreshed after %d s, want %d", at, want)
				break
			}
		}
	})
}
