package adf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Node is a part of a document. The functions named after the types make nodes; fields are there to be read, and to be set
// where a constructor leaves an optional attribute out.
type Node struct {
	Type    NodeType
	Text    string         // of a text node
	Attrs   map[string]any // numbers are json.Number in a decoded node
	Marks   []Mark
	Content []Node

	extra   map[string]any // properties that are unknown or have an unknown shape
	decoded bool           // came from JSON: what is not known in it is kept
}

// Mark changes how a node looks or what it leads to.
type Mark struct {
	Type  MarkType
	Attrs map[string]any

	extra   map[string]any
	decoded bool
}

// With returns the node with further marks. A mark replaces an earlier one of its type.
func (n Node) With(marks ...Mark) Node {
	n.Marks = slices.Clone(n.Marks)
	for _, m := range marks {
		if i := slices.IndexFunc(n.Marks, func(old Mark) bool { return old.Type == m.Type }); i >= 0 {
			n.Marks[i] = m
		} else {
			n.Marks = append(n.Marks, m)
		}
	}
	return n
}

// WithAttr returns the node with an optional attribute set, such as "localId" or a table's "layout".
func (n Node) WithAttr(name string, value any) Node {
	n.Attrs = maps.Clone(n.Attrs)
	if n.Attrs == nil {
		n.Attrs = map[string]any{}
	}
	n.Attrs[name] = value
	return n
}

// Attr is an attribute as text, empty if there is none: numbers in decimal.
func (n Node) Attr(name string) string { return str(n.Attrs[name]) }

// Attr is an attribute as text, empty if there is none: numbers in decimal.
func (m Mark) Attr(name string) string { return str(m.Attrs[name]) }

func str(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case int:
		return strconv.Itoa(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// integer is an attribute that holds a whole number.
func integer(v any, otherwise int) int {
	f, ok := number(v)
	if !ok || f != float64(int(f)) {
		return otherwise
	}
	return int(f)
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case float64:
		return v, true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}

// mark is the node's mark of a type.
func (n *Node) mark(t MarkType) (Mark, bool) {
	for _, m := range n.Marks {
		if m.Type == t {
			return m, true
		}
	}
	return Mark{}, false
}

var errEndless = fmt.Errorf("adf: a node is within itself, or nearly so: %w", ErrTooDeep)

// maxNesting is more levels than encoding/json reads.
const maxNesting = 10_000

// endless reports that nodes are nested so deep that one of them must be within itself, which a slice can do.
func endless(nodes []Node, depth int) bool {
	if depth > maxNesting {
		return true
	}
	for i := range nodes {
		if endless(nodes[i].Content, depth+1) {
			return true
		}
	}
	return false
}

// MarshalJSON writes the node.
func (n Node) MarshalJSON() ([]byte, error) {
	if endless(n.Content, 0) {
		return nil, errEndless
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(n.value()); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

func (n *Node) value() map[string]any {
	v := object(string(n.Type), n.Attrs, n.extra)
	if n.Text != "" || n.Type == TypeText && !n.decoded {
		v["text"] = n.Text
	}
	if n.Marks != nil {
		marks := make([]any, len(n.Marks))
		for i, m := range n.Marks {
			marks[i] = object(string(m.Type), m.Attrs, m.extra)
		}
		v["marks"] = marks
	}
	if n.Content != nil {
		content := make([]any, len(n.Content))
		for i := range n.Content {
			content[i] = n.Content[i].value()
		}
		v["content"] = content
	}
	return v
}

func object(t string, attrs, extra map[string]any) map[string]any {
	v := maps.Clone(extra)
	if v == nil {
		v = map[string]any{}
	}
	if t != "" {
		v["type"] = t
	}
	if attrs != nil {
		v["attrs"] = attrs
	}
	return v
}

// UnmarshalJSON reads a node. What it does not know is kept and written back with the same meaning.
func (n *Node) UnmarshalJSON(b []byte) error {
	if n == nil {
		return errors.New("adf: the node has nowhere to go: the *Node is nil, pass the address of one")
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v map[string]any
	if err := dec.Decode(&v); err != nil {
		return err
	}
	*n = nodeOf(v)
	return nil
}

func nodeOf(v map[string]any) Node {
	n := Node{decoded: true}
	t, attrs, extra := parts(v)
	n.Type, n.Attrs = NodeType(t), attrs
	if s, ok := extra["text"].(string); ok && s != "" {
		n.Text = s
		delete(extra, "text")
	}
	if marks, ok := objects(extra["marks"]); ok {
		n.Marks = make([]Mark, len(marks))
		for i, m := range marks {
			t, attrs, extra := parts(m)
			n.Marks[i] = Mark{MarkType(t), attrs, extra, true}
		}
		delete(extra, "marks")
	}
	if content, ok := objects(extra["content"]); ok {
		n.Content = make([]Node, len(content))
		for i, c := range content {
			n.Content[i] = nodeOf(c)
		}
		delete(extra, "content")
	}
	n.extra = extra
	return n
}

// parts takes an object apart; extra holds what is left.
func parts(v map[string]any) (t string, attrs, extra map[string]any) {
	extra = maps.Clone(v)
	if s, ok := v["type"].(string); ok && s != "" {
		t = s
		delete(extra, "type")
	}
	if a, ok := v["attrs"].(map[string]any); ok {
		attrs = a
		delete(extra, "attrs")
	}
	return t, attrs, extra
}

// objects is a list that holds nothing but objects.
func objects(v any) ([]map[string]any, bool) {
	list, ok := v.([]any)
	if !ok {
		return nil, false
	}
	out := make([]map[string]any, len(list))
	for i, item := range list {
		if out[i], ok = item.(map[string]any); !ok || item == nil {
			return nil, false
		}
	}
	return out, true
}

// numbering gives localIds to the nodes that need one, in their order in the document.
type numbering struct {
	last  int
	taken map[string]bool
}

func (c *numbering) next() string {
	for {
		c.last++
		if id := strconv.Itoa(c.last); !c.taken[id] {
			return id
		}
	}
}

// take keeps the numbers that nodes have already from being given again.
func (c *numbering) take(nodes []Node) {
	for i := range nodes {
		if id := nodes[i].Attr("localId"); id != "" {
			if c.taken == nil {
				c.taken = map[string]bool{}
			}
			c.taken[id] = true
		}
		c.take(nodes[i].Content)
	}
}

// tidy makes of nodes what can be written; those that came from JSON stay as they are.
func (c *numbering) tidy(nodes []Node, code bool) []Node {
	if nodes == nil {
		return nil
	}
	out := make([]Node, 0, len(nodes))
	for _, n := range nodes {
		if n.Type == TypeText && !n.decoded {
			s := clean(n.Text)
			switch {
			case s == "":
			case code || !strings.Contains(s, "\n"):
				n.Text = s
				out = append(out, n)
			default:
				out = append(out, lines(s, n.Marks)...)
			}
			continue
		}
		if numbered[n.Type] && !n.decoded && n.Attrs["localId"] == nil {
			n = n.WithAttr("localId", c.next())
		}
		n.Content = c.tidy(n.Content, n.Type == TypeCodeBlock)
		out = append(out, n)
	}
	return out
}

// numbered are the types whose localId is required.
var numbered = map[NodeType]bool{
	TypeTaskList: true, TypeTaskItem: true, TypeBlockTaskItem: true, TypeDecisionList: true, TypeDecisionItem: true,
	TypeSyncBlock: true, TypeBodiedSyncBlock: true,
}
