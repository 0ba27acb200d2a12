package fake

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
)

// Transport is an [http.RoundTripper] that calls a handler in the same process: no listener, no sockets, and time
// that testing/synctest can control. It behaves as a network would where tests can tell: the answer is streamed, a
// cancelled context ends the call, and a handler that panics with [http.ErrAbortHandler] breaks the connection.
type Transport struct {
	// Handler takes the requests, whatever their host.
	Handler http.Handler
}

// RoundTrip implements [http.RoundTripper].
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req == nil || req.URL == nil {
		return nil, errors.New("the request is nil or has no URL: make it by http.NewRequest")
	}
	if err := req.Context().Err(); err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(req.Context())
	c := &call{req: req, header: http.Header{}, cancel: cancel, ready: make(chan struct{})}
	c.grown.L = &c.mu
	c.stop = context.AfterFunc(ctx, func() { c.fail(context.Cause(ctx)) })
	go c.serve(t.Handler, serverRequest(ctx, req))

	<-c.ready
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.sent {
		c.stop()
		cancel(c.err)
		return nil, c.err
	}
	if c.response.Header.Get("Content-Encoding") == "gzip" && req.Header.Get("Accept-Encoding") == "" && c.hasBody() {
		return decompressed(c.response), nil
	}
	return c.response, nil
}

// decompressed does what net/http's transport does for a client that leaves compression to it.
func decompressed(compressed *http.Response) *http.Response {
	resp := *compressed
	resp.Header = compressed.Header.Clone()
	resp.Header.Del("Content-Encoding")
	resp.Header.Del("Content-Length")
	resp.ContentLength, resp.Uncompressed = -1, true
	resp.Body = &gzipBody{ReadCloser: compressed.Body}
	return &resp
}

// gzipBody begins to decompress when it is read: the header of what is compressed may come late.
type gzipBody struct {
	io.ReadCloser

	plain *gzip.Reader
}

func (b *gzipBody) Read(p []byte) (int, error) {
	if b.plain == nil {
		plain, err := gzip.NewReader(b.ReadCloser)
		if err != nil {
			return 0, err
		}
		b.plain = plain
	}
	return b.plain.Read(p)
}

// serverRequest turns a client's request into what a server would have read from the wire.
func serverRequest(ctx context.Context, req *http.Request) *http.Request {
	in := req.Clone(ctx)
	in.RequestURI = req.URL.RequestURI()
	in.RemoteAddr = "192.0.2.1:1234"
	in.Proto, in.ProtoMajor, in.ProtoMinor = "HTTP/1.1", 1, 1
	in.Response, in.GetBody = nil, nil
	if in.Host == "" {
		in.Host = req.URL.Host
	}
	in.URL.Scheme, in.URL.Host, in.URL.User, in.URL.Fragment = "", "", nil, ""
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if in.Header == nil {
		in.Header = http.Header{}
	}
	return in
}

// flushAt is how much of an answer is collected before its headers leave: an answer below it gets a Content-Length.
const flushAt = 4 << 10

// call is one request on its way: it is the handler's ResponseWriter and the client's response body. What is
// written is kept until it is read, so a handler never waits for a slow reader.
type call struct {
	req    *http.Request
	cancel context.CancelCauseFunc
	stop   func() bool
	ready  chan struct{} // closed when the response is sent or the call has failed

	mu       sync.Mutex
	grown    sync.Cond // data, end or failure
	header   http.Header
	status   int
	body     []byte
	written  int64
	response *http.Response
	sent     bool  // the response has been handed to the client
	done     bool  // the handler has returned
	err      error // why the connection broke
}

func (c *call) serve(handler http.Handler, in *http.Request) {
	defer func() {
		if c.req.Body != nil {
			_ = c.req.Body.Close()
		}
		p := recover()
		err, _ := p.(error)
		switch aborted := errors.Is(err, http.ErrAbortHandler); {
		case p != nil && !aborted:
			c.fail(fmt.Errorf("fake: handler panicked: %v\n%s", p, debug.Stack()))
		case in.Context().Err() != nil:
			// The client left first, even if the handler came to its end because of it.
			c.fail(context.Cause(in.Context()))
		case aborted:
			c.fail(errAborted)
		default:
			c.finish()
		}
	}()
	handler.ServeHTTP(c, in)
}

// errAborted is what a client sees of a connection that broke before the answer.
var errAborted error = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

// Header implements [http.ResponseWriter].
func (c *call) Header() http.Header { return c.header }

// WriteHeader implements [http.ResponseWriter].
func (c *call) WriteHeader(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writeHeader(status)
}

func (c *call) writeHeader(status int) {
	if c.status != 0 || status < 200 {
		return
	}
	c.status = status
	// What the handler changes from now on comes too late.
	c.response = &http.Response{
		Status:     fmt.Sprintf("%d %s", status, http.StatusText(status)),
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: c.header.Clone(), Body: c, ContentLength: -1, Request: c.req,
	}
	if n, err := strconv.ParseInt(c.header.Get("Content-Length"), 10, 64); err == nil {
		c.response.ContentLength = n
	}
}

// hasBody reports whether the answer may have a body.
func (c *call) hasBody() bool {
	return c.req.Method != http.MethodHead && c.status != http.StatusNoContent && c.status != http.StatusNotModified
}

// Write implements [http.ResponseWriter].
func (c *call) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writeHeader(http.StatusOK)
	if c.err != nil {
		return 0, c.err
	}
	c.written += int64(len(p))
	if !c.hasBody() {
		if c.req.Method == http.MethodHead {
			return len(p), nil
		}
		return 0, http.ErrBodyNotAllowed
	}
	if n := c.response.ContentLength; n >= 0 && c.written > n {
		return 0, http.ErrContentLength
	}
	c.body = append(c.body, p...)
	if len(c.body) >= flushAt {
		c.send()
	}
	c.grown.Broadcast()
	return len(p), nil
}

// Flush implements [http.Flusher].
func (c *call) Flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writeHeader(http.StatusOK)
	c.send()
}

// send hands the response to the client.
func (c *call) send() {
	if !c.sent && c.err == nil {
		c.sent = true
		close(c.ready)
	}
}

// finish ends the answer as a handler that returns does.
func (c *call) finish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writeHeader(http.StatusOK)
	c.done = true
	switch n := c.response.ContentLength; {
	case !c.hasBody():
		if c.req.Method != http.MethodHead && !c.sent {
			c.response.ContentLength = 0
		}
	case n < 0 && !c.sent:
		c.response.ContentLength = c.written
		c.response.Header.Set("Content-Length", strconv.FormatInt(c.written, 10))
	}
	c.send()
	if c.hasBody() && c.response.ContentLength > c.written && c.err == nil {
		c.err = io.ErrUnexpectedEOF
	}
	c.grown.Broadcast()
}

// fail breaks the connection; the first reason counts.
func (c *call) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done || c.err != nil {
		return
	}
	if c.sent && errors.Is(err, errAborted) {
		err = io.ErrUnexpectedEOF
	}
	c.err = err
	if !c.sent {
		close(c.ready)
	}
	c.grown.Broadcast()
}

// Read implements [io.Reader] for the client's side of the answer.
func (c *call) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.body) == 0 && c.err == nil && !c.done {
		c.grown.Wait()
	}
	if len(c.body) > 0 {
		n := copy(p, c.body)
		c.body = c.body[n:]
		return n, nil
	}
	if c.err != nil {
		return 0, c.err
	}
	return 0, io.EOF
}

// Close implements [io.Closer]: the client has read enough, and the handler's context ends.
func (c *call) Close() error {
	c.stop()
	c.fail(errClosed)
	c.cancel(errClosed)
	return nil
}

var errClosed = errors.New("fake: read on closed response body")

// Do sends a request to a handler and returns the whole answer; for tests that need no client.
func Do(handler http.Handler, req *http.Request) (*http.Response, []byte, error) {
	resp, err := (&Transport{Handler: handler}).RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, nil, err
	}
	return resp, data, nil
}
