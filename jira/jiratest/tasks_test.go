package jiratest_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// asBot is the account that the fake knows.
var asBot = client.BasicAuth(jiratest.Email, jiratest.Token)

// A task goes on by the clock, whoever looks, and in the process that a snapshot is carried to.
func TestTaskGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		site := jiratest.NewServer(jiratest.WithoutListener(), jiratest.WithTaskDuration(10*time.Second))
		defer site.Close()
		keys := []string{site.AddIssue("WEB", "Bug", "One", nil), site.AddIssue("WEB", "Bug", "Two", nil)}
		move := jira.BulkTransition{Steps: []jira.BulkTransitionStep{{Issues: keys, TransitionID: "41"}}}
		task, err := connect(t, site, asBot).Bulk.Transition(t.Context(), move)
		if err != nil {
			t.Fatal(err)
		}
		status := func(site *jiratest.Server, key string) string { return site.Issue(key).Fields.Status.Name }
		<-time.After(6 * time.Second)
		if got := status(site, keys[0]) + ", " + status(site, keys[1]); got != "Done, To Do" {
			t.Errorf("half way: %s", got)
		}
		snapshot, err := site.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		other := jiratest.NewServer(jiratest.WithoutListener(), jiratest.WithTaskDuration(10*time.Second))
		defer other.Close()
		if err := other.Restore(snapshot); err != nil {
			t.Fatal(err)
		}
		report, err := connect(t, other, asBot).Bulk.Resume(task.ID).Wait(t.Context())
		if err != nil || len(report.Processed) != 2 || status(other, keys[1]) != "Done" {
			t.Errorf("%+v, %v, %s", report, err, status(other, keys[1]))
		}
	})
}

func TestSetTaskState(t *testing.T) {
	t.Parallel()
	site := jiratest.NewServer(jiratest.WithoutListener(), jiratest.WithTaskDuration(time.Hour))
	defer site.Close()
	key := site.AddIssue("WEB", "Bug", "One", nil)
	task, err := connect(t, site, asBot).Bulk.Delete(t.Context(), jira.BulkDelete{Issues: []string{key}})
	if err != nil {
		t.Fatal(err)
	}
	site.SetTaskState(task.ID, "DEAD")
	report, err := task.Wait(t.Context())
	if _, ok := errors.AsType[*jira.TaskError](err); !ok || report.State != jira.TaskStateDead || site.Issue(key) == nil {
		t.Errorf("%+v, %v", report, err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a task that is not there has been set")
		}
	}()
	site.SetTaskState("1", "DEAD")
}

// A moved issue is found by all its keys, after a restart too, and by none when it is deleted.
func TestMovedIssueKeepsItsKeys(t *testing.T) {
	t.Parallel()
	site := jiratest.NewServer(jiratest.WithoutListener())
	defer site.Close()
	jc := connect(t, site, asBot)
	key := site.AddIssue("WEB", "Bug", "One", nil)
	task, err := jc.Bulk.Move(t.Context(), jira.BulkMove{Targets: map[string]jira.BulkMoveSource{"OPS,10004": {Issues: []string{key}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := task.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	snapshot, err := site.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if err := site.Restore(snapshot); err != nil {
		t.Fatal(err)
	}
	if moved := site.Issue(key); moved == nil || moved.Key != "OPS-1" {
		t.Fatalf("%s leads to %v", key, moved)
	}
	if err := jc.Issues.Delete(t.Context(), key, nil); err != nil {
		t.Fatal(err)
	}
	if site.Issue(key) != nil || site.Issue("OPS-1") != nil {
		t.Error("the issue can still be found")
	}
}
