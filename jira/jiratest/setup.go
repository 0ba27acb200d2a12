package jiratest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/jira-integrations/go-sdk/jira"
)

// AddProject adds a project with all issue types and returns its id. It panics if the key is taken.
func (s *Server) AddProject(key, name string) string {
	s = s.open()
	defer s.mu.Unlock()
	if s.state.project(key) != nil {
		panic(fmt.Sprintf("jiratest: project %s exists", key))
	}
	p := &project{ref: ref{ID: s.state.next("project"), Name: name, Lead: s.state.Myself}, Key: strings.ToUpper(key)}
	for _, t := range s.state.Types {
		p.Types = append(p.Types, t.ID)
	}
	s.state.Projects = append(s.state.Projects, p)
	s.inside().emitProject(p)
	return p.ID
}

// AddComponent adds a component to a project, given by key, and returns its id. It panics if there is no such project.
func (s *Server) AddComponent(project, name string) string {
	return s.addPart(project, "component", &ref{Name: name})
}

// AddVersion adds an unreleased version to a project, given by key, and returns its id. It panics if there is no such
// project.
func (s *Server) AddVersion(project, name string) string {
	return s.addPart(project, "version", &ref{Name: name})
}

func (s *Server) addPart(key, kind string, part *ref) string {
	s = s.open()
	defer s.mu.Unlock()
	p := s.state.project(key)
	if p == nil {
		panic(fmt.Sprintf("jiratest: there is no project %s", key))
	}
	part.ID = s.state.next(kind)
	if kind == "version" {
		p.Versions = append(p.Versions, part)
		s.inside().emitVersion(p, part)
	} else {
		p.Components = append(p.Components, part)
	}
	return part.ID
}

// AddUser adds an active user, a member of the group jira-users, and returns the account id.
func (s *Server) AddUser(name, email string) string {
	s = s.open()
	defer s.mu.Unlock()
	id := fmt.Sprintf("712020:00000000-0000-4000-8000-%012d", number64(s.state.next("user")))
	s.state.Users = append(s.state.Users, &user{ID: id, Name: name, Email: email, Type: "atlassian", Active: true})
	if byRef(s.state.Groups, everybody) != nil {
		s.state.join(everybody, id)
	}
	return id
}

// AddGroup adds a group of users and returns its id. It panics if there is one of that name.
func (s *Server) AddGroup(name string) (id string) {
	s = s.open()
	defer s.mu.Unlock()
	if slices.ContainsFunc(s.state.Groups, func(g *ref) bool { return g.Name == name }) {
		panic(fmt.Sprintf("jiratest: group %s exists", name))
	}
	return s.state.addGroup(name).ID
}

// AddTransition adds a transition to a status, given by name, or replaces the one of the same name, and returns its
// id. The required fields, given by id, are asked for on its screen. It panics if the status or a field is unknown.
func (s *Server) AddTransition(name, status string, required ...string) string {
	s = s.open()
	defer s.mu.Unlock()
	t := &transition{ref: ref{Name: name}, Required: required}
	for _, st := range s.state.Statuses {
		if strings.EqualFold(st.Name, status) {
			t.To = st.ID
		}
	}
	if t.To == "" {
		panic(fmt.Sprintf("jiratest: no status is called %q", status))
	}
	for _, id := range required {
		if s.state.field(id) == nil {
			panic(fmt.Sprintf("jiratest: no field has the id %q", id))
		}
	}
	at := slices.IndexFunc(s.state.Transitions, func(have *transition) bool { return have.Name == name })
	if at >= 0 {
		t.ID = s.state.Transitions[at].ID
		s.state.Transitions[at] = t
		return t.ID
	}
	t.ID = strconv.Itoa(len(s.state.Transitions)*10 + 11)
	s.state.Transitions = append(s.state.Transitions, t)
	return t.ID
}

// AddIssue adds an issue and returns its key. More fields can be given as the API takes them, fields by id; a plain
// string is turned into rich text where that is wanted. It panics if Jira would refuse the issue.
func (s *Server) AddIssue(project, issueType, summary string, fields map[string]any) string {
	body := doc{}
	maps.Copy(body, fields)
	body["project"], body["issuetype"], body["summary"] = doc{"key": project}, doc{"name": issueType}, summary
	data, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("jiratest: adding an issue: %v", err))
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	body = doc{}
	if err := dec.Decode(&body); err != nil {
		panic(fmt.Sprintf("jiratest: adding an issue: %v", err))
	}

	s = s.open()
	defer s.mu.Unlock()
	for id, v := range body {
		if f := s.state.field(id); f != nil && f.Rich {
			if plain, ok := v.(string); ok {
				body[id] = plainADF(plain)
			}
		}
	}
	is, err := s.inside().create(doc{"fields": body})
	if err != nil {
		panic(fmt.Sprintf("jiratest: adding an issue: %v", err))
	}
	return is.Key
}

// inside is a call by the server itself; the lock is held. Tasks have then done what is due.
func (s *Server) inside() *call {
	c := &call{s: s, st: s.state, r: &http.Request{}, now: s.clock()}
	c.work()
	return c
}

// Issue returns an issue with all its fields as the API would, or nil if there is none with that key or id.
func (s *Server) Issue(key string) *jira.Issue {
	s = s.open()
	defer s.mu.Unlock()
	c := s.inside()
	is := c.st.issue(key)
	if is == nil {
		return nil
	}
	issue := new(jira.Issue)
	detach(c.issueDoc(is, c.selectFields(nil, "*all"), nil, []string{"*all"}), issue)
	return issue
}

// Issues returns the keys of all issues, oldest first.
func (s *Server) Issues() []string {
	s = s.open()
	defer s.mu.Unlock()
	keys := make([]string, len(s.state.Issues))
	for i, is := range s.state.Issues {
		keys[i] = is.Key
	}
	return keys
}

// Comments returns the comments of an issue as the API would, oldest first.
func (s *Server) Comments(key string) []jira.Comment {
	s = s.open()
	defer s.mu.Unlock()
	c := s.inside()
	is := c.st.issue(key)
	if is == nil {
		return nil
	}
	var comments []jira.Comment
	detach(each(is.Comments, func(r *remark) any { return c.comment(is, r) }), &comments)
	return comments
}

// detach copies what was rendered, so that it shares nothing with the state.
func detach(rendered, to any) {
	data, err := json.Marshal(rendered)
	if err == nil {
		err = json.Unmarshal(data, to)
	}
	if err != nil {
		panic(fmt.Sprintf("jiratest: %v", err))
	}
}
