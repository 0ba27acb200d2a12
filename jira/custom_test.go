package jira_test

import (
	"encoding/json"
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
		"no labels":       kind(jira.LabelsField, `[]`, []string{}, `[]`, `[1]`),
		"select":          kind(jira.SelectField, `{"id":"1","value":"Chrome","self":"x"}`, jira.Option{ID: "1", Value: "Chrome"}, `{"id":"1"}`, `["1"]`),
		"select by value": kind(jira.SelectField, `{"value":"Chrome"}`, jira.Option{Value: "Chrome"}, `{"value":"Chrome"}`, `"Chrome"`),
		"multi select": kind(jira.MultiSelectField, `[{"id":"1","value":"A"},{"value":"B"}]`,
			[]jira.Option{{ID: "1", Value: "A"}, {Value: "B"}}, `[{"id":"1"},{"value":"B"}]`, `{"id":"1"}`),
		"user":  kind(jira.UserField, adaJSON, ada, `{"accountId":"a"}`, `"a"`),
		"users": kind(jira.UsersField, `[`+adaJSON+`]`, []jira.User{ada}, `[{"accountId":"a"}]`, adaJSON),
		"raw":   kind(jira.RawField, `{"a":[1,2.50]}`, json.RawMessage(`{"a":[1,2.50]}`), `{"a":[1,2.5]}`, ``),
	} {
		t.Run(name, test)
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
