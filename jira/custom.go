package jira

import (
	"encoding/json"
	"fmt"

	"github.com/jira-integrations/go-sdk/jira/adf"
)

// CustomField is a typed handle of a field that a site has added. Make it once, share it, read and write with it:
//
//	var points = jira.NumberField("customfield_10016")
//
//	p, ok, err := points.Get(issue)
//	input.Custom = jira.Custom(points.Value(3))
//
// The constructors below name the type of the field's values.
type CustomField[T any] struct {
	id     string
	encode func(T) any // nil: the value as it is
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
	if err := json.Unmarshal(raw, &value); err != nil {
		var zero T
		return zero, false, fmt.Errorf("jira: field %s of %s is of another type: %w", f.id, issue.Key, err)
	}
	return value, true, nil
}

// Value is v for this field, for [IssueInput.Custom] and [IssueUpdate.Custom].
func (f CustomField[T]) Value(v T) CustomValue {
	if f.encode == nil {
		return CustomValue{f.id, v}
	}
	return CustomValue{f.id, f.encode(v)}
}

// Empty clears the field, for [IssueUpdate.Custom].
func (f CustomField[T]) Empty() CustomValue { return CustomValue{f.id, nil} }

// CustomValue is a value for a custom field. A [CustomField] makes it.
type CustomValue struct {
	id    string
	value any
}

// Custom lists values of custom fields.
func Custom(values ...CustomValue) []CustomValue { return values }

// Option is a choice of a select field. Written, an ID wins over a Value.
type Option struct {
	ID    string `json:"id,omitempty"`
	Value string `json:"value,omitempty"`
}

// NumberField is a field with a number.
func NumberField(id string) CustomField[float64] { return CustomField[float64]{id: id} }

// TextField is a field with one line of text, or with an address.
func TextField(id string) CustomField[string] { return CustomField[string]{id: id} }

// RichTextField is a text area.
func RichTextField(id string) CustomField[*adf.Doc] { return CustomField[*adf.Doc]{id: id} }

// DateField is a field with a day.
func DateField(id string) CustomField[Date] { return CustomField[Date]{id: id} }

// TimeField is a field with a moment.
func TimeField(id string) CustomField[Time] { return CustomField[Time]{id: id} }

// LabelsField is a field with labels.
func LabelsField(id string) CustomField[[]string] { return CustomField[[]string]{id: id} }

// SelectField is a field with one choice: a list or radio buttons.
func SelectField(id string) CustomField[Option] {
	return CustomField[Option]{id: id, encode: func(o Option) any { return o.reference() }}
}

// MultiSelectField is a field with several choices: a list or check boxes.
func MultiSelectField(id string) CustomField[[]Option] {
	return CustomField[[]Option]{id: id, encode: func(options []Option) any {
		refs := make([]Option, len(options))
		for i, o := range options {
			refs[i] = o.reference()
		}
		return refs
	}}
}

func (o Option) reference() Option {
	if o.ID != "" {
		return Option{ID: o.ID}
	}
	return o
}

// UserField is a field with a user. Only the account id is written.
func UserField(id string) CustomField[User] {
	return CustomField[User]{id: id, encode: func(u User) any { return reference{AccountID: u.AccountID} }}
}

// UsersField is a field with several users. Only their account ids are written.
func UsersField(id string) CustomField[[]User] {
	return CustomField[[]User]{id: id, encode: func(users []User) any {
		refs := make([]reference, len(users))
		for i, u := range users {
			refs[i].AccountID = u.AccountID
		}
		return refs
	}}
}

// RawField is a field of any other type, as JSON.
func RawField(id string) CustomField[json.RawMessage] { return CustomField[json.RawMessage]{id: id} }
