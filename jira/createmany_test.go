package jira_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

var twoInputs = []jira.IssueInput{{Project: "WEB", Type: "Bug", Summary: "One"}, {Project: "WEB", Type: "Bug", Summary: "Two"}}

// When the answer does not tell what came of each input, it is not known which issues exist.
func TestCreateManyAmbiguous(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]answer{
		"no answer":             {status: 502},
		"too few":               {status: 201, body: `{"issues":[{"id":"1","key":"WEB-1"}],"errors":[]}`},
		"too many":              {status: 201, body: `{"issues":[{"key":"WEB-1"},{"key":"WEB-2"},{"key":"WEB-3"}],"errors":[]}`},
		"without a key":         {status: 201, body: `{"issues":[{"key":"WEB-1"},{"id":"2"}],"errors":[]}`},
		"without an id":         {status: 201, body: `{"issues":[{"id":"1","key":"WEB-1"},{"key":"WEB-2"}],"errors":[]}`},
		"without an index":      {status: 201, body: `{"issues":[{"key":"WEB-1"}],"errors":[{"status":400}]}`},
		"an index out of range": {status: 201, body: `{"issues":[{"key":"WEB-1"}],"errors":[{"status":400,"failedElementNumber":2}]}`},
		"twice the same index":  {status: 201, body: `{"issues":[],"errors":[{"failedElementNumber":0},{"failedElementNumber":0}]}`},
		"nothing":               {status: 201, body: `{}`},
		"broken":                {status: 201, body: `{"issues":`},
	} {
		r := &recorder{answers: []answer{a}}
		created, err := newClient(t, r).Issues.CreateMany(t.Context(), twoInputs)
		e, ok := errors.AsType[*client.Error](err)
		if created != nil || !ok || !errors.Is(err, client.ErrAmbiguous) || e.Op != "Issues.CreateMany" || len(r.sent) != 1 {
			t.Errorf("%s: %v, %v, %d requests", name, created, err, len(r.sent))
		}
		if strings.HasPrefix(name, "too") && !strings.Contains(err.Error(), "WEB-1") {
			t.Errorf("%s: the issue that exists is not named: %v", name, err)
		}
	}
}

func TestCreateManyRefused(t *testing.T) {
	t.Parallel()
	// A refusal of the whole names no inputs.
	_, err := answering(t, 400, `{"errorMessages":["Too many."],"errors":{}}`).Issues.CreateMany(t.Context(), twoInputs)
	if _, inputs := errors.AsType[*jira.CreateManyError](err); inputs || !errors.Is(err, client.ErrInvalid) || !strings.Contains(err.Error(), "Too many.") {
		t.Errorf("as a whole: %v", err)
	}
	_, err = answering(t, 400, `{"issues":[],"errors":[{"status":400,"elementErrors":{"errorMessages":[],"errors":{"summary":"No."}},"failedElementNumber":1},`+
		`{"status":403,"elementErrors":{"errorMessages":["Not you."],"errors":{}},"failedElementNumber":0}]}`).Issues.CreateMany(t.Context(), twoInputs)
	failure, ok := errors.AsType[*jira.CreateManyError](err)
	if !ok || !errors.Is(failure.Failed[0], client.ErrForbidden) || failure.Failed[1].Fields["summary"] != "No." {
		t.Fatalf("each: %v", err)
	}
	const want = "2 of 2 issues were not created; input 0: Issues.CreateMany: POST /rest/api/3/issue/bulk: 403 Forbidden: Not you.; " +
		"input 1: Issues.CreateMany: POST /rest/api/3/issue/bulk: 400 Bad Request: summary: No."
	if err.Error() != want {
		t.Errorf("the error is %v", err)
	}
}
