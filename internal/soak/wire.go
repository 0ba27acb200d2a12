package main

import (
	"context"
	"hash/maphash"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// wire is where requests leave the SDK. It takes its time, as networks do, and keeps the books: what left when, and
// who waited how long.
type wire struct {
	next http.RoundTripper

	mu       sync.Mutex
	rng      *rand.Rand
	from     time.Time            // when the quota's pause was told
	until    map[string]time.Time // the end of pauses, by what they concern
	waiting  map[waiter]turnedAway
	requests int
	figures  pauseFigures
	last     time.Time    // when a request left
	burst    time.Time    // since when they leave, without a silence
	foreign  int          // requests to other hosts
	leaked   int          // of those, with a credential
	resumed  map[int]bool // goroutines that have gone on after the last pause
}

// waiter tells a request that is sent again from others: a goroutine has one of each kind at a time.
type waiter struct {
	worker int
	kind   uint64
}

type turnedAway struct {
	at    time.Time
	asked time.Duration
	quota bool
}

// pauseFigures tell of the pauses that the server asked for.
type pauseFigures struct {
	Told          int     `json:"told"`                // 429 and 503 that named a time
	Quota         int     `json:"quota"`               // pauses of everything
	SentDuring    int     `json:"sent_during"`         // requests that left in a pause of everything
	Early         int     `json:"early"`               // requests that were sent again before the time that was named
	Waits         int     `json:"waits"`               // measured
	LongestWait   float64 `json:"longest_wait_s"`      // from the refusal to the next attempt
	Late          int     `json:"late"`                // that did not go on with the others
	SlowestResume float64 `json:"slowest_resume_s"`    // from the end of a quota's pause to the last goroutine's next request
	Together      int     `json:"most_together"`       // goroutines that went on after one and the same pause
	HourSlept     float64 `json:"slept_for_an_hour_s"` // how long a call slept that was told to wait for an hour
	HourTold      bool    `json:"hour_reported"`
	details       []string
}

type workerKey struct{}

func withWorker(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, workerKey{}, n)
}

func workerOf(ctx context.Context) int {
	n, _ := ctx.Value(workerKey{}).(int)
	return n
}

func newWire(next http.RoundTripper, seed uint64) *wire {
	return &wire{
		next: next, rng: rand.New(rand.NewPCG(seed, 2)), // #nosec G404 -- no secret
		until: map[string]time.Time{}, waiting: map[waiter]turnedAway{}, resumed: map[int]bool{},
	}
}

// RoundTrip implements [http.RoundTripper].
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	if origin := req.URL.Scheme + "://" + req.URL.Host; origin != client.Gateway {
		w.mu.Lock()
		if origin != home { // which tells the cloud id
			w.foreign++
		}
		if req.Header.Get("Authorization") != "" || req.Header.Get("Cookie") != "" {
			w.leaked++
		}
		w.mu.Unlock()
		return w.next.RoundTrip(req)
	}
	latency, who, endpoint := w.leave(req)
	timer := time.NewTimer(latency)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-req.Context().Done():
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, req.Context().Err()
	}
	resp, err := w.next.RoundTrip(req)
	if err == nil {
		w.answered(resp, who, endpoint)
	}
	return resp, err
}

const (
	quickest, slowest = 5 * time.Millisecond, 40 * time.Millisecond

	// Who was sent away by the quota goes on when the pause is over, give or take the jitter of half a second. When the server
	// then asks for another pause and does not say how long, nobody sends anything for a while.
	lateAfter = time.Second
	silence   = 300 * time.Millisecond
)

var variable = regexp.MustCompile(`/([A-Z]+-)?[0-9]+\b`)

// leave notes that a request leaves now.
func (w *wire) leave(req *http.Request) (time.Duration, waiter, string) {
	endpoint := req.Method + " " + variable.ReplaceAllString(req.URL.Path, "/{}")
	worker := workerOf(req.Context())
	who := waiter{worker, maphash.String(kinds, req.Method+req.URL.String())}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests++
	now := time.Now()
	if now.After(w.from) && now.Before(w.until[""]) {
		w.figures.SentDuring++
		w.figures.details = append(w.figures.details, req.Method+" "+req.URL.Path)
	}
	if now.Sub(w.last) > silence {
		w.burst = now
	}
	w.last = now
	if turned, ok := w.waiting[who]; ok {
		delete(w.waiting, who)
		waited := now.Sub(turned.at)
		w.figures.Waits++
		w.figures.LongestWait = max(w.figures.LongestWait, waited.Seconds())
		if waited < turned.asked {
			w.figures.Early++
		}
		end := w.until[""]
		if other := w.until[endpoint]; other.After(end) {
			end = other
		}
		if w.burst.After(end) {
			end = w.burst
		}
		if turned.quota && !end.After(now) {
			w.figures.SlowestResume = max(w.figures.SlowestResume, now.Sub(end).Seconds())
			if now.Sub(end) > lateAfter {
				w.figures.Late++
			}
			w.resumed[worker] = true
			w.figures.Together = max(w.figures.Together, len(w.resumed))
		}
	}
	return quickest + time.Duration(w.rng.Int64N(int64(slowest-quickest))), who, endpoint
}

var kinds = maphash.MakeSeed()

// answered notes what an answer asks for.
func (w *wire) answered(resp *http.Response, who waiter, endpoint string) {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return
	}
	asked := askedFor(resp.Header)
	if asked <= 0 {
		return
	}
	reason := resp.Header.Get("RateLimit-Reason")
	quota := strings.Contains(reason, "quota")
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.figures.Told++
	w.waiting[who] = turnedAway{now, asked, quota}
	end := now.Add(asked)
	if !quota {
		if end.After(w.until[endpoint]) {
			w.until[endpoint] = end
		}
		return
	}
	if !now.Before(w.until[""]) {
		w.figures.Quota++
		w.from = now
		clear(w.resumed)
	}
	if end.After(w.until[""]) {
		w.until[""] = end
	}
}

// askedFor reads the time to wait, in the forms that the faults use.
func askedFor(h http.Header) time.Duration {
	if v := h.Get("Retry-After"); v != "" {
		if n, err := strconv.Atoi(v); err == nil {
			return time.Duration(n) * time.Second
		}
		if at, err := http.ParseTime(v); err == nil {
			return time.Until(at)
		}
	}
	if at, err := time.Parse(time.RFC3339, h.Get("X-RateLimit-Reset")); err == nil {
		return time.Until(at)
	}
	return 0
}

// forget ends the call of a goroutine: its next request of the same kind belongs to another one.
func (w *wire) forget(ctx context.Context) {
	worker := workerOf(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	for who := range w.waiting {
		if who.worker == worker {
			delete(w.waiting, who)
		}
	}
}
