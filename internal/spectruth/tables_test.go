package spectruth_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/internal/spectruth"
)

const vendorTables = `Things
EndPoint: GET /thing/{id}
Parameters
Name | Located in | Required | Description | Default | Schema |
|---|---|---|---|---|---|
id | path | yest | the id | - | string |
who | header | Yes | who asks | - | string |
deep | body | No | a, b or c | false | boolean |
depth | body | yes | how deep | - | integer |
Response
Status Code | Reason | Response Model |
|---|---|---|
200 | Fine | |
401 | Not you | - |
Definitions
Field | Type | Description |
|---|---|---|
data | array | things |
total | integer | number |
Field | Type | Integer |
|---|---|---|
name | string | its name |
left | Object | one half |
right | Object | the other half |
Field | Type | Description |
|---|---|---|
size | integer | its size |
Endpoint: POST /thing
name | type | required | description | example |
|---|---|---|---|---|
body | object | optional | - | |`

const ourThings = `
/thing/{id}:
  get:
    operationId: getThing
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: who, in: header, required: true, schema: {type: string}}
    requestBody:
      required: true
      content: {application/json: {schema: {$ref: "#/components/schemas/Query"}}}
    responses:
      "200":
        description: ok
        content: {application/json: {schema: {$ref: "#/components/schemas/Things"}}}
/thing:
  post:
    operationId: addThing
    responses:
      "200":
        description: ok
        content: {application/json: {schema: {$ref: "#/components/schemas/Wrapped"}}}
`

const ourSchemas = `
schemas:
  Query: {type: object, required: [depth], properties: {deep: {type: boolean}, depth: {type: integer}}}
  Things: {type: object, properties: {data: {type: array, items: {$ref: "#/components/schemas/Thing"}}, total: {type: integer}}}
  Thing: {type: object, properties: {name: {type: string}, left: {$ref: "#/components/schemas/Half"}, right: {$ref: "#/components/schemas/Half"}}}
  Half: {type: object, properties: {size: {type: integer}}}
  Wrapped: {type: object, properties: {body: {x-go-type: json.RawMessage}}}
`

// Whatever our document says differently from the tables is found, however deep it lies.
func TestTables(t *testing.T) {
	t.Parallel()
	vendor, err := spectruth.ReadTables(vendorTables)
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{"things addThing: operationId: vendor , ours addThing", "things getThing: operationId: vendor , ours getThing"}
	for _, test := range []struct{ old, new, want string }{
		{"", "", ""},
		{"name: who, in: header, required: true", "name: who, in: header", "things getThing: header who: vendor required, ours optional"},
		{"name: who, in: header", "name: who, in: query", "things getThing: query who: vendor missing, ours string"},
		{"required: [depth]", "required: [deep]", "things getThing: request.deep: vendor optional, ours required"},
		{"depth: {type: integer}", "depth: {type: string}", "things getThing: request.depth: vendor integer, ours string"},
		{"total: {type: integer}", "count: {type: integer}", "things getThing: response.total: vendor integer, ours missing"},
		{"name: {type: string}", "name: {type: boolean}", "name: vendor string, ours boolean"},
		{"size: {type: integer}", "size: {type: string}", "left.size: vendor integer, ours string"},
		{"/thing:", "/things:", "things addThing: not in the vendor's document"},
	} {
		ours := document(t, strings.Replace(ourThings, test.old, test.new, 1), strings.Replace(ourSchemas, test.old, test.new, 1))
		got := spectruth.Compare("things", spectruth.Operations(ours), vendor)
		if test.want == "" {
			if !slices.Equal(ids, got) {
				t.Errorf("differences where there are none:\n%s", strings.Join(got, "\n"))
			}
			continue
		}
		if !strings.Contains(strings.Join(got, "\n"), test.want) {
			t.Errorf("%s -> %s: %s is not found:\n%s", test.old, test.new, test.want, strings.Join(got, "\n"))
		}
	}
}

func TestTablesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	const params = "Endpoint: GET /x\nName | Located in | Required | Description | Default | Schema |\n|---|\n"
	for text, want := range map[string]string{
		"":                 "no line begins with Endpoint",
		"Endpoint: /x":     "names no method and path",
		params + "a|b|c\n": "6 cells, not 3",
		params + "a | query | no | - | - | thing |":                `type "thing" is unknown`,
		"Name | Type | Text\n|---|\n":                              "before the first endpoint",
		"Endpoint: GET /x\nA | B | C\n|---|\n1|2|3":                `the head "A | B | C" is unknown`,
		"Endpoint: GET /x\n1|2|3":                                  `the head "" is unknown`,
		"Endpoint: GET /x\nField | Type | D\n|---|\na | stuff | -": `type "stuff" is unknown`,
	} {
		if _, err := spectruth.ReadTables(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
