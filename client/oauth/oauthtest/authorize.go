package oauthtest

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/internal/fake"
)

const authorizePath = "/authorize"

//go:embed pages.html
var pageFiles embed.FS

var pages = template.Must(template.ParseFS(pageFiles, "pages.html"))

// authRoutes are the operations of the authorization server.
func (s *Server) authRoutes() *fake.Router {
	rt := fake.NewRouter(func(w http.ResponseWriter, r *http.Request, status int, message string) {
		if r.URL.Path == authorizePath {
			errorPage(w, status, message)
			return
		}
		tokenError(w, status, "invalid_request", message)
	})
	query := []string{"response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"}
	if !s.formOnly {
		query = append(query, "audience", "prompt")
	}
	rt.Handle(http.MethodGet, authorizePath, query, s.consentPage)
	rt.Handle(http.MethodPost, authorizePath, query, s.decide)
	rt.Handle(http.MethodPost, tokenPath, nil, s.tokens)
	return rt
}

// ask is what an app asks a person for.
type ask struct {
	redirect, state, challenge string
	scopes                     []string
}

// callbackError is an error that the app is told by the callback.
type callbackError struct{ code, text string }

// read checks a request for authorization. The error is for the person, because nobody knows where to send them back to;
// the callbackError is for the app.
func (s *Server) read(q url.Values) (ask, *callbackError, error) {
	a := ask{redirect: q.Get("redirect_uri"), state: q.Get("state"), challenge: q.Get("code_challenge")}
	for name, values := range q {
		if len(values) > 1 {
			return a, nil, errors.New("the parameter " + name + " is there twice")
		}
	}
	s.mu.Lock()
	registered := slices.Contains(s.redirects, a.redirect)
	s.mu.Unlock()
	switch {
	case q.Get("client_id") != ClientID:
		return a, nil, fmt.Errorf("there is no app with the client_id %q", q.Get("client_id"))
	case !registered:
		return a, nil, fmt.Errorf("the redirect_uri %q is not registered for the app", a.redirect)
	}
	var unknown []string
	a.scopes, unknown = scopeList(q.Get("scope"))
	invalid := func(text string) *callbackError { return &callbackError{"invalid_request", text} }
	switch {
	case q.Get("response_type") != "code":
		return a, &callbackError{"unsupported_response_type", "response_type must be code"}, nil
	case a.state == "":
		return a, invalid("state is missing"), nil
	case !s.formOnly && q.Get("audience") != audience:
		return a, invalid("audience must be " + audience), nil
	case !s.formOnly && q.Get("prompt") == "none":
		return a, &callbackError{"consent_required", "Consent required"}, nil
	case !s.formOnly && q.Get("prompt") != "consent":
		return a, invalid("prompt must be consent"), nil
	case len(unknown) > 0:
		return a, &callbackError{"invalid_scope", "unknown scope " + strings.Join(unknown, ", ")}, nil
	case len(a.scopes) == 0:
		return a, &callbackError{"invalid_scope", "scope is missing"}, nil
	case a.challenge != "" && q.Get("code_challenge_method") != "S256":
		return a, invalid("code_challenge_method must be S256"), nil
	case a.challenge == "" && q.Get("code_challenge_method") != "":
		return a, invalid("code_challenge is missing"), nil
	case a.challenge != "" && len(a.challenge) != 43:
		return a, invalid("code_challenge must be a SHA-256 sum in base64url"), nil
	}
	return a, nil, nil
}

// consentPage shows what the app asks for.
func (s *Server) consentPage(w http.ResponseWriter, r *http.Request) {
	a, refused, err := s.read(r.URL.Query())
	switch {
	case err != nil:
		errorPage(w, http.StatusBadRequest, err.Error())
		return
	case refused != nil:
		sendBack(w, a, url.Values{"error": {refused.code}, "error_description": {refused.text}})
		return
	}
	type line struct{ Name, Text string }
	page := struct {
		App, Action, Host string
		Scopes            []line
		Sites             []string
	}{App: ClientID, Action: authorizePath + "?" + r.URL.RawQuery, Sites: s.siteNames()}
	if back, err := url.Parse(a.redirect); err == nil {
		page.Host = back.Host
	}
	for _, known := range scopes {
		if slices.Contains(a.scopes, known.name) {
			page.Scopes = append(page.Scopes, line{known.name, known.text})
		}
	}
	render(w, http.StatusOK, "consent", page)
}

// decide takes the person's decision.
func (s *Server) decide(w http.ResponseWriter, r *http.Request) {
	a, refused, err := s.read(r.URL.Query())
	switch {
	case err != nil:
		errorPage(w, http.StatusBadRequest, err.Error())
		return
	case refused != nil:
		sendBack(w, a, url.Values{"error": {refused.code}, "error_description": {refused.text}})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if err := r.ParseForm(); err != nil {
		errorPage(w, http.StatusBadRequest, "the form of the page cannot be read")
		return
	}
	switch decision := r.PostForm["decision"]; {
	case len(r.PostForm) != 1 || len(decision) != 1:
		errorPage(w, http.StatusBadRequest, "the form has a field decision and no other")
	case decision[0] == "allow":
		s.mu.Lock()
		name := s.state.addCode(s, a.redirect, a.challenge, a.scopes)
		s.mu.Unlock()
		sendBack(w, a, url.Values{"code": {name}})
	case decision[0] == "deny":
		sendBack(w, a, url.Values{"error": {"access_denied"}, "error_description": {"User did not authorize the request"}})
	default:
		errorPage(w, http.StatusBadRequest, fmt.Sprintf("there is no decision %q", decision[0]))
	}
}

// sendBack sends the person's browser to the app.
func sendBack(w http.ResponseWriter, a ask, params url.Values) {
	back, err := url.Parse(a.redirect)
	if err != nil {
		errorPage(w, http.StatusBadRequest, "the redirect_uri cannot be read")
		return
	}
	q := back.Query()
	maps.Copy(q, params)
	if a.state != "" {
		q.Set("state", a.state)
	}
	back.RawQuery = q.Encode()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", back.String())
	w.WriteHeader(http.StatusSeeOther)
}

func errorPage(w http.ResponseWriter, status int, message string) {
	render(w, status, "error", message)
}

func render(w http.ResponseWriter, status int, name string, data any) {
	var page strings.Builder
	if err := pages.ExecuteTemplate(&page, name, data); err != nil {
		panic(fmt.Sprintf("oauthtest: %v", err))
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(page.String()))
}

// Allow does what a person does who opens authURL, which is of [oauth.Config.AuthCodeURL], and allows the app what it
// asks for. It returns the address that the browser is sent to: the callback, with a code or an error. When the page
// cannot be shown, the error is what it says.
func (s *Server) Allow(authURL string) (*url.URL, error) { return s.press("allow", authURL) }

// Deny does what a person does who opens authURL and denies the app what it asks for; see [Server.Allow].
func (s *Server) Deny(authURL string) (*url.URL, error) { return s.press("deny", authURL) }

func (s *Server) press(decision, authURL string) (*url.URL, error) {
	if s.zero() {
		return nil, fake.NotMade("oauthtest")
	}
	address, err := url.Parse(authURL)
	if err != nil || !s.serves(address) {
		return nil, errors.New("oauthtest: the address is not of this server")
	}
	req := &http.Request{
		Method: http.MethodPost, URL: address, Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		Body: body("decision=" + decision),
	}
	resp, page, err := fake.Do(s.pages, req) //nolint:bodyclose // Do has read it to its end
	switch {
	case err != nil:
		return nil, fmt.Errorf("oauthtest: %w", err)
	case resp.StatusCode != http.StatusSeeOther:
		return nil, fmt.Errorf("oauthtest: %s: %s", resp.Status, pageText(page))
	}
	return resp.Location()
}
