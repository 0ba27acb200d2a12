package jira_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// onSite tests one kind of field against the fake: what is written by a create and by an update is read again, and Clear
// takes it away. seen makes of the value what both have in common.
func onSite[T any](name string, of func(string) jira.CustomField[T], first, second T, seen func(T) any) func(*testing.T, *jira.Client) {
	return func(t *testing.T, jc *jira.Client) {
		ctx := t.Context()
		f, err := jira.FieldByName(ctx, jc, name, of)
		if err != nil {
			t.Fatal(err)
		}
		bug, err := jc.Issues.Requirements(ctx, "WEB", "Bug")
		if err != nil {
			t.Fatal(err)
		}
		input := jira.IssueInput{Project: "WEB", Type: "Bug", Summary: name, Custom: jira.Custom(f.Value(first))}
		if err := bug.Validate(input); err != nil {
			t.Error(err)
		}
		issue, err := jc.Issues.Create(ctx, input)
		if err != nil {
			t.Fatal(err)
		}
		reads := func(want T) {
			t.Helper()
			found, err := jc.Issues.Get(ctx, issue.Key, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, ok, err := f.Get(found)
			if diff := cmp.Diff(seen(want), seen(got), sameIssue); diff != "" || !ok || err != nil {
				t.Errorf("read %v, %v (-want +got):\n%s", ok, err, diff)
			}
		}
		reads(first)
		update := func(u jira.IssueUpdate) {
			t.Helper()
			if err := jc.Issues.Update(ctx, issue.Key, u); err != nil {
				t.Fatal(err)
			}
		}
		update(jira.IssueUpdate{Custom: jira.Custom(f.Value(second))})
		reads(second)
		update(jira.IssueUpdate{Summary: new("another")})
		reads(second)
		update(jira.IssueUpdate{Clear: []string{f.ID()}})
		found, err := jc.Issues.Get(ctx, issue.Key, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok, err := f.Get(found); ok || err != nil {
			t.Errorf("cleared, it reads %v, %v, %v", got, ok, err)
		}
	}
}

func TestHandlesOnASite(t *testing.T) {
	t.Parallel()
	jc, server := onFake(t)
	group := "developers"
	sprint := server.AddSprint("Sprint 9", "active")
	other := server.AddSprint("Sprint 10", "future")
	epic, epic2 := server.AddIssue("WEB", "Epic", "Checkout", nil), server.AddIssue("WEB", "Epic", "Cart", nil)
	ada, bo := jira.User{AccountID: "5b10a2844c20165700ede21b"}, jira.User{AccountID: "5b10a2844c20165700ede21c"}
	at := time.Date(2026, 11, 20, 12, 30, 0, 0, time.UTC)
	option := func(o jira.Option) any { return o.Value }
	options := func(all []jira.Option) any { return names(all, func(o jira.Option) string { return o.Value }) }
	user := func(u jira.User) any { return u.AccountID }
	users := func(all []jira.User) any { return names(all, func(u jira.User) string { return u.AccountID }) }
	groups := func(all []jira.Group) any { return names(all, func(g jira.Group) string { return g.Name }) }
	versions := func(all []jira.Version) any { return names(all, func(v jira.Version) string { return v.Name }) }
	same := func(s string) any { return s }
	for name, test := range map[string]func(*testing.T, *jira.Client){
		"number":    onSite("Story Points", jira.NumberField, 3, 0, func(n float64) any { return n }),
		"text":      onSite("Test Signature", jira.TextField, "a <b>", "é", same),
		"url":       onSite("Build", jira.URLField, "https://ci.example/1?a=b&c=d", "http://ci.example/2", same),
		"rich text": onSite("Steps to reproduce", jira.RichTextField, adf.Markdown("1. **a**"), adf.Text("b"), func(d *adf.Doc) any { return d.Markdown() }),
		"date":      onSite("Found on", jira.DateField, jira.Date{Year: 2026, Month: 2, Day: 28}, jira.DateOf(at), func(d jira.Date) any { return d }),
		"time": onSite("Last failure", jira.TimeField, jira.Time{Time: at}, jira.Time{Time: at.Add(time.Millisecond)}, func(m jira.Time) any {
			return m.UTC()
		}),
		"labels":       onSite("Suites", jira.LabelsField, []string{"smoke", "größe"}, []string{"nightly"}, func(s []string) any { return s }),
		"select":       onSite("Severity", jira.SelectField, jira.Option{Value: "Major"}, jira.Option{Value: "Minor"}, option),
		"radio":        onSite("Frequency", jira.RadioField, jira.Option{Value: "Always"}, jira.Option{Value: "Once"}, option),
		"multi select": onSite("Browsers", jira.MultiSelectField, []jira.Option{{Value: "Chrome"}, {Value: "Safari"}}, []jira.Option{{Value: "Firefox"}}, options),
		"checkbox":     onSite("Platforms", jira.CheckboxField, []jira.Option{{Value: "Linux"}}, []jira.Option{{Value: "macOS"}, {Value: "Windows"}}, options),
		"cascading": onSite("Area", jira.CascadingSelectField, jira.CascadingOption{Value: "Frontend", Child: jira.Option{Value: "Cart page"}},
			jira.CascadingOption{Value: "Unknown"}, func(o jira.CascadingOption) any { return o.Value + " > " + o.Child.Value }),
		"user":     onSite("Tester", jira.UserField, ada, bo, user),
		"users":    onSite("Reviewers", jira.UsersField, []jira.User{ada, bo}, []jira.User{bo}, users),
		"group":    onSite("Owners", jira.GroupField, jira.Group{Name: group}, jira.Group{Name: "site-admins"}, func(g jira.Group) any { return g.Name }),
		"groups":   onSite("Informed", jira.GroupsField, []jira.Group{{Name: group}, {Name: "site-admins"}}, []jira.Group{{Name: group}}, groups),
		"project":  onSite("Affected project", jira.ProjectField, jira.Project{Key: "OPS"}, jira.Project{Key: "WEB"}, func(p jira.Project) any { return p.Key }),
		"version":  onSite("Seen in", jira.VersionField, jira.Version{Name: "1.0"}, jira.Version{Name: "1.1"}, func(v jira.Version) any { return v.Name }),
		"versions": onSite("Verified in", jira.VersionsField, []jira.Version{{Name: "1.0"}, {Name: "1.1"}}, []jira.Version{{Name: "1.1"}}, versions),
		"sprint": onSite("Sprint", jira.SprintField, []jira.Sprint{{ID: int64(sprint), Name: "Sprint 9"}}, []jira.Sprint{{ID: int64(other), Name: "Sprint 10"}}, func(all []jira.Sprint) any {
			return names(all, func(s jira.Sprint) string { return s.Name })
		}),
		"epic link": onSite("Epic Link", jira.EpicLinkField, epic, epic2, same),
		"raw": onSite("Story Points", jira.RawField, json.RawMessage("5"), json.RawMessage("7"), func(raw json.RawMessage) any {
			return string(raw)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, jc)
		})
	}
}

// Lists are changed in place, by one request that says what to add and what to take out.
func TestVerbsOnASite(t *testing.T) {
	t.Parallel()
	jc, server := onFake(t)
	ctx := t.Context()
	ada, bo := jira.User{AccountID: "5b10a2844c20165700ede21b"}, jira.User{AccountID: "5b10a2844c20165700ede21c"}
	browsers, reviewers := jira.MultiSelectField("customfield_10032"), jira.UsersField("customfield_10041")
	issue, err := jc.Issues.Create(ctx, jira.IssueInput{
		Project: "WEB", Type: "Bug", Summary: "s", Labels: []string{"old", "kept"}, Components: []string{"Cart"}, FixVersions: []string{"1.0"},
		Estimate: jira.Estimate{Original: "2d", Remaining: "1d"},
		Custom: jira.Custom(browsers.Value([]jira.Option{{Value: "Chrome"}, {Value: "Firefox"}}), reviewers.Add([]jira.User{ada}),
			jira.RawField("comment").Add(json.RawMessage(`{"body":`+docJSON+`}`))),
	})
	if err != nil {
		t.Fatal(err)
	}
	comments := server.Comments(issue.Key)
	if len(comments) != 1 {
		t.Fatalf("comments %+v", comments)
	}
	err = jc.Issues.Update(ctx, issue.Key, jira.IssueUpdate{
		Labels:      jira.ListUpdate{Add: []string{"new", "kept"}, Remove: []string{"old", "never-there"}},
		Components:  jira.ListUpdate{Set: []string{"Checkout"}},
		FixVersions: jira.ListUpdate{Add: []string{"1.1"}, Remove: []string{"1.0"}},
		Versions:    jira.ListUpdate{Set: []string{"1.0"}, Add: []string{"1.1"}},
		Estimate:    jira.Estimate{Remaining: "4h"},
		Custom: jira.Custom(
			browsers.Add([]jira.Option{{Value: "Safari"}}), browsers.Remove([]jira.Option{{Value: "Chrome"}}),
			reviewers.Add([]jira.User{bo}), reviewers.Remove([]jira.User{ada}),
			jira.RawField("comment").Edit(json.RawMessage(`{"id":"`+comments[0].ID+`","body":`+strings.Replace(docJSON, "a <b>", "edited", 1)+`}`)),
		),
	})
	if err != nil {
		t.Fatal(err)
	}
	got := server.Issue(issue.Key)
	name := func(v jira.Version) string { return v.Name }
	b, _, _ := browsers.Get(got)
	r, _, _ := reviewers.Get(got)
	for what, tt := range map[string]struct{ got, want any }{
		"labels":       {got.Fields.Labels, []string{"kept", "new"}},
		"components":   {names(got.Fields.Components, func(c jira.Component) string { return c.Name }), []string{"Checkout"}},
		"fix versions": {names(got.Fields.FixVersions, name), []string{"1.1"}},
		"versions":     {names(got.Fields.Versions, name), []string{"1.0", "1.1"}},
		"estimate":     {[]string{got.Fields.TimeTracking.OriginalEstimate, got.Fields.TimeTracking.RemainingEstimate}, []string{"2d", "4h"}},
		"browsers":     {names(b, func(o jira.Option) string { return o.Value }), []string{"Firefox", "Safari"}},
		"reviewers":    {names(r, func(u jira.User) string { return u.AccountID }), []string{bo.AccountID}},
		"comment":      {server.Comments(issue.Key)[0].Body.Text(), `edited & "c"`},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}

	err = jc.Issues.Update(ctx, issue.Key, jira.IssueUpdate{Labels: jira.ListUpdate{Set: []string{}}, Clear: []string{"components", browsers.ID()}})
	if err != nil {
		t.Fatal(err)
	}
	got = server.Issue(issue.Key)
	if _, ok, err := browsers.Get(got); len(got.Fields.Labels)+len(got.Fields.Components) > 0 || ok || err != nil || got.Fields.Summary != "s" || len(got.Fields.Versions) != 2 {
		t.Errorf("after emptying: %+v, %v, %v", got.Fields.SystemFields, ok, err)
	}
}

// A field belongs to projects and types, and has other choices in each.
func TestRequirementsByContext(t *testing.T) {
	t.Parallel()
	jc, server := onFake(t)
	server.AddField(jiratest.Field{Name: "Zone", Type: jiratest.SelectField, Required: true, Contexts: []jiratest.Context{
		{Projects: []string{"WEB"}, IssueTypes: []string{"Bug"}, Options: []string{"A", "B"}},
		{Projects: []string{"OPS"}, Options: []string{"C", "D"}, Default: "D"},
	}})
	for _, tt := range []struct{ project, kind, choice, wrong string }{
		{"WEB", "Bug", "A", "C"}, {"OPS", "Bug", "C", "A"}, {"OPS", "Task", "D", "B"}, {"WEB", "Task", "", "A"},
	} {
		r, err := jc.Issues.Requirements(t.Context(), tt.project, tt.kind)
		if err != nil {
			t.Fatal(err)
		}
		input := jira.IssueInput{Project: tt.project, Type: tt.kind, Summary: "s"}
		try := func(choice string) {
			t.Helper()
			f, err := r.Field("Zone")
			if tt.choice == "" {
				if err == nil {
					t.Errorf("%s %s has the field %+v", tt.project, tt.kind, f)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			in := input
			if choice != "" {
				in.Custom = jira.Custom(jira.SelectField(f.FieldID).Value(jira.Option{Value: choice}))
			}
			valid := r.Validate(in)
			_, err = jc.Issues.Create(t.Context(), in)
			if fine := choice == tt.choice || choice == "" && tt.project == "OPS"; (valid == nil) != fine || (err == nil) != fine {
				t.Errorf("%s %s, %q: %v, %v", tt.project, tt.kind, choice, valid, err)
			}
		}
		try(tt.choice)
		try(tt.wrong)
		try("")
	}
}
