package oauthtest

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/internal/fake"
)

// Site is a site of the cloud that the person who consents can reach.
type Site struct {
	// ID is the cloud id.
	ID string
	// Name is the short name and URL the site's own address, as "acme" and "https://acme.atlassian.net".
	Name, URL string
	// Scopes are those that belong to this product of the site; none means all. A site with several products is added, and
	// listed, once for each.
	Scopes []string
	// Handler answers the requests to the site, a jiratest.Server for example. A product's requests go to the handler of
	// the first entry whose scopes allow them.
	Handler http.Handler
	// Auth signs what the gateway forwards to Handler; nil leaves it unsigned.
	Auth client.Auth
}

// AddSite adds a site. What the gateway forwards to its handler has the path that it would have on the site: below
// /ex/jira/{ID}/ that part is taken off, below /jsm/ops/api/{ID}/ the path stays whole. The site's own address answers
// /_edge/tenant_info and passes everything else on as it is. It panics if the server does not know a scope.
func (s *Server) AddSite(site Site) {
	site.URL = strings.TrimSuffix(site.URL, "/")
	site.Scopes = slices.Clone(site.Scopes)
	if unknown := unknownScopes(site.Scopes); len(unknown) > 0 {
		panic("oauthtest: unknown scope " + strings.Join(unknown, ", "))
	}
	s = s.open()
	defer s.mu.Unlock()
	s.sites = append(s.sites, site)
}

// siteAt returns the site at one of the origins.
func (s *Server) siteAt(origins ...string) *Site {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, site := range s.sites {
		if u, err := url.Parse(site.URL); err == nil && slices.Contains(origins, u.Scheme+"://"+u.Host) {
			return &site
		}
	}
	return nil
}

// siteWith returns the entry of a site that a scope belongs to.
func (s *Server) siteWith(id, scope string) *Site {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, site := range s.sites {
		if site.ID == id && (len(site.Scopes) == 0 || slices.Contains(site.Scopes, scope)) {
			return &site
		}
	}
	return nil
}

// siteNames returns the addresses of the sites, each once.
func (s *Server) siteNames() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, site := range s.sites {
		if u, err := url.Parse(site.URL); err == nil && !slices.Contains(names, u.Host) {
			names = append(names, u.Host)
		}
	}
	return names
}

// serveSelf answers at the site's own address.
func (site *Site) serveSelf(w http.ResponseWriter, r *http.Request) {
	if r.URL.EscapedPath() == "/_edge/tenant_info" {
		r.Pattern = r.Method + " {site}/_edge/tenant_info"
		if r.Method != http.MethodGet {
			gatewayError(w, r, http.StatusMethodNotAllowed, "Method Not Allowed")
			return
		}
		fake.WriteJSON(w, http.StatusOK, map[string]string{"cloudId": site.ID})
		return
	}
	r.Pattern = r.Method + " {site}"
	site.forward(w, r.Clone(r.Context()))
}

// forward passes a request on.
func (site *Site) forward(w http.ResponseWriter, r *http.Request) {
	if site.Handler == nil {
		gatewayError(w, r, http.StatusNotFound, "the site "+site.Name+" has no handler")
		return
	}
	site.Handler.ServeHTTP(w, r)
}

const (
	jiraPrefix = "/ex/jira/"
	opsPrefix  = "/jsm/ops/api/"
)

// gateway are the operations of api.atlassian.com.
func (s *Server) gateway() http.Handler {
	rt := fake.NewRouter(gatewayError)
	rt.Handle(http.MethodGet, "/oauth/token/accessible-resources", nil, s.resources)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, prefix := range []string{jiraPrefix, opsPrefix} {
			if rest, ok := strings.CutPrefix(r.URL.EscapedPath(), prefix); ok {
				id, path, _ := strings.Cut(rest, "/")
				r.Pattern = r.Method + " " + prefix + "{cloudId}/"
				s.pass(w, r, prefix, id, "/"+path)
				return
			}
		}
		rt.ServeHTTP(w, r)
	})
}

// gatewayError sends an error in the shape of the gateway.
func gatewayError(w http.ResponseWriter, _ *http.Request, status int, message string) {
	fake.WriteJSON(w, status, map[string]any{"code": status, "message": message})
}

// pass checks the token of a request to a site and forwards it. Basic credentials, of a scoped API token, go to the site
// as they are: it knows them itself.
func (s *Server) pass(w http.ResponseWriter, r *http.Request, prefix, id, path string) {
	_, _, basic := r.BasicAuth()
	var allowed []string
	if !basic {
		var ok bool
		if allowed, ok = s.bearer(w, r); !ok {
			return
		}
	}
	if !s.hasSite(id) {
		gatewayError(w, r, http.StatusNotFound, "there is no site with the cloud id "+id)
		return
	}
	scope := scopeFor(prefix, r.Method, path)
	site := s.siteWith(id, scope)
	if site == nil || !basic && !slices.Contains(allowed, scope) {
		w.Header().Set("X-Failure-Category", "FAILURE_CLIENT_SCOPE_CHECK")
		gatewayError(w, r, http.StatusUnauthorized, "Unauthorized; scope does not match")
		return
	}
	forwarded := r.Clone(r.Context())
	if !basic {
		forwarded.Header.Del("Authorization")
	}
	if !basic && site.Auth != nil {
		if err := site.Auth.Sign(forwarded); err != nil {
			gatewayError(w, r, http.StatusInternalServerError, "the request could not be signed for the site: "+err.Error())
			return
		}
	}
	if prefix == jiraPrefix {
		forwarded.URL.RawPath = path
		forwarded.URL.Path, _ = url.PathUnescape(path)
		forwarded.RequestURI = forwarded.URL.RequestURI()
	}
	site.forward(w, forwarded)
}

func (s *Server) hasSite(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.sites, func(site Site) bool { return site.ID == id })
}

// bearer returns the scopes of the access token of a request. If it has none that is alive, it has answered the request.
func (s *Server) bearer(w http.ResponseWriter, r *http.Request) (scopes []string, ok bool) {
	access, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	scopes, ok = s.allowed(access)
	if !ok {
		gatewayError(w, r, http.StatusUnauthorized, "Unauthorized")
	}
	return scopes, ok
}

// readingPosts are the POSTs of Jira's API that only read, after /rest/api/3.
var readingPosts = []string{
	"/changelog/bulkfetch", "/comment/list", "/expression/analyse", "/expression/eval", "/expression/evaluate",
	"/issue/bulkfetch", "/issue/watching", "/jql/autocompletedata", "/jql/match", "/jql/parse", "/permissions/project",
	"/search", "/search/approximate-count", "/search/jql", "/worklog/list",
}

// scopeFor returns the scope that an operation needs.
func scopeFor(prefix, method, path string) string {
	reading := method == http.MethodGet || method == http.MethodHead
	if prefix == opsPrefix {
		verb := "write"
		switch {
		case reading:
			verb = "read"
		case method == http.MethodDelete:
			verb = "delete"
		}
		return verb + ":ops-config:jira-service-management"
	}
	op := path
	for _, version := range []string{"/rest/api/3", "/rest/api/2", "/rest/api/latest"} {
		if rest, ok := strings.CutPrefix(path, version); ok {
			op = rest
		}
	}
	if method == http.MethodPost {
		reading = slices.Contains(readingPosts, op) || strings.HasSuffix(op, "/changelog/list")
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(op, "/"), "/")
	switch {
	case first == "webhook":
		return "manage:jira-webhook"
	case reading && (first == "user" || first == "users" || first == "myself"):
		return "read:jira-user"
	case reading:
		return "read:jira-work"
	}
	return "write:jira-work"
}

// resources lists the sites that a token reaches: those of which it has a scope.
func (s *Server) resources(w http.ResponseWriter, r *http.Request) {
	scopes, ok := s.bearer(w, r)
	if !ok {
		return
	}
	type resource struct {
		ID     string   `json:"id"`
		Name   string   `json:"name"`
		URL    string   `json:"url"`
		Scopes []string `json:"scopes"`
		Avatar string   `json:"avatarUrl"`
	}
	list := []resource{}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, site := range s.sites {
		var granted []string
		for _, scope := range scopes {
			if scope != offline && scope != "read:me" && (len(site.Scopes) == 0 || slices.Contains(site.Scopes, scope)) {
				granted = append(granted, scope)
			}
		}
		if len(granted) > 0 {
			list = append(list, resource{site.ID, site.Name, site.URL, granted, site.URL + "/s/avatar.png"})
		}
	}
	fake.WriteJSON(w, http.StatusOK, list)
}

// body is a request's body.
func body(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }

// pageText returns the reason that an error page gives.
func pageText(page []byte) string {
	_, rest, _ := strings.Cut(string(page), `<p id="reason">`)
	text, _, _ := strings.Cut(rest, "</p>")
	return html.UnescapeString(text)
}
