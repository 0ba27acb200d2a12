package jira

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
)

// FieldByName returns the handle of the field with a name, such as "Story Points"; of is the constructor that fits it:
//
//	points, err := jira.FieldByName(ctx, jc, "Story Points", jira.NumberField)
//
// It asks Jira each time: keep the handle. Case matters only where names differ in nothing else. Names are not unique, and
// those of team-managed projects often repeat: when several fields have the name, the error lists their ids, one of which
// goes into the constructor instead. [IssuesService.Requirements] knows the fields of one project.
//
// GET /rest/api/3/field
//
// Errors: [client.ErrInvalid] when no field has the name, when several have it, or when it holds another type.
func FieldByName[T any](ctx context.Context, jc *Client, name string, of func(id string) CustomField[T]) (CustomField[T], error) {
	const op = "FieldByName"
	var none CustomField[T]
	if of == nil {
		return none, client.Invalid(op, "there is no constructor: give one, as jira.NumberField")
	}
	if jc == nil {
		jc = &Client{} // whose services say that New has not made it
	}
	fields, err := jc.Fields.List(ctx)
	if err != nil {
		return none, err
	}
	known := make([]namedField, len(fields))
	for i, f := range fields {
		known[i] = namedField{id: f.ID, name: f.Name, schema: f.Schema}
		if p := f.Scope.Project; p != nil {
			known[i].project = cmp.Or(p.Key, p.ID)
		}
	}
	at, err := fieldNamed(known, name)
	if err != nil {
		return none, client.Invalid(op, "%w", err)
	}
	field := known[at]
	handle := of(field.id)
	if kind := fieldKind(field.schema); kind != handle.kind && kind != "" && handle.kind != "" {
		return none, client.Invalid(op, "%q (%s) is a field for jira.%s, not for jira.%s", field.name, field.id, kind, handle.kind)
	}
	return handle, nil
}

// namedField is what tells fields apart.
type namedField struct {
	id, name, project string
	schema            FieldSchema
}

func (f namedField) String() string {
	s := f.id
	if kind := fieldKind(f.schema); kind != "" {
		s += ", a " + kind
	}
	if f.project != "" {
		s += " of project " + f.project
	}
	return s
}

// fieldNamed returns the index of the field with a name: the only one that has it exactly, else the only one that has it in
// other cases.
func fieldNamed(fields []namedField, name string) (int, error) {
	for _, same := range []func(s, t string) bool{func(s, t string) bool { return s == t }, strings.EqualFold} {
		var found []string
		at := 0
		for i, f := range fields {
			if same(f.name, name) {
				found = append(found, f.String())
				at = i
			}
		}
		switch len(found) {
		case 0:
		case 1:
			return at, nil
		default:
			return 0, fmt.Errorf("%d fields are called %q, take one by its id: %s", len(found), name, strings.Join(found, "; "))
		}
	}
	return 0, fmt.Errorf("no field is called %q", name)
}
