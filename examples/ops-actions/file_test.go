package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/jira/jsmops"
)

// YAML and JSON say the same, dates and long numbers included.
func TestDecode(t *testing.T) {
	t.Parallel()
	const asYAML = `
# a comment
integration: 2026-01-31
actions:
  - name: "yes"
    type: create
    direction: incoming
    enabled: False
    filter: {conditionMatchType: match-any-condition, conditions: [{field: tags, operation: equals, not: true, order: 0x2}]}
    fieldMappings: {text: 2026-01-31, long: 9007199254740993, part: 1.50, none: ~, list: [a, {b: 1}], empty: ""}
`
	const asJSON = "\t{\"integration\":\"2026-01-31\",\n\t\"actions\":[{\"name\":\"yes\",\"type\":\"create\",\"direction\":\"incoming\",\"enabled\":false," +
		`"filter":{"conditionMatchType":"match-any-condition","conditions":[{"field":"tags","operation":"equals","not":true,"order":2}]},` +
		`"fieldMappings":{"text":"2026-01-31","long":9007199254740993,"part":1.50,"none":null,"list":["a",{"b":1}],"empty":""}}]}`
	want := &document{Integration: "2026-01-31", Actions: []*wanted{{
		Enabled: new(false),
		ActionInput: jsmops.ActionInput{
			Name: "yes", Type: "create", Direction: jsmops.DirectionIncoming,
			Filter: jsmops.MatchAnyOf(jsmops.Condition{Field: "tags", Operation: jsmops.OperationEquals, Not: true, Order: 2}),
			FieldMappings: jsmops.Values{
				"text": jsmops.Text("2026-01-31"), "long": json.RawMessage("9007199254740993"), "part": json.RawMessage("1.50"),
				"none": json.RawMessage("null"), "list": json.RawMessage(`["a",{"b":1}]`), "empty": jsmops.Text(""),
			},
		},
	}}}
	for name, text := range map[string]string{"YAML": asYAML, "JSON": asJSON} {
		got, err := decode([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestWrongFiles(t *testing.T) {
	t.Parallel()
	const head = "integration: CI\nactions:\n"
	for text, want := range map[string]string{
		"":                                    "it is empty",
		"{":                                   "unexpected EOF",
		"a: [":                                "yaml: ",
		"- a":                                 "cannot unmarshal array",
		"integration: a\nintegration: b":      `line 2: "integration" is no name, or one that was there before`,
		"integration: &x a\nactions: *x":      "write out what *x stands for",
		"integration: a\n---\nintegration: b": "more than one document",
		`{"integration":"a"} {}`:              "more than one document",
		"1: 2\n[a]: b":                        "is no name",
		"<<: {a: b}":                          "is no name",
		"integration: a\nsteps: []":           `unknown field "steps"`,
		head + "- {name: a, kind: create}":    `unknown field "kind"`,
		head + "- {name: 1, type: create}":    "cannot unmarshal number",
		head + "- ":                           "action 1 is empty",
		"integration: CI\nactions: []":        "it lists no actions",
		"actions: [{name: a, type: create}]":  "names no integration",
		head + "- {name: a}":                  `action 1 ("a"): type: it is empty`,
		head + "- {name: a, type: create}\n- {name: a, type: create, direction: incoming}":                    `action 2: there is another incoming action "a" of type create`,
		head + "- {name: a, type: x, direction: outgoing}":                                                    "groupType: it is empty",
		head + "- {name: a, type: create, filter: {conditions: [{field: tags, operation: equals}]}}":          "filter.conditions: ",
		head + "- {name: a, type: create, fieldMappings: {x: .inf}}":                                          "unsupported value",
		head + "- {name: a, type: create, filter: {conditionMatchType: match-any-condition, conditions: []}}": "has no conditions",
	} {
		file, err := decode([]byte(text))
		if err == nil {
			err = file.check()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestShippedFileSaysWhatItMeans(t *testing.T) {
	t.Parallel()
	file, err := decode(shipped)
	if err == nil {
		err = file.check()
	}
	if err != nil || len(file.Actions) != 4 || !file.Actions[0].ActionInput.Enabled || file.Actions[3].Direction != jsmops.DirectionOutgoing {
		t.Errorf("%+v, %v", file, err)
	}
}
