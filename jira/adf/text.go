package adf

import (
	"encoding/json"
	"strconv"
	"strings"
)

// breaks writes every line break as "\n".
var breaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// Text makes a document of plain text. An empty line begins a new paragraph, a line break stays one, other control
// characters than tabs are left out. Text without any printable character gives nil: Jira refuses empty text nodes.
func Text(s string) *Doc {
	content := paragraphs(s)
	if len(content) == 0 {
		return nil
	}
	return finish(Node{Type: TypeDoc, Content: content, extra: map[string]any{"version": 1}})
}

// clean is text that JSON and Jira can hold.
func clean(s string) string {
	return strings.Map(printable, strings.ToValidUTF8(breaks.Replace(s), "\uFFFD"))
}

// paragraphs are those of a plain text.
func paragraphs(s string) (out []Node) {
	for paragraph := range strings.SplitSeq(clean(s), "\n\n") {
		paragraph = strings.Trim(paragraph, "\n")
		if strings.TrimSpace(paragraph) != "" {
			out = append(out, Paragraph(lines(paragraph, nil)...))
		}
	}
	return out
}

// lines are text nodes with a hardBreak between the lines of a text.
func lines(s string, marks []Mark) (out []Node) {
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			out = append(out, HardBreak())
		}
		if line != "" {
			out = append(out, Node{Type: TypeText, Text: line, Marks: marks})
		}
	}
	return out
}

// printable drops control characters.
func printable(c rune) rune {
	if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
		return -1
	}
	return c
}

// Text returns what a reader would see, without marks: one line for each block, mentions and emoji by their text.
func (d *Doc) Text() string {
	if d != nil && strings.HasPrefix(d.raw, `"`) {
		return d.all()
	}
	return strings.TrimSpace(d.all())
}

// all is Text with the white space at its ends.
func (d *Doc) all() string {
	if d == nil || d.raw == "" {
		return ""
	}
	var plain string
	if json.Unmarshal([]byte(d.raw), &plain) == nil {
		return plain
	}
	var b strings.Builder
	for _, n := range d.content() { // a broken document is an empty one, a property of an unknown shape is passed over
		n.write(&b)
	}
	return strings.TrimRight(b.String(), "\n")
}

func (n *Node) write(b *strings.Builder) {
	switch n.Type {
	case TypeText:
		b.WriteString(n.Text)
	case TypeHardBreak:
		b.WriteByte('\n')
	default:
		b.WriteString(label(n.Type, n.Attrs))
	}
	for i := range n.Content {
		n.Content[i].write(b)
	}
	if block(n.Type) && b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
		b.WriteByte('\n')
	}
}

// label is the text that a node shows by its attributes.
func label(t NodeType, attrs map[string]any) string {
	keys, after := []string{"text", "shortName", "url"}, ""
	switch t {
	case TypeDate:
		s, _ := attrs["timestamp"].(string)
		if ms, err := strconv.ParseInt(s, 10, 64); err == nil {
			return day(ms)
		}
		return s
	case TypeMedia:
		keys = []string{"alt"}
	case TypeExpand, TypeNestedExpand:
		keys, after = []string{"title"}, "\n"
	}
	for _, key := range keys {
		if s, ok := attrs[key].(string); ok && s != "" {
			return s + after
		}
	}
	return ""
}

// block reports whether what follows a node begins on a line of its own.
func block(t NodeType) bool {
	switch t {
	case TypeParagraph, TypeHeading, TypeCodeBlock, TypeBlockquote, TypeListItem, TypeTableRow, TypePanel, TypeRule,
		TypeTaskItem, TypeBlockTaskItem, TypeDecisionItem, TypeMediaSingle, TypeCaption, TypeExpand, TypeNestedExpand,
		TypeBlockCard, TypeEmbedCard:
		return true
	}
	return false
}
