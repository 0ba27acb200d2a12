package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// rotating is an Auth whose credential is a generation number that Refresh advances.
type rotating struct {
	generation, refreshes, atOnce atomic.Int32
	delay                         time.Duration
	err                           error
	exhausted                     bool
}

func (a *rotating) Sign(req *http.Request) error {
	req.Header.Set("Authorization", fmt.Sprintf("Bearer %s-%d", secret, a.generation.Load()))
	return nil
}

func (a *rotating) Refresh(ctx context.Context, rejected *http.Request) (bool, error) {
	if a.atOnce.Add(1) > 1 {
		panic("refreshed twice at a time")
	}
	defer a.atOnce.Add(-1)
	a.refreshes.Add(1)
	if rejected.Header.Get("Authorization") != fmt.Sprintf("Bearer %s-%d", secret, a.generation.Load()) {
		panic("asked to replace " + rejected.Header.Get("Authorization"))
	}
	if a.delay > 0 {
		select {
		case <-time.After(a.delay):
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
	if a.err != nil || a.exhausted {
		return false, a.err
	}
	a.generation.Add(1)
	return true, nil
}

// accepting answers 401 to every credential older than generation.
func accepting(generation int, body string) *network {
	return &network{answer: func(_ int, req *http.Request) (*http.Response, error) {
		var g int
		if _, err := fmt.Sscanf(req.Header.Get("Authorization"), "Bearer "+secret+"-%d", &g); err != nil {
			return nil, err
		}
		if g < generation {
			return reply{Status: 401, Body: body}.answer(req)
		}
		return ok(`{"key":"X-1"}`).answer(req)
	}}
}

const unauthorized = `{"code":401,"message":"Unauthorized"}`

func TestSchemes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		auth   client.Auth
		header string
		want   string
	}{
		{"basic", client.BasicAuth("bot@acme.example", "token"), "Authorization", "Basic Ym90QGFjbWUuZXhhbXBsZTp0b2tlbg=="},
		{"bearer", client.Bearer("token"), "Authorization", "Bearer token"},
		{"API key", client.APIKey("apikey", "key"), "Apikey", "key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := replies(ok("{}"))
			if err := newAuthClient(t, n.transport(), tt.auth).Do(t.Context(), get(), nil); err != nil {
				t.Fatal(err)
			}
			if got := wantSent(t, n, 1)[0].header.Get(tt.header); got != tt.want {
				t.Errorf("%s: %q, want %q", tt.header, got, tt.want)
			}
		})
	}
}

// A credential that cannot be right is refused before anything is sent.
func TestBadCredentials(t *testing.T) {
	t.Parallel()
	for name, auth := range map[string]client.Auth{
		"no email":         client.BasicAuth("", secret),
		"no token":         client.BasicAuth("bot@acme.example", " "),
		"trailing newline": client.BasicAuth("bot@acme.example", secret+"\n"),
		"colon":            client.BasicAuth("bot:acme", secret),
		"line break":       client.Bearer(secret + "\n"),
		"no bearer token":  client.Bearer(""),
		"no key":           client.APIKey("apikey", ""),
		"no key's name":    client.APIKey("", secret),
		"header injection": client.APIKey("apikey", secret+"\r\nX-Evil: 1"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := replies(ok("{}"))
			err := newAuthClient(t, n.transport(), auth).Do(t.Context(), create(), nil)
			wantFailure(t, err)
			wantKinds(t, err, "unauthorized")
			wantSent(t, n, 0)
		})
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	auth := &rotating{}
	n := accepting(1, unauthorized)
	c := newAuthClient(t, n.transport(), auth)
	for _, r := range []*client.Request{
		create(), create(), get(), create().Stream(&client.Stream{Length: 3, Open: opener("abc")}),
	} {
		if err := c.Do(t.Context(), r, new(any)); err != nil {
			t.Fatal(err)
		}
	}
	seen := wantSent(t, n, 5)
	if seen[0].body != seen[1].body || seen[0].body == "" {
		t.Errorf("bodies %q and %q: want the same twice", seen[0].body, seen[1].body)
	}
	if auth.refreshes.Load() != 1 {
		t.Errorf("%d refreshes, want 1", auth.refreshes.Load())
	}
}

func TestRefreshOfAStream(t *testing.T) {
	t.Parallel()
	t.Run("twice", func(t *testing.T) {
		t.Parallel()
		n := accepting(1, unauthorized)
		r := create().Stream(&client.Stream{Length: 3, Open: opener("abc")})
		if err := newAuthClient(t, n.transport(), &rotating{}).Do(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
		if seen := wantSent(t, n, 2); seen[1].body != "abc" {
			t.Errorf("body = %q", seen[1].body)
		}
	})
	t.Run("once", func(t *testing.T) {
		t.Parallel()
		n, auth := accepting(1, unauthorized), &rotating{}
		r := create().Stream(&client.Stream{Length: 3, Open: opener("abc"), Once: true})
		wantKinds(t, newAuthClient(t, n.transport(), auth).Do(t.Context(), r, nil), "unauthorized")
		wantSent(t, n, 1)
	})
}

func TestRefreshOnceForAHundred(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		auth := &rotating{delay: time.Second}
		n := accepting(1, unauthorized)
		c := newAuthClient(t, n.transport(), auth)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if err := c.Do(t.Context(), create(), nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if auth.refreshes.Load() != 1 {
			t.Errorf("%d refreshes, want 1", auth.refreshes.Load())
		}
		wantSent(t, n, 200)
	})
}

// A 401 to a credential that has been replaced meanwhile is answered with the new one.
func TestLate401(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		auth := &rotating{}
		inner := accepting(1, unauthorized)
		n := &network{answer: func(n int, req *http.Request) (*http.Response, error) {
			if n == 1 {
				<-time.After(10 * time.Second) // rejected long after the credential was replaced
			}
			return inner.answer(n, req)
		}}
		c := newAuthClient(t, n.transport(), auth)
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := c.Do(t.Context(), create(), nil); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		if err := c.Do(t.Context(), create(), nil); err != nil {
			t.Error(err)
		}
		wg.Wait()
		if auth.refreshes.Load() != 1 {
			t.Errorf("%d refreshes, want 1", auth.refreshes.Load())
		}
		wantSent(t, n, 4)
	})
}

func TestScopeIsNotRefreshed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer reply
	}{
		{"gateway's text", reply{Status: 401, Body: `{"code":401,"message":"Unauthorized; scope does not match"}`}},
		{"gateway's header", status(401, "X-Failure-Category", "FAILURE_CLIENT_SCOPE_CHECK")},
		{"challenge", status(401, "WWW-Authenticate", `Bearer error="insufficient_scope", scope="webhooks:write"`)},
		{"challenge with 403", status(403, "WWW-Authenticate", `Bearer error="insufficient_scope"`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			auth, n := &rotating{}, replies(tt.answer)
			err := newAuthClient(t, n.transport(), auth).Do(t.Context(), get(), nil)
			e := wantError(t, err)
			wantKinds(t, err, "scope", "forbidden")
			if auth.refreshes.Load() != 0 || e.Status != tt.answer.Status {
				t.Errorf("%d refreshes, status %d", auth.refreshes.Load(), e.Status)
			}
			wantSent(t, n, 1)
		})
	}
}

func TestRefreshFails(t *testing.T) {
	t.Parallel()
	gone := errors.New("the refresh token has expired")
	for _, r := range []*client.Request{get(), create()} {
		auth, n := &rotating{err: gone}, accepting(1, unauthorized)
		err := newAuthClient(t, n.transport(), auth).Do(t.Context(), r, nil)
		e := wantError(t, err)
		wantKinds(t, err, "unauthorized") // and not ambiguous: it was turned away
		if !errors.Is(err, gone) || !strings.Contains(e.Error(), gone.Error()) || auth.refreshes.Load() != 1 {
			t.Errorf("err = %v after %d refreshes", err, auth.refreshes.Load())
		}
		wantSent(t, n, 1)
	}
}

// Only a credential that was new and rejected all the same holds up the next refresh.
func TestRejectedReplacementOfSomebodyElse(t *testing.T) {
	t.Parallel()
	auth := &rotating{}
	inner := accepting(2, unauthorized)
	n := &network{answer: func(k int, req *http.Request) (*http.Response, error) {
		if k == 1 {
			auth.generation.Add(1) // while the request is under way
		}
		return inner.answer(k, req)
	}}
	c := newAuthClient(t, n.transport(), auth)
	wantKinds(t, c.Do(t.Context(), create(), nil), "unauthorized")
	if err := c.Do(t.Context(), create(), nil); err != nil {
		t.Error(err)
	}
	if auth.refreshes.Load() != 1 {
		t.Errorf("%d refreshes, want 1", auth.refreshes.Load())
	}
}

// A call has one refresh, whatever its retries meet.
func TestOneRefreshForACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		auth, n := &rotating{}, replies(status(401), status(500), status(401))
		wantKinds(t, newAuthClient(t, n.transport(), auth).Do(t.Context(), get(), nil), "unauthorized")
		if auth.refreshes.Load() != 1 {
			t.Errorf("%d refreshes, want 1", auth.refreshes.Load())
		}
		wantSent(t, n, 3)
	})
}

// A 401 whose reason is lost may be about a scope: it does not cost a credential.
func TestCutOff401(t *testing.T) {
	t.Parallel()
	auth, n := &rotating{}, replies(reply{Status: 401, Fault: "cut"})
	wantKinds(t, newAuthClient(t, n.transport(), auth).Do(t.Context(), get(), nil), "unauthorized")
	if auth.refreshes.Load() != 0 {
		t.Error("refreshed")
	}
}

func TestNothingToRefresh(t *testing.T) {
	t.Parallel()
	auth, n := &rotating{exhausted: true}, accepting(1, unauthorized)
	err := newAuthClient(t, n.transport(), auth).Do(t.Context(), create(), nil)
	wantKinds(t, err, "unauthorized")
	if e := wantError(t, err); e.Code != "401" || len(e.Messages) != 1 || e.Messages[0] != "Unauthorized" {
		t.Errorf("the server's answer was lost: %+v", *e)
	}
	wantSent(t, n, 1)
}

// A server that rejects every credential does not make the client burn one with each call.
func TestRejectedForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		auth, n := &rotating{}, accepting(1000, unauthorized)
		c := newAuthClient(t, n.transport(), auth)
		for range 50 {
			wantKinds(t, c.Do(t.Context(), create(), nil), "unauthorized")
		}
		if auth.refreshes.Load() != 1 {
			t.Errorf("%d refreshes in a row, want 1", auth.refreshes.Load())
		}
		<-time.After(time.Minute)
		for range 50 {
			wantKinds(t, c.Do(t.Context(), create(), nil), "unauthorized")
		}
		if auth.refreshes.Load() != 2 {
			t.Errorf("%d refreshes, want another one after a while", auth.refreshes.Load())
		}
	})
}

// An expired credential is replaced as often as it expires.
func TestRefreshAgainAndAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		auth := &rotating{}
		n := &network{}
		n.answer = func(k int, req *http.Request) (*http.Response, error) {
			return accepting((k+1)/2, unauthorized).answer(k, req) // each credential is good for one request
		}
		c := newAuthClient(t, n.transport(), auth)
		for range 10 {
			if err := c.Do(t.Context(), create(), nil); err != nil {
				t.Fatal(err)
			}
		}
		if auth.refreshes.Load() != 10 {
			t.Errorf("%d refreshes, want 10", auth.refreshes.Load())
		}
	})
}

// Waiting for somebody else's refresh ends with the context, and with the timeout of the attempt.
func TestRefreshHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		auth, n := &rotating{delay: time.Hour}, accepting(1, unauthorized)
		c := newAuthClient(t, n.transport(), auth, client.WithTimeout(30*time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() { wantKinds(t, c.Do(t.Context(), create(), nil), "unauthorized") })
		synctest.Wait()
		err := c.Do(ctx, create(), nil)
		if waited := time.Since(start); waited != 10*time.Second || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v after %v", err, waited)
		}
		wantKinds(t, err, "unauthorized")
		wg.Wait()
		if waited := time.Since(start); waited < 30*time.Second || waited > 31*time.Second {
			t.Errorf("the refresh was waited for %v, want the timeout of an attempt", waited)
		}
	})
}

// failing is an Auth that cannot sign.
type failing struct{ err error }

func (a failing) Sign(*http.Request) error { return a.err }

func (a failing) Refresh(context.Context, *http.Request) (bool, error) { return false, nil }

func TestSignFails(t *testing.T) {
	t.Parallel()
	// The failure of another call beneath is the cause of this one, not its name.
	other := client.Invalid("OAuth.Token", "no refresh token")
	n := replies(ok("{}"))
	closed := false
	r := create().Stream(&client.Stream{Length: 3, Open: func() (io.ReadCloser, error) {
		return closer{strings.NewReader("abc"), &closed}, nil
	}})
	err := newAuthClient(t, n.transport(), failing{other}).Do(t.Context(), r, nil)
	if e := wantError(t, err); e.Op != "Issues.Create" || !errors.Is(err, other) {
		t.Errorf("err = %v, want one of this call about the other", err)
	}
	wantKinds(t, err, "invalid")
	wantSent(t, n, 0)
	if !closed {
		t.Error("the body was not closed")
	}
}

type closer struct {
	io.Reader
	closed *bool
}

func (c closer) Close() error {
	*c.closed = true
	return nil
}

// Jira serves a failed login as an anonymous visit.
func TestAnonymousVisit(t *testing.T) {
	t.Parallel()
	failed := map[string]string{"X-Seraph-Loginreason": "AUTHENTICATED_FAILED"}
	tests := []struct {
		name   string
		answer reply
		r      *client.Request
		kinds  []string
	}{
		{"200", reply{Status: 200, Header: failed, Body: `{"issues":[]}`}, get(), []string{"unauthorized"}},
		{"204", reply{Status: 204, Header: failed}, client.NewRequest("Issues.Delete", "DELETE", issuePath, "X-1"), []string{"unauthorized"}},
		{"404", reply{Status: 404, Header: failed, Body: `{"errorMessages":["Issue does not exist."],"errors":{"a":"b"}}`}, get(), []string{"unauthorized"}},
		{"401", reply{Status: 401, Header: failed}, get(), []string{"unauthorized"}},
		{"created anonymously", reply{Status: 201, Header: failed, Body: "{}"}, create(), []string{"unauthorized", "ambiguous"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := replies(tt.answer)
			err := newClient(t, n.transport()).Do(t.Context(), tt.r, new(any))
			e := wantError(t, err)
			wantKinds(t, err, tt.kinds...)
			if e.Status != tt.answer.Status || !strings.Contains(err.Error(), "credentials") {
				t.Errorf("err = %v", err)
			}
		})
	}
	t.Run("other reasons", func(t *testing.T) {
		t.Parallel()
		n := replies(status(200, "X-Seraph-Loginreason", "OK"), ok("{}"))
		if err := newClient(t, n.transport()).Do(t.Context(), get(), nil); err != nil {
			t.Error(err)
		}
	})
}
