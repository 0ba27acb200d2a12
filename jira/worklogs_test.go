package jira_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

// Jira answers 204 when it did all it was asked for, and 200 when it did a part.
func TestBulkWorklogs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"all", "", http.StatusNoContent, ""},
		{"some", `{"message":"2 of 3"}`, http.StatusOK, `some of the worklogs were left as they are: {"message":"2 of 3"}`},
		{"some, in other words", "<p>2 of\n3</p>", http.StatusOK, "some of the worklogs were left as they are: <p>2 of 3</p>"},
		{"some, without a word", "", http.StatusOK, "some of the worklogs were left as they are"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sent := &recorder{answers: []answer{{status: tt.status, body: tt.body}}}
			jc := newClient(t, sent)
			check := func(op string, err error) {
				t.Helper()
				var partial *jira.PartialWorklogsError
				var e *client.Error
				switch {
				case tt.want == "":
					if err != nil {
						t.Error(err)
					}
				case !errors.As(err, &partial) || partial.Error() != tt.want || partial.Message != tt.body:
					t.Errorf("%s: %v, want %s", op, err, tt.want)
				case !errors.As(err, &e) || e.Op != op || errors.Is(err, client.ErrAmbiguous):
					t.Errorf("the error is of the operation %q, want %s and a clear outcome", e.Op, op)
				}
			}
			check("Worklogs.BulkDelete", jc.Worklogs.BulkDelete(t.Context(), "WEB-1", jira.WorklogIDs{IDs: []int64{1, 2, 3}}, nil))
			check("Worklogs.BulkMove", jc.Worklogs.BulkMove(t.Context(), "WEB-1", jira.WorklogMove{IDs: []int64{1}, To: "WEB-2"},
				&jira.BulkWorklogsParams{AdjustEstimate: "leave", OverrideEditableFlag: true}))
			wantJSON(t, sent.body(t, 0), `{"ids":[1,2,3]}`)
			wantJSON(t, sent.body(t, 1), `{"ids":[1],"issueIdOrKey":"WEB-2"}`)
			want := url.Values{"adjustEstimate": {"leave"}, "overrideEditableFlag": {"true"}}
			if diff := cmp.Diff(want, sent.sent[1].URL.Query()); diff != "" {
				t.Errorf("parameters (-want +got):\n%s", diff)
			}
		})
	}
}

func wantJSON(t *testing.T, got any, want string) {
	t.Helper()
	if diff := cmp.Diff(parse(t, want), got); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

// A move that may have happened is not made again, a deletion is.
func TestBulkWorklogsAfterAnError(t *testing.T) {
	t.Parallel()
	sent := &recorder{answers: []answer{{status: http.StatusBadGateway}, {status: http.StatusNoContent}}}
	jc := newClient(t, sent)
	if err := jc.Worklogs.BulkDelete(t.Context(), "WEB-1", jira.WorklogIDs{IDs: []int64{1}}, nil); err != nil || len(sent.sent) != 2 {
		t.Errorf("%d requests, %v", len(sent.sent), err)
	}
	sent = &recorder{answers: []answer{{status: http.StatusBadGateway}, {status: http.StatusNoContent}}}
	jc = newClient(t, sent)
	err := jc.Worklogs.BulkMove(t.Context(), "WEB-1", jira.WorklogMove{IDs: []int64{1}, To: "WEB-2"}, nil)
	if !errors.Is(err, client.ErrAmbiguous) || len(sent.sent) != 1 {
		t.Errorf("%d requests, %v", len(sent.sent), err)
	}
}
