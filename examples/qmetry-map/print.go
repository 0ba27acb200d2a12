package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
)

func printJSON(out *program.Output, rows []*row) {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, r := range rows {
		_ = enc.Encode(r) // out keeps the error
	}
}

// printTable prints a table, and below it what has drifted.
func printTable(out *program.Output, rows []*row) {
	if len(rows) == 0 {
		return
	}
	cell := func(s string) string { return program.Dash(program.Plain(s)) }
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "INSTANCE\tPROJECT\tMODULE\tTYPE\tRESULT\tUNMAPPED MANDATORY FIELDS")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", cell(r.Instance), cell(r.Project), cell(r.Module), cell(r.Type), r.Result, cell(strings.Join(r.Unmapped, ", ")))
	}
	_ = w.Flush()
	title := "\nDrifted:"
	for _, r := range rows {
		for _, d := range r.Drift {
			if title != "" {
				fmt.Fprintln(out, title)
				title = ""
			}
			fmt.Fprintf(out, "  %s: %s\n", cell(strings.Join(r.names(), ", ")), program.Plain(d))
		}
	}
}

// names is what the row is about.
func (r *row) names() []string {
	names := []string{r.Instance}
	for _, name := range []string{r.Project, r.Module} {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

// told is the error of a map that is not as it should be. Why something could not be read is told on stderr.
func told(rows []*row, stderr io.Writer) error {
	var reasons program.Reasons
	n := map[string]int{}
	for _, r := range rows {
		n[r.Result]++
		if r.Result == failed {
			reasons.Add(strings.Join(r.names(), ", "), r.Error)
			if len(r.Drift) > 0 {
				n[drifted]++
			}
		}
	}
	reasons.Print(stderr, nil)
	var problems []error
	if n[drifted] > 0 {
		problems = append(problems, fmt.Errorf("%s drifted from Jira", program.Count(n[drifted], "mapping")))
	}
	if n[failed] > 0 {
		problems = append(problems, fmt.Errorf("%s could not be read; the reasons are above", program.Count(n[failed], "mapping")))
	}
	if n[uncompared] > 0 {
		problems = append(problems, fmt.Errorf("%s not compared with Jira; the addresses are above", program.Count(n[uncompared], "mapping")))
	}
	return errors.Join(problems...)
}

// tally says in a word what there is.
func tally(rows []*row) string {
	if len(rows) == 0 {
		return "no mappings"
	}
	results := make([]string, len(rows))
	for i, r := range rows {
		results[i] = r.Result
	}
	return program.Tally(results)
}
