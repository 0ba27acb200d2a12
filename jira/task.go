package jira

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// Task is what Jira goes on doing after the call that started it has returned. Its methods may be called from several
// goroutines, and from another process: [TasksService.Resume] and [BulkService.Resume] find it again by its ID.
type Task struct {
	// ID is the number of the task. Jira remembers it for 14 days.
	ID string
	// OnProgress is called by Wait with each report, if it is not nil.
	OnProgress func(*TaskReport)

	service *service
	op      string // what started it
	kind    taskKind
}

// taskKind says where Jira tells of the progress of a task.
type taskKind int

const (
	plainTask  taskKind = iota // at /task
	queuedTask                 // at /bulk/queue
)

// TaskReport is how a task is getting on, or what came of it.
type TaskReport struct {
	// ID is the number of the task.
	ID string
	// State is where the task stands. A bulk operation that is complete may still have failed for some issues.
	State TaskState
	// Progress is the part of the work that is done, in percent.
	Progress int
	// Message is what Jira says about it. Bulk operations on issues have none.
	Message string
	// Result is what came of the task, in a form that depends on what it did. Bulk operations on issues have none.
	Result json.RawMessage
	// Total is the number of issues that a bulk operation is about.
	Total int
	// Processed lists the ids of the issues that a bulk operation is done with.
	Processed []ID
	// Failed says why issues failed in a bulk operation, by their ids.
	Failed map[string][]string
	// Inaccessible is the number of issues that are not there or that the account may not see, as Jira finds when it is
	// asked for the report. It says nothing about what became of them: those that a delete has deleted or that a move has
	// taken out of the account's sight count, and so do those that were never there.
	Inaccessible int
	// Submitted, Started and Updated are when the task was asked for, when the work began and when it last went on.
	Submitted, Started, Updated Time
}

// Ends of bulk operations that Jira does not document.
const (
	taskPartlyFailed TaskState = "PARTIAL_FAILURE"
	taskWithErrors   TaskState = "PROCESSED_WITH_ERRORS"
)

const (
	firstTaskPause   = 500 * time.Millisecond
	longestTaskPause = 10 * time.Second
	// unknownTaskGrace is how long a state that nobody knows may last before Wait gives up on it.
	unknownTaskGrace = 2 * time.Minute
)

// Ended reports whether a task in this state goes on no more. A state that this package does not know has not ended.
func (s TaskState) Ended() bool {
	switch s {
	case TaskStateComplete, TaskStateFailed, TaskStateCancelled, TaskStateDead, taskPartlyFailed, taskWithErrors:
		return true
	}
	return false
}

func (s TaskState) known() bool {
	switch s {
	case TaskStateEnqueued, TaskStateRunning, TaskStateCancelRequested:
		return true
	}
	return s.Ended()
}

// TaskError is the failure of a task: it did not complete, or did so but issues failed or are missing from its report.
type TaskError struct {
	// Op is the operation that started the task, as in "Bulk.Delete".
	Op string
	// Report is the last report.
	Report *TaskReport
}

// Error is one line: the state, the message and a few of the issues that failed. CleanSummary cuts what the server says.
func (e *TaskError) Error() string {
	if e == nil || e.Report == nil {
		return noError
	}
	r := e.Report
	var b strings.Builder
	fmt.Fprintf(&b, "%s: task %s ", e.Op, r.ID)
	if r.State.Ended() {
		fmt.Fprintf(&b, "ended as %s", CleanSummary(string(r.State)))
	} else {
		fmt.Fprintf(&b, "is in the unknown state %s", CleanSummary(string(r.State)))
	}
	if r.Message != "" {
		b.WriteString(": " + CleanSummary(r.Message))
	}
	if n := len(r.Failed); n > 0 {
		fmt.Fprintf(&b, ": %d of %d issues failed", n, r.Total)
		for i, id := range slices.Sorted(maps.Keys(r.Failed)) {
			if i == maxListed {
				b.WriteString(", …")
				break
			}
			fmt.Fprintf(&b, ", %s: %s", CleanSummary(id), CleanSummary(strings.Join(r.Failed[id], "; ")))
		}
	}
	if n := r.unaccounted(); n > 0 {
		fmt.Fprintf(&b, ": of %d of %d issues Jira does not say what became of them", n, r.Total)
	}
	if r.Inaccessible > 0 {
		fmt.Fprintf(&b, ": %d issues are not there or may not be seen", r.Inaccessible)
	}
	return b.String()
}

// unaccounted is the number of issues that a bulk operation that is complete says nothing about.
func (r *TaskReport) unaccounted() int {
	if r.State != TaskStateComplete {
		return 0
	}
	return max(0, r.Total-len(r.Processed)-len(r.Failed)-r.Inaccessible)
}

// Resume returns a task that was started before. It sends nothing. For tasks of [BulkService] that change issues, see
// [BulkService.Resume].
func (s *TasksService) Resume(id string) *Task {
	return &Task{ID: id, service: (*service)(s), op: "Tasks.Resume", kind: plainTask}
}

// Resume returns the task of a bulk operation on issues that was started before. It sends nothing. The tasks that change
// properties are found by [TasksService.Resume].
func (s *BulkService) Resume(id string) *Task {
	return &Task{ID: id, service: (*service)(s), op: "Bulk.Resume", kind: queuedTask}
}

// Report asks once how the task is getting on.
//
// GET /rest/api/3/bulk/queue/{taskId} or GET /rest/api/3/task/{taskId}
//
// Errors: [client.ErrNotFound] when Jira knows no such task or has forgotten it; of a bulk operation it says
// [client.ErrInvalid] then. A Task that was put together by hand is [client.ErrInvalid] too: use Resume.
func (t *Task) Report(ctx context.Context) (*TaskReport, error) {
	if err := t.check("Task.Report"); err != nil {
		return nil, err
	}
	if t.kind == queuedTask {
		p, err := (*BulkService)(t.service).Progress(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		return &TaskReport{
			ID: t.ID, State: p.State, Progress: int(p.Progress), Total: p.Total, Processed: p.Processed, Failed: p.Failed,
			Inaccessible: p.Inaccessible, Submitted: p.Created, Started: p.Started, Updated: p.Updated,
		}, nil
	}
	p, err := (*TasksService)(t.service).Get(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	return &TaskReport{
		ID: t.ID, State: p.State, Progress: int(p.Progress), Message: t.service.api().Scrub(p.Message), Result: p.Result,
		Submitted: p.Submitted, Started: p.Started, Updated: p.LastUpdate,
	}, nil
}

// Wait asks how the task is getting on until it has ended, with pauses that grow from half a second to ten. The last report
// is there beside the error too, unless there was none. An error does not stop the task: Wait can be called again.
//
// GET /rest/api/3/bulk/queue/{taskId} or GET /rest/api/3/task/{taskId}, several times.
//
// Issues that are [TaskReport.Inaccessible] at the end are no error: a delete and most moves leave the issues so, and Jira
// does not tell them from issues that were never there. Who must know compares Processed with what was asked for.
//
// Errors: *[TaskError] when the task did not complete, when some of its issues failed or are not accounted for, and when it
// has been for two minutes in a state that this package does not know; [client.ErrRateLimited] when Jira asks for more
// patience than [client.RetryPolicy] has; those of [Task.Report].
func (t *Task) Wait(ctx context.Context) (*TaskReport, error) {
	var last *TaskReport
	var strange time.Time // since when the state is unknown
	for pause := firstTaskPause; ; pause = min(2*pause, longestTaskPause) {
		r, err := t.Report(ctx)
		if err != nil {
			return last, err
		}
		last = r
		if t.OnProgress != nil {
			t.OnProgress(r)
		}
		switch {
		case r.State.Ended():
			return r, t.verdict(r)
		case r.State.known():
			strange = time.Time{}
		case strange.IsZero():
			strange = time.Now()
		case time.Since(strange) >= unknownTaskGrace:
			return r, &TaskError{Op: t.op, Report: r}
		}
		if err := client.Sleep(ctx, pause); err != nil {
			return last, client.Failed(t.op, fmt.Errorf("task %s goes on, but nobody waits for it: %w", t.ID, err))
		}
	}
}

// verdict judges a task that has ended.
func (t *Task) verdict(r *TaskReport) error {
	if r.State == TaskStateComplete && len(r.Failed) == 0 && r.unaccounted() == 0 {
		return nil
	}
	return &TaskError{Op: t.op, Report: r}
}

// Cancel asks Jira to give up the task. What it has done by then stays done; Wait tells how it ends. Jira documents it for
// all tasks, and refuses it for those that it cannot stop.
//
// POST /rest/api/3/task/{taskId}/cancel
//
// Errors: [client.ErrInvalid] when the task has ended or cannot be stopped, [client.ErrNotFound].
func (t *Task) Cancel(ctx context.Context) error {
	if err := t.check("Task.Cancel"); err != nil {
		return err
	}
	return (*TasksService)(t.service).Cancel(ctx, t.ID)
}

// check refuses a task that no method of a service has made.
func (t *Task) check(op string) error {
	if t == nil || t.service == nil {
		return client.Invalid(op, "the task belongs to no client: get it from Tasks.Resume or Bulk.Resume")
	}
	return nil
}

// start sends a request that starts a task. It is sent once, by PUT and DELETE too: a second task would do the work again,
// or be refused because the first is at it.
func (s *service) start(ctx context.Context, r *client.Request, op string, kind taskKind) (*Task, error) {
	started := taskStart{client: s.api()}
	err := s.api().Do(ctx, r.Once(), &started)
	e, ok := errors.AsType[*client.Error](err)
	switch {
	case err == nil && started.id == "":
		return nil, client.Ambiguous(op, errors.New("the server did not say which task it has started"))
	case errors.Is(err, client.ErrAmbiguous):
		return nil, err
	case ok && (e.Status == http.StatusSeeOther || e.Status >= 200 && e.Status < 300) && !errors.Is(err, client.ErrUnauthorized):
		return nil, client.Ambiguous(op, err)
	case err != nil:
		return nil, err
	}
	return &Task{ID: started.id, service: s, op: op, kind: kind}, nil
}

// taskStart reads the number of a task from all the answers that start one: a redirect to it, its address, its number.
type taskStart struct {
	client *client.Client
	id     string
}

// DecodeLocation implements [client.LocationDecoder].
func (s *taskStart) DecodeLocation(location *url.URL) error {
	// Behind the gateway Jira may give the site's own address. Nothing is sent to either: only the number is taken.
	if !behindGateway(s.client) && !s.client.Own(location) {
		return errors.New("the task is said to be on another host")
	}
	parent, id := path.Split(strings.TrimSuffix(location.Path, "/"))
	if path.Base(parent) != "task" {
		return errors.New("the server's redirect does not lead to a task")
	}
	s.id = id
	return nil
}

// DecodeBody implements [client.BodyDecoder].
func (s *taskStart) DecodeBody(body []byte, done func()) error {
	defer done()
	if body = bytes.TrimSpace(body); bytes.HasPrefix(body, []byte("{")) {
		var answer struct {
			TaskID ID `json:"taskId"`
		}
		err := json.Unmarshal(body, &answer)
		s.id = string(answer.TaskID)
		return err
	}
	address := string(body)
	for strings.HasPrefix(address, `"`) { // twice in Atlassian's own example
		if err := json.Unmarshal([]byte(address), &address); err != nil {
			return err
		}
	}
	location, err := url.Parse(address)
	if err != nil {
		return errors.New("the address of the task cannot be read")
	}
	return s.DecodeLocation(location)
}
