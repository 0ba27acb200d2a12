package faults

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// answer is a whole answer, and how it is sent: one part, perhaps a pause and another part, and an end.
type answer struct {
	status int
	header http.Header
	length int // as announced
	first  []byte
	pause  time.Duration
	second []byte
	end    error // nil is a proper one
	zipped bool  // the parts are what a decompressor chokes on
}

// own is the rule's own answer.
func (f *fault) own() *answer {
	header := http.Header{"Content-Type": {"application/json"}}
	status, body := f.Status, []byte(f.Body)
	if status < http.StatusOK || status > 999 { // net/http panics, or waits for another one
		body = []byte(strconv.Quote(fmt.Sprintf("faults: the rule %q answers %d: a Status is a number from 200 to 999", f.Name, status)))
		status = http.StatusInternalServerError
	}
	return f.spoil(&answer{status: status, header: header, first: body})
}

// overlay does to the real answer what the rule says.
func (f *fault) overlay(a *answer) *answer {
	if f.Status != 0 {
		return f.own()
	}
	return f.spoil(a)
}

// spoil does to an answer what the rule says.
func (f *fault) spoil(a *answer) *answer {
	maps.Copy(a.header, f.Header.Clone())
	if f.limit != nil {
		f.limit.tell(a.header, f.left)
	}
	a.length = len(a.first)
	half := a.length / 2
	switch {
	case f.Cut == CutBody:
		a.first, a.end = a.first[:half], io.ErrUnexpectedEOF
		return a
	case a.length == 0: // nothing to spoil
		return a
	}
	switch f.Spoil {
	case SpoilNone, SpoilSlowHeader, SpoilRepeatedToken, SpoilDuplicatedToken, SpoilShortPage, SpoilShrunkList:
	case SpoilSlowBody:
		a.first, a.pause, a.second = a.first[:half], f.Wait, a.first[half:]
	case SpoilLongLength:
		a.length, a.end = 2*a.length, io.ErrUnexpectedEOF
	case SpoilShortLength:
		a.length, a.first = half, a.first[:half]
	case SpoilGzip:
		a.first, a.zipped = bytes.Repeat([]byte{0xa5}, a.length), true
		a.header.Set("Content-Encoding", "gzip")
	}
	return a
}

// headers announces the body.
func (a *answer) headers() http.Header {
	h := a.header.Clone()
	if a.length > 0 {
		h.Set("Content-Length", strconv.Itoa(a.length))
	}
	return h
}

// write sends the answer as a handler does. It does not return if the end is not proper.
func (a *answer) write(w http.ResponseWriter, r *http.Request) {
	maps.Copy(w.Header(), a.headers())
	w.WriteHeader(a.status)
	_, _ = w.Write(a.first)
	if a.pause > 0 || a.end != nil {
		_ = http.NewResponseController(w).Flush()
	}
	if a.pause > 0 && !wait(r.Context().Done(), a.pause) {
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(a.second)
	if a.end != nil {
		panic(http.ErrAbortHandler)
	}
}

// response is the answer as a transport returns it: decompressed, as net/http's does.
func (a *answer) response(req *http.Request) *http.Response {
	resp := &http.Response{
		Status:     strconv.Itoa(a.status) + " " + http.StatusText(a.status),
		StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.headers(), ContentLength: int64(a.length), Request: req,
	}
	if a.zipped {
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
		resp.ContentLength, resp.Uncompressed = -1, true
		a.first, a.end = nil, gzip.ErrHeader
	}
	if req.Method == http.MethodHead {
		a.first, a.second = nil, nil
	}
	resp.Body = a.reader(req)
	return resp
}

// reader is the body as a transport returns it.
func (a *answer) reader(req *http.Request) io.ReadCloser {
	return &body{a: a, done: req.Context().Done(), ended: func() error { return req.Context().Err() }, closed: make(chan struct{})}
}

// wait reports whether the time passed before done did.
func wait(done <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-done:
		return false
	}
}
