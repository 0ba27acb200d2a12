package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
)

// BodyDecoder decodes a whole answer by itself, where encoding/json is too slow. It may go on reading body after it has
// returned nil; when it has called done, or returned an error, the bytes are used again for other answers.
//
// Where an API tells of failures in answers that look like a success, the decoder returns them as an *[Error] of
// [ErrorFrom]. [Client.Do] adds what the call is about.
type BodyDecoder interface {
	DecodeBody(body []byte, done func()) error
}

// LocationDecoder takes where a 303 points to, for a write that starts something which goes on elsewhere. The redirect is
// then the success of the call, and nothing is sent there. See [Client.Own].
type LocationDecoder interface {
	DecodeLocation(location *url.URL) error
}

// AnswerWriter is an [io.Writer] that sees the answer to a success before the body is copied to it; when it returns an
// error, nothing is.
type AnswerWriter interface {
	Write(p []byte) (int, error)
	Answer(status int, header http.Header) error
}

// bodyWriter is what Client.Do copies a body to.
type bodyWriter interface{ Write(p []byte) (int, error) }

// brokenBody is an answer that could not be read to its end.
type brokenBody struct {
	err    error
	partly bool // some of it has been handed to the caller
}

func (e *brokenBody) Error() string { return "the answer broke off: " + e.err.Error() }
func (e *brokenBody) Unwrap() error { return e.err }

// buffers are used again and again; those that a huge answer has blown up are left to the collector.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const (
	maxKeptBuffer = 4 << 20
	smallBuffer   = 4 << 10
)

// decode reads the body of a success into out.
func (c *Client) decode(r *Request, resp *http.Response, out any) error {
	if out == nil {
		return nil
	}
	if resp.StatusCode == http.StatusNoContent {
		return r.nothing(resp)
	}
	if w, ok := out.(bodyWriter); ok {
		if a, ok := out.(AnswerWriter); ok {
			if err := a.Answer(resp.StatusCode, resp.Header); err != nil {
				_ = resp.Body.Close() // what follows is not wanted, and may be slow to come
				return err
			}
		}
		n, err := io.Copy(w, readOnly{resp.Body})
		if read, ok := errors.AsType[*readError](err); ok {
			return &brokenBody{read.err, n > 0}
		}
		if err != nil {
			_ = resp.Body.Close() // what is left is not wanted, and may be slow to come
		}
		return err
	}
	buf := buffers.Get().(*bytes.Buffer)
	err := c.read(r, resp, buf)
	if d, ok := out.(BodyDecoder); ok && err == nil && buf.Len() > 0 {
		return r.lend(resp, buf, d)
	}
	defer release(buf)
	if err != nil {
		return err
	}
	return r.unmarshal(resp, buf.Bytes(), out)
}

// locate hands the Location of a redirect to d.
func (k *call) locate(resp *http.Response, d LocationDecoder) error {
	location, err := resp.Location()
	if err == nil {
		// Not all transports tell the response of its request, which it may be relative to.
		err = d.DecodeLocation(k.client.home.ResolveReference(location))
	}
	if err != nil {
		return k.unreadable(resp, nil, plainError(err))
	}
	return nil
}

// read takes the whole body into buf, up to the limit.
func (c *Client) read(r *Request, resp *http.Response, buf *bytes.Buffer) error {
	if n := resp.ContentLength; n > 0 && n <= min(c.maxResponse, maxKeptBuffer) { // one may announce more than one sends
		buf.Grow(int(n) + bytes.MinRead)
	}
	for {
		if int64(buf.Len()) > c.maxResponse {
			return r.unreadable(resp, ErrTooLarge, fmt.Errorf("the answer is larger than %d bytes", c.maxResponse))
		}
		if buf.Available() == 0 {
			enlarge(buf, c.maxResponse)
		}
		free := buf.AvailableBuffer()
		n, err := resp.Body.Read(free[:cap(free)])
		_, _ = buf.Write(free[:n])
		if errors.Is(err, io.EOF) && int64(buf.Len()) <= c.maxResponse {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return &brokenBody{err: plainError(err)}
		}
	}
}

// enlarge doubles buf, up to a byte more than the limit, where bytes.Buffer would go on to twice the limit. A large one
// grows eightfold: all the smaller ones are still there when the collector is late.
func enlarge(buf *bytes.Buffer, limit int64) {
	next, least := min(limit, math.MaxInt-1)+1, max(int64(buf.Cap()), smallBuffer)
	if least >= maxKeptBuffer {
		least *= 4
	}
	for next/2 > least {
		next /= 2
	}
	*buf = *bytes.NewBuffer(append(make([]byte, 0, next), buf.Bytes()...))
}

// lend gives buf to a decoder that may be slower than the call: the last of the two to be done with it releases it.
func (r *Request) lend(resp *http.Response, buf *bytes.Buffer, d BodyDecoder) error {
	var users atomic.Int32
	users.Store(2)
	leave := func() {
		if users.Add(-1) == 0 {
			release(buf)
		}
	}
	defer leave()
	done := sync.OnceFunc(leave)
	err := d.DecodeBody(buf.Bytes(), done)
	if err != nil {
		done()
	}
	return r.undecodable(resp, buf.Bytes(), err)
}

func release(buf *bytes.Buffer) {
	if buf.Cap() <= maxKeptBuffer {
		buf.Reset()
		buffers.Put(buf)
	}
}

func (r *Request) unmarshal(resp *http.Response, body []byte, out any) error {
	if text := bytes.TrimSpace(body); len(text) == 0 || string(text) == "null" {
		return r.nothing(resp)
	}
	err := Unmarshal(body, out)
	if err == nil {
		err = r.lacking(body)
	}
	return r.undecodable(resp, body, err)
}

// lacking looks for what the answer must have.
func (r *Request) lacking(body []byte) error {
	if len(r.expects) == 0 {
		return nil
	}
	var properties map[string]json.RawMessage
	if err := json.Unmarshal(body, &properties); err != nil {
		return err
	}
	for _, name := range r.expects {
		switch string(properties[name]) {
		case "", "null", `""`:
			return fmt.Errorf("it has no %s", name)
		}
	}
	return nil
}

// nothing judges a success without an answer: what a read asked for must come, while some writes answer nothing, and who
// needs their answer looks at it.
func (r *Request) nothing(resp *http.Response) error {
	if !r.reads() {
		return nil
	}
	return r.unreadable(resp, nil, errors.New("the answer is empty"))
}

// undecodable explains why a body could not be decoded; nil for nil.
func (r *Request) undecodable(resp *http.Response, body []byte, err error) error {
	if err == nil {
		return nil
	}
	if told, ok := err.(*Error); ok { //nolint:errorlint // the decoder's own finding, not what lies beneath one
		told.Op, told.Method, told.Path, told.TraceID = r.op, r.method, r.path, traceID(resp.Header)
		told.Body = bytes.Clone(body[:min(len(body), maxErrorBody)])
		return told
	}
	e := r.unreadable(resp, nil, fmt.Errorf("the answer cannot be decoded: %w", Misfit(err)))
	if isHTML(resp, body) {
		e.cause = nil
		e.Messages = []string{"the server sent an HTML page" + htmlTitle(body) + " where JSON was due"}
	}
	e.Body = bytes.Clone(body[:min(len(body), maxErrorBody)])
	return e
}

// unreadable is the error of a success whose body is of no use.
func (r *Request) unreadable(resp *http.Response, kind, cause error) *Error {
	return &Error{
		Op: r.op, Method: r.method, Path: r.path, Status: resp.StatusCode, TraceID: traceID(resp.Header),
		kind: kind, cause: cause,
	}
}

// readOnly marks errors of reading, to tell them from those of the caller's writer.
type readOnly struct{ r io.Reader }

type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

func (r readOnly) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &readError{plainError(err)}
	}
	return n, err
}
