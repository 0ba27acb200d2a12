// Command webhook-listener registers webhooks at Jira, receives what they deliver, verifies it and prints it.
//
//	go run ./examples/webhook-listener
//	go run ./examples/webhook-listener -jql "project = WEB" -listen :8080 -public-url https://hooks.acme.example/jira
//
// Without credentials in the environment it works on a fake Jira in this process, where a few things happen, and ends after
// ten events. Jira lets only apps register webhooks, and no account with an API token: on a real site, JIRA_BASE_URL, it
// needs an OAuth 2.0 app, JIRA_OAUTH_CLIENT_ID and JIRA_OAUTH_CLIENT_SECRET, and the login of a person that the program
// oauth-login has made with the scopes "read:jira-work manage:jira-webhook". The login is kept good as long as the program
// runs. With JIRA_WEBHOOK_SECRET instead it registers nothing and receives what an administrator has set up with that
// secret. There it listens until Ctrl-C, and then deletes the webhooks that it has registered.
//
// It exits 0 when it came to its end, 1 when something failed, 2 on bad usage and 130 when it was interrupted.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
)

const name = "webhook-listener"

func main() {
	program.Main(func(ctx context.Context) int {
		return run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	})
}

// settings are what the command line asks for.
type settings struct {
	jql       string
	listen    string
	publicURL string
	token     string
	json      bool
}

func run(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer) int {
	set, err := parse(args, stderr)
	if err == nil {
		err = work(ctx, set, env, &printer{w: program.NewOutput(stdout), json: set.json}, stderr)
	}
	return program.Exit(ctx, name, err, "it no longer listens", stderr)
}

const introduction = `webhook-listener registers webhooks at Jira, receives what they deliver, verifies it and prints one line for each event.

  go run ./examples/webhook-listener
  go run ./examples/webhook-listener -jql "project = WEB" -listen :8080 -public-url https://hooks.acme.example/jira

Without credentials it works on a fake Jira in this process and ends after ten events. Jira lets only apps register webhooks,
no account with an API token. In the environment, on a real site:

  JIRA_BASE_URL                                    the site, as in https://acme.atlassian.net
  JIRA_OAUTH_CLIENT_ID, JIRA_OAUTH_CLIENT_SECRET   an OAuth 2.0 app; log in before, by
                                                   oauth-login -scopes "read:jira-work manage:jira-webhook"
  OAUTH_TOKEN_KEY                                  64 hexadecimal digits, if they encrypt the token file
  JIRA_WEBHOOK_SECRET                              nothing is registered: an administrator has set up a webhook with
                                                   this secret

Exit status: 0 it came to its end, 1 something failed, 2 bad usage, 130 interrupted.
`

func parse(args []string, stderr io.Writer) (*settings, error) {
	var s settings
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.StringVar(&s.jql, "jql", "project = WEB", "the issues to listen to; webhooks know only =, !=, IN and NOT IN, on a few `fields`")
	fs.StringVar(&s.listen, "listen", ":8080", "`address` to listen on, on a real site")
	fs.StringVar(&s.publicURL, "public-url", "", "`URL` at which Jira reaches that address, by https")
	fs.StringVar(&s.token, "token", "", "`file` in which oauth-login keeps the token (default as there)")
	fs.BoolVar(&s.json, "json", false, "print JSON objects, one on each line")
	if err := program.Parse(fs, args, introduction, stderr); err != nil {
		return &s, err
	}
	if fs.NArg() > 0 {
		return &s, program.Usagef("unexpected argument %q", fs.Arg(0))
	}
	return &s, nil
}

// work listens to the site that the environment names.
func work(ctx context.Context, set *settings, env func(string) string, out *printer, stderr io.Writer) error {
	if secret := env("JIRA_WEBHOOK_SECRET"); secret != "" {
		l := &listener{verify: jira.WebhookSecret(secret), out: out, stderr: stderr}
		port, err := listen(ctx, set.listen)
		if err != nil {
			return err
		}
		return l.serve(ctx, port, "")
	}
	app, err := program.Credentials(env, "JIRA_BASE_URL", "JIRA_OAUTH_CLIENT_ID", "JIRA_OAUTH_CLIENT_SECRET")
	switch {
	case env("JIRA_OAUTH_CLIENT_ID") == "" && env("JIRA_API_TOKEN") != "":
		return program.Usagef("Jira lets only apps register webhooks, and JIRA_API_TOKEN belongs to an account: set JIRA_OAUTH_CLIENT_ID " +
			"and JIRA_OAUTH_CLIENT_SECRET of an OAuth 2.0 app, or JIRA_WEBHOOK_SECRET of a webhook that an administrator has set up")
	case err != nil:
		return err
	case !app:
		fmt.Fprintln(stderr, "No credentials in the environment: working on a fake Jira in this process, not on a real site.")
		return onFake(ctx, set, out)
	}
	address, err := url.Parse(set.publicURL)
	if err != nil || address.Host == "" || address.Scheme != "https" {
		return program.Usagef("-public-url: give the https URL at which Jira reaches this program, as in https://hooks.acme.example/jira")
	}
	src, err := program.Login(ctx, env, set.token, "read:jira-work manage:jira-webhook")
	if err != nil {
		return err
	}
	defer program.Finish(ctx, src, stderr)
	jc, err := jira.New(env("JIRA_BASE_URL"), src)
	if err != nil {
		return program.Usagef("JIRA_BASE_URL: %w", err)
	}
	l := &listener{verify: jira.WebhookToken(env("JIRA_OAUTH_CLIENT_ID"), env("JIRA_OAUTH_CLIENT_SECRET")), out: out, stderr: stderr, jira: jc}
	return l.register(ctx, set, address)
}
