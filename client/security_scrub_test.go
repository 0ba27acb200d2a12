package client_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
)

// encodings are how a server may write down what it was sent. Each keeps the order of the letters.
var encodings = map[string]func(string) string{
	"plain":        func(s string) string { return s },
	"upper case":   strings.ToUpper,
	"lower case":   strings.ToLower,
	"query":        url.QueryEscape,
	"path":         url.PathEscape,
	"query, twice": func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
	"HTML":         html.EscapeString,
	"HTML, twice":  func(s string) string { return html.EscapeString(html.EscapeString(s)) },
	"every letter as in a URL": func(s string) string {
		return eachByte(s, "%%%02x")
	},
	"every letter as in HTML": func(s string) string {
		return eachByte(s, "&#x%X;")
	},
	"every letter as in HTML, decimal": func(s string) string {
		return eachByte(s, "&#%d;")
	},
	"every letter as in JSON": func(s string) string {
		return eachByte(s, `\u%04x`)
	},
	"every letter as in Go": func(s string) string {
		return eachByte(s, `\x%02x`)
	},
	"quoted":             func(s string) string { return fmt.Sprintf("%q", s) },
	"quoted three times": func(s string) string { return fmt.Sprintf("%q", fmt.Sprintf("%q", fmt.Sprintf("%q", s))) },
	"HTML in JSON in a URL": func(s string) string {
		return url.QueryEscape(fmt.Sprintf("%q", html.EscapeString(s)))
	},
	"hex":             func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HEX":             func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"base64":          func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 of a URL": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"base64 in a URL": func(s string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(s))) },
	"base64, shifted": func(s string) string { return base64.StdEncoding.EncodeToString([]byte("x:" + s)) },
}

func eachByte(s, format string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

// odd is a credential with all that is written differently somewhere.
const odd = `ATATT3x/+="<&'%zCanaryOne b+c/d-_CanaryTwo0123456789=A1B2C3D4`

// deceptive is one that holds escapes of its own.
const deceptive = `ATATT3x%41&lt;\u0041&amp;\x41\\\"%2541CanaryTwo0123456789`

// wantHidden fails when a piece of told is still in text.
func wantHidden(t *testing.T, what, told, text string) {
	t.Helper()
	const piece = 12 + 11 // at either end, escapes that were cut apart may be left of what is shorter
	for i := 0; i+piece <= len(told); i++ {
		if strings.Contains(text, told[i:i+piece]) {
			t.Errorf("%s: %q of %q is left in %q", what, told[i:i+piece], told, text)
			return
		}
	}
}

// A piece of the credential of twelve letters or more is not told, whatever the server has done to it, and wherever it was
// cut out: a text is cut at its end, an excerpt at both.
func TestScrubbedPieces(t *testing.T) {
	t.Parallel()
	for name, auth := range map[string]client.Auth{
		"bearer": client.Bearer(odd), "basic": client.BasicAuth("bot@acme.example", odd), "key": client.APIKey("X-Key", odd),
	} {
		for encoding, write := range encodings {
			var text string
			n := &network{answer: func(_ int, req *http.Request) (*http.Response, error) {
				return reply{Status: http.StatusBadRequest, Header: map[string]string{"Content-Type": "text/plain"}, Body: text}.answer(req)
			}}
			c := newAuthClient(t, n.transport(), auth)
			texts := map[string]string{"user and token": write("bot@acme.example:" + odd), "base64 of both": write(base64.StdEncoding.EncodeToString([]byte("bot@acme.example:" + odd)))}
			for at := 0; at+12 <= len(odd); at += 7 {
				for _, length := range []int{12, 24, len(odd) - at} {
					if at+length <= len(odd) {
						texts[fmt.Sprintf("%d letters from %d", length, at)] = write(odd[at : at+length])
					}
				}
			}
			for what, written := range texts {
				if what == "base64 of both" && name != "basic" {
					continue
				}
				text = "rejected: " + written + " is what came"
				e := wantError(t, c.Do(t.Context(), get(), nil))
				body := string(e.Body)
				secretPart := written
				if what == "user and token" {
					secretPart = written[len(written)/2:] // the name of the account may be told
				}
				wantHidden(t, name+", "+encoding+", "+what, secretPart, body+e.Error())
				if !strings.Contains(body, "(credential)") || !strings.HasPrefix(body, "rejected:") || !strings.HasSuffix(body, " is what came") {
					t.Errorf("%s, %s, %s: %q became %q", name, encoding, what, text, body)
				}
			}
		}
	}
}

// What is no credential stays as it is, however it is written.
func TestScrubbedNothingElse(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"message":"the field \"summary\" is missing","link":"https:\/\/acme.example\/x?a=%20b&amp;c=1+2"}`, `C:\temp\new`, `\`, `&`, `%`, `&#x;`, `\u`, `\x4`, `%zz`, "\xff\xfe",
		"Bearer", "Basic", "ATATT3xOther0123", strings.Repeat("&", 1000), strings.Repeat(`\`, 1000), strings.Repeat("%25", 1000), "&NotEqualTilde;&ngE;&nGt;",
	} {
		n := replies(reply{Status: http.StatusBadRequest, Header: map[string]string{"Content-Type": "text/plain"}, Body: text})
		e := wantError(t, newAuthClient(t, n.transport(), client.BasicAuth("bot@acme.example", odd)).Do(t.Context(), get(), nil))
		if string(e.Body) != text {
			t.Errorf("%q became %q", text, e.Body)
		}
	}
}

// A short credential is hidden as a whole; one of a few letters would blank half of what is said.
func TestScrubbedShort(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]string{"hunter22": "not (credential), nor hunter2", "abc": "not abc, nor hunter2"} {
		n := replies(reply{Status: http.StatusBadRequest, Header: map[string]string{"Content-Type": "text/plain"}, Body: "not " + token + ", nor hunter2"})
		e := wantError(t, newAuthClient(t, n.transport(), client.BasicAuth("bot@acme.example", token)).Do(t.Context(), get(), nil))
		if string(e.Body) != want {
			t.Errorf("%s: %q", token, e.Body)
		}
	}
}

// A credential may hold what looks like escapes.
func TestScrubbedEscapes(t *testing.T) {
	t.Parallel()
	for encoding, write := range encodings {
		text := "rejected: " + write(deceptive) + " is what came"
		n := replies(reply{Status: http.StatusBadRequest, Header: map[string]string{"Content-Type": "text/plain"}, Body: text})
		e := wantError(t, newAuthClient(t, n.transport(), client.Bearer(deceptive)).Do(t.Context(), get(), nil))
		if wantHidden(t, encoding, write(deceptive), string(e.Body)); !strings.Contains(string(e.Body), "(credential)") {
			t.Errorf("%s: %q", encoding, e.Body)
		}
	}
}
