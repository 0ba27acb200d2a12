package jiratest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

func TestCreateAndGetIssue(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	created := s.want(201, "POST", "/issue", `{"fields":{
		"project":{"key":"WEB"},"issuetype":{"name":"Bug"},"summary":"It breaks","description":`+document+`,
		"labels":["a","b","a"],"priority":{"id":"1"},"components":[{"name":"Cart"}],"fixVersions":[{"id":"10001"}],
		"assignee":{"accountId":"5b10a2844c20165700ede21b"},"duedate":"2026-05-06","timetracking":{"originalEstimate":"1d 2h"},
		"customfield_10016":2.5,"customfield_10030":"suite/cart","customfield_10031":{"value":"Minor"},
		"customfield_10032":[{"value":"Chrome"},{"id":"10032"}],"customfield_10033":"2026-03-01",
		"customfield_10034":{"accountId":"5b10a2844c20165700ede21c"},"customfield_10035":`+document+`,
		"customfield_10036":"2026-03-01T10:00:00.000+0200","customfield_10037":["x"]},
		"properties":[{"key":"marker","value":{"n":12345678901234567}}]}`)
	same(t, "id", at(created, "id"), "10000")
	same(t, "key", at(created, "key"), "WEB-1")
	same(t, "self", at(created, "self"), s.URL+"/rest/api/3/issue/10000")

	issue := s.want(200, "GET", "/issue/web-1?properties=*all&expand=names,schema,renderedFields", "")
	for _, tt := range []struct {
		path []any
		want any
	}{
		{[]any{"key"}, "WEB-1"},
		{[]any{"fields", "summary"}, "It breaks"},
		{[]any{"fields", "description", "content", 0, "content", 0, "text"}, "Steps to see it"},
		{[]any{"fields", "labels"}, "[a b]"},
		{[]any{"fields", "project", "id"}, "10000"},
		{[]any{"fields", "issuetype", "subtask"}, false},
		{[]any{"fields", "status", "statusCategory", "key"}, "new"},
		{[]any{"fields", "priority", "name"}, "Highest"},
		{[]any{"fields", "resolution"}, nil},
		{[]any{"fields", "components", 0, "name"}, "Cart"},
		{[]any{"fields", "fixVersions", 0, "releaseDate"}, "2026-12-01"},
		{[]any{"fields", "assignee", "displayName"}, "Ada Fischer"},
		{[]any{"fields", "reporter", "emailAddress"}, jiratest.Email},
		{[]any{"fields", "creator", "accountType"}, "atlassian"},
		{[]any{"fields", "created"}, "2026-03-04T10:00:00.000+0000"},
		{[]any{"fields", "duedate"}, "2026-05-06"},
		{[]any{"fields", "timetracking", "originalEstimate"}, "1d 2h"},
		{[]any{"fields", "timetracking", "remainingEstimateSeconds"}, 36000},
		{[]any{"fields", "timeoriginalestimate"}, 36000},
		{[]any{"fields", "watches", "watchCount"}, 1},
		{[]any{"fields", "comment", "total"}, 0},
		{[]any{"fields", "customfield_10016"}, 2.5},
		{[]any{"fields", "customfield_10030"}, "suite/cart"},
		{[]any{"fields", "customfield_10031", "value"}, "Minor"},
		{[]any{"fields", "customfield_10032", 1, "value"}, "Safari"},
		{[]any{"fields", "customfield_10034", "displayName"}, "Bo Lindqvist"},
		{[]any{"fields", "customfield_10036"}, "2026-03-01T08:00:00.000+0000"},
		{[]any{"names", "customfield_10016"}, "Story Points"},
		{[]any{"schema", "customfield_10032", "items"}, "option"},
		{[]any{"schema", "summary", "system"}, "summary"},
		{[]any{"renderedFields", "description"}, "<p>Steps to see it</p>"},
	} {
		same(t, fmt.Sprint(tt.path), at(issue, tt.path...), tt.want)
	}
	_, raw := s.send("GET", "/issue/WEB-1?properties=marker&fields=id", "")
	if !strings.Contains(string(raw), "12345678901234567") {
		t.Errorf("a large number was rounded: %s", raw)
	}
}

func TestSelectFields(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.AddIssue("WEB", "Task", "One", nil)
	count := func(query string) int {
		fields, _ := at(s.want(200, "GET", "/issue/"+key+query, ""), "fields").(object)
		return len(fields)
	}
	all, navigable := count(""), count("?fields=*navigable")
	if all <= navigable || navigable < 20 {
		t.Errorf("%d fields in all, %d navigable", all, navigable)
	}
	same(t, "two", count("?fields=summary,status"), 2)
	same(t, "repeated", count("?fields=summary&fields=status"), 2)
	same(t, "unknown", count("?fields=summary,nonsense"), 1)
	same(t, "minus", count("?fields=-summary"), all-1)
	same(t, "all but two", count("?fields=*all,-summary,-comment"), all-2)
}

func TestCreateRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.AddIssue("WEB", "Bug", "Parent", nil)
	long := strings.Repeat("x", 256)
	hugeText := strings.Repeat("x", 32768)
	adf := func(text string) string {
		return `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"` + text + `"}]}]}`
	}
	for _, tt := range []struct{ fields, field, want string }{
		{`"summary":null`, "summary", "You must specify a summary of the issue."},
		{`"summary":""`, "summary", "You must specify a summary of the issue."},
		{`"summary":"` + long + `"`, "summary", "Summary can't exceed 255 characters."},
		{`"summary":"a\nb"`, "summary", "newline"},
		{`"summary":3`, "summary", "must be a string"},
		{`"labels":["a b"]`, "labels", "The label 'a b' contains spaces which is invalid."},
		{`"labels":"a"`, "labels", "array"},
		{`"description":"plain"`, "description", "must be an Atlassian Document"},
		{`"description":` + adf(""), "description", "INVALID_INPUT"},
		{`"description":` + adf(hugeText), "description", "32,767"},
		{`"nonsense":1`, "nonsense", "Field 'nonsense' cannot be set. It is not on the appropriate screen, or unknown."},
		{`"status":{"name":"Done"}`, "status", "cannot be set"},
		{`"created":"2026-01-01"`, "created", "cannot be set"},
		{`"priority":{"name":"Urgent"}`, "priority", "invalid"},
		{`"assignee":{"accountId":"nobody"}`, "assignee", "valid value"},
		{`"assignee":{"accountId":"5b10a2844c20165700ede21e"}`, "assignee", "cannot be assigned issues"},
		{`"components":[{"name":"Nope"}]`, "components", "Nope"},
		{`"duedate":"03/04/2026"`, "duedate", "Error parsing date string"},
		{`"customfield_10016":"3"`, "customfield_10016", "must be a number"},
		{`"customfield_10030":"` + long + `"`, "customfield_10030", "too long"},
		{`"customfield_10031":{"value":"Nope"}`, "customfield_10031", "not valid"},
		{`"customfield_10031":"Major"`, "customfield_10031", "Specify a valid"},
		{`"customfield_10036":"2026-03-01T10:00:00Z"`, "customfield_10036", "Error parsing time"},
		{`"parent":{"key":"WEB-77"}`, "parent", "Could not find issue"},
		{`"parent":{"key":"WEB-1"}`, "parent", "hierarchy"},
		{`"timetracking":{"originalEstimate":"soon"}`, "timetracking", "not a duration"},
		{`"issuetype":{"name":"Sub-task"}`, "issuetype", "parent issue key or id not specified"},
		{`"issuetype":{"name":"Nope"}`, "issuetype", "valid issue type"},
		{`"project":{"key":"NOPE"}`, "project", "valid project is required"},
	} {
		t.Run(tt.fields[:min(50, len(tt.fields))], func(t *testing.T) {
			fields := []string{tt.fields}
			for name, value := range map[string]string{"project": `{"key":"WEB"}`, "issuetype": `{"name":"Task"}`, "summary": `"Fine"`} {
				if name != tt.field {
					fields = append(fields, `"`+name+`":`+value)
				}
			}
			got := at(s.want(400, "POST", "/issue", `{"fields":{`+strings.Join(fields, ",")+`}}`), "errors", tt.field)
			if !strings.Contains(fmt.Sprint(got), tt.want) {
				t.Errorf("error = %v, want %q", got, tt.want)
			}
		})
	}
	s.wantError(400, `unknown field "field"`, "POST", "/issue", `{"field":{}}`)
	if n := len(s.Issues()); n != 1 {
		t.Errorf("%d issues; a refused one was kept", n)
	}
}

func TestRequiredCustomField(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.AddField(jiratest.Field{Name: "Team", Type: jiratest.SelectField, Required: true, Options: []string{"Red", "Blue"}})
	body := `{"fields":{"project":{"id":"10000"},"issuetype":{"id":"10004"},"summary":"x"%s}}`
	got := s.want(400, "POST", "/issue", fmt.Sprintf(body, ""))
	same(t, "error", at(got, "errors", id), "Team is required.")
	s.want(201, "POST", "/issue", fmt.Sprintf(body, `,"`+id+`":{"value":"blue"}`))
	team, _, err := jira.SelectField(id).Get(s.Issue("WEB-1"))
	same(t, "value", team.Value, "Blue")
	same(t, "error", err, nil)
	same(t, "found", s.search(`Team = Blue`), "[WEB-1]")
}

func TestEditIssue(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.AddIssue("WEB", "Bug", "Before", object{"labels": []string{"a", "b"}})
	s.now = s.now.Add(time.Hour)
	s.want(204, "PUT", "/issue/"+key, `{"fields":{"summary":"After","priority":{"name":"Low"},"customfield_10016":8},
		"update":{"labels":[{"add":"c"},{"remove":"a"}],"comment":[{"add":{"body":`+document+`}}]}}`)
	fields := s.Issue(key).Fields
	same(t, "summary", fields.Summary, "After")
	same(t, "labels", fields.Labels, "[b c]")
	same(t, "updated", fields.Updated.UTC(), "2026-03-04 11:00:00 +0000 UTC")
	same(t, "created", fields.Created.UTC(), "2026-03-04 10:00:00 +0000 UTC")
	same(t, "comments", len(s.Comments(key)), 1)

	// Setting what is set already changes nothing and leaves no trace.
	s.want(204, "PUT", "/issue/"+key, `{"fields":{"summary":"After"}}`)
	back := s.want(200, "PUT", "/issue/"+key+"?returnIssue=true", `{"fields":{"priority":null}}`)
	same(t, "priority", at(back, "fields", "priority"), nil)

	log := s.want(200, "GET", "/issue/"+key+"/changelog", "")
	same(t, "changes", at(log, "total"), 2)
	s.want(204, "PUT", "/issue/"+key, `{"fields":{"timetracking":{"originalEstimate":"2h","remainingEstimate":"1h"}}}`)
	tracked := s.want(200, "GET", "/issue/"+key+"/changelog?startAt=2", "")
	same(t, "estimate", at(tracked, "values", 0, "items", 1, "toString"), 7200)
	items := map[string]string{}
	list, _ := at(log, "values", 0, "items").([]any)
	for _, item := range list {
		items[fmt.Sprint(at(item, "field"))] = fmt.Sprint(at(item, "from"), ",", at(item, "fromString"), ">", at(item, "to"), ",", at(item, "toString"))
	}
	same(t, "summary change", items["summary"], "<nil>,Before><nil>,After")
	same(t, "priority change", items["priority"], "3,Medium>4,Low")
	same(t, "labels change", items["labels"], "<nil>,a b><nil>,b c")
	same(t, "points change", items["Story Points"], "<nil>,<nil>><nil>,8")
	same(t, "author", at(log, "values", 0, "author", "displayName"), "Build Bot")

	s.wantError(400, "both fields and update", "PUT", "/issue/"+key, `{"fields":{"labels":[]},"update":{"labels":[{"add":"x"}]}}`)
	s.wantError(400, "does not support operation 'add'", "PUT", "/issue/"+key, `{"update":{"summary":[{"add":"x"}]}}`)
	s.wantError(400, "cannot be set", "PUT", "/issue/"+key, `{"fields":{"project":{"key":"OPS"},"resolution":{"name":"Done"}}}`)
	s.wantError(404, "Issue does not exist", "PUT", "/issue/WEB-9", `{"fields":{}}`)
}

func TestTransitions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.AddIssue("WEB", "Bug", "Move me", nil)
	list := s.want(200, "GET", "/issue/"+key+"/transitions", "")
	same(t, "first", at(list, "transitions", 0, "name"), "In Progress")
	same(t, "its status", at(list, "transitions", 0, "to", "statusCategory", "key"), "indeterminate")

	s.now = s.now.Add(time.Minute)
	s.want(204, "POST", "/issue/"+key+"/transitions", `{"transition":{"id":"41"},"update":{"comment":[{"add":{"body":`+document+`}}]}}`)
	fields := s.Issue(key).Fields
	same(t, "status", fields.Status.Name, "Done")
	same(t, "resolution", fields.Resolution.Name, "Done")
	same(t, "resolved", fields.ResolutionDate.UTC(), "2026-03-04 10:01:00 +0000 UTC")
	same(t, "comment", len(s.Comments(key)), 1)
	s.wantError(400, "Transition id '41' is not valid", "POST", "/issue/"+key+"/transitions", `{"transition":{"id":"41"}}`)
	s.wantError(400, "Missing 'transition' identifier", "POST", "/issue/"+key+"/transitions", `{}`)
	s.wantError(400, "cannot be set", "POST", "/issue/"+key+"/transitions", `{"transition":{"id":"21"},"fields":{"summary":"x"}}`)
	s.want(204, "POST", "/issue/"+key+"/transitions", `{"transition":{"id":"21"}}`)
	same(t, "reopened", s.Issue(key).Fields.Resolution.Name, "")

	id := s.AddTransition("Done", "Done", "resolution")
	list = s.want(200, "GET", "/issue/"+key+"/transitions?expand=transitions.fields&transitionId="+id, "")
	same(t, "required", at(list, "transitions", 0, "fields", "resolution", "required"), true)
	s.wantError(400, "Resolution is required.", "POST", "/issue/"+key+"/transitions", `{"transition":{"id":"`+id+`"}}`)
	s.want(204, "POST", "/issue/"+key+"/transitions", `{"transition":{"id":"`+id+`"},"fields":{"resolution":{"name":"Duplicate"}}}`)
	same(t, "resolution", s.Issue(key).Fields.Resolution.Name, "Duplicate")
	log := s.want(200, "GET", "/issue/"+key+"/changelog?startAt=2", "")
	same(t, "changed", fmt.Sprint(at(log, "values", 0, "items", 0, "field"), at(log, "values", 0, "items", 1, "field"), at(log, "values", 0, "items", 2)), "resolutionstatus<nil>")
	same(t, "new status", at(log, "values", 0, "items", 1, "toString"), "Done")
}

func TestAssign(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.AddIssue("WEB", "Bug", "Whose?", nil)
	assignee := func() string { return s.Issue(key).Fields.Assignee.DisplayName }
	s.want(204, "PUT", "/issue/"+key+"/assignee", `{"accountId":"5b10a2844c20165700ede21c"}`)
	same(t, "assignee", assignee(), "Bo Lindqvist")
	s.want(204, "PUT", "/issue/"+key+"/assignee", `{"accountId":"-1"}`)
	same(t, "default assignee", assignee(), "Ada Fischer")
	s.want(204, "PUT", "/issue/"+key+"/assignee", `{"accountId":null}`)
	same(t, "nobody", assignee(), "")
	s.wantError(400, "accountId is missing", "PUT", "/issue/"+key+"/assignee", `{}`)
	s.wantError(400, "cannot be assigned", "PUT", "/issue/"+key+"/assignee", `{"accountId":"5b10a2844c20165700ede21e"}`)
	same(t, "changes", at(s.want(200, "GET", "/issue/"+key+"/changelog", ""), "total"), 3)
}

func TestDeleteIssue(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.AddIssue("WEB", "Task", "Above", nil)
	s.AddIssue("WEB", "Sub-task", "Below", object{"parent": object{"key": key}})
	other := s.AddIssue("WEB", "Task", "Beside", nil)
	s.want(201, "POST", "/issueLink", `{"type":{"name":"Blocks"},"inwardIssue":{"key":"`+key+`"},"outwardIssue":{"key":"`+other+`"}}`)
	same(t, "sub-task", s.Issue(key).Fields.Subtasks[0].Fields.Summary, "Below")
	s.wantError(400, "has subtasks", "DELETE", "/issue/"+key, "")
	s.want(204, "DELETE", "/issue/"+key+"?deleteSubtasks=true", "")
	s.wantError(404, "Issue does not exist or you do not have permission to see it.", "GET", "/issue/"+key, "")
	same(t, "left", s.Issues(), "["+other+"]")
	same(t, "deleted", s.Issue(key) == nil, true)
	same(t, "links", len(s.Issue(other).Fields.IssueLinks), 0)
	same(t, "next number", s.AddIssue("WEB", "Task", "New", nil), "WEB-4")
}

func TestMeta(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.AddIssue("WEB", "Task", "One", nil)
	types := s.want(200, "GET", "/issue/createmeta/WEB/issuetypes?maxResults=2&startAt=1", "")
	same(t, "total", at(types, "total"), 5)
	same(t, "types", fmt.Sprint(at(types, "issueTypes", 0, "name"), at(types, "issueTypes", 1, "name"), at(types, "issueTypes", 2)), "StoryTask<nil>")
	s.wantError(400, "must not exceed the limit '200'", "GET", "/issue/createmeta/WEB/issuetypes?maxResults=201", "")
	fields := s.want(200, "GET", "/issue/createmeta/10000/issuetypes/10004?maxResults=200", "")
	required := ""
	list, _ := at(fields, "fields").([]any)
	for _, f := range list {
		if at(f, "required") == true {
			required += fmt.Sprint(at(f, "fieldId"), " ")
		}
	}
	same(t, "required", required, "summary issuetype project ")
	s.wantError(404, "No project could be found", "GET", "/issue/createmeta/NOPE/issuetypes", "")
	s.wantError(400, "does not exist", "GET", "/issue/createmeta/OPS/issuetypes/10001", "")
	meta := s.want(200, "GET", "/issue/"+key+"/editmeta", "")
	same(t, "option", at(meta, "fields", "customfield_10031", "allowedValues", 1, "value"), "Major")
	same(t, "operations", at(meta, "fields", "labels", "operations"), "[add set remove]")
}
