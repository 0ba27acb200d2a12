// Command report-failures makes sure that each failing test of a Currents run has one Jira issue.
//
//	go run ./examples/report-failures                       # on fakes, with a run that comes with the program
//	go run ./examples/report-failures -run RUN -installation ID -jira-project WEB
//
// With CURRENTS_API_KEY, JIRA_BASE_URL, JIRA_EMAIL and JIRA_API_TOKEN in the environment it works on the real services.
// An open issue that carries the test's label is linked to the run, with a comment; where there is none, one is created.
//
// It exits 0 when every failing test has its issue, 1 when something could not be reported, 2 on bad usage and 130 when
// it was interrupted. With go run the status of every failure is 1: install the program to see its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
)

func main() {
	program.Main(func(ctx context.Context) int { return run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr) })
}

// settings are what the command line and the environment ask for.
type settings struct {
	run, project, installation string
	jiraProject, issueType     string
	fields                     []currents.CustomField
	dryRun, json               bool
	runFiles, instanceFiles    []string
	state                      string
}

// offline reports that the program works on the fakes: it loads recorded data, or keeps their state.
func (s *settings) offline() bool {
	return len(s.runFiles) > 0 || len(s.instanceFiles) > 0 || s.state != ""
}

func run(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer) int {
	set, err := parse(args, stderr)
	if err == nil {
		err = work(ctx, set, env, stdout, stderr)
	}
	return program.Exit(ctx, "report-failures", err, "run it again to report the rest", stderr)
}

func parse(args []string, stderr io.Writer) (*settings, error) {
	var s settings
	fs := flag.NewFlagSet("report-failures", flag.ContinueOnError)
	fs.StringVar(&s.run, "run", "", "`id` of the Currents run")
	fs.StringVar(&s.project, "project", "", "`id` of the Currents project; without -run its newest completed run is taken")
	fs.StringVar(&s.installation, "installation", "", "`id` of the Jira installation, as the Currents dashboard shows it")
	fs.StringVar(&s.jiraProject, "jira-project", "", "key or id of the Jira `project` for new issues")
	fs.StringVar(&s.issueType, "issue-type", "Bug", "name or id of the `type` of new issues")
	fs.Func("field", "`id=value` of a custom field that new issues need, as in customfield_10042=Web; repeatable", func(v string) error {
		id, value, ok := strings.Cut(v, "=")
		if !ok || id == "" || value == "" {
			return errors.New("give it as id=value")
		}
		s.fields = append(s.fields, currents.CustomField{FieldID: id, Value: value})
		return nil
	})
	fs.BoolVar(&s.dryRun, "dry-run", false, "look, but create and link nothing; the results are then \"would create\" and \"would link\"")
	fs.BoolVar(&s.json, "json", false, "print one JSON object per test and line")
	fs.Func("run-file", "`file` with a recorded run to load into the fake; repeatable", program.AppendTo(&s.runFiles))
	fs.Func("instance-file", "`file` with a recorded instance to load into the fake; repeatable", program.AppendTo(&s.instanceFiles))
	fs.StringVar(&s.state, "state", "", "`file` that holds the state of the fakes from one run of this program to the next")
	if err := program.Parse(fs, args, introduction, stderr); err != nil {
		return nil, err
	}
	if fs.NArg() > 0 {
		return nil, program.Usagef("unexpected argument %q: everything is given by flags", fs.Arg(0))
	}
	return &s, nil
}

const introduction = `report-failures makes sure that each failing test of a Currents run has one Jira issue.

  go run ./examples/report-failures
  go run ./examples/report-failures -run RUN -installation ID -jira-project WEB

It works on the real services with CURRENTS_API_KEY, JIRA_BASE_URL, JIRA_EMAIL and JIRA_API_TOKEN in the environment
(CURRENTS_API_URL replaces the address of Currents), and on fakes in this process without them or with -run-file,
-instance-file or -state. Exit status: 0 all reported, 1 something could not be reported, 2 bad usage, 130 interrupted.
` + program.GoRun + "\n"

// services are the two systems, real or fake.
type services struct {
	currents *currents.Client
	jira     *jira.Client
	runs     []string     // to report, where the settings name none
	save     func() error // keeps what is worth keeping; may be nil
	close    func()       // may be nil
}

func work(ctx context.Context, set *settings, env func(string) string, stdout, stderr io.Writer) (err error) {
	sv, err := connect(set, env, stderr)
	if err != nil {
		return err
	}
	if sv.close != nil {
		defer sv.close()
	}
	if sv.save != nil {
		defer func() { err = errors.Join(err, sv.save()) }()
	}

	runs := sv.runs
	switch {
	case set.run != "":
		runs = []string{set.run}
	case len(runs) == 0:
		runs = []string{""} // the newest run of the project
	}
	out := &printer{stdout: program.NewOutput(stdout), stderr: stderr, json: set.json}
	var problems []error
	failed := 0
	for _, id := range runs {
		n, err := reportRun(ctx, sv, set, id, out)
		failed += n
		if err != nil {
			problems = append(problems, err)
		}
		if ctx.Err() != nil {
			return errors.Join(ctx.Err(), out.stdout.Err(out.tally()))
		}
	}
	if failed > 0 {
		problems = append(problems, fmt.Errorf("%s could not be reported; the reasons are above", program.Count(failed, "failure")))
	}
	return errors.Join(append(problems, out.stdout.Err(out.tally()))...)
}

func connect(set *settings, env func(string) string, stderr io.Writer) (*services, error) {
	if set.offline() {
		fmt.Fprintln(stderr, "Recorded data or kept state: working on fakes in this process, not on the real services.")
		return connectFakes(set)
	}
	credentials, err := program.Credentials(env, "CURRENTS_API_KEY", "JIRA_BASE_URL", "JIRA_EMAIL", "JIRA_API_TOKEN")
	switch {
	case err != nil:
		return nil, err
	case !credentials:
		fmt.Fprintln(stderr, "No credentials in the environment: working on fakes in this process, not on the real services.")
		return connectFakes(set)
	case set.run == "" && set.project == "":
		return nil, program.Usagef("say which run: -run, or -project for its newest one")
	case set.installation == "":
		return nil, program.Usagef("say which Jira installation: -installation, as the Currents dashboard shows it")
	case set.jiraProject == "":
		return nil, program.Usagef("say where new issues go: -jira-project")
	}
	var opts []client.Option
	if u := env("CURRENTS_API_URL"); u != "" {
		opts = append(opts, client.WithBaseURL(u))
	}
	cc, err := currents.New(client.Bearer(env("CURRENTS_API_KEY")), opts...)
	if err != nil {
		return nil, program.Usagef("CURRENTS_API_URL: %w", err)
	}
	jc, err := program.RealJira(env)
	if err != nil {
		return nil, err
	}
	return &services{currents: cc, jira: jc}, nil
}
