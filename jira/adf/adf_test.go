package adf_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/jira/adf"
)

// shape writes a document in short: paragraphs in brackets, line breaks as a slash.
func shape(tb testing.TB, doc *adf.Doc) string {
	tb.Helper()
	type node struct {
		Type, Text string
		Version    int
		Content    []node
	}
	var root node
	b, err := json.Marshal(doc)
	if err != nil {
		tb.Fatal(err)
	}
	if string(b) == "null" {
		return "none"
	}
	if err := json.Unmarshal(b, &root); err != nil || root.Type != "doc" || root.Version != 1 {
		tb.Fatalf("%s, %v", b, err)
	}
	var s strings.Builder
	for _, p := range root.Content {
		s.WriteString("[")
		for _, n := range p.Content {
			switch {
			case n.Type == "text" && n.Text != "":
				s.WriteString(n.Text)
			case n.Type == "hardBreak":
				s.WriteString("/")
			default:
				tb.Errorf("Jira refuses %+v", n)
			}
		}
		s.WriteString("]")
	}
	return s.String()
}

func TestText(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]struct{ shape, text string }{
		"":                       {"none", ""},
		" \t\r\n\n ":             {"none", ""},
		"\x00\x1b\a":             {"none", ""},
		"a":                      {"[a]", "a"},
		"a\nb":                   {"[a/b]", "a\nb"},
		"a\r\nb":                 {"[a/b]", "a\nb"},
		"a\rb":                   {"[a/b]", "a\nb"},
		"a\n\nb":                 {"[a][b]", "a\nb"},
		"a\r\n\r\nb":             {"[a][b]", "a\nb"},
		"a\n\n\n\n\nb\n\n":       {"[a][b]", "a\nb"},
		"\n\na\n":                {"[a]", "a"},
		"a\n \nb":                {"[a/ /b]", "a\n \nb"},
		"  indented\n\tcode":     {"[  indented/\tcode]", "indented\n\tcode"},
		"<b> & \"c\" \\":         {"[<b> & \"c\" \\]", "<b> & \"c\" \\"},
		"Zoë 🧾\u2028":            {"[Zoë 🧾\u2028]", "Zoë 🧾"},
		"\x1b[31mred\x1b[0m\x00": {"[[31mred[0m]", "[31mred[0m"},
		"a\xffb":                 {"[a\uFFFDb]", "a\uFFFDb"},
		"a\n\x00\nb":             {"[a][b]", "a\nb"},
	} {
		doc := adf.Text(src)
		if got := shape(t, doc); got != want.shape {
			t.Errorf("%q gives %q, want %q", src, got, want.shape)
		}
		if got := doc.Text(); got != want.text {
			t.Errorf("%q reads back as %q, want %q", src, got, want.text)
		}
	}
	if doc := adf.Text(" \n"); doc != nil {
		t.Errorf("blank text gives %v", doc)
	}
}

func TestReading(t *testing.T) {
	t.Parallel()
	doc := func(content string) string { return `{"type":"doc","version":1,"content":[` + content + `]}` }
	text := `{"type":"text","text":"t"}`
	for src, want := range map[string]string{
		`"a plain \"string\"\nwith lines"`: "a plain \"string\"\nwith lines",
		`""`:                               "",
		`{}`:                               "",
		doc(``):                            "",
		doc(`{"type":"paragraph"}`):        "",
		doc(`{"type":"heading","attrs":{"level":2},"content":[` + text + `]},{"type":"paragraph","content":[` + text + `,{"type":"hardBreak"},` + text + `]}`):                                                             "t\nt\nt",
		doc(`{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[` + text + `]}]},{"type":"listItem","content":[{"type":"paragraph","content":[` + text + `]}]}]}`):               "t\nt",
		doc(`{"type":"paragraph","content":[{"type":"mention","attrs":{"id":"1","text":"@Ada"}},` + text + `,{"type":"emoji","attrs":{"shortName":":eyes:"}},{"type":"inlineCard","attrs":{"url":"https://x.example"}}]}`): "@Adat:eyes:https://x.example",
		doc(`{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell","content":[{"type":"paragraph","content":[` + text + `]}]}]}]}`):                                                                 "t",
		doc(`{"type":"tomorrow","attrs":{"text":7,"x":[1]},"marks":"none","content":[{"type":"paragraph","content":[` + text + `]}]}`):                                                                                     "t",
		doc(`{"type":"paragraph","content":[{"type":"text","text":7},` + text + `]},{"type":"paragraph","content":{}},{"type":"paragraph","attrs":[1],"content":[` + text + `]}`):                                          "t\nt",
		`{"type":"doc","version":"1","content":[{"type":"paragraph","content":[` + text + `]}]}`:                                                                                                                           "t",
		doc(strings.Repeat(`{"type":"blockquote","content":[`, 1000) + text + strings.Repeat(`]}`, 1000)):                                                                                                                  "t",
		doc(`{"type":"codeBlock","content":[{"type":"text","text":"a\n\tb"}]}`):                                                                                                                                            "a\n\tb",
		doc(`{"type":"rule"},{"type":"mediaSingle","content":[{"type":"media","attrs":{"type":"file","id":"1","collection":""}}]},{"type":"paragraph","content":[` + text + `]}`):                                          "t",
	} {
		var d adf.Doc
		if err := json.Unmarshal([]byte(src), &d); err != nil {
			t.Errorf("%.80s: %v", src, err)
			continue
		}
		if got := d.Text(); got != want {
			t.Errorf("%.80s reads %q, want %q", src, got, want)
		}
		raw, err := adf.Raw(src)
		if err != nil || raw.Text() != want {
			t.Errorf("%.80s: Raw reads %q, %v", src, raw.Text(), err)
		}
	}
}

// Whatever a document holds is written as it came.
func TestUnknownNodesAreKept(t *testing.T) {
	t.Parallel()
	src := `{ "version" : 1.0, "type":"doc", "future":{"a":[1e400,12345678901234567890,null,true,"<\u00e9&"]},
		"content":[{"type":"holo","attrs":{"z":"\ud83d\ude00","b":2.50},"content":[]}] }`
	var holder struct {
		Body *adf.Doc `json:"body"`
	}
	if err := json.Unmarshal([]byte(`{"body":`+src+`}`), &holder); err != nil {
		t.Fatal(err)
	}
	written, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(numbers(t, `{"body":`+src+`}`), numbers(t, string(written))); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
}

// numbers is JSON with its numbers to the digit.
func numbers(tb testing.TB, src string) (v any) {
	tb.Helper()
	dec := json.NewDecoder(strings.NewReader(src))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		tb.Fatal(err)
	}
	return v
}

func TestNil(t *testing.T) {
	t.Parallel()
	var doc *adf.Doc
	b, err := doc.MarshalJSON()
	if doc.Text() != "" || string(b) != "null" || err != nil {
		t.Errorf("no document reads %q and is written %s, %v", doc.Text(), b, err)
	}
	var zero adf.Doc
	if b, err := json.Marshal(&zero); zero.Text() != "" || string(b) != "null" || err != nil {
		t.Errorf("an empty document reads %q and is written %s, %v", zero.Text(), b, err)
	}
	holder := struct{ Body *adf.Doc }{Body: adf.Text("x")}
	if err := json.Unmarshal([]byte(`{"Body":null}`), &holder); err != nil || holder.Body != nil {
		t.Errorf("null reads %v, %v", holder.Body, err)
	}
}

func TestWrongDocuments(t *testing.T) {
	t.Parallel()
	for _, src := range []string{"", "1", "[]", "true", "x"} {
		if d, err := adf.Raw(src); err == nil || d.Text() != "" {
			t.Errorf("Raw takes %q", src)
		}
		if src == "" {
			continue
		}
		if err := json.Unmarshal([]byte(src), new(adf.Doc)); err == nil {
			t.Errorf("Unmarshal takes %q", src)
		}
	}
	for _, src := range []string{`{`, `"`, `{"a":}`, `"a" "b"`} {
		d, err := adf.Raw(src)
		if err != nil {
			continue
		}
		if b, err := json.Marshal(d); err == nil {
			t.Errorf("%q is written as %s", src, b)
		}
	}
}

func ExampleText() {
	doc := adf.Text("Cart total is wrong.\n\nExpected 10.00,\ngot 9.00.")
	fmt.Println(doc.Text())
	// Output:
	// Cart total is wrong.
	// Expected 10.00,
	// got 9.00.
}

// An encoder that leaves < and > alone gets them as they are.
func TestDocLeavesEscapingToTheEncoder(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(adf.Markdown("a < b && `<c>`")); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.Contains(got, `"a < b && "`) || !strings.Contains(got, `"<c>"`) {
		t.Errorf("written as %s", got)
	}
}

// Signs that open nothing are text, however many there are.
func TestSignsThatOpenNothing(t *testing.T) {
	t.Parallel()
	for _, sign := range []string{".", ")", "-", "+", "*", "1", "- ", "* ", "=", "#"} {
		src := "ok " + strings.Repeat(sign, 500) + "\n\n" + strings.Repeat(sign, 500) + "x\n" + strings.Repeat(sign, 500)
		if strings.HasSuffix(sign, " ") {
			src = strings.Repeat(sign, 500) // a line across the page
		}
		if err := adf.Markdown(src).Err(); err != nil {
			t.Errorf("%q: %v", sign, err)
		}
	}
}
