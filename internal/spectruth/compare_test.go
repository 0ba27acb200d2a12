package spectruth_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/internal/spectruth"
)

// document loads an OpenAPI document made of the text of its paths and of its components.
func document(t *testing.T, paths, components string) spectruth.Document {
	t.Helper()
	text := "openapi: 3.0.3\ninfo: {title: A test, version: \"1\"}\npaths:\n" + indent(paths) + "components:\n" + indent(components)
	file := filepath.Join(t.TempDir(), "spec.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	docs, err := spectruth.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return docs[0]
}

func indent(text string) string {
	var out strings.Builder
	for line := range strings.Lines(strings.TrimSpace(text) + "\n") {
		out.WriteString("  " + line)
	}
	return out.String()
}

// schemaDocument is a document with one operation that sends and receives the schema Thing, which has the properties.
func schemaDocument(t *testing.T, properties string, required ...string) spectruth.Document {
	t.Helper()
	return document(t, `
/thing:
  put:
    operationId: putThing
    requestBody:
      required: true
      content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}
    responses:
      "200":
        description: ok
        content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}
`, `
schemas:
  Leaf: {type: object, properties: {name: {type: string}}}
  Thing: {type: object, required: [`+strings.Join(required, ", ")+`], properties: {id: {type: string}, `+properties+`}}
`)
}

func compare(t *testing.T, ours, vendor spectruth.Document) []string {
	t.Helper()
	return spectruth.Compare("api", spectruth.Operations(ours), spectruth.Operations(vendor))
}

func expectLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestCompareFindsDifferencesOfSchemas(t *testing.T) {
	t.Parallel()
	const leaf = `$ref: "#/components/schemas/Leaf"`
	tests := []struct {
		name, ours, vendor string
		want               []string
	}{
		{"equal", `a: {type: string}, b: {` + leaf + `}`, `a: {type: string}, b: {` + leaf + `}`, nil},
		{"ours missing", ``, `a: {type: string}`, []string{"api Thing/Thing: a: vendor string, ours missing"}},
		{"vendor missing", `a: {type: array, items: {type: integer}}`, ``, []string{"api Thing/Thing: a: vendor missing, ours array of integer"}},
		{"type", `a: {type: string}`, `a: {type: integer}`, []string{"api Thing/Thing: a: vendor integer, ours string"}},
		{"item type", `a: {type: array, items: {type: string}}`, `a: {type: array, items: {type: boolean}}`, []string{"api Thing/Thing: a[]: vendor boolean, ours string"}},
		{"value type", `a: {type: object, additionalProperties: {type: string}}`, `a: {type: object, additionalProperties: {type: boolean}}`, []string{"api Thing/Thing: a.*: vendor boolean, ours string"}},
		{"format", `a: {type: string}`, `a: {type: string, format: date-time}`, []string{"api Thing/Thing: a: vendor date-time, ours string"}},
		{"int64", `a: {type: integer}`, `a: {type: integer, format: int64}`, []string{"api Thing/Thing: a: vendor int64, ours integer"}},
		{"type behind a format", `a: {type: integer, format: int64}`, `a: {type: string, format: int64}`, []string{"api Thing/Thing: a: vendor string, ours int64"}},
		{"int32 is an integer", `a: {type: integer}`, `a: {type: integer, format: int32}`, nil},
		{"uri is a string", `a: {type: string}`, `a: {type: string, format: uri}`, nil},
		{"default", `a: {type: integer, default: 1}`, `a: {type: integer, default: 2}`, []string{"api Thing/Thing: a.default: vendor 2, ours 1"}},
		{"default left out", `a: {type: integer}`, `a: {type: integer, default: 2}`, nil},
		{"object for anything", `a: {` + leaf + `}`, `a: {}`, []string{"api Thing/Thing: a: vendor anything, ours Leaf"}},
		{"object for free form", `a: {` + leaf + `}`, `a: {type: object}`, []string{"api Thing/Thing: a: vendor free-form object, ours Leaf"}},
		{"vendor's wrapper", `a: {` + leaf + `}`, `a: {allOf: [{` + leaf + `}], description: x}`, nil},
		{"vendor's inline object", `a: {` + leaf + `}`, `a: {type: object, properties: {name: {type: integer}}}`, []string{"api Thing/Thing: a.name: vendor integer, ours string"}},
		{"vendor's union", `a: {type: integer}`, `a: {oneOf: [{type: integer}, {type: boolean}]}`, []string{"api Thing/Thing: a: vendor boolean or integer, ours integer"}},
		{"vendor's joined schema", `a: {` + leaf + `}`, `a: {allOf: [{` + leaf + `}, {type: object, properties: {more: {type: string}}}]}`, []string{"api Thing/Thing: a.more: vendor string, ours missing"}},
		{"raw for anything", `a: {x-go-type: json.RawMessage}`, `a: {}`, nil},
		{"any for anything", `a: {x-go-type: any}`, `a: {}`, nil},
		{"raw for a scalar", `a: {x-go-type: json.RawMessage}`, `a: {type: string}`, nil},
		{"raw for a known object", `a: {x-go-type: json.RawMessage}`, `a: {` + leaf + `}`, []string{"api Thing/Thing: a: vendor Leaf, ours kept raw"}},
		{"raw for known items", `a: {x-go-type: json.RawMessage}`, `a: {type: array, items: {` + leaf + `}}`, []string{"api Thing/Thing: a: vendor array of Leaf, ours kept raw"}},
		{"id for a string", `a: {type: string, x-go-type: ID}`, `a: {type: string}`, nil},
		{"id for a number", `a: {type: string, x-go-type: ID}`, `a: {type: integer, format: int64}`, nil},
		{"id for something else", `a: {type: string, x-go-type: ID}`, `a: {type: boolean}`, []string{"api Thing/Thing: a: vendor boolean, ours ID"}},
		{"rich text for anything", `a: {x-go-type: "*adf.Doc"}`, `a: {}`, nil},
		{"rich text for a string", `a: {x-go-type: "*adf.Doc"}`, `a: {type: string}`, []string{"api Thing/Thing: a: vendor string, ours rich text"}},
		{"a Go type without a type", `a: {x-go-type: NextPage}`, `a: {oneOf: [{type: integer}, {type: boolean}]}`, []string{"api Thing/Thing: a: vendor boolean or integer, ours NextPage"}},
		{"fields", `a: {type: object, x-go-type: Fields}`, `a: {type: object, additionalProperties: {}}`, []string{"api Thing/Thing: a: vendor free-form object, ours Fields, which knows the system fields"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			expectLines(t, compare(t, schemaDocument(t, test.ours), schemaDocument(t, test.vendor)), test.want...)
		})
	}
}

func TestCompareReadsDirections(t *testing.T) {
	t.Parallel()
	vendor := schemaDocument(t, `a: {type: string}, b: {type: string}, r: {type: string, readOnly: true}`, "a", "r")
	ours := schemaDocument(t, `a: {type: string}, b: {type: string}, r: {type: string}`, "b")
	expectLines(t, compare(t, ours, vendor),
		"api Thing/Thing: a: vendor required, ours optional",
		"api Thing/Thing: b: vendor optional, ours required")

	const read = `
/thing:
  get:
    operationId: getThing
    responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}}
`
	ours = document(t, read, `schemas: {Thing: {type: object, properties: {a: {type: string}}}}`)
	vendor = document(t, read, `schemas: {Thing: {type: object, required: [a], properties: {a: {type: string}, w: {type: string, writeOnly: true}}}}`)
	expectLines(t, compare(t, ours, vendor))
}

func TestCompareLetsOneSchemaStandForSeveralOfTheVendor(t *testing.T) {
	t.Parallel()
	paths := func(short, long string) string {
		return `
/short:
  get:
    operationId: getShort
    responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/` + short + `"}}}}}
/long:
  get:
    operationId: getLong
    responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/` + long + `"}}}}}
`
	}
	ours := document(t, paths("Thing", "Thing"), `schemas: {Thing: {type: object, properties: {a: {type: string}, b: {type: string}, c: {type: string}, invented: {type: string}}}}`)
	vendor := document(t, paths("Short", "Long"), `
schemas:
  Short: {type: object, properties: {a: {type: string}}}
  Long: {type: object, properties: {a: {type: string}, b: {type: string}, c: {type: integer}}}
`)
	expectLines(t, compare(t, ours, vendor),
		"api Thing/Long: c: vendor integer, ours string",
		"api Thing/Long: invented: vendor missing, ours string",
		"api Thing/Short: invented: vendor missing, ours string",
		"api Thing/Short: vendor has fewer properties than in its other schemas of this")
}

func TestCompareReportsAPairOnceAndEndsOnCycles(t *testing.T) {
	t.Parallel()
	const paths = `
/a:
  get:
    operationId: getA
    responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Node"}}}}}
/b:
  get:
    operationId: getB
    responses: {"200": {description: ok, content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Node"}}}}}}
`
	ours := document(t, paths, `schemas: {Node: {type: object, properties: {next: {$ref: "#/components/schemas/Node"}, id: {type: string}}}}`)
	vendor := document(t, paths, `schemas: {Node: {type: object, properties: {next: {$ref: "#/components/schemas/Node"}, id: {type: boolean}}}}`)
	expectLines(t, compare(t, ours, vendor), "api Node/Node: id: vendor boolean, ours string")
}

func TestCompareFindsDifferencesOfOperations(t *testing.T) {
	t.Parallel()
	ours := document(t, `
/things/{id}:
  parameters: [{name: id, in: path, required: true, schema: {type: string}}]
  get:
    operationId: getThing
    parameters:
      - {name: same, in: query, schema: {type: array, items: {type: string}}}
      - {name: kind, in: query, schema: {type: string}}
      - {name: must, in: query, required: true, schema: {type: boolean}}
      - {name: list, in: query, explode: false, schema: {type: array, items: {type: string}}}
      - {name: extra, in: header, schema: {type: integer}}
      - {name: size, in: query, schema: {type: integer, default: 10}}
    responses: {"200": {description: ok}}
  post:
    operationId: ourName
    requestBody: {content: {text/plain: {schema: {type: string}}}}
    responses: {"200": {description: ok, content: {application/json: {schema: {type: string}}}}, "204": {description: ok}}
/moved:
  put:
    operationId: moved
    responses: {"204": {description: ok}}
/own:
  get:
    operationId: own
    responses: {"200": {description: ok}}
`, `schemas: {}`)
	vendor := document(t, `
/things/{id}:
  get:
    operationId: getThing
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
      - {name: same, in: query, schema: {type: array, items: {type: string}}}
      - {name: kind, in: query, schema: {type: array, items: {type: string}}}
      - {name: must, in: query, schema: {type: boolean}}
      - {name: list, in: query, schema: {type: array, items: {type: string}}}
      - {name: left, in: query, deprecated: true, schema: {type: string}}
      - {name: size, in: query, schema: {type: integer, default: 50}}
    responses: {"200": {description: ok, content: {application/json: {schema: {type: boolean}}}}}
  post:
    operationId: theirName
    requestBody: {required: true, content: {application/json: {schema: {type: string}}}}
    responses: {"200": {description: ok}, "201": {description: ok}, "204": {description: ok, content: {application/json: {schema: {}}}}}
/old/{x}:
  parameters: [{name: x, in: path, required: true, schema: {type: string}}]
  delete:
    operationId: moved
    responses: {"204": {description: ok}}
`, `schemas: {}`)
	expectLines(t, compare(t, ours, vendor),
		"api getThing: path id: vendor integer, ours string",
		"api getThing: query kind: vendor array of string, ours string",
		"api getThing: query must: vendor optional, ours required",
		"api getThing: query list: vendor form, exploded, ours form, not exploded",
		"api getThing: query left: vendor string, ours missing",
		"api getThing: header extra: vendor missing, ours integer",
		"api getThing: query size.default: vendor 50, ours 10",
		"api getThing: response: vendor application/json boolean, ours missing",
		"api ourName: operationId: vendor theirName, ours ourName",
		"api ourName: path id: vendor missing, ours string",
		"api ourName: request: vendor required, ours optional",
		"api ourName: request: vendor application/json string, ours missing",
		"api ourName: request: vendor missing, ours text/plain string",
		"api ourName: response: vendor missing, ours application/json string",
		"api ourName: response.201: vendor has it, ours missing",
		"api moved: method: vendor DELETE, ours PUT",
		"api moved: path: vendor /old/{x}, ours /moved",
		"api moved: path x: vendor string, ours missing",
		"api own: not in the vendor's document")
}

const loginAt = `
/api/{cloudId}/things:
  get:
    operationId: listThings
    security: [{basic: []}, {OAuth2: ["read:things", "admin:things"]}]
    responses: {"200": {description: ok}}
/other:
  get: {operationId: listOthers, responses: {"200": {description: ok}}}
`

const login = `
securitySchemes:
  basic: {type: http, scheme: basic}
  OAuth2:
    type: oauth2
    flows: {authorizationCode: {authorizationUrl: "https://auth.example/authorize", tokenUrl: "https://auth.example/token", scopes: {"read:things": ""}}}
`

func TestCompareScopesBelowABase(t *testing.T) {
	t.Parallel()
	vendor := spectruth.Operations(document(t, loginAt, login))
	ours := spectruth.Operations(document(t, strings.NewReplacer("/api/{cloudId}/", "/", `"admin:things"`, `"write:things"`).Replace(loginAt), login))[1:]
	below := spectruth.Below("/api/{cloudId}", vendor)
	if len(below) != 1 || below[0].Path != "/things" {
		t.Fatalf("below the base: %+v", below)
	}
	want := []string{"api listThings: scopes: vendor admin:things read:things, ours read:things write:things"}
	if got := spectruth.Compare("api", ours, below); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := spectruth.Compare("api", below, below); len(got) > 0 {
		t.Errorf("the same differs: %q", got)
	}
	want = []string{"api base: path cloudId: vendor missing, ours in the base URL"}
	if got := spectruth.CompareBase("api", "/api/{cloudId}", vendor); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCompareOAuth(t *testing.T) {
	t.Parallel()
	ours := []spectruth.Document{document(t, loginAt, login)}
	vendor := []spectruth.Document{document(t, loginAt, strings.ReplaceAll(login, "auth.example/token", "staging.example/token"))}
	want := []string{"api OAuth 2.0: tokenUrl: vendor https://staging.example/token, ours https://auth.example/token"}
	if got := spectruth.CompareOAuth("api", ours, vendor); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := spectruth.CompareOAuth("api", ours, ours); len(got) > 0 {
		t.Errorf("the same differs: %q", got)
	}
}
