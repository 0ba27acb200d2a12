package adf

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
)

// place is where a block stands: it decides what the format allows.
type place int

const (
	inDoc place = iota
	inPanel
	inQuote
	inItem
)

// converter makes nodes of the parser's tree. What it makes is what Doc.Markdown can write, so it never leaves two text
// nodes of the same marks side by side, a break at the end of a line or an empty paragraph where there is something else.
type converter struct {
	source  []byte
	ids     numbering
	targets int // how many bytes of addresses may still be written; less than 0 if some were left out
}

func (c *converter) blocks(parent ast.Node, in place) (out []Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		out = append(out, c.block(n, in)...)
	}
	return out
}

// filled is blocks for a parent that needs content.
func (c *converter) filled(parent ast.Node, in place) []Node {
	if out := c.blocks(parent, in); len(out) > 0 {
		return out
	}
	return []Node{Paragraph()}
}

func (c *converter) block(n ast.Node, in place) []Node {
	switch n := n.(type) {
	case *ast.Paragraph, *ast.TextBlock:
		return paragraphOf(c.inline(n, ""))
	case *ast.Heading:
		if in == inDoc || in == inPanel {
			return []Node{Heading(n.Level, c.inline(n, "")...)}
		}
		return paragraphOf(c.inline(n, MarkStrong))
	case *ast.ThematicBreak:
		if in == inDoc || in == inPanel {
			return []Node{Rule()}
		}
		return []Node{Paragraph(Run("---"))}
	case *ast.FencedCodeBlock:
		language := ""
		if n.Info != nil {
			if fields := strings.Fields(string(n.Info.Segment.Value(c.source))); len(fields) > 0 {
				language = oneLine(unescape(fields[0]))
			}
		}
		return []Node{CodeBlock(language, c.code(n))}
	case *ast.CodeBlock:
		return []Node{CodeBlock("", c.code(n))}
	case *ast.HTMLBlock:
		return c.html(n)
	case *ast.Blockquote:
		return c.quote(n, in)
	case *ast.List:
		return c.list(n, in)
	case *east.Table:
		return c.table(n, in)
	}
	return nil
}

func paragraphOf(content []Node) []Node {
	if len(content) == 0 {
		return nil
	}
	return []Node{Paragraph(content...)}
}

// raw is the lines of a block as they are.
func (c *converter) raw(n ast.Node) string {
	var b strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		b.Write(line.Value(c.source))
	}
	return b.String()
}

func (c *converter) code(n ast.Node) string { return strings.TrimSuffix(clean(c.raw(n)), "\n") }

// html is one paragraph, with its indentation and its empty lines.
func (c *converter) html(n *ast.HTMLBlock) []Node {
	src := c.raw(n)
	if n.HasClosure() {
		src += string(n.ClosureLine.Value(c.source))
	}
	src = strings.Trim(clean(src), "\n")
	if strings.TrimSpace(src) == "" {
		return nil
	}
	return []Node{Paragraph(lines(src, nil)...)}
}

func (c *converter) quote(n *ast.Blockquote, in place) []Node {
	kind, panel := n.Attribute(panelAttribute)
	switch {
	case panel && in == inDoc:
		return []Node{Panel(kind.(string), c.filled(n, inPanel)...)}
	case panel:
		title := strings.ToUpper(kind.(string))
		return append([]Node{Paragraph(Run(title, Strong()))}, c.blocks(n, in)...)
	case in == inDoc:
		return []Node{Blockquote(c.filled(n, inQuote)...)}
	}
	return c.blocks(n, in)
}

// list makes lists of tasks of the items that can be tasks, and others of the others.
func (c *converter) list(n *ast.List, in place) (out []Node) {
	number := n.Start
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		last := len(out) - 1
		box := task(child)
		switch {
		case box != nil && in != inQuote && !n.IsOrdered():
			if last < 0 || out[last].Type != TypeTaskList {
				out = append(out, TaskList().WithAttr("localId", c.ids.next()))
				last = len(out) - 1
			}
			out[last].Content = append(out[last].Content, c.task(child, box)...)
		case last >= 0 && out[last].Type != TypeTaskList:
			out[last].Content = append(out[last].Content, ListItem(c.filled(child, inItem)...))
		case n.IsOrdered():
			out = append(out, OrderedList(number, ListItem(c.filled(child, inItem)...)))
		default:
			out = append(out, BulletList(ListItem(c.filled(child, inItem)...)))
		}
	}
	return out
}

// task returns the box of an item that can be a task: it holds text and lists of such items only.
func task(item ast.Node) *east.TaskCheckBox {
	first := item.FirstChild()
	if first == nil || first.Kind() != ast.KindTextBlock && first.Kind() != ast.KindParagraph {
		return nil
	}
	box, _ := first.FirstChild().(*east.TaskCheckBox)
	if box == nil {
		return nil
	}
	for below := first.NextSibling(); below != nil; below = below.NextSibling() {
		list, ok := below.(*ast.List)
		if !ok || list.IsOrdered() {
			return nil
		}
		for child := list.FirstChild(); child != nil; child = child.NextSibling() {
			if task(child) == nil {
				return nil
			}
		}
	}
	return box
}

func (c *converter) task(item ast.Node, box *east.TaskCheckBox) []Node {
	n := TaskItem(box.IsChecked).WithAttr("localId", c.ids.next())
	first := item.FirstChild()
	first.RemoveChild(first, box)
	n.Content = append(n.Content, c.inline(first, "")...)
	out := []Node{n}
	for below := first.NextSibling(); below != nil; below = below.NextSibling() {
		out = append(out, c.list(below.(*ast.List), inItem)...)
	}
	return out
}

func (c *converter) table(n *east.Table, in place) []Node {
	var out []Node
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		r := TableRow()
		var line []Node // where there are no tables
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			content := c.inline(cell, "")
			if in != inDoc {
				if cell != row.FirstChild() {
					line = append(line, Run(" | "))
				}
				line = append(line, content...)
				continue
			}
			p := Paragraph(content...)
			if i := len(r.Content); i < len(n.Alignments) {
				switch n.Alignments[i] {
				case east.AlignCenter:
					p = p.With(Alignment("center"))
				case east.AlignRight:
					p = p.With(Alignment("end"))
				}
			}
			if row.Kind() == east.KindTableHeader {
				r.Content = append(r.Content, TableHeader(p))
			} else {
				r.Content = append(r.Content, TableCell(p))
			}
		}
		if in != inDoc {
			out = append(out, paragraphOf(joined(line))...)
		} else {
			out = append(out, r)
		}
	}
	if in != inDoc {
		return out
	}
	return []Node{Table(out...)}
}
