package oauth

import (
	"context"
	"sync"
	"time"
)

// renewal is a new token and the refresh token that was spent on it. Until it is stored it must not be lost, and not be
// used.
type renewal struct {
	spent string
	token *Token
	keep  sync.Once     // starts the goroutine that stores it
	over  chan struct{} // closed when it is stored, or of no use any more
}

// follows reports whether the renewal is what comes after the stored token.
func (p *renewal) follows(stored *Token) bool {
	return p != nil && (stored == nil || stored.RefreshToken() == p.spent)
}

func (s *Source) getPending() *renewal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pending
}

// settle forgets p: it is stored, or of no use any more.
func (s *Source) settle(p *renewal) {
	if p == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pending == p {
		s.pending, s.failure = nil, nil // what is stored now may serve
	}
	select {
	case <-p.over:
	default:
		close(p.over)
	}
}

const (
	// keepPatience is how long callers wait for a store that did not take a new token.
	keepPatience = 30 * time.Second
	// keepPause is the longest pause between two attempts to store it.
	keepPause = 30 * time.Second
	// keepFor is how long that goes on by itself. After it, the next caller tries again.
	keepFor = time.Hour
)

// keep sees to it that p is stored, though the store did not take it, or did not say so. It reports whether that was done
// while a caller may wait; otherwise it goes on without one.
func (s *Source) keep(ctx context.Context, p *renewal) bool {
	p.keep.Do(func() { go s.keepOn(context.WithoutCancel(ctx), p) })
	timer := time.NewTimer(keepPatience)
	defer timer.Stop()
	select {
	case <-p.over:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// keepOn stores p, or finds out that something newer is stored.
func (s *Source) keepOn(ctx context.Context, p *renewal) {
	ctx, cancel := context.WithTimeout(ctx, keepFor)
	defer cancel()
	for wait := time.Second; ; wait = min(2*wait, keepPause) {
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-p.over:
			timer.Stop()
			return
		case <-ctx.Done():
			timer.Stop()
			return
		}
		if s.store.Update(ctx, func(current *Token) (*Token, error) {
			if p.follows(current) {
				return p.token, nil
			}
			return nil, nil
		}) == nil {
			s.settle(p)
		}
	}
}
