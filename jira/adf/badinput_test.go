package adf_test

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/internal/surface"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

// functions are all functions of the package.
var functions = map[string]any{
	"Alignment": adf.Alignment, "Annotation": adf.Annotation, "BackgroundColor": adf.BackgroundColor, "BlockCard": adf.BlockCard,
	"BlockTaskItem": adf.BlockTaskItem, "Blockquote": adf.Blockquote, "BodiedExtension": adf.BodiedExtension,
	"BodiedSyncBlock": adf.BodiedSyncBlock, "Border": adf.Border, "Breakout": adf.Breakout, "BulletList": adf.BulletList,
	"Caption": adf.Caption, "Code": adf.Code, "CodeBlock": adf.CodeBlock, "DataConsumer": adf.DataConsumer, "Date": adf.Date,
	"DecisionItem": adf.DecisionItem, "DecisionList": adf.DecisionList, "Em": adf.Em, "EmbedCard": adf.EmbedCard, "Emoji": adf.Emoji,
	"Expand": adf.Expand, "Extension": adf.Extension, "ExternalMedia": adf.ExternalMedia, "Fragment": adf.Fragment,
	"HardBreak": adf.HardBreak, "Heading": adf.Heading, "Indentation": adf.Indentation, "InlineCard": adf.InlineCard,
	"InlineExtension": adf.InlineExtension, "LayoutColumn": adf.LayoutColumn, "LayoutSection": adf.LayoutSection, "Link": adf.Link,
	"ListItem": adf.ListItem, "Markdown": adf.Markdown, "Media": adf.Media, "MediaGroup": adf.MediaGroup, "MediaInline": adf.MediaInline,
	"MediaSingle": adf.MediaSingle, "Mention": adf.Mention, "NestedExpand": adf.NestedExpand, "New": adf.New, "OrderedList": adf.OrderedList,
	"Panel": adf.Panel, "Paragraph": adf.Paragraph, "Placeholder": adf.Placeholder, "Raw": adf.Raw, "Rule": adf.Rule, "Run": adf.Run,
	"SmallFont": adf.SmallFont, "Status": adf.Status, "Strike": adf.Strike, "Strong": adf.Strong, "Sub": adf.Sub, "Sup": adf.Sup,
	"SyncBlock": adf.SyncBlock, "Table": adf.Table, "TableCell": adf.TableCell, "TableHeader": adf.TableHeader, "TableRow": adf.TableRow,
	"TaskItem": adf.TaskItem, "TaskList": adf.TaskList, "Text": adf.Text, "TextColor": adf.TextColor, "Underline": adf.Underline,
}

// odd are arguments that nobody should give, in sets.
func odd() [][]any {
	return [][]any{
		nil,
		{"\x00\xff\n", -1, math.NaN(), adf.Node{}, adf.Mark{}, []byte("\xff"), time.Time{}},
		{strings.Repeat("x", 100_000), math.MaxInt, math.Inf(1), endlessNode(), adf.Mark{Attrs: map[string]any{"a": func() {}}}, []byte("null"), time.Unix(1<<60, 0)},
		{"{", math.MinInt, math.Copysign(0, -1), adf.Panel("none").WithAttr("x", make(chan int)).With(adf.Mark{Type: "none"}), adf.Link(""), []byte("{"), true},
	}
}

// endlessNode is one that is within itself.
func endlessNode() adf.Node {
	content := make([]adf.Node, 2)
	content[0] = adf.Blockquote(content...)
	content[1] = adf.Blockquote(content...)
	return adf.Blockquote(content...)
}

// broken are documents that are not right, but for the last.
func broken(tb testing.TB) []any {
	tb.Helper()
	all := []any{(*adf.Doc)(nil), &adf.Doc{}, adf.New(), adf.New(adf.Node{}), adf.New(adf.Paragraph(adf.Rule())), adf.Text(strings.Repeat("long ", 10_000))}
	for _, src := range []string{`{`, `"`, `{}`, `{"content":[null]}`, `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"x"}]}]}`} {
		doc, err := adf.Raw(src)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, doc)
	}
	return all
}

// Every function takes every argument, and what it makes can go into a document, which says what is wrong with it.
func TestOddArguments(t *testing.T) {
	t.Parallel()
	for _, f := range surface.Exported(t, ".") {
		if f.Receiver == "" && functions[f.Name] == nil {
			t.Errorf("%s is not tried: add it to the functions of this test", f)
		}
	}
	for name, function := range functions {
		for i, args := range odd() {
			if p, ok := errors.AsType[*surface.Panic](surface.Call(reflect.ValueOf(function), args...)); ok {
				t.Errorf("%s with set %d: %v", name, i, p)
			}
		}
	}
}

// Every method of a document, node or mark that is nil, zero or wrong can be called. It says what is wrong, again and again.
func TestBrokenValues(t *testing.T) {
	t.Parallel()
	nodes := []any{&adf.Node{}, new(endlessNode()), new(adf.Heading(-1)), &adf.Node{Type: "none", Content: []adf.Node{{}}, Marks: []adf.Mark{{}}}}
	for _, args := range odd() {
		for range 2 {
			values := map[string][]any{"Doc": broken(t), "Node": nodes, "Mark": {adf.Mark{}, adf.Link("x")}}
			surface.Methods(t, ".", values, args, nil)
		}
	}
	for _, v := range []interface{ UnmarshalJSON(b []byte) error }{(*adf.Doc)(nil), (*adf.Node)(nil)} {
		if err := v.UnmarshalJSON([]byte(`{}`)); err == nil || !strings.Contains(err.Error(), "pass the address of one") {
			t.Errorf("%T: %v", v, err)
		}
	}
}

// A node that is within itself is too deep, not the end of the program.
func TestNodeWithinItself(t *testing.T) {
	t.Parallel()
	node := endlessNode()
	_, err := node.MarshalJSON()
	for name, err := range map[string]error{"New": adf.New(node).Err(), "MarshalJSON": err, "Validate": node.Validate()} {
		if err == nil || name != "Validate" && !errors.Is(err, adf.ErrTooDeep) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A document that is wrong is not written, whatever is done to it, and the nodes in it can be used for another.
func TestAfterAnError(t *testing.T) {
	t.Parallel()
	good := adf.Paragraph(adf.Run("x"))
	doc := adf.New(good, adf.Heading(7))
	for range 2 {
		if _, err := doc.Truncate(10).MarshalJSON(); err == nil || !errors.Is(err, doc.Err()) {
			t.Errorf("written: %v", err)
		}
		if text := adf.New(good).Text(); text != "x" || doc.Text() != "" {
			t.Errorf("%q, %q", text, doc.Text())
		}
	}
	if err := doc.UnmarshalJSON([]byte(`"new"`)); err != nil || doc.Err() != nil || doc.Text() != "new" {
		t.Errorf("%v, %v", err, doc.Err())
	}
}

// One document can be read, and its nodes be built upon, by several goroutines. The race detector watches.
func TestConcurrentReading(t *testing.T) {
	t.Parallel()
	doc := adf.Markdown("# a\n\n- [ ] *b* @[Ada](accountid:1) :tada:\n- [x] c\n\n| d | e |\n|---|---|\n| f | g |\n\nhttps://h.example")
	content, err := doc.Content()
	if err != nil {
		t.Fatal(err)
	}
	text, markdown, length := doc.Text(), doc.Markdown(), doc.Len()
	tasks := adf.TaskList(adf.TaskItem(false, adf.Run("i\nj")))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				again := adf.New(append(slices.Clip(content), tasks)...)
				raw, err := doc.MarshalJSON()
				if err != nil || len(raw) == 0 || doc.Text() != text || doc.Markdown() != markdown || doc.Len() != length || doc.Err() != nil {
					t.Error(err, doc.Err())
				}
				if again.Err() != nil || !strings.HasPrefix(again.Text(), text) || doc.Truncate(5).Err() != nil || adf.Markdown(markdown).Text() != text {
					t.Errorf("%q, %v", again.Text(), again.Err())
				}
				marked := tasks.With(adf.Strong()).WithAttr("localId", "x")
				if marked.Attr("localId") != "x" || tasks.Attr("localId") != "" || tasks.Validate() == nil {
					t.Error("the node was changed")
				}
			}
		})
	}
	wg.Wait()
}
