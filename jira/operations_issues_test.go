package jira_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// What the fake site holds from the start.
const (
	me    = "5b10a2844c20165700ede21a"
	ada   = "5b10a2844c20165700ede21b"
	bo    = "5b10a2844c20165700ede21c"
	chidi = "5b10a2844c20165700ede21d"

	webID, bugID, epicID = "10000", "10004", "10001"
)

var (
	storyPoints = jira.NumberField("customfield_10016")
	severity    = jira.SelectField("customfield_10031")
)

// engineField is a field that a site adds.
var engineField = jiratest.Field{Name: "Browser engine", Type: jiratest.SelectField, Required: true, Options: []string{"Blink", "Gecko"}}

// read returns an issue as it is now.
func (a *area) read(key string) *jira.Issue {
	a.Helper()
	return must(a.Issues.Get(a.Context(), key, nil))(a)
}

func (a *area) bug(summary string) string {
	return a.fake.AddIssue("WEB", "Bug", summary, nil)
}

func names[T any](all []T, name func(T) string) []string {
	list := make([]string, len(all))
	for i, item := range all {
		list[i] = name(item)
	}
	return list
}

func exerciseCreate(a *area) {
	ctx := a.Context()
	epic := must(a.Issues.Create(ctx, jira.IssueInput{Project: "WEB", Type: "Epic", Summary: "Coupons"}))(a)
	created := must(a.Issues.Create(ctx, jira.IssueInput{
		Project: webID, Type: bugID, Summary: "Cart total is wrong", Description: adf.Text("Add SAVE10.\n\nRemove it."),
		Environment: adf.Text("staging"), Parent: epic.Key, Priority: "High", Assignee: ada, Reporter: bo,
		Labels: []string{"flaky", "checkout"}, Components: []string{"Cart", "10001"}, Versions: []string{"1.0"}, FixVersions: []string{"1.1"},
		DueDate: jira.Date{Year: 2026, Month: 12, Day: 24}, Custom: jira.Custom(storyPoints.Value(3), severity.Value(jira.Option{Value: "Major"})),
		Properties: []jira.EntityProperty{{Key: "ci", Value: json.RawMessage(`{"run":7}`)}},
	}))(a)
	a.equal("key", created.Key, "WEB-2")

	issue := must(a.Issues.Get(ctx, created.Key, &jira.GetIssueParams{
		Expand: "renderedFields,names,schema,transitions,editmeta,changelog", Properties: []string{"*all"},
	}))(a)
	f := issue.Fields
	points, hasPoints, err := storyPoints.Get(issue)
	a.fine(err)
	major, _, err := severity.Get(issue)
	a.fine(err)
	for what, pair := range map[string][2]any{
		"id":            {issue.ID, created.ID},
		"summary":       {f.Summary, "Cart total is wrong"},
		"description":   {f.Description.Text(), "Add SAVE10.\nRemove it."},
		"environment":   {f.Environment.Text(), "staging"},
		"project":       {f.Project.Key, "WEB"},
		"type":          {f.IssueType.Name, "Bug"},
		"parent":        {f.Parent.Key, epic.Key},
		"priority":      {f.Priority.Name, "High"},
		"assignee":      {f.Assignee.DisplayName, "Ada Fischer"},
		"reporter":      {f.Reporter.AccountID, bo},
		"creator":       {f.Creator.AccountID, me},
		"labels":        {f.Labels, []string{"flaky", "checkout"}},
		"components":    {names(f.Components, func(c jira.Component) string { return c.Name }), []string{"Cart", "Checkout"}},
		"versions":      {names(f.Versions, func(v jira.Version) string { return v.Name }), []string{"1.0"}},
		"fix versions":  {names(f.FixVersions, func(v jira.Version) string { return v.Name }), []string{"1.1"}},
		"due date":      {f.DueDate.String(), "2026-12-24"},
		"status":        {f.Status.Name, "To Do"},
		"created":       {f.Created.IsZero(), false},
		"story points":  {points, 3.0},
		"has points":    {hasPoints, true},
		"severity":      {major.Value, "Major"},
		"properties":    {string(issue.Properties["ci"]), `{"run":7}`},
		"a field name":  {issue.Names["customfield_10016"], "Story Points"},
		"a field type":  {issue.Schema["duedate"].Type, "date"},
		"transitions":   {len(issue.Transitions), 3},
		"editmeta":      {issue.EditMeta.Fields["summary"].Required, true},
		"changelog":     {issue.Changelog.Total, 0},
		"rendered text": {strings.Contains(string(issue.RenderedFields), "SAVE10"), true},
	} {
		a.equal(what, pair[0], pair[1])
	}

	only := must(a.Issues.Get(ctx, created.ID, &jira.GetIssueParams{Fields: []string{"labels"}}))(a)
	a.equal("the one field asked for", only.Fields.SystemFields, jira.SystemFields{Labels: f.Labels})
	_, err = a.Issues.Create(ctx, jira.IssueInput{Project: "WEB", Type: "Meeting", Summary: "s"})
	a.fails(err, client.ErrInvalid, "Issues.Create")
}

func exerciseUpdate(a *area) {
	ctx := a.Context()
	epic := a.fake.AddIssue("WEB", "Epic", "Coupons", nil)
	key := a.fake.AddIssue("WEB", "Bug", "Cart", map[string]any{
		"labels": []string{"flaky", "old"}, "duedate": "2026-12-24", "environment": "staging", "assignee": map[string]any{"accountId": ada},
		"customfield_10016": 3, "customfield_10031": map[string]any{"value": "Major"},
	})
	untouched := a.read(key).Fields.Created
	a.fine(a.Issues.Update(ctx, key, jira.IssueUpdate{
		Summary: new("Cart total"), Description: adf.Text("Worse."), Type: new("Task"), Parent: new(epic), Priority: new("Lowest"),
		Assignee: new(""), Reporter: new(chidi), DueDate: &jira.Date{}, Labels: jira.ListUpdate{Add: []string{"new"}, Remove: []string{"old"}},
		Custom: jira.Custom(storyPoints.Value(5), severity.Empty()), Clear: []string{"environment"},
	}))
	issue := a.read(key)
	f := issue.Fields
	points, _, err := storyPoints.Get(issue)
	a.fine(err)
	_, hasSeverity, err := severity.Get(issue)
	a.fine(err)
	for what, pair := range map[string][2]any{
		"summary":      {f.Summary, "Cart total"},
		"description":  {f.Description.Text(), "Worse."},
		"type":         {f.IssueType.Name, "Task"},
		"parent":       {f.Parent.Key, epic},
		"priority":     {f.Priority.Name, "Lowest"},
		"assignee":     {f.Assignee, jira.User{}},
		"reporter":     {f.Reporter.AccountID, chidi},
		"due date":     {f.DueDate, jira.Date{}},
		"labels":       {f.Labels, []string{"flaky", "new"}},
		"story points": {points, 5.0},
		"severity":     {hasSeverity, false},
		"environment":  {f.Environment == nil, true},
		"created":      {f.Created, untouched},
	} {
		a.equal(what, pair[0], pair[1])
	}
	a.fails(a.Issues.Update(ctx, key, jira.IssueUpdate{Summary: new("")}), client.ErrInvalid, "Issues.Update")
	a.equal("summary after a refusal", a.read(key).Fields.Summary, "Cart total")
}

func exerciseDelete(a *area) {
	ctx := a.Context()
	parent := a.bug("Cart")
	child := must(a.Issues.Create(ctx, jira.IssueInput{Project: "WEB", Type: "Sub-task", Summary: "Coupons", Parent: parent}))(a)
	a.equal("subtasks", names(a.read(parent).Fields.Subtasks, func(i jira.Issue) string { return i.Key }), []string{child.Key})

	a.fails(a.Issues.Delete(ctx, parent, nil), client.ErrInvalid, "Issues.Delete")
	a.equal("summary after a refusal", a.read(parent).Fields.Summary, "Cart")
	a.fine(a.Issues.Delete(ctx, parent, &jira.DeleteIssueParams{DeleteSubtasks: true}))
	for _, key := range []string{parent, child.Key} {
		_, err := a.Issues.Get(ctx, key, nil)
		a.gone(err, "Issues.Get")
	}
	a.gone(a.Issues.Delete(ctx, parent, nil), "Issues.Delete")
}

func exerciseAssign(a *area) {
	key := a.bug("Cart")
	for _, step := range []struct {
		to   *string
		want string
	}{{new(bo), bo}, {new("-1"), ada}, {nil, ""}} {
		a.fine(a.Issues.Assign(a.Context(), key, jira.AssigneeInput{AccountID: step.to}))
		a.equal("assignee", a.read(key).Fields.Assignee.AccountID, step.want)
	}
	a.fails(a.Issues.Assign(a.Context(), key, jira.AssigneeInput{AccountID: new("nobody")}), client.ErrInvalid, "Issues.Assign")
}

func exerciseTransitions(a *area) {
	ctx := a.Context()
	key := a.bug("Cart")
	id := a.fake.AddTransition("Done", "Done", "resolution")
	open := must(a.Issues.Transitions(ctx, key, &jira.GetTransitionsParams{Expand: "transitions.fields"}))(a)
	a.equal("transitions", names(open, func(t jira.Transition) string { return t.Name }), []string{"In Progress", "In Review", "Done"})
	a.equal("the screen", open[2].Fields["resolution"].Required, true)
	a.equal("the choices", len(open[2].Fields["resolution"].AllowedValues), 4)

	move := jira.TransitionInput{Transition: jira.Transition{ID: id}}
	a.fails(a.Issues.Transition(ctx, key, move), client.ErrInvalid, "Issues.Transition")
	move.Fields = map[string]json.RawMessage{"resolution": json.RawMessage(`{"name":"Duplicate"}`)}
	comment := must(json.Marshal(map[string]any{"add": jira.CommentInput{Body: adf.Text("As WEB-9.")}}))(a)
	move.Update = map[string][]json.RawMessage{"comment": {comment}}
	a.fine(a.Issues.Transition(ctx, key, move))
	f := a.read(key).Fields
	a.equal("status", []string{f.Status.Name, f.Status.Category.Key, f.Resolution.Name}, []string{"Done", "done", "Duplicate"})
	a.equal("the comment", f.Comments.Comments[0].Body.Text(), "As WEB-9.")
	a.equal("resolved", f.ResolutionDate.IsZero(), false)

	same := must(a.Issues.Transitions(ctx, key, &jira.GetTransitionsParams{TransitionID: id}))(a)
	a.equal("transitions to where it is", len(same), 0)
	a.fine(a.Issues.Transition(ctx, key, jira.TransitionInput{Transition: jira.Transition{ID: "11"}}))
	f = a.read(key).Fields
	a.equal("status", []string{f.Status.Name, f.Resolution.Name}, []string{"To Do", ""})
}

func exerciseChangelog(a *area) {
	ctx := a.Context()
	key := a.bug("0")
	for i := range 7 {
		a.fine(a.Issues.Update(ctx, key, jira.IssueUpdate{Summary: new(fmt.Sprint(i + 1))}))
	}
	page := must(a.Issues.ChangelogPage(ctx, key, nil))(a)
	samePages(a, 2, a.Issues.Changelog(ctx, key, &jira.GetChangeLogsParams{MaxResults: 2}), page.Values)
	a.equal("total", page.Total, 7)
	for i, change := range page.Values {
		a.equal("author", change.Author.AccountID, me)
		a.equal("items", change.Items, []jira.ChangelogItem{{
			Field: "summary", FieldID: "summary", FieldType: "jira", FromString: fmt.Sprint(i), ToString: fmt.Sprint(i + 1),
		}})
	}
}

func exerciseCreateMeta(a *area) {
	ctx := a.Context()
	types := must(a.Issues.CreateMetaTypesPage(ctx, "WEB", nil))(a)
	samePages(a, 2, a.Issues.CreateMetaTypes(ctx, "WEB", &jira.GetCreateIssueMetaIssueTypesParams{MaxResults: 2}), types.IssueTypes)
	a.equal("types", names(types.IssueTypes, func(t jira.CreateMetaType) string { return t.Name }), []string{"Epic", "Story", "Task", "Bug", "Sub-task"})
	a.equal("level", []int{types.IssueTypes[0].HierarchyLevel, types.IssueTypes[4].HierarchyLevel}, []int{1, -1})

	id := a.fake.AddField(engineField)
	fields := must(a.Issues.CreateMetaFieldsPage(ctx, "WEB", bugID, nil))(a)
	samePages(a, 5, a.Issues.CreateMetaFields(ctx, "WEB", bugID, &jira.GetCreateIssueMetaIssueTypeIDParams{MaxResults: 5}), fields.Fields)
	at := slices.IndexFunc(fields.Fields, func(f jira.FieldMeta) bool { return f.FieldID == id })
	if at < 0 {
		a.Fatalf("the field %s is not listed", id)
	}
	field := fields.Fields[at]
	a.equal("the field", []any{field.Name, field.Required, field.Schema.Type, len(field.AllowedValues)}, []any{"Browser engine", true, "option", 2})

	r := must(a.Issues.Requirements(ctx, "WEB", "Bug"))(a)
	a.equal("requirements", []any{r.Type.ID, len(r.Fields)}, []any{bugID, len(fields.Fields)})

	_, err := items(a.Issues.CreateMetaFields(ctx, "WEB", "999", nil))
	a.fails(err, client.ErrInvalid, "Issues.CreateMetaFields")
}

func exerciseEditMeta(a *area) {
	key := a.bug("Cart")
	meta := must(a.Issues.EditMeta(a.Context(), key, nil))(a)
	priority := meta.Fields["priority"]
	a.equal("priority", []any{priority.Name, priority.Operations, len(priority.AllowedValues)}, []any{"Priority", []string{"set"}, 5})
	a.equal("labels", meta.Fields["labels"].Operations, []string{"add", "set", "remove"})
	a.equal("summary", meta.Fields["summary"].Required, true)
	if _, ok := meta.Fields["project"]; ok {
		a.Error("the project can be edited")
	}
}

func exerciseNotify(a *area) {
	ctx := a.Context()
	key := a.bug("Cart")
	mail := jira.Notification{Subject: "Red again", TextBody: "Run 7 failed.", To: jira.NotificationRecipients{Watchers: true, Users: []jira.User{{AccountID: ada}}}}
	a.fine(a.Issues.Notify(ctx, key, mail))
	var site struct {
		Issues []struct{ Notified []jira.Notification }
	}
	a.fine(json.Unmarshal(must(a.fake.Snapshot())(a), &site))
	a.equal("what was sent", site.Issues[0].Notified, []jira.Notification{mail})
	a.fails(a.Issues.Notify(ctx, key, jira.Notification{Subject: "to nobody"}), client.ErrInvalid, "Issues.Notify")
}

func exerciseSearch(a *area) {
	ctx := a.Context()
	var keys []string
	for i := range 7 {
		keys = append(keys, a.fake.AddIssue("WEB", "Bug", fmt.Sprintf("Flake %d", i), map[string]any{"labels": []string{"flaky"}, "customfield_10016": i}))
	}
	a.bug("Not flaky")
	const jql = `project = WEB AND labels = flaky ORDER BY key ASC`
	key := func(i jira.Issue) string { return i.Key }

	page := must(a.Issues.SearchPage(ctx, jira.SearchInput{JQL: jql, Fields: []string{"*navigable"}, MaxResults: 100}))(a)
	a.equal("one page", names(page.Issues, key), keys)
	a.equal("last", []any{page.IsLast, page.NextPageToken}, []any{true, ""})
	samePages(a, 2, a.Issues.Search(ctx, jql, &jira.SearchOptions{PageSize: 2}), page.Issues)
	get := must(a.Issues.SearchPageGet(ctx, &jira.SearchIssuesGetParams{JQL: jql, Fields: []string{"*navigable"}}))(a)
	a.equal("one page by GET", documentsOf(a, get.Issues), documentsOf(a, page.Issues))
	for i, issue := range page.Issues {
		points, _, err := storyPoints.Get(&issue)
		a.fine(err)
		a.equal("issue", []any{issue.Fields.Summary, issue.Fields.Labels, points}, []any{fmt.Sprintf("Flake %d", i), []string{"flaky"}, float64(i)})
	}

	// The pages by hand, by both methods.
	input := jira.SearchInput{JQL: jql, Fields: []string{"summary"}, MaxResults: 3}
	params := jira.SearchIssuesGetParams{JQL: jql, Fields: []string{"summary"}, MaxResults: 3}
	for from := 0; from < len(keys); from += 3 {
		post := must(a.Issues.SearchPage(ctx, input))(a)
		get := must(a.Issues.SearchPageGet(ctx, &params))(a)
		want := keys[from:min(from+3, len(keys))]
		a.equal("page", names(post.Issues, key), want)
		a.equal("page by GET", names(get.Issues, key), want)
		a.equal("last", []bool{post.IsLast, get.IsLast}, []bool{from == 6, from == 6})
		input.NextPageToken, params.NextPageToken = post.NextPageToken, get.NextPageToken
	}

	together := must(a.Issues.BulkFetch(ctx, jira.BulkFetchInput{
		Issues: []string{keys[2], "GONE-1", page.Issues[0].ID, keys[2]}, Fields: []string{"summary"},
	}))(a)
	a.equal("read together", names(together.Issues, key), []string{keys[0], keys[2]})
	a.equal("their fields", names(together.Issues, func(i jira.Issue) string { return i.Fields.Summary + i.Fields.Status.Name }), []string{"Flake 0", "Flake 2"})
	a.equal("errors", len(together.Errors), 0)
	_, err := a.Issues.BulkFetch(ctx, jira.BulkFetchInput{Issues: make([]string, 101)})
	a.fails(err, client.ErrInvalid, "Issues.BulkFetch")

	count := must(a.Issues.Count(ctx, jira.CountInput{JQL: jql}))(a)
	a.equal("count", count, int64(7))
	a.fine(a.Issues.Delete(ctx, keys[0], nil))
	a.equal("count after a deletion", must(a.Issues.Count(ctx, jira.CountInput{JQL: jql}))(a), int64(6))

	const unbounded = `ORDER BY key`
	_, err = items(a.Issues.Search(ctx, unbounded, nil))
	a.fails(err, client.ErrInvalid, "Issues.Search")
	_, err = a.Issues.SearchPage(ctx, jira.SearchInput{JQL: unbounded})
	a.fails(err, client.ErrInvalid, "Issues.SearchPage")
	_, err = a.Issues.SearchPageGet(ctx, &jira.SearchIssuesGetParams{JQL: unbounded})
	a.fails(err, client.ErrInvalid, "Issues.SearchPageGet")
	_, err = a.Issues.Count(ctx, jira.CountInput{JQL: unbounded})
	a.fails(err, client.ErrInvalid, "Issues.Count")
}

func exercisePicker(a *area) {
	ctx := a.Context()
	cart, other := a.bug("Cart total"), a.bug("Cart icon")
	sub := a.fake.AddIssue("WEB", "Sub-task", "Cart coupon", map[string]any{"parent": map[string]any{"key": cart}})
	a.bug("Login")
	suggested := func(p jira.GetIssuePickerResourceParams) map[string][]string {
		all := map[string][]string{}
		for _, section := range must(a.Issues.Picker(ctx, &p))(a) {
			keys := names(section.Issues, func(i jira.PickerIssue) string { return i.Key })
			slices.Sort(keys)
			all[section.ID] = keys
		}
		return all
	}
	a.equal("by text", suggested(jira.GetIssuePickerResourceParams{Query: "cart"}), map[string][]string{"hs": {cart, other, sub}})
	a.equal("by query, too, but this one and no subtasks", suggested(jira.GetIssuePickerResourceParams{
		Query: "cart", CurrentJQL: "project = WEB", CurrentIssueKey: cart, ShowSubtasks: new(false),
	}), map[string][]string{"hs": {other}, "cs": {other}})
}
