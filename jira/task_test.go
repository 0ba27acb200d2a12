package jira_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

func seeOther(location string) answer {
	return answer{status: http.StatusSeeOther, header: http.Header{"Location": {location}}}
}

// A redirect names the task and is not followed: progress is asked for at the site's own address, whatever it says.
func TestTaskStarts(t *testing.T) {
	t.Parallel()
	const gatewaySite = "https://api.atlassian.com/ex/jira/11223344-a1b2-3b33-c444-def123456789"
	tests := []struct {
		name, base string
		answer     answer
		id         string // "" when the task is not known
	}{
		{"relative", site, seeOther("/rest/api/3/task/10641"), "10641"},
		{"absolute", site, seeOther(site + "/rest/api/3/task/10641"), "10641"},
		{"older version", site, seeOther(site + "/rest/api/2/task/10641"), "10641"},
		{"address in the body", site, answer{status: 202, body: `"` + site + `/rest/api/3/task/10641"`}, "10641"},
		{"address in quotes", site, answer{status: 202, body: `"\"` + site + `/rest/api/3/task/10641\""`}, "10641"},
		{"bare address", site, answer{status: 202, body: site + "/rest/api/3/task/10641"}, "10641"},
		{"slash at the end", site, seeOther("/rest/api/3/task/10641/"), "10641"},
		{"number in the body", site, answer{status: 201, body: `{"taskId":"10641"}`}, "10641"},
		{"whole number in the body", site, answer{status: 201, body: `{"taskId":10641}`}, "10641"},
		{"site behind the gateway", gatewaySite, seeOther("https://acme.atlassian.net/rest/api/3/task/10641"), "10641"},

		{"another host", site, seeOther("https://evil.example/rest/api/3/task/10641"), ""},
		{"another host in the body", site, answer{status: 202, body: `"https://evil.example/rest/api/3/task/10641"`}, ""},
		{"no task", site, seeOther(site + "/login"), ""},
		{"no number", site, seeOther(site + "/rest/api/3/task/"), ""},
		{"no location", site, answer{status: http.StatusSeeOther}, ""},
		{"empty", site, answer{status: 201, body: `{}`}, ""},
		{"null", site, answer{status: 202, body: `null`}, ""},
		{"nothing", site, answer{status: 202}, ""},
		{"no content", site, answer{status: 204}, ""},
		{"broken text", site, answer{status: 202, body: `"https`}, ""},
		{"broken", site, answer{status: 201, body: `{"taskId":`}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{answers: []answer{tt.answer, {status: 200, body: `{"id":"10641","status":"COMPLETE","progress":100}`}}}
			jc := newClient(t, r, client.WithBaseURL(tt.base))
			task, err := jc.Bulk.SetProperties(t.Context(), jira.BulkProperties{})
			if tt.id == "" {
				if e, ok := errors.AsType[*client.Error](err); !ok || !errors.Is(err, client.ErrAmbiguous) || e.Op != "Bulk.SetProperties" || task != nil {
					t.Errorf("%v, %v", task, err)
				}
				// A PUT has started a task all the same.
				again := newClient(t, &recorder{answers: []answer{tt.answer}}, client.WithBaseURL(tt.base))
				if _, err := again.Bulk.SetProperty(t.Context(), "ci", jira.BulkPropertyValue{}); !errors.Is(err, client.ErrAmbiguous) {
					t.Errorf("PUT: %v", err)
				}
				return
			}
			if err != nil || task.ID != tt.id || len(r.sent) != 1 {
				t.Fatalf("%+v, %v, %d requests", task, err, len(r.sent))
			}
			if _, err := task.Wait(t.Context()); err != nil {
				t.Error(err)
			}
			if got, want := r.sent[1].URL.String(), tt.base+"/rest/api/3/task/"+tt.id; got != want {
				t.Errorf("asked %s, want %s", got, want)
			}
		})
	}
}

func TestTaskIsNotStarted(t *testing.T) {
	t.Parallel()
	for status, kind := range map[int]error{400: client.ErrInvalid, 403: client.ErrForbidden, 409: client.ErrConflict, 412: client.ErrConflict, 503: client.ErrAmbiguous} {
		r := &recorder{answers: []answer{{status: status, body: `{"errors":[{"message":"No."}]}`}}}
		task, err := newClient(t, r).Bulk.Transition(t.Context(), jira.BulkTransition{Steps: []jira.BulkTransitionStep{{Issues: []string{"WEB-1"}, TransitionID: "11"}}})
		if task != nil || !errors.Is(err, kind) || len(r.sent) != 1 {
			t.Errorf("%d: %v, %v, %d requests", status, task, err, len(r.sent))
		}
		want := map[string]any{"bulkTransitionInputs": []any{map[string]any{"selectedIssueIdsOrKeys": []any{"WEB-1"}, "transitionId": "11"}}}
		if diff := cmp.Diff(want, r.body(t, 0)); diff != "" {
			t.Errorf("the body (-want +got):\n%s", diff)
		}
	}
}

// states answers each look at a task with the next of the states, the last one for good.
func states(names ...string) *recorder {
	r := &recorder{}
	for _, name := range names {
		r.answers = append(r.answers, answer{status: 200, body: `{"taskId":"7","status":"` + name + `"}`})
	}
	return r
}

// Which states end a task, and how Wait judges them. An unknown one has some time to become a known one.
func TestTaskStates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		states []string
		want   string // the error
		looks  int
	}{
		{[]string{"ENQUEUED", "RUNNING", "COMPLETE"}, "", 3},
		{[]string{"RUNNING", "FAILED"}, "Bulk.Resume: task 7 ended as FAILED", 2},
		{[]string{"CANCEL_REQUESTED", "CANCELLED"}, "Bulk.Resume: task 7 ended as CANCELLED", 2},
		{[]string{"DEAD"}, "Bulk.Resume: task 7 ended as DEAD", 1},
		{[]string{"PARTIAL_FAILURE"}, "Bulk.Resume: task 7 ended as PARTIAL_FAILURE", 1},
		{[]string{"PROCESSED_WITH_ERRORS"}, "Bulk.Resume: task 7 ended as PROCESSED_WITH_ERRORS", 1},
		{[]string{"PAUSED", "PAUSED", "RUNNING", "PAUSED", "COMPLETE"}, "", 5},
		// 0.5, 1, 2, 4, 8 and then 10 seconds: 120 of them are over at the 17th look.
		{[]string{"PAUSED"}, "Bulk.Resume: task 7 is in the unknown state PAUSED", 17},
		{[]string{""}, "Bulk.Resume: task 7 is in the unknown state ", 17},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.states, " "), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := states(tt.states...)
				report, err := newClient(t, r).Bulk.Resume("7").Wait(t.Context())
				failure, failed := errors.AsType[*jira.TaskError](err)
				if failed != (tt.want != "") || failed && (failure.Error() != tt.want || failure.Report != report) {
					t.Errorf("%+v, %v", report, err)
				}
				if len(r.sent) != tt.looks || string(report.State) != tt.states[len(tt.states)-1] {
					t.Errorf("%d looks, the last found %s", len(r.sent), report.State)
				}
			})
		})
	}
}

// The pauses between looks grow, and end with the context; the last report is there then.
func TestTaskWaitEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := states("RUNNING")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		start := time.Now()
		var looks []time.Duration
		task := newClient(t, r).Bulk.Resume("7")
		task.OnProgress = func(*jira.TaskReport) { looks = append(looks, time.Since(start)) }
		report, err := task.Wait(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || report == nil || report.State != jira.TaskStateRunning || time.Since(start) != 10*time.Minute {
			t.Errorf("%+v, %v after %s", report, err, time.Since(start))
		}
		var want []time.Duration
		for at, pause := time.Duration(0), 500*time.Millisecond; at < 30*time.Second; at, pause = at+pause, min(2*pause, 10*time.Second) {
			want = append(want, at)
		}
		if diff := cmp.Diff(want, looks[:len(want)]); diff != "" {
			t.Errorf("looks (-want +got):\n%s", diff)
		}

		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if report, err := task.Wait(ended); report != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("%+v, %v", report, err)
		}
	})
}

// A server that asks for more patience than the policy of the client allows is told of; Wait can be called again.
func TestTaskRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		busy := answer{status: http.StatusTooManyRequests, header: http.Header{"Retry-After": {"300"}}}
		done := answer{status: 200, body: `{"taskId":"7","status":"COMPLETE"}`}
		task := newClient(t, &recorder{answers: []answer{busy, done}}).Bulk.Resume("7")
		start := time.Now()
		report, err := task.Wait(t.Context())
		if e, ok := errors.AsType[*client.Error](err); !ok || !errors.Is(err, client.ErrRateLimited) || report != nil || e.RetryAfter != 5*time.Minute || time.Since(start) > time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		<-time.After(5 * time.Minute)
		if _, err := task.Wait(t.Context()); err != nil {
			t.Errorf("a second time: %v", err)
		}

		busy.header = http.Header{"Retry-After": {"50"}}
		start = time.Now()
		if _, err := newClient(t, &recorder{answers: []answer{busy, done}}).Bulk.Resume("7").Wait(t.Context()); err != nil || time.Since(start) < 50*time.Second {
			t.Errorf("less than the policy allows: %v after %s", err, time.Since(start))
		}
	})
}

// An error of a look is the error of Wait, which can be called again.
func TestTaskWaitAgain(t *testing.T) {
	t.Parallel()
	r := &recorder{answers: []answer{{status: 403}, {status: 200, body: `{"id":"7","status":"COMPLETE","result":{"n":1}}`}}}
	task := newClient(t, r).Tasks.Resume("7")
	if report, err := task.Wait(t.Context()); report != nil || !errors.Is(err, client.ErrForbidden) {
		t.Errorf("%+v, %v", report, err)
	}
	if report, err := task.Wait(t.Context()); err != nil || string(report.Result) != `{"n":1}` {
		t.Errorf("%+v, %v", report, err)
	}
}

// Which issues failed and why is an error even of a task that is complete, on one line and not without end.
func TestTaskErrorText(t *testing.T) {
	t.Parallel()
	failed := map[string]string{}
	for id := range strings.SplitSeq("10 11 12 13 14 15 16 17 18 19 20 21", " ") {
		failed[id] = `["not\nallowed","sorry"]`
	}
	var parts []string
	for id, reasons := range failed {
		parts = append(parts, `"`+id+`":`+reasons)
	}
	body := `{"taskId":"7","status":"COMPLETE","totalIssueCount":15,"invalidOrInaccessibleIssueCount":2,"failedAccessibleIssues":{` + strings.Join(parts, ",") + `}}`
	report, err := answering(t, 200, body).Bulk.Resume("7").Wait(t.Context())
	want := "Bulk.Resume: task 7 ended as COMPLETE: 12 of 15 issues failed, 10: not allowed; sorry, 11: not allowed; sorry"
	if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.HasSuffix(err.Error(), ", …: of 1 of 15 issues Jira does not say what became of them: 2 issues are not there or may not be seen") {
		t.Errorf("%v", err)
	}
	if diff := cmp.Diff([]string{"not\nallowed", "sorry"}, report.Failed["21"]); diff != "" {
		t.Error(diff)
	}
}

// What a delete has deleted can be seen no more; what nothing is said about may have been left as it was.
func TestTaskAccountsForAll(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`"totalIssueCount":2,"invalidOrInaccessibleIssueCount":2`:                                   "",
		`"totalIssueCount":3,"invalidOrInaccessibleIssueCount":1,"processedAccessibleIssues":[1,2]`: "",
		`"totalIssueCount":1,"invalidOrInaccessibleIssueCount":1,"processedAccessibleIssues":[1]`:   "",
		`"totalIssueCount":3,"processedAccessibleIssues":[1]`: "Bulk.Resume: task 7 ended as COMPLETE: " +
			"of 2 of 3 issues Jira does not say what became of them",
		`"totalIssueCount":2,"processedAccessibleIssues":[1],"failedAccessibleIssues":{"2":["No."]}`: "Bulk.Resume: task 7 ended as COMPLETE: " +
			"1 of 2 issues failed, 2: No.",
	} {
		report, err := answering(t, 200, `{"taskId":"7","status":"COMPLETE",`+body+`}`).Bulk.Resume("7").Wait(t.Context())
		failure, failed := errors.AsType[*jira.TaskError](err)
		if report == nil || failed != (want != "") || failed && (failure.Report != report || err.Error() != want) || !failed && err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// A start by PUT or DELETE is not sent again either: the task may be running.
func TestTaskStartsOnce(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(*jira.Client) (*jira.Task, error){
		"Issues.ExportArchived": func(jc *jira.Client) (*jira.Task, error) {
			return jc.Issues.ExportArchived(t.Context(), jira.ArchiveFilter{})
		},
		"Bulk.SetProperty": func(jc *jira.Client) (*jira.Task, error) {
			return jc.Bulk.SetProperty(t.Context(), "ci", jira.BulkPropertyValue{})
		},
		"Bulk.DeleteProperty": func(jc *jira.Client) (*jira.Task, error) {
			return jc.Bulk.DeleteProperty(t.Context(), "ci", jira.BulkPropertyDeleteFilter{})
		},
	} {
		r := &recorder{answers: []answer{{status: http.StatusBadGateway}, {status: http.StatusPreconditionFailed}}}
		task, err := start(newClient(t, r))
		if e, ok := errors.AsType[*client.Error](err); task != nil || !ok || !errors.Is(err, client.ErrAmbiguous) || e.Op != name || len(r.sent) != 1 {
			t.Errorf("%s: %v, %v after %d requests", name, task, err, len(r.sent))
		}
	}
}

// A task that belongs to no client says where to get one.
func TestTaskByHand(t *testing.T) {
	t.Parallel()
	task := &jira.Task{ID: "1"}
	_, waited := task.Wait(t.Context())
	_, reported := task.Report(t.Context())
	for _, err := range []error{waited, reported, task.Cancel(t.Context())} {
		if !errors.Is(err, client.ErrInvalid) || !strings.Contains(err.Error(), "Bulk.Resume") {
			t.Errorf("%v", err)
		}
	}
}

func TestTaskCancel(t *testing.T) {
	t.Parallel()
	r := &recorder{answers: []answer{{status: 202}, {status: 400, body: `["It has ended."]`}}}
	task := newClient(t, r).Bulk.Resume("7")
	if err := task.Cancel(t.Context()); err != nil || r.sent[0].URL.Path != "/rest/api/3/task/7/cancel" {
		t.Errorf("%v", err)
	}
	if err := task.Cancel(t.Context()); !errors.Is(err, client.ErrInvalid) || !strings.Contains(err.Error(), "It has ended.") {
		t.Errorf("%v", err)
	}
}
