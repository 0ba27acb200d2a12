// Command qmetry-map shows how QMetry Test Management is mapped to Jira: for each Jira site that it is connected to the
// projects there, what their work items stand for, and which mandatory fields nothing fills.
//
//	go run ./examples/qmetry-map          # on fakes
//	go run ./examples/qmetry-map -json
//
// With QMETRY_API_KEY, QMETRY_PROJECT, QMETRY_SCREEN_NAME and QMETRY_ACTION in the environment it asks the real QMetry. With
// JIRA_BASE_URL, JIRA_EMAIL and JIRA_API_TOKEN besides it looks whether each mapped project and field still exists in that
// Jira, and says what has drifted. It only reads.
//
// It exits 0 when the map was printed and nothing has drifted, 1 when something has, could not be read or is of another Jira
// than the one to compare with, 2 on bad usage and 130 when it was interrupted. On the fakes one mapping has drifted. With go run the status of every failure is 1: install
// the program to see its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/qmetry"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
)

const name = "qmetry-map"

func main() {
	program.Main(func(ctx context.Context) int { return run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr) })
}

func run(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer) int {
	asJSON, err := parse(args, stderr)
	if err == nil {
		err = work(ctx, asJSON, env, stdout, stderr)
	}
	return program.Exit(ctx, name, err, "nothing was changed: run it again", stderr)
}

const introduction = `qmetry-map shows how QMetry Test Management is mapped to Jira: projects, modules, and mandatory fields that nothing fills.

  go run ./examples/qmetry-map

Without credentials it works on fakes in this process. In the environment, for the real services:

  QMETRY_API_KEY, QMETRY_PROJECT         the key of the page Open API, and the id, name or key of the project
  QMETRY_SCREEN_NAME, QMETRY_ACTION      the headers screenName and action; QMetry does not document which values it takes
  QMETRY_ORG_CODE, QMETRY_SCOPE          optional: QMetry is asked for them
  QMETRY_API_URL                         optional: the address of your own QMetry
  JIRA_BASE_URL, JIRA_EMAIL, JIRA_API_TOKEN   optional: look whether what is mapped still exists in this Jira

Exit status: 0 nothing has drifted, 1 something has, could not be read or is of another Jira, 2 bad usage, 130 interrupted.
` + program.GoRun + "\n"

func parse(args []string, stderr io.Writer) (asJSON bool, err error) {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.BoolVar(&asJSON, "json", false, "print JSON objects, one for each mapping and line")
	if err := program.Parse(fs, args, introduction, stderr); err != nil {
		return false, err
	}
	if fs.NArg() > 0 {
		return false, program.Usagef("unexpected argument %q: everything is given by flags and the environment", fs.Arg(0))
	}
	return asJSON, nil
}

// services are the two systems, real or fake.
type services struct {
	qmetry *qmetry.Client
	jira   *jira.Client // nil when nothing is compared
	close  func()       // may be nil
}

func work(ctx context.Context, asJSON bool, env func(string) string, stdout, stderr io.Writer) error {
	sv, err := connect(env, stderr)
	if err != nil {
		return err
	}
	if sv.close != nil {
		defer sv.close()
	}
	qc, err := sv.qmetry.ResolveContext(ctx)
	if err != nil {
		return err
	}
	var site *site
	if sv.jira != nil {
		if site, err = openSite(ctx, sv.jira); err != nil {
			return err
		}
	}
	rows, err := readMap(ctx, qc, site, stderr)
	out := program.NewOutput(stdout)
	show := printTable
	if asJSON {
		show = printJSON
	}
	show(out, rows)
	return errors.Join(err, told(rows, stderr), out.Err(tally(rows)))
}

func connect(env func(string) string, stderr io.Writer) (*services, error) {
	credentials, err := program.Credentials(env, "QMETRY_API_KEY", "QMETRY_PROJECT", "QMETRY_SCREEN_NAME", "QMETRY_ACTION")
	if err != nil {
		return nil, err
	}
	withJira, err := program.Credentials(env, "JIRA_BASE_URL", "JIRA_EMAIL", "JIRA_API_TOKEN")
	switch {
	case err != nil:
		return nil, err
	case !credentials && withJira:
		return nil, program.Usagef("the environment has the credentials of Jira and none of QMetry: set QMETRY_API_KEY, QMETRY_PROJECT, " +
			"QMETRY_SCREEN_NAME and QMETRY_ACTION too, or none of all for the fakes")
	case !credentials && env("QMETRY_API_URL")+env("QMETRY_ORG_CODE")+env("QMETRY_SCOPE") != "":
		return nil, program.Usagef("the environment lacks QMETRY_API_KEY, QMETRY_PROJECT, QMETRY_SCREEN_NAME and QMETRY_ACTION: set all of them for the " +
			"real services, or nothing that begins with QMETRY_ for the fakes")
	case !credentials:
		fmt.Fprintln(stderr, "No credentials in the environment: working on fakes in this process, not on the real services.")
		return connectFakes()
	}
	var opts []client.Option
	if u := env("QMETRY_API_URL"); u != "" {
		opts = append(opts, client.WithBaseURL(u))
	}
	sv := &services{}
	sv.qmetry, err = qmetry.New(qmetry.APIKey(env("QMETRY_API_KEY")), qmetry.Context{
		Project: env("QMETRY_PROJECT"), OrgCode: env("QMETRY_ORG_CODE"), Scope: env("QMETRY_SCOPE"),
		ScreenName: env("QMETRY_SCREEN_NAME"), Action: env("QMETRY_ACTION"),
	}, opts...)
	if err != nil {
		return nil, program.Usagef("QMETRY_API_URL: %w", err)
	}
	if !withJira {
		fmt.Fprintln(stderr, "Not compared with Jira: JIRA_BASE_URL, JIRA_EMAIL and JIRA_API_TOKEN are not set.")
		return sv, nil
	}
	sv.jira, err = program.RealJira(env)
	return sv, err
}
