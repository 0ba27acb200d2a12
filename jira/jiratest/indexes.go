package jiratest

import (
	"maps"
	"slices"
)

// label files an issue under the labels in its fields. An issue stays under a label that it has lost until somebody
// asks for that label: search may go on showing it for a while.
func (st *state) label(is *issue, fields doc) {
	for _, item := range list(fields["labels"]) {
		label := text(item)
		if st.labelled[label] == nil {
			st.labelled[label] = map[string]*issue{}
		}
		st.labelled[label][is.ID] = is
	}
}

// withLabel returns all issues that have a label, or had it so lately that search may still show it, in any order.
func (st *state) withLabel(label string) []*issue {
	has := func(fields doc) bool { return slices.Contains(list(fields["labels"]), any(label)) }
	var found []*issue
	for id, is := range st.labelled[label] {
		if st.byID[id] != is || !has(is.Fields) && !slices.ContainsFunc(is.Past, func(p past) bool { return has(p.Fields) }) {
			delete(st.labelled[label], id)
			continue
		}
		found = append(found, is)
	}
	if len(found) == 0 {
		delete(st.labelled, label)
	}
	return found
}

// candidates returns a few issues among which all are that match a part of a query, in any order. few is false if the
// part says nothing that an index knows: then it may be any issue.
func (c *call) candidates(n *jqlNode) (found []*issue, few bool) {
	if n.clause != nil {
		return c.indexed(n.clause)
	}
	if n.any {
		return nil, false
	}
	for _, kid := range n.kids {
		if found, few = c.candidates(kid); few {
			return found, true
		}
	}
	return nil, false
}

// indexed looks up the labels or the keys of a clause.
func (c *call) indexed(clause *jqlClause) (found []*issue, ok bool) {
	f, err := c.jqlField(clause.field)
	if err != nil || f != keyField && f.ID != "labels" || clause.op != "=" && clause.op != "in" {
		return nil, false
	}
	byID := map[string]*issue{}
	for _, value := range clause.values {
		if value.empty || value.function {
			return nil, false
		}
		if f == keyField {
			if is := c.st.issue(value.text); is != nil {
				byID[is.ID] = is
			}
			continue
		}
		for _, is := range c.st.withLabel(value.text) {
			byID[is.ID] = is
		}
	}
	return slices.Collect(maps.Values(byID)), true
}
