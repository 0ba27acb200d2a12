// Command gotest-to-jira files one Jira issue for each failing test of a run of go test.
//
//	go test -json ./... | go run ./examples/gotest-to-jira                # on a fake Jira
//	go test -json ./... | go run ./examples/gotest-to-jira -project WEB   # on a real site, see below
//
// With JIRA_BASE_URL, JIRA_EMAIL and JIRA_API_TOKEN in the environment it works on the real site. A test that fails again,
// in this run or a later one, gets a comment on its issue and never a second issue. When that issue is done it stays so,
// which a note says; with -reopen it is taken up again. A package that does not build, or that fails outside of its tests,
// has an issue of its own. Subtests belong to the issue of their test, unless -subtests is given.
//
// Nothing is filed before the input has ended: only then is it known what failed. A new issue then takes from seconds to
// half a minute, until Jira's search shows it to others; 16 are filed at a time. Interrupted while it reads, the program
// files nothing. What is no event of go test, such as the errors of a build, goes to the standard error.
//
// It exits 0 when every failing test has its issue, 1 when something could not be filed, 2 on bad usage and 130 when it was
// interrupted. Bad usage is also an input that is not from go test -json, and a package or flag that go test itself does not
// know: that is told, not filed, while all else is. That tests failed is no reason to exit with 1: set pipefail in the shell
// for that. With go run the status of every failure is 1: install the program to see its own.
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
process without them or with -state. A test that fails again gets a comment on its issue; an issue that is done stays so,
which a note says, unless -reopen is given. A new issue takes from seconds to half a minute, until Jira's search shows it
to others; 16 are filed at a time.

Exit status: 0 all filed, 1 something could not be filed, 2 bad usage, also of go test (a package or flag that it does not
know: all else is filed), 130 interrupted; whether tests failed does not count.
` + program.GoRun + "\n"

func run(ctx context.Context, args []string, env func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	set, err := parse(args, stderr)
	if err == nil {
		err = work(ctx, set, env, stdin, stdout, stderr)
	}
	return program.Exit(ctx, "gotest-to-jira", err, "run it again to file the rest, nothing is filed twice", stderr)
}

func parse(args []string, stderr io.Writer) (*settings, error) {
	s := settings{labels: []string{"gotest-to-jira"}}
	fs := flag.NewFlagSet("gotest-to-jira", flag.ContinueOnError)
	fs.StringVar(&s.project, "project", "", "`key` of the Jira project for new issues; WEB on the fake")
	fs.StringVar(&s.issueType, "issue-type", "Bug", "name or id of the `type` of new issues")
	fs.Func("label", "`label` for new issues, besides gotest-to-jira; repeatable", program.Labels(&s.labels))
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
	bar.Show("looking at project " + set.project)
	at, noPlace := findPlace(ctx, site.Client, set)
	bar.Clear()
	if noPlace != nil && ctx.Err() == nil { // the tests run on all the same: say it while there is something to be done about it
		fmt.Fprintf(stderr, "Nothing can be filed: %s\n", program.Plain(noPlace.Error()))
	}
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
		fmt.Fprintf(stderr, "The input ends before these packages did; what else failed in them is not known: %s\n", program.Plain(program.Some(open)))
	}
	slip := found.slipped(stderr)
	out := &printer{stdout: program.NewOutput(stdout), stderr: stderr, json: set.json}
	switch all := found.failures(set.subtests); {
	case len(all) > 0 && noPlace != nil:
		for _, f := range all {
			r := f.row()
			r.fail(noPlace)
			out.add(r)
		}
		out.print(noPlace)
		err = fmt.Errorf("%s could not be filed; the reason is above", program.Count(len(all), "failure"))
	case len(all) > 0:
		err = fileAll(ctx, site, at, set, all, bar, out)
	case problem == nil && slip == nil:
		out.say("No failing tests.")
	}
	if err = errors.Join(problem, err, out.stdout.Err(out.tally())); err == nil {
		err = slip
	}
	return err
}

// fileAll files the failures, prints what became of them and keeps the state.
func fileAll(ctx context.Context, site *program.Site, at *place, set *settings, all []*failure, bar *program.Progress, out *printer) (err error) {
	file(ctx, site.Client, at, set, all, bar, out.add)
	n := out.print(nil)
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case n > 0:
		err = fmt.Errorf("%s could not be filed; the reasons are above", program.Count(n, "failure"))
	}
	if !set.dryRun {
		err = errors.Join(err, site.Save())
	}
	return err
}

// slipped tells people what is wrong with the command line of go test.
func (r *testRun) slipped(stderr io.Writer) error {
	names, said := r.slips()
	if len(names) == 0 {
		return nil
	}
	for line := range strings.Lines(said) {
		fmt.Fprintln(stderr, program.Plain(strings.TrimSuffix(line, "\n")))
	}
	return program.Usagef("go test was not called as it should be, see above; nothing is filed for %s", program.Some(names))
}
