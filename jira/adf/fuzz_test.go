package adf_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/jira/adf"
)

// jsonEqual compares two documents; numbers are compared to the digit.
func jsonEqual(tb testing.TB, what, want, got string) {
	tb.Helper()
	if diff := cmp.Diff(numbers(tb, want), numbers(tb, got)); diff != "" {
		tb.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// FuzzADF reads any JSON as a document: it is kept, its nodes are written as they came, and what Markdown says of it is
// Markdown that comes back the same.
func FuzzADF(f *testing.F) {
	for _, content := range recorded {
		f.Add(`{"type":"doc","version":1,"content":[` + content + `]}`)
	}
	f.Add(`"plain\ntext"`)
	f.Fuzz(func(t *testing.T, src string) {
		d := new(adf.Doc)
		if len(src) > 20000 || !utf8.ValidString(src) || !json.Valid([]byte(src)) || json.Unmarshal([]byte(src), d) != nil {
			return
		}
		out := written(t, d)
		if strings.TrimSpace(src) == "null" {
			return
		}
		jsonEqual(t, "document", src, out)
		if strings.HasPrefix(out, "{") {
			var root adf.Node
			if err := json.Unmarshal([]byte(out), &root); err != nil {
				t.Fatal(err)
			}
			b, err := json.Marshal(root)
			if err != nil {
				t.Fatal(err)
			}
			jsonEqual(t, "nodes", out, string(b))
			_ = root.Validate()
		}
		for _, n := range []int{1, 10, 100} {
			if short := d.Truncate(n); units(short.Text()) > n {
				t.Errorf("%s has more than %d characters: %q", src, n, short.Text())
			}
		}
		roundTrip(t, d.Markdown())
		nodes, err := d.Content()
		if err != nil {
			t.Fatal(err)
		}
		if made := adf.New(nodes...); made.Err() == nil {
			if short := made.Truncate(10); short.Err() != nil {
				t.Errorf("%s: %v", src, short.Err())
			} else if kept, err := short.Content(); err != nil || adf.New(kept...).Err() != nil {
				t.Errorf("%s is cut to %s: %v", src, written(t, short), adf.New(kept...).Err())
			}
		}
	})
}

// recorded are documents as Jira's editor makes them, by their content.
var recorded = []string{
	`{"type":"paragraph","content":[{"type":"text","text":"Hi "},{"type":"mention","attrs":{"id":"5b10:a","text":"@Ada","accessLevel":""}},{"type":"text","text":" see "},{"type":"inlineCard","attrs":{"url":"https://a.example/browse/WEB-1"}},{"type":"emoji","attrs":{"shortName":":tada:","id":"1f389","text":"🎉"}},{"type":"status","attrs":{"text":"DONE","color":"green","localId":"1","style":""}},{"type":"date","attrs":{"timestamp":"1714521600000"}}]}`,
	`{"type":"panel","attrs":{"panelType":"warning"},"content":[{"type":"paragraph","content":[{"type":"text","text":"careful","marks":[{"type":"strong"},{"type":"textColor","attrs":{"color":"#ff5630"}}]}]}]}`,
	`{"type":"table","attrs":{"isNumberColumnEnabled":false,"layout":"default","localId":"t"},"content":[{"type":"tableRow","content":[{"type":"tableHeader","attrs":{},"content":[{"type":"paragraph","content":[{"type":"text","text":"a|b","marks":[{"type":"code"}]}]}]},{"type":"tableCell","attrs":{"colspan":2,"background":"#fff"},"content":[{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph"}]}]}]}]}]}`,
	`{"type":"expand","attrs":{"title":"More"},"content":[{"type":"codeBlock","attrs":{"language":"java"},"content":[{"type":"text","text":"x();\n"}]}]},{"type":"rule"},{"type":"heading","attrs":{"level":3},"content":[{"type":"text","text":"H"},{"type":"hardBreak"},{"type":"text","text":"2"}]}`,
	`{"type":"mediaSingle","attrs":{"layout":"center","width":50},"content":[{"type":"media","attrs":{"type":"file","id":"6e7c","collection":"","alt":"shot.png","height":100,"width":200}},{"type":"caption","content":[{"type":"text","text":"c"}]}]},{"type":"mediaGroup","content":[{"type":"media","attrs":{"type":"file","id":"1","collection":"x"}}]}`,
	`{"type":"taskList","attrs":{"localId":"a"},"content":[{"type":"taskItem","attrs":{"localId":"b","state":"DONE"},"content":[{"type":"text","text":"t"}]},{"type":"taskList","attrs":{"localId":"c"},"content":[{"type":"taskItem","attrs":{"localId":"d","state":"TODO"}}]}]},{"type":"decisionList","attrs":{"localId":"e"},"content":[{"type":"decisionItem","attrs":{"localId":"f","state":"DECIDED"},"content":[{"type":"text","text":"yes"}]}]}`,
	`{"type":"layoutSection","content":[{"type":"layoutColumn","attrs":{"width":50},"content":[{"type":"paragraph","content":[{"type":"text","text":"left side of it"}]}]},{"type":"layoutColumn","attrs":{"width":50},"content":[{"type":"blockCard","attrs":{"url":"https://x.example"}}]}]}`,
	`{"type":"orderedList","attrs":{"order":3},"content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":" a  ","marks":[{"type":"em"},{"type":"link","attrs":{"href":"x y","title":"q\""}}]},{"type":"text","text":"b","marks":[{"type":"strong"},{"type":"strike"}]},{"type":"text","text":"c\nd","marks":[{"type":"underline"},{"type":"subsup","attrs":{"type":"sub"}}]}]},{"type":"codeBlock"}]}]},{"type":"blockquote","content":[{"type":"paragraph"}]}`,
	`{"type":"bodiedExtension","attrs":{"extensionType":"com.x","extensionKey":"k","parameters":{"a":[1,null]},"layout":"default"},"content":[{"type":"paragraph","content":[{"type":"text","text":"1. - > #"},{"type":"placeholder","attrs":{"text":"p"}},{"type":"inlineExtension","attrs":{"extensionType":"e","extensionKey":"i"}},{"type":"mediaInline","attrs":{"id":"m","collection":"","type":"file"}}]}]},{"type":"embedCard","attrs":{"url":"u","layout":"wide"}},{"type":"syncBlock","attrs":{"resourceId":"r","localId":"l"}},{"type":"bodiedSyncBlock","attrs":{"resourceId":"r","localId":"l"},"content":[{"type":"paragraph"}]},{"type":"unknown","content":[{"type":"paragraph","content":[{"type":"text","text":"kept"}]}]}`,
}

// Documents of Jira round-trip, as a whole and by their nodes, and the format allows them.
func TestRecordedDocuments(t *testing.T) {
	t.Parallel()
	for _, content := range recorded {
		src := `{"version":1,"type":"doc","content":[` + content + `]}`
		d, err := adf.Raw(src)
		if err != nil {
			t.Fatal(err)
		}
		jsonEqual(t, "document", src, written(t, d))
		nodes, err := d.Content()
		if err != nil {
			t.Fatal(err)
		}
		again := adf.New(nodes...)
		if again.Err() != nil {
			t.Errorf("%s: %v", src, again.Err())
			continue
		}
		jsonEqual(t, "nodes", src, written(t, again))
	}
}

func TestMarkdownOfRecordedDocuments(t *testing.T) {
	t.Parallel()
	for i, want := range []string{
		"Hi @[Ada](accountid:5b10:a) see <https://a.example/browse/WEB-1>:tada:&#68;ONE2024-05-01",
		"> [!WARNING]\n> **careful**",
		"| `a\\|b` | |\n| --- | --- |",
		"**More**\n\n```java\nx();\n\n```\n\n---\n\n### H 2",
		"shot.pngc",
		"- [x] t\n  - [ ]\n\n* yes",
		"left side of it\n\n<https://x.example>",
		"3. [*&#32;a &#32;*](x&#32;y \"q&#34;\")**~~b~~**&#99;\\\n   d\n\n   ```\n   ```\n\n>",
		"1\\. - > #p\n\n[u](u)\n\nkept",
	} {
		d, err := adf.Raw(`{"version":1,"type":"doc","content":[` + recorded[i] + `]}`)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, d.Markdown()); diff != "" {
			t.Errorf("%d (-want +got):\n%s", i, diff)
		}
	}
}
