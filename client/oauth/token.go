package oauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// Token is what an authorization server has granted: an access token and, when the app asked for offline access, the
// refresh token that renews both. It is never changed, only replaced: any number of goroutines may use one. A nil Token is
// an empty one. Nothing prints the tokens in it; a [Store] writes
// them down by [Token.Encode].
type Token struct {
	access, refresh Secret
	expiry          time.Time
	obtained        time.Time
	scopes          []string

	begun      time.Time // a request that may have used up the refresh token was about to be sent
	refused    time.Time // the server said that the refresh token is no longer good
	refusedApp string    // to this app
	reason     string
}

// NewToken makes a token of what another program has obtained. A refresh token that is "" cannot be renewed, an expiry
// that is zero is not known: the access token is then used until it is rejected.
func NewToken(access, refresh string, expiry time.Time, scopes ...string) *Token {
	return &Token{access: NewSecret(access), refresh: NewSecret(refresh), expiry: expiry, scopes: slices.Clone(scopes)}
}

// AccessToken returns the access token, which goes into the Authorization header of each request.
func (t *Token) AccessToken() string { return t.orZero().access.Reveal() }

// RefreshToken returns the refresh token; "" if there is none. With Atlassian each works once.
func (t *Token) RefreshToken() string { return t.orZero().refresh.Reveal() }

// Expiry returns when the access token expires; the zero time if the server did not tell.
func (t *Token) Expiry() time.Time { return t.orZero().expiry }

// Scopes returns what the access token allows, as far as the server told.
func (t *Token) Scopes() []string { return slices.Clone(t.orZero().scopes) }

// orZero is the token, or an empty one for nil.
func (t *Token) orZero() *Token {
	if t == nil {
		return &Token{}
	}
	return t
}

// maxEarly is how long before its expiry a token is renewed: longer than a request takes, and than clocks differ. Of a
// token with a short life it is a tenth of that.
const maxEarly = time.Minute

// due reports whether it is time to renew the token.
func (t *Token) due(now time.Time) bool {
	if t.expiry.IsZero() {
		return false
	}
	early := maxEarly
	if !t.obtained.IsZero() {
		early = min(early, t.expiry.Sub(t.obtained)/10)
	}
	return !now.Before(t.expiry.Add(-early))
}

// serves reports whether the token is the answer to whoever had the access token rejected, "" if none was.
func (t *Token) serves(now time.Time, rejected string) bool {
	access := t.AccessToken()
	return access != "" && access != rejected && !t.due(now)
}

// living reports whether the token can still be used, though it may be time to renew it.
func (t *Token) living(now time.Time, rejected string) bool {
	if t == nil {
		return false
	}
	access := t.AccessToken()
	return access != "" && access != rejected && (t.expiry.IsZero() || now.Before(t.expiry))
}

// record is a token as it is written down.
type record struct {
	AccessToken  string    `json:"access_token"`
	RefreshToken string    `json:"refresh_token,omitempty"`
	Expiry       time.Time `json:"expiry,omitzero"`
	Obtained     time.Time `json:"obtained,omitzero"`
	Scope        string    `json:"scope,omitempty"`
	Begun        time.Time `json:"refresh_begun,omitzero"`
	Refused      time.Time `json:"refused,omitzero"`
	RefusedApp   string    `json:"refused_client,omitempty"`
	Reason       string    `json:"refused_because,omitempty"`
}

// Encode returns the token as a [Store] writes it down: a JSON object that holds the tokens in the clear.
func (t *Token) Encode() []byte {
	t = t.orZero()
	b, err := json.Marshal(record{
		AccessToken: t.AccessToken(), RefreshToken: t.RefreshToken(), Expiry: t.expiry, Obtained: t.obtained,
		Scope: strings.Join(t.scopes, " "), Begun: t.begun, Refused: t.refused, RefusedApp: t.refusedApp, Reason: t.reason,
	})
	if err != nil { // a year beyond 9999
		b, _ = json.Marshal(record{AccessToken: t.AccessToken(), RefreshToken: t.RefreshToken(), Scope: strings.Join(t.scopes, " ")})
	}
	return b
}

// DecodeToken reads what [Token.Encode] has written. Its error is [ErrCorrupt] and quotes nothing.
func DecodeToken(b []byte) (*Token, error) {
	var r record
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("%w: it is no JSON object of a token", ErrCorrupt) // the error of encoding/json may quote
	}
	if r.AccessToken == "" && r.RefreshToken == "" {
		return nil, fmt.Errorf("%w: it holds neither an access token nor a refresh token", ErrCorrupt)
	}
	return &Token{
		access: NewSecret(r.AccessToken), refresh: NewSecret(r.RefreshToken), expiry: r.Expiry, obtained: r.Obtained,
		scopes: strings.Fields(r.Scope), begun: r.Begun, refused: r.Refused, refusedApp: r.RefusedApp, reason: r.Reason,
	}, nil
}

// with returns a changed copy.
func (t *Token) with(change func(*Token)) *Token {
	c := *t
	change(&c)
	return &c
}

// String says what a log may know.
func (t *Token) String() string {
	if t == nil {
		return "no token"
	}
	s := "token " + hidden
	if !t.expiry.IsZero() {
		s += ", expires " + t.expiry.UTC().Format(time.RFC3339)
	}
	if len(t.scopes) > 0 {
		s += ", scopes " + strings.Join(t.scopes, " ")
	}
	return s
}

// Format prints String, whatever the verb.
func (t *Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// LogValue is what slog logs.
func (t *Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalJSON refuses: a token that is logged as JSON by accident would be given away. A store uses [Token.Encode].
func (t *Token) MarshalJSON() ([]byte, error) {
	return nil, errors.New("an oauth.Token is not encoded as JSON by accident: use its Encode method")
}
