package client_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jarcoal/httpmock"

	"github.com/jira-integrations/go-sdk/client"
)

type thing struct {
	ID       string           `json:"id"`
	Name     string           `json:"name"`
	AvatarID int64            `json:"avatarId"`
	Parts    []thing          `json:"parts"`
	Group    *thing           `json:"group"`
	ByName   map[string]thing `json:"byName"`
}

func TestUnmarshalTakesIDsInBothForms(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]thing{
		`{"id":7,"name":"a","avatarId":"12"}`: {ID: "7", Name: "a", AvatarID: 12},
		`{"id":"7","avatarId":12}`:            {ID: "7", AvatarID: 12},
		` { "parts" : [ {"id": -1 }, {"id":"x"} , { "ID" : 12345678901234567890,"avatarId":"-3" } ] } `: {
			Parts: []thing{{ID: "-1"}, {ID: "x"}, {ID: "12345678901234567890", AvatarID: -3}},
		},
		`{"id":1,"group":{"id":2,"parts":[{"id":3,"group":{"id":4}}]}}`: {
			ID: "1", Group: &thing{ID: "2", Parts: []thing{{ID: "3", Group: &thing{ID: "4"}}}},
		},
		`{"id":null,"avatarId":null,"parts":null}`: {},
		`{"parts":[],"group":null,"id":1.50}`:      {ID: "1.50", Parts: []thing{}},
	} {
		var got thing
		if err := client.Unmarshal([]byte(src), &got); err != nil {
			t.Errorf("%s: %v", src, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", src, diff)
		}
	}
}

// Flags in quotes and numbers, and emptiness in whatever brackets, are what they stand for.
func TestUnmarshalLoose(t *testing.T) {
	t.Parallel()
	type part struct {
		On    bool              `json:"on"`
		Tags  []string          `json:"tags"`
		Inner *thing            `json:"inner"`
		Named map[string]string `json:"named"`
		Note  string            `json:"note"`
	}
	type whole struct {
		Parts []part `json:"parts"`
		Main  part   `json:"main"`
	}
	for src, want := range map[string]whole{
		`{"parts":[{"on":"true","note":"true"},{"on":"False"},{"on":1,"note":"x"},{"on":0},{"on":true}]}`: {
			Parts: []part{{On: true, Note: "true"}, {}, {On: true, Note: "x"}, {}, {On: true}},
		},
		`{"parts":{},"main":[ ]}`: {},
		`{"parts":"","main":""}`:  {},
		`{"parts":[{"tags":{ },"inner":[],"named":[],"note":"a"},{"tags":["t"],"inner":{"id":1}},[],{"on":"1"}]}`: {
			Parts: []part{{Note: "a"}, {Tags: []string{"t"}, Inner: &thing{ID: "1"}}, {}, {On: true}},
		},
		`{"main":{"on":"0","tags":"","inner":"","named":""}}`: {},
	} {
		var got whole
		if err := client.UnmarshalLoose([]byte(src), &got); err != nil {
			t.Errorf("%s: %v", src, err)
		}
		if err := client.Unmarshal([]byte(src), new(whole)); err == nil {
			t.Errorf("%s is read without being asked to be loose", src)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", src, diff)
		}
	}
	for _, src := range []string{
		`{"main":{"on":"yes"}}`, `{"main":{"on":2}}`, `{"main":{"on":{}}}`, `{"main":{"on":""}}`, `{"main":[7]}`, `{"parts":{"a":1}}`, `{"parts":"x"}`,
		`{"main":{"note":[]}}`, `[]`, `""`, `{"main":{"tags":{}}`, `{"main":{"on":"\u0031"}}`,
	} {
		var got whole
		if err := client.UnmarshalLoose([]byte(src), &got); err == nil {
			t.Errorf("%s was read: %+v", src, got)
		}
	}
}

// What is no id, or none in another form, is the error that encoding/json has.
func TestUnmarshalIsNotTolerantOtherwise(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		`{"id":7,"name":8}`, `{"id":true}`, `{"id":{}}`, `{"avatarId":"x"}`, `{"avatarId":"007"}`, `{"avatarId":"1e3"}`, `{"avatarId":""}`,
		`{"avatarId":"99999999999999999999"}`, `{"id":7,"avatarId":1.5}`, `{"name":7}`, `[]`, `7`, ``, `{"id":7`, `{"id":7}}`,
	} {
		var got, plain thing
		err, want := client.Unmarshal([]byte(src), &got), json.Unmarshal([]byte(src), &plain)
		if err == nil || want == nil {
			t.Errorf("%s: %v, encoding/json %v", src, err, want)
		}
	}
	var names map[string]string
	if err := client.Unmarshal([]byte(`{"id":7}`), &names); err == nil {
		t.Errorf("a map: %v", names)
	}
}

// Many ids in the wrong form take few passes.
func TestUnmarshalManyIDs(t *testing.T) {
	t.Parallel()
	items := make([]string, 20_000)
	for i := range items {
		items[i] = fmt.Sprintf(`{"id":%d,"avatarId":"%[1]d","name":"a"}`, i)
	}
	var got thing
	if err := client.Unmarshal([]byte(`{"parts":[`+strings.Join(items, ",")+`]}`), &got); err != nil {
		t.Fatal(err)
	}
	if n := len(got.Parts); n != len(items) || got.Parts[n-1].ID != "19999" || got.Parts[n-1].AvatarID != 19999 {
		t.Errorf("%d parts, the last is %+v", n, got.Parts[n-1])
	}
}

func TestDoTakesIDsInBothForms(t *testing.T) {
	t.Parallel()
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(httpmock.NewStringResponder(http.StatusOK, `{"id":10107,"avatarId":"3"}`))
	c, err := client.New("https://acme.example", client.Bearer("t"), client.WithTransport(mock))
	if err != nil {
		t.Fatal(err)
	}
	var got thing
	if err := c.Do(t.Context(), client.NewRequest("Things.Get", http.MethodGet, "/thing"), &got); err != nil || got.ID != "10107" || got.AvatarID != 3 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func FuzzUnmarshal(f *testing.F) {
	for _, src := range []string{`{"id":7,"parts":[{"avatarId":"1"}]}`, `{"id":"a\u0031","avatarId":"\u0031"}`, `{"byName":{"id":{"id":1}}}`, `[{"id":1}]`} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		var plain, got thing
		want := json.Unmarshal([]byte(src), &plain)
		err := client.Unmarshal([]byte(src), &got)
		if want == nil {
			if diff := cmp.Diff(plain, got); diff != "" || err != nil {
				t.Errorf("%v (-encoding/json +got):\n%s", err, diff)
			}
			return
		}
		if err == nil && !json.Valid([]byte(src)) {
			t.Errorf("what is no JSON was read: %+v", got)
		}
	})
}
