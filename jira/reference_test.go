package jira_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

func asError(err error, target **client.Error) bool { return errors.As(err, target) }

// expectation is an issue as encoding/json reads it, property by property, into the same types.
type expectation struct {
	issue  jira.Issue // without its fields
	system jira.SystemFields
	others map[string]string
}

// reference reads a document by encoding/json alone. Names of properties count by their exact case. A system field that
// cannot be read is empty and among the others.
func reference(doc string) (*expectation, error) {
	doc = string([]rune(doc)) // as encoding/json has it inside of strings, for values that are kept unparsed
	var properties map[string]json.RawMessage
	if err := json.Unmarshal([]byte(doc), &properties); err != nil {
		return nil, err
	}
	e := &expectation{others: make(map[string]string)}
	err := fill(reflect.ValueOf(&e.issue).Elem(), properties, func(name string, raw json.RawMessage, dst reflect.Value) error {
		if name != "fields" {
			return plainly(name, raw, dst)
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(raw, &fields); err != nil {
			return err
		}
		return e.fields(fields)
	})
	return e, err
}

func (e *expectation) fields(fields map[string]json.RawMessage) error {
	for id, raw := range fields {
		e.others[id] = string(raw)
	}
	return fill(reflect.ValueOf(&e.system).Elem(), fields, func(id string, raw json.RawMessage, dst reflect.Value) error {
		if plainly(id, raw, dst) == nil {
			delete(e.others, id)
		} else {
			dst.SetZero()
		}
		return nil
	})
}

// plainly reads a value by encoding/json, with ids in the form that the type has.
func plainly(name string, raw json.RawMessage, dst reflect.Value) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return err
	}
	if reshapeIDs(&v, name, dst.Type()) {
		var err error
		if raw, err = json.Marshal(v); err != nil {
			return err
		}
	}
	return json.Unmarshal(raw, dst.Addr().Interface())
}

var whole = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)

// reshapeIDs makes strings of the numbers in v that are ids for which a type has strings, and the other way round, and
// reports whether there were any.
func reshapeIDs(v *any, name string, t reflect.Type) (changed bool) {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return false
	}
	switch t.Kind() {
	case reflect.Pointer:
		return reshapeIDs(v, name, t.Elem())
	case reflect.String:
		n, numeric := (*v).(json.Number)
		if numeric && (name == "id" || strings.HasSuffix(name, "Id")) {
			*v = string(n)
			return true
		}
	case reflect.Int, reflect.Int64:
		if s, text := (*v).(string); text && whole.MatchString(s) && (name == "id" || strings.HasSuffix(name, "Id")) {
			*v = json.Number(s)
			return true
		}
	case reflect.Slice:
		list, _ := (*v).([]any)
		for i := range list {
			changed = reshapeIDs(&list[i], name, t.Elem()) || changed
		}
	case reflect.Struct:
		object, _ := (*v).(map[string]any)
		for field := range t.Fields() {
			property, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			for key, value := range object {
				if strings.EqualFold(key, property) && reshapeIDs(&value, property, field.Type) {
					object[key], changed = value, true
				}
			}
		}
	}
	return changed
}

// fill calls set for each property that the struct v has.
func fill(v reflect.Value, properties map[string]json.RawMessage, set func(string, json.RawMessage, reflect.Value) error) error {
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if raw, ok := properties[name]; ok {
			if err := set(name, raw, v.Field(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *expectation) compare(tb testing.TB, got *jira.Issue) {
	tb.Helper()
	if diff := cmp.Diff(&e.issue, got, sameIssue, cmpopts.IgnoreFields(jira.Issue{}, "Fields")); diff != "" {
		tb.Errorf("issue (-encoding/json +got):\n%s", diff)
	}
	if diff := cmp.Diff(e.system, got.Fields.SystemFields, sameIssue); diff != "" {
		tb.Errorf("fields (-encoding/json +got):\n%s", diff)
	}
	if diff := cmp.Diff(e.others, others(&got.Fields)); diff != "" {
		tb.Errorf("fields kept as received (-encoding/json +got):\n%s", diff)
	}
}

// repeats reports whether an object has the same property twice. What that means is nowhere defined.
func repeats(doc string, fold func(string) string) bool {
	dec := json.NewDecoder(strings.NewReader(doc))
	var names []map[string]bool // of the objects that are open; nil for an array
	key := false
	for {
		token, err := dec.Token()
		if err != nil {
			return false
		}
		switch v := token.(type) {
		case json.Delim:
			switch v {
			case '{':
				names = append(names, map[string]bool{})
			case '[':
				names = append(names, nil)
			default:
				names = names[:len(names)-1]
			}
			key = len(names) > 0 && names[len(names)-1] != nil
			continue
		case string:
			if key {
				v = fold(v)
				if names[len(names)-1][v] {
					return true
				}
				names[len(names)-1][v] = true
				key = false
				continue
			}
		}
		key = len(names) > 0 && names[len(names)-1] != nil
	}
}

func anyCase(s string) string   { return strings.ToLower(strings.ToUpper(s)) }
func exactCase(s string) string { return s }

func FuzzIssue(f *testing.F) {
	all := documents(f)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		f.Add([]byte(all[name]))
	}
	for _, doc := range []string{
		`{"fields":{"status":{"name":1,"id":"x"},"summary":null,"labels":[null,"a"]}}`,
		`{"fields":{"assignee":{"ACCOUNTID":"a","avatarUrls":{"16X16":"b"}},"votes":{"votes":1e3}}}`,
		`{"key":"\ud83d \ude00\ud83d\u0041\ud83d\ud83d\ude00\ud83d","self":"\ud83d\n"}`,
		`{"key":"\ud83d\ude00","fields":{"\u0073ummary":"\/\b\f\n\r\t\"\\"}}`,
		`{"fields":{"created":"2024-01-02T15:04:05.000+0000","updated":"2024-13-02T15:04:05.000+0000","lastViewed":1}}`,
		` { "fields" : { "timespent" : -0 , "workratio":9223372036854775808, "progress": {} } } `,
		`{"fields":{"parent":{"fields":{"parent":{"key":"A-1","fields":null}}},"description":{"type":"doc"},"environment":7}}`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var got jira.Issue
		err := json.Unmarshal(doc, &got)
		if !json.Valid(doc) {
			if err == nil {
				t.Fatal("a document that is no JSON was read")
			}
			return
		}
		if repeats(string(doc), anyCase) {
			return // it must not panic, and has not
		}
		want, wantErr := reference(string(doc))
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("got %v, encoding/json %v", err, wantErr)
		}
		if err != nil {
			return
		}
		want.compare(t, &got)
		// A read-modify-write loses nothing.
		written, err := json.Marshal(&got)
		if err != nil {
			t.Fatal(err)
		}
		var again jira.Issue
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatalf("%v in %s", err, written)
		}
		if diff := cmp.Diff(others(&got.Fields), others(&again.Fields), compacted); diff != "" {
			t.Errorf("written and read again (-want +got):\n%s", diff)
		}
	})
}
