package currents

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jira-integrations/go-sdk/client"
)

// maxIssueKey is the longest issue key that Currents takes, in characters.
const maxIssueKey = 255

// CreateIssue creates a Jira issue for a test of a run and links it to the test. Currents writes title and description
// from the run and the test; of the other fields only custom fields can be given. Check with [IssueType.Missing] that the
// issue type asks for nothing more.
//
// POST /projects/{projectId}/jira/issues
//
// Calling it again creates another issue: Currents does not recognise repetitions. It is never sent a second time after
// an unclear failure, which is [client.ErrAmbiguous]. [client.ErrNotFound] means the project, the installation, the run
// or the test; the message says which. Incomplete input is [client.ErrInvalid] before anything is sent, and a read-only
// API key is [client.ErrForbidden].
func (s *JiraService) CreateIssue(ctx context.Context, projectID string, input IssueInput) (*IssueLink, error) {
	const op = "Jira.CreateIssue"
	if err := input.check(); err != nil {
		return nil, client.Invalid(op, "%w", err)
	}
	link, err := s.createIssue(ctx, projectID, input)
	if err != nil {
		return nil, err
	}
	if link.JiraIssueKey == "" {
		return nil, client.Ambiguous(op, errors.New("the server reported success but no issue key"))
	}
	return link, nil
}

// LinkIssue links an existing Jira issue, named by its key, to a test of a run and comments on the issue.
//
// POST /projects/{projectId}/jira/issues/{jiraIssueKey}/link
//
// Each call adds a comment; it is never sent a second time after an unclear failure, which is [client.ErrAmbiguous].
// [client.ErrNotFound] means the project, the installation, the run or the test; the message says which. Incomplete
// input, such as IncludeContextInComment set to false without a comment, is [client.ErrInvalid] before anything is sent.
func (s *JiraService) LinkIssue(ctx context.Context, projectID, issueKey string, input LinkInput) (*IssueLink, error) {
	const op = "Jira.LinkIssue"
	issueKey = strings.TrimSpace(issueKey)
	if err := input.check(); err != nil {
		return nil, client.Invalid(op, "%w", err)
	}
	switch n := utf8.RuneCountInString(issueKey); {
	case n == 0:
		return nil, client.Invalid(op, "the issue key is empty: name an issue, as in WEB-12")
	case n > maxIssueKey:
		return nil, client.Invalid(op, "the issue key has %d characters, more than %d", n, maxIssueKey)
	}
	link, err := s.linkIssue(ctx, projectID, issueKey, input)
	if err != nil {
		return nil, err
	}
	if link.JiraIssueKey == "" {
		link.JiraIssueKey = issueKey // an empty answer is a success too
	}
	return link, nil
}

func (in *IssueInput) check() error {
	if err := checkIDs(in.RunID, in.TestID, in.JiraInstallationID, in.JiraProjectID, in.JiraIssueType); err != nil {
		return err
	}
	for i, f := range in.CustomFields {
		if f.FieldID == "" {
			return fmt.Errorf("CustomFields[%d].FieldID is empty: give the id of the field", i)
		}
		if f.Value == "" {
			return fmt.Errorf("CustomFields[%d].Value is empty: give a value for %s or leave it out", i, f.FieldID)
		}
	}
	return nil
}

func (in *LinkInput) check() error {
	if err := checkIDs(in.RunID, in.TestID, in.JiraInstallationID, in.JiraProjectID, in.JiraIssueType); err != nil {
		return err
	}
	if in.IncludeContextInComment != nil && !*in.IncludeContextInComment && strings.TrimSpace(in.Comment) == "" {
		return errors.New("the comment is empty: write one, or let IncludeContextInComment add the context of the test")
	}
	return nil
}

func checkIDs(runID, testID, installationID, projectID, issueType string) error {
	for _, field := range []struct{ name, value string }{
		{"RunID", runID},
		{"TestID", testID},
		{"JiraInstallationID", installationID},
		{"JiraProjectID", projectID},
		{"JiraIssueType", issueType},
	} {
		if strings.TrimSpace(field.value) == "" {
			return fmt.Errorf("%s is empty: give its value", field.name)
		}
	}
	return nil
}

// Target says where and as what the Jira issues of failed tests are created.
type Target struct {
	// InstallationID identifies the Jira installation, as shown in the Currents dashboard.
	InstallationID string
	// ProjectID is the id of the Jira project, see Jira.Projects.
	ProjectID string
	// IssueType is the id of the issue type, see Jira.IssueTypes.
	IssueType string
	// CustomFields are the values that each new issue gets.
	CustomFields []CustomField
}

// For returns the input that creates an issue for a failed test. For nil it names no test, which [JiraService.CreateIssue] refuses.
func (t Target) For(test *FailedTest) IssueInput {
	if test == nil {
		test = &FailedTest{}
	}
	return IssueInput{
		RunID: test.RunID, TestID: test.TestID,
		JiraInstallationID: t.InstallationID, JiraProjectID: t.ProjectID, JiraIssueType: t.IssueType,
		CustomFields: t.CustomFields,
	}
}

// Link returns the input that links an existing issue to a failed test. The comment, if any, precedes the context of the
// test in the comment on the issue. For nil it names no test, which [JiraService.LinkIssue] refuses.
func (t Target) Link(test *FailedTest, comment string) LinkInput {
	if test == nil {
		test = &FailedTest{}
	}
	return LinkInput{
		RunID: test.RunID, TestID: test.TestID,
		JiraInstallationID: t.InstallationID, JiraProjectID: t.ProjectID, JiraIssueType: t.IssueType,
		Comment: comment,
	}
}
