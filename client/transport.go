package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// maxRedirects bounds a chain of redirects.
const maxRedirects = 5

// newHTTPClient stacks what is below the retries. Its transport has no CloseIdleConnections, so one failed call does not
// close the connections of the others.
func newHTTPClient(c *Client) *http.Client {
	return &http.Client{Transport: signingTransport{c}, CheckRedirect: checkRedirect}
}

// checkRedirect follows redirects of reads: net/http would turn a redirected POST into a GET. Another host does not speak for
// the API, and is not even asked: it may be one that only the caller can reach. It may well serve a file.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first, k := via[0], callFrom(req.Context())
	switch {
	case first.Method != http.MethodGet && first.Method != http.MethodHead:
		return http.ErrUseLastResponse
	case len(via) >= maxRedirects:
		return &policyError{fmt.Errorf("stopped after %d redirects", len(via))}
	case first.URL.Scheme == "https" && req.URL.Scheme != "https":
		return &policyError{errors.New("the server redirected from https to " + req.URL.Scheme + ": not followed")}
	case req.URL.User != nil:
		return &policyError{errors.New("the server redirected to a URL with a user name: not followed")}
	case !k.download && !k.client.Own(req.URL):
		return &policyError{errors.New("the server redirected to another host, port or scheme: not followed")}
	}
	return nil
}

// signingTransport adds the credential, for the API's own host only, on every hop and attempt. A rejected credential is
// replaced and the request repeated once.
type signingTransport struct{ *Client }

// errPaused says that a pause began while a credential was obtained: the request has not been sent, or not again.
var errPaused = errors.New("paused")

// RoundTrip sends the request and, when a pause has begun since the call passed the gate, waits for its end before.
func (t signingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	c := callFrom(req.Context())
	for {
		sent := c.attempts
		resp, err := t.bounded(c, req)
		if err != errPaused { //nolint:errorlint // it is ours, and nobody wraps it
			return resp, err
		}
		c.leave()
		if err := c.enter(req.Context()); err != nil {
			closeBody(req)
			return nil, err
		}
		if c.attempts > sent {
			body, err := c.freshBody(req)
			if err != nil {
				return nil, &policyError{err}
			}
			req = req.WithContext(req.Context())
			req.Body = body
		}
	}
}

// bounded bounds the exchange by the timeout of the call. It does so itself: http.Client.Timeout would start a goroutine
// for each attempt.
func (t signingTransport) bounded(c *call, req *http.Request) (*http.Response, error) {
	if c.timeout <= 0 {
		return t.exchange(req.Context(), c, req)
	}
	ctx, cancel := context.WithTimeout(req.Context(), c.timeout)
	resp, err := t.exchange(ctx, c, req)
	if err != nil {
		if ctx.Err() != nil && req.Context().Err() == nil {
			err = fmt.Errorf("timed out after %s: %w", c.timeout, err)
		}
		cancel()
		return nil, err
	}
	resp.Body = &timedBody{resp.Body, cancel}
	return resp, nil
}

// timedBody ends the timeout of an attempt when its body is closed.
type timedBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *timedBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

func (t signingTransport) exchange(ctx context.Context, c *call, req *http.Request) (*http.Response, error) {
	if !t.Own(req.URL) {
		return t.send(c, stripped(ctx, req))
	}
	signed, err := t.sign(ctx, req)
	c.learn(req.Header, signed.Header)
	if err != nil {
		closeBody(req)
		return nil, &policyError{fmt.Errorf("the request could not be signed: %w", err)}
	}
	if _, closed := t.gate.closed(c.Request); closed {
		return nil, errPaused
	}
	resp, err := t.send(c, signed)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		if err == nil && resp.StatusCode < 300 && t.futility.Load() > 0 {
			t.futility.Store(0)
			t.futile.Store(0)
		}
		return resp, err
	}
	c.arrived = false // but turned away
	if c.refreshed {
		return resp, nil
	}
	body, whole := keepBody(resp)
	if !whole || lacksScope(resp, body) || !c.canRewind(req) {
		return resp, nil
	}
	c.refreshed = true
	again, fresh, err := t.refresh(ctx, req, signed)
	if err != nil {
		return nil, &Error{
			Op: c.op, Method: c.method, Path: c.path, Status: resp.StatusCode, TraceID: traceID(resp.Header),
			cause: fmt.Errorf("the rejected credential could not be replaced: %w", err),
		}
	}
	if again == nil {
		return resp, nil
	}
	if _, closed := t.gate.closed(c.Request); closed {
		if c.refusals++; c.refusals <= maxRefusals {
			c.refreshed = false // the pause may outlast the new credential
		}
		return nil, errPaused
	}
	if again.Body, err = c.freshBody(req); err != nil {
		return nil, &policyError{err}
	}
	c.learn(req.Header, again.Header)
	resp, err = t.send(c, again)
	if err == nil && resp.StatusCode == http.StatusUnauthorized {
		c.arrived = false
		if fresh {
			t.giveUp()
		}
	}
	return resp, err
}

// sign returns a signed copy of req.
func (t signingTransport) sign(ctx context.Context, req *http.Request) (*http.Request, error) {
	signed := req.WithContext(ctx)
	signed.Header = maps.Clone(req.Header)
	return signed, t.auth.Sign(signed)
}

// harmless are the headers that a foreign host may see, a media store that Jira redirects to for example. All others may
// hold a credential.
var harmless = []string{"Accept", "If-Range", "Range", "User-Agent"}

// stripped is req for a foreign host.
func stripped(ctx context.Context, req *http.Request) *http.Request {
	plain := req.WithContext(ctx)
	plain.Header = maps.Clone(req.Header)
	maps.DeleteFunc(plain.Header, func(name string, _ []string) bool { return !slices.Contains(harmless, name) })
	return plain
}

// keepBody reads the body of a rejection and puts it back to be read again. It reports whether it came whole.
func keepBody(resp *http.Response) (body []byte, whole bool) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	discard(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return body, err == nil
}

// A pause follows a credential that was rejected as soon as it was made: the next would hardly fare better. It is short at
// first, since a server may reject everything for a moment, and the credential that it then knows may end meanwhile.
const firstRefreshPause, longestRefreshPause = time.Second, time.Minute

// giveUp begins the pause. It doubles until a credential is accepted.
func (t signingTransport) giveUp() {
	doubled := firstRefreshPause << min(t.futility.Add(1)-1, 10)
	t.futile.Store(time.Now().Add(min(doubled, longestRefreshPause)).UnixNano())
}

// refresh returns a newly signed copy of req, or nil when there is no other credential. One goroutine refreshes, the
// others wait for it and find that the rejected credential is no longer the current one: theirs is not fresh.
func (t signingTransport) refresh(ctx context.Context, req, rejected *http.Request) (again *http.Request, fresh bool, err error) {
	select {
	case t.refreshing <- struct{}{}:
		defer func() { <-t.refreshing }()
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
	current, err := t.sign(ctx, req)
	if err != nil {
		return nil, false, err
	}
	if !maps.EqualFunc(current.Header, rejected.Header, slices.Equal) {
		return current, false, nil
	}
	if time.Now().UnixNano() < t.futile.Load() {
		return nil, false, nil
	}
	if ok, err := t.auth.Refresh(ctx, rejected); err != nil || !ok {
		return nil, false, err
	}
	again, err = t.sign(ctx, req)
	return again, true, err
}

// send is the only place where a request leaves, and where the call learns what became of it.
func (t signingTransport) send(c *call, req *http.Request) (*http.Response, error) {
	var conn *connection
	if !c.safe || c.removes { // a read that is given up does not care whether it had left
		req, conn = watched(req)
	}
	c.attempts++
	c.arrived = true
	start := time.Now()
	resp, err := t.transport.RoundTrip(req)
	switch {
	case err != nil:
		c.arrived = conn.used(err)
	case resp == nil:
		err = errors.New("the transport gave neither an answer nor an error")
	case resp.Body == nil:
		resp.Body = http.NoBody
	}
	if err == nil && leadsNowhere(resp) {
		discard(resp.Body)
		resp, err = nil, &policyError{errors.New("the server redirected to what is no address: not followed")}
	}
	if len(t.hooks) > 0 || t.logger != nil {
		e := Event{
			Op: c.op, Method: req.Method, Path: c.path, Attempt: c.attempts, Duration: time.Since(start),
			Err: c.secrets.cleanError(plainError(err)), // a broken answer is quoted by net/http, and may hold what was sent
		}
		if resp != nil {
			e.Status, e.TraceID = resp.StatusCode, c.secrets.clean(traceID(resp.Header))
		}
		t.observe(req.Context(), e)
	}
	return resp, err
}

// leadsNowhere reports a redirect whose Location cannot be read. net/http would put it into its error, signature and all.
func leadsNowhere(resp *http.Response) bool {
	if resp.StatusCode < 300 || resp.StatusCode > 399 || resp.Header.Get("Location") == "" {
		return false
	}
	_, err := resp.Location()
	return err != nil
}

// connection learns whether a request got a connection to leave by.
type connection struct{ wanted, got atomic.Bool }

func watched(req *http.Request) (*http.Request, *connection) {
	conn := new(connection)
	return req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GetConn: func(string) { conn.wanted.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { conn.got.Store(true) },
	})), conn
}

// used reports whether a request that failed with err may have left. A transport that is not net/http's may not tell of
// its connections: then the error must.
func (conn *connection) used(err error) bool {
	if conn == nil {
		return true
	}
	return conn.got.Load() || !conn.wanted.Load() && !neverSent(err)
}

// canRewind reports whether the body can be sent a second time.
func (c *call) canRewind(req *http.Request) bool {
	if c.stream != nil {
		return !c.stream.Once
	}
	return req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
}

func (c *call) freshBody(req *http.Request) (io.ReadCloser, error) {
	switch {
	case c.stream != nil:
		return c.stream.Open()
	case req.GetBody != nil:
		return req.GetBody()
	}
	return req.Body, nil
}

// Own reports whether u is on the API's own host, by scheme, host and port. Credentials are sent nowhere else.
func (c *Client) Own(u *url.URL) bool {
	if c == nil || c.home == nil || u == nil {
		return false
	}
	return u.Scheme == c.home.Scheme && (u.Host == c.home.Host || port(u) == port(c.home) && host(u) == host(c.home))
}

// host makes names comparable. Only ASCII letters are alike in both cases: what else folds to the same may be resolved to
// another host, and the zone of an IPv6 address is the name of an interface.
func host(u *url.URL) string {
	name, zone, _ := strings.Cut(u.Hostname(), "%")
	return strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		return c
	}, strings.TrimSuffix(name, ".")) + "%" + zone
}

func port(u *url.URL) string {
	switch p := u.Port(); {
	case p != "":
		return p
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// plainError takes the URL, which holds the query, out of an error of net/http.
func plainError(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// discard reads a little of what is left, so that the connection can be used again, and closes.
func discard(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, maxErrorBody)
	_ = body.Close()
}

// isLoopback reports whether host is this machine.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// cut reports an answer that broke off: another attempt may bring the whole of it.
func cut(ctx context.Context, err error) bool {
	return ctx.Err() == nil && !errors.Is(err, ErrTooLarge)
}
