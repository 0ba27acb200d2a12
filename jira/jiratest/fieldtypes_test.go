package jiratest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// compact is a JSON value as text.
func compact(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

const ada = "5b10a2844c20165700ede21b"

// TestFieldTypes sets a field of each kind, reads it, finds it, looks at its history, carries it over, and clears it.
func TestFieldTypes(t *testing.T) {
	t.Parallel()
	const (
		admins     = "276f955c-63d7-42c8-9520-92d01dca0001"
		developers = "276f955c-63d7-42c8-9520-92d01dca0002"
	)
	for _, tt := range []struct {
		id, schema, in string
		at             []any
		want           any
		jql, history   string
	}{
		{
			"10038", `{"custom":"com.atlassian.jira.plugin.system.customfieldtypes:cascadingselect","customId":10038,"type":"option-with-child"}`,
			`{"value":"Frontend","child":{"id":"10042"}}`,
			[]any{"child", "value"},
			"Checkout page",
			`Area in cascadeOption(Frontend, "Checkout page")`, "Parent values: Frontend(10040)Level 1 values: Checkout page(10042)",
		},
		{
			"10038", "", `{"id":"10043","child":null}`,
			[]any{"value"},
			"Backend",
			`Area in cascadeOption(Backend, none) and Area = Backend and Area in cascadeOption(backend)`, "Parent values: Backend(10043)",
		},
		{
			"10039", `{"custom":"com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes","customId":10039,"items":"option","type":"array"}`,
			`[{"value":"Linux"},{"id":"10052"}]`,
			[]any{1, "value"},
			"Windows", `Platforms = Windows and Platforms != macOS`, "Linux, Windows",
		},
		{
			"10040", `{"custom":"com.atlassian.jira.plugin.system.customfieldtypes:radiobuttons","customId":10040,"type":"option"}`,
			`{"value":"once"}`,
			[]any{"value"},
			"Once", `Frequency in (Once, Always)`, "Once",
		},
		{
			"10041", `{"custom":"com.atlassian.jira.plugin.system.customfieldtypes:multiuserpicker","customId":10041,"items":"user","type":"array"}`,
			`[{"accountId":"` + ada + `"},{"id":"` + bo + `"}]`,
			[]any{1, "displayName"},
			"Bo Lindqvist",
			`Reviewers = "bo@acme.example" and Reviewers != currentUser()`, "Ada Fischer, Bo Lindqvist",
		},
		{
			"10042", `{"custom":"com.atlassian.jira.plugin.system.customfieldtypes:url","customId":10042,"type":"string"}`,
			`"https://ci.example/b/7?x=1#y"`, nil, "https://ci.example/b/7?x=1#y", `Build = "https://ci.example/b/7?x=1#y"`, "https://ci.example/b/7?x=1#y",
		},
		{
			"10043", `{"custom":"com.atlassian.jira.plugin.system.customfieldtypes:version","customId":10043,"type":"version"}`,
			`{"name":"1.1"}`,
			[]any{"releaseDate"},
			"2026-12-01", `"Seen in" = "1.1"`, "1.1",
		},
		{
			"10044", `{"custom":"com.atlassian.jira.plugin.system.customfieldtypes:multiversion","customId":10044,"items":"version","type":"array"}`,
			`[{"id":"10000"},{"name":"1.1"}]`,
			[]any{0, "name"},
			"1.0", `"Verified in" in ("1.0")`, "1.0, 1.1",
		},
		{
			"10045", `{"custom":"com.atlassian.jira.plugin.system.customfieldtypes:grouppicker","customId":10045,"type":"group"}`,
			`{"name":"developers"}`,
			[]any{"groupId"},
			developers, `Owners = developers`, "developers",
		},
		{
			"10046", `{"custom":"com.atlassian.jira.plugin.system.customfieldtypes:multigrouppicker","customId":10046,"items":"group","type":"array"}`,
			`[{"groupId":"` + admins + `"},{"name":"developers"}]`,
			[]any{0, "name"},
			"site-admins", `Informed = site-admins`, "site-admins, developers",
		},
		{
			"10047", `{"custom":"com.atlassian.jira.plugin.system.customfieldtypes:project","customId":10047,"type":"project"}`,
			`{"key":"OPS"}`,
			[]any{"name"},
			"Operations", `"Affected project" = OPS`, "OPS",
		},
		{
			"10049", `{"custom":"com.pyxis.greenhopper.jira:gh-sprint","customId":10049,"items":"json","type":"array"}`,
			`1`,
			[]any{0, "state"},
			"active", `Sprint in openSprints() and Sprint = "Sprint 1" and Sprint not in futureSprints()`, "Sprint 1",
		},
		{
			"10050", `{"custom":"com.pyxis.greenhopper.jira:gh-epic-link","customId":10050,"type":"any"}`,
			`"WEB-1"`, nil, "WEB-1", `"Epic Link" = WEB-1`, "WEB-1",
		},
	} {
		t.Run(tt.id+" "+tt.in, func(t *testing.T) {
			t.Parallel()
			s, id := newSite(t), "customfield_"+tt.id
			s.AddIssue("WEB", "Epic", "Above", nil)
			s.want(201, "POST", "/issue", `{"fields":{"project":{"key":"WEB"},"issuetype":{"name":"Bug"},"summary":"x","`+id+`":`+tt.in+`}}`)
			got := s.want(200, "GET", "/issue/WEB-2?expand=schema", "")
			same(t, "created", at(at(got, "fields", id), tt.at...), tt.want)
			if tt.schema != "" {
				same(t, "schema", compact(t, at(got, "schema", id)), tt.schema)
			}
			key := s.AddIssue("WEB", "Bug", "Edited", nil)
			s.want(204, "PUT", "/issue/"+key, `{"update":{"`+id+`":[{"set":`+tt.in+`}]}}`)
			same(t, "found", s.search(tt.jql+" order by key"), "[WEB-2 WEB-3]")
			s.search(`project = WEB order by cf[` + tt.id + `]`)
			log := s.want(200, "GET", "/issue/"+key+"/changelog", "")
			same(t, "history", at(log, "values", 0, "items", 0, "toString"), tt.history)

			snapshot, err := s.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			other := newSite(t)
			if err := other.Restore(snapshot); err != nil {
				t.Fatal(err)
			}
			same(t, "carried over", at(at(other.want(200, "GET", "/issue/"+key, ""), "fields", id), tt.at...), tt.want)

			s.want(204, "PUT", "/issue/"+key, `{"fields":{"`+id+`":null}}`)
			got = s.want(200, "GET", "/issue/"+key, "")
			same(t, "cleared", at(got, "fields", id), nil)
			same(t, "found empty", s.search(fmt.Sprintf(`cf[%s] is empty and type = Bug`, tt.id)), "[WEB-3]")
		})
	}
}

func TestFieldTypesRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.AddSprint("Sprint 0", "closed")
	key := s.AddIssue("WEB", "Bug", "One", nil)
	for _, tt := range []struct{ id, in, want string }{
		{"10038", `{"value":"Nowhere"}`, "Option value 'Nowhere' is not valid"},
		{"10038", `{"value":"Backend","child":{"value":"Cart page"}}`, "Child of option 'Backend': value 'Cart page' is not valid"},
		{"10038", `"Backend"`, "Specify a valid 'id' or 'value' for Area"},
		{"10038", `{"id":"10041"}`, "Option id '10041' is not valid"},
		{"10039", `{"value":"Linux"}`, "data was not an array"},
		{"10040", `{"id":"10050"}`, "Option id '10050' is not valid"},
		{"10041", `[{"accountId":"nobody"}]`, "Specify a valid value for Reviewers"},
		{"10042", `"ci.example/7"`, "The URL 'ci.example/7' is not valid."},
		{"10042", `"https://"`, "is not valid"},
		{"10042", `"https://ci.example/a b"`, "is not valid"},
		{"10042", `"javascript:alert(1)"`, "is not valid"},
		{"10042", `{}`, "must be a string"},
		{"10043", `{"name":"9.9"}`, "Version name '9.9' is not valid"},
		{"10044", `[{"id":"1"}]`, "Version id '1' is not valid"},
		{"10045", `{"name":"nobodies"}`, "Group name 'nobodies' is not valid"},
		{"10045", `{"id":"x"}`, "Specify a valid 'groupId' or 'name' for Owners"},
		{"10047", `{"key":"NOPE"}`, "Project key 'NOPE' is not valid"},
		{"10047", `"OPS"`, "Specify a valid 'id' or 'key'"},
		{"10048", `"by hand"`, "cannot be set. It is not on the appropriate screen, or unknown."},
		{"10049", `"1"`, "Number value expected as the Sprint id."},
		{"10049", `99`, "The sprint with id 99 does not exist."},
		{"10049", `3`, "Issue can be assigned only active or future sprints."},
		{"10050", `"` + key + `"`, "is not an epic."},
		{"10050", `"WEB-99"`, "Issue 'WEB-99' does not exist"},
		{"10050", `{"key":"WEB-1"}`, "must be a string"},
	} {
		got := s.want(400, "PUT", "/issue/"+key, `{"fields":{"customfield_`+tt.id+`":`+tt.in+`}}`)
		if reason := fmt.Sprint(at(got, "errors", "customfield_"+tt.id)); !strings.Contains(reason, tt.want) {
			t.Errorf("%s = %s: %q, want %q", tt.id, tt.in, reason, tt.want)
		}
	}
	for _, tt := range []struct{ jql, want string }{
		{`Area in cascadeOption(Nowhere)`, "does not exist"},
		{`Area in cascadeOption()`, "does not exist"},
		{`Sprint = "Sprint 9"`, "The value 'Sprint 9' does not exist for the field 'Sprint'."},
		{`Sprint in lostSprints()`, "does not understand the function 'lostSprints'"},
		{`Owners = nobodies`, "does not exist"},
		{`Build > a`, "The operator '>' is not supported"},
	} {
		s.wantError(400, tt.want, "POST", "/search/jql", compact(t, object{"jql": tt.jql}))
	}
}

// An issue keeps the closed sprints that it was in.
func TestSprints(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first := s.AddSprint("Tidy up", "active")
	key := s.AddIssue("WEB", "Story", "Sweep", object{"customfield_10049": first})
	same(t, "id of an old one", s.AddSprint("Tidy up", "closed"), first)
	next := s.AddSprint("Polish", "future")
	s.want(204, "PUT", "/issue/"+key, fmt.Sprintf(`{"fields":{"customfield_10049":%d}}`, next))
	sprints := func() string {
		return compact(t, at(s.want(200, "GET", "/issue/"+key, ""), "fields", "customfield_10049"))
	}
	closed := `{"boardId":1,"completeDate":"2026-03-04T10:00:00.000Z","endDate":"2026-03-18T10:00:00.000Z","goal":"","id":3,` +
		`"name":"Tidy up","startDate":"2026-03-04T10:00:00.000Z","state":"closed"}`
	same(t, "sprints", sprints(), `[`+closed+`,{"boardId":1,"goal":"","id":4,"name":"Polish","state":"future"}]`)
	same(t, "found", s.search("sprint in closedSprints()"), "["+key+"]")
	s.want(204, "PUT", "/issue/"+key, `{"fields":{"customfield_10049":null}}`)
	same(t, "back in the backlog", sprints(), `[`+closed+`]`)
}

func TestEpicIsDeleted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	epic := s.AddIssue("WEB", "Epic", "Above", nil)
	key := s.AddIssue("WEB", "Bug", "Below", object{"customfield_10050": epic})
	s.want(204, "DELETE", "/issue/"+epic, "")
	same(t, "link", at(s.want(200, "GET", "/issue/"+key, ""), "fields", "customfield_10050"), nil)
	same(t, "found", s.search(`"Epic Link" is empty and project = WEB`), "["+key+"]")
}

func TestAddGroup(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.AddGroup("testers")
	key := s.AddIssue("WEB", "Bug", "One", object{"customfield_10045": object{"groupId": id}})
	same(t, "group", at(s.want(200, "GET", "/issue/"+key, ""), "fields", "customfield_10045", "name"), "testers")
	wantPanic(t, "group testers exists", func() { s.AddGroup("testers") })
	wantPanic(t, `not "open"`, func() { s.AddSprint("x", "open") })
	wantPanic(t, "unknown field type", func() { s.AddField(jiratest.Field{Name: "x", Type: "odd"}) })
}
