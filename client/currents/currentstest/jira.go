package currentstest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/internal/fake"
)

// Link is a Jira issue that was created for a test or linked to it.
type Link struct {
	// ID is the id of the link in Currents.
	ID string
	// Created says that the issue was created; else an existing one was linked.
	Created bool
	// ProjectID, RunID and TestID name the test.
	ProjectID, RunID, TestID string
	// JiraProjectID and JiraIssueType are as given.
	JiraProjectID, JiraIssueType string
	// IssueKey and IssueURL name the Jira issue.
	IssueKey, IssueURL string
	// Text is the description of the created issue, or the comment on the linked one.
	Text string
	// At is the time of the link.
	At time.Time
}

// Links returns what was created and linked, oldest first. The real service has no such list.
func (s *Server) Links() []Link { return s.snapshot().links }

func (s *Server) listJiraProjects(w http.ResponseWriter, r *http.Request) {
	if !installed(w, r) {
		return
	}
	all, err := s.jira.Projects(r.Context())
	if err != nil {
		jiraFailed(w, r, err)
		return
	}
	search := r.URL.Query().Get("search")
	all = slices.DeleteFunc(slices.Clone(all), func(p currents.JiraProject) bool {
		return !contains(p.Name, search) && !contains(p.Key, search)
	})
	numberedList(w, r, all)
}

func (s *Server) listIssueTypes(w http.ResponseWriter, r *http.Request) {
	if !installed(w, r) {
		return
	}
	project := r.PathValue("jiraProjectId")
	if n := len([]rune(project)); n > 128 {
		badRequest(w, r, "jiraProjectId has %d characters, more than 128", n)
		return
	}
	all, err := s.jira.IssueTypes(r.Context(), project)
	if err != nil {
		jiraFailed(w, r, err)
		return
	}
	search := r.URL.Query().Get("search")
	all = slices.DeleteFunc(slices.Clone(all), func(t currents.IssueType) bool { return !contains(t.Name, search) })
	numberedList(w, r, all)
}

// installed checks the installation of a discovery request.
func installed(w http.ResponseWriter, r *http.Request) bool {
	switch r.URL.Query().Get("jira_installation_id") {
	case InstallationID:
		return true
	case "":
		badRequest(w, r, "jira_installation_id is required")
	default:
		notFound(w, r, "Jira installation")
	}
	return false
}

func (s *Server) createIssue(w http.ResponseWriter, r *http.Request) {
	var input currents.IssueInput
	if err := fake.DecodeJSON(r, &input, true); err != nil {
		badRequest(w, r, "%v", err)
		return
	}
	for i, f := range input.CustomFields {
		if f.FieldID == "" || f.Value == "" {
			badRequest(w, r, "customFields[%d] needs a fieldId and a value", i)
			return
		}
	}
	link := Link{
		Created: true, ProjectID: r.PathValue("projectId"), RunID: input.RunID, TestID: input.TestID,
		JiraProjectID: input.JiraProjectID, JiraIssueType: input.JiraIssueType,
	}
	found, resolved := s.resolve(w, r, &link, input.JiraInstallationID)
	if !resolved || !s.creatable(w, r, input) {
		return
	}
	issue := JiraIssue{
		ProjectID: input.JiraProjectID, IssueType: input.JiraIssueType,
		Title: found.title(), Description: found.describe(), CustomFields: input.CustomFields,
	}
	var err error
	if link.IssueKey, link.IssueURL, err = s.jira.CreateIssue(r.Context(), issue); err != nil {
		jiraFailed(w, r, err)
		return
	}
	link.Text = issue.Description
	s.answerLink(w, http.StatusCreated, link)
}

// creatable checks that the issue type exists and is content with the custom fields.
func (s *Server) creatable(w http.ResponseWriter, r *http.Request, input currents.IssueInput) bool {
	types, err := s.jira.IssueTypes(r.Context(), input.JiraProjectID)
	if err != nil {
		jiraFailed(w, r, err)
		return false
	}
	i := slices.IndexFunc(types, func(t currents.IssueType) bool { return t.ID == input.JiraIssueType })
	if i < 0 {
		badRequest(w, r, "jiraIssueType %q is not the id of an issue type of the Jira project", input.JiraIssueType)
		return false
	}
	if problems := types[i].Missing(input.CustomFields...); len(problems) > 0 {
		texts := make([]string, len(problems))
		for i, p := range problems {
			texts[i] = p.String()
		}
		badRequest(w, r, "Jira would refuse the issue: %s", strings.Join(texts, "; "))
		return false
	}
	return true
}

func (s *Server) linkIssue(w http.ResponseWriter, r *http.Request) {
	var input currents.LinkInput
	if err := fake.DecodeJSON(r, &input, true); err != nil {
		badRequest(w, r, "%v", err)
		return
	}
	withContext := input.IncludeContextInComment == nil || *input.IncludeContextInComment
	if !withContext && input.Comment == "" {
		badRequest(w, r, "comment is required when includeContextInComment is false")
		return
	}
	link := Link{
		ProjectID: r.PathValue("projectId"), RunID: input.RunID, TestID: input.TestID,
		JiraProjectID: input.JiraProjectID, JiraIssueType: input.JiraIssueType,
		IssueKey: strings.TrimSpace(r.PathValue("jiraIssueKey")),
	}
	if n := len([]rune(link.IssueKey)); n < 1 || n > 255 {
		badRequest(w, r, "jiraIssueKey must have 1 to 255 characters")
		return
	}
	found, resolved := s.resolve(w, r, &link, input.JiraInstallationID)
	if !resolved {
		return
	}
	link.Text = input.Comment
	if withContext {
		link.Text = strings.TrimSpace(input.Comment + "\n\n" + found.describe())
	}
	var err error
	if link.IssueURL, err = s.jira.Comment(r.Context(), link.IssueKey, link.Text); err != nil {
		jiraFailed(w, r, err)
		return
	}
	s.answerLink(w, http.StatusOK, link)
}

// resolve finds the test that a link is for and answers what is missing.
func (s *Server) resolve(w http.ResponseWriter, r *http.Request, link *Link, installation string) (subject, bool) {
	for _, field := range []struct{ name, value string }{
		{"runId", link.RunID},
		{"testId", link.TestID},
		{"jiraInstallationId", installation},
		{"jiraProjectId", link.JiraProjectID},
		{"jiraIssueType", link.JiraIssueType},
	} {
		if field.value == "" {
			badRequest(w, r, "%s is required", field.name)
			return subject{}, false
		}
	}
	st := s.snapshot()
	if st.project(link.ProjectID) == nil {
		notFound(w, r, "Project")
		return subject{}, false
	}
	if installation != InstallationID {
		notFound(w, r, "Jira installation")
		return subject{}, false
	}
	run, found := st.run(link.RunID)
	if !found || run.value.ProjectID != link.ProjectID {
		notFound(w, r, "Run")
		return subject{}, false
	}
	for _, instance := range st.instancesOf(link.RunID) {
		for i := range instance.Results.Tests {
			if test := &instance.Results.Tests[i]; test.TestID == link.TestID {
				return subject{&run.value, instance, test}, true
			}
		}
	}
	notFound(w, r, "Test")
	return subject{}, false
}

// answerLink remembers the link and answers it.
func (s *Server) answerLink(w http.ResponseWriter, status int, link Link) {
	s.mu.Lock()
	link.ID = fmt.Sprintf("link-%d", len(s.state.links)+1)
	link.At = s.clock().UTC()
	s.state.links = append(s.state.links, link)
	s.mu.Unlock()
	var url any
	if link.IssueURL != "" {
		url = link.IssueURL
	}
	ok(w, status, map[string]any{
		"jiraIssueKey": link.IssueKey, "jiraIssueUrl": url, "currentsIssueId": link.ID,
		"currentsIssueUrl": dashboard(link.RunID) + "?issue=" + link.ID,
	})
}

// jiraFailed answers an error of the Jira behind the installation.
func jiraFailed(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	for kind, as := range map[error]int{
		client.ErrInvalid: http.StatusBadRequest, client.ErrForbidden: http.StatusForbidden,
		client.ErrNotFound: http.StatusNotFound, client.ErrConflict: http.StatusConflict,
		client.ErrRateLimited: http.StatusTooManyRequests,
	} {
		if errors.Is(err, kind) {
			status = as
		}
	}
	fail(w, r, status, "Jira: "+err.Error())
}
