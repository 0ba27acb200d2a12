package adf

import (
	"errors"
	"fmt"
	"unicode/utf16"
)

// MaxLength is how many characters Jira takes in a description, a comment or another rich text. Like Jira this package counts
// them in UTF-16, where an emoji is two.
const MaxLength = 32767

// maxJSON is how many bytes a document has that is made here. Text alone takes a fraction of it.
const maxJSON = 1 << 20

// ErrTooLong says that a document has more than [MaxLength] characters, or so much around them that it takes more than 1 MiB
// of JSON. [Doc.Truncate] shortens it.
var ErrTooLong = errors.New("too long for Jira")

// missing ends a document that was cut.
const missing = "… [truncated]"

// characters counts as Jira does.
func characters(s string) (n int) {
	for _, c := range s {
		n += utf16.RuneLen(c)
	}
	return n
}

// head is the longest beginning of a text of at most n characters.
func head(s string, n int) string {
	for i, c := range s {
		if n -= utf16.RuneLen(c); n < 0 {
			return s[:i]
		}
	}
	return s
}

// tooLong says whether a document of so much JSON is too long.
func (d *Doc) tooLong() error {
	if len(d.raw) <= MaxLength { // most are far from it
		return nil
	}
	if length := d.Len(); length > MaxLength {
		return fmt.Errorf("adf: %d characters, %d are allowed: %w", length, MaxLength, ErrTooLong)
	}
	if len(d.raw) > maxJSON {
		return fmt.Errorf("adf: %d bytes of JSON, %d are allowed: %w", len(d.raw), maxJSON, ErrTooLong)
	}
	return nil
}

// Len is the number of characters of the document's text, marks aside, in UTF-16 (see [MaxLength]).
func (d *Doc) Len() int { return characters(d.all()) }

// Truncate returns the document if it has at most n characters, in UTF-16 as [Doc.Len] counts them. Otherwise it returns a
// valid document of at most n characters: the beginning, and a last paragraph that says that something is missing. An n of
// less than 1 is taken as 1. A log is best kept in one block of code:
//
//	Description: adf.New(adf.CodeBlock("", log)).Truncate(adf.MaxLength)
func (d *Doc) Truncate(n int) *Doc {
	if d == nil || d.raw == "" && !d.cut {
		return d
	}
	n = max(n, 1)
	big := d.err != nil && len(d.raw) > maxJSON
	if !d.cut && !big && d.Len() <= n {
		if n <= MaxLength && d.err != nil {
			return &Doc{raw: d.raw}
		}
		return d
	}
	note := missing
	if n < characters(missing) {
		note = "…"
	}
	c := cutter{left: n - characters(note) - 1, room: maxJSON - 1024} // the note takes room too
	content := append(c.cut(d.content()), Paragraph(Run(note)))
	return finish(Node{Type: TypeDoc, Content: content, extra: map[string]any{"version": 1}})
}

// cutter keeps nodes until a number of characters, or of bytes of JSON, is spent.
type cutter struct {
	left, room int
	done       bool
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
	cost := characters(label(n.Type, n.Attrs))
	if n.Type == TypeText {
		cost = characters(n.Text)
		if cost > c.left {
			n.Text = head(n.Text, max(c.left, 0))
			c.done = true
		}
	} else if n.Type == TypeHardBreak || block(n.Type) {
		cost++
	}
	if c.room -= weight(n); c.room < 0 || n.Type != TypeText && cost > c.left {
		c.done = true
		n.Text, n.Content = "", nil
		return
	}
	c.left -= cost
	if n.Content != nil {
		n.Content = c.cut(n.Content)
	}
}

// weight is how many bytes a node takes without what is in it.
func weight(n *Node) int {
	shell := *n
	shell.Content = nil
	raw, _ := shell.MarshalJSON() // what was decoded can be written
	return len(raw) + len(`,"content":[],`)
}
