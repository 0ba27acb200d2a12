package jiratest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// A function of an app may stand for a call of itself: that is refused, and does not go on for ever.
func TestPrecomputationOfItself(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.AddIssue("WEB", "Bug", "Cart", nil)
	s.AddPrecomputation(jiratest.Precomputation{
		FunctionKey: "shop__sold", FunctionName: "sold", Field: "issue", Operator: "in", Value: "issue in sold()",
	})
	s.want(http.StatusBadRequest, "POST", "/search/jql", `{"jql": "issue in sold()"}`)
}

// What apps have computed, and texts that are yet to be redacted, move with a snapshot.
func TestAppsInSnapshot(t *testing.T) {
	t.Parallel()
	before := newSite(t)
	before.AddIssue("WEB", "Bug", "Cart", nil)
	id := before.AddPrecomputation(jiratest.Precomputation{FunctionKey: "shop__sold", FunctionName: "sold", Field: "issue", Operator: "in", Value: "key = WEB-1"})
	job := before.want(http.StatusAccepted, "POST", "/redact", `{"redactions": [{
		"externalId": "51101de6-d001-429d-a095-b2b96dd57fc1", "reason": "personal",
		"contentItem": {"id": "10000", "entityType": "issuefieldvalue", "entityId": "summary"},
		"redactionPosition": {"expectedText": "x", "from": 0, "to": 1}
	}]}`).(string)
	snapshot, err := before.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	after := newSite(t)
	if err := after.Restore(snapshot); err != nil {
		t.Fatal(err)
	}
	page := after.want(http.StatusOK, "GET", "/jql/function/computation", "").(object)
	if got := page["values"].([]any)[0].(object)["id"]; got != id {
		t.Errorf("the precomputation is %v, want %s", got, id)
	}
	if got := after.want(http.StatusOK, "GET", "/redact/status/"+job, "").(object)["jobStatus"]; got != "PENDING" {
		t.Errorf("the job is %v", got)
	}
}

// The fake says so when an expression is beyond it, and calls nothing wrong that may be right.
func TestExpressionsBeyondTheFake(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	body := func(name string, v any) string {
		data, err := json.Marshal(object{name: v})
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	for _, expression := range []string{"let a = 1; a", "new Issue(10000).key", "`a ${1}`", "typeof 1", "[...[1]]", "null ?? 1"} {
		s.want(http.StatusNotImplemented, "POST", "/expression/analyse", body("expressions", []string{expression}))
		s.want(http.StatusNotImplemented, "POST", "/expression/evaluate", body("expression", expression))
	}
	for _, expression := range []string{"[1].sort()", "'a'.toUpperCase()"} {
		s.want(http.StatusOK, "POST", "/expression/analyse", body("expressions", []string{expression}))
		s.want(http.StatusNotImplemented, "POST", "/expression/evaluate", body("expression", expression))
	}
	s.want(http.StatusNotImplemented, "POST", "/expression/analyse?check=type", body("expressions", []string{"1"}))
	s.want(http.StatusNotImplemented, "POST", "/expression/evaluate", `{"expression": "1", "context": {"board": 1}}`)
}

// Whatever is sent as an expression or a query, the answer is one of those that there are.
func TestOddExpressions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, odd := range []string{
		"", " ", "(", ")", "[", "{", "{a", "{a:", "{1: 2}", "a.", "a.1", "a[", "a(", "(a, ", "(a, b)", "() =>", "a => ", "1 ?", "1 ? 2", "1 ? 2 :",
		"!", "-", "1 < ", "'", `"\`, "\\", "12ab", "1.", "#", "🛒", "&", "|", "1 & 2", "=", ";", "?.", "x => x", "(x => x(x))(x => x(x))",
		"[1].map()", "[1].map(1)", "[1][1.5]", "[1][-1]", "1()", "1 / 0", "1 % 0", "null.a", "!1", "-'a'", "'a' < 1", "1 && true",
		strings.Repeat("(", 400), strings.Repeat("!", 400), strings.Repeat("a.", 400), strings.Repeat("[", 400),
	} {
		data, err := json.Marshal(odd)
		if err != nil {
			t.Fatal(err)
		}
		for path, body := range map[string]string{
			"/expression/analyse":        `{"expressions": [` + string(data) + `]}`,
			"/expression/evaluate":       `{"expression": ` + string(data) + `}`,
			"/jql/parse?validation=none": `{"queries": [` + string(data) + `]}`,
			"/jql/pdcleaner":             `{"queryStrings": [` + string(data) + `]}`,
			"/jql/sanitize":              `{"queries": [{"query": ` + string(data) + `}]}`,
			"/jql/match":                 `{"issueIds": [], "jqls": [` + string(data) + `]}`,
		} {
			if resp, answer := s.send("POST", path, body); resp.StatusCode == http.StatusInternalServerError || !json.Valid(answer) {
				t.Errorf("%s %s: %d %s", path, body, resp.StatusCode, answer)
			}
		}
	}
}
