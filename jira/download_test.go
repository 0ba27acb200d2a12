package jira_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

// contents is n bytes of which no two parts are alike.
func contents(n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// cutter breaks the connection after so many bytes of the body.
type cutter struct {
	http.ResponseWriter

	left int
}

func (c *cutter) Write(p []byte) (int, error) {
	if c.left < len(p) {
		_, _ = c.ResponseWriter.Write(p[:c.left])
		_ = http.NewResponseController(c.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	c.left -= len(p)
	return c.ResponseWriter.Write(p)
}

// store is a media store that cuts each answer. Its handler sees the number of the request.
func store(t *testing.T, handler func(n int, w http.ResponseWriter, r *http.Request)) (*jira.Client, *atomic.Int32) {
	t.Helper()
	var requests atomic.Int32
	location := media(t, func(w http.ResponseWriter, r *http.Request) { handler(int(requests.Add(1)), w, r) })
	jc, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, location, http.StatusSeeOther)
	}))
	return jc, &requests
}

// memoryStore is a store without connections, for what takes time.
type memoryStore struct {
	testing.TB
	handler  func(n int, w http.ResponseWriter, r *http.Request)
	requests int
}

func (s *memoryStore) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	if r.URL.Host != "media.example" {
		http.Redirect(rec, r, "https://media.example/file/1/binary?token=signed", http.StatusSeeOther)
		return rec.Result(), nil
	}
	if r.Header.Get("Authorization") != "" {
		s.Error("the media host got a credential")
	}
	s.requests++
	cut := func() (cut bool) {
		defer func() { cut = recover() != nil }()
		s.handler(s.requests, rec, r)
		return false
	}()
	resp := rec.Result()
	resp.Request = r
	if cut {
		resp.Body = io.NopCloser(io.MultiReader(resp.Body, iotest.ErrReader(io.ErrUnexpectedEOF)))
	}
	return resp, nil
}

func TestDownloadGoesOn(t *testing.T) {
	t.Parallel()
	const size, piece = 1 << 20, 300 << 10
	data := contents(size)
	changed := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	const date = "Sun, 01 Nov 2026 12:00:00 GMT"
	for name, tt := range map[string]struct {
		etag     string
		modified time.Time
		ranges   bool
		length   bool
		ifRange  string
	}{
		"by ranges":                     {`"v1"`, changed, true, true, `"v1"`},
		"by ranges, a weak tag":         {`W/"v1"`, time.Time{}, true, true, ""},
		"by ranges, a date":             {"", changed, true, true, date},
		"by ranges, a weak tag, a date": {`W/"v1"`, changed, true, true, date},
		"of a store without ranges":     {`"v1"`, time.Time{}, false, true, `"v1"`},
		"of an unknown length":          {"", changed, false, false, date},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := &memoryStore{TB: t, handler: func(n int, w http.ResponseWriter, r *http.Request) {
					if n > 1 && (r.Header.Get("If-Range") != tt.ifRange || r.Header.Get("Range") == "") {
						t.Errorf("request %d has %v", n, r.Header)
					}
					if tt.etag != "" {
						w.Header().Set("ETag", tt.etag)
					}
					if !tt.ranges {
						if !tt.modified.IsZero() {
							w.Header().Set("Last-Modified", date)
						}
						if tt.length {
							w.Header().Set("Content-Length", strconv.Itoa(size))
						}
						_, _ = io.Copy(&cutter{w, n * piece}, bytes.NewReader(data))
						return
					}
					http.ServeContent(&cutter{w, piece}, r, "", tt.modified, bytes.NewReader(data))
				}}
				var got bytes.Buffer
				start := time.Now()
				n, err := newClient(t, store).Attachments.Download(t.Context(), "1", &got)
				if err != nil || n != size || !bytes.Equal(got.Bytes(), data) || store.requests != 4 {
					t.Errorf("%d bytes, %v after %d requests", n, err, store.requests)
				}
				if took := time.Since(start); took != 750*time.Millisecond { // 0, 250 and 500
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

// A store that breaks off all the time is asked less and less often, until the context ends.
func TestDownloadPauses(t *testing.T) {
	t.Parallel()
	data := contents(4 << 20)
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		start := time.Now()
		jc := newClient(t, &memoryStore{TB: t, handler: func(n int, w http.ResponseWriter, r *http.Request) {
			at = append(at, time.Since(start))
			piece := 64 << 10
			if n == 4 {
				piece = 1 << 20
			}
			w.Header().Set("ETag", `"v1"`)
			http.ServeContent(&cutter{w, piece}, r, "", time.Time{}, bytes.NewReader(data))
		}})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var got bytes.Buffer
		n, err := jc.Attachments.Download(ctx, "1", &got)
		want := []time.Duration{0, 0, 250, 750, 750, 750, 1000, 1500, 2500, 4500, 8500}
		for i := range want {
			want[i] *= time.Millisecond
		}
		if diff := cmp.Diff(want, at); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		var e *client.Error
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &e) || !strings.Contains(err.Error(), "broke off") {
			t.Errorf("the error is %v", err)
		}
		if n != 10*64<<10+1<<20 || !bytes.Equal(got.Bytes(), data[:n]) || time.Since(start) != 10*time.Second {
			t.Errorf("%d bytes after %s", n, time.Since(start))
		}
	})
}

// Where the first answer has no length, the next tells it.
func TestDownloadOfAnUnknownLength(t *testing.T) {
	t.Parallel()
	const old, changed = "Mon, 01 Jan 2024 00:00:00 GMT", "Tue, 02 Jan 2024 00:00:00 GMT"
	part := func(contentRange, modified, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Content-Range", contentRange)
			if modified != "" {
				w.Header().Set("Last-Modified", modified)
			}
			w.WriteHeader(http.StatusPartialContent)
			fmt.Fprint(w, body)
		}
	}
	whole := func(modified, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			if modified != "" {
				w.Header().Set("Last-Modified", modified)
			}
			fmt.Fprint(w, body)
		}
	}
	for name, tt := range map[string]struct {
		modified string // of the first answer
		then     []func(http.ResponseWriter)
		want     string
		says     string
		requests int
	}{
		"the rest":             {old, []func(http.ResponseWriter){part("bytes 4-9/10", old, "456789")}, "0123456789", "", 2},
		"the rest, no date":    {old, []func(http.ResponseWriter){part("bytes 4-9/10", "", "456789")}, "0123456789", "", 2},
		"nothing is left":      {old, []func(http.ResponseWriter){part("bytes 4-4/5", old, "4")}, "01234", "", 2},
		"pieces":               {old, []func(http.ResponseWriter){part("bytes 4-7/10", old, "4567"), part("bytes 8-9/10", old, "89")}, "0123456789", "", 3},
		"a piece, nothing":     {old, []func(http.ResponseWriter){part("bytes 4-7/20", old, "4567"), part("bytes 8-19/20", old, "")}, "01234567", "8 bytes in all, not the 20", 3},
		"another date":         {old, []func(http.ResponseWriter){part("bytes 4-9/10", changed, "xxxxxx")}, "01234", "have changed", 2},
		"another date, whole":  {old, []func(http.ResponseWriter){whole(changed, "xxxxxxxxxx")}, "01234", "have changed", 2},
		"no date, whole":       {old, []func(http.ResponseWriter){whole("", "xxxxxxxxxx")}, "01234", "have changed", 2},
		"nothing to tell from": {"", nil, "01234", "broke off", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := &memoryStore{TB: t, handler: func(n int, w http.ResponseWriter, r *http.Request) {
					if n == 1 {
						whole(tt.modified, "01234")(w)
						panic(http.ErrAbortHandler)
					}
					if n == 2 && r.Header.Get("Range") != "bytes=4-" {
						t.Errorf("the range is %s", r.Header.Get("Range"))
					}
					tt.then[min(n-2, len(tt.then)-1)](w)
				}}
				var got bytes.Buffer
				n, err := newClient(t, store).Attachments.Download(t.Context(), "1", &got)
				if got.String() != tt.want || n != int64(len(tt.want)) || store.requests != tt.requests {
					t.Errorf("%d bytes, %q after %d requests", n, got.String(), store.requests)
				}
				if (tt.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.says) {
					t.Errorf("the error is %v, want %q", err, tt.says)
				}
			})
		})
	}
}

func TestDownloadThatCannotGoOn(t *testing.T) {
	t.Parallel()
	const size, piece = 300 << 10, 100 << 10
	data := contents(size)
	part := func(w http.ResponseWriter, etag, contentRange string) {
		w.Header().Set("ETag", etag)
		w.Header().Set("Content-Range", contentRange)
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(data[piece:])
	}
	for name, tt := range map[string]struct {
		second func(w http.ResponseWriter)
		says   string
	}{
		"changed, whole":   {func(w http.ResponseWriter) { w.Header().Set("ETag", `"v2"`); _, _ = w.Write(data) }, "have changed"},
		"changed, a part":  {func(w http.ResponseWriter) { part(w, `"v2"`, "bytes 102400-307199/307200") }, "have changed"},
		"another length":   {func(w http.ResponseWriter) { part(w, `"v1"`, "bytes 102400-307199/307201") }, "have changed"},
		"another part":     {func(w http.ResponseWriter) { part(w, `"v1"`, "bytes 102401-307199/307200") }, "begins at byte 102401"},
		"no range":         {func(w http.ResponseWriter) { part(w, `"v1"`, "") }, "Content-Range"},
		"nonsense":         {func(w http.ResponseWriter) { part(w, `"v1"`, "bytes x-y/z") }, "Content-Range"},
		"gone":             {func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) }, "404"},
		"refused":          {func(w http.ResponseWriter) { w.WriteHeader(http.StatusRequestedRangeNotSatisfiable) }, "416"},
		"nothing but cuts": {func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, "EOF"},
		"nothing in an answer": {func(w http.ResponseWriter) {
			w.Header().Set("ETag", `"v1"`)
			w.Header().Set("Content-Range", "bytes 102400-307199/307200")
			w.WriteHeader(http.StatusPartialContent)
		}, "have 102400 bytes in all, not the 307200"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			jc, requests := store(t, func(n int, w http.ResponseWriter, r *http.Request) {
				if n > 1 {
					tt.second(w)
					return
				}
				w.Header().Set("ETag", `"v1"`)
				http.ServeContent(&cutter{w, piece}, r, "", time.Time{}, bytes.NewReader(data))
			})
			var got bytes.Buffer
			n, err := jc.Attachments.Download(t.Context(), "1", &got)
			var e *client.Error
			if !errors.As(err, &e) || e.Op != "Attachments.Download" || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("the error is %v, want %q", err, tt.says)
			}
			if n != piece || !bytes.Equal(got.Bytes(), data[:piece]) || requests.Load() > 10 {
				t.Errorf("%d bytes after %d requests", n, requests.Load())
			}
		})
	}
}

// A store that gives a little each time is not asked for ever.
func TestDownloadThatTrickles(t *testing.T) {
	t.Parallel()
	data := contents(1 << 20)
	synctest.Test(t, func(t *testing.T) {
		store := &memoryStore{TB: t, handler: func(_ int, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"v1"`)
			http.ServeContent(&cutter{w, 10}, r, "", time.Time{}, bytes.NewReader(data))
		}}
		var got bytes.Buffer
		n, err := newClient(t, store).Attachments.Download(t.Context(), "1", &got)
		if err == nil || n != 50 || !bytes.Equal(got.Bytes(), data[:50]) || store.requests != 5 {
			t.Errorf("%d bytes, %v after %d requests", n, err, store.requests)
		}
	})
}

// What the caller ends, or cannot write, does not go on.
func TestDownloadGivenUp(t *testing.T) {
	t.Parallel()
	data := contents(1 << 20)
	jc, requests := store(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		http.ServeContent(&cutter{w, 300 << 10}, r, "", time.Time{}, bytes.NewReader(data))
	})
	full := errors.New("the disk is full")
	room := 200 << 10
	n, err := jc.Attachments.Download(t.Context(), "1", writer(func(p []byte) (int, error) {
		if len(p) > room {
			return room, full
		}
		room -= len(p)
		return len(p), nil
	}))
	if !errors.Is(err, full) || n != 200<<10 || requests.Load() != 1 {
		t.Errorf("%d bytes, %v after %d requests", n, err, requests.Load())
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = jc.Attachments.Download(ctx, "1", writer(func(p []byte) (int, error) { cancel(); return len(p), nil }))
	if err == nil || requests.Load() != 2 {
		t.Errorf("%v after %d requests", err, requests.Load())
	}
}
