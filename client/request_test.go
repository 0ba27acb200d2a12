package client_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// Whatever a path part contains, it stays one segment of the path or the call is refused.
func TestPathParts(t *testing.T) {
	t.Parallel()
	type key string
	tests := []struct {
		name string
		part any
		want string // the segment on the wire; empty if the call must be refused
	}{
		{"key", "X-1", "X-1"},
		{"named type", key("X-1"), "X-1"},
		{"number", 10000, "10000"},
		{"large number", int64(9007199254740993), "9007199254740993"},
		{"traversal", "X-1/../../project/PROD", "X-1%2F..%2F..%2Fproject%2FPROD"},
		{"slash", "a/b", "a%2Fb"},
		{"slash only", "/", "%2F"},
		{"backslash", `..\..\project`, "..%5C..%5Cproject"},
		{"query", "X-1?expand=all#top", "X-1%3Fexpand=all%23top"},
		{"parameters", "..;a=b", "..%3Ba=b"},
		{"host", "//evil.example/", "%2F%2Fevil.example%2F"},
		{"user name", "@evil.example", "@evil.example"},
		{"braces", "{issueIdOrKey}", "%7BissueIdOrKey%7D"},
		{"percent", "100%", "100%25"},
		{"encoded slash", "a%2Fb", "a%252Fb"},
		{"plus and space", "a +b", "a%20+b"},
		{"unicode", "Größe ✓ 日本", "Gr%C3%B6%C3%9Fe%20%E2%9C%93%20%E6%97%A5%E6%9C%AC"},
		{"three dots", "...", "..."},
		{"dots within", "a..b", "a..b"},
		{"longest", strings.Repeat("x", 1024), strings.Repeat("x", 1024)},
		{"invalid UTF-8", "a\xffb", "a%FFb"},

		{"empty", "", ""},
		{"blank", " \u00a0", ""},
		{"dot", ".", ""},
		{"dots", "..", ""},
		{"encoded dots", "%2e%2e", ""},
		{"encoded dots, upper case", "%2E%2E", ""},
		{"half encoded dots", ".%2e", ""},
		{"twice encoded dots", "%252e%252e", ""},
		{"encoded over and over", "%2525252e%2525252e", ""},
		{"newline", "X-1\nX-2", ""},
		{"carriage return", "X-1\r", ""},
		{"NUL", "X-1\x00", ""},
		{"delete", "X\x7f", ""},
		{"10 kB", strings.Repeat("x", 10<<10), ""},
		{"nil", nil, ""},
		{"nil pointer", (*string)(nil), ""},
		{"no list", []string{}, ""},
		{"channel", make(chan int), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := replies(ok("{}"))
			c := newClient(t, n.transport())
			r := client.NewRequest("Comments.Get", http.MethodGet, issuePath+"/comment/{id}", tt.part, "7")
			err := c.Do(t.Context(), r, nil)
			if tt.want == "" {
				wantFailure(t, err)
				wantKinds(t, err, "invalid")
				wantSent(t, n, 0)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := wantSent(t, n, 1)[0]
			if want := "/rest/api/3/issue/" + tt.want + "/comment/7"; got.path != want {
				t.Errorf("path = %s\nwant   %s", got.path, want)
			}
			if want := site + got.path; got.url != want {
				t.Errorf("url = %s\nwant  %s", got.url, want)
			}
		})
	}
}

// A path that was put together by hand is held to the same standard.
func TestPathTemplates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, path string
		parts      []any
	}{
		{"no slash", "@evil.example/", nil},
		{"no slash, longer host", ".evil.example/", nil},
		{"empty", "", nil},
		{"climbing", "/rest/api/3/issue/X-1/../../project/PROD", nil},
		{"climbing, encoded", "/rest/api/3/issue/%2e%2e/project", nil},
		{"query", "/rest/api/3/search?jql=private", nil},
		{"fragment", "/rest/api/3/search#private", nil},
		{"control character", "/rest/api/3/\n", nil},
		{"missing part", "/rest/{a}", nil},
		{"missing second part", "/rest/{a}/{b}", []any{"1"}},
		{"part too many", "/rest/{a}", []any{"1", "2"}},
		{"part too many, none due", "/rest", []any{"1"}},
		{"braces the wrong way", "/rest/}a{", []any{"1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := replies(ok("{}"))
			err := newClient(t, n.transport()).Do(t.Context(), client.NewRequest("Op", http.MethodGet, tt.path, tt.parts...), nil)
			wantFailure(t, err)
			wantKinds(t, err, "invalid")
			wantSent(t, n, 0)
			if strings.Contains(err.Error(), "private") {
				t.Errorf("the error holds the query: %v", err)
			}
		})
	}
}

func FuzzPathPart(f *testing.F) {
	for _, s := range []string{"X-1", "..", "a/../b", "%2e", "\x00", "é", "?#", "//"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, part string) {
		n := replies(ok("{}"))
		err := newClient(t, n.transport()).Do(t.Context(), client.NewRequest("Op", http.MethodGet, "/a/{b}/c", part), nil)
		if err != nil {
			wantSent(t, n, 0)
			return
		}
		path := wantSent(t, n, 1)[0].path
		segments := strings.Split(path, "/")
		if len(segments) != 4 || segments[1] != "a" || segments[3] != "c" {
			t.Fatalf("%q became %s", part, path)
		}
		if got, err := url.PathUnescape(segments[2]); err != nil || got != part {
			t.Errorf("%q arrives as %q", part, got)
		}
	})
}

func TestQuery(t *testing.T) {
	t.Parallel()
	moment := time.Date(2026, 3, 4, 5, 6, 7, 8e6, time.UTC)
	type status string
	tests := []struct {
		name  string
		value any
		want  string
	}{
		{"string", "a b&c=d/é+", "q=a%20b%26c%3Dd%2F%C3%A9%2B"},
		{"named string", status("done"), "q=done"},
		{"int", 7, "q=7"},
		{"int64", int64(9007199254740993), "q=9007199254740993"},
		{"float", 0.5, "q=0.5"},
		{"bool", true, "q=true"},
		{"list", []string{"a", "b,c"}, "q=a&q=b%2Cc"},
		{"time", client.Time{Time: moment}, "q=2026-03-04T05%3A06%3A07.008Z"},
		{"std time", moment, "q=2026-03-04T05%3A06%3A07.008Z"},
		{"false on purpose", new(false), "q=false"},
		{"zero on purpose", new(0), "q=0"},
		{"nothing on purpose", new(""), "q="},
		{"time on purpose", &client.Time{Time: moment}, "q=2026-03-04T05%3A06%3A07.008Z"},

		{"nil", nil, ""},
		{"nil pointer", (*bool)(nil), ""},
		{"empty string", "", ""},
		{"zero", 0, ""},
		{"false", false, ""},
		{"no list", []string(nil), ""},
		{"empty list", []string{}, ""},
		{"zero time", client.Time{}, ""},
		{"zero std time", time.Time{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := replies(ok("{}"))
			c := newClient(t, n.transport())
			if err := c.Do(t.Context(), get().Query("q", tt.value), nil); err != nil {
				t.Fatal(err)
			}
			_, got, _ := strings.Cut(wantSent(t, n, 1)[0].url, "?")
			if unify(t, got) != unify(t, tt.want) {
				t.Errorf("query = %s, want %s", got, tt.want)
			}
		})
	}
}

// unify makes queries comparable that differ in the way they are escaped.
func unify(t *testing.T, query string) string {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return values.Encode()
}

func TestRequire(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		value any
		want  string // "refused" if nothing may be sent
	}{
		{"string", "a", "q=a"},
		{"zero", 0, "q=0"},
		{"false", false, "q=false"},
		{"list", []string{"a"}, "q=a"},
		{"empty string", "", "refused"},
		{"empty list", []string{}, "refused"},
		{"nil", nil, "refused"},
		{"nil pointer", (*string)(nil), "refused"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := replies(ok("{}"))
			err := newClient(t, n.transport()).Do(t.Context(), get().Require("q", tt.value), nil)
			if tt.want == "refused" {
				wantFailure(t, err)
				wantKinds(t, err, "invalid")
				wantSent(t, n, 0)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, got, _ := strings.Cut(wantSent(t, n, 1)[0].url, "?"); got != tt.want {
				t.Errorf("query = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestRequireHeader(t *testing.T) {
	t.Parallel()
	for value, fine := range map[string]bool{"SHOP": true, "Caf\u00e9 7": true, "": false, "  ": false, "a\r\nX-Evil: 1": false, "a\x7f": false} {
		n := replies(ok("{}"))
		err := newClient(t, n.transport()).Do(t.Context(), get().RequireHeader("X-Project", value), nil)
		if !fine {
			wantKinds(t, err, "invalid")
			if !strings.Contains(wantError(t, err).Error(), "header X-Project") {
				t.Errorf("%q: the header is not named: %v", value, err)
			}
			wantSent(t, n, 0)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := wantSent(t, n, 1)[0].header.Get("X-Project"); got != value {
			t.Errorf("header = %q, want %q", got, value)
		}
	}
}

// A copy with headers of its own leaves the request as it was, and what the request has already stays.
func TestCloneKeepsHeaders(t *testing.T) {
	t.Parallel()
	n := replies(ok("{}"))
	c := newClient(t, n.transport())
	r := get().Header("X-Project", "mine")
	for _, r := range []*client.Request{r.Clone().RequireHeader("x-project", "SHOP").RequireHeader("X-Scope", "1"), r, get().Clone().RequireHeader("X-Scope", "2"), get()} {
		if err := c.Do(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, s := range wantSent(t, n, 4) {
		got = append(got, s.header.Get("X-Project")+"/"+s.header.Get("X-Scope"))
	}
	if want := "mine/1 mine/ /2 /"; strings.Join(got, " ") != want {
		t.Errorf("headers = %q, want %q", got, want)
	}
}

func TestHeadersAndBodies(t *testing.T) {
	t.Parallel()
	n := replies(ok("{}"))
	c := newClient(t, n.transport(), client.WithUserAgent("reporter/1.0 (ops@acme.example)"))
	for _, r := range []*client.Request{
		get().Header("Accept", "text/markdown").Header("Range", "bytes=0-9"),
		create(),
		create().Stream(&client.Stream{ContentType: "image/png", Length: 3, Open: opener("png")}).Header("X-Atlassian-Token", "no-check"),
	} {
		if err := c.Do(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
	}
	seen := wantSent(t, n, 3)
	for i, want := range []map[string]string{
		{"Accept": "text/markdown", "Range": "bytes=0-9", "Content-Type": "", "Accept-Encoding": ""},
		{"Accept": "application/json", "Content-Type": "application/json"},
		{"Accept": "application/json", "Content-Type": "image/png", "X-Atlassian-Token": "no-check"},
	} {
		want["User-Agent"] = "reporter/1.0 (ops@acme.example)"
		for name, value := range want {
			if got := seen[i].header.Get(name); got != value {
				t.Errorf("request %d: %s: %q, want %q", i, name, got, value)
			}
		}
	}
	if seen[1].body != `{"summary":"it broke"}` || seen[2].body != "png" {
		t.Errorf("bodies %q and %q", seen[1].body, seen[2].body)
	}
}

func TestBadBodies(t *testing.T) {
	t.Parallel()
	gone := errors.New("the file is gone")
	n := replies(ok("{}"))
	c := newClient(t, n.transport())
	for name, r := range map[string]*client.Request{
		"not JSON":        create().JSON(make(chan int)),
		"no Open":         create().Stream(&client.Stream{}),
		"Open that fails": create().Stream(&client.Stream{Open: func() (io.ReadCloser, error) { return nil, gone }}),
	} {
		err := c.Do(t.Context(), r, nil)
		wantFailure(t, err)
		wantKinds(t, err, "invalid")
		if name == "Open that fails" && !errors.Is(err, gone) {
			t.Errorf("err = %v", err)
		}
	}
	wantSent(t, n, 0)
}

// A PUT or DELETE that starts something is not sent again when its outcome is unknown, only when it was turned away.
func TestRequestOnce(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPut, http.MethodDelete} {
		synctest.Test(t, func(t *testing.T) {
			n := replies(reply{Status: 502}, reply{Status: 204})
			err := newClient(t, n.transport()).Do(t.Context(), client.NewRequest("Things.Start", method, "/things").Once(), nil)
			if !errors.Is(err, client.ErrAmbiguous) || len(n.requests()) != 1 {
				t.Errorf("%s: %v after %d requests", method, err, len(n.requests()))
			}
			n = replies(reply{Status: 429, Header: map[string]string{"Retry-After": "1"}}, reply{Status: 204})
			err = newClient(t, n.transport()).Do(t.Context(), client.NewRequest("Things.Start", method, "/things").Once(), nil)
			if err != nil || len(n.requests()) != 2 {
				t.Errorf("%s: %v after %d requests", method, err, len(n.requests()))
			}
		})
	}
}

// A request prints as what it is about: its headers, its query and its body are not for a log.
func TestRequestPrinted(t *testing.T) {
	t.Parallel()
	r := create().Query("token", secret).Header("X-Session", secret).JSON(map[string]string{"token": secret})
	const want = "Issues.Create: POST /rest/api/3/issue"
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, r); got != want {
			t.Errorf("%s of a pointer prints %s", verb, got)
		}
		if got := fmt.Sprintf(verb, *r); got != want {
			t.Errorf("%s prints %s", verb, got)
		}
	}
	var none *client.Request
	if got := fmt.Sprintf("%v, %+v", none, client.Request{}); strings.Contains(got, "PANIC") {
		t.Error(got)
	}
	if got := fmt.Sprint(get()); got != "Issues.Get: GET "+issuePath {
		t.Error(got)
	}
}
