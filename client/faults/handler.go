package faults

import (
	"bytes"
	"io"
	"net/http"
)

// Handler returns a handler that applies the rules and leaves everything else to next. Connections are cut by
// panicking with [http.ErrAbortHandler], which net/http's server understands. Without a next all else is a 501.
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
		f, ok := in.pick(r)
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
		panic(http.ErrAbortHandler)
	case f.plain():
		f.spoil(&answer{header: w.Header()})
		next.ServeHTTP(w, r)
		return
	}
	var a *answer
	if f.Status != 0 && !f.Handled {
		a = f.own()
	} else {
		a = f.record(r, next)
	}
	switch {
	case f.Cut == CutAfter:
		panic(http.ErrAbortHandler)
	case f.Spoil == SpoilSlowHeader && !wait(r.Context().Done(), f.Wait):
		panic(http.ErrAbortHandler)
	}
	a.write(w, r)
}

// plain reports that the real answer may be streamed: nothing happens to it but some headers.
func (f *fault) plain() bool { return f.Status == 0 && f.Cut == CutNone && f.Spoil == SpoilNone }

// record handles the request and keeps the answer.
func (f *fault) record(r *http.Request, next http.Handler) *answer {
	var sent *list
	if f.pages() {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		again := r.Clone(r.Context())
		sent = f.request(again, data)
		again.RequestURI = again.URL.RequestURI()
		again.Body = io.NopCloser(bytes.NewReader(sent.body))
		again.ContentLength = int64(len(sent.body))
		r = again
	}
	rec := &recorder{header: http.Header{}}
	next.ServeHTTP(rec, r)
	rec.WriteHeader(http.StatusOK)
	if f.Status != 0 {
		return f.own()
	}
	body := rec.body.Bytes()
	if sent != nil {
		body = f.answer(sent, body)
	}
	return f.spoil(&answer{status: rec.status, header: rec.header, first: body})
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
