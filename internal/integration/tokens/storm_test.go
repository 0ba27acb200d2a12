//go:build unix

package tokens_test

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
)

// authority is an authorization server that takes its time: it answers some moments after it has rotated a token.
type authority struct {
	*oauthtest.Server
	url string

	slowness time.Duration

	mu        sync.Mutex
	rotated   []time.Time // when refresh tokens were exchanged
	meanwhile func()
}

func newAuthority(t *testing.T, slowness time.Duration, opts ...oauthtest.Option) *authority {
	t.Helper()
	a := &authority{Server: oauthtest.NewServer(append(opts, oauthtest.WithoutListener())...), slowness: slowness}
	front := httptest.NewServer(a)
	t.Cleanup(front.Close)
	a.url = front.URL
	return a
}

// ServeHTTP implements [http.Handler].
func (a *authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/oauth/token" {
		a.Server.ServeHTTP(w, r)
		return
	}
	answer := httptest.NewRecorder()
	now := time.Now()
	a.Server.ServeHTTP(answer, r)
	if answer.Code == http.StatusOK {
		a.mu.Lock()
		a.rotated = append(a.rotated, now)
		f := a.meanwhile
		a.meanwhile = nil
		a.mu.Unlock()
		if f != nil {
			f()
		}
	}
	wait(r.Context(), rand.N(a.slowness))
	w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
	w.WriteHeader(answer.Code)
	_, _ = answer.Body.WriteTo(w)
}

// once lets f happen between the next rotation and its answer.
func (a *authority) once(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.meanwhile = f
}

// login stores a grant.
func (a *authority) login(t *testing.T, store oauth.Store) *oauth.Source {
	t.Helper()
	src := oauth.NewSource(configAt(a.url), store)
	if err := src.Save(t.Context(), a.Grant()); err != nil {
		t.Fatal(err)
	}
	return src
}

// A service with many replicas: the tokens live for a second, and each is renewed exactly once, by one of the processes,
// however many goroutines wait for it in all of them. The server forgives nothing: a token that is sent twice is lost.
func TestEachTokenIsRenewedOnce(t *testing.T) {
	demand(t)
	for _, storm := range []struct {
		kind       string
		goroutines int
		lasts      time.Duration
	}{
		{"file", 1000, time.Minute},
		{"pgx", 1000, time.Minute},
		{"mysql", 250, 15 * time.Second},
		{"sqlite", 250, 15 * time.Second},
	} {
		t.Run(names[storm.kind], func(t *testing.T) {
			t.Parallel()
			const processes, life = 8, time.Second
			srv := newAuthority(t, 20*time.Millisecond, oauthtest.WithLifetime(life), oauthtest.WithLeeway(0))
			j := job{Place: newPlace(t, storm.kind), URL: srv.url, Goroutines: storm.goroutines, For: storm.lasts}
			workers := make([]*process, processes)
			for i := range workers {
				workers[i] = startWorker(t, j)
			}
			store, closeStore, err := j.Place.open()
			if err != nil {
				t.Fatal(err)
			}
			defer closeStore()
			src := srv.login(t, store)
			first, err := src.Token(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range workers {
				if err := w.begin(); err != nil {
					t.Fatal(err)
				}
			}
			line := row{proof: "one renewal each", store: names[storm.kind], processes: processes, goroutines: storm.goroutines}
			tokens := map[string]bool{first.AccessToken(): true} // which may end before the last worker has begun
			for _, w := range workers {
				o, err := w.result()
				if err != nil {
					t.Fatal(err)
				}
				line.calls += o.Calls
				line.failed += len(o.Failures)
				line.slowest = max(line.slowest, o.Slowest)
				for _, token := range o.Tokens {
					tokens[token] = true
				}
				for _, failure := range o.Failures[:min(3, len(o.Failures))] {
					t.Error("a call failed:", failure)
				}
			}
			line.due = len(tokens) - 1 // the last one lived to the end
			srv.tell(&line)
			report.add(line)
			if line.refreshes != line.due || line.recoveries+line.reuses+line.refused > 0 {
				t.Errorf("%d tokens came to their end, the server counted %+v", line.due, srv.Stats())
			}
			srv.mu.Lock()
			defer srv.mu.Unlock()
			for i := 1; i < len(srv.rotated); i++ {
				if gap := srv.rotated[i].Sub(srv.rotated[i-1]); gap < life*9/10 {
					t.Errorf("renewal %d came %v after the one before: that token was not due", i, gap)
				}
			}
			if least := int(storm.lasts/life) * 3 / 4; line.due < least {
				t.Errorf("only %d tokens came to their end, there should be %d at least", line.due, least)
			}
			if calls := int(storm.lasts/callPause) * processes * storm.goroutines / 2; line.calls < calls {
				t.Errorf("only %d calls were made, there should be %d at least", line.calls, calls)
			}
		})
	}
}

// tell fills in what the server has counted.
func (a *authority) tell(line *row) {
	s := a.Stats()
	line.refreshes, line.recoveries, line.reuses, line.refused = s.Refreshes, s.Recoveries, s.Reuses, s.InvalidGrants
}

// Processes that renew a token all the time are killed at any moment. The grant outlives them all.
func TestKilledProcessesLoseNothing(t *testing.T) {
	demand(t)
	for kind, kills := range map[string]int{"file": 500, "pgx": 500, "mysql": 100, "sqlite": 100} {
		t.Run(names[kind], func(t *testing.T) {
			t.Parallel()
			const processes = 4
			srv := newAuthority(t, 10*time.Millisecond)
			j := job{Place: newPlace(t, kind), URL: srv.url}
			store, closeStore, err := j.Place.open()
			if err != nil {
				t.Fatal(err)
			}
			defer closeStore()
			src := srv.login(t, store)
			var all sync.WaitGroup
			lives := make(chan struct{}, kills)
			for range kills {
				lives <- struct{}{}
			}
			close(lives)
			for range processes {
				all.Go(func() {
					for range lives {
						p, err := j.start()
						if err != nil {
							t.Error(err)
							return
						}
						if err := p.begin(); err != nil {
							t.Error(err)
						}
						wait(t.Context(), rand.N(100*time.Millisecond))
						if said := p.killed(); said != "" {
							t.Error("a process said:", said)
						}
					}
				})
			}
			all.Wait()
			if err := renewOnce(t.Context(), src); err != nil {
				t.Errorf("the grant is lost: %v", err)
			}
			line := row{proof: "kill -9", store: names[kind], processes: processes, goroutines: 1, kills: kills}
			srv.tell(&line)
			report.add(line)
			if line.reuses+line.refused > 0 {
				t.Errorf("the server counted %+v", srv.Stats())
			}
			if line.recoveries < kills/20 || line.refreshes < kills/10 {
				t.Errorf("too few processes were killed while they renewed a token: %+v", srv.Stats())
			}
		})
	}
}
