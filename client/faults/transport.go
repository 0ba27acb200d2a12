package faults

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"
)

// Transport returns a transport that applies the rules and leaves everything else to next. What it does to an answer it
// does when it has the whole of it. Without a next it is [http.DefaultTransport].
func (in *Injector) Transport(next http.RoundTripper) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return &transport{in, next}
}

type transport struct {
	in   *Injector
	next http.RoundTripper
}

// CloseIdleConnections passes on what [http.Client.CloseIdleConnections] asks for.
func (t *transport) CloseIdleConnections() {
	if next, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		next.CloseIdleConnections()
	}
}

// RoundTrip implements [http.RoundTripper].
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req == nil || req.URL == nil {
		return nil, errNoRequest
	}
	original := req
	l, err := t.in.peek(req)
	if err != nil {
		return nil, errors.Join(err, req.Body.Close())
	}
	if l != nil && l.body != nil {
		if err := req.Body.Close(); err != nil {
			return nil, err
		}
		req = req.WithContext(req.Context())
		resend(req, l.body)
	}
	f, ok := t.in.pick(req, l)
	if !ok {
		return passed(original, req, t.next)
	}
	if req.Body == nil {
		req = req.WithContext(req.Context())
		req.Body = http.NoBody
	}
	if f.Delay > 0 && !wait(req.Context().Done(), f.Delay) {
		return nil, errors.Join(req.Context().Err(), req.Body.Close())
	}
	switch {
	case f.Cut == CutDial:
		return nil, errors.Join(refused(), req.Body.Close())
	case f.Cut == CutBefore:
		return nil, errors.Join(reset(), req.Body.Close())
	case f.Status != 0 && !f.Handled:
		if err := req.Body.Close(); err != nil {
			return nil, err
		}
		return f.deliver(original, f.own())
	case f.plain():
		resp, err := passed(original, req, t.next)
		if err == nil {
			f.spoil(&answer{header: resp.Header})
		}
		return resp, err
	}
	return f.exchange(original, req, t.next)
}

// passed sends a request, which may be a copy of the original.
func passed(original, req *http.Request, next http.RoundTripper) (*http.Response, error) {
	resp, err := roundTrip(next, req)
	if err == nil {
		resp.Request = original
	}
	return resp, err
}

var errNoRequest = errors.New("faults: the request is nil or has no URL: make it by http.NewRequest")

// roundTrip lets next answer. What is made by hand for a test may lack what a real transport always gives.
func roundTrip(next http.RoundTripper, req *http.Request) (*http.Response, error) {
	resp, err := next.RoundTrip(req)
	switch {
	case err != nil:
		return nil, err
	case resp == nil:
		return nil, errors.New("faults: the transport behind the faults returned neither an answer nor an error")
	case resp.Header == nil:
		resp.Header = http.Header{}
	}
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	return resp, nil
}

// exchange lets the request take effect, and the fault happen to its answer.
func (f *fault) exchange(original, req *http.Request, next http.RoundTripper) (*http.Response, error) {
	if f.pages() {
		req = f.asking(req)
	}
	resp, err := roundTrip(next, req)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	a := &answer{status: resp.StatusCode, header: resp.Header.Clone(), first: data}
	if f = f.settle(a, req.Method); f == nil {
		resp.Request, resp.Body = original, a.reader(req)
		return resp, nil
	}
	if f.Cut == CutAfter {
		return nil, reset()
	}
	return f.deliver(original, f.overlay(a))
}

// deliver returns an answer, in time or late.
func (f *fault) deliver(req *http.Request, a *answer) (*http.Response, error) {
	if f.Cut == CutAfter {
		return nil, reset()
	}
	if f.Spoil == SpoilSlowHeader && !wait(req.Context().Done(), f.Wait) {
		return nil, req.Context().Err()
	}
	return a.response(req), nil
}

func refused() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}

func reset() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
}

// body is the body of an answer.
type body struct {
	a     *answer
	done  <-chan struct{}
	ended func() error // why done is closed

	once   sync.Once
	closed chan struct{}
}

// Read implements [io.Reader].
func (b *body) Read(p []byte) (int, error) {
	select {
	case <-b.done:
		return 0, b.ended()
	case <-b.closed:
		return 0, http.ErrBodyReadAfterClose
	default:
	}
	for {
		switch {
		case len(b.a.first) > 0:
			n := copy(p, b.a.first)
			b.a.first = b.a.first[n:]
			return n, nil
		case b.a.pause > 0:
			if err := b.wait(b.a.pause); err != nil {
				return 0, err
			}
			b.a.pause = 0
		case len(b.a.second) > 0:
			b.a.first, b.a.second = b.a.second, nil
		case b.a.end != nil:
			return 0, b.a.end
		default:
			return 0, io.EOF
		}
	}
}

func (b *body) wait(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-b.done:
		return b.ended()
	case <-b.closed:
		return http.ErrBodyReadAfterClose
	}
}

// Close implements [io.Closer].
func (b *body) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}
