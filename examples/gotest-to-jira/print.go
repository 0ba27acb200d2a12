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
	stdout, stderr io.Writer
	json           bool
}

// say tells people something; among JSON it would be in the way.
func (p *printer) say(text string) {
	w := p.stdout
	if p.json {
		w = p.stderr
	}
	fmt.Fprintln(w, text)
}

// print writes all rows and returns the number of those that failed.
func (p *printer) print(rows []*row) int {
	if p.json {
		enc := json.NewEncoder(p.stdout)
		enc.SetEscapeHTML(false)
		for _, r := range rows {
			_ = enc.Encode(r) // a closed pipe: nobody reads any more
		}
	} else {
		w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "FAILURE\tRESULT\tISSUE\tURL")
		for _, r := range rows {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", program.Plain(r.name), r.Result, program.Dash(r.Issue), program.Dash(program.Plain(r.URL)))
		}
		_ = w.Flush()
	}
	bad := 0
	for _, r := range rows {
		for _, note := range r.notes {
			fmt.Fprintf(p.stderr, "%s: %s\n", program.Plain(r.name), program.Plain(note))
		}
		if r.Result == failed {
			bad++
			if !p.json {
				fmt.Fprintf(p.stderr, "%s: %s\n", program.Plain(r.name), program.Plain(r.Error))
			}
		}
	}
	return bad
}
