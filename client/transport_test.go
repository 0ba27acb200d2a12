package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/internal/memory"
)

// Each attempt is signed anew: a credential that expires during a pause does not stay in the request.
func TestEachAttemptIsSigned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		auth := &rotating{}
		script := replies(status(429, "Retry-After", "5"), status(500), ok("{}"))
		n := &network{answer: func(k int, req *http.Request) (*http.Response, error) {
			auth.generation.Add(1) // by somebody else
			return script.answer(k, req)
		}}
		if err := newAuthClient(t, n.transport(), auth).Do(t.Context(), get(), nil); err != nil {
			t.Fatal(err)
		}
		for i, s := range wantSent(t, n, 3) {
			if want := "Bearer " + secret + "-" + string(rune('0'+i)); s.header.Get("Authorization") != want {
				t.Errorf("attempt %d was signed with %s, want %s", i+1, s.header.Get("Authorization"), want)
			}
		}
	})
}

// pool counts how often its connections are thrown away.
type pool struct {
	http.RoundTripper
	closed atomic.Int32
}

func (p *pool) CloseIdleConnections() { p.closed.Add(1) }

// A failed call leaves the connections of all others alone, though go-retryablehttp would close them.
func TestFailureKeepsConnections(t *testing.T) {
	t.Parallel()
	p := &pool{RoundTripper: replies(status(500), reply{Fault: "reset"}, reply{Fault: "certificate"}).transport()}
	c := newClient(t, p, client.WithRetry(client.RetryPolicy{Retries: -1}))
	for range 3 {
		wantFailure(t, c.Do(t.Context(), get(), nil))
	}
	if p.closed.Load() != 0 {
		t.Error("the idle connections were closed")
	}
}

// One connection serves one call after the other, whatever becomes of them.
func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	var requests, connections atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch requests.Add(1) % 6 {
		case 0:
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
			return
		case 1:
			w.WriteHeader(http.StatusInternalServerError)
		case 2:
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
		case 3:
			w.WriteHeader(http.StatusUnauthorized)
		case 4:
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, `{"text":"`+strings.Repeat("x", 5000)+`"}`)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	c := newAuthClient(t, transport, &rotating{}, client.WithBaseURL(server.URL), client.WithRetry(client.RetryPolicy{MinWait: time.Millisecond}))
	for range 20 {
		_ = c.Do(t.Context(), get(), nil)
	}
	if connections.Load() != 1 || requests.Load() < 40 {
		t.Errorf("%d connections for %d requests", connections.Load(), requests.Load())
	}
}

// books counts bodies that were opened and closed.
type books struct{ opened, closed atomic.Int32 }

func (b *books) body(r io.Reader) io.ReadCloser {
	b.opened.Add(1)
	return &entry{Reader: r, books: b}
}

type entry struct {
	io.Reader
	books *books
	once  sync.Once
}

func (e *entry) Close() error {
	e.once.Do(func() { e.books.closed.Add(1) })
	return nil
}

// Whatever happens to a call, every body of an answer is closed, and every body of a request.
func TestEveryBodyIsClosed(t *testing.T) {
	t.Parallel()
	for _, answers := range [][]reply{
		{ok("{}")},
		{ok("nonsense")},
		{status(404)},
		{status(500)},
		{status(401), ok("{}")},
		{status(401), status(401)},
		{status(429, "Retry-After", "1"), ok("{}")},
		{status(429, "Retry-After", "3600")},
		{status(429, "Retry-After", "30")},
		{status(302, "Location", "/elsewhere"), ok("{}")},
		{status(302, "Location", "http://acme.example")},
		{status(500), {Fault: "reset"}, ok("{}")},
		{{Status: 200, Fault: "cut"}},
		{{Fault: "refused"}, ok("{}")},
		{status(204)},
		{reply{Status: 200, Header: map[string]string{"X-Seraph-Loginreason": "AUTHENTICATED_FAILED"}}},
	} {
		for _, r := range []func() *client.Request{get, create} {
			synctest.Test(t, func(t *testing.T) {
				var in, out books
				script := replies(answers...)
				n := &network{answer: func(k int, req *http.Request) (*http.Response, error) {
					resp, err := script.answer(k, req)
					if resp != nil {
						resp.Body = in.body(resp.Body)
					}
					return resp, err
				}}
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(20*time.Second, cancel) // in the longest pause
				req := r()
				if req != nil && len(answers)%2 == 0 {
					req.Stream(&client.Stream{Length: 3, Open: func() (io.ReadCloser, error) { return out.body(strings.NewReader("abc")), nil }})
				}
				_ = newAuthClient(t, n.transport(), &rotating{}).Do(ctx, req, new(any))
				cancel()
				if in.opened.Load() != in.closed.Load() || out.opened.Load() != out.closed.Load() {
					t.Errorf("%v: %d of %d answers and %d of %d requests were closed", answers,
						in.closed.Load(), in.opened.Load(), out.closed.Load(), out.opened.Load())
				}
			})
		}
	}
}

// A transport that breaks its contract does not bring the program down.
func TestOddTransports(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(*http.Request) (*http.Response, error){
		"nothing": func(*http.Request) (*http.Response, error) { return nil, nil },
		"no body": func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusUnauthorized, Header: http.Header{}}, nil
		},
		"no header": func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusNotFound}, nil
		},
	} {
		c := newClient(t, roundTripper(answer), client.WithRetry(client.RetryPolicy{Retries: -1}))
		if err := c.Do(t.Context(), get(), new(any)); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			wantFailure(t, err)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// The length of a body is told where it is known, in every attempt.
func TestContentLength(t *testing.T) {
	t.Parallel()
	type seen struct {
		length int64
		body   string
	}
	var mu sync.Mutex
	var got []seen
	c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		if got = append(got, seen{r.ContentLength, string(b)}); len(got)%2 == 1 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}))
	for _, r := range []*client.Request{
		create(),
		create().Stream(&client.Stream{Length: 3, Open: opener("abc")}),
		create().Stream(&client.Stream{Length: -1, Open: opener("abcd")}),
	} {
		if err := c.Do(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
	}
	want := []seen{{22, `{"summary":"it broke"}`}, {3, "abc"}, {-1, "abcd"}}
	for i, s := range got {
		if s != want[i/2] {
			t.Errorf("request %d: %+v, want %+v", i, s, want[i/2])
		}
	}
	if len(got) != 2*len(want) {
		t.Errorf("%d requests", len(got))
	}
}

// A stream that cannot be opened twice is sent once, whatever the answer.
func TestOnce(t *testing.T) {
	t.Parallel()
	for _, answer := range []reply{status(500), status(429, "Retry-After", "1"), {Fault: "refused"}, {Fault: "reset"}, status(401)} {
		n := replies(answer)
		opened := 0
		r := client.NewRequest("Things.Put", http.MethodPut, "/things").Stream(&client.Stream{Length: 3, Once: true, Open: func() (io.ReadCloser, error) {
			opened++
			return io.NopCloser(strings.NewReader("abc")), nil
		}})
		wantFailure(t, newAuthClient(t, n.transport(), &rotating{}).Do(t.Context(), r, nil))
		if wantSent(t, n, 1); opened != 1 {
			t.Errorf("opened %d times", opened)
		}
	}
}

// dying is a connection that stops to take data at some moment.
type dying struct {
	net.Conn
	dead *atomic.Bool
}

func (d dying) Write(p []byte) (int, error) {
	if d.dead.CompareAndSwap(true, false) {
		return 0, errors.New("the connection has died of idleness")
	}
	return d.Conn.Write(p)
}

// net/http sends again by itself what died with an idle connection before a byte was out: with the whole body, also of a
// stream.
func TestStreamSurvivesADeadConnection(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var bodies []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		bodies = append(bodies, string(b))
	}))
	t.Cleanup(server.Close)
	var dead atomic.Bool
	c := connect(t, server.URL, func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		return dying{conn, &dead}, err
	})
	for range 2 {
		r := create().Stream(&client.Stream{Length: 6, Open: opener("upload")})
		if err := c.Do(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
		dead.Store(true)
	}
	opened := 0
	err := c.Do(t.Context(), create().Stream(&client.Stream{Length: 6, Once: true, Open: func() (io.ReadCloser, error) {
		opened++
		return io.NopCloser(strings.NewReader("upload")), nil
	}}), nil)
	if err == nil || opened != 1 {
		t.Errorf("a stream that works once was opened %d times, err = %v", opened, err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(bodies) != 2 || bodies[1] != "upload" {
		t.Errorf("got %q", bodies)
	}
}

// An upload is not copied, and a download neither: 64 MiB pass in little memory.
func TestStreamsAreNotHeld(t *testing.T) { // Not parallel: it measures memory
	const size = 64 << 20
	up := newClient(t, small)
	down := newClient(t, roundTripper(func(*http.Request) (*http.Response, error) {
		return response(200, nil, io.NopCloser(io.LimitReader(zero{}, size))), nil
	}))
	var n counter
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	errUp := up.Do(t.Context(), create().Stream(zeros(size)), nil)
	errDown := down.Do(t.Context(), get(), &n)
	runtime.ReadMemStats(&after)
	if errUp != nil || errDown != nil || n != size {
		t.Fatalf("errors %v and %v, %d bytes", errUp, errDown, n)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
		t.Errorf("%d bytes were allocated", used)
	}
}

// The layers of a call cost few allocations beside net/http and encoding/json.
func TestAllocations(t *testing.T) { // Not parallel: it counts allocations
	memory.NoRace(t)
	bareClient := &http.Client{Transport: small}
	c := newClient(t, small)
	var out issue
	byHand := testing.AllocsPerRun(200, func() { _ = bare(t.Context(), bareClient, &out) })
	ours := testing.AllocsPerRun(200, func() { _ = c.Do(t.Context(), get(), &out) })
	if more := ours - byHand; more > 16 {
		t.Errorf("%v allocations more than by hand (%v)", more, byHand)
	}
}

// Nothing is printed behind the program's back: go-retryablehttp would write each URL to stderr, and net/http complains
// about bodies that stay open.
func TestNothingIsPrinted(t *testing.T) {
	t.Parallel()
	if os.Getenv("CLIENT_TEST_QUIET") != "" {
		for _, answer := range []reply{ok("{}"), status(500), status(429, "Retry-After", "0"), {Fault: "reset"}, status(302, "Location", "http://acme.example")} {
			c := newClient(t, replies(answer, ok("{}")).transport(), client.WithRetry(client.RetryPolicy{MinWait: time.Millisecond}))
			_ = c.Do(t.Context(), get().Query("jql", "private"), nil)
		}
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNothingIsPrinted$")
	cmd.Env = append(os.Environ(), "CLIENT_TEST_QUIET=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if out, err := cmd.Output(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if stderr.Len() > 0 {
		t.Errorf("printed: %s", stderr.String())
	}
}

// The default transport is the client's own: it works without any option.
func TestDefaultTransport(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close") // there is nothing to close in a client
		_, _ = io.WriteString(w, `{"key":"X-1"}`)
	}))
	t.Cleanup(server.Close)
	c, err := client.New(server.URL, client.Bearer(secret))
	if err != nil {
		t.Fatal(err)
	}
	var got issue
	if err := c.Do(t.Context(), get(), &got); err != nil || got.Key != "X-1" {
		t.Errorf("key %q, err = %v", got.Key, err)
	}
}
