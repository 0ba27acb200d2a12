package jira_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/jira"
)

// strange are values that may stand in the place of any other.
var strange = []string{
	`null`, `true`, `false`, `0`, `-0`, `7`, `1.0`, `1e2`, `99999999999999999999`, `""`, `"x"`, `"\u00e9\ud83d\ude00\n"`, `"\ud800"`, `"2026-11-20"`,
	`"2026-11-20T12:00:00.000+0100"`, `[]`, `[null]`, `[1,"a"]`, `{}`, `{"id":1}`, `{"id":"1","unknown":[{}]}`, ` { "name" : null } `, `{"NAME":"case"}`,
}

// mutations calls f with v changed in one place: each value replaced by each strange one, each name of an object in
// another case, left out and beside an unknown one. Far below, every sixth strange value must do.
func mutations(v any, depth int, f func(any)) {
	for i, s := range strange {
		if depth < 3 || (i+depth)%6 == 0 {
			f(json.RawMessage(s))
		}
	}
	switch v := v.(type) {
	case []any:
		for i := range v {
			changed := slices.Clone(v)
			mutations(v[i], depth+1, func(m any) { changed[i] = m; f(changed) })
		}
	case map[string]any:
		if v["type"] == "doc" {
			return // kept as it is
		}
		for name := range v {
			changed := maps.Clone(v)
			mutations(v[name], depth+1, func(m any) { changed[name] = m; f(changed) })
			delete(changed, name)
			f(changed)
			changed[strings.ToUpper(name)] = v[name]
			f(changed)
		}
		changed := maps.Clone(v)
		changed["\x01unknown\u2028"] = v
		f(changed)
	}
}

// Whatever stands in the place of a value, the issue reads as by encoding/json.
func TestDecodeMutated(t *testing.T) {
	t.Parallel()
	doc := meaning(document(t, "full.json")).(map[string]any)
	fields := doc["fields"].(map[string]any)
	delete(doc, "fields")
	try := func(t *testing.T, v any) {
		t.Helper()
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var got jira.Issue
		err = json.Unmarshal(b, &got)
		want, wantErr := reference(string(b))
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("got %v, encoding/json %v of %s", err, wantErr, b)
		}
		if err == nil {
			want.compare(t, &got)
		}
		if t.Failed() {
			t.Fatalf("of %s", b)
		}
	}
	for id, value := range fields {
		if strings.HasPrefix(id, "customfield_") {
			continue
		}
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			mutations(value, 0, func(m any) {
				try(t, map[string]any{"key": "WEB-7", "fields": map[string]any{"a": 1, id: m, "z": []int{2}}})
			})
		})
	}
	for name, value := range doc {
		t.Run("issue "+name, func(t *testing.T) {
			t.Parallel()
			mutations(value, 0, func(m any) { try(t, map[string]any{"fields": map[string]any{"z": 1}, name: m}) })
		})
	}
}

// A document that is cut anywhere, or has a byte too many, is refused.
func TestDecodeCut(t *testing.T) {
	t.Parallel()
	for name, doc := range documents(t) {
		doc = strings.TrimSpace(doc)
		for n := range len(doc) {
			if n > 1000 && n%97 != 0 {
				continue
			}
			var issue jira.Issue
			if err := issue.UnmarshalJSON([]byte(doc[:n])); err == nil {
				t.Errorf("%s: read though it is cut after %d bytes", name, n)
			}
		}
		for _, more := range []string{"}", ",", "x", "\x00", `""`} {
			var issue jira.Issue
			if err := issue.UnmarshalJSON([]byte(doc + more)); err == nil {
				t.Errorf("%s: read though %q follows", name, more)
			}
		}
	}
}
