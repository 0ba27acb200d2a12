// Package jsmopstest is a fake Jira Service Management Ops for tests: an in-process server that speaks the part of its REST
// API which package jsmops describes, keeps state, and has the vendor's peculiarities.
//
//	srv := jsmopstest.NewServer()
//	defer srv.Close()
//	id := srv.AddIntegration(jsmops.Integration{Name: "CI", Type: "API"})
//	ops, err := jsmops.New(srv.URL, client.BasicAuth(jsmopstest.Email, jsmopstest.Token))
//
// It starts empty. A new action comes behind all others; of the real service that is not known. As with the real service a
// create is answered with 200, a delete and a reorder with an empty 200, the links to other pages are relative to the base
// URL, an action's answers do not tell whether it is enabled (but see [WithEnabledTold]), and an update that does not
// mention it switches the action off. An integration that is created through the API, other than a Webhook, comes with an
// action. An update replaces what it mentions as a whole; the vendor does not say whether maps are merged.
//
// Paths, query parameters and body fields that it does not know are refused. [Server.Faults] makes it misbehave,
// [Server.Snapshot] and [Server.Restore] carry its state over to another process.
//
// Values of the other types may be read by several goroutines as long as none changes them.
package jsmopstest

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"

	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/internal/fake"
)

const (
	// CloudID identifies the only site.
	CloudID = "5a7c31de-0b52-4a3c-9f11-7d2e60c1ab90"
	// Base is what all paths of the API begin with, those of faults too.
	Base = "/jsm/ops/api/" + CloudID

	// Email is the account that the server knows, by Basic authentication. It reads and writes, but has no scope to delete.
	Email = "bot@acme.example"
	// Token is the API token of that account.
	Token = "jsmopstest-token"
	// OAuthToken is a bearer token with all scopes.
	OAuthToken = "jsmopstest-oauth" // #nosec G101 -- of the fake
	// ReadToken is a bearer token that only reads.
	ReadToken = "jsmopstest-read" // #nosec G101 -- of the fake
)

// Server is a fake Jira Service Management Ops. All methods may be called at any time from several goroutines,
// also while requests come in and after [Server.Close]. One that [NewServer] has not made answers every request with the
// advice to use it.
type Server struct {
	// URL is the base URL of the API, for [jsmops.New].
	URL string

	tellEnabled bool
	noListener  bool
	listener    *httptest.Server
	handler     http.Handler
	faults      faults.Injector
	log         fake.Log

	mu    sync.Mutex
	state state
}

// Option configures a [Server]. When one is given twice the last counts. A nil one is passed over.
type Option func(*Server)

// WithEnabledTold makes the answers about an action tell whether it is enabled, which the vendor's document does not promise.
func WithEnabledTold() Option {
	return func(s *Server) { s.tellEnabled = true }
}

// WithFaults adds rules to the server's injector from the start. The paths of the rules begin with [Base].
func WithFaults(rules ...faults.Rule) Option {
	return func(s *Server) { s.faults.Add(rules...) }
}

// WithoutListener opens no port: the server is then reached only through [Server.Transport], which also works inside
// a testing/synctest bubble. Its URL has a host name that does not exist.
func WithoutListener() Option {
	return func(s *Server) { s.noListener = true }
}

// NewServer starts a server without integrations. The caller closes it.
func NewServer(opts ...Option) *Server {
	s := &Server{}
	for _, opt := range opts {
		if opt != nil {
			opt(s)
		}
	}
	s.handler = s.log.Handler(s.faults.Handler(s.routes()))
	if s.noListener {
		s.URL = "https://jsmops.invalid" + Base
		return s
	}
	s.listener = httptest.NewServer(s)
	s.URL = s.listener.URL + Base
	return s
}

// routes registers every operation of package jsmops, and the one that tells a site's cloud id.
func (s *Server) routes() *fake.Router {
	const (
		root         = "/jsm/ops/api/{cloudId}/v1/integrations"
		integration  = root + "/{id}"
		alertFilter  = root + "/{integrationId}/outgoing/alert-filter/main"
		actions      = root + "/{integrationId}/actions"
		action       = actions + "/{id}"
		read, change = "read", "write"
	)
	rt := fake.NewRouter(fail)
	handle := func(method, path, scope string, query []string, do operation) {
		rt.Handle(method, path, query, s.authorized(scope, do))
	}
	rt.Handle(http.MethodGet, "/_edge/tenant_info", nil, func(w http.ResponseWriter, _ *http.Request) {
		fake.WriteJSON(w, http.StatusOK, map[string]string{"cloudId": CloudID})
	})
	handle(http.MethodGet, root, read, []string{"type", "teamId", "name", "offset", "size"}, s.listIntegrations)
	handle(http.MethodPost, root, change, nil, s.createIntegration)
	handle(http.MethodGet, integration, read, nil, s.getIntegration)
	handle(http.MethodPatch, integration, change, nil, s.updateIntegration)
	handle(http.MethodDelete, integration, "delete", nil, s.deleteIntegration)
	handle(http.MethodGet, alertFilter, read, nil, s.getAlertFilter)
	handle(http.MethodPatch, alertFilter, change, nil, s.updateAlertFilter)
	handle(http.MethodGet, actions, read, []string{"type", "direction", "domain", "name", "offset", "size"}, s.listActions)
	handle(http.MethodPost, actions, change, nil, s.createAction)
	handle(http.MethodGet, action, read, nil, s.getAction)
	handle(http.MethodPatch, action, change, nil, s.updateAction)
	handle(http.MethodDelete, action, "delete", nil, s.deleteAction)
	handle(http.MethodPatch, action+"/order", change, nil, s.reorderAction)
	return rt
}

// ServeHTTP implements [http.Handler]; the paths of the API begin with [Base].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s == nil {
		s = &Server{}
	}
	fake.Serve(s.handler, "jsmopstest", w, r)
}

// Transport returns a transport that takes every request to this server, in process and whatever its host.
func (s *Server) Transport() http.RoundTripper { return &fake.Transport{Handler: s} }

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

// Close stops the server. Its state can still be looked at.
func (s *Server) Close() {
	s = s.made()
	if s.listener != nil {
		s.listener.Close()
	}
}

// Faults returns the server's injector, to add and clear faults while it runs. The paths of its rules begin with [Base].
func (s *Server) Faults() *faults.Injector { return &s.made().faults }

// Request is one request that the server has received.
type Request struct {
	// Method and Path are as received, the path still escaped.
	Method, Path string
	// Query holds the query parameters.
	Query url.Values
	// Pattern is the operation that took the request, as "GET /jsm/ops/api/{cloudId}/v1/integrations"; empty if none did.
	Pattern string
	// Status is the answer's status, 0 if the connection broke before there was one.
	Status int
}

// Requests returns what the server has received, oldest first.
func (s *Server) Requests() []Request {
	entries := s.made().log.Entries()
	requests := make([]Request, len(entries))
	for i, e := range entries {
		requests[i] = Request(e)
	}
	return requests
}

// operation answers a request, with the state locked. An answer that is nil has no body.
type operation func(r *http.Request) (answer any, err error)

// refusal is an error answer.
type refusal struct {
	status  int
	message string
}

func (e refusal) Error() string { return e.message }

// authorized lets a request through to its operation if the credential has the scope.
func (s *Server) authorized(scope string, do operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		email, token, basic := r.BasicAuth()
		var scopes string
		switch authorization := r.Header.Get("Authorization"); {
		case basic && email == Email && token == Token:
			scopes = "read write"
		case authorization == "Bearer "+OAuthToken:
			scopes = "read write delete"
		case authorization == "Bearer "+ReadToken:
			scopes = "read"
		default:
			unauthorized(w, "Unauthorized")
			return
		}
		if !strings.Contains(scopes, scope) {
			unauthorized(w, "Unauthorized; scope does not match")
			return
		}
		if r.PathValue("cloudId") != CloudID {
			fail(w, r, http.StatusNotFound, "There is no site with this cloud id")
			return
		}
		s.mu.Lock()
		answer, err := do(r)
		s.mu.Unlock()
		if no, ok := err.(refusal); ok { //nolint:errorlint // nobody wraps it
			fail(w, r, no.status, no.message)
			return
		}
		if err != nil { // a body that cannot be read
			fail(w, r, http.StatusUnprocessableEntity, err.Error())
			return
		}
		if answer != nil {
			fake.WriteJSON(w, http.StatusOK, answer)
		}
	}
}

// unauthorized sends a 401 as the gateway does. A missing scope looks the same but for the message.
func unauthorized(w http.ResponseWriter, message string) {
	fake.WriteJSON(w, http.StatusUnauthorized, map[string]any{"code": http.StatusUnauthorized, "message": message})
}

// fail sends an error in the shape of the API.
func fail(w http.ResponseWriter, _ *http.Request, status int, message string) {
	type item struct {
		Title string `json:"title"`
		Code  string `json:"code"`
	}
	code := strings.ToUpper(strings.ReplaceAll(http.StatusText(status), " ", "_"))
	fake.WriteJSON(w, status, map[string]any{"errors": []item{{message, code}}})
}
