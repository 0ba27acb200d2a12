package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
)

// printer writes a line for each action.
type printer struct {
	w    *program.Output
	json bool
}

// row is what -json prints.
type row struct {
	Integration string   `json:"integration"`
	Action      string   `json:"action"`
	Type        string   `json:"type"`
	Direction   string   `json:"direction"`
	ID          string   `json:"id,omitempty"`
	Result      string   `json:"result"`
	Changes     []string `json:"changes,omitempty"`
	Untold      bool     `json:"enabledNotTold,omitempty"` // by the server
	Error       string   `json:"error,omitempty"`
}

// print writes what will become of the actions, or what has.
func (o *printer) print(p *plan) {
	enc := json.NewEncoder(o.w)
	enc.SetEscapeHTML(false)
	for _, s := range p.steps {
		changes := slices.Clone(s.changes)
		if s.moves {
			changes = append(changes, "order")
		}
		if o.json {
			r := row{p.integration.ID, s.name, s.kind, string(s.direction), s.id, s.result, changes, s.silent, ""}
			if s.err != nil {
				r.Error = s.err.Error()
			}
			_ = enc.Encode(r) // the output keeps the error
			continue
		}
		if i := slices.Index(changes, "enabled"); s.silent && i >= 0 {
			changes[i] = "enabled, which the server does not tell"
		}
		line := fmt.Sprintf("%-12s  %-8s  %-12s  %s  %s", s.result, s.direction, s.kind, program.Dash(s.id), s.name)
		if len(changes) > 0 {
			line += "  (" + strings.Join(changes, ", ") + ")"
		}
		fmt.Fprintln(o.w, program.Plain(line))
	}
}

// err is why the output could not be written.
func (o *printer) err(p *plan) error {
	var results []string
	for _, s := range p.steps {
		results = append(results, s.result)
	}
	return o.w.Err(program.Tally(results))
}
