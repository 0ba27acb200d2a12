package client_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"go.uber.org/goleak"

	"github.com/jira-integrations/go-sdk/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	site   = "https://acme.example"
	secret = "s3cr3t-canary"
)

// sent is a request as the transport saw it.
type sent struct {
	method, url, path string
	header            http.Header
	body              string
	at                time.Time
}

// network takes the place of the network: it answers by a function and remembers what was sent.
type network struct {
	answer func(n int, req *http.Request) (*http.Response, error) // n counts from 1

	mu   sync.Mutex
	seen []sent
}

func (n *network) respond(req *http.Request) (*http.Response, error) {
	s := sent{
		method: req.Method, url: req.URL.String(), path: req.URL.EscapedPath(),
		header: req.Header.Clone(), at: time.Now(),
	}
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		_ = req.Body.Close()
		if err != nil {
			return nil, err
		}
		s.body = string(b)
	}
	n.mu.Lock()
	n.seen = append(n.seen, s)
	count := len(n.seen)
	n.mu.Unlock()
	return n.answer(count, req)
}

func (n *network) transport() http.RoundTripper {
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(n.respond)
	return mock
}

// requests returns what was sent so far.
func (n *network) requests() []sent {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.seen)
}

// replies answers with each of rs in turn and with the last one for good.
func replies(rs ...reply) *network {
	return &network{answer: func(n int, req *http.Request) (*http.Response, error) {
		return rs[min(n, len(rs))-1].answer(req)
	}}
}

// reply is one answer of the network. Fault replaces it: refused, dns, reset, eof, hang, certificate, cut, echo.
type reply struct {
	Status int               `json:"status"`
	Header map[string]string `json:"header"`
	Body   string            `json:"body"`
	Fault  string            `json:"fault"`
}

func ok(body string) reply { return reply{Status: http.StatusOK, Body: body} }

func status(code int, header ...string) reply {
	r := reply{Status: code, Header: map[string]string{}}
	for i := 0; i < len(header); i += 2 {
		r.Header[header[i]] = header[i+1]
	}
	return r
}

var errDial = &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}

func (r reply) answer(req *http.Request) (*http.Response, error) {
	switch r.Fault {
	case "":
	case "refused":
		return nil, errDial
	case "dns":
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "acme.example", IsNotFound: true}}
	case "reset":
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	case "eof":
		return nil, io.ErrUnexpectedEOF
	case "hang":
		<-req.Context().Done()
		return nil, req.Context().Err()
	case "certificate":
		return nil, certificateError
	case "echo": // of what was sent, which some proxies do in their error pages
		r.Body = fmt.Sprintf(r.Body, req.Header.Get("Authorization")+req.Header.Get("X-Key"))
	case "cut":
		return response(r.Status, r.Header, io.NopCloser(io.MultiReader(strings.NewReader(`{"key":`), broken{}))), nil
	default:
		panic("no such fault: " + r.Fault)
	}
	return response(r.Status, r.Header, io.NopCloser(strings.NewReader(r.Body))), nil
}

func response(code int, header map[string]string, body io.ReadCloser) *http.Response {
	resp := &http.Response{
		StatusCode: code, Status: fmt.Sprint(code), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: body, ContentLength: -1,
	}
	for name, value := range header {
		resp.Header.Set(name, value)
	}
	return resp
}

// broken is a body whose connection is reset.
type broken struct{}

func (broken) Read([]byte) (int, error) {
	return 0, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
}

// newClient returns a client of site whose requests go to rt.
func newClient(tb testing.TB, rt http.RoundTripper, opts ...client.Option) *client.Client {
	tb.Helper()
	return newAuthClient(tb, rt, client.Bearer(secret), opts...)
}

func newAuthClient(tb testing.TB, rt http.RoundTripper, auth client.Auth, opts ...client.Option) *client.Client {
	tb.Helper()
	c, err := client.New(site, auth, append([]client.Option{client.WithTransport(rt)}, opts...)...)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// serve returns a client of a real server, for what only connections show.
func serve(tb testing.TB, handler http.Handler, opts ...client.Option) *client.Client {
	tb.Helper()
	server := httptest.NewServer(handler)
	transport := &http.Transport{}
	tb.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	return newClient(tb, transport, append([]client.Option{client.WithBaseURL(server.URL)}, opts...)...)
}

func get() *client.Request { return client.NewRequest("Issues.Get", http.MethodGet, issuePath, "X-1") }

const issuePath = "/rest/api/3/issue/{issueIdOrKey}"

func create() *client.Request {
	return client.NewRequest("Issues.Create", http.MethodPost, "/rest/api/3/issue").JSON(map[string]string{"summary": "it broke"})
}

// kinds are the sentinels by name.
var kinds = map[string]error{
	"unauthorized": client.ErrUnauthorized, "forbidden": client.ErrForbidden, "scope": client.ErrScope,
	"notFound": client.ErrNotFound, "conflict": client.ErrConflict, "invalid": client.ErrInvalid,
	"rateLimited": client.ErrRateLimited, "ambiguous": client.ErrAmbiguous, "tooLarge": client.ErrTooLarge,
	"stalled": client.ErrPagingStalled,
}

// wantKinds checks that err is of these kinds and of no other.
func wantKinds(tb testing.TB, err error, want ...string) {
	tb.Helper()
	for name, kind := range kinds {
		if got := errors.Is(err, kind); got != slices.Contains(want, name) {
			tb.Errorf("errors.Is(err, %s) = %v; err = %v", name, got, err)
		}
	}
}

// wantError returns err as what every failure of a call must be.
func wantError(tb testing.TB, err error) *client.Error {
	tb.Helper()
	e, ok := errors.AsType[*client.Error](err)
	if !ok {
		tb.Fatalf("err = %v (%T), want a *client.Error", err, err)
	}
	line := e.Error()
	if strings.ContainsFunc(line, func(c rune) bool { return c < ' ' }) {
		tb.Errorf("the error is not one clean line: %q", line)
	}
	if strings.Contains(line, secret) {
		tb.Errorf("the error holds the credential: %q", line)
	}
	return e
}

// wantFailure checks that err is what every failure of a call must be.
func wantFailure(tb testing.TB, err error) {
	tb.Helper()
	_ = wantError(tb, err)
}

func wantSent(tb testing.TB, n *network, want int) []sent {
	tb.Helper()
	got := n.requests()
	if len(got) != want {
		tb.Fatalf("%d requests were sent, want %d", len(got), want)
	}
	return got
}

var quiet = log.New(io.Discard, "", 0)
