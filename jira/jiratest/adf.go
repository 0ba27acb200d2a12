package jiratest

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxText is the most characters that a rich-text field or a comment may have.
const maxText = 32767

var (
	errNotADocument = errors.New("Operation value must be an Atlassian Document (see the Atlassian Document Format)")
	errTextTooLong  = errors.New("The entered text is too long. It exceeds the allowed limit of 32,767 characters.")
)

// checkADF checks an Atlassian Document as far as Jira rejects one most often.
func checkADF(v any) error {
	root, ok := v.(doc)
	if !ok || root["type"] != "doc" || number(root["version"]) != 1 {
		return errNotADocument
	}
	if _, ok := root["content"].([]any); !ok {
		return errNotADocument
	}
	if err := checkNode(root, 0); err != nil {
		return err
	}
	if utf8.RuneCountInString(adfText(v)) > maxText {
		return errTextTooLong
	}
	return nil
}

func checkNode(node doc, depth int) error {
	kind, ok := node["type"].(string)
	if !ok || kind == "" || depth > 100 {
		return errors.New("INVALID_INPUT")
	}
	if kind == "text" {
		if s, ok := node["text"].(string); !ok || s == "" {
			return errors.New("INVALID_INPUT")
		}
	}
	for _, key := range []string{"content", "marks"} {
		children, present := node[key]
		if !present {
			continue
		}
		items, ok := children.([]any)
		if !ok {
			return errors.New("INVALID_INPUT")
		}
		for _, item := range items {
			child, ok := item.(doc)
			if !ok {
				return errors.New("INVALID_INPUT")
			}
			if err := checkNode(child, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// adfText is the text of a document, one line a block; a string stands for itself.
func adfText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	var b strings.Builder
	writeText(&b, v)
	return strings.TrimRight(b.String(), "\n")
}

func writeText(b *strings.Builder, v any) {
	node, ok := v.(doc)
	if !ok {
		return
	}
	switch text(node["type"]) {
	case "text":
		b.WriteString(text(node["text"]))
	case "hardBreak":
		b.WriteByte('\n')
	case "mention", "emoji", "status":
		if attrs, ok := node["attrs"].(doc); ok {
			b.WriteString(text(attrs["text"]))
		}
	}
	for _, child := range list(node["content"]) {
		writeText(b, child)
	}
	switch text(node["type"]) {
	case "paragraph", "heading", "codeBlock":
		b.WriteByte('\n')
	}
}

// plainADF makes a document of plain text, a paragraph a line.
func plainADF(s string) doc {
	paragraphs := []any{}
	for line := range strings.SplitSeq(s, "\n") {
		paragraph := doc{"type": "paragraph"}
		if line != "" {
			paragraph["content"] = []any{doc{"type": "text", "text": line}}
		}
		paragraphs = append(paragraphs, paragraph)
	}
	return doc{"type": "doc", "version": 1, "content": paragraphs}
}

// html renders a document the way expand=renderedFields does, without any formatting.
func html(v any) string {
	if v == nil {
		return ""
	}
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	var b strings.Builder
	for line := range strings.SplitSeq(adfText(v), "\n") {
		fmt.Fprintf(&b, "<p>%s</p>\n", escape.Replace(line))
	}
	return strings.TrimSuffix(b.String(), "\n")
}
