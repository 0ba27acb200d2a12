package jira_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

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

func TestDownloadGoesOn(t *testing.T) {
	t.Parallel()
	const size, piece = 1 << 20, 300 << 10
	data := contents(size)
	for name, tt := range map[string]struct {
		etag    string
		ranges  bool
		length  bool
		ifRange string
	}{
		"by ranges":                 {`"v1"`, true, true, `"v1"`},
		"by ranges, a weak tag":     {`W/"v1"`, true, true, ""},
		"by ranges, without a tag":  {"", true, true, ""},
		"of a store without ranges": {`"v1"`, false, true, `"v1"`},
		"of an unknown length":      {"", false, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			jc, requests := store(t, func(n int, w http.ResponseWriter, r *http.Request) {
				if n > 1 && (r.Header.Get("If-Range") != tt.ifRange || r.Header.Get("Range") == "") {
					t.Errorf("request %d has %v", n, r.Header)
				}
				if tt.etag != "" {
					w.Header().Set("ETag", tt.etag)
				}
				if !tt.ranges {
					if tt.length {
						w.Header().Set("Content-Length", strconv.Itoa(size))
					}
					_, _ = io.Copy(&cutter{w, n * piece}, bytes.NewReader(data))
					return
				}
				http.ServeContent(&cutter{w, piece}, r, "", time.Time{}, bytes.NewReader(data))
			})
			var got bytes.Buffer
			n, err := jc.Attachments.Download(t.Context(), "1", &got)
			if err != nil || n != size || !bytes.Equal(got.Bytes(), data) || requests.Load() != 4 {
				t.Errorf("%d bytes, %v after %d requests", n, err, requests.Load())
			}
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
	jc, requests := store(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		http.ServeContent(&cutter{w, 10}, r, "", time.Time{}, bytes.NewReader(data))
	})
	var got bytes.Buffer
	n, err := jc.Attachments.Download(t.Context(), "1", &got)
	if err == nil || n != 50 || !bytes.Equal(got.Bytes(), data[:50]) || requests.Load() != 5 {
		t.Errorf("%d bytes, %v after %d requests", n, err, requests.Load())
	}
}

// What the caller ends, or cannot write, does not go on.
func TestDownloadGivenUp(t *testing.T) {
	t.Parallel()
	data := contents(1 << 20)
	jc, requests := store(t, func(_ int, w http.ResponseWriter, r *http.Request) {
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
