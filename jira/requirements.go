package jira

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
)

// Requirements are what Jira asks of a new issue of one type in one project. They are safe for concurrent use as long as
// nobody changes them.
type Requirements struct {
	// Project is the key or id of the project, as it was asked for.
	Project string
	// Type is the type of the issue.
	Type CreateMetaType
	// Fields are all that the account can give a new issue, in Jira's order.
	Fields []FieldMeta
}

// Requirements reads what a new issue must and can have. The type is a name or an id. Keep the result for as long as
// nobody changes the project's screens; an hour is common.
//
// GET /rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes and
// GET /rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}
//
// Errors: [client.ErrInvalid] when the account cannot create issues of this type there; [client.ErrNotFound].
func (s *IssuesService) Requirements(ctx context.Context, project, issueType string) (*Requirements, error) {
	const op = "Issues.Requirements"
	r := &Requirements{Project: project}
	var names []string
	best := 0
	for t, err := range s.CreateMetaTypes(ctx, project, nil) {
		if err != nil {
			return nil, err
		}
		names = append(names, t.Name)
		fit := 0
		switch {
		case t.ID == issueType:
			fit = 3
		case t.Name == issueType:
			fit = 2
		case strings.EqualFold(t.Name, issueType):
			fit = 1
		}
		if fit > best {
			best, r.Type = fit, *t
		}
	}
	if best == 0 {
		return nil, client.Invalid(op, "no issue type of project %s is %q: there are %s", project, issueType, listed(names))
	}
	for f, err := range s.CreateMetaFields(ctx, project, r.Type.ID, nil) {
		if err != nil {
			return nil, err
		}
		f.FieldID = cmp.Or(f.FieldID, f.Key) // not all answers have it where it belongs
		r.Fields = append(r.Fields, *f)
	}
	return r, nil
}

// Required returns the fields that an issue must be given: those that Jira requires and has no default for.
func (r *Requirements) Required() []FieldMeta {
	if r == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.Fields), func(f FieldMeta) bool { return !f.Required || f.HasDefaultValue })
}

// Field finds a field by its id or its name. Case matters only where names differ in nothing else. When several fields of
// the screen have the name, the error lists their ids.
//
// Errors: [client.ErrInvalid].
func (r *Requirements) Field(name string) (*FieldMeta, error) {
	if r == nil {
		return nil, client.Invalid("Requirements.Field", noRequirements)
	}
	known := make([]namedField, len(r.Fields))
	for i := range r.Fields {
		f := &r.Fields[i]
		if f.FieldID == name {
			return f, nil
		}
		known[i] = namedField{id: f.FieldID, name: f.Name, schema: f.Schema}
	}
	at, err := fieldNamed(known, name)
	if err != nil {
		return nil, client.Invalid("Requirements.Field", "%w, on the screen of a new %s in %s", err, r.Type.Name, r.Project)
	}
	return &r.Fields[at], nil
}

// Choice is one of the values that a field allows.
type Choice struct {
	// ID identifies it.
	ID string
	// Name is what people see: the value of an option, the name of a priority, component or version.
	Name string
	// Children are the choices of a cascading select field that belong to this one.
	Children []Choice
}

// Choices are the values that the field allows. A field without a list of them, such as a text or a user, has none.
func (f *FieldMeta) Choices() []Choice {
	if f == nil {
		return nil
	}
	return choices(f.AllowedValues)
}

const noRequirements = "there are no requirements: ask for them by Issues.Requirements"

func choices(values []json.RawMessage) []Choice {
	var all []Choice
	for _, raw := range values {
		var v struct {
			ID       string            `json:"id"`
			Key      string            `json:"key"`
			Name     string            `json:"name"`
			Value    string            `json:"value"`
			Children []json.RawMessage `json:"children"`
		}
		if client.Unmarshal(raw, &v) != nil {
			continue // of an app: nobody knows its form
		}
		if name := cmp.Or(v.Value, v.Name, v.Key); name != "" || v.ID != "" {
			all = append(all, Choice{v.ID, name, choices(v.Children)})
		}
	}
	return all
}

// maxListed is how many names an error lists.
const maxListed = 10

func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	if len(names) > maxListed {
		names = append(slices.Clone(names[:maxListed]), "…")
	}
	return strings.Join(names, ", ")
}
