package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

// What became of the issue.
const (
	created     = "created"
	exists      = "exists"
	wouldCreate = "would create"
	failed      = "failed"
)

// result is what -json prints.
type result struct {
	Key         string        `json:"key,omitempty"`
	URL         string        `json:"url,omitempty"`
	Result      string        `json:"result"`
	Summary     string        `json:"summary"`
	Description *adf.Doc      `json:"description,omitempty"` // of a dry run
	Attachments []*attachment `json:"attachments,omitempty"`
	Duplicates  []string      `json:"duplicates,omitempty"`
	Errors      []string      `json:"errors,omitempty"`

	begun, keyed bool
}

// attachment is a file; it is attached when it has an id.
type attachment struct {
	File  string `json:"file"`
	ID    string `json:"id,omitempty"`
	Error string `json:"error,omitempty"`

	upload jira.Upload
}

// announce tells that the issue exists, before anything else is done with it.
func (r *result) announce(set *settings, stdout io.Writer, say func(string, ...any)) {
	switch {
	case !set.json:
		fmt.Fprintln(stdout, program.Plain(r.told()))
	case len(r.Attachments) > 0:
		say("%s", r.told())
	}
}

// told is the result in a line.
func (r *result) told() string {
	if r.Key == "" {
		return r.Result
	}
	return fmt.Sprintf("%s  %s  %s", r.Key, r.Result, program.Dash(r.URL))
}

// print writes what has not been written yet: of a dry run the description, or all as JSON. What went wrong is told
// elsewhere.
func (r *result) print(set *settings, err error, stdout io.Writer, say func(string, ...any)) {
	enc := json.NewEncoder(stdout)
	enc.SetEscapeHTML(false)
	switch {
	case errors.Is(err, context.Canceled):
		r.Errors = []string{"interrupted; " + r.rest()}
	case err != nil:
		r.Errors = strings.Split(err.Error(), "\n")
	}
	switch {
	case set.json:
		_ = enc.Encode(r) // stdout keeps the error
		return
	case set.dryRun:
		enc.SetIndent("", "  ")
		_ = enc.Encode(r.Description)
	}
	switch {
	case set.dryRun && r.Result == wouldCreate:
		say("Would create a %s in %s: %q.", set.issueType, set.project, r.Summary)
	case set.dryRun && r.Result == exists:
		say("%s exists: %s", r.Key, r.URL)
	}
}

// rest says what is left to do after an interruption.
func (r *result) rest() string {
	missing := 0
	for _, a := range r.Attachments {
		if a.ID == "" {
			missing++
		}
	}
	switch {
	case !r.begun:
		return "nothing was created: run it again"
	case r.Key == "":
		return "see above what became of the issue"
	case missing == 0:
		return r.Key + " is complete"
	}
	return fmt.Sprintf("%s is there, without %s: %s", r.Key, program.Count(missing, "file"), r.remedy())
}

// remedy says how to attach what is missing.
func (r *result) remedy() string {
	if r.keyed {
		return "run this again with the same -key, which attaches what is missing"
	}
	return "attach what is missing by hand, running this again would create a second issue"
}
