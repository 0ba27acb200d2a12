package currentstest

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/internal/fake"
)

// snapshotVersion changes when older snapshots can no longer be read.
const snapshotVersion = 1

// snapshotFile is the state as Snapshot writes it.
type snapshotFile struct {
	Version   int                `json:"currentstest"`
	Projects  []currents.Project `json:"projects"`
	Runs      []json.RawMessage  `json:"runs"`
	Instances []json.RawMessage  `json:"instances"`
	Links     []Link             `json:"links"`
	Site      json.RawMessage    `json:"site,omitempty"`
}

// Snapshot returns the whole state as JSON: projects, runs, instances, links and, unless [WithJira] replaced it, the
// built-in Jira. Faults and received requests are not part of it.
func (s *Server) Snapshot() ([]byte, error) {
	if s.zero() {
		return nil, fake.NotMade("currentstest")
	}
	st := s.snapshot()
	file := snapshotFile{Version: snapshotVersion, Projects: st.projects, Links: st.links}
	for _, run := range st.runs {
		file.Runs = append(file.Runs, run.raw)
	}
	for _, instance := range st.instances {
		file.Instances = append(file.Instances, instance.raw)
	}
	if s.site != nil {
		site, err := s.site.encode()
		if err != nil {
			return nil, fmt.Errorf("currentstest: %w", err)
		}
		file.Site = site
	}
	data, err := json.Marshal(file)
	if err != nil {
		return nil, fmt.Errorf("currentstest: %w", err)
	}
	return data, nil
}

// Restore replaces the whole state by that of a snapshot. If the snapshot cannot be read, the state stays as it is.
func (s *Server) Restore(data []byte) error {
	if s.zero() {
		return fake.NotMade("currentstest")
	}
	var file snapshotFile
	if err := json.Unmarshal(data, &file); err != nil {
		return fmt.Errorf("currentstest: not a snapshot: %w", err)
	}
	if file.Version != snapshotVersion {
		return fmt.Errorf("currentstest: not a snapshot of version %d", snapshotVersion)
	}
	st := state{projects: file.Projects, links: file.Links}
	for i, raw := range file.Runs {
		run, err := readRun(raw)
		if err != nil {
			return fmt.Errorf("currentstest: run %d of the snapshot: %w", i, err)
		}
		st.putRun(run)
	}
	for i, raw := range file.Instances {
		instance, err := readInstance(raw)
		if err != nil {
			return fmt.Errorf("currentstest: instance %d of the snapshot: %w", i, err)
		}
		st.putInstance(instance)
	}
	var site siteState
	if s.site != nil && len(file.Site) > 0 {
		var err error
		if site, err = decodeSite(file.Site); err != nil {
			return fmt.Errorf("currentstest: the Jira of the snapshot: %w", err)
		}
	} else if s.site != nil {
		return errors.New("currentstest: the snapshot has no built-in Jira: it was taken of a server with another one")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = st
	if s.site != nil {
		s.site.set(site)
	}
	return nil
}
