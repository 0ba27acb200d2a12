package client_test

import (
	"testing"

	"github.com/jira-integrations/go-sdk/client"
)

func TestSameJSON(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"1.0", "1", true},
		{"1e2", "100", true},
		{"1E+2", "100.00", true},
		{"0.10", "1e-1", true},
		{"-0", "0.0e5", true},
		{"-1", "1", false},
		{"1", "10", false},
		{"0.1", "0.01", false},
		{"9007199254740993", "9007199254740992", false},
		{"9007199254740993", "9007199254740993.0", true},
		{"1e99999999999999999999", "1e99999999999999999999", true},
		{"1e999999999", "1e999999998", false},
		{`"1.0"`, `"1"`, false},
		{`"1"`, "1", false},
		{"null", "", true},
		{"", "", true},
		{"", `""`, false},
		{"null", "0", false},
		{`{"a":null,"b":[1.0]}`, `{ "b" : [1] }`, true},
		{`[null]`, `[]`, false},
		{`["a","b"]`, `["b","a"]`, false},
		{`"\u00fc"`, `"ü"`, true},
		{`{"a":{"x":1}}`, `{"a":{"x":1,"y":null}}`, true},
		{"{", "{", false},
		{"1 2", "1", false},
		{"true", "false", false},
	} {
		if got := client.SameJSON([]byte(test.a), []byte(test.b)); got != test.same || client.SameJSON([]byte(test.b), []byte(test.a)) != got {
			t.Errorf("%s and %s: %v", test.a, test.b, got)
		}
	}
}
