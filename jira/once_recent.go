package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
)

// Search lags behind: it does not show what another process, or an earlier life of this one, created a second ago. The
// issues themselves can be read without a lag, if one knows their keys; and the keys of a project are numbers that go up.
// So the latest issues of a project are read by key before one is created there, and while it is not known whether a
// create has arrived.

const (
	recentBatch   = 100 // what Issues.BulkFetch takes
	recentOverlap = 20  // issues that are read again each time: numbers need not become visible in their order
	recentBehind  = 100 // the same the first time: of those that search shows
	recentBeyond  = 50  // numbers beyond the latest issue that must be free: some may have been deleted
	recentMost    = 100 // batches at once
)

// lookUnsure finds the issues of the key by search and among the latest of the project.
func (o *once) lookUnsure(ctx context.Context) (marked, error) {
	if err := o.learnRecent(ctx); err != nil {
		return nil, err
	}
	return o.look(ctx, o.book.recall(o.key))
}

// learnRecent notes in the book what the latest issues of the project are marked with. Calls at the same time share reads:
// each is content with one that began after it did.
func (o *once) learnRecent(ctx context.Context) error {
	p, began := o.book.project(o.input.Project)
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return client.Failed(o.op, ctx.Err())
	}
	defer func() { <-p.turn }()
	if p.finished > began {
		return nil
	}
	read := o.book.begin(p)
	if err := o.readRecent(ctx, p); err != nil {
		return err
	}
	p.finished = read
	return nil
}

func (o *once) readRecent(ctx context.Context, p *onceProject) error {
	overlap := recentOverlap
	if p.key == "" {
		project, newest, err := o.newestKey(ctx)
		if err != nil {
			return err
		}
		p.key, p.next = project, newest+1
		overlap = recentBehind
	}
	end := max(1, p.next-overlap) // of what has been read
	for range recentMost {
		latest, err := o.readBatch(ctx, p.key, end)
		if err != nil {
			return err
		}
		end += recentBatch
		p.next = max(p.next, latest+1)
		if end-p.next >= recentBeyond {
			break
		}
	}
	return nil
}

// readBatch reads the issues with the numbers from from on, and returns the highest number that there is.
func (o *once) readBatch(ctx context.Context, project string, from int) (latest int, err error) {
	body := BulkFetchInput{Fields: []string{"labels"}, Properties: []string{OnceProperty}}
	for n := range recentBatch {
		body.Issues = append(body.Issues, project+"-"+strconv.Itoa(from+n))
	}
	read, err := o.BulkFetch(ctx, body)
	if err != nil {
		return 0, err
	}
	for _, failed := range read.Errors { // they exist, but could not be read with the others
		if failed.ID == "" {
			continue
		}
		issue, err := o.Get(ctx, failed.ID, &GetIssueParams{Fields: body.Fields, Properties: body.Properties})
		switch {
		case err == nil:
			read.Issues = append(read.Issues, *issue)
		case !errors.Is(err, client.ErrNotFound):
			return 0, err
		}
	}
	for _, issue := range read.Issues {
		var mark onceMark
		if json.Unmarshal(issue.Properties[OnceProperty], &mark) == nil && mark.Key != "" {
			o.book.learn(mark.Key, issue.ID)
		}
		if slices.Contains(body.Issues, issue.Key) { // one that has moved has another key
			_, n := splitKey(issue.Key)
			latest = max(latest, n)
		}
	}
	return latest, nil
}

// newestKey returns the key of the project and the number of the newest issue that search shows, 0 if it shows none.
func (o *once) newestKey(ctx context.Context) (project string, number int, err error) {
	clause := o.input.Project
	if !isID(clause) {
		clause = strconv.Quote(clause)
	}
	page, err := o.SearchPage(ctx, SearchInput{JQL: fmt.Sprintf("project = %s ORDER BY key DESC", clause), MaxResults: 1, Fields: []string{"key"}})
	if err != nil {
		return "", 0, err
	}
	if len(page.Issues) > 0 {
		project, number = splitKey(page.Issues[0].Key)
	}
	if project != "" {
		return project, number, nil
	}
	found, err := (*ProjectsService)(o.IssuesService).Get(ctx, o.input.Project, nil)
	if err != nil {
		return "", 0, err
	}
	return found.Key, 0, nil
}

// splitKey takes WEB-12 apart.
func splitKey(key string) (project string, number int) {
	project, digits, _ := strings.Cut(key, "-")
	number, _ = strconv.Atoi(digits)
	return project, number
}
