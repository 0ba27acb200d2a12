package jira

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
)

// BulkWorklogsParams are the optional parameters of Worklogs.BulkDelete and Worklogs.BulkMove. A zero field is not sent.
type BulkWorklogsParams struct {
	// AdjustEstimate says what becomes of the remaining estimates of the issues: auto (the default) follows the time that
	// goes or comes, leave keeps them.
	AdjustEstimate string
	// OverrideEditableFlag works on issues that are not editable, as those that are closed. Only apps with the right to
	// administer Jira can ask for it.
	OverrideEditableFlag bool
}

// PartialWorklogsError says that Jira deleted or moved some of the worklogs only. What it did stays done: Worklogs.List
// tells which are left.
type PartialWorklogsError struct {
	// Message is what Jira said about it, perhaps nothing.
	Message string
}

// Error returns one sentence.
func (e *PartialWorklogsError) Error() string {
	if e == nil || e.Message == "" {
		return "some of the worklogs were left as they are"
	}
	return fmt.Sprintf("some of the worklogs were left as they are: %.500s", strings.Join(strings.Fields(e.Message), " "))
}

// BulkDelete deletes worklogs of an issue for good, at most 5,000 at once. Nobody is notified. When Jira deletes some of
// them only, the error is a [*PartialWorklogsError]. The call has no timeout but that of its context.
//
// Experimental: Atlassian may change it.
//
// DELETE /rest/api/3/issue/{issueIdOrKey}/worklog
//
// Errors: [client.ErrNotFound], [client.ErrInvalid], [*PartialWorklogsError].
func (s *WorklogsService) BulkDelete(ctx context.Context, issue string, body WorklogIDs, params *BulkWorklogsParams) error {
	const op = "Worklogs.BulkDelete"
	r := client.NewRequest(op, http.MethodDelete, "/rest/api/3/issue/{issueIdOrKey}/worklog", issue)
	return s.bulk(ctx, op, r.JSON(body), params)
}

// BulkMove moves worklogs from one issue to another, at most 5,000 at once, none that holds an attachment or is limited to
// a role. Nobody is notified, no webhook is called, and the histories of the issues do not show it. When Jira moves some of
// them only, the error is a [*PartialWorklogsError]. The call has no timeout but that of its context.
//
// Experimental: Atlassian may change it.
//
// POST /rest/api/3/issue/{issueIdOrKey}/worklog/move
//
// Errors: [client.ErrNotFound], [client.ErrInvalid], [client.ErrAmbiguous], [*PartialWorklogsError].
func (s *WorklogsService) BulkMove(ctx context.Context, issue string, body WorklogMove, params *BulkWorklogsParams) error {
	const op = "Worklogs.BulkMove"
	r := client.NewRequest(op, http.MethodPost, "/rest/api/3/issue/{issueIdOrKey}/worklog/move", issue)
	return s.bulk(ctx, op, r.JSON(body), params)
}

func (s *WorklogsService) bulk(ctx context.Context, op string, r *client.Request, params *BulkWorklogsParams) error {
	if params != nil {
		r.Query("adjustEstimate", params.AdjustEstimate)
		r.Query("overrideEditableFlag", params.OverrideEditableFlag)
	}
	var said excuse
	if err := (*service)(s).api().Do(ctx, r, &said); err != nil {
		return err
	}
	if said.given {
		return client.Failed(op, &PartialWorklogsError{(*service)(s).api().Scrub(said.text.String())})
	}
	return nil
}

// excuse is the answer of a bulk change that was not made as a whole. A whole one is answered 204, and then nothing is
// read; the excuse of a partial one is text of any kind, perhaps empty.
type excuse struct {
	given bool
	text  strings.Builder
}

// Write makes an excuse something that an answer is copied to.
func (e *excuse) Write(p []byte) (int, error) {
	e.given = true
	return e.text.Write(p)
}

// ReadFrom is preferred to Write by [io.Copy], and called for an empty answer too.
func (e *excuse) ReadFrom(r io.Reader) (int64, error) {
	const limit = 64 << 10
	e.given = true
	return io.Copy(&e.text, io.LimitReader(r, limit))
}
