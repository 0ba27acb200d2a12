package jira_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

func exerciseTasks(a *area) {
	a.virtual(func(a *area) {
		ctx := a.Context()
		keys := make([]string, 20)
		for i := range keys {
			keys[i] = a.bug("Cart")
		}
		task := must(a.Bulk.Delete(ctx, jira.BulkDelete{Issues: keys}))(a)
		a.equal("enqueued", must(task.Report(ctx))(a).State, jira.TaskStateEnqueued)
		<-time.After(5 * time.Minute)
		got := must(a.Tasks.Get(ctx, task.ID))(a)
		a.equal("half way", []any{got.State, got.Progress, got.Message}, []any{jira.TaskStateRunning, int64(50), "10 of 20 done"})
		a.fine(a.Tasks.Cancel(ctx, task.ID))
		report, err := a.Bulk.Resume(task.ID).Wait(ctx)
		if _, ok := errors.AsType[*jira.TaskError](err); !ok || report.State != jira.TaskStateCancelled || len(report.Processed) != 10 {
			a.Errorf("cancelled: %+v, %v", report, err)
		}
		a.equal("what is left", len(a.fake.Issues()), 10)
		a.fails(a.Tasks.Cancel(ctx, task.ID), client.ErrInvalid, "Tasks.Cancel")
		a.gone(a.Tasks.Cancel(ctx, "1"), "Tasks.Cancel")
		_, err = a.Tasks.Get(ctx, "1")
		a.gone(err, "Tasks.Get")

		// Five bulk operations run at a time.
		for range 5 {
			must(a.Bulk.Watch(ctx, jira.BulkWatch{Issues: keys[15:]}))(a)
		}
		_, err = a.Bulk.Watch(ctx, jira.BulkWatch{Issues: keys[15:]})
		a.fails(err, client.ErrRateLimited, "Bulk.Watch")

		properties := must(a.Bulk.SetProperty(ctx, "ci", jira.BulkPropertyValue{Value: json.RawMessage("1")}))(a)
		var seen []jira.TaskState
		again := a.Tasks.Resume(properties.ID)
		again.OnProgress = func(r *jira.TaskReport) {
			if len(seen) == 0 || seen[len(seen)-1] != r.State {
				seen = append(seen, r.State)
			}
		}
		report = must(again.Wait(ctx))(a)
		a.equal("states", seen, []jira.TaskState{jira.TaskStateEnqueued, jira.TaskStateRunning, jira.TaskStateComplete})
		a.equal("times", []bool{report.Submitted.Before(report.Started.Time), report.Started.Before(report.Updated.Time)}, []bool{true, true})
		<-time.After(15 * 24 * time.Hour)
		_, err = a.Tasks.Get(ctx, properties.ID)
		a.gone(err, "Tasks.Get")
	}, jiratest.WithTaskDuration(10*time.Minute))
}

func exerciseCreateMany(a *area) {
	ctx := a.Context()
	inputs := make([]jira.IssueInput, 50)
	for i := range inputs {
		inputs[i] = jira.IssueInput{Project: "WEB", Type: "Bug", Summary: fmt.Sprintf("Test %d failed", i)}
	}
	inputs[3].Priority = "No such priority"
	inputs[7].Project = "NONE"
	created, err := a.Issues.CreateMany(ctx, inputs)
	failure, ok := errors.AsType[*jira.CreateManyError](err)
	if !ok || len(failure.Failed) != 2 || len(created) != 50 || !errors.Is(err, client.ErrInvalid) {
		a.Fatalf("%d issues, %v", len(created), err)
	}
	a.equal("why", []any{failure.Failed[3].Fields["priority"] != "", failure.Failed[7].Fields["project"]}, []any{true, "valid project is required"})
	for i, issue := range created {
		if failed := i == 3 || i == 7; failed != (issue == nil) {
			a.Fatalf("input %d became %v", i, issue)
		}
		if issue != nil {
			a.equal("summary", a.read(issue.Key).Fields.Summary, inputs[i].Summary)
		}
	}
	before := len(a.fake.Issues())
	created, err = a.Issues.CreateMany(ctx, inputs[7:8])
	if failure, ok := errors.AsType[*jira.CreateManyError](err); !ok || created[0] != nil || failure.Failed[0].Fields["project"] != "valid project is required" {
		a.Errorf("all failed: %v, %v", created, err)
	}
	inputs[1].Summary = ""
	_, err = a.Issues.CreateMany(ctx, inputs[:3])
	a.fails(err, client.ErrInvalid, "Issues.CreateMany")
	a.equal("one that cannot be sent", err.Error(), "Issues.CreateMany: nothing was sent: inputs[1]: summary: the Summary is empty")
	for _, wrong := range [][]jira.IssueInput{nil, append(inputs, inputs[0])} {
		_, err = a.Issues.CreateMany(ctx, wrong)
		a.fails(err, client.ErrInvalid, "Issues.CreateMany")
	}
	a.equal("nothing more was created", len(a.fake.Issues()), before)
}

func exerciseArchive(a *area) {
	ctx := a.Context()
	one, three := a.bug("One"), a.bug("Three")
	a.bug("Two")
	part := a.fake.AddIssue("WEB", "Sub-task", "Part", map[string]any{"parent": map[string]any{"key": one}})
	count := func() int { return len(must(items(a.Issues.Search(ctx, "project = WEB", nil)))(a)) }
	a.equal("found", count(), 4)
	result, err := a.Issues.Archive(ctx, jira.IssueList{Issues: []string{one, part, "WEB-999"}})
	if left, ok := errors.AsType[*jira.PartialArchiveError](err); !ok || left.Result != result {
		a.Fatalf("in part: %v", err)
	}
	a.equal("the error", err.Error(), "Issues.Archive: 1 issues were moved, others were not: 1 ("+part+") Issue is subtask.: 1 (WEB-999) Issue not found.")
	a.equal("archived", result, &jira.ArchiveResult{Updated: 1, Failed: jira.ArchiveFailures{
		Subtasks: &jira.ArchiveFailure{Count: 1, Issues: []string{part}, Message: "Issue is subtask."},
		NotFound: &jira.ArchiveFailure{Count: 1, Issues: []string{"WEB-999"}, Message: "Issue not found."},
	}})
	a.equal("found", count(), 2)
	a.fails(a.Issues.Update(ctx, one, jira.IssueUpdate{Summary: new("Changed")}), client.ErrInvalid, "Issues.Update")

	a.finish(a.Issues.ArchiveByJQL(ctx, jira.ArchiveQuery{JQL: "summary ~ Two"}))
	a.equal("found", count(), 1)
	exported := a.finish(a.Issues.ExportArchived(ctx, jira.ArchiveFilter{Projects: []string{"WEB"}, ArchivedBy: []string{me}, Reporters: []string{me}, IssueTypes: []string{bugID}}))
	a.equal("exported", string(exported.Result), `{"exportedIssues":2}`)

	back, err := a.Issues.Unarchive(ctx, jira.IssueList{Issues: []string{one, three}})
	if left, ok := errors.AsType[*jira.PartialArchiveError](err); !ok || left.Result != back {
		a.Fatalf("back in part: %v", err)
	}
	a.equal("back", []any{back.Updated, back.Failed.NotFound.Issues}, []any{int64(1), []string{three}})
	a.equal("found", count(), 3)
	a.fine(a.Issues.Update(ctx, one, jira.IssueUpdate{Summary: new("Changed")}))

	_, err = a.Issues.Archive(ctx, jira.IssueList{Issues: []string{part}})
	a.fails(err, client.ErrInvalid, "Issues.Archive")
	_, err = a.Issues.Unarchive(ctx, jira.IssueList{Issues: []string{three}})
	a.fails(err, client.ErrInvalid, "Issues.Unarchive")
	_, err = a.Issues.ArchiveByJQL(ctx, jira.ArchiveQuery{JQL: "summary ~ nothing"})
	a.fails(err, client.ErrInvalid, "Issues.ArchiveByJQL")
	_, err = a.Issues.ExportArchived(ctx, jira.ArchiveFilter{Archived: &jira.ArchiveDates{After: "2026-02-01", Before: "2026-01-01"}})
	a.fails(err, client.ErrInvalid, "Issues.ExportArchived")

	a.virtual(func(a *area) {
		ctx := a.Context()
		a.bug("One")
		query := jira.ArchiveQuery{JQL: "project = WEB"}
		first := must(a.Issues.ArchiveByJQL(ctx, query))(a)
		_, err := a.Issues.ArchiveByJQL(ctx, query)
		a.fails(err, client.ErrConflict, "Issues.ArchiveByJQL")
		must(first.Wait(ctx))(a)
		a.equal("archived", len(must(items(a.Issues.Search(ctx, "project = WEB", nil)))(a)), 0)
	}, jiratest.WithTaskDuration(time.Minute))
}

func exerciseLimits(a *area) {
	ctx := a.Context()
	near, full := a.bug("Near"), a.bug("Full")
	link := func(key string, i int) {
		must(a.RemoteLinks.Set(ctx, key, jira.RemoteLinkInput{Object: jira.RemoteObject{URL: fmt.Sprintf("https://acme.example/%d", i), Title: "Build"}}))(a)
	}
	for i := range 2000 {
		link(full, i)
		if i < 1800 {
			link(near, i)
		}
	}
	report := must(a.Issues.LimitReport(ctx, &jira.GetIssueLimitReportParams{Keys: true}))(a)
	a.equal("report", report, &jira.LimitReport{
		Approaching: map[string]map[string]int64{"remoteIssueLinks": {near: 1800}},
		Breaching:   map[string]map[string]int64{"remoteIssueLinks": {full: 2000}},
		Limits:      map[string]int{"attachment": 2000, "comment": 5000, "issuelinks": 2000, "remoteIssueLinks": 2000, "worklog": 10000},
	})
	byID := must(a.Issues.LimitReport(ctx, nil))(a)
	a.equal("by id", byID.Breaching["remoteIssueLinks"][a.read(full).ID], int64(2000))

	events := must(a.Issues.Events(ctx))(a)
	a.equal("events", events[:2], []jira.IssueEvent{{ID: "1", Name: "Issue Created"}, {ID: "2", Name: "Issue Updated"}})
}

func exerciseBulkChangelogs(a *area) {
	ctx := a.Context()
	one, two := a.bug("One"), a.bug("Two")
	for i := range 4 {
		for _, key := range []string{one, two} {
			a.fine(a.Issues.Update(ctx, key, jira.IssueUpdate{Summary: new(fmt.Sprintf("Summary %d", i)), Priority: new([]string{"High", "Low"}[i%2])}))
		}
	}
	input := jira.ChangelogsInput{Issues: []string{one, two}, MaxResults: 3}
	before := len(a.fake.Requests())
	changes := map[string][]string{}
	for log, err := range a.Issues.Changelogs(ctx, input) {
		a.fine(err)
		for _, change := range log.Changes {
			changes[log.IssueID] = append(changes[log.IssueID], change.ID)
		}
	}
	a.equal("requests", len(a.fake.Requests())-before, 3)
	for _, key := range []string{one, two} {
		want := names(must(items(a.Issues.Changelog(ctx, key, nil)))(a), func(c *jira.Changelog) string { return c.ID })
		a.equal(key, changes[a.read(key).ID], want)
	}
	page := must(a.Issues.ChangelogsPage(ctx, jira.ChangelogsInput{Issues: []string{one}, FieldIDs: []string{"priority"}}))(a)
	for _, change := range page.Issues[0].Changes {
		a.equal("the fields", names(change.Items, func(i jira.ChangelogItem) string { return i.FieldID }), []string{"priority"})
	}
	ids := changes[a.read(one).ID]
	some := must(a.Issues.ChangelogByID(ctx, one, jira.ChangelogIDs{IDs: a.numbers(ids[1], ids[3])}))(a)
	a.equal("by id", names(some.Histories, func(c jira.Changelog) string { return c.ID }), []string{ids[1], ids[3]})

	_, err := a.Issues.ChangelogsPage(ctx, jira.ChangelogsInput{Issues: []string{}})
	a.fails(err, client.ErrInvalid, "Issues.Changelogs")
	_, err = items(a.Issues.Changelogs(ctx, jira.ChangelogsInput{Issues: []string{one}, NextPageToken: "stale"}))
	a.fails(err, client.ErrInvalid, "Issues.Changelogs")
	_, err = a.Issues.ChangelogByID(ctx, "WEB-999", jira.ChangelogIDs{IDs: []int64{1}})
	a.gone(err, "Issues.ChangelogByID")
}

func exerciseChangedWorklogs(a *area) {
	a.virtual(func(a *area) {
		ctx := a.Context()
		key := a.bug("Cart")
		start := time.Now()
		var ids []jira.ID
		input := jira.WorklogInput{TimeSpentSeconds: 60, Started: jira.Time{Time: start}, Properties: []jira.EntityProperty{{Key: "ci", Value: json.RawMessage("1")}}}
		for range 2001 { // Jira gives 1,000 at a time
			<-time.After(time.Millisecond)
			ids = append(ids, jira.ID(must(a.Worklogs.Create(ctx, key, input, nil))(a).ID))
		}
		listed := func(all []*jira.ChangedWorklog) []jira.ID {
			list := make([]jira.ID, len(all))
			for i, w := range all {
				list[i] = w.WorklogID
			}
			return list
		}
		a.equal("too young", len(must(items(a.Worklogs.Updated(ctx, nil)))(a)), 0)
		<-time.After(time.Minute)
		before := len(a.fake.Requests())
		all := must(items(a.Worklogs.Updated(ctx, &jira.GetIdsOfWorklogsModifiedSinceParams{Expand: "properties"})))(a)
		a.equal("all", listed(all), ids)
		a.equal("requests", len(a.fake.Requests())-before, 3)
		a.equal("properties", string(all[7].Properties[0].Value), "1")
		a.equal("since", listed(must(items(a.Worklogs.Updated(ctx, &jira.GetIdsOfWorklogsModifiedSinceParams{Since: all[1996].Updated.UnixMilli()})))(a)), ids[1997:])

		for _, id := range ids {
			<-time.After(time.Millisecond)
			a.fine(a.Worklogs.Delete(ctx, key, string(id), nil))
		}
		<-time.After(time.Minute)
		a.equal("deleted", listed(must(items(a.Worklogs.Deleted(ctx, nil)))(a)), ids)
		page := must(a.Worklogs.DeletedPage(ctx, &jira.GetIdsOfWorklogsDeletedSinceParams{Since: start.UnixMilli()}))(a)
		a.equal("a page", []any{len(page.Values), page.LastPage, page.Until == page.Values[999].Updated.UnixMilli()}, []any{1000, false, true})
		left := must(a.Worklogs.UpdatedPage(ctx, nil))(a)
		a.equal("what is left", []any{len(left.Values), left.LastPage}, []any{0, true})
	})
}

func exerciseTransitionTo(a *area) {
	ctx := a.Context()
	key := a.bug("Cart")
	a.fine(a.Issues.TransitionTo(ctx, key, "in progress"))
	a.equal("status", a.read(key).Fields.Status.Name, "In Progress")
	a.fine(a.Issues.TransitionTo(ctx, key, "In Progress")) // it is there already

	a.fake.AddTransition("Finish", "Done", "resolution", "customfield_10016")
	a.fake.AddTransition("Done", "In Review")
	err := a.Issues.TransitionTo(ctx, key, "Finish")
	e, _ := errors.AsType[*client.Error](err)
	a.fails(err, client.ErrInvalid, "Issues.TransitionTo")
	a.equal("missing", e.Fields, map[string]string{
		"customfield_10016": "the transition Finish requires Story Points",
		"resolution":        "the transition Finish requires Resolution: choose from Done, Won't Do, Duplicate, Cannot Reproduce",
	})
	a.fine(a.Issues.TransitionTo(ctx, key, "finish",
		jira.TransitionFields(jira.IssueUpdate{Custom: jira.Custom(storyPoints.Value(3), jira.RawField("resolution").Value(json.RawMessage(`{"name":"Duplicate"}`)))}),
		jira.TransitionComment(adf.Text("As WEB-9."))))
	f := a.read(key).Fields
	a.equal("done", []string{f.Status.Name, f.Resolution.Name, f.Comments.Comments[0].Body.Text()}, []string{"Done", "Duplicate", "As WEB-9."})

	a.fine(a.Issues.TransitionTo(ctx, key, "Done"))
	a.equal("status", a.read(key).Fields.Status.Name, "In Review")

	err = a.Issues.TransitionTo(ctx, key, "Rejected")
	a.fails(err, client.ErrInvalid, "Issues.TransitionTo")
	a.equal("what there is", err.Error(), `Issues.TransitionTo: from the status In Review no transition is called "Rejected" or leads to a status of that name: `+
		"there are To Do (11, to To Do), In Progress (21, to In Progress), Finish (51, to Done)")
	// A required field that has a value need not be given.
	a.fake.AddTransition("Wait", "To Do", "customfield_10016", "summary")
	a.fine(a.Issues.TransitionTo(ctx, key, "Wait"))
	a.equal("waiting", a.read(key).Fields.Status.Name, "To Do")
	// One transition is called Done, another leads to the status Done.
	a.fails(a.Issues.TransitionTo(ctx, key, "Done"), client.ErrInvalid, "Issues.TransitionTo")
	a.fine(a.Issues.TransitionTo(ctx, key, "In Review"))
	a.fails(a.Issues.TransitionTo(ctx, key, "In Review", jira.TransitionComment(adf.Text("No."))), client.ErrInvalid, "Issues.TransitionTo")
	a.fails(a.Issues.TransitionTo(ctx, key, " "), client.ErrInvalid, "Issues.TransitionTo")
	a.fails(a.Issues.TransitionTo(ctx, key, "To Do", jira.TransitionFields(jira.IssueUpdate{Silent: true})), client.ErrInvalid, "Issues.TransitionTo")
	a.gone(a.Issues.TransitionTo(ctx, "WEB-999", "Done"), "Issues.Transitions")
}
