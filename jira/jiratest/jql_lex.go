package jiratest

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind int

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenQuoted
	tokenSymbol // an operator, a parenthesis or a comma
)

// jqlToken is one word of a query; at counts characters from 1, and end is where the next one may begin.
type jqlToken struct {
	kind    tokenKind
	text    string
	at, end int
}

// is reports whether the token is a certain keyword or symbol.
func (t jqlToken) is(text string) bool {
	return t.kind == tokenSymbol && t.text == text || t.kind == tokenWord && strings.EqualFold(t.text, text)
}

func (t jqlToken) String() string {
	if t.kind == tokenEnd {
		return "the end of the query"
	}
	return "'" + t.text + "'"
}

// jqlError is a query that is not JQL, or not what the fake understands of it.
func jqlError(t jqlToken, format string, args ...any) error {
	return fmt.Errorf("Error in the JQL Query: %s (line 1, character %d)", fmt.Sprintf(format, args...), t.at)
}

// lexJQL splits a query into tokens; the last one is a tokenEnd.
func lexJQL(query string) ([]jqlToken, error) {
	var tokens []jqlToken
	runes := []rune(query)
	for i := 0; i < len(runes); {
		r := runes[i]
		at := i + 1
		switch {
		case unicode.IsSpace(r):
			i++
		case r == '"' || r == '\'':
			s, next, err := lexQuoted(runes, i)
			if err != nil {
				return nil, err
			}
			tokens = append(tokens, jqlToken{tokenQuoted, s, at, next + 1})
			i = next
		case strings.ContainsRune("=!<>~(),&|", r):
			symbol := string(r)
			if i+1 < len(runes) {
				switch pair := symbol + string(runes[i+1]); pair {
				case "!=", "!~", "<=", ">=", "&&", "||":
					symbol = pair
				}
			}
			i += utf8.RuneCountInString(symbol)
			tokens = append(tokens, jqlToken{tokenSymbol, symbol, at, i + 1})
		default:
			start := i
			var word strings.Builder
			for i < len(runes) && isWordRune(runes[i]) {
				word.WriteRune(runes[i])
				i++
				// The key in issue.property["a key"].path may be quoted.
				if i < len(runes) && runes[i-1] == '[' && (runes[i] == '"' || runes[i] == '\'') {
					key, next, err := lexQuoted(runes, i)
					if err != nil {
						return nil, err
					}
					word.WriteString(key)
					i = next
				}
			}
			if i == start {
				return nil, jqlError(jqlToken{at: at}, "The character '%c' is a reserved JQL character. You must enclose it in a string or use the escape '\\u%04x' instead.", r, r)
			}
			tokens = append(tokens, jqlToken{tokenWord, word.String(), at, i + 1})
		}
	}
	return append(tokens, jqlToken{kind: tokenEnd, at: len(runes) + 1}), nil
}

// isWordRune reports whether a character can stand in a word without quotes. Brackets are for cf[10016] and properties.
func isWordRune(r rune) bool {
	return !unicode.IsSpace(r) && !unicode.IsControl(r) && !strings.ContainsRune(`"'=!<>~(),&|;{}*/%^$#@?\`+"`", r)
}

func lexQuoted(runes []rune, start int) (s string, next int, err error) {
	quote := runes[start]
	var b strings.Builder
	for i := start + 1; i < len(runes); i++ {
		switch r := runes[i]; {
		case r == quote:
			return b.String(), i + 1, nil
		case r == '\\' && i+1 < len(runes):
			i++
			switch runes[i] {
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			case 'r':
				b.WriteByte('\r')
			case '"', '\'', '\\', ' ':
				b.WriteRune(runes[i])
			default:
				return "", 0, jqlError(jqlToken{at: i}, "'\\%c' is an illegal JQL escape sequence.", runes[i])
			}
		default:
			b.WriteRune(r)
		}
	}
	return "", 0, jqlError(jqlToken{at: start + 1}, "The quoted string '%s' has not been completed.", string(runes[start+1:]))
}
