package spectruth_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/internal/spectruth"
)

const goodOperation = `
/things:
  get:
    operationId: listThings
    summary: Returns things.
    x-sdk: {service: Things, method: List, page: {style: offset, items: Values, item: "*Thing"}}
    parameters: [{name: kind, in: query, schema: {type: string}}]
    responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/ThingPage"}}}}}
`

const goodSchemas = `
schemas:
  Kind: {type: string, enum: [a, b]}
  Thing: {type: object, properties: {kind: {$ref: "#/components/schemas/Kind"}}}
  ThingPage: {type: object, properties: {values: {type: array, items: {$ref: "#/components/schemas/Thing"}}}}
`

func TestValidateAcceptsAGoodDocument(t *testing.T) {
	t.Parallel()
	if problems := spectruth.Validate(document(t, goodOperation, goodSchemas)); len(problems) > 0 {
		t.Errorf("unexpected: %q", problems)
	}
}

func TestValidateFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, old, replacement, want string
	}{
		{"an invalid document", `{description: ok, content`, `{content`, "description"},
		{"no x-sdk", `x-sdk:`, `x-other:`, "has no x-sdk"},
		{"an unknown key", `method: List,`, `method: List, async: true,`, `unknown field "async"`},
		{"an unknown page style", `style: offset`, `style: odd`, `style "odd" is unknown`},
		{"no item", `, item: "*Thing"`, ``, "needs an item"},
		{"unknown items", `items: Values`, `items: Issues`, `items "Issues"`},
		{"no items and no bare array", `items: Values, `, ``, `items ""`},
		{"no method", `method: List, `, ``, "needs a method"},
		{"a section that leads nowhere", `style: offset`, `style: section`, "section needs next"},
		{"removes on GET", `method: List,`, `method: List, removes: true,`, "removes is for DELETE only"},
		{"safe on GET", `method: List,`, `method: List, safe: true,`, "safe is for POST and PATCH only"},
		{"expects nothing known", `method: List,`, `method: List, expects: [data],`, `expects "data"`},
		{"returns nothing known", `method: List,`, `method: List, returns: {property: data, type: Thing},`, `returns "data"`},
		{"no operationId", `operationId: listThings`, `deprecated: false`, "has no operationId"},
		{"no summary", `summary: Returns things.`, `deprecated: false`, "has no summary"},
		{"an enum on a parameter", `schema: {type: string}`, `schema: {type: string, enum: [a]}`, "enum on a property or parameter"},
		{"an enum on a property", `{kind: {$ref: "#/components/schemas/Kind"}}`, `{kind: {type: string, enum: [a]}}`, "enum on a property or parameter"},
		{"allOf", `{kind: {$ref: "#/components/schemas/Kind"}}`, `{kind: {allOf: [{$ref: "#/components/schemas/Kind"}]}}`, "allOf are not used"},
		{"a nameless object", `{kind: {$ref: "#/components/schemas/Kind"}}`, `{kind: {type: object, properties: {a: {type: string}}}}`, "an object without a name"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			paths := strings.Replace(goodOperation, test.old, test.replacement, 1)
			schemas := strings.Replace(goodSchemas, test.old, test.replacement, 1)
			if paths == goodOperation && schemas == goodSchemas {
				t.Fatal("the case changes nothing")
			}
			problems := spectruth.Validate(document(t, paths, schemas))
			if !strings.Contains(strings.Join(problems, "\n"), test.want) {
				t.Errorf("got %q, want one with %q", problems, test.want)
			}
		})
	}
}

func TestValidateWantsUniqueNamesAcrossDocuments(t *testing.T) {
	t.Parallel()
	problems := spectruth.Validate(document(t, goodOperation, goodSchemas), document(t, goodOperation, goodSchemas))
	text := strings.Join(problems, "\n")
	for _, want := range []string{"operationId listThings is taken", "method Things.List is taken"} {
		if !strings.Contains(text, want) {
			t.Errorf("got %q, want one with %q", problems, want)
		}
	}
}

func TestValidateLimitsTheLengthOfADocument(t *testing.T) {
	t.Parallel()
	doc := document(t, goodOperation, goodSchemas)
	long := filepath.Join(t.TempDir(), "long.yaml")
	if err := os.WriteFile(long, []byte(strings.Repeat("\n", 1500)), 0o600); err != nil {
		t.Fatal(err)
	}
	doc.File = long
	if problems := spectruth.Validate(doc); len(problems) != 1 || !strings.Contains(problems[0], "1500 lines") {
		t.Errorf("got %q", problems)
	}
}
