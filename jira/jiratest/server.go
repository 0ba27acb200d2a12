// Package jiratest is a fake Jira Cloud site for tests: an in-process server that speaks the REST API v3, keeps state
// and answers with Jira's shapes, limits and error texts.
//
//	site := jiratest.NewServer()
//	defer site.Close()
//	jc, err := jira.New(site.URL, client.BasicAuth(jiratest.Email, jiratest.Token))
//
// A new server holds a small default site: the projects WEB and OPS, the usual issue types, statuses, priorities and
// link types, a few users and groups, two sprints, and a custom field of each kind but those of apps. Methods such as
// [Server.AddIssue] add to it, [Server.Issue] and its like look at it, [Server.Snapshot] and [Server.Restore] carry it over to another process.
// [Server.Faults] makes it misbehave.
//
// It refuses what it does not know: paths, query parameters, body fields and JQL. Nothing is silently accepted.
//
// Values of the other types may be read by several goroutines as long as none changes them.
package jiratest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/internal/fake"
)

// Email and Token are the credentials that a Server accepts, by Basic authentication.
const (
	Email = "bot@acme.example"
	Token = "jiratest-token"
)

// Server is a fake Jira Cloud site. All its methods may be called at any time from several goroutines, also while requests
// come in and after [Server.Close]. One that [NewServer] has not made answers every request with the advice to use it.
type Server struct {
	// URL is the base URL of the site, without a slash at its end.
	URL string

	listener     *httptest.Server
	handler      http.Handler
	mediaURL     string
	clock        func() time.Time
	searchDelay  time.Duration
	taskDuration time.Duration
	anonymous    bool
	noListener   bool
	faults       faults.Injector
	log          fake.Log
	webhooks     sender

	mu     sync.Mutex
	state  *state
	traces int
}

// Option configures a Server. When one is given twice the last counts, but the rules of [WithFaults] add up. A nil one is
// passed over.
type Option func(*Server)

// WithClock sets where the server takes the time from; the default, also for nil, is [time.Now]. It is called from
// several goroutines.
func WithClock(now func() time.Time) Option {
	return func(s *Server) { s.clock = now }
}

// WithSearchDelay makes search lag behind: a new issue, and a change to the fields or properties of one, is found and
// shown only after the delay. The default is none. Reading an issue by its key is always up to date, as is one named in
// reconcileIssues.
func WithSearchDelay(delay time.Duration) Option {
	return func(s *Server) { s.searchDelay = delay }
}

// WithFaults adds rules to the server's injector from the start.
func WithFaults(rules ...faults.Rule) Option {
	return func(s *Server) { s.faults.Add(rules...) }
}

// WithAnonymousAccess answers requests with wrong or no credentials as a real site does for some of its operations:
// not with 401, but as if nobody was signed in and nothing was visible, with the header
// x-seraph-loginreason: AUTHENTICATED_FAILED.
func WithAnonymousAccess() Option {
	return func(s *Server) { s.anonymous = true }
}

// WithoutListener opens no port: the server is then reached only through [Server.Transport], which also works inside
// a testing/synctest bubble. Its URL has a host name that does not exist.
func WithoutListener() Option {
	return func(s *Server) { s.noListener = true }
}

// NewServer starts a site. The caller closes it.
func NewServer(opts ...Option) *Server {
	s := &Server{clock: time.Now}
	for _, opt := range opts {
		if opt != nil {
			opt(s)
		}
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	s.webhooks.start(s.failedDelivery)
	s.state = defaultSite()
	s.handler = s.log.Handler(s.faults.Handler(s.routes()))
	if s.noListener {
		s.URL, s.mediaURL = "https://jira.invalid", "https://media.invalid"
		return s
	}
	s.listener = httptest.NewServer(s)
	s.URL = s.listener.URL
	// The same port under another name: to a client it is another host.
	s.mediaURL = strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
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

// Close stops the server and waits for the webhook that is being delivered. Its state can still be looked at.
func (s *Server) Close() {
	s = s.made()
	s.webhooks.close()
	if s.listener != nil {
		s.listener.Close()
	}
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s == nil {
		s = &Server{}
	}
	fake.Serve(s.handler, "jiratest", w, r)
}

// Transport returns a transport that reaches the server in the same process, without a connection.
func (s *Server) Transport() http.RoundTripper { return &fake.Transport{Handler: s} }

// Faults returns the server's injector, to add and clear faults while it runs.
func (s *Server) Faults() *faults.Injector { return &s.made().faults }

// Request is one request that the server has received.
type Request struct {
	// Method and Path are as received, the path still escaped.
	Method, Path string
	// Query holds the query parameters.
	Query url.Values
	// Pattern is the operation that took the request, as "GET /rest/api/3/issue/{issueIdOrKey}"; empty if none did.
	Pattern string
	// Status is the answer's status; 0 if the connection broke before there was one.
	Status int
}

// Requests returns the requests received so far, oldest first.
func (s *Server) Requests() []Request {
	entries := s.made().log.Entries()
	requests := make([]Request, len(entries))
	for i, entry := range entries {
		requests[i] = Request(entry)
	}
	return requests
}

// Snapshot returns the whole state of the site as JSON. Faults, the clock and received requests are not part of it.
func (s *Server) Snapshot() ([]byte, error) {
	if s.zero() {
		return nil, fake.NotMade("jiratest")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	data, err := json.Marshal(s.state)
	if err != nil {
		return nil, fmt.Errorf("jiratest: snapshot: %w", err)
	}
	return data, nil
}

// Restore replaces the state of the site by a snapshot. After an error the state is as before.
func (s *Server) Restore(snapshot []byte) error {
	if s.zero() {
		return fake.NotMade("jiratest")
	}
	dec := json.NewDecoder(bytes.NewReader(snapshot))
	dec.UseNumber()
	dec.DisallowUnknownFields()
	st := &state{}
	if err := dec.Decode(st); err != nil {
		return fmt.Errorf("jiratest: restore: %w", err)
	}
	if err := st.check(); err != nil {
		return fmt.Errorf("jiratest: restore: %w", err)
	}
	st.index()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = st
	return nil
}

// authorized reports whether a request carries the right credentials.
func authorized(r *http.Request) bool {
	email, token, ok := r.BasicAuth()
	return ok && email == Email && token == Token || byApp(r)
}

// authenticate reports whether a request may go on. If not, it has answered it.
func (s *Server) authenticate(w http.ResponseWriter, r *http.Request) bool {
	if authorized(r) {
		return true
	}
	authorization := r.Header.Get("Authorization")
	if strings.HasPrefix(authorization, "Bearer ") {
		fake.WriteJSON(w, http.StatusForbidden, doc{"error": "Failed to parse Connect Session Auth Token"})
		return false
	}
	if authorization != "" {
		w.Header().Set("X-Seraph-Loginreason", "AUTHENTICATED_FAILED")
	}
	if s.anonymous {
		return true
	}
	w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	w.Header().Set("Www-Authenticate", `OAuth realm="jira"`)
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write([]byte("Client must be authenticated to access this resource."))
	return false
}
