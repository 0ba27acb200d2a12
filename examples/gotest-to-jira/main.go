// Command gotest-to-jira files one Jira issue for each failing test of a run of go test.
//
//	go test -json ./... | go run ./examples/gotest-to-jira                # on a fake Jira
//	go test -json ./... | go run ./examples/gotest-to-jira -project WEB   # on a real site, see below
//
// With JIRA_BASE_URL, JIRA_EMAIL and JIRA_API_TOKEN in the environment it works on the real site. A test that fails again,
// in this run or a later one, gets a comment on its issue and never a second issue. A package that does not build, or that
// fails outside of its tests, has an issue of its own. Subtests belong to the issue of their test, unless -subtests is
// given.
//
// Nothing is filed before the input has ended: only then is it known what failed. Interrupted while it reads, the program
// files nothing. What is no event of go test, such as the errors of a build, goes to the standard error.
//
// It exits 0 when every failing test has its issue, 1 when something could not be filed, 2 on bad usage, also when the
// input is not from go test -json, and 130 when it was interrupted. That tests failed is no reason to exit with 1: set
// pipefail in the shell for that.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
)

func main() {
	program.Main(func(ctx context.Context) int {
		return run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	})
}

// settings are what the command line asks for.
type settings struct {
	project, issueType string
	labels             []string
	subtests, reopen   bool
	dryRun, json       bool
	state              string
}

const introduction = `gotest-to-jira files one Jira issue for each failing test of a run of go test.

  go test -json ./... | go run ./examples/gotest-to-jira
  go test -json ./... | go run ./examples/gotest-to-jira -project WEB

It works on the real site with JIRA_BASE_URL, JIRA_EMAIL and JIRA_API_TOKEN in the environment, and on a fake in this
process without them or with -state. A test that fails again gets a comment on its issue. Exit status: 0 all filed,
1 something could not be filed, 2 bad usage, 130 interrupted; whether tests failed does not count.
`

func run(ctx context.Context, args []string, env func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	set, err := parse(args, stderr)
	if err == nil {
		err = work(ctx, set, env, stdin, stdout, stderr)
	}
	return program.Exit(ctx, "gotest-to-jira", err, "run it again to file the rest, nothing is filed twice", stderr)
}

func parse(args []string, stderr io.Writer) (*settings, error) {
	var s settings
	fs := flag.NewFlagSet("gotest-to-jira", flag.ContinueOnError)
	fs.StringVar(&s.project, "project", "", "`key` of the Jira project for new issues; WEB on the fake")
	fs.StringVar(&s.issueType, "issue-type", "Bug", "name or id of the `type` of new issues")
	fs.Func("label", "`label` for new issues; repeatable", func(v string) error {
		if clean := jira.CleanLabel(v); clean != v || v == "" {
			return fmt.Errorf("a label is one word of at most 255 characters, such as %q", clean)
		}
		s.labels = append(s.labels, v)
		return nil
	})
	fs.BoolVar(&s.subtests, "subtests", false, "give failing subtests issues of their own")
	fs.BoolVar(&s.reopen, "reopen", false, "take an issue up again that is done when its test fails again")
	fs.BoolVar(&s.dryRun, "dry-run", false, "look, but file nothing; the results are then \"would create\", \"would update\" and \"would reopen\"")
	fs.BoolVar(&s.json, "json", false, "print one JSON object per issue and line")
	fs.StringVar(&s.state, "state", "", "`file` that holds the state of the fake from one run of this program to the next")
	if err := program.Parse(fs, args, introduction, stderr); err != nil {
		return nil, err
	}
	if fs.NArg() > 0 {
		return nil, program.Usagef("unexpected argument %q: pipe the output of go test -json in, everything else is given by flags", fs.Arg(0))
	}
	s.project = strings.ToUpper(s.project) // as Jira writes keys: the same project must not look like two
	return &s, nil
}

func work(ctx context.Context, set *settings, env func(string) string, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	if program.Terminal(stdin) {
		return program.Usagef("there is no input: pipe it in, as in go test -json ./... | gotest-to-jira")
	}
	site, err := program.Connect(env, set.state, stderr)
	if err != nil {
		return err
	}
	defer site.Close()
	if set.project == "" {
		if site.Fake == nil {
			return program.Usagef("say where new issues go: -project")
		}
		set.project = "WEB"
	}

	bar := program.NewProgress(stderr)
	found, problem := read(program.Interruptible(ctx, stdin), stderr, bar)
	bar.Clear()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case problem != nil:
		problem = fmt.Errorf("the input could not be read to its end: %w", problem)
	case found.events == 0:
		return program.Usagef("the input is not from go test -json: pipe it in, as in go test -json ./... | gotest-to-jira")
	}
	if open := found.open(); len(open) > 0 {
		fmt.Fprintf(stderr, "The input ends before these packages did; what else failed in them is not known: %s\n", program.Plain(some(open)))
	}
	out := &printer{stdout, stderr, set.json}
	all := found.failures(set.subtests)
	if len(all) == 0 {
		out.say("No failing tests.")
		return problem
	}
	if !set.dryRun {
		defer func() { err = errors.Join(err, site.Save()) }()
	}
	rows, err := file(ctx, site.Client, set, all, bar)
	if n := out.print(rows); n > 0 && ctx.Err() == nil {
		err = errors.Join(err, fmt.Errorf("%s could not be filed; the reasons are above", program.Count(n, "failure")))
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return errors.Join(problem, err)
}

// some lists the first of many names.
func some(names []string) string {
	const most = 20
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
