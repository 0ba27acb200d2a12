package currentstest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/internal/fake"
)

// state is what the server knows. Values in it are never changed, only replaced, so that a copy of the slices is a copy
// of the state.
type state struct {
	projects  []currents.Project
	runs      []record[currents.Run]
	instances []record[currents.Instance]
	links     []Link
}

// record is a document as it was loaded, which is how it is served, and decoded.
type record[T any] struct {
	raw   json.RawMessage
	value T
}

// AddProject adds a project, or replaces the one with the same id. Runs and instances of an unknown project add it.
func (s *Server) AddProject(p currents.Project) error {
	if s.zero() {
		return fake.NotMade("currentstest")
	}
	if p.ProjectID == "" {
		return errors.New("currentstest: the project has no projectId")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.IndexFunc(s.state.projects, func(have currents.Project) bool { return have.ProjectID == p.ProjectID }); i >= 0 {
		s.state.projects = slices.Clone(s.state.projects)
		s.state.projects[i] = p
		return nil
	}
	s.state.projects = append(s.state.projects, p)
	return nil
}

// AddRun adds a run, or replaces the one with the same id.
func (s *Server) AddRun(run currents.Run) error {
	raw, err := json.Marshal(run)
	if err != nil {
		return fmt.Errorf("currentstest: %w", err)
	}
	return s.LoadRun(raw)
}

// AddInstance adds an instance, or replaces the one with the same id. Instances whose run is not added form a run of
// their own.
func (s *Server) AddInstance(instance currents.Instance) error {
	raw, err := json.Marshal(instance)
	if err != nil {
		return fmt.Errorf("currentstest: %w", err)
	}
	return s.LoadInstance(raw)
}

// LoadRun adds a run as GET /runs/{runId} answers it, with or without the envelope. It is served as it is.
func (s *Server) LoadRun(data []byte) error {
	if s.zero() {
		return fake.NotMade("currentstest")
	}
	run, err := readRun(data)
	if err != nil {
		return fmt.Errorf("currentstest: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.putRun(run)
	return nil
}

// LoadInstance adds an instance as GET /instances/{instanceId} answers it, with or without the envelope. It is served as
// it is. Instances whose run is not loaded form a run of their own.
func (s *Server) LoadInstance(data []byte) error {
	if s.zero() {
		return fake.NotMade("currentstest")
	}
	instance, err := readInstance(data)
	if err != nil {
		return fmt.Errorf("currentstest: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.putInstance(instance)
	return nil
}

// RunIDs returns the ids of all runs in the order in which they came, those that instances form last.
func (s *Server) RunIDs() []string {
	var ids []string
	st := s.snapshot()
	for _, run := range st.allRuns() {
		ids = append(ids, run.value.RunID)
	}
	return ids
}

// snapshot returns a copy of the state that nothing changes any more.
func (s *Server) snapshot() state {
	s = s.open()
	defer s.mu.Unlock()
	return state{
		projects: slices.Clone(s.state.projects), runs: slices.Clone(s.state.runs),
		instances: slices.Clone(s.state.instances), links: slices.Clone(s.state.links),
	}
}

func (st *state) putRun(run record[currents.Run]) {
	st.ensureProject(run.value.ProjectID, run.value.CreatedAt)
	for i := range st.runs {
		if st.runs[i].value.RunID == run.value.RunID {
			st.runs[i] = run
			return
		}
	}
	st.runs = append(st.runs, run)
}

func (st *state) putInstance(instance record[currents.Instance]) {
	st.ensureProject(instance.value.ProjectID, instance.value.CreatedAt)
	for i := range st.instances {
		if st.instances[i].value.InstanceID == instance.value.InstanceID {
			st.instances[i] = instance
			return
		}
	}
	st.instances = append(st.instances, instance)
}

func (st *state) ensureProject(id string, created currents.Time) {
	if st.project(id) == nil {
		st.projects = append(st.projects, currents.Project{ProjectID: id, Name: id, CreatedAt: created})
	}
}

func (st *state) project(id string) *currents.Project {
	for i := range st.projects {
		if st.projects[i].ProjectID == id {
			return &st.projects[i]
		}
	}
	return nil
}

// allRuns returns the loaded runs and, after them, those that instances without a loaded run form.
func (st *state) allRuns() []record[currents.Run] {
	runs := slices.Clone(st.runs)
	known := make(map[string]bool, len(runs))
	for _, run := range runs {
		known[run.value.RunID] = true
	}
	for _, instance := range st.instances {
		if id := instance.value.RunID; !known[id] {
			known[id] = true
			runs = append(runs, runOf(st.instancesOf(id)))
		}
	}
	return runs
}

func (st *state) run(id string) (record[currents.Run], bool) {
	for _, run := range st.runs {
		if run.value.RunID == id {
			return run, true
		}
	}
	if instances := st.instancesOf(id); len(instances) > 0 {
		return runOf(instances), true
	}
	return record[currents.Run]{}, false
}

func (st *state) instancesOf(runID string) []*currents.Instance {
	var all []*currents.Instance
	for i := range st.instances {
		if st.instances[i].value.RunID == runID {
			all = append(all, &st.instances[i].value)
		}
	}
	return all
}

// readRun reads a run and checks that it is one.
func readRun(data []byte) (record[currents.Run], error) {
	var run record[currents.Run]
	var err error
	if run.raw, err = unwrap(data); err != nil {
		return run, fmt.Errorf("not a run: %w", err)
	}
	var kind struct {
		InstanceID string `json:"instanceId"`
	}
	if err := json.Unmarshal(run.raw, &kind); err != nil {
		return run, fmt.Errorf("not a run: %w", err)
	}
	if kind.InstanceID != "" {
		return run, errors.New("not a run but an instance: it has an instanceId")
	}
	if err := json.Unmarshal(run.raw, &run.value); err != nil {
		return run, fmt.Errorf("not a run: %w", err)
	}
	if run.value.RunID == "" || run.value.ProjectID == "" {
		return run, errors.New("not a run: it needs a runId and a projectId")
	}
	return run, nil
}

// readInstance reads an instance and checks that it is one.
func readInstance(data []byte) (record[currents.Instance], error) {
	var instance record[currents.Instance]
	var err error
	if instance.raw, err = unwrap(data); err != nil {
		return instance, fmt.Errorf("not an instance: %w", err)
	}
	if err := json.Unmarshal(instance.raw, &instance.value); err != nil {
		return instance, fmt.Errorf("not an instance: %w", err)
	}
	if v := &instance.value; v.InstanceID == "" || v.RunID == "" || v.ProjectID == "" {
		return instance, errors.New("not an instance: it needs an instanceId, a runId and a projectId")
	}
	return instance, nil
}

// unwrap takes a document out of the envelope of Currents, if it is in one.
func unwrap(data []byte) (json.RawMessage, error) {
	var envelope struct {
		Status string          `json:"status"`
		Error  string          `json:"error"`
		Data   json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(data, &envelope); err != nil {
		return nil, err
	}
	if envelope.Status == "FAILED" && envelope.Error != "" {
		return nil, fmt.Errorf("it is an error answer: %s", envelope.Error)
	}
	if len(envelope.Data) > 0 {
		data = envelope.Data
	}
	data = bytes.TrimSpace(data)
	if len(data) == 0 || data[0] != '{' {
		return nil, errors.New("want a JSON object")
	}
	return slices.Clone(data), nil
}
