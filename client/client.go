package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/time/rate"
)

// Client sends requests to one API. It is safe for concurrent use and has nothing to close.
type Client struct {
	base        string  // without a trailing slash
	tenant      *tenant // of a site behind the gateway; its cloud id belongs after the base
	home        *url.URL
	auth        Auth
	transport   http.RoundTripper
	http        *http.Client
	timeout     time.Duration // of one attempt; 0 is none
	retry       RetryPolicy
	gate        gate
	limiter     *rate.Limiter
	slots       chan struct{}            // one for each call under way; nil is unbounded
	refreshing  chan struct{}            // held while a rejected credential is replaced
	futile      atomic.Int64             // until when no other replacement is tried, in Unix nanoseconds
	futility    atomic.Int32             // how many in a row were rejected too
	creating    sync.Map                 // a channel for each Creation under way, closed at its end
	last        atomic.Pointer[scrubber] // of what signed the last request
	userAgent   string
	maxResponse int64
	prefetch    int
	logger      *slog.Logger
	hooks       []func(Event)
}

// New returns a client of the API at baseURL. It sends nothing yet. API packages call it for their users; call it
// yourself only for an API that this SDK has no package for.
func New(baseURL string, auth Auth, opts ...Option) (*Client, error) {
	cfg := config{
		site:        baseURL,
		timeout:     defaultTimeout,
		userAgent:   "jira-integrations-go-sdk",
		maxResponse: defaultMaxResponse,
		prefetch:    1,
	}
	for _, opt := range opts {
		if opt == nil {
			return nil, errors.New("one of the options is nil")
		}
		if err := opt(&cfg); err != nil {
			return nil, err
		}
	}
	if isNil(auth) {
		return nil, errors.New("the client needs an Auth: client.BasicAuth, client.Bearer or client.APIKey")
	}
	return newClient(cfg, auth)
}

func newClient(cfg config, auth Auth) (*Client, error) {
	var t *tenant
	at := cmp.Or(cfg.baseURL, cfg.site)
	if cfg.gateway != "" && cfg.baseURL == "" && !strings.HasPrefix(cfg.site, Gateway) {
		var err error
		if t, err = newTenant(cfg); err != nil {
			return nil, err
		}
		at = Gateway + cfg.gateway
	}
	base, err := parseBase(at, cfg.insecureHTTP)
	if err != nil {
		return nil, err
	}
	c := &Client{
		base: strings.TrimRight(base.String(), "/"), home: base, tenant: t, auth: auth,
		timeout: cfg.timeout, transport: cfg.transport, retry: cfg.retry.withDefaults(), limiter: cfg.limiter,
		refreshing: make(chan struct{}, 1),
		userAgent:  cfg.userAgent, maxResponse: cfg.maxResponse, prefetch: cfg.prefetch,
		logger: cfg.logger, hooks: cfg.hooks,
	}
	if c.transport == nil {
		c.transport = defaultTransport()
	}
	if cfg.concurrency > 0 {
		c.slots = make(chan struct{}, cfg.concurrency)
	}
	c.gate.maxPause = c.retry.MaxPause
	c.http = newHTTPClient(c)
	return c, nil
}

// defaultTransport is a transport of the client's own, unless the program has put something else than net/http's in place.
func defaultTransport() http.RoundTripper {
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		return t.Clone()
	}
	return http.DefaultTransport
}

func parseBase(s string, insecure bool) (*url.URL, error) {
	base, err := url.Parse(s)
	if err != nil || base.Hostname() == "" {
		return nil, errors.New("the base URL must look like https://example.atlassian.net")
	}
	switch {
	case base.User != nil:
		return nil, errors.New("the base URL holds a user name: give credentials by an Auth instead")
	case base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return nil, errors.New("the base URL has a query or a fragment: leave it out")
	case base.Scheme == "https":
	case base.Scheme != "http":
		return nil, fmt.Errorf("the base URL begins with %q: use https", base.Scheme)
	case !insecure && !isLoopback(base.Hostname()):
		return nil, errors.New("the base URL is plain http: use https, or client.WithInsecureHTTP if the network is yours")
	}
	return base, nil
}

// BaseURL returns the URL that all paths are relative to, without a trailing slash. Behind [WithGateway] the cloud id of
// the site comes between the two.
func (c *Client) BaseURL() string {
	if c == nil {
		return ""
	}
	return c.base
}

// Format prints the base URL, whatever the verb: a client holds a credential.
func (c *Client) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "client of "+c.base) }

// Do sends r and stores the answer in out: a pointer to decode JSON into, an [io.Writer] to copy the body to, a
// [BodyDecoder], or nil to ignore the body. One that is a [LocationDecoder] too takes a 303. The error is a *[Error].
func (c *Client) Do(ctx context.Context, r *Request, out any) error {
	if r == nil {
		r = &Request{}
	}
	if err := c.misuse(ctx, r, out); err != nil {
		return r.invalid(err)
	}
	body, stream, err := r.encode()
	if err != nil {
		return r.invalid(err)
	}
	_, download := out.(bodyWriter)
	k := &call{Request: r, client: c, stream: stream, timeout: c.timeout, download: download}
	if download || stream != nil {
		k.timeout = 0
	}
	ctx = context.WithValue(ctx, callKey{}, k)
	for {
		err := c.attempt(ctx, k, body, out)
		if err == nil {
			return nil
		}
		var broken *brokenBody
		if errors.As(err, &broken) && k.safe && !broken.partly && cut(ctx, err) && k.fail(ctx) {
			if err = Sleep(ctx, k.wait); err == nil {
				continue
			}
		}
		return k.final(err)
	}
}

// attempt sends the request, with the retries of go-retryablehttp, and reads the answer.
func (c *Client) attempt(ctx context.Context, k *call, body []byte, out any) error {
	if err := k.enter(ctx); err != nil {
		return err
	}
	defer k.leave()
	base, err := c.where(ctx)
	if err != nil {
		return k.astray(err)
	}
	req, err := c.newRequest(ctx, k, base, body)
	if err != nil {
		return k.invalid(err)
	}
	retrying := retryablehttp.Client{
		HTTPClient: c.http, RetryMax: maxRefusals + max(0, c.retry.Retries),
		CheckRetry: checkRetry, Backoff: noBackoff, PrepareRetry: prepareRetry, ErrorHandler: keepLast,
	}
	resp, err := retrying.Do(req)
	if err != nil {
		return plainError(err)
	}
	defer discard(resp.Body)
	if d, ok := out.(LocationDecoder); ok && resp.StatusCode == http.StatusSeeOther {
		return k.locate(resp, d)
	}
	if err := k.accept(resp); err != nil {
		if k.removed(resp, err) {
			return nil
		}
		return err
	}
	return c.decode(k.Request, resp, out)
}

// where returns what the path of a request comes after.
func (c *Client) where(ctx context.Context) (string, error) {
	if c.tenant == nil {
		return c.base, nil
	}
	id, err := c.tenant.cloudID(ctx)
	return c.base + "/" + id, err
}

// astray is the error of a call that does not know where to go.
func (k *call) astray(err error) *Error {
	e := &Error{Op: k.op, Method: k.method, Path: k.path, cause: fmt.Errorf("the cloud id of the site could not be found: %w", err)}
	if inner, ok := errors.AsType[*Error](err); ok {
		e.RetryAfter = inner.RetryAfter
	}
	return e
}

// admit waits for the client's own pace and then for the gate. Who was held back there takes another turn, so that a
// pause is not followed by a rush.
func (c *Client) admit(ctx context.Context, r *Request) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if c.limiter != nil {
			if err := c.limiter.Wait(ctx); err != nil {
				return r.unpaced(ctx, err)
			}
		}
		paused, err := c.gate.wait(ctx, r)
		if err != nil || !paused || c.limiter == nil {
			return err
		}
	}
}

// enter waits until the request may be sent, and takes one of the slots of WithMaxConcurrency. A call holds none while it
// waits: a pause of one endpoint must not stop the others.
func (k *call) enter(ctx context.Context) error {
	for {
		if err := k.client.admit(ctx, k.Request); err != nil {
			return err
		}
		if k.client.slots == nil {
			return nil
		}
		select {
		case k.client.slots <- struct{}{}:
			k.inside = true
		case <-ctx.Done():
			return ctx.Err()
		}
		if _, closed := k.client.gate.closed(k.Request); !closed {
			return nil
		}
		k.leave() // the gate was closed while this call waited for its slot
	}
}

// leave gives the slot back.
func (k *call) leave() {
	if k.inside {
		<-k.client.slots
		k.inside = false
	}
}

// unpaced is the error of a call whose turn under WithRateLimit comes too late.
func (r *Request) unpaced(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &Error{Op: r.op, Method: r.method, Path: r.path, kind: ErrRateLimited, cause: err}
}

func (c *Client) newRequest(ctx context.Context, k *call, base string, body []byte) (*retryablehttp.Request, error) {
	target := base + k.target
	if len(k.query) > 0 {
		target += "?" + strings.Join(k.query, "&")
	}
	var raw any
	if body != nil {
		raw = body
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, k.method, target, raw)
	if err != nil {
		return nil, plainError(err)
	}
	maps.Copy(req.Header, k.header)
	req.Header.Set("User-Agent", c.userAgent)
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "application/json")
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if k.stream != nil {
		req.Header.Set("Content-Type", k.stream.ContentType)
		req.ContentLength = k.stream.Length
		if err := k.rewind(req.Request); err != nil {
			return nil, err
		}
	}
	return req, nil
}

// accept turns an answer that is no success into an error.
func (k *call) accept(resp *http.Response) *Error {
	// A failed login is not refused but served as an anonymous visit: with 200 and an empty list, or with 404.
	anonymous := resp.StatusCode < 500 && strings.Contains(resp.Header.Get("X-Seraph-Loginreason"), "AUTHENTICATED_FAILED")
	if resp.StatusCode >= 200 && resp.StatusCode < 300 && !anonymous {
		return nil
	}
	e := k.failure(resp)
	switch {
	case refused(resp):
		e.kind, e.RetryAfter = ErrRateLimited, k.asked
	case anonymous && e.kind == nil:
		e.kind, e.Fields = ErrUnauthorized, nil
		e.Messages = []string{"the site did not accept the credentials and answered as to an anonymous visitor"}
	}
	return e
}

// final dresses the error that ends a call.
func (k *call) final(err error) error {
	e := k.wrap(err)
	k.scrub(e)
	uncertain := e.Status < 300 || e.Status >= 500 && e.Status != http.StatusNotImplemented
	if !k.safe && k.arrived && uncertain {
		e.ambiguous = true
	}
	return e
}
