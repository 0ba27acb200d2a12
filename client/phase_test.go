package client_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// A context that ends in the gate or in the wait after a failure ends the call at that moment.
func TestCancelWhileWaiting(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer reply
	}{
		{"gate", status(429, "Retry-After", "30")},
		{"backoff", status(500)},
		{"backoff after a cut body", reply{Status: 200, Fault: "cut"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := replies(tt.answer)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(300*time.Millisecond, cancel)
				start := time.Now()
				err := newClient(t, n.transport()).Do(ctx, get(), new(any))
				if waited := time.Since(start); waited != 300*time.Millisecond {
					t.Errorf("waited %v, want 300ms", waited)
				}
				wantFailure(t, err)
				wantKinds(t, err)
				if !errors.Is(err, context.Canceled) {
					t.Errorf("err = %v, want context.Canceled", err)
				}
				wantSent(t, n, 1)
			})
		})
	}
}

func TestCancelBeforeSending(t *testing.T) {
	t.Parallel()
	n := replies(ok("{}"))
	c := newClient(t, n.transport(), client.WithMaxConcurrency(1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, r := range []*client.Request{get(), create()} {
		err := c.Do(ctx, r, nil)
		wantFailure(t, err)
		wantKinds(t, err)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v, want context.Canceled", err)
		}
	}
	wantSent(t, n, 0)
}

// A POST that is given up while it waits for its turn has not been sent: that is certain.
func TestCancelThrottledPost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := replies(status(429, "Retry-After", "30"))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		err := newClient(t, n.transport()).Do(ctx, create(), nil)
		if wantKinds(t, err); !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v, want context.Canceled", err)
		}
	})
}

// connect returns a client that reaches server by connections which dial makes.
func connect(t *testing.T, url string, dial func(ctx context.Context, network, addr string) (net.Conn, error), opts ...client.Option) *client.Client {
	t.Helper()
	transport := &http.Transport{DialContext: dial}
	t.Cleanup(transport.CloseIdleConnections)
	return newClient(t, transport, append([]client.Option{client.WithBaseURL(url)}, opts...)...)
}

// A connection that cannot be made has carried nothing: neither a cancelled nor a failed POST is ambiguous.
func TestGivenUpWhileDialling(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c := connect(t, "http://127.0.0.1:1", func(ctx context.Context, _, _ string) (net.Conn, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	})
	err := c.Do(ctx, create(), nil)
	if wantKinds(t, err); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want context.Canceled", err)
	}
}

// A timeout while dialling, a broken handshake: whatever keeps the connection from being made, a POST is sent again.
func TestPostRepeatedUntilConnected(t *testing.T) {
	t.Parallel()
	var handled atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		handled.Add(1)
		w.WriteHeader(http.StatusCreated)
	}))
	t.Cleanup(server.Close)
	var dials atomic.Int32
	c := connect(t, server.URL, func(ctx context.Context, network, addr string) (net.Conn, error) {
		if dials.Add(1) < 3 {
			return nil, errors.New("socks: the proxy has bad days")
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}, client.WithRetry(client.RetryPolicy{MinWait: time.Millisecond}))
	if err := c.Do(t.Context(), create(), nil); err != nil {
		t.Fatal(err)
	}
	if dials.Load() != 3 || handled.Load() != 1 {
		t.Errorf("%d dials, handled %d times; want 3 and 1", dials.Load(), handled.Load())
	}
}

func TestRefusedPort(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	_ = listener.Close()
	var attempts int
	c := connect(t, "http://"+addr, nil,
		client.WithRetry(client.RetryPolicy{Retries: 2, MinWait: time.Millisecond}),
		client.WithHook(func(client.Event) { attempts++ }))
	err = c.Do(t.Context(), create(), nil)
	wantFailure(t, err)
	wantKinds(t, err)
	if attempts != 3 {
		t.Errorf("%d attempts, want 3", attempts)
	}
}

func TestBadCertificate(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = quiet
	server.StartTLS()
	t.Cleanup(server.Close)
	var attempts int
	c := connect(t, server.URL, nil, client.WithHook(func(client.Event) { attempts++ }))
	err := c.Do(t.Context(), create(), nil)
	wantFailure(t, err)
	wantKinds(t, err)
	if attempts != 1 {
		t.Errorf("%d attempts, want 1", attempts)
	}
}

// The server dies at various moments after it has got a POST: it is sent exactly once and the outcome is unknown.
func TestPostSentOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer string // what is written before the connection is closed
	}{
		{"nothing", ""},
		{"half a status line", "HTTP/1."},
		{"half a header", "HTTP/1.1 201 Created\r\nContent-"},
		{"half a body", "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"key\":"},
		{"half a chunk", "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{\"key\":"},
		{"broken gzip", "HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var handled atomic.Int32
			c := connect(t, rawServer(t, func(conn net.Conn, _ *http.Request) {
				handled.Add(1)
				_, _ = io.WriteString(conn, tt.answer)
			}), nil, client.WithRetry(client.RetryPolicy{MinWait: time.Millisecond}))
			err := c.Do(t.Context(), create(), new(any))
			wantFailure(t, err)
			wantKinds(t, err, "ambiguous")
			if handled.Load() != 1 {
				t.Errorf("handled %d times, want once", handled.Load())
			}
		})
	}
}

// The same deaths do not stop a read.
func TestReadSurvivesCuts(t *testing.T) {
	t.Parallel()
	answers := []string{
		"", "HTTP/1.", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"key\":",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{\"key\":",
		"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"key\":\"X-1\"}",
	}
	var handled atomic.Int32
	c := connect(t, rawServer(t, func(conn net.Conn, _ *http.Request) {
		_, _ = io.WriteString(conn, answers[handled.Add(1)-1])
	}), nil, client.WithRetry(client.RetryPolicy{MinWait: time.Millisecond}))
	var issue struct{ Key string }
	if err := c.Do(t.Context(), get(), &issue); err != nil {
		t.Fatal(err)
	}
	if issue.Key != "X-1" || int(handled.Load()) != len(answers) {
		t.Errorf("key %q after %d requests", issue.Key, handled.Load())
	}
}

// rawServer reads one request from each connection, lets answer write what it likes and closes.
func rawServer(t *testing.T, answer func(conn net.Conn, req *http.Request)) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.Copy(io.Discard, req.Body)
				answer(conn, req)
			}
			_ = conn.Close()
		}
	}()
	return "http://" + listener.Addr().String()
}

// The context ends while the header or the body of the answer is due.
func TestCancelInFlight(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, partial string
		kinds                 []string
	}{
		{"read, header", http.MethodGet, "", nil},
		{"read, body", http.MethodGet, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"key\":", nil},
		{"POST, header", http.MethodPost, "", []string{"ambiguous"}},
		{"POST, body", http.MethodPost, "HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"key\":", []string{"ambiguous"}},
		{"error, body", http.MethodGet, "HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\n{\"key\":", []string{"notFound"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			released := make(chan struct{})
			c := connect(t, rawServer(t, func(conn net.Conn, _ *http.Request) {
				if tt.partial == "" {
					cancel()
				}
				_, _ = io.WriteString(conn, tt.partial)
				<-released
			}), nil, client.WithHook(func(client.Event) { cancel() })) // called when the header has come
			r := client.NewRequest("Issues.Do", tt.method, issuePath, "X-1")
			err := c.Do(ctx, r, new(any))
			close(released)
			wantFailure(t, err)
			wantKinds(t, err, tt.kinds...)
			if !errors.Is(err, context.Canceled) && !strings.HasPrefix(tt.name, "error") {
				t.Errorf("err = %v, want context.Canceled", err)
			}
		})
	}
}

// The timeout bounds an attempt, not the call, and covers the body too; downloads and uploads have none.
func TestTimeout(t *testing.T) {
	t.Parallel()
	stall := func() *network {
		return &network{answer: func(n int, req *http.Request) (*http.Response, error) {
			if n > 1 {
				return ok(`{"key":"X-1"}`).answer(req)
			}
			return response(http.StatusOK, nil, stalling(req.Context(), time.Hour, `{"key":"X-1"}`)), nil
		}}
	}
	t.Run("of each attempt", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			n := stall()
			start := time.Now()
			if err := newClient(t, n.transport(), client.WithTimeout(10*time.Second)).Do(t.Context(), get(), new(any)); err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(start); waited < 10*time.Second || waited > 12*time.Second {
				t.Errorf("waited %v, want the timeout and a retry", waited)
			}
		})
	})
	t.Run("told", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			n := replies(reply{Fault: "hang"})
			err := newClient(t, n.transport(), client.WithTimeout(10*time.Second)).Do(t.Context(), create(), nil)
			wantKinds(t, err, "ambiguous")
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "timed out after 10s") {
				t.Errorf("err = %v", err)
			}
		})
	})
	t.Run("not of a download", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			n := stall()
			var b strings.Builder
			start := time.Now()
			if err := newClient(t, n.transport(), client.WithTimeout(10*time.Second)).Do(t.Context(), get(), &b); err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(start); waited != time.Hour || b.String() != `{"key":"X-1"}` {
				t.Errorf("got %q after %v", b.String(), waited)
			}
		})
	})
	t.Run("not of an upload", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			n := &network{answer: func(_ int, req *http.Request) (*http.Response, error) {
				<-time.After(time.Hour)
				return ok("{}").answer(req)
			}}
			r := create().Stream(&client.Stream{Length: 3, Open: opener("abc")})
			if err := newClient(t, n.transport(), client.WithTimeout(10*time.Second)).Do(t.Context(), r, new(any)); err != nil {
				t.Fatal(err)
			}
		})
	})
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			n := stall()
			start := time.Now()
			if err := newClient(t, n.transport(), client.WithTimeout(0)).Do(t.Context(), get(), new(any)); err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(start); waited != time.Hour {
				t.Errorf("waited %v, want an hour", waited)
			}
		})
	})
}

// stalling is a body that comes after d.
func stalling(ctx context.Context, d time.Duration, body string) io.ReadCloser {
	r, w := io.Pipe()
	timer := time.AfterFunc(d, func() {
		_, _ = io.WriteString(w, body)
		_ = w.Close()
	})
	context.AfterFunc(ctx, func() {
		timer.Stop()
		_ = w.CloseWithError(ctx.Err())
	})
	return r
}

func opener(body string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil }
}
