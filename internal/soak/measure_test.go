package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestTimers counts those that nobody stopped. It runs alone: it counts goroutines of the whole process.
func TestTimers(t *testing.T) { //nolint:paralleltest // see above
	for _, leaks := range []int{0, 1, 3} {
		synctest.Test(t, func(t *testing.T) {
			for range leaks {
				_, cancel := context.WithTimeout(context.Background(), time.Minute)
				defer cancel()
			}
			stopped := time.AfterFunc(time.Minute, func() {})
			stopped.Stop()
			if n := timers(t.Context()); n != leaks {
				t.Errorf("%d timers, want %d", n, leaks)
			}
		})
	}
}

// TestLeftovers sees a goroutine, a file and memory that stay. It runs alone, as TestTimers does.
func TestLeftovers(t *testing.T) { //nolint:paralleltest // see above
	var clean leftovers
	clean.compare(takeStock())
	if clean.Goroutines != 0 || clean.Files != 0 || clean.HeapAfter > clean.HeapBefore+heapSlack {
		t.Errorf("left without a reason: %+v", clean)
	}
	before := takeStock()
	stay := make(chan struct{})
	defer close(stay)
	go func() { <-stay }()
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	memory := make([]byte, 2*heapSlack)
	var l leftovers
	l.compare(before)
	memory[0] = 1
	if l.Goroutines != 1 || l.HeapAfter < l.HeapBefore+heapSlack || before.files >= 0 && l.Files != 1 {
		t.Errorf("not all was seen: %+v", l)
	}
}

type script func(n int) (*http.Response, error)

// TestWire measures clients that keep to a pause and clients that do not.
func TestWire(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		header http.Header
		waits  []time.Duration // before each request
		want   pauseFigures
	}{
		"keeps to it":   {http.Header{"Retry-After": {"2"}, "Ratelimit-Reason": {"jira-quota-tenant-based"}}, []time.Duration{0, 2 * time.Second}, pauseFigures{Waits: 1}},
		"a moment":      {http.Header{"X-Ratelimit-Reset": {"2000-01-01T00:00:03Z"}, "Ratelimit-Reason": {"jira-quota-tenant-based"}}, []time.Duration{0, 3 * time.Second}, pauseFigures{Waits: 1}},
		"too early":     {http.Header{"Retry-After": {"2"}, "Ratelimit-Reason": {"jira-quota-tenant-based"}}, []time.Duration{0, time.Second}, pauseFigures{Waits: 1, Early: 1, SentDuring: 1}},
		"no quota":      {http.Header{"Retry-After": {"2"}, "Ratelimit-Reason": {"jira-burst-based"}}, []time.Duration{0, time.Second}, pauseFigures{Waits: 1, Early: 1}},
		"says no time":  {http.Header{}, []time.Duration{0, time.Second}, pauseFigures{}},
		"nobody starts": {http.Header{"Retry-After": {"2"}, "Ratelimit-Reason": {"jira-quota-tenant-based"}}, []time.Duration{0, 5 * time.Second}, pauseFigures{Waits: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(script(func(n int) (*http.Response, error) {
					resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(""))}
					if n == 1 {
						resp.StatusCode, resp.Header = http.StatusTooManyRequests, tt.header.Clone()
					}
					return resp, nil
				}).transport(), 1)
				for _, d := range tt.waits {
					<-time.After(d)
					exchange(t, w, 1)
				}
				if got := w.figures; got.Waits != tt.want.Waits || got.Early != tt.want.Early || got.SentDuring != tt.want.SentDuring {
					t.Errorf("got %+v, want %+v", got, tt.want)
				}
			})
		})
	}
}

// TestWireStarved sees goroutines that stay behind when a pause is over, and that nothing else held up.
func TestWireStarved(t *testing.T) {
	t.Parallel()
	const quota = 2 * time.Second
	for name, tt := range map[string]struct {
		next func(w *wire, t *testing.T) // after the pause that the first goroutine was told of
		late int
	}{
		"who was turned away goes on at once": {func(w *wire, t *testing.T) {
			t.Helper()
			<-time.After(quota)
			exchange(t, w, 1)
			exchange(t, w, 2)
		}, 0},
		"who was turned away stays behind": {func(w *wire, t *testing.T) {
			t.Helper()
			<-time.After(quota + 2*lateAfter)
			exchange(t, w, 2)
			exchange(t, w, 1)
		}, 1},
		"who waited with the others stays behind": {func(w *wire, t *testing.T) {
			t.Helper()
			<-time.After(quota)
			exchange(t, w, 1)
			<-time.After(2 * patience)
			exchange(t, w, 2)
		}, 1},
		"nobody sends anything": {func(w *wire, t *testing.T) {
			t.Helper()
			<-time.After(quota + 2*patience)
			exchange(t, w, 1)
			exchange(t, w, 2)
		}, 2},
		"who waited never goes on": {func(w *wire, t *testing.T) {
			t.Helper()
			<-time.After(quota)
			exchange(t, w, 1)
			<-time.After(2 * patience)
			w.drop(withWorker(t.Context(), 2))
		}, 1},
		"who waited has nothing more to do": {func(w *wire, t *testing.T) {
			t.Helper()
			w.drop(withWorker(t.Context(), 2))
			<-time.After(quota)
			exchange(t, w, 1)
			<-time.After(2 * patience)
			exchange(t, w, 2)
		}, 0},
		"another pause": {func(w *wire, t *testing.T) {
			t.Helper()
			w.shut[everything] = w.shut[everything].and(time.Now(), time.Now().Add(time.Minute))
			<-time.After(time.Minute)
			exchange(t, w, 1)
			exchange(t, w, 2)
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				header := http.Header{"Retry-After": {"2"}, "Ratelimit-Reason": {"jira-quota-tenant-based"}}
				w := newWire(script(func(n int) (*http.Response, error) {
					resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(""))}
					if n == 1 {
						resp.StatusCode, resp.Header = http.StatusTooManyRequests, header
					}
					return resp, nil
				}).transport(), 1)
				for worker := 1; worker <= 2; worker++ {
					w.take(withWorker(t.Context(), worker), patience)
				}
				exchange(t, w, 1)
				tt.next(w, t)
				if w.figures.Late != tt.late {
					t.Errorf("%d were late, want %d: %+v", w.figures.Late, tt.late, w.figures)
				}
			})
		})
	}
}

// TestOpen adds up the time in which nothing is paused.
func TestOpen(t *testing.T) {
	t.Parallel()
	at := func(second int) time.Time { return time.Unix(int64(second), 0) }
	var all, one spans
	all = all.and(at(10), at(12)).and(at(11), at(14)).and(at(12), at(13)).and(at(20), at(30))
	one = one.and(at(13), at(16)).and(at(22), at(23))
	if len(all) != 2 || len(one) != 2 {
		t.Errorf("spans that touch are not one: %v, %v", all, one)
	}
	for _, tt := range []struct{ since, now, want, met int }{
		{0, 10, 10, 0}, {0, 11, 10, 1}, {0, 18, 12, 1}, {11, 18, 2, 1}, {16, 18, 2, 0}, {9, 40, 15, 2}, {24, 31, 1, 1}, {24, 29, 0, 1}, {40, 50, 10, 0},
	} {
		if got, met := open(at(tt.since), at(tt.now), all, one); got != time.Duration(tt.want)*time.Second || met != tt.met {
			t.Errorf("from %d to %d: %v open around %d pauses, want %d s and %d", tt.since, tt.now, got, met, tt.want, tt.met)
		}
	}
}

// transport answers the n-th request by the script.
func (s script) transport() http.RoundTripper {
	n := 0
	return roundTripper(func(*http.Request) (*http.Response, error) {
		n++
		return s(n)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// exchange sends a request on behalf of a goroutine.
func exchange(t *testing.T, w *wire, worker int) {
	t.Helper()
	req, err := http.NewRequestWithContext(withWorker(t.Context(), worker), http.MethodGet, "https://api.atlassian.com/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := w.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
}
