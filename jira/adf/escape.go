package adf

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// escaper writes text so that Markdown reads nothing but text in it.
type escaper struct {
	line
	lineStart, lineEnd bool
	first, last        bool // whether the first and the last character are written as entities
	more               bool // something follows in the line
}

func (e escaper) escape(s string) string {
	var b strings.Builder
	for i, c := range s {
		size := utf8.RuneLen(c)
		if size < 0 {
			size = 1
		}
		start, end := i == 0, i+size >= len(s)
		switch {
		case start && e.first, end && e.last:
			entity(&b, c)
		case c == ' ':
			if start && e.lineStart || end && e.lineEnd {
				entity(&b, c)
			} else {
				b.WriteByte(' ')
			}
		case unicode.IsSpace(c):
			entity(&b, c)
		case c >= utf8.RuneSelf:
			b.WriteRune(c)
		case c == '`' && end && e.more, c == '@' && end, c == '\\' && end:
			entity(&b, c)
		case e.special(s, i, start && e.lineStart):
			b.WriteByte('\\')
			b.WriteRune(c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

func entity(b *strings.Builder, c rune) { fmt.Fprintf(b, "&#%d;", c) }

var (
	numberBefore = regexp.MustCompile(`^[0-9]{1,9}$`)
	entityAhead  = regexp.MustCompile(`^&(?:#[xX]?[0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);`)
)

// special reports whether the character at i would mean something.
func (e escaper) special(s string, i int, lineStart bool) bool {
	next := byte(0)
	if i+1 < len(s) {
		next = s[i+1]
	}
	switch c := s[i]; c {
	case '\\', '`', '*', '[', ']', '<', '~':
		return true
	case '_':
		return i == 0 || next == 0 || !plainLetter(rune(s[i-1])) || !plainLetter(rune(next)) ||
			i == 1 && e.first || i+2 == len(s) && e.last // beside an entity it is not within a word
	case '|':
		return e.cell || lineStart
	case '#':
		return lineStart || e.single
	case '&':
		return entityAhead.MatchString(s[i:])
	case '+', '-', '=', '>':
		return lineStart
	case '.', ')':
		return e.lineStart && numberBefore.MatchString(s[:i]) || c == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www")
	case '!':
		return next == 0 && e.more || next == '['
	case '@':
		return i == 0 || s[i-1] != ' ' && s[i-1] != '('
	case ':':
		m := emojiSyntax.FindStringSubmatch(s[i:])
		return lineStart || next == '/' || m != nil && emoji[m[1]] != ""
	}
	return false
}

// escapeAll writes every character that could mean something anywhere as an entity.
func escapeAll(s string) string {
	var b strings.Builder
	for _, c := range oneLine(s) {
		if c == ' ' || c >= utf8.RuneSelf && !unicode.IsSpace(c) || plainLetter(c) || strings.ContainsRune("-.,;/?+='%", c) {
			b.WriteRune(c)
		} else {
			entity(&b, c)
		}
	}
	return b.String()
}

// encodeWord writes everything but plain characters as entities.
func encodeWord(s string) string {
	var b strings.Builder
	for _, c := range s {
		if plainLetter(c) || strings.ContainsRune("+#._-/", c) {
			b.WriteRune(c)
		} else {
			entity(&b, c)
		}
	}
	return b.String()
}

// encodeTarget writes an address.
func encodeTarget(s string) string {
	var b strings.Builder
	for i, c := range s {
		switch {
		case plainLetter(c), strings.ContainsRune("/:.?=%#_~+,;@!$*'-{}^", c), c >= utf8.RuneSelf && unicode.IsPrint(c):
			b.WriteRune(c)
		case c == '&' && !entityAhead.MatchString(s[i:]):
			b.WriteRune(c)
		default:
			entity(&b, c)
		}
	}
	return b.String()
}
