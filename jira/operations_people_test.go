package jira_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

func accountID(u jira.User) string { return u.AccountID }

func exerciseWatchers(a *area) {
	ctx := a.Context()
	key := a.bug("Cart")
	check := func(isWatching bool, who ...string) {
		a.Helper()
		w := must(a.Issues.Watchers(ctx, key))(a)
		a.equal("watchers", names(w.Watchers, accountID), who)
		a.equal("count", []any{w.WatchCount, w.IsWatching}, []any{len(who), isWatching})
		inIssue := a.read(key).Fields.Watches
		a.equal("count in the issue", []any{inIssue.WatchCount, inIssue.IsWatching}, []any{len(who), isWatching})
	}
	check(true, me)
	a.fine(a.Issues.AddWatcher(ctx, key, ada))
	a.fine(a.Issues.AddWatcher(ctx, key, ada)) // watches already
	check(true, me, ada)
	a.fine(a.Issues.RemoveWatcher(ctx, key, me))
	check(false, ada)
	a.gone(a.Issues.AddWatcher(ctx, key, "nobody"), "Issues.AddWatcher")
	a.gone(a.Issues.RemoveWatcher(ctx, key, "nobody"), "Issues.RemoveWatcher")
}

func exerciseVotes(a *area) {
	ctx := a.Context()
	key := a.fake.AddIssue("WEB", "Bug", "Cart", map[string]any{"reporter": map[string]any{"accountId": ada}})
	a.equal("votes", must(a.Issues.Votes(ctx, key))(a).Count, int64(0))
	a.fine(a.Issues.AddVote(ctx, key))
	votes := must(a.Issues.Votes(ctx, key))(a)
	a.equal("votes", []any{votes.Count, votes.HasVoted, names(votes.Voters, accountID)}, []any{int64(1), true, []string{me}})
	a.equal("votes in the issue", a.read(key).Fields.Votes.Count, int64(1))
	a.fine(a.Issues.RemoveVote(ctx, key))
	votes = must(a.Issues.Votes(ctx, key))(a)
	a.equal("votes", []any{votes.Count, votes.HasVoted}, []any{int64(0), false})
	a.gone(a.Issues.RemoveVote(ctx, key), "Issues.RemoveVote")
	a.gone(a.Issues.AddVote(ctx, a.bug("My own")), "Issues.AddVote")
}

func exerciseProperties(a *area) {
	ctx := a.Context()
	key := a.bug("Cart")
	const name = "ci/run 7?#ü"
	a.fine(a.Issues.SetProperty(ctx, key, name, map[string]int{"run": 7}))
	a.fine(a.Issues.SetProperty(ctx, key, "zero", 0))
	got := must(a.Issues.Property(ctx, key, name))(a)
	a.equal("property", []string{got.Key, string(got.Value)}, []string{name, `{"run":7}`})
	a.fine(a.Issues.SetProperty(ctx, key, name, []string{"run", "8"}))
	a.equal("changed", string(must(a.Issues.Property(ctx, key, name))(a).Value), `["run","8"]`)

	keys := func() []string {
		return names(must(a.Issues.PropertyKeys(ctx, key))(a), func(k jira.PropertyKey) string { return k.Key })
	}
	a.equal("keys", keys(), []string{name, "zero"})
	issue := must(a.Issues.Get(ctx, key, &jira.GetIssueParams{Properties: []string{"zero"}}))(a)
	a.equal("in the issue", issue.Properties, map[string]json.RawMessage{"zero": json.RawMessage("0")})

	a.fine(a.Issues.DeleteProperty(ctx, key, name))
	_, err := a.Issues.Property(ctx, key, name)
	a.gone(err, "Issues.Property")
	a.gone(a.Issues.DeleteProperty(ctx, key, name), "Issues.DeleteProperty")
	a.equal("keys", keys(), []string{"zero"})
}

func exerciseComments(a *area) {
	ctx := a.Context()
	key := a.bug("Cart")
	input := jira.CommentInput{
		Body: adf.Text("Seen again."), Visibility: jira.Visibility{Type: "role", Value: "Developers"},
		Properties: []jira.EntityProperty{{Key: "ci", Value: json.RawMessage(`7`)}},
	}
	created := must(a.Comments.Create(ctx, key, input, &jira.AddCommentParams{Expand: "renderedBody"}))(a)
	a.equal("created", []any{created.Body.Text(), created.Author.AccountID, created.Visibility}, []any{"Seen again.", me, input.Visibility})
	a.equal("as HTML", created.RenderedBody != "", true)
	got := must(a.Comments.Get(ctx, key, created.ID, nil))(a)
	a.equal("properties", a.comment(created.ID).Properties, input.Properties)
	a.equal("created and read", []any{got.ID, got.Created}, []any{created.ID, created.Created})

	changed := must(a.Comments.Update(ctx, key, created.ID, jira.CommentInput{Body: adf.Text("Fixed.")}, &jira.UpdateCommentParams{NotifyUsers: new(false)}))(a)
	got = must(a.Comments.Get(ctx, key, created.ID, nil))(a)
	a.equal("changed", []any{got.Body.Text(), got.Visibility, got.Updated}, []any{"Fixed.", jira.Visibility{}, changed.Updated})

	for i := range 6 {
		must(a.Comments.Create(ctx, key, jira.CommentInput{Body: adf.Text(fmt.Sprint(i))}, nil))(a)
	}
	for order, first := range map[string]string{"created": "Fixed.", "-created": "5"} {
		page := must(a.Comments.ListPage(ctx, key, &jira.GetCommentsParams{OrderBy: order}))(a)
		samePages(a, 2, a.Comments.List(ctx, key, &jira.GetCommentsParams{OrderBy: order, MaxResults: 2}), page.Comments)
		a.equal("total and first", []any{page.Total, page.Comments[0].Body.Text()}, []any{7, first})
	}
	a.equal("in the issue", a.read(key).Fields.Comments.Total, 7)

	a.fine(a.Comments.Delete(ctx, key, created.ID))
	_, err := a.Comments.Get(ctx, key, created.ID, nil)
	a.gone(err, "Comments.Get")
	_, err = a.Comments.Update(ctx, key, created.ID, input, nil)
	a.gone(err, "Comments.Update")
	a.gone(a.Comments.Delete(ctx, key, created.ID), "Comments.Delete")
	a.equal("total after a deletion", must(a.Comments.ListPage(ctx, key, nil))(a).Total, 6)
	_, err = a.Comments.Create(ctx, key, jira.CommentInput{Body: adf.Text("")}, nil)
	a.fails(err, client.ErrInvalid, "Comments.Create")
}

func exerciseWorklogs(a *area) {
	ctx := a.Context()
	key := a.bug("Cart")
	estimate := func() int64 { return a.read(key).Fields.TimeEstimate }
	started := jira.Time{Time: time.Date(2026, time.November, 20, 9, 30, 0, 0, time.FixedZone("", 3600))}
	input := jira.WorklogInput{
		TimeSpent: "1h 30m", Started: started, Comment: adf.Text("Bisected."), Visibility: jira.Visibility{Type: "role", Value: "Developers"},
		Properties: []jira.EntityProperty{{Key: "ci", Value: json.RawMessage(`7`)}},
	}
	created := must(a.Worklogs.Create(ctx, key, input, &jira.AddWorklogParams{AdjustEstimate: "new", NewEstimate: "2h"}))(a)
	got := must(a.Worklogs.Get(ctx, key, created.ID, &jira.GetWorklogParams{Expand: "properties"}))(a)
	a.equal("created", []any{got.TimeSpent, got.TimeSpentSeconds, got.Comment.Text(), got.Author.AccountID}, []any{"1h 30m", int64(5400), "Bisected.", me})
	a.equal("started", got.Started.Equal(started.Time), true)
	a.equal("limits", []any{got.Visibility, got.Properties}, []any{input.Visibility, input.Properties})
	a.equal("estimate", estimate(), int64(7200))

	must(a.Worklogs.Update(ctx, key, created.ID, jira.WorklogInput{TimeSpentSeconds: 3600}, &jira.UpdateWorklogParams{NotifyUsers: new(false)}))(a)
	got = must(a.Worklogs.Get(ctx, key, created.ID, nil))(a)
	a.equal("changed", []any{got.TimeSpent, got.Comment.Text(), got.Started.Equal(started.Time)}, []any{"1h", "Bisected.", true})
	a.equal("estimate, with half an hour back", estimate(), int64(9000))
	a.equal("time spent", a.read(key).Fields.TimeSpent, int64(3600))

	for i := range 6 {
		later := jira.Time{Time: started.AddDate(0, 0, i+1)}
		must(a.Worklogs.Create(ctx, key, jira.WorklogInput{TimeSpentSeconds: 60, Started: later}, &jira.AddWorklogParams{AdjustEstimate: "leave"}))(a)
	}
	page := must(a.Worklogs.ListPage(ctx, key, nil))(a)
	a.equal("total", page.Total, 7)
	samePages(a, 3, a.Worklogs.List(ctx, key, &jira.GetIssueWorklogParams{MaxResults: 3}), page.Worklogs)
	last := must(items(a.Worklogs.List(ctx, key, &jira.GetIssueWorklogParams{StartedAfter: started.AddDate(0, 0, 5).UnixMilli()})))(a)
	a.equal("the last day", len(last), 1)

	a.fine(a.Worklogs.Delete(ctx, key, created.ID, nil))
	a.equal("estimate, with one hour back", estimate(), int64(12600))
	_, err := a.Worklogs.Get(ctx, key, created.ID, nil)
	a.gone(err, "Worklogs.Get")
	_, err = a.Worklogs.Update(ctx, key, created.ID, input, nil)
	a.gone(err, "Worklogs.Update")
	a.gone(a.Worklogs.Delete(ctx, key, created.ID, nil), "Worklogs.Delete")
	_, err = a.Worklogs.Create(ctx, key, jira.WorklogInput{TimeSpentSeconds: 59, Started: started}, nil)
	a.fails(err, client.ErrInvalid, "Worklogs.Create")
}

func exerciseUsers(a *area) {
	ctx := a.Context()
	var ids []string
	for i := range 7 {
		ids = append(ids, a.fake.AddUser(fmt.Sprintf("Tester %d", i), fmt.Sprintf("tester%d@acme.example", i)))
	}
	myself := must(a.Users.Myself(ctx, &jira.GetCurrentUserParams{Expand: "groups"}))(a)
	a.equal("myself", []any{myself.AccountID, myself.Groups.Items[0].Name}, []any{me, "jira-users"})
	user := must(a.Users.Get(ctx, ids[0], &jira.GetUserParams{Expand: "applicationRoles"}))(a)
	a.equal("user", []any{user.DisplayName, user.EmailAddress, user.Active}, []any{"Tester 0", "tester0@acme.example", true})
	a.equal("products", user.ApplicationRoles.Items[0].Key, "jira-software")
	_, err := a.Users.Get(ctx, "nobody", nil)
	a.gone(err, "Users.Get")

	found := must(a.Users.SearchPage(ctx, &jira.FindUsersParams{Query: "test"}))(a)
	a.equal("found", names(found, accountID), ids)
	samePages(a, 3, a.Users.Search(ctx, &jira.FindUsersParams{Query: "test", MaxResults: 3}), found)
	one := must(items(a.Users.Search(ctx, &jira.FindUsersParams{AccountID: ids[3]})))(a)
	a.equal("found by id", one[0].DisplayName, "Tester 3")
	_, err = items(a.Users.Search(ctx, nil))
	a.fails(err, client.ErrInvalid, "Users.Search")

	page := must(a.Users.ListByIDPage(ctx, ids, nil))(a)
	a.equal("by id", names(page.Values, accountID), ids)
	samePages(a, 2, a.Users.ListByID(ctx, ids, &jira.BulkGetUsersParams{MaxResults: 2}), page.Values)
}

// The second page is short and not the last: the window is cut out of all users, of whom two cannot be assigned anything.
func exerciseAssignableUsers(a *area) {
	ctx := a.Context()
	want := []string{me, ada, bo, chidi}
	for i := range 3 {
		want = append(want, a.fake.AddUser("Tester "+strconv.Itoa(i), ""))
	}
	page := must(a.Users.SearchAssignablePage(ctx, &jira.FindAssignableUsersParams{Project: "WEB"}))(a)
	a.equal("assignable", names(page, accountID), want)
	samePages(a, 2, a.Users.SearchAssignable(ctx, &jira.FindAssignableUsersParams{Project: "WEB", MaxResults: 2}), page)
	key := a.bug("Cart")
	found := must(items(a.Users.SearchAssignable(ctx, &jira.FindAssignableUsersParams{IssueKey: key, Query: "bo"})))(a)
	a.equal("by name", names(found, func(u *jira.User) string { return u.AccountID }), []string{me, bo})
	_, err := items(a.Users.SearchAssignable(ctx, &jira.FindAssignableUsersParams{Project: "NOPE"}))
	a.gone(err, "Users.SearchAssignable")
}

func exercisePermissions(a *area) {
	ctx := a.Context()
	mine := must(a.Permissions.Mine(ctx, "CREATE_ISSUES,ADMINISTER", &jira.GetMyPermissionsParams{ProjectKey: "WEB"}))(a)
	a.equal("permissions", []any{len(mine), mine["CREATE_ISSUES"].HavePermission, mine["ADMINISTER"].Type}, []any{2, true, "GLOBAL"})
	_, err := a.Permissions.Mine(ctx, "FLY", nil)
	a.fails(err, client.ErrInvalid, "Permissions.Mine")
	_, err = a.Permissions.Mine(ctx, "CREATE_ISSUES", &jira.GetMyPermissionsParams{IssueKey: "WEB-99"})
	a.gone(err, "Permissions.Mine")
}

func exerciseServer(a *area) {
	info := must(a.Server.Info(a.Context()))(a)
	a.equal("server", []any{info.BaseURL, info.DeploymentType, info.VersionNumbers}, []any{a.fake.URL, "Cloud", []int{1001, 0, 0}})
	a.equal("time", info.ServerTime.IsZero() || info.BuildDate.IsZero(), false)
}
