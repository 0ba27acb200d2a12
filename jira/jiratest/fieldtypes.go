package jiratest

import (
	"fmt"
	"slices"
	"strings"
)

// FieldType is the kind of a custom field.
type FieldType string

// The kinds of custom fields that the fake knows.
const (
	NumberField          FieldType = "float"
	TextField            FieldType = "textfield" // one line
	ParagraphField       FieldType = "textarea"  // rich text
	URLField             FieldType = "url"
	ReadOnlyField        FieldType = "readonlyfield" // text that only a context's default sets
	SelectField          FieldType = "select"
	RadioField           FieldType = "radiobuttons"
	MultiSelectField     FieldType = "multiselect"
	CheckboxField        FieldType = "multicheckboxes"
	CascadingSelectField FieldType = "cascadingselect"
	DateField            FieldType = "datepicker"
	DateTimeField        FieldType = "datetime"
	UserField            FieldType = "userpicker"
	MultiUserField       FieldType = "multiuserpicker"
	GroupField           FieldType = "grouppicker"
	MultiGroupField      FieldType = "multigrouppicker"
	ProjectField         FieldType = "project"
	VersionField         FieldType = "version"
	MultiVersionField    FieldType = "multiversion"
	LabelsField          FieldType = "labels"
	SprintField          FieldType = "com.pyxis.greenhopper.jira:gh-sprint"
	EpicLinkField        FieldType = "com.pyxis.greenhopper.jira:gh-epic-link"
)

// customTypes is what comes before the kinds that Jira itself has.
const customTypes = "com.atlassian.jira.plugin.system.customfieldtypes:"

// key is the kind in full.
func (t FieldType) key() string {
	if strings.Contains(string(t), ":") {
		return string(t)
	}
	return customTypes + string(t)
}

// valueTypes are the types of the values of each kind of field, and of an array's items.
var valueTypes = map[FieldType][2]string{
	NumberField: {"number"}, TextField: {"string"}, ParagraphField: {"string"}, URLField: {"string"}, ReadOnlyField: {"string"},
	SelectField: {"option"}, RadioField: {"option"}, MultiSelectField: {"array", "option"}, CheckboxField: {"array", "option"},
	CascadingSelectField: {"option-with-child"}, DateField: {"date"}, DateTimeField: {"datetime"},
	UserField: {"user"}, MultiUserField: {"array", "user"}, GroupField: {"group"}, MultiGroupField: {"array", "group"},
	ProjectField: {"project"}, VersionField: {"version"}, MultiVersionField: {"array", "version"},
	AppTextField: {"string"}, AppNumberField: {"number"},
	LabelsField: {"array", "string"}, SprintField: {"array", "json"}, EpicLinkField: {"any"},
}

// Field describes a custom field to add. Two fields may have the same name.
type Field struct {
	Name string
	Type FieldType
	// Required fields must be given when an issue is created, wherever the field has a context.
	Required bool
	// Options are what can be chosen, in a field of a kind that has options. They are the same everywhere: see Contexts.
	Options []string
	// Children are what can be chosen below an option of a CascadingSelectField.
	Children map[string][]string
	// Contexts say where the field is known, and with which options. Without any it is known everywhere.
	Contexts []Context
}

// Context is how a field is set up for some projects and issue types. Where several contexts of a field fit, the first
// one holds; where none fits, the field is not on the screens and cannot be set.
type Context struct {
	// Projects are the keys of the projects; none means all.
	Projects []string
	// IssueTypes are the names of the issue types; none means all.
	IssueTypes []string
	// Options are what can be chosen.
	Options []string
	// Children are what can be chosen below an option of a CascadingSelectField.
	Children map[string][]string
	// Default is what Jira fills in where a new issue leaves the field out: an option, of either level, or the plain text
	// of a value. Users are given by account id, groups and versions by name, projects and issues by key.
	Default string
}

// fieldContext is a Context as stored. Two contexts never share an option.
type fieldContext struct {
	Projects []string `json:"projects,omitempty"`   // ids
	Types    []string `json:"issueTypes,omitempty"` // ids
	Options  []*ref   `json:"options,omitempty"`
	Default  string   `json:"default,omitempty"`
}

// everywhere is the context of Jira's own fields.
var everywhere = &fieldContext{}

// newField makes a field of its description; all contexts are yet to be added.
func newField(id string, from Field) *field {
	kinds, known := valueTypes[from.Type]
	if !known {
		panic(fmt.Sprintf("jiratest: unknown field type %q", from.Type))
	}
	return &field{
		ID: id, Name: from.Name, Type: kinds[0], Items: kinds[1], Custom: from.Type.key(), Rich: from.Type == ParagraphField,
		Settable: from.Type != ReadOnlyField && !from.Type.ofApp(), Navigable: true, Required: from.Required,
		Clauses: []string{from.Name, "cf[" + strings.TrimPrefix(id, "customfield_") + "]"},
	}
}

// is reports whether a field is of a kind.
func (f *field) is(t FieldType) bool { return f.Custom == t.key() }

// context returns how a field is set up on a screen; nil if it is not there.
func (f *field) context(on screen) *fieldContext {
	if f.Custom == "" {
		return everywhere
	}
	for _, context := range f.Contexts {
		if (context.Projects == nil || slices.Contains(context.Projects, on.project.ID)) &&
			(context.Types == nil || slices.Contains(context.Types, on.issueType.ID)) {
			return context
		}
	}
	return nil
}

// options returns all options of a field, each followed by its children.
func (f *field) options() []*ref {
	var all []*ref
	for _, context := range f.Contexts {
		for _, r := range context.Options {
			all = append(append(all, r), r.Children...)
		}
	}
	return all
}

// findOption returns an option of a field by its id, and the one above it, if it has one.
func (f *field) findOption(id string) (option, above *ref) {
	for _, context := range f.Contexts {
		for _, r := range context.Options {
			if r.ID == id {
				return r, nil
			}
			if child := byRef(r.Children, id); child != nil {
				return child, r
			}
		}
	}
	return nil, nil
}

// operations are the verbs that an edit can use with a field.
func (f *field) operations() []string {
	switch {
	case f.ID == "comment", f.ID == "worklog":
		return []string{"add", "edit", "remove"}
	case f.ID == "issuelinks":
		return []string{"add"}
	case f.ID == "timetracking":
		return []string{"set", "edit"}
	case f.Type == "array" && !f.is(SprintField):
		return []string{"add", "set", "remove"}
	}
	return []string{"set"}
}

// screen is where fields are filled in: it belongs to an issue, which may be a new one, of a project and a type.
type screen struct {
	project   *project
	issueType *issueType

	is *issue
}

// screenOf returns the screen of an issue.
func (c *call) screenOf(is *issue) screen {
	return screen{c.st.projectOf(is), c.st.issueType(text(is.Fields["issuetype"])), is}
}
