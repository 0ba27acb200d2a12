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
		"{":                                   "line 1: it ends too early",
		"a: [":                                "yaml: ",
		"- a":                                 "an object is wanted, not a list",
		"integration: a\nintegration: b":      `line 2: "integration" is no name, or one that was there before`,
		"integration: &x a\nactions: *x":      "write out what *x stands for",
		"integration: a\n---\nintegration: b": "more than one document",
		`{"integration":"a"} {}`:              "more than one document",
		"1: 2\n[a]: b":                        "is no name",
		"<<: {a: b}":                          "is no name",
		"integration: a\nsteps: []":           `there is no property "steps"`,
		head + "- {name: a, kind: create}":    `action 1: there is no property "kind"`,
		head + "- {name: 1, type: create}":    "action 1: name: a text is wanted, not a number",
		head + "- ":                           "action 1 is empty",
		"integration: CI\nactions: []":        "it lists no actions",
		"actions: [{name: a, type: create}]":  "names no integration",
		"{\"integration\":\"CI\",\n\"actions\":[],\n\"integration\":\"CD\"}":                                  `line 3: "integration" was there before`,
		`{"integration":"CI","actions":[{"name":"a","fieldMappings":{"x":{"y":1,"y":1}}}]}`:                   `line 1: "y" was there before`,
		"{\"integration\":\"CI\",\n\"actions\":[1,]}":                                                         "line 2: invalid character ']'",
		`{"integration":"CI","actions":[{"name":"a"},{"enabled":"yes"}]}`:                                     "action 2: enabled: true or false is wanted, not a text",
		head + "- {name: a, filter: match-all}":                                                               "action 1: filter: an object is wanted, not a text",
		head + "- {name: a, filter: {conditions: {field: a}}}":                                                "action 1: filter.conditions: a list is wanted, not an object",
		head + "- {name: a, filter: {conditions: [{order: 1.5}]}}":                                            "action 1: filter.conditions.order: a whole number is wanted, not a number",
		head + "- {name: a, fieldMappings: [x]}":                                                              "action 1: fieldMappings: an object is wanted, not a list",
		"integration: CI\nactions: {a: b}":                                                                    "actions: a list is wanted, not an object",
		"integration: [CI]":                                                                                   "integration: a text is wanted, not a list",
		head + "- x":                                                                                          "action 1: an object is wanted, not a text",
		head + "- {name: a}":                                                                                  `action 1 ("a"): type: it is empty`,
		head + "- {name: a, type: create}\n- {name: a, type: create, direction: incoming}":                    `action 2: there is another incoming action "a" of type create`,
		head + "- {name: a, type: x, direction: outgoing}":                                                    `groupType: "" is none of`,
		head + "- {name: a, type: create, filter: {conditions: [{field: tags, operation: equals}]}}":          "filter.conditionMatchType: ",
		head + "- {name: a, type: create, fieldMappings: {x: .inf}}":                                          "line 3: .inf is no number that JSON has",
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
	if err != nil || len(file.Actions) != 4 || file.Actions[3].Direction != jsmops.DirectionOutgoing {
		t.Errorf("%+v, %v", file, err)
	}
}
