package oauth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// Encoding is how a request for a token is written.
type Encoding int

// The encodings of token requests.
const (
	// JSON is an object with the client's id and secret in it, as Atlassian documents it.
	JSON Encoding = iota
	// Form is a form with the client's id and secret in it (RFC 6749, section 2.3.1).
	Form
	// FormWithBasicAuth is a form beside an Authorization header with the client's id and secret, which each server that
	// keeps to RFC 6749 takes.
	FormWithBasicAuth
)

// Config says which app asks which authorization server for what. The package jira has the one of Atlassian's cloud. Any
// number of goroutines may use one that none of them changes.
type Config struct {
	// ClientID and ClientSecret are the app's, from the server's console for developers.
	ClientID     string
	ClientSecret Secret
	// AuthURL is the page on which a person consents.
	AuthURL string
	// TokenURL is where codes and refresh tokens become tokens.
	TokenURL string
	// RedirectURL is where the server sends the person back to, exactly as it is registered for the app.
	RedirectURL string
	// Scopes are what the app asks for. Without "offline_access" Atlassian gives no refresh token.
	Scopes []string
	// Audience is sent to AuthURL when it is set; Atlassian wants "api.atlassian.com".
	Audience string
	// Prompt is sent to AuthURL when it is set; Atlassian wants "consent".
	Prompt string
	// PKCE protects the code by a challenge (RFC 7636), where the server knows that.
	PKCE bool
	// Encoding is how token requests are written; the zero value is JSON.
	Encoding Encoding
	// Timeout bounds one token request; 0 is 30 s.
	Timeout time.Duration
	// Transport carries token requests; nil is a transport of the package's own.
	Transport http.RoundTripper
}

const defaultTimeout = 30 * time.Second

// Login is one attempt of a person to log in. Keep it in the person's session, and nowhere else, until the callback comes.
type Login struct {
	// State comes back with the callback and ties it to this login.
	State string
	// Verifier proves to the server that the code is ours; "" without PKCE.
	Verifier string
}

// Begin starts a login with a state that nobody can guess.
func (c Config) Begin() Login {
	l := Login{State: rand.Text()}
	if c.PKCE {
		l.Verifier = oauth2.GenerateVerifier()
	}
	return l
}

// AuthCodeURL returns the address of the page on which the person consents. Open it in their browser.
func (c Config) AuthCodeURL(l Login) (string, error) {
	if err := c.check(); err != nil {
		return "", err
	}
	switch {
	case l.State == "":
		return "", errors.New("oauth: the login has no state: make it by Config.Begin")
	case c.PKCE && l.Verifier == "":
		return "", errors.New("oauth: the login has no verifier, which PKCE needs: make it by Config.Begin")
	}
	if err := secure("AuthURL", c.AuthURL); err != nil {
		return "", err
	}
	var opts []oauth2.AuthCodeOption
	if c.Audience != "" {
		opts = append(opts, oauth2.SetAuthURLParam("audience", c.Audience))
	}
	if c.Prompt != "" {
		opts = append(opts, oauth2.SetAuthURLParam("prompt", c.Prompt))
	}
	if l.Verifier != "" {
		opts = append(opts, oauth2.S256ChallengeOption(l.Verifier))
	}
	return c.oauth2().AuthCodeURL(l.State, opts...), nil
}

// Exchange turns the query of a callback into a token. A callback of another login is [ErrState], one that tells of a
// denial [ErrDenied], and every other error of the server an *[Error] as well. A code works once.
func (c Config) Exchange(ctx context.Context, l Login, callback url.Values) (*Token, error) {
	if l.State == "" || subtle.ConstantTimeCompare([]byte(callback.Get("state")), []byte(l.State)) != 1 {
		return nil, fmt.Errorf("oauth: %w: begin a new one", ErrState)
	}
	if code := callback.Get("error"); code != "" {
		return nil, &Error{Op: opAuthorize, Code: code, Description: callback.Get("error_description")}
	}
	code := callback.Get("code")
	if code == "" {
		return nil, &Error{Op: opAuthorize, cause: errors.New("the callback holds neither a code nor an error")}
	}
	var opts []oauth2.AuthCodeOption
	if l.Verifier != "" {
		opts = append(opts, oauth2.VerifierOption(l.Verifier))
	}
	return c.request(ctx, opExchange, []string{code, l.Verifier}, func(ctx context.Context, o *oauth2.Config) (*oauth2.Token, error) {
		return o.Exchange(ctx, code, opts...)
	})
}

// check reports what is missing in any case.
func (c Config) check() error {
	switch {
	case c.ClientID == "":
		return errors.New("oauth: the client id is empty: it is in the app's settings")
	case c.Encoding < JSON || c.Encoding > FormWithBasicAuth:
		return fmt.Errorf("oauth: there is no encoding %d of token requests", c.Encoding)
	case c.Timeout < 0:
		return errors.New("oauth: the Timeout is below 0: leave it out for 30 s")
	case c.Transport == http.RoundTripper((*http.Transport)(nil)):
		return errors.New("oauth: the Transport is a nil *http.Transport: leave it out for one of the package's own")
	}
	return secure("TokenURL", c.TokenURL)
}

// secure reports an address that would carry secrets in the clear, or to nobody knows where.
func secure(name, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return fmt.Errorf("oauth: the %s must look like https://auth.example.com/path", name)
	}
	ip := net.ParseIP(u.Hostname())
	loopback := strings.EqualFold(u.Hostname(), "localhost") || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback) {
		return fmt.Errorf("oauth: the %s must use https: secrets are sent there", name)
	}
	return nil
}

func (c Config) oauth2() *oauth2.Config {
	style := oauth2.AuthStyleInParams
	if c.Encoding == FormWithBasicAuth {
		style = oauth2.AuthStyleInHeader
	}
	return &oauth2.Config{
		ClientID: c.ClientID, ClientSecret: c.ClientSecret.Reveal(), RedirectURL: c.RedirectURL, Scopes: c.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: c.AuthURL, TokenURL: c.TokenURL, AuthStyle: style},
	}
}

// String says which app it is.
func (c Config) String() string { return "oauth app " + c.ClientID + " at " + c.TokenURL }

// Format prints String, whatever the verb.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue is what slog logs.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Format prints nothing of a login: its verifier is a secret.
func (l Login) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "login "+hidden) }

// LogValue is what slog logs.
func (l Login) LogValue() slog.Value { return slog.StringValue("login " + hidden) }
