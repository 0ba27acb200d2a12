package currents

import (
	"fmt"
	"slices"
	"strings"
)

// FieldProblem says why a new issue would be refused because of one custom field.
type FieldProblem struct {
	// Field is the field.
	Field IssueField
	// Reason says what is wrong with it or with its value.
	Reason string
}

// String names the field and the reason, in one line.
func (p FieldProblem) String() string {
	if p.Field.Name == "" {
		return p.Field.FieldID + " " + p.Reason
	}
	return fmt.Sprintf("%s (%s) %s", p.Field.Name, p.Field.FieldID, p.Reason)
}

// Missing says why Currents cannot create an issue of this type with these values for its custom fields; nothing when it
// can. It reports each required field
//
//   - of a type that Currents cannot fill at all (a cascading select, an epic link, a sprint, the field of an app):
//     create such an issue in Jira itself and link it, or choose another type;
//   - without a value;
//
// and each value of a single choice that is neither the id nor the name of an allowed value. Values of other types are
// not judged: how Currents reads them is not documented.
func (t *IssueType) Missing(values ...CustomField) []FieldProblem {
	if t == nil {
		return nil
	}
	given := make(map[string]string, len(values))
	for _, v := range values {
		given[v.FieldID] = v.Value
	}
	var problems []FieldProblem
	for _, field := range t.CustomFields {
		value := strings.TrimSpace(given[field.FieldID])
		switch {
		case field.Required && field.FieldType == FieldTypeUnsupported:
			problems = append(problems, FieldProblem{field, "is required, and Currents cannot fill a field of this type" + originally(field)})
		case field.Required && value == "":
			problems = append(problems, FieldProblem{field, "is required and has no value" + choices(field)})
		case value != "" && field.FieldType == FieldTypeSelect && !field.allows(value):
			problems = append(problems, FieldProblem{field, fmt.Sprintf("does not allow the value %q", value) + choices(field)})
		}
	}
	return problems
}

// allows reports whether the value can be chosen. A field that lists no values is not judged.
func (f *IssueField) allows(value string) bool {
	return len(f.AllowedValues) == 0 || slices.ContainsFunc(f.AllowedValues, func(v AllowedValue) bool {
		return v.ID == value || v.Name == value
	})
}

func originally(f IssueField) string {
	if f.OriginalType == "" {
		return ""
	}
	return ": " + f.OriginalType
}

// choices lists the allowed values, the first few of many.
func choices(f IssueField) string {
	const most = 10
	var names []string
	for i, v := range f.AllowedValues {
		if i == most {
			names = append(names, "…")
			break
		}
		names = append(names, first(v.Name, v.ID))
	}
	if len(names) == 0 {
		return ""
	}
	return ": choose from " + strings.Join(names, ", ")
}
