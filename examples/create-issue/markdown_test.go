package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

// The summary is what the Markdown begins with, and is then not said again, unless that would lose something.
func TestHeadline(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 60) + "end"
	for name, test := range map[string]struct {
		markdown, summary, rest string
	}{
		"heading":                {"# It *fails* #\n\nbadly\n", "It fails", "badly"},
		"heading, no blank line": {"## It fails\nbadly", "It fails", "badly"},
		"heading, underlined":    {"It\nfails\n===\nbadly", "It fails", "badly"},
		"heading, in Windows":    {"\ufeff# It fails\r\n\r\nbadly\r\n", "It fails", "badly"},
		"heading, old Macs":      {"# It fails\rbadly\r", "It fails", "badly"},
		"only a heading":         {"# It fails", "It fails", ""},
		"empty heading":          {"#\n\nIt fails", "It fails", "#\n\nIt fails"},
		"line":                   {"\n\n  It **fails**\n\nbadly", "It fails", "badly"},
		"line of a paragraph":    {"It fails\n    badly\n\nand often", "It fails", "badly\n\nand often"},
		"line before a list":     {"It fails:\n- badly", "It fails:", "- badly"},
		"line before code":       {"It fails\n\n    code", "It fails", "```\ncode\n```"},
		"line before underlined": {"It fails\n\nBadly\n---\n", "It fails", "## Badly"},
		"only a line":            {"It fails", "It fails", ""},
		"emoji":                  {"It fails :tada:\n\nbadly", "It fails 🎉", "badly"},
		"list":                   {"- it fails\n- badly", "it fails", "- it fails\n- badly"},
		"code":                   {"```go\npanic(1)\n```", "panic(1)", "```go\npanic(1)\n```"},
		"table":                  {"a | b\n--- | ---\n1 | 2", "a", "| a | b |\n| --- | --- |\n| 1 | 2 |"},
		"front matter":           {"---\ntitle: a ``` b\n# c\n---\n# It fails\n\nbadly", "It fails", "````yaml\ntitle: a ``` b\n# c\n````\n\nbadly"},
		"rule before text":       {"---\nIt fails: badly\n\n---\n", "It fails: badly", "---\n\nIt fails: badly\n\n---"},
		"colors":                 {"# It \x1b[31mfails\x1b[0m\n\nbad\x07ly", "It fails", "badly"},
		"rule":                   {"---\nIt fails\n", "It fails", "---\n\nIt fails"},
		"link":                   {"# [It](https://a.example) fails\n\nbadly", "It fails", "# [It](https://a.example) fails\n\nbadly"},
		"link by reference":      {"[a]: https://a.example\n\nIt fails", "It fails", "It fails"},
		"mention":                {"@[Ada](accountid:1) saw it\n\nfail", "@Ada saw it", "@[Ada](accountid:1) saw it\n\nfail"},
		"too long":               {"# " + long + "\n\nbadly", long[:254] + "…", "# " + long + "\n\nbadly"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := call(t, nil, test.markdown, "-dry-run", "-json")
			r := decode(t, stdout)
			if r.Summary != test.summary || code != program.ExitOK {
				t.Errorf("exit %d, the summary is %q\n%s", code, r.Summary, stderr)
			}
			if diff := cmp.Diff(adf.Markdown(test.rest).Markdown(), r.Description.Markdown()); diff != "" {
				t.Errorf("the description (-want +got):\n%s", diff)
			}
			if changed := strings.Contains(stderr, "it is now"); changed != (name == "too long") {
				t.Errorf("stderr: %s", stderr)
			}
		})
	}
}

func TestSummaryIsCleaned(t *testing.T) {
	t.Parallel()
	fake, env := site(t)
	code, _, stderr := call(t, env, "badly", "-project", "WEB", "-summary", " two\nlines\t")
	if code != program.ExitOK || !strings.Contains(stderr, `it is now "two lines".`) || fake.Issue("WEB-1").Fields.Summary != "two lines" {
		t.Errorf("exit %d: %s", code, stderr)
	}
	code, _, stderr = call(t, env, "badly", "-project", "WEB", "-summary", " \n")
	if code != program.ExitOK || fake.Issue("WEB-2").Fields.Summary != "badly" {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// What is too long is cut only when asked for, and then it is said.
func TestTooLong(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		markdown, refused, told string
	}{
		"for Jira":       {strings.Repeat("It fails ", 5000), "the description has 44999 characters, and Jira takes 32767", "which has 44999 characters, the first 32767 are left"},
		"to be read":     {"```\n" + strings.Repeat("It fails, äöü\n", 70000), "stdin has more than 1 MiB", "Only the first MiB of stdin was read."},
		"without a line": {strings.Repeat("äöü", 400000), "stdin has more than 1 MiB", "Only the first MiB of stdin was read."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := call(t, nil, test.markdown, "-summary", "S", "-json")
			if code != program.ExitUsage || !strings.Contains(stderr, test.refused) || !strings.Contains(stderr, "let -truncate do so") || stdout != "" {
				t.Errorf("exit %d\n%s%s", code, stdout, stderr)
			}
			code, stdout, stderr = call(t, nil, test.markdown, "-summary", "S", "-json", "-truncate", "-dry-run")
			if code != program.ExitOK || !strings.Contains(stderr, test.told) {
				t.Fatalf("exit %d\n%s", code, stderr)
			}
			if n := decode(t, stdout).Description.Len(); n > adf.MaxLength || n < 32000 {
				t.Errorf("%d characters", n)
			}
		})
	}
	code, stdout, stderr := call(t, nil, strings.Repeat("> ", 300)+"x", "-summary", "S", "-dry-run", "-json")
	if code != program.ExitOK || !strings.HasSuffix(decode(t, stdout).Description.Text(), "x") {
		t.Errorf("nested deeply: exit %d: %s%s", code, stdout, stderr)
	}
	markup := strings.Repeat("[`x`](https://a.example/"+strings.Repeat("y", 100)+") ", 7000)
	code, _, stderr = call(t, nil, markup, "-summary", "S")
	if code != program.ExitUsage || !strings.Contains(stderr, "the description has more formatting than Jira takes: simplify it") {
		t.Errorf("much formatting: exit %d: %.300s", code, stderr)
	}
	code, _, stderr = call(t, nil, markup, "-summary", "S", "-truncate")
	if code != program.ExitOK || !strings.Contains(stderr, "The end of the description is left out") {
		t.Errorf("much formatting, cut: exit %d: %.300s", code, stderr)
	}
}

// A short text in a source that is too long to be read shows that something is missing.
func TestCut(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{"a\nb": "a" + more, "aä": "aä" + more, "a\xc3": "a" + more, "a\xf0\x9f\x8e": "a" + more} {
		if got := cut([]byte(from)); !bytes.Equal(got, []byte(want)) {
			t.Errorf("%q becomes %q", from, got)
		}
	}
}
