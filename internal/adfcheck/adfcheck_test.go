package adfcheck_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	_ "github.com/yuin/goldmark/text" // its module holds the examples

	"github.com/jira-integrations/go-sdk/jira/adf"
)

// schema compiles the official schema, or skips the test where there is none.
func schema(tb testing.TB) *jsonschema.Schema {
	tb.Helper()
	for _, dir := range []string{os.Getenv("SDK_REFERENCE"), "../../../shared/reference"} {
		file := filepath.Join(dir, "adf-full.schema.json")
		if _, err := os.Stat(file); dir == "" || err != nil {
			continue
		}
		c := jsonschema.NewCompiler()
		c.DefaultDraft(jsonschema.Draft4)
		s, err := c.Compile(file)
		if err != nil {
			tb.Fatal(err)
		}
		return s
	}
	tb.Skip("no schema: set SDK_REFERENCE to the folder that holds adf-full.schema.json")
	return nil
}

func validate(s *jsonschema.Schema, src string) error {
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(src))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

type example struct {
	Markdown string `json:"markdown"`
	Example  int    `json:"example"`
	Section  string `json:"section"`
}

// commonMark is every example of the specification.
func commonMark(tb testing.TB) (out []example) {
	tb.Helper()
	dir, err := exec.CommandContext(tb.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/yuin/goldmark").Output()
	if err != nil {
		tb.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(string(bytes.TrimSpace(dir)), "_test", "spec.json"))
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(b, &out); err != nil || len(out) < 600 {
		tb.Fatalf("%d examples, %v", len(out), err)
	}
	return out
}

// gfm is every construct that GitHub adds, and ours.
var gfm = []string{
	"| foo | bar |\n| --- | --- |\n| baz | bim |", "| abc | defghi |\n:-: | -----------:\nbar | baz", "| f\\|oo  |\n| ------ |\n| b `\\|` az |\n| b **\\|** im |",
	"| abc | def |\n| --- | --- |\n| bar | baz |\n> bar", "| abc | def |\n| --- | --- |\n| bar |\n| bar | baz | boo |", "| abc | def |\n| --- | --- |",
	"- [ ] foo\n- [x] bar", "- [x] foo\n  - [ ] bar\n  - [x] baz\n- [ ] bim", "1. [ ] a\n2. [x] b", "- [ ] a\n- b\n- [x] c\n\n  d", "> - [ ] a", "- [ ]\n  - [ ]",
	"~~Hi~~ Hello, ~there~ world!", "This ~~has a\n\nnew paragraph~~.", "This will ~~~not~~~ strike.",
	"www.commonmark.org", "Visit www.commonmark.org/help for more information.", "(www.google.com/search?q=Markup+(business)))", "www.google.com/search?q=commonmark&hl=en;",
	"http://commonmark.org\n\n(Visit https://encrypted.google.com/search?q=Markup+(business))", "foo@bar.baz", "a.b-c_d@a.b", "ftp://foo.bar.baz",
	"<strong> <title> <style> <em>\n\n<blockquote>\n  <xmp> is disallowed.\n</blockquote>",
	"> [!NOTE]\n> a\n>\n> - b\n> - [ ] c", "> [!CAUTION]", "> [!TIP]\n> # h\n> ---\n> > q", "> [!WARNING]\n> | a |\n> | - |\n> | b |", "- > [!NOTE]\n  > a",
	"@[Ada Lovelace](accountid:5b10:a-b) :tada: :not_one: 12:30:45", "**@[A](accountid:b)** [@[A](accountid:b) x](y)",
	"![a *b*](c)", "[![a](b)](c)", "![](a)", "[](a)", "[a]()", "![]()",
	":tada::tada: a:100:5: :bug:&#58; @[Ada [x]](accountid:b)", "http://localhost:8080/x git@a.example:b a@1.2.3 a@b.example",
	"<pre>\n  a\n\n\tb\n</pre>", "- [x](y)\n- [x] y", strings.Repeat("- [ ] a\n  ", 3), strings.Repeat("1. ", 5) + "# a",
	"- # a\n- ---\n- > b\n- | a |\n  | - |\n  | b |", "> # a\n> ---\n> | a | b |\n> | - | - |\n> | *c* | `d` |",
}

func TestMarkdownIsValid(t *testing.T) {
	t.Parallel()
	s := schema(t)
	check := func(name, src string) {
		doc := adf.Markdown(src)
		if doc == nil {
			return
		}
		b, err := json.Marshal(doc)
		if err != nil {
			t.Errorf("%s: %q: %v", name, src, err)
			return
		}
		if err := validate(s, string(b)); err != nil {
			t.Errorf("%s: %q gives %s: %v", name, src, b, err)
		}
	}
	for _, e := range commonMark(t) {
		check(fmt.Sprintf("%d (%s)", e.Example, e.Section), e.Markdown)
		// In every place that holds blocks, too.
		check("quote", "> "+strings.ReplaceAll(e.Markdown, "\n", "\n> "))
		check("item", "- "+strings.ReplaceAll(e.Markdown, "\n", "\n  "))
		check("panel", "> [!NOTE]\n>\n> "+strings.ReplaceAll(e.Markdown, "\n", "\n> "))
	}
	for _, src := range gfm {
		check("GFM", src)
	}
}

// What Markdown made is the same after a way through Markdown.
func TestMarkdownIsLossless(t *testing.T) {
	t.Parallel()
	check := func(name, src string) {
		first := adf.Markdown(src)
		md := first.Markdown()
		a, err := json.Marshal(first)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		b, err := json.Marshal(adf.Markdown(md))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if diff := cmp.Diff(string(a), string(b)); diff != "" {
			t.Errorf("%s: %q is written as %q (-first +again):\n%s", name, src, md, diff)
		}
	}
	for _, e := range commonMark(t) {
		name := fmt.Sprintf("%d (%s)", e.Example, e.Section)
		check(name, e.Markdown)
		check(name+" in a quote", "> "+strings.ReplaceAll(e.Markdown, "\n", "\n> "))
		check(name+" in an item", "- "+strings.ReplaceAll(e.Markdown, "\n", "\n  "))
		check(name+" in a panel", "> [!NOTE]\n>\n> "+strings.ReplaceAll(e.Markdown, "\n", "\n> "))
	}
	for _, src := range gfm {
		check("GFM", src)
	}
}
