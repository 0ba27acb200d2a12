package currentstest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/client/currents/currentstest"
)

func TestCreateAndLink(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)
	srv := newServer(t, currentstest.WithClock(func() time.Time { return now }))
	cc := newClient(t, srv, currentstest.APIKey)
	ctx := t.Context()

	created, err := cc.Jira.CreateIssue(ctx, projectID, target().For(coupon()))
	if err != nil {
		t.Fatal(err)
	}
	want := &currents.IssueLink{
		JiraIssueKey: "WEB-1", JiraIssueURL: "https://jira.example/browse/WEB-1",
		CurrentsIssueID: "link-1", CurrentsIssueURL: "https://app.currents.dev/run/" + runID + "?issue=link-1",
	}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	// Nothing recognises a repetition.
	if again, err := cc.Jira.CreateIssue(ctx, projectID, target().For(coupon())); err != nil || again.JiraIssueKey != "WEB-2" {
		t.Errorf("created again: %+v, %v", again, err)
	}
	in := target().Link(coupon(), "Seen again.")
	if link, err := cc.Jira.LinkIssue(ctx, projectID, "WEB-1", in); err != nil || link.JiraIssueKey != "WEB-1" || link.CurrentsIssueID != "link-3" {
		t.Errorf("linked: %+v, %v", link, err)
	}
	in.IncludeContextInComment = new(false)
	if _, err := cc.Jira.LinkIssue(ctx, projectID, "WEB-1", in); err != nil {
		t.Error(err)
	}

	issues := srv.Site().Issues()
	if len(issues) != 2 {
		t.Fatalf("issues = %+v", issues)
	}
	issue := issues[0]
	if issue.Title != "Test failure: cart > coupons > removes a coupon" || issue.ProjectID != "10000" || issue.IssueType != "10004" {
		t.Errorf("issue = %+v", issue)
	}
	for _, part := range []string{
		"Spec: e2e/cart.spec.ts", "Branch: main", "Commit: 0c4bb1d7", "Attempts: 2", "https://app.currents.dev/run/" + runID,
		"expect(received)\n    at cart.spec.ts:12:3", " 12 | expect(total)",
	} {
		if !strings.Contains(issue.Description, part) {
			t.Errorf("the description lacks %q:\n%s", part, issue.Description)
		}
	}
	if strings.Contains(issue.Description, "\x1b") {
		t.Errorf("the description has ANSI codes: %q", issue.Description)
	}
	if want := []string{"Seen again.\n\n" + issue.Description, "Seen again."}; !slices.Equal(issue.Comments, want) {
		t.Errorf("comments = %q", issue.Comments)
	}

	links := srv.Links()
	if len(links) != 4 {
		t.Fatalf("links = %+v", links)
	}
	wantLink := currentstest.Link{
		ID: "link-3", ProjectID: projectID, RunID: runID, TestID: "t-coupon", JiraProjectID: "10000", JiraIssueType: "10004",
		IssueKey: "WEB-1", IssueURL: "https://jira.example/browse/WEB-1", Text: issue.Comments[0], At: now,
	}
	if diff := cmp.Diff(wantLink, links[2]); diff != "" {
		t.Errorf("link (-want +got):\n%s", diff)
	}
	if !links[0].Created || links[2].Created {
		t.Errorf("links = %+v", links)
	}
}

func TestV1TestHasItsErrorInTheIssue(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cc := newClient(t, srv, currentstest.APIKey)
	if _, err := cc.Jira.CreateIssue(t.Context(), projectID, target().For(&currents.FailedTest{RunID: runID, TestID: "c2"})); err != nil {
		t.Fatal(err)
	}
	if text := srv.Site().Issues()[0].Description; !strings.Contains(text, "AssertionError: expected 0\n    at search.cy.js:3") {
		t.Errorf("description:\n%s", text)
	}
}

func TestCustomFields(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.Site().SetProject(currents.JiraProject{ID: "10000", Key: "WEB", Name: "Web shop"}, currents.IssueType{
		ID: "10004", Name: "Bug",
		CustomFields: []currents.IssueField{{
			FieldID: "customfield_1", Name: "Severity", Required: true, FieldType: currents.FieldTypeSelect,
			AllowedValues: []currents.AllowedValue{{ID: "1", Name: "High"}},
		}},
	})
	cc := newClient(t, srv, currentstest.APIKey)
	in := target().For(coupon())
	if _, err := cc.Jira.CreateIssue(t.Context(), projectID, in); !errors.Is(err, client.ErrInvalid) || !strings.Contains(err.Error(), "Severity") {
		t.Errorf("without a value: %v", err)
	}
	in.CustomFields = []currents.CustomField{{FieldID: "customfield_1", Value: "High"}}
	if _, err := cc.Jira.CreateIssue(t.Context(), projectID, in); err != nil {
		t.Error(err)
	}
	if issues := srv.Site().Issues(); len(issues) != 1 || !slices.Equal(issues[0].CustomFields, in.CustomFields) {
		t.Errorf("issues = %+v", issues)
	}
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	for n := range 120 {
		srv.Site().SetProject(currents.JiraProject{ID: fmt.Sprint(n), Key: fmt.Sprintf("K%d", n), Name: fmt.Sprintf("Team %d", n)})
	}
	cc := newClient(t, srv, currentstest.APIKey)
	page, err := cc.Jira.ProjectsPage(t.Context(), currentstest.InstallationID, nil)
	if next, more := page.NextPage.Page(); err != nil || page.Count != 50 || page.Total != 121 || next != 1 || !more {
		t.Errorf("first page: %d of %d, next %d, %v", page.Count, page.Total, next, err)
	}
	page, err = cc.Jira.ProjectsPage(t.Context(), currentstest.InstallationID, &currents.ListJiraProjectsParams{Page: 2})
	if _, more := page.NextPage.Page(); err != nil || page.Count != 21 || more {
		t.Errorf("last page: %d, %v, %v", page.Count, more, err)
	}
	page, err = cc.Jira.ProjectsPage(t.Context(), currentstest.InstallationID, &currents.ListJiraProjectsParams{Page: 9})
	if err != nil || page.Count != 0 || page.List == nil {
		t.Errorf("a page behind the last: %+v, %v", page, err)
	}
	page, err = cc.Jira.ProjectsPage(t.Context(), currentstest.InstallationID, &currents.ListJiraProjectsParams{Search: "wEb"})
	if err != nil || page.Total != 1 || page.List[0].ID != "10000" {
		t.Errorf("search: %+v, %v", page, err)
	}
	var names []string
	for typ, err := range cc.Jira.IssueTypes(t.Context(), "10000", currentstest.InstallationID, &currents.ListJiraIssueTypesParams{Limit: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, typ.Name)
	}
	if !slices.Equal(names, []string{"Bug", "Task"}) {
		t.Errorf("issue types = %v", names)
	}
}

// brokenJira refuses to create and to comment.
type brokenJira struct {
	*currentstest.Site
	err error
}

func (j brokenJira) CreateIssue(context.Context, currentstest.JiraIssue) (key, url string, err error) {
	return "", "", j.err
}

func (j brokenJira) Comment(context.Context, string, string) (string, error) { return "", j.err }

func TestWithJira(t *testing.T) {
	t.Parallel()
	site := currentstest.NewSite()
	srv := newServer(t, currentstest.WithJira(site))
	if srv.Site() != nil {
		t.Error("there is still a built-in Jira")
	}
	link, err := newClient(t, srv, currentstest.APIKey).Jira.CreateIssue(t.Context(), projectID, target().For(coupon()))
	if err != nil || len(site.Issues()) != 1 || site.Issues()[0].Key != link.JiraIssueKey {
		t.Errorf("created %+v, %v", link, err)
	}
	data, err := srv.Snapshot()
	if err != nil || strings.Contains(string(data), `"site"`) {
		t.Errorf("the snapshot has a Jira of its own: %s, %v", data, err)
	}
	if err := srv.Restore(data); err != nil || len(srv.Links()) != 1 {
		t.Errorf("restored %d links, %v", len(srv.Links()), err)
	}
	if err := currentstest.NewServer(currentstest.WithoutListener()).Restore(data); err == nil {
		t.Error("a server with a built-in Jira took a snapshot without one")
	}
}

func TestJiraErrors(t *testing.T) {
	t.Parallel()
	for _, kind := range []error{client.ErrInvalid, client.ErrForbidden, client.ErrNotFound, client.ErrConflict, client.ErrRateLimited} {
		srv := newServer(t, currentstest.WithJira(brokenJira{currentstest.NewSite(), fmt.Errorf("no luck: %w", kind)}))
		cc := newClient(t, srv, currentstest.APIKey)
		_, err := cc.Jira.CreateIssue(t.Context(), projectID, target().For(coupon()))
		if !errors.Is(err, kind) || !strings.Contains(err.Error(), "no luck") {
			t.Errorf("create: %v, want %v", err, kind)
		}
		if _, err := cc.Jira.LinkIssue(t.Context(), projectID, "WEB-1", target().Link(coupon(), "")); !errors.Is(err, kind) {
			t.Errorf("link: %v, want %v", err, kind)
		}
		if len(srv.Links()) != 0 {
			t.Errorf("%v: links = %+v", kind, srv.Links())
		}
	}
	srv := newServer(t, currentstest.WithJira(brokenJira{currentstest.NewSite(), errors.New("on fire")}))
	if _, err := newClient(t, srv, currentstest.APIKey).Jira.CreateIssue(t.Context(), projectID, target().For(coupon())); !errors.Is(err, client.ErrAmbiguous) {
		t.Errorf("any other error: %v", err)
	}
}
