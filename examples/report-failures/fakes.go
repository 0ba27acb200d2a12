package main

import (
	"embed"
	"encoding/json"
	"io/fs"
	"os"
	"slices"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/client/currents/currentstest"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// shipped is a run for those who have no account at hand: three failing tests in two spec files, one of them flaky.
//
//go:embed testdata/*.json
var shipped embed.FS

// fakes are the two services in this process. The fake Currents writes into the fake Jira, as the real one does.
type fakes struct {
	currents *currentstest.Server
	jira     *jiratest.Server
	state    *program.State // nil when nothing is kept
}

func connectFakes(set *settings) (*services, error) {
	jc, site, err := program.FakeJira()
	if err != nil {
		return nil, err
	}
	f := &fakes{currents: currentstest.NewServer(currentstest.WithoutListener(), currentstest.WithJira(jiraSite{jc})), jira: site}
	sv := &services{jira: jc, close: f.close}
	sv.currents, err = currents.New(client.Bearer(currentstest.APIKey), client.WithTransport(f.currents.Transport()))
	if err == nil && set.state != "" {
		err = f.restore(set.state)
	}
	if err == nil {
		sv.runs, err = f.load(set)
	}
	if err != nil {
		f.close()
		return nil, err
	}
	if set.installation == "" {
		set.installation = currentstest.InstallationID
	}
	if set.jiraProject == "" {
		set.jiraProject = "WEB"
	}
	if set.project != "" && set.run == "" && len(set.runFiles)+len(set.instanceFiles) == 0 {
		sv.runs = nil // the newest run of the project
	}
	if set.state != "" && !set.dryRun {
		sv.save = f.save
	}
	return sv, nil
}

func (f *fakes) close() {
	f.currents.Close()
	f.jira.Close()
}

// load fills the fake Currents and returns the runs to report: those of the files, else those of the kept state, else the
// one that ships with the program.
func (f *fakes) load(set *settings) ([]string, error) {
	if len(set.runFiles)+len(set.instanceFiles) > 0 {
		return f.loadFiles(os.ReadFile, set.runFiles, set.instanceFiles)
	}
	if kept := f.currents.RunIDs(); len(kept) > 0 {
		return kept, nil
	}
	instances, err := fs.Glob(shipped, "testdata/instance-*.json")
	if err != nil {
		return nil, err
	}
	return f.loadFiles(shipped.ReadFile, []string{"testdata/run.json"}, instances)
}

func (f *fakes) loadFiles(read func(string) ([]byte, error), runs, instances []string) ([]string, error) {
	var ids []string
	load := func(name, what string, into func([]byte) error) error {
		data, err := read(name)
		if err != nil {
			return program.UsageError{Err: err}
		}
		if err := into(data); err != nil {
			return program.Usagef("%s is not a recorded %s: %w", name, what, err)
		}
		if id := runID(data); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
		return nil
	}
	for _, name := range runs {
		if err := load(name, "run", f.currents.LoadRun); err != nil {
			return nil, err
		}
	}
	for _, name := range instances {
		if err := load(name, "instance", f.currents.LoadInstance); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// runID returns the run that recorded data belongs to, with or without the envelope around it.
func runID(data []byte) string {
	var v struct {
		RunID string
		Data  struct{ RunID string }
	}
	_ = json.Unmarshal(data, &v) // the fake has accepted it
	if v.Data.RunID != "" {
		return v.Data.RunID
	}
	return v.RunID
}

// kept is the form of a state file.
type kept struct {
	Currents json.RawMessage `json:"currents"`
	Jira     json.RawMessage `json:"jira"`
}

// restore loads a state file; none is a fresh start.
func (f *fakes) restore(name string) (err error) {
	if f.state, err = program.OpenState(name); err != nil || f.state.Data == nil {
		return err
	}
	var k kept
	if json.Unmarshal(f.state.Data, &k) != nil || k.Currents == nil || k.Jira == nil ||
		f.currents.Restore(k.Currents) != nil || f.jira.Restore(k.Jira) != nil {
		return f.state.Foreign()
	}
	return nil
}

// save writes the state file.
func (f *fakes) save() error {
	var k kept
	var err error
	if k.Currents, err = f.currents.Snapshot(); err != nil {
		return err
	}
	if k.Jira, err = f.jira.Snapshot(); err != nil {
		return err
	}
	data, err := json.Marshal(k)
	if err != nil {
		return err
	}
	return f.state.Write(data)
}
