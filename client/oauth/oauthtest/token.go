package oauthtest

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jira-integrations/go-sdk/internal/fake"
)

const tokenPath = "/oauth/token" //nolint:gosec // a path, no credential

// fields are what each kind of token request may hold besides grant_type, client_id and client_secret.
var fields = map[string][]string{
	"authorization_code": {"code", "redirect_uri", "code_verifier"},
	"refresh_token":      {"refresh_token", "scope"},
	"client_credentials": {"scope"},
}

// tokens is the token endpoint.
func (s *Server) tokens(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	body, err := s.tokenRequest(r)
	if err != nil {
		tokenError(w, http.StatusBadRequest, "invalid_request", err.Error())
		return
	}
	kind := body["grant_type"]
	allowed, known := fields[kind]
	switch {
	case kind == "":
		tokenError(w, http.StatusBadRequest, "invalid_request", "Missing required parameter: grant_type")
		return
	case !known:
		tokenError(w, http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant type: "+kind)
		return
	}
	if !s.authenticate(w, r, body) {
		return
	}
	for name := range body {
		if name != "grant_type" && name != "client_id" && name != "client_secret" && !slices.Contains(allowed, name) {
			tokenError(w, http.StatusBadRequest, "invalid_request", fmt.Sprintf("Unknown parameter of %s: %s", kind, name))
			return
		}
	}
	switch kind {
	case "authorization_code":
		s.exchange(w, body)
	case "refresh_token":
		s.refresh(w, body)
	case "client_credentials":
		s.credentials(w, body)
	}
}

// tokenRequest reads the body: a JSON object of texts or a form, in which each name is there once.
func (s *Server) tokenRequest(r *http.Request) (map[string]string, error) {
	body := map[string]string{}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case kind == "application/x-www-form-urlencoded":
		data, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			return nil, err
		}
		values, err := url.ParseQuery(string(data))
		if err != nil {
			return nil, errors.New("malformed form")
		}
		for name, all := range values {
			if len(all) > 1 {
				return nil, errors.New("parameter is there twice: " + name)
			}
			body[name] = all[0]
		}
		return body, nil
	case s.formOnly:
		return nil, errors.New("content type must be application/x-www-form-urlencoded")
	}
	return body, fake.DecodeJSON(r, &body, true)
}

// authenticate reports whether the app has shown who it is. If not, it has answered the request.
func (s *Server) authenticate(w http.ResponseWriter, r *http.Request, body map[string]string) bool {
	id, secret := body["client_id"], body["client_secret"]
	basicID, basicSecret, basic := r.BasicAuth()
	switch {
	case basic && !s.formOnly:
		tokenError(w, http.StatusUnauthorized, "access_denied", "Unauthorized")
		return false
	case basic && (secret != "" || id != "" && id != basicID):
		tokenError(w, http.StatusBadRequest, "invalid_request", "The client authenticates in two ways")
		return false
	case basic: // RFC 6749, section 2.3.1: both are form-encoded first
		var err, err2 error
		id, err = url.QueryUnescape(basicID)
		secret, err2 = url.QueryUnescape(basicSecret)
		if err != nil || err2 != nil {
			id = ""
		}
	case id == "":
		tokenError(w, http.StatusBadRequest, "invalid_request", "Missing required parameter: client_id")
		return false
	}
	if id == ClientID && subtle.ConstantTimeCompare([]byte(secret), []byte(ClientSecret)) == 1 {
		return true
	}
	if !s.formOnly {
		tokenError(w, http.StatusUnauthorized, "access_denied", "Unauthorized")
		return false
	}
	if basic {
		w.Header().Set("WWW-Authenticate", `Basic realm="oauthtest"`)
	}
	tokenError(w, http.StatusUnauthorized, "invalid_client", "Client authentication failed")
	return false
}

func (s *Server) exchange(w http.ResponseWriter, body map[string]string) {
	for _, name := range []string{"code", "redirect_uri"} {
		if body[name] == "" {
			tokenError(w, http.StatusBadRequest, "invalid_request", "Missing required parameter: "+name)
			return
		}
	}
	verifier := body["code_verifier"]
	s.mu.Lock()
	p, no := s.state.exchange(s, body["code"], body["redirect_uri"], func(challenge string) bool {
		if challenge == "" {
			return verifier == "" // a verifier of nothing is a mistake of the app
		}
		sum := sha256.Sum256([]byte(verifier))
		return base64.RawURLEncoding.EncodeToString(sum[:]) == challenge
	})
	s.mu.Unlock()
	s.answer(w, p, no)
}

func (s *Server) refresh(w http.ResponseWriter, body map[string]string) {
	switch {
	case body["refresh_token"] == "":
		tokenError(w, http.StatusBadRequest, "invalid_request", "Missing required parameter: refresh_token")
		return
	case body["scope"] != "":
		tokenError(w, http.StatusBadRequest, "invalid_scope", "The server does not narrow down scopes when a token is renewed")
		return
	}
	s.mu.Lock()
	p, no := s.state.rotate(s, body["refresh_token"])
	s.mu.Unlock()
	s.answer(w, p, no)
}

func (s *Server) credentials(w http.ResponseWriter, body map[string]string) {
	scopes, unknown := scopeList(body["scope"])
	switch {
	case len(unknown) > 0:
		tokenError(w, http.StatusBadRequest, "invalid_scope", "unknown scope "+strings.Join(unknown, ", "))
		return
	case slices.Contains(scopes, offline):
		tokenError(w, http.StatusBadRequest, "invalid_scope", "There is no refresh token for client credentials")
		return
	case len(scopes) == 0:
		scopes = slices.DeleteFunc(scopeNames(), func(name string) bool { return name == offline })
	}
	s.mu.Lock()
	p := s.state.issueApp(s, scopes)
	s.mu.Unlock()
	s.answer(w, p, nil)
}

// answer sends a pair, or the refusal.
func (s *Server) answer(w http.ResponseWriter, p pair, no *refusal) {
	if no != nil {
		s.mu.Lock()
		s.state.stats.InvalidGrants++
		s.mu.Unlock()
		status := http.StatusForbidden
		if s.formOnly {
			status = http.StatusBadRequest
		}
		tokenError(w, status, no.code, no.text)
		return
	}
	answer := map[string]any{
		"access_token": p.access, "token_type": "Bearer", "expires_in": int(s.lifetime / time.Second),
		"scope": strings.Join(p.scopes, " "),
	}
	if p.refresh != "" {
		answer["refresh_token"] = p.refresh
	}
	fake.WriteJSON(w, http.StatusOK, answer)
}

func tokenError(w http.ResponseWriter, status int, code, description string) {
	fake.WriteJSON(w, status, map[string]string{"error": code, "error_description": description})
}
