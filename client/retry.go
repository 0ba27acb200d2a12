package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RetryPolicy says how often and how long a call tries again. A zero field has its default.
type RetryPolicy struct {
	// Retries is how often a request is sent again after a failure that allows it. Default 4; negative is never. A refusal
	// with which the server names a time to wait does not count, but the 20th in a row is the last.
	Retries int
	// MinWait is the wait after the first failure; it doubles with each further one. Default 1 s.
	MinWait time.Duration
	// MaxWait bounds the wait after a failure. Default 30 s.
	MaxWait time.Duration
	// MaxPause is the longest pause that a call sleeps when the server asks for one (429, 503 with Retry-After).
	// Beyond it the call fails at once with ErrRateLimited. Default 60 s.
	MaxPause time.Duration
}

// maxRefusals ends a call that is refused again and again. Refusals do not count as retries: the server did nothing, and
// under load a call may be sent away several times before its turn comes.
const maxRefusals = 20

// minPause keeps "Retry-After: 0" from becoming a busy loop.
const minPause = 100 * time.Millisecond

func (p RetryPolicy) withDefaults() RetryPolicy {
	if p.Retries == 0 {
		p.Retries = 4
	}
	if p.MinWait <= 0 {
		p.MinWait = time.Second
	}
	if p.MaxWait <= 0 {
		p.MaxWait = 30 * time.Second
	}
	if p.MaxPause <= 0 {
		p.MaxPause = 60 * time.Second
	}
	return p
}

// backoff is the wait before the n-th retry, n from 1: exponential, with half of it left to chance.
func (p RetryPolicy) backoff(n int) time.Duration {
	d := p.MaxWait
	if shift := min(n-1, 20); p.MinWait <= p.MaxWait>>shift {
		d = p.MinWait << shift
	}
	return d/2 + rand.N(d/2+1) // #nosec G404 -- no secret
}

// call is one run of Client.Do: what the layers below need to know about the request, and what became of it so far.
type call struct {
	*Request
	client   *Client
	stream   *Stream
	timeout  time.Duration // of one attempt; 0 is none
	download bool          // the answer is written to a writer

	attempts  int           // sent requests, redirects included
	failures  int           // with an unknown or failed outcome
	refusals  int           // by 429 and the like
	wait      time.Duration // before the next attempt
	asked     time.Duration // the pause that the server named last
	arrived   bool          // the last attempt may have reached the server
	unclear   bool          // so may a failed one before it
	refreshed bool          // the credential was replaced once
	inside    bool          // holds one of the slots of WithMaxConcurrency
	secrets   *scrubber     // of what signed the last request for the own host
}

type callKey struct{}

func callFrom(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// checkRetry decides for go-retryablehttp whether the request is sent again.
func checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	c := callFrom(ctx)
	c.wait = 0
	if err != nil {
		if ctx.Err() != nil || !c.repeatable(err) || !c.fail(ctx) {
			return false, err
		}
		return true, nil
	}
	again := false
	switch {
	case refused(resp):
		c.arrived = false
		again = c.refuse(ctx, resp)
	case resp.StatusCode >= 500 && resp.StatusCode != http.StatusNotImplemented && c.safe:
		again = c.fail(ctx)
	}
	if again {
		discard(resp.Body) // go-retryablehttp reads 4 KB and gives up the connection of a longer answer
	}
	return again, nil
}

// refused reports that the server turned the request away without looking at it.
func refused(resp *http.Response) bool {
	return resp.StatusCode == http.StatusTooManyRequests ||
		resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != ""
}

// fail counts a failure and says whether another attempt is due; c.wait is then the time until it.
func (c *call) fail(ctx context.Context) bool {
	c.unclear = c.unclear || c.arrived
	if c.failures >= c.client.retry.Retries || c.spent() {
		return false
	}
	c.failures++
	c.wait = c.client.retry.backoff(c.failures)
	deadline, ok := ctx.Deadline()
	return !ok || c.wait < time.Until(deadline)
}

// removed reports that resp misses what an earlier attempt, whose outcome nobody knew, was to take away. A visitor who is
// not logged in misses everything, and a page is a proxy's, which knows nothing of it.
func (c *call) removed(resp *http.Response, err *Error) bool {
	return c.removes && c.unclear && err.Is(ErrNotFound) && !isHTML(resp, err.Body)
}

// refuse closes the gate for as long as the server asks and says whether to wait for it.
func (c *call) refuse(ctx context.Context, resp *http.Response) bool {
	c.refusals++
	d, named := pauseAsked(resp.Header)
	c.asked = d
	if !named {
		c.failures++
		d = c.client.retry.backoff(c.failures)
	}
	d = max(d, minPause)
	reason := c.told(resp.Header, "RateLimit-Reason")
	scope := c.scope(reason)
	if resp.StatusCode == http.StatusServiceUnavailable {
		scope = c.endpoint()
	}
	c.client.gate.pause(scope, reason, d)
	if c.client.retry.Retries < 0 || c.refusals > maxRefusals || !named && c.failures > c.client.retry.Retries {
		return false
	}
	return c.client.gate.allows(ctx, d) && !c.spent()
}

// spent reports that the body is gone with the attempt that carried it.
func (c *call) spent() bool { return c.stream != nil && c.stream.Once && c.attempts > 0 }

// repeatable reports whether a request that failed with err may be sent again.
func (c *call) repeatable(err error) bool {
	var own *Error
	var policy *policyError
	if errors.As(err, &own) || errors.As(err, &policy) || badCertificate(err) {
		return false
	}
	return c.safe || !c.arrived
}

// policyError is a refusal of our own layers: another attempt would end the same.
type policyError struct{ error }

func (e *policyError) Unwrap() error { return e.error }

// neverSent reports a failure before the request left: the connection could not be made.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
}

func badCertificate(err error) bool {
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		verify   *tls.CertificateVerificationError
		record   tls.RecordHeaderError
	)
	return errors.As(err, &unknown) || errors.As(err, &hostname) || errors.As(err, &invalid) || errors.As(err, &verify) ||
		errors.As(err, &record)
}

// pauseAsked reads how long the server asks to wait: Retry-After in seconds or as a date, else the time of
// X-RateLimit-Reset. Atlassian's headers with "Beta-" announce limits that are not enforced yet; they are not read.
func pauseAsked(h http.Header) (time.Duration, bool) {
	if v := strings.TrimSpace(h.Get("Retry-After")); v != "" {
		if s, err := strconv.ParseFloat(v, 64); err == nil && s >= 0 && s < 1e9 {
			return time.Duration(s * float64(time.Second)), true
		}
		if t, err := http.ParseTime(v); err == nil {
			return max(0, time.Until(t)), true
		}
	}
	if v := strings.TrimSpace(h.Get("X-RateLimit-Reset")); v != "" {
		if s, err := strconv.Atoi(v); err == nil && s >= 0 && s < 1e6 {
			return time.Duration(s) * time.Second, true // too small for a moment: a number of seconds
		}
		if t, err := ParseTime(v); err == nil {
			return max(0, time.Until(t)), true
		}
	}
	return 0, false
}

// prepareRetry waits before an attempt after the first: the back-off of this call, then the gate of all of them.
func prepareRetry(req *http.Request) error {
	ctx := req.Context()
	c := callFrom(ctx)
	c.leave()
	if err := Sleep(ctx, c.wait); err != nil {
		return err
	}
	if err := c.enter(ctx); err != nil {
		return err
	}
	return c.rewind(req)
}

// rewind gives req a fresh body where go-retryablehttp cannot. It also replaces GetBody, with which net/http sends again
// by itself what died with an idle connection: go-retryablehttp left one there that would send nothing.
func (c *call) rewind(req *http.Request) error {
	if c.stream == nil {
		return nil
	}
	body, err := c.stream.Open()
	if err == nil && body == nil {
		err = errors.New("the stream's Open opened nothing")
	}
	if err != nil {
		return &policyError{err}
	}
	req.Body, req.GetBody = body, c.stream.Open
	if c.stream.Once {
		req.GetBody = nil
	}
	return nil
}

// keepLast is go-retryablehttp's last word: the answer as it is, or an error and no answer to leak.
func keepLast(resp *http.Response, err error, _ int) (*http.Response, error) {
	if err != nil && resp != nil {
		discard(resp.Body)
		resp = nil
	}
	return resp, err
}

// noBackoff leaves the waiting to prepareRetry, which knows the call.
func noBackoff(time.Duration, time.Duration, int, *http.Response) time.Duration { return 0 }
