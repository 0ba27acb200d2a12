package client

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"html"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// scrub takes the credential out of an error: some servers and proxies send back what they were sent.
func (c *call) scrub(e *Error) {
	s := c.secrets
	if s == nil {
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

// telling is how much of a secret must not be told: texts are cut somewhere, and so may be a secret in them.
const telling = 12

// scrubber takes out of texts what signing has added to a request: the text itself, its base64 and its hexadecimal digits, in
// any case and with the escapes of URLs, HTML and JSON, and each piece of them of so many letters as tell something.
type scrubber struct {
	secrets []string
	once    sync.Once
	pieces  map[string]struct{} // in plain letters
	lengths []int               // of the pieces
}

// build lists the pieces. Few clients ever need them.
func (s *scrubber) build() {
	s.pieces = make(map[string]struct{})
	for _, secret := range s.secrets {
		s.add(secret)
		s.add(hex.EncodeToString([]byte(secret)))
		for i := range 3 { // base64 has three letters to four: what stands before the secret shifts it
			s.add(base64.RawStdEncoding.EncodeToString([]byte(secret[i:])))
			s.add(base64.RawURLEncoding.EncodeToString([]byte(secret[i:])))
		}
	}
}

func (s *scrubber) add(text string) {
	plain, _ := plainly(text)
	if len(plain) < shortestSecret {
		return
	}
	n := min(telling, len(plain))
	if !slices.Contains(s.lengths, n) {
		s.lengths = append(s.lengths, n)
	}
	for i := 0; i+n <= len(plain); i++ {
		s.pieces[string(plain[i:i+n])] = struct{}{}
	}
}

// at returns the length of the piece of a secret that text begins with, 0 for none.
func (s *scrubber) at(text []byte) (longest int) {
	for _, n := range s.lengths {
		if n <= len(text) && n > longest {
			if _, ok := s.pieces[string(text[:n])]; ok {
				longest = n
			}
		}
	}
	return longest
}

// clean replaces all that is of a secret in text.
func (s *scrubber) clean(text string) string {
	if s == nil || len(text) < shortestSecret {
		return text
	}
	s.once.Do(s.build)
	plain, at := plainly(text)
	var b strings.Builder
	told := 0        // how much of text is in b, or left out of it
	from, to := 0, 0 // of plain is of a secret
	leaveOut := func() {
		if to > from {
			b.WriteString(text[told:at[from]])
			b.WriteString("(credential)")
			told = at[to]
		}
	}
	for i := range plain {
		n := s.at(plain[i:])
		if n == 0 {
			continue
		}
		if i > to {
			leaveOut()
			from = i
		}
		to = max(to, i+n)
	}
	leaveOut()
	return b.String() + text[told:]
}

// maxEscapes bounds how often a text is read again because what was escaped in it had been escaped before.
const maxEscapes = 4

// plainly returns text in small letters and without escapes, and where in text each of its letters begins; the last number is
// where they end. Secrets are read in the same way, so it does no harm that theirs may be no escapes.
func plainly(text string) (plain []byte, at []int) {
	plain, at = []byte(text), make([]int, len(text)+1)
	for i := range at {
		at[i] = i
	}
	for range maxEscapes {
		before := len(plain)
		if plain, at = unescape(plain, at); len(plain) == before {
			break
		}
	}
	for i, c := range plain {
		switch {
		case 'A' <= c && c <= 'Z':
			plain[i] += 'a' - 'A'
		case c == '+':
			plain[i] = ' ' // as in a query
		}
	}
	return plain, at
}

// unescape replaces each escape by what it stands for, in place. Backslashes are dropped: what is quoted twice has more.
func unescape(b []byte, at []int) ([]byte, []int) {
	n := 0
	for i := 0; i < len(b); {
		from := at[i]
		quoted := b[i] == '\\'
		for i < len(b) && b[i] == '\\' {
			i++
		}
		letter, read := letterOf(b[i:], quoted)
		i += read
		for k := range len(letter) {
			b[n], at[n] = letter[k], from
			n++
		}
	}
	at[n] = at[len(b)]
	return b[:n], at[:n+1]
}

// letterOf returns the letter that b begins with, and how much of b stands for it; that is never shorter.
func letterOf(b []byte, quoted bool) (letter string, read int) {
	if len(b) == 0 {
		return "", 0
	}
	switch c := b[0] | 0x20; {
	case b[0] == '%' || quoted && c == 'x':
		if v, err := strconv.ParseUint(string(b[1:min(3, len(b))]), 16, 8); err == nil && len(b) >= 3 {
			return string([]byte{byte(v)}), 3
		}
	case quoted && c == 'u':
		if v, err := strconv.ParseUint(string(b[1:min(5, len(b))]), 16, 16); err == nil && len(b) >= 5 {
			return string(rune(v)), 5
		}
	case b[0] == '&':
		if end := bytes.IndexByte(b[:min(len(b), 10)], ';'); end > 0 {
			if s := html.UnescapeString(string(b[:end+1])); utf8.RuneCountInString(s) == 1 {
				return s, end + 1
			}
		}
	}
	return string(b[:1]), 1
}

// cleanError takes the secrets out of the texts of err and of all that it wraps.
func (s *scrubber) cleanError(err error) error {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		if text := inner.Error(); s.clean(text) != text {
			return &scrubbed{s.clean(err.Error()), err}
		}
	}
	return err
}

// learn remembers what signing has added to the header of a request.
func (c *call) learn(unsigned, signed http.Header) {
	var secrets []string
	for name, values := range signed {
		if slices.Equal(values, unsigned[name]) {
			continue
		}
		for _, value := range values {
			scheme, credential, ok := strings.Cut(value, " ")
			if !ok || !strings.HasSuffix(name, "Authorization") {
				secrets = append(secrets, value)
				continue
			}
			secrets = append(secrets, credential)
			if plain, err := base64.StdEncoding.DecodeString(credential); err == nil && strings.EqualFold(scheme, "Basic") {
				_, password, _ := strings.Cut(string(plain), ":") // the account's name is no secret
				secrets = append(secrets, password)
			}
		}
	}
	secrets = slices.DeleteFunc(secrets, func(s string) bool { return len(s) < shortestSecret })
	slices.Sort(secrets)
	if c.secrets = c.client.last.Load(); c.secrets == nil || !slices.Equal(c.secrets.secrets, secrets) {
		c.secrets = &scrubber{secrets: secrets}
		c.client.last.Store(c.secrets)
	}
}

// Scrub takes the credential with which c has signed last out of a text from a success of the server that becomes an error.
// Those of other answers are scrubbed by [Client.Do].
func (c *Client) Scrub(text string) string {
	if c == nil {
		return text
	}
	return c.last.Load().clean(text)
}

// told returns a header of an answer as others may learn it: one line, without the credential.
func (c *call) told(h http.Header, name string) string {
	return c.secrets.clean(oneLine(h.Get(name)))
}
