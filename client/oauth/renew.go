package oauth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// renew returns a token that serves whoever has seen rejected rejected: the stored one if somebody has renewed it
// meanwhile, or a new one, which is durable by then.
func (s *Source) renew(ctx context.Context, f *flight, rejected string) (*Token, error) {
	stored, err := s.store.Load(ctx)
	if err != nil && (!s.app || !errors.Is(err, ErrCorrupt)) { // an app asks for another token, and Update puts this aside
		return nil, named(err)
	}
	s.found(f, stored)
	switch t, err := s.settled(stored, rejected); {
	case err != nil:
		return nil, err
	case t != nil:
		return t, nil
	}
	if err := s.mark(ctx, rejected); err != nil {
		return nil, err
	}
	out := outcome{refusal: errors.New("oauth: the store did not ask for a change")}
	err = s.store.Update(ctx, func(current *Token) (next *Token, err error) {
		next, out, err = s.replace(ctx, current, rejected)
		return next, err
	})
	switch {
	case err == nil:
		s.settle(out.obtained)
		return out.result, out.refusal
	case out.obtained != nil && s.keep(ctx, out.obtained):
		return s.renew(ctx, f, rejected) // to see what is stored now
	}
	return nil, named(err)
}

// outcome is what a look into the locked store has led to.
type outcome struct {
	result   *Token   // for the callers
	refusal  error    // or why there is none
	obtained *renewal // what must not be lost if it is not stored
}

// found keeps what was in the store, to be used as long as it lives.
func (s *Source) found(f *flight, stored *Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stored != nil && s.flight == f {
		s.token = stored
	}
}

// settled says what there is to do about what is stored: nothing, because it serves (the token is returned), or nothing,
// because only a person can help (the error is). Neither means: renew it.
func (s *Source) settled(stored *Token, rejected string) (*Token, error) {
	now := time.Now()
	switch {
	case stored != nil && stored.serves(now, rejected):
		return stored, nil
	case s.app || s.getPending() != nil:
		return nil, nil
	case stored == nil:
		return nil, &loginError{"no token is stored yet"}
	case stored.RefreshToken() == "":
		return nil, &loginError{`the access token has ended and there is no refresh token; was "offline_access" among the scopes?`}
	case stored.refusedTo(s.cfg.ClientID, now):
		return nil, &loginError{fmt.Sprintf("at %s the server said %s", stored.refused.UTC().Format(time.RFC3339), stored.reason)}
	}
	return nil, nil
}

// refusedTo reports whether the server has refused the refresh token to this app a short while ago. What another app was
// told, that of a replica with wrong settings, means nothing.
func (t *Token) refusedTo(app string, now time.Time) bool {
	age := now.Sub(t.refused)
	return t.refusedApp == app && !t.refused.IsZero() && age >= 0 && age < refusedPause
}

// refusedPause is how long the word of a server is taken for it that a refresh token is no longer good. It spares the
// server the questions of many replicas, and outlasts the leeway in which asking too soon could do harm.
const refusedPause = 10 * time.Minute

// mark writes down that the refresh token is about to be sent. If this process dies before it has stored the answer, the
// next one knows when the token may have been used up.
func (s *Source) mark(ctx context.Context, rejected string) error {
	if s.app || s.getPending() != nil {
		return nil
	}
	err := s.store.Update(ctx, func(current *Token) (*Token, error) {
		if t, err := s.settled(current, rejected); t != nil || err != nil || !current.begun.IsZero() {
			return nil, err
		}
		return current.with(func(t *Token) { t.begun = time.Now().Round(0) }), nil
	})
	if err != nil {
		return named(err)
	}
	return nil
}

// named puts the package's name before the error of a store. Our own errors begin with it.
func named(err error) error {
	if strings.HasPrefix(err.Error(), "oauth: ") {
		return err
	}
	return fmt.Errorf("oauth: %w", err)
}

// replace runs with the store's lock held and returns what to store, nil for nothing. The error means trouble and stores
// nothing.
func (s *Source) replace(ctx context.Context, current *Token, rejected string) (*Token, outcome, error) {
	if p := s.getPending(); p.follows(current) {
		return p.token, outcome{result: p.token, obtained: p}, nil
	} else if p != nil {
		s.settle(p) // somebody else's token is newer, or ours is there already
	}
	if t, err := s.settled(current, rejected); t != nil || err != nil {
		return nil, outcome{result: t}, err
	}
	next, err := s.ask(context.WithoutCancel(ctx), current) // has its own timeouts: the lock may have come late
	switch {
	case errors.Is(err, ErrReauthorize):
		next = current.with(func(t *Token) {
			t.refused, t.refusedApp, t.reason = time.Now().Round(0), s.cfg.ClientID, refusalText(err)
		})
		return next, outcome{refusal: lostAnswer(current, err)}, nil
	case err != nil:
		return nil, outcome{}, err
	}
	p := &renewal{token: next, over: make(chan struct{})}
	if current != nil {
		p.spent = current.RefreshToken()
		p.token = next.with(func(t *Token) {
			if len(t.scopes) == 0 { // RFC 6749, section 5.1: they are as before
				t.scopes = current.scopes
			}
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = p
	return p.token, outcome{result: p.token, obtained: p}, nil
}

// recoveryPause comes between a request whose answer was lost and the one that asks again.
const recoveryPause = time.Second

// ask sends the request for a new token. When its answer is lost, the server may have spent the refresh token all the
// same: it is sent once more, at once, within the leeway that servers grant for just that.
func (s *Source) ask(ctx context.Context, current *Token) (*Token, error) {
	send := func() (*Token, error) {
		if s.app {
			return s.cfg.credentials(ctx)
		}
		return s.cfg.refresh(ctx, current)
	}
	t, err := send()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Code != "" || e.RetryAfter > 0 || e.Status >= 300 && e.Status < 500 {
		return t, err
	}
	_ = client.Sleep(ctx, recoveryPause)
	return send()
}

// refusalText is what is stored of the server's words.
func refusalText(err error) string {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return "no"
	}
	return e.Code
}

// lostAnswer adds what the mark tells to a refusal: that the token was probably used up by a request whose answer was lost.
func lostAnswer(current *Token, err error) error {
	if age := time.Since(current.begun); !current.begun.IsZero() && age > renewTimeout {
		return fmt.Errorf("%w (a refresh begun at %s never stored its answer: it probably used up the refresh token)",
			err, current.begun.UTC().Format(time.RFC3339))
	}
	return err
}
