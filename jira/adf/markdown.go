package adf

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Markdown makes a document of Markdown: CommonMark with GitHub's tables, strikethrough, task lists and bare URLs, and
//
//   - a user: @[Ada](accountid:5b10a2844c20165700ede21g)
//   - a panel: a quote whose first line is [!NOTE], [!INFO], [!TIP], [!WARNING], [!ERROR] or [!SUCCESS]; GitHub's
//     [!IMPORTANT] is a note and [!CAUTION] an error
//   - emoji: :tada: and the other common short names
//
// Images become links, HTML becomes the text that it is. A line break within a paragraph is a space, as everywhere in
// Markdown; a backslash or two spaces before it keep it. Where the format does not allow a block it becomes the nearest
// that it does: a heading within a list, say, is a paragraph in bold there.
//
// Markdown without any content gives nil. [Doc.Err] is [ErrTooLong] for more than Jira takes (see [Doc.Truncate]) and
// [ErrTooDeep] for lists within lists without end. Of more than 1 MiB of Markdown only the beginning is read; Err is then
// ErrTooLong, and Truncate makes a document of what was read.
func Markdown(src string) *Doc {
	if len(src) > maxSource {
		head := src[:maxSource]
		if end := strings.LastIndexByte(head, '\n'); end > maxSource/2 {
			head = head[:end+1]
		}
		d := Markdown(head)
		if d == nil {
			d = &Doc{}
		}
		if !errors.Is(d.err, ErrTooDeep) {
			d.cut = true
			d.err = fmt.Errorf("adf: %d bytes of Markdown: %w", len(src), ErrTooLong)
		}
		return d
	}
	source := []byte(clean(src))
	if tooDeep(source) {
		return &Doc{err: fmt.Errorf("adf: %w", ErrTooDeep)}
	}
	c := converter{source: source}
	content := c.blocks(markdownParser().Parse(text.NewReader(source)), inDoc)
	if len(content) == 0 {
		return nil
	}
	root := Node{Type: TypeDoc, Content: content, extra: map[string]any{"version": 1}}
	if err := root.Validate(); err != nil {
		return &Doc{err: err}
	}
	return finish(root)
}

// tooDeep finds lines that open more containers than a document may have levels, before the parser has to.
func tooDeep(source []byte) bool {
	for line := range strings.SplitSeq(string(source), "\n") {
		if opened(line) > maxDepth && strings.Trim(line, "-*+ \t") != "" {
			return true
		}
	}
	return false
}

// opened counts the signs of quotes and list items that a line begins with.
func opened(line string) (n int) {
	for i := range len(line) {
		switch c := line[i]; {
		case c == ' ' || c == '\t' || c >= '0' && c <= '9':
		case c == '>':
			n++
		case (c == '.' || c == ')') && i > 0 && line[i-1] >= '0' && line[i-1] <= '9':
			n++
		case (c == '-' || c == '*' || c == '+') && (i+1 == len(line) || line[i+1] == ' ' || line[i+1] == '\t'):
			n++
		default:
			return n
		}
	}
	return n
}

var markdownParser = sync.OnceValue(func() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(parser.DefaultBlockParsers()...),
		parser.WithInlineParsers(parser.DefaultInlineParsers()...),
		parser.WithInlineParsers(
			util.Prioritized(extension.NewTaskCheckBoxParser(), 0),
			util.Prioritized(mentionParser{}, 50),
			util.Prioritized(emojiParser{}, 50),
			util.Prioritized(extension.NewStrikethroughParser(), 500),
			util.Prioritized(extension.NewLinkifyParser(), 999),
		),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
		parser.WithParagraphTransformers(
			util.Prioritized(panelTransformer{}, 50),
			util.Prioritized(extension.NewTableParagraphTransformer(), 200),
		),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
	)
})

// inlineNode is a mention or an emoji in the parser's tree.
type inlineNode struct {
	ast.BaseInline
	node Node
}

var kindInlineNode = ast.NewNodeKind("ADF")

// Kind is required by the parser.
func (*inlineNode) Kind() ast.NodeKind { return kindInlineNode }

// Dump is required by the parser.
func (n *inlineNode) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

type mentionParser struct{}

var mentionSyntax = regexp.MustCompile(`^@\[((?:[^\[\]\\\n]|\\[^\n])*)\]\(accountid:([\w:.-]+)\)`)

// Trigger is the first byte of a mention.
func (mentionParser) Trigger() []byte { return []byte{'@'} }

// Parse reads a mention.
func (mentionParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	m := mentionSyntax.FindSubmatch(line)
	if m == nil {
		return nil
	}
	block.Advance(len(m[0]))
	return &inlineNode{node: Mention(string(m[2]), oneLine(unescape(string(m[1]))))}
}

type emojiParser struct{}

var emojiSyntax = regexp.MustCompile(`^:([a-z0-9_+-]+):`)

// Trigger is the first byte of an emoji.
func (emojiParser) Trigger() []byte { return []byte{':'} }

// Parse reads an emoji.
func (emojiParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	m := emojiSyntax.FindSubmatch(line)
	if m == nil || emoji[string(m[1])] == "" {
		return nil
	}
	block.Advance(len(m[0]))
	return &inlineNode{node: Emoji(string(m[1]))}
}

// panelTransformer takes the line that makes a panel out of a quote.
type panelTransformer struct{}

var (
	panelSyntax = regexp.MustCompile(`^[ \t]*\[!([A-Za-z]+)\][ \t]*\n?$`)
	panels      = map[string]string{
		"INFO": "info", "NOTE": "note", "IMPORTANT": "note", "TIP": "tip", "WARNING": "warning", "ERROR": "error",
		"CAUTION": "error", "SUCCESS": "success",
	}
	panelAttribute = []byte("panel")
)

// Transform marks a quote as a panel.
func (panelTransformer) Transform(p *ast.Paragraph, reader text.Reader, _ parser.Context) {
	quote, ok := p.Parent().(*ast.Blockquote)
	if !ok || p.PreviousSibling() != nil || p.Lines().Len() == 0 {
		return
	}
	first := p.Lines().At(0)
	m := panelSyntax.FindSubmatch(first.Value(reader.Source()))
	if m == nil {
		return
	}
	kind := panels[strings.ToUpper(string(m[1]))]
	if _, done := quote.Attribute(panelAttribute); kind == "" || done {
		return
	}
	quote.SetAttribute(panelAttribute, kind)
	p.Lines().SetSliced(1, p.Lines().Len())
	if p.Lines().Len() == 0 {
		quote.RemoveChild(quote, p)
	}
}
