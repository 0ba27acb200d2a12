package jiratest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

func TestPropertySearch(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i, value := range []string{
		`{"key":"ci/cart","attempt":2,"owner":{"team":"shop","on call":true}}`, // WEB-1
		`{"key":"ci/stock","attempt":10,"tags":["a","b"],"runs":[{"n":1},{"n":2}]}`,
		`"plain"`, `null`, `{"text":"The cart is wrong"}`, // WEB-3 to WEB-5
	} {
		key := s.AddIssue("WEB", "Bug", fmt.Sprint("Issue ", i), nil)
		s.want(201, "PUT", "/issue/"+key+"/properties/create-once", value)
	}
	s.AddIssue("WEB", "Bug", "Without", nil) // WEB-6
	s.want(201, "PUT", "/issue/WEB-6/properties/a%20%22b%22%5D", `{"x":1}`)
	for _, tt := range []struct{ jql, want string }{
		{`issue.property[create-once].key = "ci/cart"`, "WEB-1"},
		{`ISSUE.property["create-once"].key = "ci/cart"`, "WEB-1"},
		{`issue.property['create-once'].owner.team = shop`, "WEB-1"},
		{`issue.property[create-once].key != "ci/cart"`, "WEB-2"},
		{`NOT issue.property[create-once].key = "ci/cart"`, "WEB-2"},
		{`issue.property[create-once].key in ("ci/cart", "ci/stock", other) order by key`, "WEB-1 WEB-2"},
		{`issue.property[create-once].key not in ("ci/cart")`, "WEB-2"},
		{`issue.property[create-once].key is empty order by key`, "WEB-3 WEB-4 WEB-5 WEB-6"},
		{`issue.property[create-once].key IS NOT EMPTY order by key`, "WEB-1 WEB-2"},
		{`issue.property[create-once].key in (EMPTY, "ci/cart") order by key`, "WEB-1 WEB-3 WEB-4 WEB-5 WEB-6"},
		{`issue.property[create-once].attempt = 2.0`, "WEB-1"},
		{`issue.property[create-once].attempt > 2`, "WEB-2"},
		{`issue.property[create-once].attempt <= 10 order by key`, "WEB-1 WEB-2"},
		{`issue.property[create-once].tags = b`, "WEB-2"},
		{`issue.property[create-once].runs.n = 2`, "WEB-2"},
		{`issue.property[create-once].owner is not empty`, "WEB-1"},
		{`issue.property[create-once].owner.team.name = shop`, ""},
		{`issue.property[create-once].owner = shop`, ""},
		{`issue.property[create-once] = plain`, "WEB-3"},
		{`issue.property[create-once] is not empty order by key`, "WEB-1 WEB-2 WEB-3 WEB-5"},
		{`issue.property[create-once].text ~ "wrong cart"`, "WEB-5"},
		{`issue.property[create-once].text !~ cart`, ""},
		{`issue.property["a \"b\"]"].x = 1`, "WEB-6"},
		{`issue.property[nothing].x = 1`, ""},
		{`project = WEB and (issue.property[create-once].attempt = 2 or key = WEB-6) order by key`, "WEB-1 WEB-6"},
	} {
		if got := strings.Join(s.search(tt.jql), " "); got != tt.want {
			t.Errorf("%s: found %q, want %q", tt.jql, got, tt.want)
		}
	}
	s.want(201, "PUT", "/issue/WEB-1/properties/flag", `true`)
	same(t, "boolean", s.search(`issue.property[flag] = true`), "[WEB-1]")
	for _, tt := range []struct{ jql, want string }{
		{`issue.property[create-once].attempt > many`, "needs a number"},
		{`issue.property[create-once].attempt > EMPTY`, "needs a number"},
		{`issue.property[create-once].key = now()`, "does not understand the function 'now'"},
		{`issue.property[create-once].key ~ EMPTY`, "cannot be used with EMPTY"},
		{`issue.property[create-once].key ~ ""`, "empty string"},
		{`issue.property[create-once.key = x`, "does not exist"},
		{`issue.property[create-once]key = x`, "does not exist"},
		{`issue.property[create-once]. = x`, "does not exist"},
		{`issue.property[].key = x`, "does not exist"},
		{`issue.property = x`, "does not exist"},
		{`issue.property["create-once].key = x`, "has not been completed"},
		{`project = WEB order by issue.property[create-once].key`, "does not exist"},
	} {
		s.wantError(400, tt.want, "POST", "/search/jql", compact(t, object{"jql": tt.jql}))
	}
}

// Search shows an issue as it was a delay ago: whether it is found, and what the answer says of it.
func TestPropertyDelay(t *testing.T) {
	t.Parallel()
	s := newSite(t, jiratest.WithSearchDelay(10*time.Second))
	s.want(201, "POST", "/issue", `{"fields":{"project":{"key":"WEB"},"issuetype":{"name":"Bug"},"summary":"Old"},"properties":[{"key":"mark","value":{"n":1}}]}`)
	look := func(fresh string) string {
		page := s.want(200, "POST", "/search/jql", `{"jql":"issue.property[mark].n is not empty","fields":["summary"],"properties":["mark"]`+fresh+`}`)
		if at(page, "issues", 0) == nil {
			return "nothing"
		}
		return fmt.Sprint(at(page, "issues", 0, "fields", "summary"), at(page, "issues", 0, "properties", "mark", "n"))
	}
	const reconcile = `,"reconcileIssues":[10000]`
	same(t, "new", look(""), "nothing")
	same(t, "new, reconciled", look(reconcile), "Old1")
	s.now = s.now.Add(10 * time.Second)
	same(t, "known", look(""), "Old1")

	s.want(200, "PUT", "/issue/WEB-1/properties/mark", `{"n":2}`)
	s.now = s.now.Add(6 * time.Second)
	s.want(204, "PUT", "/issue/WEB-1", `{"fields":{"summary":"New"},"properties":[{"key":"mark","value":{"n":3}}]}`)
	same(t, "changed twice", look(""), "Old1")
	same(t, "changed twice, reconciled", look(reconcile), "New3")
	same(t, "by key", at(s.want(200, "GET", "/issue/WEB-1?properties=mark", ""), "properties", "mark", "n"), 3)
	s.now = s.now.Add(4 * time.Second)
	same(t, "the first change", look(""), "Old2")
	s.now = s.now.Add(6 * time.Second)
	same(t, "the second change", look(""), "New3")
	s.want(204, "DELETE", "/issue/WEB-1/properties/mark", "")
	same(t, "deleted", look(""), "New3")
	same(t, "deleted, reconciled", look(reconcile), "nothing")

	s.carryOver()
	same(t, "lag is carried over", look(""), "New3")
	// A change after a long silence lags too.
	s.now = s.now.Add(time.Hour)
	s.want(201, "PUT", "/issue/WEB-1/properties/mark", `{"n":9}`)
	same(t, "after a long silence", look(""), "nothing")
}

// A query that names labels or keys finds the same with the index as without it, in the same order: OR cannot use it.
func TestIndex(t *testing.T) {
	t.Parallel()
	for _, delay := range []time.Duration{0, 10 * time.Second} {
		t.Run(delay.String(), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, jiratest.WithSearchDelay(delay))
			check := func(what string) {
				t.Helper()
				for _, term := range []string{
					`labels = a`, `labels in (a, b)`, `labels = b AND (labels != a)`, `project = OPS AND (labels = a AND type = Bug)`,
					`labels in (a, EMPTY)`, `labels = EMPTY`, `labels = never`, `labels not in (a)`, `NOT labels = b`, `NOT (labels != a OR project = WEB)`,
					`key in (WEB-1, OPS-1, web-1)`, `key = WEB-1 AND labels = a`, `key not in (WEB-1)`,
				} {
					for _, order := range []string{"", " order by summary, key", " order by updated desc"} {
						same(t, what+": "+term+order, s.search(term+order), s.search("("+term+" OR project in (WEB, OPS) AND key = WEB-1 AND key != WEB-1)"+order))
					}
				}
			}
			for i := range 24 {
				project := []string{"WEB", "OPS"}[i%2]
				labels := [][]string{nil, {"a"}, {"b"}, {"a", "b"}, {"c"}}[i%5]
				s.AddIssue(project, []string{"Bug", "Task"}[i%3%2], fmt.Sprint("Issue ", i*7%5), object{"labels": labels})
				s.now = s.now.Add(time.Second)
			}
			check("new")
			for i, update := range []string{
				`[{"add":"a"}]`, `[{"remove":"a"}]`, `[{"set":["b"]}]`, `[{"set":null}]`, `[{"set":["a","b"]}]`, `[{"remove":"b"},{"add":"a"}]`,
			} {
				s.want(204, "PUT", fmt.Sprint("/issue/WEB-", i+1), `{"update":{"labels":`+update+`}}`)
				check("while it changes")
				s.carryOver()
				check("while it changes, restored")
				s.now = s.now.Add(3 * time.Second)
			}
			check("changed")
			s.want(204, "DELETE", "/issue/WEB-2", "")
			s.want(204, "DELETE", "/issue/OPS-3", "")
			check("deleted")
			s.now = s.now.Add(time.Minute)
			check("quiet again")
			before := fmt.Sprint(s.search("labels = a"), s.search("labels in (a, b)"))
			if len(s.search("labels = a")) < 5 {
				t.Errorf("only %s is found", before)
			}
			s.carryOver()
			check("restored")
			same(t, "restored", fmt.Sprint(s.search("labels = a"), s.search("labels in (a, b)")), before)
		})
	}
}

// Ten thousand issues, each looked up when it is new, take a few seconds: a search does not go through all of them.
func TestManyIssues(t *testing.T) {
	t.Parallel()
	s := newSite(t, jiratest.WithSearchDelay(time.Second))
	const n = 10_000
	for i := range n {
		label := fmt.Sprint("once-", i)
		s.AddIssue("WEB", "Bug", "Filed once", object{"labels": []string{label}})
		if found := s.search("labels = " + label); len(found) != 0 {
			t.Fatalf("found %q at once", found)
		}
		s.now = s.now.Add(time.Second)
		same(t, label, len(s.search(`labels = "`+label+`"`)), 1)
	}
	same(t, "count", at(s.want(200, "POST", "/search/approximate-count", `{"jql":"project = WEB"}`), "count"), n)
}
