package adf

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// style is the marks that Markdown has.
type style struct {
	link             *Mark
	em, strong, dele bool
}

func (s style) marks() (out []Mark) {
	if s.link != nil {
		out = append(out, *s.link)
	}
	if s.em {
		out = append(out, Em())
	}
	if s.strong {
		out = append(out, Strong())
	}
	if s.dele {
		out = append(out, Strike())
	}
	return out
}

// inline converts what is in a line; strong is set for all of it if it is MarkStrong.
func (c *converter) inline(parent ast.Node, all MarkType) []Node {
	var out []Node
	c.children(parent, style{strong: all == MarkStrong}, &out)
	out = joined(out)
	for len(out) > 0 && out[len(out)-1].Type == TypeHardBreak {
		out = out[:len(out)-1]
	}
	return out
}

func (c *converter) children(parent ast.Node, s style, out *[]Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		c.span(n, s, out)
	}
}

func (c *converter) span(n ast.Node, s style, out *[]Node) {
	write := func(text string) { *out = append(*out, c.run(text, s)) }
	switch n := n.(type) {
	case *ast.Text:
		src := string(n.Segment.Value(c.source))
		if !n.IsRaw() {
			src = unescape(src)
		}
		write(oneLine(src))
		if n.HardLineBreak() {
			*out = append(*out, HardBreak())
		} else if n.SoftLineBreak() {
			write(" ")
		}
	case *ast.String:
		write(oneLine(string(n.Value)))
	case *ast.CodeSpan:
		var b strings.Builder
		for t := n.FirstChild(); t != nil; t = t.NextSibling() {
			if t, ok := t.(*ast.Text); ok {
				b.Write(t.Segment.Value(c.source))
			}
		}
		code := c.run(oneLine(b.String()), style{link: s.link})
		code.Marks = append(code.Marks, Code())
		*out = append(*out, code)
	case *ast.Emphasis:
		s.em, s.strong = s.em || n.Level == 1, s.strong || n.Level == 2
		c.children(n, s, out)
	case *east.Strikethrough:
		s.dele = true
		c.children(n, s, out)
	case *ast.Link:
		c.link(n, string(n.Destination), string(n.Title), s, out, false)
	case *ast.Image:
		c.link(n, string(n.Destination), string(n.Title), s, out, true)
	case *ast.AutoLink:
		href := string(n.URL(c.source))
		if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(href), "mailto:") {
			href = "mailto:" + href
		}
		if s.link == nil {
			s.link = new(Link(oneLine(href)))
		}
		*out = append(*out, c.run(oneLine(string(n.Label(c.source))), s))
	case *ast.RawHTML:
		for i := range n.Segments.Len() {
			seg := n.Segments.At(i)
			write(oneLine(string(seg.Value(c.source))))
		}
	case *east.TaskCheckBox:
		box := "[ ]"
		if n.IsChecked {
			box = "[x]"
		}
		if n.NextSibling() != nil {
			box += " "
		}
		write(box)
	case *inlineNode:
		*out = append(*out, n.node)
	default:
		c.children(n, s, out)
	}
}

// run is text with marks, without the link when the links take too much.
func (c *converter) run(text string, s style) Node {
	if s.link != nil && text != "" && !c.afford(len(s.link.Attr("href"))+len(s.link.Attr("title"))) {
		s.link = nil
	}
	return Run(text, s.marks()...)
}

// afford takes bytes of an address from those that may be written.
func (c *converter) afford(size int) bool {
	if c.targets < size {
		c.targets = -1
		return false
	}
	c.targets -= size
	return true
}

func (c *converter) link(n ast.Node, href, title string, s style, out *[]Node, image bool) {
	if c.targets < 0 {
		href, title = "", ""
	}
	href, title = strings.TrimSpace(oneLine(unescape(href))), oneLine(unescape(title))
	if s.link == nil && href != "" {
		l := Link(href)
		if title != "" {
			l.Attrs["title"] = title
		}
		s.link = &l
	}
	var inner []Node
	c.children(n, s, &inner)
	if image { // the description of an image is plain text
		var b strings.Builder
		for _, t := range inner {
			b.WriteString(t.Text)
			b.WriteString(label(t.Type, t.Attrs))
		}
		inner = []Node{c.run(b.String(), s)}
	}
	if len(joined(inner)) == 0 && c.afford(len(href)) {
		inner = []Node{c.run(href, s)}
	}
	*out = append(*out, inner...)
}

// joined puts texts that follow each other and have the same marks together, and leaves empty ones out.
func joined(nodes []Node) []Node {
	var out []Node
	var text strings.Builder // of the last node, when it is made of several
	finish := func() {
		if text.Len() > 0 {
			out[len(out)-1].Text = text.String()
			text.Reset()
		}
	}
	for _, n := range nodes {
		last := len(out) - 1
		switch {
		case n.Type == TypeText && n.Text == "":
		case n.Type == TypeText && last >= 0 && out[last].Type == TypeText && slices.EqualFunc(out[last].Marks, n.Marks, sameMark):
			if text.Len() == 0 {
				text.WriteString(out[last].Text)
			}
			text.WriteString(n.Text)
		default:
			finish()
			out = append(out, n)
		}
	}
	finish()
	return out
}

func sameMark(a, b Mark) bool {
	return a.Type == b.Type && a.Attr("href") == b.Attr("href") && a.Attr("title") == b.Attr("title")
}

// oneLine is text within a line: breaks are spaces there.
func oneLine(s string) string { return strings.ReplaceAll(clean(s), "\n", " ") }

var escaped = regexp.MustCompile("\\\\[!-/:-@\\[-`{-~]|" + `&(?:#[xX][0-9a-fA-F]{1,6}|#[0-9]{1,7}|[A-Za-z][A-Za-z0-9]*);`)

// unescape resolves backslashes and entities, each once.
func unescape(s string) string {
	if !strings.ContainsAny(s, `\&`) {
		return s
	}
	return escaped.ReplaceAllStringFunc(s, func(m string) string {
		if m[0] == '\\' {
			return m[1:]
		}
		if m[1] != '#' {
			if entity, ok := util.LookUpHTML5EntityByName(m[1 : len(m)-1]); ok {
				return string(entity.Characters)
			}
			return m
		}
		digits, base := m[2:len(m)-1], 10
		if digits[0] == 'x' || digits[0] == 'X' {
			digits, base = digits[1:], 16
		}
		n, err := strconv.ParseInt(digits, base, 32)
		if err != nil || n == 0 || !utf8.ValidRune(rune(n)) {
			return "\uFFFD"
		}
		return string(rune(n))
	})
}
