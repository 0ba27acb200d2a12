package jiratest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxFound is the largest page of a search, and maxFull what it gives at most when more than ids and keys are wanted.
	maxFound = 5000
	maxFull  = 100
)

// search is what both forms of the search operation ask for.
type search struct {
	jql, token         string
	size               int
	fields, properties []string
	expand             []string
	reconcile          []string
}

func (c *call) searchGet() (any, error) {
	size, err := c.integer("maxResults", 50)
	if err != nil {
		return nil, err
	}
	return c.search(search{
		jql: c.q.Get("jql"), token: c.q.Get("nextPageToken"), size: size, fields: c.values("fields"),
		properties: c.values("properties"), expand: c.values("expand"), reconcile: c.values("reconcileIssues"),
	})
}

func (c *call) searchPost() (any, error) {
	var in struct {
		JQL             string        `json:"jql"`
		NextPageToken   string        `json:"nextPageToken"`
		MaxResults      *int          `json:"maxResults"`
		Fields          []string      `json:"fields"`
		Properties      []string      `json:"properties"`
		Expand          string        `json:"expand"` // one string, not a list
		FieldsByKeys    bool          `json:"fieldsByKeys"`
		FailFast        bool          `json:"failFast"`
		ReconcileIssues []json.Number `json:"reconcileIssues"`
	}
	data, err := json.Marshal(c.object())
	if err == nil {
		err = json.Unmarshal(data, &in)
	}
	if err != nil {
		return nil, fail(http.StatusBadRequest, "jiratest: %v", err)
	}
	wanted := search{
		jql: in.JQL, token: in.NextPageToken, size: 50, fields: in.Fields, properties: in.Properties, expand: commaList([]string{in.Expand}),
	}
	if in.MaxResults != nil {
		wanted.size = *in.MaxResults
	}
	for _, id := range in.ReconcileIssues {
		wanted.reconcile = append(wanted.reconcile, id.String())
	}
	return c.search(wanted)
}

func (c *call) search(wanted search) (any, error) {
	switch {
	case wanted.size < 1 || wanted.size > maxFound:
		return nil, fail(http.StatusBadRequest, "The maxResults parameter must be between 1 and %d.", maxFound)
	case len(wanted.properties) > 5:
		return nil, fail(http.StatusBadRequest, "The properties parameter has more than 5 entries.")
	case len(wanted.reconcile) > 50:
		return nil, fail(http.StatusBadRequest, "The reconcileIssues parameter has more than 50 entries.")
	}
	found, err := c.find(wanted.jql, wanted.reconcile)
	if err != nil {
		return nil, err
	}
	from, err := openToken(wanted.token, wanted.jql)
	if err != nil {
		return nil, err
	}
	names := len(wanted.fields) == 0 || !slices.ContainsFunc(wanted.fields, func(name string) bool { return name != "id" && name != "key" })
	idOnly := names && !slices.Contains(wanted.fields, "key")
	if !names {
		wanted.size = min(wanted.size, maxFull)
	}
	from = min(from, len(found))
	to := min(from+wanted.size, len(found))

	selected := c.selectFields(wanted.fields, "*navigable")
	if names {
		selected = nil
	}
	perIssue := slices.DeleteFunc(slices.Clone(wanted.expand), func(name string) bool { return name == "names" || name == "schema" })
	answer := doc{"isLast": to == len(found)}
	answer["issues"] = each(found[from:to], func(is *issue) any {
		if idOnly && len(wanted.properties) == 0 && len(wanted.expand) == 0 {
			return doc{"id": is.ID}
		}
		d := c.issueDoc(is, selected, perIssue, wanted.properties)
		if names {
			delete(d, "fields")
		}
		return d
	})
	if to < len(found) {
		answer["nextPageToken"] = sealToken(to, wanted.jql)
	}
	c.describe(answer, selected, wanted.expand)
	return answer, nil
}

// describe adds the names and types of the selected fields to a page, if asked for.
func (c *call) describe(answer doc, selected map[string]bool, expand []string) {
	of := map[string]func(f *field) any{
		"names":  func(f *field) any { return f.Name },
		"schema": func(f *field) any { return f.schema() },
	}
	for name, part := range of {
		if !slices.Contains(expand, name) || len(selected) == 0 {
			continue
		}
		about := doc{}
		for _, f := range c.st.Fields {
			if selected[f.ID] {
				about[f.ID] = part(f)
			}
		}
		answer[name] = about
	}
}

// find returns the issues that match a query, as search knows them and in its order.
func (c *call) find(jql string, fresh []string) ([]*issue, error) {
	q, err := parseJQL(jql)
	if err != nil {
		return nil, fail(http.StatusBadRequest, "%v", err)
	}
	if q.where == nil {
		return nil, fail(http.StatusBadRequest, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
	}
	if c.st.Myself == "" {
		return nil, nil // nobody sees anything
	}
	matches, sort, err := c.compile(q)
	if err != nil {
		return nil, fail(http.StatusBadRequest, "%v", err)
	}
	var found []*issue
	among, few := c.candidates(q.where)
	if !few {
		among = c.st.Issues
	}
	for _, is := range among {
		if shown := c.searchable(is, fresh); shown != nil && matches(shown) {
			found = append(found, shown)
		}
	}
	sort(found)
	return found, nil
}

// pageToken says where the next page begins. It belongs to one query.
type pageToken struct {
	From  int    `json:"f"`
	Query string `json:"q"`
}

func fingerprint(jql string) string {
	sum := sha256.Sum256([]byte(jql))
	return hex.EncodeToString(sum[:8])
}

func sealToken(from int, jql string) string {
	data, err := json.Marshal(pageToken{from, fingerprint(jql)})
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

func openToken(token, jql string) (int, error) {
	if token == "" {
		return 0, nil
	}
	data, err := base64.RawURLEncoding.DecodeString(token)
	var t pageToken
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	if err != nil || t.From < 0 || t.Query != fingerprint(jql) {
		return 0, fail(http.StatusBadRequest, "The provided next page token is invalid or expired.")
	}
	return t.From, nil
}

func (c *call) countIssues() (any, error) {
	found, err := c.find(text(c.object()["jql"]), nil)
	if err != nil {
		return nil, err
	}
	return doc{"count": len(found)}, nil
}

// pickIssue suggests issues whose key or summary contains the query: those in the history, which are the latest
// changed here, and those that the given JQL finds.
func (c *call) pickIssue() (any, error) {
	query := strings.ToLower(c.q.Get("query"))
	subtasks, err := c.flag("showSubTasks", true)
	if err != nil {
		return nil, err
	}
	suggest := func(id, label string, among []*issue) doc {
		issues := []any{}
		for _, is := range among {
			summary := text(is.Fields["summary"])
			switch t := c.st.issueType(text(is.Fields["issuetype"])); {
			case !strings.Contains(strings.ToLower(is.Key), query) && !strings.Contains(strings.ToLower(summary), query):
			case strings.EqualFold(is.Key, c.q.Get("currentIssueKey")), !subtasks && t.Level < 0, len(issues) == 20:
			case c.q.Get("currentProjectId") != "" && is.Fields["project"] != c.q.Get("currentProjectId"):
			default:
				issues = append(issues, doc{
					"id": number64(is.ID), "key": is.Key, "keyHtml": is.Key, "img": "/images/icons/issuetypes/" + t.ID + ".svg",
					"summary": summary, "summaryText": summary,
				})
			}
		}
		section := doc{"id": id, "label": label, "sub": "Showing " + strconv.Itoa(len(issues)) + " issues", "issues": issues}
		if len(issues) == 0 {
			delete(section, "sub")
			section["msg"] = "No matching issues found"
		}
		return section
	}
	latest := slices.Clone(c.st.Issues)
	slices.SortStableFunc(latest, func(a, b *issue) int { return strings.Compare(text(b.Fields["updated"]), text(a.Fields["updated"])) })
	sections := []any{suggest("hs", "History Search", latest)}
	if jql := c.q.Get("currentJQL"); jql != "" {
		found, err := c.find(jql, nil)
		if err != nil {
			return nil, err
		}
		sections = append(sections, suggest("cs", "Current Search", found))
	}
	return doc{"sections": sections}, nil
}
