package jira_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/internal/promises"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// A webhook that is refused says why to the log of the program, and nothing to the sender. Neither learns the secret.
func TestCanaryOfWebhooks(t *testing.T) {
	t.Parallel()
	for name, verify := range map[string]jira.WebhookVerifier{"secret": jira.WebhookSecret(promises.Canary), "token": jira.WebhookToken(promises.Canary, promises.Canary)} {
		var told []error
		h := jira.NewWebhookHandler(verify, nil, jira.WebhookErrors(func(err error) { told = append(told, err) }))
		h2 := jira.NewWebhookHandler(verify, handleNothing, jira.WebhookErrors(func(err error) { told = append(told, err) }))
		for _, value := range []string{"", "sha256=", "sha256=zz", "md5=00", "JWT x", "Bearer a.b.c", "Bearer eyJhbGciOiJub25lIn0.e30.", promises.Canary} {
			for _, handler := range []http.Handler{h, h2} {
				req := httptest.NewRequest(http.MethodPost, "/?jwt="+url.QueryEscape(value), strings.NewReader(`{"a":1}`))
				req.Header.Set("X-Hub-Signature", value)
				req.Header.Set("Authorization", value)
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, req)
				promises.NoTrace(t, name+" answer", fmt.Sprint(w.Code, w.Header(), w.Body))
				if w.Code < 400 {
					t.Errorf("%s: %q was believed", name, value)
				}
			}
		}
		for _, err := range told {
			promises.NoTrace(t, name, err)
		}
		promises.NoTrace(t, name+" handler", fmt.Sprintf("%v %+v", h, h2))
		if len(told) < 8 {
			t.Errorf("%s: told of %d refusals", name, len(told))
		}
	}
}

// The fake, whose tokens are made up, keeps what it was sent, but prints no credential.
func TestCanaryOfTheFake(t *testing.T) {
	t.Parallel()
	fake := jiratest.NewServer(jiratest.WithoutListener())
	t.Cleanup(fake.Close)
	jc, err := jira.New(fake.URL, client.BasicAuth("bot@acme.example", promises.Canary), client.WithTransport(fake.Transport()))
	if err != nil {
		t.Fatal(err)
	}
	api := promised()
	api.Operations(jc, func(name string, call reflect.Value) {
		if name != "Webhooks.KeepAlive" { // it goes on until its context is over
			promises.NoTrace(t, name, api.Call(t.Context(), call))
		}
	})
	for _, r := range fake.Requests() {
		b, err := json.Marshal(r)
		promises.NoTrace(t, "log of the fake", fmt.Sprintf("%+v %s %v", r, b, err))
	}
}

func handleNothing(context.Context, *jira.WebhookEvent) error { return nil }
