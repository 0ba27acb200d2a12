package promises

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/internal/surface"
)

// patience ends calls that otherwise go on until their context is over. It passes in no time: by the clock of synctest.
const patience = 10 * time.Minute

// within calls an operation, which has some time.
func (a API[C]) within(t *testing.T, call reflect.Value, zeros bool) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return a.call(ctx, call, zeros)
}

// sentence wants an error that says what to do, and not by a panic.
func sentence(t *testing.T, what string, err error, want string) {
	t.Helper()
	if _, ok := errors.AsType[*panicked](err); ok || err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v, want %q", what, err, want)
	}
}

// A client that New has not made says so, whatever is asked of it.
func (a API[C]) zeroClients(t *testing.T) {
	const want = "was not made by New"
	n, zero := 0, new(C)
	more := a.more(zero)
	a.Operations(zero, func(name string, call reflect.Value) {
		n++
		if more[name] != nil {
			sentence(t, name+" of a zero client", a.Call(t.Context(), call), "") // which may say where to get what it works on
			return
		}
		sentence(t, name+" of a zero client", a.Call(t.Context(), call), want)
	})
	if n < 4 {
		t.Errorf("only %d operations were found", n)
	}
	for method := range reflect.TypeFor[*C]().Methods() {
		if call := reflect.ValueOf((*C)(nil)).MethodByName(method.Name); call.Type().NumIn() > 0 && call.Type().In(0) == contextType {
			sentence(t, method.Name+" of a nil client", a.Call(t.Context(), call), want)
		}
	}
}

// A context that is nil, or over, ends each operation before anything is sent.
func (a API[C]) contexts(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	c := a.client(t, answers(func(req *http.Request) (*http.Response, error) {
		t.Errorf("%s %s was sent all the same", req.Method, req.URL)
		return nil, errors.New("not sent")
	}))
	a.Operations(c, func(name string, call reflect.Value) {
		sentence(t, name+" with a nil context", a.Call(nil, call), "the context is nil") //nolint:staticcheck // on purpose
		if err := a.Call(over, call); !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a context that is over: %v", name, err)
		}
	})
}

// Nothing but zeros for arguments: each operation says what is missing, or what the server says.
func (a API[C]) zeroArguments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a.Operations(a.client(t, always(404, "{}")), func(name string, call reflect.Value) {
			if err := a.within(t, call, true); err == nil {
				t.Errorf("%s with zeros: no error", name)
			} else {
				noPanic(t, name+" with zeros", err)
			}
		})
	})
}

// An answer that has everything or nothing in it breaks no operation: not those that go on with what came either.
func (a API[C]) oddAnswers(t *testing.T) {
	for _, body := range []string{
		`{}`, `[]`, `null`, ``, ` `, `[null]`, `[[]]`, `[{}]`, `"x"`, `""`, `0`, `true`, `{"id":null,"values":null,"issues":null,"fields":null}`, `{"values":[null],"issues":[null]}`,
		`{"data":null}`, `{"data":{}}`, `{"data":[null]}`, `{"data":""}`, `{"body":null}`, `{"body":[null]}`, `{"body":{"data":[null]}}`, `{"statusCode":null,"body":""}`, `{"id":"good","values":[{}]}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			for _, status := range []int{200, 400} {
				a.Operations(a.client(t, always(status, body)), func(name string, call reflect.Value) {
					noPanic(t, fmt.Sprintf("%s to which %d %q was answered", name, status, body), a.within(t, call, false))
				})
			}
		})
	}
}

// fills says that a method is there to fill its receiver, or is called by net/http alone.
func fills(method string) bool {
	return strings.HasPrefix(method, "Unmarshal") || strings.HasPrefix(method, "Decode") || method == "ServeHTTP"
}

// No method of a nil pointer or a zero value panics, with whatever arguments, but for those that fill what is nil.
func (a API[C]) receivers(t *testing.T) {
	types := a.types(t)
	synctest.Test(t, func(t *testing.T) {
		for _, f := range surface.Exported(t, ".") {
			typ, ok := types[f.Receiver]
			switch {
			case f.Receiver == "":
				continue
			case !ok:
				t.Errorf("%s is not tried: add a %s to the Values of this test", f, f.Receiver)
				continue
			}
			for _, zeros := range []bool{false, true} {
				if f.Pointer && !fills(f.Name) {
					noPanic(t, "nil "+f.String(), a.within(t, reflect.Zero(reflect.PointerTo(typ)).MethodByName(f.Name), zeros))
				}
				if f.Name != "ServeHTTP" && (!zeros || strings.HasPrefix(f.Name, "Unmarshal")) {
					noPanic(t, "zero "+f.String(), a.within(t, reflect.New(typ).MethodByName(f.Name), zeros))
				}
			}
		}
	})
}

// types are those exported types of the package that the client leads to, and those of Values.
func (a API[C]) types(t *testing.T) map[string]reflect.Type {
	t.Helper()
	found, seen := map[string]reflect.Type{}, map[reflect.Type]bool{}
	of := reflect.TypeFor[C]().PkgPath()
	var walk func(reflect.Type)
	walk = func(t reflect.Type) {
		if seen[t] || t.PkgPath() != "" && t.PkgPath() != of {
			return
		}
		seen[t] = true
		if t.PkgPath() == of {
			if name, _, _ := strings.Cut(t.Name(), "["); token.IsExported(name) {
				found[name] = t
			}
			for method := range reflect.PointerTo(t).Methods() {
				walk(method.Type)
			}
		}
		switch t.Kind() {
		case reflect.Map:
			walk(t.Key())
			walk(t.Elem())
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
			walk(t.Elem())
		case reflect.Struct:
			for field := range t.Fields() {
				walk(field.Type)
			}
		case reflect.Func:
			for in := range t.Ins() {
				walk(in)
			}
			for out := range t.Outs() {
				walk(out)
			}
		default: // leads nowhere
		}
	}
	walk(reflect.TypeFor[*C]())
	for _, v := range a.values(a.client(t, always(404, "{}"))) {
		walk(v.Type())
	}
	return found
}

func (a API[C]) values(c *C) (values []reflect.Value) {
	if a.Values != nil {
		for _, v := range a.Values(c) {
			values = append(values, reflect.ValueOf(v))
		}
	}
	return values
}

// A client, its services and what it hands out may be used by any number of goroutines, and so may a value that nobody
// changes. The race detector watches.
func (a API[C]) concurrentUse(t *testing.T) {
	types := a.types(t)
	synctest.Test(t, func(t *testing.T) {
		c := a.client(t, always(404, "{}"))
		values := a.values(c)
		for name, typ := range types {
			if typ != reflect.TypeFor[C]() && !strings.HasSuffix(name, "Service") {
				values = append(values, reflect.New(typ))
			}
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				a.Operations(c, func(name string, call reflect.Value) {
					if err := a.within(t, call, false); err == nil {
						t.Errorf("%s: no error though every answer is 404", name)
					} else {
						noPanic(t, name, err)
					}
				})
				for _, v := range values {
					for m := range v.NumMethod() {
						if method := v.Type().Method(m); !fills(method.Name) {
							noPanic(t, v.Type().String()+"."+method.Name, a.within(t, v.Method(m), false))
						}
					}
				}
			})
		}
		wg.Wait()
	})
}
