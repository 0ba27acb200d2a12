package oauth_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
)

// begin starts a login and returns where the person's browser goes.
func begin(t *testing.T, cfg oauth.Config) (oauth.Login, string) {
	t.Helper()
	login := cfg.Begin()
	address, err := cfg.AuthCodeURL(login)
	if err != nil {
		t.Fatal(err)
	}
	return login, address
}

// allow logs in as far as the callback.
func allow(t *testing.T, srv *oauthtest.Server, address string) url.Values {
	t.Helper()
	back, err := srv.Allow(address)
	if err != nil {
		t.Fatal(err)
	}
	return back.Query()
}

func TestAddressOfTheConsentPage(t *testing.T) {
	t.Parallel()
	cfg := oauth.Config{
		ClientID: "app", ClientSecret: oauth.NewSecret("s3cr3t"), AuthURL: "https://auth.example/authorize?tenant=1",
		TokenURL: "https://auth.example/token", RedirectURL: "http://127.0.0.1:1/cb?a=b", Scopes: work,
	}
	login := oauth.Login{State: "st&te"}
	query := func() url.Values {
		t.Helper()
		address, err := cfg.AuthCodeURL(login)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(address)
		if err != nil || u.Host != "auth.example" || u.Path != "/authorize" || strings.Contains(address, "s3cr3t") {
			t.Fatalf("%s, %v", address, err)
		}
		return u.Query()
	}
	want := url.Values{
		"tenant": {"1"}, "client_id": {"app"}, "redirect_uri": {"http://127.0.0.1:1/cb?a=b"}, "response_type": {"code"},
		"scope": {"read:jira-work offline_access"}, "state": {"st&te"},
	}
	if diff := cmp.Diff(want, query()); diff != "" {
		t.Error(diff)
	}
	cfg.Audience, cfg.Prompt, cfg.PKCE = "api.atlassian.com", "consent", true
	login.Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // of RFC 7636, appendix B
	want["audience"], want["prompt"] = []string{"api.atlassian.com"}, []string{"consent"}
	want["code_challenge"], want["code_challenge_method"] = []string{"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, []string{"S256"}
	if diff := cmp.Diff(want, query()); diff != "" {
		t.Error(diff)
	}
}

func TestLoginIsNeverTheSame(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		l := oauth.Config{PKCE: true}.Begin()
		if len(l.State) < 20 || len(l.Verifier) < 43 || seen[l.State] || seen[l.Verifier] {
			t.Fatalf("state of %d, verifier of %d characters", len(l.State), len(l.Verifier))
		}
		seen[l.State], seen[l.Verifier] = true, true
	}
	if l := (oauth.Config{}).Begin(); l.Verifier != "" {
		t.Error("a verifier without PKCE")
	}
}

func TestConfigThatCannotWork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*oauth.Config, *oauth.Login)
		want   string
	}{
		"no client id":     {func(c *oauth.Config, _ *oauth.Login) { c.ClientID = "" }, "client id is empty"},
		"no such encoding": {func(c *oauth.Config, _ *oauth.Login) { c.Encoding = 3 }, "no encoding 3"},
		"no token URL":     {func(c *oauth.Config, _ *oauth.Login) { c.TokenURL = "" }, "TokenURL must look like"},
		"plain token URL":  {func(c *oauth.Config, _ *oauth.Login) { c.TokenURL = "http://auth.example/t" }, "TokenURL must use https"},
		"plain auth URL":   {func(c *oauth.Config, _ *oauth.Login) { c.AuthURL = "http://auth.example/t" }, "AuthURL must use https"},
		"a password":       {func(c *oauth.Config, _ *oauth.Login) { c.AuthURL = "https://me:pw@auth.example" }, "AuthURL must look like"},
		"no state":         {func(_ *oauth.Config, l *oauth.Login) { l.State = "" }, "no state"},
		"no verifier":      {func(c *oauth.Config, _ *oauth.Login) { c.PKCE = true }, "no verifier"},
		"control":          {func(c *oauth.Config, _ *oauth.Login) { c.TokenURL = "https://a\x7f/s3cr3t" }, "TokenURL must look like"},
	} {
		cfg := oauth.Config{ClientID: "app", AuthURL: "https://auth.example/a", TokenURL: "https://auth.example/t"}
		login := cfg.Begin()
		c.change(&cfg, &login)
		if address, err := cfg.AuthCodeURL(login); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "pw") || strings.Contains(err.Error(), "s3cr3t") || address != "" {
			t.Errorf("%s: %q, %v", name, address, err)
		}
	}
	for _, address := range []string{"http://localhost:8080/t", "http://127.0.0.1/t", "http://[::1]:1/t", "https://auth.example"} {
		cfg := oauth.Config{ClientID: "app", AuthURL: address, TokenURL: address}
		if _, err := cfg.AuthCodeURL(cfg.Begin()); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// encodings are all ways to write a token request, each with the server that takes it.
var encodings = map[string]struct {
	encoding oauth.Encoding
	server   []oauthtest.Option
}{
	"JSON":                   {oauth.JSON, nil},
	"form to Atlassian":      {oauth.Form, nil},
	"form":                   {oauth.Form, []oauthtest.Option{oauthtest.WithFormOnly()}},
	"form with header":       {oauth.FormWithBasicAuth, []oauthtest.Option{oauthtest.WithFormOnly()}},
	"JSON to a form server":  {oauth.JSON, []oauthtest.Option{oauthtest.WithFormOnly()}},
	"header to Atlassian":    {oauth.FormWithBasicAuth, nil},
	"form, proof of the key": {oauth.Form, []oauthtest.Option{oauthtest.WithFormOnly()}},
}

func TestLogin(t *testing.T) {
	t.Parallel()
	for name, c := range encodings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(c.server...)
			cfg := srv.Config(redirect, work...)
			cfg.Encoding, cfg.PKCE = c.encoding, strings.Contains(name, "proof")
			login, address := begin(t, cfg)
			token, err := cfg.Exchange(t.Context(), login, allow(t, srv, address))
			if strings.Contains(name, " to a form server") || strings.Contains(name, "header to Atlassian") {
				e := wantTrouble(t, err)
				if e.Op != "exchange" || e.Status < 400 || e.Code == "" || token != nil {
					t.Errorf("%v, %+v", token, e)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if token.AccessToken() == "" || token.RefreshToken() == "" || !slices.Equal(token.Scopes(), work) || token.Expiry().IsZero() {
				t.Errorf("token = %v", token)
			}
			src := oauth.NewSource(cfg, oauth.MemoryStore())
			save(t, src, token)
			if err := read(t.Context(), newClient(t, srv, src)); err != nil {
				t.Error(err)
			}
			srv.ExpireAccess()
			if err := read(t.Context(), newClient(t, srv, src)); err != nil {
				t.Error(err)
			}
			wantStats(t, srv, oauthtest.Stats{Exchanges: 1, Refreshes: 1})
		})
	}
}

// recorder is a transport that keeps what it sends.
type recorder struct {
	next   http.RoundTripper
	header http.Header
	body   string
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	r.header, r.body = req.Header.Clone(), string(body)
	req.Body = io.NopCloser(strings.NewReader(r.body))
	return r.next.RoundTrip(req)
}

func TestTokenRequestIsWrittenAsDocumented(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"grant_type": "authorization_code", "code": "c+de", "redirect_uri": redirect, "client_id": "a:b", "client_secret": "s&cr%t",
	}
	for _, encoding := range []oauth.Encoding{oauth.JSON, oauth.Form, oauth.FormWithBasicAuth} {
		rec := &recorder{next: newServer().Transport()}
		cfg := newServer().Config(redirect)
		cfg.ClientID, cfg.ClientSecret, cfg.Encoding, cfg.Transport = "a:b", oauth.NewSecret("s&cr%t"), encoding, rec
		_, err := cfg.Exchange(t.Context(), oauth.Login{State: "s"}, url.Values{"state": {"s"}, "code": {"c+de"}})
		if err == nil {
			t.Fatal("no error")
		}
		got := map[string]string{}
		kind := rec.header.Get("Content-Type")
		if encoding == oauth.JSON {
			if err := json.Unmarshal([]byte(rec.body), &got); err != nil || kind != "application/json" || rec.header.Get("Accept") != "application/json" {
				t.Errorf("%s: %s, %v", kind, rec.body, err)
			}
		} else {
			form, err := url.ParseQuery(rec.body)
			if err != nil || kind != "application/x-www-form-urlencoded" {
				t.Errorf("%s: %s, %v", kind, rec.body, err)
			}
			for name := range form {
				got[name] = form.Get(name)
			}
		}
		authorization := ""
		if encoding == oauth.FormWithBasicAuth {
			got["client_id"], got["client_secret"] = "a:b", "s&cr%t"
			authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte("a%3Ab:s%26cr%25t"))
		}
		if rec.header.Get("Authorization") != authorization {
			t.Errorf("encoding %d: Authorization is %q", encoding, rec.header.Get("Authorization"))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("encoding %d: %s", encoding, diff)
		}
	}
}

func TestCallbackOfAnotherLogin(t *testing.T) {
	t.Parallel()
	srv := newServer()
	cfg := srv.Config(redirect, work...)
	login, address := begin(t, cfg)
	callback := allow(t, srv, address)
	for name, state := range map[string][]string{
		"other": {"x"}, "empty": {""}, "none": nil, "longer": {login.State + "x"}, "shorter": {login.State[1:]}, "case": {strings.ToLower(login.State)},
	} {
		forged := url.Values{"code": callback["code"], "state": state}
		if _, err := cfg.Exchange(t.Context(), login, forged); !errors.Is(err, oauth.ErrState) || errors.Is(err, oauth.ErrReauthorize) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Two empty states are no match, and a denial counts only with the right state.
	if _, err := cfg.Exchange(t.Context(), oauth.Login{}, url.Values{"code": callback["code"], "state": {""}}); !errors.Is(err, oauth.ErrState) {
		t.Error(err)
	}
	if _, err := cfg.Exchange(t.Context(), login, url.Values{"error": {"access_denied"}, "state": {"x"}}); !errors.Is(err, oauth.ErrState) || errors.Is(err, oauth.ErrDenied) {
		t.Error(err)
	}
	if asked(srv) != 0 {
		t.Error("a code of another login was sent to the server")
	}
	if _, err := cfg.Exchange(t.Context(), login, callback); err != nil {
		t.Errorf("the right callback: %v", err)
	}
}

func TestCallbackWithAnError(t *testing.T) {
	t.Parallel()
	srv := newServer()
	cfg := srv.Config(redirect, work...)
	login, address := begin(t, cfg)
	back, err := srv.Deny(address)
	if err != nil {
		t.Fatal(err)
	}
	_, err = cfg.Exchange(t.Context(), login, back.Query())
	e := wantTrouble(t, err)
	if !errors.Is(err, oauth.ErrDenied) || errors.Is(err, client.ErrUnauthorized) || e.Op != "authorize" || e.Code != "access_denied" {
		t.Errorf("%+v", e)
	}
	if want := "oauth: authorize: access_denied: User did not authorize the request: consent was denied"; err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
	for _, code := range []string{"server_error", "temporarily_unavailable", "invalid_scope", "unauthorized_client", "invalid_grant", "consent_required"} {
		_, err := cfg.Exchange(t.Context(), login, url.Values{"state": {login.State}, "error": {code}, "error_description": {"two\nlines"}})
		e := wantTrouble(t, err)
		if e.Code != code || errors.Is(err, oauth.ErrDenied) || !strings.HasSuffix(err.Error(), code+": two lines") {
			t.Errorf("%s: %v", code, err)
		}
	}
	_, err = cfg.Exchange(t.Context(), login, url.Values{"state": {login.State}})
	if wantTrouble(t, err).Code != "" || !strings.Contains(err.Error(), "neither a code nor an error") {
		t.Error(err)
	}
	if asked(srv) != 0 {
		t.Error("the server was asked for a token")
	}
}

func TestCodeIsRefused(t *testing.T) {
	t.Parallel()
	srv := newServer()
	cfg := srv.Config(redirect, work...)
	cfg.PKCE = true
	login, address := begin(t, cfg)
	callback := allow(t, srv, address)

	stolen := login
	stolen.Verifier = cfg.Begin().Verifier
	_, err := cfg.Exchange(t.Context(), stolen, callback)
	wantLogin(t, err)

	token, err := cfg.Exchange(t.Context(), login, callback)
	if err != nil {
		t.Fatal(err)
	}
	_, err = cfg.Exchange(t.Context(), login, callback)
	wantLogin(t, err)
	if e, ok := errors.AsType[*oauth.Error](err); !ok || e.Op != "exchange" || e.Status != http.StatusForbidden || e.Code != "invalid_grant" {
		t.Errorf("%+v", e)
	}
	src := oauth.NewSource(cfg, oauth.MemoryStore())
	save(t, src, token)
	wantLogin(t, read(t.Context(), newClient(t, srv, src))) // the second use has killed what the first brought
}

func TestWrongClientSecret(t *testing.T) {
	t.Parallel()
	for name, c := range encodings {
		srv := newServer(c.server...)
		cfg := srv.Config(redirect, work...)
		cfg.Encoding, cfg.ClientSecret = c.encoding, oauth.NewSecret("wrong")
		login, address := begin(t, cfg)
		_, err := cfg.Exchange(t.Context(), login, allow(t, srv, address))
		e := wantTrouble(t, err)
		if e.Code == "invalid_request" { // the server does not get as far as the secret
			continue
		}
		if !errors.Is(err, client.ErrUnauthorized) || errors.Is(err, oauth.ErrDenied) || !strings.Contains(err.Error(), "check the client id and the client secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
