package currents_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/internal/specs"
	"github.com/jira-integrations/go-sdk/internal/surface"
)

// operations calls f for each method that sends something, those of the client itself included.
func operations(cc *currents.Client, f func(name string, method reflect.Value)) {
	each := func(prefix string, v reflect.Value) {
		for m := range v.NumMethod() {
			if t := v.Method(m).Type(); t.NumIn() > 0 && t.In(0) == reflect.TypeFor[context.Context]() {
				f(prefix+v.Type().Method(m).Name, v.Method(m))
			}
		}
	}
	each("Client.", reflect.ValueOf(cc))
	v := reflect.ValueOf(cc).Elem()
	for i := range v.NumField() {
		if field := v.Type().Field(i); field.IsExported() {
			each(field.Name+".", v.Field(i))
		}
	}
}

// invoke calls a method with good arguments, but for the context, and reads an iterator to its end. A panic is an error.
func invoke(ctx context.Context, method reflect.Value) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{v}
		}
	}()
	t := method.Type()
	args := make([]reflect.Value, t.NumIn())
	for i := range args {
		in := t.In(i)
		args[i] = reflect.New(in).Elem()
		switch {
		case in == reflect.TypeFor[context.Context]() && ctx != nil:
			args[i].Set(reflect.ValueOf(ctx))
		case in == reflect.TypeFor[currents.IssueInput]():
			args[i].Set(reflect.ValueOf(issueInput()))
		case in == reflect.TypeFor[currents.LinkInput]():
			args[i].Set(reflect.ValueOf(linkInput()))
		case in == reflect.TypeFor[*client.Request]():
			args[i].Set(reflect.ValueOf(client.NewRequest("Op", http.MethodGet, "/x")))
		case in == reflect.TypeFor[*currents.Run]():
			args[i].Set(reflect.ValueOf(&currents.Run{}))
		case in.Kind() == reflect.String:
			args[i].SetString("good")
		}
	}
	send := method.Call
	if t.IsVariadic() {
		send = method.CallSlice
	}
	for _, out := range send(args) {
		switch {
		case out.Kind() == reflect.Func && out.Type().CanSeq2():
			n := 0
			for _, e := range out.Seq2() {
				if last, ok := reflect.TypeAssert[error](e); ok {
					err = last
				}
				if n++; n == 100 {
					break
				}
			}
		case out.Type() == reflect.TypeFor[error]() && !out.IsNil():
			err = out.Interface().(error)
		}
	}
	return err
}

type panicked struct{ value any }

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

func said(t *testing.T, name string, err error, want string) {
	t.Helper()
	if _, ok := errors.AsType[*panicked](err); ok || err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v, want %q", name, err, want)
	}
}

type answers func(*http.Request) (*http.Response, error)

func (f answers) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	return f(req)
}

func text(status int, body string) answers {
	return func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1, Request: req}, nil
	}
}

// What New has not made, a nil context and one that is over: each is an error, before anything is sent.
func TestForgotten(t *testing.T) {
	t.Parallel()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	cc := newClient(t, answers(func(*http.Request) (*http.Response, error) {
		t.Error("sent all the same")
		return nil, errors.New("no")
	}))
	n := 0
	operations(&currents.Client{}, func(name string, method reflect.Value) {
		if n++; name != "Client.FailedTestsOf" {
			said(t, name+" of a zero client", invoke(t.Context(), method), "was not made by New")
		}
	})
	operations(cc, func(name string, method reflect.Value) {
		if name == "Client.FailedTestsOf" {
			return // needs a run to send anything
		}
		said(t, name+" with a nil context", invoke(nil, method), "the context is nil") //nolint:staticcheck // on purpose
		if err := invoke(over, method); !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a context that is over: %v", name, err)
		}
	})
	var nobody *currents.Client
	said(t, "nil client", nobody.Do(t.Context(), client.NewRequest("Op", "GET", "/x"), nil), "was not made by New")
	run := &currents.Run{RunID: "r", Specs: []currents.RunSpec{{InstanceID: "i"}}}
	for name, list := range map[string]func(func(*currents.FailedTest, error) bool){
		"nil client":  nobody.FailedTests(t.Context(), "r"),
		"zero client": new(currents.Client).FailedTests(t.Context(), "r"),
	} {
		for _, err := range list {
			said(t, name, err, "was not made by New")
		}
	}
	for _, err := range cc.FailedTestsOf(nil, run) { //nolint:staticcheck // on purpose
		said(t, "failed tests with a nil context", err, "the context is nil")
	}
	for _, err := range nobody.FailedTestsOf(t.Context(), run) {
		said(t, "failed tests of a nil client", err, "was not made by New")
	}
	if n < 13 {
		t.Errorf("only %d methods were called", n)
	}
}

// No method of a nil or zero value panics, but for those that fill it.
func TestNilReceivers(t *testing.T) {
	t.Parallel()
	types := map[string]reflect.Type{}
	for _, v := range []any{
		(*currents.Client)(nil), (*currents.FailedTest)(nil), (*currents.SpecError)(nil), (*currents.IssueType)(nil), (*currents.Test)(nil),
		(*currents.Instance)(nil), (*currents.NextPage)(nil), (*currents.Framework)(nil), (*currents.JiraProjectPage)(nil), (*currents.IssueTypePage)(nil),
		(*currents.Cancellation)(nil), (*currents.ProjectsService)(nil), (*currents.RunsService)(nil), (*currents.InstancesService)(nil),
		(*currents.TestResultsService)(nil), (*currents.SignaturesService)(nil), (*currents.JiraService)(nil),
	} {
		types[reflect.TypeOf(v).Elem().Name()] = reflect.TypeOf(v)
	}
	for _, f := range surface.Exported(t, ".") {
		if !f.Pointer || strings.HasPrefix(f.Name, "Unmarshal") {
			continue
		}
		typ, ok := types[f.Receiver]
		if !ok {
			t.Errorf("%s is not tried: add a nil *%s to this test", f, f.Receiver)
			continue
		}
		for what, v := range map[string]reflect.Value{"nil": reflect.Zero(typ), "zero": reflect.New(typ.Elem())} {
			if p, ok := errors.AsType[*panicked](invoke(t.Context(), v.MethodByName(f.Name))); ok {
				t.Errorf("%s %s: %v", what, f, p)
			}
		}
	}
}

// A Client may be used by any number of goroutines. The race detector watches.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	cc := newClient(t, text(404, `{"status":"FAILED","error":"not found"}`))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			operations(cc, func(name string, method reflect.Value) {
				if err := invoke(t.Context(), method); err == nil {
					t.Errorf("%s: no error", name)
				}
			})
		})
	}
	wg.Wait()
}

const canary = "cur-CanaryOne-Two0123456789ABCDEF"

// Nothing that can fail tells the credential, which the server sends back in every shape of an error. The list is held
// against the source.
func TestCanary(t *testing.T) {
	t.Parallel()
	sent := map[string]bool{}
	for _, body := range []string{
		`{"status":"FAILED","error":"§"}`, `§`, `<title>§</title>`, `"§"`, `["§"]`, `{"status":"OK","data":"§"}`, `{"status":"OK","data":{"§":"§","list":"§","nextPage":"§","specs":"§","createdAt":"§"}}`,
		`{"status":"OK","data":[{"§":1,"createdAt":"§"}],"has_more":"§"}`,
	} {
		for _, status := range []int{200, 400, 401, 404, 429, 500} {
			synctest.Test(t, func(t *testing.T) {
				cc, err := currents.New(client.Bearer(canary), client.WithRetry(client.RetryPolicy{Retries: -1}), client.WithTransport(answers(func(req *http.Request) (*http.Response, error) {
					return text(status, strings.ReplaceAll(body, "§", req.Header.Get("Authorization")))(req)
				})))
				if err != nil {
					t.Fatal(err)
				}
				operations(cc, func(name string, method reflect.Value) {
					sent[name] = true
					err := invoke(t.Context(), method)
					if p, ok := errors.AsType[*panicked](err); ok {
						t.Errorf("%s: %v", name, p)
					}
					told := fmt.Sprintf("%v %+v %#v", err, err, err)
					if e, ok := errors.AsType[*client.Error](err); ok {
						told += string(e.Body) + fmt.Sprintf("%+v", *e)
					}
					if strings.Contains(told, "CanaryOne") || strings.Contains(told, "Two01234") {
						t.Errorf("%s, %d %s: %s", name, status, body, told)
					}
				})
			})
		}
	}
	_, err := currents.New(client.Bearer(canary), client.WithBaseURL("http://currents.example"))
	if err == nil || strings.Contains(err.Error(), "CanaryOne") {
		t.Error(err)
	}
	for _, f := range surface.Exported(t, ".") {
		name := strings.Replace(f.String(), "Service.", ".", 1)
		if f.Fails && !sent[name] && f.Name != "New" && !strings.HasSuffix(f.Name, "JSON") && f.Receiver != "SpecError" {
			t.Errorf("%s can fail and is not tried", f)
		}
	}
}

// FuzzResponses answers each operation with what its schema allows, made up by chance and then changed by some bytes.
func FuzzResponses(f *testing.F) {
	all, err := specs.Read("../../openapi/currents/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for i := range all {
		f.Add(uint8(i), uint64(i), []byte(nil))            // #nosec G115 -- a dozen
		f.Add(uint8(i), uint64(i), []byte{0, 10, 4, 100})  // #nosec G115
		f.Add(uint8(i), uint64(i), []byte{byte(4 * i), 9}) // #nosec G115
	}
	f.Fuzz(func(t *testing.T, which uint8, seed uint64, how []byte) {
		op := all[int(which)%len(all)]
		body := specs.Mutate(op.Answer.Random(rand.New(rand.NewPCG(seed, 1))), how[:min(len(how), 64)]) // #nosec G404 -- on purpose
		synctest.Test(t, func(t *testing.T) {
			methods := 0
			operations(newClient(t, text(200, body), client.WithPrefetch(0)), func(name string, method reflect.Value) {
				if service, of, _ := strings.Cut(name, "."); service != op.Service || !strings.EqualFold(of, op.Name) && !strings.EqualFold(of, op.Name+"Page") {
					return
				}
				methods++
				err := invoke(t.Context(), method)
				if p, ok := errors.AsType[*panicked](err); ok {
					t.Fatalf("%s: %v\n%s", name, p, body)
				}
				if err != nil && len(how) < 2 && strings.Contains(err.Error(), "cannot be decoded") {
					t.Errorf("%s refuses a valid answer: %v\n%s", name, err, body)
				}
			})
			if methods == 0 {
				t.Errorf("%s.%s is no method", op.Service, op.Name)
			}
		})
	})
}

// FuzzNextPage reads the number of the next page in all forms, and writes it as Currents does.
func FuzzNextPage(f *testing.F) {
	for _, s := range []string{"1", "0", "false", "true", "null", "-1", `"2"`, "1.5", "1e3", "{}", " 3 ", "9223372036854775808"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var n currents.NextPage
		if n.UnmarshalJSON([]byte(s)) != nil {
			return
		}
		page, more := n.Page()
		if more != (page > 0) {
			t.Errorf("%q is page %d, %v", s, page, more)
		}
		b, err := n.MarshalJSON()
		var again currents.NextPage
		if err != nil || again.UnmarshalJSON(b) != nil || max(n, 0) != again {
			t.Errorf("%q is written as %s, which is %d: %v", s, b, again, err)
		}
	})
}
