package fake_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/internal/fake"
)

func newRouter() *fake.Router {
	rt := fake.NewRouter(func(w http.ResponseWriter, _ *http.Request, status int, message string) {
		fake.WriteJSON(w, status, map[string]string{"error": message})
	})
	echo := func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s|%s", r.Pattern, r.PathValue("key"))
	}
	rt.Handle("GET", "/issue/{key}", []string{"fields"}, echo)
	rt.Handle("GET", "/issue/picker", nil, echo)
	rt.Handle("PUT", "/issue/{key}", nil, echo)
	rt.Handle("POST", "/strict", nil, func(w http.ResponseWriter, r *http.Request) {
		object, err := fake.DecodeObject(r, "a")
		if err != nil {
			fake.WriteJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		fake.WriteJSON(w, http.StatusOK, object)
	})
	return rt
}

func TestRouter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		method, target, body string
		status               int
		want                 string
	}{
		{"GET", "/issue/X-1?fields=a", "", 200, "GET /issue/{key}|X-1"},
		{"GET", "/issue/picker", "", 200, "GET /issue/picker|"},
		{"PUT", "/issue/picker", "", 200, "PUT /issue/{key}|picker"},
		{"GET", "/issue/a%2Fb", "", 200, "GET /issue/{key}|a/b"},
		{"GET", "/issue/X-1?fiedls=a", "", 400, `unknown query parameter \"fiedls\"`},
		{"GET", "/issue/X-1?%zz", "", 400, "malformed query"},
		{"DELETE", "/issue/X-1", "", 405, "method DELETE is not allowed"},
		{"GET", "/nowhere", "", 404, "no such path: GET /nowhere"},
		{"GET", "/issue/..", "", 404, "dotted"},
		{"GET", "/issue/%2e%2e", "", 404, "dotted"},
		{"GET", "/issue/", "", 404, "empty"},
		{"POST", "/strict", `{"a":12345678901234567890}`, 200, `{"a":12345678901234567890}`},
		{"POST", "/strict", `{"a":1,"b":2}`, 400, `unknown field \"b\"`},
		{"POST", "/strict", `{"a":1}{}`, 400, "more than one JSON value"},
		{"POST", "/strict", `null`, 400, "want an object"},
		{"POST", "/strict", `[]`, 400, "malformed body"},
		{"POST", "/strict", ``, 400, "body is empty"},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.target+" "+tt.body, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequestWithContext(t.Context(), tt.method, "http://fake.test"+tt.target, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			resp, body, err := fake.Do(newRouter(), req)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.status || !strings.Contains(string(body), tt.want) {
				t.Errorf("got %d %s, want %d with %q", resp.StatusCode, body, tt.status, tt.want)
			}
		})
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	var log fake.Log
	handler := log.Handler(newRouter())
	req, err := http.NewRequestWithContext(t.Context(), "GET", "http://fake.test/issue/X-1?fields=id", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := fake.Do(handler, req); err != nil {
		t.Fatal(err)
	}
	entries := log.Entries()
	if len(entries) != 1 {
		t.Fatalf("%d entries, want 1", len(entries))
	}
	e := entries[0]
	if e.Method != "GET" || e.Path != "/issue/X-1" || e.Pattern != "GET /issue/{key}" || e.Status != 200 || e.Query.Get("fields") != "id" {
		t.Errorf("entry = %+v", e)
	}
	log.Reset()
	if n := len(log.Entries()); n != 0 {
		t.Errorf("%d entries after Reset", n)
	}
}

func client(handler http.HandlerFunc) *http.Client {
	return &http.Client{Transport: &fake.Transport{Handler: handler}}
}

func TestTransport(t *testing.T) {
	t.Parallel()
	t.Run("request and answer", func(t *testing.T) {
		t.Parallel()
		c := client(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.Header().Set("X-Host", r.Host)
			w.WriteHeader(http.StatusCreated)
			fmt.Fprintf(w, "%s %s %s", r.Method, r.RequestURI, body)
		})
		resp, err := c.Post("http://fake.test/a%2Fb?c=d", "text/plain", strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != 201 || string(body) != "POST /a%2Fb?c=d hello" || resp.Header.Get("X-Host") != "fake.test" {
			t.Errorf("got %d %q %v, %v", resp.StatusCode, body, resp.Header, err)
		}
		if resp.ContentLength != int64(len(body)) {
			t.Errorf("content length = %d", resp.ContentLength)
		}
	})
	t.Run("compressed", func(t *testing.T) {
		t.Parallel()
		c := client(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, strings.Repeat("hello ", 10_000))
			_ = z.Close()
		})
		for encoding, plain := range map[string]bool{"": true, "gzip": false} { // who asks for it gets it as it is
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://fake.test/", nil)
			if err != nil {
				t.Fatal(err)
			}
			if encoding != "" {
				req.Header.Set("Accept-Encoding", encoding)
			}
			resp, err := c.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err != nil || (string(body) == strings.Repeat("hello ", 10_000)) != plain || resp.Uncompressed != plain {
				t.Errorf("Accept-Encoding %q: %d bytes, %v, %v", encoding, len(body), resp.Header, err)
			}
		}
	})
	t.Run("aborted", func(t *testing.T) {
		t.Parallel()
		c := client(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		if _, err := c.Get("http://fake.test/"); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("err = %v, want connection reset", err)
		}
	})
	t.Run("panic is told", func(t *testing.T) {
		t.Parallel()
		c := client(func(http.ResponseWriter, *http.Request) { panic("a bug") })
		if _, err := c.Get("http://fake.test/"); err == nil || !strings.Contains(err.Error(), "a bug") {
			t.Errorf("err = %v", err)
		}
	})
	t.Run("short body", func(t *testing.T) {
		t.Parallel()
		c := client(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "abc")
		})
		resp, err := c.Get("http://fake.test/")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		if body, err := io.ReadAll(resp.Body); string(body) != "abc" || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %q, %v", body, err)
		}
	})
	t.Run("no content", func(t *testing.T) {
		t.Parallel()
		c := client(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
		resp, err := c.Get("http://fake.test/")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		if body, err := io.ReadAll(resp.Body); resp.StatusCode != 204 || len(body) != 0 || err != nil {
			t.Errorf("got %d %q, %v", resp.StatusCode, body, err)
		}
	})
}

func TestTransportStreams(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := client(func(w http.ResponseWriter, r *http.Request) {
			for range 3 {
				_, _ = io.WriteString(w, "tick\n")
				_ = http.NewResponseController(w).Flush()
				select {
				case <-time.After(time.Second):
				case <-r.Context().Done():
					return
				}
			}
		})
		start := time.Now()
		resp, err := c.Get("http://fake.test/")
		if err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("headers took %v", waited)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || string(body) != "tick\ntick\ntick\n" || time.Since(start) != 3*time.Second {
			t.Errorf("got %q after %v, %v", body, time.Since(start), err)
		}
		_ = resp.Body.Close()

		// A client that closes early ends the handler's context; synctest fails if the handler stays behind.
		resp, err = c.Get("http://fake.test/")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	})
}

func TestTransportCancel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := client(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, "GET", "http://fake.test/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Do(req); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v, want deadline exceeded", err)
		}
	})
}
