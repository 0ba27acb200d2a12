package client_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
)

type issue struct {
	Key    string `json:"key"`
	Fields struct {
		Summary string `json:"summary"`
	} `json:"fields"`
}

// A success whose body is of no use is an error that says why.
func TestUselessAnswers(t *testing.T) {
	t.Parallel()
	html := map[string]string{"Content-Type": "text/html"}
	tests := []struct {
		name   string
		answer reply
		want   string
	}{
		{"HTML", reply{Status: 200, Header: html, Body: "<html><title>Log in</title>"}, `the server sent an HTML page titled "Log in" where JSON was due`},
		{"HTML as JSON", ok("\n<!DOCTYPE html>"), "the server sent an HTML page where JSON was due"},
		{"empty", ok(""), "the answer is empty"},
		{"blank", ok(" \n"), "the answer is empty"},
		{"null", ok("null"), "the answer is empty"},
		{"truncated", ok(`{"key":"X-1","fields":{"summ`), "cannot be decoded: unexpected end of JSON input"},
		{"wrong type", ok(`{"key":{"private":1}}`), "cannot be decoded: key holds an unexpected object"},
		{"array", ok(`[{"key":"private"}]`), "cannot be decoded: it holds an unexpected array"},
		{"string", ok(`"private"`), "cannot be decoded: it holds an unexpected string"},
		{"text", ok("OK, private"), "cannot be decoded: invalid character 'O'"},
		{"two values", ok(`{"key":"X-1"}{"key":"X-2"}`), "cannot be decoded: invalid character '{' after top-level value"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := replies(tt.answer)
			err := newClient(t, n.transport()).Do(t.Context(), get(), new(issue))
			e := wantError(t, err)
			wantKinds(t, err)
			if e.Status != 200 || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "private") {
				t.Errorf("err = %v, want %s", err, tt.want)
			}
			if unlessEmpty(tt.answer.Body) != nil && string(e.Body) != tt.answer.Body {
				t.Errorf("Body = %q, want it as received", e.Body)
			}
			wantSent(t, n, 1)

			n = replies(tt.answer)
			wantKinds(t, newClient(t, n.transport()).Do(t.Context(), create(), new(issue)), unlessEmpty(tt.answer.Body)...)
			wantSent(t, n, 1)
		})
	}
}

// A read that is answered 204 has not got what it asked for, whoever decodes.
func TestNoContent(t *testing.T) {
	t.Parallel()
	for _, out := range []any{new(issue), &decoder{}, new(strings.Builder)} {
		err := newClient(t, replies(reply{Status: 204}).transport()).Do(t.Context(), get(), out)
		if wantKinds(t, err); !strings.Contains(wantError(t, err).Error(), "the answer is empty") {
			t.Errorf("%T: err = %v", out, err)
		}
	}
	for _, r := range []*client.Request{create(), client.NewRequest("Issues.Delete", "DELETE", issuePath, "X-1")} {
		if err := newClient(t, replies(reply{Status: 204}).transport()).Do(t.Context(), r, &decoder{}); err != nil {
			t.Error(err)
		}
	}
}

type decoder struct{}

func (*decoder) DecodeBody([]byte, func()) error { panic("there is nothing to decode") }

// unlessEmpty: a write may well answer nothing.
func unlessEmpty(body string) []string {
	if s := strings.TrimSpace(body); s == "" || s == "null" {
		return nil
	}
	return []string{"ambiguous"}
}

// What the caller does not ask for is not looked at; writes may answer nothing.
func TestAnswersThatAreFine(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer reply
		r      *client.Request
		out    any
	}{
		{"nonsense that nobody wants", ok("<html>"), get(), nil},
		{"empty 201", reply{Status: 201}, create(), new(issue)},
		{"empty 200 to PUT", ok(""), client.NewRequest("Issues.Edit", "PUT", issuePath, "X-1").JSON(1), new(issue)},
		{"empty 200 to DELETE", ok(" "), client.NewRequest("Issues.Delete", "DELETE", issuePath, "X-1"), new(issue)},
		{"unknown fields", ok(`{"key":"X-1","new":{"a":[1]},"fields":null}`), get(), new(issue)},
		{"no content type", reply{Status: 200, Header: map[string]string{"Content-Type": ""}, Body: `{"key":"X-1"}`}, get(), new(issue)},
		{"odd content type", reply{Status: 200, Header: map[string]string{"Content-Type": ";;"}, Body: `{"key":"X-1"}`}, get(), new(issue)},
		{"byte order apart", ok("\n\t {\"key\":\"X-1\"}\r\n"), get(), new(issue)},
		{"206", reply{Status: 206, Body: "part"}, get(), new(strings.Builder)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := replies(tt.answer)
			if err := newClient(t, n.transport()).Do(t.Context(), tt.r, tt.out); err != nil {
				t.Error(err)
			}
		})
	}
}

// An answer of 100 MB is given up at the limit, in bounded memory, and its connection is closed.
func TestHugeAnswer(t *testing.T) {
	// Not parallel: it measures memory.
	var written atomic.Int64
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 1600 {
			n, err := w.Write(bytes.Repeat([]byte(" "), 64<<10))
			if written.Add(int64(n)); err != nil {
				return
			}
		}
	})
	c := serve(t, handler, client.WithMaxResponse(1<<20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := c.Do(t.Context(), get(), new(any))
	runtime.ReadMemStats(&after)
	wantFailure(t, err)
	wantKinds(t, err, "tooLarge")
	if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
		t.Errorf("%d bytes were allocated, of which the server's share is small", used)
	}
	wantKinds(t, c.Do(t.Context(), create(), new(any)), "tooLarge", "ambiguous")
}

func TestDeclaredLength(t *testing.T) {
	t.Parallel()
	c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(1<<40)) // and nothing comes
	}), client.WithRetry(client.RetryPolicy{Retries: -1}))
	wantFailure(t, c.Do(t.Context(), get(), new(any)))
}

func TestLimitIsInclusive(t *testing.T) {
	t.Parallel()
	body := `{"key":"X-1"}`
	for limit, kind := range map[int64][]string{int64(len(body)): nil, int64(len(body)) - 1: {"tooLarge"}} {
		c := newClient(t, replies(ok(body)).transport(), client.WithMaxResponse(limit))
		wantKinds(t, c.Do(t.Context(), get(), new(any)), kind...)
	}
}

// The limit holds after decompression: gzip is asked for by net/http and undone by it.
func TestGzip(t *testing.T) {
	t.Parallel()
	compress := func(w io.Writer, r io.Reader) {
		z := gzip.NewWriter(w)
		_, _ = io.Copy(z, r)
		_ = z.Close()
	}
	var bomb bytes.Buffer
	compress(&bomb, io.LimitReader(endless(strings.Repeat(" ", 4096)), 8<<20))
	c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			w.WriteHeader(http.StatusNotAcceptable)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		if r.URL.Path == "/bomb" {
			_, _ = w.Write(bomb.Bytes())
			return
		}
		compress(w, strings.NewReader(`{"key":"X-1"}`))
	}), client.WithMaxResponse(1<<20))
	var got issue
	if err := c.Do(t.Context(), get(), &got); err != nil || got.Key != "X-1" {
		t.Errorf("key %q, err = %v", got.Key, err)
	}
	if bomb.Len() > 1<<17 {
		t.Fatalf("the bomb has %d bytes", bomb.Len())
	}
	wantKinds(t, c.Do(t.Context(), client.NewRequest("Bomb", "GET", "/bomb"), &got), "tooLarge")
}

// A download is copied as it comes and is not bounded; one that breaks off is not begun anew behind the writer's back.
func TestDownload(t *testing.T) {
	t.Parallel()
	t.Run("whole", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, replies(ok(strings.Repeat("x", 1<<20))).transport(), client.WithMaxResponse(10))
		var n counter
		if err := c.Do(t.Context(), get(), &n); err != nil || n != 1<<20 {
			t.Errorf("%d bytes, err = %v", n, err)
		}
	})
	t.Run("cut", func(t *testing.T) {
		t.Parallel()
		n := replies(reply{Status: 200, Fault: "cut"}, ok("whole"))
		var b strings.Builder
		err := newClient(t, n.transport()).Do(t.Context(), get(), &b)
		wantFailure(t, err)
		wantKinds(t, err)
		wantSent(t, n, 1)
		if !strings.Contains(err.Error(), "broke off") || b.String() != `{"key":` {
			t.Errorf("wrote %q, err = %v", b.String(), err)
		}
	})
	t.Run("cut before the first byte", func(t *testing.T) {
		t.Parallel()
		n := &network{answer: func(n int, req *http.Request) (*http.Response, error) {
			if n == 1 {
				return response(200, nil, io.NopCloser(broken{})), nil
			}
			return ok("whole").answer(req)
		}}
		var b strings.Builder
		c := newClient(t, n.transport(), client.WithRetry(client.RetryPolicy{MinWait: 1}))
		if err := c.Do(t.Context(), get(), &b); err != nil || b.String() != "whole" {
			t.Errorf("wrote %q, err = %v", b.String(), err)
		}
	})
	t.Run("error", func(t *testing.T) {
		t.Parallel()
		var b strings.Builder
		err := newClient(t, replies(reply{Status: 404, Body: `{"error":"gone"}`}).transport()).Do(t.Context(), get(), &b)
		if wantKinds(t, err, "notFound"); b.Len() > 0 {
			t.Errorf("wrote %q", b.String())
		}
	})
	t.Run("full disk", func(t *testing.T) {
		t.Parallel()
		full := errors.New("no space left")
		// The server goes on sending for ever, slowly: nobody waits for it.
		r, w := io.Pipe()
		go func() { _, _ = io.WriteString(w, "some") }()
		n := &network{answer: func(int, *http.Request) (*http.Response, error) { return response(200, nil, r), nil }}
		err := newClient(t, n.transport()).Do(t.Context(), get(), failingWriter{full})
		wantFailure(t, err)
		if wantSent(t, n, 1); !errors.Is(err, full) {
			t.Errorf("err = %v, want that of the writer", err)
		}
	})
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// held is a BodyDecoder that keeps the body until later.
type held struct {
	body []byte
	done func()
}

func (h *held) DecodeBody(body []byte, done func()) error {
	h.body, h.done = body, done
	return nil
}

// rejecting is a BodyDecoder that has finished with a body which it does not like.
type rejecting struct{}

func (rejecting) DecodeBody(_ []byte, done func()) error {
	done()
	return errors.New("not mine")
}

// Bytes that a decoder keeps stay its own until it is done, however many answers come meanwhile.
func TestBodyDecoder(t *testing.T) {
	t.Parallel()
	n := &network{answer: func(_ int, req *http.Request) (*http.Response, error) {
		return ok(`"` + strings.Repeat(req.Header.Get("X-Letter"), 1000) + `"`).answer(req)
	}}
	c := newClient(t, n.transport())
	var wg sync.WaitGroup
	for letter := range strings.SplitSeq("abcdefghij", "") {
		wg.Go(func() {
			for i := range 50 {
				if i%10 == 9 {
					if err := c.Do(t.Context(), get().Header("X-Letter", letter), rejecting{}); err == nil || !strings.Contains(err.Error(), "not mine") {
						t.Errorf("err = %v", err)
					}
				}
				var h held
				if err := c.Do(t.Context(), get().Header("X-Letter", letter), &h); err != nil {
					t.Error(err)
					return
				}
				var other string
				if err := c.Do(t.Context(), get().Header("X-Letter", "z"), &other); err != nil {
					t.Error(err)
				}
				if want := `"` + strings.Repeat(letter, 1000) + `"`; string(h.body) != want {
					t.Errorf("the body was overwritten: %.20s", h.body)
				}
				h.done()
				h.done() // twice does no harm
			}
		})
	}
	wg.Wait()
	var h held
	wantFailure(t, newClient(t, replies(ok("")).transport()).Do(t.Context(), get(), &h))
	if h.done != nil {
		t.Error("an empty answer was given to the decoder")
	}
}

// Whatever the server sends, the client does not panic.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{`{"key":"X-1"}`, `{"errors":[{}]}`, `[1,"a",null]`, `<title>x</title>`, `"`, `{"errors":{"a":{}}}`, "\xff\x00"} {
		f.Add(200, "application/json", "1", body)
		f.Add(400, "text/html", "Sat, 01 Jan 2000 00:00:00 GMT", body)
	}
	f.Fuzz(func(t *testing.T, code int, contentType, retryAfter, body string) {
		n := replies(reply{Status: code, Header: map[string]string{"Content-Type": contentType, "Retry-After": retryAfter}, Body: body})
		c := newClient(t, n.transport(), client.WithRetry(client.RetryPolicy{Retries: -1}))
		if err := c.Do(t.Context(), get(), new(issue)); err != nil {
			wantFailure(t, err)
		} else if !json.Valid([]byte(body)) && code != http.StatusNoContent {
			t.Errorf("%q was accepted", body)
		}
	})
}
