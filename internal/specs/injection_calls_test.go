package specs_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/client/qmetry"
	"github.com/jira-integrations/go-sdk/internal/specs"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
)

// wires keeps all that is sent.
type wires struct {
	mu   sync.Mutex
	sent []*http.Request
}

func (w *wires) RoundTrip(req *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, req)
	if len(w.sent) > 10 {
		return nil, io.ErrUnexpectedEOF // some lists go on for as long as they are told of no end
	}
	if req.Body != nil {
		_, _ = io.Copy(io.Discard, req.Body)
		_ = req.Body.Close()
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader("{}")), Request: req,
	}, nil
}

// api is a package whose methods are called.
type api struct {
	folder, base string
	client       func(value string, opts ...client.Option) (any, error)
	// apart are the operations that no method sends when its arguments are any texts: those that are no methods of a client,
	// and those of jsmops that write, whose arguments are words of a list.
	apart int
}

var apis = []api{
	{"jira", "https://acme.example", func(_ string, opts ...client.Option) (any, error) {
		return jira.New("https://acme.example", client.Bearer("token"), opts...)
	}, 2},
	{"jsmops", "https://api.atlassian.com/jsm/ops/api/00000000-0000-0000-0000-000000000000", func(_ string, opts ...client.Option) (any, error) {
		return jsmops.New("https://api.atlassian.com/jsm/ops/api/00000000-0000-0000-0000-000000000000", client.Bearer("token"), opts...)
	}, 5},
	{"currents", "https://api.currents.dev/v1", func(_ string, opts ...client.Option) (any, error) {
		return currents.New(client.Bearer("token"), opts...)
	}, 0},
	{"qmetry", "https://testmanagement.qmetry.com", func(value string, opts ...client.Option) (any, error) {
		return qmetry.New(client.APIKey("apikey", "token"), qmetry.Context{Project: value, OrgCode: value, Scope: value, ScreenName: value, Action: value}, opts...)
	}, 0},
}

// filler makes arguments. Of their texts the one at place is hostile, all are when place is negative; the others are good.
type filler struct {
	good, hostile string
	place, texts  int
}

func (f *filler) text() string {
	f.texts++
	if f.place < 0 || f.texts-1 == f.place {
		return f.hostile
	}
	return f.good
}

func (f *filler) value(t reflect.Type, depth int) reflect.Value {
	v := reflect.New(t).Elem()
	switch t {
	case reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Now()))
		return v
	case reflect.TypeFor[json.RawMessage]():
		quoted, _ := json.Marshal(f.text())
		v.SetBytes(quoted)
		return v
	case reflect.TypeFor[io.Reader](), reflect.TypeFor[io.ReadCloser]():
		v.Set(reflect.ValueOf(io.NopCloser(strings.NewReader("file"))))
		return v
	case reflect.TypeFor[jira.CustomValue]():
		v.Set(reflect.ValueOf(jira.TextField("customfield_10016").Value(f.text())))
		return v
	case reflect.TypeFor[io.Writer]():
		v.Set(reflect.ValueOf(io.Discard))
		return v
	}
	if depth > 6 {
		return v
	}
	switch t.Kind() {
	case reflect.String:
		v.SetString(f.text())
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		v.Elem().Set(f.value(t.Elem(), depth+1))
	case reflect.Slice:
		v = reflect.Append(v, f.value(t.Elem(), depth+1))
	case reflect.Map:
		v.Set(reflect.MakeMap(t))
		v.SetMapIndex(f.value(t.Key(), depth+1), f.value(t.Elem(), depth+1))
	case reflect.Struct:
		for i := range t.NumField() {
			if v.Field(i).CanSet() {
				v.Field(i).Set(f.value(t.Field(i).Type, depth+1))
			}
		}
	case reflect.Func:
		v.Set(reflect.MakeFunc(t, func([]reflect.Value) (results []reflect.Value) {
			for out := range t.Outs() {
				results = append(results, f.value(out, depth+1))
			}
			return results
		}))
	case reflect.Interface:
		if t.NumMethod() == 0 {
			v.Set(reflect.ValueOf(f.text()))
		}
	}
	return v
}

// call calls the method once, and returns what was sent and how many texts there are.
func (a api) call(t *testing.T, method string, f filler) ([]*http.Request, int) {
	w := &wires{}
	value := f.good
	if f.place < 0 {
		value = f.hostile
	}
	c, err := a.client(value, client.WithTransport(w), client.WithRetry(client.RetryPolicy{Retries: -1}))
	if err != nil {
		return nil, 0 // a context that cannot be sent
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		m := reflect.ValueOf(c)
		if service, _, ok := strings.Cut(method, "."); ok {
			m = m.Elem().FieldByName(service)
		}
		m = m.MethodByName(method[strings.Index(method, ".")+1:])
		args := []reflect.Value{reflect.ValueOf(ctx)}
		for i := 1; i < m.Type().NumIn(); i++ {
			args = append(args, f.value(m.Type().In(i), 0))
		}
		call := m.Call
		if m.Type().IsVariadic() {
			call = m.CallSlice
		}
		for _, out := range call(args) {
			if out.Kind() == reflect.Func && !out.IsNil() && out.Type().CanSeq2() {
				n := 0
				for range out.Seq2() {
					if n++; n == 3 {
						break
					}
				}
			}
		}
	})
	return w.sent, f.texts
}

// methods are those of a client and of its services that take a context, but for the way to what is not described.
func methods(c any) (all []string) {
	add := func(name string, t reflect.Type) {
		for m := range t.Methods() {
			if m.Name != "Do" && m.Type.NumIn() > 1 && m.Type.In(1) == reflect.TypeFor[context.Context]() {
				all = append(all, name+m.Name)
			}
		}
	}
	t := reflect.TypeOf(c)
	add("", t)
	for field := range t.Elem().Fields() {
		if field.IsExported() {
			add(field.Name+".", field.Type)
		}
	}
	return all
}

// fits returns the operations that a request may be of: by its address, its method and the names of its parameters.
func (a api) fits(all []specs.Operation, req *http.Request) (fitting []specs.Operation) {
	base, _ := url.Parse(a.base)
	path, ok := strings.CutPrefix(req.URL.EscapedPath(), base.EscapedPath()+"/")
	query, err := url.ParseQuery(req.URL.RawQuery)
	if !ok || err != nil || req.URL.Scheme != base.Scheme || req.URL.Host != base.Host || req.Host != base.Host || req.URL.User != nil || req.URL.Fragment != "" ||
		strings.ContainsFunc(req.URL.RequestURI(), func(c rune) bool { return c <= ' ' || c > '~' }) {
		return nil
	}
	parts := strings.Split("/"+path, "/")
	for _, op := range all {
		template := strings.Split(op.Path, "/")
		fit := req.Method == op.Method && len(parts) == len(template)
		for i := 0; fit && i < len(parts); i++ {
			before, _, given := strings.Cut(template[i], "{")
			part, err := url.PathUnescape(parts[i])
			fit = err == nil && (part == template[i] || given && strings.HasPrefix(part, before) && part != before && part != "." && part != ".." &&
				!strings.ContainsFunc(part, func(c rune) bool { return c < ' ' }))
		}
		for name := range query {
			fit = fit && slices.Contains(op.Query, name)
		}
		for name, values := range req.Header {
			given := slices.ContainsFunc(op.Header, func(h string) bool { return textproto.CanonicalMIMEHeaderKey(h) == name })
			fit = fit && len(values) == 1 && (given || slices.Contains(usual, name)) && !strings.ContainsFunc(values[0], func(c rune) bool { return c < ' ' || c == 0x7f })
		}
		if fit {
			fitting = append(fitting, op)
		}
	}
	return fitting
}

// usual are the headers of the calls themselves.
var usual = []string{"Accept", "Apikey", "Authorization", "Content-Type", "Range", "User-Agent", "X-Atlassian-Token"}

// No text in any argument of any method of the four packages makes a call another one: what is sent is an operation of the
// documents still, with the parameters that it has, and no parameter goes missing. Each value is tried in one of the texts, and each third one in
// all at once: one may be refused for what another should have been.
func TestInjectionIntoMethods(t *testing.T) {
	t.Parallel()
	for _, a := range apis {
		t.Run(a.folder, func(t *testing.T) {
			t.Parallel()
			all, err := specs.Read(filepath.Join("..", "..", "openapi", a.folder, "*.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			c, err := a.client("good")
			if err != nil {
				t.Fatal(err)
			}
			reached := map[string]bool{}
			for _, method := range methods(c) {
				for _, good := range []string{"good", "10001", "OPS-1", "2026-01-02"} {
					plain, texts := a.call(t, method, filler{good: good, place: 1 << 20})
					if len(plain) == 0 {
						continue
					}
					for _, req := range plain {
						fitting := a.fits(all, req)
						if len(fitting) == 0 {
							t.Errorf("%s(%s) sends %s %s, which is no operation: %v", method, good, req.Method, req.URL, req.Header)
						}
						for _, op := range fitting {
							reached[op.Method+" "+op.Path] = true
						}
					}
					for n, value := range hostile {
						places := []int{n % max(1, texts)}
						if texts > 1 && n%3 == 0 {
							places = append(places, -1)
						}
						for _, place := range places {
							sent, _ := a.call(t, method, filler{good: good, hostile: value, place: place})
							for i, req := range sent {
								fitting := a.fits(all, req)
								if len(fitting) == 0 {
									t.Errorf("%s(%.40q at %d) sends %s %s, which is no operation: %v", method, value, place, req.Method, req.URL, req.Header)
								}
								if i == 0 && strings.TrimSpace(value) != "" && len(fitting) > 0 && slices.ContainsFunc(a.fits(all, plain[0]), func(op specs.Operation) bool { return op.Path == fitting[0].Path && op.Method == fitting[0].Method }) {
									sameNames(t, method, value, plain[0].URL.Query(), req.URL.Query())
								}
							}
						}
					}
					break
				}
			}
			all = slices.DeleteFunc(all, func(op specs.Operation) bool { return reached[op.Method+" "+op.Path] })
			if len(all) != a.apart {
				t.Errorf("%d operations were not sent, want %d: %v", len(all), a.apart, all)
			}
		})
	}
}

// sameNames checks that a call with hostile values has the parameters of the one with good ones.
func sameNames(t *testing.T, method, value string, plain, got url.Values) {
	t.Helper()
	for name := range plain {
		if !got.Has(name) {
			t.Errorf("%s(%.40q) has lost the parameter %s: %v", method, value, name, got)
		}
	}
}
