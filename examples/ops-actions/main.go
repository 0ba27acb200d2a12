// Command ops-actions makes sure that an integration of Jira Service Management Ops has the wanted actions in the wanted order.
//
//	go run ./examples/ops-actions
//	go run ./examples/ops-actions -apply actions.yaml
//
// The file, YAML or JSON, lists the actions with the names of the REST API; examples/ops-actions/actions.yaml is one. The
// program prints what it would change, and with -apply changes it. A second run changes nothing: an action is known by its
// name, type and direction, and what the file does not mention stays as it is, whether it is enabled, its filter, settings and
// mappings. So do other actions, unless -prune is given. Where the server does not tell whether an action is enabled, an update
// needs enabled in the file, and that is sent in each run.
//
// With JIRA_BASE_URL, JIRA_EMAIL and JIRA_API_TOKEN in the environment it works on that site, or with JIRA_BASE_URL,
// JIRA_OAUTH_CLIENT_ID and JIRA_OAUTH_CLIENT_SECRET as an OAuth 2.0 app, by the login of a person that the program oauth-login
// has made. -prune needs that: API tokens do not delete. Without them it works on a fake.
//
// It exits 0 when all is as wanted, or was printed, 1 when something could not be done, 2 on bad usage, a file that makes no
// sense included, and 130 when it was interrupted. With go run the status of every failure is 1: install the program to see
// its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
)

const name = "ops-actions"

func main() {
	program.Main(func(ctx context.Context) int {
		return run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	})
}

// settings are what the command line asks for.
type settings struct {
	file        string // "" is the one that is shipped
	integration string
	apply       bool
	prune       bool
	token       string
	json        bool
	state       string
}

func run(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer) int {
	set, err := parse(args, stderr)
	if err == nil {
		err = work(ctx, set, env, stdout, stderr)
	}
	return program.Exit(ctx, name, err, "what was done is printed: run it again for the rest", stderr)
}

const introduction = `ops-actions makes sure that an integration of Jira Service Management Ops has the actions of a file, in their order.

  go run ./examples/ops-actions
  go run ./examples/ops-actions -apply actions.yaml

The file is YAML or JSON, with the names of the REST API; examples/ops-actions/actions.yaml is one, which the fake takes when
no file is named. The program prints what it would change, and with -apply changes it. A second run changes nothing: an
action is known by its name, type and direction, and what the file does not mention stays as it is. A new action is enabled
and matches everything unless the file says otherwise. Where the server does not tell whether an action is enabled, an update
needs enabled in the file, and that is sent in each run.

In the environment, on a real site:

  JIRA_BASE_URL                                    the site, as in https://acme.atlassian.net
  JIRA_EMAIL, JIRA_API_TOKEN                       an account; API tokens do not delete, so -prune fails
  JIRA_OAUTH_CLIENT_ID, JIRA_OAUTH_CLIENT_SECRET   or an OAuth 2.0 app; log in before, by oauth-login -scopes
    "` + scopes + `"
  OAUTH_TOKEN_KEY                                  64 hexadecimal digits, if they encrypt the token file

Without them, or with -state, it works on a fake in this process.

Exit status: 0 all is as wanted or was printed, 1 something could not be done, 2 bad usage, 130 interrupted.
` + program.GoRun + "\n"

func parse(args []string, stderr io.Writer) (*settings, error) {
	var s settings
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.StringVar(&s.integration, "integration", "", "`name` or id of the integration, in place of the file's")
	fs.BoolVar(&s.apply, "apply", false, "change what has to be changed; without it that is only printed")
	fs.BoolVar(&s.prune, "prune", false, "delete the actions that are not in the file")
	fs.StringVar(&s.token, "token", "", "`file` in which oauth-login keeps the token (default as there)")
	fs.BoolVar(&s.json, "json", false, "print JSON objects, one on each line: the plan, or with -apply what was done")
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

// work makes the plan, prints it, and does it if that is asked for.
func work(ctx context.Context, set *settings, env func(string) string, stdout, stderr io.Writer) (err error) {
	site, err := connect(ctx, set, env, stderr)
	if err != nil {
		return err
	}
	defer site.close(ctx, stderr)
	file, err := read(set, site.fake != nil)
	if err != nil {
		return err
	}
	out := &printer{w: program.NewOutput(stdout), json: set.json}
	p, err := makePlan(ctx, site.ops, file, set.prune)
	if err != nil {
		return err
	}
	if p.silent() {
		fmt.Fprintln(stderr, "The server does not tell which actions are enabled: what the file says about it is sent in each run.")
	}
	if !set.apply || !set.json && p.changes() > 0 {
		out.print(p)
	}
	if set.apply {
		if site.fake != nil {
			defer func() { err = errors.Join(err, site.state.Save(site.fake)) }()
		}
		err = p.apply(ctx)
		out.print(p)
	} else if p.changes() > 0 {
		fmt.Fprintln(stderr, "Nothing was changed: -apply does it.")
	}
	return errors.Join(err, out.err(p))
}
