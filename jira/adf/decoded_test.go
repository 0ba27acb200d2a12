package adf_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/jira/adf"
)

// decoded are the nodes of a document's JSON.
func decoded(tb testing.TB, content string) []adf.Node {
	tb.Helper()
	d, err := adf.Raw(`{"type":"doc","version":1,"content":[` + content + `]}`)
	if err != nil {
		tb.Fatal(err)
	}
	nodes, err := d.Content()
	if err != nil {
		tb.Fatal(err)
	}
	return nodes
}

// sorted is JSON with its names in order; what is nested deep is compared fast as text.
func sorted(tb testing.TB, src string) string {
	tb.Helper()
	b, err := json.Marshal(numbers(tb, src))
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

var surprising = []string{
	`{"type":"paragraph","content":[{"type":"status","attrs":{"text":"","color":"neutral","localId":"x"}}]}`,
	`{"type":"paragraph","attrs":{"localId":null},"content":[{"type":"text","text":"x"}]}`,
	`{"type":"paragraph","content":[{"type":"text","text":"x","marks":[{"type":"textColor","attrs":{"color":"var(--ds-text)"}}]}]}`,
	`{"type":"paragraph","content":[{"type":"text","text":"x","marks":[{"type":"code"},{"type":"strong"},{"type":"strong"}]}]}`,
	`{"type":"panel","attrs":{"panelType":"brandnew"},"content":[{"type":"paragraph"}]}`,
	`{"type":"paragraph","content":[{"type":"text","text":""}]}`,
	`{"type":"table","attrs":{"layout":"align-left"},"content":[{"type":"tableRow","content":[{"type":"tableCell","attrs":{"colwidth":[null]},"content":[]}]}]}`,
	`{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"panel","attrs":{"panelType":"info"},"content":[{"type":"paragraph"}]}]}]}`,
	`{"type":"taskList","content":[{"type":"taskItem","attrs":{"state":"LATER"}}]}`,
	`{"type":"mediaSingle","content":[{"type":"caption"},{"type":"media"},{"type":"media"}]}`, `{"type":"nestedExpand"}`, `{"type":"text"}`,
	strings.Repeat(`{"type":"blockquote","content":[`, 200) + `{"type":"paragraph"}` + strings.Repeat(`]}`, 200),
}

// What Jira sent can be sent back with something added, whatever it holds; by itself it is as invalid as before.
func TestNewTakesWhatWasDecoded(t *testing.T) {
	t.Parallel()
	for _, content := range surprising {
		nodes := decoded(t, content)
		doc := adf.New(append(nodes, adf.Paragraph(adf.Run("more")))...)
		if doc.Err() != nil {
			t.Errorf("%.150s: %v", content, doc.Err())
			continue
		}
		want := `{"type":"doc","version":1,"content":[` + content + `,{"type":"paragraph","content":[{"type":"text","text":"more"}]}]}`
		if diff := cmp.Diff(sorted(t, want), sorted(t, written(t, doc))); diff != "" {
			t.Errorf("%.150s (-want +got):\n%s", content, diff)
		}
		if (adf.Node{Type: adf.TypeDoc, Content: nodes}).Validate() == nil {
			t.Errorf("%.150s is valid", content)
		}
	}
}

// What is put among decoded nodes is checked as everywhere.
func TestNewChecksWhatWasAdded(t *testing.T) {
	t.Parallel()
	text := adf.Run("t")
	p := adf.Paragraph(text)
	for content, tests := range map[string]map[string]adf.Node{
		surprising[4]: { // a panel of an unknown kind
			"": p, "doc/panel: takes no table": adf.Table(adf.TableRow(adf.TableCell(p))), "doc/panel/heading[1]: level is 9, which is out of range": adf.Heading(9),
		},
		surprising[2]: { // text of an unknown color
			"": adf.Run("t", adf.Strong()), "doc/paragraph: takes no paragraph": p,
			"doc/paragraph/text[1]: cannot have the marks code and em together here": adf.Run("t", adf.Code(), adf.Em()),
		},
		`{"type":"holo","content":[{"type":"glow"}]}`: {
			"": p, "doc/holo/heading[1]: level is 9, which is out of range": adf.Heading(9), "doc/holo/paragraph[1]: takes no paragraph": adf.Paragraph(p),
		},
	} {
		for want, added := range tests {
			nodes := decoded(t, content)
			nodes[0].Content = append(nodes[0].Content, added)
			got := ""
			if err := adf.New(nodes...).Err(); err != nil {
				got = strings.TrimPrefix(err.Error(), "adf: ")
			}
			if got != want {
				t.Errorf("%s with %s: %q, want %q", content, added.Type, got, want)
			}
		}
	}
	cell := decoded(t, `{"type":"table","content":[]}`)[0]
	for want, n := range map[string]adf.Node{
		"adf: doc/panel: takes no table":                                               adf.Panel("info", cell),
		"adf: doc/paragraph/text: mark textColor: color is \"red\", which is no color": adf.Paragraph(decoded(t, `{"type":"text","text":"x"}`)[0].With(adf.TextColor("red"))),
		"adf: doc/paragraph/text: cannot have the marks code and strong together here": adf.Paragraph(decoded(t, `{"type":"text","text":"x","marks":[{"type":"code"}]}`)[0].With(adf.Strong())),
		"adf: doc/panel/holo/panel: panelType is \"x\", not one of info note tip warning error success custom": adf.Panel("info", func() adf.Node {
			holo := decoded(t, `{"type":"holo"}`)[0]
			holo.Content = []adf.Node{adf.Panel("x", p)}
			return holo
		}()),
	} {
		if err := adf.New(n).Err(); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Numbers that are taken are not given again.
func TestNewNumbersAroundIDs(t *testing.T) {
	t.Parallel()
	nodes, err := adf.Markdown("- [ ] a\n- [ ] b\n\ntext").Content()
	if err != nil {
		t.Fatal(err)
	}
	item := adf.TaskItem(false, adf.Run("c"))
	doc := adf.New(append([]adf.Node{adf.TaskList(item, item.WithAttr("localId", "5"), item)}, nodes...)...)
	if doc.Err() != nil {
		t.Fatal(doc.Err())
	}
	seen := map[string]bool{}
	var look func([]adf.Node)
	look = func(nodes []adf.Node) {
		for _, n := range nodes {
			if id := n.Attr("localId"); id != "" && seen[id] {
				t.Errorf("two nodes have the id %s", id)
			} else if id != "" {
				seen[id] = true
			}
			look(n.Content)
		}
	}
	if nodes, err = doc.Content(); err != nil {
		t.Fatal(err)
	}
	look(nodes)
	if len(seen) != 7 {
		t.Errorf("the ids are %v", seen)
	}
}
