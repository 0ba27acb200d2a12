package jira

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jira-integrations/go-sdk/jira/adf"
)

// Option is a choice of a select field, radio buttons or check boxes. Written, an ID wins over a Value.
type Option struct {
	ID    string `json:"id,omitempty"`
	Value string `json:"value,omitempty"`
}

// CascadingOption is a choice of a cascading select field: an option, and one of those below it if there is one. Written, an
// ID wins over a Value.
type CascadingOption struct {
	ID    string `json:"id,omitempty"`
	Value string `json:"value,omitempty"`
	Child Option `json:"child,omitzero"`
}

// Sprint is what an issue tells of a sprint that it is or was in.
type Sprint struct {
	ID           int64  `json:"id"`
	Name         string `json:"name,omitempty"`
	State        string `json:"state,omitempty"` // future, active or closed
	BoardID      int64  `json:"boardId,omitempty"`
	Goal         string `json:"goal,omitempty"`
	StartDate    Time   `json:"startDate,omitzero"`
	EndDate      Time   `json:"endDate,omitzero"`
	CompleteDate Time   `json:"completeDate,omitzero"`
}

// one makes a handle of a field with one value, many one of a field with several.
func one[T any](id, kind string, encode func(T) any) CustomField[T] {
	return CustomField[T]{id, kind, encode}
}

func many[T any](id, kind string, encode func(T) any) CustomField[[]T] {
	return CustomField[[]T]{id, kind, func(values []T) any { return wireList(values, encode) }}
}

func wireList[T, W any](values []T, wire func(T) W) []W {
	list := make([]W, len(values))
	for i, v := range values {
		list[i] = wire(v)
	}
	return list
}

func asIs[T any](v T) any { return v }

// NumberField is a field with a number.
func NumberField(id string) CustomField[float64] { return one(id, "NumberField", asIs[float64]) }

// TextField is a field with one line of text, of at most 255 characters.
func TextField(id string) CustomField[string] { return one(id, "TextField", asIs[string]) }

// URLField is a field with an address, of at most 255 characters.
func URLField(id string) CustomField[string] { return TextField(id) }

// RichTextField is a text area. Value with nil, the zero Doc, or what [adf.Markdown] and [adf.Text] make of no text empties
// the field.
func RichTextField(id string) CustomField[*adf.Doc] { return one(id, "RichTextField", asIs[*adf.Doc]) }

// DateField is a field with a day.
func DateField(id string) CustomField[Date] { return one(id, "DateField", asIs[Date]) }

// TimeField is a field with a moment.
func TimeField(id string) CustomField[Time] { return one(id, "TimeField", asIs[Time]) }

// LabelsField is a field with labels. A label has no blanks: see [CleanLabel].
func LabelsField(id string) CustomField[[]string] { return many(id, "LabelsField", asLabel) }

// SelectField is a field with one choice of a list.
func SelectField(id string) CustomField[Option] { return one(id, "SelectField", Option.reference) }

// RadioField is a field with one choice of radio buttons.
func RadioField(id string) CustomField[Option] { return SelectField(id) }

// MultiSelectField is a field with several choices of a list.
func MultiSelectField(id string) CustomField[[]Option] {
	return many(id, "MultiSelectField", Option.reference)
}

// CheckboxField is a field with check boxes.
func CheckboxField(id string) CustomField[[]Option] { return MultiSelectField(id) }

// CascadingSelectField is a field with a choice of a list, and one of a second list that belongs to it.
func CascadingSelectField(id string) CustomField[CascadingOption] {
	return one(id, "CascadingSelectField", CascadingOption.reference)
}

// UserField is a field with a user. Only the account id is written.
func UserField(id string) CustomField[User] { return one(id, "UserField", User.reference) }

// UsersField is a field with several users. Only their account ids are written.
func UsersField(id string) CustomField[[]User] { return many(id, "UsersField", User.reference) }

// GroupField is a field with a group. It is written by its name, or by its id if it has no name.
func GroupField(id string) CustomField[Group] { return one(id, "GroupField", Group.reference) }

// GroupsField is a field with several groups.
func GroupsField(id string) CustomField[[]Group] { return many(id, "GroupsField", Group.reference) }

// ProjectField is a field with a project. It is written by its id, or by its key if it has no id.
func ProjectField(id string) CustomField[Project] { return one(id, "ProjectField", Project.reference) }

// VersionField is a field with a version of the project. It is written by its id, or by its name if it has no id.
func VersionField(id string) CustomField[Version] { return one(id, "VersionField", Version.reference) }

// VersionsField is a field with several versions.
func VersionsField(id string) CustomField[[]Version] {
	return many(id, "VersionsField", Version.reference)
}

// ComponentsField is a field with components of the project. They are written like versions.
func ComponentsField(id string) CustomField[[]Component] {
	return many(id, "ComponentsField", Component.reference)
}

// SprintField is the field with the sprints that an issue is and was in. It is written with one sprint, by its ID, or none.
func SprintField(id string) CustomField[[]Sprint] {
	return one(id, "SprintField", func(sprints []Sprint) any {
		switch len(sprints) {
		case 0:
			return nil
		case 1:
			if sprints[0].ID == 0 {
				return unwritable{errors.New("the sprint has no ID; to take the issue out of its sprint, use Empty")}
			}
			return sprints[0].ID
		}
		return unwritable{fmt.Errorf("an issue is in one sprint at a time, these are %d", len(sprints))}
	})
}

// EpicLinkField is the field with the key of an epic that older company-managed projects have. Elsewhere the epic is the
// parent of the issue.
func EpicLinkField(id string) CustomField[string] { return one(id, "EpicLinkField", asIs[string]) }

// unwritable is a value that Jira would not take.
type unwritable struct{ error }

func (u unwritable) MarshalJSON() ([]byte, error) { return nil, u.error }

func (o Option) reference() any { return byIDOrValue(o) }

func (o CascadingOption) reference() any {
	r := byIDOrValue(Option{o.ID, o.Value})
	if o.Child != (Option{}) {
		r.Child = new(byIDOrValue(o.Child))
	}
	return r
}

func byIDOrValue(o Option) reference {
	if o.ID != "" {
		return reference{ID: o.ID}
	}
	return reference{Value: o.Value}
}

func (u User) reference() any { return reference{AccountID: u.AccountID} }

func (g Group) reference() any {
	if g.Name != "" {
		return reference{Name: g.Name}
	}
	return reference{GroupID: g.GroupID}
}

func (p Project) reference() any {
	if p.ID != "" {
		return reference{ID: p.ID}
	}
	return reference{Key: p.Key}
}

func (v Version) reference() any { return byIDOrName(v.ID, v.Name) }

func (c Component) reference() any { return byIDOrName(c.ID, c.Name) }

func byIDOrName(id, name string) reference {
	if id != "" {
		return reference{ID: id}
	}
	return reference{Name: name}
}

// fieldKind names the constructor of a handle that fits a field; "" for a field of an unknown type.
func fieldKind(s FieldSchema) string {
	_, custom, _ := strings.Cut(s.Custom, ":")
	switch {
	case custom == "gh-sprint":
		return "SprintField"
	case custom == "gh-epic-link":
		return "EpicLinkField"
	case custom == "textarea", s.System == "description", s.System == "environment":
		return "RichTextField"
	case s.Type == "array":
		return fieldKinds["array of "+s.Items]
	}
	return fieldKinds[s.Type]
}

// fieldKinds are by the types of Jira.
var fieldKinds = map[string]string{
	"number":             "NumberField",
	"string":             "TextField",
	"date":               "DateField",
	"datetime":           "TimeField",
	"array of string":    "LabelsField",
	"option":             "SelectField",
	"array of option":    "MultiSelectField",
	"option-with-child":  "CascadingSelectField",
	"user":               "UserField",
	"array of user":      "UsersField",
	"group":              "GroupField",
	"array of group":     "GroupsField",
	"project":            "ProjectField",
	"version":            "VersionField",
	"array of version":   "VersionsField",
	"array of component": "ComponentsField",
}
