package client_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/internal/surface"
)

// canary is a credential as issuers make them: long, and with characters that change when it is put into a URL or a JSON
// document. Its halves stay the same.
const canary = "ATATT3xCanaryOne" + `/+="<&\` + "CanaryTwo0123456789=A1B2C3D4"

// traces are what must not be found in anything that is printed: pieces of the canary in all forms.
func traces() []string {
	basic := base64.StdEncoding.EncodeToString([]byte("bot@acme.example:" + canary))
	return []string{
		"ATATT3xCanaryO", "CanaryTwo01234", basic[24:44], fmt.Sprintf("%x", "xCanaryOne"), fmt.Sprintf("%X", "xCanaryOne"),
		strings.Trim(fmt.Sprintf("%d", []byte("xCanaryOne")), "[]"), // a slice of bytes
		base64.StdEncoding.EncodeToString([]byte(canary))[:16],
	}
}

// wantNoTrace looks for the canary in everything that a program may make of v.
func wantNoTrace(t *testing.T, what string, v any) {
	t.Helper()
	texts := map[string]string{}
	verbs := []string{"%+v", "%#v", "%q"}
	if _, ok := v.(error); !ok {
		verbs = append(verbs, "%v", "%s", "%x", "%X", "%d")
	}
	for _, verb := range verbs {
		texts[verb] = fmt.Sprintf(verb, v)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Error("m", "v", v, slog.Group("g", "v", v))
	slog.New(slog.NewJSONHandler(&log, nil)).Error("m", "v", v, slog.Group("g", "v", v))
	texts["slog"] = log.String()
	if b, err := json.Marshal(v); err == nil {
		texts["JSON"] = string(b)
	}
	for how, text := range texts {
		if i := slices.IndexFunc(traces(), func(s string) bool { return strings.Contains(text, s) }); i >= 0 {
			t.Errorf("%s: %s of a %T holds %q: %.2000s", what, how, v, traces()[i], text)
			return
		}
	}
}

// echo answers with what it was sent, in the shapes in which servers, gateways and proxies report errors. %s is the
// credential.
var echoes = map[string]reply{
	"text":               {Status: 401, Header: map[string]string{"Content-Type": "text/plain"}, Body: "bad credential %s"},
	"cut off by length":  {Status: 400, Header: map[string]string{"Content-Type": "text/plain"}, Body: strings.Repeat("x", 460) + "%s"},
	"cut off by the end": {Status: 400, Body: strings.Repeat("x", 64<<10-30) + "%s"},
	"Jira":               {Status: 400, Body: `{"errorMessages":[%q],"errors":{%[1]q:%[1]q},"code":%[1]q}`},
	"list":               {Status: 400, Body: `[%q]`},
	"gateway":            {Status: 403, Body: `{"code":403,"message":%q}`},
	"JSM":                {Status: 422, Body: `{"errors":[{"title":%q,"detail":%[1]q,"code":%[1]q}]}`},
	"Currents":           {Status: 404, Body: `{"status":"FAILED","error":%q}`},
	"HTML":               {Status: 502, Header: map[string]string{"Content-Type": "text/html"}, Body: "<title>%s</title>"},
	"HTML for JSON":      {Status: 200, Body: "<title>%s</title>"},
	"broken JSON":        {Status: 200, Body: `{"key":"%s`},
	"wrong type":         {Status: 200, Body: `{"key":{%q:1}}`},
	"not a time":         {Status: 200, Body: `{"at":%q}`},
	"not an id":          {Status: 200, Body: `{"id":{%q:1}}`},
	"trace":              {Status: 500, Header: map[string]string{"Atl-Traceid": "%s", "X-Failure-Category": "%s"}, Body: "{}"},
	"quota":              {Status: 429, Header: map[string]string{"RateLimit-Reason": "%s", "Retry-After": "3600"}},
	"no number":          {Status: 429, Header: map[string]string{"Retry-After": "%s", "X-Ratelimit-Reset": "%s"}},
	"challenge":          {Status: 401, Header: map[string]string{"Www-Authenticate": "%s"}},
	"redirect":           {Status: 302, Header: map[string]string{"Location": "https://media.example/?token=%s"}},
	"redirect downwards": {Status: 302, Header: map[string]string{"Location": "http://media.example/?token=%s"}},
	"redirect nowhere":   {Status: 302, Header: map[string]string{"Location": "http://%%zz/%s"}},
	"redirect to a name": {Status: 302, Header: map[string]string{"Location": "https://%s@media.example/"}},
	"odd scheme":         {Status: 302, Header: map[string]string{"Location": "canary:%s"}},
	"login":              {Status: 200, Header: map[string]string{"X-Seraph-Loginreason": "AUTHENTICATED_FAILED"}, Body: `{"message":%q}`},
	"success":            {Status: 200, Body: `{"key":%q}`},
}

// forms are the ways in which a server may write down a credential that it has received.
var forms = map[string]func(string) string{
	"plain": func(s string) string { return s },
	"query": url.QueryEscape,
	"path":  url.PathEscape,
	"HTML":  html.EscapeString,
	"JSON": func(s string) string {
		b, _ := json.Marshal(s)
		return string(b[1 : len(b)-1])
	},
	"only the token": func(s string) string {
		_, token, _ := strings.Cut(s, " ")
		if plain, err := base64.StdEncoding.DecodeString(token); err == nil {
			return string(plain)
		}
		return token
	},
}

// sentCredential is what a request carries.
func sentCredential(h http.Header) string { return h.Get("Authorization") + h.Get("X-Key") }

// faultsOf are the answers and failures to try with every kind of credential.
func faultsOf() map[string]func(*http.Request) (*http.Response, error) {
	all := map[string]func(*http.Request) (*http.Response, error){}
	for _, fault := range []string{"refused", "dns", "reset", "eof", "certificate"} {
		all[fault] = reply{Fault: fault}.answer
	}
	all["cut"] = reply{Status: 200, Fault: "cut"}.answer
	for _, code := range []int{204, 400, 401, 403, 404, 409, 412, 413, 429, 500, 501, 503} {
		all[fmt.Sprint(code)] = status(code).answer
	}
	for shape, answer := range echoes {
		for form, write := range forms {
			if len(answer.Body) > 1000 && form != "plain" {
				continue // they take long to print
			}
			all[shape+", "+form] = func(req *http.Request) (*http.Response, error) {
				credential := write(sentCredential(req.Header))
				fill := func(s string) string {
					if !strings.Contains(s, "%") {
						return s
					}
					return strings.TrimSuffix(fmt.Sprintf(s, credential), "%!(EXTRA string="+credential+")")
				}
				r := reply{Status: answer.Status, Header: map[string]string{}, Body: fill(answer.Body)}
				for name, value := range answer.Header {
					r.Header[name] = fill(value)
				}
				return r.answer(req)
			}
		}
	}
	// What net/http says of an answer that it cannot read holds a piece of the answer.
	all["malformed"] = func(req *http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("net/http: HTTP/1.x transport connection broken: malformed HTTP response %q", sentCredential(req.Header))
	}
	all["hidden"] = func(req *http.Request) (*http.Response, error) {
		return nil, &wrapping{errors.New(sentCredential(req.Header))}
	}
	all["address"] = func(req *http.Request) (*http.Response, error) {
		return nil, &url.Error{Op: "Get", URL: "https://acme.example/?token=" + sentCredential(req.Header), Err: io.ErrUnexpectedEOF}
	}
	return all
}

// wrapping is an error whose text is not that of its cause.
type wrapping struct{ cause error }

func (w *wrapping) Error() string { return "something went wrong" }
func (w *wrapping) Unwrap() error { return w.cause }

// printed collects everything that a call hands out.
type printed struct {
	mu     sync.Mutex
	values []any
	log    bytes.Buffer
}

func (p *printed) hook(e client.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.values = append(p.values, e)
	for err := e.Err; err != nil; err = errors.Unwrap(err) {
		p.values = append(p.values, err)
	}
}

func (p *printed) error(err error) {
	for ; err != nil; err = errors.Unwrap(err) {
		p.values = append(p.values, err)
		if e, ok := err.(*client.Error); ok { //nolint:errorlint // each layer by itself
			p.values = append(p.values, *e)
		}
	}
}

type answered struct {
	Key string      `json:"key"`
	At  client.Time `json:"at"`
	ID  client.ID   `json:"id"`
}

// credentials are of every kind that there is, by name.
func credentials() map[string]client.Auth {
	return map[string]client.Auth{
		"basic": client.BasicAuth("bot@acme.example", canary), "bearer": client.Bearer(canary), "key": client.APIKey("X-Key", canary),
		"line break": client.Bearer(canary + "\n"), "odd name": client.APIKey("X Key", canary), "with a blank": client.BasicAuth("bot@acme.example", canary+" "),
		"custom": custom{}, "with a colon": client.BasicAuth("bot:"+canary, canary), "swapped round": client.APIKey(canary, ""),
	}
}

// custom is an Auth that somebody else has written: it signs with two headers, and with names of its own.
type custom struct{}

func (custom) Sign(req *http.Request) error {
	req.Header.Set("X-Key", canary)
	req.Header.Set("X-Signature", "v1 keyid=bot, signature="+canary)
	return nil
}

func (custom) Refresh(context.Context, *http.Request) (bool, error) {
	return false, nil
}

// Nothing that a call hands out holds the credential, in whatever form, whatever the server does: no error and no cause of
// it, no event, no log line, and neither the client nor its Auth.
func TestCanaryEverywhere(t *testing.T) {
	t.Parallel()
	for kind, auth := range credentials() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { tryCredential(t, kind, auth) })
		})
	}
}

func tryCredential(t *testing.T, kind string, auth client.Auth) {
	wantNoTrace(t, "Auth", auth)
	wantNoTrace(t, "Auth in a struct", struct {
		A client.Auth
		b client.Auth
	}{auth, auth})
	faults := faultsOf()
	if len(kind) > len("bearer") { // it cannot be used, nothing is sent
		faults = map[string]func(*http.Request) (*http.Response, error){"none": ok("{}").answer}
	}
	for fault, answer := range faults {
		p := &printed{}
		n := &network{answer: func(_ int, req *http.Request) (*http.Response, error) { return answer(req) }}
		level := &slog.HandlerOptions{Level: slog.LevelDebug}
		c := newAuthClient(t, n.transport(), auth, client.WithRetry(client.RetryPolicy{Retries: 1, MinWait: 1, MaxWait: 1}), client.WithHook(p.hook),
			client.WithLogger(slog.New(slog.NewTextHandler(&p.log, level)).WithGroup("sdk")))
		for _, r := range []*client.Request{
			get().Query("token", canary).Header("X-Session", canary),
			create().JSON(map[string]string{"token": canary}),
		} {
			p.error(c.Do(t.Context(), r, new(answered)))
		}
		p.values = append(p.values, c)
		for _, v := range p.values {
			wantNoTrace(t, kind+", "+fault, v)
		}
		if i := slices.IndexFunc(traces(), func(s string) bool { return strings.Contains(p.log.String(), s) }); i >= 0 {
			t.Errorf("%s, %s: the log holds %q: %s", kind, fault, traces()[i], p.log.String())
		}
	}
}

// What one call is told of a pause, the others are told too, though they have sent nothing.
func TestCanaryInAPause(t *testing.T) {
	t.Parallel()
	n := &network{answer: func(_ int, req *http.Request) (*http.Response, error) {
		return status(429, "RateLimit-Reason", "not for "+sentCredential(req.Header), "Retry-After", "30").answer(req)
	}}
	c := newAuthClient(t, n.transport(), client.Bearer(canary), client.WithRetry(client.RetryPolicy{MaxPause: time.Second}))
	for range 2 {
		err := c.Do(t.Context(), get(), nil)
		wantKinds(t, err, "rateLimited")
		wantNoTrace(t, "pause", *wantError(t, err))
	}
	wantSent(t, n, 1)
}

// A panic of the caller's own code passes through, and brings no credential along.
func TestCanaryInAPanic(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for name, opt := range map[string]client.Option{
		"hook":      client.WithHook(func(client.Event) { panic(boom) }),
		"transport": client.WithTransport(roundTripper(func(*http.Request) (*http.Response, error) { panic(boom) })),
	} {
		func() {
			defer func() {
				v := recover()
				if v != any(boom) {
					t.Errorf("%s: %v", name, v)
				}
			}()
			c := newAuthClient(t, replies(ok("{}")).transport(), client.Bearer(canary), opt)
			_ = c.Do(context.Background(), get(), nil)
			t.Errorf("%s: no panic", name)
		}()
	}
}

// Every exported function that can return an error is made to return one, and tells no credential. The list is held against
// the source: a new function must join it.
func TestCanaryOfFunctions(t *testing.T) {
	t.Parallel()
	c := newAuthClient(t, echoingTransport(t), client.Bearer(canary))
	second := func(_ any, err error) error { return err }
	// An error that an API package makes of an answer holds what the server has sent back.
	decoded := func(decode func(text string) error) error {
		n := &network{answer: func(_ int, req *http.Request) (*http.Response, error) {
			return ok(fmt.Sprintf(`{"message":%q}`, sentCredential(req.Header))).answer(req)
		}}
		return newAuthClient(t, n.transport(), client.Bearer(canary)).Do(t.Context(), get(), answerDecoder(decode))
	}
	asText := func(text string) error { return errors.New(text) }
	document := []byte(`{"` + canary[:16] + `":"` + canary[:16] + `"}`)
	left := int64(1)
	tried := map[string]func() error{
		"New": func() error {
			return second(client.New("https://bot:"+canary+"@acme.example", client.Bearer(canary), client.WithUserAgent(canary)))
		},
		"Client.Do": func() error { return c.Do(t.Context(), get(), nil) },
		"CloudID": func() error {
			return second(client.CloudID(t.Context(), site+"/?token="+canary[:16], client.WithTransport(replies(status(404)).transport())))
		},
		"Iterate":      func() error { return first(client.Iterate(t.Context(), new(client.Client), "Op", 0, pageOf)) },
		"Error.Unwrap": func() error { return errors.Unwrap(decoded(asText)) },
		"Invalid":      func() error { return decoded(func(text string) error { return client.Invalid("Op", "%s", text) }) },
		"InvalidFields": func() error {
			return decoded(func(text string) error { return client.InvalidFields("Op", map[string]error{text: asText(text)}) })
		},
		"Failed":    func() error { return decoded(func(text string) error { return client.Failed("Op", asText(text)) }) },
		"Ambiguous": func() error { return decoded(func(text string) error { return client.Ambiguous("Op", asText(text)) }) },
		"ID.UnmarshalJSON": func() error {
			return decoded(func(text string) error { return new(client.ID).UnmarshalJSON([]byte(text)) })
		},
		"ParseTime": func() error { return decoded(func(text string) error { return second(client.ParseTime(text)) }) },
		"Time.UnmarshalJSON": func() error {
			return decoded(func(text string) error { return new(client.Time).UnmarshalJSON([]byte(text)) })
		},
		"Time.UnmarshalText": func() error {
			return decoded(func(text string) error { return new(client.Time).UnmarshalText([]byte(text)) })
		},
		"Unmarshal":       func() error { return client.Unmarshal(document, new([]string)) },
		"UnmarshalWithin": func() error { return client.UnmarshalWithin(document, new(any), &left) },
		"Fits": func() error {
			return client.Fits([]byte(strings.Repeat(`{"`+canary[:16]+`":`, 20_000)), new(any), 0)
		},
		"TooMuch": client.TooMuch,
		"Sleep": func() error {
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			return client.Sleep(ended, time.Hour)
		},
		"UnmarshalLoose": func() error { return client.UnmarshalLoose(document, new([]string)) },
		"Misfit": func() error {
			return decoded(func(text string) error {
				return client.Misfit(json.Unmarshal([]byte(`{"`+canary[:16]+`":1}`), new(map[string]string)))
			})
		},
		"ErrorFrom": func() error {
			return decoded(func(text string) error { return client.ErrorFrom(http.StatusUnauthorized, []byte(text)) })
		},
		"Error.Unauthorized": func() error {
			return decoded(func(text string) error { return client.Failed("Op", asText(text)).Unauthorized() })
		},
		"IDs": func() error {
			list := client.Iterate(t.Context(), c, "Op", 0, func(ctx context.Context, _ int) (client.Page[int, int], error) {
				return client.Page[int, int]{}, c.Do(ctx, get(), nil)
			})
			return second(client.IDs(list, func(int) (string, bool) { return "", false }))
		},
		"Creation.Run": func() error {
			look := func(context.Context) ([]string, error) { return nil, c.Do(t.Context(), get(), nil) }
			return second(client.Creation[int]{
				Op: "Op", Client: c, Key: 1, Look: look, ID: func(*int) string { return "" },
				Send: func(context.Context) (*int, error) { return nil, nil }, Get: func(context.Context, string) (*int, error) { return nil, nil },
			}.Run(t.Context()))
		},
		"Slice":            func() error { return second(client.Slice([]int{})()) },
		"Pointers":         func() error { return second(client.Pointers([]int{})()) },
		"Time.MarshalText": func() error { return second(client.Time{}.MarshalText()) },
		"Time.MarshalJSON": func() error { return second(client.Time{}.MarshalJSON()) },
	}
	for name, call := range tried {
		err := call()
		if err == nil && !strings.Contains(name, ".Marshal") && name != "Slice" && name != "Pointers" {
			t.Errorf("%s did not fail", name)
		}
		wantNoTrace(t, name, err)
	}
	for _, f := range surface.Exported(t, ".") {
		if f.Fails && tried[f.String()] == nil {
			t.Errorf("%s can fail and is not tried", f)
		}
	}
}

// answerDecoder makes an error of an answer.
type answerDecoder func(text string) error

func (d answerDecoder) DecodeBody(body []byte, done func()) error {
	defer done()
	return d(string(body))
}

// echoingTransport answers with what it was sent.
func echoingTransport(t *testing.T) http.RoundTripper {
	t.Helper()
	n := &network{answer: func(_ int, req *http.Request) (*http.Response, error) {
		return reply{Status: 400, Body: fmt.Sprintf(`{"message":%q}`, sentCredential(req.Header))}.answer(req)
	}}
	return n.transport()
}
