package oauthtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/internal/fake"
)

// ClientID and ClientSecret are those of the only app that the server knows.
const (
	ClientID     = "oauthtest-app"
	ClientSecret = "oauthtest-app-secret" //nolint:gosec // of a server in a test
)

// The hosts of Atlassian whose part the server takes in [Server.Transport].
const (
	authHost    = "auth.atlassian.com"
	gatewayHost = "api.atlassian.com"
	audience    = gatewayHost
)

// Server is a fake authorization server with a gateway. All methods may be called at any time from several goroutines,
// also while requests come in and after [Server.Close]. One that [NewServer] has not made answers every request with the
// advice to use it.
type Server struct {
	// URL is the base URL: the pages and the token endpoint of the authorization server, and the paths of the gateway.
	URL string

	clock      func() time.Time
	lifetime   time.Duration
	leeway     time.Duration
	inactivity time.Duration
	absolute   time.Duration
	formOnly   bool
	noListener bool
	listener   *httptest.Server
	handler    http.Handler
	pages      http.Handler // without faults and log, for Allow and Deny
	faults     faults.Injector
	log        fake.Log

	mu        sync.Mutex
	redirects []string
	sites     []Site
	state     state
}

// Option configures a [Server]. When one is given twice the last counts, but the rules of [WithFaults] add up. A nil one is
// passed over.
type Option func(*Server)

// WithLifetime sets how long access tokens live, in whole seconds; the default is an hour.
func WithLifetime(d time.Duration) Option {
	return func(s *Server) { s.lifetime = d }
}

// WithLeeway sets for how long a used refresh token is taken once more; the default is 10 minutes.
func WithLeeway(d time.Duration) Option {
	return func(s *Server) { s.leeway = d }
}

// WithRefreshTokens sets after how long an unused refresh token expires, and how long after the consent all of them do,
// however often they were renewed. The defaults are 90 and 365 days.
func WithRefreshTokens(inactivity, absolute time.Duration) Option {
	return func(s *Server) { s.inactivity, s.absolute = inactivity, absolute }
}

// WithFormOnly makes it a server that keeps to RFC 6749: token requests are forms, the app may authenticate by an
// Authorization header, a bad grant is a 400 and a bad secret invalid_client; there are no audience and no prompt.
func WithFormOnly() Option {
	return func(s *Server) { s.formOnly = true }
}

// WithClock sets where the server takes the time from; the default, also for nil, is [time.Now].
// It is called from several goroutines.
func WithClock(now func() time.Time) Option {
	return func(s *Server) { s.clock = now }
}

// WithFaults adds rules to the server's injector from the start.
func WithFaults(rules ...faults.Rule) Option {
	return func(s *Server) { s.faults.Add(rules...) }
}

// WithoutListener opens no port: the server is then reached only through [Server.Transport], which also works inside
// a testing/synctest bubble. Its URL has a host name that does not exist.
func WithoutListener() Option {
	return func(s *Server) { s.noListener = true }
}

const day = 24 * time.Hour

// NewServer starts a server without sites and tokens. The caller closes it.
func NewServer(opts ...Option) *Server {
	s := &Server{
		clock: time.Now, lifetime: time.Hour, leeway: 10 * time.Minute, inactivity: 90 * day, absolute: 365 * day,
		state: newState(),
	}
	for _, opt := range opts {
		if opt != nil {
			opt(s)
		}
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	s.pages = s.authRoutes()
	s.handler = s.log.Handler(s.faults.Handler(s.dispatcher(s.pages, s.gateway())))
	if s.noListener {
		s.URL = "https://auth.invalid"
		return s
	}
	s.listener = httptest.NewServer(s)
	s.URL = s.listener.URL
	return s
}

// zero reports that NewServer has not made the server.
func (s *Server) zero() bool { return s == nil || s.handler == nil }

// made returns the server or, in place of one that NewServer has not made, a new one that nobody else sees: what is wrong
// is told by the answers to requests, and not by a panic of what has no error to return.
func (s *Server) made() *Server {
	if s.zero() {
		return NewServer(WithoutListener())
	}
	return s
}

// open locks the server.
func (s *Server) open() *Server {
	s = s.made()
	s.mu.Lock()
	return s
}

// Close stops the server. Its statistics can still be looked at.
func (s *Server) Close() {
	s = s.made()
	if s.listener != nil {
		s.listener.Close()
	}
}

// Config returns the settings of the app that the server knows. It registers the redirect URL, so that logins with it
// are accepted.
func (s *Server) Config(redirect string, scopes ...string) oauth.Config {
	if s == nil {
		s = &Server{} // whose addresses oauth.Config refuses
	}
	cfg := oauth.Config{
		ClientID: ClientID, ClientSecret: oauth.NewSecret(ClientSecret),
		AuthURL: s.URL + authorizePath, TokenURL: s.URL + tokenPath,
		RedirectURL: redirect, Scopes: slices.Clone(scopes),
		Audience: audience, Prompt: "consent",
	}
	if s.formOnly {
		cfg.Audience, cfg.Prompt, cfg.Encoding = "", "", oauth.Form
	}
	if s.noListener {
		cfg.Transport = s.Transport()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if redirect != "" && !slices.Contains(s.redirects, redirect) {
		s.redirects = append(s.redirects, redirect)
	}
	return cfg
}

// Grant returns what a login brings: tokens as if a person had just consented to the scopes, or to all there are if none
// is named. It panics if the server does not know a scope.
func (s *Server) Grant(scopes ...string) *oauth.Token {
	if len(scopes) == 0 {
		scopes = scopeNames()
	}
	if unknown := unknownScopes(scopes); len(unknown) > 0 {
		panic("oauthtest: unknown scope " + strings.Join(unknown, ", "))
	}
	s = s.open()
	p := s.state.start(s, slices.Clone(scopes))
	s.mu.Unlock()
	now := time.Now()
	record, err := json.Marshal(map[string]any{ // as oauth.Token.Encode writes it
		"access_token": p.access, "refresh_token": p.refresh, "scope": strings.Join(scopes, " "),
		"obtained": now, "expiry": now.Add(s.lifetime),
	})
	if err != nil {
		panic(fmt.Sprintf("oauthtest: %v", err))
	}
	token, err := oauth.DecodeToken(record)
	if err != nil {
		panic(fmt.Sprintf("oauthtest: %v", err))
	}
	return token
}

// Revoke kills all refresh tokens, as a person does who takes back the consent. Access tokens live on until they expire:
// see [Server.ExpireAccess].
func (s *Server) Revoke() {
	s = s.open()
	defer s.mu.Unlock()
	for _, t := range s.state.refresh {
		t.family.revoked = true
	}
}

// ExpireAccess ends the life of all access tokens that there are. Refresh tokens live on.
func (s *Server) ExpireAccess() {
	s = s.open()
	defer s.mu.Unlock()
	clear(s.state.access)
}

// Stats counts what the token endpoint has done.
type Stats struct {
	// Refreshes are refresh tokens that were used for the first time and exchanged for another pair.
	Refreshes int
	// Recoveries are refresh tokens that were used again within the leeway, and exchanged for another pair.
	Recoveries int
	// Reuses are refresh tokens that were used again when that was no longer allowed. All tokens of their consent died.
	Reuses int
	// InvalidGrants are refusals of a refresh token or a code, reuses included.
	InvalidGrants int
	// Exchanges are codes that became tokens.
	Exchanges int
	// Credentials are tokens given to the app itself, by client credentials.
	Credentials int
}

// Stats returns the counts so far.
func (s *Server) Stats() Stats {
	s = s.open()
	defer s.mu.Unlock()
	return s.state.stats
}

// Faults returns the server's injector, to add and clear faults while it runs. The paths of its rules are those of
// requests: /oauth/token, /ex/jira/….
func (s *Server) Faults() *faults.Injector { return &s.made().faults }

// Request is one request that the server has received.
type Request struct {
	// Method and Path are as received, the path still escaped.
	Method, Path string
	// Query holds the query parameters.
	Query url.Values
	// Pattern is the operation that took the request, as "POST /oauth/token"; empty if none did. That of the gateway is
	// "GET /ex/jira/{cloudId}/", with the method of the request, and that of a site's own address "GET {site}".
	Pattern string
	// Status is the answer's status, 0 if the connection broke before there was one.
	Status int
}

// Requests returns what the server has received, oldest first. [Server.Allow] and [Server.Deny] are not among it.
func (s *Server) Requests() []Request {
	entries := s.made().log.Entries()
	requests := make([]Request, len(entries))
	for i, e := range entries {
		requests[i] = Request(e)
	}
	return requests
}

// ServeHTTP implements [http.Handler]. Its answer depends on the request's host as that of [Server.Transport] does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s == nil {
		s = &Server{}
	}
	fake.Serve(s.handler, "oauthtest", w, r)
}

// Transport returns a transport for client.WithTransport and [oauth.Config] that reaches the server in the same process,
// by its own URL and in place of https://auth.atlassian.com, https://api.atlassian.com and its sites. It refuses every
// other host.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ srv *Server }

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !t.srv.zero() && req != nil && req.URL != nil && !t.srv.serves(req.URL) {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, fmt.Errorf("oauthtest: %s://%s is neither the server nor Atlassian nor one of the sites", req.URL.Scheme, req.URL.Host)
	}
	return (&fake.Transport{Handler: t.srv}).RoundTrip(req)
}

// serves reports whether the transport answers for the host of a URL.
func (s *Server) serves(u *url.URL) bool {
	origin := u.Scheme + "://" + u.Host
	return origin == s.URL || origin == "https://"+authHost || origin == client.Gateway || s.siteAt(origin) != nil
}

// dispatcher sends requests to the authorization server, the gateway or a site, by their host. On the server's own host
// the path tells the first two apart.
func (s *Server) dispatcher(pages, gateway http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if site := s.siteAt("https://"+r.Host, "http://"+r.Host); site != nil {
			site.serveSelf(w, r)
			return
		}
		path := r.URL.EscapedPath()
		if r.Host == authHost || r.Host != gatewayHost && (path == authorizePath || path == tokenPath) {
			pages.ServeHTTP(w, r)
			return
		}
		gateway.ServeHTTP(w, r)
	})
}
