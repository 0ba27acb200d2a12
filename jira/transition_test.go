package jira_test

import (
	"errors"
	"net/http"
	"slices"
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
		"Start":         "", // one of the name, another to the status
		"start":         "",
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
		r := &recorder{answers: []answer{{status: 200, body: openTransitions}, {status: 200, body: `{"fields":{"resolution":null}}`}}}
		err := newClient(t, r).Issues.TransitionTo(t.Context(), "WEB-1", name)
		if want == "" {
			if !errors.Is(err, client.ErrInvalid) || slices.ContainsFunc(r.sent, func(req *http.Request) bool { return req.Method != http.MethodGet }) {
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

func TestTransitionToAmbiguous(t *testing.T) {
	t.Parallel()
	r := &recorder{answers: []answer{{status: 200, body: `{"transitions":[{"id":"5","name":"Done","to":{"id":"9","name":"Cancelled"}},
		{"id":"6","name":"Finish","to":{"id":"10","name":"Done"}}]}`}}}
	err := newClient(t, r).Issues.TransitionTo(t.Context(), "WEB-1", "Done")
	if !errors.Is(err, client.ErrInvalid) || len(r.sent) != 1 || !strings.Contains(err.Error(), "Done (5, to Cancelled), Finish (6, to Done)") {
		t.Errorf("%v after %d requests", err, len(r.sent))
	}
	// Both lead to the same status: it is clear what is wanted.
	r = &recorder{answers: []answer{{status: 200, body: `{"transitions":[{"id":"6","name":"Finish","to":{"id":"10","name":"Done"}},
		{"id":"5","name":"Done","to":{"id":"10","name":"Done"}}]}`}, {status: 204}}}
	if err := newClient(t, r).Issues.TransitionTo(t.Context(), "WEB-1", "Done"); err != nil || !strings.Contains(r.bodies[1], `"id":"5"`) {
		t.Errorf("%v, %q", err, r.bodies)
	}
}

// A required field that the issue has a value for need not be given; a comment is written anew each time.
func TestTransitionToKeepsValues(t *testing.T) {
	t.Parallel()
	open := func(fields string) answer {
		return answer{status: 200, body: `{"transitions":[{"id":"5","name":"Resolve","to":{"id":"9","name":"Done"},"fields":{` + fields + `}}]}`}
	}
	const summary, labels, comment = `"summary":{"name":"Summary","required":true}`, `"labels":{"name":"Labels","required":true}`, `"comment":{"name":"Comment","required":true}`
	tests := []struct{ fields, values, asked, missing string }{
		{summary, `"summary":"Cart"`, "summary", ""},
		{summary + "," + labels, `"summary":"Cart","labels":["ci"]`, "labels summary", ""},
		{summary + "," + labels, `"summary":"Cart","labels":[]`, "labels summary", "labels"},
		{labels, `"labels":null`, "labels", "labels"},
		{labels, ``, "labels", "labels"},
		{summary + "," + comment, `"summary":"Cart","comment":{"comments":[{"id":"1"}]}`, "summary", "comment"},
	}
	for _, tt := range tests {
		r := &recorder{answers: []answer{open(tt.fields), {status: 200, body: `{"fields":{` + tt.values + `}}`}, {status: 204}}}
		err := newClient(t, r).Issues.TransitionTo(t.Context(), "WEB-1", "Done")
		if got := strings.Join(r.sent[1].URL.Query()["fields"], " "); got != tt.asked {
			t.Errorf("%s: asked for %s", tt.values, got)
		}
		if tt.missing == "" {
			if err != nil || len(r.sent) != 3 || r.sent[2].Method != http.MethodPost {
				t.Errorf("%s: %v after %d requests", tt.values, err, len(r.sent))
			}
			continue
		}
		e, ok := errors.AsType[*client.Error](err)
		if !ok || !errors.Is(err, client.ErrInvalid) || len(e.Fields) != 1 || e.Fields[tt.missing] == "" || len(r.sent) != 2 {
			t.Errorf("%s: %v after %d requests", tt.values, err, len(r.sent))
		}
	}
	r := &recorder{answers: []answer{open(labels), {status: 403}}}
	if err := newClient(t, r).Issues.TransitionTo(t.Context(), "WEB-1", "Done"); !errors.Is(err, client.ErrForbidden) || len(r.sent) != 2 {
		t.Errorf("values that cannot be read: %v after %d requests", err, len(r.sent))
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
	if err := newClient(t, r).Issues.TransitionTo(t.Context(), "WEB-1", "In Progress"); !errors.Is(err, client.ErrAmbiguous) || len(r.sent) != 2 {
		t.Errorf("%v after %d requests", err, len(r.sent))
	}
	r = &recorder{}
	err := newClient(t, r).Issues.TransitionTo(t.Context(), "WEB-1", "Start", jira.TransitionFields(jira.IssueUpdate{Labels: jira.ListUpdate{Add: []string{"a b"}}}))
	if !errors.Is(err, client.ErrInvalid) || len(r.sent) != 0 || !strings.HasPrefix(err.Error(), "Issues.TransitionTo: ") {
		t.Errorf("%v after %d requests", err, len(r.sent))
	}
}
