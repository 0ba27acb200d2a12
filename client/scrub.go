package client

import (
	"encoding/base64"
	"errors"
	"html"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// scrub takes the credential out of an error: some servers and proxies send back what they were sent.
func (c *call) scrub(e *Error) {
	s := c.scrubber()
	if len(s) == 0 {
		return
	}
	for i, m := range e.Messages {
		e.Messages[i] = s.clean(m)
	}
	fields := make(map[string]string, len(e.Fields))
	for name, m := range e.Fields {
		fields[s.clean(name)] = s.clean(m)
	}
	if len(fields) > 0 {
		e.Fields = fields
	}
	e.Code, e.Reason, e.TraceID = s.clean(e.Code), s.clean(e.Reason), s.clean(e.TraceID)
	e.Body = []byte(s.clean(string(e.Body)))
	e.cause = s.cleanError(e.cause)
}

// scrubbed is an error that tells its kind but not its text.
type scrubbed struct {
	text  string
	cause error
}

func (e *scrubbed) Error() string        { return e.text }
func (e *scrubbed) Is(target error) bool { return errors.Is(e.cause, target) }

// shortestSecret keeps a credential of a few letters from blanking half of a message.
const shortestSecret = 6

// telling is how much of the beginning of a secret must not be told either: texts are cut at some length, and so may be a
// secret in them.
const telling = 12

// secret is a text that must not be told, and how much of its beginning gives it away.
type secret struct {
	text string
	cut  int
}

type scrubber []secret

// clean replaces all secrets in text, and what is left of those that were cut off.
func (s scrubber) clean(text string) string {
	for _, secret := range s {
		text = secret.clean(text)
	}
	return text
}

func (s secret) clean(text string) string {
	var b strings.Builder
	done := 0
	for i := 0; i < len(text); {
		n := s.at(text[i:])
		if n == 0 {
			i++
			continue
		}
		b.WriteString(text[done:i])
		b.WriteString("(credential)")
		i += n
		done = i
	}
	if done == 0 {
		return text
	}
	return b.String() + text[done:]
}

// at returns the length of what text begins with and of what the secret could be read; 0 for nothing. The secret may stand
// there as it is, or as in a URL, in JSON or in HTML. Backslashes are not counted: what is quoted twice has more of them.
func (s secret) at(text string) int {
	i := 0
	for k := 0; k < len(s.text); k++ {
		rest := strings.TrimLeft(text[i:], `\`)
		slashes := len(text) - i - len(rest)
		if s.text[k] == '\\' && slashes > 0 {
			for k+1 < len(s.text) && s.text[k+1] == '\\' {
				k++
			}
			i += slashes
			continue
		}
		n := written(rest, s.text[k], slashes > 0)
		if n == 0 {
			if k < s.cut {
				return 0
			}
			break
		}
		i += slashes + n
	}
	return i
}

// written returns the length of what text begins with if that stands for c.
func written(text string, c byte, quoted bool) int {
	if text == "" {
		return 0
	}
	switch first := text[0]; {
	case first == '&':
		if end := strings.IndexByte(text[:min(len(text), 8)], ';'); end > 0 && html.UnescapeString(text[:end+1]) == string(rune(c)) {
			return end + 1
		}
	case first == '%' && escaped(text, 1, 3, c):
		return 3
	case first == 'u' && quoted && escaped(text, 1, 5, c):
		return 5
	case first == '+' && c == ' ':
		return 1
	}
	if text[0] == c {
		return 1
	}
	return 0
}

// escaped reports whether text[from:to] is the hexadecimal number of c.
func escaped(text string, from, to int, c byte) bool {
	if len(text) < to {
		return false
	}
	n, err := strconv.ParseUint(text[from:to], 16, 16)
	return err == nil && n == uint64(c)
}

// cleanError takes the secrets out of the texts of err and of all that it wraps.
func (s scrubber) cleanError(err error) error {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		if text := inner.Error(); s.clean(text) != text {
			return &scrubbed{s.clean(err.Error()), err}
		}
	}
	return err
}

func (c *call) scrubber() scrubber { return signature{c.unsigned, c.signed}.scrubber() }

// scrubber lists what signing has added to the request.
func (c signature) scrubber() scrubber {
	var all scrubber
	add := func(text string, cut int) {
		if len(text) >= shortestSecret && !slices.ContainsFunc(all, func(s secret) bool { return s.text == text }) {
			all = append(all, secret{text, min(cut, len(text))})
		}
	}
	for name, values := range c.signed {
		if slices.Equal(values, c.unsigned[name]) {
			continue
		}
		for _, value := range values {
			scheme, credential, ok := strings.Cut(value, " ")
			if !ok {
				add(value, telling)
				continue
			}
			add(value, len(value))
			add(credential, telling)
			if plain, err := base64.StdEncoding.DecodeString(credential); err == nil && strings.EqualFold(scheme, "Basic") {
				add(string(plain), len(plain)) // it begins with the account's name, which is none
				_, password, _ := strings.Cut(string(plain), ":")
				add(password, telling)
			}
		}
	}
	return all
}

// signature is what a request had in its header before it was signed, and after.
type signature struct{ unsigned, signed http.Header }

// Scrub takes the credential with which c has signed last out of a text from a success of the server that becomes an error.
// Those of other answers are scrubbed by [Client.Do].
func (c *Client) Scrub(text string) string {
	if c == nil {
		return text
	}
	last := c.last.Load()
	if last == nil {
		return text
	}
	return last.scrubber().clean(text)
}

// told returns a header of an answer as others may learn it: one line, without the credential.
func (c *call) told(h http.Header, name string) string {
	return c.scrubber().clean(oneLine(h.Get(name)))
}
