package jiratest

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// into decodes the body of a request into a struct and refuses what it has no field for.
func (c *call) into(v any) error {
	data, err := json.Marshal(c.object())
	if err == nil {
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.DisallowUnknownFields()
		err = dec.Decode(v)
	}
	if err != nil {
		return fail(http.StatusBadRequest, "jiratest: malformed body: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// matchIssues holds issues, as search knows them, against queries. Issues that do not exist match nothing.
func (c *call) matchIssues() (any, error) {
	var in struct {
		IssueIDs []int64  `json:"issueIds"`
		JQLs     []string `json:"jqls"`
	}
	if err := c.into(&in); err != nil {
		return nil, err
	}
	if in.IssueIDs == nil || in.JQLs == nil {
		return nil, fail(http.StatusBadRequest, "The issueIds and jqls have to be provided.")
	}
	return doc{"matches": each(in.JQLs, func(jql string) any {
		found, problems := []int64{}, []string{}
		matches, err := c.condition(jql)
		if err != nil {
			problems = append(problems, err.Error())
		}
		for _, id := range in.IssueIDs {
			for _, is := range c.st.Issues {
				if err != nil || number64(is.ID) != id || slices.Contains(found, id) {
					continue
				}
				if shown := c.searchable(is, nil); shown != nil && matches(shown) {
					found = append(found, id)
				}
			}
		}
		return doc{"matchedIssues": found, "errors": problems}
	})}, nil
}

// condition turns a query, which need not be bounded, into a test.
func (c *call) condition(jql string) (predicate, error) {
	q, err := parseJQL(jql)
	if err != nil {
		return nil, err
	}
	if q.where == nil {
		q.where = &jqlNode{} // all of nothing
	}
	matches, _, err := c.compile(q)
	return matches, err
}

func (c *call) parseQueries() (any, error) {
	var in struct {
		Queries []string `json:"queries"`
	}
	if err := c.into(&in); err != nil {
		return nil, err
	}
	validation := c.q.Get("validation")
	if !slices.Contains([]string{"strict", "warn", "none"}, validation) {
		return nil, fail(http.StatusBadRequest, "The validation parameter must be one of strict, warn and none, not '%s'.", validation)
	}
	if len(in.Queries) == 0 || slices.Contains(in.Queries, "") {
		return nil, fail(http.StatusBadRequest, "The queries have to be provided.")
	}
	return doc{"queries": each(in.Queries, func(jql string) any { return c.parsed(jql, validation) })}, nil
}

// parsed describes a query. A value that does not exist is worth a warning, but a strict parser gives no structure then
// either.
func (c *call) parsed(jql, validation string) doc {
	d := doc{"query": jql}
	structure, err := parseStructure(jql)
	if err != nil {
		d["errors"] = []string{err.Error()}
		return d
	}
	var wrong, odd []string
	if validation != "none" {
		wrong, odd = c.problems(structure)
	}
	if len(wrong) > 0 {
		d["errors"] = wrong
	}
	if len(odd) > 0 {
		d["warnings"] = odd
	}
	if validation != "strict" || len(wrong)+len(odd) == 0 {
		d["structure"] = structure.doc()
	}
	return d
}

// problems looks at each clause of a query by itself.
func (c *call) problems(q *jqlQuery) (wrong, odd []string) {
	note := func(err error) {
		missing := missingValue("")
		switch {
		case err == nil:
		case errors.As(err, &missing):
			odd = append(odd, err.Error())
		default:
			wrong = append(wrong, err.Error())
		}
	}
	for clause := range q.where.clauses {
		_, err := c.compileClause(clause)
		note(err)
	}
	for _, order := range q.order {
		_, err := c.compileOrder([]jqlOrder{order})
		note(err)
	}
	sortedOnce := func(all []string) []string {
		slices.Sort(all)
		return slices.Compact(all)
	}
	return sortedOnce(wrong), sortedOnce(odd)
}

// migrateQueries puts account ids in place of what users were called before they had any: see formerName.
func (c *call) migrateQueries() (any, error) {
	var in struct {
		Queries []string `json:"queryStrings"`
	}
	if err := c.into(&in); err != nil {
		return nil, err
	}
	if len(in.Queries) == 0 || len(in.Queries) > 100 {
		return nil, fail(http.StatusBadRequest, "The number of queries must be between 1 and 100.")
	}
	converted, unknown := []string{}, []any{}
	for _, jql := range in.Queries {
		q, err := parseStructure(jql)
		if err != nil {
			return nil, fail(http.StatusBadRequest, "%v", err)
		}
		strangers := false
		result := replaceValues(jql, q, func(clause *jqlClause, value jqlValue) string {
			f, err := c.jqlField(clause.field)
			if err != nil || f.jqlKind() != "user" || c.st.user(value.text) != nil {
				return value.text
			}
			for _, u := range c.st.Users {
				if u.formerName() != "" && strings.EqualFold(u.formerName(), value.text) {
					return u.ID
				}
			}
			strangers = true
			return "unknown"
		})
		if strangers {
			unknown = append(unknown, doc{"originalQuery": jql, "convertedQuery": result})
			continue
		}
		converted = append(converted, result)
	}
	return doc{"queryStrings": converted, "queriesWithUnknownUsers": unknown}, nil
}

// formerName is the name that the fake's user had on the server product: what is before the @ of the address.
func (u *user) formerName() string {
	name, _, _ := strings.Cut(u.Email, "@")
	return name
}

// sanitizeQueries hides the names of projects, components and versions from those who may not see them. On this site
// everybody who is signed in may.
func (c *call) sanitizeQueries() (any, error) {
	var in struct {
		Queries []struct {
			Query     string `json:"query"`
			AccountID string `json:"accountId"`
		} `json:"queries"`
	}
	if err := c.into(&in); err != nil {
		return nil, err
	}
	if len(in.Queries) == 0 || len(in.Queries) > 20 {
		return nil, fail(http.StatusBadRequest, "The number of queries has to be between 1 and 20.")
	}
	answers := []any{}
	for i, wanted := range in.Queries {
		if slices.Contains(in.Queries[:i], wanted) {
			return nil, fail(http.StatusBadRequest, "The queries have to be unique.")
		}
		d := doc{"initialQuery": wanted.Query}
		if wanted.AccountID != "" {
			d["accountId"] = wanted.AccountID
		}
		q, err := parseStructure(wanted.Query)
		switch {
		case wanted.AccountID != "" && c.st.user(wanted.AccountID) == nil:
			return nil, fail(http.StatusBadRequest, "User with account ID '%s' does not exist.", wanted.AccountID)
		case err != nil:
			d["errors"] = doc{"errorMessages": []string{err.Error()}, "errors": doc{}}
		case wanted.AccountID != "":
			d["sanitizedQuery"] = wanted.Query
		default:
			d["sanitizedQuery"] = replaceValues(wanted.Query, q, c.hide)
		}
		answers = append(answers, d)
	}
	return doc{"queries": answers}, nil
}

// hide is the id of a value that only those see who may see its project.
func (c *call) hide(clause *jqlClause, value jqlValue) string {
	f, err := c.jqlField(clause.field)
	if err != nil || !slices.Contains([]string{"project", "component", "version"}, f.jqlKind()) {
		return value.text
	}
	ids, err := c.lookup(clause, value, f, f.jqlKind())
	if err != nil {
		return value.text
	}
	return text(ids[0])
}

// replaceValues puts other values into a query and leaves everything else as it was written.
func replaceValues(jql string, q *jqlQuery, replacement func(*jqlClause, jqlValue) string) string {
	runes := []rune(jql)
	var b strings.Builder
	done := 0
	for clause := range q.where.clauses {
		for _, value := range clause.values {
			if value.function || value.empty {
				continue
			}
			if other := replacement(clause, value); other != value.text {
				b.WriteString(string(runes[done:value.at-1]) + encodeJQL(other))
				done = value.end - 1
			}
		}
	}
	b.WriteString(string(runes[done:]))
	return b.String()
}
