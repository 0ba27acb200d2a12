package jiratest_test

import (
	"fmt"
	"testing"

	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// createFields maps the fields of createmeta by id.
func (s *site) createFields(project, typeID string) map[string]object {
	s.t.Helper()
	page := s.want(200, "GET", "/issue/createmeta/"+project+"/issuetypes/"+typeID+"?maxResults=200", "")
	fields := map[string]object{}
	list, _ := at(page, "fields").([]any)
	for _, f := range list {
		fields[fmt.Sprint(at(f, "fieldId"))], _ = f.(object)
	}
	return fields
}

// post tries to create an issue of a project and type with a field, given as JSON unless it is "".
func (s *site) post(status int, project, issueType, id, value string) any {
	s.t.Helper()
	more := ""
	if value != "" {
		more = `,"` + id + `":` + value
	}
	return s.want(status, "POST", "/issue", `{"fields":{"project":{"key":"`+project+`"},"issuetype":{"name":"`+issueType+`"},"summary":"x"`+more+`}}`)
}

const (
	bug  = "10004"
	task = "10003"
)

func TestContexts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.AddField(jiratest.Field{Name: "Stage", Type: jiratest.SelectField, Required: true, Contexts: []jiratest.Context{
		{Projects: []string{"web"}, IssueTypes: []string{"bug"}, Options: []string{"Local", "Live"}},
		{Projects: []string{"OPS"}, Options: []string{"Live", "Standby"}, Default: "Standby"},
	}})
	same(t, "id", id, "customfield_10051")
	values := func(project, typeID string) string {
		names := []any{}
		list, _ := s.createFields(project, typeID)[id]["allowedValues"].([]any)
		for _, option := range list {
			names = append(names, at(option, "value"))
		}
		return fmt.Sprint(names)
	}
	same(t, "options of bugs", values("WEB", bug), "[Local Live]")
	same(t, "options elsewhere", values("OPS", task), "[Live Standby]")
	same(t, "required", s.createFields("WEB", bug)[id]["required"], true)
	same(t, "no default", s.createFields("WEB", bug)[id]["hasDefaultValue"], false)
	same(t, "default", at(s.createFields("OPS", bug)[id], "defaultValue", "value"), "Standby")
	if meta, ok := s.createFields("WEB", task)[id]; ok {
		t.Errorf("a field without a context is in createmeta: %v", meta)
	}

	same(t, "left out", at(s.post(400, "WEB", "Bug", id, ""), "errors", id), "Stage is required.")
	same(t, "null", at(s.post(400, "OPS", "Bug", id, "null"), "errors", id), "Stage is required.")
	same(t, "other context", at(s.post(400, "WEB", "Bug", id, `{"value":"Standby"}`), "errors", id), "Option value 'Standby' is not valid")
	same(t, "no context", at(s.post(400, "WEB", "Task", id, `{"value":"Live"}`), "errors", id),
		"Field '"+id+"' cannot be set. It is not on the appropriate screen, or unknown.")
	s.post(201, "WEB", "Bug", id, `{"value":"Live"}`)  // WEB-1
	s.post(201, "WEB", "Task", id, "")                 // WEB-2
	s.post(201, "OPS", "Task", id, "")                 // OPS-1
	s.post(201, "OPS", "Bug", id, `{"value":"Live"}`)  // OPS-2
	s.post(201, "WEB", "Bug", id, `{"value":"local"}`) // WEB-3
	same(t, "filled in", at(s.want(200, "GET", "/issue/OPS-1", ""), "fields", id, "value"), "Standby")
	fields, _ := at(s.want(200, "GET", "/issue/WEB-2", ""), "fields").(object)
	if v, ok := fields[id]; ok {
		t.Errorf("an issue outside shows the field: %v", v)
	}
	same(t, "found in both contexts", s.search(`Stage = Live order by key`), "[OPS-2 WEB-1]")

	edit := func(key string) any { return at(s.want(200, "GET", "/issue/"+key+"/editmeta", ""), "fields", id) }
	same(t, "edit screen", at(edit("WEB-1"), "allowedValues", 0, "value"), "Local")
	same(t, "edit screen outside", edit("WEB-2"), nil)
	s.wantError(400, "cannot be set", "PUT", "/issue/WEB-2", `{"fields":{"`+id+`":{"value":"Live"}}}`)
	s.wantError(400, "cannot be set", "PUT", "/issue/WEB-2", `{"update":{"`+id+`":[{"set":{"value":"Live"}}]}}`)
	s.wantError(400, "Stage is required.", "PUT", "/issue/WEB-1", `{"fields":{"`+id+`":null}}`)
	// A change of the type counts at once, whatever the order of the fields.
	s.want(204, "PUT", "/issue/WEB-2", `{"fields":{"issuetype":{"name":"Bug"},"`+id+`":{"value":"Live"}}}`)
	s.wantError(400, "cannot be set", "PUT", "/issue/WEB-2", `{"update":{"`+id+`":[{"set":{"value":"Live"}}],"issuetype":[{"set":{"name":"Task"}}]}}`)

	s.wantError(400, "cannot be set", "PUT", "/issue/WEB-2", `{"fields":{"`+id+`":{"value":"Live"}},"update":{"issuetype":[{"set":{"name":"Task"}}]}}`)

	transition := s.AddTransition("Ship", "Done", id)
	shown := func(key string) any {
		return at(s.want(200, "GET", "/issue/"+key+"/transitions?expand=transitions.fields&transitionId="+transition, ""), "transitions", 0, "fields")
	}
	same(t, "transition screen", at(shown("WEB-1"), id, "required"), true)
	s.want(204, "PUT", "/issue/WEB-2", `{"fields":{"issuetype":{"name":"Task"}}}`)
	same(t, "transition screen outside", shown("WEB-2"), "map[]")
	s.wantError(400, "Stage is required.", "POST", "/issue/WEB-1/transitions", `{"transition":{"id":"`+transition+`"},"fields":{"`+id+`":null}}`)
	s.want(204, "POST", "/issue/WEB-2/transitions", `{"transition":{"id":"`+transition+`"}}`)

	found := func(query string) any { return at(s.want(200, "GET", "/field/search?id="+id+query, ""), "total") }
	same(t, "in a project", found("&projectIds=10001"), 1)
	qa := s.AddProject("QA", "Quality")
	same(t, "in none", found("&projectIds="+qa), 0)
}

// The first context that fits holds.
func TestContextOrder(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.AddField(jiratest.Field{Name: "Team", Type: jiratest.RadioField, Contexts: []jiratest.Context{
		{IssueTypes: []string{"Bug"}, Options: []string{"Fixers"}}, {Options: []string{"Makers"}},
	}})
	s.post(201, "WEB", "Bug", id, `{"value":"Fixers"}`)
	s.post(400, "WEB", "Bug", id, `{"value":"Makers"}`)
	s.post(201, "WEB", "Task", id, `{"value":"Makers"}`)
	same(t, "two of one name", s.AddField(jiratest.Field{Name: "Team", Type: jiratest.TextField}) == id, false)
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	epic := s.AddIssue("WEB", "Epic", "Above", nil)
	for _, tt := range []struct {
		kind    jiratest.FieldType
		context jiratest.Context
		at      []any
		want    any
	}{
		{jiratest.TextField, jiratest.Context{Default: "none yet"}, nil, "none yet"},
		{jiratest.ReadOnlyField, jiratest.Context{Default: "by an import"}, nil, "by an import"},
		{jiratest.ParagraphField, jiratest.Context{Default: "Steps"}, []any{"content", 0, "content", 0, "text"}, "Steps"},
		{jiratest.NumberField, jiratest.Context{Default: "2.5"}, nil, 2.5},
		{jiratest.DateField, jiratest.Context{Default: "2026-03-04"}, nil, "2026-03-04"},
		{jiratest.URLField, jiratest.Context{Default: "https://ci.example"}, nil, "https://ci.example"},
		{jiratest.LabelsField, jiratest.Context{Default: "nightly"}, []any{0}, "nightly"},
		{jiratest.SelectField, jiratest.Context{Default: "B", Options: []string{"A", "B"}}, []any{"value"}, "B"},
		{jiratest.CheckboxField, jiratest.Context{Default: "A", Options: []string{"A", "B"}}, []any{0, "value"}, "A"},
		{
			jiratest.CascadingSelectField,
			jiratest.Context{Default: "b", Options: []string{"A", "B"}, Children: map[string][]string{"A": {"a"}, "B": {"b"}}},
			[]any{"child", "value"},
			"b",
		},
		{
			jiratest.CascadingSelectField,
			jiratest.Context{Default: "A", Options: []string{"A"}, Children: map[string][]string{"A": {"a"}}},
			[]any{"value"},
			"A",
		},
		{jiratest.UserField, jiratest.Context{Default: ada}, []any{"displayName"}, "Ada Fischer"},
		{jiratest.MultiUserField, jiratest.Context{Default: ada}, []any{0, "displayName"}, "Ada Fischer"},
		{jiratest.GroupField, jiratest.Context{Default: "developers"}, []any{"name"}, "developers"},
		{jiratest.ProjectField, jiratest.Context{Default: "OPS"}, []any{"key"}, "OPS"},
		{jiratest.VersionField, jiratest.Context{Default: "1.1"}, []any{"name"}, "1.1"},
		{jiratest.SprintField, jiratest.Context{Default: "2"}, []any{0, "name"}, "Sprint 2"},
		{jiratest.EpicLinkField, jiratest.Context{Default: epic}, nil, epic},
	} {
		id := s.AddField(jiratest.Field{Name: "With a default", Type: tt.kind, Contexts: []jiratest.Context{tt.context}})
		key := fmt.Sprint(at(s.post(201, "WEB", "Bug", id, ""), "key"))
		same(t, string(tt.kind), at(at(s.want(200, "GET", "/issue/"+key, ""), "fields", id), tt.at...), tt.want)
		if tt.kind == jiratest.ReadOnlyField {
			continue // is on no screen
		}
		meta := s.createFields("WEB", bug)[id]
		same(t, string(tt.kind)+" has a default", meta["hasDefaultValue"], true)
		same(t, string(tt.kind)+" in createmeta", at(at(meta, "defaultValue"), tt.at...), tt.want)
		key = fmt.Sprint(at(s.post(201, "WEB", "Bug", id, "null"), "key"))
		same(t, string(tt.kind)+" cleared", at(s.want(200, "GET", "/issue/"+key, ""), "fields", id), nil)
	}
	// A version of another project is no default there.
	id := s.AddField(jiratest.Field{Name: "Since", Type: jiratest.VersionField, Contexts: []jiratest.Context{{Default: "1.0"}}})
	key := fmt.Sprint(at(s.post(201, "OPS", "Bug", id, ""), "key"))
	same(t, "version elsewhere", at(s.want(200, "GET", "/issue/"+key, ""), "fields", id), nil)
	same(t, "and in createmeta", s.createFields("OPS", bug)[id]["hasDefaultValue"], false)
}

func TestCascadingMeta(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.AddField(jiratest.Field{
		Name: "Place", Type: jiratest.CascadingSelectField, Options: []string{"Here", "There"}, Children: map[string][]string{"There": {"Near", "Far"}},
	})
	option := func(id, name, more string) string {
		return `{` + more + `"id":"` + id + `","self":"` + s.URL + `/rest/api/3/customFieldOption/` + id + `","value":"` + name + `"}`
	}
	same(t, "allowed values", compact(t, s.createFields("WEB", bug)[id]["allowedValues"]),
		"["+option("10100", "Here", "")+","+option("10101", "There", `"children":[`+option("10102", "Near", "")+","+option("10103", "Far", "")+`],`)+"]")
	same(t, "operations", s.createFields("WEB", bug)[id]["operations"], "[set]")
	got := at(s.post(201, "WEB", "Bug", id, `{"value":"There","child":{"value":"Far"}}`), "key")
	same(t, "value", compact(t, at(s.want(200, "GET", fmt.Sprint("/issue/", got), ""), "fields", id)),
		option("10101", "There", `"child":`+option("10103", "Far", "")+`,`))
}

func TestAddFieldPanics(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	add := func(f jiratest.Field) func() { return func() { s.AddField(f) } }
	in := func(context jiratest.Context) func() {
		return add(jiratest.Field{Name: "F", Type: jiratest.CascadingSelectField, Contexts: []jiratest.Context{context}})
	}
	wantPanic(t, "no project NOPE", in(jiratest.Context{Projects: []string{"NOPE"}}))
	wantPanic(t, `no issue type is called "Idea"`, in(jiratest.Context{IssueTypes: []string{"Idea"}}))
	wantPanic(t, `cannot have the default "B"`, in(jiratest.Context{Options: []string{"A"}, Default: "B"}))
	wantPanic(t, `the children of "B"`, in(jiratest.Context{Options: []string{"A"}, Children: map[string][]string{"B": {"b"}}}))
	wantPanic(t, "belong in them", add(jiratest.Field{
		Name: "F", Type: jiratest.SelectField, Options: []string{"A"}, Contexts: []jiratest.Context{{Options: []string{"A"}}},
	}))
	same(t, "fields", len(s.createFields("WEB", bug)), len(newSite(t).createFields("WEB", bug)))
}
