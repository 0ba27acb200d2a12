package qmetrytest

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/client/qmetry"
	"github.com/jira-integrations/go-sdk/internal/fake"
)

const (
	// APIKey is the key that the server accepts.
	APIKey = "qmetry-test-key"
	// OrgCode is the code of the only organisation.
	OrgCode = "acme"
)

// Project is a project of the fake. Requests may name it by each of its fields.
type Project struct {
	// ID is the scope.
	ID int
	// Key is the short name.
	Key string
	// Name is the long name.
	Name string
}

// Context is a complete context for the project that a new server has, with a screen and an action that mean nothing.
func Context() qmetry.Context {
	return qmetry.Context{Project: "SHOP", OrgCode: OrgCode, Scope: "100201", ScreenName: "any screen", Action: "any action"}
}

// Server is a fake QMetry. All methods may be called at any time from several goroutines,
// also while requests come in and after [Server.Close]. One that [NewServer] has not made answers every request with the
// advice to use it.
type Server struct {
	// URL is the base URL of the API, for client.WithBaseURL.
	URL string

	noListener bool
	listener   *httptest.Server
	handler    http.Handler
	faults     faults.Injector
	log        fake.Log

	mu        sync.Mutex
	projects  []Project
	instances []qmetry.Instance
}

// Option configures a [Server]. When one is given twice the last counts. A nil one is passed over.
type Option func(*Server)

// WithFaults adds rules to the server's injector from the start.
func WithFaults(rules ...faults.Rule) Option {
	return func(s *Server) { s.faults.Add(rules...) }
}

// WithoutListener opens no port: the server is then reached only through [Server.Transport], which also works inside
// a testing/synctest bubble. Its URL has a host name that does not exist.
func WithoutListener() Option {
	return func(s *Server) { s.noListener = true }
}

// NewServer starts a server with the project SHOP (id 100201) and without instances. The caller closes it.
func NewServer(opts ...Option) *Server {
	s := &Server{projects: []Project{{ID: 100201, Key: "SHOP", Name: "Web shop"}}}
	for _, opt := range opts {
		if opt != nil {
			opt(s)
		}
	}
	s.handler = s.log.Handler(s.faults.Handler(authenticate(s.routes())))
	if s.noListener {
		s.URL = "https://qmetry.invalid"
		return s
	}
	s.listener = httptest.NewServer(s)
	s.URL = s.listener.URL
	return s
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s == nil {
		s = &Server{}
	}
	fake.Serve(s.handler, "qmetrytest", w, r)
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

// Faults returns the server's injector, to add and clear faults while it runs.
func (s *Server) Faults() *faults.Injector { return &s.made().faults }

// AddProject adds a project.
func (s *Server) AddProject(p Project) {
	s = s.open()
	defer s.mu.Unlock()
	s.projects = append(s.projects, p)
}

// SetInstance adds an instance, or replaces the one with the same id, and returns its id. Without one it gets the next.
func (s *Server) SetInstance(in qmetry.Instance) int {
	s = s.open()
	defer s.mu.Unlock()
	if in.InstanceID == 0 {
		for _, have := range s.instances {
			in.InstanceID = max(in.InstanceID, have.InstanceID)
		}
		in.InstanceID++
	}
	in = clone(in)
	same := func(have qmetry.Instance) bool { return have.InstanceID == in.InstanceID }
	if i := slices.IndexFunc(s.instances, same); i >= 0 {
		s.instances[i] = in
		return in.InstanceID
	}
	s.instances = append(s.instances, in)
	return in.InstanceID
}

// RemoveInstance takes an instance away, if there is one with that id.
func (s *Server) RemoveInstance(id int) {
	s = s.open()
	defer s.mu.Unlock()
	s.instances = slices.DeleteFunc(s.instances, func(in qmetry.Instance) bool { return in.InstanceID == id })
}

// Instances returns all instances in the order in which they came.
func (s *Server) Instances() []qmetry.Instance {
	s = s.open()
	defer s.mu.Unlock()
	all := make([]qmetry.Instance, len(s.instances))
	for i, in := range s.instances {
		all[i] = clone(in)
	}
	return all
}

func clone(in qmetry.Instance) qmetry.Instance {
	in.ExternalProjects = slices.Clone(in.ExternalProjects)
	for i := range in.ExternalProjects {
		m := &in.ExternalProjects[i].Modules
		m.Requirement.Fields, m.Issue.Fields = slices.Clone(m.Requirement.Fields), slices.Clone(m.Issue.Fields)
	}
	return in
}

// Request is one request that the server has received.
type Request struct {
	// Method and Path are as received, the path still escaped.
	Method, Path string
	// Query holds the query parameters.
	Query url.Values
	// Pattern is the operation that took the request, as "GET /rest/admin/project/getinfo"; empty if none did.
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

// authenticate refuses requests without the key.
func authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("apikey") != APIKey {
			answerError(w, http.StatusUnauthorized, "CO.INVALID_API_KEY", "Invalid API key")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// project finds the project that the request is made for; nil after it has refused the request.
func (s *Server) project(w http.ResponseWriter, r *http.Request) *Project {
	name := r.Header.Get("project")
	if name == "" {
		badRequest(w, r, "header project is missing")
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.projects {
		if name == strconv.Itoa(p.ID) || strings.EqualFold(name, p.Key) || name == p.Name {
			return &p
		}
	}
	badRequest(w, r, "project %q does not exist", name)
	return nil
}

// within lets requests pass that carry the whole context.
func (s *Server) within(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p := s.project(w, r)
		if p == nil {
			return
		}
		for _, name := range []string{"orgCode", "scope", "screenName", "action"} {
			if r.Header.Get(name) == "" {
				badRequest(w, r, "header %s is missing", name)
				return
			}
		}
		switch {
		case r.Header.Get("orgCode") != OrgCode:
			badRequest(w, r, "header orgCode names no organisation: %q", r.Header.Get("orgCode"))
		case r.Header.Get("scope") != strconv.Itoa(p.ID):
			badRequest(w, r, "header scope is %q, the id of project %s is %d", r.Header.Get("scope"), p.Key, p.ID)
		default:
			next(w, r)
		}
	}
}
