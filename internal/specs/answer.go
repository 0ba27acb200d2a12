package specs

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// maxDepth is how deep made up values are nested: schemas may hold themselves.
const maxDepth = 6

// Random makes up a value that is valid by the schema.
func (s *Schema) Random(r *rand.Rand) any { return s.random(r, 0) }

func (s *Schema) of(node any) *Schema {
	file, found := s.all.follow(s.file, node.(map[string]any))
	// An x- key may stand beside a $ref.
	merged := maps.Clone(found)
	for key, value := range node.(map[string]any) {
		if key != "$ref" {
			merged[key] = value
		}
	}
	return &Schema{file, merged, s.all}
}

// with is the schema of an object with some more properties that are required, a list of names or nil.
func (s *Schema) with(names any) *Schema {
	expected, _ := names.([]any)
	if len(expected) == 0 {
		return s
	}
	s = s.of(s.node)
	required, _ := s.node["required"].([]any)
	s.node["required"] = slices.Concat(required, expected)
	return s
}

func (s *Schema) random(r *rand.Rand, depth int) any {
	if _, ok := s.node["$ref"]; ok {
		s = s.of(s.node)
	}
	if kind, ok := s.node["x-go-type"].(string); ok {
		if v, ok := special(r, kind); ok {
			return v
		}
	}
	switch s.node["type"] {
	case "string":
		return s.text(r)
	case "integer":
		return r.Int64N(100_000)
	case "number":
		return r.NormFloat64() * 1000
	case "boolean":
		return r.IntN(2) == 0
	case "array":
		list := []any{}
		if depth < maxDepth {
			items := s.of(s.node["items"])
			for range r.IntN(4) {
				list = append(list, items.random(r, depth+1))
			}
		}
		return list
	case nil:
		if s.node["properties"] == nil {
			return map[string]any{"anything": r.IntN(9)}
		}
	}
	return s.object(r, depth)
}

func (s *Schema) object(r *rand.Rand, depth int) any {
	object := map[string]any{}
	required, _ := s.node["required"].([]any)
	properties, _ := s.node["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if depth >= maxDepth || r.IntN(5) == 0 && !slices.Contains(required, any(name)) {
			continue
		}
		object[name] = s.of(properties[name]).random(r, depth+1)
		if object[name] == "" && slices.Contains(required, any(name)) {
			object[name] = "text" // as good as left out otherwise
		}
	}
	if more, ok := s.node["additionalProperties"].(map[string]any); ok && depth < maxDepth {
		for i := range r.IntN(3) {
			object[fmt.Sprintf("key%d", i)] = s.of(more).random(r, depth+1)
		}
	}
	return object
}

// text makes up a string, plain or with all that JSON has.
func (s *Schema) text(r *rand.Rand) string {
	switch format, _ := s.node["format"].(string); format {
	case "date-time":
		return []string{"2024-01-02T15:04:05.000+0000", "2024-01-02T15:04:05Z", "2024-12-31T23:59:59.999-0800"}[r.IntN(3)]
	case "date":
		return "2024-02-29"
	case "uri":
		return "https://acme.example/x"
	}
	if values, ok := s.node["enum"].([]any); ok {
		return fmt.Sprint(values[r.IntN(len(values))])
	}
	return []string{"", "text", "10001", "WEB-7", "a \"quoted\" \\ text\n", "Größe ✓ 日本", strings.Repeat("long ", 50)}[r.IntN(7)]
}

// special makes up a value for a Go type that the documents name.
func special(r *rand.Rand, kind string) (any, bool) {
	switch strings.TrimPrefix(kind, "*") {
	case "ID":
		if r.IntN(2) == 0 {
			return "10001", true
		}
		return 10001, true
	case "NextPage":
		if r.IntN(2) == 0 {
			return false, true
		}
		return r.IntN(9) + 1, true
	case "adf.Doc":
		return map[string]any{"type": "doc", "version": 1, "content": []any{map[string]any{"type": "paragraph"}}}, true
	case "json.RawMessage":
		return []any{nil, 1, "text", []any{1}, map[string]any{"a": nil}}[r.IntN(5)], true
	case "Time":
		return "2024-01-02T15:04:05.000+0000", true
	}
	return nil, false
}

// Mutate changes a document as the bytes of how say: something is left out, of another kind, there twice or cut off. No
// bytes change nothing.
func Mutate(document any, how []byte) string {
	text, err := json.Marshal(document)
	if err != nil {
		panic(err)
	}
	for len(how) >= 2 && len(text) > 0 {
		at := int(how[1]) * len(text) / 256
		switch insert := []string{"null", `""`, "[]", "{}", "-1", "1e400", `"\ud800"`, "true", "[[", "]", ",", "\xff", "9223372036854775808"}; how[0] % 4 {
		case 0: // another value for the next one
			text = replaceValue(text, at, insert[int(how[0]/4)%len(insert)])
		case 1: // a byte
			text[at] = how[0] / 4 * 4
		case 2: // cut off, or cut out
			text = slices.Delete(text, at, min(len(text), at+int(how[0]/4)))
		case 3: // there twice
			text = slices.Concat(text[:at], text[at/2:at], text[at:])
			text = text[:min(len(text), 1<<20)]
		}
		how = how[2:]
	}
	return string(text)
}

// replaceValue puts value in place of the one that follows a colon or a comma after at.
func replaceValue(text []byte, at int, value string) []byte {
	i := strings.IndexAny(string(text[at:]), ":,[")
	if i < 0 {
		return text
	}
	from := at + i + 1
	var old json.RawMessage
	if json.NewDecoder(strings.NewReader(string(text[from:]))).Decode(&old) != nil {
		return text
	}
	return slices.Concat(text[:from], []byte(value), text[from+len(old):])
}
