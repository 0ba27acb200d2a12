package jiratest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// propertyClause splits the name issue.property[key].path; ok is false if it is another one. Without a path it means
// the whole value.
func propertyClause(name jqlToken) (key string, path []string, ok bool) {
	const prefix = "issue.property["
	if len(name.text) < len(prefix) || !strings.EqualFold(name.text[:len(prefix)], prefix) {
		return "", nil, false
	}
	key, rest := name.text[len(prefix):], ""
	if at := strings.LastIndexByte(key, ']'); at >= 0 {
		key, rest = key[:at], key[at+1:]
	} else {
		return "", nil, false
	}
	if rest != "" {
		path = strings.Split(strings.TrimPrefix(rest, "."), ".")
	}
	return key, path, key != "" && (rest == "" || rest[0] == '.') && !slices.Contains(path, "")
}

// compileProperty evaluates a clause on an issue property. Of an array each item counts. As for fields, the negative
// forms do not match an issue where there is no value.
func compileProperty(clause *jqlClause, key string, path []string) (predicate, error) {
	empty := false
	var wanted []string
	for _, value := range clause.values {
		switch {
		case value.function:
			return nil, fmt.Errorf("jiratest does not understand the function '%s' for the field '%s'.", value.text, clause.field.text)
		case value.empty:
			empty = true
		default:
			wanted = append(wanted, value.text)
		}
	}
	var test func(have any, want string) bool
	op, negative := clause.op, false
	switch op {
	case "=", "!=", "in", "not in":
		test, negative = equalsProperty, op == "!=" || op == "not in"
	case "is", "is not":
		negative = op == "is not"
	case "~", "!~":
		if empty {
			return nil, fmt.Errorf("The operator '%s' cannot be used with EMPTY.", op)
		}
		phrase, err := compilePhrase(clause, wanted[0])
		if err != nil {
			return nil, err
		}
		test, negative = func(have any, _ string) bool { return phrase(words(text(have))) }, op == "!~"
	default:
		limit, err := strconv.ParseFloat(strings.Join(wanted, ""), 64)
		if empty || err != nil {
			return nil, fmt.Errorf("The operator '%s' needs a number for the field '%s'.", op, clause.field.text)
		}
		test = func(have any, _ string) bool {
			n, ok := have.(json.Number)
			return ok && holds(op, cmp.Compare(number(n), limit))
		}
	}
	return func(is *issue) bool {
		have := propertyValues(is.Properties[key], path)
		if len(have) == 0 {
			return empty && !negative
		}
		hit := slices.ContainsFunc(have, func(v any) bool {
			return slices.ContainsFunc(wanted, func(want string) bool { return test(v, want) })
		})
		return hit != negative
	}, nil
}

// propertyValues returns the scalars at a path in a property's value.
func propertyValues(v any, path []string) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		var all []any
		for _, item := range v {
			all = append(all, propertyValues(item, path)...)
		}
		return all
	case doc:
		if len(path) == 0 {
			return []any{v} // there is something, but it equals nothing that a query can say
		}
		return propertyValues(v[path[0]], path[1:])
	}
	if len(path) > 0 {
		return nil
	}
	return []any{v}
}

// equalsProperty reports whether a scalar equals the text of a query: numbers as numbers, everything else as written.
func equalsProperty(have any, want string) bool {
	switch have := have.(type) {
	case json.Number:
		n, err := strconv.ParseFloat(want, 64)
		return err == nil && number(have) == n
	case bool:
		return strings.EqualFold(strconv.FormatBool(have), want)
	}
	return have == any(want)
}
