package adfcheck_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/jira/adf"
)

// everything holds each node type and mark that can be built.
func everything() []adf.Node {
	text := adf.Run("t")
	p := adf.Paragraph(text)
	media := adf.Media("1", "").With(adf.Border(1, "#00000000"), adf.Link("u"), adf.Annotation("a"), adf.DataConsumer("s"))
	list := adf.BulletList(adf.ListItem(p, adf.OrderedList(3, adf.ListItem(p)), adf.CodeBlock("", "")))
	return []adf.Node{
		adf.Heading(6, text).With(adf.Alignment("center")), adf.Heading(1).With(adf.Indentation(6)), adf.Rule(), list,
		adf.Paragraph(
			adf.Run("a", adf.Strong(), adf.Em(), adf.Strike(), adf.Underline(), adf.Sub(), adf.TextColor("#aabbcc"), adf.BackgroundColor("#AABBCC"), adf.Link("u")),
			adf.Run("b", adf.Code(), adf.Link("u"), adf.Annotation("a")), adf.Run("c", adf.Sup()), adf.HardBreak(), adf.Mention("1", "Ada"), adf.Mention("1", ""),
			adf.Emoji("tada"), adf.Emoji(":own:"), adf.Date(time.Unix(0, 0)), adf.Status("s", "blue"), adf.Status("s", "#aabbcc"), adf.InlineCard("u"),
			adf.Placeholder("p"), adf.MediaInline("1", "").With(adf.Border(3, "#000000")), adf.InlineExtension("t", "k").With(adf.Fragment("1", "n")),
		).With(adf.Indentation(1), adf.SmallFont()),
		adf.CodeBlock("go", "x").With(adf.Breakout("wide")), adf.Blockquote(p, list, adf.CodeBlock("", "x")),
		adf.TaskList(adf.TaskItem(true, text), adf.TaskList(adf.TaskItem(false)), adf.BlockTaskItem(true, p)),
		adf.DecisionList(adf.DecisionItem(text)), adf.Panel("custom", p, list, adf.Heading(2), adf.Rule()),
		adf.Expand("e", p, adf.NestedExpand("n", p, adf.Blockquote(p)), adf.Table(adf.TableRow(adf.TableCell(p)))).With(adf.Breakout("full-width")),
		adf.Table(adf.TableRow(adf.TableHeader(p.With(adf.Alignment("end"))), adf.TableCell(adf.NestedExpand("", p), adf.Panel("tip", p)).WithAttr("colspan", 2))).With(adf.Fragment("1", "")),
		adf.MediaSingle(media, adf.Caption(text)).With(adf.Link("u")), adf.MediaSingle(adf.ExternalMedia("u")), adf.MediaGroup(media),
		adf.BlockCard("u"), adf.EmbedCard("u"), adf.LayoutSection(adf.LayoutColumn(50, p, adf.Expand("", p)), adf.LayoutColumn(50, list)).With(adf.Breakout("wide")),
		adf.Extension("t", "k").With(adf.DataConsumer("1")), adf.BodiedExtension("t", "k", p, adf.Table(adf.TableRow())), adf.SyncBlock("r"),
		adf.BodiedSyncBlock("r", p, adf.LayoutSection(adf.LayoutColumn(1, p), adf.LayoutColumn(2.5, p))),
	}
}

func TestBuiltIsValid(t *testing.T) {
	t.Parallel()
	s := schema(t)
	for _, n := range everything() {
		doc := adf.New(n)
		b, err := json.Marshal(doc)
		if err != nil {
			t.Errorf("%s: %v", n.Type, err)
			continue
		}
		if err := validate(s, string(b)); err != nil {
			t.Errorf("%s: %v", b, err)
		}
		if short := doc.Truncate(2); validate(s, marshal(t, short)) != nil {
			t.Errorf("%s is cut to %s", b, marshal(t, short))
		}
	}
}

func marshal(tb testing.TB, v any) string {
	tb.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

// The builder knows each node type and mark of the schema, and what it takes of a node put into another the schema takes too.
func TestBuilderAgreesWithSchema(t *testing.T) {
	t.Parallel()
	s := schema(t)
	var samples []adf.Node
	types := map[string]bool{}
	var collect func(nodes []adf.Node)
	collect = func(nodes []adf.Node) {
		for _, n := range nodes {
			if !types[string(n.Type)] {
				samples = append(samples, n)
			}
			types[string(n.Type)] = true
			for _, m := range n.Marks {
				types[string(m.Type)] = true
			}
			collect(n.Content)
		}
	}
	collect(everything())
	for _, name := range schemaTypes(t) {
		if !types[name] && name != "doc" {
			t.Errorf("nothing builds %s", name)
		}
	}
	refused := 0
	for _, outer := range samples {
		for _, inner := range samples {
			outer.Content = []adf.Node{inner}
			for _, doc := range []*adf.Doc{adf.New(outer), adf.New(adf.Table(adf.TableRow(adf.TableCell(outer)))), adf.New(adf.Paragraph(outer))} {
				if doc.Err() != nil {
					refused++
					continue
				}
				if err := validate(s, marshal(t, doc)); err != nil {
					t.Errorf("%s: %v", marshal(t, doc), err)
				}
			}
		}
	}
	if refused == 0 {
		t.Error("the builder refuses nothing")
	}
}

// schemaTypes are the names of the schema's nodes and marks.
func schemaTypes(tb testing.TB) (out []string) {
	tb.Helper()
	for _, dir := range []string{os.Getenv("SDK_REFERENCE"), "../../../shared/reference"} {
		b, err := os.ReadFile(filepath.Join(dir, "adf-full.schema.json"))
		if err != nil {
			continue
		}
		var file struct {
			Definitions map[string]struct {
				Properties struct {
					Type struct{ Enum []string }
				}
			}
		}
		if err := json.Unmarshal(b, &file); err != nil {
			tb.Fatal(err)
		}
		seen := map[string]bool{}
		for name, d := range file.Definitions {
			if len(d.Properties.Type.Enum) == 1 && !seen[d.Properties.Type.Enum[0]] && (strings.HasSuffix(name, "_node") || strings.HasSuffix(name, "_mark")) {
				seen[d.Properties.Type.Enum[0]] = true
				out = append(out, d.Properties.Type.Enum[0])
			}
		}
		if len(out) != 43+17 {
			tb.Errorf("the schema has %d types", len(out))
		}
		return out
	}
	return nil
}
