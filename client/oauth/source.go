package oauth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// Source signs requests with an access token that it renews: shortly before it expires, and when an API has rejected it. It
// is a [client.Auth] for any number of clients and safe for concurrent use. Many goroutines, and through a shared [Store]
// many processes, renew a token once. A program that ends calls [Source.Wait] before.
type Source struct {
	cfg   Config
	store Store
	app   bool // the app's own credentials: there is no refresh token and no person

	mu       sync.Mutex
	token    *Token  // as last seen in the store
	flight   *flight // the renewal under way
	failure  error   // of the last renewal
	failures int     // in a row
	until    time.Time
	pending  *renewal // obtained but not stored yet
}

var _ client.Auth = (*Source)(nil)

// flight is one renewal, which any number of callers wait for.
type flight struct {
	began time.Time
	done  chan struct{}
	token *Token
	err   error
}

// NewSource returns the source of the grant that store keeps. Begin with a login: [Config.Begin], [Config.AuthCodeURL],
// [Config.Exchange], [Source.Save]. Until then, requests fail with [ErrReauthorize].
func NewSource(cfg Config, store Store) *Source { return &Source{cfg: cfg, store: store} }

// NewClientCredentials returns the source of a service account, which logs in by itself with the client's id and secret
// (RFC 6749, section 4.4). Atlassian's tokens of this kind live 60 minutes and have no refresh token. A shared store
// saves replicas from asking for one each.
func NewClientCredentials(cfg Config, store Store) *Source {
	return &Source{cfg: cfg, store: store, app: true}
}

// Save stores what a login has brought and uses it from now on. It replaces what was stored. Other processes use it when
// they renew their token the next time. Bound ctx: a renewal under way has the store's lock.
func (s *Source) Save(ctx context.Context, t *Token) error {
	switch {
	case t.AccessToken() == "" && t.RefreshToken() == "":
		return errors.New("oauth: there is no token to save: the one given is nil or empty")
	case s == nil || s.store == nil:
		return errNoStore
	case ctx == nil:
		return errNoContext
	}
	if err := s.store.Update(ctx, func(*Token) (*Token, error) { return t, nil }); err != nil {
		return fmt.Errorf("oauth: the token could not be stored: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token, s.failure, s.failures = t, nil, 0
	s.flight = nil // what it brings is of another login
	return nil
}

// Wait returns when no renewal is under way and nothing is left to be stored, or the error of ctx. Call it before the
// program ends, also when it is interrupted: a renewal goes on when the caller that started it gives up, and its result
// is a new refresh token, for which the old one was spent.
func (s *Source) Wait(ctx context.Context) error {
	switch {
	case s == nil:
		return nil
	case ctx == nil:
		return errNoContext
	}
	for {
		s.mu.Lock()
		var done chan struct{}
		switch {
		case s.flight != nil:
			done = s.flight.done
		case s.pending != nil:
			done = s.pending.over
		}
		s.mu.Unlock()
		if done == nil {
			return nil
		}
		select {
		case <-done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Sign implements [client.Auth].
func (s *Source) Sign(req *http.Request) error {
	if req == nil {
		return errNoRequest
	}
	t, err := s.Token(req.Context())
	if err != nil {
		return err
	}
	if req.Header == nil {
		req.Header = http.Header{}
	}
	req.Header.Set("Authorization", bearer+t.AccessToken())
	return nil
}

const bearer = "Bearer "

// Refresh implements [client.Auth]: it renews the token unless the rejected one has been replaced already, by whomever.
func (s *Source) Refresh(ctx context.Context, rejected *http.Request) (bool, error) {
	if rejected == nil {
		return false, errNoRequest
	}
	access, ok := strings.CutPrefix(rejected.Header.Get("Authorization"), bearer)
	if !ok || access == "" {
		return false, errors.New("oauth: the rejected request was not signed by this source")
	}
	_, err := s.get(ctx, access)
	return err == nil, err
}

// Token returns a token that is good for some time, renewed if necessary.
func (s *Source) Token(ctx context.Context) (*Token, error) { return s.get(ctx, "") }

var (
	errNoStore   = errors.New("oauth: the source has no store: give NewSource one, as FileStore")
	errNoContext = errors.New("oauth: the context is nil: pass context.Background() if there is no other")
	errNoRequest = errors.New("oauth: the request is nil: make it by http.NewRequest")
)

// get returns a token whose access token is another one than rejected. The renewal that it may start belongs to nobody:
// it goes on when ctx ends, because its result must be stored.
func (s *Source) get(ctx context.Context, rejected string) (*Token, error) {
	switch {
	case s == nil || s.store == nil:
		return nil, errNoStore
	case ctx == nil:
		return nil, errNoContext
	}
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t, f, err := s.join(ctx, rejected)
		if f == nil {
			return t, err
		}
		if t, err := s.await(ctx, f, rejected); t != nil || err != nil {
			return t, err
		}
		switch {
		case f.err != nil:
			return s.meanwhile(rejected, f.err)
		case f.token.AccessToken() != rejected:
			return f.token, nil
		} // what others were content with is what this caller has seen rejected
	}
}

// join returns a token that serves, or the renewal to wait for, which it starts if nobody has. After a failure it starts
// none for a while.
func (s *Source) join(ctx context.Context, rejected string) (*Token, *flight, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	switch {
	case s.token != nil && s.token.serves(now, rejected):
		return s.token, nil, nil
	case s.flight != nil:
		return nil, s.flight, nil
	case s.failure != nil && now.Before(s.until):
		if s.token.living(now, rejected) {
			return s.token, nil, nil
		}
		return nil, nil, s.failure
	}
	s.flight = &flight{began: now, done: make(chan struct{})}
	go s.fly(context.WithoutCancel(ctx), s.flight, rejected)
	return nil, s.flight, nil
}

// patience is how long after its beginning a renewal is waited for while the last token lives.
const patience = 5 * time.Second

// await waits for f. When that takes its time and the last token can be used meanwhile, it returns that.
func (s *Source) await(ctx context.Context, f *flight, rejected string) (*Token, error) {
	timer := time.NewTimer(time.Until(f.began.Add(patience)))
	defer timer.Stop()
	for {
		select {
		case <-f.done:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-timer.C:
			if t, _ := s.meanwhile(rejected, nil); t != nil {
				return t, nil
			}
		}
	}
}

// meanwhile returns the last token as long as it lives: it cannot be renewed yet, but nobody has rejected it.
func (s *Source) meanwhile(rejected string, err error) (*Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token.living(time.Now(), rejected) {
		return s.token, nil
	}
	return nil, err
}

// renewTimeout bounds a renewal with all that it waits for: the locks of other processes, two requests, the store.
const renewTimeout = 2 * time.Minute

// After a failure nobody is asked again for a while, so that a thousand calls are not a thousand requests: a server
// that has trouble, twice as long each time, or a store in which somebody may log in again at any time.
const (
	pauseAfterTrouble = 5 * time.Second
	pauseForLogin     = time.Second
	longestPause      = time.Minute
)

// fly renews the token on behalf of all who wait for f.
func (s *Source) fly(ctx context.Context, f *flight, rejected string) {
	ctx, cancel := context.WithTimeout(ctx, renewTimeout)
	defer cancel()
	f.err = errors.New("oauth: the store ended the goroutine of the renewal") // unless it returns
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case s.flight != f: // somebody has logged in meanwhile
		case f.err == nil:
			s.flight, s.token, s.failure, s.failures = nil, f.token, nil, 0
		default:
			s.flight, s.failure, s.until = nil, f.err, time.Now().Add(pauseAfter(f.err, s.failures))
			s.failures++
		}
		close(f.done)
	}()
	f.token, f.err = s.renew(ctx, f, rejected)
	if f.err == nil && f.token.AccessToken() == rejected {
		f.err = errors.New("oauth: the server has given the rejected access token again")
	}
}

// pauseAfter is the pause after a failure that so many others came before.
func pauseAfter(err error, before int) time.Duration {
	if errors.Is(err, ErrReauthorize) || errors.Is(err, ErrCorrupt) {
		return pauseForLogin
	}
	if e, ok := errors.AsType[*Error](err); ok && e.RetryAfter > 0 {
		return min(e.RetryAfter, longestPause)
	}
	return min(pauseAfterTrouble<<min(before, 10), longestPause)
}

// String says whose source it is.
func (s *Source) String() string {
	if s == nil {
		return "no oauth source"
	}
	return "oauth source of " + s.cfg.String()
}

// Format prints String, whatever the verb.
func (s *Source) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue is what slog logs.
func (s *Source) LogValue() slog.Value { return slog.StringValue(s.String()) }
