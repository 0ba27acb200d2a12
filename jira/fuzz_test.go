package jira_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

const webhookSecret = "It's a Secret to Everybody"

// FuzzWebhookSignature: what is not signed with the secret is refused, whatever its header says, and is never a panic; what
// is signed is taken.
func FuzzWebhookSignature(f *testing.F) {
	for _, s := range []string{"", "sha256=", "sha256=00", "sha256=zz", "SHA256=00", "sha1=00", "sha512=" + strings.Repeat("0", 128), "=", "sha256", "sha256==", " sha256 = 00 ", "sha256=00,sha256=00", "\x00"} {
		f.Add(s, []byte(`{"webhookEvent":"jira:issue_created"}`))
	}
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		mac := hmac.New(sha256.New, []byte(webhookSecret))
		mac.Write(body)
		verify := jira.WebhookSecret(webhookSecret)
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("X-Hub-Signature", header)
		if err := verify(r, strings.NewReader(string(body))); err == nil {
			method, sum, _ := strings.Cut(header, "=")
			if got, err := hex.DecodeString(strings.TrimSpace(sum)); err != nil || strings.EqualFold(strings.TrimSpace(method), "sha256") && !hmac.Equal(got, mac.Sum(nil)) {
				t.Errorf("%q was believed", header)
			}
		} else if !errors.Is(err, client.ErrUnauthorized) || strings.Contains(err.Error(), webhookSecret) {
			t.Errorf("%q: %v", header, err)
		}
		r.Header.Set("X-Hub-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
		if err := verify(r, strings.NewReader(string(body))); err != nil {
			t.Errorf("signed: %v", err)
		}
		if err := verify(r, strings.NewReader(string(body)+" ")); err == nil {
			t.Error("signed, and changed since")
		}
	})
}

// FuzzWebhookToken: a token that was not made with the secret is refused, whatever it says; of one that was, what it claims
// must hold.
func FuzzWebhookToken(f *testing.F) {
	for _, claims := range []string{`{}`, `{"exp":4102444800}`, `{"iss":"app","exp":4102444800}`, `{"exp":1}`, `{"iat":1}`, `{"exp":"x"}`, `{"exp":1e308,"iat":-1e308}`, `{"nbf":4102444800,"exp":4102444801}`, `{"qsh":"x","exp":4102444800}`, `[]`, `null`, ``, `{"exp":null}`} {
		for _, header := range []string{`{"alg":"HS256"}`, `{"alg":"none"}`, `{"alg":"HS256","crit":["b64"]}`, `{"alg":"hs256"}`, `{}`} {
			f.Add("JWT", header, claims, "")
			f.Add("Bearer", header, claims, ".x")
		}
	}
	f.Fuzz(func(t *testing.T, scheme, header, claims, tail string) {
		part := base64.RawURLEncoding.EncodeToString
		text := part([]byte(header)) + "." + part([]byte(claims))
		mac := hmac.New(sha256.New, []byte(webhookSecret))
		mac.Write([]byte(text))
		verify := jira.WebhookToken("app", webhookSecret)
		try := func(value string) error {
			r := httptest.NewRequest(http.MethodPost, "/hook?a=1", nil)
			r.Header.Set("Authorization", value)
			err := verify(r, strings.NewReader(""))
			if err != nil && (!errors.Is(err, client.ErrUnauthorized) || strings.Contains(err.Error(), webhookSecret)) {
				t.Errorf("%q: %v", value, err)
			}
			return err
		}
		if try(scheme+" "+text+tail) == nil || try(scheme+" "+text+"."+part([]byte(tail))) == nil {
			t.Errorf("unsigned: %s %s", header, claims)
		}
		if try(scheme+" "+text+"."+part(mac.Sum(nil))) != nil {
			return
		}
		var h struct {
			Alg  string `json:"alg"`
			Crit any    `json:"crit"`
		}
		var c struct {
			Iss string   `json:"iss"`
			Exp *float64 `json:"exp"`
			Iat *float64 `json:"iat"`
		}
		if json.Unmarshal([]byte(header), &h) != nil || json.Unmarshal([]byte(claims), &c) != nil || h.Alg != "HS256" || h.Crit != nil || c.Iss != "app" || c.Exp == nil && c.Iat == nil {
			t.Errorf("believed: %s %s", header, claims)
		}
	})
}
