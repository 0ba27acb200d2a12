package jira

import (
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads a JSON document once, from front to back, and checks the syntax of all that it passes. A method takes the
// value at the scanner's position. When there is none that it can take, because the document is broken or because the
// value is of another kind, the scanner fails, and every method does nothing until the scanner is taken back to a mark.
type scanner struct {
	src    string
	pos    int
	depth  int
	failed bool
	left   int64 // of what the values may take, see client.Allowance
}

// charge takes a value of some size off what is left. The scanner fails when that was too much.
func (s *scanner) charge(size uintptr) {
	if s.left -= int64(size); s.left < 0 { // #nosec G115 -- of a Go type
		s.fail()
	}
}

// maxDepth is how deep encoding/json lets objects and arrays be nested.
const maxDepth = 10_000

func (s *scanner) fail() { s.failed = true }

// token passes white space and returns the byte after it, 0 at the end and after a failure.
func (s *scanner) token() byte {
	if s.failed {
		return 0
	}
	for ; s.pos < len(s.src); s.pos++ {
		if c := s.src[s.pos]; c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
	}
	return 0
}

// end reports whether the document has been read without a failure and nothing is left of it.
func (s *scanner) end() bool {
	s.token()
	return !s.failed && s.pos == len(s.src)
}

// mark is a place to come back to.
type mark struct{ pos, depth int }

// mark returns the place at which the next value begins.
func (s *scanner) mark() mark {
	s.token()
	return mark{s.pos, s.depth}
}

// back forgets what happened since m, a failure included.
func (s *scanner) back(m mark) { s.pos, s.depth, s.failed = m.pos, m.depth, false }

// since returns what was passed since m.
func (s *scanner) since(m mark) string { return s.src[m.pos:s.pos] }

// open enters an object or an array. It returns false when it is empty, and passed, or when there is none.
func (s *scanner) open(bracket, closing byte) bool {
	if s.token() != bracket || s.depth == maxDepth {
		s.fail()
		return false
	}
	s.pos++
	s.depth++
	if s.token() == closing {
		s.pos++
		s.depth--
		return false
	}
	return true
}

// next passes the comma before a further member or element. It returns false at the end, which is passed.
func (s *scanner) next(closing byte) bool {
	switch s.token() {
	case ',':
		s.pos++
		return true
	case closing:
		s.pos++
		s.depth--
	default:
		s.fail()
	}
	return false
}

// members iterates over the names of an object. The body of the loop takes the value of each, or fails.
func (s *scanner) members(yield func(name string) bool) {
	for more := s.open('{', '}'); more; more = s.next('}') {
		if name := s.name(); s.failed || !yield(name) {
			return
		}
	}
}

// elements iterates over an array. The body of the loop takes each element, or fails.
func (s *scanner) elements(yield func() bool) {
	for more := s.open('[', ']'); more; more = s.next(']') {
		if s.failed || !yield() {
			return
		}
	}
}

// name passes the name of a member and its colon.
func (s *scanner) name() string {
	text, plain := s.quoted()
	if s.token() != ':' {
		s.fail()
		return ""
	}
	s.pos++
	if plain {
		return text[1 : len(text)-1]
	}
	return unquote(text)
}

// skip passes a value of any kind and returns it as it stands.
func (s *scanner) skip() string {
	start := s.mark()
	s.pass()
	if s.failed {
		return ""
	}
	return s.since(start)
}

func (s *scanner) pass() {
	switch s.token() {
	case '{':
		for more := s.open('{', '}'); more; more = s.next('}') {
			s.quoted()
			if s.token() != ':' {
				s.fail()
				return
			}
			s.pos++
			s.pass()
		}
	case '[':
		for more := s.open('[', ']'); more; more = s.next(']') {
			s.pass()
		}
	case '"':
		s.quoted()
	case 't':
		s.word("true")
	case 'f':
		s.word("false")
	case 'n':
		s.word("null")
	default:
		s.number()
	}
}

func (s *scanner) word(w string) {
	if !strings.HasPrefix(s.src[s.pos:], w) {
		s.fail()
		return
	}
	s.pos += len(w)
}

// null passes a null and reports whether there was one.
func (s *scanner) null() bool {
	if s.token() != 'n' {
		return false
	}
	s.word("null")
	return !s.failed
}

// text takes a string, or nothing at null.
func (s *scanner) text(dst *string) {
	if s.null() {
		return
	}
	switch text, plain := s.quoted(); {
	case s.failed:
	case plain:
		*dst = text[1 : len(text)-1]
	default:
		*dst = unquote(text)
	}
}

// unquote returns what a string with escapes stands for. It is counted first: a text may be as long as an answer.
func unquote(quoted string) string {
	text := quoted[1 : len(quoted)-1]
	length := len(text)
	for i := ordinary(text); i < len(text); i += ordinary(text[i:]) {
		r, n := unescape(text[i:])
		length += utf8.RuneLen(r) - n
		i += n
	}
	var b strings.Builder
	b.Grow(length)
	for len(text) > 0 {
		i := ordinary(text)
		b.WriteString(text[:i])
		if text = text[i:]; len(text) > 0 {
			r, n := unescape(text)
			b.WriteRune(r)
			text = text[n:]
		}
	}
	return b.String()
}

// unescape returns what the escape that s begins with stands for, and its length. It has been checked.
func unescape(s string) (rune, int) {
	switch c := s[1]; c {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r := hexRune(s)
		if !utf16.IsSurrogate(r) {
			return r, 6
		}
		if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
			if pair := utf16.DecodeRune(r, hexRune(s[6:])); pair != utf8.RuneError {
				return pair, 12
			}
		}
		return utf8.RuneError, 6 // half a pair
	default:
		return rune(c), 2
	}
}

func hexRune(s string) rune {
	n, _ := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n)
}

// boolean takes true or false, or nothing at null.
func (s *scanner) boolean(dst *bool) {
	switch s.token() {
	case 't':
		s.word("true")
		*dst = true
	case 'f':
		s.word("false")
		*dst = false
	case 'n':
		s.word("null")
	default:
		s.fail()
	}
}

// integer takes a number without a fraction and an exponent, or nothing at null.
func integer[T int | int64](s *scanner, dst *T) {
	if s.null() {
		return
	}
	start := s.mark()
	s.number()
	if s.failed {
		return
	}
	n, err := strconv.ParseInt(s.since(start), 10, strconv.IntSize)
	if err != nil {
		s.fail()
		return
	}
	*dst = T(n)
}

func (s *scanner) number() {
	if s.token() == '-' {
		s.pos++
	}
	if s.at('0') {
		s.pos++
	} else {
		s.digits()
	}
	if s.at('.') {
		s.pos++
		s.digits()
	}
	if s.at('e') || s.at('E') {
		s.pos++
		if s.at('+') || s.at('-') {
			s.pos++
		}
		s.digits()
	}
}

func (s *scanner) at(c byte) bool { return s.pos < len(s.src) && s.src[s.pos] == c }

// digits passes one digit or more.
func (s *scanner) digits() {
	start := s.pos
	for s.pos < len(s.src) && s.src[s.pos]-'0' <= 9 {
		s.pos++
	}
	if s.pos == start {
		s.fail()
	}
}

// quoted passes a string and returns it with its quotes; plain says that it has no escapes.
func (s *scanner) quoted() (text string, plain bool) {
	if s.token() != '"' {
		s.fail()
		return "", false
	}
	start := s.pos
	plain = true
	for i := start + 1; ; {
		i += ordinary(s.src[i:])
		switch {
		case i >= len(s.src) || s.src[i] < ' ':
			s.fail()
			return "", false
		case s.src[i] == '"':
			s.pos = i + 1
			return s.src[start:s.pos], plain
		}
		n := escape(s.src[i:])
		if n == 0 {
			s.fail()
			return "", false
		}
		plain = false
		i += n
	}
}

// ordinary returns the number of bytes before the first quote, backslash or control character. It looks at eight bytes at
// a time: most of a page is text.
func ordinary(s string) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	i := 0
	for ; i+8 <= len(s); i += 8 {
		b := s[i : i+8]
		w := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		quote, backslash := w^(ones*'"'), w^(ones*'\\')
		// The high bit of a byte is set where the subtraction of that byte borrowed; the lowest such byte is always a true one.
		hit := ((w-ones*' ')&^w | (quote-ones)&^quote | (backslash-ones)&^backslash) & highs
		if hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			break
		}
	}
	return i
}

// escape returns the length of the escape that s begins with, 0 when it is wrong.
func escape(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(s) >= 6 && strings.Trim(s[2:6], "0123456789abcdefABCDEF") == "" {
			return 6
		}
	}
	return 0
}
