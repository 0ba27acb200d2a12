package oauth

import (
	"fmt"
	"io"
	"log/slog"
)

// hidden is what is printed in place of a secret.
const hidden = "(secret)"

// Secret is a text that nothing prints: not fmt with any verb, not slog, not encoding/json, however deep it lies in
// another value. Only [Secret.Reveal] gives it away.
type Secret struct {
	reveal func() string // fmt prints a function as an address, even in a field that it cannot call methods on
}

// NewSecret hides s.
func NewSecret(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return Secret{func() string { return s }}
}

// Reveal returns the text, "" for the zero Secret.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// Format prints what a log may know.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue is what slog logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText is what encoders write.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
