package adf

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Markdown returns the document as Markdown. [Markdown] makes the same document of it again if it came from Markdown; what
// Markdown cannot say, such as colors and layouts, is left out, and what it cannot show is written as text.
func (d *Doc) Markdown() string {
	return writeBlocks(d.content(), 0, false)
}

// writeBlocks writes blocks one below the other; in says the marker of the list item that begins with them, if any.
func writeBlocks(nodes []Node, depth int, tight bool, in ...byte) string {
	var b strings.Builder
	var marker byte // of the list before
	for i := range nodes {
		n := &nodes[i]
		var avoid []byte
		if marker != 0 {
			avoid = append(avoid, marker)
		}
		if i == 0 {
			avoid = append(avoid, in...)
		}
		var s string
		s, marker = writeBlock(n, depth, avoid)
		if s == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
			if (!tight || !interrupts(n)) && (len(in) == 0 || !endsEmpty(b.String())) {
				b.WriteByte('\n')
			}
		}
		b.WriteString(s)
	}
	return b.String()
}

// writeBlock writes a block, and says by which marker if it is a list.
func writeBlock(n *Node, depth int, avoid []byte) (string, byte) {
	if depth > maxDepth {
		return writeInline(textOf(n), line{}), 0
	}
	switch n.Type {
	case TypeParagraph:
		return writeInline(n.Content, line{}), 0
	case TypeHeading:
		return writeHeading(n), 0
	case TypeRule:
		return "---", 0
	case TypeCodeBlock:
		return writeCode(n), 0
	case TypeBlockquote:
		return prefix(writeBlocks(n.Content, depth+1, false), "> "), 0
	case TypePanel:
		return writePanel(n, depth), 0
	case TypeBulletList, TypeOrderedList, TypeDecisionList:
		return writeList(n, depth, avoid)
	case TypeTaskList:
		return writeTasks(n, depth, avoid)
	case TypeTable:
		return writeTable(n), 0
	case TypeExpand, TypeNestedExpand:
		title := writeInline([]Node{Run(strings.TrimSpace(oneLine(n.Attr("title"))), Strong())}, line{})
		return strings.Trim(title+"\n\n"+writeBlocks(n.Content, depth+1, false), "\n"), 0
	case TypeMediaSingle, TypeMediaGroup, TypeMedia, TypeBlockCard, TypeEmbedCard, TypeCaption, TypeText:
		return writeInline([]Node{*n}, line{}), 0
	}
	if _, known := rules[n.Type]; len(n.Content) > 0 && (!known || !block(n.Type)) && !inlineOnly(n.Content) {
		return writeBlocks(n.Content, depth+1, false), 0
	}
	return writeInline([]Node{*n}, line{}), 0
}

func inlineOnly(nodes []Node) bool {
	for i := range nodes {
		if _, ok := inlineTypes[nodes[i].Type]; !ok {
			return false
		}
	}
	return true
}

var inlineTypes = holds(inlines)

// textOf is a node without its structure.
func textOf(n *Node) []Node {
	var b strings.Builder
	n.plain(&b)
	return []Node{Run(strings.Join(strings.Fields(b.String()), " "))}
}

func (n *Node) plain(b *strings.Builder) {
	if n.Type == TypeText {
		b.WriteString(n.Text)
	} else {
		b.WriteString(label(n.Type, n.Attrs))
	}
	for i := range n.Content {
		n.Content[i].plain(b)
	}
	if n.Type == TypeHardBreak || block(n.Type) {
		b.WriteByte(' ')
	}
}

// prefix puts a prefix before each line, without the space at its end where the line is empty.
func prefix(s, with string) string {
	var b strings.Builder
	for i, l := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		if l == "" {
			b.WriteString(strings.TrimRight(with, " "))
			continue
		}
		b.WriteString(with)
		b.WriteString(l)
	}
	return b.String()
}

func writeHeading(n *Node) string {
	level := min(max(integer(n.Attrs["level"], 1), 1), 6)
	if level <= 2 && slices.ContainsFunc(n.Content, func(c Node) bool { return c.Type == TypeHardBreak }) {
		if s := writeInline(n.Content, line{}); strings.Contains(s, "\n") {
			return s + "\n" + []string{"===", "---"}[level-1]
		}
	}
	return strings.TrimRight(strings.Repeat("#", level)+" "+writeInline(n.Content, line{single: true}), " ")
}

func writeCode(n *Node) string {
	var b strings.Builder
	for i := range n.Content {
		b.WriteString(n.Content[i].Text)
	}
	code := clean(b.String())
	fence := strings.Repeat("`", max(3, longestRun(code, '`')+1))
	if code != "" {
		code += "\n"
	}
	return fence + encodeWord(clean(n.Attr("language"))) + "\n" + code + fence
}

func longestRun(s string, c byte) (longest int) {
	run := 0
	for i := range len(s) {
		if s[i] != c {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

func writePanel(n *Node, depth int) string {
	kind := strings.ToUpper(n.Attr("panelType"))
	if _, ok := panels[kind]; !ok {
		kind = "NOTE"
	}
	content := writeBlocks(n.Content, depth+1, false)
	if content != "" && n.Content[0].Type != TypeParagraph {
		content = "\n" + content
	}
	return prefix(strings.TrimSuffix("[!"+kind+"]\n"+content, "\n"), "> ")
}

// pick takes the first marker that is not to be used here.
func pick(markers string, avoid []byte) byte {
	for i := range len(markers) {
		if !slices.Contains(avoid, markers[i]) {
			return markers[i]
		}
	}
	return markers[0]
}

func writeList(n *Node, depth int, avoid []byte) (string, byte) {
	ordered := n.Type == TypeOrderedList
	marker := pick("-*+", avoid)
	if ordered {
		marker = pick(".)", avoid)
	}
	tight := !slices.ContainsFunc(n.Content, func(item Node) bool { return !isTight(item.Content) })
	number := max(integer(n.Attrs["order"], 1), 0)
	items := make([]string, 0, len(n.Content))
	for i := range n.Content {
		lead := string(marker)
		if ordered {
			lead = strconv.Itoa(min(number+i, 999999999)) + lead
		}
		item := &n.Content[i]
		content := item.Content
		if item.Type != TypeListItem && inlineOnly(content) { // a decision
			content = []Node{Paragraph(content...)}
		}
		items = append(items, hang(lead, writeBlocks(content, depth+1, tight, marker)))
	}
	var b strings.Builder
	for i, item := range items {
		if i > 0 && !tight && !endsEmpty(items[i-1]) {
			b.WriteByte('\n')
		}
		b.WriteString(item)
		if i+1 < len(items) {
			b.WriteByte('\n')
		}
	}
	return b.String(), marker
}

var emptyItem = regexp.MustCompile(`^ *(?:(?:[-*+]|[0-9]+[.)])(?: |$))+$`)

// endsEmpty reports whether the last line is an item without content. Behind it an empty line could end the lists around it,
// and a block needs none.
func endsEmpty(s string) bool {
	s = strings.TrimSuffix(s, "\n")
	return emptyItem.MatchString(s[strings.LastIndexByte(s, '\n')+1:])
}

// hang puts a marker before a block and moves its further lines in.
func hang(lead, s string) string {
	if s == "" {
		return lead
	}
	in := strings.Repeat(" ", len(lead)+1)
	return lead + " " + strings.TrimPrefix(prefix(s, in), in)
}

// isTight reports whether an item needs no empty line: a paragraph, and lists that can follow it directly.
func isTight(content []Node) bool {
	for i := range content {
		if i == 0 && content[i].Type == TypeParagraph {
			continue
		}
		if i == 0 && len(content) == 1 && isList(&content[i]) {
			continue
		}
		if i == 0 || !interrupts(&content[i]) {
			return false
		}
	}
	return true
}

func isList(n *Node) bool {
	return n.Type == TypeBulletList || n.Type == TypeOrderedList || n.Type == TypeTaskList
}

// interrupts reports whether a block may follow a paragraph without an empty line.
func interrupts(n *Node) bool {
	switch n.Type {
	case TypeTaskList:
		return true
	case TypeOrderedList:
		if integer(n.Attrs["order"], 1) != 1 {
			return false
		}
	case TypeBulletList:
	default:
		return false
	}
	if len(n.Content) == 0 || len(n.Content[0].Content) == 0 {
		return false
	}
	first := &n.Content[0].Content[0]
	return first.Type == TypeParagraph && len(first.Content) > 0 && first.Content[0].Type != TypeHardBreak
}

func writeTasks(n *Node, depth int, avoid []byte) (string, byte) {
	marker := pick("-*+", avoid)
	var items []string
	var below byte // the marker of the list below the last item
	for i := range n.Content {
		item := &n.Content[i]
		if item.Type == TypeTaskList {
			var avoid []byte
			if below != 0 {
				avoid = []byte{below}
			}
			var s string
			s, below = writeTasks(item, depth+1, avoid)
			if depth > maxDepth || len(items) == 0 {
				items = append(items, s)
			} else {
				items = append(items, prefix(s, "  "))
			}
			continue
		}
		below = 0
		box := "[ ]"
		if item.Attr("state") == "DONE" {
			box = "[x]"
		}
		content := item.Content
		if !inlineOnly(content) {
			content = textOf(item)
		}
		items = append(items, hang(string(marker), strings.TrimRight(box+" "+writeInline(content, line{}), " ")))
	}
	return strings.Join(items, "\n"), marker
}

func writeTable(n *Node) string {
	var b strings.Builder
	columns := 0
	for i := range n.Content {
		columns = max(columns, len(n.Content[i].Content))
	}
	for i := range n.Content {
		row := n.Content[i].Content
		var rule strings.Builder
		for j := range columns {
			cell := ""
			dashes := " --- |"
			if j < len(row) {
				cell = writeCell(row[j].Content)
				dashes = alignment(row[j].Content)
			}
			fmt.Fprintf(&b, "| %s", strings.TrimRight(cell+" ", " "))
			if cell != "" {
				b.WriteByte(' ')
			}
			rule.WriteString(dashes)
		}
		b.WriteString("|\n")
		if i == 0 {
			b.WriteString("|" + rule.String() + "\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func writeCell(content []Node) string {
	if len(content) == 1 && content[0].Type == TypeParagraph {
		return writeInline(content[0].Content, line{single: true, cell: true})
	}
	var parts []string
	for i := range content {
		if content[i].Type == TypeParagraph || content[i].Type == TypeHeading {
			parts = append(parts, writeInline(content[i].Content, line{single: true, cell: true}))
		} else {
			parts = append(parts, writeInline(textOf(&content[i]), line{single: true, cell: true}))
		}
	}
	return strings.Join(parts, " ")
}

func alignment(content []Node) string {
	if len(content) > 0 {
		m, _ := content[0].mark(MarkAlignment)
		switch m.Attr("align") {
		case "center":
			return " :-: |"
		case "end":
			return " --: |"
		}
	}
	return " --- |"
}
