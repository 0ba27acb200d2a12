package jiratest

import (
	"fmt"
	"slices"
	"strings"
)

// lookup finds the ids of what a value names.
func (c *call) lookup(clause *jqlClause, value jqlValue, f *field, kind string) ([]any, error) {
	if value.function {
		return c.lookupFunction(clause, value, f, kind)
	}
	var ids []any
	add := func(id string, names ...string) {
		if slices.ContainsFunc(append(names, id), func(name string) bool { return name != "" && strings.EqualFold(name, value.text) }) {
			ids = append(ids, id)
		}
	}
	addRefs := func(refs []*ref) {
		for _, r := range refs {
			add(r.ID, r.Name)
		}
	}
	switch kind {
	case "string":
		return []any{value.text}, nil // any label may be asked for
	case "user":
		for _, u := range c.st.Users {
			add(u.ID, u.Email, u.Name)
		}
	case "project":
		for _, p := range c.st.Projects {
			add(p.ID, p.Key, p.Name)
		}
	case "issuetype":
		for _, t := range c.st.Types {
			add(t.ID, t.Name)
		}
	case "status":
		for _, s := range c.st.Statuses {
			add(s.ID, s.Name)
		}
	case "category":
		for key, category := range categories {
			add(key, text(category["name"]), fmt.Sprint(category["id"]))
		}
	case "priority":
		addRefs(c.st.Priorities)
	case "resolution":
		addRefs(c.st.Resolutions)
	case "component", "version":
		for _, p := range c.st.Projects {
			addRefs(map[string][]*ref{"component": p.Components, "version": p.Versions}[kind])
		}
	case "group":
		addRefs(c.st.Groups)
	case "json":
		for _, s := range c.st.Sprints {
			add(s.ID, s.Name)
		}
	case "option", "option-with-child":
		addRefs(f.options())
	case "any", "issuelink":
		if is := c.st.issue(value.text); is != nil {
			return []any{is.ID}, nil
		}
	default:
		return nil, fmt.Errorf("jiratest cannot search by the field '%s'.", clause.field.text)
	}
	if ids == nil {
		return nil, noValue(clause, value)
	}
	return ids, nil
}

// lookupFunction finds the ids that a function stands for.
func (c *call) lookupFunction(clause *jqlClause, value jqlValue, f *field, kind string) ([]any, error) {
	name := strings.ToLower(value.text)
	state, isState := strings.CutSuffix(name, "sprints")
	switch {
	case kind == "user" && name == "currentuser" && len(value.args) == 0:
		return []any{c.st.Myself}, nil
	case kind == "option-with-child" && name == "cascadeoption":
		return lookupCascade(clause, value, f)
	case kind == "json" && isState && len(value.args) == 0 && (state == "open" || state == "future" || state == "closed"):
		var ids []any
		for _, sp := range c.st.Sprints {
			if sp.State == state || state == "open" && sp.State == "active" {
				ids = append(ids, sp.ID)
			}
		}
		return ids, nil
	}
	return nil, fmt.Errorf("jiratest does not understand the function '%s' for the field '%s'.", value.text, clause.field.text)
}

// lookupCascade evaluates cascadeOption(option), with or without anything below, cascadeOption(option, child) and
// cascadeOption(option, none).
func lookupCascade(clause *jqlClause, value jqlValue, f *field) ([]any, error) {
	var ids []any
	for _, context := range f.Contexts {
		for _, r := range context.Options {
			if len(value.args) == 0 || !strings.EqualFold(r.Name, value.args[0]) {
				continue
			}
			below := len(value.args) > 1
			if !below || strings.EqualFold(value.args[1], "none") {
				ids = append(ids, r.ID)
			}
			for _, child := range r.Children {
				if !below || strings.EqualFold(child.Name, value.args[1]) {
					ids = append(ids, child.ID)
				}
			}
		}
	}
	if ids == nil || len(value.args) > 2 {
		return nil, noValue(clause, value)
	}
	return ids, nil
}

// missingValue says that a query compares a field with something that does not exist.
type missingValue string

func (e missingValue) Error() string { return string(e) }

func noValue(clause *jqlClause, value jqlValue) error {
	return missingValue(fmt.Sprintf("The value '%s' does not exist for the field '%s'.", value.text, clause.field.text))
}
