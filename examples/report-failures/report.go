package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
)

// atOnce is how many tests are reported at the same time.
const atOnce = 4

// The results that a test can have.
const (
	created     = "created"
	linked      = "linked"
	failed      = "failed"
	wouldCreate = "would create" // with -dry-run
	wouldLink   = "would link"
)

// row is what became of one failing test.
type row struct {
	Test      string `json:"test"`
	Signature string `json:"signature"`
	Result    string `json:"result"`
	Issue     string `json:"issue"`
	URL       string `json:"url"`
	Error     string `json:"error"`
}

func (r *row) fail(err error) { r.Result, r.Error = failed, err.Error() }

// reporter reports the failing tests of one run.
type reporter struct {
	currents *currents.Client
	jira     *jira.Client
	target   currents.Target
	project  string // key of the Jira project
	problem  error  // why no issue can be created, if so
	dryRun   bool
}

// reportRun reports one run and returns the number of failures that it could not report.
func reportRun(ctx context.Context, sv *services, set *settings, id string, out *printer) (int, error) {
	run, err := findRun(ctx, sv.currents, id, set.project)
	if err != nil {
		return 0, err
	}
	running := strings.EqualFold(run.CompletionState, "IN_PROGRESS")

	bar := program.NewProgress(out.stderr)
	bar.Show("reading run " + run.RunID)
	tests, rows, err := failures(ctx, sv.currents, run)
	bar.Clear()
	switch {
	case len(rows) == 0 && err != nil:
		return 0, err
	case len(rows) == 0 && running:
		out.say("Run %s is still in progress, without failures so far.", run.RunID)
		return 0, nil
	case len(rows) == 0:
		out.say("Run %s has no failing tests.", run.RunID)
		return 0, nil
	case running:
		out.say("Run %s is still in progress; these are its failures so far.", run.RunID)
	}
	if err == nil && len(tests) > 0 {
		var r *reporter
		if r, err = newReporter(ctx, sv, set); err == nil {
			r.report(ctx, tests, bar)
		}
	}
	if err != nil { // nothing was tried, but what failed is known
		for _, f := range tests {
			f.row.fail(orInterrupted(ctx, err))
		}
	}
	return out.print(rows, err), err
}

// orInterrupted returns the error, unless it only comes of the interruption.
func orInterrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return program.ErrInterrupted
	}
	return err
}

func findRun(ctx context.Context, cc *currents.Client, id, project string) (*currents.Run, error) {
	if id == "" {
		run, err := cc.Runs.Find(ctx, project, nil)
		if err != nil {
			return nil, fmt.Errorf("the newest completed run of project %s could not be read: %w", project, err)
		}
		return run, nil
	}
	run, err := cc.Runs.Get(ctx, id)
	switch {
	case errors.Is(err, client.ErrNotFound):
		return nil, fmt.Errorf("there is no run %s that the API key can see: %w", id, err)
	case err != nil:
		return nil, fmt.Errorf("run %s could not be read: %w", id, err)
	case project != "" && run.ProjectID != project:
		return nil, fmt.Errorf("run %s belongs to project %s, not to %s", id, run.ProjectID, project)
	}
	return run, nil
}

// failure is a failing test and its row of the report.
type failure struct {
	test *currents.FailedTest
	row  *row
}

// failures returns the failing tests of a run, and a row for each of them and for each spec file that could not be read.
// With an error it returns those it has found before.
func failures(ctx context.Context, cc *currents.Client, run *currents.Run) (tests []failure, rows []*row, err error) {
	for test, err := range cc.FailedTestsOf(ctx, run) {
		var spec *currents.SpecError
		switch {
		case errors.As(err, &spec):
			reason := fmt.Sprintf("its failing tests are not known: instance %s %v", spec.InstanceID, spec.Err)
			rows = append(rows, &row{Test: spec.Spec, Result: failed, Error: reason})
		case err != nil:
			return tests, rows, fmt.Errorf("the failures of run %s could not be read: %w", run.RunID, err)
		default:
			r := &row{Test: test.Spec + " > " + test.FullTitle()}
			rows = append(rows, r)
			tests = append(tests, failure{test, r})
		}
	}
	return tests, rows, nil
}

// newReporter looks up where new issues go, and checks that Currents can fill in what they need.
func newReporter(ctx context.Context, sv *services, set *settings) (*reporter, error) {
	r := &reporter{currents: sv.currents, jira: sv.jira, dryRun: set.dryRun}
	project, err := findProject(ctx, sv.currents, set)
	if err != nil {
		return nil, err
	}
	r.project = project.Key
	issueType, err := findType(ctx, sv.currents, set, project)
	if err != nil {
		return nil, err
	}
	if err := checkFields(issueType, project, set.fields); err != nil {
		return nil, err
	}
	if problems := issueType.Missing(set.fields...); len(problems) > 0 {
		reasons := make([]string, len(problems))
		for i, p := range problems {
			reasons[i] = p.String()
		}
		r.problem = fmt.Errorf("an issue of the type %s in %s cannot be created through Currents: %s (give values by -field, or choose another -issue-type)",
			issueType.Name, project.Key, strings.Join(reasons, "; "))
	}
	r.target = currents.Target{
		InstallationID: set.installation, ProjectID: project.ID, IssueType: issueType.ID, CustomFields: set.fields,
	}
	return r, nil
}

func findProject(ctx context.Context, cc *currents.Client, set *settings) (*currents.JiraProject, error) {
	var keys []string
	for p, err := range cc.Jira.Projects(ctx, set.installation, nil) {
		if err != nil {
			return nil, fmt.Errorf("the Jira projects of installation %s could not be listed: %w", set.installation, err)
		}
		if strings.EqualFold(p.Key, set.jiraProject) || p.ID == set.jiraProject {
			return p, nil
		}
		keys = append(keys, p.Key)
	}
	return nil, fmt.Errorf("the Jira installation has no project %s: choose -jira-project from %s", set.jiraProject, program.Some(keys))
}

func findType(ctx context.Context, cc *currents.Client, set *settings, project *currents.JiraProject) (*currents.IssueType, error) {
	var names []string
	for t, err := range cc.Jira.IssueTypes(ctx, project.ID, set.installation, nil) {
		if err != nil {
			return nil, fmt.Errorf("the issue types of %s could not be listed: %w", project.Key, err)
		}
		if strings.EqualFold(t.Name, set.issueType) || t.ID == set.issueType {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return nil, fmt.Errorf("project %s has no issue type %s: choose -issue-type from %s", project.Key, set.issueType, program.Some(names))
}

// checkFields finds values for fields that the issue type does not have.
func checkFields(issueType *currents.IssueType, project *currents.JiraProject, values []currents.CustomField) error {
	var has, unknown []string
	for _, f := range issueType.CustomFields {
		has = append(has, f.FieldID)
	}
	for _, v := range values {
		if !slices.Contains(has, v.FieldID) {
			unknown = append(unknown, v.FieldID)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	return fmt.Errorf("issues of the type %s in %s have no custom field %s: choose -field from %s",
		issueType.Name, project.Key, strings.Join(unknown, ", "), program.Some(has))
}

// report finds or makes the issue of each test. Tests with the same marker (one test in several browsers) share an issue,
// so they are reported one after the other.
func (r *reporter) report(ctx context.Context, tests []failure, bar *program.Progress) {
	bar.Start(len(tests))
	defer bar.Clear()
	r.sign(ctx, tests, bar)
	var order []string
	groups := make(map[string][]failure)
	for _, f := range tests {
		if f.row.Result == failed {
			continue
		}
		m := marker(f.test.ProjectID, f.row.Signature)
		if groups[m] == nil {
			order = append(order, m)
		}
		groups[m] = append(groups[m], f)
	}
	program.Each(order, atOnce, func(m string) { r.reportGroup(ctx, m, groups[m], bar) })
}

// sign asks Currents for the signature of each test, which stays the same from run to run.
func (r *reporter) sign(ctx context.Context, tests []failure, bar *program.Progress) {
	program.Each(tests, atOnce, func(f failure) {
		signature, err := r.currents.Signatures.Get(ctx, f.test.SignatureInput())
		switch {
		case err == nil && signature.Signature != "":
			f.row.Signature = signature.Signature
			return
		case err == nil:
			err = errors.New("the answer has none")
		}
		f.row.fail(orInterrupted(ctx, fmt.Errorf("its signature could not be read: %w", err)))
		bar.Step()
	})
}

// marker is the label that ties an issue to a test.
func marker(project, signature string) string {
	sum := sha256.Sum256([]byte(project + "\x00" + signature))
	return "currents-" + hex.EncodeToString(sum[:10])
}

// reportGroup reports the tests that share an issue.
func (r *reporter) reportGroup(ctx context.Context, marker string, group []failure, bar *program.Progress) {
	key, err := r.findIssue(ctx, marker)
	switch {
	case err != nil:
		err = orInterrupted(ctx, fmt.Errorf("its issue could not be searched for in Jira: %w", err))
	case key == "":
		err = r.problem
	}
	for i, f := range group {
		switch {
		case err != nil:
			f.row.fail(err)
		case ctx.Err() != nil:
			f.row.fail(program.ErrInterrupted)
		case r.dryRun && key == "" && i == 0:
			f.row.Result = wouldCreate
		case r.dryRun:
			f.row.Result, f.row.Issue, f.row.URL = wouldLink, key, r.browse(key)
		case key != "":
			r.link(ctx, f, key)
		default:
			if key, err = r.create(ctx, f, marker); err != nil {
				f.row.fail(err)
				// The issue may exist all the same: a second attempt could make a second one.
				err = fmt.Errorf("not tried again because %w", err)
			}
		}
		bar.Step()
	}
}

// browse returns the page of an issue, "" for none.
func (r *reporter) browse(key string) string {
	if key == "" {
		return ""
	}
	return r.jira.BrowseURL(key)
}

// findIssue returns the key of the oldest open issue with the marker, "" if there is none.
func (r *reporter) findIssue(ctx context.Context, marker string) (string, error) {
	jql := fmt.Sprintf(`project = %q AND labels = %q AND statusCategory != Done ORDER BY created ASC`, r.project, marker)
	for issue, err := range r.jira.Issues.Search(ctx, jql, &jira.SearchOptions{Fields: []string{"summary"}, PageSize: 1}) {
		if err != nil {
			return "", err
		}
		if issue.Key == "" {
			return "", errors.New("there is one, but the answer does not say its key")
		}
		return issue.Key, nil
	}
	return "", nil
}

// A write that has begun is finished even when the program is being interrupted: half of it would be worse.

// link links the run to an issue that exists.
func (r *reporter) link(ctx context.Context, f failure, key string) {
	ctx = context.WithoutCancel(ctx)
	f.row.Issue, f.row.URL = key, r.jira.BrowseURL(key)
	comment := "Failed again in https://app.currents.dev/run/" + f.test.RunID
	link, err := r.currents.Jira.LinkIssue(ctx, f.test.ProjectID, key, r.target.Link(f.test, comment))
	switch {
	case errors.Is(err, client.ErrAmbiguous):
		f.row.fail(fmt.Errorf("%s may or may not have been linked: %w", key, err))
	case err != nil:
		f.row.fail(fmt.Errorf("%s exists but could not be linked: %w", key, err))
	default:
		f.row.Result = linked
		if link.JiraIssueURL != "" {
			f.row.URL = link.JiraIssueURL
		}
	}
}

// create creates the issue of a test, marks it, and returns its key. An issue without its mark is an issue all the same.
//
// It is Currents that makes the issue and ties it to the run, so Issues.CreateOnce of the Jira client has no part in it, and
// the label can only come afterwards. Where your program creates the issue itself, use CreateOnce: it leaves no such gap.
func (r *reporter) create(ctx context.Context, f failure, marker string) (string, error) {
	ctx = context.WithoutCancel(ctx)
	link, err := r.currents.Jira.CreateIssue(ctx, f.test.ProjectID, r.target.For(f.test))
	switch {
	case errors.Is(err, client.ErrAmbiguous):
		return "", fmt.Errorf("an issue may or may not have been created; look in %s before you run this again: %w", r.project, err)
	case err != nil:
		return "", fmt.Errorf("no issue could be created: %w", err)
	}
	f.row.Issue, f.row.URL, f.row.Result = link.JiraIssueKey, link.JiraIssueURL, created
	if f.row.URL == "" {
		f.row.URL = r.jira.BrowseURL(link.JiraIssueKey)
	}
	update := jira.IssueUpdate{Labels: jira.ListUpdate{Add: []string{marker}}}
	if err := r.jira.Issues.Update(ctx, link.JiraIssueKey, update); err != nil {
		f.row.fail(fmt.Errorf("%s was created but not marked; give it the label %s, or the next run creates another: %w", link.JiraIssueKey, marker, err))
	}
	return link.JiraIssueKey, nil
}
