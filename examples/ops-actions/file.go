package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
)

//go:embed actions.yaml
var shipped []byte

// document is what the file says.
type document struct {
	Integration string    `json:"integration"`
	Actions     []*wanted `json:"actions"`
}

// wanted is an action as the file has it.
type wanted struct {
	jsmops.ActionInput
	Enabled *bool `json:"enabled"` // hides the one above: nil is left out
}

// fill makes it complete, as a new action needs it. One that is there keeps what the file does not mention.
func (w *wanted) fill() {
	w.ActionInput.Enabled = w.Enabled == nil || *w.Enabled
	if w.Filter.Conditions == nil {
		w.Filter.ConditionMatchType = cmp.Or(w.Filter.ConditionMatchType, jsmops.MatchTypeEverything)
	}
}

// valid says what is wrong with it as a new action.
func (w *wanted) valid() error {
	err := w.Validate()
	if e, ok := errors.AsType[*client.Error](err); ok {
		return e.Unwrap() // without the name of the operation
	}
	return err
}

// key is what an action is known by.
type key struct {
	name, kind string
	direction  jsmops.Direction
}

func (k key) String() string {
	return fmt.Sprintf("%s action %q of type %s", k.direction, k.name, k.kind)
}

func (w *wanted) key() key { return key{w.Name, w.Type, w.Direction} }

// read reads the file and checks everything that can be known without the server. What is wrong is a mistake of the caller.
func read(set *settings, onFake bool) (*document, error) {
	data, from := shipped, "the shipped file"
	if set.file != "" {
		var err error
		if data, err = os.ReadFile(set.file); err != nil {
			return nil, program.UsageError{Err: err}
		}
		from = set.file
	} else if !onFake {
		return nil, program.Usagef("name the file with the wanted actions; examples/ops-actions/actions.yaml is one")
	}
	file, err := decode(data)
	if err == nil {
		file.Integration = cmp.Or(set.integration, file.Integration)
		err = file.check()
	}
	if err != nil {
		return nil, program.Usagef("%s: %w", from, err)
	}
	return file, nil
}

// decode reads JSON, or YAML that says what JSON can say. A property that actions do not have is an error, and so is one that
// is there twice.
func decode(data []byte) (*document, error) {
	v, err := values(data)
	if err != nil {
		return nil, err
	}
	var file struct {
		Integration string            `json:"integration"`
		Actions     []json.RawMessage `json:"actions"`
	}
	if err := strictly(v, &file); err != nil {
		return nil, err
	}
	doc := &document{file.Integration, make([]*wanted, len(file.Actions))}
	for i, action := range file.Actions {
		if err := strictly(action, &doc.Actions[i]); err != nil {
			return nil, fmt.Errorf("action %d: %w", i+1, err)
		}
	}
	return doc, nil
}

// values is what the file says, in the values that JSON has.
func values(data []byte) (any, error) {
	if text := bytes.TrimSpace(data); len(text) > 0 && text[0] == '{' {
		return fromJSON(data)
	}
	var node, more yaml.Node
	documents := yaml.NewDecoder(bytes.NewReader(data))
	if err := documents.Decode(&node); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if documents.Decode(&more) == nil {
		return nil, errTwo
	}
	return plain(&node)
}

var errTwo = errors.New("there is more than one document in it")

// strictly stores a value, and says of one that does not fit where it is and what is wanted there.
func strictly(v, into any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	err = dec.Decode(into)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		var path string
		if field := strings.TrimPrefix(wrong.Field, "ActionInput."); field != "" {
			path = field + ": "
		}
		kind, _, _ := strings.Cut(wrong.Value, " ")
		return fmt.Errorf("%s%s is wanted, not %s", path, kinds[wrong.Type.Kind().String()], kinds[kind])
	}
	if err != nil {
		if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
			return fmt.Errorf("there is no property %s", name)
		}
	}
	return err
}

// kinds are the names of kinds, of Go and of JSON, for people.
var kinds = map[string]string{
	"struct": "an object", "map": "an object", "object": "an object", "slice": "a list", "array": "a list",
	"string": "a text", "int": "a whole number", "number": "a number", "bool": "true or false",
}

// plain is what a YAML node says, in the values that JSON has. Dates stay texts and numbers keep their digits.
func plain(n *yaml.Node) (any, error) {
	switch n.Kind {
	case 0:
		return nil, errors.New("it is empty")
	case yaml.DocumentNode:
		return plain(n.Content[0])
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			var err error
			if list[i], err = plain(item); err != nil {
				return nil, err
			}
		}
		return list, nil
	case yaml.MappingNode:
		object := make(map[string]any, len(n.Content)/2)
		for i := 0; i < len(n.Content); i += 2 {
			name := n.Content[i]
			if _, twice := object[name.Value]; twice || name.Kind != yaml.ScalarNode || name.Tag == "!!merge" {
				return nil, fmt.Errorf("line %d: %q is no name, or one that was there before", name.Line, name.Value)
			}
			var err error
			if object[name.Value], err = plain(n.Content[i+1]); err != nil {
				return nil, err
			}
		}
		return object, nil
	case yaml.AliasNode:
		return nil, fmt.Errorf("line %d: write out what *%s stands for", n.Line, n.Value)
	}
	switch n.Tag {
	case "!!null":
		return nil, nil
	case "!!bool", "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.RawMessage(n.Value), nil
		}
		var v any
		err := n.Decode(&v)
		if f, ok := v.(float64); ok && (math.IsInf(f, 0) || math.IsNaN(f)) {
			return nil, fmt.Errorf("line %d: %s is no number that JSON has", n.Line, n.Value)
		}
		return v, err
	}
	return n.Value, nil
}

// check fills in what may be left out, and refuses what the server would refuse.
func (f *document) check() error {
	if f.Integration == "" {
		return errors.New("it names no integration: write integration: NAME, or use -integration")
	}
	if len(f.Actions) == 0 {
		return errors.New("it lists no actions")
	}
	seen := map[key]bool{}
	for i, w := range f.Actions {
		if w == nil {
			return fmt.Errorf("action %d is empty", i+1)
		}
		w.Direction = cmp.Or(w.Direction, jsmops.DirectionIncoming)
		full := *w
		if full.fill(); full.ActionMapping.Type == "" {
			full.ActionMapping.Parameter = nil // an action that is there has the type
		}
		if err := full.valid(); err != nil {
			return fmt.Errorf("action %d (%q): %w", i+1, w.Name, err)
		}
		if seen[w.key()] {
			return fmt.Errorf("action %d: there is another %s", i+1, w.key())
		}
		seen[w.key()] = true
	}
	return nil
}
