package main

import (
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/examples/internal/programtest"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// A test that fails again is told where people look: by a comment on its issue, which names the run.
func TestLinkComments(t *testing.T) {
	t.Parallel()
	s := startSites(t)
	_, stdout, _ := call(t, s.env, s.args...)
	key := programtest.Rows[row](t, stdout)[0].Issue
	if n := len(s.jira.Comments(key)); n != 0 {
		t.Fatalf("a new issue has %d comments", n)
	}
	code, stdout, stderr := call(t, s.env, s.args...)
	if code != program.ExitOK || results(programtest.Rows[row](t, stdout))[linked] != 3 {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	comments := s.jira.Comments(key)
	if len(comments) != 1 {
		t.Fatalf("%s has %d comments after it was linked once", key, len(comments))
	}
	text := comments[0].Body.Text()
	if !strings.Contains(text, "Failed again in https://app.currents.dev/run/5d0c2f6e9a714b38") || strings.ContainsRune(text, '\x1b') {
		t.Errorf("the comment is %q", text)
	}
}

// Only an open issue is linked: a test that fails after its issue was done has a new one.
func TestDoneIssueIsNotLinked(t *testing.T) {
	t.Parallel()
	s := startSites(t)
	_, stdout, _ := call(t, s.env, s.args...)
	done := programtest.Rows[row](t, stdout)[0].Issue
	jc, err := jira.New(s.jira.URL, client.BasicAuth(jiratest.Email, jiratest.Token))
	if err != nil {
		t.Fatal(err)
	}
	transitions, err := jc.Issues.Transitions(t.Context(), done, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range transitions {
		if tr.To.Category.Key == "done" {
			err = jc.Issues.Transition(t.Context(), done, jira.TransitionInput{Transition: jira.Transition{ID: tr.ID}})
		}
	}
	if err != nil || s.jira.Issue(done).Fields.Status.Category.Key != "done" {
		t.Fatalf("%s could not be closed: %v", done, err)
	}
	code, stdout, stderr := call(t, s.env, s.args...)
	all := programtest.Rows[row](t, stdout)
	if got := results(all); code != program.ExitOK || got[created] != 1 || got[linked] != 2 {
		t.Fatalf("exit %d, %v\n%s%s", code, got, stdout, stderr)
	}
	if all[0].Result != created || all[0].Issue == done {
		t.Errorf("the test of the closed issue %s got %+v", done, all[0])
	}
}
