package jiratest

import (
	"net/http"
	"slices"
	"strings"
)

const (
	maxBulkFetch  = 100 // issues at once
	maxProperties = 5   // of issues, in one answer
)

// bulkFetch reads issues by id or key. What is not there is left out without a word.
func (c *call) bulkFetch() (any, error) {
	strs := func(name string) []string {
		var all []string
		for _, v := range list(c.object()[name]) {
			all = append(all, text(v))
		}
		return all
	}
	wanted, properties := strs("issueIdsOrKeys"), strs("properties")
	switch {
	case len(wanted) == 0:
		return nil, fail(http.StatusBadRequest, "The issueIdsOrKeys list must not be empty.")
	case len(wanted) > maxBulkFetch:
		return nil, fail(http.StatusBadRequest, "The issueIdsOrKeys list must not have more than %d entries.", maxBulkFetch)
	case len(properties) > maxProperties:
		return nil, fail(http.StatusBadRequest, "The properties parameter has more than %d entries.", maxProperties)
	}
	var found []*issue
	if c.st.Myself != "" { // nobody sees anything
		for _, name := range wanted {
			if is := c.st.issue(strings.TrimSpace(name)); is != nil && !slices.Contains(found, is) {
				found = append(found, is)
			}
		}
	}
	slices.SortFunc(found, func(a, b *issue) int { return int(number64(a.ID) - number64(b.ID)) })
	selected := c.selectFields(strs("fields"), "*navigable")
	issues := each(found, func(is *issue) any { return c.issueDoc(is, selected, strs("expand"), properties) })
	return doc{"expand": "schema,names", "issues": issues, "issueErrors": []any{}}, nil
}
