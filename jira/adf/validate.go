package adf

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxDepth is how many levels of nodes a document may have.
const maxDepth = 100

// ErrTooDeep says that the nodes of a document are nested deeper than a reader could follow: more than 100 levels.
var ErrTooDeep = errors.New("nested too deep")

// Validate says whether the format allows the node with all that is in it. What was decoded and is not known to this
// package is passed over. The error names the place:
//
//	adf: doc/table/tableRow[1]/tableCell: needs content
func (n Node) Validate() error { return n.check(false) }

// check is Validate; with keep, what was decoded may be anything, and only what was built is checked.
func (n *Node) check(keep bool) error {
	if err := n.validate(string(n.Type), "", 0, keep); err != nil {
		return fmt.Errorf("adf: %w", err)
	}
	return nil
}

// anyMarks says that nothing is known about the marks that a node may have in its place.
const anyMarks = "*"

func (n *Node) validate(path, allowedMarks string, depth int, keep bool) error {
	r, known := rules[n.Type]
	if keep && n.decoded {
		if err := n.checkMarks(allowedMarks, keep); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return n.checkChildren(r, known, path, depth, keep)
	}
	switch {
	case depth > maxDepth:
		return fmt.Errorf("%s: %w", kindOf(n), ErrTooDeep)
	case !known && n.decoded:
		return nil
	case !known:
		return fmt.Errorf("%s: unknown node type %q", path, n.Type)
	case n.Type == TypeText && n.Text == "":
		return fmt.Errorf("%s: a text node needs text", path)
	case n.Type != TypeText && n.Text != "":
		return fmt.Errorf("%s: has no text of its own; put a text node into it", path)
	}
	if err := r.attrs.check(n.Attrs, n.decoded); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if problem := n.oddAttrs(); problem != "" {
		return fmt.Errorf("%s: %s", path, problem)
	}
	if err := n.checkMarks(allowedMarks, keep); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return n.checkContent(r, path, depth, keep)
}

func kindOf(n *Node) string {
	if n.Type == "" {
		return "a node"
	}
	return string(n.Type)
}

func (n *Node) checkContent(r rule, path string, depth int, keep bool) error {
	if _, odd := n.extra["content"]; odd {
		return fmt.Errorf("%s: content is not a list of nodes", path)
	}
	switch {
	case len(n.Content) < r.min && len(n.Content) == 0:
		return fmt.Errorf("%s: needs content", path)
	case len(n.Content) < r.min:
		return fmt.Errorf("%s: needs at least %d nodes", path, r.min)
	case r.max > 0 && len(n.Content) > r.max:
		return fmt.Errorf("%s: takes %d nodes at most", path, r.max)
	case len(r.content) == 0 && len(n.Content) > 0:
		return fmt.Errorf("%s: takes no content", path)
	}
	return n.checkChildren(r, true, path, depth, keep)
}

func (n *Node) checkChildren(r rule, known bool, path string, depth int, keep bool) error {
	for i := range n.Content {
		c := &n.Content[i]
		marks, ok := r.content[c.Type]
		_, named := rules[c.Type]
		received := keep && c.decoded && (n.decoded || n.Type == TypeDoc) // it may stand here because it came so
		switch {
		case !known || !ok && received:
			marks = anyMarks
		case !ok && (named || !c.decoded):
			return fmt.Errorf("%s: takes no %s", path, kindOf(c))
		case n.Type == TypeMediaSingle && !received && (i == 0) != (c.Type == TypeMedia):
			return fmt.Errorf("%s: takes one media and then a caption", path)
		}
		at := fmt.Sprintf("%s/%s", path, c.Type)
		if i > 0 {
			at = fmt.Sprintf("%s[%d]", at, i)
		}
		if err := c.validate(at, marks, depth+1, keep); err != nil {
			return err
		}
	}
	return nil
}

// checkMarks checks marks against the sets that the node may have in its place, such as "code link|em link strong".
func (n *Node) checkMarks(allowed string, keep bool) error {
	var names []string
	built := !n.decoded
	for i, m := range n.Marks {
		attrs, known := markRules[m.Type]
		if !known && m.decoded {
			continue
		}
		if !known {
			return fmt.Errorf("unknown mark type %q", m.Type)
		}
		names = append(names, string(m.Type))
		if keep && m.decoded {
			continue
		}
		built = true
		if slices.ContainsFunc(n.Marks[:i], func(o Mark) bool { return o.Type == m.Type }) {
			return fmt.Errorf("has the mark %s twice", m.Type)
		}
		if err := attrs.check(m.Attrs, m.decoded); err != nil {
			return fmt.Errorf("mark %s: %w", m.Type, err)
		}
	}
	if !built || allowed == anyMarks {
		return nil
	}
	for set := range strings.SplitSeq(allowed, "|") {
		if !slices.ContainsFunc(names, func(s string) bool { return !slices.Contains(strings.Fields(set), s) }) {
			return nil
		}
	}
	if len(names) == 1 {
		return fmt.Errorf("cannot have the mark %s here", names[0])
	}
	return fmt.Errorf("cannot have the marks %s together here", strings.Join(names, " and "))
}

// attributes are what a node or mark may have: a check for each name, which ends in "!" if the attribute is required.
type attributes map[string]func(any) string

func (a attributes) check(attrs map[string]any, decoded bool) error {
	for _, name := range slices.Sorted(maps.Keys(a)) {
		plain, required := strings.CutSuffix(name, "!")
		v, present := attrs[plain]
		if !present {
			if required {
				return fmt.Errorf("needs the attribute %s", plain)
			}
			continue
		}
		if problem := a[name](v); problem != "" {
			return fmt.Errorf("%s is %s", plain, problem)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		if a[name] == nil && a[name+"!"] == nil && !decoded {
			return fmt.Errorf("has no attribute %s", name)
		}
	}
	return nil
}

// oddAttrs says what is wrong with attributes that depend on each other.
func (n *Node) oddAttrs() string {
	has := func(name string) bool { _, ok := n.Attrs[name]; return ok }
	switch n.Type {
	case TypeMedia:
		switch {
		case n.Attr("type") == "external" && (!has("url") || has("id") || has("collection")):
			return "external media has the attribute url, no id and no collection"
		case n.Attr("type") != "external" && (!has("id") || !has("collection") || has("url")):
			return "media has the attributes id and collection, and no url"
		}
	case TypeMediaSingle:
		width, ok := number(n.Attrs["width"])
		switch {
		case n.Attr("widthType") == "pixel" && !ok:
			return "a width in pixels needs the attribute width"
		case n.Attr("widthType") != "pixel" && width > 100:
			return "width is more than 100 percent"
		}
	case TypeInlineCard, TypeBlockCard:
		count := 0
		for _, name := range []string{"url", "data", "datasource"} {
			if has(name) {
				count++
			}
		}
		if count == 0 || count > 1 && (n.Type == TypeInlineCard || has("data")) {
			return "a card needs either url or data"
		}
		if !has("datasource") && (has("width") || has("layout")) {
			return "width and layout belong to a card with a datasource"
		}
	}
	return ""
}

func isBreak(v any) string {
	if v != "\n" {
		return "not a line break"
	}
	return ""
}

func isText(v any) string {
	if _, ok := v.(string); !ok {
		return "no text"
	}
	return ""
}

func isFilled(v any) string {
	if s, ok := v.(string); !ok || s == "" {
		return "no text or empty"
	}
	return ""
}

func isBool(v any) string {
	if _, ok := v.(bool); !ok {
		return "neither true nor false"
	}
	return ""
}

func isAny(any) string { return "" }

func isFilledList(v any) string {
	switch v := v.(type) {
	case []any:
		if len(v) > 0 {
			return ""
		}
	case []string, []int, []float64:
		return ""
	}
	return "no list or empty"
}

func isNumbers(v any) string {
	switch v := v.(type) {
	case []int, []float64:
		return ""
	case []any:
		for _, item := range v {
			if _, ok := number(item); !ok {
				return "not a list of numbers"
			}
		}
		return ""
	}
	return "not a list of numbers"
}

// isNumber checks for a number of at least low, and at most high unless that is lower.
func isNumber(low, high float64) func(any) string {
	return func(v any) string {
		f, ok := number(v)
		switch {
		case !ok:
			return "no number"
		case f < low, high >= low && f > high:
			return fmt.Sprintf("%v, which is out of range", v)
		}
		return ""
	}
}

func oneOf(list string) func(any) string {
	return func(v any) string {
		if s, ok := v.(string); !ok || !slices.Contains(strings.Fields(list), s) {
			return fmt.Sprintf("%q, not one of %s", fmt.Sprint(v), list)
		}
		return ""
	}
}

// isColor checks for "#" and a number of hexadecimal digits, or a name.
func isColor(names string, digits ...int) func(any) string {
	return func(v any) string {
		s, _ := v.(string)
		if s != "" && slices.Contains(strings.Fields(names), s) {
			return ""
		}
		hex, ok := strings.CutPrefix(s, "#")
		if !ok || !slices.Contains(digits, len(hex)) || strings.Trim(hex, "0123456789abcdefABCDEF") != "" {
			return fmt.Sprintf("%q, which is no color", fmt.Sprint(v))
		}
		return ""
	}
}

func isObject(v any) string {
	switch v.(type) {
	case map[string]any, json.RawMessage:
		return ""
	}
	return "no object"
}
