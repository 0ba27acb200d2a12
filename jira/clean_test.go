package jira_test

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/jira-integrations/go-sdk/jira"
)

func TestCleanSummary(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ from, want string }{
		{"Cart total is wrong", "Cart total is wrong"},
		{"", ""},
		{" \r\n\t ", ""},
		{" two\r\nlines\tand  blanks \u2028", "two lines and blanks"},
		{"a\x00b\x1b[31mred", "a b [31mred"},
		{"wrong \xff bytes", "wrong \uFFFD bytes"},
		{strings.Repeat("é", 255), strings.Repeat("é", 255)},
		{strings.Repeat("é", 256), strings.Repeat("é", 254) + "…"},
		{strings.Repeat("x", 253) + " tail", strings.Repeat("x", 253) + "…"},
		{strings.Repeat("😀", 127) + "x", strings.Repeat("😀", 127) + "x"},
		{strings.Repeat("😀", 128), strings.Repeat("😀", 127) + "…"},
	} {
		if got := jira.CleanSummary(tt.from); got != tt.want {
			t.Errorf("%q becomes %q, want %q", tt.from, got, tt.want)
		}
	}
}

func TestCleanLabel(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ from, want string }{
		{"flaky", "flaky"},
		{" two words\tand more\n", "two-words-and-more"},
		{"", ""},
		{"\u00a0\u3000", ""},
		{strings.Repeat("x", 300), strings.Repeat("x", 255)},
		{strings.Repeat("😀", 200), strings.Repeat("😀", 127)},
	} {
		if got := jira.CleanLabel(tt.from); got != tt.want {
			t.Errorf("%q becomes %q, want %q", tt.from, got, tt.want)
		}
	}
}

// Whatever the text, the fake takes what comes of it, and cleaning it again changes nothing.
func FuzzClean(f *testing.F) {
	for _, s := range []string{"a b", "\r\n", strings.Repeat("😀 ", 200), "\xff\xfe", "\u2028x", strings.Repeat("a", 254) + " b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, clean := range map[string]func(string) string{"summary": jira.CleanSummary, "label": jira.CleanLabel} {
			got := clean(s)
			if n := len(utf16.Encode([]rune(got))); n > 255 || !utf8.ValidString(got) {
				t.Errorf("%s: %q has %d characters", name, got, n)
			}
			if again := clean(got); again != got {
				t.Errorf("%s: %q becomes %q", name, got, again)
			}
			if strings.ContainsAny(got, "\r\n\t") || name == "label" && strings.Contains(got, " ") {
				t.Errorf("%s: %q has blanks", name, got)
			}
		}
	})
}
