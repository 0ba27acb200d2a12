package jsmopstest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/jira-integrations/go-sdk/internal/fake"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
)

// state is what the server knows.
type state struct {
	Seq          int64          `json:"seq"`
	Integrations []*integration `json:"integrations"`
}

// integration is one with all that belongs to it. It always says whether it is enabled, and so do its actions.
type integration struct {
	jsmops.Integration
	AlertFilter jsmops.Filter    `json:"alertFilter"`
	Actions     []*jsmops.Action `json:"actions"`
}

// firstAction is the number before that of the first action.
const firstAction = 1704982046651000028

// next makes the next id that nothing has, out of a number.
func (st *state) next(id func(n int64) string) string {
	for {
		st.Seq++
		if next := id(st.Seq); !st.taken(next) {
			return next
		}
	}
}

func (st *state) taken(id string) bool {
	return slices.ContainsFunc(st.Integrations, func(in *integration) bool {
		_, err := in.at(id)
		return in.ID == id || err == nil
	})
}

func (st *state) add(in jsmops.Integration) *integration {
	if in.ID == "" {
		in.ID = st.next(func(n int64) string { return fmt.Sprintf("%08x-4b2f-470c-91ac-2a8cb06a4cc2", 0x12fa0a15+n) })
	}
	in.Enabled = cmp.Or(in.Enabled, new(false))
	made := &integration{Integration: in, AlertFilter: jsmops.MatchEverything()}
	st.Integrations = append(st.Integrations, made)
	return made
}

func (st *state) addAction(in *integration, a jsmops.Action) *jsmops.Action {
	if a.ID == "" {
		a.ID = st.next(func(n int64) string { return strconv.FormatInt(firstAction+n, 10) })
	}
	a.Enabled = cmp.Or(a.Enabled, new(false))
	in.Actions = append(in.Actions, &a)
	return &a
}

func (st *state) find(id string) (*integration, error) {
	for _, in := range st.Integrations {
		if in.ID == id {
			return in, nil
		}
	}
	return nil, refusal{http.StatusNotFound, "Integration is not found"}
}

// at returns the place of an action.
func (in *integration) at(id string) (int, error) {
	i := slices.IndexFunc(in.Actions, func(a *jsmops.Action) bool { return a.ID == id })
	if i < 0 {
		return 0, refusal{http.StatusNotFound, "Integration action is not found"}
	}
	return i, nil
}

// AddIntegration adds an integration without actions, or replaces the one with the same id, and returns its id. One without
// an id gets a new one, one that does not say whether it is enabled is not. It panics if one of its values is no JSON.
func (s *Server) AddIntegration(in jsmops.Integration) string {
	s = s.open()
	defer s.mu.Unlock()
	if have, err := s.state.find(in.ID); err == nil {
		have.Integration = copied(in)
		have.Enabled = cmp.Or(have.Enabled, new(false))
		return have.ID
	}
	return s.state.add(copied(in)).ID
}

// AddAction adds an action behind all others of an integration and returns its id. One without an id gets a new one, one
// that does not say whether it is enabled is not. It is an error if there is no such integration, or
// if one of its values is no JSON.
func (s *Server) AddAction(integrationID string, a jsmops.Action) (string, error) {
	if s.zero() {
		return "", fake.NotMade("jsmopstest")
	}
	if _, err := json.Marshal(a); err != nil {
		return "", fmt.Errorf("jsmopstest: the action cannot be written: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	in, err := s.state.find(integrationID)
	if err != nil {
		return "", fmt.Errorf("jsmopstest: %w", err)
	}
	if _, err := in.at(a.ID); err == nil {
		return "", fmt.Errorf("jsmopstest: there is an action with the id %s", a.ID)
	}
	return s.state.addAction(in, copied(a)).ID, nil
}

// Integrations returns all integrations, oldest first.
func (s *Server) Integrations() []jsmops.Integration {
	s = s.open()
	defer s.mu.Unlock()
	var all []jsmops.Integration
	for _, in := range s.state.Integrations {
		all = append(all, copied(in.Integration))
	}
	return all
}

// Actions returns the actions of an integration in their order, nil if there is no such integration. Each says whether it is
// enabled.
func (s *Server) Actions(integrationID string) []jsmops.Action {
	s = s.open()
	defer s.mu.Unlock()
	in, err := s.state.find(integrationID)
	if err != nil {
		return nil
	}
	all := []jsmops.Action{}
	for _, a := range in.Actions {
		all = append(all, copied(*a))
	}
	return all
}

// AlertFilter returns the alert filter of an integration, the zero value if there is no such integration.
func (s *Server) AlertFilter(integrationID string) jsmops.Filter {
	s = s.open()
	defer s.mu.Unlock()
	in, err := s.state.find(integrationID)
	if err != nil {
		return jsmops.Filter{}
	}
	return copied(in.AlertFilter)
}

// copied returns a copy that shares nothing.
func copied[T any](v T) (c T) {
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		panic(fmt.Sprintf("jsmopstest: a value cannot be copied: %v", err)) // one of Values is no JSON
	}
	return c
}

// snapshotVersion changes when older snapshots can no longer be read.
const snapshotVersion = 1

// snapshotFile is the state as Snapshot writes it.
type snapshotFile struct {
	Version int   `json:"jsmopstest"`
	State   state `json:"state"`
}

// Snapshot returns the whole state as JSON. Faults and received requests are not part of it.
func (s *Server) Snapshot() ([]byte, error) {
	if s.zero() {
		return nil, fake.NotMade("jsmopstest")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	data, err := json.Marshal(snapshotFile{snapshotVersion, s.state})
	if err != nil {
		return nil, fmt.Errorf("jsmopstest: %w", err)
	}
	return data, nil
}

// Restore replaces the whole state by that of a snapshot. If the snapshot cannot be read, the state stays as it is.
func (s *Server) Restore(data []byte) error {
	if s.zero() {
		return fake.NotMade("jsmopstest")
	}
	var file snapshotFile
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return fmt.Errorf("jsmopstest: not a snapshot: %w", err)
	}
	if file.Version != snapshotVersion {
		return fmt.Errorf("jsmopstest: not a snapshot of version %d", snapshotVersion)
	}
	for _, in := range file.State.Integrations {
		if in == nil || in.ID == "" || slices.Contains(in.Actions, nil) {
			return errors.New("jsmopstest: not a snapshot: something in it is empty")
		}
		in.Enabled = cmp.Or(in.Enabled, new(false))
		for _, a := range in.Actions {
			a.Enabled = cmp.Or(a.Enabled, new(false))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = file.State
	return nil
}
