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

	results []string
}

// say tells people something; among JSON it would be in the way.
func (p *printer) say(format string, args ...any) {
	var w io.Writer = p.stdout
	if p.json {
		w = p.stderr
	}
	fmt.Fprintf(w, format+"\n", args...)
}

// print writes all rows and returns the number of those that failed. A reason that is told elsewhere is not repeated.
func (p *printer) print(rows []*row, told error) int {
	var reasons program.Reasons
	bad := 0
	for _, r := range rows {
		p.results = append(p.results, r.Result)
		if r.Result == failed {
			bad++
			reasons.Add(r.Test, r.Error)
		}
	}
	if p.json {
		enc := json.NewEncoder(p.stdout)
		enc.SetEscapeHTML(false)
		for _, r := range rows {
			_ = enc.Encode(r) // stdout keeps the error
		}
		return bad
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TEST\tRESULT\tISSUE\tURL")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", program.Plain(r.Test), r.Result, program.Dash(r.Issue), program.Dash(program.Plain(r.URL)))
	}
	_ = w.Flush()
	reasons.Print(p.stderr, told)
	return bad
}

// tally says in a word what became of the tests.
func (p *printer) tally() string {
	if len(p.results) == 0 {
		return "no failing tests"
	}
	return program.Tally(p.results)
}
