package main

import (
	"context"
	"fmt"
	"io"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
	"github.com/jira-integrations/go-sdk/jira/jsmops/jsmopstest"
)

// site is what the program works on.
type site struct {
	ops   *jsmops.Client
	fake  *jsmopstest.Server // nil on a real site
	state *program.State     // nil when nothing is kept
	src   *oauth.Source      // nil without a login
}

// scopes are what an app needs, deletion for -prune included.
const scopes = "read:ops-config:jira-service-management write:ops-config:jira-service-management delete:ops-config:jira-service-management"

// connect connects to the site that the environment names, or to a fake.
func connect(ctx context.Context, set *settings, env func(string) string, stderr io.Writer) (*site, error) {
	if set.state != "" {
		fmt.Fprintln(stderr, "Kept state: working on a fake Jira Service Management in this process, not on a real site.")
		return onFake(set.state)
	}
	auth, err := credential(ctx, set, env)
	if err != nil {
		return nil, err
	}
	if auth == nil {
		fmt.Fprintln(stderr, "No credentials in the environment: working on a fake Jira Service Management in this process, not on a real site.")
		return onFake("")
	}
	ops, err := jsmops.New(env("JIRA_BASE_URL"), auth)
	if err != nil {
		return nil, program.Usagef("JIRA_BASE_URL: %w", err)
	}
	src, _ := auth.(*oauth.Source)
	return &site{ops: ops, src: src}, nil
}

// close ends what the program works with. ctx may be over.
func (s *site) close(ctx context.Context, stderr io.Writer) {
	if s.fake != nil {
		s.fake.Close()
	}
	if s.src != nil {
		program.Finish(ctx, s.src, stderr)
	}
}

// credential is an app's or an account's, nil for none.
func credential(ctx context.Context, set *settings, env func(string) string) (client.Auth, error) {
	if env("JIRA_OAUTH_CLIENT_ID")+env("JIRA_OAUTH_CLIENT_SECRET") != "" {
		if _, err := program.Credentials(env, "JIRA_BASE_URL", "JIRA_OAUTH_CLIENT_ID", "JIRA_OAUTH_CLIENT_SECRET"); err != nil {
			return nil, err
		}
		src, err := program.Login(ctx, env, set.token, scopes)
		if err != nil {
			return nil, err
		}
		return src, nil
	}
	account, err := program.Credentials(env, "JIRA_BASE_URL", "JIRA_EMAIL", "JIRA_API_TOKEN")
	if !account || err != nil {
		return nil, err
	}
	return client.BasicAuth(env("JIRA_EMAIL"), env("JIRA_API_TOKEN")), nil
}

// onFake connects to a fake with the integration of the shipped file, or with what is in a state file.
func onFake(state string) (*site, error) {
	s := &site{fake: jsmopstest.NewServer(jsmopstest.WithoutListener(), jsmopstest.WithEnabledTold())}
	var err error
	if state != "" {
		if s.state, err = program.Restore(state, s.fake); err != nil {
			return nil, err
		}
	}
	if s.state == nil || s.state.Data == nil {
		s.fake.AddIntegration(jsmops.Integration{
			Name: "CI alerts", Type: "API", Enabled: new(true),
			Directions: []jsmops.Direction{jsmops.DirectionIncoming, jsmops.DirectionOutgoing}, Domains: []jsmops.Domain{jsmops.DomainAlert},
		})
	}
	s.ops, err = jsmops.New(s.fake.URL, client.Bearer(jsmopstest.OAuthToken), client.WithTransport(s.fake.Transport()))
	return s, err
}
