package currentstest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/currents"
)

// Jira is what the server needs of the Jira behind its installation. Errors of the kinds of package client
// (client.ErrNotFound, client.ErrInvalid, client.ErrForbidden, client.ErrRateLimited, client.ErrConflict) become answers
// of the same kind, any other error a 500.
type Jira interface {
	// Projects returns all projects that Currents may use.
	Projects(ctx context.Context) ([]currents.JiraProject, error)
	// IssueTypes returns the issue types of a project, given by its id, with the custom fields of a new issue.
	IssueTypes(ctx context.Context, projectID string) ([]currents.IssueType, error)
	// CreateIssue creates an issue and returns its key and its page.
	CreateIssue(ctx context.Context, issue JiraIssue) (key, url string, err error)
	// Comment adds a comment, as plain text, to an issue and returns the page of the issue.
	Comment(ctx context.Context, key, text string) (url string, err error)
}

// JiraIssue is an issue that Currents creates.
type JiraIssue struct {
	// ProjectID and IssueType are the ids of the project and of the issue type.
	ProjectID, IssueType string
	// Title is one line of at most 255 characters.
	Title string
	// Description is plain text of several lines.
	Description string
	// CustomFields are the values for custom fields, as given.
	CustomFields []currents.CustomField
}

// Site is a minimal Jira in memory: projects, issue types and the issues that Currents has made. Its zero value has no
// projects. All methods may be called from several goroutines; those of a nil Site, which [Server.Site] returns where
// [WithJira] has replaced it, do nothing.
type Site struct {
	mu    sync.Mutex
	state siteState
}

var errNoSite = errors.New("currentstest: there is no Site: make one by NewSite; a Server that WithJira connects to another Jira has none")

type siteState struct {
	Projects []siteProject `json:"projects"`
	Issues   []SiteIssue   `json:"issues"`
}

type siteProject struct {
	Project currents.JiraProject `json:"project"`
	Types   []currents.IssueType `json:"issueTypes"`
	Created int                  `json:"created"`
}

// SiteIssue is an issue of a [Site].
type SiteIssue struct {
	JiraIssue
	// Key names the issue, as in WEB-1.
	Key string
	// Comments are its comments, oldest first.
	Comments []string
}

// NewSite returns a Jira with the project WEB (id 10000), which has the issue types Bug (10004) and Task (10003).
func NewSite() *Site {
	s := &Site{}
	s.SetProject(currents.JiraProject{ID: "10000", Key: "WEB", Name: "Web shop"},
		currents.IssueType{ID: "10004", Name: "Bug"}, currents.IssueType{ID: "10003", Name: "Task"})
	return s
}

// SetProject adds a project with its issue types, or replaces the one with the same id; its issues stay.
func (s *Site) SetProject(p currents.JiraProject, types ...currents.IssueType) {
	if s == nil {
		return
	}
	types = slices.Clone(types)
	for i := range types {
		if types[i].CustomFields == nil {
			types[i].CustomFields = []currents.IssueField{}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if have := s.state.project(p.ID); have != nil {
		have.Project, have.Types = p, types
		return
	}
	s.state.Projects = append(s.state.Projects, siteProject{Project: p, Types: types})
}

// Issues returns all issues, oldest first.
func (s *Site) Issues() []SiteIssue {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	issues := slices.Clone(s.state.Issues)
	for i := range issues {
		issues[i].Comments = slices.Clone(issues[i].Comments)
	}
	return issues
}

// Projects implements [Jira].
func (s *Site) Projects(context.Context) ([]currents.JiraProject, error) {
	if s == nil {
		return nil, errNoSite
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]currents.JiraProject, len(s.state.Projects))
	for i, p := range s.state.Projects {
		all[i] = p.Project
	}
	return all, nil
}

// IssueTypes implements [Jira].
func (s *Site) IssueTypes(_ context.Context, projectID string) ([]currents.IssueType, error) {
	if s == nil {
		return nil, errNoSite
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.state.project(projectID)
	if p == nil {
		return nil, fmt.Errorf("the Jira project %q: %w", projectID, client.ErrNotFound)
	}
	return slices.Clone(p.Types), nil
}

// CreateIssue implements [Jira].
func (s *Site) CreateIssue(_ context.Context, issue JiraIssue) (key, url string, err error) {
	if s == nil {
		return "", "", errNoSite
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.state.project(issue.ProjectID)
	if p == nil {
		return "", "", fmt.Errorf("the Jira project %q: %w", issue.ProjectID, client.ErrNotFound)
	}
	p.Created++
	key = fmt.Sprintf("%s-%d", p.Project.Key, p.Created)
	issue.CustomFields = slices.Clone(issue.CustomFields)
	s.state.Issues = append(s.state.Issues, SiteIssue{JiraIssue: issue, Key: key})
	return key, browse(key), nil
}

// Comment implements [Jira].
func (s *Site) Comment(_ context.Context, key, text string) (url string, err error) {
	if s == nil {
		return "", errNoSite
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.state.Issues {
		if issue := &s.state.Issues[i]; issue.Key == key {
			issue.Comments = append(issue.Comments, text)
			return browse(key), nil
		}
	}
	return "", fmt.Errorf("the Jira issue %s: %w", key, client.ErrNotFound)
}

func browse(key string) string { return "https://jira.example/browse/" + key }

func (st *siteState) project(id string) *siteProject {
	for i := range st.Projects {
		if st.Projects[i].Project.ID == id {
			return &st.Projects[i]
		}
	}
	return nil
}

// encode returns the state as JSON.
func (s *Site) encode() (json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return json.Marshal(s.state)
}

// decodeSite reads what encode has written.
func decodeSite(data json.RawMessage) (siteState, error) {
	var st siteState
	err := json.Unmarshal(data, &st)
	return st, err
}

func (s *Site) set(st siteState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = st
}
