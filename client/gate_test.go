package client_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// One refused request holds back what its reason concerns, for all goroutines, until the time that the server named.
func TestGateScopes(t *testing.T) {
	t.Parallel()
	read := func(key string) *client.Request {
		return client.NewRequest("Issues.Get", http.MethodGet, issuePath, key)
	}
	edit := func(key string) *client.Request {
		return client.NewRequest("Issues.Edit", http.MethodPut, issuePath, key).JSON(1)
	}
	comment := func(key string) *client.Request {
		return client.NewRequest("Comments.Create", http.MethodPost, issuePath+"/comment", key).JSON(1)
	}
	myself := func(string) *client.Request {
		return client.NewRequest("Users.Myself", http.MethodGet, "/rest/api/3/myself")
	}
	type build = func(key string) *client.Request
	tests := []struct {
		name         string
		refusal      reply
		refused      build
		paused, free map[string]build // by the key that they are about
	}{
		{
			"quota", status(429, "Retry-After", "10", "RateLimit-Reason", "jira-quota-tenant-based"), read,
			map[string]build{"A-1": read, "A-2": edit, "A-3": myself},
			nil,
		},
		{
			"unknown reason", status(429, "Retry-After", "10", "RateLimit-Reason", "jira-cost-based"), read,
			map[string]build{"A-1": read, "A-2": edit, "A-3": myself},
			nil,
		},
		{
			"no reason", status(429, "Retry-After", "10"), edit,
			map[string]build{"A-1": read, "A-2": edit, "A-3": myself},
			nil,
		},
		{
			"burst", status(429, "Retry-After", "10", "RateLimit-Reason", "jira-burst-based"), read,
			map[string]build{"A-1": read, "A-2": read},
			map[string]build{"A-3": edit, "A-4": myself},
		},
		{
			"per issue", status(429, "Retry-After", "10", "RateLimit-Reason", "jira-per-issue-on-write"), edit,
			map[string]build{"X-1": comment},
			map[string]build{"X-2": edit, "X-3": comment, "X-4": myself, "X-5": read},
		},
		{
			"per issue, reads of it", status(429, "Retry-After", "10", "RateLimit-Reason", "jira-per-issue-on-write"), comment,
			map[string]build{},
			map[string]build{"X-1": read},
		},
		{
			"per issue, given to a read", status(429, "Retry-After", "10", "RateLimit-Reason", "jira-per-issue-on-write"), read,
			map[string]build{"A-2": edit},
			nil,
		},
		{
			"503", status(503, "Retry-After", "10"), read,
			map[string]build{"A-1": read},
			map[string]build{"A-2": edit, "A-3": myself},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := replies(tt.refusal, ok("{}"))
				c := newClient(t, n.transport())
				start := time.Now()
				var wg sync.WaitGroup
				wg.Go(func() {
					if err := c.Do(t.Context(), tt.refused("X-1"), nil); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait() // it has been refused
				run := func(what string, key string, b build, early bool) {
					wg.Go(func() {
						if err := c.Do(t.Context(), b(key), nil); err != nil {
							t.Error(err)
						}
						if waited := time.Since(start); (waited < 10*time.Second) != early || waited > 11*time.Second {
							t.Errorf("%s request about %s took %v", what, key, waited)
						}
					})
				}
				for key, b := range tt.free {
					run("free", key, b, true)
				}
				for key, b := range tt.paused {
					run("paused", key, b, false)
				}
				wg.Wait()
				wantSent(t, n, 2+len(tt.free)+len(tt.paused))
			})
		})
	}
}

// A crowd is sent away by one refusal, stays away, and comes back spread out.
func TestGateHoldsACrowd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const crowd = 200
		n := replies(status(429, "Retry-After", "30"), ok("{}"))
		c := newClient(t, n.transport())
		start := time.Now()
		var wg sync.WaitGroup
		for i := range crowd {
			wg.Go(func() {
				if i > 0 {
					<-time.After(time.Duration(i) * 50 * time.Millisecond)
				}
				if err := c.Do(t.Context(), create(), nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		moments := map[time.Time]int{}
		for i, s := range wantSent(t, n, crowd+1) {
			if waited := s.at.Sub(start); i > 0 && (waited < 30*time.Second || waited > 31*time.Second) {
				t.Fatalf("request %d was sent after %v", i, waited)
			}
			moments[s.at]++
		}
		if len(moments) < crowd/2 {
			t.Errorf("%d requests were sent at %d moments", crowd, len(moments))
		}
	})
}

// A longer pause that is asked for during a shorter one counts; a shorter one does not cut it.
func TestGateKeepsTheLongestPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := &network{answer: func(n int, req *http.Request) (*http.Response, error) {
			switch n {
			case 1:
				<-time.After(time.Second)
				return status(429, "Retry-After", "40").answer(req)
			case 2:
				<-time.After(2 * time.Second)
				return status(429, "Retry-After", "1").answer(req)
			}
			return ok("{}").answer(req)
		}}
		c := newClient(t, n.transport())
		start := time.Now()
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if err := c.Do(t.Context(), get(), nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, s := range wantSent(t, n, 4)[2:] {
			if waited := s.at.Sub(start); waited < 41*time.Second {
				t.Errorf("sent after %v, within the pause", waited)
			}
		}
	})
}

func TestGateBeyondDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := replies(status(429, "Retry-After", "30", "RateLimit-Reason", "jira-quota-global-based"), ok("{}"))
		c := newClient(t, n.transport())
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := c.Do(t.Context(), get(), nil); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		start := time.Now()
		err := c.Do(ctx, create(), nil)
		if waited := time.Since(start); waited != 0 {
			t.Errorf("waited %v, want an answer at once", waited)
		}
		e := wantError(t, err)
		wantKinds(t, err, "rateLimited")
		if e.RetryAfter != 30*time.Second || e.Reason != "jira-quota-global-based" || e.Status != 0 || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %+v", *e)
		}
		wantSent(t, n, 1)
		wg.Wait()
	})
}

// A refusal for an hour fails what it concerns at once, also the calls after it, and the client works again afterwards.
func TestGateLongPauseEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := replies(status(429, "Retry-After", "3600"), ok("{}"))
		c := newClient(t, n.transport())
		for range 3 {
			wantKinds(t, c.Do(t.Context(), get(), nil), "rateLimited")
		}
		wantSent(t, n, 1)
		<-time.After(time.Hour)
		if err := c.Do(t.Context(), get(), nil); err != nil {
			t.Error(err)
		}
	})
}

// Clients do not share their gates.
func TestGateIsTheClients(t *testing.T) {
	t.Parallel()
	n := replies(status(429, "Retry-After", "3600"), ok("{}"))
	first, second := newClient(t, n.transport()), newClient(t, n.transport())
	wantKinds(t, first.Do(t.Context(), get(), nil), "rateLimited")
	if err := second.Do(t.Context(), get(), nil); err != nil {
		t.Error(err)
	}
}

func TestMaxConcurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		n := &network{answer: func(_ int, req *http.Request) (*http.Response, error) {
			if v := now.Add(1); v > most.Load() {
				most.Store(v)
			}
			<-time.After(time.Second)
			now.Add(-1)
			return ok("{}").answer(req)
		}}
		c := newClient(t, n.transport(), client.WithMaxConcurrency(3))
		start := time.Now()
		var wg sync.WaitGroup
		for range 12 {
			wg.Go(func() {
				if err := c.Do(t.Context(), get(), nil); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		err := c.Do(ctx, create(), nil)
		if wantKinds(t, err); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v, want a deadline while waiting for a place", err)
		}
		wg.Wait()
		if waited := time.Since(start); most.Load() != 3 || waited != 4*time.Second {
			t.Errorf("%d at once, done after %v; want 3 and 4s", most.Load(), waited)
		}
	})
}

// A call that waits for its turn takes no place from others: the pause of one endpoint is not that of the client.
func TestMaxConcurrencyWhilePaused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var creates atomic.Int32
		n := &network{answer: func(_ int, req *http.Request) (*http.Response, error) {
			if req.Method == http.MethodPost && creates.Add(1) <= 2 {
				return status(429, "Retry-After", "30", "RateLimit-Reason", "jira-burst-based").answer(req)
			}
			return ok("{}").answer(req)
		}}
		c := newClient(t, n.transport(), client.WithMaxConcurrency(2))
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if err := c.Do(t.Context(), create(), nil); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		start := time.Now()
		if err := c.Do(t.Context(), get(), nil); err != nil || time.Since(start) != 0 {
			t.Errorf("a read waited %v: %v", time.Since(start), err)
		}
		wg.Wait()
		if waited := time.Since(start); waited < 30*time.Second || creates.Load() != 4 {
			t.Errorf("%d creates after %v", creates.Load(), waited)
		}
	})
}

// A server that throttles without naming a time is asked as often as RetryPolicy.Retries says, and RetryAfter stays 0.
func TestThrottledWithoutATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := replies(status(429))
		err := newClient(t, n.transport(), client.WithRetry(client.RetryPolicy{Retries: 2})).Do(t.Context(), create(), nil)
		wantKinds(t, err, "rateLimited")
		if e := wantError(t, err); e.RetryAfter != 0 || strings.Contains(e.Error(), "retry after") {
			t.Errorf("RetryAfter = %v in %v", e.RetryAfter, e)
		}
		wantSent(t, n, 3)
	})
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := replies(status(500), ok("{}"))
		c := newClient(t, n.transport(), client.WithRateLimit(2, 3))
		start := time.Now()
		var wg sync.WaitGroup
		for range 11 {
			wg.Go(func() {
				if err := c.Do(t.Context(), get(), nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for i, s := range wantSent(t, n, 12) { // the retry is paced too
			if due := time.Duration(max(0, i-2)) * 500 * time.Millisecond; s.at.Sub(start) < due-time.Millisecond {
				t.Errorf("request %d was sent after %v, want %v", i, s.at.Sub(start), due)
			}
		}
		// A turn that comes too late is not waited for, and a POST that did not get its turn is not ambiguous.
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		err := c.Do(ctx, create(), nil)
		wantFailure(t, err)
		wantKinds(t, err, "rateLimited")
	})
}

// Waiting for one's turn is not part of the attempt that WithTimeout bounds.
func TestRateLimitOutlastsTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := replies(ok("{}"))
		c := newClient(t, n.transport(), client.WithRateLimit(0.01, 1), client.WithTimeout(time.Second))
		for range 3 {
			if err := c.Do(t.Context(), create(), nil); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Nobody slips through a pause because he was waiting for his turn when it began, and nobody rushes after it.
func TestRateLimitDuringPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := replies(ok("{}"), status(429, "Retry-After", "20"), ok("{}"))
		c := newClient(t, n.transport(), client.WithRateLimit(1, 1))
		start := time.Now()
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if err := c.Do(t.Context(), create(), nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		previous := start.Add(20 * time.Second)
		for i, s := range wantSent(t, n, 11)[2:] {
			if s.at.Sub(start) < 21*time.Second {
				t.Errorf("request %d was sent after %v, within the pause", i, s.at.Sub(start))
			}
			if gap := s.at.Sub(previous); i > 1 && gap < 400*time.Millisecond {
				t.Errorf("request %d came %v after the one before", i, gap)
			}
			previous = s.at
		}
	})
}

// The 500 creates of a nightly import, throttled again and again: none is lost, none is sent twice.
func TestNothingLostUnderThrottling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		created := map[string]int{}
		allowed, window := 100, time.Now()
		n := &network{}
		n.answer = func(_ int, req *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			if allowed == 0 {
				if time.Since(window) < time.Second {
					return status(429, "Retry-After", "1").answer(req)
				}
				allowed, window = 100, time.Now()
			}
			if allowed--; allowed == 0 {
				window = time.Now()
			}
			created[req.Header.Get("X-Number")]++
			return reply{Status: 201, Body: "{}"}.answer(req)
		}
		c := newClient(t, n.transport(), client.WithMaxConcurrency(4))
		var wg sync.WaitGroup
		for i := range 500 {
			wg.Go(func() {
				if err := c.Do(t.Context(), create().Header("X-Number", strings.Repeat("i", i)), nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for number, times := range created {
			if times != 1 {
				t.Errorf("%q was created %d times", number, times)
			}
		}
		if len(created) != 500 {
			t.Errorf("%d were created, want 500", len(created))
		}
	})
}
