package jira_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// finish waits for a task that must have started.
func (a *area) finish(task *jira.Task, err error) *jira.TaskReport {
	a.Helper()
	a.fine(err)
	return must(task.Wait(a.Context()))(a)
}

func exerciseBulkChanges(a *area) {
	ctx := a.Context()
	one, two := a.bug("One"), a.bug("Two")
	part := a.fake.AddIssue("WEB", "Sub-task", "Part", map[string]any{"parent": map[string]any{"key": one}})
	both := []string{one, a.read(two).ID}

	report := a.finish(a.Bulk.Watch(ctx, jira.BulkWatch{Issues: both}))
	a.equal("processed", report.Processed, []jira.ID{jira.ID(a.read(one).ID), jira.ID(a.read(two).ID)})
	a.equal("report", []any{report.State, report.Progress, report.Total}, []any{jira.TaskStateComplete, 100, 2})
	a.equal("watched", must(a.Issues.Watchers(ctx, two))(a).IsWatching, true)
	a.finish(a.Bulk.Unwatch(ctx, jira.BulkWatch{Issues: both}))
	a.equal("watched", must(a.Issues.Watchers(ctx, two))(a).IsWatching, false)

	// A move gives new keys; the old ones still lead to the issues.
	source := jira.BulkMoveSource{
		Issues: []string{one}, InferClassificationDefaults: true, InferFieldDefaults: true, InferStatusDefaults: true, InferSubtaskTypeDefault: true,
	}
	a.finish(a.Bulk.Move(ctx, jira.BulkMove{Targets: map[string]jira.BulkMoveSource{"OPS,10003": source}, Notify: new(false)}))
	moved := a.read(one)
	a.equal("moved", []string{moved.Key, moved.Fields.Project.Key, moved.Fields.IssueType.Name}, []string{"OPS-1", "OPS", "Task"})
	a.equal("its part", a.read(part).Fields.Project.Key, "OPS")

	task := must(a.Bulk.Delete(ctx, jira.BulkDelete{Issues: []string{one, "WEB-999"}}))(a)
	report = must(task.Wait(ctx))(a)
	a.equal("an issue that is not there", []int{report.Inaccessible, report.Total, len(report.Processed)}, []int{1, 2, 1})
	for _, gone := range []string{one, "OPS-1", part} {
		_, err := a.Issues.Get(ctx, gone, nil)
		a.gone(err, "Issues.Get")
	}
	progress := must(a.Bulk.Progress(ctx, task.ID))(a)
	a.equal("progress", []any{progress.State, progress.Inaccessible, progress.SubmittedBy.AccountID}, []any{jira.TaskStateComplete, 1, me})
	a.equal("found again", must(a.Bulk.Resume(task.ID).Report(ctx))(a), report)

	_, err := a.Bulk.Delete(ctx, jira.BulkDelete{Issues: []string{}})
	a.fails(err, client.ErrInvalid, "Bulk.Delete")
	_, err = a.Bulk.Watch(ctx, jira.BulkWatch{Issues: slices.Repeat([]string{"WEB-999"}, 1001)})
	a.fails(err, client.ErrInvalid, "Bulk.Watch")
	_, err = a.Bulk.Unwatch(ctx, jira.BulkWatch{Issues: []string{}})
	a.fails(err, client.ErrInvalid, "Bulk.Unwatch")
	_, err = a.Bulk.Move(ctx, jira.BulkMove{Targets: map[string]jira.BulkMoveSource{"OPS,10001": source}})
	a.fails(err, client.ErrInvalid, "Bulk.Move")
	_, err = a.Bulk.Progress(ctx, "1")
	a.fails(err, client.ErrInvalid, "Bulk.Progress")
}

func exerciseBulkEdit(a *area) {
	ctx := a.Context()
	custom := func(name string, kind jiratest.FieldType, options ...string) string {
		return a.fake.AddField(jiratest.Field{Name: name, Type: kind, Options: options})
	}
	text, link := custom("Line", jiratest.TextField), custom("Link", jiratest.URLField)
	choice, choices := custom("Choice", jiratest.SelectField, "A", "B"), custom("Choices", jiratest.MultiSelectField, "A", "B")
	group, groups := custom("Group", jiratest.GroupField), custom("Groups", jiratest.MultiGroupField)
	users, version := custom("Users", jiratest.MultiUserField), custom("Version", jiratest.VersionField)
	moment := custom("Moment", jiratest.DateTimeField)
	region := a.fake.AddField(jiratest.Field{
		Name: "Region", Type: jiratest.CascadingSelectField, Options: []string{"EU"}, Children: map[string][]string{"EU": {"North"}},
	})
	one, two := a.bug("One"), a.bug("Two")
	meta := must(a.Issues.EditMeta(ctx, one, nil))(a).Fields
	choicesOf := func(field string) []jira.Choice {
		f := meta[field]
		return f.Choices()
	}
	option := func(field string, i int) jira.OptionValue {
		return jira.OptionValue{OptionID: new(a.numbers(choicesOf(field)[i].ID)[0])}
	}
	child := jira.OptionValue{OptionID: new(a.numbers(choicesOf(region)[0].Children[0].ID)[0])}
	fields := jira.BulkEditFields{
		CascadingSelects:  []jira.CascadingSelectEdit{{FieldID: region, Parent: option(region, 0), Child: &child}},
		Numbers:           []jira.NumberEdit{{FieldID: "customfield_10016", Value: new(5.0)}},
		Dates:             []jira.DateEdit{{FieldID: "duedate", Date: jira.DateValue{Day: "24/Dec/26"}}},
		DateTimes:         []jira.DateTimeEdit{{FieldID: moment, DateTime: jira.DateTimeValue{Moment: "2026-12-24T18:00:00Z"}}},
		IssueType:         &jira.IssueTypeEdit{IssueTypeID: "10003"},
		Labels:            []jira.LabelsEdit{{FieldID: "labels", Change: jira.ListChangeAdd, Labels: []jira.LabelValue{{Name: "flaky"}}}},
		GroupLists:        []jira.GroupsEdit{{FieldID: groups, Groups: []jira.GroupValue{{Name: "developers"}}}},
		UserLists:         []jira.UsersEdit{{FieldID: users, Users: []jira.UserValue{{AccountID: bo}}}},
		OptionLists:       []jira.OptionsEdit{{FieldID: choices, Options: []jira.OptionValue{option(choices, 0), option(choices, 1)}}},
		VersionLists:      []jira.VersionsEdit{{FieldID: "fixVersions", Change: jira.ListChangeReplace, Versions: []jira.VersionValue{{VersionID: "10001"}}}},
		Components:        &jira.ComponentsEdit{FieldID: "components", Change: jira.ListChangeAdd, Components: []jira.ComponentValue{{ComponentID: 10000}}},
		OriginalEstimate:  &jira.OriginalEstimateEdit{Estimate: "4h"},
		RemainingEstimate: &jira.RemainingEstimateEdit{Estimate: "1h"},
		Priority:          &jira.PriorityEdit{PriorityID: "1"},
		RichTexts:         []jira.RichTextEdit{{FieldID: "description", RichText: jira.RichTextValue{Text: adf.Text("All of them.")}}},
		Groups:            []jira.GroupEdit{{FieldID: group, Group: jira.GroupValue{Name: "developers"}}},
		Texts:             []jira.TextEdit{{FieldID: text, Text: "a line"}},
		Users:             []jira.UserEdit{{FieldID: "assignee", User: &jira.UserValue{AccountID: ada}}},
		Options:           []jira.OptionEdit{{FieldID: choice, Option: option(choice, 1)}},
		Versions:          []jira.VersionEdit{{FieldID: version, Version: jira.VersionValue{VersionID: "10000"}}},
		URLs:              []jira.URLEdit{{FieldID: link, URL: "https://acme.example/"}},
	}
	ids := []string{
		region, "customfield_10016", "duedate", moment, "issuetype", "labels", groups, users, choices, "fixVersions", "components",
		"timetracking", "priority", "description", group, text, "assignee", choice, version, link,
	}
	report := a.finish(a.Bulk.Edit(ctx, jira.BulkEdit{Issues: []string{one, two}, FieldIDs: ids, Fields: fields, Notify: new(false)}))
	a.equal("processed", len(report.Processed), 2)
	for _, key := range []string{one, two} {
		f := a.read(key).Fields
		a.equal(key, []any{
			f.IssueType.Name, f.Labels, f.DueDate.String(), f.Priority.Name, f.Assignee.AccountID, f.Description.Text(),
			f.FixVersions[0].Name, f.Components[0].Name, f.TimeTracking.OriginalEstimate, f.TimeTracking.RemainingEstimate,
		}, []any{"Task", []string{"flaky"}, "2026-12-24", "Highest", ada, "All of them.", "1.1", "Cart", "4h", "1h"})
	}
	values := must(json.Marshal(a.read(two)))(a)
	for _, part := range []string{`"a line"`, `"https://acme.example/"`, `"value":"North"`, `2026-12-24T18:00:00`, `"name":"developers"`, `"accountId":"` + bo, `:5,`} {
		if !strings.Contains(string(values), part) {
			a.Errorf("%s is missing in %s", part, values)
		}
	}

	// Everything that can be emptied is.
	none := jira.OptionValue{OptionID: new(int64(-1))}
	fields = jira.BulkEditFields{
		Numbers:      []jira.NumberEdit{{FieldID: "customfield_10016"}},
		Dates:        []jira.DateEdit{{FieldID: "duedate"}},
		Labels:       []jira.LabelsEdit{{FieldID: "labels", Change: jira.ListChangeRemoveAll, Labels: []jira.LabelValue{}}},
		UserLists:    []jira.UsersEdit{{FieldID: users}},
		VersionLists: []jira.VersionsEdit{{FieldID: "fixVersions", Change: jira.ListChangeRemove, Versions: []jira.VersionValue{{VersionID: "10001"}}}},
		Users:        []jira.UserEdit{{FieldID: "assignee"}},
		Options:      []jira.OptionEdit{{FieldID: choice, Option: none}},
		RichTexts:    []jira.RichTextEdit{{FieldID: "description"}},
		Texts:        []jira.TextEdit{{FieldID: text}},
	}
	ids = []string{"customfield_10016", "duedate", "labels", users, "fixVersions", "assignee", choice, "description", text}
	a.finish(a.Bulk.Edit(ctx, jira.BulkEdit{Issues: []string{one}, FieldIDs: ids, Fields: fields}))
	after := a.read(one)
	f := after.Fields
	number, has, err := storyPoints.Get(after)
	a.fine(err)
	a.equal("emptied", []any{len(f.Labels), f.DueDate.String(), f.Assignee.AccountID == "", f.Description == nil, len(f.FixVersions), has, number},
		[]any{0, "", true, true, 0, false, 0.0})

	// What does not fit one issue fails for that one, and the error says why.
	broken := jira.BulkEditFields{Components: &jira.ComponentsEdit{FieldID: "components", Change: jira.ListChangeAdd, Components: []jira.ComponentValue{{ComponentID: 10001}}}}
	ops := a.fake.AddIssue("OPS", "Task", "Elsewhere", nil)
	task := must(a.Bulk.Edit(ctx, jira.BulkEdit{Issues: []string{ops, two}, FieldIDs: []string{"components"}, Fields: broken}))(a)
	report, err = task.Wait(ctx)
	id := a.read(ops).ID
	if _, ok := errors.AsType[*jira.TaskError](err); !ok || len(report.Failed) != 1 || len(report.Failed[id]) != 1 || len(report.Processed) != 1 {
		a.Fatalf("%+v, %v", report, err)
	}
	if !strings.Contains(err.Error(), ": 1 of 2 issues failed, "+id+": Component") {
		a.Errorf("the error is %v", err)
	}

	_, err = a.Bulk.Edit(ctx, jira.BulkEdit{Issues: []string{one}, FieldIDs: []string{"priority"}, Fields: broken})
	a.fails(err, client.ErrInvalid, "Bulk.Edit")
}

func exerciseBulkFields(a *area) {
	ctx := a.Context()
	key := a.bug("Cart")
	for i := range 90 {
		a.fake.AddField(jiratest.Field{Name: fmt.Sprintf("Extra %02d", i), Type: jiratest.TextField})
	}
	all := must(items(a.Bulk.EditableFields(ctx, key, nil)))(a)
	seen := names(all, func(f *jira.BulkEditableField) string { return f.ID })
	slices.Sort(seen)
	if len(all) <= 100 || len(slices.Compact(seen)) != len(all) {
		a.Errorf("%d fields, or some twice: %v", len(all), seen)
	}
	first := must(a.Bulk.EditableFieldsPage(ctx, key, nil))(a)
	second := must(a.Bulk.EditableFieldsPage(ctx, key, &jira.GetBulkEditableFieldsParams{StartingAfter: first.StartingAfter}))(a)
	back := must(a.Bulk.EditableFieldsPage(ctx, key, &jira.GetBulkEditableFieldsParams{EndingBefore: second.EndingBefore}))(a)
	a.equal("backwards", back, first)
	labels := must(items(a.Bulk.EditableFields(ctx, key, &jira.GetBulkEditableFieldsParams{SearchText: "label"})))(a)
	a.equal("labels", []any{labels[0].ID, labels[0].Changes[3]}, []any{"labels", jira.ListChangeRemoveAll})
	priority := must(items(a.Bulk.EditableFields(ctx, key, &jira.GetBulkEditableFieldsParams{SearchText: "priority"})))(a)
	a.equal("priorities", len(priority[0].Options), 5)
	_, err := a.Bulk.EditableFieldsPage(ctx, key, &jira.GetBulkEditableFieldsParams{SearchText: "no such field"})
	a.gone(err, "Bulk.EditableFields")
	_, err = a.Bulk.EditableFieldsPage(ctx, "WEB-999", nil)
	a.fails(err, client.ErrInvalid, "Bulk.EditableFields")
}

func exerciseBulkTransitions(a *area) {
	ctx := a.Context()
	var keys []string
	for i := range 101 { // Jira gives 50 workflows at a time: here each project has its own
		project := fmt.Sprintf("P%d", i)
		a.fake.AddProject(project, project)
		keys = append(keys, a.fake.AddIssue(project, "Task", "One", nil))
	}
	other := a.fake.AddIssue("P0", "Task", "Two", nil)
	done := a.fake.AddTransition("Done", "Done", "resolution")
	flows := must(items(a.Bulk.Transitions(ctx, strings.Join(append(keys, other), ","), nil)))(a)
	a.equal("workflows", len(flows), 101)
	a.equal("issues", flows[0].Issues, []string{keys[0], other})
	a.equal("transitions", names(flows[0].Transitions, func(t jira.BulkAvailableTransition) string { return t.Name + " to " + t.To.Name }),
		[]string{"In Progress to In Progress", "In Review to In Review"})
	a.equal("not all are listed", flows[0].Filtered, true)
	page := must(a.Bulk.TransitionsPage(ctx, strings.Join(keys, ","), nil))(a)
	a.equal("a page", len(page.AvailableTransitions), 50)

	report := a.finish(a.Bulk.Transition(ctx, jira.BulkTransition{
		Steps: []jira.BulkTransitionStep{
			{Issues: keys[:2], TransitionID: string(flows[0].Transitions[0].ID)}, {Issues: keys[2:3], TransitionID: string(flows[0].Transitions[1].ID)},
		},
		Notify: new(false),
	}))
	a.equal("processed", len(report.Processed), 3)
	a.equal("status", []string{a.read(keys[1]).Fields.Status.Name, a.read(keys[2]).Fields.Status.Name}, []string{"In Progress", "In Review"})

	// It is not idempotent: the same again fails for each issue, and so does a transition that asks for something.
	again := must(a.Bulk.Transition(ctx, jira.BulkTransition{Steps: []jira.BulkTransitionStep{{Issues: keys[:2], TransitionID: "21"}, {Issues: keys[5:6], TransitionID: done}}}))(a)
	report, err := again.Wait(ctx)
	if _, ok := errors.AsType[*jira.TaskError](err); !ok || len(report.Failed) != 3 || len(report.Processed) != 0 {
		a.Errorf("%+v, %v", report, err)
	}
	_, err = a.Bulk.Transition(ctx, jira.BulkTransition{})
	a.fails(err, client.ErrInvalid, "Bulk.Transition")
	_, err = a.Bulk.TransitionsPage(ctx, "WEB-999", nil)
	a.fails(err, client.ErrInvalid, "Bulk.Transitions")
}

func exerciseBulkProperties(a *area) {
	ctx := a.Context()
	one, two, three := a.bug("One"), a.bug("Two"), a.bug("Three")
	number := func(key string) int64 { return a.numbers(a.read(key).ID)[0] }
	ids := []int64{number(one), number(two)}
	value := func(key, property string) string {
		p, err := a.Issues.Property(ctx, key, property)
		if errors.Is(err, client.ErrNotFound) {
			return ""
		}
		a.fine(err)
		return string(p.Value)
	}
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }

	a.finish(a.Bulk.SetProperties(ctx, jira.BulkProperties{IssueIDs: ids, Properties: map[string]json.RawMessage{"ci": raw(`{"run":1}`), "team": raw(`"web"`)}}))
	a.equal("set", []string{value(one, "ci"), value(two, "team"), value(three, "ci")}, []string{`{"run":1}`, `"web"`, ""})

	// All or none: one that is not there spoils it.
	task := must(a.Bulk.SetProperties(ctx, jira.BulkProperties{IssueIDs: []int64{ids[0], 1}, Properties: map[string]json.RawMessage{"ci": raw(`2`)}}))(a)
	report, err := task.Wait(ctx)
	if failure, ok := errors.AsType[*jira.TaskError](err); !ok || failure.Op != "Bulk.SetProperties" || report.State != jira.TaskStateFailed {
		a.Errorf("%+v, %v", report, err)
	}
	a.equal("unchanged", value(one, "ci"), `{"run":1}`)

	a.finish(a.Bulk.SetPropertiesByIssue(ctx, jira.BulkPropertiesByIssue{Issues: []jira.IssueProperties{
		{IssueID: ids[0], Properties: map[string]json.RawMessage{"own": raw(`1`)}}, {IssueID: ids[1], Properties: map[string]json.RawMessage{"own": raw(`2`)}},
	}}))
	a.equal("own", []string{value(one, "own"), value(two, "own")}, []string{"1", "2"})

	a.finish(a.Bulk.SetProperty(ctx, "own", jira.BulkPropertyValue{Value: raw(`"new"`), Filter: jira.BulkPropertyFilter{HasProperty: new(false)}}))
	a.equal("those without", []string{value(one, "own"), value(three, "own")}, []string{"1", `"new"`})
	a.finish(a.Bulk.SetProperty(ctx, "own", jira.BulkPropertyValue{Value: raw(`3`), Filter: jira.BulkPropertyFilter{IssueIDs: ids, CurrentValue: raw(`2`)}}))
	a.equal("those with 2", []string{value(one, "own"), value(two, "own")}, []string{"1", "3"})
	a.finish(a.Bulk.DeleteProperty(ctx, "own", jira.BulkPropertyDeleteFilter{IssueIDs: ids, CurrentValue: raw(`3`)}))
	a.equal("deleted", []string{value(one, "own"), value(two, "own"), value(three, "own")}, []string{"1", "", `"new"`})
	a.finish(a.Bulk.DeleteProperty(ctx, "own", jira.BulkPropertyDeleteFilter{}))
	a.equal("deleted", []string{value(one, "own"), value(three, "own")}, []string{"", ""})

	_, err = a.Bulk.SetProperties(ctx, jira.BulkProperties{IssueIDs: ids})
	a.fails(err, client.ErrInvalid, "Bulk.SetProperties")
	_, err = a.Bulk.SetPropertiesByIssue(ctx, jira.BulkPropertiesByIssue{})
	a.fails(err, client.ErrInvalid, "Bulk.SetPropertiesByIssue")
	_, err = a.Bulk.SetProperty(ctx, "own", jira.BulkPropertyValue{})
	a.fails(err, client.ErrInvalid, "Bulk.SetProperty")
	_, err = a.Bulk.DeleteProperty(ctx, " ", jira.BulkPropertyDeleteFilter{})
	a.fails(err, client.ErrInvalid, "Bulk.DeleteProperty")
}
