package adf_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/jira/adf"
)

// units is how long Jira takes a text to be.
func units(s string) int { return len(utf16.Encode([]rune(s))) }

// valid checks a document by the rules for what is built.
func valid(tb testing.TB, d *adf.Doc) {
	tb.Helper()
	var root adf.Node
	if err := json.Unmarshal([]byte(written(tb, d)), &root); err != nil {
		tb.Fatal(err)
	}
	if err := root.Validate(); err != nil {
		tb.Error(err)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é word 😀", 6000)
	for name, doc := range map[string]*adf.Doc{
		"Markdown": adf.Markdown("# T\n\n- [ ] " + long + "\n- [x] z\n\n| a |\n|--|\n| b |"), "Text": adf.Text(long),
		"New": adf.New(adf.LayoutSection(adf.LayoutColumn(50, adf.Paragraph(adf.Run(long))), adf.LayoutColumn(50, adf.Paragraph()))),
	} {
		if !errors.Is(doc.Err(), adf.ErrTooLong) {
			t.Errorf("%s: %v", name, doc.Err())
		}
		if _, err := json.Marshal(doc); !errors.Is(err, adf.ErrTooLong) {
			t.Errorf("%s: %v", name, err)
		}
		for _, n := range []int{-1, 0, 1, 2, 5, 13, 14, 15, 20, 21, 22, 23, 24, 1000, adf.MaxLength} {
			short := doc.Truncate(n)
			if short.Err() != nil {
				t.Fatalf("%s to %d: %v", name, n, short.Err())
			}
			if got := units(short.Text()); got > max(n, 1) || !strings.Contains(short.Text(), "…") || strings.Contains(short.Text(), "\uFFFD") {
				t.Errorf("%s to %d has %d characters and ends %q", name, n, got, short.Text()[max(0, len(short.Text())-20):])
			}
			valid(t, short)
		}
	}
	fits := adf.Markdown("*a*")
	if fits.Truncate(1) != fits || fits.Len() != 1 {
		t.Error("what fits is changed")
	}
	for text, want := range map[string]error{
		strings.Repeat("é", adf.MaxLength): nil, strings.Repeat("😀", adf.MaxLength/2): nil, strings.Repeat("😀", adf.MaxLength/2) + "é": nil,
		strings.Repeat("😀", adf.MaxLength/2+1): adf.ErrTooLong, "a" + strings.Repeat("\u3000", adf.MaxLength): adf.ErrTooLong,
		strings.Repeat("\u3000", adf.MaxLength) + "a": adf.ErrTooLong,
	} {
		if doc := adf.Text(text); !errors.Is(doc.Err(), want) {
			t.Errorf("%.9s…: %v, want %v", text, doc.Err(), want)
		} else if doc.Len() != units(text) {
			t.Errorf("%.9s… has %d characters, want %d", text, doc.Len(), units(text))
		}
	}
}

// A log stays one block of code, up to the last character that fits.
func TestTruncateKeepsCodeBlock(t *testing.T) {
	t.Parallel()
	log := strings.Repeat("\tx_test.go:12: 😀 [a](b) > \"c\"\n", 100_000)
	short := adf.New(adf.CodeBlock("text", log)).Truncate(adf.MaxLength)
	nodes, err := short.Content()
	if err != nil || short.Err() != nil || len(nodes) != 2 || nodes[0].Type != adf.TypeCodeBlock || nodes[0].Attr("language") != "text" {
		t.Fatalf("%v, %v, %d nodes", err, short.Err(), len(nodes))
	}
	if kept := nodes[0].Content[0].Text; !strings.HasPrefix(log, kept) || units(kept) < adf.MaxLength-20 {
		t.Errorf("%d characters of the log are kept", units(kept))
	}
	if got := nodes[1].Content[0].Text; got != "… [truncated]" {
		t.Errorf("it ends %q", got)
	}
}

// What is little text can be much JSON.
func TestMuchJSON(t *testing.T) {
	t.Parallel()
	var pieces []adf.Node
	for i := range 9000 {
		pieces = append(pieces, adf.Run("a", adf.Link(fmt.Sprintf("https://a.example/%0100d", i))))
	}
	doc := adf.New(adf.Paragraph(pieces...))
	if !errors.Is(doc.Err(), adf.ErrTooLong) || doc.Len() != 9000 {
		t.Errorf("%v, %d characters", doc.Err(), doc.Len())
	}
	short := doc.Truncate(adf.MaxLength)
	if short.Err() != nil || len(written(t, short)) > 1<<20 || short.Len() < 4000 || !strings.HasSuffix(short.Text(), "… [truncated]") {
		t.Errorf("%v, %d bytes, %d characters", short.Err(), len(written(t, short)), short.Len())
	}
	valid(t, short)
	one := adf.New(adf.Paragraph(adf.Run("a"), adf.Run("b", adf.Link("https://a.example/"+strings.Repeat("x", 1<<20)))))
	if got := one.Truncate(100).Text(); !errors.Is(one.Err(), adf.ErrTooLong) || got != "a\n… [truncated]" {
		t.Errorf("%v, cut to %q", one.Err(), got)
	}
	received, err := adf.Raw(`{"type":"doc","version":1,"content":[{"type":"holo","attrs":{"a":"` + strings.Repeat("x", 1<<20) + `"}}]}`)
	if err != nil || received.Truncate(100) != received {
		t.Errorf("what was received is changed, %v", err)
	}
}

// A reference repeats its address; what would be too much of it are no links.
func TestRepeatedAddresses(t *testing.T) {
	t.Parallel()
	far := "[a]: /" + strings.Repeat("x", 30_000) + "\n\n"
	for name, src := range map[string]string{
		"references": far + strings.Repeat("[a] ", 8000), "images": far + strings.Repeat("![][a]", 5000), "one": far + "[" + strings.Repeat("b*c*", 5000) + "][a]",
		"titles": "[a]: / '" + strings.Repeat("x", 30_000) + "'\n\n" + strings.Repeat("[a] ", 8000),
	} {
		doc := adf.Markdown(src)
		if !errors.Is(doc.Err(), adf.ErrTooLong) {
			t.Errorf("%s: %v", name, doc.Err())
		}
		short := doc.Truncate(adf.MaxLength)
		if short.Err() != nil || len(written(t, short)) > 1<<20 || short.Len() == 0 || !strings.HasSuffix(short.Text(), "… [truncated]") {
			t.Errorf("%s: %v, %d bytes", name, short.Err(), len(written(t, short)))
		}
	}
	few := adf.Markdown(far + strings.Repeat("[a] ", 4))
	if few.Err() != nil || strings.Count(written(t, few), `"href"`) != 4 {
		t.Errorf("%v, %d links", few.Err(), strings.Count(written(t, few), `"href"`))
	}
	roundTrip(t, far+"[a] b [a] c [a]")
}

// Of what is too much to read the beginning is there, when somebody asks for it.
func TestMuchMarkdown(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"a log":    strings.Repeat("a line of a log\n\n", 16_000),
		"short":    strings.Repeat("[a](https://a.example/"+strings.Repeat("x", 1000)+")\n", 1100),
		"nothing":  strings.Repeat("\n", 2<<20),
		"quotes":   strings.Repeat(">", 1000) + strings.Repeat("a", 1<<20),
		"brackets": strings.Repeat("[a](", 30_000),
	} {
		doc := adf.Markdown(src)
		short := doc.Truncate(adf.MaxLength)
		if !errors.Is(doc.Err(), adf.ErrTooLong) || short.Err() != nil || !strings.HasSuffix(strings.TrimSpace(short.Text()), "… [truncated]") {
			t.Errorf("%s: %v, %v, it ends %q", name, doc.Err(), short.Err(), short.Text()[max(0, len(short.Text())-30):])
		}
	}
}

// No input keeps a program busy.
func TestHostileMarkdown(t *testing.T) {
	t.Parallel()
	const n = 16 << 10 // the rest of what is read makes none of them slower than two seconds without the detector
	rep := func(s string) string { return strings.Repeat(s, n/len(s)) }
	for _, src := range []string{
		rep(">"), rep("- "), rep("- ") + "x", rep("1. ") + "x", rep("*a "), rep("["), rep("!["), rep("<"), rep("`"), rep("*_")[:n/2] + "a" + rep("_*")[:n/2],
		rep("[a]("), strings.Repeat("[a](", 500) + rep("x")[:n-2000], rep("[a](x ("), rep("[a]["), rep("[[[[a](x)"), rep("*a_b~~c"), rep("_a"),
		strings.Repeat("- ", 49) + "x" + rep("\n"), strings.Repeat(">", 90) + "a" + rep("\na"), nestedLists(300), rep("[a]: (\n"), rep("a\n"), rep("*a* "),
		"|" + rep("a|")[:n/4] + "\n|" + rep("-|")[:n/4] + "\n" + rep("|\n")[:n/4], rep("a | ")[:n/2] + "\n" + rep("- | ")[:n/2],
		"[a]: /" + rep("x")[:n/2] + "\n\n" + rep("[a]")[:n/2],
	} {
		start := time.Now()
		doc := adf.Markdown(src)
		took := time.Since(start)
		_ = doc.Markdown()
		if took > 20*time.Second {
			t.Errorf("%.20q takes %s", src, took)
		}
	}
}

// What is nested deeper than a document may be is text, signs included, and nothing of it is lost.
func TestDeepMarkdown(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"quotes": strings.Repeat(">", 1000) + "a", "marks": strings.Repeat("- ", 1000) + "a", "numbers": strings.Repeat("1) ", 101) + "a",
		"lists": nestedLists(100) + "last", "both": strings.Repeat("> - ", 500) + "a", "code": "```\n" + strings.Repeat(">", 5000) + "a",
		"indented": "    " + strings.Repeat("1) ", 101) + "a",
	} {
		doc := adf.Markdown(src)
		if doc.Err() != nil || !strings.HasSuffix(doc.Text(), src[len(src)-1:]) {
			t.Errorf("%s: %v, %.50q", name, doc.Err(), doc.Text())
			continue
		}
		valid(t, doc)
		roundTrip(t, src)
	}
	if got := adf.Markdown(nestedLists(100)).Text(); strings.Count(got, "a") != 100 {
		t.Errorf("of 100 items %d are kept", strings.Count(got, "a"))
	}
	for name, doc := range map[string]*adf.Doc{
		"code": adf.New(adf.CodeBlock("", strings.Repeat(">", 20_000))), "text": adf.Text(strings.Repeat(">", 20_000)),
		"brackets": adf.New(adf.CodeBlock("", strings.Repeat("[", 20_000))), "signs": adf.Text(strings.Repeat("[*_~`", 5000)),
	} {
		again := adf.Markdown(doc.Markdown())
		if diff := cmp.Diff(doc.Text(), again.Text()); doc.Err() != nil || again.Err() != nil || diff != "" {
			t.Errorf("%s: %v, %v, %.200s", name, doc.Err(), again.Err(), diff)
		}
	}
	deep, err := adf.Raw(`{"type":"doc","version":1,"content":[` + strings.Repeat(`{"type":"bulletList","content":[{"type":"listItem","content":[`, 300) +
		`{"type":"paragraph","content":[{"type":"text","text":"a"}]}` + strings.Repeat(`]}]}`, 300) + `]}`)
	if err != nil {
		t.Fatal(err)
	}
	if again := adf.Markdown(deep.Markdown()); again.Err() != nil || !strings.HasSuffix(again.Text(), "a") {
		t.Errorf("%v, %.50q", again.Err(), again.Text())
	}
}

func nestedLists(levels int) string {
	var b strings.Builder
	for i := range levels {
		b.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	return b.String()
}
