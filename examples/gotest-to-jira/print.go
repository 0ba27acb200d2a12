package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
)

// printer writes the report: a table for people, or one JSON object per line.
type printer struct {
	stdout *program.Output
	stderr io.Writer
	json   bool

	rows []*row
}

// say tells people something; among JSON it would be in the way.
func (p *printer) say(text string) {
	var w io.Writer = p.stdout
	if p.json {
		w = p.stderr
	}
	fmt.Fprintln(w, text)
}

// add takes in a row. As JSON it is written at once, for the table all must be there.
func (p *printer) add(r *row) {
	p.rows = append(p.rows, r)
	if p.json {
		enc := json.NewEncoder(p.stdout)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(r) // stdout keeps the error
	}
}

// print writes what is left to write and returns the number of rows that failed. A reason that is told elsewhere is not
// repeated.
func (p *printer) print(told error) int {
	if !p.json {
		w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "FAILURE\tRESULT\tISSUE\tURL")
		for _, r := range p.rows {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", program.Plain(r.name), r.Result, program.Dash(r.Issue), program.Dash(program.Plain(r.URL)))
		}
		_ = w.Flush()
	}
	var reasons program.Reasons
	bad := 0
	for _, r := range p.rows {
		if r.Result == failed {
			bad++
			reasons.Add(r.name, r.Error)
		}
		if !p.json {
			for _, note := range r.Notes {
				fmt.Fprintf(p.stderr, "%s: %s\n", program.Plain(r.name), program.Plain(note))
			}
		}
	}
	if !p.json {
		reasons.Print(p.stderr, told)
	}
	return bad
}

// tally says in a word what became of the failures.
func (p *printer) tally() string {
	if len(p.rows) == 0 {
		return "no failing tests"
	}
	results := make([]string, len(p.rows))
	for i, r := range p.rows {
		results[i] = r.Result
	}
	return program.Tally(results)
}
