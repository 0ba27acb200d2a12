package currentstest

import (
	"fmt"
	"strings"

	"github.com/jira-integrations/go-sdk/client/currents"
)

// subject is what Currents tells Jira about a test.
type subject struct {
	run      *currents.Run
	instance *currents.Instance
	test     *currents.Test
}

// dashboard is the page of a run.
func dashboard(runID string) string { return "https://app.currents.dev/run/" + runID }

// title is one line of at most 255 characters, which is what a Jira summary takes.
func (c subject) title() string {
	const most = 255
	title := []rune("Test failure: " + strings.Join(strings.Fields(strings.Join(c.test.Title, " > ")), " "))
	if len(title) > most {
		title = append(title[:most-1], '…')
	}
	return string(title)
}

// describe tells of it as plain text.
func (c subject) describe() string {
	commit := &c.run.Meta.Commit
	if commit.SHA == "" {
		commit = &c.instance.Commit
	}
	outcome := c.instance.Outcome(c.test)
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	line("Test", strings.Join(c.test.Title, " > "))
	line("Spec", c.instance.Spec)
	line("Group", c.instance.GroupID)
	line("Branch", commit.Branch)
	line("Commit", commit.SHA)
	line("Author", commit.AuthorName)
	line("Attempts", fmt.Sprint(max(1, len(outcome.Attempts))))
	line("Run", dashboard(c.run.RunID))
	message, frame := failure(&outcome)
	for _, text := range []string{message, frame} {
		if text != "" {
			b.WriteString("\n" + text + "\n")
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// failure returns the text of the last error, with its stack, and the source around it.
func failure(outcome *currents.TestOutcome) (message, frame string) {
	for i := len(outcome.Attempts) - 1; i >= 0; i-- {
		if e := &outcome.Attempts[i].Error; e.Message != "" || e.Stack != "" {
			message = e.Stack // it begins with the message
			if message == "" {
				message = e.Message
			}
			return currents.StripANSI(message), currents.StripANSI(e.CodeFrame.Frame)
		}
	}
	return currents.StripANSI(outcome.DisplayError), ""
}
