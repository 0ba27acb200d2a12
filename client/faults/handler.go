package faults

import (
	"bytes"
	"io"
	"net"
	"net/http"
)

// Handler returns a handler that applies the rules and leaves everything else to next, without which it is a 501. A connection
// that is cut before the answer is hijacked and reset, over TLS too. Where that cannot be done (HTTP/2, a writer that hides the
// real one) and in the middle of an answer the handler panics with [http.ErrAbortHandler], at which net/http's server closes an
// HTTP/1 connection, so that the client finds it at its end, and resets an HTTP/2 stream.
func (in *Injector) Handler(next http.Handler) http.Handler {
	if next == nil {
		next = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "faults: there is no handler behind the faults: give Injector.Handler one", http.StatusNotImplemented)
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r == nil || r.URL == nil {
			http.Error(w, errNoRequest.Error(), http.StatusBadRequest)
			return
		}
		l, err := in.peek(r)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if l != nil && l.body != nil {
			r.Body = io.NopCloser(bytes.NewReader(l.body)) // in place: who logs the request learns its pattern from it
		}
		f, ok := in.pick(r, l)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		if r.Body == nil {
			r = r.WithContext(r.Context())
			r.Body = http.NoBody
		}
		f.handle(w, r, next)
	})
}

// handle lets the fault happen on the side of the server.
func (f *fault) handle(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if f.Delay > 0 && !wait(r.Context().Done(), f.Delay) {
		panic(http.ErrAbortHandler) // the client has gone; the request must not take effect any more
	}
	switch {
	case f.Cut == CutBefore, f.Cut == CutDial:
		hangUp(w)
	case f.plain():
		f.spoil(&answer{header: w.Header()})
		next.ServeHTTP(w, r)
		return
	}
	var a *answer
	if f.Status != 0 && !f.Handled {
		a = f.own()
	} else {
		a = record(r, f, next)
		if f = f.settle(a, r.Method); f == nil {
			a.write(w, r)
			return
		}
		a = f.overlay(a)
	}
	switch {
	case f.Cut == CutAfter:
		hangUp(w)
	case f.Spoil == SpoilSlowHeader && !wait(r.Context().Done(), f.Wait):
		panic(http.ErrAbortHandler)
	}
	a.write(w, r)
}

// hangUp resets the connection before anything was answered. It does not return.
func hangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		if tls, ok := conn.(interface{ NetConn() net.Conn }); ok {
			conn = tls.NetConn() // whose Close would say goodbye
		}
		if tcp, ok := conn.(interface{ SetLinger(sec int) error }); ok {
			_ = tcp.SetLinger(0) // Close then resets instead of ending properly
		}
		_ = conn.Close()
	}
	panic(http.ErrAbortHandler)
}

// plain reports that the real answer may be streamed: nothing happens to it but some headers.
func (f *fault) plain() bool { return f.Status == 0 && f.Cut == CutNone && f.Spoil == SpoilNone }

// record handles the request and keeps the answer.
func record(r *http.Request, f *fault, next http.Handler) *answer {
	asked := r
	if f.pages() {
		asked = f.asking(r)
	}
	rec := &recorder{header: http.Header{}}
	next.ServeHTTP(rec, asked)
	r.Pattern = asked.Pattern
	rec.WriteHeader(http.StatusOK)
	return &answer{status: rec.status, header: rec.header, first: rec.body.Bytes()}
}

// recorder keeps an answer instead of sending it.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (rec *recorder) Header() http.Header { return rec.header }

func (rec *recorder) WriteHeader(status int) {
	if rec.status == 0 {
		rec.status = status
	}
}

func (rec *recorder) Write(p []byte) (int, error) {
	rec.WriteHeader(http.StatusOK)
	return rec.body.Write(p)
}
