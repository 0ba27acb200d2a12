package jira_test

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
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/internal/surface"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// canary is a credential that must turn up nowhere but in the header of a request.
const canary = "ATATT3xCanaryOne-Two0123456789=A1B2C3D4"

var traces = []string{canary[3:14], canary[18:30], base64.StdEncoding.EncodeToString([]byte("bot@acme.example:" + canary))[28:44]}

// wantNoTrace looks for the canary in all that can be printed of an error, a value or what they hold.
func wantNoTrace(t *testing.T, what string, v any) {
	t.Helper()
	var b bytes.Buffer
	for layer := v; layer != nil; {
		fmt.Fprintf(&b, "%v\n%+v\n%#v\n%q\n", layer, layer, layer, layer)
		slog.New(slog.NewJSONHandler(&b, nil)).Error("m", slog.Group("g", "v", layer))
		if e, ok := layer.(*client.Error); ok {
			fmt.Fprintf(&b, "%s %q %+v\n", e.Body, e.Messages, *e)
		}
		err, _ := layer.(error)
		if err = errors.Unwrap(err); err == nil {
			break
		}
		layer = err
	}
	if i := slices.IndexFunc(traces, func(s string) bool { return strings.Contains(b.String(), s) }); i >= 0 {
		t.Errorf("%s: a %T holds %q: %.1000s", what, v, traces[i], b.String())
	}
}

// echoing answers every request with what it carries, in one shape. It may be used by several goroutines.
type echoing struct {
	status int
	body   string
	header string
	cut    bool
}

func (e echoing) RoundTrip(req *http.Request) (*http.Response, error) {
	credential := req.Header.Get("Authorization") + req.Header.Get("X-Key")
	if req.Body != nil {
		_, _ = io.Copy(io.Discard, req.Body)
		_ = req.Body.Close()
	}
	if e.status == 0 {
		return nil, fmt.Errorf("malformed HTTP response %q", credential)
	}
	var body io.Reader = strings.NewReader(strings.ReplaceAll(e.body, "§", credential))
	if e.cut {
		body = io.MultiReader(body, lost{errors.New("reset after " + credential)})
	}
	h := http.Header{"Content-Type": {"application/json"}, "Atl-Traceid": {credential}, "Ratelimit-Reason": {credential}}
	if e.header != "" {
		h.Set(e.header, credential)
	}
	return &http.Response{StatusCode: e.status, Header: h, Body: io.NopCloser(body), ContentLength: -1, Request: req}, nil
}

type lost struct{ err error }

func (f lost) Read([]byte) (int, error) { return 0, f.err }

var echoShapes = map[string]echoing{
	"network":     {},
	"400":         {status: 400, body: `{"errorMessages":["§"],"errors":{"§":"§"}}`},
	"401":         {status: 401, body: `{"code":401,"message":"§"}`},
	"404 as HTML": {status: 404, body: `<title>§</title>`},
	"429":         {status: 429, header: "Retry-After"},
	"500":         {status: 500, body: `§`},
	"303":         {status: 303, header: "Location"},
	"200 as text": {status: 200, body: `§`},
	"200 as JSON": {status: 200, body: `"§"`},
	"200 in list": {status: 200, body: `["§"]`},
	"200 keyed":   {status: 200, body: `{"§":"§","id":["§"],"key":{"§":1},"values":["§"],"issues":["§"],"fields":"§","errors":{"§":"§"},"taskId":"/task/§"}`},
	"200 refused": {status: 200, body: `{"status":"FAILED","message":"§","progress":1}`},
	"200 partly":  {status: 200, body: `{"issues":[],"errors":[{"status":400,"failedElementNumber":0,"elementErrors":{"errorMessages":["§"],"errors":{"summary":"§"}}}],"webhookRegistrationResult":[{"errors":["§"]}]}`},
	"200 cut off": {status: 200, body: `{"id":"§`, cut: true},
}

func canaryClient(t *testing.T, auth client.Auth, rt http.RoundTripper, opts ...client.Option) *jira.Client {
	t.Helper()
	jc, err := jira.New(site, auth, append([]client.Option{
		client.WithTransport(rt), client.WithRetry(client.RetryPolicy{Retries: -1}), client.WithTimeout(0),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return jc
}

func auths() map[string]client.Auth {
	return map[string]client.Auth{
		"basic": client.BasicAuth("bot@acme.example", canary), "bearer": client.Bearer(canary), "key": client.APIKey("X-Key", canary),
		"unusable": client.Bearer(canary + "\n"),
	}
}

// Every operation fails in every way without telling the credential: not in its error, and in no event and no log line.
func TestCanaryOfOperations(t *testing.T) {
	t.Parallel()
	for kind, auth := range auths() {
		for shape, echo := range echoShapes {
			t.Run(kind+"/"+shape, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					var log bytes.Buffer
					var mu sync.Mutex
					jc := canaryClient(t, auth, echo,
						client.WithLogger(slog.New(slog.NewJSONHandler(&locked{&mu, &log}, &slog.HandlerOptions{Level: slog.LevelDebug}))),
						client.WithHook(func(e client.Event) {
							mu.Lock()
							defer mu.Unlock()
							fmt.Fprintf(&log, "%+v %#v", e, e)
						}))
					operations(jc, func(name string, method reflect.Value) {
						if name == "Webhooks.KeepAlive" && echo.status != 400 && echo.status != 401 {
							return // it goes on until its context is over
						}
						err := invoke(method, as(t.Context()))
						if _, ok := errors.AsType[*panicked](err); ok {
							t.Errorf("%s: %v", name, err)
						}
						wantNoTrace(t, name, err)
					})
					wantNoTrace(t, "client", jc)
					wantNoTrace(t, "log", log.String())
				})
			})
		}
	}
}

type locked struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// Every other exported function that can return an error is made to return one, by a client or with a secret that is the
// canary. The list is held against the source: a new function must join it.
func TestCanaryOfFunctions(t *testing.T) {
	t.Parallel()
	jc := canaryClient(t, client.Bearer(canary), echoShapes["400"])
	points := jira.NumberField("customfield_1")
	odd := unmarshal(t, `{"id":"1","key":"A-1","fields":{"customfield_1":"x"}}`)
	signed := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}"))
	signed.Header.Set("X-Hub-Signature", "sha256=00")
	signed.Header.Set("Authorization", "JWT a.b.c")
	task := func() *jira.Task { return jc.Tasks.Resume("7") }
	second := func(_ any, err error) error { return err }
	partial := &client.Error{Op: "Op", Messages: []string{"no"}}
	tried := map[string]func() error{
		"New":       func() error { return second(jira.New("http://acme.example", client.Bearer(canary))) },
		"Client.Do": func() error { return jc.Do(t.Context(), client.NewRequest("Op", "GET", "/x"), nil) },
		"Sites": func() error {
			return second(jira.Sites(t.Context(), client.Bearer(canary), client.WithTransport(echoShapes["400"])))
		},
		"FindSite": func() error {
			_, err := jira.FindSite(t.Context(), client.Bearer(canary), "x", client.WithTransport(echoShapes["400"]))
			return err
		},
		"SiteError.Error": func() error { return &jira.SiteError{} },
		"FieldByName":     func() error { _, err := jira.FieldByName(t.Context(), jc, "Points", jira.NumberField); return err },
		"Task.Wait, failed": func() error {
			return second(canaryClient(t, client.Bearer(canary), echoShapes["200 refused"]).Tasks.Resume("7").Wait(t.Context()))
		},
		"Task.Report":                func() error { return second(task().Report(t.Context())) },
		"Task.Wait":                  func() error { return second(task().Wait(t.Context())) },
		"Task.Cancel":                func() error { return task().Cancel(t.Context()) },
		"CustomField.Get":            func() error { _, _, err := points.Get(odd); return err },
		"Requirements.Field":         func() error { return second((&jira.Requirements{}).Field("x")) },
		"Requirements.Validate":      func() error { return (&jira.Requirements{Project: "A"}).Validate(jira.IssueInput{}) },
		"ParseWebhookEvent":          func() error { return second(jira.ParseWebhookEvent(http.Header{}, []byte("x"))) },
		"WebhookSecret":              func() error { return jira.WebhookSecret(canary)(signed, strings.NewReader("{}")) },
		"WebhookToken":               func() error { return jira.WebhookToken(canary, canary)(signed, strings.NewReader("{}")) },
		"Issue.DecodeBody":           func() error { return new(jira.Issue).DecodeBody([]byte("x"), func() {}) },
		"Issue.UnmarshalJSON":        func() error { return new(jira.Issue).UnmarshalJSON([]byte("x")) },
		"Fields.UnmarshalJSON":       func() error { return new(jira.Fields).UnmarshalJSON([]byte("x")) },
		"Fields.MarshalJSON":         func() error { return second(jira.Fields{}.MarshalJSON()) },
		"Time.UnmarshalJSON":         func() error { return new(jira.Time).UnmarshalJSON([]byte(`"x"`)) },
		"Time.UnmarshalText":         func() error { return new(jira.Time).UnmarshalText([]byte("x")) },
		"Time.MarshalJSON":           func() error { return second(jira.Time{}.MarshalJSON()) },
		"Time.MarshalText":           func() error { return second(jira.Time{}.MarshalText()) },
		"Date.UnmarshalJSON":         func() error { return new(jira.Date).UnmarshalJSON([]byte(`"x"`)) },
		"Date.UnmarshalText":         func() error { return new(jira.Date).UnmarshalText([]byte("x")) },
		"Date.MarshalJSON":           func() error { return second(jira.Date{}.MarshalJSON()) },
		"Date.MarshalText":           func() error { return second(jira.Date{}.MarshalText()) },
		"AmbiguousError.Unwrap":      func() error { return &jira.AmbiguousError{Err: partial} },
		"CreateManyError.Unwrap":     func() error { return &jira.CreateManyError{Failed: map[int]*client.Error{0: partial}} },
		"TaskError.Error":            func() error { return &jira.TaskError{Op: "Op", Report: &jira.TaskReport{}} },
		"PartialArchiveError.Error":  func() error { return &jira.PartialArchiveError{} },
		"PartialWorklogsError.Error": func() error { return &jira.PartialWorklogsError{} },
	}
	for name, call := range tried {
		err := call()
		if err == nil && !strings.Contains(name, ".Marshal") {
			t.Errorf("%s did not fail", name)
		}
		wantNoTrace(t, name, err)
	}
	for _, f := range surface.Exported(t, ".") {
		if f.Fails && !strings.HasSuffix(f.Receiver, "Service") && tried[f.String()] == nil && f.Name != "WebhookErrors" && f.Name != "NewWebhookHandler" && f.Name != "Error" {
			t.Errorf("%s can fail and is not tried", f)
		}
	}
	services := map[string]bool{}
	operations(jc, func(name string, _ reflect.Value) { services[name] = true })
	for _, f := range surface.Exported(t, ".") {
		if service, ok := strings.CutSuffix(f.Receiver, "Service"); ok && f.Fails && !services[service+"."+f.Name] {
			t.Errorf("%s can fail and is not among the operations that are tried", f)
		}
	}
}

// A webhook that is refused says why to the log of the program, and nothing to the sender. Neither learns the secret.
func TestCanaryOfWebhooks(t *testing.T) {
	t.Parallel()
	for name, verify := range map[string]jira.WebhookVerifier{"secret": jira.WebhookSecret(canary), "token": jira.WebhookToken(canary, canary)} {
		var told []error
		h := jira.NewWebhookHandler(verify, nil, jira.WebhookErrors(func(err error) { told = append(told, err) }))
		h2 := jira.NewWebhookHandler(verify, handleNothing, jira.WebhookErrors(func(err error) { told = append(told, err) }))
		for _, value := range []string{"", "sha256=", "sha256=zz", "md5=00", "JWT x", "Bearer a.b.c", "Bearer eyJhbGciOiJub25lIn0.e30.", canary} {
			for _, handler := range []http.Handler{h, h2} {
				req := httptest.NewRequest(http.MethodPost, "/?jwt="+url.QueryEscape(value), strings.NewReader(`{"a":1}`))
				req.Header.Set("X-Hub-Signature", value)
				req.Header.Set("Authorization", value)
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, req)
				wantNoTrace(t, name+" answer", fmt.Sprint(w.Code, w.Header(), w.Body))
				if w.Code < 400 {
					t.Errorf("%s: %q was believed", name, value)
				}
			}
		}
		for _, err := range told {
			wantNoTrace(t, name, err)
		}
		wantNoTrace(t, name+" handler", fmt.Sprintf("%v %+v", h, h2))
		if len(told) < 8 {
			t.Errorf("%s: told of %d refusals", name, len(told))
		}
	}
}

// The fake, whose tokens are made up, keeps what it was sent, but prints no credential.
func TestCanaryOfTheFake(t *testing.T) {
	t.Parallel()
	fake := jiratest.NewServer(jiratest.WithoutListener())
	t.Cleanup(fake.Close)
	jc, err := jira.New(fake.URL, client.BasicAuth("bot@acme.example", canary), client.WithTransport(fake.Transport()))
	if err != nil {
		t.Fatal(err)
	}
	operations(jc, func(name string, method reflect.Value) {
		if name != "Webhooks.KeepAlive" {
			wantNoTrace(t, name, invoke(method, as(t.Context())))
		}
	})
	for _, r := range fake.Requests() {
		b, err := json.Marshal(r)
		wantNoTrace(t, "log of the fake", fmt.Sprintf("%+v %s %v", r, b, err))
	}
}

func handleNothing(context.Context, *jira.WebhookEvent) error { return nil }
