package oauth_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
)

func TestMain(m *testing.M) {
	if step := os.Getenv(crashStep); step != "" { // this process is one that a test has started, to see it die
		child(step)
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

const (
	redirect = "https://app.example/callback"
	cloudID  = "11111111-2222-3333-4444-555555555555"
	tokenURL = "/oauth/token"
)

// work is what an app asks for that reads issues for as long as it likes.
var work = []string{"read:jira-work", "offline_access"}

// newServer returns a server without a port and with one site.
func newServer(opts ...oauthtest.Option) *oauthtest.Server {
	srv := oauthtest.NewServer(append([]oauthtest.Option{oauthtest.WithoutListener()}, opts...)...)
	srv.AddSite(oauthtest.Site{
		ID: cloudID, Name: "acme", URL: "https://acme.atlassian.net",
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{}`)) }),
	})
	return srv
}

// loggedIn returns a source that somebody has logged in to, with its store.
func loggedIn(t *testing.T, srv *oauthtest.Server, scopes ...string) (*oauth.Source, oauth.Store) {
	t.Helper()
	store := oauth.MemoryStore()
	return onStore(t, srv, store, scopes...), store
}

// onStore returns a source on a store, into which a new login goes.
func onStore(t *testing.T, srv *oauthtest.Server, store oauth.Store, scopes ...string) *oauth.Source {
	t.Helper()
	if len(scopes) == 0 {
		scopes = work
	}
	src := oauth.NewSource(srv.Config(redirect, scopes...), store)
	save(t, src, srv.Grant(scopes...))
	return src
}

func save(t *testing.T, src *oauth.Source, token *oauth.Token) {
	t.Helper()
	if err := src.Save(t.Context(), token); err != nil {
		t.Fatal(err)
	}
}

// newClient returns a client of the site.
func newClient(t *testing.T, srv *oauthtest.Server, auth client.Auth) *client.Client {
	t.Helper()
	c, err := client.New("https://acme.atlassian.net", auth, client.WithBaseURL(client.Gateway+"/ex/jira/"+cloudID),
		client.WithTransport(srv.Transport()), client.WithRetry(client.RetryPolicy{Retries: -1}))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// read sends a request that needs read:jira-work.
func read(ctx context.Context, c *client.Client) error {
	return c.Do(ctx, client.NewRequest("Issues.Get", http.MethodGet, "/rest/api/3/issue/{key}", "A-1"), nil)
}

// mustToken returns the token that the source gives now.
func mustToken(t *testing.T, src *oauth.Source) *oauth.Token {
	t.Helper()
	token, err := src.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// stored returns what is in a store.
func stored(t *testing.T, store oauth.Store) *oauth.Token {
	t.Helper()
	token, err := store.Load(t.Context())
	if err != nil || token == nil {
		t.Fatalf("stored is %v, %v", token, err)
	}
	return token
}

// same reports whether two tokens hold the same.
func same(a, b *oauth.Token) bool {
	return a.AccessToken() == b.AccessToken() && a.RefreshToken() == b.RefreshToken()
}

// asked returns how many requests have come to the token endpoint.
func asked(srv *oauthtest.Server) int {
	n := 0
	for _, r := range srv.Requests() {
		if r.Path == tokenURL {
			n++
		}
	}
	return n
}

func wantStats(t *testing.T, srv *oauthtest.Server, want oauthtest.Stats) {
	t.Helper()
	if got := srv.Stats(); got != want {
		t.Errorf("stats = %+v, want %+v", got, want)
	}
}

// wantLogin checks that only a person can help.
func wantLogin(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, oauth.ErrReauthorize) || !errors.Is(err, client.ErrUnauthorized) {
		t.Errorf("err = %v, want ErrReauthorize", err)
	}
}

// wantTrouble checks that err is the server's, and nothing that a login would help against.
func wantTrouble(t *testing.T, err error) *oauth.Error {
	t.Helper()
	e, ok := errors.AsType[*oauth.Error](err)
	if !ok || errors.Is(err, oauth.ErrReauthorize) {
		t.Fatalf("err = %v, want an *oauth.Error that is not ErrReauthorize", err)
	}
	return e
}

// advance lets d pass in the bubble.
func advance(d time.Duration) { <-time.After(d) }

// brokenStore is a store whose Update can fail: before it begins, in place of storing, or after it has stored.
type brokenStore struct {
	oauth.Store

	before, instead, after atomic.Bool
}

var errStore = errors.New("the database is away")

func (s *brokenStore) Update(ctx context.Context, change func(*oauth.Token) (*oauth.Token, error)) error {
	if s.before.Load() {
		return errStore
	}
	err := s.Store.Update(ctx, func(current *oauth.Token) (*oauth.Token, error) {
		next, err := change(current)
		if err == nil && next != nil && s.instead.Load() && changed(current, next) {
			return nil, errStore
		}
		return next, err
	})
	if err == nil && s.after.Load() {
		return errStore
	}
	return err
}

// withPending returns a source whose store has not taken the new token that the server has given.
func withPending(t *testing.T, srv *oauthtest.Server) (*oauth.Source, *brokenStore) {
	t.Helper()
	store := &brokenStore{Store: oauth.MemoryStore()}
	src := onStore(t, srv, store)
	advance(time.Hour)
	store.instead.Store(true)
	if _, err := src.Token(t.Context()); !errors.Is(err, errStore) {
		t.Fatal(err)
	}
	return src, store
}

// changed tells a new token from the old one with a mark.
func changed(current, next *oauth.Token) bool { return current == nil || !same(current, next) }
