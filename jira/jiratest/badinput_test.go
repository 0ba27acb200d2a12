package jiratest_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/internal/surface"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

const notMade = "was not made by NewServer"

// inProcess returns a client of a fake whose URL may be missing.
func inProcess(t *testing.T, fake *jiratest.Server) *jira.Client {
	t.Helper()
	jc, err := jira.New("https://acme.example", client.BasicAuth(jiratest.Email, jiratest.Token), client.WithTransport(fake.Transport()))
	if err != nil {
		t.Fatal(err)
	}
	return jc
}

// Every method of a Server that is nil, zero or closed can be called, with good arguments and with none, by several
// goroutines and more than once. A method that can fail says what to do.
func TestServerUsedWrongly(t *testing.T) {
	t.Parallel()
	closed := jiratest.NewServer()
	closed.Close()
	unheard := jiratest.NewServer(jiratest.WithoutListener())
	unheard.Close()
	good := []any{t.Context(), httptest.NewRecorder(), "name", map[string]any{"labels": []string{"a"}}, jiratest.Field{Name: "F", Type: jiratest.NumberField}}
	for range 2 {
		for _, args := range [][]any{nil, {httptest.NewRecorder(), &http.Request{}}, good} {
			if args == nil {
				args = []any{httptest.NewRecorder()}
			}
			servers := []any{(*jiratest.Server)(nil), &jiratest.Server{}, closed, unheard}
			surface.Methods(t, ".", map[string][]any{"Server": servers}, args, func(f surface.Function, server any, err error) {
				_, panicked := errors.AsType[*surface.Panic](err)
				if f.Fails && !panicked && (server == servers[0] || server == servers[1]) && (err == nil || !strings.Contains(err.Error(), notMade)) {
					t.Errorf("%s: %v", f, err)
				}
			})
		}
	}
	for name, fake := range map[string]*jiratest.Server{"nil": nil, "zero": {}} {
		_, err := inProcess(t, fake).Issues.Get(t.Context(), "WEB-1", nil)
		if err == nil || !strings.Contains(err.Error(), notMade) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := inProcess(t, closed).Issues.Get(t.Context(), "WEB-1", nil); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("a closed server answers in process: %v", err)
	}
}

// A request that a program has made by itself may lack everything.
func TestRequestsThatLackSomething(t *testing.T) {
	t.Parallel()
	fake := jiratest.NewServer(jiratest.WithoutListener())
	t.Cleanup(fake.Close)
	post, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://acme.example/rest/api/3/issue", nil)
	if err != nil {
		t.Fatal(err)
	}
	post.SetBasicAuth(jiratest.Email, jiratest.Token)
	for want, req := range map[string]*http.Request{
		"request is nil": nil, "has no URL": {}, "body is empty": post,
	} {
		w := httptest.NewRecorder()
		fake.ServeHTTP(w, req)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%d %s, want %q", w.Code, w.Body, want)
		}
	}
	for _, req := range []*http.Request{nil, {}} {
		resp, err := fake.Transport().RoundTrip(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "http.NewRequest") {
			t.Errorf("transport: %v", err)
		}
	}
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

// All methods may be called while requests come in, Close among them. The race detector watches.
func TestMethodsWhileRequestsComeIn(t *testing.T) {
	t.Parallel()
	fake := jiratest.NewServer()
	t.Cleanup(fake.Close)
	jc := inProcess(t, fake)
	snapshot, err := fake.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 5 {
				issue, err := jc.Issues.Create(t.Context(), jira.IssueInput{Project: "WEB", Type: "Bug", Summary: "s"})
				if err != nil {
					t.Error(err)
					return
				}
				// Restore may have taken it away.
				if _, err := jc.Issues.Get(t.Context(), issue.Key, nil); err != nil && !errors.Is(err, client.ErrNotFound) {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			args := []any{snapshot, httptest.NewRecorder(), jiratest.Field{Name: "F", Type: jiratest.NumberField}}
			surface.Methods(t, ".", map[string][]any{"Server": {fake}}, args, nil)
		})
	}
	wg.Wait()
}
