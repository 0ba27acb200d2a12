package jira_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/jira"
)

// Issues within issues within issues must not take time that grows with the square of their number: this document took
// more than a minute when each level was scanned anew.
func TestDecodeNestedIssues(t *testing.T) {
	t.Parallel()
	for _, shape := range []struct{ open, shut string }{
		{`{"key":"A-1","fields":{"subtasks":[`, `]}}`},
		{`{"key":"A-1","fields":{"parent":`, `}}`},
		{`{"key":"A-1","fields":{"issuelinks":[{"id":"1","outwardIssue":`, `}]}}`},
		{`{"key":"A-1","fields":{"subtasks":[`, `,1]}}`}, // and nothing in it is as it should be
	} {
		const levels = 1500
		doc := strings.Repeat(shape.open, levels) + `{"key":"A-2"}` + strings.Repeat(shape.shut, levels)
		var issue jira.Issue
		if err := json.Unmarshal([]byte(doc), &issue); err != nil {
			t.Fatal(err)
		}
		if issue.Key != "A-1" {
			t.Errorf("%s: the issue is %q", shape.open, issue.Key)
		}
		again, err := json.Marshal(&issue)
		if err != nil || strings.Count(string(again), `"A-1"`) != levels {
			t.Errorf("%s: of %d issues %d were kept: %v", shape.open, levels, strings.Count(string(again), `"A-1"`), err)
		}
	}
}
