package client_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/internal/surface"
)

// functions are the exported functions.
var functions = map[string]any{
	"BasicAuth": client.BasicAuth, "Bearer": client.Bearer, "APIKey": client.APIKey, "New": client.New, "CloudID": client.CloudID, "IsCloudID": client.IsCloudID,
	"IDs": client.IDs[int], "Invalid": client.Invalid, "InvalidFields": client.InvalidFields, "ErrorFrom": client.ErrorFrom, "StatusFrom": client.StatusFrom,
	"Failed": client.Failed, "Ambiguous": client.Ambiguous, "Misfit": client.Misfit, "Sleep": client.Sleep, "NewRequest": client.NewRequest,
	"WithGateway": client.WithGateway, "WithBaseURL": client.WithBaseURL, "WithTransport": client.WithTransport, "WithRetry": client.WithRetry, "WithTimeout": client.WithTimeout,
	"WithUserAgent": client.WithUserAgent, "WithMaxResponse": client.WithMaxResponse, "WithPrefetch": client.WithPrefetch, "WithMaxConcurrency": client.WithMaxConcurrency,
	"WithRateLimit": client.WithRateLimit, "WithLogger": client.WithLogger, "WithHook": client.WithHook, "WithInsecureHTTP": client.WithInsecureHTTP,
	"Iterate": client.Iterate[int, int], "Slice": client.Slice[int], "Pointers": client.Pointers[int], "OffsetPage": client.OffsetPage[int], "CappedPage": client.CappedPage[int],
	"WindowPage": client.WindowPage[int], "CursorPage": client.CursorPage[int], "TokenPage": client.TokenPage[int], "SectionPage": client.SectionPage[int], "LinkPage": client.LinkPage[int],
	"SameJSON": client.SameJSON, "ParseTime": client.ParseTime, "Unmarshal": client.Unmarshal, "UnmarshalLoose": client.UnmarshalLoose, "Allowance": client.Allowance,
	"TooMuch": client.TooMuch, "Fits": client.Fits, "UnmarshalWithin": client.UnmarshalWithin,
}

// receivers are of the types that have exported methods, nothing in them or nothing at all. Into a nil ID or Time nobody
// decodes.
var receivers = []any{
	new(client.Client), (*client.Client)(nil), new(client.Request), (*client.Request)(nil), new(client.Error), (*client.Error)(nil),
	new(client.Creation[int]), new(client.ID), new(client.Time), new(client.Blind), (*client.Blind)(nil),
}

// No exported function panics for what was forgotten, be it everything. The list is held against the source.
func TestNothingGiven(t *testing.T) {
	t.Parallel()
	tried := map[string]func(tail []reflect.Value){}
	add := func(name string, f reflect.Value) {
		tried[name] = func(tail []reflect.Value) {
			var args []reflect.Value
			for i := range f.Type().NumIn() {
				if in := f.Type().In(i); !f.Type().IsVariadic() || i < f.Type().NumIn()-1 {
					args = append(args, reflect.Zero(in))
				} else if tail != nil {
					args = append(args, reflect.Zero(in.Elem()))
				}
			}
			f.Call(args)
		}
	}
	own := map[string]bool{}
	for _, f := range surface.Exported(t, ".") {
		own[f.String()] = f.Name != "Format" // which is fmt's to call
	}
	for name, f := range functions {
		add(name, reflect.ValueOf(f))
	}
	for _, receiver := range receivers {
		v := reflect.ValueOf(receiver)
		name, _, _ := strings.Cut(v.Type().Elem().Name(), "[")
		for i := range v.NumMethod() {
			method := name + "." + v.Type().Method(i).Name
			switch {
			case !own[method]:
			case v.IsNil():
				add("nil "+method, v.Method(i))
			default:
				add(method, v.Method(i))
			}
		}
	}
	for name, call := range tried {
		for _, tail := range [][]reflect.Value{nil, {}} {
			func() {
				defer func() {
					if v := recover(); v != nil {
						t.Errorf("%s panics: %v", name, v)
					}
				}()
				call(tail)
			}()
		}
	}
	for name, due := range own {
		if due && tried[name] == nil {
			t.Errorf("%s is not tried", name)
		}
	}
	for _, v := range receivers {
		if text := fmt.Sprintf("%v %+v %#v", v, v, v); strings.Contains(text, "PANIC") {
			t.Errorf("a %T prints as %s", v, text)
		}
	}
}

// A parameter of which a part is nil cannot be written; the call says so.
func TestNilInParameters(t *testing.T) {
	t.Parallel()
	n := replies(ok("{}"))
	c := newClient(t, n.transport())
	for _, value := range []any{
		[]any{nil},
		[]*int{nil},
		[]*client.Time{nil},
		[]error{nil},
		[]any{(*int)(nil)},
		map[string]*int{"a": nil},
		map[string]any{"a": nil},
		struct{ A any }{},
		&struct{ A any }{}, new(*int), new(*client.Time),
		[][]int{nil},
		func() {}, make(chan int), math.NaN,
	} {
		for name, r := range map[string]*client.Request{
			"required": get().Require("a", value),
			"in path":  client.NewRequest("Op", "GET", "/x/{a}", value),
			"optional": get().Query("a", []any{value}),
		} {
			err := c.Do(t.Context(), r, nil)
			if !errors.Is(err, client.ErrInvalid) || !strings.Contains(err.Error(), "a ") {
				t.Errorf("%s %T: %v", name, value, err)
			}
		}
	}
	wantKinds(t, c.Do(t.Context(), get().Require("at", (*client.Time)(nil)), nil), "invalid")
	wantSent(t, n, 0)
}

// A chain that begins with no request ends with a sentence; so does a creation that cannot be run.
func TestNilChains(t *testing.T) {
	t.Parallel()
	n := replies(ok("{}"))
	c := newClient(t, n.transport())
	var none *client.Request
	chain := none.Query("a", 1).Require("a", 1).Header("A", "1").RequireHeader("A", "1").JSON(1).Stream(nil).Safe().Once().Removes().Expects("a").Scopes("a").Clone()
	if err := c.Do(t.Context(), chain, nil); !errors.Is(err, client.ErrInvalid) || !strings.Contains(err.Error(), "not made by NewRequest") {
		t.Error(err)
	}
	whole := client.Creation[int]{
		Op: "Things.Create", Client: c, Key: 1,
		Send: func(context.Context) (*int, error) { return new(1), nil }, ID: func(*int) string { return "1" },
		Look: func(context.Context) ([]string, error) { return nil, nil }, Get: func(context.Context, string) (*int, error) { return new(1), nil },
	}
	if _, err := whole.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		spoil func(*client.Creation[int])
		want  string
	}{
		"no Client":       {func(c *client.Creation[int]) { c.Client = nil }, "not made by New"},
		"no Send":         {func(c *client.Creation[int]) { c.Send = nil }, "Send"},
		"no ID":           {func(c *client.Creation[int]) { c.ID = nil }, "ID"},
		"no Look":         {func(c *client.Creation[int]) { c.Look = nil }, "Look"},
		"no Get":          {func(c *client.Creation[int]) { c.Get = nil }, "Get"},
		"Key of a slice":  {func(c *client.Creation[int]) { c.Key = []int{1} }, "Key"},
		"Key with a list": {func(c *client.Creation[int]) { c.Key = [1]any{[]int{1}} }, "Key"},
	} {
		broken := whole
		tt.spoil(&broken)
		_, err := broken.Run(t.Context())
		if !errors.Is(err, client.ErrInvalid) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), whole.Op) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := whole.Run(nil); err == nil || !strings.Contains(err.Error(), "the context is nil") { //nolint:staticcheck // on purpose
		t.Error(err)
	}
	if err := client.Sleep(nil, 1); err == nil || !strings.Contains(err.Error(), "the context is nil") { //nolint:staticcheck // on purpose
		t.Error(err)
	}
	if err := client.UnmarshalWithin([]byte("{}"), new(any), nil); err == nil || !strings.Contains(err.Error(), "allowance") {
		t.Error(err)
	}
	broken := errors.New("too long")
	if err := client.InvalidFields("Op", map[string]error{"a": nil, "b": broken}); !errors.Is(err, broken) || len(err.Fields) != 1 || strings.Contains(err.Error(), "nil") {
		t.Error(err)
	}
	if rejected := (*client.Error)(nil).Unauthorized(); !errors.Is(rejected, client.ErrUnauthorized) {
		t.Error(rejected)
	}
	wantSent(t, n, 0)
}
