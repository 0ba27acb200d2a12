package jira

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// What Jira takes, in characters as length counts them.
const (
	maxSummary = 255
	maxLabel   = 255
	maxLine    = 255 // of a text field of one line
)

// CleanSummary makes a summary that Jira takes of any text: one line of at most 255 characters, counted in UTF-16 units,
// of which an emoji has two. Line ends, tabs and other control characters become blanks, several blanks one. A text that
// is too long is cut and ends in "…". Nothing in this package does so by itself: a summary that Jira would refuse is an
// error of [IssuesService.Create]. The summary of a text of nothing but blanks is "", which Jira does not take.
func CleanSummary(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), func(c rune) bool {
		return unicode.IsSpace(c) || unicode.IsControl(c)
	}), " ")
	return shorten(s, maxSummary, "…")
}

// CleanLabel makes a label that Jira takes of any text: blanks and control characters between words become a "-", those
// around the text go, and what is beyond 255 characters, counted as in [CleanSummary], is cut. Two texts may give one
// label. The label of a text of nothing but blanks is "", which Jira does not take.
func CleanLabel(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), notInLabel), "-")
	return shorten(s, maxLabel, "")
}

func notInLabel(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }

// asLabel is a label as it is written, if Jira takes it.
func asLabel(s string) any {
	switch n := length(s); {
	case s == "":
		return unwritable{errors.New("a label is empty")}
	case strings.ContainsFunc(s, notInLabel):
		return unwritable{fmt.Errorf("the label %q has a blank: CleanLabel puts a - there", s)}
	case n > maxLabel:
		return unwritable{fmt.Errorf("a label has %d characters, %d are allowed: CleanLabel shortens it", n, maxLabel)}
	}
	return s
}

// length is how long Jira finds a text: it counts UTF-16 units.
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
