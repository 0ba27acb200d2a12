package jira_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

// sent returns the JSON in which a value leaves.
func sent(tb testing.TB, value jira.CustomValue) any {
	tb.Helper()
	r := &recorder{answers: []answer{{status: http.StatusNoContent}}}
	if err := newClient(tb, r).Issues.Update(tb.Context(), "WEB-7", jira.IssueUpdate{Custom: jira.Custom(value)}); err != nil {
		tb.Fatal(err)
	}
	return r.body(tb, 0).(map[string]any)["fields"].(map[string]any)["customfield_1"]
}

// kind tests one kind of field: a value as received, as read and as written, and a value of a wrong type.
func kind[T any](field func(string) jira.CustomField[T], received string, want T, written, wrong string) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		f := field("customfield_1")
		if f.ID() != "customfield_1" {
			t.Errorf("the id is %q", f.ID())
		}
		issueWith := func(value string) *jira.Issue {
			return unmarshal(t, `{"key":"WEB-7","fields":{"customfield_1":`+value+`,"customfield_2":1}}`)
		}
		got, ok, err := f.Get(issueWith(received))
		if diff := cmp.Diff(want, got, sameIssue); diff != "" || !ok || err != nil {
			t.Errorf("read %v, %v (-want +got):\n%s", ok, err, diff)
		}
		if diff := cmp.Diff(parse(t, written), sent(t, f.Value(want))); diff != "" {
			t.Errorf("written (-want +got):\n%s", diff)
		}
		if got := sent(t, f.Empty()); got != nil {
			t.Errorf("emptied by %v", got)
		}
		var zero T
		for name, issue := range map[string]*jira.Issue{
			"null": issueWith("null"), "absent": unmarshal(t, `{"key":"WEB-7","fields":{"customfield_2":1}}`),
			"no fields": unmarshal(t, `{"key":"WEB-7"}`), "no issue": nil,
		} {
			got, ok, err := f.Get(issue)
			if diff := cmp.Diff(zero, got, sameIssue); diff != "" || ok || err != nil {
				t.Errorf("%s reads %v, %v, %v", name, got, ok, err)
			}
		}
		if wrong == "" {
			return
		}
		got, ok, err = f.Get(issueWith(wrong))
		if diff := cmp.Diff(zero, got, sameIssue); diff != "" || ok {
			t.Errorf("a wrong type reads %v, %v", got, ok)
		}
		if err == nil || !strings.Contains(err.Error(), "customfield_1") || !strings.Contains(err.Error(), "WEB-7") {
			t.Errorf("the error of a wrong type is %v", err)
		}
	}
}

func TestCustomFields(t *testing.T) {
	t.Parallel()
	doc, err := adf.Raw(docJSON)
	if err != nil {
		t.Fatal(err)
	}
	at := jira.Time{Time: time.Date(2026, 11, 20, 12, 30, 0, 0, time.FixedZone("", 3600))}
	ada := jira.User{AccountID: "a", DisplayName: "Ada", Active: true}
	adaJSON := `{"accountId":"a","displayName":"Ada","active":true,"somethingNew":[1]}`
	for name, test := range map[string]func(*testing.T){
		"number":          kind(jira.NumberField, `3.5`, 3.5, `3.5`, `"3.5"`),
		"zero":            kind(jira.NumberField, `0`, 0, `0`, `[]`),
		"text":            kind(jira.TextField, `"a\n\u00e9<"`, "a\né<", `"a\né<"`, `1`),
		"empty text":      kind(jira.TextField, `""`, "", `""`, `{}`),
		"rich text":       kind(jira.RichTextField, docJSON, doc, docJSON, `[]`),
		"date":            kind(jira.DateField, `"2026-11-20"`, jira.Date{Year: 2026, Month: 11, Day: 20}, `"2026-11-20"`, `"soon"`),
		"time":            kind(jira.TimeField, `"2026-11-20T12:30:00.000+0100"`, at, `"2026-11-20T12:30:00.000+0100"`, `true`),
		"labels":          kind(jira.LabelsField, `["a","b"]`, []string{"a", "b"}, `["a","b"]`, `"a"`),
		"url":             kind(jira.URLField, `"https://ci.example/1?a=b&c"`, "https://ci.example/1?a=b&c", `"https://ci.example/1?a=b&c"`, `{}`),
		"epic link":       kind(jira.EpicLinkField, `"WEB-1"`, "WEB-1", `"WEB-1"`, `1`),
		"no labels":       kind(jira.LabelsField, `[]`, []string{}, `[]`, `[1]`),
		"select":          kind(jira.SelectField, `{"id":"1","value":"Chrome","self":"x"}`, jira.Option{ID: "1", Value: "Chrome"}, `{"id":"1"}`, `["1"]`),
		"select by value": kind(jira.SelectField, `{"value":"Chrome"}`, jira.Option{Value: "Chrome"}, `{"value":"Chrome"}`, `"Chrome"`),
		"multi select": kind(jira.MultiSelectField, `[{"id":"1","value":"A"},{"value":"B"}]`,
			[]jira.Option{{ID: "1", Value: "A"}, {Value: "B"}}, `[{"id":"1"},{"value":"B"}]`, `{"id":"1"}`),
		"radio":          kind(jira.RadioField, `{"id":7,"value":"Yes"}`, jira.Option{ID: "7", Value: "Yes"}, `{"id":"7"}`, `[]`),
		"checkbox":       kind(jira.CheckboxField, `[{"id":7,"value":"A"},{"id":8,"value":"B"}]`, []jira.Option{{ID: "7", Value: "A"}, {ID: "8", Value: "B"}}, `[{"id":"7"},{"id":"8"}]`, `7`),
		"nothing ticked": kind(jira.CheckboxField, `[]`, []jira.Option{}, `[]`, `7`),
		"cascading": kind(jira.CascadingSelectField, `{"self":"x","id":"1","value":"Europe","child":{"id":2,"value":"Berlin"}}`,
			jira.CascadingOption{ID: "1", Value: "Europe", Child: jira.Option{ID: "2", Value: "Berlin"}}, `{"id":"1","child":{"id":"2"}}`, `"Europe"`),
		"cascading by value": kind(jira.CascadingSelectField, `{"value":"Europe","child":{"value":"Berlin"}}`,
			jira.CascadingOption{Value: "Europe", Child: jira.Option{Value: "Berlin"}}, `{"value":"Europe","child":{"value":"Berlin"}}`, `[]`),
		"cascading, above only": kind(jira.CascadingSelectField, `{"id":"1","value":"Europe","child":null}`,
			jira.CascadingOption{ID: "1", Value: "Europe"}, `{"id":"1"}`, `1`),
		"group":          kind(jira.GroupField, `{"name":"devs","groupId":"g-1"}`, jira.Group{Name: "devs", GroupID: "g-1"}, `{"name":"devs"}`, `"devs"`),
		"group by id":    kind(jira.GroupField, `{"groupId":"g-1"}`, jira.Group{GroupID: "g-1"}, `{"groupId":"g-1"}`, `[]`),
		"groups":         kind(jira.GroupsField, `[{"name":"devs"}]`, []jira.Group{{Name: "devs"}}, `[{"name":"devs"}]`, `{"name":"devs"}`),
		"project":        kind(jira.ProjectField, `{"id":10001,"key":"OPS"}`, jira.Project{ID: "10001", Key: "OPS"}, `{"id":"10001"}`, `"OPS"`),
		"project by key": kind(jira.ProjectField, `{"key":"OPS"}`, jira.Project{Key: "OPS"}, `{"key":"OPS"}`, `[]`),
		"version":        kind(jira.VersionField, `{"id":"3","name":"1.0"}`, jira.Version{ID: "3", Name: "1.0"}, `{"id":"3"}`, `"1.0"`),
		"versions":       kind(jira.VersionsField, `[{"name":"1.0"}]`, []jira.Version{{Name: "1.0"}}, `[{"name":"1.0"}]`, `{}`),
		"components":     kind(jira.ComponentsField, `[{"id":"4","name":"Cart"}]`, []jira.Component{{ID: "4", Name: "Cart"}}, `[{"id":"4"}]`, `{}`),
		"sprint": kind(jira.SprintField, `[{"id":37,"name":"Sprint 1","state":"active","boardId":2,"goal":"","startDate":"2026-11-02T08:00:00.000Z","endDate":null}]`,
			[]jira.Sprint{{ID: 37, Name: "Sprint 1", State: "active", BoardID: 2, StartDate: jira.Time{Time: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)}}}, `37`, `"Sprint 1"`),
		"user":  kind(jira.UserField, adaJSON, ada, `{"accountId":"a"}`, `"a"`),
		"users": kind(jira.UsersField, `[`+adaJSON+`]`, []jira.User{ada}, `[{"accountId":"a"}]`, adaJSON),
		"raw":   kind(jira.RawField, `{"a":[1,2.50]}`, json.RawMessage(`{"a":[1,2.50]}`), `{"a":[1,2.5]}`, ``),
	} {
		t.Run(name, test)
	}
}

// An empty value empties the field, by the form that it has.
func TestCustomEmptyValues(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		value jira.CustomValue
		want  string
	}{
		"text":             {jira.TextField("customfield_1").Value(""), `""`},
		"rich text":        {jira.RichTextField("customfield_1").Value(nil), `null`},
		"date":             {jira.DateField("customfield_1").Value(jira.Date{}), `null`},
		"time":             {jira.TimeField("customfield_1").Value(jira.Time{}), `null`},
		"labels":           {jira.LabelsField("customfield_1").Value(nil), `[]`},
		"options":          {jira.MultiSelectField("customfield_1").Value(nil), `[]`},
		"no sprint":        {jira.SprintField("customfield_1").Value(nil), `null`},
		"raw":              {jira.RawField("customfield_1").Value(nil), `null`},
		"emptied by Empty": {jira.LabelsField("customfield_1").Empty(), `null`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(parse(t, tt.want), sent(t, tt.value)); diff != "" {
				t.Errorf("written (-want +got):\n%s", diff)
			}
		})
	}
}

// Ids are numbers in one answer and strings in the next, wherever they stand.
func TestCustomNumericIDs(t *testing.T) {
	t.Parallel()
	var items []string
	for n := range 500 {
		items = append(items, fmt.Sprintf(`{"id": %d ,"name":"1.%[1]d","archived":false}`, n))
	}
	issue := unmarshal(t, `{"id":10107,"key":"WEB-7","fields":{"customfield_1":[`+strings.Join(items, ",")+`],"fixVersions":[{"id":12345678901234567890,"name":"big"}],
		"issuelinks":[{"id":7,"type":{"id":8,"name":"Blocks"}}],"customfield_2":[{"ID":-1,"name":"case"}],"customfield_3":[{"id":1,"name":2}]}}`)
	versions, ok, err := jira.VersionsField("customfield_1").Get(issue)
	if err != nil || !ok || len(versions) != 500 || versions[499].ID != "499" || versions[499].Name != "1.499" {
		t.Errorf("read %d versions, %v, %v", len(versions), ok, err)
	}
	link := issue.Fields.IssueLinks[0]
	if issue.ID != "10107" || issue.Fields.FixVersions[0].ID != "12345678901234567890" || link.ID != "7" || link.Type.ID != "8" {
		t.Errorf("read the ids %q, %+v, %q, %q", issue.ID, issue.Fields.FixVersions, link.ID, link.Type.ID)
	}
	if v, _, err := jira.VersionsField("customfield_2").Get(issue); err != nil || v[0].ID != "-1" {
		t.Errorf("another case reads %v, %v", v, err)
	}
	if v, ok, err := jira.VersionsField("customfield_3").Get(issue); err == nil || ok || v != nil {
		t.Errorf("a name that is a number reads %v, %v, %v", v, ok, err)
	}
}

// Older rich text fields hold a plain string.
func TestCustomRichTextOfOldIssues(t *testing.T) {
	t.Parallel()
	doc, ok, err := jira.RichTextField("customfield_10025").Get(unmarshal(t, document(t, "full.json")))
	if doc.Text() != "older rich text\nsecond line" || !ok || err != nil {
		t.Errorf("read %q, %v, %v", doc.Text(), ok, err)
	}
}

func TestCustomHandlesAreShared(t *testing.T) {
	t.Parallel()
	points, browser := jira.NumberField("customfield_10016"), jira.SelectField("customfield_10030")
	issue := unmarshal(t, document(t, "full.json"))
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for range 100 {
				p, ok, err := points.Get(issue)
				b, _, _ := browser.Get(issue)
				if p != 3 || !ok || err != nil || b.Value != "Chrome" {
					t.Errorf("%d: read %v, %v, %v, %v", n, p, ok, err, b)
					return
				}
				_ = jira.Custom(points.Value(float64(n)), browser.Value(b))
			}
		})
	}
	wg.Wait()
}

// Fields that Jira defines are no custom fields: a handle says where they are, so that no one takes them for empty.
func TestCustomHandlesOfSystemFields(t *testing.T) {
	t.Parallel()
	issue := unmarshal(t, `{"key":"WEB-7","fields":{"summary":"s","duedate":"2026-11-20","timetracking":[1]}}`)
	text, ok, err := jira.TextField("summary").Get(issue)
	if text != "" || ok || err == nil || !strings.Contains(err.Error(), "summary is a field of its own: use issue.Fields.Summary") {
		t.Errorf("the summary reads %q, %v, %v", text, ok, err)
	}
	if _, _, err := jira.DateField("duedate").Get(issue); err == nil || !strings.Contains(err.Error(), "issue.Fields.DueDate") {
		t.Errorf("the due date reads %v", err)
	}
	// One of a shape that Jira does not document is kept as received.
	if raw, ok, err := jira.RawField("timetracking").Get(issue); string(raw) != `[1]` || !ok || err != nil {
		t.Errorf("the odd field reads %s, %v, %v", raw, ok, err)
	}
	for field := range reflect.TypeFor[jira.SystemFields]().Fields() {
		id, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if _, _, err := jira.RawField(id).Get(issue); (err == nil) != (id == "timetracking") {
			t.Errorf("%s: the error is %v", id, err)
		}
	}
}

// What a program does to a value that it has read does not change the issue.
func TestCustomValuesAreCopies(t *testing.T) {
	t.Parallel()
	issue := unmarshal(t, `{"fields":{"customfield_1":"abc"}}`)
	copy(issue.Fields.Raw("customfield_1"), `"xyz"`)
	for _, value := range issue.Fields.Others() {
		copy(value, `"xyz"`)
	}
	raw, _, _ := jira.RawField("customfield_1").Get(issue)
	copy(raw, `"xyz"`)
	if got := string(issue.Fields.Raw("customfield_1")); got != `"abc"` {
		t.Errorf("the issue now has %s", got)
	}
}

func TestOthersBreaksOff(t *testing.T) {
	t.Parallel()
	issue, n := unmarshal(t, document(t, "full.json")), 0
	for range issue.Fields.Others() {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d fields", n)
	}
}
