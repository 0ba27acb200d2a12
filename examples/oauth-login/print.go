package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"text/tabwriter"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
)

// most is how many issues are listed.
const most = 10

// siteRow and issueRow are what is told of a site and of an issue.
type (
	siteRow struct {
		Type   string   `json:"type"` // site
		ID     string   `json:"id"`
		Name   string   `json:"name"`
		URL    string   `json:"url"`
		Scopes []string `json:"scopes,omitempty"`
	}
	issueRow struct {
		Type    string `json:"type"` // issue
		Site    string `json:"site"`
		Key     string `json:"key"`
		Status  string `json:"status,omitempty"`
		Summary string `json:"summary"`
		URL     string `json:"url"`
	}
)

// findings are what a login allows to see.
type findings struct {
	sites  []siteRow
	chosen string // the site of the issues
	issues []issueRow
}

// find reads everything before anything is printed: a stored login may prove to be no longer good at any point.
func find(ctx context.Context, src *oauth.Source, set *settings, opts []client.Option) (*findings, error) {
	sites, err := jira.Sites(ctx, src, opts...)
	if err != nil {
		return nil, err
	}
	var f findings
	for _, s := range sites {
		f.sites = append(f.sites, siteRow{Type: "site", ID: s.ID, Name: s.Name, URL: s.URL, Scopes: s.Scopes})
	}
	site, err := choose(ctx, src, sites, set.site, opts)
	if err != nil {
		return &f, err
	}
	f.chosen = site.Name
	jc, err := jira.New(site, src, opts...)
	if err != nil {
		return &f, err
	}
	for issue, err := range jc.Issues.Search(ctx, set.jql, &jira.SearchOptions{Fields: []string{"summary", "status"}, PageSize: most}) {
		if err != nil {
			return &f, err
		}
		f.issues = append(f.issues, issueRow{
			Type: "issue", Site: site.Name, Key: issue.Key, Status: issue.Fields.Status.Name, Summary: issue.Fields.Summary, URL: jc.BrowseURL(issue.Key),
		})
		if len(f.issues) == most {
			break
		}
	}
	return &f, nil
}

// choose returns the site that is wanted, or the first.
func choose(ctx context.Context, src *oauth.Source, sites []jira.Site, wanted string, opts []client.Option) (jira.Site, error) {
	if wanted == "" && len(sites) > 0 {
		return sites[0], nil
	}
	site, err := jira.FindSite(ctx, src, wanted, opts...)
	if _, ok := errors.AsType[*jira.SiteError](err); ok && len(sites) > 0 {
		return site, program.Usagef("-site: %w", err)
	}
	return site, err
}

// printer writes the report: tables for people, or one JSON object per line.
type printer struct {
	stdout   *program.Output
	json     bool
	loggedIn bool

	mu     sync.Mutex
	stderr io.Writer
}

// say tells people something that is no result.
func (p *printer) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(p.stderr, program.Plain(fmt.Sprintf(format, args...)))
}

// report prints what was found before err, and returns what went wrong.
func (p *printer) report(f *findings, err error) error {
	if f == nil {
		return err
	}
	if p.json {
		enc := json.NewEncoder(p.stdout)
		enc.SetEscapeHTML(false)
		for _, row := range f.sites {
			_ = enc.Encode(row) // stdout keeps the error
		}
		for _, row := range f.issues {
			_ = enc.Encode(row)
		}
	} else {
		p.tables(f)
	}
	if f.chosen != "" && len(f.sites) > 1 {
		p.say("The issues are those of %s; -site names another.", f.chosen)
	}
	result := program.Count(len(f.sites), "site") + ", " + program.Count(len(f.issues), "issue")
	return errors.Join(err, p.stdout.Err(result))
}

func (p *printer) tables(f *findings) {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SITE\tURL\tCLOUD ID")
	for _, s := range f.sites {
		row(w, s.Name, s.URL, s.ID)
	}
	if len(f.issues) > 0 {
		fmt.Fprintln(w, "\nISSUE\tSTATUS\tSUMMARY")
	}
	for _, i := range f.issues {
		row(w, i.Key, i.Status, i.Summary)
	}
	_ = w.Flush()
	if f.chosen != "" && len(f.issues) == 0 {
		p.say("The query finds no issue there.")
	}
}

func row(w io.Writer, cells ...string) {
	plain := slices.Clone(cells)
	for i, cell := range plain {
		plain[i] = program.Dash(program.Plain(cell))
	}
	for _, cell := range plain[:len(plain)-1] {
		fmt.Fprint(w, cell, "\t")
	}
	fmt.Fprintln(w, plain[len(plain)-1])
}
