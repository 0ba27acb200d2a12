// Command oauth-login logs a person in to Jira by OAuth 2.0 (3LO) in their browser, keeps the token in a file, and lists
// their sites and the latest issues of one. The next run finds the token and does not ask again.
//
//	go run ./examples/oauth-login                  # on a fake, with a real page on which to consent
//	go run ./examples/oauth-login -site acme -jql "project = WEB ORDER BY updated DESC"
//
// With JIRA_OAUTH_CLIENT_ID and JIRA_OAUTH_CLIENT_SECRET in the environment it is the OAuth 2.0 app of that id, for which
// the callback URL http://localhost:8085/callback, or that of -redirect, is registered. OAUTH_TOKEN_KEY, 64 hexadecimal
// digits, encrypts the token file. Without credentials it works on a fake authorization server with two fake sites in this
// process: -answer allow or -answer deny is then the person at the browser.
//
// It exits 0 when it came to its end, 1 when something failed or nobody has consented in time, 2 on bad usage and 130 when
// it was interrupted. With go run the status of every failure is 1: install the program to see its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
)

const name = "oauth-login"

func main() {
	program.Main(func(ctx context.Context) int {
		return run(ctx, os.Args[1:], outside{os.Getenv, os.Stdout, os.Stderr, openBrowser, atlassian})
	})
}

// outside is what the program meets outside of itself. Tests put their own there.
type outside struct {
	env            func(string) string
	stdout, stderr io.Writer
	open           func(address string) error // in the person's browser
	atlassian      func(id, secret string, scopes []string) *cloud
}

// cloud is where people log in, real or fake.
type cloud struct {
	config   func(redirect string) oauth.Config
	redirect string // where to come back to, unless -redirect says so; "" is any port
	options  []client.Option
	answer   func(ctx context.Context, address, answer string) error // acts as a browser; nil where only a person can
	close    func()                                                  // may be nil
}

// atlassian is the real one. It knows the callback URLs of an app to the letter, port included.
func atlassian(id, secret string, scopes []string) *cloud {
	return &cloud{
		config:   func(redirect string) oauth.Config { return jira.OAuthConfig(id, secret, redirect, scopes...) },
		redirect: "http://localhost:8085/callback",
	}
}

// settings are what the command line asks for.
type settings struct {
	site, jql string
	redirect  string
	scopes    []string
	token     string
	answer    string
	noBrowser bool
	timeout   time.Duration
	json      bool
}

func run(ctx context.Context, args []string, o outside) int {
	p := &printer{stdout: program.NewOutput(o.stdout), stderr: o.stderr}
	set, err := parse(args, o.stderr)
	rest := "nobody has logged in: run it again"
	if err == nil {
		p.json = set.json
		err = work(ctx, set, o, p)
	}
	if p.loggedIn {
		rest = "the login is kept: run it again to see the issues"
	}
	return program.Exit(ctx, name, err, rest, o.stderr)
}

const introduction = `oauth-login logs a person in to Jira by OAuth 2.0 in their browser, keeps the token, and lists their sites and issues.

  go run ./examples/oauth-login
  go run ./examples/oauth-login -site acme -jql "project = WEB ORDER BY updated DESC"

In the environment, for the real Atlassian:

  JIRA_OAUTH_CLIENT_ID, JIRA_OAUTH_CLIENT_SECRET   the OAuth 2.0 app, with the callback URL of -redirect and the scope
                                                   read:jira-work, see https://developer.atlassian.com/console/myapps/
  OAUTH_TOKEN_KEY                                  64 hexadecimal digits that encrypt the token file

Without an app it works on a fake in this process, which forgets its logins at the end. What the fake gives is kept apart
from the real token, in a file whose name ends in .fake. Exit status: 0 it came to its end, 1 something failed or nobody
has consented in time, 2 bad usage, 130 interrupted.
` + program.GoRun + "\n"

func parse(args []string, stderr io.Writer) (*settings, error) {
	s := settings{scopes: []string{"read:jira-work"}}
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.StringVar(&s.site, "site", "", "`name`, URL or cloud id of the site whose issues to list; the first one without it")
	fs.StringVar(&s.jql, "jql", "updated >= -90d ORDER BY updated DESC", "`query` for the issues, of which the first ten are listed")
	fs.StringVar(&s.redirect, "redirect", "", "callback `URL` on this machine, as it is registered for the app\n"+
		"(default http://localhost:8085/callback; on the fake a free port)")
	fs.Func("scopes", "what to ask for, separated by blanks: `scopes` that the app has (default read:jira-work). Being asked only once is\n"+
		"among them anyway", func(text string) error {
		if s.scopes = strings.Fields(text); len(s.scopes) == 0 {
			return errors.New("name one at least")
		}
		return nil
	})
	fs.StringVar(&s.token, "token", "", "`file` that keeps the token (default "+name+".token.json in the user's configuration)")
	fs.StringVar(&s.answer, "answer", "", "on the fake: `allow or deny` as the person at the browser would")
	fs.BoolVar(&s.noBrowser, "no-browser", false, "only print the address to open, here or on any machine whose localhost leads here")
	fs.DurationVar(&s.timeout, "timeout", 5*time.Minute, "how `long` to wait for the person")
	fs.BoolVar(&s.json, "json", false, "print one JSON object per site and per issue, each on its line")
	if err := program.Parse(fs, args, introduction, stderr); err != nil {
		return nil, err
	}
	switch {
	case fs.NArg() > 0:
		return nil, program.Usagef("unexpected argument %q: everything is given by flags", fs.Arg(0))
	case s.timeout <= 0:
		return nil, program.Usagef("-timeout: give a time such as 5m")
	case s.redirect != "" && !reachable(s.redirect):
		return nil, program.Usagef("-redirect: a browser finds this program only by http at localhost or 127.0.0.1 and a port, " +
			"as in http://localhost:8085/callback")
	case s.answer != "" && s.answer != allow && s.answer != deny:
		return nil, program.Usagef("-answer: say %s or %s, not %q", allow, deny, s.answer)
	}
	return &s, nil
}

// work logs in if it must, and lists what the login allows to see.
func work(ctx context.Context, set *settings, o outside, p *printer) error {
	where, err := connect(set, o)
	if err != nil {
		return err
	}
	if where.close != nil {
		defer where.close()
	}
	file, store, err := program.TokenStore(set.token, o.env)
	if err == nil && where.answer != nil { // a real token must not give way to one of a fake that is gone at the end
		file, store, err = program.TokenStore(file+".fake", o.env)
	}
	if err != nil {
		return err
	}
	src := oauth.NewSource(where.config(""), store)
	defer program.Finish(ctx, src, o.stderr)
	var stored *oauth.Token
	err = store.Update(ctx, func(token *oauth.Token) (*oauth.Token, error) { // shows as well that it can be written there
		stored = token
		return nil, nil
	})
	switch {
	case errors.Is(err, oauth.ErrCorrupt):
		return fmt.Errorf("%w: set OAUTH_TOKEN_KEY as it was when the file was written, or name another file by -token", err)
	case err != nil:
		return fmt.Errorf("no token can be kept: %w", err)
	case stored == nil:
	case lacks(stored, set.scopes) != "":
		p.say("The stored login does not allow %s.", lacks(stored, set.scopes))
	default:
		found, err := find(ctx, src, set, where.options)
		if !errors.Is(err, oauth.ErrReauthorize) {
			return p.report(found, err)
		}
		if where.answer != nil {
			p.say("The stored login is one of an earlier run, whose fake is gone.")
		} else {
			p.say("The stored login is no longer good: %v", err)
		}
	}

	l, err := begin(ctx, set.redirect, where, src, p.say)
	if err != nil {
		return err
	}
	defer l.close() // not before the end: the page can be loaded again as long as the program runs
	if err := l.wait(ctx, set, where, o.open); err != nil {
		return err
	}
	p.loggedIn = true
	p.say("Logged in. The token is kept in %s.", file)
	return p.report(find(ctx, src, set, where.options))
}

// lacks returns a scope that the token does not have, "" if it has all, or if nobody told which it has.
func lacks(token *oauth.Token, scopes []string) string {
	granted := token.Scopes()
	for _, scope := range scopes {
		if len(granted) > 0 && !slices.Contains(granted, scope) {
			return scope
		}
	}
	return ""
}

// connect returns where to log in: the real Atlassian with an app in the environment, otherwise a fake.
func connect(set *settings, o outside) (*cloud, error) {
	app, err := program.Credentials(o.env, "JIRA_OAUTH_CLIENT_ID", "JIRA_OAUTH_CLIENT_SECRET")
	switch {
	case err != nil:
		return nil, err
	case !app:
		fmt.Fprintln(o.stderr, "No app in the environment: working on a fake authorization server in this process, not on the real one.")
		return fakeCloud(set.scopes), nil
	case set.answer != "":
		return nil, program.Usagef("-answer: on the real authorization server only a person can consent")
	}
	return o.atlassian(o.env("JIRA_OAUTH_CLIENT_ID"), o.env("JIRA_OAUTH_CLIENT_SECRET"), set.scopes), nil
}
