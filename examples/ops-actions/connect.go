package main

import (
	"fmt"
	"io"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
	"github.com/jira-integrations/go-sdk/jira/jsmops/jsmopstest"
)

// site is what the program works on.
type site struct {
	ops   *jsmops.Client
	fake  *jsmopstest.Server // nil on a real site
	state *program.State     // nil when nothing is kept
}

// connect connects to the site that the environment names, or to a fake.
func connect(env func(string) string, state string, stderr io.Writer) (*site, error) {
	if state != "" {
		fmt.Fprintln(stderr, "Kept state: working on a fake Jira Service Management in this process, not on a real site.")
		return onFake(state)
	}
	auth, err := credential(env)
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
	return &site{ops: ops}, nil
}

// credential is an app's or an account's, nil for none.
func credential(env func(string) string) (client.Auth, error) {
	if token := env("JIRA_ACCESS_TOKEN"); token != "" {
		_, err := program.Credentials(env, "JIRA_BASE_URL", "JIRA_ACCESS_TOKEN")
		return client.Bearer(token), err
	}
	account, err := program.Credentials(env, "JIRA_BASE_URL", "JIRA_EMAIL", "JIRA_API_TOKEN")
	if !account || err != nil {
		return nil, err
	}
	return client.BasicAuth(env("JIRA_EMAIL"), env("JIRA_API_TOKEN")), nil
}

// onFake connects to a fake with the integration of the shipped file, or with what is in a state file.
func onFake(state string) (*site, error) {
	fake := jsmopstest.NewServer(jsmopstest.WithoutListener(), jsmopstest.WithEnabledTold())
	s := &site{fake: fake}
	err := s.restore(state)
	if err == nil {
		s.ops, err = jsmops.New(fake.URL, client.Bearer(jsmopstest.OAuthToken), client.WithTransport(fake.Transport()))
	}
	if err != nil {
		fake.Close()
		return nil, err
	}
	return s, nil
}

func (s *site) restore(name string) (err error) {
	if name != "" {
		if s.state, err = program.OpenState(name); err != nil {
			return err
		}
		if s.state.Data != nil {
			if s.fake.Restore(s.state.Data) != nil {
				return s.state.Foreign()
			}
			return nil
		}
	}
	s.fake.AddIntegration(jsmops.Integration{
		Name: "CI alerts", Type: "API", Enabled: new(true),
		Directions: []jsmops.Direction{jsmops.DirectionIncoming, jsmops.DirectionOutgoing}, Domains: []jsmops.Domain{jsmops.DomainAlert},
	})
	return nil
}

// save keeps the state of the fake, if there is a file for it.
func (s *site) save() error {
	if s.state == nil {
		return nil
	}
	data, err := s.fake.Snapshot()
	if err != nil {
		return err
	}
	return s.state.Write(data)
}

func (s *site) close() {
	if s.fake != nil {
		s.fake.Close()
	}
}
