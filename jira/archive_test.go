package jira_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

// Issues that were left out make an error of the answer; it tells which and why, also where Jira says little.
func TestArchivePartly(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"numberOfIssuesUpdated":2}`:             "",
		`{"numberOfIssuesUpdated":2,"errors":{}}`: "",
		`{"numberOfIssuesUpdated":2,"errors":{"issuesNotFound":{"count":0,"issueIdsOrKeys":[]}}}`:     "",
		`{"numberOfIssuesUpdated":0,"errors":{"issuesNotFound":{"count":3}}}`:                         "0 issues were moved, others were not: 3",
		`{"numberOfIssuesUpdated":1,"errors":{"issuesNotFound":{"issueIdsOrKeys":["WEB-1","a\nb"]}}}`: "1 issues were moved, others were not: 2 (WEB-1, a b)",
		`{"numberOfIssuesUpdated":1,"errors":{"issueIsSubtask":{"count":1,"issueIdsOrKeys":["WEB-2"],"message":"Issue is\nsubtask."},` +
			`"userDoesNotHavePermission":{"count":1,"issueIdsOrKeys":["WEB-3"]}}}`: "1 issues were moved, others were not: 1 (WEB-2) Issue is subtask.: 1 (WEB-3)",
	} {
		jc := answering(t, 200, body)
		for op, move := range map[string]func() (*jira.ArchiveResult, error){
			"Issues.Archive": func() (*jira.ArchiveResult, error) {
				return jc.Issues.Archive(t.Context(), jira.IssueList{Issues: []string{"WEB-1"}})
			},
			"Issues.Unarchive": func() (*jira.ArchiveResult, error) {
				return jc.Issues.Unarchive(t.Context(), jira.IssueList{Issues: []string{"WEB-1"}})
			},
		} {
			result, err := move()
			if want == "" {
				if err != nil || result.Updated != 2 {
					t.Errorf("%s of %s: %+v, %v", op, body, result, err)
				}
				continue
			}
			left, ok := errors.AsType[*jira.PartialArchiveError](err)
			if !ok {
				t.Errorf("%s of %s: %v", op, body, err)
				continue
			}
			if diff := cmp.Diff(left.Result, result); diff != "" || err.Error() != op+": "+want {
				t.Errorf("%s of %s: %v %s", op, body, err, diff)
			}
		}
	}
	result, err := answering(t, 400, `{}`).Issues.Archive(t.Context(), jira.IssueList{})
	if result != nil || !errors.Is(err, client.ErrInvalid) {
		t.Errorf("%+v, %v", result, err)
	}
}
