package jiratest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// sprint is a part of the board's plan. What it has no date for is "".
type sprint struct {
	ref // Description is the goal

	State    string `json:"state"` // future, active, closed
	Start    string `json:"start,omitempty"`
	End      string `json:"end,omitempty"`
	Complete string `json:"complete,omitempty"`
}

const (
	sprintBoard  = 1
	sprintLayout = "2006-01-02T15:04:05.000Z"
	sprintLength = 14 * 24 * time.Hour
)

// AddSprint adds a sprint, or changes the state of the one of that name, and returns its id. The state is future,
// active or closed; it panics at another one.
func (s *Server) AddSprint(name, state string) (id int) {
	s = s.open()
	defer s.mu.Unlock()
	if !slices.Contains([]string{"future", "active", "closed"}, state) {
		panic(fmt.Sprintf("jiratest: a sprint is future, active or closed, not %q", state))
	}
	c := s.inside()
	at := slices.IndexFunc(c.st.Sprints, func(sp *sprint) bool { return sp.Name == name })
	if at < 0 {
		at = len(c.st.Sprints)
		c.st.Sprints = append(c.st.Sprints, &sprint{ref: ref{ID: c.st.next("sprint"), Name: name}})
	}
	sp := c.st.Sprints[at]
	sp.State = state
	day := func(t time.Time) string { return t.UTC().Format(sprintLayout) }
	switch state {
	case "future":
		sp.Start, sp.End, sp.Complete = "", "", ""
	case "active":
		sp.Start, sp.End, sp.Complete = day(c.now), day(c.now.Add(sprintLength)), ""
	case "closed":
		if sp.Start == "" {
			sp.Start, sp.End = day(c.now.Add(-sprintLength)), day(c.now)
		}
		sp.Complete = day(c.now)
	}
	return int(number64(sp.ID))
}

// sprint renders a sprint as it appears in an issue; nil if there is none with that id.
func (c *call) sprint(id string) any {
	sp := c.st.sprint(id)
	if sp == nil {
		return nil
	}
	d := doc{"id": number64(sp.ID), "name": sp.Name, "state": sp.State, "boardId": sprintBoard, "goal": sp.Description}
	for name, moment := range map[string]string{"startDate": sp.Start, "endDate": sp.End, "completeDate": sp.Complete} {
		if moment != "" {
			d[name] = moment
		}
	}
	return d
}

func (st *state) sprint(id string) *sprint {
	for _, sp := range st.Sprints {
		if sp.ID == id {
			return sp
		}
	}
	return nil
}

// acceptSprint puts an issue into a sprint, or with null into none. The closed sprints that it was in stay.
func (c *call) acceptSprint(f *field, in any, is *issue) (any, error) {
	stored := slices.DeleteFunc(slices.Clone(list(is.Fields[f.ID])), func(id any) bool {
		sp := c.st.sprint(text(id))
		return sp == nil || sp.State != "closed"
	})
	if in == nil {
		return stored, nil
	}
	id, ok := in.(json.Number)
	if !ok {
		return nil, errors.New("Number value expected as the Sprint id.")
	}
	sp := c.st.sprint(id.String())
	switch {
	case sp == nil:
		return nil, fmt.Errorf("The sprint with id %s does not exist.", id)
	case sp.State == "closed":
		return nil, errors.New("Issue can be assigned only active or future sprints.")
	}
	return append(stored, sp.ID), nil
}

// acceptEpic finds the epic of a key.
func (c *call) acceptEpic(in any) (any, error) {
	key, ok := in.(string)
	if !ok {
		return nil, errors.New("Operation value must be a string")
	}
	is := c.st.issue(key)
	if is == nil || is.Key != strings.ToUpper(key) {
		return nil, fmt.Errorf("Issue '%s' does not exist or you do not have permission to see it.", key)
	}
	if c.st.issueType(text(is.Fields["issuetype"])).Level != 1 {
		return nil, fmt.Errorf("Issue '%s' is not an epic.", key)
	}
	return is.ID, nil
}
