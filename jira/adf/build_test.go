package adf_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/jira/adf"
)

func TestBuilderTidies(t *testing.T) {
	t.Parallel()
	doc := adf.New(
		adf.Paragraph(adf.Run(""), adf.Run("a\r\nb\x00", adf.Strong()), adf.Run("\x1b")),
		adf.CodeBlock("go", "x\ny"),
		adf.TaskList(adf.TaskItem(true, adf.Run("c")), adf.TaskItem(false).WithAttr("localId", "mine")),
	)
	want := `{"version":1,"type":"doc","content":[
		{"type":"paragraph","content":[{"type":"text","text":"a","marks":[{"type":"strong"}]},{"type":"hardBreak"},{"type":"text","text":"b","marks":[{"type":"strong"}]}]},
		{"type":"codeBlock","attrs":{"language":"go"},"content":[{"type":"text","text":"x\ny"}]},
		{"type":"taskList","attrs":{"localId":"1"},"content":[
			{"type":"taskItem","attrs":{"localId":"2","state":"DONE"},"content":[{"type":"text","text":"c"}]},
			{"type":"taskItem","attrs":{"localId":"mine","state":"TODO"},"content":[]}]}]}`
	if diff := cmp.Diff(numbers(t, want), numbers(t, written(t, doc))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := written(t, adf.New()); !strings.Contains(got, `"content":[]`) {
		t.Errorf("an empty document is %s", got)
	}
}

func TestBuilderRefuses(t *testing.T) {
	t.Parallel()
	text := adf.Run("t")
	p := adf.Paragraph(text)
	deep := p
	for range 50 {
		deep = adf.BulletList(adf.ListItem(deep))
	}
	for want, n := range map[string]adf.Node{
		"doc/heading: level is 7, which is out of range":                                          adf.Heading(7, text),
		"doc/heading: level is 0, which is out of range":                                          adf.Heading(0, text),
		"doc: takes no text":                                                                      text,
		"doc: takes no a node":                                                                    {},
		"doc: takes no holo":                                                                      {Type: "holo"},
		"doc/paragraph: takes no paragraph":                                                       adf.Paragraph(p),
		"doc/paragraph/text: cannot have the marks code and strong together here":                 adf.Paragraph(adf.Run("t", adf.Code(), adf.Strong())),
		"doc/paragraph/text[1]: mark textColor: color is \"red\", which is no color":              adf.Paragraph(text, adf.Run("t", adf.TextColor("red"))),
		"doc/paragraph/text: cannot have the mark breakout here":                                  adf.Paragraph(adf.Run("t", adf.Breakout("wide"))),
		"doc/paragraph/text: unknown mark type \"glow\"":                                          adf.Paragraph(adf.Run("t", adf.Mark{Type: "glow"})),
		"doc/paragraph/text: has the mark em twice":                                               adf.Paragraph(adf.Run("t", adf.Em(), adf.Em())),
		"doc/paragraph: cannot have the marks alignment and indentation together here":            p.With(adf.Alignment("end"), adf.Indentation(1)),
		"doc/codeBlock/text: cannot have the mark em here":                                        {Type: adf.TypeCodeBlock, Content: []adf.Node{adf.Run("t", adf.Em())}},
		"doc/panel: panelType is \"loud\", not one of info note tip warning error success custom": adf.Panel("loud", p),
		"doc/panel: needs content":                                                                adf.Panel("info"),
		"doc/panel: takes no blockquote":                                                          adf.Panel("info", adf.Blockquote(p)),
		"doc/layoutSection: needs at least 2 nodes":                                               adf.LayoutSection(adf.LayoutColumn(50, p)),
		"doc/table/tableRow/tableCell: needs content":                                             adf.Table(adf.TableRow(adf.TableCell())),
		"doc/mediaSingle: takes one media and then a caption":                                     adf.MediaSingle(adf.Caption(text)),
		"doc/mediaSingle/media: media has the attributes id and collection, and no url":           adf.MediaSingle(adf.Node{Type: adf.TypeMedia, Attrs: map[string]any{"type": "file"}}),
		"doc/rule: takes no content":                                                              {Type: adf.TypeRule, Content: []adf.Node{text}},
		"doc/rule: has no attribute color":                                                        adf.Rule().WithAttr("color", "red"),
		"doc/paragraph: has no text of its own; put a text node into it":                          {Type: adf.TypeParagraph, Text: "t"},
		"doc/paragraph/status: needs the attribute color":                                         adf.Paragraph(adf.Node{Type: adf.TypeStatus, Attrs: map[string]any{"text": "x"}}),
		"paragraph: nested too deep":                                                              deep,
	} {
		doc := adf.New(n)
		if doc.Err() == nil || !strings.HasPrefix(doc.Err().Error(), "adf: ") || strings.TrimPrefix(doc.Err().Error(), "adf: ") != want {
			t.Errorf("%v, want %s", doc.Err(), want)
		}
		if b, err := json.Marshal(doc); err == nil {
			t.Errorf("%s: is written as %s", want, b)
		}
		if doc.Text() != "" || doc.Markdown() != "" {
			t.Errorf("%s: reads %q", want, doc.Text())
		}
	}
	if err := adf.New(deep).Err(); !errors.Is(err, adf.ErrTooDeep) {
		t.Error(err)
	}
}

// What is decoded is written back the same, by way of its nodes too.
func TestDecoderKeepsEverything(t *testing.T) {
	t.Parallel()
	for _, content := range []string{
		`{"type":"holo","attrs":{"z":"😀","b":2.50,"n":null},"content":[],"marks":[{"type":"glow","attrs":{"a":[1e400]},"x":1}],"future":{"a":12345678901234567890}}`,
		`{"type":"paragraph","marks":[],"attrs":{"localId":"1","later":true},"content":[{"type":"text","text":"a","marks":[{"type":"glow"}],"y":0},{"type":"later","text":"q"}]}`,
		`{"type":"blockCard","attrs":{"datasource":{"id":"1","parameters":{},"views":[{"type":"table"}]},"url":"u"}}`,
		`{"type":"extension","attrs":{"extensionType":"t","extensionKey":"k","parameters":{"a":{"b":[null]}}},"marks":[{"type":"dataConsumer","attrs":{"sources":["1"]}}]}`,
		`{"type":"paragraph","content":[{"type":"media"},7]}`,
		`{"type":"x","marks":"none","attrs":[1],"content":{},"text":7}`, `{"type":7}`, `{}`,
	} {
		src := `{"version":1,"type":"doc","content":[` + content + `]}`
		d, err := adf.Raw(src)
		if err != nil {
			t.Fatal(err)
		}
		nodes, err := d.Content()
		if err != nil || len(nodes) != 1 {
			t.Fatalf("%s: %v, %v", src, nodes, err)
		}
		b, err := json.Marshal(nodes[0])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(numbers(t, content), numbers(t, string(b))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", content, diff)
		}
		if again := adf.New(nodes...); again.Err() == nil {
			if diff := cmp.Diff(numbers(t, src), numbers(t, written(t, again))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", src, diff)
			}
		} else if !strings.Contains(content, `,7]`) && !strings.Contains(content, `"type":7`) && content != "{}" {
			t.Errorf("%s: %v", src, again.Err())
		}
	}
	plain, err := adf.Raw(`"a\n\nb"`)
	if err != nil {
		t.Fatal(err)
	}
	if nodes, err := plain.Content(); err != nil || len(nodes) != 2 || plain.Markdown() != "a\n\nb" {
		t.Errorf("%v, %v, %q", nodes, err, plain.Markdown())
	}
	var none *adf.Doc
	if nodes, err := none.Content(); nodes != nil || err != nil || none.Err() != nil || none.Markdown() != "" || none.Truncate(1) != nil {
		t.Error("no document has content")
	}
}
