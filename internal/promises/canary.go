package promises

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/internal/surface"
)

// Canary is a credential that must turn up nowhere but in the header of a request.
const Canary = "ATATT3xCanaryOne-Two0123456789=A1B2C3D4"

const email = "bot@acme.example"

// traces are pieces of the canary, and of the header that it makes.
var traces = []string{Canary[3:14], Canary[18:30], base64.StdEncoding.EncodeToString([]byte(email + ":" + Canary))[28:44]}

func traced(s string) bool {
	return slices.ContainsFunc(traces, func(trace string) bool { return strings.Contains(s, trace) })
}

// NoTrace looks for the canary in all that can be printed of an error, a value or what they hold.
func NoTrace(t *testing.T, what string, v any) {
	t.Helper()
	var b bytes.Buffer
	tell(&b, v)
	if traced(b.String()) {
		t.Errorf("%s: a %T holds the canary: %.2000s", what, v, b.String())
	}
}

// tell prints a value in all ways, and the errors in it.
func tell(b *bytes.Buffer, v any) {
	if v == nil {
		return
	}
	if text, ok := v.(string); ok {
		b.WriteString(text)
		return
	}
	fmt.Fprintf(b, "%v\n%+v\n%#v\n%q\n", v, v, v, v)
	slog.New(slog.NewJSONHandler(b, nil)).Error("m", slog.Group("g", "v", v))
	if e, ok := v.(*client.Error); ok {
		fmt.Fprintf(b, "%s %q %+v\n", e.Body, e.Messages, *e)
	}
	switch v := v.(type) {
	case interface{ Unwrap() error }:
		if err := v.Unwrap(); err != nil {
			tell(b, err)
		}
	case interface{ Unwrap() []error }:
		for _, err := range v.Unwrap() {
			tell(b, err)
		}
	}
}

// shape is how a server answers with what it was sent: § is the credential. Status 0 is a failure of the connection.
type shape struct {
	name   string
	status int
	body   string
	header string
	cut    bool
}

// shapes are those that the services of this module, and what stands before them, have for errors, and for answers that
// their clients look into.
var shapes = []shape{
	{name: "network"},
	{name: "303", status: 303, header: "Location"},
	{name: "400", status: 400, body: `{"errorMessages":["§"],"errors":{"§":"§"}}`},
	{name: "401", status: 401, body: `{"code":401,"message":"§"}`},
	{name: "404 as HTML", status: 404, body: `<title>§</title>`},
	{name: "404 failed", status: 404, body: `{"status":"FAILED","error":"§"}`},
	{name: "422", status: 422, body: `{"errors":[{"title":"§","detail":"§","code":"§"}]}`},
	{name: "429", status: 429, header: "Retry-After"},
	{name: "500", status: 500, body: `§`},
	{name: "200 as text", status: 200, body: `§`},
	{name: "200 as HTML", status: 200, body: `<title>§</title>`},
	{name: "200 as JSON", status: 200, body: `"§"`},
	{name: "200 in list", status: 200, body: `["§"]`},
	{name: "200 keyed", status: 200, body: `{"§":"§","id":["§"],"key":{"§":1},"values":["§"],"issues":["§"],"fields":"§","errors":{"§":"§"},"taskId":"/task/§"}`},
	{name: "200 with it", status: 200, body: `{"id":"§","name":"§","enabled":"§","values":[{"id":"§","enabled":"§"}],"conditionMatchType":"§","links":{"next":"§"}}`},
	{name: "200 refused", status: 200, body: `{"status":"FAILED","message":"§","progress":1}`},
	{name: "200 partly", status: 200, body: `{"issues":[],"errors":[{"status":400,"failedElementNumber":0,"elementErrors":{"errorMessages":["§"],"errors":{"summary":"§"}}}],"webhookRegistrationResult":[{"errors":["§"]}]}`},
	{name: "200 in data", status: 200, body: `{"status":"OK","data":"§"}`},
	{name: "200 with data", status: 200, body: `{"status":"OK","data":{"§":"§","list":"§","nextPage":"§","specs":"§","createdAt":"§"}}`},
	{name: "200 data listed", status: 200, body: `{"status":"OK","data":[{"§":1,"createdAt":"§"}],"has_more":"§"}`},
	{name: "200 and 401", status: 200, body: `{"statusCode":"401","body":{"message":"invalid api key §"}}`},
	{name: "200 and no status", status: 200, body: `{"statusCode":"§","body":{"§":"§"},"headers":"§"}`},
	{name: "200 rejected", status: 200, body: `{"code":"CO.INVALID_API_KEY","message":"§","success":false}`},
	{name: "200 cut off", status: 200, body: `{"id":"§`, cut: true},
}

// RoundTrip answers a request with the credential that it carries.
func (s shape) RoundTrip(req *http.Request) (*http.Response, error) {
	var carried []string
	for _, values := range req.Header {
		if text := strings.Join(values, ""); traced(text) {
			carried = append(carried, text)
		}
	}
	if req.Body != nil {
		if body, err := io.ReadAll(req.Body); err == nil && traced(string(body)) {
			carried = append(carried, Canary)
		}
		_ = req.Body.Close()
	}
	credential := strings.Join(carried, "")
	if err := takeTime(req); err != nil {
		return nil, err
	}
	if s.status == 0 {
		return nil, fmt.Errorf("malformed HTTP response %q", credential)
	}
	var body io.Reader = strings.NewReader(strings.ReplaceAll(s.body, "§", credential))
	if s.cut {
		body = io.MultiReader(body, lost{errors.New("reset after " + credential)})
	}
	h := http.Header{"Content-Type": {"application/json"}, "Atl-Traceid": {credential}, "Ratelimit-Reason": {credential}}
	if s.header != "" {
		h.Set(s.header, credential)
	}
	return &http.Response{StatusCode: s.status, Header: h, Body: io.NopCloser(body), ContentLength: -1, Request: req}, nil
}

type lost struct{ err error }

func (l lost) Read([]byte) (int, error) { return 0, l.err }

// kinds are the kinds of credentials, each with the canary.
func (a API[C]) kinds() map[string]func(http.RoundTripper) (client.Auth, error) {
	fixed := map[string]client.Auth{
		"basic": client.BasicAuth(email, Canary), "bearer": client.Bearer(Canary), "key": client.APIKey("X-Key", Canary),
		"unusable": client.Bearer(Canary + "\n"),
	}
	if a.Auths != nil {
		maps.Copy(fixed, a.Auths(Canary))
	}
	kinds := map[string]func(http.RoundTripper) (client.Auth, error){
		"oauth": func(rt http.RoundTripper) (client.Auth, error) {
			source := oauth.NewSource(oauth.Config{ // #nosec G101 -- the canary, on purpose
				ClientID: "app", ClientSecret: oauth.NewSecret(Canary), TokenURL: "https://auth.example/token", Transport: rt,
			}, oauth.MemoryStore())
			return source, source.Save(context.Background(), oauth.NewToken(Canary, Canary, time.Now().Add(time.Hour)))
		},
	}
	for name, auth := range fixed {
		kinds[name] = func(http.RoundTripper) (client.Auth, error) { return auth, nil }
	}
	return kinds
}

// told is what a client tells a program besides its errors.
type told struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *told) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *told) hook(e client.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(&l.b, "%+v %#v\n", e, e)
	if e.Err != nil {
		tell(&l.b, e.Err)
	}
}

// fresh returns a client that tells all that it does.
func (a API[C]) fresh(t *testing.T, kind string, rt http.RoundTripper) (*C, *told) {
	t.Helper()
	l := &told{}
	auth, err := a.kinds()[kind](rt)
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.New(auth, client.WithTransport(rt), client.WithRetry(client.RetryPolicy{Retries: 1}), client.WithHook(l.hook),
		client.WithLogger(slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	if err != nil {
		t.Fatal(err)
	}
	return c, l
}

// tryOne calls one operation with one credential, and looks for that in all that comes of it.
func (a API[C]) tryOne(t *testing.T, name, kind string, rt http.RoundTripper) {
	t.Helper()
	c, log := a.fresh(t, kind, rt)
	err := a.within(t, a.Operation(c, name), false)
	what := name + " with " + kind
	noPanic(t, what, err)
	NoTrace(t, what, err)
	NoTrace(t, what+", the log", log.b.String())
}

// aLot is how many calls a subtest of the canary makes, or as many as there are operations.
//
// The product of all operations, shapes, faults and kinds of credentials has millions of calls. Those that are made are
// chosen such that each operation meets each shape and each fault, and also each kind of credential, and each shape and
// fault meets each kind, by turning the kinds, and for a fault the shapes, with each operation. With few operations there
// are further turns.
const aLot = 200

// turns calls f with the indexes of operations and turns.
func turns(operations, most int, f func(operation, turn int)) {
	for turn := range min(most, max(1, aLot/operations)) {
		for operation := range operations {
			f(operation, operation+turn)
		}
	}
}

// Every operation fails in every way without telling the credential: not in its error, and in no event and no log line.
func (a API[C]) canaryOfOperations(t *testing.T) {
	names, kinds := a.names(), slices.Sorted(maps.Keys(a.kinds()))
	for i, shape := range shapes {
		t.Run(shape.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				turns(len(names), len(kinds), func(operation, turn int) {
					a.tryOne(t, names[operation], kinds[(i+turn)%len(kinds)], shape)
				})
			})
		})
	}
	for _, kind := range kinds {
		c, _ := a.fresh(t, kind, shapes[0])
		NoTrace(t, "client with "+kind, c)
		NoTrace(t, "client with "+kind, *c)
	}
}

// Nor does it when the network, or a proxy, fails on the way to such a server, nor when the fault lasts.
func (a API[C]) canaryOfFaults(t *testing.T) {
	names, kinds := a.names(), slices.Sorted(maps.Keys(a.kinds()))
	for i, rule := range append(faults.All(), faults.RateLimited(faults.QuotaTenant, faults.BySeconds, time.Hour)) {
		t.Run(rule.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := 0
				turns(len(names), len(kinds)*len(shapes), func(operation, turn int) {
					var in faults.Injector
					in.Add(rule)
					a.tryOne(t, names[operation], kinds[(i+turn)%len(kinds)], guard{t, in.Transport(shapes[(i+turn)%len(shapes)])})
					n += in.Counts()[rule.Name]
				})
				if n == 0 && rule.Spoil < faults.SpoilRepeatedToken { // those of pages leave alone what has none, as these answers
					t.Error("it never happened")
				}
			})
		})
	}
}

// guard sees to it that where a fault redirects to learns no credential.
type guard struct {
	t    *testing.T
	next http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasSuffix(req.URL.Host, ".invalid") {
		NoTrace(g.t, "a request to "+req.URL.Host, fmt.Sprint(req.URL, req.Header))
	}
	return g.next.RoundTrip(req)
}

// Every other exported function that can return an error is made to return one. The list is held against the source: a new
// function must join it.
func (a API[C]) canaryOfFunctions(t *testing.T) {
	types, names := a.types(t), a.names()
	synctest.Test(t, func(t *testing.T) {
		c, _ := a.fresh(t, "bearer", shapes[slices.IndexFunc(shapes, func(s shape) bool { return s.name == "400" })])
		tried := map[string]func() error{}
		if a.Functions != nil {
			tried = a.Functions(c)
		}
		fails := func(name string, call func() error) {
			err := guarded(call)
			if err == nil && !strings.Contains(name, ".Marshal") {
				t.Errorf("%s did not fail", name)
			}
			noPanic(t, name, err)
			NoTrace(t, name, err)
		}
		for name, call := range tried {
			if call != nil {
				fails(name, call)
			}
		}
		for _, f := range surface.Exported(t, ".") {
			_, known := tried[f.String()]
			switch typ := types[f.Receiver]; {
			case !f.Fails || known || slices.Contains(names, strings.Replace(f.String(), "Service.", ".", 1)):
			case typ != nil && (fills(f.Name) || strings.HasPrefix(f.Name, "Marshal")):
				fails(f.String(), func() error { return a.within(t, reflect.New(typ).MethodByName(f.Name), false) })
			default:
				t.Errorf("%s can fail and is not tried", f)
			}
		}
	})
}

func guarded(call func() error) (err error) {
	defer recovered(&err)
	return call()
}
