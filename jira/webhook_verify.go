package jira

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// WebhookVerifier checks that a request with this body comes from Jira. The error of one that does not is
// [client.ErrUnauthorized] and holds no secret. A verifier reads the body from body, not from r, and only when the headers
// are worth it: a stranger's is then never read. [WebhookSecret] and [WebhookToken] make verifiers.
type WebhookVerifier func(r *http.Request, body io.Reader) error

// errNoSecret is not [client.ErrUnauthorized]: it is not the sender who is wrong.
var errNoSecret = errors.New("the verifier has no secret: check how it was read")

var errNoRequest = errors.New("the request or its body is nil: there is nothing to verify")

func unverified(format string, args ...any) error {
	return fmt.Errorf("%w: %w", client.ErrUnauthorized, fmt.Errorf(format, args...))
}

// signatureMethods are those of X-Hub-Signature that Jira may use; today it is sha256.
var signatureMethods = map[string]func() hash.Hash{"sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}

// WebhookSecret verifies webhooks that an administrator has set up with a secret: they sign the body with it, in the header
// X-Hub-Signature. The other headers are not signed, and so neither is [WebhookEvent].ID.
func WebhookSecret(secret string) WebhookVerifier {
	return func(r *http.Request, body io.Reader) error {
		switch {
		case secret == "":
			return errNoSecret
		case r == nil || body == nil:
			return errNoRequest
		}
		values := r.Header.Values("X-Hub-Signature")
		if len(values) != 1 {
			return unverified("the request has %d X-Hub-Signature headers, not one", len(values))
		}
		method, signature, _ := strings.Cut(values[0], "=")
		newHash, ok := signatureMethods[strings.ToLower(strings.TrimSpace(method))]
		if !ok {
			return unverified("X-Hub-Signature is of no known method: sha256 is due")
		}
		got, err := hex.DecodeString(strings.TrimSpace(signature))
		if err != nil {
			return unverified("X-Hub-Signature is not hexadecimal")
		}
		mac := hmac.New(newHash, []byte(secret))
		if _, err := io.Copy(mac, body); err != nil {
			return fmt.Errorf("the body could not be read: %w", err)
		}
		if !hmac.Equal(got, mac.Sum(nil)) {
			return unverified("X-Hub-Signature does not match the body: the secret is another one, or the body was changed")
		}
		return nil
	}
}

// tokenLeeway is how far the clocks of Jira and of this machine may be apart.
const tokenLeeway = 2 * time.Minute

// maxToken bounds a token. Jira's have a few hundred bytes.
const maxToken = 8 << 10

// WebhookToken verifies webhooks that an app has registered: they carry a token (a JWT, signed by HS256) in the header
// Authorization. For an OAuth 2.0 app the issuer is its client id and the secret its client secret; for a Connect app they
// are the client key and the shared secret that its installation told. An empty issuer stands for any: the signature and the
// times are checked, of which a token must say when it expires or when it was issued; with the latter alone it is good for
// two hours.
//
// Atlassian does not document what the token claims. It covers neither the body nor the other headers, and so not
// [WebhookEvent].ID either: serve by https, and ask Jira before you act on what must not be forged.
func WebhookToken(issuer, secret string) WebhookVerifier {
	return func(r *http.Request, _ io.Reader) error {
		switch {
		case secret == "":
			return errNoSecret
		case r == nil:
			return errNoRequest
		}
		values := r.Header.Values("Authorization")
		if len(values) != 1 {
			return unverified("the request has %d Authorization headers, not one", len(values))
		}
		scheme, token, _ := strings.Cut(values[0], " ")
		if !strings.EqualFold(scheme, "Bearer") && !strings.EqualFold(scheme, "JWT") || len(token) > maxToken {
			return unverified("the header Authorization has no token: Bearer or JWT is due")
		}
		claims, err := openToken(strings.TrimSpace(token), secret)
		if err != nil {
			return err
		}
		return claims.check(r, issuer, time.Now())
	}
}

// tokenClaims is what a token says. Times are seconds since 1970.
type tokenClaims struct {
	Issuer    string   `json:"iss"`
	Expires   *float64 `json:"exp"`
	Issued    *float64 `json:"iat"`
	NotBefore *float64 `json:"nbf"`
	QueryHash string   `json:"qsh"` // of Connect apps only
}

// openToken checks the signature of a token before it looks at anything that was signed. The method is fixed: who could
// choose it could choose none.
func openToken(token, secret string) (*tokenClaims, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, unverified("the token is no JWT")
	}
	var header struct {
		Algorithm string          `json:"alg"`
		Critical  json.RawMessage `json:"crit"`
	}
	if err := decodePart(parts[0], &header); err != nil {
		return nil, err
	}
	if header.Algorithm != "HS256" || header.Critical != nil {
		return nil, unverified("the token is not signed by HS256 alone")
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil {
		return nil, unverified("the signature of the token is not base64")
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(parts[0] + "." + parts[1]))
	if !hmac.Equal(signature, mac.Sum(nil)) {
		return nil, unverified("the signature of the token does not match: it was made with another secret")
	}
	var claims tokenClaims
	return &claims, decodePart(parts[1], &claims)
}

func decodePart(part string, into any) error {
	data, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		return unverified("a part of the token cannot be read")
	}
	return nil
}

func (c *tokenClaims) check(r *http.Request, issuer string, now time.Time) error {
	seconds, leeway := float64(now.UnixMilli())/1000, tokenLeeway.Seconds()
	expires := c.Expires
	if expires == nil && c.Issued != nil {
		expires = new(*c.Issued + remembered.Seconds()) // it must not be good for ever
	}
	switch {
	case issuer != "" && !hmac.Equal([]byte(c.Issuer), []byte(issuer)):
		return unverified("the token was issued by somebody else")
	case expires == nil:
		return unverified("the token says neither when it expires nor when it was issued")
	case seconds >= *expires+leeway:
		return unverified("the token has expired: check the clock")
	case c.Issued != nil && *c.Issued > seconds+leeway, c.NotBefore != nil && *c.NotBefore > seconds+leeway:
		return unverified("the token is from the future: check the clock")
	case c.QueryHash != "" && !hashesRequest(c.QueryHash, r):
		return unverified("the token was made for another request")
	}
	return nil
}
