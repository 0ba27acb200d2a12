package jira

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
)

// PartialArchiveError says that Jira moved some of the issues only into the archive or out of it. What it did stays done.
type PartialArchiveError struct {
	// Result tells which issues were left out and why.
	Result *ArchiveResult
}

// Error is one line: how many issues were moved, and of each reason how many were not, with the first few of them.
func (e *PartialArchiveError) Error() string {
	if e == nil || e.Result == nil {
		return "issues were not moved, and nobody says which"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d issues were moved, others were not", e.Result.Updated)
	for _, f := range e.Result.Failed.all() {
		fmt.Fprintf(&b, ": %d", max(f.Count, int64(len(f.Issues))))
		if len(f.Issues) > 0 {
			fmt.Fprintf(&b, " (%s)", CleanSummary(listed(f.Issues)))
		}
		if f.Message != "" {
			b.WriteString(" " + CleanSummary(f.Message))
		}
	}
	return b.String()
}

// all lists what happened, in the order of the fields.
func (f *ArchiveFailures) all() []*ArchiveFailure {
	every := []*ArchiveFailure{f.Subtasks, f.InArchivedProjects, f.InUnlicensedProjects, f.NotFound, f.NotAllowed}
	return slices.DeleteFunc(every, func(f *ArchiveFailure) bool { return f == nil || f.Count == 0 && len(f.Issues) == 0 })
}

// Archive puts up to 1,000 issues into the archive. Subtasks follow their parents and cannot be given alone. When some of
// the issues are left out, the error is a [*PartialArchiveError], beside the result. With [client.ErrConflict] some may be
// done: there were too many. Only administrators can do so, and only with a Premium or Enterprise plan.
//
// Experimental: Atlassian may change it.
//
// PUT /rest/api/3/issue/archive
//
// Errors: [client.ErrInvalid] when none of the issues can be moved, [client.ErrForbidden], [client.ErrConflict],
// [*PartialArchiveError].
func (s *IssuesService) Archive(ctx context.Context, body IssueList) (*ArchiveResult, error) {
	result, err := s.archive(ctx, body)
	return archived("Issues.Archive", result, err)
}

// Unarchive takes up to 1,000 issues out of the archive. Subtasks follow their parents and cannot be given alone. When some
// of the issues are left out, the error is a [*PartialArchiveError], beside the result. With [client.ErrConflict] some may
// be done: there were too many. Only administrators can do so, and only with a Premium or Enterprise plan.
//
// Experimental: Atlassian may change it.
//
// PUT /rest/api/3/issue/unarchive
//
// Errors: [client.ErrInvalid] when none of the issues can be moved, [client.ErrForbidden], [client.ErrConflict],
// [*PartialArchiveError].
func (s *IssuesService) Unarchive(ctx context.Context, body IssueList) (*ArchiveResult, error) {
	result, err := s.unarchive(ctx, body)
	return archived("Issues.Unarchive", result, err)
}

func archived(op string, result *ArchiveResult, err error) (*ArchiveResult, error) {
	if err == nil && len(result.Failed.all()) > 0 {
		err = client.Failed(op, &PartialArchiveError{Result: result})
	}
	return result, err
}
