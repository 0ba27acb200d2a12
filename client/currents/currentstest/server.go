package currentstest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"time"

	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/internal/fake"
)

const (
	// APIKey is the key that the server accepts for everything.
	APIKey = "currents-test-read-write"
	// ReadOnlyKey is a key with which creating and linking issues is forbidden.
	ReadOnlyKey = "currents-test-read-only"
	// InstallationID is the only Jira installation.
	InstallationID = "jira-installation-1"
)

// Server is a fake Currents. All methods may be called at any time from several goroutines,
// also while requests come in and after [Server.Close]. One that [NewServer] has not made answers every request with the
// advice to use it.
type Server struct {
	// URL is the base URL of the API, for client.WithBaseURL.
	URL string

	jira       Jira
	site       *Site
	clock      func() time.Time
	noListener bool
	listener   *httptest.Server
	handler    http.Handler
	faults     faults.Injector
	log        fake.Log

	mu    sync.Mutex
	state state
}

// Option configures a [Server]. When one is given twice the last counts, but the rules of [WithFaults] add up. A nil one is
// passed over.
type Option func(*Server)

// WithJira connects the installation to j in place of the built-in [Site], which stays if j is nil. The server calls j from
// several goroutines.
func WithJira(j Jira) Option {
	if j == nil {
		return nil
	}
	return func(s *Server) {
		s.jira, s.site = j, nil
	}
}

// WithClock sets where the server takes the time of links from; the default, also for nil, is [time.Now].
// It is called from several goroutines.
func WithClock(now func() time.Time) Option {
	return func(s *Server) { s.clock = now }
}

// WithFaults adds rules to the server's injector from the start. The paths of the rules begin with /v1.
func WithFaults(rules ...faults.Rule) Option {
	return func(s *Server) { s.faults.Add(rules...) }
}

// WithoutListener opens no port: the server is then reached only through [Server.Transport], which also works inside
// a testing/synctest bubble. Its URL has a host name that does not exist.
func WithoutListener() Option {
	return func(s *Server) { s.noListener = true }
}

// NewServer starts a server without projects and runs. The caller closes it.
func NewServer(opts ...Option) *Server {
	s := &Server{site: NewSite(), clock: time.Now}
	s.jira = s.site
	for _, opt := range opts {
		if opt != nil {
			opt(s)
		}
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	s.handler = s.log.Handler(s.faults.Handler(authenticate(s.routes())))
	if s.noListener {
		s.URL = "https://currents.invalid/v1"
		return s
	}
	s.listener = httptest.NewServer(s)
	s.URL = s.listener.URL + "/v1"
	return s
}

// routes registers every operation of package currents.
func (s *Server) routes() *fake.Router {
	rt := fake.NewRouter(fail)
	cursor := []string{"limit", "starting_after", "ending_before"}
	with := func(more ...string) []string { return append(more, cursor...) }
	discovery := []string{"jira_installation_id", "search", "page", "limit"}

	rt.Handle(http.MethodGet, "/v1/projects", cursor, s.listProjects)
	rt.Handle(http.MethodGet, "/v1/projects/{projectId}", nil, s.getProject)
	rt.Handle(http.MethodGet, "/v1/projects/{projectId}/runs", with("branches[]", "tags[]", "tag_operator", "search",
		"pr_id", "authors[]", "status", "completion_state", "date_start", "date_end"), s.listRuns)
	rt.Handle(http.MethodGet, "/v1/runs/find", []string{"projectId", "ciBuildId", "branch", "tags[]", "pwLastRun"}, s.findRun)
	rt.Handle(http.MethodGet, "/v1/runs/{runId}", nil, s.getRun)
	rt.Handle(http.MethodGet, "/v1/instances/{instanceId}", nil, s.getInstance)
	rt.Handle(http.MethodGet, "/v1/test-results/{signature}", with("date_start", "date_end", "branches[]", "tags[]",
		"authors[]", "groups[]", "status[]", "flaky", "annotations"), s.listTestResults)
	rt.Handle(http.MethodPost, "/v1/signature/test", nil, s.getSignature)
	rt.Handle(http.MethodPost, "/v1/projects/{projectId}/jira/issues", nil, writing(s.createIssue))
	rt.Handle(http.MethodPost, "/v1/projects/{projectId}/jira/issues/{jiraIssueKey}/link", nil, writing(s.linkIssue))
	rt.Handle(http.MethodGet, "/v1/integrations/jira/projects", discovery, s.listJiraProjects)
	rt.Handle(http.MethodGet, "/v1/integrations/jira/projects/{jiraProjectId}/issue-types", discovery, s.listIssueTypes)
	return rt
}

// ServeHTTP implements [http.Handler]; paths begin with /v1.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s == nil {
		s = &Server{}
	}
	fake.Serve(s.handler, "currentstest", w, r)
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

// Faults returns the server's injector, to add and clear faults while it runs. The paths of its rules begin with /v1.
func (s *Server) Faults() *faults.Injector { return &s.made().faults }

// Site returns the built-in Jira, nil if [WithJira] replaced it.
func (s *Server) Site() *Site { return s.made().site }

// Request is one request that the server has received.
type Request struct {
	// Method and Path are as received, the path still escaped.
	Method, Path string
	// Query holds the query parameters.
	Query url.Values
	// Pattern is the operation that took the request, as "GET /v1/runs/{runId}"; empty if none did.
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

// authenticate refuses requests without one of the two keys.
func authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("Authorization") {
		case "Bearer " + APIKey, "Bearer " + ReadOnlyKey:
			next.ServeHTTP(w, r)
		case "":
			fail(w, r, http.StatusUnauthorized, "Unauthorized: no API key was provided")
		default:
			fail(w, r, http.StatusUnauthorized, "Unauthorized: invalid API key")
		}
	})
}

// writing refuses the read-only key.
func writing(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer "+ReadOnlyKey {
			fail(w, r, http.StatusForbidden, "Forbidden: the API key does not have write permission")
			return
		}
		next(w, r)
	}
}

// fail sends an error in the shape of Currents.
func fail(w http.ResponseWriter, _ *http.Request, status int, message string) {
	fake.WriteJSON(w, status, map[string]string{"status": "FAILED", "error": message})
}

// ok sends data in the envelope of Currents.
func ok(w http.ResponseWriter, status int, data any) {
	fake.WriteJSON(w, status, map[string]any{"status": "OK", "data": data})
}

// badRequest sends a 400.
func badRequest(w http.ResponseWriter, r *http.Request, format string, args ...any) {
	fail(w, r, http.StatusBadRequest, fmt.Sprintf(format, args...))
}

// notFound sends a 404 that says what is missing.
func notFound(w http.ResponseWriter, r *http.Request, what string) {
	fail(w, r, http.StatusNotFound, what+" not found")
}
