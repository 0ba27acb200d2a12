package adf_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/jira/adf"
)

// written is a document's JSON.
func written(tb testing.TB, d *adf.Doc) string {
	tb.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

// roundTrip checks that a document made of Markdown is made again of its own Markdown.
func roundTrip(tb testing.TB, src string) {
	tb.Helper()
	doc := adf.Markdown(src)
	if doc.Err() != nil {
		return
	}
	md := doc.Markdown()
	again := adf.Markdown(md)
	if again.Err() != nil {
		tb.Fatalf("%q is written as %q: %v", src, md, again.Err())
	}
	if diff := cmp.Diff(written(tb, doc), written(tb, again)); diff != "" {
		tb.Errorf("%q is written as %q (-first +again):\n%s", src, md, diff)
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, src := range []string{
		"", "# a\n\nb *c* **d** ~~e~~ `f`\n", "- [ ] a\n  - [x] b\n- c\n\n1. d\n2) e", "| a | b |\n|:-:|--:|\n| `\\|` | *c* |",
		"> [!NOTE]\n> a\n\n> b\n> > c", "@[Ada](accountid:1:2) :tada: https://a.example/b_c", "a\\\nb  \nc\n===", "```go\n\tx\n```\n~~~\n~~~",
		"<b>x</b>\n\n<div>\n a\n\n</div>", "![a](b \"c\") [d](<e f>) <http://g.example> h@i.example", "***a** b*c __d_e_ f__",
		"&#32;a&nbsp;&amp;&copy; \\* \\:tada: \\@[a](accountid:b)", "- - -\n- - a\n* * b", "-\n\n  a\n- ```\n  b\n  ```", "***a***b**c*d*e**",
	} {
		f.Add(src)
	}
	f.Fuzz(roundTrip2)
}

func roundTrip2(t *testing.T, src string) {
	if strings.Count(src, "") > 20000 {
		return
	}
	roundTrip(t, src)
}
