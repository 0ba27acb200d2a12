package jira

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// What Jira takes, in characters. It counts in UTF-16: an emoji is two.
const (
	maxSummary = 255
	maxLabel   = 255
)

// CleanSummary makes a summary that Jira takes of any text: one line of at most 255 characters. Line ends, tabs and other
// control characters become blanks, several blanks one. A text that is too long is cut and ends in "…". Nothing in this
// package does so by itself: a summary that Jira would refuse is an error of [IssuesService.Create].
func CleanSummary(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), func(c rune) bool {
		return unicode.IsSpace(c) || unicode.IsControl(c)
	}), " ")
	return shorten(s, maxSummary, "…")
}

// CleanLabel makes a label that Jira takes of any text: blanks and control characters become "-", what is beyond 255
// characters is cut. Two texts may give one label. The label of a text without anything else is "".
func CleanLabel(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), notInLabel), "-")
	return shorten(s, maxLabel, "")
}

func notInLabel(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }

// length is how long Jira finds a text.
func length(s string) int {
	n := 0
	for _, c := range s {
		n += utf16.RuneLen(c)
	}
	return n
}

// shorten cuts a text to a length; what is cut ends in end.
func shorten(s string, limit int, end string) string {
	if length(s) <= limit {
		return s
	}
	limit -= length(end)
	cut := 0
	for _, c := range s {
		if limit -= utf16.RuneLen(c); limit < 0 {
			break
		}
		cut += utf8.RuneLen(c)
	}
	return strings.TrimRightFunc(s[:cut], unicode.IsSpace) + end
}
