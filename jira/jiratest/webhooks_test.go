package jiratest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
	richtext "github.com/jira-integrations/go-sdk/jira/adf"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

const hook = "https://app.acme.example/jira"

// receiver notes what arrives and was verified.
type receiver struct {
	http.Handler

	mu       sync.Mutex
	received []*jira.WebhookEvent
	fail     func(*jira.WebhookEvent) error
}

// events returns what has arrived so far.
func (r *receiver) events() []*jira.WebhookEvent {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.received)
}

func newReceiver(t *testing.T, verify jira.WebhookVerifier) *receiver {
	t.Helper()
	r := &receiver{}
	r.Handler = jira.NewWebhookHandler(verify, func(_ context.Context, e *jira.WebhookEvent) error {
		if len(e.Problems) > 0 {
			t.Errorf("%s: %v", e.Type, e.Problems)
		}
		r.mu.Lock()
		r.received = append(r.received, e)
		r.mu.Unlock()
		if r.fail != nil {
			return r.fail(e)
		}
		return nil
	})
	return r
}

func (r *receiver) types() (all []string) {
	for _, e := range r.events() {
		all = append(all, string(e.Type))
	}
	return all
}

func connect(t *testing.T, s *jiratest.Server, auth client.Auth) *jira.Client {
	t.Helper()
	jc, err := jira.New(s.URL, auth, client.WithTransport(s.Transport()))
	if err != nil {
		t.Fatal(err)
	}
	return jc
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The app is told of what happens to the issues of its filter, by one delivery however many of its webhooks match.
func TestWebhooksOfTheApp(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, jira.WebhookToken(jiratest.AppID, jiratest.AppSecret))
	s := jiratest.NewServer(jiratest.WithoutListener(), jiratest.WithWebhookHandler(r))
	defer s.Close()
	jc, ctx := connect(t, s, client.BasicAuth(jiratest.Email, jiratest.Token)), t.Context()
	registered, err := connect(t, s, client.Bearer(jiratest.AppToken)).Webhooks.Register(ctx, hook,
		jira.WebhookInput{JQL: "project = WEB", Events: []jira.WebhookEventType{
			jira.EventIssueCreated, jira.EventIssueUpdated, jira.EventIssueDeleted, jira.EventCommentCreated, jira.EventCommentUpdated, jira.EventCommentDeleted,
		}},
		jira.WebhookInput{JQL: "issuetype = Bug", Events: []jira.WebhookEventType{jira.EventIssueCreated}},
		jira.WebhookInput{JQL: "project = WEB", FieldIDs: []string{"labels"}, PropertyKeys: []string{"ci"}, Events: []jira.WebhookEventType{
			jira.EventIssueUpdated, jira.EventIssuePropertySet, jira.EventIssuePropertyDeleted,
		}},
		jira.WebhookInput{JQL: "project = WEB", Events: []jira.WebhookEventType{jira.EventVersionCreated}},
	)
	ok(t, err)

	key := s.AddIssue("WEB", "Bug", "Cart", map[string]any{"description": "It fails."})
	s.AddIssue("OPS", "Task", "Elsewhere", nil)
	ok(t, jc.Issues.Update(ctx, key, jira.IssueUpdate{Summary: new("Cart total")}))
	ok(t, jc.Issues.Update(ctx, key, jira.IssueUpdate{Labels: jira.ListUpdate{Add: []string{"flaky"}}}))
	comment, err := jc.Comments.Create(ctx, key, jira.CommentInput{Body: richtext.Text("Again.")}, nil)
	ok(t, err)
	_, err = jc.Comments.Update(ctx, key, comment.ID, jira.CommentInput{Body: richtext.Text("And again.")}, nil)
	ok(t, err)
	ok(t, jc.Comments.Delete(ctx, key, comment.ID))
	for _, property := range []string{"ci", "other"} {
		ok(t, jc.Issues.SetProperty(ctx, key, property, map[string]int{"run": 7}))
		ok(t, jc.Issues.DeleteProperty(ctx, key, property))
	}
	s.AddVersion("WEB", "2.0")
	ok(t, jc.Issues.Delete(ctx, key, nil))
	s.WaitForWebhooks()

	var got []string
	for _, e := range r.events() {
		line := string(e.Type) + " " + e.Cause
		for i, id := range e.WebhookIDs {
			line += fmt.Sprintf(" %d", slices.IndexFunc(registered, func(w jira.RegisteredWebhook) bool { return w.ID == id }))
			if i > 0 && e.ID == "" || e.User == nil || e.Timestamp.IsZero() {
				t.Errorf("%+v", e)
			}
		}
		switch {
		case e.Comment != nil:
			line += ": " + e.Comment.Body.Text()
		case e.Changelog != nil:
			line += ": " + e.Changelog.Items[0].Field + " " + e.Changelog.Items[0].ToString
		case e.Property != nil:
			line += ": " + e.Property.Key + " " + string(e.Property.Value)
		case e.Version != nil:
			line += ": " + e.Version.Name
		case e.Issue != nil:
			line += ": " + e.Issue.Key + " " + e.Issue.Fields.Summary + ", " + e.Issue.Fields.Description.Text()
		}
		got = append(got, line)
	}
	want := []string{
		"jira:issue_created issue_created 0 1: WEB-1 Cart, It fails.",
		"jira:issue_created issue_created 1: OPS-1 Elsewhere, ",
		"jira:issue_updated issue_updated 0: summary Cart total",
		"jira:issue_updated issue_updated 0 2: labels flaky",
		"comment_created  0: Again.",
		"comment_updated  0: And again.",
		"comment_deleted  0: And again.",
		`issue_property_set  2: ci {"run":7}`,
		"issue_property_deleted  2: ci ",
		"jira:version_created  3: 2.0",
		"jira:issue_deleted issue_deleted 0: WEB-1 Cart total, It fails.",
	}
	want = slices.Delete(want, 1, 2) // a Task
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the events (-want +got):\n%s", diff)
	}
	for _, d := range s.Deliveries() {
		if !slices.Equal(d.Statuses, []int{http.StatusNoContent}) || d.Failed || d.URL != hook {
			t.Errorf("%+v", d)
		}
	}
}

// What an administrator has set up tells of more, and is signed with its own secret.
func TestWebhooksOfAnAdministrator(t *testing.T) {
	t.Parallel()
	const secret = "s3cret"
	r := newReceiver(t, jira.WebhookSecret(secret))
	s := jiratest.NewServer(jiratest.WithoutListener(), jiratest.WithWebhookHandler(r))
	defer s.Close()
	s.AddWebhook(hook, secret, "", jira.EventWorklogCreated, jira.EventWorklogUpdated, jira.EventWorklogDeleted, jira.EventAttachmentCreated,
		jira.EventAttachmentDeleted, jira.EventIssueLinkCreated, jira.EventIssueLinkDeleted, jira.EventProjectCreated)
	s.AddWebhook(hook, "another", "", jira.EventAttachmentCreated) // is not believed
	s.AddWebhook(hook, secret, "project = OPS", jira.EventIssueCreated)
	jc, ctx := connect(t, s, client.BasicAuth(jiratest.Email, jiratest.Token)), t.Context()

	a, b := s.AddIssue("WEB", "Bug", "A", nil), s.AddIssue("OPS", "Bug", "B", nil)
	log, err := jc.Worklogs.Create(ctx, a, jira.WorklogInput{TimeSpent: "1h", Comment: richtext.Text("Looked.")}, nil)
	ok(t, err)
	_, err = jc.Worklogs.Update(ctx, a, log.ID, jira.WorklogInput{TimeSpent: "2h"}, nil)
	ok(t, err)
	ok(t, jc.Worklogs.Delete(ctx, a, log.ID, nil))
	files, err := jc.Attachments.Upload(ctx, a, jira.UploadReader("a.txt", strings.NewReader("a")))
	ok(t, err)
	ok(t, jc.Attachments.Delete(ctx, string(files[0].ID)))
	ok(t, jc.Links.Create(ctx, jira.IssueLinkInput{Type: jira.LinkType{Name: "Blocks"}, InwardIssue: jira.IssueRef{Key: a}, OutwardIssue: jira.IssueRef{Key: b}}))
	ok(t, jc.Links.Delete(ctx, s.Issue(a).Fields.IssueLinks[0].ID))
	s.AddProject("NEW", "New")
	s.WaitForWebhooks()

	want := []string{
		"jira:issue_created", "worklog_created", "worklog_updated", "worklog_deleted", "attachment_created", "attachment_deleted",
		"issuelink_created", "issuelink_deleted", "project_created",
	}
	if diff := cmp.Diff(want, r.types()); diff != "" {
		t.Fatalf("the events (-want +got):\n%s", diff)
	}
	link := r.events()[6].IssueLink
	got := []any{
		r.events()[0].Issue.Key, r.events()[1].Worklog.Comment.Text(), r.events()[2].Worklog.TimeSpentSeconds, r.events()[2].Worklog.IssueID,
		r.events()[4].Attachment.Filename, string(link.SourceID), string(link.DestinationID), link.Type.Outward, r.events()[8].Project.Key,
	}
	if diff := cmp.Diff([]any{b, "Looked.", int64(7200), s.Issue(a).ID, "a.txt", s.Issue(a).ID, s.Issue(b).ID, "blocks", "NEW"}, got); diff != "" {
		t.Errorf("the events (-want +got):\n%s", diff)
	}
	var refused []jiratest.Delivery
	for _, d := range s.Deliveries() {
		if d.Failed {
			refused = append(refused, d)
		}
	}
	if len(refused) != 1 || !slices.Equal(refused[0].Statuses, []int{http.StatusUnauthorized}) {
		t.Errorf("refused: %+v", refused)
	}
}

// What fails is repeated, up to five times, and listed then for three days.
func TestWebhookRepetition(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, jira.WebhookToken(jiratest.AppID, jiratest.AppSecret))
		r.fail = func(e *jira.WebhookEvent) error {
			if s := e.Issue.Fields.Summary; s == "never" || s == "later" && e.Retry < 2 {
				return errors.New("down")
			}
			return nil
		}
		s := jiratest.NewServer(jiratest.WithoutListener(), jiratest.WithWebhookHandler(r))
		defer s.Close()
		app := connect(t, s, client.Bearer(jiratest.AppToken))
		_, err := app.Webhooks.Register(t.Context(), hook, jira.WebhookInput{JQL: "project = WEB", Events: []jira.WebhookEventType{jira.EventIssueCreated}})
		ok(t, err)
		start := time.Now()
		for _, summary := range []string{"never", "later", "now"} {
			s.AddIssue("WEB", "Bug", summary, nil)
		}
		s.WaitForWebhooks()
		if len(r.events()) != 3 || time.Since(start) != 0 {
			t.Errorf("%d events after %v", len(r.events()), time.Since(start))
		}
		time.Sleep(time.Hour) //nolint:forbidigo // in virtual time
		s.WaitForWebhooks()
		got := map[string][]int{}
		for _, e := range r.events() {
			got[e.Issue.Fields.Summary] = append(got[e.Issue.Fields.Summary], e.Retry)
		}
		if diff := cmp.Diff(map[string][]int{"never": {0, 1, 2, 3, 4, 5}, "later": {0, 1, 2}, "now": {0}}, got); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
		ids := map[string]string{}
		for _, e := range r.events() {
			if have := ids[e.Issue.Fields.Summary]; have != "" && have != e.ID {
				t.Errorf("another id at a repetition: %s", e.ID)
			}
			ids[e.Issue.Fields.Summary] = e.ID
		}
		failed := func() (ids []string) {
			for f, err := range app.Webhooks.ListFailed(t.Context(), nil) {
				ok(t, err)
				ids = append(ids, f.ID)
				if at := time.UnixMilli(f.FailureTime).Sub(start); at != 25*time.Minute {
					t.Errorf("failed after %v", at)
				}
			}
			return ids
		}
		if got := failed(); !slices.Equal(got, []string{ids["never"]}) {
			t.Errorf("failed: %v", got)
		}
		time.Sleep(72 * time.Hour) //nolint:forbidigo // in virtual time
		if got := failed(); len(got) > 0 {
			t.Errorf("still failed: %v", got)
		}

		// 30 days after the registration nothing is sent any more.
		before := len(r.events())
		time.Sleep(28 * 24 * time.Hour) //nolint:forbidigo // in virtual time
		s.AddIssue("WEB", "Bug", "now", nil)
		s.WaitForWebhooks()
		if len(r.events()) != before {
			t.Error("an expired webhook was sent")
		}
	})
}

// Over real connections, and with a receiver that hangs when the site closes.
func TestWebhooksOverConnections(t *testing.T) {
	t.Parallel()
	var arrived atomic.Int32
	hanging := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not see that the sender leaves
		switch arrived.Add(1) {
		case 1:
			http.Redirect(w, r, "/elsewhere", http.StatusFound) // is not followed, nor repeated
		case 2:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 3:
			w.WriteHeader(http.StatusOK)
		default:
			close(hanging)
			<-r.Context().Done()
		}
	}))
	defer server.Close()
	s := jiratest.NewServer(jiratest.WithWebhookPause(time.Millisecond))
	s.AddWebhook(server.URL, "", "", jira.EventIssueCreated)
	s.AddIssue("WEB", "Bug", "redirected", nil)
	s.AddIssue("WEB", "Bug", "repeated", nil)
	for len(s.Deliveries()) < 2 {
		s.WaitForWebhooks()
	}
	s.AddIssue("WEB", "Bug", "hangs", nil)
	<-hanging
	s.Close()
	s.AddIssue("WEB", "Bug", "closed", nil)
	var got [][]int
	for _, d := range s.Deliveries() {
		got = append(got, d.Statuses)
	}
	if diff := cmp.Diff([][]int{{302}, {503, 200}, {0}}, got); diff != "" || arrived.Load() != 4 {
		t.Errorf("%d arrived, (-want +got):\n%s", arrived.Load(), diff)
	}
}

// Webhooks belong to the state of a site.
func TestWebhooksInSnapshots(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, jira.WebhookSecret("s"))
	s := jiratest.NewServer(jiratest.WithoutListener(), jiratest.WithWebhookHandler(r))
	defer s.Close()
	s.AddWebhook(hook, "s", "project = WEB", jira.EventIssueCreated)
	snapshot, err := s.Snapshot()
	ok(t, err)
	other := jiratest.NewServer(jiratest.WithoutListener(), jiratest.WithWebhookHandler(r))
	defer other.Close()
	ok(t, other.Restore(snapshot))
	other.AddIssue("WEB", "Bug", "Cart", nil)
	other.WaitForWebhooks()
	if len(r.events()) != 1 {
		t.Errorf("%d events", len(r.events()))
	}
	defer func() {
		if recover() == nil {
			t.Error("a wrong JQL was taken")
		}
	}()
	s.AddWebhook(hook, "", "nonsense ===", jira.EventIssueCreated)
}
