package currents

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// escapes are the terminal's control sequences: CSI (colours), OSC (titles, links) and the short ones.
var escapes = regexp.MustCompile("(?:\x1b\\[|\u009b)[0-?]*[ -/]*[@-~]?" +
	"|(?:\x1b\\]|\u009d)[^\a\x1b\u009c]*(?:\a|\x1b\\\\|\u009c)?" +
	"|\x1b[ -/]*[0-~]")

// StripANSI returns s without terminal colours and other control sequences, which test frameworks put into their error
// texts. Line ends become \n; of the control characters only \n and \t stay.
func StripANSI(s string) string {
	if !strings.ContainsFunc(s, isControl) {
		return s
	}
	s = escapes.ReplaceAllString(s, "")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(c rune) rune {
		if isControl(c) {
			return -1
		}
		return c
	}, s)
}

func isControl(c rune) bool {
	return c < ' ' && c != '\n' && c != '\t' || c >= 0x7f && c < 0xa0
}

// maxErrorText bounds one text of a failed test. A whole page dumped into an assertion message helps nobody in Jira.
const maxErrorText = 16 << 10

// readable is StripANSI, cut to maxErrorText bytes.
func readable(s string) string {
	// The codes can be most of a text: cut twice so that not all of a huge one is worked on.
	return truncate(StripANSI(truncate(s, 16*maxErrorText)), maxErrorText)
}

func truncate(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	limit -= len("…")
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit] + "…"
}
