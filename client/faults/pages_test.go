package faults_test

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/internal/fake"
)

// styles are servers of the items 0 to 9, three a page, that differ in how they say where a page is, and what of an answer
// leads to the next one.
var styles = map[string]struct {
	serve func(q url.Values) any
	next  func(at url.Values, items int, answer doc) url.Values
}{
	"token": {
		func(q url.Values) any {
			items, to := cut(q.Get("nextPageToken"), "3")
			answer := doc{"issues": items, "total": 10, "warnings": []string{}}
			if to < 10 {
				answer["nextPageToken"] = strconv.Itoa(to)
			}
			return answer
		},
		func(_ url.Values, _ int, answer doc) url.Values { return at("nextPageToken", answer["nextPageToken"]) },
	},
	"envelope": {
		func(q url.Values) any {
			n, _ := strconv.Atoi(q.Get("page"))
			items, to := cut(strconv.Itoa(3*n), "3")
			data := doc{"list": items, "total": 10, "nextPage": false}
			if to < 10 {
				data["nextPage"] = n + 1
			}
			return doc{"status": "OK", "data": data}
		},
		func(_ url.Values, _ int, answer doc) url.Values {
			next, _ := answer["data"].(doc)["nextPage"].(float64)
			if next == 0 {
				return nil
			}
			return at("page", fmt.Sprint(next))
		},
	},
	"startAt": {
		func(q url.Values) any {
			items, _ := cut(q.Get("startAt"), q.Get("maxResults"))
			from, _ := strconv.Atoi(q.Get("startAt"))
			return doc{"values": items, "total": 10, "startAt": from}
		},
		func(was url.Values, items int, answer doc) url.Values {
			from, _ := strconv.Atoi(was.Get("startAt"))
			if float64(from+items) >= answer["total"].(float64) {
				return nil
			}
			next := at("startAt", strconv.Itoa(from+items))
			next.Set("maxResults", "3")
			return next
		},
	},
	"link": {
		func(q url.Values) any {
			items, to := cut(q.Get("since"), "3")
			answer := doc{"values": items, "lastPage": to >= 10}
			if to < 10 {
				answer["nextPage"] = "https://jira.invalid/list?expand=a&since=" + strconv.Itoa(to)
			}
			return answer
		},
		func(_ url.Values, _ int, answer doc) url.Values {
			link, _ := answer["nextPage"].(string)
			u, _ := url.Parse(link)
			return u.Query()
		},
	},
	"section": {
		func(q url.Values) any {
			items, to := cut(q.Get("offset"), "3")
			links := doc{}
			if to < 10 {
				links["next"] = "/list?size=3&offset=" + strconv.Itoa(to)
			}
			return doc{"values": items, "links": links}
		},
		func(_ url.Values, _ int, answer doc) url.Values {
			link, _ := answer["links"].(doc)["next"].(string)
			u, _ := url.Parse(link)
			return u.Query()
		},
	},
}

type doc = map[string]any

func at(name string, value any) url.Values {
	if value == nil {
		return nil
	}
	return url.Values{name: {fmt.Sprint(value)}}
}

// cut is a page of the items.
func cut(from, size string) (items []int, to int) {
	start, _ := strconv.Atoi(from)
	n, err := strconv.Atoi(size)
	if err != nil {
		n = 3
	}
	items = []int{}
	for to = start; to < min(10, start+n); to++ {
		items = append(items, to)
	}
	return items, to
}

// TestLists follows lists of each style, up to six pages, by what their answers say.
func TestLists(t *testing.T) {
	t.Parallel()
	const whole = "012 345 678 9"
	for _, tt := range []struct {
		rule faults.Rule
		want map[string]string
	}{
		{faults.Rule{}, map[string]string{"token": whole, "envelope": whole, "startAt": whole, "link": whole, "section": whole}},
		{faults.RepeatedToken(), map[string]string{
			"token": "012 345 345 345 345 345", "envelope": "012 345 345 345 345 345", "link": "012 345 345 345 345 345",
			"startAt": "012 012 345 678", "section": "012 012 012 012 012 012",
		}},
		{faults.DuplicatedToken(), map[string]string{
			"token": "012 345 678 345 678 345", "envelope": "012 345 678 345 678 345", "link": "012 345 678 345 678 345",
			"startAt": "012 012 012 012", "section": "012 012 012 012 012 012",
		}},
		{faults.ShrunkList(), map[string]string{
			"token": "012 45 78 ", "envelope": "012 45 78 ", "link": "012 45 78 ", "startAt": "012 456 789", "section": "012 456 89",
		}},
	} {
		for style, list := range styles {
			for side, wrap := range sides {
				var in faults.Injector
				in.Add(tt.rule)
				rt := wrap(&in, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					fake.WriteJSON(w, http.StatusOK, list.serve(r.URL.Query()))
				}))
				var got []string
				position := url.Values{}
				if style == "startAt" {
					position.Set("maxResults", "3")
				}
				for n := 0; n < 6 && (n == 0 || len(position) > 0); n++ {
					req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://jira.invalid/list?"+position.Encode(), nil)
					if err != nil {
						t.Fatal(err)
					}
					resp, err := rt.RoundTrip(req)
					if err != nil {
						t.Fatal(err)
					}
					var answer doc
					decode(t, resp, &answer)
					items := itemsOf(answer)
					got = append(got, strings.Trim(strings.ReplaceAll(fmt.Sprint(items), " ", ""), "[]"))
					position = list.next(position, len(items), answer)
				}
				if got := strings.Join(got, " "); got != tt.want[style] {
					t.Errorf("%s, %s, %s: %q, want %q", tt.rule.Name, style, side, got, tt.want[style])
				}
			}
		}
	}
}

func itemsOf(answer doc) []any {
	if data, ok := answer["data"].(doc); ok {
		answer = data
	}
	for _, name := range []string{"issues", "list", "values"} {
		if items, ok := answer[name].([]any); ok {
			return items
		}
	}
	return nil
}

// TestShortLists wants that a list which is an array, and is read from a position on, can shrink as well, and that what is
// asked for in a body counts as what is asked for in the query.
func TestShortLists(t *testing.T) {
	t.Parallel()
	for side, wrap := range sides {
		var in faults.Injector
		in.Add(faults.ShrunkList())
		var asked []string
		rt := wrap(&in, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			asked = append(asked, r.URL.RawQuery+string(body))
			_, _ = io.WriteString(w, "[1,2]")
		}))
		for _, sent := range []string{"?startAt=4", `{"startAt":4}`, `{"startAt":"x"}`, "?startAt=0", "?since=7"} {
			query, body := sent, ""
			if sent[0] == '{' {
				query, body = "", sent
			}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://jira.invalid/list"+query, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			resp, err := rt.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			var items []int
			if decode(t, resp, &items); len(items) != 2 && sent != "?since=7" || resp.Request != nil && resp.Request != req {
				t.Errorf("%s, %s: %v", side, sent, items)
			}
		}
		if want := []string{"startAt=5", `{"startAt":5}`, `{"startAt":"x"}`, "startAt=0", "since=7"}; !slices.Equal(asked, want) {
			t.Errorf("%s: asked for %q, want %q", side, asked, want)
		}
		if n := in.Counts()["a list that shrinks"]; n != 3 {
			t.Errorf("%s: counted %d, want 3", side, n)
		}
	}
}

// TestUnable wants that what finds nothing to act on is no hit and uses nothing up.
func TestUnable(t *testing.T) {
	t.Parallel()
	for _, rule := range []faults.Rule{
		faults.HalfAnswer(), faults.SlowBody(0), faults.LongLength(), faults.ShortLength(), faults.GzipGarbage(),
		faults.RepeatedToken(), faults.DuplicatedToken(), faults.ShortPage(), faults.ShrunkList(),
	} {
		rule.Times = 1
		for side, wrap := range sides {
			for _, method := range []string{http.MethodHead, http.MethodPut} {
				var in faults.Injector
				in.Add(rule)
				rt := wrap(&in, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodGet {
						_, _ = io.WriteString(w, `{"values":[1,2,3],"nextPageToken":"b"}`)
					} else {
						w.WriteHeader(http.StatusNoContent)
					}
				}))
				for n, position := range []string{"a", "a", "c"} {
					if n > 0 {
						method = http.MethodGet
					}
					req, err := http.NewRequestWithContext(t.Context(), method, "https://jira.invalid/list?maxResults=4&nextPageToken="+position, nil)
					if err != nil {
						t.Fatal(err)
					}
					resp, err := rt.RoundTrip(req)
					if err != nil {
						t.Fatal(err)
					}
					if _, err = io.ReadAll(resp.Body); n == 0 && (err != nil || resp.StatusCode != http.StatusNoContent) {
						t.Errorf("%s, %s %s: %d, %v", rule.Name, side, method, resp.StatusCode, err)
					}
					_ = resp.Body.Close()
					want := min(n, 1)
					if rule.Name == faults.DuplicatedToken().Name {
						want = n / 2 // the second page is the one that it names
					}
					if got := in.Counts()[rule.Name]; got != want {
						t.Errorf("%s, %s: %d hits after %d requests", rule.Name, side, got, n+1)
					}
				}
			}
		}
	}
}

// TestStandIns wants that a Mix hits as many requests as it says, and can be seen to, whatever the requests are.
func TestStandIns(t *testing.T) {
	t.Parallel()
	for side, wrap := range sides {
		for _, method := range []string{http.MethodGet, http.MethodPut} {
			var in faults.Injector
			in.Seed(5)
			rules := faults.All()
			for i := range rules {
				rules[i].Wait = 0
			}
			in.Add(faults.Mix(0.2, rules...)...)
			handled := 0
			rt := wrap(&in, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				handled++
				w.WriteHeader(http.StatusNoContent)
			}))
			const requests = 4000
			for n := range requests {
				req, err := http.NewRequestWithContext(t.Context(), method, fmt.Sprint("https://jira.invalid/issue/", n%100), nil)
				if err != nil {
					t.Fatal(err)
				}
				if resp, err := rt.RoundTrip(req); err == nil {
					_ = resp.Body.Close()
				}
			}
			hits, most := 0, 0
			for _, n := range in.Counts() {
				hits, most = hits+n, max(most, n)
			}
			if share := float64(hits) / requests; math.Abs(share-0.2) > 0.02 {
				t.Errorf("%s, %s: %.3f of the requests were hit: %v", side, method, share, in.Counts())
			}
			if most > hits/5 {
				t.Errorf("%s, %s: one kind stands in for all: %v", side, method, in.Counts())
			}
			for _, rule := range []faults.Rule{faults.HalfAnswer(), faults.GzipGarbage(), faults.ShortPage(), faults.RepeatedToken()} {
				if n := in.Counts()[rule.Name]; n > 0 {
					t.Errorf("%s, %s: %d times %s", side, method, n, rule.Name)
				}
			}
			if handled == requests || handled < requests*4/5 {
				t.Errorf("%s, %s: %d handled", side, method, handled)
			}
		}
	}
}
