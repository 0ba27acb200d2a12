package jira_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/internal/memory"
	"github.com/jira-integrations/go-sdk/jira"
)

// trusting believes everybody but those who say that they are evil.
func trusting(r *http.Request, _ io.Reader) error {
	if r.Header.Get("X-Evil") != "" {
		return fmt.Errorf("%w: evil", client.ErrUnauthorized)
	}
	return nil
}

// post sends one delivery and returns the status.
func post(h http.Handler, id string, body io.Reader, change ...func(*http.Request)) (status int, answer string) {
	r := httptest.NewRequest(http.MethodPost, "/jira", body)
	if id != "" {
		r.Header.Set("X-Atlassian-Webhook-Identifier", id)
	}
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// unread is a body that nobody may read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

const issueCreated = `{"webhookEvent":"jira:issue_created","issue":{"key":"WEB-1"}}`

func TestWebhookHandler(t *testing.T) {
	t.Parallel()
	ok := func(context.Context, *jira.WebhookEvent) error { return nil }
	down := func(context.Context, *jira.WebhookEvent) error { return errors.New("the database at db:5432 is down") }
	signed := func(r *http.Request) { r.Header.Set("X-Hub-Signature", "sha256=00") }
	evil := func(r *http.Request) { r.Header.Set("X-Evil", "1") }
	for name, tt := range map[string]struct {
		verify jira.WebhookVerifier
		handle func(context.Context, *jira.WebhookEvent) error
		body   io.Reader
		change func(*http.Request)
		status int
		told   string
	}{
		"handled":     {trusting, ok, strings.NewReader(issueCreated), nil, http.StatusNoContent, ""},
		"at the top":  {trusting, ok, strings.NewReader(issueCreated + strings.Repeat(" ", 1024-len(issueCreated))), nil, http.StatusNoContent, ""},
		"unverified":  {trusting, ok, strings.NewReader(issueCreated), evil, http.StatusUnauthorized, "evil"},
		"no event":    {trusting, ok, strings.NewReader("{}"), nil, http.StatusBadRequest, "no webhookEvent"},
		"too large":   {trusting, ok, strings.NewReader(strings.Repeat(" ", 1025)), nil, http.StatusRequestEntityTooLarge, "more than 1024 bytes"},
		"cut":         {trusting, ok, iotest.ErrReader(io.ErrUnexpectedEOF), nil, http.StatusRequestTimeout, "could not be read"},
		"cut, signed": {jira.WebhookSecret("s"), ok, iotest.ErrReader(io.ErrUnexpectedEOF), signed, http.StatusRequestTimeout, "could not be read"},
		"large, too":  {jira.WebhookSecret("s"), ok, strings.NewReader(strings.Repeat(" ", 1025)), signed, http.StatusRequestEntityTooLarge, "more than 1024 bytes"},
		"no token":    {jira.WebhookToken("i", "s"), ok, unread{t}, nil, http.StatusUnauthorized, "0 Authorization headers"},
		"bad token":   {jira.WebhookToken("i", "s"), ok, unread{t}, func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, http.StatusUnauthorized, "no JWT"},
		"unsigned":    {jira.WebhookSecret("s"), ok, unread{t}, nil, http.StatusUnauthorized, "0 X-Hub-Signature headers"},
		"GET":         {trusting, ok, nil, func(r *http.Request) { r.Method = http.MethodGet }, http.StatusMethodNotAllowed, "GET"},
		"down":        {trusting, down, strings.NewReader(issueCreated), nil, http.StatusInternalServerError, "db:5432"},
		"no verifier": {nil, ok, unread{t}, nil, http.StatusInternalServerError, "no secret"},
		"no secret":   {jira.WebhookSecret(""), ok, unread{t}, nil, http.StatusInternalServerError, "no secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var told error
			calls := 0
			h := jira.NewWebhookHandler(tt.verify, func(ctx context.Context, e *jira.WebhookEvent) error {
				calls++
				if e.Issue.Key != "WEB-1" {
					t.Errorf("the event is %+v", e)
				}
				return tt.handle(ctx, e)
			}, jira.WebhookLimit(1024), jira.WebhookErrors(func(err error) { told = err }))
			change := func(*http.Request) {}
			if tt.change != nil {
				change = tt.change
			}
			status, answer := post(h, "1", tt.body, change)
			reaches := tt.status == http.StatusNoContent || name == "down"
			if status != tt.status || (calls == 1) != reaches {
				t.Errorf("answered with %d after %d calls", status, calls)
			}
			if (told == nil) != (tt.told == "") || told != nil && !strings.Contains(told.Error(), tt.told) {
				t.Errorf("told of %v, want %q", told, tt.told)
			}
			if tt.told != "" && strings.Contains(answer, tt.told) {
				t.Errorf("the answer gives the reason away: %s", answer)
			}
		})
	}
}

// A delivery is handled once, unless it failed.
func TestWebhookHandlerRepetition(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := map[string]int{}
		h := jira.NewWebhookHandler(trusting, func(_ context.Context, e *jira.WebhookEvent) error {
			if calls[e.ID]++; calls[e.ID] == 1 && e.ID == "fails" {
				return errors.New("not yet")
			}
			if calls[e.ID] == 1 && e.ID == "panics" {
				panic(http.ErrAbortHandler)
			}
			return nil
		})
		send := func(id string) (status int) {
			defer func() {
				if recover() != nil {
					status = -1
				}
			}()
			status, _ = post(h, id, strings.NewReader(issueCreated))
			return status
		}
		for i, step := range []struct {
			id     string
			status int
			calls  int
			wait   time.Duration
		}{
			{"a", 204, 1, time.Hour},
			{"b", 204, 1, 0},
			{"a", 204, 1, 59 * time.Minute},
			{"a", 204, 1, 0},
			{"fails", 500, 1, 0},
			{"fails", 204, 2, 0},
			{"fails", 204, 2, 0},
			{"panics", -1, 1, 0},
			{"panics", 204, 2, 0},
			{"", 204, 1, 0},
			{"", 204, 2, 0},
			{strings.Repeat("x", 10_000), 204, 1, 0},
			{strings.Repeat("x", 10_000), 204, 1, 4 * time.Hour},
			{"a", 204, 2, 0}, // forgotten
		} {
			if status := send(step.id); status != step.status || calls[step.id] != step.calls {
				t.Errorf("step %d: %.10s answered with %d after %d calls", i, step.id, status, calls[step.id])
			}
			time.Sleep(step.wait) //nolint:forbidigo // in virtual time
		}
	})
}

func TestWebhookHandlerWithoutFunction(t *testing.T) {
	t.Parallel()
	var told error
	h := jira.NewWebhookHandler(trusting, nil, jira.WebhookErrors(func(err error) { told = err }))
	if status, _ := post(h, "1", unread{t}); status != http.StatusInternalServerError || told == nil || !strings.Contains(told.Error(), "no function") {
		t.Errorf("answered with %d: %v", status, told)
	}
}

// Two sites may give the same identifier to different events.
func TestWebhookHandlerOfTwoSites(t *testing.T) {
	t.Parallel()
	calls := 0
	h := jira.NewWebhookHandler(trusting, func(context.Context, *jira.WebhookEvent) error {
		calls++
		return nil
	})
	for i, step := range []struct {
		site  string
		calls int
	}{{"a", 1}, {"b", 2}, {"a", 2}, {"b", 2}} {
		body := `{"webhookEvent":"jira:issue_created","issue":{"self":"https://` + step.site + `.example/rest/api/2/issue/1"}}`
		if status, _ := post(h, "1", strings.NewReader(body)); status != http.StatusNoContent || calls != step.calls {
			t.Errorf("step %d: answered with %d after %d calls", i, status, calls)
		}
	}
}

// Events are far smaller than what a handler reads at most by default.
func TestWebhookHandlerDefaultLimit(t *testing.T) {
	t.Parallel()
	h := jira.NewWebhookHandler(trusting, func(context.Context, *jira.WebhookEvent) error { return nil })
	body := issueCreated + strings.Repeat(" ", 4<<20-len(issueCreated))
	if status, _ := post(h, "1", strings.NewReader(body)); status != http.StatusNoContent {
		t.Errorf("4 MiB are answered with %d", status)
	}
	if status, _ := post(h, "2", strings.NewReader(body+" ")); status != http.StatusRequestEntityTooLarge {
		t.Errorf("more are answered with %d", status)
	}
}

// What is being handled is not handled a second time meanwhile: Jira shall ask again.
func TestWebhookHandlerAtTheSameTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		finish := make(chan struct{})
		calls := 0
		h := jira.NewWebhookHandler(trusting, func(context.Context, *jira.WebhookEvent) error {
			calls++
			<-finish
			return nil
		})
		var first int
		var done sync.WaitGroup
		done.Go(func() { first, _ = post(h, "a", strings.NewReader(issueCreated)) })
		synctest.Wait()
		if status, _ := post(h, "a", strings.NewReader(issueCreated)); status != http.StatusConflict {
			t.Errorf("answered with %d", status)
		}
		close(finish)
		done.Wait()
		if status, _ := post(h, "a", strings.NewReader(issueCreated)); status != http.StatusNoContent || first != http.StatusNoContent || calls != 1 {
			t.Errorf("answered with %d and %d after %d calls", first, status, calls)
		}
	})
}

// silent is an answer that nobody reads.
type silent struct{ status int }

func (*silent) Header() http.Header         { return http.Header{} }
func (*silent) Write(p []byte) (int, error) { return len(p), nil }
func (w *silent) WriteHeader(status int)    { w.status = status }

// The memory for repetitions is bounded.
func TestWebhookHandlerForgets(t *testing.T) {
	before := memory.Held()
	h := jira.NewWebhookHandler(trusting, func(context.Context, *jira.WebhookEvent) error { return nil })
	r := httptest.NewRequest(http.MethodPost, "/jira", nil)
	for i := range 3 << 16 {
		w := &silent{}
		r.Header.Set("X-Atlassian-Webhook-Identifier", fmt.Sprintf("00000000-0000-4000-8000-%012d", i))
		r.Body = io.NopCloser(strings.NewReader(`{"webhookEvent":"x"}`))
		if h.ServeHTTP(w, r); w.status != http.StatusNoContent {
			t.Fatalf("answered with %d", w.status)
		}
	}
	if grown := memory.Held() - before; grown > 24<<20 {
		t.Errorf("%d KiB are held", grown>>10)
	}
	if status, _ := post(h, "x", strings.NewReader(issueCreated)); status != http.StatusNoContent {
		t.Errorf("answered with %d", status)
	}
}
