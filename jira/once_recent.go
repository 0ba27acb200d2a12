package jira

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
)

// Search lags behind, and a process that was restarted does not remember what it created a second ago. The issues
// themselves can be read without a lag, if one knows their keys; and the keys of a project are numbers that go up. So a
// client reads the latest issues of a project once, before it creates the first one there, and learns which of them bear
// the marker.

const (
	recentBatch  = 100 // what Issues.BulkFetch takes
	recentBehind = 50  // of the first batch, how many come before the newest that search shows: it need not show all
)

// lookAmongRecent finds the issues of the key if an earlier process created one that search does not show yet.
func (o *once) lookAmongRecent(ctx context.Context) (marked, error) {
	if err := o.learnRecent(ctx); err != nil {
		return nil, err
	}
	known := o.book.recall(o.key)
	if known.id == "" {
		return nil, nil
	}
	return o.look(ctx, known)
}

// learnRecent notes what is filed in the project of the input. It reads once; after a failure, again.
func (o *once) learnRecent(ctx context.Context) error {
	p := o.book.project(o.input.Project)
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return client.Failed(o.op, ctx.Err())
	}
	defer func() { <-p.turn }()
	if p.learned {
		return nil
	}
	err := o.readRecent(ctx)
	p.learned = err == nil
	return err
}

func (o *once) readRecent(ctx context.Context) error {
	project, newest, err := o.newestKey(ctx)
	if err != nil {
		return err
	}
	for from := max(1, newest-recentBehind+1); ; from += recentBatch {
		body := BulkFetchInput{Fields: []string{"labels"}, Properties: []string{OnceProperty}}
		for n := range recentBatch {
			body.Issues = append(body.Issues, project+"-"+strconv.Itoa(from+n))
		}
		read, err := o.BulkFetch(ctx, body)
		if err != nil {
			return err
		}
		for _, failed := range read.Errors { // they exist
			issue, err := o.Get(ctx, failed.ID, &GetIssueParams{Fields: body.Fields, Properties: body.Properties})
			if err != nil {
				return err
			}
			read.Issues = append(read.Issues, *issue)
		}
		further := false
		for i := range read.Issues {
			issue := &read.Issues[i]
			var mark onceMark
			if json.Unmarshal(issue.Properties[OnceProperty], &mark) == nil && mark.Key != "" {
				o.book.learn(mark.Key, issue.ID)
			}
			_, n := splitKey(issue.Key)
			further = further || n > newest && n >= from
		}
		if !further {
			return nil
		}
	}
}

// newestKey returns the key of the project and the number of the newest issue that search shows, 0 if it shows none.
func (o *once) newestKey(ctx context.Context) (project string, number int, err error) {
	clause := o.input.Project
	if !isID(clause) {
		clause = strconv.Quote(clause)
	}
	page, err := o.SearchPage(ctx, SearchInput{JQL: "project = " + clause + " ORDER BY key DESC", MaxResults: 1, Fields: []string{"key"}})
	if err != nil {
		return "", 0, err
	}
	if len(page.Issues) > 0 {
		project, number = splitKey(page.Issues[0].Key)
		return project, number, nil
	}
	if !isID(o.input.Project) {
		return o.input.Project, 0, nil
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
