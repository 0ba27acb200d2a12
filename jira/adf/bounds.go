package adf

import (
	"bytes"
	"regexp"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

const (
	// maxSource is how many bytes of Markdown are parsed: more than Jira takes, less than could keep a program busy.
	maxSource = 256 << 10
	// maxTargets is how many bytes the addresses and titles of all links have together. A reference can repeat a long one
	// thousands of times; half of maxSource leaves room to write them all out again.
	maxTargets = maxSource / 2
	// maxLookahead is how many bytes the parser may look at in vain for the end of links.
	maxLookahead = 64 << 20
	// maxDelimiters is how many signs of emphasis are paired, which can take time by their square.
	maxDelimiters = 60_000
	// maxContinued is how often a list or quote may go on in a further line.
	maxContinued = 2_000_000
	// maxCells is how many cells a table has: the parser fills short rows up.
	maxCells = 50_000
)

// work is what the parser did that may take long, in its context.
type work struct{ lookahead, delimiters, continued int }

var workKey = parser.NewContextKey()

func workOf(pc parser.Context) *work {
	return pc.ComputeIfAbsent(workKey, func() any { return new(work) }).(*work)
}

// spent reports whether something was left as text because it would have taken long.
func (w *work) spent() bool {
	return w.lookahead > maxLookahead || w.delimiters > maxDelimiters || w.continued > maxContinued
}

// shallow opens lists and quotes as long as the document may have levels for what is in them. Beyond that their signs are
// text.
type shallow struct{ parser.BlockParser }

// Open opens a list or a quote.
func (s shallow) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 4 // the block itself, an item, a paragraph and its text
	for n := parent; n.Parent() != nil; n = n.Parent() {
		depth++
	}
	if depth > maxDepth || workOf(pc).continued > maxContinued {
		return nil, parser.NoChildren
	}
	return s.BlockParser.Open(parent, reader, pc)
}

// Continue looks whether a line belongs to the block.
func (s shallow) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	w := workOf(pc)
	if w.continued++; w.continued > maxContinued {
		return parser.Close
	}
	return s.BlockParser.Continue(node, reader, pc)
}

// patientLinks reads links until too much was looked at in vain: each "](" may make the parser look through the rest of its
// paragraph.
type patientLinks struct{ parser.InlineParser }

// Parse reads a bracket.
func (p patientLinks) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	w := workOf(pc)
	if w.lookahead > maxLookahead {
		return nil
	}
	line, at := block.PeekLine()
	n := p.InlineParser.Parse(parent, block, pc)
	if _, now := block.Position(); line[0] == ']' && len(line) > 1 && (n == nil || now.Start <= at.Start+1) {
		lines := parent.Lines()
		w.lookahead += lines.At(lines.Len()-1).Stop - at.Start
	}
	return n
}

// CloseBlock ends a block.
func (p patientLinks) CloseBlock(parent ast.Node, block text.Reader, pc parser.Context) {
	p.InlineParser.(parser.CloseBlocker).CloseBlock(parent, block, pc)
}

// fewDelimiters reads the signs of emphasis until there are too many.
type fewDelimiters struct{ parser.InlineParser }

// Parse reads a sign.
func (f fewDelimiters) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	w := workOf(pc)
	if w.delimiters > maxDelimiters {
		return nil
	}
	n := f.InlineParser.Parse(parent, block, pc)
	if n != nil {
		w.delimiters++
	}
	return n
}

// smallTable leaves tables that would have too many cells as text.
type smallTable struct{ parser.ParagraphTransformer }

// Transform makes a table of a paragraph that holds one.
func (t smallTable) Transform(p *ast.Paragraph, reader text.Reader, pc parser.Context) {
	lines := p.Lines()
	for i := range lines.Len() {
		line := lines.At(i)
		src := line.Value(reader.Source())
		if len(bytes.Trim(src, "|:- \t\n")) == 0 && (bytes.Count(src, []byte("|"))+1)*(lines.Len()-i) > maxCells {
			return
		}
	}
	t.ParagraphTransformer.Transform(p, reader, pc)
}

// bareAddresses makes links of addresses in text.
type bareAddresses struct{ parser.InlineParser }

var (
	addresses = bareAddresses{extension.NewLinkifyParser(
		extension.WithLinkifyURLRegexp(regexp.MustCompile(
			`^(?:https?|ftp)://(?:[-\w@:%.+~#=]{1,256}\.[A-Za-z]+|[A-Za-z0-9](?:[-\w.]{0,253}[A-Za-z0-9])?)(?::[0-9]+)?(?:[/?#][!-)+-;=-\[\]-{}~]*)?`)),
		extension.WithLinkifyEmailRegexp(regexp.MustCompile(
			`^[\w.+-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,10}[A-Za-z]{2,24}\b`)),
	)}
	// remote is an address of scp or git, which looks like e-mail.
	remote = regexp.MustCompile(`^[ *_~(]?[\w.+-]{1,64}@[\w.-]{1,253}:[^\s*_~)]`)
)

// Parse reads an address. A word goes on behind "_" and "~", so no address begins there.
func (a bareAddresses) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, at := block.PeekLine()
	if remote.Match(line) {
		return nil
	}
	before := block.Source()[:at.Start]
	word := bytes.TrimRight(before[max(0, len(before)-utf8.UTFMax):], "_~")
	if last, _ := utf8.DecodeLastRune(word); (len(word) < min(len(before), utf8.UTFMax) || line[0] == '_' || line[0] == '~') && (wordly(last) || last == '/') {
		return nil
	}
	return a.InlineParser.Parse(parent, block, pc)
}

// spacedBox reads the box of a task, behind which there is white space or nothing: "[x](y)" is a link.
type spacedBox struct{ parser.InlineParser }

var boxSyntax = regexp.MustCompile(`^\[[ \txX]\](?:[ \t\n]|$)`)

// Parse reads a box.
func (s spacedBox) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	if line, _ := block.PeekLine(); !boxSyntax.Match(line) {
		return nil
	}
	return s.InlineParser.Parse(parent, block, pc)
}
