package jira_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/internal/promises"
	"github.com/jira-integrations/go-sdk/jira"
)

// hostile are path parts that must not reach another endpoint.
var hostile = []string{
	"X-1/../../project/PROD", "..", ".", "../..", "%2e%2e", "%2E.", "%252e%252e", "%25252e%25252e", "..%2f..%2fproject", "a\nb", "a\r\nHost: x", "a\x00b",
	"", " ", "\t", "/", "//", `\..\..`, "?x=1", "X-1?expand=names", "X-1#", "X-1;a=b", "%", "%zz", "%2", "{issueIdOrKey}", "ä\u202e", "\xff",
	strings.Repeat("x", 10<<10), "X-1%00", "X-1%0a", "....//", "..;", "*", "@me", "a&b=c", "a+b",
}

// log keeps the requests of one call with the templates of their paths.
type log struct {
	mu     sync.Mutex
	sent   []string // escaped paths
	events []client.Event
}

func (l *log) RoundTrip(req *http.Request) (*http.Response, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, req.URL.EscapedPath())
	return &http.Response{StatusCode: http.StatusNotFound, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
}

func (l *log) hook(e client.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
}

// services calls f for each method of each service that sends something.
func services(jc *jira.Client, f func(name string, method reflect.Value)) {
	promises.API[jira.Client]{}.Operations(jc, func(name string, method reflect.Value) {
		if !strings.HasPrefix(name, "Client.") {
			f(name, method)
		}
	})
}

// call calls a method with the n-th of its strings replaced. It reads an iterator to its end. ok is false when the method
// has no such string.
func call(ctx context.Context, method reflect.Value, n int, value string) (ok bool, err error) {
	t := method.Type()
	var args []reflect.Value
	for i := range t.NumIn() {
		in := t.In(i)
		arg := reflect.Zero(in)
		switch {
		case i == 0:
			arg = reflect.ValueOf(ctx)
		case t.IsVariadic() && i == t.NumIn()-1 && in.Elem() == reflect.TypeFor[jira.Upload]():
			arg = reflect.ValueOf(jira.UploadReader("f", strings.NewReader("x")))
		case t.IsVariadic() && i == t.NumIn()-1:
			continue
		case in.Kind() == reflect.String && n == 0:
			arg, n, ok = reflect.ValueOf(value).Convert(in), -1, true
		case in.Kind() == reflect.String:
			arg, n = reflect.ValueOf("good").Convert(in), n-1
		case in.Kind() == reflect.Interface && in.Name() == "Writer":
			arg = reflect.ValueOf(new(strings.Builder))
		case in.Kind() == reflect.Slice && in.Elem().Kind() == reflect.String:
			arg = reflect.ValueOf([]string{"good"})
		case in == reflect.TypeFor[jira.IssueUpdate]():
			arg = reflect.ValueOf(jira.IssueUpdate{Summary: new("s")})
		case in == reflect.TypeFor[jira.IssueInput]():
			arg = reflect.ValueOf(minimal())
		}
		args = append(args, arg)
	}
	for _, out := range method.Call(args) {
		switch {
		case out.Kind() == reflect.Func: // an iterator
			for _, e := range out.Seq2() {
				if !e.IsNil() {
					err = e.Interface().(error)
				}
			}
		case out.Type() == reflect.TypeFor[error]() && !out.IsNil():
			err = out.Interface().(error)
		}
	}
	return ok, err
}

func TestHostilePathParts(t *testing.T) {
	t.Parallel()
	parts := 0
	services(newClient(t, &log{}), func(name string, method reflect.Value) {
		for n := 0; ; n++ {
			if ok, _ := call(t.Context(), method, n, "good"); !ok {
				return
			}
			parts++
			for _, value := range hostile {
				l := &log{}
				method := promises.API[jira.Client]{}.Operation(newClient(t, l, client.WithHook(l.hook)), name)
				_, err := call(t.Context(), method, n, value)
				l.check(t, name, n, value, err)
			}
		}
	})
	if parts < 50 {
		t.Errorf("only %d arguments were tried", parts)
	}
}

// check wants that nothing was sent or that the path has the segments of its template.
func (l *log) check(t *testing.T, name string, n int, value string, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s, string %d, %.40q: no error though every answer is 404", name, n, value)
	}
	if len(l.sent) == 0 {
		if !errors.Is(err, client.ErrInvalid) {
			t.Errorf("%s, string %d, %.40q: nothing was sent, and the error is %v", name, n, value, err)
		}
		return
	}
	for i, path := range l.sent {
		template := strings.Split(l.events[i].Path, "/")
		segments := strings.Split(path, "/")
		if len(segments) != len(template) {
			t.Errorf("%s, string %d, %.40q: sent to %.80s", name, n, value, path)
			continue
		}
		hit := false
		for j, segment := range segments {
			plain, err := url.PathUnescape(segment)
			switch {
			case err != nil || strings.ContainsAny(segment, "?#;\\") || strings.ToLower(strings.ReplaceAll(plain, "%2e", ".")) == "..":
				t.Errorf("%s, string %d, %.40q: segment %.80q", name, n, value, segment)
			case !strings.HasPrefix(template[j], "{"):
				if segment != template[j] {
					t.Errorf("%s, string %d, %.40q: sent to %.80s", name, n, value, path)
				}
			case plain == value:
				hit = true
			case plain != "good" && plain != "0":
				t.Errorf("%s, string %d, %.40q: segment %.80q holds another value", name, n, value, segment)
			}
		}
		if hit && (strings.TrimSpace(value) == "" || len(value) > 1024) {
			t.Errorf("%s, string %d, %.40q: sent in the path", name, n, value)
		}
	}
}

// An empty path part is refused by each operation, whatever else it is given.
func TestEmptyPathParts(t *testing.T) {
	t.Parallel()
	l := &log{}
	services(newClient(t, l, client.WithHook(l.hook)), func(name string, method reflect.Value) {
		l.sent, l.events = nil, nil
		if ok, _ := call(t.Context(), method, 0, ""); ok && len(l.sent) > 0 && strings.Contains(l.events[0].Path, "{") {
			t.Errorf("%s was sent to %s", name, l.sent[0])
		}
	})
}
