package jira

import (
	"encoding/json"
	"iter"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Fields are the fields of an issue: the ones that Jira defines as plain Go fields, the ones that a site has added as they
// were received. Read those with a [CustomField] or with [Fields.Raw]. A system field of a shape that Jira does not
// document, a list where an object is due for example, is empty and kept as received, too.
type Fields struct {
	SystemFields
	custom []rawField
}

// rawField is a field as received.
type rawField struct {
	id  string
	raw string
}

// Raw returns the value of a field that is kept as received, and nil when there is none of this id.
func (f *Fields) Raw(id string) json.RawMessage {
	if f == nil {
		return nil
	}
	for _, field := range slices.Backward(f.custom) {
		if field.id == id {
			return json.RawMessage(field.raw)
		}
	}
	return nil
}

// Others iterates over the ids and values of the fields that are kept as received.
func (f *Fields) Others() iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		if f == nil {
			return
		}
		for _, field := range f.custom {
			if !yield(field.id, json.RawMessage(field.raw)) {
				return
			}
		}
	}
}

// UnmarshalJSON reads the fields.
func (f *Fields) UnmarshalJSON(b []byte) error { return decodeDocument(b, f.decode) }

// MarshalJSON writes the fields, those kept as received included. A system field that was kept and has been set since is
// written as set.
func (f Fields) MarshalJSON() ([]byte, error) {
	b, err := json.Marshal(f.SystemFields)
	if err != nil || len(f.custom) == 0 {
		return b, err
	}
	system := string(b)
	b = b[:len(b)-1] // without the closing brace
	for _, field := range f.custom {
		if _, known := systemFields()[field.id]; known && has(system, field.id) {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		id, err := json.Marshal(field.id)
		if err != nil {
			return nil, err
		}
		b = append(b, id...)
		b = append(b, ':')
		b = append(b, field.raw...)
	}
	return append(b, '}'), nil
}

// systemFields maps the ids of the fields that Jira defines to their names in SystemFields.
var systemFields = sync.OnceValue(func() map[string]string {
	names := make(map[string]string)
	for f := range reflect.TypeFor[SystemFields]().Fields() {
		id, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names[id] = f.Name
	}
	return names
})

// has reports whether an object has a member of this name.
func has(object, name string) bool {
	s := scanner{src: object}
	for member := range s.members {
		if member == name {
			return true
		}
		s.skip()
	}
	return false
}
