package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

// maxMarkdown is how many bytes adf.Markdown takes.
const maxMarkdown = 1 << 20

// readMarkdown reads the file, or stdin.
func readMarkdown(ctx context.Context, set *settings, stdin io.Reader, say func(string, ...any)) (string, error) {
	from, in := "stdin", stdin
	if set.file != "" && set.file != "-" {
		f := &lateFile{name: set.file}
		defer func() {
			if ctx.Err() == nil { // nobody is reading
				f.close()
			}
		}()
		from, in = set.file, f
	}
	data, err := io.ReadAll(io.LimitReader(program.Interruptible(ctx, in), maxMarkdown+1))
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return "", program.Usagef("%s could not be read: %w", from, err)
	case len(data) > maxMarkdown && !set.truncate:
		return "", program.Usagef("%s has more than 1 MiB, and Jira takes %d characters: shorten it, or let -truncate do so", from, adf.MaxLength)
	case len(data) > maxMarkdown:
		say("Only the first MiB of %s was read.", from)
		data = cut(data[:maxMarkdown-len(more)])
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	if !utf8.Valid(data) {
		return "", program.Usagef("%s is not text in UTF-8", from)
	}
	return program.Clean(string(data)), nil
}

// lateFile is opened when it is first read from: to open a named pipe is to wait for its other side.
type lateFile struct {
	name string
	file *os.File
}

func (f *lateFile) Read(p []byte) (n int, err error) {
	if f.file == nil {
		if f.file, err = os.Open(f.name); err != nil {
			return 0, err
		}
	}
	return f.file.Read(p)
}

func (f *lateFile) close() {
	if f.file != nil {
		_ = f.file.Close()
	}
}

const more = "\n\n…"

// cut ends a text behind a line, or at least behind a character, and shows that something is missing.
func cut(data []byte) []byte {
	if end := bytes.LastIndexByte(data, '\n'); end > 0 {
		data = data[:end]
	}
	for range utf8.UTFMax - 1 {
		if c, size := utf8.DecodeLastRune(data); c == utf8.RuneError && size == 1 {
			data = data[:len(data)-1]
		}
	}
	return append(data, more...)
}

// draft makes an issue of the Markdown: its summary and its description. What had to be changed for Jira, it says.
func draft(set *settings, markdown string, say func(string, ...any)) (jira.IssueInput, error) {
	var input jira.IssueInput
	front, markdown := frontMatter(markdown)
	summary, body := set.summary, markdown
	if strings.TrimSpace(summary) == "" {
		summary, body = headline(markdown)
	}
	if summary == "" {
		return input, program.Usagef("there is nothing to make a summary of, since the Markdown is empty: give -summary")
	}
	input.Summary = jira.CleanSummary(summary)
	if input.Summary != summary {
		say("Jira takes one line of at most 255 characters as the summary; it is now %q.", input.Summary)
		if strings.Join(strings.Fields(summary), " ") != input.Summary {
			body = markdown // where the rest of it can be read
		}
	}
	if front != "" {
		body = front + "\n" + body
	}
	doc, err := richText("the description", body, set.truncate, say)
	if err != nil {
		return input, program.UsageError{Err: err}
	}
	input.Description = doc
	return input, nil
}

// frontMatter cuts off the lines between two of --- that a text may begin with, where site generators keep what they know
// of it. It becomes a code block: it is no text, but may say something.
func frontMatter(markdown string) (block, rest string) {
	found := frontMatters.FindStringSubmatch(markdown)
	if found == nil {
		return "", markdown
	}
	fence := "```"
	for strings.Contains(found[1], fence) {
		fence += "`"
	}
	return fence + "yaml\n" + found[1] + fence + "\n", markdown[len(found[0]):]
}

// frontMatters begin with a property or a comment: what else stands between two of --- is text between rules.
var frontMatters = regexp.MustCompile(`\A---[ \t]*\n((?:#.*|[\w-]+:(?:[ \t].*)?)\n(?:.*\n)*?)(?:---|\.\.\.)[ \t]*(?:\n|\z)`)

// richText converts Markdown for the place that what names.
func richText(what, markdown string, truncate bool, say func(string, ...any)) (*adf.Doc, error) {
	doc := adf.Markdown(markdown)
	err := doc.Err()
	switch {
	case errors.Is(err, adf.ErrTooLong) && truncate:
		if doc.Len() > adf.MaxLength {
			say("Of %s, which has %d characters, the first %d are left.", what, doc.Len(), adf.MaxLength)
		} else {
			say("The end of %s is left out: it has more formatting than Jira takes.", what)
		}
		doc = doc.Truncate(adf.MaxLength)
		err = doc.Err()
	case errors.Is(err, adf.ErrTooLong) && doc.Len() <= adf.MaxLength:
		return nil, fmt.Errorf("%s has more formatting than Jira takes: simplify it, or let -truncate shorten it", what)
	case errors.Is(err, adf.ErrTooLong):
		return nil, fmt.Errorf("%s has %d characters, and Jira takes %d: shorten it, or let -truncate do so", what, doc.Len(), adf.MaxLength)
	}
	if err != nil {
		return nil, fmt.Errorf("%s is nothing that Jira takes: %w", what, err)
	}
	return doc, nil
}

// headline returns what a text is about, the heading or line that it begins with, and the text without it. A line that
// says more than its words do, as a link does, or that cannot be taken out of what it belongs to, as the first line of a
// list, stays in the text as well.
func headline(markdown string) (summary, rest string) {
	doc := adf.Markdown(markdown).Truncate(adf.MaxLength)
	content, err := doc.Content()
	if err != nil || len(content) == 0 {
		return "", markdown
	}
	lines := strings.SplitAfter(markdown, "\n")
	for strings.TrimSpace(lines[0]) == "" {
		lines = lines[1:]
	}
	for n := range min(len(lines), maxHeading) { // a heading may have several lines, and one of = or - below them
		head, err := adf.Markdown(strings.Join(lines[:n+1], "")).Content()
		if err != nil || len(head) != 1 || !plain(head[0]) {
			break
		}
		paragraph := content[0].Type == adf.TypeParagraph
		if head[0].Type != content[0].Type || !paragraph && head[0].Type != adf.TypeHeading {
			continue
		}
		rest = strings.Join(lines[n+1:], "")
		if paragraph {
			rest = strings.TrimLeft(rest, " \t") // or the next line of the paragraph might be code
		}
		if summary = strings.TrimSpace(adf.New(head[0]).Text()); summary != "" {
			return summary, rest
		}
		break
	}
	summary, _, _ = strings.Cut(strings.TrimSpace(doc.Text()), "\n")
	return summary, markdown
}

// maxHeading is how many lines a heading may have to be taken for one.
const maxHeading = 10

// plain reports whether a block is all in its words.
func plain(block adf.Node) bool {
	for _, n := range block.Content {
		if n.Type != adf.TypeText && n.Type != adf.TypeEmoji {
			return false
		}
		for _, m := range n.Marks {
			if m.Type == adf.MarkLink {
				return false
			}
		}
	}
	return true
}
