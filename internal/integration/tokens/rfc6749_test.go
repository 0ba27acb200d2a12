//go:build unix

package tokens_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-oauth2/oauth2/v4"
	"github.com/go-oauth2/oauth2/v4/manage"
	"github.com/go-oauth2/oauth2/v4/models"
	oauthserver "github.com/go-oauth2/oauth2/v4/server"
	"github.com/go-oauth2/oauth2/v4/store"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/oauth"
)

// foreign is an authorization server that others have written. It takes forms with the client's id and secret in an
// Authorization header, and each refresh token once, without any leeway.
type foreign struct {
	url       string
	refreshes atomic.Int32
	refused   atomic.Int32
}

const foreignRedirect = "http://localhost:8085/callback"

func newForeign(t *testing.T, life time.Duration) *foreign {
	t.Helper()
	manager := manage.NewDefaultManager()
	manager.SetAuthorizeCodeTokenCfg(&manage.Config{AccessTokenExp: life, RefreshTokenExp: time.Hour, IsGenerateRefresh: true})
	manager.SetClientTokenCfg(&manage.Config{AccessTokenExp: life})
	manager.MustTokenStorage(store.NewMemoryTokenStore())
	apps := store.NewClientStore()
	if err := apps.Set("app", &models.Client{ID: "app", Secret: "app secret: 100%", Domain: foreignRedirect}); err != nil {
		t.Fatal(err)
	}
	manager.MapClientStorage(apps)
	s := oauthserver.NewDefaultServer(manager)
	s.Config.ForcePKCE = true
	s.SetClientInfoHandler(func(r *http.Request) (string, string, error) { // its own does not decode what RFC 6749 has encoded
		id, secret, _ := r.BasicAuth()
		id, err1 := url.QueryUnescape(id)
		secret, err2 := url.QueryUnescape(secret)
		return id, secret, errors.Join(err1, err2)
	})
	s.SetUserAuthorizationHandler(func(http.ResponseWriter, *http.Request) (string, error) { return "a person", nil })

	f := &foreign{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		if err := s.HandleAuthorizeRequest(w, r); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		if err := s.HandleTokenRequest(answer, r); err != nil {
			t.Error(err)
		}
		if r.PostForm.Get("grant_type") == oauth2.Refreshing.String() {
			if f.refreshes.Add(1); answer.Code != http.StatusOK {
				f.refused.Add(1)
			}
		}
		w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
		w.WriteHeader(answer.Code)
		_, _ = answer.Body.WriteTo(w)
	})
	mux.HandleFunc("GET /api", func(w http.ResponseWriter, r *http.Request) {
		if _, err := s.ValidationBearerToken(r); err != nil {
			http.Error(w, "Unauthorized", http.StatusUnauthorized)
		}
	})
	listener := httptest.NewServer(mux)
	t.Cleanup(listener.Close)
	f.url = listener.URL
	return f
}

func (f *foreign) config() oauth.Config {
	return oauth.Config{
		ClientID: "app", ClientSecret: oauth.NewSecret("app secret: 100%"), Encoding: oauth.FormWithBasicAuth, PKCE: true,
		AuthURL: f.url + "/authorize", TokenURL: f.url + "/token", RedirectURL: foreignRedirect, Scopes: []string{"read"},
	}
}

// login does what a browser does.
func (f *foreign) login(t *testing.T) *oauth.Token {
	t.Helper()
	cfg := f.config()
	login := cfg.Begin()
	page, err := cfg.AuthCodeURL(login)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, page, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Transport{}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	callback, err := res.Location()
	if err != nil {
		t.Fatalf("the server sends nobody back: %s, %v", res.Status, err)
	}
	token, err := cfg.Exchange(t.Context(), login, callback.Query())
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// A server that is not ours, and that gives no second chance: replicas renew its tokens for some lives.
func TestAnotherServerThatKeepsToRFC6749(t *testing.T) {
	t.Parallel()
	const life, lives, replicas, goroutines = time.Second, 4, 4, 25
	srv := newForeign(t, life)
	path := filepath.Join(t.TempDir(), "token.json")
	first := srv.login(t)
	if err := oauth.NewSource(srv.config(), oauth.FileStore(path)).Save(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), lives*life)
	defer cancel()
	var (
		all    sync.WaitGroup
		calls  atomic.Int32
		tokens sync.Map
	)
	for range replicas {
		src := oauth.NewSource(srv.config(), oauth.FileStore(path))
		transport := &http.Transport{MaxIdleConnsPerHost: goroutines}
		t.Cleanup(transport.CloseIdleConnections)
		api, err := client.New(srv.url, src, client.WithTransport(transport))
		if err != nil {
			t.Fatal(err)
		}
		for range goroutines {
			all.Go(func() {
				for wait(ctx, 50*time.Millisecond) {
					if err := api.Do(t.Context(), client.NewRequest("Call", http.MethodGet, "/api"), nil); err != nil {
						t.Error(err)
					}
					calls.Add(1)
					if token, err := src.Token(t.Context()); err == nil {
						tokens.Store(token.AccessToken(), true)
					}
				}
			})
		}
	}
	all.Wait()
	seen := 0
	tokens.Range(func(any, any) bool { seen++; return true })
	line := row{proof: "server of others", store: "file", processes: 1, goroutines: replicas * goroutines, calls: int(calls.Load())}
	line.due, line.refreshes, line.refused = seen-1, int(srv.refreshes.Load()), int(srv.refused.Load())
	report.add(line)
	if line.refused != 0 || line.refreshes != line.due || line.due < lives-1 {
		t.Errorf("%+v", line)
	}

	// The first refresh token was spent long ago, and the server says so.
	other := oauth.NewSource(srv.config(), oauth.MemoryStore())
	if err := other.Save(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Token(t.Context()); !errors.Is(err, oauth.ErrReauthorize) {
		t.Errorf("a spent refresh token: %v", err)
	}
	app := oauth.NewClientCredentials(srv.config(), oauth.MemoryStore())
	if token, err := app.Token(t.Context()); err != nil || token.RefreshToken() != "" {
		t.Errorf("client credentials: %v, %v", token, err)
	}
}
