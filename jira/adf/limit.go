package adf

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// MaxLength is how many characters Jira takes in a description, a comment or another rich text.
const MaxLength = 32767

// maxSource is how many bytes of Markdown are parsed: far more than Jira takes, far less than could keep a program busy.
const maxSource = 1 << 20

// ErrTooLong says that a document has more than [MaxLength] characters. [Doc.Truncate] shortens it.
var ErrTooLong = errors.New("too long for Jira")

// missing ends a document that was cut.
const missing = "… [truncated]"

func tooLong(length int) error {
	if length <= MaxLength {
		return nil
	}
	return fmt.Errorf("adf: %d characters, %d are allowed: %w", length, MaxLength, ErrTooLong)
}

// Len is the number of characters of the document's text, marks aside.
func (d *Doc) Len() int { return utf8.RuneCountInString(d.Text()) }

// Truncate returns the document if it has at most n characters. Otherwise it returns a valid document of at most n
// characters: the beginning, and a last paragraph that says that something is missing. An n of less than 1 is taken as 1.
//
//	Description: adf.Markdown(log).Truncate(adf.MaxLength)
func (d *Doc) Truncate(n int) *Doc {
	if d == nil || d.raw == "" && !d.cut {
		return d
	}
	n = max(n, 1)
	if d.Len() <= n && !d.cut {
		if n <= MaxLength && d.err != nil {
			return &Doc{raw: d.raw}
		}
		return d
	}
	note := missing
	if n < utf8.RuneCountInString(missing) {
		note = "…"
	}
	c := cutter{left: n - utf8.RuneCountInString(note) - 1}
	content := append(c.cut(d.content()), Paragraph(Run(note)))
	return finish(Node{Type: TypeDoc, Content: content, extra: map[string]any{"version": 1}})
}

// cutter keeps nodes until a number of characters is spent.
type cutter struct {
	left int
	done bool
}

func (c *cutter) cut(nodes []Node) (out []Node) {
	for _, n := range nodes {
		if c.done {
			break
		}
		before := c.left
		c.spend(&n)
		switch {
		case c.done && before <= 0:
		case n.Type == TypeText && n.Text == "":
		case n.Type == TypeLayoutSection && c.done && len(n.Content) < 2: // a section needs two columns
			for _, column := range n.Content {
				out = append(out, column.Content...)
			}
		case c.done && n.Type != TypeText && len(n.Content) == 0:
		default:
			out = append(out, n)
		}
	}
	return out
}

// spend cuts a node to what is left.
func (c *cutter) spend(n *Node) {
	if n.Type == TypeText {
		if length := utf8.RuneCountInString(n.Text); length > c.left {
			n.Text = string([]rune(n.Text)[:max(c.left, 0)])
			c.done = true
			return
		}
		c.left -= utf8.RuneCountInString(n.Text)
		return
	}
	cost := utf8.RuneCountInString(label(n.Type, n.Attrs))
	if n.Type == TypeHardBreak || block(n.Type) {
		cost++
	}
	if cost > c.left {
		c.done = true
		n.Content = nil
		return
	}
	c.left -= cost
	if n.Content != nil {
		n.Content = c.cut(n.Content)
	}
}
