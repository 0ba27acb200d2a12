package jiratest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// adf is a document with one paragraph.
func adf(text string) string {
	return `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"` + text + `"}]}]}`
}

func TestUpdateArrays(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.AddIssue("WEB", "Bug", "One", object{
		"labels": []string{"a", "b"}, "customfield_10039": []object{{"value": "Linux"}}, "components": []object{{"name": "Cart"}},
	})
	for _, tt := range []struct{ field, operations, want string }{
		{"labels", `[{"add":"c"},{"remove":"a"}]`, `["b","c"]`},
		{"labels", `[{"add":"b"},{"add":"b"}]`, `["b","c"]`},
		{"labels", `[{"remove":"never there"}]`, ""},
		{"labels", `[{"add":"x"},{"set":["y"]},{"add":"z"},{"remove":"y"}]`, `["z"]`},
		{"labels", `[{"set":null},{"add":"only"}]`, `["only"]`},
		{"labels", `[{"set":[]}]`, `[]`},
		{"components", `[{"add":{"id":"10001"}},{"remove":{"name":"Cart"}}]`, "Checkout"},
		{"customfield_10039", `[{"add":{"value":"macOS"}},{"remove":{"id":"10050"}}]`, "macOS"},
		{"customfield_10041", `[{"add":{"accountId":"` + ada + `"}}]`, "Ada Fischer"},
		{"customfield_10044", `[{"add":{"name":"1.1"}}]`, `"1.1"`},
		{"customfield_10046", `[{"add":{"name":"developers"}}]`, "developers"},
		{"customfield_10037", `[{"add":"nightly"}]`, "nightly"},
	} {
		body := `{"update":{"` + tt.field + `":` + tt.operations + `}}`
		if tt.want == "" {
			s.wantError(400, "contains spaces", "PUT", "/issue/"+key, body)
			continue
		}
		s.want(204, "PUT", "/issue/"+key, body)
		got := compact(t, at(s.want(200, "GET", "/issue/"+key, ""), "fields", tt.field))
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s %s: %s, want %s", tt.field, tt.operations, got, tt.want)
		}
	}
	required := s.AddField(jiratest.Field{Name: "Tags", Type: jiratest.LabelsField, Required: true})
	s.want(204, "PUT", "/issue/"+key, `{"update":{"`+required+`":[{"add":"one"}]}}`)
	s.wantError(400, "Tags is required.", "PUT", "/issue/"+key, `{"update":{"`+required+`":[{"remove":"one"}]}}`)
	s.wantError(400, "Tags is required.", "PUT", "/issue/"+key, `{"fields":{"`+required+`":[]}}`)
}

func TestNoEditMovesAnIssue(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.AddIssue("WEB", "Bug", "One", nil)
	const refused = "Field 'project' cannot be set."
	s.wantError(400, refused, "PUT", "/issue/"+key, `{"fields":{"project":{"key":"OPS"}}}`)
	s.wantError(400, refused, "PUT", "/issue/"+key, `{"update":{"project":[{"set":{"key":"OPS"}}]}}`)
	s.wantError(400, "cannot be in both fields and update", "POST", "/issue", `{"fields":{"project":{"key":"WEB"},"issuetype":{"name":"Bug"},"summary":"x"},"update":{"project":[{"set":{"key":"OPS"}}]}}`)
	same(t, "project", s.Issue(key).Fields.Project.Key, "WEB")
}

// Every verb in editmeta is understood, and no other one.
func TestOperationsAreTrue(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.AddIssue("WEB", "Bug", "One", nil)
	fields, _ := at(s.want(200, "GET", "/issue/"+key+"/editmeta", ""), "fields").(object)
	for _, verb := range []string{"add", "set", "edit", "remove"} {
		for id, meta := range fields {
			_, answer := s.send("PUT", "/issue/"+key, `{"update":{"`+id+`":[{"`+verb+`":[[]]}]}}`)
			refused := strings.Contains(string(answer), "does not support operation")
			if claimed := strings.Contains(fmt.Sprint(at(meta, "operations")), verb); claimed == refused {
				t.Errorf("%s of %s: %s; operations are %v", verb, id, answer, at(meta, "operations"))
			}
		}
	}
	same(t, "of comments", at(fields["comment"], "operations"), "[add edit remove]")
	same(t, "of time", at(fields["timetracking"], "operations"), "[set edit]")
}

func TestSetEveryField(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.AddIssue("WEB", "Epic", "Above", nil)
	key := s.AddIssue("WEB", "Bug", "One", nil)
	for field, value := range map[string]string{
		"summary": `"Two"`, "description": adf("x"), "priority": `{"name":"Low"}`, "labels": `["a"]`, "components": `[{"name":"Cart"}]`,
		"versions": `[{"name":"1.0"}]`, "fixVersions": `[{"name":"1.1"}]`, "assignee": `{"accountId":"` + ada + `"}`,
		"reporter": `{"accountId":"` + ada + `"}`, "duedate": `"2026-05-06"`, "parent": `{"key":"WEB-1"}`, "issuetype": `{"name":"Task"}`,
		"timetracking": `{"originalEstimate":"1d"}`, "environment": adf("y"), "customfield_10016": `3`, "customfield_10033": `"2026-01-02"`,
		"customfield_10036": `"2026-03-01T10:00:00.000+0000"`, "customfield_10038": `{"value":"Unknown"}`, "customfield_10049": `2`,
	} {
		s.want(204, "PUT", "/issue/"+key, `{"update":{"`+field+`":[{"set":`+value+`}]}}`)
		if v := at(s.want(200, "GET", "/issue/"+key, ""), "fields", field); v == nil {
			t.Errorf("%s was not set", field)
		}
	}
}

func TestUpdateComments(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.AddIssue("WEB", "Bug", "One", nil)
	s.want(204, "PUT", "/issue/"+key, `{"update":{"comment":[{"add":{"body":`+adf("first")+`}},{"add":{"body":`+adf("second")+`}}]}}`)
	first := s.Comments(key)[0].ID
	s.want(204, "PUT", "/issue/"+key, `{"update":{"comment":[{"edit":{"id":"`+first+`","body":`+adf("better")+`}},{"remove":{"id":"`+s.Comments(key)[1].ID+`"}}]}}`)
	comments := s.want(200, "GET", "/issue/"+key+"/comment", "")
	same(t, "left", at(comments, "total"), 1)
	same(t, "edited", at(comments, "comments", 0, "body", "content", 0, "content", 0, "text"), "better")
	same(t, "id", at(comments, "comments", 0, "id"), first)
	for _, tt := range []struct{ operation, want string }{
		{`{"edit":{"id":"1","body":` + adf("x") + `}}`, "Can not find a comment for the id: 1."},
		{`{"remove":{"id":"1"}}`, "Can not find a comment for the id: 1."},
		{`{"edit":{"id":"` + first + `"}}`, "Comment body can not be empty!"},
		{`{"add":{}}`, "Comment body can not be empty!"},
		{`{"add":{"body":` + adf(strings.Repeat("x", 32768)) + `}}`, "32,767"},
		{`{"set":{"body":` + adf("x") + `}}`, "Field with id 'comment' and name 'Comment' does not support operation 'set'."},
	} {
		got := s.want(400, "PUT", "/issue/"+key, `{"fields":{"summary":"Never"},"update":{"comment":[`+tt.operation+`]}}`)
		if reason := fmt.Sprint(at(got, "errors", "comment")); !strings.Contains(reason, tt.want) || strings.HasPrefix(reason, "comment:") {
			t.Errorf("%s: %q, want %q", tt.operation, reason, tt.want)
		}
	}
	same(t, "nothing was changed", s.Issue(key).Fields.Summary, "One")
	s.want(204, "POST", "/issue/"+key+"/transitions", `{"transition":{"id":"21"},"update":{"comment":[{"remove":{"id":"`+first+`"}}]}}`)
	same(t, "none left", len(s.Comments(key)), 0)
}

func TestUpdateWorklogs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.AddIssue("WEB", "Bug", "One", object{"timetracking": object{"originalEstimate": "1d"}})
	remaining := func() any { return s.Issue(key).Fields.TimeTracking.RemainingEstimate }
	s.want(204, "PUT", "/issue/"+key, `{"update":{"worklog":[{"add":{"timeSpent":"3h"}}]}}`)
	same(t, "after adding", remaining(), "5h")
	id := fmt.Sprint(at(s.want(200, "GET", "/issue/"+key+"/worklog", ""), "worklogs", 0, "id"))
	s.want(204, "PUT", "/issue/"+key, `{"update":{"worklog":[{"edit":{"id":"`+id+`","timeSpent":"1h"}}]}}`)
	same(t, "after editing", remaining(), "7h")
	s.want(204, "PUT", "/issue/"+key, `{"update":{"worklog":[{"remove":{"id":"`+id+`"}}]}}`)
	same(t, "after removing", remaining(), "1d")
	same(t, "left", at(s.want(200, "GET", "/issue/"+key+"/worklog", ""), "total"), 0)
	s.wantError(400, "Cannot find worklog with id: '"+id+"'.", "PUT", "/issue/"+key, `{"update":{"worklog":[{"remove":{"id":"`+id+`"}}]}}`)
	s.wantError(400, "Cannot find worklog with id: '"+id+"'.", "PUT", "/issue/"+key, `{"update":{"worklog":[{"edit":{"id":"`+id+`","timeSpent":"1h"}}]}}`)
	s.wantError(400, "You must indicate the time spent working.", "PUT", "/issue/"+key, `{"update":{"worklog":[{"add":{}}]}}`)
}

func TestEstimates(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.AddIssue("WEB", "Bug", "One", nil)
	for _, tt := range []struct{ update, original, remaining string }{
		{`[{"set":{"originalEstimate":"2d"}}]`, "2d", "2d"},
		{`[{"edit":{"remainingEstimate":"1d"}}]`, "2d", "1d"},
		{`[{"edit":{"originalEstimate":"3d"}}]`, "3d", "1d"},
		{`[{"set":{"originalEstimate":"1d","remainingEstimate":"3h"}},{"edit":{"originalEstimate":"4h"}}]`, "4h", "3h"},
		{`[{"set":{"remainingEstimate":"1h"}}]`, "", "1h"},
		{`[{"set":null},{"edit":{"originalEstimate":"2h"}}]`, "2h", "2h"},
		{`[{"set":null}]`, "", ""},
	} {
		s.want(204, "PUT", "/issue/"+key, `{"update":{"timetracking":`+tt.update+`}}`)
		tracked := s.Issue(key).Fields.TimeTracking
		same(t, tt.update, tracked.OriginalEstimate+"/"+tracked.RemainingEstimate, tt.original+"/"+tt.remaining)
	}
	s.wantError(400, "not a duration", "PUT", "/issue/"+key, `{"update":{"timetracking":[{"edit":{"remainingEstimate":"soon"}}]}}`)
}
