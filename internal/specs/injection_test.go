package specs_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/internal/specs"
)

// operations reads all documents.
func operations(tb testing.TB) []specs.Operation {
	tb.Helper()
	all, err := specs.Read(filepath.Join("..", "..", "openapi", "*", "*.yaml"))
	if err != nil {
		tb.Fatal(err)
	}
	if len(all) < 170 {
		tb.Fatalf("only %d operations were found", len(all))
	}
	return all
}

// hostile are values that must stay what they are: one part of a path, one parameter, one header.
var hostile = []string{
	"..", ".", "../..", "..%2f..", "%2e%2e", "%2e%2e%2f", "%252e%252e", "..;", "..;/", "/", "//evil.example", "%2f", "%2F..%2F", "a/b", `\..\`, "%5c..%5c",
	"x?jql=all", "x&maxResults=1", "x;a=b", "x#top", "x=y", "x+y", "x y", "%00", "\x00", "x\x00y", "x\r\nHost: evil.example", "x\nX-Evil: 1", "x\rX-Evil: 1",
	"x%0d%0aX-Evil:%201", "x%0aX-Evil", "\u2028X-Evil", "\u0085X-Evil", "\u560d\u560aX-Evil", " HTTP/1.1\r\n\r\nGET /x", "@evil.example", ":80", "{id}", "\xff\xfe", "", " ", "\t",
	"https://evil.example/", strings.Repeat("../", 50), strings.Repeat("x", 9000),
}

// wire keeps what is sent.
type wire struct {
	mu  sync.Mutex
	req *http.Request
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.req = req
	return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
}

// No value of a parameter makes an operation another one: the path has the parts of the template, the query has the
// parameters and their values, and the headers are those of every call.
func TestInjection(t *testing.T) {
	t.Parallel()
	for _, op := range operations(t) {
		t.Run(op.Method+" "+op.Path, func(t *testing.T) {
			t.Parallel()
			var w wire
			c, err := client.New("https://acme.example/base", client.Bearer("token"), client.WithTransport(&w))
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(op.Path, "{"); n != len(op.InPath) {
				t.Fatalf("%d parameters of the path are described, it has %d", len(op.InPath), n)
			}
			send := func(value string, at int) error {
				w.req = nil
				parts := make([]any, len(op.InPath))
				for i := range parts {
					if parts[i] = "good"; i == at || at < 0 {
						parts[i] = value
					}
				}
				r := client.NewRequest(op.Service+"."+op.Name, op.Method, op.Path, parts...)
				for _, name := range op.Query {
					r.Query(name, value)
				}
				return c.Do(t.Context(), r, nil)
			}
			if err := send("good", 0); err != nil {
				t.Fatal(err)
			}
			plain := w.req.Header.Clone()
			for _, value := range hostile {
				for at := -1; at < len(op.InPath); at++ {
					err := send(value, at)
					if w.req == nil {
						if !errors.Is(err, client.ErrInvalid) || len(op.InPath) == 0 {
							t.Errorf("%.40q was refused with %v", value, err)
						}
						continue
					}
					check(t, op, w.req, plain, value)
				}
			}
		})
	}
}

func check(t *testing.T, op specs.Operation, req *http.Request, plain http.Header, value string) {
	t.Helper()
	path, ok := strings.CutPrefix(req.URL.EscapedPath(), "/base")
	template, parts := strings.Split(op.Path, "/"), strings.Split(path, "/")
	if !ok || len(parts) != len(template) || req.URL.Host != "acme.example" || req.Host != "acme.example" || req.URL.Scheme != "https" || req.Method != op.Method {
		t.Errorf("%.40q led to %s %s", value, req.Method, req.URL)
		return
	}
	for i, part := range parts {
		got, err := url.PathUnescape(part)
		before, _, given := strings.Cut(template[i], "{") // QMetry has a parameter that ends a segment
		if err != nil || !given && part != template[i] || given && got != before+"good" && got != before+value {
			t.Errorf("%.40q: part %d of the path is %q", value, i, part)
		}
		if strings.Trim(got, ".") == "" && got != "" && len(got) < 3 || strings.ContainsFunc(got, func(c rune) bool { return c < ' ' }) {
			t.Errorf("%.40q: part %d of the path climbs or breaks the line: %q", value, i, part)
		}
	}
	query, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil {
		t.Errorf("%.40q: the query is %q: %v", value, req.URL.RawQuery, err)
	}
	for name, values := range query {
		if !slices.Contains(op.Query, name) || !slices.Equal(values, []string{value}) {
			t.Errorf("%.40q: the query has %s = %.40q", value, name, values)
		}
	}
	if strings.ContainsFunc(req.URL.RequestURI(), func(c rune) bool { return c <= ' ' || c > '~' }) {
		t.Errorf("%.40q: the target of the request is %q", value, req.URL.RequestURI())
	}
	for name, values := range req.Header {
		if !slices.Equal(values, plain[name]) {
			t.Errorf("%.40q: the header %s is %q", value, name, values)
		}
	}
}

// A header that a caller sets is one header, or none.
func TestHeaderInjection(t *testing.T) {
	t.Parallel()
	var w wire
	c, err := client.New("https://acme.example", client.Bearer("token"), client.WithTransport(&w))
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range hostile {
		for name, r := range map[string]*client.Request{
			"value":        client.NewRequest("Op", http.MethodGet, "/x").Header("X-Custom", value),
			"name":         client.NewRequest("Op", http.MethodGet, "/x").Header("X-Custom"+value, "v"),
			"content type": client.NewRequest("Op", http.MethodPost, "/x").Stream(&client.Stream{ContentType: value, Open: func() (io.ReadCloser, error) { return http.NoBody, nil }}),
		} {
			w.req = nil
			err := c.Do(t.Context(), r, nil)
			if w.req == nil {
				if !errors.Is(err, client.ErrInvalid) {
					t.Errorf("%s %.40q: %v", name, value, err)
				}
				continue
			}
			for header, values := range w.req.Header {
				if strings.ContainsAny(header+strings.Join(values, ""), "\r\n\x00") || strings.ContainsAny(header, " :\t") || len(values) != 1 {
					t.Errorf("%s %.40q: the header %q is %q", name, value, header, values)
				}
			}
		}
		if _, err := client.New("https://acme.example", client.Bearer("token"), client.WithUserAgent(value)); (err == nil) == strings.ContainsAny(value, "\r\n\x00\t") {
			t.Errorf("User-Agent %.40q: %v", value, err)
		}
	}
}
