package adf

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/util"
)

// line says where inline nodes are written.
type line struct {
	single bool // no line breaks: a heading or a table cell
	cell   bool // in a table, where "|" ends a cell
}

// piece is a part of a line. Text is kept as characters until its neighbors are known.
type piece struct {
	text  string // to be escaped
	code  string // to be written as it is
	delim string // "*", "**", "_", "__" or "~~"
	opens bool   // what the delimiter does
	emoji bool
}

type inlineWriter struct {
	line
	pieces []piece
	open   []openMark
}

type openMark struct {
	kind  MarkType
	delim string
}

// writeInline writes the content of a paragraph, heading or cell.
func writeInline(nodes []Node, in line) string {
	w := inlineWriter{line: in}
	spans := w.spans(nodes, 0)
	for len(spans) > 0 && spans[len(spans)-1].Type == TypeHardBreak {
		spans = spans[:len(spans)-1]
	}
	for i := 0; i < len(spans); {
		link, ok := spans[i].mark(MarkLink)
		if !ok || spans[i].Type != TypeText {
			w.span(spans, i, i+1)
			i++
			continue
		}
		end := i + 1
		for end < len(spans) && spans[end].Type == TypeText {
			if next, ok := spans[end].mark(MarkLink); !ok || !sameMark(link, next) {
				break
			}
			end++
		}
		w.link(spans, i, end, link)
		i = end
	}
	w.close(0)
	return w.String()
}

// spans are what Markdown can say of inline nodes: text, breaks, mentions and emoji.
func (w *inlineWriter) spans(nodes []Node, depth int) (out []Node) {
	add := func(text string, marks []Mark) {
		for i, l := range strings.Split(clean(text), "\n") {
			if i > 0 && w.single {
				out = append(out, Run(" ", marks...))
			} else if i > 0 {
				out = append(out, HardBreak())
			}
			out = append(out, Run(l, marks...))
		}
	}
	for i := range nodes {
		n := &nodes[i]
		switch {
		case n.Type == TypeText:
			add(n.Text, plainMarks(n))
		case n.Type == TypeHardBreak && w.single:
			out = append(out, Run(" "))
		case n.Type == TypeHardBreak:
			out = append(out, *n)
		case n.Type == TypeMention && accountID.MatchString(n.Attr("id")):
			out = append(out, *n)
		case n.Type == TypeEmoji && emoji[strings.Trim(n.Attr("shortName"), ":")] != "":
			out = append(out, *n)
		case n.Type == TypeInlineCard || n.Type == TypeBlockCard || n.Type == TypeEmbedCard || n.Type == TypeMedia:
			url := oneLine(n.Attr("url"))
			text := label(n.Type, n.Attrs)
			if text == "" {
				text = url
			}
			if url == "" {
				add(text, nil)
			} else {
				out = append(out, Run(oneLine(text), Link(url)))
			}
		default:
			add(strings.TrimSuffix(label(n.Type, n.Attrs), "\n"), nil)
		}
		if len(n.Content) > 0 && depth < maxDepth {
			out = append(out, w.spans(n.Content, depth+1)...)
		} else if len(n.Content) > 0 {
			add(textOf(n)[0].Text, nil)
		}
	}
	return joined(out)
}

var accountID = regexp.MustCompile(`^[\w:.-]+$`)

// plainMarks are the marks of a text that Markdown has, in the order in which it is read.
func plainMarks(n *Node) []Mark {
	var s style
	if m, ok := n.mark(MarkLink); ok && strings.TrimSpace(oneLine(m.Attr("href"))) != "" {
		l := Link(strings.TrimSpace(oneLine(m.Attr("href"))))
		if title := oneLine(m.Attr("title")); title != "" {
			l.Attrs["title"] = title
		}
		s.link = &l
	}
	if _, ok := n.mark(MarkCode); ok {
		return append(s.marks(), Code())
	}
	_, s.em = n.mark(MarkEm)
	_, s.strong = n.mark(MarkStrong)
	_, s.dele = n.mark(MarkStrike)
	return s.marks()
}

func (w *inlineWriter) put(p piece) { w.pieces = append(w.pieces, p) }

// span writes the spans from i to end, which have the same link or none.
func (w *inlineWriter) span(spans []Node, i, end int) {
	for ; i < end; i++ {
		n := &spans[i]
		w.marks(spans, i, end)
		_, code := n.mark(MarkCode)
		switch {
		case n.Type == TypeHardBreak:
			w.put(piece{code: "\\\n"})
		case n.Type == TypeMention:
			name := escapeAll(strings.TrimPrefix(n.Attr("text"), "@"))
			w.put(piece{code: "@[" + name + "](accountid:" + n.Attr("id") + ")"})
		case n.Type == TypeEmoji:
			w.put(piece{code: ":" + strings.Trim(n.Attr("shortName"), ":") + ":", emoji: true})
		case code:
			w.put(piece{code: w.codeSpan(n.Text)})
		default:
			w.put(piece{text: n.Text})
		}
	}
}

// codeSpan writes code. The parser takes one blank from both ends, unless there is nothing but white space.
func (w *inlineWriter) codeSpan(s string) string {
	ticks := strings.Repeat("`", 1)
	for slices.Contains(tickRuns(s), len(ticks)) {
		ticks += "`"
	}
	if s[0] == '`' || s[len(s)-1] == '`' || s[0] == ' ' && s[len(s)-1] == ' ' && !util.IsBlank([]byte(s)) {
		s = " " + s + " "
	}
	if w.cell {
		s = strings.ReplaceAll(s, "|", `\|`)
	}
	return ticks + s + ticks
}

func tickRuns(s string) (runs []int) {
	for run := range strings.FieldsFuncSeq(s, func(c rune) bool { return c != '`' }) {
		runs = append(runs, len(run))
	}
	return runs
}

func (w *inlineWriter) link(spans []Node, i, end int, link Mark) {
	w.close(0)
	href, title := link.Attr("href"), link.Attr("title")
	if end == i+1 && len(spans[i].Marks) == 1 && spans[i].Text == href && title == "" && autoLink.MatchString(href) {
		w.put(piece{code: "<" + href + ">"})
		return
	}
	w.put(piece{code: "["})
	w.span(spans, i, end)
	w.close(0)
	target := "](" + encodeTarget(href)
	if title != "" {
		target += ` "` + escapeAll(title) + `"`
	}
	w.put(piece{code: target + ")"})
}

var autoLink = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]{1,31}:[!#-;=?-_a-z{}~|]*$`)

var markKinds = []MarkType{MarkStrong, MarkEm, MarkStrike}

// marks closes and opens emphasis so that what follows has that of the span. What lasts longest is opened first.
func (w *inlineWriter) marks(spans []Node, i, end int) {
	keep := 0
	for keep < len(w.open) && lasts(spans, i, end, w.open[keep].kind) > 0 {
		keep++
	}
	w.close(keep)
	var opening []MarkType
	for _, kind := range markKinds {
		if lasts(spans, i, end, kind) > 0 && !slices.ContainsFunc(w.open, func(o openMark) bool { return o.kind == kind }) {
			opening = append(opening, kind)
		}
	}
	slices.SortStableFunc(opening, func(a, b MarkType) int { return lasts(spans, i, end, b) - lasts(spans, i, end, a) })
	for _, kind := range opening {
		delim := w.delimiter(kind)
		w.open = append(w.open, openMark{kind, delim})
		w.put(piece{delim: delim, opens: true})
	}
}

// lasts counts the spans from i that have a mark.
func lasts(spans []Node, i, end int, kind MarkType) (count int) {
	for ; i < end; i++ {
		if _, ok := spans[i].mark(kind); !ok || spans[i].Type != TypeText {
			break
		}
		count++
	}
	return count
}

// delimiter is one that cannot be taken for the end of an open mark and does not run into the one before.
func (w *inlineWriter) delimiter(kind MarkType) string {
	if kind == MarkStrike {
		return "~~"
	}
	c := "*"
	for _, o := range w.open {
		if o.delim[0] == '*' {
			c = "_"
		}
	}
	if last := len(w.pieces) - 1; last >= 0 && w.pieces[last].delim != "" && w.pieces[last].delim[:1] == c {
		c = map[string]string{"*": "_", "_": "*"}[c]
	}
	if kind == MarkStrong {
		return c + c
	}
	return c
}

func (w *inlineWriter) close(keep int) {
	for len(w.open) > keep {
		last := len(w.open) - 1
		w.put(piece{delim: w.open[last].delim})
		w.open = w.open[:last]
	}
}

// String writes the pieces. A delimiter opens or closes only between the right characters: where its neighbors are others,
// they are written as entities, beside which every delimiter can do both. So are those beside an emoji that would take it in.
func (w *inlineWriter) String() string {
	coded := make([][2]bool, len(w.pieces)) // whether the first and the last character of a piece are written as entities
	for i := 0; i < len(w.pieces); i++ {
		if w.pieces[i].delim == "" {
			continue
		}
		end := i
		for end < len(w.pieces) && w.pieces[end].delim != "" {
			end++
		}
		w.guard(coded, i, end)
		i = end
	}
	for i, p := range w.pieces {
		if first, _ := utf8.DecodeRuneInString(p.text); i > 0 && w.pieces[i-1].emoji && wordly(first) {
			coded[i][0] = true
		}
		if last, _ := utf8.DecodeLastRuneInString(p.text); i+1 < len(w.pieces) && w.pieces[i+1].emoji && wordly(last) {
			coded[i][1] = true
		}
	}
	var b strings.Builder
	for i, p := range w.pieces {
		switch {
		case p.text != "":
			s := b.String()
			e := escaper{
				line: w.line, lineStart: s == "" || strings.HasSuffix(s, "\n"),
				lineEnd: i+1 == len(w.pieces) || strings.HasPrefix(w.pieces[i+1].code, "\\\n"),
				first:   coded[i][0], last: coded[i][1], more: i+1 < len(w.pieces),
			}
			b.WriteString(e.escape(p.text))
		default:
			b.WriteString(p.code)
			b.WriteString(p.delim)
		}
	}
	return b.String()
}

// guard decides which characters beside the delimiters from i to end are written as entities.
func (w *inlineWriter) guard(coded [][2]bool, i, end int) {
	before, after := ' ', ' '
	if i > 0 {
		before, _ = utf8.DecodeLastRuneInString(w.pieces[i-1].text + w.pieces[i-1].code)
	}
	if end < len(w.pieces) {
		after, _ = utf8.DecodeRuneInString(w.pieces[end].text + w.pieces[end].code)
	}
	opens, closes := w.pieces[end-1].opens, !w.pieces[i].opens
	// Within a word "*" needs nothing, unless a piece is one character, which the delimiter on its other side may change.
	letters := end == i+1 && w.pieces[i].delim[0] != '_' && plainLetter(before) && plainLetter(after) &&
		len(w.pieces[i-1].text) > 1 && len(w.pieces[end].text) > 1
	if i > 0 && w.pieces[i-1].text != "" && !letters {
		coded[i-1][1] = closes && !plainLetter(before) || !closes && !strings.ContainsRune(" (,.;/-", before)
	}
	if end < len(w.pieces) && w.pieces[end].text != "" && !letters {
		coded[end][0] = opens && !plainLetter(after) || !opens && !strings.ContainsRune(" ),.;/-", after)
	}
}

func plainLetter(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
