package oauth

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/jira-integrations/go-sdk/client"
)

// What can go wrong, to be tested for by errors.Is. A missing scope is [client.ErrScope], which is no matter of tokens:
// the API says so and nothing is refreshed.
var (
	// ErrReauthorize means that a person has to log in (again): there is no token yet, or the server no longer takes the
	// refresh token, because it expired, was used by somebody else or was revoked. What is stored stays stored. Such an
	// error is also [client.ErrUnauthorized].
	ErrReauthorize = errors.New("a person has to log in again")
	// ErrDenied means that the person did not consent.
	ErrDenied = errors.New("consent was denied")
	// ErrState means that a callback does not belong to the login that was begun: a stale page, or an attack.
	ErrState = errors.New("the callback does not belong to this login")
	// ErrCorrupt means that what is stored cannot be read as a token. It stays as it is; a new login puts it aside.
	ErrCorrupt = errors.New("the stored token cannot be read")
)

// Error is what the authorization server said, or that it said nothing.
type Error struct {
	// Op is what was asked for: "authorize", "exchange", "refresh" or "client credentials".
	Op string
	// Status is the HTTP status; 0 if there was no answer, or if the answer came through the browser.
	Status int
	// Code is the server's code, as "invalid_grant"; "" if the answer was of another form.
	Code string
	// Description is the server's text, without what was sent to it in confidence.
	Description string
	// RetryAfter is how long the server asked to be left alone.
	RetryAfter time.Duration

	cause error
}

// Error is one line without secrets.
func (e *Error) Error() string {
	if e == nil {
		return "oauth: no error, a nil *Error was returned as one"
	}
	var b strings.Builder
	b.WriteString("oauth: " + e.Op)
	if e.Status != 0 {
		fmt.Fprintf(&b, ": %d %s", e.Status, http.StatusText(e.Status))
	}
	for _, s := range []string{e.Code, e.Description} {
		if s != "" {
			b.WriteString(": " + oneLine(s))
		}
	}
	if e.cause != nil {
		b.WriteString(": " + oneLine(e.cause.Error()))
	}
	if hint := e.hint(); hint != "" {
		b.WriteString(": " + hint)
	}
	return b.String()
}

// hint says what to do about a code that does not say so itself.
func (e *Error) hint() string {
	switch {
	case e.Is(ErrReauthorize):
		return ErrReauthorize.Error()
	case e.Op == opAuthorize && e.Code == "access_denied":
		return ErrDenied.Error()
	case e.badClient():
		return "check the client id and the client secret"
	}
	return ""
}

// Unwrap returns what lies beneath: a network error, a context error.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.cause
}

// Is matches the kinds of failure.
func (e *Error) Is(target error) bool {
	if e == nil {
		return false
	}
	switch target {
	case ErrReauthorize:
		return (e.Op == opRefresh || e.Op == opExchange) && (e.Code == "invalid_grant" || e.Code == "unauthorized_client")
	case ErrDenied:
		return e.Op == opAuthorize && e.Code == "access_denied"
	case client.ErrUnauthorized:
		return e.badClient() || e.Is(ErrReauthorize)
	case client.ErrRateLimited:
		return e.Status == http.StatusTooManyRequests
	}
	return false
}

// badClient reports that the app itself was not accepted. Atlassian says access_denied to a wrong client secret, too.
func (e *Error) badClient() bool {
	return e.Op != opAuthorize && slices.Contains([]string{"invalid_client", "access_denied"}, e.Code)
}

const (
	opAuthorize   = "authorize"
	opExchange    = "exchange"
	opRefresh     = "refresh"
	opCredentials = "client credentials"
)

// loginError says why a person has to log in, when it is the store that tells.
type loginError struct{ reason string }

func (e *loginError) Error() string { return "oauth: " + ErrReauthorize.Error() + ": " + e.reason }

func (e *loginError) Is(target error) bool {
	return target == ErrReauthorize || target == client.ErrUnauthorized
}

func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }), " ")
	if r := []rune(s); len(r) > 300 {
		return string(r[:300]) + "…"
	}
	return s
}
