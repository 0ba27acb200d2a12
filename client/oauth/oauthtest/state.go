package oauthtest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// state is what the server remembers. It is guarded by the server's mutex.
type state struct {
	codes   map[string]*code
	access  map[string]*accessToken
	refresh map[string]*refreshToken
	made    int // tokens and codes so far
	stats   Stats
}

func newState() state {
	return state{codes: map[string]*code{}, access: map[string]*accessToken{}, refresh: map[string]*refreshToken{}}
}

// family is everything that came of one consent.
type family struct {
	scopes  []string
	ends    time.Time // of all its refresh tokens
	revoked bool
}

// code is an authorization code. It works once.
type code struct {
	redirect  string
	challenge string // of PKCE; "" without
	scopes    []string
	expires   time.Time
	family    *family // since the code was used
}

type accessToken struct {
	scopes  []string
	expires time.Time
	family  *family // nil for client credentials
}

type refreshToken struct {
	family   *family
	parent   *refreshToken // which was exchanged for this one
	expires  time.Time     // unless it is used
	used     time.Time     // zero: not yet
	outdated bool          // its successor has been used, too
}

// pair is what a token request brings.
type pair struct {
	access, refresh string // no refresh token: ""
	scopes          []string
}

// codeLife is how long a code can be exchanged.
const codeLife = 10 * time.Minute

const offline = "offline_access"

// name makes a token or a code: numbered, and no part of another one.
func (st *state) name(kind string) string {
	st.made++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", kind, st.made))
	return fmt.Sprintf("%s-%d-%s", kind, st.made, hex.EncodeToString(sum[:16]))
}

func (st *state) addCode(s *Server, redirect, challenge string, scopes []string) string {
	name := st.name("code")
	st.codes[name] = &code{redirect: redirect, challenge: challenge, scopes: scopes, expires: s.clock().Add(codeLife)}
	return name
}

// start begins the family of a consent.
func (st *state) start(s *Server, scopes []string) pair {
	return st.issue(s, &family{scopes: scopes, ends: s.clock().Add(s.absolute)}, nil)
}

// issue makes the next pair of a family.
func (st *state) issue(s *Server, f *family, parent *refreshToken) pair {
	now := s.clock()
	p := pair{access: st.name("access"), scopes: f.scopes}
	st.access[p.access] = &accessToken{scopes: f.scopes, expires: now.Add(s.lifetime), family: f}
	if slices.Contains(f.scopes, offline) {
		p.refresh = st.name("refresh")
		st.refresh[p.refresh] = &refreshToken{family: f, parent: parent, expires: now.Add(s.inactivity)}
	}
	return p
}

// issueApp makes an access token for the app itself.
func (st *state) issueApp(s *Server, scopes []string) pair {
	p := pair{access: st.name("access"), scopes: scopes}
	st.access[p.access] = &accessToken{scopes: scopes, expires: s.clock().Add(s.lifetime)}
	st.stats.Credentials++
	return p
}

// refusal is an error of the token endpoint about a code or a refresh token.
type refusal struct{ code, text string }

const unknownRefresh = "Unknown or invalid refresh token."

// exchange turns a code into the first pair of a family. A code that is used a second time has been seen by a stranger:
// what it brought is dead.
func (st *state) exchange(s *Server, name, redirect string, proves func(challenge string) bool) (pair, *refusal) {
	c := st.codes[name]
	switch {
	case c == nil:
		return pair{}, &refusal{"invalid_grant", "Invalid authorization code"}
	case c.family != nil:
		st.kill(c.family)
		return pair{}, &refusal{"invalid_grant", "The authorization code has been used before"}
	case !s.clock().Before(c.expires):
		return pair{}, &refusal{"invalid_grant", "The authorization code has expired"}
	case c.redirect != redirect:
		return pair{}, &refusal{"invalid_grant", "The redirect URI is not the one of the authorization request"}
	case !proves(c.challenge):
		return pair{}, &refusal{"invalid_grant", "Failed to verify code verifier"}
	}
	c.family = &family{scopes: c.scopes, ends: s.clock().Add(s.absolute)}
	st.stats.Exchanges++
	return st.issue(s, c.family, nil), nil
}

// kill revokes a family with its access tokens.
func (st *state) kill(f *family) {
	f.revoked = true
	for name, a := range st.access {
		if a.family == f {
			delete(st.access, name)
		}
	}
}

// rotate exchanges a refresh token for the next pair.
func (st *state) rotate(s *Server, name string) (pair, *refusal) {
	t, now := st.refresh[name], s.clock()
	switch {
	case t == nil:
		return pair{}, &refusal{"unauthorized_client", "refresh_token is invalid"}
	case t.family.revoked, !now.Before(t.family.ends):
		return pair{}, &refusal{"invalid_grant", unknownRefresh}
	case t.used.IsZero() && !now.Before(t.expires):
		return pair{}, &refusal{"invalid_grant", unknownRefresh}
	case t.used.IsZero():
		t.used = now
		if t.parent != nil {
			t.parent.outdated = true
		}
		st.stats.Refreshes++
	case t.outdated || now.Sub(t.used) >= s.leeway:
		st.kill(t.family)
		st.stats.Reuses++
		return pair{}, &refusal{"invalid_grant", unknownRefresh}
	default:
		st.stats.Recoveries++
	}
	return st.issue(s, t.family, t), nil
}

// allowed returns the scopes of an access token that is alive.
func (s *Server) allowed(access string) (scopes []string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.state.access[access]
	if t == nil || !s.clock().Before(t.expires) {
		return nil, false
	}
	return t.scopes, true
}

// scopes are all that the server knows, each with what the consent page says of it.
var scopes = []struct{ name, text string }{
	{"read:jira-work", "View projects, issues, comments and attachments"},
	{"write:jira-work", "Create and edit issues, comments and work logs"},
	{"read:jira-user", "View names, email addresses and avatars of users"},
	{"manage:jira-project", "Create and edit project settings"},
	{"manage:jira-configuration", "Change the settings of the whole site"},
	{"manage:jira-webhook", "Register and remove webhooks"},
	{"read:ops-config:jira-service-management", "View the settings of operations"},
	{"write:ops-config:jira-service-management", "Change the settings of operations"},
	{"delete:ops-config:jira-service-management", "Delete settings of operations"},
	{"read:me", "View your profile"},
	{offline, "Stay signed in while you are away"},
}

func scopeNames() []string {
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = s.name
	}
	return names
}

func unknownScopes(names []string) []string {
	known := scopeNames()
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(known, name) })
}

// scopeList splits a scope parameter into scopes, each of which is there once, and those that are unknown.
func scopeList(parameter string) (names, unknown []string) {
	for name := range strings.FieldsSeq(parameter) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, unknownScopes(names)
}
