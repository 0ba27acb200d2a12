package jira_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// installed returns a site with two webhooks of its app, and the client of the app.
func installed(t *testing.T) (*jiratest.Server, *jira.Client, []int64) {
	t.Helper()
	fake := jiratest.NewServer(jiratest.WithoutListener())
	t.Cleanup(fake.Close)
	app, err := jira.New(fake.URL, client.Bearer(jiratest.AppToken), client.WithTransport(fake.Transport()), client.WithRetry(client.RetryPolicy{Retries: -1}))
	if err != nil {
		t.Fatal(err)
	}
	input := jira.WebhookInput{Events: []jira.WebhookEventType{jira.EventIssueCreated}, JQL: "project = WEB"}
	results, err := app.Webhooks.Register(t.Context(), "https://app.acme.example/jira", input, input)
	if err != nil {
		t.Fatal(err)
	}
	return fake, app, []int64{results[0].ID, results[1].ID}
}

func alive(t *testing.T, app *jira.Client) (ids []int64) {
	t.Helper()
	for w, err := range app.Webhooks.List(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, w.ID)
	}
	return ids
}

func TestKeepAlive(t *testing.T) {
	t.Parallel()
	for name, pick := range map[string]func([]int64) []int64{
		"all":   func([]int64) []int64 { return nil },
		"named": func(ids []int64) []int64 { return ids },
		"one":   func(ids []int64) []int64 { return ids[:1] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				fake, app, ids := installed(t)
				ctx, cancel := context.WithTimeout(t.Context(), 100*24*time.Hour)
				defer cancel()
				var told []error
				err := app.Webhooks.KeepAlive(ctx, func(err error) { told = append(told, err) }, pick(ids)...)
				if !errors.Is(err, context.DeadlineExceeded) || len(told) > 0 {
					t.Errorf("the error is %v, told of %v", err, told)
				}
				want := 2
				if name == "one" {
					want = 1 // the other was left alone
				}
				if got := alive(t, app); len(got) != want {
					t.Errorf("%v are alive", got)
				}
				if n := len(fake.Requests()); n > 210 {
					t.Errorf("%d requests in 100 days", n)
				}
			})
		})
	}
}

// A site that is down for some days does not end it.
func TestKeepAliveThroughFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake, app, ids := installed(t)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		var told atomic.Int32
		go func() { ended <- app.Webhooks.KeepAlive(ctx, func(error) { told.Add(1) }, ids...) }()
		synctest.Wait()
		fake.Faults().Add(faults.Rule{Path: "/rest/api/3/webhook/refresh", Status: http.StatusBadGateway})
		time.Sleep(20 * 24 * time.Hour) //nolint:forbidigo // in virtual time
		fake.Faults().Clear()
		if n := told.Load(); n < 19*24 || n > 20*24 {
			t.Errorf("told of %d failures in 20 days", n)
		}
		time.Sleep(29 * 24 * time.Hour) //nolint:forbidigo // in virtual time
		if got := alive(t, app); len(got) != 2 {
			t.Errorf("%v are alive", got)
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the error is %v", err)
		}
	})
}

// What does not pass by itself ends it.
func TestKeepAliveEnds(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil func(*testing.T, *jiratest.Server, *jira.Client, []int64)
		want  error
	}{
		"one is gone": {func(t *testing.T, _ *jiratest.Server, app *jira.Client, ids []int64) {
			if err := app.Webhooks.Delete(t.Context(), jira.WebhookIDs{IDs: ids[1:]}); err != nil {
				t.Fatal(err)
			}
		}, client.ErrNotFound},
		"forbidden": {func(_ *testing.T, fake *jiratest.Server, _ *jira.Client, _ []int64) {
			fake.Faults().Add(faults.Rule{Path: "/rest/api/3/webhook", Status: http.StatusForbidden})
		}, client.ErrForbidden},
		"no longer signed in": {func(_ *testing.T, fake *jiratest.Server, _ *jira.Client, _ []int64) {
			fake.Faults().Add(faults.Rule{Path: "/rest/api/3/webhook/refresh", Status: http.StatusUnauthorized})
		}, client.ErrUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				fake, app, ids := installed(t)
				time.AfterFunc(36*time.Hour, func() { tt.spoil(t, fake, app, ids) })
				start := time.Now()
				err := app.Webhooks.KeepAlive(t.Context(), nil, ids...)
				if !errors.Is(err, tt.want) || time.Since(start) != 48*time.Hour {
					t.Errorf("the error is %v after %v", err, time.Since(start))
				}
			})
		})
	}
	_, app, ids := installed(t)
	if err := app.Webhooks.Delete(t.Context(), jira.WebhookIDs{IDs: ids}); err != nil {
		t.Fatal(err)
	}
	if err := app.Webhooks.KeepAlive(t.Context(), nil); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("without webhooks: %v", err)
	}
}

// Jira must not leave out a webhook without a word.
func TestRegisterWithAShortAnswer(t *testing.T) {
	t.Parallel()
	input := jira.WebhookInput{Events: []jira.WebhookEventType{jira.EventIssueCreated}, JQL: "project = WEB"}
	for _, body := range []string{`{}`, `{"webhookRegistrationResult":[{"createdWebhookId":1}]}`} {
		_, err := answering(t, http.StatusOK, body).Webhooks.Register(t.Context(), "https://app.acme.example", input, input)
		if !errors.Is(err, client.ErrAmbiguous) {
			t.Errorf("%s: %v", body, err)
		}
	}
	results, err := answering(t, http.StatusOK, `{"webhookRegistrationResult":[{"createdWebhookId":1},{}]}`).Webhooks.Register(t.Context(), "https://app.acme.example", input, input)
	var e *client.Error
	if !errors.Is(err, client.ErrInvalid) || !errors.As(err, &e) || e.Fields["webhooks[1]"] != "not registered" || results[0].ID != 1 {
		t.Errorf("%v, %v", results, err)
	}
}

// The example of the vendor has dates as text, and its list of failures a link that names another parameter than the one
// that is understood.
func TestWebhookAnswersInOtherForms(t *testing.T) {
	t.Parallel()
	page, err := answering(t, http.StatusOK, `{"values":[{"id":10000,"expirationDate":"2019-06-01T12:42:30.000+0000"}]}`).Webhooks.ListPage(t.Context(), nil)
	if err != nil || page.Values[0].Expires.Unix() != 1559392950 {
		t.Errorf("%+v, %v", page, err)
	}
	r := &recorder{answers: []answer{
		{http.StatusOK, `{"values":[{"id":"1","failureTime":1573118132000}],"maxResults":1,"next":"https://evil.example/?failedAfter=1"}`, nil},
		{http.StatusOK, `{"values":[],"maxResults":1}`, nil},
	}}
	failed, err := items(newClient(t, r).Webhooks.ListFailed(t.Context(), nil))
	if err != nil || len(failed) != 1 || len(r.sent) != 2 || r.sent[1].URL.RawQuery != "after=1573118132000" || r.sent[1].URL.Host != r.sent[0].URL.Host {
		t.Errorf("%v, %v after %d requests", failed, err, len(r.sent))
	}
}
