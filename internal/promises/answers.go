package promises

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/internal/specs"
)

// described are the operations of the documents that answer something.
func (a API[C]) described(tb testing.TB) []specs.Operation {
	tb.Helper()
	all, err := specs.Read(a.Documents)
	all = slices.DeleteFunc(all, func(op specs.Operation) bool { return op.Answer == nil || op.Service == "" || op.Name == "" })
	if err != nil || len(all) == 0 {
		tb.Fatal(len(all), err)
	}
	return all
}

// methods lists what sends an operation of the documents: its method, the one for a page of it, and that for all pages.
func (a API[C]) methods(tb testing.TB, op specs.Operation) []string {
	tb.Helper()
	methods := slices.DeleteFunc(a.names(), func(name string) bool {
		service, of, _ := strings.Cut(name, ".")
		return service != op.Service || !strings.EqualFold(of, op.Name) && !strings.EqualFold(of, op.Name+"Page") && !strings.EqualFold(of+"Page", op.Name)
	})
	if len(methods) == 0 {
		tb.Errorf("%s.%s is no method", op.Service, op.Name)
	}
	return methods
}

// valid makes up an answer that is valid by the schema of an operation.
func valid(op specs.Operation, seed uint64) any {
	return op.Answer.Random(rand.New(rand.NewPCG(seed, 1))) // #nosec G404 -- on purpose
}

// FuzzResponses answers each operation with what its schema allows, made up by chance and then changed by some bytes. What
// is valid is read; what is not is an error or is read, and never a panic, nor does it take for ever.
func (a API[C]) FuzzResponses(f *testing.F) {
	ops := a.described(f)
	for i := range ops {
		f.Add(uint16(i), uint64(i), []byte(nil))                  // #nosec G115 -- a few hundred
		f.Add(uint16(i), uint64(i), []byte{0, 10, 4, 100})        // #nosec G115
		f.Add(uint16(i), uint64(i), []byte{byte(4 * i), byte(i)}) // #nosec G115
	}
	f.Fuzz(func(t *testing.T, which uint16, seed uint64, how []byte) {
		op := ops[int(which)%len(ops)]
		body := specs.Mutate(valid(op, seed), how[:min(len(how), 64)])
		synctest.Test(t, func(t *testing.T) {
			c := a.client(t, always(200, body), client.WithPrefetch(0))
			for _, name := range a.methods(t, op) {
				err := a.within(t, a.Operation(c, name), false)
				noPanic(t, name+" to which was answered "+body, err)
				if err != nil && len(how) < 2 && !slices.Contains(a.Loose, name) && strings.Contains(err.Error(), "cannot be decoded") {
					t.Errorf("%s refuses a valid answer: %v\n%s", name, err, body)
				}
			}
		})
	})
}

// A call after an error is a new one, with the outcome that it would have had. An iterator that was left, or that failed,
// begins anew when it is ranged over again.
func (a API[C]) onceMore(t *testing.T) {
	lists, read := 0, 0
	for _, op := range a.described(t) {
		for _, name := range a.methods(t, op) {
			isList, yielded := false, false
			for seed := uint64(1); seed < 3 || isList && !yielded && seed < 100; seed++ {
				text, err := json.Marshal(valid(op, seed))
				if err != nil {
					t.Fatal(err)
				}
				synctest.Test(t, func(t *testing.T) {
					isList, yielded = a.callAgain(t, name, string(text))
				})
			}
			if isList {
				lists++
			}
			if yielded {
				read++
			}
		}
	}
	if lists > 0 && read < (lists+1)/2 {
		t.Errorf("only %d of %d lists had an item", read, lists)
	}
}

// callAgain reports whether an operation is a list, and whether that yields something with an answer.
func (a API[C]) callAgain(t *testing.T, name, body string) (isList, yielded bool) {
	t.Helper()
	answer := always(200, body)
	switching := answers(func(req *http.Request) (*http.Response, error) { return answer(req) })
	fresh, used := a.client(t, always(200, body)), a.client(t, switching)
	want := a.within(t, a.Operation(fresh, name), false)

	answer = always(404, "{}")
	if err := a.within(t, a.Operation(used, name), false); err == nil {
		t.Errorf("%s: no error though the answer is 404", name)
	}
	answer = always(200, body)
	if got := a.within(t, a.Operation(used, name), false); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s after an error: %v, and without one: %v\n%s", name, got, want, body)
	}

	call := a.Operation(used, name)
	if call.Type().NumOut() != 1 || !call.Type().Out(0).CanSeq2() {
		return false, false
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	list := call.Call(a.arguments(ctx, call.Type(), false))[0]
	first, _, err := read(list, 1)
	for range 2 {
		if again, _, failed := read(list, 1); again != first || fmt.Sprint(failed) != fmt.Sprint(err) {
			t.Errorf("%s begins with %s, %v, and when it is ranged over again with %s, %v", name, first, err, again, failed)
		}
	}
	answer = always(404, "{}")
	for range 2 {
		if item, n, err := read(list, enough); n != 1 || item != "" || err == nil {
			t.Errorf("%s to which 404 is answered: %s, %v, and %d turns", name, item, err, n)
		}
	}
	return true, first != ""
}

// printed is an item in a form that can be compared.
func printed(v reflect.Value) string {
	text, err := json.Marshal(v.Interface())
	if err != nil {
		return fmt.Sprintf("%v", v)
	}
	return string(text)
}
