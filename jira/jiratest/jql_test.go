package jiratest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// populate adds issues that differ in everything that can be searched. It is 2026-03-04 10:00 when it is done.
func populate(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	ada := object{"accountId": "5b10a2844c20165700ede21b"}
	s.now = time.Date(2026, 2, 1, 9, 0, 0, 0, time.UTC)
	s.AddIssue("WEB", "Epic", "Checkout rework", nil) // WEB-1
	s.now = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	s.AddIssue("WEB", "Bug", "Cart total is wrong after a coupon", object{ // WEB-2
		"labels": []string{"flaky", "cart"}, "priority": object{"name": "High"}, "assignee": ada, "duedate": "2026-03-10",
		"customfield_10016": 3, "customfield_10031": object{"value": "Major"}, "parent": object{"key": "WEB-1"},
		"description": "The total ignores the coupon code SAVE10.", "components": []object{{"name": "Cart"}},
	})
	s.now = time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	s.AddIssue("WEB", "Task", "Rename the cart service", object{ // WEB-3
		"labels": []string{"chore"}, "customfield_10016": 5.5,
		"customfield_10032": []object{{"value": "Chrome"}, {"value": "Safari"}},
	})
	s.now = time.Date(2026, 3, 4, 8, 0, 0, 0, time.UTC)
	s.AddIssue("OPS", "Task", "Rotate the certificates", object{"priority": object{"name": "Lowest"}}) // OPS-1
	s.AddIssue("WEB", "Sub-task", "Write the test", object{"parent": object{"key": "WEB-2"}})          // WEB-4
	s.now = time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
	s.want(204, "POST", "/issue/WEB-3/transitions", `{"transition":{"id":"41"}}`)
	s.want(204, "POST", "/issue/WEB-2/transitions", `{"transition":{"id":"21"}}`)
	s.want(201, "POST", "/issue/WEB-4/comment", `{"body":`+document+`}`)
	return s
}

// search returns the keys that a query finds.
func (s *site) search(jql string) []string {
	s.t.Helper()
	body, err := json.Marshal(object{"jql": jql, "fields": []string{"key"}})
	if err != nil {
		s.t.Fatal(err)
	}
	keys := []string{}
	found, _ := at(s.want(200, "POST", "/search/jql", string(body)), "issues").([]any)
	for _, issue := range found {
		keys = append(keys, fmt.Sprint(at(issue, "key")))
	}
	return keys
}

func TestJQL(t *testing.T) {
	t.Parallel()
	s := populate(t)
	tests := []struct{ jql, want string }{
		{`project = WEB ORDER BY key`, "WEB-1 WEB-2 WEB-3 WEB-4"},
		{`project = "Web Shop" order by key desc`, "WEB-4 WEB-3 WEB-2 WEB-1"},
		{`project = 10001`, "OPS-1"},
		{`project in (WEB, OPS) AND type = task ORDER BY key ASC`, "OPS-1 WEB-3"},
		{`project != WEB`, "OPS-1"},
		{`key = web-2`, "WEB-2"},
		{`issuekey in (WEB-2, "WEB-3") order by key`, "WEB-2 WEB-3"},
		{`id = 10001`, "WEB-2"},
		{`key > WEB-2 and key <= WEB-4 order by key`, "WEB-3 WEB-4"},
		{`key not in (WEB-1) and project = WEB order by key`, "WEB-2 WEB-3 WEB-4"},
		{`status = "In Progress"`, "WEB-2"},
		{`status = done`, "WEB-3"},
		{`status not in (Done, "In Progress") order by key`, "OPS-1 WEB-1 WEB-4"},
		{`statusCategory = Done`, "WEB-3"},
		{`statusCategory != Done and project = WEB order by key`, "WEB-1 WEB-2 WEB-4"},
		{`statusCategory in ("To Do", indeterminate) order by key`, "OPS-1 WEB-1 WEB-2 WEB-4"},
		{`labels = flaky`, "WEB-2"},
		{`labels in (flaky, chore) order by key`, "WEB-2 WEB-3"},
		{`labels = never-used`, ""},
		{`labels is empty order by key`, "OPS-1 WEB-1 WEB-4"},
		{`labels IS NOT EMPTY order by key`, "WEB-2 WEB-3"},
		{`labels != flaky`, "WEB-3"}, // as in Jira, not those without labels
		{`NOT labels = flaky`, "WEB-3"},
		{`labels not in (flaky) or labels is null order by key`, "OPS-1 WEB-1 WEB-3 WEB-4"},
		{`issuetype in (Bug, Epic) order by key`, "WEB-1 WEB-2"},
		{`type not in (Bug, Epic, Sub-task) order by key`, "OPS-1 WEB-3"},
		{`assignee = 5b10a2844c20165700ede21b`, "WEB-2"},
		{`assignee is empty and project = WEB order by key`, "WEB-1 WEB-3 WEB-4"},
		{`assignee = EMPTY and type = epic`, "WEB-1"},
		{`assignee in (EMPTY, "ada@acme.example") and type in (bug, epic) order by key`, "WEB-1 WEB-2"},
		{`assignee = currentUser()`, ""},
		{`reporter = currentUser() order by key`, "OPS-1 WEB-1 WEB-2 WEB-3 WEB-4"},
		{`priority = High`, "WEB-2"},
		{`project in (WEB,OPS) order by priority desc, key`, "WEB-2 WEB-1 WEB-3 WEB-4 OPS-1"},
		{`resolution is empty order by key`, "OPS-1 WEB-1 WEB-2 WEB-4"},
		{`resolution = Unresolved and type = bug`, "WEB-2"},
		{`resolution = Done`, "WEB-3"},
		{`parent = WEB-1`, "WEB-2"},
		{`parent in (WEB-1, WEB-2) order by key`, "WEB-2 WEB-4"},
		{`component = Cart`, "WEB-2"},
		{`created >= 2026-03-01 order by created`, "WEB-2 WEB-3 WEB-4 OPS-1"},
		{`created < "2026-03-01 09:01" order by key`, "WEB-1 WEB-2"},
		{`created > "2026/03/03" and created <= "2026/03/03 23:59"`, "WEB-3"},
		{`created >= -1d order by key`, "OPS-1 WEB-4"},
		{`created >= -4h order by key`, "OPS-1 WEB-4"},
		{`created < -2w`, "WEB-1"},
		{`created >= startOfDay() order by key`, "OPS-1 WEB-4"},
		{`created >= startOfDay(-1d) and created <= endOfDay("-1d")`, "WEB-3"},
		{`created >= startOfDay(-1) and created < startOfDay()`, "WEB-3"},
		{`created >= startOfMonth() and created < startOfWeek()`, "WEB-2"},
		{`created < startOfYear()`, ""},
		{`updated >= "2026-03-04 10:00" and updated <= now() order by key`, "WEB-2 WEB-3 WEB-4"},
		{`resolved > startOfDay()`, "WEB-3"},
		{`duedate = 2026-03-10`, "WEB-2"},
		{`due <= 7d`, "WEB-2"},
		{`due < endOfDay() `, ""},
		{`project = WEB order by duedate asc, key asc`, "WEB-2 WEB-1 WEB-3 WEB-4"},
		{`project = WEB order by duedate desc, key asc`, "WEB-1 WEB-3 WEB-4 WEB-2"},
		{`summary ~ cart order by key`, "WEB-2 WEB-3"},
		{`summary ~ "wrong cart"`, "WEB-2"},
		{`summary ~ "\"cart total\""`, "WEB-2"},
		{`summary ~ "\"total cart\""`, ""},
		{`summary ~ "certif*"`, "OPS-1"},
		{`summary !~ cart order by key`, "OPS-1 WEB-1 WEB-4"},
		{`description ~ SAVE10`, "WEB-2"},
		{`description is empty and project = OPS`, "OPS-1"},
		{`text ~ coupon`, "WEB-2"},
		{`text ~ steps`, "WEB-4"},
		{`comment ~ "see it"`, "WEB-4"},
		{`cf[10016] = 3`, "WEB-2"},
		{`"Story Points" > 3`, "WEB-3"},
		{`"story points[Number]" >= 3 order by cf[10016] desc`, "WEB-3 WEB-2"},
		{`"Story Points" in (3, 8)`, "WEB-2"},
		{`"Story Points" != 3`, "WEB-3"},
		{`"Story Points" is empty and project = OPS`, "OPS-1"},
		{`Severity = Major`, "WEB-2"},
		{`Browsers in (Safari, Firefox)`, "WEB-3"},
		{`Browsers = Firefox`, ""},
		{`project = WEB AND (type = Bug OR type = Epic) AND NOT (status = Done OR labels = cart)`, ""},
		{`not (project = OPS or type in (Epic, Sub-task)) order by key`, "WEB-2 WEB-3"},
		{`project = WEB && type = Bug || project = OPS order by key`, "OPS-1 WEB-2"},
		{`! (project = WEB)`, "OPS-1"},
		{`project = WEB`, "WEB-4 WEB-3 WEB-2 WEB-1"}, // newest first
		{`project in (WEB, OPS) order by project desc, type, created desc`, "WEB-2 WEB-1 WEB-4 WEB-3 OPS-1"},
		{`project = 'WEB' order by status desc, key`, "WEB-3 WEB-2 WEB-1 WEB-4"},
	}
	for _, tt := range tests {
		t.Run(tt.jql, func(t *testing.T) {
			if got := strings.Join(s.search(tt.jql), " "); got != tt.want {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

func TestJQLRefused(t *testing.T) {
	t.Parallel()
	s := populate(t)
	tests := []struct{ jql, want string }{
		{``, "Unbounded JQL"},
		{`order by created`, "Unbounded JQL"},
		{`project = NOPE`, "The value 'NOPE' does not exist for the field 'project'."},
		{`status = Nope`, "The value 'Nope' does not exist for the field 'status'."},
		{`assignee = nobody`, "The value 'nobody' does not exist for the field 'assignee'."},
		{`severity = Odd`, "The value 'Odd' does not exist for the field 'severity'."},
		{`key = WEB-99`, "An issue with key 'WEB-99' does not exist for field 'key'."},
		{`colour = red`, "Field 'colour' does not exist or you do not have permission to view it."},
		{`cf[99999] = 1`, "Field 'cf[99999]' does not exist"},
		{`customfield_10016 = 1`, "Field 'customfield_10016' does not exist"},
		{`project = WEB order by colour`, "Field 'colour' does not exist"},
		{`project = WEB order by text`, "Not able to sort"},
		{`summary = cart`, "The operator '=' is not supported by the 'summary' field."},
		{`project ~ WEB`, "The operator '~' is not supported by the 'project' field."},
		{`labels > a`, "The operator '>' is not supported"},
		{`project`, "Expecting operator but got the end of the query"},
		{`project =`, "Expecting either a value, list or function"},
		{`project = WEB AND`, "Expecting a field name"},
		{`project = WEB type = Bug`, "Expecting either 'OR' or 'AND' but got 'type'"},
		{`(project = WEB`, "Expecting ')'"},
		{`project in WEB`, "Expecting '('"},
		{`project in (WEB`, "Expecting ',' or ')'"},
		{`assignee is currentUser()`, "EMPTY or NULL"},
		{`project = "WEB`, "has not been completed"},
		{`project = WEB;`, "reserved JQL character"},
		{`created > yesterday`, "Date value 'yesterday' for field 'created' is invalid"},
		{`created > -1x`, "is invalid"},
		{`created > lastLogin()`, "does not understand the function 'lastLogin"},
		{`"Story Points" = many`, "is not a number"},
		{`assignee in membersOf(devs)`, "does not understand the function 'membersOf'"},
		{`status was Done`, "does not understand searches in the history"},
		{`status changed`, "does not understand searches in the history"},
		{`watcher = currentUser()`, "jiratest does not understand the field 'watcher'"},
		{`summary ~ ""`, "empty string"},
		{`project = WEB order by key, id, type, status, created, updated, priority, summary`, "more than 7"},
		{strings.Repeat("(", 200) + "project = WEB" + strings.Repeat(")", 200), "nested too deeply"},
	}
	for _, tt := range tests {
		t.Run(tt.jql, func(t *testing.T) {
			body, err := json.Marshal(object{"jql": tt.jql})
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{"/search/jql", "/search/approximate-count"} {
				s.wantError(400, tt.want, "POST", path, string(body))
			}
		})
	}
}

func FuzzJQL(f *testing.F) {
	for _, seed := range []string{
		`project = WEB and (labels in (a, "b c") or not status != Done) order by created desc, key`,
		`created >= startOfDay("-1d") && summary ~ "\"a b\" c*"`, `cf[10016] > 3 || ! x is not empty`, `a in f(b, "c")`, `'`, `"\u`,
	} {
		f.Add(seed)
	}
	s := jiratest.NewServer(jiratest.WithoutListener())
	s.AddIssue("WEB", "Bug", "A b c", map[string]any{"labels": []string{"a"}})
	f.Fuzz(func(t *testing.T, jql string) {
		body, err := json.Marshal(object{"jql": jql})
		if err != nil {
			t.Skip()
		}
		resp, data := (&site{Server: s, t: t}).send("POST", "/search/approximate-count", string(body))
		if !slices.Contains([]int{200, 400}, resp.StatusCode) {
			t.Errorf("%q: %d %s", jql, resp.StatusCode, data)
		}
	})
}
