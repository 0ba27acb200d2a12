package adf

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

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
//   - emoji: :tada: and the other common short names, where no letter, digit or colon is beside them
//
// Images become links, HTML becomes the text that it is. A line break within a paragraph is a space, as everywhere in
// Markdown; a backslash or two spaces before it keep it. Where the format does not allow a block it becomes the nearest
// that it does: a heading within a list, say, is a paragraph in bold there.
//
// Markdown without any content gives nil. [Doc.Err] is [ErrTooLong] for more than Jira takes; [Doc.Truncate] makes a document
// of the beginning then. Of more than 256 KiB of Markdown only the beginning is read at all, and of references whose
// addresses would add up to more than 128 KiB the rest are no links: Err is ErrTooLong for these too. Lists and quotes that
// are nested deeper than a document may be are text there.
func Markdown(src string) *Doc {
	var err error
	if len(src) > maxSource {
		err = fmt.Errorf("adf: %d bytes of Markdown, %d are read: %w", len(src), maxSource, ErrTooLong)
		src = src[:maxSource]
		if end := strings.LastIndexByte(src, '\n'); end > maxSource/2 {
			src = src[:end+1]
		}
	}
	c := converter{source: []byte(clean(src)), targets: maxTargets}
	pc := parser.NewContext()
	content := c.blocks(markdownParser().Parse(text.NewReader(c.source), parser.WithContext(pc)), inDoc)
	switch {
	case err != nil:
	case c.targets < 0:
		err = fmt.Errorf("adf: the addresses of the links have more than %d bytes: %w", maxTargets, ErrTooLong)
	case workOf(pc).spent():
		err = fmt.Errorf("adf: too many signs that the Markdown parser has to pair: %w", ErrTooLong)
	case len(content) == 0:
		return nil
	}
	root := Node{Type: TypeDoc, Content: content, extra: map[string]any{"version": 1}}
	if content == nil {
		root.Content = []Node{}
	}
	if err := root.Validate(); err != nil {
		return &Doc{err: err}
	}
	d := finish(root)
	if err != nil {
		d.err, d.cut = err, true
	}
	return d
}

var markdownParser = sync.OnceValue(func() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewSetextHeadingParser(), 100),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(shallow{parser.NewListParser()}, 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(shallow{parser.NewBlockquoteParser()}, 800),
			util.Prioritized(parser.NewHTMLBlockParser(), 900),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(spacedBox{extension.NewTaskCheckBoxParser()}, 0),
			util.Prioritized(mentionParser{}, 50),
			util.Prioritized(emojiParser{}, 50),
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(patientLinks{parser.NewLinkParser()}, 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(parser.NewRawHTMLParser(), 400),
			util.Prioritized(fewDelimiters{parser.NewEmphasisParser()}, 500),
			util.Prioritized(fewDelimiters{extension.NewStrikethroughParser()}, 500),
			util.Prioritized(addresses, 999),
		),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
		parser.WithParagraphTransformers(
			util.Prioritized(panelTransformer{}, 50),
			util.Prioritized(smallTable{extension.NewTableParagraphTransformer()}, 200),
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

var mentionSyntax = regexp.MustCompile(`^@\[((?:[^\[\]\\\n]|\\[^\n]|\[(?:[^\[\]\\\n]|\\[^\n])*\])*)\]\(accountid:([\w:.-]+)\)`)

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

// Parse reads an emoji. Within "x_test.go:100:5" or "std::key::value" there is none.
func (emojiParser) Parse(parent ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	name := emojiAt(line)
	if name == "" {
		return nil
	}
	if before := block.PrecendingCharacter(); wordly(before) {
		last, ok := parent.LastChild().(*inlineNode)
		if before != ':' || !ok || last.node.Type != TypeEmoji {
			return nil
		}
	}
	size := len(name) + 2
	if after, _ := utf8.DecodeRune(line[size:]); wordly(after) && (after != ':' || emojiAt(line[size:]) == "") {
		return nil
	}
	block.Advance(size)
	return &inlineNode{node: Emoji(name)}
}

// emojiAt is the short name that a line begins with.
func emojiAt(line []byte) string {
	m := emojiSyntax.FindSubmatch(line)
	if m == nil || emoji[string(m[1])] == "" {
		return ""
	}
	return string(m[1])
}

// wordly reports whether a character beside the colons keeps them from being an emoji's.
func wordly(c rune) bool { return c == ':' || unicode.IsLetter(c) || unicode.IsDigit(c) }

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
