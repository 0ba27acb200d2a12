package jira_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/jira"
)

// FuzzAnswer reads what json.Unmarshal would refuse before it asks the issue: answers as they come from the network. What
// is JSON and what is not is encoding/json's to say.
func FuzzAnswer(f *testing.F) {
	all := documents(f)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		f.Add([]byte(all[name]))
	}
	for _, doc := range []string{
		`{"a":01}`, `{"a":-}`, `{"a":- 1}`, `{"a":1.}`, `{"a":1e}`, `{"a":.5}`, `{"a":+1}`, `{"a":1e+5,"b":-0.0E-1}`, `{"a":truefalse}`,
		`{"a":nul}`, `{"a":"\x"}`, `{"a":"\u12g4"}`, `{"a":"\u12`, `{"a":"\`, `{"a" "b"}`, `{"a":1,}`, `{,}`, `{"a":[1,]}`, `{"a":[,]}`,
		`{"a":[1 2]}`, `{"a":1]`, `{"a":{}}}`, `{"a":1} x`, "{\"a\":\"12345678\x1f\"}", "{\"a\"\v:1}", "\ufeff{}", "{\"a\":\"\x7f\x80é\"}",
		`{"fields":{"summary":"a\n","labels":["\u00e9",1],"assignee":{"active":tru}}}`, `{"fields":{"created":"2024-01-02T15:04:05.000+0000}}`,
		`{"fields":{"progress":{"total":01}}}`, `{"fields":{"parent":{"key":1,"x":[}}}`, `{"fields":{"duedate":"2024-02-30","components":[null,{}]}}`,
		`{"fields":{"timespent":1 2}}`, `{"key":"A-1","key":2}`, `{"fields":[}`, `{"renderedFields":{"a":}}`, ` {"id" : "1" } ` + "\n\t\r",
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var got, want jira.Issue
		err, wantErr := got.DecodeBody(slices.Clone(doc), func() {}), json.Unmarshal(doc, &want)
		if wantErr == nil && want.ID == "" && want.Key == "" {
			wantErr = errors.New("can be unmarshalled, but is no answer")
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("got %v, encoding/json %v", err, wantErr)
		}
		if err != nil {
			return
		}
		if diff := cmp.Diff(want, got, sameIssue); diff != "" {
			t.Errorf("(-encoding/json +got):\n%s", diff)
		}
	})
}

// A document is as deep as encoding/json allows, to the level.
func TestDecodeDepth(t *testing.T) {
	t.Parallel()
	for _, depth := range []int{9_999, 10_000} {
		doc := `{"id":"1","x":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}`
		var issue jira.Issue
		if err := issue.DecodeBody([]byte(doc), func() {}); (err == nil) != json.Valid([]byte(doc)) {
			t.Errorf("%d levels below the first: %v", depth, err)
		}
	}
}
