// Package promises holds what every API package of this module promises, whatever its API: that bad use and bad answers are
// errors that say what to do, and never a panic; that everything may be used by several goroutines; and that no credential
// turns up in what is printed. It goes over the client of a package by reflection, so that what joins the package joins its
// tests.
package promises

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// API is an API package: how its client is made, and what reflection does not see. Only New and Documents must be given.
type API[C any] struct {
	// New makes a client.
	New func(client.Auth, ...client.Option) (*C, error)
	// Documents is the pattern of the names of the API's OpenAPI documents.
	Documents string
	// Loose are the operations whose schema says less than it means: they may refuse what is valid by it.
	Loose []string
	// Auths are the package's own kinds of credentials, made of a secret.
	Auths func(secret string) map[string]client.Auth
	// Good are arguments, by their types, where a zero would be refused. A variadic parameter is left out unless it is here.
	Good func() []any
	// More are calls that need more than a method and arguments by type. They replace methods of the same name.
	More func(*C) map[string]func(context.Context) error
	// Values are of those exported types that do not appear in the signatures of the client and its services. Those that may
	// be used by several goroutines come as they are used, the others as zeros.
	Values func(*C) []any
	// Functions are made to fail, by a client whose every answer is 400. Nil is for one that mentions errors, but has none.
	Functions func(*C) map[string]func() error
}

// Test tries everything that is promised, but for [API.FuzzResponses].
func (a API[C]) Test(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"zero clients": a.zeroClients, "contexts": a.contexts, "zero arguments": a.zeroArguments, "odd answers": a.oddAnswers,
		"receivers": a.receivers, "concurrent use": a.concurrentUse, "once more": a.onceMore,
		"canary of operations": a.canaryOfOperations, "canary of faults": a.canaryOfFaults, "canary of functions": a.canaryOfFunctions,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

var contextType = reflect.TypeFor[context.Context]()

// Operations calls f for all that sends something, by name: the methods of c and of its services that take a context, and
// More.
func (a API[C]) Operations(c *C, f func(name string, call reflect.Value)) {
	more := a.more(c)
	for _, name := range a.names() {
		f(name, a.operation(c, more, name))
	}
}

func (a API[C]) more(c *C) map[string]func(context.Context) error {
	if a.More == nil {
		return nil
	}
	return a.More(c)
}

// names lists the operations.
func (a API[C]) names() []string {
	more := a.more(new(C))
	names := slices.Collect(maps.Keys(more))
	add := func(prefix string, t reflect.Type) {
		for m := range t.Methods() {
			if name := prefix + m.Name; m.Type.NumIn() > 1 && m.Type.In(1) == contextType && more[name] == nil {
				names = append(names, name)
			}
		}
	}
	add("Client.", reflect.TypeFor[*C]())
	for field := range reflect.TypeFor[C]().Fields() {
		if field.IsExported() {
			add(field.Name+".", field.Type)
		}
	}
	slices.Sort(names)
	return names
}

// Operation is an operation of c, by its name.
func (a API[C]) Operation(c *C, name string) reflect.Value { return a.operation(c, a.more(c), name) }

func (a API[C]) operation(c *C, more map[string]func(context.Context) error, name string) reflect.Value {
	if call := more[name]; call != nil {
		return reflect.ValueOf(call)
	}
	service, method, _ := strings.Cut(name, ".")
	v := reflect.ValueOf(c)
	if service != "Client" {
		v = v.Elem().FieldByName(service)
	}
	return v.MethodByName(method)
}

// Call calls an operation with arguments that it may well have, and reads an iterator to its end. A panic is an error.
func (a API[C]) Call(ctx context.Context, call reflect.Value) error { return a.call(ctx, call, false) }

// enough is when an iterator is left: a server may well send items for ever.
const enough = 100

func (a API[C]) call(ctx context.Context, call reflect.Value, zeros bool) (err error) {
	defer recovered(&err)
	for _, out := range call.Call(a.arguments(ctx, call.Type(), zeros)) {
		switch {
		case out.Kind() == reflect.Func && out.Type().CanSeq2() && !out.IsNil():
			_, _, err = read(out, enough)
		case out.Type() == reflect.TypeFor[error]() && !out.IsNil():
			err, _ = reflect.TypeAssert[error](out)
		}
	}
	return err
}

// read returns the first item of an iterator as it is printed, how many times it yielded, and its last error.
func read(list reflect.Value, most int) (first string, n int, err error) {
	for item, second := range list.Seq2() {
		if failed, ok := reflect.TypeAssert[error](second); ok {
			err = failed
		} else if n == 0 {
			first = printed(item)
		}
		if n++; n >= most {
			break
		}
	}
	return first, n, err
}

// arguments are what an operation is called with: good values, or nothing but zeros beside the context.
func (a API[C]) arguments(ctx context.Context, t reflect.Type, zeros bool) []reflect.Value {
	var good []any
	if a.Good != nil {
		good = a.Good()
	}
	var args []reflect.Value
	for i := range t.NumIn() {
		in := t.In(i)
		variadic := t.IsVariadic() && i == t.NumIn()-1
		if variadic {
			in = in.Elem()
		}
		at := slices.IndexFunc(good, func(v any) bool { return reflect.TypeOf(v) == in })
		if variadic && at < 0 {
			continue
		}
		arg := reflect.New(in).Elem()
		switch {
		case in == contextType:
			if ctx != nil {
				arg.Set(reflect.ValueOf(ctx))
			}
		case zeros:
		case at >= 0:
			arg.Set(reflect.ValueOf(good[at]))
		default:
			arg.Set(usual(in))
		}
		args = append(args, arg)
	}
	return args
}

// usual is a value for an argument of a type that no package has for itself.
func usual(t reflect.Type) reflect.Value {
	switch {
	case t == reflect.TypeFor[io.Writer]():
		return reflect.ValueOf(io.Discard)
	case t == reflect.TypeFor[io.Reader]():
		return reflect.ValueOf(strings.NewReader("x"))
	case t == reflect.TypeFor[*client.Request]():
		return reflect.ValueOf(client.NewRequest("Op", http.MethodGet, "/x"))
	case t == reflect.TypeFor[[]byte]():
		return reflect.ValueOf([]byte("x"))
	case t.Kind() == reflect.String:
		return reflect.ValueOf("good").Convert(t)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.String:
		return reflect.Append(reflect.Zero(t), reflect.ValueOf("good").Convert(t.Elem()))
	case t.Kind() == reflect.Func:
		return reflect.MakeFunc(t, func([]reflect.Value) (outs []reflect.Value) {
			for out := range t.Outs() {
				outs = append(outs, reflect.Zero(out))
			}
			return outs
		})
	}
	return reflect.Zero(t)
}

// panicked is the error that a panic is.
type panicked struct {
	value any
	stack string
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

func recovered(err *error) {
	if v := recover(); v != nil {
		_, stack, _ := strings.Cut(string(debug.Stack()), "\npanic(")
		*err = &panicked{v, stack[:min(len(stack), 800)]}
	}
}

// noPanic reports a panic.
func noPanic(t *testing.T, what string, err error) {
	t.Helper()
	if p, ok := errors.AsType[*panicked](err); ok {
		t.Errorf("%s: %v", what, p)
	}
}

// answers is a transport that answers by itself.
type answers func(*http.Request) (*http.Response, error)

// RoundTrip implements [http.RoundTripper].
func (f answers) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_, _ = io.Copy(io.Discard, req.Body)
		_ = req.Body.Close()
	}
	return f(req)
}

// takeTime lets a second pass before an answer, by the clock of synctest: without it no time would ever pass for a call that
// goes on and on, and its context would not end.
func takeTime(req *http.Request) error {
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-req.Context().Done():
		return req.Context().Err()
	}
}

// always answers the same.
func always(status int, body string) answers {
	return func(req *http.Request) (*http.Response, error) {
		if err := takeTime(req); err != nil {
			return nil, err
		}
		h := http.Header{"Content-Type": {"application/json"}}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1, Request: req}, nil
	}
}

// client returns a client without retries.
func (a API[C]) client(tb testing.TB, rt http.RoundTripper, opts ...client.Option) *C {
	tb.Helper()
	c, err := a.New(client.Bearer("token"), append([]client.Option{client.WithTransport(rt), client.WithRetry(client.RetryPolicy{Retries: -1})}, opts...)...)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}
