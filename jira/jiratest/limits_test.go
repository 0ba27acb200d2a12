package jiratest_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestLimits goes up to each limit and over it, when an issue is created and when it is edited.
func TestLimits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.AddIssue("WEB", "Bug", "One", nil)
	// UTF-16 units, not bytes: an emoji is two.
	emoji := func(n int) string { return `"` + strings.Repeat("😀", n) + `"` }
	text := func(n int) string { return `"` + strings.Repeat("é", n) + `"` }
	rich := func(n int) string { return adf(strings.Repeat("é", n)) }
	labels := func(n int) string { return `["ok",` + text(n) + `]` }
	link := func(n int) string {
		return `"https://a.example/` + strings.Repeat("x", n-len("https://a.example/")) + `"`
	}
	for _, tt := range []struct{ field, fits, not, want string }{
		{"summary", text(255), text(256), "Summary can't exceed 255 characters."},
		{"summary", emoji(127), emoji(128), "Summary can't exceed 255 characters."},
		{"labels", `[` + emoji(127) + `]`, `[` + emoji(128) + `]`, "exceeds the maximum length"},
		{"customfield_10030", emoji(127), emoji(128), "exceeds the allowed limit of 255 characters."},
		{"description", adf(strings.Repeat("😀", 16383)), adf(strings.Repeat("😀", 16384)), "32,767 characters."},
		{"summary", `"tab\tis fine"`, `"two\nlines"`, "The summary is invalid because it contains newline characters."},
		{"summary", `" x "`, `"two\rlines"`, "The summary is invalid because it contains newline characters."},
		{"summary", `"x"`, `"  "`, "You must specify a summary of the issue."},
		{"labels", labels(255), labels(256), "exceeds the maximum length allowed of 255 characters."},
		{"labels", `["a-b"]`, `["a b"]`, "The label 'a b' contains spaces which is invalid."},
		{"labels", `["a_b"]`, `["a\tb"]`, "contains spaces which is invalid."},
		{"labels", `[]`, `[""]`, "The label cannot be empty."},
		{"customfield_10037", labels(255), labels(256), "exceeds the maximum length"},
		{"customfield_10037", `["a"]`, `["a b"]`, "contains spaces"},
		{"customfield_10030", text(255), text(256), "The entered text is too long. It exceeds the allowed limit of 255 characters."},
		{"customfield_10042", link(255), link(256), "exceeds the allowed limit of 255 characters."},
		{"description", rich(32767), rich(32768), "The entered text is too long. It exceeds the allowed limit of 32,767 characters."},
		{"environment", rich(32767), rich(32768), "32,767 characters."},
		{"customfield_10035", rich(32767), rich(32768), "32,767 characters."},
		{"customfield_10016", `1e308`, `1e309`, "'1e309' is an invalid number"},
		{"customfield_10016", `-12345.678`, `-1e400`, "'-1e400' is an invalid number"},
		{"customfield_10016", `0`, `"0"`, "Operation value must be a number"},
	} {
		fields := func(value string) string {
			summary := `,"summary":"x"`
			if tt.field == "summary" {
				summary = ""
			}
			return `{"fields":{"project":{"key":"WEB"},"issuetype":{"name":"Bug"},"` + tt.field + `":` + value + summary + `}}`
		}
		s.want(201, "POST", "/issue", fields(tt.fits))
		s.want(204, "PUT", "/issue/"+key, `{"fields":{"`+tt.field+`":`+tt.fits+`}}`)
		for _, got := range []any{
			s.want(400, "POST", "/issue", fields(tt.not)),
			s.want(400, "PUT", "/issue/"+key, `{"fields":{"`+tt.field+`":`+tt.not+`}}`),
			s.want(400, "PUT", "/issue/"+key, `{"update":{"`+tt.field+`":[{"set":`+tt.not+`}]}}`),
		} {
			if reason := fmt.Sprint(at(got, "errors", tt.field)); !strings.Contains(reason, tt.want) {
				t.Errorf("%s: %q, want %q", tt.field, reason, tt.want)
			}
		}
	}
	s.want(201, "POST", "/issue/"+key+"/comment", `{"body":`+rich(32767)+`}`)
	s.wantError(400, "32,767", "POST", "/issue/"+key+"/comment", `{"body":`+rich(32768)+`}`)
	s.wantError(400, "32,767", "POST", "/issue/"+key+"/worklog", `{"timeSpent":"1h","comment":`+rich(32768)+`}`)
}
