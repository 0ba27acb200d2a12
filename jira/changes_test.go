package jira_test

import (
	"errors"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

// A token or a position that comes twice ends a list with an error; what came before is not lost.
func TestChangesStall(t *testing.T) {
	t.Parallel()
	r := &recorder{answers: []answer{{status: 200, body: `{"issueChangeLogs":[{"issueId":"1"}],"nextPageToken":"t1"}`}}}
	logs, err := items(newClient(t, r).Issues.Changelogs(t.Context(), jira.ChangelogsInput{Issues: []string{"WEB-1"}}))
	if !errors.Is(err, client.ErrPagingStalled) || len(logs) != 2 || len(r.sent) != 2 {
		t.Errorf("token: %d items in %d requests, %v", len(logs), len(r.sent), err)
	}
	if body, ok := r.body(t, 1).(map[string]any); !ok || body["nextPageToken"] != "t1" {
		t.Errorf("the second request has %v", r.bodies[1])
	}

	for _, next := range []string{`"https://acme.example/rest/api/3/worklog/updated?since=5"`, `""`, `"/rest/api/3/worklog/updated"`} {
		r = &recorder{answers: []answer{{status: 200, body: `{"values":[{"worklogId":1}],"lastPage":false,"nextPage":` + next + `}`}}}
		worklogs, err := items(newClient(t, r).Worklogs.Updated(t.Context(), &jira.GetIdsOfWorklogsModifiedSinceParams{Since: 5}))
		if !errors.Is(err, client.ErrPagingStalled) || len(worklogs) != 1 || len(r.sent) != 1 {
			t.Errorf("%s: %d items in %d requests, %v", next, len(worklogs), len(r.sent), err)
		}
	}
}

// An address in an answer is not followed: only its position is taken.
func TestChangesStayAtHome(t *testing.T) {
	t.Parallel()
	r := &recorder{answers: []answer{
		{status: 200, body: `{"values":[{"worklogId":1}],"lastPage":false,"nextPage":"https://evil.example/worklog/deleted?since=9"}`},
		{status: 200, body: `{"values":[],"lastPage":false,"nextPage":"https://evil.example/worklog/deleted?since=12"}`}, // empty, but not the last
		{status: 200, body: `{"values":[{"worklogId":"2"}],"lastPage":true,"nextPage":"https://evil.example/worklog/deleted?since=12"}`},
	}}
	worklogs, err := items(newClient(t, r).Worklogs.Deleted(t.Context(), nil))
	if err != nil || len(worklogs) != 2 || worklogs[1].WorklogID != "2" {
		t.Fatalf("%v, %v", worklogs, err)
	}
	for i, want := range []string{"", "?since=9", "?since=12"} {
		if got := r.sent[i].URL.String(); got != site+"/rest/api/3/worklog/deleted"+want {
			t.Errorf("request %d asks %s", i, got)
		}
	}
}
