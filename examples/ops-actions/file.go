package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	Enabled *bool `json:"enabled"` // hides the one above: left out it is true
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

// decode reads JSON, or YAML that says what JSON can say. A property that actions do not have is an error.
func decode(data []byte) (*document, error) {
	if text := bytes.TrimSpace(data); len(text) == 0 || text[0] != '{' {
		var node, more yaml.Node
		documents := yaml.NewDecoder(bytes.NewReader(data))
		if err := documents.Decode(&node); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if documents.Decode(&more) == nil {
			return nil, errTwo
		}
		v, err := plain(&node)
		if err != nil {
			return nil, err
		}
		if data, err = json.Marshal(v); err != nil {
			return nil, err
		}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var file document
	if err := dec.Decode(&file); err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errTwo
	}
	return &file, nil
}

var errTwo = errors.New("there is more than one document in it")

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
		w.Domain = cmp.Or(w.Domain, jsmops.DomainAlert)
		w.Filter.ConditionMatchType = cmp.Or(w.Filter.ConditionMatchType, jsmops.MatchTypeEverything)
		w.ActionInput.Enabled = w.Enabled == nil || *w.Enabled
		if err := w.Validate(); err != nil {
			if e, ok := errors.AsType[*client.Error](err); ok {
				err = e.Unwrap() // without the name of the operation
			}
			return fmt.Errorf("action %d (%q): %w", i+1, w.Name, err)
		}
		if seen[w.key()] {
			return fmt.Errorf("action %d: there is another %s", i+1, w.key())
		}
		seen[w.key()] = true
	}
	return nil
}
