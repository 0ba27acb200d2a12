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

// compileOrder turns ORDER BY into a comparison. Empty values come last, or first when descending; issues that are
// equal in everything come newest first.
func (c *call) compileOrder(orders []jqlOrder) (func(a, b *issue) int, error) {
	var steps []func(a, b *issue) int
	for _, order := range orders {
		f, err := c.jqlField(order.field)
		if err != nil {
			return nil, err
		}
		rank, err := c.ranking(f, order.field)
		if err != nil {
			return nil, err
		}
		steps = append(steps, func(a, b *issue) int {
			if order.direction == "desc" {
				a, b = b, a
			}
			return rank(a, b)
		})
	}
	return func(a, b *issue) int {
		for _, step := range steps {
			if sign := step(a, b); sign != 0 {
				return sign
			}
		}
		return cmp.Compare(number64(b.ID), number64(a.ID))
	}, nil
}

// ranking compares two issues by a field, ascending.
func (c *call) ranking(f *field, name jqlToken) (func(a, b *issue) int, error) {
	byText := func(of func(is *issue) string) func(a, b *issue) int {
		return func(a, b *issue) int {
			left, right := of(a), of(b)
			switch {
			case left == right:
				return 0
			case left == "":
				return 1 // an empty one comes last
			case right == "":
				return -1
			}
			return strings.Compare(left, right)
		}
	}
	byNumber := func(of func(is *issue) (float64, bool)) func(a, b *issue) int {
		return func(a, b *issue) int {
			left, okLeft := of(a)
			right, okRight := of(b)
			if okLeft != okRight {
				if okLeft {
					return -1
				}
				return 1
			}
			return cmp.Compare(left, right)
		}
	}
	switch {
	case f == keyField:
		return func(a, b *issue) int {
			left, right := c.st.projectOf(a), c.st.projectOf(b)
			return cmp.Or(strings.Compare(left.Key, right.Key), cmp.Compare(a.Number, b.Number))
		}, nil
	case f == textField || f == commentField:
		return nil, fmt.Errorf("Not able to sort using field '%s'.", name.text)
	case f == categoryField:
		ranks := map[string]float64{"new": 0, "indeterminate": 1, "done": 2}
		return byNumber(func(is *issue) (float64, bool) { return ranks[c.st.status(text(is.Fields["status"])).Category], true }), nil
	case f.Type == "number":
		return byNumber(func(is *issue) (float64, bool) { return number(is.Fields[f.ID]), is.Fields[f.ID] != nil }), nil
	case f.Type == "priority":
		// Ascending is from lowest to highest, and the list begins with the highest.
		return byNumber(func(is *issue) (float64, bool) {
			at := slices.IndexFunc(c.st.Priorities, func(r *ref) bool { return r.ID == is.Fields[f.ID] })
			return -float64(at), at >= 0
		}), nil
	case f.Type == "status":
		return byNumber(func(is *issue) (float64, bool) {
			return float64(slices.IndexFunc(c.st.Statuses, func(s *status) bool { return s.ID == is.Fields[f.ID] })), true
		}), nil
	case f.Type == "date", f.Type == "datetime":
		return byText(func(is *issue) string { return text(is.Fields[f.ID]) }), nil
	}
	return byText(func(is *issue) string {
		_, shown := c.words(is, f, is.Fields[f.ID])
		return strings.ToLower(text(shown))
	}), nil
}
