package oauth_test

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/internal/surface"
)

// unmade are values that no function of the package has made.
var unmade = map[string][]any{
	"Source": {(*oauth.Source)(nil), &oauth.Source{}, oauth.NewSource(oauth.Config{}, nil), oauth.NewSource(oauth.Config{}, (*oauth.SQL)(nil))},
	"Token":  {(*oauth.Token)(nil), &oauth.Token{}},
	"Error":  {(*oauth.Error)(nil), &oauth.Error{}},
	"SQL":    {(*oauth.SQL)(nil), &oauth.SQL{}, oauth.SQLStore(nil, oauth.PostgreSQL, "acme"), oauth.SQLStore(nil, 0, "")},
	"Config": {oauth.Config{}},
	"Login":  {oauth.Login{}},
	"Secret": {oauth.Secret{}},
}

// Every method of a value that is nil or zero can be called, without arguments and with good ones. What can fail fails.
func TestValuesThatNobodyMade(t *testing.T) {
	t.Parallel()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://acme.example", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer a")
	works := map[string]bool{"Source.Wait": true, "Error.Unwrap": true, "Secret.MarshalText": true} // they fail for nobody
	change := func(t *oauth.Token) (*oauth.Token, error) { return t, nil }
	for _, args := range [][]any{nil, {&http.Request{}}, {t.Context(), req, url.Values{}, sample(), change}} {
		surface.Methods(t, ".", unmade, append(args, printer{}), func(f surface.Function, _ any, err error) {
			if f.Fails && err == nil && !works[f.String()] {
				t.Errorf("%s did not fail", f)
			}
		})
	}
	if _, err := oauth.DecodeToken((*oauth.Token)(nil).Encode()); !errors.Is(err, oauth.ErrCorrupt) {
		t.Error(err)
	}
}

// printer is what a Format method prints to.
type printer struct{}

func (printer) Write(p []byte) (int, error) { return len(p), nil }
func (printer) Width() (int, bool)          { return 0, false }
func (printer) Precision() (int, bool)      { return 0, false }
func (printer) Flag(int) bool               { return false }

// calls are those that take a context, on a source that is logged in and on the stores.
func calls(t *testing.T) map[string]func(ctx context.Context) error {
	t.Helper()
	srv := newServer()
	t.Cleanup(srv.Close)
	src, _ := loggedIn(t, srv)
	token := srv.Grant()
	same := func(t *oauth.Token) (*oauth.Token, error) { return t, nil }
	db := sql.OpenDB(noDatabase{})
	t.Cleanup(func() { _ = db.Close() })
	table := oauth.SQLStore(db, oauth.PostgreSQL, "acme")
	file := oauth.FileStore(filepath.Join(t.TempDir(), "token.json"))
	rejected, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://acme.example", nil)
	if err != nil {
		t.Fatal(err)
	}
	rejected.Header.Set("Authorization", "Bearer of another source")
	second := func(_ any, err error) error { return err }
	return map[string]func(context.Context) error{
		"Token":   func(ctx context.Context) error { return second(src.Token(ctx)) },
		"Refresh": func(ctx context.Context) error { return second(src.Refresh(ctx, rejected)) },
		"Save":    func(ctx context.Context) error { return src.Save(ctx, token) },
		"Exchange": func(ctx context.Context) error {
			return second(srv.Config(redirect).Exchange(ctx, oauth.Login{State: "s"}, url.Values{"state": {"s"}, "code": {"c"}}))
		},
		"MemoryStore.Update": func(ctx context.Context) error { return oauth.MemoryStore().Update(ctx, same) },
		"FileStore.Update":   func(ctx context.Context) error { return file.Update(ctx, same) },
		"SQL.Update":         func(ctx context.Context) error { return table.Update(ctx, same) },
		"SQL.Load":           func(ctx context.Context) error { return second(table.Load(ctx)) },
		"SQL.CreateTable":    table.CreateTable,
	}
}

// A context that is nil is told, one that is over ends the call; the next call is one like any other.
func TestContexts(t *testing.T) {
	t.Parallel()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range calls(t) {
		if err := call(nil); err == nil || !strings.Contains(err.Error(), "the context is nil: pass context.Background()") {
			t.Errorf("%s with a nil context: %v", name, err)
		}
		for range 10 {
			if err := call(over); !errors.Is(err, context.Canceled) {
				t.Errorf("%s with a context that is over: %v", name, err)
			}
		}
		if err := call(t.Context()); !strings.HasPrefix(name, "SQL") && name != "Exchange" && err != nil {
			t.Errorf("%s after that: %v", name, err)
		}
	}
	src, _ := loggedIn(t, newServer())
	if err := src.Wait(nil); err == nil || !strings.Contains(err.Error(), "the context is nil") { //nolint:staticcheck // on purpose
		t.Error(err)
	}
}

// What was forgotten is said before anything is sent or stored.
func TestForgotten(t *testing.T) {
	t.Parallel()
	src, store := loggedIn(t, newServer())
	before := stored(t, store).AccessToken()
	file := oauth.FileStore(tokenFile(t), nil, oauth.WithKey(key), nil)
	for name, tt := range map[string]struct {
		call func() error
		want string
	}{
		"nil token":        {func() error { return src.Save(t.Context(), nil) }, "no token to save"},
		"zero token":       {func() error { return src.Save(t.Context(), &oauth.Token{}) }, "no token to save"},
		"empty token":      {func() error { return src.Save(t.Context(), oauth.NewToken("", "", time.Now())) }, "no token to save"},
		"nil request":      {func() error { return src.Sign(nil) }, "make it by http.NewRequest"},
		"nil rejection":    {func() error { _, err := src.Refresh(t.Context(), nil); return err }, "make it by http.NewRequest"},
		"unsigned request": {func() error { _, err := src.Refresh(t.Context(), &http.Request{}); return err }, "not signed by this source"},
		"nil change":       {func() error { return store.Update(t.Context(), nil) }, "the function is nil"},
		"nil file change":  {func() error { return file.Update(t.Context(), nil) }, "the function is nil"},
		"typed nil transport": {func() error {
			_, err := oauth.Config{ClientID: "a", TokenURL: "https://auth.example", Transport: (*http.Transport)(nil)}.AuthCodeURL(oauth.Login{State: "s"})
			return err
		}, "leave it out"},
		"timeout below 0": {func() error {
			_, err := oauth.Config{ClientID: "a", TokenURL: "https://auth.example", Timeout: -1}.AuthCodeURL(oauth.Login{State: "s"})
			return err
		}, "leave it out"},
		"transport that says nothing": {func() error {
			cfg := canaryConfig(roundTripper(func(*http.Request) (*http.Response, error) { return nil, nil }))
			_, err := oauth.NewClientCredentials(cfg, oauth.MemoryStore()).Token(t.Context())
			return err
		}, "nil *Response"},
	} {
		if err := tt.call(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	if stored(t, store).AccessToken() != before {
		t.Error("something was stored")
	}
	bare := &http.Request{}
	if err := src.Sign(bare); err != nil || bare.Header.Get("Authorization") == "" {
		t.Errorf("a request without headers: %v, %v", bare.Header, err)
	}
}

// Of a key that is given twice the last one counts, whether it is good or not.
func TestKeyGivenTwice(t *testing.T) {
	t.Parallel()
	path := tokenFile(t)
	if err := put(t, oauth.FileStore(path, oauth.WithKey(nil), oauth.WithKey(key)), sample()); err != nil {
		t.Fatal(err)
	}
	if got := stored(t, oauth.FileStore(path, oauth.WithKey(key))).AccessToken(); got != sample().AccessToken() {
		t.Error("another key was used")
	}
	if err := put(t, oauth.FileStore(path, oauth.WithKey(key), oauth.WithKey(key[:1])), sample()); err == nil {
		t.Error("a bad key was passed over")
	}
}

// Every type may be used by several goroutines. The race detector watches.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	srv := newServer()
	src, store := loggedIn(t, srv)
	token, err := src.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(noDatabase{})
	t.Cleanup(func() { _ = db.Close() })
	over, cancel := context.WithCancel(t.Context())
	cancel() // no database is waited for
	cfg := srv.Config(redirect)
	values := map[string][]any{
		"Source": {src}, "Token": {token}, "Error": {&oauth.Error{Code: "invalid_grant"}}, "SQL": {oauth.SQLStore(db, oauth.SQLite, "acme")},
		"Config": {cfg}, "Login": {cfg.Begin()}, "Secret": {cfg.ClientSecret},
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			surface.Methods(t, ".", values, []any{over, &http.Request{}, printer{}, token}, nil)
			for _, call := range calls(t) {
				_ = call(over)
			}
			for range 20 {
				if err := src.Save(t.Context(), token); err != nil {
					t.Error(err)
				}
				if got, err := src.Token(t.Context()); err != nil || got.AccessToken() != stored(t, store).AccessToken() {
					t.Error(got, err)
				}
			}
		})
	}
	wg.Wait()
	if err := src.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}
