// Command create-issue creates one Jira issue from Markdown.
//
//	go run ./examples/create-issue -summary "Cart total is wrong" report.md
//	echo "It **fails**" | go run ./examples/create-issue -project WEB -issue-type Bug -field "Severity=Critical" -attach screenshot.png
//
// With JIRA_BASE_URL, JIRA_EMAIL and JIRA_API_TOKEN in the environment it works on that site, without them on a fake. Custom
// fields are given by name; what is wrong or missing is named before anything is sent. With -key the issue is filed once,
// however often the program runs.
//
// It exits 0 when the issue is there with all its files, 1 when something could not be done, 2 on bad usage and 130 when it
// was interrupted. With go run the status of every failure is 1: install the program to see its own.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
)

const name = "create-issue"

func main() {
	program.Main(func(ctx context.Context) int {
		return run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	})
}

// settings are what the command line asks for.
type settings struct {
	file                       string // with the Markdown; "" and "-" are stdin
	project, issueType         string
	summary                    string
	fields                     []fieldValue
	labels, components, attach []string
	assignee, priority, parent string
	due                        jira.Date
	key                        string
	truncate, dryRun, json     bool
	state                      string
}

// fieldValue is a value of -field: a text, or JSON.
type fieldValue struct {
	field, text string
	json        bool
}

func run(ctx context.Context, args []string, env func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	r := &result{Result: failed}
	set, err := parse(args, stderr)
	if err == nil {
		err = work(ctx, set, env, stdin, stdout, stderr, r)
	}
	return program.Exit(ctx, name, err, r.rest(), stderr)
}

func parse(args []string, stderr io.Writer) (*settings, error) {
	var s settings
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.StringVar(&s.project, "project", "", "key or id of the `project`; on the fake WEB without it")
	fs.StringVar(&s.issueType, "issue-type", "Bug", "name or id of the issue `type`")
	fs.StringVar(&s.summary, "summary", "", "the `title`; without it the heading or line that the Markdown begins with")
	fs.Func("field", "`name=value` of a field, by name or id, as in \"Browsers=Chrome,Firefox\"; name:=JSON for any type; repeatable",
		func(v string) error {
			f, err := parseField(v)
			s.fields = append(s.fields, f)
			return err
		})
	fs.Func("label", "`label` without blanks; repeatable", program.Labels(&s.labels))
	fs.Func("component", "name or id of a `component`; repeatable", program.AppendTo(&s.components))
	fs.StringVar(&s.assignee, "assignee", "", "account id, e-mail address or full name of the `user` who shall do it")
	fs.StringVar(&s.priority, "priority", "", "name or id of the `priority`")
	fs.StringVar(&s.parent, "parent", "", "`key` of the issue that this one is a part of")
	fs.Func("due", "the `day` when it is due, as in 2026-01-31", func(v string) error {
		day, err := parseDay(v)
		s.due = day
		return err
	})
	fs.Func("attach", "`file` to attach; repeatable", program.AppendTo(&s.attach))
	fs.Func("key", "`name` of what is reported: there is only ever one issue for it on the site, and a second run finds it", func(v string) error {
		if strings.TrimSpace(v) == "" {
			return errors.New("it is empty")
		}
		s.key = v
		return nil
	})
	fs.BoolVar(&s.truncate, "truncate", false, "cut texts that are too long for Jira")
	fs.BoolVar(&s.dryRun, "dry-run", false, "check everything and print the description as Jira would get it, but create nothing")
	fs.BoolVar(&s.json, "json", false, "print one JSON object")
	fs.StringVar(&s.state, "state", "", "`file` that holds the state of the fake from one run of this program to the next")
	if err := program.Parse(fs, args, introduction, stderr); err != nil {
		return nil, err
	}
	if fs.NArg() > 1 {
		return nil, program.Usagef("unexpected argument %q: flags come first, then at most one file", fs.Arg(1))
	}
	s.file = fs.Arg(0)
	return &s, nil
}

func parseField(v string) (fieldValue, error) {
	before, text, ok := strings.Cut(v, "=")
	field, isJSON := strings.CutSuffix(before, ":")
	f := fieldValue{strings.TrimSpace(field), text, isJSON}
	switch {
	case !ok || f.field == "":
		return f, errors.New("give it as name=value, or as name:=JSON")
	case isJSON && !json.Valid([]byte(text)):
		return f, errors.New("what follows := is not JSON")
	}
	return f, nil
}

func parseDay(v string) (jira.Date, error) {
	t, err := time.Parse(time.DateOnly, strings.TrimSpace(v))
	if err != nil {
		return jira.Date{}, errors.New("give it as a day, as in 2026-01-31")
	}
	return jira.DateOf(t), nil
}

const introduction = `create-issue creates one Jira issue from Markdown, which it reads from a file or from stdin ("-").

  go run ./examples/create-issue -summary "Cart total is wrong" report.md
  echo "It **fails**" | go run ./examples/create-issue -project WEB -issue-type Bug -field "Severity=Critical" -attach screenshot.png

It works on the site that JIRA_BASE_URL, JIRA_EMAIL and JIRA_API_TOKEN in the environment name, and on a fake in this
process without them or with -state. Values of -field are written as people write them:

  Story Points=3                     Found on=2026-01-31            Last failure=2026-01-31T15:04:05+01:00
  Browsers=Chrome,Firefox            \, is a comma within a value
  Area=Frontend > Cart page          a choice, and one of those below it
  Tester=ada@acme.example            or an account id, or a full name
  Steps to reproduce=1. buy **two**  Markdown
  Sprint=2                           by id
  Severity=                          empty, even where Jira has a default

A block of "---" lines that the Markdown begins with (front matter) becomes a code block of the description. The line with
the key is printed as soon as the issue exists, with -json on stderr; the files come after that. With -key a new issue takes
from seconds to half a minute, until Jira's search shows it to others.

Exit status: 0 the issue is there with its files, 1 something could not be done, 2 bad usage, 130 interrupted.
` + program.GoRun + "\n"

// work does what the settings ask for, and prints the result unless it failed before there was anything to say.
func work(ctx context.Context, set *settings, env func(string) string, stdin io.Reader, stdout, stderr io.Writer, r *result) (err error) {
	if set.file == "" && program.Terminal(stdin) {
		return program.Usagef("there is no Markdown: name a file, pipe it in, or give - to type it")
	}
	files, err := checkFiles(set.attach)
	if err != nil {
		return err
	}
	site, err := program.Connect(env, set.state, stderr)
	if err != nil {
		return err
	}
	defer site.Close()
	switch {
	case set.project != "":
	case site.Fake == nil:
		return program.Usagef("say where the issue goes: -project")
	default:
		set.project = "WEB"
	}
	bar := program.NewProgress(stderr)
	say := func(format string, args ...any) {
		bar.Clear()
		fmt.Fprintln(stderr, program.Plain(fmt.Sprintf(format, args...)))
	}
	out := program.NewOutput(stdout)
	f := &filer{jira: site.Client, set: set, say: say, bar: bar, out: out}
	defer func() {
		if wrong := out.Err(r.told()); wrong != nil {
			err = errors.Join(err, wrong)
		}
	}()
	if err := f.prepare(ctx); err != nil {
		bar.Clear()
		if set.json {
			r.print(set, err, out, say)
		}
		return err
	}
	bar.Clear()
	markdown, err := readMarkdown(ctx, set, stdin, say)
	if err != nil {
		return err
	}
	input, err := draft(set, markdown, say)
	if err != nil {
		return err
	}
	r.Summary, r.keyed = input.Summary, set.key != ""
	for _, file := range files {
		r.Attachments = append(r.Attachments, &attachment{File: file.Name, upload: file})
	}
	if set.dryRun {
		r.Description = input.Description
	} else if site.Fake != nil {
		defer func() { err = errors.Join(err, site.Save()) }()
	}
	err = f.file(ctx, input, r)
	bar.Clear()
	r.print(set, err, out, say)
	return err
}
