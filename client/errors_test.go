package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/jira-integrations/go-sdk/client"
)

func TestErrorShapes(t *testing.T) {
	t.Parallel()
	var table []struct {
		reply
		Name     string            `json:"name"`
		Messages []string          `json:"messages"`
		Fields   map[string]string `json:"fields"`
		Code     string            `json:"code"`
		Reason   string            `json:"reason"`
		Trace    string            `json:"trace"`
		Line     string            `json:"line"`
		Kinds    []string          `json:"kinds"`
	}
	b, err := os.ReadFile("testdata/errors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &table); err != nil {
		t.Fatal(err)
	}
	for _, tt := range table {
		t.Run(tt.Name, func(t *testing.T) {
			t.Parallel()
			n := replies(tt.reply)
			c := newClient(t, n.transport(), client.WithRetry(client.RetryPolicy{Retries: -1}))
			r := client.NewRequest("Things.Get", http.MethodGet, "/things/{id}", "17").Query("jql", "private")
			err := c.Do(t.Context(), r, new(any))
			e := wantError(t, err)
			wantKinds(t, err, tt.Kinds...)
			want := &client.Error{
				Op: "Things.Get", Method: http.MethodGet, Path: "/things/{id}", Status: tt.Status,
				Messages: tt.Messages, Fields: tt.Fields, Code: tt.Code, Reason: tt.Reason, TraceID: tt.Trace,
			}
			ignore := cmp.Options{
				cmpopts.IgnoreUnexported(client.Error{}), cmpopts.EquateEmpty(),
				cmpopts.IgnoreFields(client.Error{}, "Body", "RetryAfter"),
			}
			if diff := cmp.Diff(want, e, ignore); diff != "" {
				t.Error(diff)
			}
			if tt.Fault == "" && string(e.Body) != tt.Body {
				t.Errorf("Body = %q, want it as received", e.Body)
			}
			line := err.Error()
			if tt.Line != "" && line != tt.Line {
				t.Errorf("Error() = %s\nwant      %s", line, tt.Line)
			}
			for _, leak := range []string{"private", "inner workings", "17"} {
				if strings.Contains(line, leak) {
					t.Errorf("Error() holds %q: %s", leak, line)
				}
			}
		})
	}
}

func TestErrorIsBounded(t *testing.T) {
	t.Parallel()
	n := &network{answer: func(int, *http.Request) (*http.Response, error) {
		return response(400, map[string]string{"Content-Type": "text/plain"}, io.NopCloser(io.LimitReader(endless("ä"), 100<<20))), nil
	}}
	e := wantError(t, newClient(t, n.transport()).Do(t.Context(), get(), nil))
	if len(e.Body) != 64<<10 || len(e.Error()) > 1000 || !utf8.ValidString(e.Error()) {
		t.Errorf("%d bytes of body, %d of text", len(e.Body), len(e.Error()))
	}
}

// Headers, too, may hold anything: bytes that are no text among it, of any number.
func TestErrorOfOddHeaders(t *testing.T) {
	t.Parallel()
	for _, odd := range []string{strings.Repeat("\x8e", 600), strings.Repeat("\xff", 600), strings.Repeat("ä\x8e", 300), strings.Repeat("€", 300)} {
		n := replies(status(400, "RateLimit-Reason", odd, "X-Failure-Category", odd, "Atl-Traceid", odd))
		e := wantError(t, newClient(t, n.transport()).Do(t.Context(), get(), nil))
		for _, text := range []string{e.Error(), e.Reason, e.TraceID} {
			if len(text) > 1000 || !utf8.ValidString(text) {
				t.Errorf("%.8q: %d bytes: %.100q", odd, len(text), text)
			}
		}
	}
}

// endless repeats itself.
type endless string

func (e endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		n += copy(p[n:], e)
	}
	return n, nil
}

// A network error tells what happened, but not the URL with its query.
func TestNetworkErrorText(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"refused", "dns", "reset", "eof"} {
		n := replies(reply{Fault: fault})
		c := newClient(t, n.transport(), client.WithRetry(client.RetryPolicy{Retries: -1}))
		err := c.Do(t.Context(), get().Query("jql", "private"), nil)
		if e := wantError(t, err); strings.Contains(e.Error(), "private") || strings.Contains(e.Error(), "https://") {
			t.Errorf("%s: %v", fault, err)
		}
	}
}

func TestInvalidAndAmbiguous(t *testing.T) {
	t.Parallel()
	err := client.Invalid("Issues.Create", "the project %q is unknown", "WEB")
	wantKinds(t, err, "invalid")
	if got, want := err.Error(), `Issues.Create: the project "WEB" is unknown`; got != want {
		t.Errorf("Error() = %s, want %s", got, want)
	}
	cause := errors.New("the connection was lost")
	err = client.Ambiguous("Issues.CreateOnce", cause)
	wantKinds(t, err, "ambiguous")
	if got, want := err.Error(), "Issues.CreateOnce: the outcome is unknown, look before sending it again: the connection was lost"; got != want {
		t.Errorf("Error() = %s, want %s", got, want)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
}

func TestInvalidFields(t *testing.T) {
	t.Parallel()
	cause := errors.New("has a blank")
	err := error(client.InvalidFields("Issues.Create", map[string]error{
		"summary": errors.New("is empty"), "labels": fmt.Errorf("a label %w", cause),
	}))
	e, ok := errors.AsType[*client.Error](err)
	if !ok || !errors.Is(err, client.ErrInvalid) || !errors.Is(err, cause) || errors.Is(err, client.ErrNotFound) {
		t.Fatalf("the error is a %T: %[1]v", err)
	}
	if diff := cmp.Diff(map[string]string{"summary": "is empty", "labels": "a label has a blank"}, e.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if got, want := err.Error(), "Issues.Create: labels: a label has a blank, summary: is empty"; got != want {
		t.Errorf("the error reads %q, want %q", got, want)
	}
}

func TestFailed(t *testing.T) {
	t.Parallel()
	err := error(client.Failed("Issues.CreateOnce", context.Canceled))
	if !errors.Is(err, context.Canceled) || errors.Is(err, client.ErrAmbiguous) || err.Error() != "Issues.CreateOnce: context canceled" {
		t.Errorf("the error is %v", err)
	}
}

// What is said once is not said again by the call around it.
func TestAmbiguousWithinAmbiguous(t *testing.T) {
	t.Parallel()
	err := client.Ambiguous("Issues.CreateOnce", errors.Join(client.Ambiguous("Issues.Create", io.ErrUnexpectedEOF), errors.New("search is away")))
	const want = "Issues.CreateOnce: Issues.Create: the outcome is unknown, look before sending it again: unexpected EOF search is away"
	if err.Error() != want || !errors.Is(err, client.ErrAmbiguous) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the error reads %q, want %q", err, want)
	}
}

// told is a BodyDecoder of an API that answers 200 to everything and tells of the status inside.
type told struct{ status int }

func (d told) DecodeBody(body []byte, done func()) error {
	defer done()
	return client.ErrorFrom(d.status, body)
}

// A failure inside of a success is as good as one outside, and knows what the call was.
func TestErrorFrom(t *testing.T) {
	t.Parallel()
	const body = `{"message":"not with ` + secret + `","code":"CO.7","errors":{"limit":"too high"}}`
	n := replies(reply{Status: 200, Header: map[string]string{"X-Request-Id": "t-1"}, Body: body})
	c := newClient(t, n.transport())
	err := c.Do(t.Context(), get(), told{403})
	wantKinds(t, err, "forbidden")
	e := wantError(t, err)
	want := &client.Error{
		Op: "Issues.Get", Method: http.MethodGet, Path: issuePath, Status: 403, Code: "CO.7", TraceID: "t-1",
		Messages: []string{"not with (credential)"}, Fields: map[string]string{"limit": "too high"},
		Body: []byte(strings.Replace(body, secret, "(credential)", 1)),
	}
	if diff := cmp.Diff(want, e, cmpopts.IgnoreUnexported(client.Error{})); diff != "" {
		t.Error(diff)
	}

	// A refusal is no unclear outcome; a failure of the server is one, inside as outside.
	wantKinds(t, c.Do(t.Context(), create(), told{400}), "invalid")
	wantKinds(t, c.Do(t.Context(), create(), told{502}), "ambiguous")
	wantSent(t, n, 3)
}

func TestUnauthorized(t *testing.T) {
	t.Parallel()
	n := replies(reply{Status: 400, Body: `{"message":"session expired"}`})
	err := newClient(t, n.transport()).Do(t.Context(), get(), new(issue))
	wantKinds(t, err, "invalid")
	wantKinds(t, wantError(t, err).Unauthorized(), "unauthorized")
	wantKinds(t, err, "invalid") // is what it was
}

func TestStatusFrom(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"401": 401, " 401 UNAUTHORIZED": 401, "UNAUTHORIZED": 401, "NON_AUTHORITATIVE_INFORMATION": 203, "Success": 200, "ok": 200,
		"": 0, "-1": 0, "FAILURE": 0, "{}": 0, "4o1": 0,
	} {
		if got := client.StatusFrom(text); got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
	}
}

// The reason is found inside of a wrapping too, if there is none outside.
func TestErrorFromWrapping(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"statusCode":"400","body":{"message":"inside"}}`:                     "inside",
		`{"statusCode":"400","body":"text"}`:                                   "text",
		`{"statusCode":"400","message":"outside","body":{"message":"inside"}}`: "outside",
	} {
		if got := strings.Join(client.ErrorFrom(400, []byte(body)).Messages, " "); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}
