package jiratest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// task is work that goes on after the request that asked for it.
type task struct {
	ID        string              `json:"id"`
	What      string              `json:"what"`            // says what it does
	Queue     bool                `json:"queue,omitempty"` // a bulk operation on issues
	State     string              `json:"state"`
	Held      bool                `json:"held,omitempty"` // by SetTaskState
	Submitted time.Time           `json:"submitted"`
	Started   time.Time           `json:"started,omitzero"`
	Updated   time.Time           `json:"updated"`
	Steps     []step              `json:"steps,omitempty"`
	Done      int                 `json:"done"`
	Processed []int64             `json:"processed,omitempty"`
	Failed    map[string][]string `json:"failed,omitempty"`
	Missing   int                 `json:"missing,omitempty"` // issues that are not there
	Result    any                 `json:"result,omitempty"`
}

// step is what a task does at once, with one issue as a rule.
type step struct {
	Do    string `json:"do"`
	Issue string `json:"issue,omitempty"` // id
	Body  doc    `json:"body,omitempty"`
}

// The states of tasks.
const (
	enqueued        = "ENQUEUED"
	running         = "RUNNING"
	complete        = "COMPLETE"
	failed          = "FAILED"
	cancelRequested = "CANCEL_REQUESTED"
	cancelled       = "CANCELLED"
)

const (
	maxBulk       = 1000 // issues of a bulk operation
	maxBulkQueues = 5    // bulk operations at a time
	taskLife      = 14 * 24 * time.Hour
)

// WithTaskDuration sets how long a task takes, by the clock of the server. It is enqueued for the first tenth of that time,
// and then works evenly; the state of the site follows whenever a request comes. By default a task has done its work when the
// request that starts it is answered.
func WithTaskDuration(d time.Duration) Option {
	return func(s *Server) { s.taskDuration = d }
}

// SetTaskState puts a task into a state, and there it stays: what it has not done yet it never does. It panics if there is
// no such task.
func (s *Server) SetTaskState(id, state string) {
	s = s.open()
	defer s.mu.Unlock()
	t := s.inside().st.task(id)
	if t == nil {
		panic(fmt.Sprintf("jiratest: there is no task %s", id))
	}
	t.State, t.Held = state, true
}

func (st *state) task(id string) *task {
	for _, t := range st.Tasks {
		if t.ID == id {
			return t
		}
	}
	return nil
}

func (t *task) over() bool {
	return t.Held || !slices.Contains([]string{enqueued, running, cancelRequested}, t.State)
}

// begin files a task and does what is due of it.
func (c *call) begin(t *task) {
	t.ID, t.State, t.Submitted, t.Updated = c.st.next("task"), enqueued, c.now, c.now
	c.st.Tasks = append(c.st.Tasks, t)
	c.work()
}

// work does what is due of all tasks.
func (c *call) work() {
	for _, t := range c.st.Tasks {
		if t.over() {
			continue
		}
		c.workOn(t)
	}
}

func (c *call) workOn(t *task) {
	elapsed, length := c.now.Sub(t.Submitted), c.s.taskDuration
	if t.State == cancelRequested {
		t.State, t.Updated = cancelled, c.now
		return
	}
	if elapsed < length/10 {
		return
	}
	if t.State == enqueued {
		t.State, t.Started, t.Updated = running, c.now, c.now
	}
	due := len(t.Steps)
	if elapsed < length {
		due = int(int64(due) * int64(elapsed) / int64(length))
	}
	for ; t.Done < due; t.Done++ {
		t.Updated = c.now
		s := t.Steps[t.Done]
		err := c.do(s)
		switch {
		case err == nil && s.Issue != "":
			t.Processed = append(t.Processed, number64(s.Issue))
		case err != nil && s.Issue != "":
			if t.Failed == nil {
				t.Failed = map[string][]string{}
			}
			t.Failed[s.Issue] = append(t.Failed[s.Issue], reason(err))
		case err != nil:
			t.State, t.Result = failed, reason(err)
			return
		}
	}
	if elapsed >= length {
		t.State, t.Updated = complete, c.now
	}
}

// do makes one step. Issues may have gone since the task began.
func (c *call) do(s step) error {
	is := c.st.byID[s.Issue]
	if s.Issue != "" && is == nil {
		return nil // with its parent
	}
	switch s.Do {
	case "delete":
		return c.remove(is, true)
	case "edit":
		return c.edit(is, s.Body, nil, editable)
	case "move":
		return c.moveTo(is, s.Body)
	case "transition":
		return c.transitionTo(is, text(s.Body["id"]))
	case "watch", "unwatch":
		is.Watchers = slices.DeleteFunc(is.Watchers, func(id string) bool { return id == c.st.Myself })
		if s.Do == "watch" {
			is.Watchers = append(is.Watchers, c.st.Myself)
		}
	case "archive":
		return c.archive(is)
	case "property":
		return c.bulkProperty(s.Body)
	}
	return nil
}

func (t *task) percent() int {
	switch {
	case t.State == complete:
		return 100
	case len(t.Steps) == 0:
		return 0
	}
	return 100 * t.Done / len(t.Steps)
}

func millis(t time.Time) int64 { return t.UnixMilli() }

func (c *call) findTask(queue bool) (*task, error) {
	id := c.r.PathValue("taskId")
	t := c.st.task(id)
	if t == nil || c.st.Myself == "" || queue && !t.Queue || c.now.Sub(t.Submitted) > taskLife {
		return nil, fail(http.StatusNotFound, "The task with ID %s cannot be found.", id)
	}
	return t, nil
}

func (c *call) getTask() (any, error) {
	t, err := c.findTask(false)
	if err != nil {
		return nil, err
	}
	d := doc{
		"self": c.url("/task/%s", t.ID), "id": t.ID, "description": t.What, "status": t.State, "submittedBy": 10000,
		"progress": t.percent(), "submitted": millis(t.Submitted), "lastUpdate": millis(t.Updated),
		"elapsedRuntime": c.now.Sub(t.Submitted).Milliseconds(),
	}
	if !t.Started.IsZero() {
		d["started"] = millis(t.Started)
	}
	if t.over() {
		d["finished"], d["elapsedRuntime"] = millis(t.Updated), t.Updated.Sub(t.Submitted).Milliseconds()
	}
	if t.Result != nil {
		d["result"] = t.Result
	}
	if t.State == running {
		d["message"] = fmt.Sprintf("%d of %d done", t.Done, len(t.Steps))
	}
	return d, nil
}

// cancelTask answers its errors as a bare list, as only these operations do.
func (c *call) cancelTask() (any, error) {
	t, err := c.findTask(false)
	if err != nil {
		return reply{status: http.StatusNotFound, body: []string{reason(err)}}, nil
	}
	if t.over() {
		return reply{status: http.StatusBadRequest, body: []string{"The task " + t.ID + " has ended and cannot be cancelled."}}, nil
	}
	t.State = cancelRequested
	return reply{status: http.StatusAccepted}, nil
}

func (c *call) getBulkProgress() (any, error) {
	t, err := c.findTask(true)
	if err != nil {
		return bulkError(http.StatusBadRequest, "%s", reason(err))
	}
	d := doc{
		"taskId": t.ID, "status": t.State, "progressPercent": t.percent(), "submittedBy": c.user(c.st.Myself),
		"created": millis(t.Submitted), "updated": millis(t.Updated), "totalIssueCount": len(t.Steps) + t.Missing,
		"invalidOrInaccessibleIssueCount": t.Missing,
	}
	if !t.Started.IsZero() {
		d["started"] = millis(t.Started)
	}
	if len(t.Processed) > 0 {
		d["processedAccessibleIssues"] = t.Processed
	}
	if len(t.Failed) > 0 {
		d["failedAccessibleIssues"] = t.Failed
	}
	return d, nil
}

// taskURL is the address of a task, on the host that the caller knows the site by: a client trusts no other.
func (c *call) taskURL(t *task) string {
	scheme, _, _ := strings.Cut(c.s.URL, ":")
	return cmp.Or(c.r.URL.Scheme, scheme) + "://" + c.r.Host + apiRoot + "/task/" + t.ID
}

// taskAddress sends the caller to a task.
func (c *call) taskAddress(t *task) reply {
	return reply{status: http.StatusSeeOther, header: http.Header{"Location": {c.taskURL(t)}}}
}

// bulkError is an error as bulk operations give it.
func bulkError(status int, format string, args ...any) (any, error) {
	return reply{status: status, body: doc{"errors": []any{doc{"message": fmt.Sprintf(format, args...)}}}}, nil
}

// wholeNumbers reads a list of numbers.
func wholeNumbers(v any) (ids []string, ok bool) {
	for _, item := range list(v) {
		n := number(item)
		if n != float64(int64(n)) || n <= 0 {
			return nil, false
		}
		ids = append(ids, strconv.FormatInt(int64(n), 10))
	}
	return ids, true
}
