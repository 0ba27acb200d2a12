package jira

import (
	"encoding/json"
	"fmt"

	"github.com/jira-integrations/go-sdk/client"
)

// CustomField is a typed handle of a field that a site has added. Make it once, share it, read and write with it:
//
//	var points = jira.NumberField("customfield_10016")
//
//	p, ok, err := points.Get(issue)
//	input.Custom = jira.Custom(points.Value(3))
//
// The constructors name the type of the field's values; [FieldByName] finds the id. The methods that return a
// [CustomValue] also serve the fields that Jira defines, where [IssueInput] and [IssueUpdate] have nothing of their own.
type CustomField[T any] struct {
	id     string
	kind   string      // the constructor that fits, as fieldKind has it; "" fits every field
	encode func(T) any // nil: the value as it is; a list becomes []any
}

// ID returns the id of the field, as in "customfield_10016".
func (f CustomField[T]) ID() string { return f.id }

// Get returns the field's value, and whether the issue has one. An error says that the value is of another type, or that
// the field is one of Jira's own, which [Fields] holds.
func (f CustomField[T]) Get(issue *Issue) (value T, ok bool, err error) {
	if issue == nil {
		return value, false, nil
	}
	raw := issue.Fields.Raw(f.id)
	if name, ok := systemFields()[f.id]; ok && raw == nil {
		return value, false, fmt.Errorf("jira: %s is a field of its own: use issue.Fields.%s", f.id, name)
	}
	if raw == nil || string(raw) == "null" {
		return value, false, nil
	}
	if err := client.Unmarshal(raw, &value); err != nil {
		var zero T
		return zero, false, fmt.Errorf("jira: field %s of %s is of another type: %w", f.id, issue.Key, err)
	}
	return value, true, nil
}

// Value is v for this field. An empty list or text empties the field, and so do the zero Date and the zero Time. An option,
// a user or another thing that says neither its id nor its name is an error: [CustomField.Empty] clears the field.
func (f CustomField[T]) Value(v T) CustomValue { return CustomValue{f.id, verbSet, f.wire(v)} }

// Empty clears the field. To leave a field as it is, do not mention it.
func (f CustomField[T]) Empty() CustomValue { return CustomValue{f.id, verbSet, nil} }

// Add adds to what the field holds: each element of v, when v is a list. Jira knows it for fields with several values, and
// for such as comment and worklog.
func (f CustomField[T]) Add(v T) CustomValue { return CustomValue{f.id, verbAdd, f.wire(v)} }

// Remove takes out what Add would add.
func (f CustomField[T]) Remove(v T) CustomValue { return CustomValue{f.id, verbRemove, f.wire(v)} }

// Edit changes a part of what the field holds. Jira knows it for few fields, such as timetracking and comment:
//
//	jira.RawField("comment").Edit(json.RawMessage(`{"id":"10001","body":…}`))
func (f CustomField[T]) Edit(v T) CustomValue { return CustomValue{f.id, verbEdit, f.wire(v)} }

func (f CustomField[T]) wire(v T) any {
	if f.encode == nil {
		return v
	}
	return f.encode(v)
}

// CustomValue is what shall become of a field: a value, or an addition to one, for [IssueInput.Custom] and
// [IssueUpdate.Custom]. A [CustomField] makes it.
type CustomValue struct {
	id    string
	verb  verb
	value any // of a list []any
}

// verb is an operation on a field.
type verb string

const (
	verbSet    verb = "set"
	verbAdd    verb = "add"
	verbRemove verb = "remove"
	verbEdit   verb = "edit"
)

// operations are the values of one operation each: to add a list is to add each of its elements.
func (c CustomValue) operations() []any {
	if elements, ok := c.value.([]any); ok {
		return elements
	}
	return []any{c.value}
}

// Custom lists values of fields, for [IssueInput.Custom] and [IssueUpdate.Custom].
func Custom(values ...CustomValue) []CustomValue { return values }

// RawField is a field of any type, as JSON. Its values are sent as they are.
func RawField(id string) CustomField[json.RawMessage] { return CustomField[json.RawMessage]{id: id} }
