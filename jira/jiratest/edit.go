package jiratest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// edit is a set of changes to an issue, checked but not yet made.
type edit struct {
	on     screen
	values doc               // new values, as stored
	errors map[string]string // by field
	later  []func()          // comments, worklogs and links to add at the end
}

func (ed *edit) finish() {
	for _, do := range ed.later {
		do()
	}
}

// editable reports whether a field can be changed on an issue's own screen. No edit moves it to another project.
func editable(f *field) bool { return f.Settable && f.ID != "project" }

// newEdit checks the fields and update parts of a body. skip names fields that have been dealt with already.
func (c *call) newEdit(is *issue, body doc, allowed func(*field) bool, skip ...string) (*edit, error) {
	ed := &edit{on: c.screenOf(is), values: doc{}, errors: map[string]string{}}
	fields, ok := body["fields"].(doc)
	if !ok && body["fields"] != nil {
		return nil, fail(http.StatusBadRequest, "jiratest: fields must be an object")
	}
	update, ok := body["update"].(doc)
	if !ok && body["update"] != nil {
		return nil, fail(http.StatusBadRequest, "jiratest: update must be an object")
	}
	names := slices.AppendSeq(slices.Collect(maps.Keys(fields)), maps.Keys(update))
	slices.SortFunc(names, typeFirst)
	for _, name := range slices.Compact(names) {
		_, set := fields[name]
		operations, verbs := update[name]
		var err error
		switch {
		case set && verbs:
			err = fmt.Errorf("Field '%s' cannot be in both fields and update.", name)
		case set && slices.Contains(skip, name):
		case set:
			err = c.setField(ed, name, fields[name], allowed)
		default:
			err = c.updateField(ed, name, operations, allowed)
		}
		if err != nil {
			ed.errors[name] = reason(err)
		}
		if t := c.st.issueType(text(ed.values["issuetype"])); t != nil {
			ed.on.issueType = t
		}
	}
	for name, v := range ed.values {
		if f := c.st.field(name); f.Required && isBlank(v) {
			ed.errors[name] = requiredText(f)
		}
	}
	return ed, nil
}

// typeFirst orders the names of fields: the others depend on the type.
func typeFirst(a, b string) int {
	rank := func(name string) int {
		if name == "issuetype" {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b))
}

// reason is what an error says about a field, whose name need not be repeated.
func reason(err error) string {
	e := &apiError{}
	if !errors.As(err, &e) {
		return err.Error()
	}
	parts := slices.Clone(e.messages)
	for _, name := range slices.Sorted(maps.Keys(e.fields)) {
		parts = append(parts, e.fields[name])
	}
	return strings.Join(parts, " ")
}

// editField finds a field that can be changed on the screen of an edit.
func (c *call) editField(ed *edit, name string, allowed func(*field) bool) (*field, error) {
	f := c.st.field(name)
	if f == nil || !allowed(f) || f.context(ed.on) == nil {
		return nil, fmt.Errorf("Field '%s' cannot be set. It is not on the appropriate screen, or unknown.", name)
	}
	return f, nil
}

func (c *call) setField(ed *edit, name string, in any, allowed func(*field) bool) error {
	f, err := c.editField(ed, name, allowed)
	if err != nil {
		return err
	}
	v, err := c.accept(f, in, ed.on)
	if err != nil {
		return err
	}
	ed.values[name] = v
	return nil
}

// updateField checks the operations on one field of a body's update part, in order, up to the first that is wrong.
func (c *call) updateField(ed *edit, name string, in any, allowed func(*field) bool) error {
	operations, ok := in.([]any)
	if !ok {
		return errors.New("jiratest: operations must be an array")
	}
	for _, op := range operations {
		object, ok := op.(doc)
		if !ok || len(object) != 1 {
			return errors.New("jiratest: an operation must be an object with one property")
		}
		for verb, in := range object {
			if err := c.update(ed, name, verb, in, allowed); err != nil {
				return err
			}
		}
	}
	return nil
}

// update checks one operation.
func (c *call) update(ed *edit, name, verb string, in any, allowed func(*field) bool) error {
	known := func(f *field) error {
		if !slices.Contains(f.operations(), verb) {
			return fmt.Errorf("Field with id '%s' and name '%s' does not support operation '%s'.", name, f.Name, verb)
		}
		return nil
	}
	switch name {
	case "comment", "worklog", "issuelinks":
		if err := known(c.st.field(name)); err != nil {
			return err
		}
		return c.later(ed, name, verb, in)
	}
	f, err := c.editField(ed, name, allowed)
	if err == nil {
		err = known(f)
	}
	if err != nil {
		return err
	}
	switch verb {
	case "set":
		return c.setField(ed, name, in, allowed)
	case "edit":
		v, err := c.accept(f, in, ed.on)
		if estimates, ok := v.(doc); ok {
			ed.values[name] = mergeEstimates(ed, estimates)
		}
		return err
	}
	v, err := c.acceptOne(f, f.Items, in, ed.on)
	if err != nil {
		return err
	}
	items, begun := ed.values[name]
	if !begun {
		items = ed.on.is.Fields[name]
	}
	// The stored array may be seen by others: never change it in place.
	changed := slices.Clone(list(items))
	switch {
	case verb == "remove":
		changed = slices.DeleteFunc(changed, func(have any) bool { return have == v })
	case !slices.Contains(changed, v):
		changed = append(changed, v)
	}
	ed.values[name] = changed
	return nil
}

// mergeEstimates adds the estimates that an edit leaves out, as they were.
func mergeEstimates(ed *edit, estimates doc) doc {
	value, begun := ed.values["timetracking"]
	before, _ := value.(doc)
	merged := doc{}
	for name, id := range map[string]string{"originalEstimate": "timeoriginalestimate", "remainingEstimate": "timeestimate"} {
		v := before[name]
		if !begun {
			v = ed.on.is.Fields[id]
		}
		if v != nil {
			merged[name] = v
		}
	}
	maps.Copy(merged, estimates)
	return merged
}

// same reports whether two JSON values are equal.
func same(a, b any) bool {
	left, errLeft := json.Marshal(a)
	right, errRight := json.Marshal(b)
	return errLeft == nil && errRight == nil && bytes.Equal(left, right)
}
