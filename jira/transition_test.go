package jira_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

const openTransitions = `{"transitions":[
	{"id":"1","name":"Start","to":{"id":"3","name":"In Progress"}},
	{"id":"2","name":"Close as done","to":{"id":"5","name":"Done"},"fields":{"resolution":{"name":"Resolution","required":true}}},
	{"id":"4","name":"Close","to":{"id":"5","name":"Done"},"fields":{"resolution":{"name":"Resolution","required":true,"hasDefaultValue":true}}},
	{"id":"5","name":"Reject","to":{"id":"6","name":"Rejected"}},
	{"id":"6","name":"reject","to":{"id":"7","name":"Start"}},
	{"id":"7","name":"Send","to":{"id":"8","name":"Sent"}},
	{"id":"8","name":"Send","to":{"id":"9","name":"Sending"}}]}`

func TestTransitionToPicks(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Start":         "1", // the transition, not the status
		"in progress":   "1",
		"Done":          "4", // the first that asks for nothing
		" Done ":        "4",
		"Reject":        "5",
		"reject":        "6",
		"Rejected":      "5",
		"close":         "4",
		"Sending":       "8",
		"Send":          "", // two, to different places
		"Close as done": "", // asks for something
	} {
		r := &recorder{answers: []answer{{status: 200, body: openTransitions}, {status: 204}}}
		err := newClient(t, r).Issues.TransitionTo(t.Context(), "WEB-1", name)
		if want == "" {
			if !errors.Is(err, client.ErrInvalid) || len(r.sent) != 1 {
				t.Errorf("%s: %v after %d requests", name, err, len(r.sent))
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(map[string]any{"transition": map[string]any{"id": want}}, r.body(t, 1)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if got := r.sent[0].URL.Query().Get("expand"); got != "transitions.fields" {
			t.Errorf("the fields were not read: expand=%s", got)
		}
	}
}

func TestTransitionToSends(t *testing.T) {
	t.Parallel()
	r := &recorder{answers: []answer{{status: 200, body: openTransitions}, {status: 204}}}
	err := newClient(t, r).Issues.TransitionTo(t.Context(), "WEB-1", "Close as done",
		jira.TransitionFields(jira.IssueUpdate{
			Labels: jira.ListUpdate{Add: []string{"fixed"}}, Custom: jira.Custom(jira.RawField("resolution").Value([]byte(`{"name":"Done"}`))),
			Properties: []jira.EntityProperty{{Key: "ci", Value: []byte("1")}},
		}),
		jira.TransitionComment(adf.Text("Fixed.")))
	if err != nil {
		t.Fatal(err)
	}
	want := parse(t, `{"transition":{"id":"2"},"fields":{"resolution":{"name":"Done"}},"properties":[{"key":"ci","value":1}],"update":{
		"labels":[{"add":"fixed"}],
		"comment":[{"add":{"body":{"version":1,"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Fixed."}]}]}}}]}}`)
	if diff := cmp.Diff(want, r.body(t, 1)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// It is sent once, and what it would send wrong is not sent at all.
func TestTransitionToFails(t *testing.T) {
	t.Parallel()
	r := &recorder{answers: []answer{{status: 200, body: openTransitions}, {status: http.StatusBadGateway}}}
	if err := newClient(t, r).Issues.TransitionTo(t.Context(), "WEB-1", "Start"); !errors.Is(err, client.ErrAmbiguous) || len(r.sent) != 2 {
		t.Errorf("%v after %d requests", err, len(r.sent))
	}
	r = &recorder{}
	err := newClient(t, r).Issues.TransitionTo(t.Context(), "WEB-1", "Start", jira.TransitionFields(jira.IssueUpdate{Labels: jira.ListUpdate{Add: []string{"a b"}}}))
	if !errors.Is(err, client.ErrInvalid) || len(r.sent) != 0 || !strings.HasPrefix(err.Error(), "Issues.TransitionTo: ") {
		t.Errorf("%v after %d requests", err, len(r.sent))
	}
}
