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
	from     time.Time        // when the quota's pause was told
	until    time.Time        // and its end
	shut     map[string]spans // when requests were held back, by what that concerned
	signing  spans            // when somebody waited for a token
	waiting  map[waiter]turnedAway
	hands    map[int]*hand
	requests int
	figures  pauseFigures
	foreign  int          // requests to other hosts
	leaked   int          // of those, with a credential
	resumed  map[int]bool // goroutines that have gone on after the last pause
}

// everything is what a quota's pause concerns; others are told by their endpoint.
const everything = ""

// waiter tells a request that is sent again from others: a goroutine has one of each kind at a time.
type waiter struct {
	worker int
	kind   uint64
}

type turnedAway struct {
	at    time.Time
	asked time.Duration
}

// pauseFigures tell of the pauses that the server asked for.
type pauseFigures struct {
	Told          int     `json:"told"`                // 429 and 503 that named a time
	Quota         int     `json:"quota"`               // pauses of everything
	SentDuring    int     `json:"sent_during"`         // requests that left in a pause of everything
	Early         int     `json:"early"`               // requests that were sent again before the time that was named
	Waits         int     `json:"waits"`               // measured
	LongestWait   float64 `json:"longest_wait_s"`      // from the refusal to the next attempt
	Late          int     `json:"late"`                // goroutines that did not go on when nothing held them any more
	SlowestResume float64 `json:"slowest_resume_s"`    // until one that was turned away went on, without the pauses that it met
	LongestIdle   float64 `json:"longest_idle_s"`      // the same of all that had something to do, their own waits included
	Together      int     `json:"most_together"`       // goroutines that went on after one and the same pause of everything
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
		shut: map[string]spans{}, waiting: map[waiter]turnedAway{}, hands: map[int]*hand{}, resumed: map[int]bool{},
	}
}

// RoundTrip implements [http.RoundTripper].
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	defer w.returned(workerOf(req.Context()))
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

const quickest, slowest = 5 * time.Millisecond, 50 * time.Millisecond

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
	if now.After(w.from) && now.Before(w.until) {
		w.figures.SentDuring++
		w.figures.details = append(w.figures.details, req.Method+" "+req.URL.Path)
	}
	w.onTime(worker, endpoint, now)
	if end := now.Sub(w.until); end >= 0 && end <= lateAfter {
		w.resumed[worker] = true
		w.figures.Together = max(w.figures.Together, len(w.resumed))
	}
	if turned, ok := w.waiting[who]; ok {
		delete(w.waiting, who)
		waited := now.Sub(turned.at)
		w.figures.Waits++
		w.figures.LongestWait = max(w.figures.LongestWait, waited.Seconds())
		if waited < turned.asked {
			w.figures.Early++
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
	now := time.Now()
	asked := askedFor(resp.Header)
	reason := resp.Header.Get("RateLimit-Reason")
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hands[who.worker]
	switch {
	case asked <= 0 && resp.StatusCode == http.StatusServiceUnavailable:
		return // which is a failure like others
	case h != nil:
		h.turned = true
	}
	scope := everything
	if strings.Contains(reason, "burst") || strings.Contains(reason, "per-issue") || resp.StatusCode == http.StatusServiceUnavailable {
		scope = endpoint
	}
	if asked <= 0 { // how long the client holds back what it concerns is its own choice, up to this
		w.shut[scope] = w.shut[scope].and(now, now.Add(longestBackoff))
		return
	}
	end := now.Add(asked)
	w.shut[scope] = w.shut[scope].and(now, end)
	w.figures.Told++
	w.waiting[who] = turnedAway{now, asked}
	if !strings.Contains(reason, "quota") {
		return
	}
	if !now.Before(w.until) {
		w.figures.Quota++
		w.from = now
		clear(w.resumed)
	}
	if end.After(w.until) {
		w.until = end
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
