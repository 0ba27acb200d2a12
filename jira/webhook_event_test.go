package jira_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/jira"
)

func parseEvent(t *testing.T, header http.Header, body string) *jira.WebhookEvent {
	t.Helper()
	e, err := jira.ParseWebhookEvent(header, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if string(e.Raw) != body {
		t.Errorf("Raw is %s", e.Raw)
	}
	return e
}

// Webhooks speak an older version of the API: rich text is markup there, and some ids are numbers.
func TestParseIssueEvent(t *testing.T) {
	t.Parallel()
	header := http.Header{}
	header.Set("x-atlassian-webhook-identifier", "d-1")
	header.Set("x-atlassian-webhook-retry", "2")
	header.Set("x-atlassian-webhook-flow", "Primary")
	e := parseEvent(t, header, `{"timestamp":1525698237764,"webhookEvent":"jira:issue_updated","issue_event_type_name":"issue_generic",
		"matchedWebhookIds":[7,8],"user":{"accountId":"5b10","displayName":"Mia","active":true,"timeZone":"Europe/Berlin"},
		"issue":{"id":"99291","self":"https://acme.example/rest/api/2/issue/99291","key":"WEB-4","fields":{"summary":"Cart",
			"description":"h1. It *fails*","customfield_10016":3,"created":"2009-12-16T23:46:10.612-0600"}},
		"changelog":{"id":10124,"items":[{"field":"status","fieldtype":"jira","fieldId":"status","from":"1","fromString":"To Do","to":"3","toString":"Done"}]}}`)
	got := []any{
		e.ID, e.Retry, e.Flow, e.Type, e.Timestamp.UTC().Format(time.RFC3339Nano), e.Cause, e.WebhookIDs, e.User.DisplayName, e.Issue.Key,
		e.Issue.Fields.Summary, e.Issue.Fields.Description.Text(), e.Changelog.ID, e.Changelog.Items[0].ToString, len(e.Problems),
	}
	want := []any{
		"d-1", 2, "Primary", jira.EventIssueUpdated, "2018-05-07T13:03:57.764Z", "issue_generic",
		[]int64{7, 8},
		"Mia", "WEB-4",
		"Cart", "h1. It *fails*", "10124", "Done", 0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the event (-want +got):\n%s", diff)
	}
	if points, ok, err := jira.NumberField("customfield_10016").Get(e.Issue); err != nil || !ok || points != 3 {
		t.Errorf("the custom field is %v, %v, %v", points, ok, err)
	}
}

func TestParseEvents(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		body string
		get  func(*jira.WebhookEvent) any
		want any
	}{
		"comment": {
			`{"webhookEvent":"comment_created","comment":{"id":"252789","body":"Just *in* time","author":{"accountId":"5b10"}},"issue":{"key":"WEB-1"}}`,
			func(e *jira.WebhookEvent) any {
				return []string{e.Comment.ID, e.Comment.Body.Text(), e.Comment.Author.AccountID, e.Issue.Key}
			},
			[]string{"252789", "Just *in* time", "5b10", "WEB-1"},
		},
		"worklog": {
			`{"webhookEvent":"worklog_updated","worklog":{"id":10000,"issueId":10027,"timeSpentSeconds":3600,"comment":"done"}}`,
			func(e *jira.WebhookEvent) any {
				return []any{e.Worklog.ID, e.Worklog.IssueID, e.Worklog.TimeSpentSeconds, e.Worklog.Comment.Text()}
			},
			[]any{"10000", "10027", int64(3600), "done"},
		},
		"attachment": {
			`{"webhookEvent":"attachment_deleted","attachment":{"id":"135644","filename":"a.txt","size":123}}`,
			func(e *jira.WebhookEvent) any {
				return []any{e.Attachment.ID, e.Attachment.Filename, e.Attachment.Size}
			},
			[]any{jira.ID("135644"), "a.txt", int64(123)},
		},
		"link": {
			`{"webhookEvent":"issuelink_created","issueLink":{"id":10223,"sourceIssueId":1,"destinationIssueId":2,"issueLinkType":{"id":3,"name":"Blocks","outwardName":"blocks","inwardName":"is blocked by"}}}`,
			func(e *jira.WebhookEvent) any { return *e.IssueLink },
			jira.WebhookIssueLink{
				ID: "10223", SourceID: "1", DestinationID: "2",
				Type: jira.WebhookIssueLinkType{ID: "3", Name: "Blocks", Inward: "is blocked by", Outward: "blocks"},
			},
		},
		"property": {
			`{"webhookEvent":"issue_property_set","property":{"key":"ci","value":{"run":7}}}`,
			func(e *jira.WebhookEvent) any { return []string{e.Property.Key, string(e.Property.Value)} },
			[]string{"ci", `{"run":7}`},
		},
		"project": {
			`{"webhookEvent":"project_created","project":{"id":10000,"key":"WEB","name":"Web shop"}}`,
			func(e *jira.WebhookEvent) any { return []string{e.Project.ID, e.Project.Key} },
			[]string{"10000", "WEB"},
		},
		"version": {
			`{"webhookEvent":"jira:version_released","version":{"id":10001,"name":"1.0","released":true,"projectId":10000}}`,
			func(e *jira.WebhookEvent) any { return []any{e.Version.ID, e.Version.Name, e.Version.Released} },
			[]any{"10001", "1.0", true},
		},
		"sprint": {
			`{"webhookEvent":"sprint_started","sprint":{"id":4,"name":"Sprint 4","state":"active"}}`,
			func(e *jira.WebhookEvent) any { return []any{e.Sprint.ID, e.Sprint.State} },
			[]any{int64(4), "active"},
		},
		"user": {
			`{"webhookEvent":"user_created","user":{"accountId":"5b11","active":false}}`,
			func(e *jira.WebhookEvent) any { return e.User.AccountID },
			"5b11",
		},
		"unknown": {
			`{"webhookEvent":"board_moved","timestamp":"soon","board":{"id":1}}`,
			func(e *jira.WebhookEvent) any {
				return []any{e.Type, e.Timestamp.IsZero(), slices.Collect(maps.Keys(e.Problems))}
			},
			[]any{jira.WebhookEventType("board_moved"), true, []string{"timestamp"}},
		},
		"odd": {
			`{"webhookEvent":"jira:issue_created","issue":{"id":4711,"key":"WEB-1","fields":null},"user":"Mia","changelog":[1],"comment":null,"matchedWebhookIds":{}}`,
			func(e *jira.WebhookEvent) any {
				return []any{e.Issue.ID, e.Issue.Key, e.User == nil, e.Changelog == nil, e.Comment == nil, len(e.WebhookIDs), slices.Sorted(maps.Keys(e.Problems))}
			},
			[]any{"4711", "WEB-1", true, true, true, 0, []string{"changelog", "matchedWebhookIds", "user"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := parseEvent(t, nil, tt.body)
			if diff := cmp.Diff(tt.want, tt.get(e)); diff != "" {
				t.Errorf("the event (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseNoEvent(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "null", "[]", "{}", `{"webhookEvent":""}`, `{"webhookEvent":7}`, `{"webhookEvent":"x"`, "\xff"} {
		if e, err := jira.ParseWebhookEvent(nil, []byte(body)); err == nil {
			t.Errorf("%q is read as %+v", body, e)
		}
	}
}

func FuzzParseWebhookEvent(f *testing.F) {
	f.Add([]byte(`{"webhookEvent":"jira:issue_updated","issue":{"id":1},"changelog":{"id":2}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := jira.ParseWebhookEvent(nil, body)
		if err == nil && (e.Type == "" || !json.Valid(e.Raw)) {
			t.Errorf("%q is read as %+v", body, e)
		}
	})
}
