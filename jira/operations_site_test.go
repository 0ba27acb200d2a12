package jira_test

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

func exerciseProjects(a *area) {
	ctx := a.Context()
	for i := range 5 {
		a.fake.AddProject(fmt.Sprintf("P%d", i), fmt.Sprintf("Project %d", i))
	}
	page := must(a.Projects.ListPage(ctx, &jira.SearchProjectsParams{Expand: "lead"}))(a)
	a.equal("projects", names(page.Values, func(p jira.Project) string { return p.Key }), []string{"OPS", "P0", "P1", "P2", "P3", "P4", "WEB"})
	samePages(a, 2, a.Projects.List(ctx, &jira.SearchProjectsParams{MaxResults: 2, Expand: "lead"}), page.Values)
	some := must(items(a.Projects.List(ctx, &jira.SearchProjectsParams{Keys: []string{"WEB", "P1"}, OrderBy: "-name"})))(a)
	a.equal("by key", names(some, func(p *jira.Project) string { return p.Name }), []string{"Web Shop", "Project 1"})

	for _, id := range []string{"WEB", webID} {
		p := must(a.Projects.Get(ctx, id, &jira.GetProjectParams{Expand: "projectKeys"}))(a)
		a.equal("project", []any{p.ID, p.Key, p.Name, p.Description, p.Lead.DisplayName}, []any{webID, "WEB", "Web Shop", "The shop and its checkout", "Ada Fischer"})
		a.equal("what it has", []int{len(p.IssueTypes), len(p.Components), len(p.Versions), len(p.Roles)}, []int{5, 2, 2, 3})
	}

	types := must(a.Projects.Statuses(ctx, "OPS"))(a)
	a.equal("types", names(types, func(t jira.IssueTypeStatuses) string { return t.Name }), []string{"Task", "Bug", "Sub-task"})
	for _, t := range types {
		a.equal("statuses", names(t.Statuses, func(s jira.Status) string { return s.Name }), []string{"To Do", "In Progress", "In Review", "Done"})
	}
}

func exerciseComponents(a *area) {
	ctx := a.Context()
	for i := range 4 {
		a.fake.AddComponent("WEB", fmt.Sprintf("Part %d", i))
	}
	must(a.Issues.Create(ctx, jira.IssueInput{Project: "WEB", Type: "Bug", Summary: "Cart", Components: []string{"Checkout"}}))(a)
	page := must(a.Projects.ComponentsPage(ctx, "WEB", nil))(a)
	samePages(a, 2, a.Projects.Components(ctx, "WEB", &jira.GetProjectComponentsPaginatedParams{MaxResults: 2}), page.Values)
	a.equal("components", names(page.Values, func(c jira.Component) string { return c.Name }), []string{"Cart", "Checkout", "Part 0", "Part 1", "Part 2", "Part 3"})
	c := page.Values[1]
	a.equal("checkout", []any{c.Lead.AccountID, c.IssueCount, c.Project}, []any{bo, int64(1), "WEB"})
	parts := must(items(a.Projects.Components(ctx, "WEB", &jira.GetProjectComponentsPaginatedParams{Query: "part", OrderBy: "-name"})))(a)
	a.equal("parts, from the last", parts[0].Name, "Part 3")
}

func exerciseVersions(a *area) {
	ctx := a.Context()
	for i := range 4 {
		a.fake.AddVersion("WEB", fmt.Sprintf("2.%d", i))
	}
	page := must(a.Projects.VersionsPage(ctx, "WEB", nil))(a)
	samePages(a, 2, a.Projects.Versions(ctx, "WEB", &jira.GetProjectVersionsPaginatedParams{MaxResults: 2}), page.Values)
	a.equal("versions", names(page.Values, func(v jira.Version) string { return v.Name }), []string{"1.0", "1.1", "2.0", "2.1", "2.2", "2.3"})
	v := page.Values[0]
	a.equal("1.0", []any{v.Released, v.ReleaseDate, v.ProjectID}, []any{true, jira.Date{Year: 2026, Month: 1, Day: 15}, int64(10000)})
	out := must(items(a.Projects.Versions(ctx, "WEB", &jira.GetProjectVersionsPaginatedParams{Status: "released"})))(a)
	a.equal("released", names(out, func(v *jira.Version) string { return v.Name }), []string{"1.0"})
}

func exerciseRoles(a *area) {
	ctx := a.Context()
	roles := must(a.Projects.Roles(ctx, "WEB"))(a)
	a.equal("roles", len(roles), 3)
	id := must(strconv.ParseInt(path.Base(roles["Developers"]), 10, 64))(a)
	role := must(a.Projects.Role(ctx, "WEB", id, &jira.GetProjectRoleParams{ExcludeInactiveUsers: true}))(a)
	a.equal("role", []any{role.ID, role.Name}, []any{id, "Developers"})
	a.equal("members", names(role.Actors, func(r jira.RoleActor) string { return r.ActorUser.AccountID }), []string{me, bo, chidi})
	_, err := a.Projects.Role(ctx, "WEB", 1, nil)
	a.gone(err, "Projects.Role")
}

func exerciseIssueTypes(a *area) {
	ctx := a.Context()
	name := func(t jira.IssueType) string { return t.Name }
	all := must(a.IssueTypes.List(ctx))(a)
	a.equal("types", names(all, name), []string{"Epic", "Story", "Task", "Bug", "Sub-task"})
	for _, want := range all {
		a.equal("type", *must(a.IssueTypes.Get(ctx, want.ID))(a), want)
	}
	id := must(strconv.ParseInt(webID, 10, 64))(a)
	for _, step := range []struct {
		level *int
		want  []string
	}{{nil, names(all, name)}, {new(1), []string{"Epic"}}, {new(0), []string{"Story", "Task", "Bug"}}, {new(-1), []string{"Sub-task"}}} {
		types := must(a.IssueTypes.ListForProject(ctx, id, &jira.GetIssueTypesForProjectParams{Level: step.level}))(a)
		a.equal("types of a level", names(types, name), step.want)
	}
	_, err := a.IssueTypes.Get(ctx, "1")
	a.gone(err, "IssueTypes.Get")
	_, err = a.IssueTypes.ListForProject(ctx, 1, nil)
	a.gone(err, "IssueTypes.ListForProject")
}

func exerciseFields(a *area) {
	ctx := a.Context()
	id := a.fake.AddField(engineField)
	all := must(a.Fields.List(ctx))(a)
	at := slices.IndexFunc(all, func(f jira.Field) bool { return f.ID == id })
	if at < 0 {
		a.Fatalf("the field %s is not listed", id)
	}
	a.equal("field", []any{all[at].Name, all[at].Custom, all[at].Schema.Type}, []any{"Browser engine", true, "option"})
	custom := slices.DeleteFunc(names(all, func(f jira.Field) string {
		if !f.Custom {
			return ""
		}
		return f.ID
	}), func(id string) bool { return id == "" })

	page := must(a.Fields.SearchPage(ctx, &jira.GetFieldsPaginatedParams{Types: []string{"custom"}}))(a)
	samePages(a, 3, a.Fields.Search(ctx, &jira.GetFieldsPaginatedParams{Types: []string{"custom"}, MaxResults: 3}), page.Values)
	found := names(page.Values, func(f jira.Field) string { return f.ID })
	slices.Sort(found)
	slices.Sort(custom)
	a.equal("custom fields", found, custom)
	some := must(items(a.Fields.Search(ctx, &jira.GetFieldsPaginatedParams{IDs: []string{id, "summary"}, OrderBy: "-name"})))(a)
	a.equal("by id", names(some, func(f *jira.Field) string { return f.Name }), []string{"Summary", "Browser engine"})
}

func exercisePriorities(a *area) {
	ctx := a.Context()
	page := must(a.Priorities.ListPage(ctx, nil))(a)
	a.equal("priorities", names(page.Values, func(p jira.Priority) string { return p.Name }), []string{"Highest", "High", "Medium", "Low", "Lowest"})
	samePages(a, 2, a.Priorities.List(ctx, &jira.SearchPrioritiesParams{MaxResults: 2}), page.Values)
	a.equal("priority", must(a.Priorities.Get(ctx, "2"))(a).Name, "High")
	usual := must(items(a.Priorities.List(ctx, &jira.SearchPrioritiesParams{OnlyDefault: true})))(a)
	a.equal("default", names(usual, func(p *jira.Priority) string { return p.Name }), []string{"Medium"})
	_, err := a.Priorities.Get(ctx, "99")
	a.gone(err, "Priorities.Get")
}

func exerciseResolutions(a *area) {
	ctx := a.Context()
	page := must(a.Resolutions.ListPage(ctx, nil))(a)
	a.equal("resolutions", names(page.Values, func(r jira.Resolution) string { return r.Name }), []string{"Done", "Won't Do", "Duplicate", "Cannot Reproduce"})
	samePages(a, 1, a.Resolutions.List(ctx, &jira.SearchResolutionsParams{MaxResults: 1}), page.Values)
	a.equal("resolution", must(a.Resolutions.Get(ctx, "10002"))(a).Name, "Duplicate")
	some := must(items(a.Resolutions.List(ctx, &jira.SearchResolutionsParams{IDs: []string{"10001"}})))(a)
	a.equal("by id", names(some, func(r *jira.Resolution) string { return r.Name }), []string{"Won't Do"})
	_, err := a.Resolutions.Get(ctx, "99")
	a.gone(err, "Resolutions.Get")
}

func exerciseStatuses(a *area) {
	ctx := a.Context()
	all := must(a.Statuses.List(ctx))(a)
	a.equal("statuses", names(all, func(s jira.Status) string { return s.Name }), []string{"To Do", "In Progress", "In Review", "Done"})
	for _, want := range all {
		for _, idOrName := range []string{want.ID, want.Name} {
			a.equal("status", *must(a.Statuses.Get(ctx, idOrName))(a), want)
		}
	}
	page := must(a.Statuses.SearchPage(ctx, nil))(a)
	a.equal("total", page.Total, 4)
	samePages(a, 1, a.Statuses.Search(ctx, &jira.SearchStatusesParams{MaxResults: 1}), page.Values)
	busy := must(items(a.Statuses.Search(ctx, &jira.SearchStatusesParams{Category: "IN_PROGRESS", SearchString: "review"})))(a)
	a.equal("in progress", names(busy, func(s *jira.StatusDefinition) string { return s.Name + " " + s.Category }), []string{"In Review IN_PROGRESS"})
	_, err := a.Statuses.Get(ctx, "Nowhere")
	a.gone(err, "Statuses.Get")
}

func exerciseLabels(a *area) {
	ctx := a.Context()
	for i := range 7 {
		a.fake.AddIssue("WEB", "Bug", "Cart", map[string]any{"labels": []string{"flaky", fmt.Sprintf("run-%d", i)}})
	}
	page := must(a.Labels.ListPage(ctx, nil))(a)
	a.equal("labels", page.Values, []string{"flaky", "run-0", "run-1", "run-2", "run-3", "run-4", "run-5", "run-6"})
	samePages(a, 3, a.Labels.List(ctx, &jira.GetAllLabelsParams{MaxResults: 3}), page.Values)
	a.fine(a.Issues.Update(ctx, "WEB-1", jira.IssueUpdate{Labels: jira.ListUpdate{Remove: []string{"run-0"}}}))
	a.equal("labels", must(a.Labels.ListPage(ctx, nil))(a).Total, 7)
}

// Whatever is asked of an issue or a project that is not there, the answer is that it was not found.
func exerciseNotFound(a *area) {
	ctx, key := a.Context(), "WEB-404"
	other := a.bug("Cart")
	ref := jira.IssueRef{Key: key}
	for op, err := range map[string]error{
		"Issues.Get":                   second(a.Issues.Get(ctx, key, nil)),
		"Issues.Update":                a.Issues.Update(ctx, key, jira.IssueUpdate{Summary: new("s")}),
		"Issues.Assign":                a.Issues.Assign(ctx, key, jira.AssigneeInput{}),
		"Issues.Transitions":           second(a.Issues.Transitions(ctx, key, nil)),
		"Issues.Transition":            a.Issues.Transition(ctx, key, jira.TransitionInput{Transition: jira.Transition{ID: "11"}}),
		"Issues.Changelog":             second(items(a.Issues.Changelog(ctx, key, nil))),
		"Issues.EditMeta":              second(a.Issues.EditMeta(ctx, key, nil)),
		"Issues.Notify":                a.Issues.Notify(ctx, key, jira.Notification{To: jira.NotificationRecipients{Watchers: true}}),
		"Issues.Watchers":              second(a.Issues.Watchers(ctx, key)),
		"Issues.AddWatcher":            a.Issues.AddWatcher(ctx, key, ada),
		"Issues.RemoveWatcher":         a.Issues.RemoveWatcher(ctx, key, ada),
		"Issues.Votes":                 second(a.Issues.Votes(ctx, key)),
		"Issues.AddVote":               a.Issues.AddVote(ctx, key),
		"Issues.RemoveVote":            a.Issues.RemoveVote(ctx, key),
		"Issues.PropertyKeys":          second(a.Issues.PropertyKeys(ctx, key)),
		"Issues.Property":              second(a.Issues.Property(ctx, key, "p")),
		"Issues.SetProperty":           a.Issues.SetProperty(ctx, key, "p", 1),
		"Comments.List":                second(items(a.Comments.List(ctx, key, nil))),
		"Worklogs.List":                second(items(a.Worklogs.List(ctx, key, nil))),
		"RemoteLinks.List":             second(a.RemoteLinks.List(ctx, key)),
		"RemoteLinks.DeleteByGlobalID": a.RemoteLinks.DeleteByGlobalID(ctx, key, "g"),
		"Attachments.Upload":           second(a.Attachments.Upload(ctx, key, jira.UploadReader("f", strings.NewReader("x")))),
		"Links.Create":                 a.Links.Create(ctx, jira.IssueLinkInput{Type: jira.LinkType{Name: "Blocks"}, InwardIssue: ref, OutwardIssue: jira.IssueRef{Key: other}}),
		"Projects.Get":                 second(a.Projects.Get(ctx, "NOPE", nil)),
		"Projects.Components":          second(items(a.Projects.Components(ctx, "NOPE", nil))),
		"Projects.Versions":            second(items(a.Projects.Versions(ctx, "NOPE", nil))),
		"Projects.Roles":               second(a.Projects.Roles(ctx, "NOPE")),
		"Projects.Statuses":            second(a.Projects.Statuses(ctx, "NOPE")),
	} {
		a.gone(err, op)
		if e := new(client.Error); errors.As(err, &e) && (len(e.Messages) == 0 || e.TraceID == "") {
			a.Errorf("%s: the error tells neither why nor the trace: %+v", op, e)
		}
	}
}

// exerciseSites calls what belongs to the cloud and not to one of its sites.
func exerciseSites(a *area) {
	c := newCloud(a)
	hook := client.WithHook(func(event client.Event) { a.done.add(event.Op, event.Status) })
	sites := must(jira.Sites(a.Context(), c.src, c.with, hook))(a)
	a.equal("sites", len(sites), 2)
	a.equal("cloud id", must(client.CloudID(a.Context(), sites[0].URL, c.with, hook))(a), sites[0].ID)
	for _, r := range c.Requests() {
		a.done.add(r.Method+" "+r.Path, r.Status)
	}
}
