package jira_test

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

const created = `{"id":"10107","key":"WEB-7","self":"https://acme.example/rest/api/3/issue/10107"}`

const docJSON = `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"a <b> & \"c\""}]}]}`

func minimal() jira.IssueInput { return jira.IssueInput{Project: "WEB", Type: "Bug", Summary: "s"} }

func TestCreateSends(t *testing.T) {
	t.Parallel()
	doc := adf.Text(`a <b> & "c"`)
	base := `"project":{"key":"WEB"},"issuetype":{"name":"Bug"},"summary":"s"`
	for _, tt := range []struct {
		name string
		set  func(*jira.IssueInput)
		want string // the fields beside the required ones
	}{
		{"nothing else", func(*jira.IssueInput) {}, ``},
		{"description", func(in *jira.IssueInput) { in.Description = doc }, `"description":` + docJSON},
		{"environment", func(in *jira.IssueInput) { in.Environment = doc }, `"environment":` + docJSON},
		{"no text", func(in *jira.IssueInput) { in.Description = adf.Text(" \n ") }, ``},
		{"no document", func(in *jira.IssueInput) { in.Description, in.Environment = &adf.Doc{}, (*adf.Doc)(nil) }, ``},
		{"parent by key", func(in *jira.IssueInput) { in.Parent = "WEB-1" }, `"parent":{"key":"WEB-1"}`},
		{"parent by id", func(in *jira.IssueInput) { in.Parent = "10100" }, `"parent":{"id":"10100"}`},
		{"priority by name", func(in *jira.IssueInput) { in.Priority = "High" }, `"priority":{"name":"High"}`},
		{"priority by id", func(in *jira.IssueInput) { in.Priority = "2" }, `"priority":{"id":"2"}`},
		{"assignee", func(in *jira.IssueInput) { in.Assignee = "5b10a" }, `"assignee":{"accountId":"5b10a"}`},
		{"assignee of digits", func(in *jira.IssueInput) { in.Assignee = "123" }, `"assignee":{"accountId":"123"}`},
		{"reporter", func(in *jira.IssueInput) { in.Reporter = "5b10a" }, `"reporter":{"accountId":"5b10a"}`},
		{"labels", func(in *jira.IssueInput) { in.Labels = []string{"a", "b"} }, `"labels":["a","b"]`},
		{"components", func(in *jira.IssueInput) { in.Components = []string{"Checkout", "10010"} }, `"components":[{"name":"Checkout"},{"id":"10010"}]`},
		{"versions", func(in *jira.IssueInput) { in.Versions = []string{"4.2", "10020"} }, `"versions":[{"name":"4.2"},{"id":"10020"}]`},
		{"fix versions", func(in *jira.IssueInput) { in.FixVersions = []string{"4.3"} }, `"fixVersions":[{"name":"4.3"}]`},
		{"a version called by a number", func(in *jira.IssueInput) {
			in.Custom = jira.Custom(jira.VersionsField("fixVersions").Value([]jira.Version{{Name: "2024"}}))
		}, `"fixVersions":[{"name":"2024"}]`},
		{"due date", func(in *jira.IssueInput) { in.DueDate = jira.Date{Year: 2026, Month: time.March, Day: 1} }, `"duedate":"2026-03-01"`},
		{"security by name", func(in *jira.IssueInput) { in.Security = "Internal" }, `"security":{"name":"Internal"}`},
		{"security by id", func(in *jira.IssueInput) { in.Security = "10030" }, `"security":{"id":"10030"}`},
		{"estimate", func(in *jira.IssueInput) { in.Estimate.Original = "2d 4h" }, `"timetracking":{"originalEstimate":"2d 4h"}`},
		{"custom", func(in *jira.IssueInput) {
			in.Custom = jira.Custom(jira.NumberField("customfield_1").Value(0), jira.TextField("customfield_2").Value(""), jira.TextField("customfield_3").Empty())
		}, `"customfield_1":0,"customfield_2":"","customfield_3":null`},
		{"custom over a field", func(in *jira.IssueInput) {
			in.Custom = jira.Custom(jira.RawField("timetracking").Value(json.RawMessage(`{"originalEstimate":"2h"}`)))
		}, `"timetracking":{"originalEstimate":"2h"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := minimal()
			tt.set(&in)
			r := &recorder{answers: []answer{{status: http.StatusCreated, body: created}}}
			issue, err := newClient(t, r).Issues.Create(t.Context(), in)
			if err != nil || issue.Key != "WEB-7" || issue.ID != "10107" {
				t.Fatalf("created %+v, %v", issue, err)
			}
			want := base
			if tt.want != "" {
				want += "," + tt.want
			}
			if diff := cmp.Diff(parse(t, `{"fields":{`+want+`}}`), r.body(t, 0)); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			if got := r.sent[0].Method + " " + r.sent[0].URL.String(); got != "POST https://acme.example/rest/api/3/issue" {
				t.Errorf("sent %s", got)
			}
		})
	}
}

func TestCreateSendsProperties(t *testing.T) {
	t.Parallel()
	r := &recorder{answers: []answer{{status: http.StatusCreated, body: created}}}
	_, err := newClient(t, r).Issues.Create(t.Context(), jira.IssueInput{
		Project: "10001", Type: "10004", Summary: " s ",
		Properties: []jira.EntityProperty{{Key: "ci", Value: json.RawMessage(`{"run":"r-1"}`)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"fields":{"project":{"id":"10001"},"issuetype":{"id":"10004"},"summary":" s "},"properties":[{"key":"ci","value":{"run":"r-1"}}]}`
	if diff := cmp.Diff(parse(t, want), r.body(t, 0)); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func TestUpdateSends(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		update jira.IssueUpdate
		want   string
	}{
		{"summary", jira.IssueUpdate{Summary: new("s")}, `{"fields":{"summary":"s"}}`},
		{"description", jira.IssueUpdate{Description: adf.Text(`a <b> & "c"`)}, `{"fields":{"description":` + docJSON + `}}`},
		{"environment", jira.IssueUpdate{Environment: adf.Text(`a <b> & "c"`)}, `{"fields":{"environment":` + docJSON + `}}`},
		{"type", jira.IssueUpdate{Type: new("Bug")}, `{"fields":{"issuetype":{"name":"Bug"}}}`},
		{"parent", jira.IssueUpdate{Parent: new("WEB-1")}, `{"fields":{"parent":{"key":"WEB-1"}}}`},
		{"no parent", jira.IssueUpdate{Parent: new("")}, `{"fields":{"parent":null}}`},
		{"priority", jira.IssueUpdate{Priority: new("2")}, `{"fields":{"priority":{"id":"2"}}}`},
		{"assignee", jira.IssueUpdate{Assignee: new("5b10a")}, `{"fields":{"assignee":{"accountId":"5b10a"}}}`},
		{"no assignee", jira.IssueUpdate{Assignee: new("")}, `{"fields":{"assignee":null}}`},
		{"reporter", jira.IssueUpdate{Reporter: new("5b10a")}, `{"fields":{"reporter":{"accountId":"5b10a"}}}`},
		{"due date", jira.IssueUpdate{DueDate: &jira.Date{Year: 2026, Month: time.March, Day: 1}}, `{"fields":{"duedate":"2026-03-01"}}`},
		{"no due date", jira.IssueUpdate{DueDate: &jira.Date{}}, `{"fields":{"duedate":null}}`},
		{"security", jira.IssueUpdate{Security: new("Internal")}, `{"fields":{"security":{"name":"Internal"}}}`},
		{"labels", jira.IssueUpdate{Labels: jira.ListUpdate{Add: []string{"a", "b"}, Remove: []string{"c"}}}, `{"update":{"labels":[{"add":"a"},{"add":"b"},{"remove":"c"}]}}`},
		{"all labels", jira.IssueUpdate{Labels: jira.ListUpdate{Set: []string{"a", "b"}}}, `{"fields":{"labels":["a","b"]}}`},
		{"no labels", jira.IssueUpdate{Labels: jira.ListUpdate{Set: []string{}}}, `{"fields":{"labels":[]}}`},
		{"labels anew", jira.IssueUpdate{Labels: jira.ListUpdate{Set: []string{"a"}, Add: []string{"b"}}}, `{"update":{"labels":[{"set":["a"]},{"add":"b"}]}}`},
		{"components", jira.IssueUpdate{Components: jira.ListUpdate{Add: []string{"Cart"}, Remove: []string{"10010"}}}, `{"update":{"components":[{"add":{"name":"Cart"}},{"remove":{"id":"10010"}}]}}`},
		{"versions", jira.IssueUpdate{Versions: jira.ListUpdate{Set: []string{"1.0", "10020"}}}, `{"fields":{"versions":[{"name":"1.0"},{"id":"10020"}]}}`},
		{"fix versions", jira.IssueUpdate{FixVersions: jira.ListUpdate{Add: []string{"1.1"}}}, `{"update":{"fixVersions":[{"add":{"name":"1.1"}}]}}`},
		{"estimate", jira.IssueUpdate{Estimate: jira.Estimate{Remaining: "1h"}}, `{"update":{"timetracking":[{"edit":{"remainingEstimate":"1h"}}]}}`},
		{"properties", jira.IssueUpdate{Properties: []jira.EntityProperty{{Key: "ci", Value: json.RawMessage(`1`)}}}, `{"properties":[{"key":"ci","value":1}]}`},
		{"verbs", jira.IssueUpdate{Custom: jira.Custom(
			jira.MultiSelectField("customfield_1").Add([]jira.Option{{Value: "A"}, {ID: "2", Value: "B"}}),
			jira.MultiSelectField("customfield_1").Remove([]jira.Option{{Value: "C"}}),
			jira.RawField("comment").Edit(json.RawMessage(`{"id":"1","body":null}`)),
			jira.UserField("customfield_2").Add(jira.User{AccountID: "a"}),
		)}, `{"update":{"customfield_1":[{"add":{"value":"A"}},{"add":{"id":"2"}},{"remove":{"value":"C"}}],"comment":[{"edit":{"id":"1","body":null}}],"customfield_2":[{"add":{"accountId":"a"}}]}}`},
		{"a value and verbs", jira.IssueUpdate{Custom: jira.Custom(
			jira.LabelsField("customfield_1").Add([]string{"b"}), jira.LabelsField("customfield_1").Value([]string{"a"}),
		)}, `{"update":{"customfield_1":[{"set":["a"]},{"add":"b"}]}}`},
		{"custom", jira.IssueUpdate{Custom: jira.Custom(jira.NumberField("customfield_1").Value(2.5))}, `{"fields":{"customfield_1":2.5}}`},
		{"clear", jira.IssueUpdate{Clear: []string{"duedate", "customfield_1"}}, `{"fields":{"duedate":null,"customfield_1":null}}`},
		{"no document", jira.IssueUpdate{Summary: new("s"), Description: &adf.Doc{}, Environment: &adf.Doc{}}, `{"fields":{"summary":"s"}}`},
		{"no description", jira.IssueUpdate{Description: adf.Text(""), Clear: []string{"description", "environment"}}, `{"fields":{"description":null,"environment":null}}`},
		{"several", jira.IssueUpdate{Summary: new("s"), Labels: jira.ListUpdate{Add: []string{"a"}}}, `{"fields":{"summary":"s"},"update":{"labels":[{"add":"a"}]}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{answers: []answer{{status: http.StatusNoContent}}}
			if err := newClient(t, r).Issues.Update(t.Context(), "WEB-7", tt.update); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(parse(t, tt.want), r.body(t, 0)); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			if got := r.sent[0].Method + " " + r.sent[0].URL.String(); got != "PUT https://acme.example/rest/api/3/issue/WEB-7" {
				t.Errorf("sent %s", got)
			}
		})
	}
}

func TestUpdateSilently(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		silent bool
		query  string
	}{{false, ""}, {true, "notifyUsers=false"}} {
		r := &recorder{answers: []answer{{status: http.StatusNoContent}}}
		if err := newClient(t, r).Issues.Update(t.Context(), "WEB-7", jira.IssueUpdate{Summary: new("s"), Silent: tt.silent}); err != nil {
			t.Fatal(err)
		}
		if got := r.sent[0].URL.RawQuery; got != tt.query {
			t.Errorf("silent is %v: the query is %q, want %q", tt.silent, got, tt.query)
		}
	}
}

func TestInputIsCheckedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	create := func(change func(*jira.IssueInput)) func(*jira.Client) error {
		return func(jc *jira.Client) error {
			in := minimal()
			change(&in)
			_, err := jc.Issues.Create(t.Context(), in)
			return err
		}
	}
	update := func(issue string, u jira.IssueUpdate) func(*jira.Client) error {
		return func(jc *jira.Client) error { return jc.Issues.Update(t.Context(), issue, u) }
	}
	nan := jira.Custom(jira.NumberField("customfield_1").Value(math.NaN()))
	for name, tt := range map[string]struct {
		call func(*jira.Client) error
		says string
	}{
		"no project":        {create(func(in *jira.IssueInput) { in.Project = "" }), "Project"},
		"no type":           {create(func(in *jira.IssueInput) { in.Type = "" }), "Type"},
		"no summary":        {create(func(in *jira.IssueInput) { in.Summary = "" }), "Summary"},
		"blank summary":     {create(func(in *jira.IssueInput) { in.Summary = " \n" }), "Summary"},
		"no number":         {create(func(in *jira.IssueInput) { in.Custom = nan }), "customfield_1"},
		"custom of no id":   {create(func(in *jira.IssueInput) { in.Custom = make([]jira.CustomValue, 1) }), "id"},
		"wrong raw JSON":    {create(func(in *jira.IssueInput) { in.Custom = jira.Custom(jira.RawField("x").Value([]byte("{"))) }), "x"},
		"empty update":      {update("WEB-7", jira.IssueUpdate{}), "changes nothing"},
		"only a zero text":  {update("WEB-7", jira.IssueUpdate{Description: &adf.Doc{}}), "changes nothing"},
		"only silent":       {update("WEB-7", jira.IssueUpdate{Silent: true}), "changes nothing"},
		"update of nobody":  {update("", jira.IssueUpdate{Summary: new("s")}), "empty"},
		"hostile key":       {update("..", jira.IssueUpdate{Summary: new("s")}), ".."},
		"no number either":  {update("WEB-7", jira.IssueUpdate{Custom: nan}), "customfield_1"},
		"two lines":         {create(func(in *jira.IssueInput) { in.Summary = "a\nb" }), "CleanSummary"},
		"long summary":      {create(func(in *jira.IssueInput) { in.Summary = strings.Repeat("é", 256) }), "256 characters"},
		"a blank in labels": {create(func(in *jira.IssueInput) { in.Labels = []string{"ok", "not ok"} }), `"not ok"`},
		"empty label":       {create(func(in *jira.IssueInput) { in.Labels = []string{""} }), "empty"},
		"long label":        {create(func(in *jira.IssueInput) { in.Labels = []string{strings.Repeat("x", 256)} }), "256 characters"},
		"two sprints": {create(func(in *jira.IssueInput) {
			in.Custom = jira.Custom(jira.SprintField("x").Value(make([]jira.Sprint, 2)))
		}), "one sprint"},
		"a field twice": {create(func(in *jira.IssueInput) {
			in.Custom = jira.Custom(jira.TextField("x").Value("1"), jira.TextField("x").Value("2"))
		}), "x: the field is given twice"},
		"a text too long":    {create(func(in *jira.IssueInput) { in.Description = adf.Text(strings.Repeat("x", adf.MaxLength+1)) }), "too long"},
		"new summary, lines": {update("WEB-7", jira.IssueUpdate{Summary: new("a\r\nb")}), "CleanSummary"},
		"no new summary":     {update("WEB-7", jira.IssueUpdate{Summary: new("")}), "summary: the Summary is empty"},
		"new label, blank":   {update("WEB-7", jira.IssueUpdate{Labels: jira.ListUpdate{Add: []string{"a b"}}}), "CleanLabel"},
		"cleared and set":    {update("WEB-7", jira.IssueUpdate{Summary: new("s"), Clear: []string{"summary"}}), "twice"},
		"clear of no id":     {update("WEB-7", jira.IssueUpdate{Clear: []string{""}}), "id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{}
			err := tt.call(newClient(t, r))
			if !errors.Is(err, client.ErrInvalid) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("the error is %v", err)
			}
			if len(r.sent) > 0 {
				t.Errorf("%s was sent", r.sent[0].URL)
			}
		})
	}
}

// All that is wrong is named at once, by field, and can be tested for.
func TestInputErrorsNameTheFields(t *testing.T) {
	t.Parallel()
	_, err := newClient(t, &recorder{}).Issues.Create(t.Context(), jira.IssueInput{
		Type: "Bug", Summary: "a\nb", Labels: []string{"a b"}, Description: adf.Text(strings.Repeat("x", adf.MaxLength+1)),
	})
	e, ok := errors.AsType[*client.Error](err)
	if !ok || !errors.Is(err, client.ErrInvalid) || !errors.Is(err, adf.ErrTooLong) {
		t.Fatalf("the error is %v", err)
	}
	if diff := cmp.Diff([]string{"description", "labels", "project", "summary"}, slices.Sorted(maps.Keys(e.Fields))); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if text := err.Error(); strings.Count(text, "CleanSummary") != 1 || strings.Contains(text, "\n") {
		t.Errorf("the error reads %q", text)
	}
}

// A wrong value of any field is found before anything is sent, and its error is about the field, not about JSON.
func TestWrongValues(t *testing.T) {
	t.Parallel()
	const id, empty = "customfield_1", "the value is empty: give it an id or a name; to clear the field, use Empty"
	long := adf.Text(strings.Repeat("x", adf.MaxLength+1))
	feb31 := jira.Date{Year: 2026, Month: time.February, Day: 31}
	custom := func(values ...jira.CustomValue) jira.IssueUpdate { return jira.IssueUpdate{Custom: values} }
	for name, tt := range map[string]struct {
		update jira.IssueUpdate
		field  string
		says   string
	}{
		"long text":              {jira.IssueUpdate{Description: long}, "description", "adf: 32768 characters"},
		"long environment":       {jira.IssueUpdate{Environment: long}, "environment", "adf: 32768 characters"},
		"long custom text":       {custom(jira.RichTextField(id).Value(long)), id, "adf: 32768 characters"},
		"long custom text added": {custom(jira.RichTextField(id).Add(long)), id, "adf: 32768 characters"},
		"emoji":                  {jira.IssueUpdate{Summary: new(strings.Repeat("😀", 128))}, "summary", "the Summary has 256 characters, 255 are allowed"},
		"emoji in a label":       {jira.IssueUpdate{Labels: jira.ListUpdate{Set: []string{strings.Repeat("😀", 128)}}}, "labels", "a label has 256 characters"},
		"label to remove":        {jira.IssueUpdate{Labels: jira.ListUpdate{Remove: []string{"ok", "a b"}}}, "labels", `the label "a b" has a blank: CleanLabel`},
		"no label to remove":     {jira.IssueUpdate{Labels: jira.ListUpdate{Remove: []string{""}}}, "labels", "a label is empty"},
		"custom label":           {custom(jira.LabelsField(id).Value([]string{"ok", "a b"})), id, `the label "a b" has a blank: CleanLabel`},
		"custom label added":     {custom(jira.LabelsField(id).Add([]string{"a\tb"})), id, "CleanLabel"},
		"custom label, long":     {custom(jira.LabelsField(id).Value([]string{strings.Repeat("x", 256)})), id, "CleanLabel shortens it"},
		"due date":               {jira.IssueUpdate{DueDate: &feb31}, "duedate", "2026-02-31 is no day"},
		"custom date":            {custom(jira.DateField(id).Value(feb31)), id, "2026-02-31 is no day"},
		"half a date":            {custom(jira.DateField(id).Value(jira.Date{Year: 2026})), id, "2026-00-00 is no day"},
		"no option":              {custom(jira.SelectField(id).Value(jira.Option{})), id, empty},
		"no radio button":        {custom(jira.RadioField(id).Value(jira.Option{})), id, empty},
		"one of two options":     {custom(jira.MultiSelectField(id).Value([]jira.Option{{ID: "1"}, {}})), id, empty},
		"no option added":        {custom(jira.CheckboxField(id).Add(make([]jira.Option, 1))), id, empty},
		"below no option":        {custom(jira.CascadingSelectField(id).Value(jira.CascadingOption{Child: jira.Option{ID: "1"}})), id, empty},
		"no user":                {custom(jira.UserField(id).Value(jira.User{DisplayName: "Ada"})), id, empty},
		"no users":               {custom(jira.UsersField(id).Remove(make([]jira.User, 1))), id, empty},
		"no group":               {custom(jira.GroupField(id).Value(jira.Group{})), id, empty},
		"no project":             {custom(jira.ProjectField(id).Value(jira.Project{Name: "Web"})), id, empty},
		"no version":             {custom(jira.VersionField(id).Value(jira.Version{})), id, empty},
		"no component":           {custom(jira.ComponentsField(id).Value(make([]jira.Component, 1))), id, empty},
		"no sprint":              {custom(jira.SprintField(id).Value([]jira.Sprint{{Name: "Sprint 1"}})), id, "the sprint has no ID"},
		"no name of a version":   {jira.IssueUpdate{FixVersions: jira.ListUpdate{Add: []string{""}}}, "fixVersions", empty},
		"no name in a list":      {jira.IssueUpdate{Components: jira.ListUpdate{Set: []string{"Cart", ""}}}, "components", empty},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{}
			err := newClient(t, r).Issues.Update(t.Context(), "WEB-7", tt.update)
			e, ok := errors.AsType[*client.Error](err)
			if !ok || !errors.Is(err, client.ErrInvalid) || len(r.sent) > 0 {
				t.Fatalf("the error is %v after %d requests", err, len(r.sent))
			}
			if text := e.Fields[tt.field]; len(e.Fields) != 1 || !strings.Contains(text, tt.says) || strings.Contains(text, "json") {
				t.Errorf("fields %q, want %q: %q", e.Fields, tt.field, tt.says)
			}
			if long := strings.HasPrefix(name, "long"); errors.Is(err, adf.ErrTooLong) != long {
				t.Errorf("too long is %v, want %v", !long, long)
			}
		})
	}
}

// A new issue is refused for the same reasons.
func TestWrongValuesOfANewIssue(t *testing.T) {
	t.Parallel()
	in := minimal()
	in.Summary, in.Labels, in.Components = strings.Repeat("😀", 128), []string{"a b"}, []string{""}
	in.DueDate = jira.Date{Year: 2026, Month: 13, Day: 1}
	in.Environment = adf.Text(strings.Repeat("x", adf.MaxLength+1))
	in.Custom = jira.Custom(jira.UserField("customfield_1").Value(jira.User{}))
	r := &recorder{}
	_, err := newClient(t, r).Issues.Create(t.Context(), in)
	want := []string{"components", "customfield_1", "duedate", "environment", "labels", "summary"}
	if diff := cmp.Diff(want, wrongFields(t, err)); diff != "" || !errors.Is(err, adf.ErrTooLong) || len(r.sent) > 0 {
		t.Errorf("%d requests, %v (-want +got):\n%s", len(r.sent), err, diff)
	}
}

func TestCreateWithAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]answer{
		"500":           {http.StatusInternalServerError, `{"errorMessages":["Internal"]}`, nil},
		"502":           {http.StatusBadGateway, `<html><title>Bad gateway</title>`, nil},
		"no key":        {http.StatusCreated, `{"id":"10107"}`, nil},
		"no id":         {http.StatusCreated, `{"key":"WEB-7"}`, nil},
		"nothing":       {http.StatusCreated, ``, nil},
		"null":          {http.StatusCreated, `null`, nil},
		"no JSON":       {http.StatusCreated, `created`, nil},
		"wrong type":    {http.StatusCreated, `[]`, nil},
		"no content":    {http.StatusNoContent, ``, nil},
		"anonymous 500": {http.StatusInternalServerError, ``, http.Header{"X-Other": {"1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{answers: []answer{a}}
			issue, err := newClient(t, r).Issues.Create(t.Context(), minimal())
			if !errors.Is(err, client.ErrAmbiguous) || issue != nil {
				t.Errorf("got %v, %v, want ErrAmbiguous", issue, err)
			}
			if len(r.sent) != 1 {
				t.Errorf("%d requests were sent", len(r.sent))
			}
		})
	}
}

func TestCreateRefused(t *testing.T) {
	t.Parallel()
	r := &recorder{answers: []answer{{
		http.StatusBadRequest, `{"errorMessages":["One."],"errors":{"summary":"You must specify a summary.","customfield_1":"Points is required."}}`,
		http.Header{"Atl-Traceid": {"t-1"}},
	}}}
	_, err := newClient(t, r).Issues.Create(t.Context(), minimal())
	var e *client.Error
	if !errors.Is(err, client.ErrInvalid) || errors.Is(err, client.ErrAmbiguous) || !errors.As(err, &e) {
		t.Fatalf("the error is %v", err)
	}
	want := map[string]string{"summary": "You must specify a summary.", "customfield_1": "Points is required."}
	if diff := cmp.Diff(want, e.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if !slices.Equal(e.Messages, []string{"One."}) || e.TraceID != "t-1" || !strings.Contains(err.Error(), "Points is required.") || strings.Contains(err.Error(), "secret-token") {
		t.Errorf("the error is %v", err)
	}
}

func TestCreateIsSentAgainWhenRefusedForTheRate(t *testing.T) {
	t.Parallel()
	r := &recorder{answers: []answer{
		{http.StatusTooManyRequests, ``, http.Header{"Retry-After": {"0"}}},
		{http.StatusCreated, created, nil},
	}}
	issue, err := newClient(t, r).Issues.Create(t.Context(), minimal())
	if err != nil || issue.Key != "WEB-7" || len(r.sent) != 2 || r.bodies[0] != r.bodies[1] {
		t.Errorf("%v, %v after %d requests", issue, err, len(r.sent))
	}
}

// A PUT may be repeated: it says what shall be, not what shall happen.
func TestUpdateIsSentAgainAfterAFailure(t *testing.T) {
	t.Parallel()
	r := &recorder{answers: []answer{{http.StatusInternalServerError, ``, nil}, {http.StatusNoContent, ``, nil}}}
	err := newClient(t, r).Issues.Update(t.Context(), "WEB-7", jira.IssueUpdate{Summary: new("s")})
	if err != nil || len(r.sent) != 2 || r.bodies[0] != r.bodies[1] {
		t.Errorf("%v after %d requests", err, len(r.sent))
	}
}
