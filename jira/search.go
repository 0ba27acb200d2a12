package jira

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net/http"
	"regexp"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
)

// SearchOptions say what a search returns of each issue, and how. The zero value and nil ask for the fields of the issue
// navigator, a hundred issues a page.
type SearchOptions struct {
	// Fields lists the fields to return, by id. "*all" is all of them, "*navigable" those of the issue navigator, and a
	// minus sign leaves one out: "-description". Default *navigable. Fewer fields make a search cheaper.
	Fields []string
	// FieldsByKeys makes Fields list keys of fields instead of ids.
	FieldsByKeys bool
	// Expand adds renderedFields, names, schema, transitions, operations, editmeta, changelog or versionedRepresentations,
	// separated by commas.
	Expand string
	// Properties lists up to 5 issue properties to return.
	Properties []string
	// PageSize is the number of issues to ask for at a time, at most 5,000. The server gives fewer when many fields are
	// asked for. Default 100.
	PageSize int
	// StableOrder makes the key the last criterion of the order, so that pages do not overlap when issues are equal in all
	// others.
	StableOrder bool
	// ReconcileIssues lists the ids of up to 50 issues whose latest changes must count: the index lags behind writes.
	ReconcileIssues []int64
}

const defaultPageSize = 100

// Search iterates over the issues that a query finds. Jira wants the query to be bounded: it needs at least one
// restriction. The next page is fetched while the caller works on one, and an issue that moves between pages meanwhile is
// yielded once. The index lags behind writes by seconds: see [SearchOptions.ReconcileIssues].
//
// POST /rest/api/3/search/jql, one request per page.
func (s *IssuesService) Search(ctx context.Context, jql string, opts *SearchOptions) iter.Seq2[*Issue, error] {
	const (
		op   = "Issues.Search"
		path = "/rest/api/3/search/jql"
	)
	in := opts.input(jql)
	return client.Iterate(ctx, (*service)(s).api(), op, "", func(ctx context.Context, token string) (client.Page[*Issue, string], error) {
		in := in
		in.NextPageToken = token
		var page searchPage
		r := client.NewRequest(op, http.MethodPost, path).JSON(in).Safe()
		if err := (*service)(s).api().Do(ctx, r, &page); err != nil {
			return client.Page[*Issue, string]{}, err
		}
		return client.Page[*Issue, string]{
			Items: func() ([]*Issue, error) {
				issues, err := page.decode()
				if err != nil {
					e := client.Failed(op, fmt.Errorf("the answer cannot be decoded: %w", err))
					e.Method, e.Path, e.Status = http.MethodPost, path, http.StatusOK
					return nil, e
				}
				return issues, nil
			},
			More: page.token != "" && !page.last,
			Next: page.token,
			Key:  func(i *Issue) string { return cmp.Or(i.ID, i.Key) },
		}, nil
	})
}

func (o *SearchOptions) input(jql string) SearchInput {
	if o == nil {
		o = &SearchOptions{}
	}
	in := SearchInput{
		JQL: jql, Fields: o.Fields, FieldsByKeys: o.FieldsByKeys, Expand: o.Expand, Properties: o.Properties,
		MaxResults: o.PageSize, ReconcileIssues: o.ReconcileIssues,
	}
	if len(in.Fields) == 0 {
		in.Fields = []string{"*navigable"}
	}
	if in.MaxResults <= 0 {
		in.MaxResults = defaultPageSize
	}
	if o.StableOrder {
		in.JQL = stableOrder(jql)
	}
	return in
}

// quoted matches the strings of a query, in which words mean nothing.
var (
	quoted   = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`)
	orderBy  = regexp.MustCompile(`(?is)\border\s+by\b(.*)`)
	orderKey = regexp.MustCompile(`(?i)\b(?:issue)?key\b`)
)

func stableOrder(jql string) string {
	order := orderBy.FindStringSubmatch(quoted.ReplaceAllString(jql, `""`))
	switch {
	case order == nil:
		return strings.TrimSpace(jql + " ORDER BY key ASC")
	case orderKey.MatchString(order[1]):
		return jql
	}
	return jql + ", key ASC"
}
