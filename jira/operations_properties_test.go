package jira_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

func propertyKeys(keys []jira.PropertyKey) []string {
	return names(keys, func(k jira.PropertyKey) string { return k.Key })
}

func exerciseCommentProperties(a *area) {
	ctx := a.Context()
	key := a.bug("Cart")
	id := must(a.Comments.Create(ctx, key, jira.CommentInput{Body: adf.Text("Seen again.")}, nil))(a).ID
	const name = "ci/run 7?#ü"
	a.fine(a.Comments.SetProperty(ctx, id, name, map[string]int{"run": 7}))
	a.fine(a.Comments.SetProperty(ctx, id, "zero", 0))
	a.fine(a.Comments.SetProperty(ctx, id, name, map[string]int{"run": 8}))
	got := must(a.Comments.Property(ctx, id, name))(a)
	a.equal("property", []string{got.Key, string(got.Value)}, []string{name, `{"run":8}`})
	a.equal("keys", propertyKeys(must(a.Comments.PropertyKeys(ctx, id))(a)), []string{name, "zero"})
	a.equal("in the comment", len(a.comment(id).Properties), 2)

	a.fine(a.Comments.DeleteProperty(ctx, id, name))
	a.equal("keys", propertyKeys(must(a.Comments.PropertyKeys(ctx, id))(a)), []string{"zero"})
	a.gone(a.Comments.DeleteProperty(ctx, id, name), "Comments.DeleteProperty")
	_, err := a.Comments.Property(ctx, id, name)
	a.gone(err, "Comments.Property")
	_, err = a.Comments.PropertyKeys(ctx, "1")
	a.gone(err, "Comments.PropertyKeys")
	a.gone(a.Comments.SetProperty(ctx, "1", name, 0), "Comments.SetProperty")
	long := strings.Repeat("x", 32768)
	a.fails(a.Comments.SetProperty(ctx, id, "long", long), client.ErrInvalid, "Comments.SetProperty")
}

// comment reads one comment with its properties, which only the reading of several can show.
func (a *area) comment(id string) jira.Comment {
	a.Helper()
	n := must(strconv.ParseInt(id, 10, 64))(a)
	found := must(a.Comments.BulkFetch(a.Context(), jira.CommentIDs{IDs: []int64{n}}, &jira.GetCommentsByIdsParams{Expand: "properties"}))(a)
	a.equal("comments", len(found), 1)
	return found[0]
}

func exerciseWorklogProperties(a *area) {
	ctx := a.Context()
	key, other := a.bug("Cart"), a.bug("Coupon")
	id := must(a.Worklogs.Create(ctx, key, jira.WorklogInput{TimeSpent: "1h", Started: jira.Time{Time: time.Now()}}, nil))(a).ID
	a.fine(a.Worklogs.SetProperty(ctx, key, id, "ci", 7))
	a.fine(a.Worklogs.SetProperty(ctx, key, id, "ci", []int{8}))
	a.fine(a.Worklogs.SetProperty(ctx, key, id, "zero", 0))
	a.equal("property", string(must(a.Worklogs.Property(ctx, key, id, "ci"))(a).Value), `[8]`)
	a.equal("keys", propertyKeys(must(a.Worklogs.PropertyKeys(ctx, key, id))(a)), []string{"ci", "zero"})
	a.fine(a.Worklogs.DeleteProperty(ctx, key, id, "ci"))
	a.equal("keys", propertyKeys(must(a.Worklogs.PropertyKeys(ctx, key, id))(a)), []string{"zero"})
	a.gone(a.Worklogs.DeleteProperty(ctx, key, id, "ci"), "Worklogs.DeleteProperty")
	_, err := a.Worklogs.Property(ctx, key, id, "ci")
	a.gone(err, "Worklogs.Property")
	_, err = a.Worklogs.PropertyKeys(ctx, other, id)
	a.gone(err, "Worklogs.PropertyKeys")
	a.gone(a.Worklogs.SetProperty(ctx, other, id, "ci", 7), "Worklogs.SetProperty")
}

// numbers turns ids into what the bulk operations take.
func (a *area) numbers(ids ...string) []int64 {
	a.Helper()
	all := make([]int64, len(ids))
	for i, id := range ids {
		all[i] = must(strconv.ParseInt(id, 10, 64))(a)
	}
	return all
}

func exerciseBulkComments(a *area) {
	ctx := a.Context()
	var ids []string
	for _, key := range []string{a.bug("Cart"), a.bug("Coupon")} {
		ids = append(ids, must(a.Comments.Create(ctx, key, jira.CommentInput{Body: adf.Text("On " + key)}, nil))(a).ID)
	}
	wanted := append(a.numbers(ids[1], ids[0]), 1)
	found := must(a.Comments.BulkFetch(ctx, jira.CommentIDs{IDs: wanted}, &jira.GetCommentsByIdsParams{Expand: "renderedBody"}))(a)
	a.equal("comments", names(found, func(c jira.Comment) string { return c.ID }), []string{ids[1], ids[0]})
	a.equal("as HTML", found[0].RenderedBody != "", true)
	_, err := a.Comments.BulkFetch(ctx, jira.CommentIDs{IDs: []int64{}}, nil)
	a.fails(err, client.ErrInvalid, "Comments.BulkFetch")
	_, err = a.Comments.BulkFetch(ctx, jira.CommentIDs{IDs: countTo(1001)}, nil)
	a.fails(err, client.ErrInvalid, "Comments.BulkFetch")
}

func countTo(n int64) []int64 {
	all := make([]int64, n)
	for i := range all {
		all[i] = int64(i + 1)
	}
	return all
}

func exerciseBulkWorklogs(a *area) {
	ctx := a.Context()
	estimated := map[string]any{"timetracking": map[string]any{"remainingEstimate": "10h"}}
	from, to := a.fake.AddIssue("WEB", "Bug", "Cart", estimated), a.fake.AddIssue("WEB", "Bug", "Coupon", estimated)
	var ids []string
	for range 4 {
		w := must(a.Worklogs.Create(ctx, from, jira.WorklogInput{TimeSpent: "1h", Started: jira.Time{Time: time.Now()}}, nil))(a)
		ids = append(ids, w.ID)
	}
	id := func(w jira.Worklog) string { return w.ID }
	check := func(key string, hours int64, want ...string) {
		a.Helper()
		a.equal("worklogs of "+key, names(must(a.Worklogs.ListPage(ctx, key, nil))(a).Worklogs, id), want)
		a.equal("estimate of "+key, a.read(key).Fields.TimeEstimate, hours*3600)
	}
	check(from, 6, ids...)

	found := must(a.Worklogs.BulkFetch(ctx, jira.WorklogIDs{IDs: a.numbers(ids[2], "1", ids[0])}, &jira.GetWorklogsForIdsParams{Expand: "properties"}))(a)
	a.equal("by id", names(found, id), []string{ids[2], ids[0]})
	_, err := a.Worklogs.BulkFetch(ctx, jira.WorklogIDs{IDs: countTo(1001)}, nil)
	a.fails(err, client.ErrInvalid, "Worklogs.BulkFetch")

	move := jira.WorklogMove{IDs: a.numbers(ids[0], ids[1]), To: to}
	a.fine(a.Worklogs.BulkMove(ctx, from, move, nil))
	check(from, 8, ids[2], ids[3])
	check(to, 8, ids[0], ids[1])
	a.gone(a.Worklogs.BulkMove(ctx, from, move, nil), "Worklogs.BulkMove") // they are elsewhere
	a.gone(a.Worklogs.BulkMove(ctx, to, jira.WorklogMove{IDs: move.IDs, To: "WEB-99"}, nil), "Worklogs.BulkMove")

	a.fine(a.Worklogs.BulkDelete(ctx, to, jira.WorklogIDs{IDs: a.numbers(ids[0])}, &jira.BulkWorklogsParams{AdjustEstimate: "leave"}))
	a.fine(a.Worklogs.BulkDelete(ctx, from, jira.WorklogIDs{IDs: a.numbers(ids[2], ids[3])}, nil))
	check(to, 8, ids[1])
	check(from, 10, []string{}...)
	a.gone(a.Worklogs.BulkDelete(ctx, from, jira.WorklogIDs{IDs: a.numbers(ids[1])}, nil), "Worklogs.BulkDelete")
	err = a.Worklogs.BulkDelete(ctx, to, jira.WorklogIDs{IDs: a.numbers(ids[1])}, &jira.BulkWorklogsParams{AdjustEstimate: "new"})
	a.fails(err, client.ErrInvalid, "Worklogs.BulkDelete")
}

func exerciseWatching(a *area) {
	ctx := a.Context()
	watched, other := a.read(a.bug("Cart")).ID, a.read(a.bug("Coupon")).ID
	a.fine(a.Issues.RemoveWatcher(ctx, other, me))
	got := must(a.Issues.IsWatching(ctx, jira.IssueIDs{IDs: []string{watched, other, "1"}}))(a)
	a.equal("watching", got, map[string]bool{watched: true, other: false, "1": false})
	_, err := a.Issues.IsWatching(ctx, jira.IssueIDs{})
	a.fails(err, client.ErrInvalid, "Issues.IsWatching")
}

func exerciseAppFields(a *area) {
	ctx := a.Context()
	verdict := a.fake.AddField(jiratest.Field{Name: "Verdict", Type: jiratest.AppTextField})
	score := a.fake.AddField(jiratest.Field{Name: "Score", Type: jiratest.AppNumberField})
	keys := []string{a.bug("Cart"), a.bug("Coupon")}
	ids := a.numbers(a.read(keys[0]).ID, a.read(keys[1]).ID)
	set := func(field, value string, params *jira.UpdateCustomFieldValueParams, ids ...int64) error {
		return a.AppFields.Set(ctx, field, jira.AppFieldValues{Updates: []jira.AppFieldValue{{IssueIDs: ids, Value: json.RawMessage(value)}}}, params)
	}
	check := func(key, verdictWant string, scoreWant float64, changes int) {
		a.Helper()
		issue := a.read(key)
		text, _, err := jira.TextField(verdict).Get(issue)
		a.fine(err)
		number, _, err := jira.NumberField(score).Get(issue)
		a.fine(err)
		a.equal("values of "+key, []any{text, number}, []any{verdictWant, scoreWant})
		a.equal("changes of "+key, must(a.Issues.ChangelogPage(ctx, key, nil))(a).Total, changes)
	}
	a.fine(set(verdict, `"flaky"`, nil, ids...))
	check(keys[0], "flaky", 0, 1)
	check(keys[1], "flaky", 0, 1)
	a.fine(set(verdict, `"broken"`, &jira.UpdateCustomFieldValueParams{GenerateChangelog: new(false), GenerateAppEvents: new(false)}, ids[0]))
	check(keys[0], "broken", 0, 1)

	both := jira.AppFieldsValues{Updates: []jira.AppFieldUpdate{
		{Field: verdict, IssueIDs: ids[1:], Value: nil},
		{Field: score, IssueIDs: ids, Value: json.RawMessage(`0.5`)},
	}}
	a.fine(a.AppFields.SetMany(ctx, both, nil))
	check(keys[0], "broken", 0.5, 2)
	check(keys[1], "", 0.5, 2)

	a.fails(set("customfield_10030", `"x"`, nil, ids...), client.ErrForbidden, "AppFields.Set") // not of an app
	a.gone(set("customfield_1", `"x"`, nil, ids...), "AppFields.Set")
	a.fails(set(score, `"x"`, nil, ids...), client.ErrInvalid, "AppFields.Set")
	a.fails(set(score, `1`, nil, 1), client.ErrInvalid, "AppFields.Set")
	both.Updates[0].Field = score
	a.fails(a.AppFields.SetMany(ctx, both, nil), client.ErrInvalid, "AppFields.SetMany") // twice for an issue
	err := a.Issues.Update(ctx, keys[0], jira.IssueUpdate{Custom: jira.Custom(jira.TextField(verdict).Value("mine"))})
	a.fails(err, client.ErrInvalid, "Issues.Update")
	check(keys[1], "", 0.5, 2)
}
