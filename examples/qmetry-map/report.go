package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/qmetry"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
)

// The results of a row.
const (
	ok         = "ok"
	unmapped   = "unmapped"   // nothing fills one of the mandatory fields
	uncompared = "uncompared" // it is of another Jira than the one to compare with
	drifted    = "drifted"    // Jira no longer has what is mapped
	failed     = "failed"     // could not be read
)

// row is what one kind of thing in QMetry, a module, is in one project of Jira. A site without projects, and a project
// without modules, has a row too.
type row struct {
	Instance   string   `json:"instance"`
	InstanceID int      `json:"instanceId"`
	URL        string   `json:"url,omitempty"`
	Project    string   `json:"project,omitempty"`
	ProjectID  string   `json:"projectId,omitempty"`
	Module     string   `json:"module,omitempty"`
	Type       string   `json:"type,omitempty"`
	TypeID     string   `json:"typeId,omitempty"`
	JQL        string   `json:"jql,omitempty"`
	Unmapped   []string `json:"unmapped,omitempty"`
	Compared   bool     `json:"compared"` // with Jira
	Drift      []string `json:"drift,omitempty"`
	Result     string   `json:"result"`
	Error      string   `json:"error,omitempty"`
}

// readMap reads the mapping of each Jira. An error ends it; the rows until then are valid.
func readMap(ctx context.Context, qc *qmetry.Client, site *site, stderr io.Writer) ([]*row, error) {
	instances, err := qc.Integrations.Details(ctx, nil)
	if err != nil {
		return nil, err
	}
	var rows []*row
	for _, in := range instances {
		if !strings.Contains(strings.ToLower(in.InstanceType), "jira") {
			continue
		}
		head := row{Instance: cmp.Or(in.Alias, in.InstanceURL), InstanceID: in.InstanceID, URL: in.InstanceURL, Result: ok}
		compared := site
		if site != nil && !site.is(in.InstanceURL) {
			compared, head.Result = nil, uncompared
			fmt.Fprintf(stderr, "%s is at %s, not at %s: not compared.\n", program.Plain(head.Instance),
				program.Plain(program.Dash(in.InstanceURL)), program.Plain(site.url))
		}
		more, err := readInstance(ctx, qc, compared, head)
		if ctx.Err() != nil {
			return rows, ctx.Err()
		}
		if err != nil {
			head.Result, head.Error = failed, err.Error()
			more = []*row{&head}
		}
		rows = append(rows, more...)
	}
	if len(rows) == 0 {
		fmt.Fprintf(stderr, "No Jira among %s that QMetry is connected to.\n", program.Count(len(instances), "system"))
	}
	return rows, nil
}

func readInstance(ctx context.Context, qc *qmetry.Client, site *site, head row) ([]*row, error) {
	found, err := qc.Integrations.Details(ctx, &qmetry.InstanceQuery{Instance: head.InstanceID, FetchFields: true})
	if err != nil {
		return nil, err
	}
	var rows []*row
	for _, in := range found {
		for _, p := range in.ExternalProjects {
			r := head
			r.Project, r.ProjectID = p.ProjectName, string(p.ProjectID)
			if site != nil {
				r.Compared = true
				r.Drift, err = site.project(ctx, r.ProjectID)
				if ctx.Err() != nil {
					return nil, err
				}
				if err != nil {
					r.Result, r.Error = failed, err.Error() // of this project only
				}
			}
			rows = append(rows, readModules(p.Modules, site, r)...)
		}
	}
	if len(rows) == 0 {
		rows = append(rows, &head)
	}
	return rows, nil
}

// readModules makes a row of each module that a project has.
func readModules(modules qmetry.Modules, site *site, project row) []*row {
	var rows []*row
	for _, m := range []struct {
		name string
		qmetry.Module
	}{{"requirement", modules.Requirement}, {"issue", modules.Issue}} {
		if m.ID == "" && m.Name == "" && len(m.Fields) == 0 {
			continue
		}
		r := project
		r.Module, r.Type, r.TypeID, r.JQL = m.name, m.Name, string(m.ID), m.JQLFilter
		r.Drift = slices.Clone(project.Drift)
		for _, f := range m.Fields {
			if f.Mandatory && !f.Mapped {
				r.Unmapped = append(r.Unmapped, cmp.Or(f.FieldName, string(f.FieldID)))
			}
			if site != nil && f.Mapped && !site.fields[string(f.FieldID)] {
				r.Drift = append(r.Drift, fmt.Sprintf("field %s (%s) is not in Jira", f.FieldID, f.FieldName))
			}
		}
		rows = append(rows, &r)
	}
	if len(rows) == 0 {
		rows = append(rows, &project)
	}
	for _, r := range rows {
		switch {
		case r.Result != ok:
		case len(r.Drift) > 0:
			r.Result = drifted
		case len(r.Unmapped) > 0:
			r.Result = unmapped
		}
	}
	return rows
}

// site is the Jira that is compared with.
type site struct {
	client *jira.Client
	url    string
	hosts  []string
	fields map[string]bool // by id
}

// openSite asks Jira who it is, also where it is reached through the gateway, and which fields it has.
func openSite(ctx context.Context, jc *jira.Client) (*site, error) {
	info, err := jc.Server.Info(ctx)
	if err != nil {
		return nil, err
	}
	s := &site{client: jc, url: info.BaseURL, hosts: []string{host(info.BaseURL), host(info.DisplayURL)}, fields: map[string]bool{}}
	all, err := jc.Fields.List(ctx)
	for _, f := range all {
		s.fields[f.ID] = true
	}
	return s, err
}

// host returns the host of an address, which may lack its scheme, with its port unless that is the default.
func host(address string) string {
	address = strings.TrimSpace(address)
	if !strings.Contains(address, "://") {
		address = "//" + address
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	h := strings.ToLower(u.Host)
	for scheme, port := range map[string]string{"https": ":443", "http": ":80"} {
		if u.Scheme == scheme || u.Scheme == "" {
			h = strings.TrimSuffix(h, port)
		}
	}
	return h
}

// is reports whether the site has this address.
func (s *site) is(address string) bool {
	h := host(address)
	return h != "" && slices.Contains(s.hosts, h)
}

// project says what has become of a project; nothing if it is there.
func (s *site) project(ctx context.Context, id string) ([]string, error) {
	if id == "" {
		return []string{"the mapping does not say which project it is for"}, nil
	}
	_, err := s.client.Projects.Get(ctx, id, nil)
	if errors.Is(err, client.ErrNotFound) {
		return []string{fmt.Sprintf("project %s is not in Jira, or this account may not see it", id)}, nil
	}
	return nil, err
}
