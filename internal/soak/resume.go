package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// span is a time in which requests are held back.
type span struct{ from, to time.Time }

// spans are those of one scope, in their order. Spans that touch are one.
type spans []span

func (s spans) and(from, to time.Time) spans {
	if n := len(s); n > 0 && !from.After(s[n-1].to) {
		if to.After(s[n-1].to) {
			s[n-1].to = to
		}
		return s
	}
	return append(s, span{from, to})
}

// open is how much of the time between two moments lies in no span, and how many times spans interrupt it.
func open(since, now time.Time, scopes ...spans) (d time.Duration, met int) {
	var shut spans
	for _, scope := range scopes {
		for i := len(scope) - 1; i >= 0 && scope[i].to.After(since); i-- {
			if scope[i].from.Before(now) {
				shut = append(shut, scope[i])
			}
		}
	}
	slices.SortFunc(shut, func(a, b span) int { return a.from.Compare(b.from) })
	for i, s := range append(shut, span{now, now}) {
		if i < len(shut) && (i == 0 || s.from.After(since)) {
			met++
		}
		d += max(0, s.from.Sub(since))
		if s.to.After(since) {
			since = s.to
		}
	}
	return d, met
}

const (
	// Who was turned away with a time to wait has nothing else to wait for than the end of the pause, give or take a jitter of up
	// to half a second at each pause that it meets, and an answer on the way.
	lateAfter = 1200 * time.Millisecond

	// Who was not may be busy with an answer whose body is slow, and then with its own back-off. CreateOnce also waits
	// between its looks for what may have been created, up to half a minute.
	patience     = slowBody + longestBackoff + lateAfter
	oncePatience = patience + 30*time.Second

	slowBody       = 2 * time.Second // as faults.All has it
	longestBackoff = 2 * time.Second // as the client is told
)

// hand is a goroutine that has a job.
type hand struct {
	free     time.Time // since when it could send, if nothing were paused; zero while a request is on its way
	patience time.Duration
	turned   bool // away, by the last answer
}

// take begins a job of a goroutine, in which it is not late before its patience is over. A job that failed ends here.
func (w *wire) take(ctx context.Context, patience time.Duration) {
	w.drop(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hands[workerOf(ctx)] = &hand{free: time.Now(), patience: patience}
}

// drop ends the job of a goroutine: its next request belongs to another one, and until then nobody waits for it.
func (w *wire) drop(ctx context.Context) {
	worker := workerOf(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.onTime(worker, "", time.Now())
	delete(w.hands, worker)
	for who := range w.waiting {
		if who.worker == worker {
			delete(w.waiting, who)
		}
	}
}

// onTime notes how long a goroutine that had something to do has left the time unused in which nothing was paused.
func (w *wire) onTime(worker int, endpoint string, now time.Time) {
	h := w.hands[worker]
	if h == nil || h.free.IsZero() {
		return
	}
	idle, _ := open(h.free, now, w.shut[everything], w.shut[endpoint], w.signing)
	p := &w.figures
	allowed := h.patience
	if h.turned {
		_, pauses := open(h.free, now, w.shut[everything], w.shut[endpoint])
		allowed = lateAfter * time.Duration(max(1, pauses))
		p.SlowestResume = max(p.SlowestResume, idle.Seconds())
	}
	p.LongestIdle = max(p.LongestIdle, idle.Seconds())
	if idle > allowed {
		p.Late++
		p.details = append(p.details, fmt.Sprintf("goroutine %d was idle for %s before %s", worker, idle, endpoint))
	}
	h.free, h.turned = time.Time{}, false
}

// returned notes that the request of a goroutine is over.
func (w *wire) returned(worker int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if h := w.hands[worker]; h != nil {
		h.free = time.Now()
	}
}

// signer notes when goroutines wait for a token: nobody is late then, since who holds it up may be the one who renews it.
type signer struct {
	client.Auth

	wire *wire
	busy int // of wire.mu
}

// Sign implements [client.Auth].
func (s *signer) Sign(req *http.Request) error {
	s.enter()
	defer s.leave()
	return s.Auth.Sign(req)
}

// Refresh implements [client.Auth].
func (s *signer) Refresh(ctx context.Context, rejected *http.Request) (bool, error) {
	s.enter()
	defer s.leave()
	return s.Auth.Refresh(ctx, rejected)
}

func (s *signer) enter() {
	s.wire.mu.Lock()
	defer s.wire.mu.Unlock()
	if s.busy++; s.busy == 1 {
		now := time.Now()
		s.wire.signing = append(s.wire.signing, span{now, now.Add(time.Hour)})
	}
}

func (s *signer) leave() {
	s.wire.mu.Lock()
	defer s.wire.mu.Unlock()
	if s.busy--; s.busy > 0 {
		return
	}
	last := len(s.wire.signing) - 1
	if now := time.Now(); now.After(s.wire.signing[last].from) {
		s.wire.signing[last].to = now
	} else {
		s.wire.signing = s.wire.signing[:last]
	}
}
