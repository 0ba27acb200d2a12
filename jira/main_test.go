package jira_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"go.uber.org/goleak"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

const site = "https://acme.example"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newClient returns a client of a site that exists only in mock.
func newClient(tb testing.TB, mock http.RoundTripper, opts ...client.Option) *jira.Client {
	tb.Helper()
	opts = append([]client.Option{
		client.WithTransport(mock),
		client.WithRetry(client.RetryPolicy{MinWait: time.Millisecond, MaxWait: time.Millisecond}),
	}, opts...)
	jc, err := jira.New(site, client.BasicAuth("bot@acme.example", "secret-token"), opts...)
	if err != nil {
		tb.Fatal(err)
	}
	return jc
}

// answering returns a client whose every request gets this answer.
func answering(tb testing.TB, status int, body string) *jira.Client {
	tb.Helper()
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(httpmock.NewStringResponder(status, body).HeaderSet(http.Header{"Content-Type": {"application/json"}}))
	return newClient(tb, mock)
}

// serve returns a client of a handler that is reached over connections, for what a mock cannot show.
func serve(tb testing.TB, handler http.Handler, opts ...client.Option) (*jira.Client, *httptest.Server) {
	tb.Helper()
	server := httptest.NewServer(handler)
	transport := &http.Transport{}
	tb.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	return newClient(tb, transport, append([]client.Option{client.WithBaseURL(server.URL)}, opts...)...), server
}

// recorder keeps what is sent and answers each request with the next of its answers, the last one for good.
type recorder struct {
	answers []answer

	mu     sync.Mutex
	sent   []*http.Request
	bodies []string
}

type answer struct {
	status int
	body   string
	header http.Header
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		if err := req.Body.Close(); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	a := answer{status: http.StatusOK, body: "{}"}
	if len(r.answers) > 0 {
		a = r.answers[min(len(r.sent), len(r.answers)-1)]
	}
	r.sent, r.bodies = append(r.sent, req), append(r.bodies, string(body))
	resp := httpmock.NewStringResponse(a.status, a.body)
	resp.Header.Set("Content-Type", "application/json")
	maps.Copy(resp.Header, a.header)
	resp.Request = req
	return resp, nil
}

// body returns the JSON of the n-th request.
func (r *recorder) body(tb testing.TB, n int) (v any) {
	tb.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if n >= len(r.bodies) {
		tb.Fatalf("%d requests were sent, want %d or more", len(r.bodies), n+1)
	}
	if err := json.Unmarshal([]byte(r.bodies[n]), &v); err != nil {
		tb.Fatalf("request %d: %v in %q", n, err, r.bodies[n])
	}
	return v
}

// parse is JSON as encoding/json sees it.
func parse(tb testing.TB, src string) (v any) {
	tb.Helper()
	if err := json.Unmarshal([]byte(src), &v); err != nil {
		tb.Fatalf("%v in %q", err, src)
	}
	return v
}

// document reads a recorded issue.
func document(tb testing.TB, name string) string {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "issues", name))
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

// documents reads all of them.
func documents(tb testing.TB) map[string]string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "issues", "*.json"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no documents: %v", err)
	}
	all := make(map[string]string, len(files))
	for _, file := range files {
		all[filepath.Base(file)] = document(tb, filepath.Base(file))
	}
	return all
}

func unmarshal(tb testing.TB, src string) *jira.Issue {
	tb.Helper()
	var issue jira.Issue
	if err := json.Unmarshal([]byte(src), &issue); err != nil {
		tb.Fatalf("unmarshal: %v", err)
	}
	return &issue
}
