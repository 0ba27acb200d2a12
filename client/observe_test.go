package client_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/jira-integrations/go-sdk/client"
)

// Each attempt is told to hooks, redirects and repetitions included.
func TestHook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		auth := &rotating{}
		script := replies(
			status(500, "Atl-Traceid", "t1"), reply{Fault: "reset"}, status(429, "Retry-After", "1"), status(401),
			status(302, "Location", "https://media.example/"), ok("{}"),
		)
		n := &network{answer: func(k int, req *http.Request) (*http.Response, error) {
			<-time.After(time.Duration(k) * time.Millisecond)
			return script.answer(k, req)
		}}
		var events []client.Event
		second := 0
		c := newAuthClient(t, n.transport(), auth,
			client.WithHook(func(e client.Event) { events = append(events, e) }),
			client.WithHook(func(client.Event) { second++ }))
		if err := c.Do(t.Context(), get(), io.Discard); err != nil {
			t.Fatal(err)
		}
		var want []client.Event
		for i, code := range []int{500, 0, 429, 401, 302, 200} {
			want = append(want, client.Event{
				Op: "Issues.Get", Method: "GET", Path: issuePath, Status: code, Attempt: i + 1,
				Duration: time.Duration(i+1) * time.Millisecond,
			})
		}
		want[0].TraceID = "t1"
		if diff := cmp.Diff(want, events, cmpopts.IgnoreFields(client.Event{}, "Err")); diff != "" {
			t.Error(diff)
		}
		for i, e := range events {
			if (e.Err != nil) != (i == 1) {
				t.Errorf("attempt %d: err = %v", i+1, e.Err)
			}
		}
		if second != len(events) {
			t.Errorf("the second hook was called %d times", second)
		}
	})
}

func TestLogger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		logger := slog.New(slog.NewJSONHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))
		n := replies(reply{Fault: "reset"}, reply{Status: 404, Header: map[string]string{"Atl-Traceid": "t1"}, Body: `{"message":"private"}`}, ok("{}"))
		c := newClient(t, n.transport(), client.WithLogger(logger))
		r := func() *client.Request {
			return client.NewRequest("Issues.Edit", http.MethodPut, issuePath, "HIDDEN-1").Query("jql", "private").JSON("private").Header("X-Key", secret)
		}
		wantKinds(t, c.Do(t.Context(), r(), nil), "notFound")
		if err := c.Do(t.Context(), r(), nil); err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range strings.Lines(b.String()) {
			var entry map[string]any
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				t.Fatal(err)
			}
			if entry["op"] != "Issues.Edit" || entry["method"] != "PUT" || entry["path"] != issuePath || entry["msg"] != "request" {
				t.Errorf("logged %s", line)
			}
			if _, ok := entry["duration"]; !ok {
				t.Errorf("no duration in %s", line)
			}
			got = append(got, fmt.Sprint(entry["level"], " ", entry["status"], " ", entry["attempt"], " ", entry["trace"], " ", entry["error"]))
		}
		want := []string{
			"WARN 0 1 <nil> read tcp: read: connection reset by peer",
			"WARN 404 2 t1 <nil>",
			"DEBUG 200 1 <nil> <nil>",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		for _, leak := range []string{"private", secret, "HIDDEN", "acme"} {
			if strings.Contains(b.String(), leak) {
				t.Errorf("the log holds %q: %s", leak, b.String())
			}
		}
	})
}

// A level that is off costs nothing and logs nothing.
func TestLoggerLevel(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	c := newClient(t, replies(ok("{}")).transport(), client.WithLogger(slog.New(slog.NewTextHandler(&b, nil))))
	if err := c.Do(t.Context(), get(), nil); err != nil || b.Len() > 0 {
		t.Errorf("err = %v, logged %q", err, b.String())
	}
}

// The credential shows up in nothing that a program may print, by any verb.
func TestCanary(t *testing.T) {
	t.Parallel()
	type owner struct {
		auth   client.Auth
		client *client.Client
		Auth   client.Auth
	}
	auths := map[string]client.Auth{
		"basic": client.BasicAuth("bot@acme.example", secret), "bearer": client.Bearer(secret), "key": client.APIKey("X-Key", secret),
		"unusable": client.Bearer(secret + "\n"),
	}
	basic := "Ym90QGFjbWUuZXhhbXBsZTpzM2NyM3Q" // the beginning of the encoded one
	faults := []reply{
		ok("{}"), status(500), status(401),
		{Status: 403, Body: "<html>"},
		status(429, "Retry-After", "3600"),
		{Fault: "refused"},
		{Fault: "reset"},
		{Fault: "certificate"},
		{Status: 200, Fault: "cut"},
		{Status: 200, Body: "nonsense"},
		status(302, "Location", "http://acme.example/"),
		status(302, "Location", "http://media.example/%zz?token="+secret),
		{Status: 401, Fault: "echo", Body: "bad credential %s"},
		{Status: 400, Fault: "echo", Body: `{"errorMessages":["got %[1]s"],"errors":{"auth":"%[1]s"},"code":"%[1]s"}`},
		{Status: 502, Fault: "echo", Body: "<title>%s</title>", Header: map[string]string{"Content-Type": "text/html"}},
		{Status: 200, Fault: "echo", Body: "<title>%s</title>"},
	}
	var mu sync.Mutex
	var log bytes.Buffer
	for name, auth := range auths {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			printed := []any{auth, owner{auth, nil, auth}, &owner{auth, nil, auth}, []client.Auth{auth}, map[string]client.Auth{"a": auth}}
			for _, fault := range faults {
				for _, r := range []*client.Request{get(), create()} {
					c := newAuthClient(t, replies(fault).transport(), auth,
						client.WithRetry(client.RetryPolicy{Retries: -1}),
						client.WithLogger(slog.New(slog.NewTextHandler(&locked{mu: &mu, b: &log}, &slog.HandlerOptions{Level: slog.LevelDebug}))),
						client.WithHook(func(e client.Event) {
							mu.Lock()
							defer mu.Unlock()
							fmt.Fprintf(&log, "%v %+v %#v", e, e, e)
						}))
					err := c.Do(t.Context(), r, new(any))
					printed = append(printed, c, owner{auth, c, nil}, err, r)
					if e, ok := errors.AsType[*client.Error](err); ok {
						printed = append(printed, *e)
						for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
							printed = append(printed, inner)
						}
					}
				}
			}
			for _, v := range printed {
				for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
					text := fmt.Sprintf(verb, v)
					if i := slices.IndexFunc([]string{secret, basic, fmt.Sprintf("%x", secret)}, func(s string) bool { return strings.Contains(text, s) }); i >= 0 {
						t.Errorf("%s of a %T holds the credential: %s", verb, v, text)
					}
				}
				if text, err := json.Marshal(v); err == nil && (strings.Contains(string(text), secret) || strings.Contains(string(text), basic)) {
					t.Errorf("JSON of a %T holds the credential: %s", v, text)
				}
			}
		})
	}
	t.Cleanup(func() {
		if strings.Contains(log.String(), secret) || strings.Contains(log.String(), basic) || log.Len() == 0 {
			t.Errorf("the log holds the credential, or nothing: %s", log.String())
		}
	})
}

// locked is a writer for several goroutines.
type locked struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}
