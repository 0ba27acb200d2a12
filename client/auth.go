package client

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Auth adds credentials to requests. The client asks it to sign each attempt, for the API's own host only, and asks
// for a new credential when the server has rejected one. [BasicAuth], [Bearer] and [APIKey] make the fixed ones.
// Several goroutines call Sign at the same time.
type Auth interface {
	// Sign sets the credential on req. It may take its time (the context is req's) but must not read or keep the body.
	Sign(req *http.Request) error
	// Refresh is called when the server answered 401 to rejected, which carries the credential that Sign gave it. It
	// returns true when Sign will now give another one. The client calls it at most once for a call (again when a pause
	// kept it from trying the new one), never twice at a time, and not at all when the rejected credential has been
	// replaced meanwhile, or when a new one has just been rejected as well.
	Refresh(ctx context.Context, rejected *http.Request) (bool, error)
}

// header is an Auth of one fixed header. Its value is behind a function, which fmt prints as an address whatever the verb
// and however deep in another struct it lies.
type header struct {
	name  string
	value func() string
	err   error
}

func newHeader(name, value string, err error) Auth {
	if err == nil && hasControl(value) {
		err = errors.New("the credential contains a line break or another control character: check how it was read")
	}
	if err != nil {
		name = "unusable" // nobody knows what was passed for it, the key perhaps
	}
	return &header{name, func() string { return value }, err}
}

// BasicAuth signs with an account's email address and an API token, as Jira Cloud and JSM Ops take them.
func BasicAuth(email, token string) Auth {
	var err error
	switch {
	case strings.TrimSpace(email) == "":
		err = errors.New("the email address of the account is empty")
	case strings.TrimSpace(token) == "":
		err = errors.New("the API token is empty")
	case strings.Contains(email, ":"):
		err = errors.New("the email address contains a colon")
	case strings.TrimSpace(token) != token:
		err = errors.New("the API token begins or ends with a blank or a line break: check how it was read")
	}
	return newHeader("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(email+":"+token)), err)
}

// Bearer signs with a token in the Authorization header, as Currents takes its API keys.
func Bearer(token string) Auth {
	var err error
	if strings.TrimSpace(token) == "" {
		err = errors.New("the token is empty")
	}
	return newHeader("Authorization", "Bearer "+token, err)
}

// APIKey signs with a header of its own name, as QMetry takes its "apikey".
func APIKey(name, key string) Auth {
	var err error
	switch {
	case strings.TrimSpace(name) == "":
		err = errors.New("the name of the API key's header is empty")
	case !isToken(name):
		err = errors.New("the name of the API key's header has characters that no header name may have")
	case strings.TrimSpace(key) == "":
		err = errors.New("the API key is empty")
	}
	return newHeader(name, key, err)
}

// hasControl reports whether s would end the header or the path that it is written into.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f })
}

// isToken reports whether s can name a header.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return c <= ' ' || c > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
	})
}

// Sign sets the header.
func (h *header) Sign(req *http.Request) error {
	if h.err != nil {
		return fmt.Errorf("%w: %w", ErrUnauthorized, h.err)
	}
	req.Header.Set(h.name, h.value())
	return nil
}

// Refresh has no other credential to offer.
func (*header) Refresh(context.Context, *http.Request) (bool, error) { return false, nil }

// Format prints what a log may know, whatever the verb.
func (h *header) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, h.name+": (credential)") }
