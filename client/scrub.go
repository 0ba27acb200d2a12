package client

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
)

// scrub takes the credential out of an error: some servers and proxies send back what they were sent.
func (c *call) scrub(e *Error) {
	secrets := c.secrets()
	if len(secrets) == 0 {
		return
	}
	clean := strings.NewReplacer(secrets...).Replace
	for i, m := range e.Messages {
		e.Messages[i] = clean(m)
	}
	for name, m := range e.Fields {
		e.Fields[name] = clean(m)
	}
	e.Code, e.Reason, e.TraceID = clean(e.Code), clean(e.Reason), clean(e.TraceID)
	e.Body = []byte(clean(string(e.Body)))
	if e.cause != nil {
		if text := e.cause.Error(); clean(text) != text {
			e.cause = &scrubbed{clean(text), e.cause}
		}
	}
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

// secrets lists what signing has added to the request, each followed by what to put in its place.
func (c *call) secrets() []string {
	var pairs []string
	add := func(secret string) {
		if len(secret) >= shortestSecret && !slices.Contains(pairs, secret) {
			pairs = append(pairs, secret, "(credential)")
		}
	}
	for name, values := range c.signed {
		if slices.Equal(values, c.unsigned[name]) {
			continue
		}
		for _, value := range values {
			add(value)
			scheme, credential, ok := strings.Cut(value, " ")
			if !ok {
				continue
			}
			add(credential)
			if plain, err := base64.StdEncoding.DecodeString(credential); err == nil && strings.EqualFold(scheme, "Basic") {
				add(string(plain))
				_, password, _ := strings.Cut(string(plain), ":")
				add(password)
			}
		}
	}
	return pairs
}
