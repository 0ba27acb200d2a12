package jiratest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/internal/fake/faketest"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// inProcess returns a client of a fake whose URL may be missing.
func inProcess(t *testing.T, fake *jiratest.Server) *jira.Client {
	t.Helper()
	jc, err := jira.New("https://acme.example", client.BasicAuth(jiratest.Email, jiratest.Token), client.WithTransport(fake.Transport()))
	if err != nil {
		t.Fatal(err)
	}
	return jc
}

// Every method of a Server that is nil, zero or closed can be called, and those of another one while requests come in.
func TestServerUsedWrongly(t *testing.T) {
	t.Parallel()
	made := func() *jiratest.Server {
		s := jiratest.NewServer()
		s.AddIssue("WEB", "Bug", "s", nil)
		return s
	}
	s := made()
	defer s.Close()
	snapshot, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	request.SetBasicAuth(jiratest.Email, jiratest.Token)
	get := faketest.Get(t, "https://acme.example/rest/api/3/issue/WEB-1", "Authorization", request.Header.Get("Authorization"))
	faketest.Misuse(t, made, nil, get, "name", snapshot, jiratest.Field{Name: "F", Type: jiratest.NumberField}, map[string]any{"labels": []string{"a"}})
}

// Of an option that is given twice the last one counts, faults add up; options of nothing and of odd numbers do no harm.
func TestOddOptions(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	clock := func() time.Time { return now }
	webhooks := make(chan string, 10)
	receiver := func(name string) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { webhooks <- name })
	}
	fake := jiratest.NewServer(
		nil, jiratest.WithClock(time.Now), jiratest.WithClock(clock), jiratest.WithoutListener(), jiratest.WithoutListener(),
		jiratest.WithSearchDelay(time.Hour), jiratest.WithSearchDelay(-time.Hour), jiratest.WithTaskDuration(time.Hour), jiratest.WithTaskDuration(-time.Hour),
		jiratest.WithFaults(), jiratest.WithFaults(faults.Rule{Name: "a"}), jiratest.WithFaults(faults.Rule{Name: "b", Path: "*"}),
		jiratest.WithAnonymousAccess(), jiratest.WithAnonymousAccess(), jiratest.WithWebhookPause(-1), jiratest.WithWebhookPause(0),
		jiratest.WithWebhookHandler(receiver("first")), jiratest.WithWebhookHandler(receiver("second")), jiratest.WithWebhookHandler(nil),
	)
	t.Cleanup(fake.Close)
	fake.AddWebhook("https://hooks.example", "", "", jira.EventIssueCreated)
	key := fake.AddIssue("WEB", "Bug", "s", nil)
	fake.WaitForWebhooks()
	found := 0
	for issue, err := range inProcess(t, fake).Issues.Search(t.Context(), "project = WEB", nil) {
		if err != nil || !issue.Fields.Created.Equal(now) || issue.Key != key {
			t.Fatal(issue, err)
		}
		found++
	}
	if got := <-webhooks; found != 1 || got != "second" || fake.Faults().Counts()["a"] == 0 {
		t.Error(found, got, fake.Faults().Counts())
	}
	plain := jiratest.NewServer(jiratest.WithClock(nil), jiratest.WithWebhookTransport(nil), jiratest.WithoutListener())
	t.Cleanup(plain.Close)
	if issue := plain.Issue(plain.AddIssue("WEB", "Bug", "s", nil)); time.Since(issue.Fields.Created.Time) > time.Minute {
		t.Error(issue.Fields.Created)
	}
}
