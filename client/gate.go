package client

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// gate holds calls back while the server has asked for a pause. One refused request pauses what the refusal is about
// for all goroutines of the client: everything, one endpoint, or the writes to one issue.
type gate struct {
	maxPause time.Duration
	paused   atomic.Int32 // len(until), so that an open gate costs no lock
	mu       sync.Mutex
	until    map[string]pause
}

type pause struct {
	until  time.Time
	reason string
}

const everything = ""

// scopes lists the pauses that concern r.
func (r *Request) scopes() [3]string {
	s := [3]string{everything, r.endpoint(), everything}
	if r.writes() {
		s[2] = r.item
	}
	return s
}

func (r *Request) writes() bool { return r.method != http.MethodGet && r.method != http.MethodHead }

func (r *Request) endpoint() string { return r.method + " " + r.path }

// scope says what a refusal of r pauses. Jira gives its reason in RateLimit-Reason; an unknown one pauses everything.
func (r *Request) scope(reason string) string {
	switch {
	case strings.Contains(reason, "per-issue") && r.writes():
		return r.item
	case strings.Contains(reason, "burst"):
		return r.endpoint()
	}
	return everything
}

// pause closes the gate of scope for d, unless it is closed for longer already.
func (g *gate) pause(scope, reason string, d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	for s, p := range g.until {
		if !p.until.After(now) {
			delete(g.until, s)
		}
	}
	if g.until == nil {
		g.until = make(map[string]pause)
	}
	if until := now.Add(d); until.After(g.until[scope].until) {
		g.until[scope] = pause{until, reason}
	}
	g.paused.Store(int32(len(g.until))) // #nosec G115 -- a handful of entries
}

// closed returns the longest pause that concerns r, if any.
func (g *gate) closed(r *Request) (pause, bool) {
	if g.paused.Load() == 0 {
		return pause{}, false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	var longest pause
	for _, s := range r.scopes() {
		if p := g.until[s]; p.until.After(longest.until) {
			longest = p
		}
	}
	return longest, longest.until.After(time.Now())
}

// wait returns when nothing that concerns r is paused, and whether it had to wait for that. Where the pause is longer
// than the policy or ctx allows, it returns an ErrRateLimited at once.
func (g *gate) wait(ctx context.Context, r *Request) (paused bool, err error) {
	for ; ; paused = true {
		p, closed := g.closed(r)
		if !closed {
			return paused, nil
		}
		left := time.Until(p.until)
		if !g.allows(ctx, left) {
			return paused, &Error{
				Op: r.op, Method: r.method, Path: r.path, kind: ErrRateLimited, Reason: p.reason, RetryAfter: left,
				Messages: []string{"the server asked for a pause, nothing was sent"},
			}
		}
		d := left + g.jitter(left)
		if !g.allows(ctx, d) {
			d = left
		}
		if err := Sleep(ctx, d); err != nil {
			return paused, err
		}
	}
}

// allows reports whether a wait of d is worth starting.
func (g *gate) allows(ctx context.Context, d time.Duration) bool {
	if d > g.maxPause {
		return false
	}
	deadline, ok := ctx.Deadline()
	return !ok || d < time.Until(deadline)
}

// jitter spreads a crowd that was sent away together. It only adds, and little.
func (g *gate) jitter(d time.Duration) time.Duration {
	return rand.N(min(d/20, g.maxPause-d, 500*time.Millisecond) + 1) // #nosec G404 -- no secret
}

// Sleep waits for d, or returns the error of ctx when that ends before. API packages wait by it for their users.
func Sleep(ctx context.Context, d time.Duration) error {
	if ctx == nil {
		return errNoContext
	}
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
