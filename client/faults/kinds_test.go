package faults_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/internal/fake"
)

// outcome is what a client sees of one request.
type outcome struct {
	status  int
	header  http.Header
	body    string
	err     error // of the exchange
	readErr error // of the body
	took    time.Duration
	handled int
}

const whole = `{"key":"WEB-1"}`

// sides are the two places at which faults are injected: the server's handler, the client's transport.
var sides = map[string]func(in *faults.Injector, next http.Handler) http.RoundTripper{
	"handler": func(in *faults.Injector, next http.Handler) http.RoundTripper {
		return &fake.Transport{Handler: in.Handler(next)}
	},
	"transport": func(in *faults.Injector, next http.Handler) http.RoundTripper {
		return in.Transport(&fake.Transport{Handler: next})
	},
}

// send sends a request through an injector.
func send(t *testing.T, side, method string, rules ...faults.Rule) outcome {
	t.Helper()
	var got outcome
	var in faults.Injector
	in.Add(rules...)
	rt := sides[side](&in, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got.handled++
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, whole)
	}))
	req, err := http.NewRequestWithContext(t.Context(), method, "https://jira.invalid/rest/api/3/issue", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	resp, err := rt.RoundTrip(req)
	got.err = err
	if err == nil {
		got.status, got.header = resp.StatusCode, resp.Header
		var body []byte
		body, got.readErr = io.ReadAll(resp.Body)
		got.body = string(body)
		_ = resp.Body.Close()
	}
	got.took = time.Since(start)
	return got
}

// TestKinds looks at each kind of fault from both sides.
func TestKinds(t *testing.T) {
	t.Parallel()
	slow := 3 * time.Second
	afterwards := faults.BadGateway()
	afterwards.Handled = true
	lost := faults.BadGateway()
	lost.Cut = faults.CutAfter
	for _, tt := range []struct {
		name string
		rule faults.Rule
		want outcome
	}{
		{"refused", faults.Refused(), outcome{err: syscall.ECONNREFUSED}},
		{"reset before", faults.ResetBefore(), outcome{err: syscall.ECONNRESET}},
		{"reset after", faults.ResetAfter(), outcome{err: syscall.ECONNRESET, handled: 1}},
		{"own answer lost", lost, outcome{err: syscall.ECONNRESET}},
		{"half", faults.HalfAnswer(), outcome{status: 200, body: whole[:7], readErr: io.ErrUnexpectedEOF, handled: 1}},
		{"slow header", faults.SlowHeader(slow), outcome{status: 200, body: whole, took: slow, handled: 1}},
		{"slow body", faults.SlowBody(slow), outcome{status: 200, body: whole, took: slow, handled: 1}},
		{"too long", faults.LongLength(), outcome{status: 200, body: whole, readErr: io.ErrUnexpectedEOF, handled: 1}},
		{"too short", faults.ShortLength(), outcome{status: 200, body: whole[:7], handled: 1}},
		{"gzip", faults.GzipGarbage(), outcome{status: 200, readErr: gzip.ErrHeader, handled: 1}},
		{"502", faults.BadGateway(), outcome{status: 502, body: faults.BadGateway().Body}},
		{"502 afterwards", afterwards, outcome{status: 502, body: faults.BadGateway().Body, handled: 1}},
		{"503", faults.Unavailable(0), outcome{status: 503, body: faults.Unavailable(0).Body}},
		{"401", faults.Unauthorized(), outcome{status: 401, body: faults.Unauthorized().Body}},
		{"redirect", faults.RedirectTo("https://elsewhere.invalid/"), outcome{status: 302}},
	} {
		for side := range sides {
			t.Run(tt.name+"/"+side, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					got, want := send(t, side, http.MethodPost, tt.rule), tt.want
					if side == "handler" && tt.name == "refused" {
						want.err = syscall.ECONNRESET // a server that does not listen has no handler
					}
					if !errors.Is(got.err, want.err) || !errors.Is(got.readErr, want.readErr) {
						t.Errorf("errors %v and %v, want %v and %v", got.err, got.readErr, want.err, want.readErr)
					}
					if got.status != want.status || got.body != want.body || got.took != want.took || got.handled != want.handled {
						t.Errorf("got %+v, want %+v", got, want)
					}
				})
			})
		}
	}
}

// TestLengths looks at what is announced.
func TestLengths(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rule faults.Rule
		want string
	}{
		"half": {faults.HalfAnswer(), "15"}, "long": {faults.LongLength(), "30"}, "short": {faults.ShortLength(), "7"},
		"gzip": {faults.GzipGarbage(), ""}, "slow": {faults.SlowBody(0), "15"},
	} {
		for side := range sides {
			if got := send(t, side, http.MethodGet, tt.rule); got.header.Get("Content-Length") != tt.want {
				t.Errorf("%s, %s: Content-Length %q, want %q", name, side, got.header.Get("Content-Length"), tt.want)
			}
		}
	}
}

// TestRateLimited reads the time to wait back, in each form.
func TestRateLimited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		<-time.After(300 * time.Millisecond) // not at a full second: moments are rounded up
		date, iso := "Sat, 01 Jan 2000 00:00:03 GMT", "2000-01-01T00:00:03Z"
		for _, tt := range []struct {
			rule                 faults.Rule
			status               int
			after, reset, reason string
		}{
			{faults.RateLimited(faults.QuotaGlobal, faults.BySeconds, 1500*time.Millisecond), 429, "2", "", "jira-quota-global-based"},
			{faults.RateLimited(faults.QuotaTenant, faults.BySeconds, time.Hour), 429, "3600", "", "jira-quota-tenant-based"},
			{faults.RateLimited(faults.Burst, faults.ByDate, 2*time.Second), 429, date, "", "jira-burst-based"},
			{faults.RateLimited(faults.PerIssue, faults.ByReset, 2*time.Second), 429, "", iso, "jira-per-issue-on-write"},
			{faults.RateLimited("", faults.ByNothing, 0), 429, "", "", ""},
			{faults.RateLimited(faults.Burst, faults.ByMinute, 2*time.Second), 429, "", "2000-01-01T00:01Z", "jira-burst-based"},
			{faults.RateLimited("", faults.ByMinute, time.Minute), 429, "", "2000-01-01T00:02Z", ""},
			{faults.RateLimitedByGateway(2 * time.Second), 429, "", iso, ""},
			{faults.TooManyRequests(1500 * time.Millisecond), 429, "2", "", ""},
			{faults.TooManyRequests(0), 429, "", "", ""},
			{faults.Unavailable(2 * time.Second), 503, "2", "", ""},
		} {
			for side := range sides {
				got := send(t, side, http.MethodGet, tt.rule)
				h := got.header
				if got.status != tt.status || h.Get("Retry-After") != tt.after || h.Get("X-RateLimit-Reset") != tt.reset || h.Get("RateLimit-Reason") != tt.reason {
					t.Errorf("%s, %s: %d, %v", tt.rule.Name, side, got.status, h)
				}
			}
		}
	})
}

// TestWarnings looks at what announces a limit and refuses nothing, and at what tells the gateway's refusal from Jira's.
func TestWarnings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule   faults.Rule
		status int
		want   map[string]string
	}{
		{faults.NearLimit(), 200, map[string]string{"X-Ratelimit-Nearlimit": "true", "Retry-After": ""}},
		{faults.BetaLimits(), 200, map[string]string{
			"Beta-Retry-After": "3600", "Beta-Ratelimit-Reason": faults.QuotaTenant, "X-Beta-Ratelimit-Remaining": "0", "Retry-After": "",
		}},
		{faults.RateLimitedByGateway(time.Second), 429, map[string]string{
			"X-Failure-Category": "FAILURE CLIENT RATE LIMITED", "X-Ratelimit-Limit": "360000", "X-Ratelimit-Remaining": "0", "Ratelimit-Reason": "",
		}},
	} {
		for side := range sides {
			got := send(t, side, http.MethodGet, tt.rule)
			for name, want := range tt.want {
				if have := got.header.Get(name); have != want || got.status != tt.status {
					t.Errorf("%s, %s: status %d, %s: %q", tt.rule.Name, side, got.status, name, have)
				}
			}
		}
	}
}

// TestWindow lets a rule act during the end of each period, and tell how long it will go on.
func TestWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		storm := faults.RateLimited(faults.QuotaTenant, faults.BySeconds, 0)
		storm.Every, storm.For = 10*time.Second, 4*time.Second
		tg := newTarget(storm)
		for second := range 30 {
			resp, err := tg.client.Get("http://fake.test/")
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			want, after := 200, ""
			if second%10 >= 6 {
				want, after = 429, fmt.Sprint(10-second%10)
			}
			if resp.StatusCode != want || resp.Header.Get("Retry-After") != after {
				t.Errorf("second %d: %d, %q; want %d, %q", second, resp.StatusCode, resp.Header.Get("Retry-After"), want, after)
			}
			<-time.After(time.Second)
		}
	})
}

func TestExpiredToken(t *testing.T) {
	t.Parallel()
	expired := faults.ExpiredToken()
	expired.After, expired.Times = 1, 1
	tg := newTarget(expired)
	for i, step := range []struct {
		token string
		want  int
	}{{"a", 200}, {"", 200}, {"a", 401}, {"a", 401}, {"b", 200}, {"", 200}, {"a", 401}, {"b", 200}} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://fake.test/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if step.token != "" {
			req.Header.Set("Authorization", "Bearer "+step.token)
		}
		resp, err := tg.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != step.want {
			t.Errorf("request %d with token %q: %d, want %d", i, step.token, resp.StatusCode, step.want)
		}
	}
}

// TestContext ends each wait with the request.
func TestContext(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]faults.Rule{
		"delay": {Delay: time.Hour}, "header": faults.SlowHeader(time.Hour), "body": faults.SlowBody(time.Hour),
	} {
		for side, wrap := range sides {
			t.Run(name+"/"+side, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					var in faults.Injector
					in.Add(rule)
					rt := wrap(&in, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, whole) }))
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					start := time.Now()
					req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://fake.test/", nil)
					if err != nil {
						t.Fatal(err)
					}
					resp, err := rt.RoundTrip(req)
					if err == nil {
						_, err = io.ReadAll(resp.Body)
						_ = resp.Body.Close()
					}
					if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
						t.Errorf("%v after %v", err, time.Since(start))
					}
				})
			})
		}
	}
}

// TestTransportBody wants that a body is closed, read or not, and reading a closed one fails.
func TestTransportBody(t *testing.T) {
	t.Parallel()
	for _, rule := range faults.All() {
		var in faults.Injector
		in.Add(rule)
		sent := &closing{Reader: strings.NewReader("{}")}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://fake.test/", sent)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(rule.Name, "slow") {
			continue // see TestContext
		}
		req.Header.Set("Authorization", "Bearer t") // something that can expire
		resp, err := in.Transport(&fake.Transport{Handler: http.NotFoundHandler()}).RoundTrip(req)
		if err == nil {
			_ = resp.Body.Close()
			changed := in.Counts()[rule.Name] > 0 // else it is the real answer, which was no page
			if n, err := resp.Body.Read(make([]byte, 1)); err == nil && changed {
				t.Errorf("%s: read %d bytes after Close", rule.Name, n)
			}
		}
		if !sent.closed {
			t.Errorf("%s: the body of the request was left open", rule.Name)
		}
	}
}

type closing struct {
	io.Reader

	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}

// TestSockets cuts real connections.
func TestSockets(t *testing.T) {
	t.Parallel()
	for _, tls := range []bool{false, true} {
		for _, tt := range []struct {
			rule        faults.Rule
			err, partly bool
		}{
			{faults.ResetBefore(), true, false},
			{faults.ResetAfter(), true, false},
			{faults.Refused(), true, false},
			{faults.HalfAnswer(), false, true},
			{faults.LongLength(), false, true},
			{faults.GzipGarbage(), false, true},
		} {
			var in faults.Injector
			in.Add(tt.rule)
			body := bytes.Repeat([]byte("x"), 100_000)
			server := httptest.NewUnstartedServer(in.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) })))
			if tls {
				server.StartTLS()
			} else {
				server.Start()
			}
			resp, err := server.Client().Get(server.URL)
			if (err != nil) != tt.err {
				t.Errorf("%s: %v", tt.rule.Name, err)
			}
			if err == nil {
				_, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if (err != nil) != tt.partly {
					t.Errorf("%s: reading: %v", tt.rule.Name, err)
				}
			}
			if got := errors.Is(err, syscall.ECONNRESET); got != tt.err {
				t.Errorf("%s: reset = %v: %v", tt.rule.Name, got, err)
			}
			server.Client().CloseIdleConnections()
			server.Close()
		}
	}
}
