package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
)

// atOnce is how many issues are filed at the same time.
const atOnce = 4

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

// row is what became of one failure. That of a package has no test.
type row struct {
	Package string `json:"package"`
	Test    string `json:"test"`
	Result  string `json:"result"`
	Issue   string `json:"issue"`
	URL     string `json:"url"`
	Error   string `json:"error"`

	name  string
	notes []string // what people should know although all went well
}

func (r *row) fail(err error) { r.Result, r.Error = failed, err.Error() }

var errInterrupted = errors.New("interrupted before it was filed")

// file files all failures. When nothing can be filed at all the error says why.
func file(ctx context.Context, jc *jira.Client, set *settings, all []*failure, bar *program.Progress) ([]*row, error) {
	type job struct {
		*failure
		row *row
	}
	jobs := make([]job, len(all))
	rows := make([]*row, len(all))
	for i, f := range all {
		rows[i] = &row{Package: f.pkg, Test: f.test, name: f.name()}
		jobs[i] = job{f, rows[i]}
	}
	bar.Show("looking at project " + set.project)
	err := check(ctx, jc, set)
	if err != nil {
		for _, r := range rows {
			r.fail(err)
		}
	} else {
		bar.Start(len(jobs))
		program.Each(jobs, atOnce, func(j job) {
			j.file(ctx, jc, set, j.row)
			bar.Step()
		})
	}
	bar.Clear()
	return rows, err
}

// check finds out before anything is filed whether there is a place for it.
func check(ctx context.Context, jc *jira.Client, set *settings) error {
	project, err := jc.Projects.Get(ctx, set.project, nil)
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case errors.Is(err, client.ErrNotFound):
		return fmt.Errorf("there is no project %s that the account can see: choose another -project: %w", set.project, err)
	case err != nil:
		return fmt.Errorf("project %s could not be read: %w", set.project, err)
	}
	var names []string
	for _, t := range project.IssueTypes {
		if t.Subtask { // needs a parent
			continue
		}
		if strings.EqualFold(t.Name, set.issueType) || t.ID == set.issueType {
			return nil
		}
		names = append(names, t.Name)
	}
	return fmt.Errorf("project %s has no issue type %s: choose -issue-type from %s", set.project, set.issueType, some(names))
}

// file makes sure that the failure has its issue. What has begun is finished even when the program is being interrupted.
func (f *failure) file(ctx context.Context, jc *jira.Client, set *settings, r *row) {
	if ctx.Err() != nil {
		r.fail(errInterrupted)
		return
	}
	ctx = context.WithoutCancel(ctx)
	if set.dryRun {
		f.look(ctx, jc, set, r)
		return
	}
	var opts []jira.OnceOption
	if set.reopen {
		opts = append(opts, jira.OnceReopen())
	}
	input := jira.IssueInput{
		Project: set.project, Type: set.issueType, Summary: f.summary(), Description: f.text(false), Labels: set.labels,
	}
	result, err := jc.Issues.FileOrUpdate(ctx, f.key(set.project), input, f.text(true), opts...)
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
}

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
		r.notes = append(r.notes, note)
	}
	if result.Unsettled {
		r.notes = append(r.notes, result.Key+" is not found by search yet: another process that files the same now may create a second issue, which the next run sorts out")
	}
}

// look finds out what file would do.
func (f *failure) look(ctx context.Context, jc *jira.Client, set *settings, r *row) {
	issue, err := jc.Issues.FindOnce(ctx, f.key(set.project))
	switch {
	case errors.Is(err, client.ErrNotFound):
		r.Result = wouldCreate
		return
	case err != nil:
		r.fail(fmt.Errorf("its issue could not be searched for: %w", err))
		return
	}
	r.Result, r.Issue, r.URL = wouldUpdate, issue.Key, jc.BrowseURL(issue.Key)
	if set.reopen && issue.Fields.Status.Category.Key == "done" {
		r.Result = wouldReopen
	}
}
