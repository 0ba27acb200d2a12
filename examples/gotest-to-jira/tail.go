package main

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
)

// kept is how many bytes of the output of a test are kept: its end, where the failure is.
const kept = 32 << 10

// keptCrash is how much is kept besides of the beginning of a crash: what happened stands before all the goroutines.
const keptCrash = 4 << 10

// tail keeps the end of what is written to it.
type tail struct {
	text  []byte
	gone  gone
	crash []byte
}

// gone is what is missing before a text.
type gone struct {
	lines int
	part  bool // of the line that the text begins with
}

func (t *tail) write(s string) {
	if len(t.crash) > 0 || crashes.MatchString(s) {
		t.crash = append(t.crash, s[:min(len(s), keptCrash-len(t.crash))]...)
	}
	t.text = append(t.text, s...)
	if len(t.text) > 2*kept {
		rest, gone := cutTo(t.text, kept)
		t.text, t.gone = bytes.Clone(rest), t.gone.and(gone)
	}
}

func (t *tail) drop() { *t = tail{} }

// and is what is missing when more is cut off.
func (g gone) and(more gone) gone {
	if more == (gone{}) {
		return g
	}
	return gone{g.lines + more.lines, more.part}
}

// note stands for what is missing before a text. It quotes the crash, unless that is in the text.
func (g gone) note(crash []byte, text string) string {
	var note string
	switch {
	case g == gone{}:
		return ""
	case g.lines == 0:
		note = "the beginning of this line is missing"
	case g.part:
		note = program.Count(g.lines, "line") + " and the beginning of the next are missing"
	default:
		note = program.Count(g.lines, "line") + " missing"
	}
	if line := firstLine(crash); line != "" && !strings.Contains(text, line) {
		return fmt.Sprintf("[… %s, among them:]\n%s\n[…]\n", note, strings.TrimSpace(clean(string(crash))))
	}
	return fmt.Sprintf("[… %s]\n", note)
}

// cutTo returns the end of a text, at most n bytes: whole lines, unless the last one alone is longer.
func cutTo[T []byte | string](text T, n int) (T, gone) {
	at := len(text) - n
	if at <= 0 {
		return text, gone{}
	}
	for i := at - 1; i < len(text)-1; i++ {
		if text[i] == '\n' {
			return text[i+1:], gone{lines: lineEnds(text[:i+1])}
		}
	}
	for at < len(text) && !utf8.RuneStart(text[at]) {
		at++
	}
	return text[at:], gone{lineEnds(text[:at]), true}
}

func lineEnds[T []byte | string](text T) int {
	n := 0
	for i := range len(text) {
		if text[i] == '\n' {
			n++
		}
	}
	return n
}

// join puts the ends of several outputs together to a text of about n bytes. What does not fit is cut off at the
// beginning; a note says so and quotes the crash, if that is where it was.
func join(outputs []*tail, n int) string {
	var parts []string // the last one first
	var cut gone
	var crash []byte
	for _, t := range slices.Backward(outputs) {
		if n == 0 {
			cut.lines += t.gone.lines + lineEnds(t.text)
			if len(t.crash) > 0 {
				crash = t.crash
			}
			continue
		}
		text := clean(string(t.text))
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		rest, more := cutTo(text, n)
		n -= len(rest)
		missing := t.gone.and(more)
		if more == (gone{}) {
			parts = append(parts, rest, missing.note(t.crash, rest))
			continue
		}
		cut.lines += missing.lines
		if len(rest) > 0 {
			cut.part = missing.part
			parts = append(parts, rest)
		}
		n = 0
		if len(t.crash) > 0 && !strings.Contains(rest, firstLine(t.crash)) {
			crash = t.crash
		}
	}
	parts = append(parts, cut.note(crash, ""))
	slices.Reverse(parts)
	return strings.TrimRight(strings.Join(parts, ""), "\n")
}

func firstLine(crash []byte) string {
	line, _, _ := strings.Cut(clean(string(crash)), "\n")
	return line
}

var (
	escapes = regexp.MustCompile("(?:\x1b\\[|\u009b)[0-?]*[ -/]*[@-~]?" + // colors and the like
		"|(?:\x1b\\]|\u009d)[^\a\x1b\u009c\n]*(?:\a|\x1b\\\\|\u009c)?" + // links and titles
		"|\x1b[ -/]*[0-~]?")
	crashes = regexp.MustCompile(`^(?:panic: |fatal error: |signal: |WARNING: DATA RACE|testing: race detected outside)`)
	frames  = regexp.MustCompile(`(?m)^=== (?:RUN   |PAUSE |CONT  |NAME  ).*\n`)
)

// clean leaves of an output what can be read: no escape codes of terminals, no other control characters, and none of the
// lines that say which test is writing.
func clean(s string) string {
	s = frames.ReplaceAllString(s, "")
	s = escapes.ReplaceAllString(s, "")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\r': // a progress bar, drawn over and over
			return '\n'
		case unicode.IsControl(c) && c != '\n' && c != '\t':
			return -1
		}
		return c
	}, s)
}

// speaks reports whether there is more in an output than the lines that go test itself writes about a test.
func (t *tail) speaks() bool {
	for line := range strings.Lines(clean(string(t.text))) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "--- ") {
			return true
		}
	}
	return false
}
