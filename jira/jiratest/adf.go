package jiratest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jira-integrations/go-sdk/jira/adf"
)

var (
	errNotADocument = errors.New("Operation value must be an Atlassian Document (see the Atlassian Document Format)")
	errTextTooLong  = errors.New("The entered text is too long. It exceeds the allowed limit of 32,767 characters.")
)

// checkADF checks an Atlassian Document against the format, as strictly as its schema: what the schema does not know, Jira
// does not take. Jira says no more than INVALID_INPUT; the place of the mistake is an addition.
func checkADF(v any) error {
	root, ok := v.(doc)
	if !ok || root["type"] != "doc" || number(root["version"]) != 1 {
		return errNotADocument
	}
	if _, ok := root["content"].([]any); !ok {
		return errNotADocument
	}
	node, err := nodeOf(root)
	if err == nil {
		err = node.Validate()
	}
	switch {
	case err != nil:
		return fmt.Errorf("INVALID_INPUT (jiratest: %w)", err)
	case length(adfText(v)) > adf.MaxLength:
		return errTextTooLong
	}
	return nil
}

// nodeOf takes a node for one that a program has built: of a decoded one, adf lets pass what it does not know.
func nodeOf(in doc) (adf.Node, error) {
	node := adf.Node{Type: adf.NodeType(text(in["type"])), Text: text(in["text"])}
	for name, v := range in {
		ok := true
		switch name {
		case "type", "text":
			_, ok = v.(string)
		case "version":
			ok = node.Type == adf.TypeDoc
		case "attrs":
			node.Attrs, ok = v.(doc)
		case "marks":
			for _, item := range objects(v, &ok) {
				mark, err := markOf(item)
				if err != nil {
					return node, err
				}
				node.Marks = append(node.Marks, mark)
			}
		case "content":
			for _, item := range objects(v, &ok) {
				child, err := nodeOf(item)
				if err != nil {
					return node, err
				}
				node.Content = append(node.Content, child)
			}
		default:
			ok = false
		}
		if !ok {
			return node, fmt.Errorf("a %s has a wrong or an unknown property %q", node.Type, name)
		}
	}
	return node, nil
}

func markOf(in doc) (adf.Mark, error) {
	mark := adf.Mark{Type: adf.MarkType(text(in["type"]))}
	for name, v := range in {
		ok := name == "type"
		if name == "attrs" {
			mark.Attrs, ok = v.(doc)
		}
		if !ok {
			return mark, fmt.Errorf("a mark %s has a wrong or an unknown property %q", mark.Type, name)
		}
	}
	return mark, nil
}

// objects returns the items of a list of objects; ok becomes false if v is none.
func objects(v any, ok *bool) []doc {
	items, isList := v.([]any)
	found := make([]doc, 0, len(items))
	for _, item := range items {
		if object, isObject := item.(doc); isObject {
			found = append(found, object)
		}
	}
	*ok = isList && len(found) == len(items)
	return found
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
