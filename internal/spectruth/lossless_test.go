package spectruth_test

import (
	"testing"

	"github.com/jira-integrations/go-sdk/internal/spectruth"
)

func TestLost(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, received, result string
		want                   []string
	}{
		{"the same", `{"a":[1,"x",{"b":true}]}`, `{"a":[1,"x",{"b":true}]}`, nil},
		{"absent is empty", `{"a":null,"b":"","c":0,"d":false,"e":[],"f":{},"g":{"h":null},"i":0.0}`, `{}`, nil},
		{"empty is absent", `{}`, `{"a":null,"b":"","c":0,"d":false,"e":[],"f":{},"g":{"h":null}}`, nil},
		{"lost", `{"a":{"b":1},"c":[{"d":1},{"d":2}]}`, `{"a":{},"c":[{"d":1},{}]}`, []string{"a.b: lost", "c[].d: lost"}},
		{"changed", `{"a":1,"b":"x","c":true}`, `{"a":2,"b":"y","c":"true"}`, []string{`a: 1 became 2`, `b: "x" became "y"`, `c: true became "true"`}},
		{"added", `{}`, `{"a":1}`, []string{"a: added"}},
		{"an item lost", `[1,2]`, `[1]`, []string{"the answer: [1,2] became [1]"}},
		{"a different shape", `{"a":{"b":1}}`, `{"a":[1]}`, []string{`a: {"b":1} became [1]`}},
		{"an empty item lost", `[{},{}]`, `[{}]`, []string{"the answer: [{},{}] became [{}]"}},
		{"an instant", `{"a":"2024-01-02T15:04:05.000+0000","b":1704207845000,"c":1704207845}`, `{"a":"2024-01-02T16:04:05+01:00","b":"2024-01-02T15:04:05Z","c":"2024-01-02T15:04:05Z"}`, nil},
		{"another instant", `{"a":"2024-01-02T15:04:05.000+0000"}`, `{"a":"2024-01-02T15:04:06Z"}`, []string{`a: "2024-01-02T15:04:05.000+0000" became "2024-01-02T15:04:06Z"`}},
		{"a day is no instant", `{"a":"2024-01-02"}`, `{"a":"2024-01-02T00:00:00Z"}`, []string{`a: "2024-01-02" became "2024-01-02T00:00:00Z"`}},
		{"an id", `{"a":10000}`, `{"a":"10000"}`, nil},
		{"the spelling of a number", `{"a":1.0,"b":1e3}`, `{"a":1,"b":1000}`, nil},
		{"digits beyond float64", `{"a":9007199254740993}`, `{"a":9007199254740992}`, []string{`a: 9007199254740993 became 9007199254740992`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := spectruth.Lost([]byte(test.received), []byte(test.result))
			if err != nil {
				t.Fatal(err)
			}
			expectLines(t, got, test.want...)
		})
	}
}

func TestExamples(t *testing.T) {
	t.Parallel()
	doc := document(t, `
/thing:
  get:
    operationId: getThing
    responses:
      "200":
        description: ok
        content: {application/json: {schema: {type: object}, example: '{"a": 9007199254740993}'}}
      "201":
        description: ok
        content: {application/json: {schema: {type: string}, examples: {one: {value: x}, two: {value: "y"}}}}
      "202":
        description: ok
        content: {application/json: {schema: {type: object}, example: plain text}}
      "204": {description: ok}
      "400":
        description: bad
        content: {application/json: {example: '{"error": 1}'}}
`, `schemas: {}`)
	examples, err := spectruth.Examples(spectruth.Operations(doc)[0])
	if err != nil {
		t.Fatal(err)
	}
	want := []spectruth.Example{
		{Status: 200, Body: []byte(`{"a": 9007199254740993}`)},
		{Status: 201, Body: []byte(`"x"`)},
		{Status: 201, Body: []byte(`"y"`)},
		{Status: 202, Body: []byte(`"plain text"`)},
	}
	if len(examples) != len(want) {
		t.Fatalf("got %d examples, want %d", len(examples), len(want))
	}
	for i, example := range examples {
		if example.Status != want[i].Status || string(example.Body) != string(want[i].Body) {
			t.Errorf("got %d %s, want %d %s", example.Status, example.Body, want[i].Status, want[i].Body)
		}
	}
}
