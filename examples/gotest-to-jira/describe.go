package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

// failure is what gets an issue.
type failure struct {
	pkg, test string
	kind      kind

	vet         bool // of a build: it is go vet that fails
	runs, fails int
	cutShort    bool     // it was running when its package ended
	subtests    []string // that failed, without the test's name
	blocked     []string // packages that could not be tested because this one does not build
	outputs     []*output
}

// kind says what failed.
type kind int

const (
	ofTest kind = iota
	ofBuild
	ofPackage // outside of its tests
)

func (k kind) String() string {
	return [...]string{ofTest: "test", ofBuild: "build", ofPackage: "package"}[k]
}

// take takes over how often a test ran and failed.
func (f *failure) take(t *test) { f.runs, f.fails, f.cutShort = t.runs, t.fails, t.cutShort }

// key names the failure for good. The project is an id: its key may change.
func (f *failure) key(project string) string {
	what := f.test // has no blanks and no brackets at its beginning
	switch f.kind {
	case ofBuild:
		what = "[build]"
	case ofPackage:
		what = "[package]"
	}
	return "gotest-to-jira/" + project + " " + f.pkg + " " + what
}

// name is how people call it.
func (f *failure) name() string {
	switch f.kind {
	case ofBuild:
		return f.pkg + ": build"
	case ofPackage:
		return f.pkg + ": outside of tests"
	}
	return f.pkg + ": " + f.test
}

func (f *failure) summary() string {
	switch f.kind {
	case ofBuild:
		return jira.CleanSummary(f.pkg + ": " + f.problem())
	case ofPackage:
		return jira.CleanSummary(f.pkg + ": fails outside of its tests")
	}
	return jira.CleanSummary(f.name() + " fails")
}

// problem says what is wrong with a build.
func (f *failure) problem() string {
	if f.vet {
		return "does not pass go vet"
	}
	return "does not build"
}

// command runs the test alone; "" if it would be hard to read, or to copy.
func (f *failure) command() string {
	const most = 1000
	levels := strings.Split(f.test, "/")
	for i, name := range levels {
		levels[i] = "^" + regexp.QuoteMeta(name) + "$"
	}
	flags := "-run "
	if strings.HasPrefix(f.test, "Benchmark") {
		flags = "-run '^$' -bench "
	}
	command := "go test " + flags + quote(strings.Join(levels, "/")) + " " + f.pkg
	if unsafe.MatchString(f.pkg) || len(command) > most || program.Plain(command) != command {
		return ""
	}
	return command
}

var unsafe = regexp.MustCompile(`[^\w./~@+-]`)

// quote writes a word for a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// maxOutput is how many bytes of output go into an issue. A byte is at least as much as a character however Jira counts
// these, and some are left for the rest of the text.
const maxOutput = 24 << 10

// text is the description of the issue, or with again the comment on one that exists.
func (f *failure) text(again bool) *adf.Doc {
	code := func(s string) adf.Node { return adf.Run(short(s), adf.Code()) }
	subject := []adf.Node{code(f.pkg)}
	if f.kind == ofTest {
		subject = []adf.Node{code(f.test), adf.Run(" of "), code(f.pkg)}
	}
	verb := map[kind]string{ofTest: " failed", ofBuild: " " + f.problem(), ofPackage: " failed outside of its tests"}[f.kind]
	switch {
	case again && f.kind == ofBuild:
		verb += ", still or again"
	case again:
		verb += " again"
	}
	verb += "."
	if f.runs > 1 {
		verb += fmt.Sprintf(" It ran %d times and failed %s.", f.runs, program.Count(f.fails, "time"))
	}
	if f.cutShort {
		verb += " It was still running when the package ended: it crashed, it hung, or something else ended it."
	}
	content := []adf.Node{adf.Paragraph(append(subject, adf.Run(verb))...)}
	if command := f.command(); f.kind == ofTest && command != "" {
		content = append(content, adf.Paragraph(adf.Run(command, adf.Code())))
	}
	content = append(content, bullets("These subtests failed:", f.subtests)...)
	content = append(content, bullets("These packages need it and could not be tested:", f.blocked)...)
	if output := join(f.outputs, maxOutput); strings.TrimSpace(output) != "" {
		content = append(content, adf.CodeBlock("", output))
	} else {
		content = append(content, adf.Paragraph(adf.Run("There was no output.")))
	}
	return adf.New(content...)
}

// bullets lists names below a title; nothing if there are none.
func bullets(title string, names []string) []adf.Node {
	const most = 20
	var items []adf.Node
	for i, name := range names {
		if i == most {
			items = append(items, adf.ListItem(adf.Paragraph(adf.Run(fmt.Sprintf("and %d more", len(names)-most)))))
			break
		}
		items = append(items, adf.ListItem(adf.Paragraph(adf.Run(short(name), adf.Code()))))
	}
	if len(items) == 0 {
		return nil
	}
	return []adf.Node{adf.Paragraph(adf.Run(title)), adf.BulletList(items...)}
}

// short keeps a name on one line and within the limits of a text that holds many.
func short(name string) string { return jira.CleanSummary(name) }
