// Package adf is the Atlassian Document Format, in which Jira keeps rich text: descriptions, comments, worklog comments
// and text-area fields. It imports nothing else of this SDK.
//
// There are three ways to a document, all of one expression: [Markdown] and [Text] convert what a program has at hand, and
// [New] puts nodes together. What is wrong with a document is kept in it: [Doc.Err] says it, and so does whatever writes
// the document, before anything is sent.
//
//	Description: adf.Markdown("1. add `SAVE10`\n2. remove it\n\n**Expected:** full price")
//
// Any number of goroutines may read a document, or use the same nodes and marks, as long as none changes them: nothing here does,
// but for UnmarshalJSON.
//
// What Jira answers is kept as it came and is read by [Doc.Text], [Doc.Markdown] or, node by node, [Doc.Content].
package adf

import (
	"bytes"
	"encoding/json"
	"errors"
)

// Doc is a document. Whatever was received is kept and written back as it came, nodes that this package does not know
// included, and is parsed only when it is read. A nil *Doc is no document; its methods work.
type Doc struct {
	raw string // JSON: an object, or the string that stood in its place
	err error
	cut bool // it is the beginning of something longer
}

// Raw makes a document of its JSON. A plain string, which older content holds in place of a document, is kept too. src must
// be valid JSON.
func Raw(src string) (*Doc, error) {
	if src == "" || src[0] != '{' && src[0] != '"' {
		return nil, errors.New("adf: a document is an object or a string")
	}
	return &Doc{raw: src}, nil
}

// Err says what is wrong with a document that [New], [Markdown] or [Text] made: a node that the format does not allow, or
// one of the errors [ErrTooLong] and [ErrTooDeep]. Such a document is not written. A document that was received has no
// error.
func (d *Doc) Err() error {
	if d == nil {
		return nil
	}
	return d.err
}

// UnmarshalJSON keeps the document as it came. Older content and some fields hold a plain string instead: it is kept too.
func (d *Doc) UnmarshalJSON(b []byte) error {
	if d == nil {
		return errors.New("adf: the document has nowhere to go: the *Doc is nil, pass the address of one")
	}
	b = bytes.TrimSpace(b)
	if len(b) == 0 || b[0] != '{' && b[0] != '"' && b[0] != 'n' {
		return errors.New("adf: a document is an object or a string")
	}
	if string(b) != "null" {
		d.raw, d.err = string(b), nil
	}
	return nil
}

// MarshalJSON writes the document, or returns its [Doc.Err].
func (d *Doc) MarshalJSON() ([]byte, error) {
	switch {
	case d == nil:
		return []byte("null"), nil
	case d.err != nil:
		return nil, d.err
	case d.raw == "":
		return []byte("null"), nil
	}
	return []byte(d.raw), nil
}

// Content decodes the nodes of the document. Nodes, attributes and marks that this package does not know are among them,
// and [New] writes them back with the same meaning. A plain string gives its paragraphs.
func (d *Doc) Content() ([]Node, error) {
	if d == nil || d.raw == "" {
		return nil, nil
	}
	if d.raw[0] == '"' {
		var plain string
		if err := json.Unmarshal([]byte(d.raw), &plain); err != nil {
			return nil, err
		}
		return paragraphs(plain), nil
	}
	var root Node
	if err := json.Unmarshal([]byte(d.raw), &root); err != nil {
		return nil, err
	}
	return root.Content, nil
}

// content is Content for readers, to whom a broken document is an empty one.
func (d *Doc) content() []Node {
	nodes, _ := d.Content()
	return nodes
}

// New makes a document of nodes. Text nodes without text are left out, line breaks in a text become hardBreak nodes, control
// characters are dropped, and nodes that need a localId and have none get the next number that is free. Everything else must
// be as the format wants it: a wrong child, a missing or wrong attribute, a mark that does not go with another is the
// document's [Doc.Err]. Nodes that [Doc.Content] decoded stay as they are, even if this package would not make them so:
//
//	content, err := issue.Fields.Description.Content()
//	doc := adf.New(append(content, adf.Paragraph(adf.Run("seen again")))...)
func New(content ...Node) *Doc {
	if endless(content, 0) {
		return &Doc{err: errEndless}
	}
	n := numbering{}
	n.take(content)
	root := Node{Type: TypeDoc, Content: n.tidy(content, false), extra: map[string]any{"version": 1}}
	if root.Content == nil {
		root.Content = []Node{}
	}
	if err := root.check(true); err != nil {
		return &Doc{err: err}
	}
	return finish(root)
}

// finish writes a valid document.
func finish(root Node) *Doc {
	raw, err := root.MarshalJSON() // json.Marshal would escape < and > for good
	if err != nil {
		return &Doc{err: err}
	}
	d := &Doc{raw: string(raw)}
	d.err = d.tooLong()
	return d
}
