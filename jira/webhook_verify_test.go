package jira_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

const hookSecret = "It's a Secret to Everybody"

// delivery is a request with one header.
func delivery(name string, values ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/hooks/jira?b=2&a=x%20y&a=1", nil)
	for _, v := range values {
		r.Header.Add(name, v)
	}
	return r
}

// refuses wants that a request is not believed, for a reason that gives no secret away.
func refuses(t *testing.T, verify jira.WebhookVerifier, r *http.Request, body, reason string) {
	t.Helper()
	err := verify(r, strings.NewReader(body))
	if !errors.Is(err, client.ErrUnauthorized) || !strings.Contains(err.Error(), reason) {
		t.Errorf("the error is %v, want %q", err, reason)
	}
	if err != nil && (strings.Contains(err.Error(), hookSecret) || strings.Contains(err.Error(), "eyJ")) {
		t.Errorf("the error gives away a secret: %v", err)
	}
}

// The example is that of the vendor's documentation.
func TestWebhookSecret(t *testing.T) {
	t.Parallel()
	const body, signature = "Hello World!", "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
	verify := jira.WebhookSecret(hookSecret)
	mac := hmac.New(sha512.New, []byte(hookSecret))
	mac.Write([]byte(body))
	for _, good := range []string{signature, strings.ToUpper(signature), "sha512=" + hex.EncodeToString(mac.Sum(nil))} {
		if err := verify(delivery("X-Hub-Signature", good), strings.NewReader(body)); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for name, tt := range map[string]struct {
		headers []string
		body    string
		reason  string
	}{
		"none":           {nil, body, "0 X-Hub-Signature headers"},
		"two":            {[]string{signature, signature}, body, "2 X-Hub-Signature headers"},
		"other body":     {[]string{signature}, body + " ", "does not match"},
		"other secret":   {[]string{"sha256=" + strings.Repeat("00", 32)}, body, "does not match"},
		"short":          {[]string{signature[:21]}, body, "does not match"},
		"empty":          {[]string{"sha256="}, body, "does not match"},
		"method of no":   {[]string{strings.TrimPrefix(signature, "sha256=")}, body, "no known method"},
		"weak method":    {[]string{"sha1=" + strings.Repeat("00", 20)}, body, "no known method"},
		"not hex":        {[]string{"sha256=zz"}, body, "not hexadecimal"},
		"another method": {[]string{"sha384=" + strings.TrimPrefix(signature, "sha256=")}, body, "does not match"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, verify, delivery("X-Hub-Signature", tt.headers...), tt.body, tt.reason)
		})
	}
}

// jwt makes a JWT of a header and claims.
func jwt(header, claims, secret string) string {
	signed := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func TestWebhookToken(t *testing.T) {
	t.Parallel()
	const header = `{"alg":"HS256","typ":"JWT"}`
	at := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	claims := func(format string, args ...any) string {
		return fmt.Sprintf(`{"iss":"client","sub":"5b10","jti":"1","context":{},"exp":%d%s}`, at(time.Minute), fmt.Sprintf(format, args...))
	}
	hash := func(request string) string {
		sum := sha256.Sum256([]byte(request))
		return hex.EncodeToString(sum[:])
	}
	good := jwt(header, claims(""), hookSecret)
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + strings.Split(good, ".")[1] + "."
	verify := jira.WebhookToken("client", hookSecret)
	for name, authorization := range map[string]string{
		"OAuth app":           "Bearer " + good,
		"lower case":          "bearer " + good,
		"Connect app":         "JWT " + jwt(header, claims(`,"qsh":%q`, hash("POST&/hooks/jira&a=1,x%20y&b=2")), hookSecret),
		"its base has a path": "JWT " + jwt(header, claims(`,"qsh":%q`, hash("POST&/jira&a=1,x%20y&b=2")), hookSecret),
		"issued now":          "Bearer " + jwt(header, claims(`,"iat":%d,"nbf":%d`, at(0), at(0)), hookSecret),
		"clock behind":        "Bearer " + jwt(header, claims(`,"iat":%d`, at(time.Minute)), hookSecret),
		"clock ahead":         "Bearer " + jwt(header, fmt.Sprintf(`{"iss":"client","exp":%d}`, at(-time.Minute)), hookSecret),
		"no expiry":           "Bearer " + jwt(header, fmt.Sprintf(`{"iss":"client","iat":%d}`, at(-119*time.Minute)), hookSecret),
		"fractions":           "Bearer " + jwt(header, fmt.Sprintf(`{"iss":"client","exp":%d.5}`, at(time.Minute)), hookSecret),
	} {
		if err := verify(delivery("Authorization", authorization), nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, tt := range map[string]struct {
		headers []string
		reason  string
	}{
		"none":             {nil, "0 Authorization headers"},
		"two":              {[]string{"Bearer " + good, "Bearer " + good}, "2 Authorization headers"},
		"Basic":            {[]string{"Basic " + good}, "has no token"},
		"bare":             {[]string{good}, "has no token"},
		"no JWT":           {[]string{"Bearer jiratest"}, "is no JWT"},
		"four parts":       {[]string{"Bearer " + good + ".x"}, "is no JWT"},
		"huge":             {[]string{"Bearer " + strings.Repeat(".", 1<<20)}, "has no token"},
		"other secret":     {[]string{"Bearer " + jwt(header, claims(""), "another")}, "does not match"},
		"unsigned":         {[]string{"Bearer " + none}, "not signed by HS256"},
		"other algorithm":  {[]string{"Bearer " + jwt(`{"alg":"HS512"}`, claims(""), hookSecret)}, "not signed by HS256"},
		"no algorithm":     {[]string{"Bearer " + jwt(`{}`, claims(""), hookSecret)}, "not signed by HS256"},
		"critical":         {[]string{"Bearer " + jwt(`{"alg":"HS256","crit":["b64"]}`, claims(""), hookSecret)}, "not signed by HS256"},
		"header no JSON":   {[]string{"Bearer " + jwt(`{`, claims(""), hookSecret)}, "cannot be read"},
		"claims no JSON":   {[]string{"Bearer " + jwt(header, `[]`, hookSecret)}, "cannot be read"},
		"signature":        {[]string{"Bearer " + good[:len(good)-1] + "!"}, "not base64"},
		"changed":          {[]string{"Bearer " + good[:len(good)-4] + "AAAA"}, "does not match"},
		"other issuer":     {[]string{"Bearer " + jwt(header, fmt.Sprintf(`{"iss":"other","exp":%d}`, at(time.Minute)), hookSecret)}, "somebody else"},
		"no issuer":        {[]string{"Bearer " + jwt(header, fmt.Sprintf(`{"exp":%d}`, at(time.Minute)), hookSecret)}, "somebody else"},
		"expired":          {[]string{"Bearer " + jwt(header, fmt.Sprintf(`{"iss":"client","exp":%d}`, at(-3*time.Minute)), hookSecret)}, "has expired"},
		"issued long ago":  {[]string{"Bearer " + jwt(header, fmt.Sprintf(`{"iss":"client","iat":%d}`, at(-123*time.Minute)), hookSecret)}, "has expired"},
		"no times":         {[]string{"Bearer " + jwt(header, `{"iss":"client"}`, hookSecret)}, "neither when it expires nor when"},
		"issued later":     {[]string{"Bearer " + jwt(header, claims(`,"iat":%d`, at(3*time.Minute)), hookSecret)}, "from the future"},
		"valid later":      {[]string{"Bearer " + jwt(header, claims(`,"nbf":%d`, at(3*time.Minute)), hookSecret)}, "from the future"},
		"of a browser":     {[]string{"JWT " + jwt(header, claims(`,"qsh":"context-qsh"`), hookSecret)}, "another request"},
		"of another path":  {[]string{"JWT " + jwt(header, claims(`,"qsh":%q`, hash("POST&/other&a=1,x%20y&b=2")), hookSecret)}, "another request"},
		"of another verb":  {[]string{"JWT " + jwt(header, claims(`,"qsh":%q`, hash("GET&/hooks/jira&a=1,x%20y&b=2")), hookSecret)}, "another request"},
		"of another query": {[]string{"JWT " + jwt(header, claims(`,"qsh":%q`, hash("POST&/hooks/jira&a=1&b=2")), hookSecret)}, "another request"},
	} {
		t.Run(name, func(t *testing.T) { // at once: the tokens grow old
			refuses(t, verify, delivery("Authorization", tt.headers...), "", tt.reason)
		})
	}
}

// Without an issuer the signature and the times count.
func TestWebhookTokenOfAnyIssuer(t *testing.T) {
	t.Parallel()
	const header = `{"alg":"HS256","typ":"JWT"}`
	verify := jira.WebhookToken("", hookSecret)
	now := time.Now()
	for _, issuer := range []string{`"iss":"client",`, `"iss":"",`, ""} {
		good := fmt.Sprintf(`{%s"exp":%d}`, issuer, now.Add(time.Minute).Unix())
		if err := verify(delivery("Authorization", "Bearer "+jwt(header, good, hookSecret)), nil); err != nil {
			t.Errorf("%s: %v", good, err)
		}
		refuses(t, verify, delivery("Authorization", "Bearer "+jwt(header, good, "another")), "", "does not match")
		old := fmt.Sprintf(`{%s"exp":%d}`, issuer, now.Add(-time.Hour).Unix())
		refuses(t, verify, delivery("Authorization", "Bearer "+jwt(header, old, hookSecret)), "", "has expired")
	}
}

// Without a secret everybody could sign.
func TestVerifierWithoutSecret(t *testing.T) {
	t.Parallel()
	empty := hmac.New(sha256.New, nil)
	empty.Write([]byte("{}"))
	forged := jwt(`{"alg":"HS256"}`, fmt.Sprintf(`{"iss":"","exp":%d}`, time.Now().Add(time.Hour).Unix()), "")
	for name, err := range map[string]error{
		"secret": jira.WebhookSecret("")(delivery("X-Hub-Signature", "sha256="+hex.EncodeToString(empty.Sum(nil))), strings.NewReader("{}")),
		"token":  jira.WebhookToken("", "")(delivery("Authorization", "Bearer "+forged), nil),
	} {
		if err == nil || errors.Is(err, client.ErrUnauthorized) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}
