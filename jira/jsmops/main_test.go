package jsmops_test

import (
	"errors"
	"io"
	"iter"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jarcoal/httpmock"
	"go.uber.org/goleak"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
	"github.com/jira-integrations/go-sdk/jira/jsmops/jsmopstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func account() client.Auth { return client.BasicAuth(jsmopstest.Email, jsmopstest.Token) }
func oauth() client.Auth   { return client.Bearer(jsmopstest.OAuthToken) }

// connect returns a client of a site that exists only behind rt.
func connect(tb testing.TB, rt http.RoundTripper, auth client.Auth) *jsmops.Client {
	tb.Helper()
	ops, err := jsmops.New(jsmopstest.CloudID, auth, client.WithTransport(rt),
		client.WithRetry(client.RetryPolicy{MinWait: time.Millisecond, MaxWait: time.Millisecond}))
	if err != nil {
		tb.Fatal(err)
	}
	return ops
}

// newServer returns a fake with one integration and a client of it that may do everything.
func newServer(tb testing.TB, opts ...jsmopstest.Option) (srv *jsmopstest.Server, ops *jsmops.Client, integrationID string) {
	tb.Helper()
	srv = jsmopstest.NewServer(append([]jsmopstest.Option{jsmopstest.WithoutListener()}, opts...)...)
	return srv, connect(tb, srv.Transport(), oauth()), srv.AddIntegration(jsmops.Integration{Name: "CI", Type: "API", Enabled: new(true)})
}

// incoming is an action to be created.
func incoming(name string) jsmops.ActionInput {
	return jsmops.ActionInput{
		Type: "create", Name: name, Domain: jsmops.DomainAlert, Direction: jsmops.DirectionIncoming, Enabled: true,
		Filter: jsmops.MatchEverything(),
	}
}

// outgoing is an action to be created.
func outgoing(name string) jsmops.ActionInput {
	in := incoming(name)
	in.Type, in.Direction, in.GroupType = "postToUrl", jsmops.DirectionOutgoing, jsmops.GroupTypeForwarding
	in.ActionMapping = jsmops.ActionMapping{Type: "create"}
	return in
}

// sent is a request as the transport saw it.
type sent struct{ method, url, body string }

// network answers each request with the next of its answers, the last one for good, and remembers what was sent.
type network struct {
	answers []answer

	mu   sync.Mutex
	seen []sent
}

type answer struct {
	status int
	body   string
}

func (n *network) transport() http.RoundTripper {
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
		var body []byte
		if req.Body != nil {
			var err error
			if body, err = io.ReadAll(req.Body); err != nil {
				return nil, err
			}
		}
		n.mu.Lock()
		defer n.mu.Unlock()
		a := n.answers[min(len(n.seen), len(n.answers)-1)]
		n.seen = append(n.seen, sent{req.Method, req.URL.String(), string(body)})
		resp := httpmock.NewStringResponse(a.status, a.body)
		resp.Header.Set("Content-Type", "application/json")
		return resp, nil
	})
	return mock
}

// must is for calls that have to succeed: must(ops.Actions.Get(…))(t).
func must[T any](v T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

// all reads a list to its end.
func all[T any](tb testing.TB, list iter.Seq2[T, error]) (items []T) {
	tb.Helper()
	for item, err := range list {
		if err != nil {
			tb.Fatal(err)
		}
		items = append(items, item)
	}
	return items
}

// names lists the actions of the integration as the server has them.
func names(srv *jsmopstest.Server, integrationID string) string {
	var list []string
	for _, a := range srv.Actions(integrationID) {
		list = append(list, a.Name)
	}
	return strings.Join(list, " ")
}

// wantError checks that err is a *client.Error of a kind and returns it.
func wantError(tb testing.TB, err, kind error, op string) *client.Error {
	tb.Helper()
	e, ok := errors.AsType[*client.Error](err)
	if !ok || !errors.Is(err, kind) || e.Op != op {
		tb.Fatalf("err = %v, want %v of %s", err, kind, op)
	}
	if strings.Contains(err.Error(), jsmopstest.OAuthToken) || strings.Contains(err.Error(), jsmopstest.Token) {
		tb.Errorf("the error holds the credential: %v", err)
	}
	return e
}

// fails checks that err is a *client.Error of a kind.
func fails(tb testing.TB, err, kind error, op string) {
	tb.Helper()
	_ = wantError(tb, err, kind, op)
}

func equal(tb testing.TB, what string, got, want any) {
	tb.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		tb.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// writes counts the requests with a method.
func writes(srv *jsmopstest.Server, method string) (n int) {
	for _, r := range srv.Requests() {
		if r.Method == method {
			n++
		}
	}
	return n
}
