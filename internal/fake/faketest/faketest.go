// Package faketest uses the fake servers of this module in all the ways in which they should not be used.
package faketest

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/internal/surface"
)

// Server is what all fakes have.
type Server interface {
	http.Handler
	Transport() http.RoundTripper
	Close()
}

// Misuse calls every exported method of the package in the current folder, with the arguments and without any, on a
// Server that is nil, one that is zero and one that is closed, and on the values of the package's other types; and then by
// several goroutines while requests come in, for the race detector to watch. No method may panic but as its comment says.
// What can fail says that the server was not made by NewServer, and so do answers; requests that lack what a program may
// forget are refused by a sentence.
func Misuse[T any, P interface {
	*T
	Server
}](t *testing.T, made func() P, others map[string][]any, request func() *http.Request, args ...any,
) {
	t.Helper()
	closed, live := made(), made()
	defer closed.Close()
	defer live.Close()
	closed.Close()
	var none P
	unmade := []any{none, P(new(T))}
	methods := func(servers []any, args []any, done func(f surface.Function, receiver any, err error)) {
		receivers := map[string][]any{"Server": servers}
		maps.Copy(receivers, others)
		surface.Methods(t, ".", receivers, append([]any{httptest.NewRecorder()}, args...), done)
	}
	advice := func(what string, err error) {
		if err == nil || !strings.Contains(err.Error(), "was not made by NewServer") {
			t.Errorf("%s on a Server that nobody made: %v", what, err)
		}
	}
	live.ServeHTTP(nil, nil)
	for _, args := range [][]any{nil, {&http.Request{}}, args} {
		methods(append(unmade, closed), args, func(f surface.Function, server any, err error) {
			if f.Fails && (server == unmade[0] || server == unmade[1]) {
				advice(f.String(), err)
			}
		})
	}
	for _, server := range []P{none, new(T)} {
		status, text := answer(t, server, request())
		advice(text, client.ErrorFrom(status, []byte(text))) // which is what a client tells
		if status != http.StatusNotImplemented {
			t.Errorf("a Server that nobody made answers %d, which clients may repeat", status)
		}
	}
	for _, req := range []*http.Request{nil, {}} {
		w := httptest.NewRecorder()
		live.ServeHTTP(w, req)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "http.NewRequest") {
			t.Errorf("%v is answered with %d %s", req, w.Code, w.Body)
		}
		for _, server := range []P{none, live} {
			resp, err := server.Transport().RoundTrip(req)
			if err == nil {
				_ = resp.Body.Close()
			}
			if err == nil || !strings.Contains(err.Error(), "http.NewRequest") {
				t.Errorf("the transport takes %v: %v", req, err)
			}
		}
	}
	bare := request()
	bare.Method, bare.Body, bare.Header = http.MethodPost, nil, nil
	live.ServeHTTP(httptest.NewRecorder(), bare)
	if status, text := answer(t, closed, request()); status != http.StatusOK {
		t.Errorf("a closed server answers in process: %d %s", status, text)
	}

	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { methods([]any{live}, args, nil) })
		wg.Go(func() {
			for range 5 {
				if status, text := answer(t, live, request()); status >= http.StatusInternalServerError {
					t.Errorf("%d %s", status, text)
				}
			}
		})
	}
	wg.Wait()
}

func answer(t *testing.T, server Server, req *http.Request) (status int, text string) {
	t.Helper()
	resp, err := server.Transport().RoundTrip(req)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp.StatusCode, string(data)
}

// Get returns a function that makes requests with headers, given as name and value in turn.
func Get(t *testing.T, url string, header ...string) func() *http.Request {
	t.Helper()
	return func() *http.Request {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Error(err)
		}
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		return req
	}
}
