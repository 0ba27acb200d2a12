package jiratest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// edit is a set of changes to an issue, checked but not yet made.
type edit struct {
	values doc               // new values, as stored
	errors map[string]string // by field
	later  []func()          // comments, worklogs and links to add at the end
}

func (ed *edit) finish() {
	for _, do := range ed.later {
		do()
	}
}

// onScreens reports whether a field can be given when an issue is created or edited.
func onScreens(f *field) bool { return f.Settable }

// newEdit checks the fields and update parts of a body. skip names fields that have been dealt with already.
func (c *call) newEdit(is *issue, body doc, p *project, onScreen func(*field) bool, skip ...string) (*edit, error) {
	ed := &edit{values: doc{}, errors: map[string]string{}}
	fields, ok := body["fields"].(doc)
	if !ok && body["fields"] != nil {
		return nil, fail(http.StatusBadRequest, "jiratest: fields must be an object")
	}
	update, ok := body["update"].(doc)
	if !ok && body["update"] != nil {
		return nil, fail(http.StatusBadRequest, "jiratest: update must be an object")
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if slices.Contains(skip, name) {
			continue
		}
		if _, both := update[name]; both {
			ed.errors[name] = fmt.Sprintf("Field '%s' cannot be in both fields and update.", name)
			continue
		}
		f := c.st.field(name)
		if f == nil || !onScreen(f) {
			ed.errors[name] = fmt.Sprintf("Field '%s' cannot be set. It is not on the appropriate screen, or unknown.", name)
			continue
		}
		v, err := c.accept(f, fields[name], p)
		if err != nil {
			ed.errors[name] = err.Error()
			continue
		}
		ed.values[name] = v
	}
	for _, name := range slices.Sorted(maps.Keys(update)) {
		operations, ok := update[name].([]any)
		if !ok {
			ed.errors[name] = "jiratest: operations must be an array"
			continue
		}
		for _, op := range operations {
			object, ok := op.(doc)
			if !ok || len(object) != 1 {
				ed.errors[name] = "jiratest: an operation must be an object with one property"
				break
			}
			for verb, in := range object {
				if err := c.update(ed, is, name, verb, in, p, onScreen); err != nil {
					ed.errors[name] = err.Error()
				}
			}
		}
	}
	return ed, nil
}

// update checks one operation of a body's update part.
func (c *call) update(ed *edit, is *issue, name, verb string, in any, p *project, onScreen func(*field) bool) error {
	switch name {
	case "comment", "worklog", "issuelinks":
		if verb != "add" {
			return fmt.Errorf("jiratest: only add is understood for %s here, not %s", name, verb)
		}
		return c.addLater(ed, is, name, in)
	}
	f := c.st.field(name)
	if f == nil || !onScreen(f) {
		return fmt.Errorf("Field '%s' cannot be set. It is not on the appropriate screen, or unknown.", name)
	}
	switch {
	case verb == "set", verb == "edit" && f.Type == "timetracking":
		v, err := c.accept(f, in, p)
		if err == nil {
			ed.values[name] = v
		}
		return err
	case (verb == "add" || verb == "remove") && f.Type == "array":
		v, err := c.acceptOne(f, f.Items, in, p)
		if err != nil {
			return err
		}
		items, begun := ed.values[name]
		if !begun {
			items = is.Fields[name]
		}
		// The stored array may be seen by others: never change it in place.
		changed := slices.DeleteFunc(slices.Clone(list(items)), func(have any) bool { return have == v })
		if verb == "add" {
			changed = append(changed, v)
		}
		ed.values[name] = changed
		return nil
	}
	return fmt.Errorf("Field with id '%s' and name '%s' does not support operation '%s'.", name, f.Name, verb)
}

// addLater checks a comment, a worklog or a link that an edit adds.
func (c *call) addLater(ed *edit, is *issue, name string, in any) error {
	object, ok := in.(doc)
	if !ok {
		return fmt.Errorf("jiratest: %s must be an object", name)
	}
	switch name {
	case "comment":
		r := &remark{}
		if err := c.fillComment(r, object); err != nil {
			return err
		}
		ed.later = append(ed.later, func() { c.addComment(is, r) })
	case "worklog":
		w := &worklog{}
		if err := c.fillWorklog(w, object, true); err != nil {
			return err
		}
		ed.later = append(ed.later, func() { c.addWorklog(is, w) })
	default:
		l := &link{}
		if err := c.fillLink(l, object, is); err != nil {
			return err
		}
		ed.later = append(ed.later, func() {
			// An issue that is being created had no id before.
			if l.Inward == "" {
				l.Inward = is.ID
			}
			if l.Outward == "" {
				l.Outward = is.ID
			}
			c.addLink(l)
		})
	}
	return nil
}

// same reports whether two JSON values are equal.
func same(a, b any) bool {
	left, errLeft := json.Marshal(a)
	right, errRight := json.Marshal(b)
	return errLeft == nil && errRight == nil && bytes.Equal(left, right)
}
