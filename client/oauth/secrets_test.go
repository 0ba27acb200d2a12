package oauth_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/oauth"
)

// The canaries hold what each encoding writes in another way.
const (
	clientCanary   = `client+/=canary <&">%2B`
	accessCanary   = `access+/=canary<&">%2B`
	refreshCanary  = `refresh+/=canary<&">%2B`
	codeCanary     = `code+/=canary<&">%2B`
	verifierCanary = `verifier+/=canary-0123456789-0123456789-0123456789`
	keyCanary      = "key-canary-0123456789-0123456789"
)

// leaks returns what of the canaries is in a text, however it is written.
func leaks(text string) []string {
	var found []string
	for _, canary := range []string{clientCanary, accessCanary, refreshCanary, codeCanary, verifierCanary, keyCanary} {
		quoted, _ := json.Marshal(canary)
		basic := base64.StdEncoding.EncodeToString([]byte(url.QueryEscape("app") + ":" + url.QueryEscape(canary)))
		for _, form := range []string{
			"canary", url.QueryEscape(canary), url.PathEscape(canary), string(quoted[1 : len(quoted)-1]), basic,
			fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprintf("%d", []byte(canary)), base64.StdEncoding.EncodeToString([]byte(canary)),
		} {
			if strings.Contains(text, strings.Trim(form, "[]")) {
				found = append(found, form)
			}
		}
	}
	return found
}

func wantNothingOf(t *testing.T, where, text string) {
	t.Helper()
	if found := leaks(text); len(found) > 0 {
		t.Errorf("%s gives %q away: %.300s", where, found, text)
	}
}

func canaryConfig(rt http.RoundTripper) oauth.Config {
	return oauth.Config{
		ClientID: "app", ClientSecret: oauth.NewSecret(clientCanary), AuthURL: "https://auth.example/authorize",
		TokenURL: "https://auth.example/token", RedirectURL: redirect, Transport: rt,
	}
}

func canaryToken() *oauth.Token {
	return oauth.NewToken(accessCanary, refreshCanary, time.Now().Add(-time.Minute), work...)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// secretValues are values of all kinds that hold canaries, by name.
func secretValues() map[string]any {
	secret, token := oauth.NewSecret(clientCanary), canaryToken()
	cfg := canaryConfig(roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("no network") }))
	login := oauth.Login{State: "s", Verifier: verifierCanary}
	memory, file := oauth.MemoryStore(), oauth.FileStore("/nowhere/token", oauth.WithKey([]byte(keyCanary)))
	src := oauth.NewSource(cfg, memory)
	if err := src.Save(context.Background(), token); err != nil {
		panic(err)
	}
	values := map[string]any{
		"Secret": secret, "*Secret": &secret, "Token": token, "Token by value": *token, "Config": cfg, "*Config": &cfg,
		"Login": login, "*Login": &login, "Source": src, "Source of the app": oauth.NewClientCredentials(cfg, file),
		"memory store": memory, "file store": file,
	}
	_, err := oauth.DecodeToken([]byte(accessCanary))
	values["ErrCorrupt"] = err
	values["Error"] = &oauth.Error{Op: "refresh", Code: "invalid_grant"}
	return values
}

func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	for name, value := range secretValues() {
		type hidden struct{ inner any }
		type Open struct {
			Inner any
			Map   map[string]any
		}
		for kind, v := range map[string]any{
			"": value, "[]": []any{value}, "unexported": hidden{value}, "*unexported": &hidden{value}, "deep": []hidden{{hidden{value}}},
			"exported": Open{value, map[string]any{"x": value}},
		} {
			isLogin := name == "Login" || name == "*Login"
			if isLogin && (strings.Contains(kind, "unexported") || kind == "deep") {
				continue // fmt asks nobody there; the verifier is no secret that outlives the login
			}
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%T", "%10.3s", "%!"} {
				wantNothingOf(t, name+" "+kind+" "+verb, fmt.Sprintf(verb, v))
			}
			wantNothingOf(t, name+" "+kind+" Print", fmt.Sprint(v)+fmt.Sprintln(v))
			if isLogin {
				continue // an application keeps it in a session, as JSON perhaps
			}
			b, err := json.Marshal(v)
			wantNothingOf(t, name+" "+kind+" JSON", fmt.Sprint(string(b), err))
			wantNothingOf(t, name+" "+kind+" slog", logged(v))
		}
		wantNothingOf(t, name+" slog", logged(value))
	}
}

// logged is what the handlers of slog write.
func logged(v any) string {
	var b bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
		l := slog.New(h)
		l.Error("it broke", "value", v)
		l.With("value", v).WithGroup("group").Info("again", slog.Group("inner", "value", v))
	}
	return b.String()
}

func TestSecretsAreMarkedAsSuch(t *testing.T) {
	t.Parallel()
	secret := oauth.NewSecret("x")
	for _, text := range []string{fmt.Sprint(secret), fmt.Sprintf("%s %d", secret, secret), fmt.Sprint(oauth.Login{}), logged(secret), logged(oauth.Login{}), fmt.Sprint(sample())} {
		if !strings.Contains(text, "(secret)") {
			t.Errorf("got %s", text)
		}
	}
	if b, err := json.Marshal(map[string]any{"a": secret}); err != nil || string(b) != `{"a":"(secret)"}` {
		t.Errorf("%s, %v", b, err)
	}
	if _, err := json.Marshal(sample()); err == nil {
		t.Error("a token is encoded as JSON")
	}
	if (oauth.Secret{}).Reveal() != "" || oauth.NewSecret("").Reveal() != "" || secret.Reveal() != "x" {
		t.Error("Reveal gives another text")
	}
	cfg := canaryConfig(nil)
	if got, want := fmt.Sprint(cfg), "oauth app app at https://auth.example/token"; got != want || logged(oauth.NewSource(cfg, nil)) == "" {
		t.Errorf("got %s, want %s", got, want)
	}
}

// panicStep lets the child process panic with one of the values.
const panicStep = "panic with "

func TestPanicsHoldNoSecret(t *testing.T) {
	t.Parallel()
	for name := range secretValues() {
		code, said := run(t, crashStep+"="+panicStep+name, "GOTRACEBACK=all")
		if code == 0 || !strings.Contains(said, "panic: ") {
			t.Errorf("%s: exit code %d: %s", name, code, said)
		}
		wantNothingOf(t, "a panic with "+name, said)
	}
}

// echoes are the ways in which a server, or a proxy before it, gives back what it was sent.
var echoes = map[string]func(body, authorization string) (status int, kind, answer string){
	"description": func(body, authorization string) (int, string, string) {
		text, _ := json.Marshal("cannot read " + body + " " + authorization)
		return 400, "application/json", `{"error":"invalid_request","error_description":` + string(text) + `}`
	},
	"code": func(body, authorization string) (int, string, string) {
		text, _ := json.Marshal(body + authorization)
		return 403, "application/json", `{"error":` + string(text) + `}`
	},
	"200 with an error": func(body, authorization string) (int, string, string) {
		text, _ := json.Marshal(body + authorization)
		return 200, "application/json", `{"error":"invalid_grant","error_description":` + string(text) + `}`
	},
	"refusal": func(body, authorization string) (int, string, string) {
		text, _ := json.Marshal(body + authorization)
		return 403, "application/json", `{"error":"invalid_grant","error_description":` + string(text) + `}`
	},
	"form": func(body, authorization string) (int, string, string) {
		return 400, "application/x-www-form-urlencoded", url.Values{"error": {"x"}, "error_description": {body + authorization}}.Encode()
	},
	"HTML page": func(body, authorization string) (int, string, string) {
		return 502, "text/html", "<html>" + body + authorization
	},
	"HTML page, all well": func(body, authorization string) (int, string, string) {
		return 200, "text/html", "<html>" + body + authorization
	},
	"half an answer": func(body, _ string) (int, string, string) { return 200, "application/json", `{"access_token":` + body },
	"wrong types": func(body, _ string) (int, string, string) {
		return 200, "application/json", `{"access_token":{"x":` + strings.TrimPrefix(body, "{")
	},
	"wrong expiry": func(body, _ string) (int, string, string) {
		text, _ := json.Marshal(body)
		return 200, "application/json", `{"access_token":"x","expires_in":` + string(text) + `}`
	},
	"text": func(body, _ string) (int, string, string) { return 200, "text/plain", "%zz" + body },
	"redirect": func(body, _ string) (int, string, string) {
		return 307, "text/plain", body
	},
}

func TestServerThatEchoesWhatItWasSent(t *testing.T) {
	t.Parallel()
	for name, echo := range echoes {
		for _, encoding := range []oauth.Encoding{oauth.JSON, oauth.Form, oauth.FormWithBasicAuth} {
			for _, fold := range []func(string) string{
				func(s string) string { return s },
				func(s string) string { // decoded, as a server sees it
					var object map[string]string
					if json.Unmarshal([]byte(s), &object) == nil {
						return fmt.Sprint(object)
					}
					plain, _ := url.QueryUnescape(s)
					return plain
				},
			} {
				rt := roundTripper(func(req *http.Request) (*http.Response, error) {
					body, err := io.ReadAll(req.Body)
					if err != nil {
						return nil, err
					}
					status, kind, answer := echo(fold(string(body)), req.Header.Get("Authorization"))
					return &http.Response{
						StatusCode: status, Body: io.NopCloser(strings.NewReader(answer)), ProtoMajor: 1, ProtoMinor: 1,
						Header: http.Header{"Content-Type": {kind}, "Location": {"https://evil.example/" + url.PathEscape(string(body))}},
					}, nil
				})
				t.Run(fmt.Sprint(name, " ", encoding), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { echoed(t, rt, encoding) })
				})
			}
		}
	}
}

// echoed checks all kinds of token requests.
func echoed(t *testing.T, rt http.RoundTripper, encoding oauth.Encoding) {
	t.Helper()
	cfg := canaryConfig(rt)
	cfg.Encoding = encoding
	_, exchange := cfg.Exchange(t.Context(), oauth.Login{State: "s", Verifier: verifierCanary}, url.Values{"state": {"s"}, "code": {codeCanary}})
	_, app := oauth.NewClientCredentials(cfg, oauth.MemoryStore()).Token(t.Context())
	store := oauth.MemoryStore()
	src := oauth.NewSource(cfg, store)
	save(t, src, canaryToken())
	_, refresh := src.Token(t.Context())
	c, err := client.New("https://acme.example", src, client.WithTransport(rt))
	if err != nil {
		t.Fatal(err)
	}
	call := read(t.Context(), c)
	_, second := oauth.NewSource(cfg, store).Token(t.Context()) // which may tell what the first has stored
	for op, err := range map[string]error{"exchange": exchange, "app": app, "refresh": refresh, "call": call, "second": second} {
		if err == nil {
			t.Errorf("%s: no error", op)
		}
		wantNothingOf(t, op, printed(err))
		for e, ok := errors.AsType[*oauth.Error](err); ok; ok = false {
			wantNothingOf(t, op+", fields", e.Code+e.Description)
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			wantNothingOf(t, op+", inside", printed(e))
		}
	}
}

// printed is all that a program may print of an error.
func printed(err error) string {
	text := err.Error() + logged(err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		text += fmt.Sprintf(verb, err)
	}
	b, _ := json.Marshal(err)
	return text + string(b)
}

// A transport says what it could not send.
func TestTransportThatTellsWhatItWasGiven(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		echoed(t, roundTripper(func(req *http.Request) (*http.Response, error) {
			body, _ := io.ReadAll(req.Body)
			return nil, fmt.Errorf("cannot send %s with %s", body, req.Header.Get("Authorization"))
		}), oauth.FormWithBasicAuth)
	})
}
