package jiratest_test

import (
	"fmt"
	"strings"
	"testing"
)

// The fake takes what the format allows and nothing else, wherever rich text goes.
func TestRichTextIsChecked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.AddIssue("WEB", "Bug", "One", nil)
	paragraph := func(inline string) string { return `{"type":"paragraph","content":[` + inline + `]}` }
	word := `{"type":"text","text":"x"}`
	for content, want := range map[string]string{ // want: what the refusal says, nothing for a valid document
		``:                     "",
		paragraph(``):          "",
		paragraph(word):        "",
		`{"type":"paragraph"}`: "",
		`{"type":"heading","attrs":{"level":6},"content":[` + word + `]}`:                                                                                  "",
		`{"type":"bulletList","content":[{"type":"listItem","content":[` + paragraph(word) + `]}]}`:                                                        "",
		`{"type":"codeBlock","attrs":{"language":"go"},"content":[` + word + `]},{"type":"rule"}`:                                                          "",
		`{"type":"panel","attrs":{"panelType":"note"},"content":[` + paragraph(word) + `]}`:                                                                "",
		`{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell","attrs":{"colwidth":[120]},"content":[` + paragraph(word) + `]}]}]}`: "",
		paragraph(`{"type":"text","text":"x","marks":[{"type":"link","attrs":{"href":"https://a.example"}},{"type":"strong"}]}`):                           "",
		paragraph(`{"type":"mention","attrs":{"id":"5b10a","text":"@Ada"}},{"type":"hardBreak"},{"type":"date","attrs":{"timestamp":"1"}}`):                "",

		word:                                     "doc: takes no text",
		`{"type":"heading","attrs":{"level":9}}`: "doc/heading: level is 9, which is out of range",
		`{"type":"heading"}`:                     "needs the attribute level",
		`{"type":"nonsense"}`:                    "takes no nonsense",
		`{"type":"bulletList","content":[{"type":"paragraph"}]}`: "doc/bulletList: takes no paragraph",
		`{"type":"bulletList"}`:                                  "needs content",
		`{"type":"doc","version":1,"content":[]}`:                "takes no doc",
		`{}`:                                  "takes no a node",
		`7`:                                   `property "content"`,
		`{"type":"paragraph","content":{}}`:   `property "content"`,
		`{"type":"paragraph","content":null}`: `property "content"`,
		`{"type":"paragraph","version":1}`:    `property "version"`,
		`{"type":"paragraph","extra":1}`:      `property "extra"`,
		`{"type":"paragraph","attrs":[]}`:     `property "attrs"`,
		`{"type":"paragraph","attrs":{"color":"red"}}`:                                      "no attribute color",
		paragraph(`{"type":"text","text":""}`):                                              "a text node needs text",
		paragraph(`{"type":"text","text":7}`):                                               `property "text"`,
		paragraph(`{"type":"text","text":"x","marks":[{"type":"blink"}]}`):                  `unknown mark type "blink"`,
		paragraph(`{"type":"text","text":"x","marks":[{"type":"strong","extra":1}]}`):       `property "extra"`,
		paragraph(`{"type":"text","text":"x","marks":[{"type":"link","attrs":7}]}`):         `property "attrs"`,
		paragraph(`{"type":"text","text":"x","marks":"strong"}`):                            `property "marks"`,
		paragraph(`{"type":"text","text":"x","marks":[{"type":"code"},{"type":"strong"}]}`): "together",
		strings.Repeat(`{"type":"blockquote","content":[`, 150) + strings.Repeat(`]}`, 150): "takes no blockquote",
	} {
		document := `{"type":"doc","version":1,"content":[` + content + `]}`
		description := `{"fields":{"description":` + document + `}}`
		if want == "" {
			s.want(204, "PUT", "/issue/"+key, description)
			s.want(204, "PUT", "/issue/"+key, strings.ReplaceAll(description, "description", "customfield_10035"))
			if content != "" { // an empty comment is none
				s.want(201, "POST", "/issue/"+key+"/comment", `{"body":`+document+`}`)
			}
			s.want(201, "POST", "/issue/"+key+"/worklog", `{"timeSpent":"1h","comment":`+document+`}`)
			continue
		}
		for field, got := range map[string]any{
			"description":       s.want(400, "PUT", "/issue/"+key, description),
			"customfield_10035": s.want(400, "PUT", "/issue/"+key, strings.ReplaceAll(description, "description", "customfield_10035")),
			"comment":           s.want(400, "POST", "/issue/"+key+"/comment", `{"body":`+document+`}`),
		} {
			if reason := fmt.Sprint(at(got, "errors", field)); !strings.HasPrefix(reason, "INVALID_INPUT (jiratest: ") || !strings.Contains(reason, want) {
				t.Errorf("%s: %s: %q, want %q", field, content, reason, want)
			}
		}
	}
}
