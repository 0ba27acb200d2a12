package jira_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/jira"
)

// What was forgotten around a webhook is an error, or an answer that says no.
func TestNilAroundWebhooks(t *testing.T) {
	t.Parallel()
	signed := httptest.NewRequest(http.MethodPost, "/", nil)
	signed.Header.Set("X-Hub-Signature", "sha256=00")
	for name, verify := range map[string]jira.WebhookVerifier{"secret": jira.WebhookSecret("x"), "token": jira.WebhookToken("", "x")} {
		if err := verify(nil, strings.NewReader("{}")); err == nil || !strings.Contains(err.Error(), "nil") {
			t.Errorf("%s without a request: %v", name, err)
		}
		if err := verify(nil, nil); err == nil || !strings.Contains(err.Error(), "nil") {
			t.Errorf("%s without anything: %v", name, err)
		}
		if err := verify(signed, nil); err == nil {
			t.Errorf("%s without a body is no webhook", name)
		}
	}
	handle := func(context.Context, *jira.WebhookEvent) error { return nil }
	var none *jira.WebhookHandler
	for name, h := range map[string]*jira.WebhookHandler{
		"nil": none, "zero": new(jira.WebhookHandler), "option": jira.NewWebhookHandler(jira.WebhookSecret("x"), handle, nil),
	} {
		for _, r := range []*http.Request{signed, {Method: http.MethodPost, Header: signed.Header}} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if want := http.StatusInternalServerError; w.Code != want && (name != "option" || w.Code != http.StatusUnauthorized) {
				t.Errorf("%s answered %d", name, w.Code)
			}
		}
	}
}
