package jiratest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// compileText evaluates ~ and !~: all words must occur, in any order; word* is a beginning; a phrase in quotes inside
// the quotes must occur as it is.
func (c *call) compileText(clause *jqlClause, f *field) (predicate, error) {
	value := clause.values[0]
	if value.function || value.empty || len(clause.values) > 1 {
		return nil, fmt.Errorf("jiratest does not understand '%s' for the text field '%s'.", value.text, clause.field.text)
	}
	matches, err := compilePhrase(clause, value.text)
	if err != nil {
		return nil, err
	}
	want := clause.op == "~"
	return func(is *issue) bool {
		if isEmpty(is, f) {
			return false
		}
		return matches(words(c.searchText(is, f))) == want
	}, nil
}

// searchText is the text that a field is searched in.
func (c *call) searchText(is *issue, f *field) string {
	comments := func() string {
		var b strings.Builder
		for _, r := range is.Comments {
			b.WriteString(adfText(r.Body) + "\n")
		}
		return b.String()
	}
	switch f {
	case commentField:
		return comments()
	case textField:
		parts := []string{comments()}
		for _, other := range c.st.Fields {
			if other.Type == "string" && is.Fields[other.ID] != nil {
				parts = append(parts, adfText(is.Fields[other.ID]))
			}
		}
		return strings.Join(parts, "\n")
	}
	return adfText(is.Fields[f.ID])
}

// words splits text as the index does.
func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' })
}

// compilePhrase turns the text of a ~ clause into a test of a list of words.
func compilePhrase(clause *jqlClause, query string) (func([]string) bool, error) {
	var tests []func([]string) bool
	for i, part := range strings.Split(query, `"`) {
		if i%2 == 1 { // between quotes
			if phrase := words(part); len(phrase) > 0 {
				tests = append(tests, func(have []string) bool { return containsPhrase(have, phrase) })
			}
			continue
		}
		for term := range strings.FieldsSeq(part) {
			prefix := strings.HasSuffix(term, "*")
			pieces := words(term)
			for j, piece := range pieces {
				begins := prefix && j == len(pieces)-1
				tests = append(tests, func(have []string) bool {
					return slices.ContainsFunc(have, func(word string) bool { return word == piece || begins && strings.HasPrefix(word, piece) })
				})
			}
		}
	}
	if tests == nil {
		return nil, fmt.Errorf("The field '%s' does not support searching for an empty string.", clause.field.text)
	}
	return func(have []string) bool {
		return !slices.ContainsFunc(tests, func(test func([]string) bool) bool { return !test(have) })
	}, nil
}

func containsPhrase(have, phrase []string) bool {
	for i := 0; i+len(phrase) <= len(have); i++ {
		if slices.Equal(have[i:i+len(phrase)], phrase) {
			return true
		}
	}
	return false
}

// compileOrder turns ORDER BY into a way to sort. Empty values come last, or first when descending; issues that are equal
// in everything come newest first.
func (c *call) compileOrder(orders []jqlOrder) (func(found []*issue), error) {
	keys := make([]func(is *issue) sortKey, len(orders))
	for i, order := range orders {
		f, err := c.jqlField(order.field)
		if err != nil {
			return nil, err
		}
		if keys[i], err = c.sortKeyOf(f, order.field); err != nil {
			return nil, err
		}
	}
	return func(found []*issue) {
		// What is compared is looked up once for each issue: there may be 50,000 of them, for each page.
		type row struct {
			is   *issue
			id   int64
			keys []sortKey
		}
		rows := make([]row, len(found))
		for i, is := range found {
			rows[i] = row{is, number64(is.ID), make([]sortKey, len(keys))}
			for k, key := range keys {
				rows[i].keys[k] = key(is)
			}
		}
		slices.SortFunc(rows, func(a, b row) int { // no two issues are equal to it
			for k, order := range orders {
				sign := a.keys[k].compare(b.keys[k])
				if order.direction == "desc" {
					sign = -sign
				}
				if sign != 0 {
					return sign
				}
			}
			return cmp.Compare(b.id, a.id)
		})
		for i, r := range rows {
			found[i] = r.is
		}
	}, nil
}

// sortKey is what an issue has in a field, as ORDER BY compares it: by text, then by number, what is empty last.
type sortKey struct {
	empty  bool
	text   string
	number float64
}

func (k sortKey) compare(other sortKey) int {
	switch {
	case k.empty && other.empty:
		return 0
	case k.empty:
		return 1
	case other.empty:
		return -1
	}
	return cmp.Or(strings.Compare(k.text, other.text), cmp.Compare(k.number, other.number))
}

// sortKeyOf tells how issues are sorted by a field, ascending.
func (c *call) sortKeyOf(f *field, name jqlToken) (func(is *issue) sortKey, error) {
	switch {
	case f == keyField:
		return func(is *issue) sortKey {
			return sortKey{text: c.st.projectOf(is).Key, number: float64(is.Number)}
		}, nil
	case f == textField || f == commentField:
		return nil, fmt.Errorf("Not able to sort using field '%s'.", name.text)
	case f == categoryField:
		ranks := map[string]float64{"new": 0, "indeterminate": 1, "done": 2}
		return func(is *issue) sortKey {
			return sortKey{number: ranks[c.st.status(text(is.Fields["status"])).Category]}
		}, nil
	case f.Type == "number":
		return func(is *issue) sortKey {
			v := is.Fields[f.ID]
			return sortKey{empty: v == nil, number: number(v)}
		}, nil
	case f.Type == "priority":
		// Ascending is from lowest to highest, and the list begins with the highest.
		return func(is *issue) sortKey {
			at := slices.IndexFunc(c.st.Priorities, func(r *ref) bool { return r.ID == is.Fields[f.ID] })
			return sortKey{empty: at < 0, number: -float64(at)}
		}, nil
	case f.Type == "status":
		return func(is *issue) sortKey {
			return sortKey{number: float64(slices.IndexFunc(c.st.Statuses, func(s *status) bool { return s.ID == is.Fields[f.ID] }))}
		}, nil
	}
	shown := func(is *issue) string { return text(is.Fields[f.ID]) } // a date or a time
	if f.Type != "date" && f.Type != "datetime" {
		shown = func(is *issue) string {
			_, words := c.words(is, f, is.Fields[f.ID])
			return strings.ToLower(text(words))
		}
	}
	return func(is *issue) sortKey {
		s := shown(is)
		return sortKey{empty: s == "", text: s}
	}, nil
}
