package jira_test

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// onFake returns a site and a client of it.
func onFake(tb testing.TB, opts ...jiratest.Option) (*jira.Client, *jiratest.Server) {
	tb.Helper()
	server := jiratest.NewServer(append(opts, jiratest.WithoutListener())...)
	jc, err := jira.New(server.URL, client.BasicAuth(jiratest.Email, jiratest.Token), client.WithTransport(server.Transport()))
	if err != nil {
		tb.Fatal(err)
	}
	return jc, server
}

// wrongFields are the ids of the fields that an error names.
func wrongFields(tb testing.TB, err error) []string {
	tb.Helper()
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*client.Error](err)
	if !ok || !errors.Is(err, client.ErrInvalid) {
		tb.Fatalf("the error is %v", err)
	}
	return slices.Sorted(maps.Keys(e.Fields))
}

func TestRequirements(t *testing.T) {
	t.Parallel()
	jc, server := onFake(t)
	team := server.AddField(jiratest.Field{Name: "Team", Type: jiratest.SelectField, Required: true, Options: []string{"Blue", "Red"}})
	for _, name := range []string{"Bug", "bug", "10004"} {
		r, err := jc.Issues.Requirements(t.Context(), "WEB", name)
		if err != nil {
			t.Fatal(err)
		}
		if r.Type.ID != "10004" || r.Type.Name != "Bug" || r.Project != "WEB" {
			t.Errorf("the type is %+v in %q", r.Type, r.Project)
		}
		var required []string
		for _, f := range r.Required() {
			required = append(required, f.FieldID)
		}
		if diff := cmp.Diff([]string{"summary", "issuetype", "project", team}, required); diff != "" {
			t.Errorf("required (-want +got):\n%s", diff)
		}
		f, err := r.Field("team")
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, c := range f.Choices() {
			names = append(names, c.Name)
		}
		if diff := cmp.Diff([]string{"Blue", "Red"}, names); diff != "" || f.FieldID != team {
			t.Errorf("choices of %s (-want +got):\n%s", f.FieldID, diff)
		}
		if byID, err := r.Field(team); err != nil || byID.Name != "Team" {
			t.Errorf("by id: %v, %v", byID, err)
		}
	}
}

func TestRequirementsOfNothing(t *testing.T) {
	t.Parallel()
	jc, server := onFake(t)
	_, err := jc.Issues.Requirements(t.Context(), "WEB", "Bugg")
	if !errors.Is(err, client.ErrInvalid) || !strings.Contains(err.Error(), "Epic, Story, Task, Bug") || !strings.Contains(err.Error(), `"Bugg"`) {
		t.Errorf("an unknown type: %v", err)
	}
	if _, err := jc.Issues.Requirements(t.Context(), "GONE", "Bug"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("an unknown project: %v", err)
	}
	first := server.AddField(jiratest.Field{Name: "Zone", Type: jiratest.TextField})
	second := server.AddField(jiratest.Field{Name: "Zone", Type: jiratest.NumberField})
	third := server.AddField(jiratest.Field{Name: "ZONE", Type: jiratest.NumberField})
	r, err := jc.Issues.Requirements(t.Context(), "WEB", "Bug")
	if err != nil {
		t.Fatal(err)
	}
	for name, says := range map[string][]string{
		"Zone":   {`2 fields are called "Zone"`, first + ", a TextField", second + ", a NumberField"},
		"zone":   {`3 fields are called "zone"`, first, second, third},
		"Nobody": {`no field is called "Nobody"`, "a new Bug in WEB"},
	} {
		_, err := r.Field(name)
		for _, s := range says {
			if !errors.Is(err, client.ErrInvalid) || !strings.Contains(err.Error(), s) {
				t.Errorf("%s: the error %v does not say %q", name, err, s)
			}
		}
	}
	if f, err := r.Field("ZONE"); err != nil || f.FieldID != third {
		t.Errorf("the exact name gives %v, %v", f, err)
	}
}

// Some answers name a field by its key alone: it is found, required and checked all the same.
func TestRequirementsByKeyAlone(t *testing.T) {
	t.Parallel()
	r := &recorder{answers: []answer{
		{status: http.StatusOK, body: `{"issueTypes":[{"id":"1","name":"Bug"}],"total":1}`},
		{status: http.StatusOK, body: `{"fields":[{"key":"summary","name":"Summary","required":true,"schema":{"type":"string"}},{"key":"customfield_1","name":"Team","required":true,"schema":{"type":"string"}}],"total":2}`},
	}}
	bug, err := newClient(t, r).Issues.Requirements(t.Context(), "WEB", "Bug")
	if err != nil {
		t.Fatal(err)
	}
	if f, err := bug.Field("customfield_1"); err != nil || f.FieldID != "customfield_1" {
		t.Errorf("by id: %+v, %v", f, err)
	}
	err = bug.Validate(jira.IssueInput{Project: "WEB", Type: "Bug", Summary: "s"})
	if diff := cmp.Diff([]string{"customfield_1"}, wrongFields(t, err)); diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// Validate finds what the site would refuse, and only that: each input goes through both.
func TestValidateAgreesWithTheSite(t *testing.T) {
	t.Parallel()
	jc, server := onFake(t)
	server.AddField(jiratest.Field{Name: "Team", Type: jiratest.SelectField, Required: true, Options: []string{"Blue", "Red"}})
	id := func(name string) string {
		t.Helper()
		r, err := jc.Issues.Requirements(t.Context(), "WEB", "Bug")
		if err != nil {
			t.Fatal(err)
		}
		f, err := r.Field(name)
		if err != nil {
			t.Fatal(err)
		}
		return f.FieldID
	}
	team, points, signature, severity, browsers := id("Team"), id("Story Points"), id("Test Signature"), id("Severity"), id("Browsers")
	found, tester, steps, last, suites := id("Found on"), id("Tester"), id("Steps to reproduce"), id("Last failure"), id("Suites")
	raw := func(id, value string) jira.CustomValue { return jira.RawField(id).Value(json.RawMessage(value)) }
	blue := jira.SelectField(team).Value(jira.Option{Value: "Blue"})
	for name, tt := range map[string]struct {
		change func(*jira.IssueInput)
		wrong  []string
	}{
		"fine":             {func(*jira.IssueInput) {}, nil},
		"nothing required": {func(in *jira.IssueInput) { in.Custom = nil }, []string{team}},
		"required, empty":  {func(in *jira.IssueInput) { in.Custom = jira.Custom(jira.SelectField(team).Empty()) }, []string{team}},
		"not a choice": {func(in *jira.IssueInput) {
			in.Custom = jira.Custom(jira.SelectField(team).Value(jira.Option{Value: "Green"}))
		}, []string{team}},
		"another case": {func(in *jira.IssueInput) {
			in.Custom = jira.Custom(jira.SelectField(team).Value(jira.Option{Value: "blue"}))
		}, nil},
		"an id":               {func(in *jira.IssueInput) { in.Custom = jira.Custom(blue, raw(severity, `{"id":"10020"}`)) }, nil},
		"a wrong id":          {func(in *jira.IssueInput) { in.Custom = jira.Custom(blue, raw(severity, `{"id":"1"}`)) }, []string{severity}},
		"a text for a choice": {func(in *jira.IssueInput) { in.Custom = jira.Custom(blue, raw(severity, `"Major"`)) }, []string{severity}},
		"no such field": {func(in *jira.IssueInput) {
			in.Custom = jira.Custom(blue, jira.TextField("customfield_99999").Value("x"))
		}, []string{"customfield_99999"}},
		"numbers":   {func(in *jira.IssueInput) { in.Custom = jira.Custom(blue, jira.NumberField(points).Value(-2.5)) }, nil},
		"no number": {func(in *jira.IssueInput) { in.Custom = jira.Custom(blue, raw(points, `"3"`)) }, []string{points}},
		"a long line": {func(in *jira.IssueInput) {
			in.Custom = jira.Custom(blue, jira.TextField(signature).Value(strings.Repeat("x", 256)))
		}, []string{signature}},
		"emoji are two characters": {func(in *jira.IssueInput) {
			in.Custom = jira.Custom(blue, jira.TextField(signature).Value(strings.Repeat("😀", 127)+"x"))
		}, nil},
		"too many emoji": {func(in *jira.IssueInput) {
			in.Custom = jira.Custom(blue, jira.TextField(signature).Value(strings.Repeat("😀", 128)))
		}, []string{signature}},
		"emoji in summary and label": {func(in *jira.IssueInput) {
			in.Summary, in.Labels = strings.Repeat("😀", 127)+"x", []string{strings.Repeat("😀", 127)}
		}, nil},
		"no text": {func(in *jira.IssueInput) { in.Custom = jira.Custom(blue, raw(signature, `7`)) }, []string{signature}},
		"choices": {func(in *jira.IssueInput) {
			in.Custom = jira.Custom(blue, raw(browsers, `[{"value":"Chrome"},{"value":"Safari"}]`))
		}, nil},
		"one wrong": {func(in *jira.IssueInput) {
			in.Custom = jira.Custom(blue, raw(browsers, `[{"value":"Chrome"},{"value":"Lynx"}]`))
		}, []string{browsers}},
		"no list": {func(in *jira.IssueInput) { in.Custom = jira.Custom(blue, raw(browsers, `{"value":"Chrome"}`)) }, []string{browsers}},
		"a day": {func(in *jira.IssueInput) {
			in.Custom = jira.Custom(blue, jira.DateField(found).Value(jira.Date{Year: 2026, Month: 2, Day: 28}))
		}, nil},
		"no day":    {func(in *jira.IssueInput) { in.Custom = jira.Custom(blue, raw(found, `"2026-02-30"`)) }, []string{found}},
		"no moment": {func(in *jira.IssueInput) { in.Custom = jira.Custom(blue, raw(last, `"2026-02-28"`)) }, []string{last}},
		"no user":   {func(in *jira.IssueInput) { in.Custom = jira.Custom(blue, raw(tester, `{}`)) }, []string{tester}},
		"rich text": {func(in *jira.IssueInput) {
			in.Custom = jira.Custom(blue, jira.RichTextField(steps).Value(adf.Markdown("**a**")))
		}, nil},
		"plain for rich": {func(in *jira.IssueInput) { in.Custom = jira.Custom(blue, raw(steps, `"a"`)) }, []string{steps}},
		"labels": {func(in *jira.IssueInput) {
			in.Custom = jira.Custom(blue, jira.LabelsField(suites).Value([]string{"smoke"}))
		}, nil},
		"a blank in a label": {func(in *jira.IssueInput) {
			in.Custom = jira.Custom(blue, jira.LabelsField(suites).Value([]string{"a b"}))
		}, []string{suites}},
		"labels by a verb": {func(in *jira.IssueInput) { in.Custom = jira.Custom(blue, jira.LabelsField(suites).Add([]string{"a"})) }, nil},
		"a wrong verb":     {func(in *jira.IssueInput) { in.Custom = jira.Custom(blue, jira.NumberField(points).Add(3)) }, []string{points}},
		"a blank by a verb": {func(in *jira.IssueInput) {
			in.Custom = jira.Custom(blue, jira.LabelsField(suites).Add([]string{"a b"}))
		}, []string{suites}},
		"priority":     {func(in *jira.IssueInput) { in.Priority = "Highest" }, nil},
		"no priority":  {func(in *jira.IssueInput) { in.Priority = "Mild" }, []string{"priority"}},
		"components":   {func(in *jira.IssueInput) { in.Components = []string{"Cart", "10001"} }, nil},
		"no component": {func(in *jira.IssueInput) { in.Components = []string{"Cart", "Attic"} }, []string{"components"}},
		"no version":   {func(in *jira.IssueInput) { in.FixVersions = []string{"9.9"} }, []string{"fixVersions"}},
		"several": {
			func(in *jira.IssueInput) {
				in.Summary, in.Labels, in.Priority, in.Custom = "a\nb", []string{"a b"}, "Mild", nil
			},
			[]string{team, "labels", "priority", "summary"},
		},
		"a part of nothing": {func(in *jira.IssueInput) { in.Type = "Sub-task" }, []string{"parent"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := jira.IssueInput{Project: "WEB", Type: "Bug", Summary: name, Custom: jira.Custom(blue)}
			tt.change(&in)
			r, err := jc.Issues.Requirements(t.Context(), "WEB", in.Type)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(tt.wrong)
			err = r.Validate(in)
			if diff := cmp.Diff(tt.wrong, wrongFields(t, err)); diff != "" {
				t.Errorf("Validate says %v (-want +got):\n%s", err, diff)
			}
			_, err = jc.Issues.Create(t.Context(), in)
			if (err == nil) != (tt.wrong == nil) {
				t.Errorf("the site says %v", err)
			}
		})
	}
}

func TestValidateExplains(t *testing.T) {
	t.Parallel()
	jc, server := onFake(t)
	team := server.AddField(jiratest.Field{Name: "Team", Type: jiratest.SelectField, Required: true, Options: []string{"Blue", "Red"}})
	r, err := jc.Issues.Requirements(t.Context(), "WEB", "Bug")
	if err != nil {
		t.Fatal(err)
	}
	err = r.Validate(jira.IssueInput{Project: "WEB", Type: "Bug", Summary: "s", Priority: "Mild"})
	e, _ := errors.AsType[*client.Error](err)
	want := map[string]string{
		team: "Team is required: choose from Blue, Red", "priority": "Priority has no choice \"Mild\": choose from Highest, High, Medium, Low, Lowest",
	}
	if diff := cmp.Diff(want, e.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	for value, says := range map[string]string{
		`{"value":"Attic"}`: `Area has no choice "Attic": choose from Frontend, Backend, Unknown`,
		`{"id":"7"}`:        `Area has no choice with the id "7": choose from`,
		`{"value":"Frontend","child":{"value":"Prices"}}`: `Area below Frontend has no choice "Prices": choose from Cart page, Checkout page`,
		`{"value":"Frontend","child":7}`:                  `Area below Frontend takes a choice by its id or its value`,
		`7`:                                               `Area takes a choice by its id or its value: choose from`,
	} {
		err := r.Validate(jira.IssueInput{Project: "WEB", Type: "Bug", Summary: "s", Custom: jira.Custom(jira.RawField("customfield_10038").Value(json.RawMessage(value)))})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", value, err)
		}
	}
	if len(server.Issues()) > 0 {
		t.Error("something was created")
	}
}

// All digits are an id; whoever means a name is told how to say so, and that works.
func TestValidateOfNamesLikeIDs(t *testing.T) {
	t.Parallel()
	jc, server := onFake(t)
	number := server.AddField(jiratest.Field{Name: "Year", Type: jiratest.SelectField, Options: []string{"2024"}})
	server.AddVersion("WEB", "2024")
	r, err := jc.Issues.Requirements(t.Context(), "WEB", "Bug")
	if err != nil {
		t.Fatal(err)
	}
	option := func(o jira.Option) func(*jira.IssueInput) {
		return func(in *jira.IssueInput) { in.Custom = jira.Custom(jira.SelectField(number).Value(o)) }
	}
	version := jira.VersionsField("fixVersions").Value([]jira.Version{{Name: "2024"}})
	for name, tt := range map[string]struct {
		change func(*jira.IssueInput)
		says   string
	}{
		"version": {
			func(in *jira.IssueInput) { in.FixVersions = []string{"2024"} },
			`no choice with the id "2024", but one of this name: put jira.VersionsField("fixVersions").Value([]jira.Version{{Name: "2024"}}) into Custom`,
		},
		"version as it says": {func(in *jira.IssueInput) { in.Custom = jira.Custom(version) }, ""},
		"option":             {option(jira.Option{ID: "2024"}), `one of this name: give it as Value, not as ID`},
		"option as it says":  {option(jira.Option{Value: "2024"}), ""},
		"neither":            {func(in *jira.IssueInput) { in.FixVersions = []string{"2026"} }, `no choice with the id "2026": choose from 1.0`},
	} {
		in := jira.IssueInput{Project: "WEB", Type: "Bug", Summary: "s"}
		tt.change(&in)
		err := r.Validate(in)
		_, refused := jc.Issues.Create(t.Context(), in)
		if fine := tt.says == ""; (err == nil) != fine || (refused == nil) != fine || !fine && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, %v", name, err, refused)
		}
	}
}

// Other fields belong to other types and projects, so an input for one of them is not measured by these.
func TestValidateOfAnotherTypeOrProject(t *testing.T) {
	t.Parallel()
	jc, server := onFake(t)
	team := server.AddField(jiratest.Field{Name: "Team", Type: jiratest.TextField, Required: true})
	for _, tt := range []struct {
		project, kind string // of the requirements
		input         jira.IssueInput
		wrong         []string
	}{
		{"WEB", "Bug", jira.IssueInput{Project: "WEB", Type: "Task"}, []string{"issuetype"}},
		{"WEB", "Bug", jira.IssueInput{Project: "WEB", Type: "10003"}, []string{"issuetype"}},
		{"WEB", "Bug", jira.IssueInput{Project: "OPS", Type: "Bug"}, []string{"project"}},
		{"10000", "Bug", jira.IssueInput{Project: "10001", Type: "Bug"}, []string{"project"}},
		{"WEB", "10004", jira.IssueInput{Project: "OPS", Type: "Epic", Labels: []string{"a b"}}, []string{"issuetype", "labels", "project"}},
		{"WEB", "Bug", jira.IssueInput{}, []string{team, "issuetype", "project"}},
		{"WEB", "Bug", jira.IssueInput{Project: "web", Type: "bug"}, []string{team}},
		{"WEB", "bug", jira.IssueInput{Project: "WEB", Type: "10004"}, []string{team}},
		{"WEB", "Bug", jira.IssueInput{Project: "10000", Type: "Bug"}, []string{team}},
		{"10000", "Bug", jira.IssueInput{Project: "WEB", Type: "BUG"}, []string{team}},
	} {
		r, err := jc.Issues.Requirements(t.Context(), tt.project, tt.kind)
		if err != nil {
			t.Fatal(err)
		}
		tt.input.Summary = "s"
		err = r.Validate(tt.input)
		if diff := cmp.Diff(tt.wrong, wrongFields(t, err)); diff != "" {
			t.Errorf("%s %s for %s %s: %v (-want +got):\n%s", tt.project, tt.kind, tt.input.Project, tt.input.Type, err, diff)
		}
	}
}

func TestFieldByName(t *testing.T) {
	t.Parallel()
	jc, server := onFake(t)
	points, err := jira.FieldByName(t.Context(), jc, "Story Points", jira.NumberField)
	if err != nil || points.ID() != "customfield_10016" {
		t.Fatalf("got %q, %v", points.ID(), err)
	}
	key := server.AddIssue("WEB", "Bug", "s", map[string]any{points.ID(): 3})
	if err := jc.Issues.Update(t.Context(), key, jira.IssueUpdate{Custom: jira.Custom(points.Value(5))}); err != nil {
		t.Fatal(err)
	}
	if p, ok, err := points.Get(server.Issue(key)); p != 5 || !ok || err != nil {
		t.Errorf("read %v, %v, %v", p, ok, err)
	}
	if f, err := jira.FieldByName(t.Context(), jc, "story points", jira.RawField); err != nil || f.ID() != points.ID() {
		t.Errorf("another case, any type: %q, %v", f.ID(), err)
	}
	if f, err := jira.FieldByName(t.Context(), jc, "Severity", jira.RadioField); err != nil || f.ID() != "customfield_10031" {
		t.Errorf("radio buttons: %q, %v", f.ID(), err)
	}
	if f, err := jira.FieldByName(t.Context(), jc, "Labels", jira.LabelsField); err != nil || f.ID() != "labels" {
		t.Errorf("a field of Jira's own: %q, %v", f.ID(), err)
	}
	one := server.AddField(jiratest.Field{Name: "Zone", Type: jiratest.TextField})
	two := server.AddField(jiratest.Field{Name: "Zone", Type: jiratest.NumberField})
	for name, says := range map[string][]string{
		"Severity": {"customfield_10031", "jira.SelectField", "not for jira.TextField"},
		"Zone":     {`2 fields are called "Zone"`, one + ", a TextField", two + ", a NumberField"},
		"Nobody":   {`no field is called "Nobody"`},
		"":         {`no field is called ""`},
	} {
		f, err := jira.FieldByName(t.Context(), jc, name, jira.TextField)
		for _, s := range says {
			if !errors.Is(err, client.ErrInvalid) || !strings.Contains(err.Error(), s) {
				t.Errorf("%q: the error %v does not say %q", name, err, s)
			}
		}
		if f.ID() != "" {
			t.Errorf("%q: a handle of %s beside an error", name, f.ID())
		}
	}
	if _, err := jira.FieldByName[string](t.Context(), jc, "Zone", nil); !errors.Is(err, client.ErrInvalid) {
		t.Errorf("no constructor: %v", err)
	}
	wrong := answering(t, 403, `{"errorMessages":["no"]}`)
	if _, err := jira.FieldByName(t.Context(), wrong, "Zone", jira.TextField); !errors.Is(err, client.ErrForbidden) {
		t.Errorf("a refusal: %v", err)
	}
}
