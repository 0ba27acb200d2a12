package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
)

// atOnce is how many issues are filed at the same time. Most of the time they wait until search shows them.
const atOnce = 16

// The results that a failure can have.
const (
	created     = "created"
	updated     = "updated"
	reopened    = "reopened" // and updated
	failed      = "failed"
	wouldCreate = "would create" // with -dry-run
	wouldUpdate = "would update"
	wouldReopen = "would reopen"
)

// row is what became of one failure. That of a build or a package has no test.
type row struct {
	Package string   `json:"package"`
	Test    string   `json:"test"`
	Kind    string   `json:"kind"`
	Result  string   `json:"result"`
	Issue   string   `json:"issue"`
	URL     string   `json:"url"`
	Error   string   `json:"error"`
	Notes   []string `json:"notes"` // what people should know although all went well

	name string
}

func (r *row) fail(err error) { r.Result, r.Error = failed, err.Error() }

// place is where new issues go.
type place struct {
	project   *jira.Project
	issueType string // its id
}

// findPlace finds out before anything is filed whether there is a place for it.
func findPlace(ctx context.Context, jc *jira.Client, set *settings) (*place, error) {
	project, err := jc.Projects.Get(ctx, set.project, nil)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, client.ErrNotFound):
		return nil, fmt.Errorf("there is no project %s that the account can see: choose another -project: %w", set.project, err)
	case err != nil:
		return nil, fmt.Errorf("project %s could not be read: %w", set.project, err)
	case project.ID == "" || project.Key == "":
		return nil, fmt.Errorf("project %s could not be read: the answer has no id or no key", set.project)
	}
	var names []string
	for _, t := range project.IssueTypes {
		if t.Subtask { // needs a parent
			continue
		}
		if strings.EqualFold(t.Name, set.issueType) || t.ID == set.issueType {
			return &place{project, t.ID}, nil
		}
		names = append(names, t.Name)
	}
	return nil, fmt.Errorf("project %s has no issue type %s: choose -issue-type from %s", project.Key, set.issueType, program.Some(names))
}

// file files all failures, and hands out their rows in order, each as soon as it is known what became of it and of those
// before it.
func file(ctx context.Context, jc *jira.Client, at *place, set *settings, all []*failure, bar *program.Progress, done func(*row)) {
	rows := make([]*row, len(all))
	ended := make([]chan struct{}, len(all))
	indexes := make([]int, len(all))
	for i, f := range all {
		rows[i], ended[i], indexes[i] = f.row(), make(chan struct{}), i
	}
	bar.Start(len(all))
	var printing sync.WaitGroup
	printing.Go(func() {
		for i, r := range rows {
			<-ended[i]
			done(r)
		}
	})
	program.Each(indexes, atOnce, func(i int) {
		all[i].file(ctx, jc, at, set, rows[i])
		bar.Step()
		close(ended[i])
	})
	printing.Wait()
	bar.Clear()
}

func (f *failure) row() *row {
	return &row{Package: f.pkg, Test: f.test, Kind: f.kind.String(), Notes: []string{}, name: f.name()}
}

// file makes sure that the failure has its issue. What has begun is finished even when the program is being interrupted.
func (f *failure) file(ctx context.Context, jc *jira.Client, at *place, set *settings, r *row) {
	if ctx.Err() != nil {
		r.fail(program.ErrInterrupted)
		return
	}
	ctx = context.WithoutCancel(ctx)
	if set.dryRun {
		f.look(ctx, jc, at, set, r)
		return
	}
	var opts []jira.OnceOption
	if set.reopen {
		opts = append(opts, jira.OnceReopen())
	}
	input := jira.IssueInput{
		Project: at.project.Key, Type: at.issueType, Summary: f.summary(), Description: f.text(false), Labels: set.labels,
	}
	result, err := jc.Issues.FileOrUpdate(ctx, f.key(at.project.ID), input, f.text(true), opts...)
	if result == nil {
		if errors.Is(err, client.ErrAmbiguous) {
			r.fail(fmt.Errorf("an issue may or may not have been created; run this again in a minute, it is found if it is there: %w", err))
		} else {
			r.fail(fmt.Errorf("no issue could be filed: %w", err))
		}
		return
	}
	r.Issue, r.URL = result.Key, jc.BrowseURL(result.Key)
	r.remark(result)
	switch {
	case errors.Is(err, client.ErrAmbiguous):
		r.fail(fmt.Errorf("%s is there, but may or may not have been updated: %w", result.Key, err))
	case err != nil:
		r.fail(fmt.Errorf("%s is there, but could not be updated: %w", result.Key, err))
	case result.Created:
		r.Result = created
	case result.Reopened:
		r.Result = reopened
	default:
		r.Result = updated
	}
	if !result.Created && !result.Reopened {
		r.remarkDone(ctx, jc, set)
	}
}

// remarkDone notes that an issue is done, where nobody might look at it any more.
func (r *row) remarkDone(ctx context.Context, jc *jira.Client, set *settings) {
	issue, err := jc.Issues.Get(ctx, r.Issue, &jira.GetIssueParams{Fields: []string{"status"}})
	if err != nil {
		r.Notes = append(r.Notes, fmt.Sprintf("whether %s is done could not be read: %v", r.Issue, err))
		return
	}
	status := issue.Fields.Status
	switch {
	case status.Category.Key != categoryDone:
	case set.reopen:
		r.Notes = append(r.Notes, fmt.Sprintf("%s is %s, and could not be taken up again: its workflow has no way there that asks for nothing",
			r.Issue, status.Name))
	default:
		r.Notes = append(r.Notes, fmt.Sprintf("%s is %s: -reopen takes it up again", r.Issue, status.Name))
	}
}

const categoryDone = "done"

// remark notes what another process did at the same time, or might do.
func (r *row) remark(result *jira.OnceResult) {
	for _, d := range result.Duplicates {
		note := fmt.Sprintf("%s is the same failure as %s, filed by another process at the same time", d.Key, result.Key)
		switch {
		case d.Err != nil:
			note += fmt.Sprintf("; it could not be closed as a duplicate, the next run tries again: %v", d.Err)
		case d.Closed:
			note += "; it is closed"
		default:
			note += "; it is still open"
		}
		r.Notes = append(r.Notes, note)
	}
	if result.Unsettled {
		r.Notes = append(r.Notes, result.Key+" is not found by search yet: another process that files the same now may create a second issue, which the next run sorts out")
	}
}

// look finds out what file would do.
func (f *failure) look(ctx context.Context, jc *jira.Client, at *place, set *settings, r *row) {
	issue, err := jc.Issues.FindOnce(ctx, f.key(at.project.ID))
	switch {
	case errors.Is(err, client.ErrNotFound):
		r.Result = wouldCreate
		return
	case err != nil:
		r.fail(fmt.Errorf("its issue could not be searched for: %w", err))
		return
	}
	r.Result, r.Issue, r.URL = wouldUpdate, issue.Key, jc.BrowseURL(issue.Key)
	switch {
	case issue.Fields.Status.Category.Key != categoryDone:
	case set.reopen:
		r.Result = wouldReopen
	default:
		r.Notes = append(r.Notes, fmt.Sprintf("%s is %s: -reopen takes it up again", r.Issue, issue.Fields.Status.Name))
	}
}
