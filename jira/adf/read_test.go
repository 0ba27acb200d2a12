package adf_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/jira/adf"
)

// brief writes a document's inline nodes: links as <address>, mentions as {name}, emoji and breaks as they are.
func brief(tb testing.TB, d *adf.Doc) string {
	tb.Helper()
	nodes, err := d.Content()
	if err != nil {
		tb.Fatal(err)
	}
	var b strings.Builder
	var write func([]adf.Node)
	write = func(nodes []adf.Node) {
		for _, n := range nodes {
			link := ""
			for _, m := range n.Marks {
				link += m.Attr("href")
			}
			switch {
			case link != "":
				b.WriteString("<" + link + ">")
			case n.Type == adf.TypeMention:
				b.WriteString("{" + n.Attr("text") + "}")
			case n.Type == adf.TypeHardBreak:
				b.WriteString("\n")
			default:
				b.WriteString(n.Text + n.Attr("text"))
			}
			write(n.Content)
		}
	}
	write(nodes)
	return b.String()
}

// Logs and code are full of colons.
func TestEmojiStandAlone(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		":tada:": "🎉", "a :tada: b": "a 🎉 b", "(:tada:), **:tada:**.": "(🎉), 🎉.", ":tada::bug:": "🎉🐛", ":tada::tada::tada: x": "🎉🎉🎉 x", "**a**:tada:": "a🎉",
		"&#97;:tada:&#97;": "a🎉a", ":tada:\n:tada:": "🎉 🎉", "- :tada:": "🎉", "`a`:tada:`b`": "a🎉b",
		"cart_test.go:100:5: undefined": "cart_test.go:100:5: undefined", "x[0:-1:2]": "x[0:-1:2]", "std::key::value": "std::key::value",
		"path:bug:12": "path:bug:12", "10:100:30": "10:100:30", "a:tada:": "a:tada:", ":tada:a": ":tada:a", "é:tada:": "é:tada:", ":tada:5": ":tada:5",
		"::tada:": "::tada:", ":tada::": ":tada::", ":tada::nothing:": ":tada::nothing:", ":tada::bug:12": "🎉:bug:12", `\:tada:`: ":tada:", `:\:tada:`: "::tada:",
	} {
		if diff := cmp.Diff(want, brief(t, adf.Markdown(src))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", src, diff)
		}
		roundTrip(t, src)
	}
	tada := adf.Emoji("tada")
	for _, text := range []string{"a", "5", ":", "é", "ab", "a:", ":a", " ", "-", "_", "a_", "_a", ":bug:", "*", "1.", "www.", "+1:", ":+1", "x@"} {
		for _, marks := range [][]adf.Mark{nil, {adf.Strong()}, {adf.Em()}, {adf.Link("u")}} {
			doc := adf.New(adf.Paragraph(adf.Run("b"), tada, adf.Run(text, marks...), tada, tada, adf.Run("c", adf.Em())))
			if diff := cmp.Diff(doc.Text(), adf.Markdown(doc.Markdown()).Text()); diff != "" {
				t.Errorf("%q (-want +got):\n%s", doc.Markdown(), diff)
			}
			roundTrip(t, doc.Markdown())
		}
	}
}

func TestBareAddresses(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"a@b.example": "<mailto:a@b.example>",
		"(ada.l+x@b-c.example), *d@e.example*: f":   "(<mailto:ada.l+x@b-c.example>), <mailto:d@e.example>: f",
		"github.com/stretchr/testify@v1.8.0/assert": "github.com/stretchr/testify@v1.8.0/assert",
		"left-pad@1.3.0 failed":                     "left-pad@1.3.0 failed",
		"/pkg/mod/a.example/foo_bar@baz.com":        "/pkg/mod/a.example/foo_bar@baz.com",
		"/home/foo~bar@baz.com x/__a@b.example":     "/home/foo~bar@baz.com x/__a@b.example",
		"git@github.com:org/repo.git":               "git@github.com:org/repo.git",
		"clone git@github.com:org/repo":             "clone git@github.com:org/repo",
		"at http://localhost:8080/x, see":           "at <http://localhost:8080/x>, see",
		"http://build-7/x":                          "<http://build-7/x>",
		"https://10.0.0.1:8443":                     "<https://10.0.0.1:8443>",
		"(http://x/a_(b)?c=d#e).":                   "(<http://x/a_(b)?c=d#e>).",
		"https://a.example. ftp://b":                "<https://a.example>. <ftp://b>",
		"www.a.example/b":                           "<http://www.a.example/b>",
		"http:// https:x file:///etc":               "http:// https:x file:///etc",
		"[http://a](b) `http://a`":                  "<b> http://a",
	} {
		if diff := cmp.Diff(want, brief(t, adf.Markdown(src))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", src, diff)
		}
		roundTrip(t, src)
		if diff := cmp.Diff(src, brief(t, adf.Markdown(adf.Text(src).Markdown()))); diff != "" {
			t.Errorf("%q as text (-want +got):\n%s", src, diff)
		}
	}
}

func TestMentionNames(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"@[Ada [Contractor]](accountid:5b10) x": "{@Ada [Contractor]} x", "@[[a] [b]](accountid:1)": "{@[a] [b]}", `@[a \[ b](accountid:1)`: "{@a [ b}",
		"@[a [[b]]](accountid:1)": "@[a [[b]]](accountid:1)", "@[a] [b](c)": "@[a] <c>", "@[a ]](accountid:1)": "@[a ]](accountid:1)",
	} {
		got := brief(t, adf.Markdown(src))
		if strings.HasPrefix(want, "@[a [[") || strings.HasPrefix(want, "@[a ]") { // what is no mention is no text without a link either
			if strings.Contains(got, "{") {
				t.Errorf("%q gives %q", src, got)
			}
		} else if got != want {
			t.Errorf("%q gives %q, want %q", src, got, want)
		}
		roundTrip(t, src)
	}
}

// HTML is text with its lines and their indentation.
func TestHTMLBlocksKeepTheirShape(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"<pre>\n  a\n    b\n\n\n\tc  \n</pre>\n\nx": "<pre>\n  a\n    b\n\n\n\tc  \n</pre>x",
		"  <div>\n    <p>\n\nx":                     "  <div>\n    <p>x",
		"- <!--\n    a\n\n  b -->":                  "<!--\n  a\n\nb -->",
		"<script>\n *a* :tada: [b](c)\n\n</script>": "<script>\n *a* :tada: [b](c)\n\n</script>",
	} {
		doc := adf.Markdown(src)
		if diff := cmp.Diff(want, brief(t, doc)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", src, diff)
		}
		roundTrip(t, src)
	}
}

// A box has white space behind it.
func TestBoxesAndLinks(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{"- [x](y)": "<y>", "- [ ](y)z": "<y>z", "- [x] (y)": "(y)", "- [x]\n  y": "y", "- [ ]": ""} {
		if got := brief(t, adf.Markdown(src)); got != want {
			t.Errorf("%q gives %q, want %q", src, got, want)
		}
		roundTrip(t, src)
	}
}
