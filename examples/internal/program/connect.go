package program

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// FakeURL is where the issues of the fake Jira would be, if it were a site. Nothing is sent there.
const FakeURL = "https://jira.example"

// FakeJira starts a fake Jira in this process and connects to it. The caller closes it.
func FakeJira() (*jira.Client, *jiratest.Server, error) {
	fake := jiratest.NewServer(jiratest.WithoutListener())
	jc, err := jira.New(FakeURL, client.BasicAuth(jiratest.Email, jiratest.Token), client.WithTransport(fake.Transport()))
	return jc, fake, err
}

// RealJira connects to the site that JIRA_BASE_URL, JIRA_EMAIL and JIRA_API_TOKEN name.
func RealJira(env func(string) string) (*jira.Client, error) {
	jc, err := jira.New(env("JIRA_BASE_URL"), client.BasicAuth(env("JIRA_EMAIL"), env("JIRA_API_TOKEN")))
	if err != nil {
		return nil, Usagef("JIRA_BASE_URL: %w", err)
	}
	return jc, nil
}

// Credentials reports whether the environment has the variables that the real services need: true for all of them, false
// for none. Some of them are a [UsageError], which names those that are missing.
func Credentials(env func(string) string, variables ...string) (bool, error) {
	missing := slices.DeleteFunc(slices.Clone(variables), func(name string) bool { return env(name) != "" })
	if len(missing) > 0 && len(missing) < len(variables) {
		return false, Usagef("the environment lacks %s: set all of %s for the real services, or none for the fakes",
			strings.Join(missing, ", "), strings.Join(variables, ", "))
	}
	return len(missing) == 0, nil
}

// Site is the Jira that a program works on.
type Site struct {
	// Client speaks to it.
	Client *jira.Client
	// Fake is the fake, nil on a real site.
	Fake *jiratest.Server

	state *State // nil when nothing is kept
}

// Connect connects a program that needs nothing but Jira: to the real site with JIRA_BASE_URL, JIRA_EMAIL and
// JIRA_API_TOKEN in the environment, to a fake in this process with none of them or when the state file has a name. The
// fake then begins with what is in that file. Which of the two it is, people are told on stderr. The caller closes it.
func Connect(env func(string) string, state string, stderr io.Writer) (*Site, error) {
	if state == "" {
		credentials, err := Credentials(env, "JIRA_BASE_URL", "JIRA_EMAIL", "JIRA_API_TOKEN")
		if err != nil {
			return nil, err
		}
		if credentials {
			jc, err := RealJira(env)
			if err != nil {
				return nil, err
			}
			return &Site{Client: jc}, nil
		}
		fmt.Fprintln(stderr, "No credentials in the environment: working on a fake Jira in this process, not on a real site.")
	} else {
		fmt.Fprintln(stderr, "Kept state: working on a fake Jira in this process, not on a real site.")
	}
	jc, fake, err := FakeJira()
	s := &Site{Client: jc, Fake: fake}
	if err == nil && state != "" {
		s.state, err = Restore(state, fake)
	}
	if err != nil {
		fake.Close()
		return nil, err
	}
	return s, nil
}

// Save keeps the state of the fake, if there is a file for it.
func (s *Site) Save() error { return s.state.Save(s.Fake) }

// Close ends the fake, if it is one.
func (s *Site) Close() {
	if s.Fake != nil {
		s.Fake.Close()
	}
}
