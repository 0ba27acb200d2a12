package qmetry_test

import (
	"encoding/json"
	"errors"
	"io"
	"iter"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/jarcoal/httpmock"
	"go.uber.org/goleak"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/qmetry"
	"github.com/jira-integrations/go-sdk/client/qmetry/qmetrytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "s3cr3t-canary"

// sent is a request as the transport saw it.
type sent struct {
	method, url, body string
	header            http.Header
}

// network answers with each of its replies in turn and with the last one for good, and remembers what was sent.
type network struct {
	replies []reply

	mu   sync.Mutex
	seen []sent
}

type reply struct {
	status int
	body   string
	header http.Header
}

func ok(bodies ...string) *network {
	n := &network{}
	for _, body := range bodies {
		n.replies = append(n.replies, reply{200, body, nil})
	}
	return n
}

func (n *network) respond(req *http.Request) (*http.Response, error) {
	s := sent{method: req.Method, url: req.URL.String(), header: req.Header.Clone()}
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		s.body = string(b)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seen = append(n.seen, s)
	r := n.replies[min(len(n.seen), len(n.replies))-1]
	resp := httpmock.NewStringResponse(r.status, r.body)
	resp.Request = req
	resp.Header.Set("Content-Type", "application/json")
	maps.Copy(resp.Header, r.header)
	return resp, nil
}

func (n *network) requests() []sent {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.seen)
}

// client connects to the network, without retries unless there are options.
func (n *network) client(tb testing.TB, where qmetry.Context, opts ...client.Option) *qmetry.Client {
	tb.Helper()
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(n.respond)
	if len(opts) == 0 {
		opts = []client.Option{client.WithRetry(client.RetryPolicy{Retries: -1})}
	}
	qc, err := qmetry.New(qmetry.APIKey(key), where, append(opts, client.WithTransport(mock))...)
	if err != nil {
		tb.Fatal(err)
	}
	return qc
}

// onFake connects to a fake of its own.
func onFake(tb testing.TB, opts ...client.Option) (*qmetry.Client, *qmetrytest.Server) {
	tb.Helper()
	srv := qmetrytest.NewServer(qmetrytest.WithoutListener())
	tb.Cleanup(srv.Close)
	qc, err := qmetry.New(qmetry.APIKey(qmetrytest.APIKey), qmetrytest.Context(), append(opts, client.WithTransport(srv.Transport()))...)
	if err != nil {
		tb.Fatal(err)
	}
	return qc, srv
}

// shop is a Jira site as QMetry knows it.
func shop() qmetry.Instance {
	fields := []qmetry.Field{
		{FieldID: "summary", FieldName: "Summary", FieldType: "string", Mandatory: true, Mapped: true},
		{FieldID: "customfield_10001", FieldName: "Severity", FieldType: "option", Mandatory: true},
	}
	return qmetry.Instance{
		InstanceID: 7, InstanceType: "Jira", InstanceURL: "https://acme.atlassian.net", IntegratedBy: "ada", Alias: "Acme",
		ExternalProjects: []qmetry.ExternalProject{{
			ProjectID: "10000", ProjectName: "Web shop", Modules: qmetry.Modules{
				Requirement: qmetry.Module{ID: "10001", Name: "Story", JQLFilter: "project = WEB"},
				Issue:       qmetry.Module{ID: "10004", Name: "Bug", Fields: fields},
			},
		}},
	}
}

// all reads a list to its end.
func all[T any](list iter.Seq2[T, error]) ([]T, error) {
	var items []T
	for item, err := range list {
		if err != nil {
			return items, err
		}
		items = append(items, item)
	}
	return items, nil
}

func texts(items []json.RawMessage) []string {
	s := make([]string, len(items))
	for i, item := range items {
		s[i] = string(item)
	}
	return s
}

// wantKinds fails unless err is a *client.Error of exactly these kinds.
func wantKinds(tb testing.TB, err error, want ...error) {
	tb.Helper()
	_ = wantError(tb, err)
	for _, kind := range []error{
		client.ErrUnauthorized, client.ErrForbidden, client.ErrNotFound, client.ErrConflict, client.ErrInvalid, client.ErrRateLimited, client.ErrAmbiguous,
		client.ErrPagingStalled, client.ErrTooLarge,
	} {
		if errors.Is(err, kind) != slices.Contains(want, kind) {
			tb.Errorf("%v: is %q: %v", err, kind, errors.Is(err, kind))
		}
	}
}

func wantError(tb testing.TB, err error) *client.Error {
	tb.Helper()
	var e *client.Error
	if !errors.As(err, &e) {
		tb.Fatalf("err = %v, want a *client.Error", err)
	}
	return e
}
