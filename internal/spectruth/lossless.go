package spectruth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// Example is one answer that the vendor shows for an operation.
type Example struct {
	Status int
	Body   []byte // JSON
}

// Examples returns the JSON examples of the 2xx answers of an operation, by status and name.
func Examples(op Operation) ([]Example, error) {
	var found []Example
	responses := successes(op)
	for _, code := range slices.Sorted(maps.Keys(responses)) {
		status, err := strconv.Atoi(code)
		if err != nil {
			return nil, fmt.Errorf("%s: status %s", op.OperationID, code)
		}
		media := responses[code].Content.Get("application/json")
		if media == nil {
			continue
		}
		var values []any
		if media.Example != nil {
			values = append(values, media.Example)
		}
		for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
			values = append(values, media.Examples[name].Value.Value)
		}
		for _, value := range values {
			body, err := exampleBody(value, media.Schema)
			if err != nil {
				return nil, fmt.Errorf("%s: example of %s: %w", op.OperationID, code, err)
			}
			found = append(found, Example{status, body})
		}
	}
	return found, nil
}

// exampleBody returns an example as JSON. Atlassian writes an example as a string that contains JSON, or as plain text.
func exampleBody(value any, schema *openapi3.SchemaRef) ([]byte, error) {
	text, ok := value.(string)
	if ok && (schema == nil || !schema.Value.Type.Is(openapi3.TypeString)) && json.Valid([]byte(text)) {
		return []byte(text), nil
	}
	return json.Marshal(value)
}

// Lost compares what was received with the same after a trip through the SDK. It returns one line per thing that got
// lost, changed or was added, with the indexes of arrays left out. These are no changes: a value that says nothing
// (null, "", 0, false, [], {}) and its absence, two spellings of one instant, a number and the string of its digits.
func Lost(received, result []byte) ([]string, error) {
	want, err := decode(received)
	if err != nil {
		return nil, fmt.Errorf("received: %w", err)
	}
	got, err := decode(result)
	if err != nil {
		return nil, fmt.Errorf("result: %w", err)
	}
	l := losses{}
	l.compare("", want, got)
	return slices.Sorted(maps.Keys(l)), nil
}

func decode(data []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	return v, err
}

type losses map[string]bool

func (l losses) report(path, format string, args ...any) {
	if path == "" {
		path = "the answer"
	}
	l[strings.TrimPrefix(path, ".")+": "+fmt.Sprintf(format, args...)] = true
}

func (l losses) compare(path string, want, got any) {
	_, isObject := want.(map[string]any)
	_, alsoObject := got.(map[string]any)
	switch {
	case isEmpty(want) && isEmpty(got):
		return
	case isEmpty(want) && (!isObject || !alsoObject):
		l.report(path, "added")
		return
	case got == nil:
		l.report(path, "lost")
		return
	}
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			for _, key := range sortedUnion(w, g) {
				l.compare(path+"."+key, w[key], g[key])
			}
			return
		}
	case []any:
		if g, ok := got.([]any); ok && len(w) == len(g) {
			for i := range w {
				l.compare(path+"[]", w[i], g[i])
			}
			return
		}
	default:
		if sameScalar(want, got) {
			return
		}
	}
	l.report(path, "%s became %s", brief(want), brief(got))
}

// isEmpty says that a value tells no more than its absence.
func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case json.Number:
		number, ok := new(big.Rat).SetString(v.String())
		return ok && number.Sign() == 0
	case []any:
		return len(v) == 0
	case map[string]any:
		for _, value := range v {
			if !isEmpty(value) {
				return false
			}
		}
		return true
	default:
		return false
	}
}

func sameScalar(want, got any) bool {
	if want == got {
		return true
	}
	w, g := text(want), text(got)
	if w == "" || g == "" {
		return false
	}
	if w == g || sameNumber(want, got) {
		return true
	}
	instant, ok := parseInstant(w)
	other, also := parseInstant(g)
	return ok && also && instant.Equal(other)
}

func sameNumber(want, got any) bool {
	w, isNumber := want.(json.Number)
	g, alsoNumber := got.(json.Number)
	if !isNumber || !alsoNumber {
		return false
	}
	a, okA := new(big.Rat).SetString(w.String())
	b, okB := new(big.Rat).SetString(g.String())
	return okA && okB && a.Cmp(b) == 0
}

// text returns a string or the digits of a number, "" for anything else.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	default:
		return ""
	}
}

// parseInstant reads an instant as Jira and Currents write it: a time with or without a colon in its zone, or seconds
// or milliseconds since 1970. A number too large to be seconds before the year 5138 is milliseconds.
func parseInstant(s string) (time.Time, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		if n < 1e11 {
			n *= 1000
		}
		return time.UnixMilli(n), true
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999-0700"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func brief(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	if runes := []rune(string(data)); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return string(data)
}
