package currents

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// FailedTest is a test that failed in a run, after all its attempts.
type FailedTest struct {
	// ProjectID, RunID and InstanceID tell where the test ran.
	ProjectID, RunID, InstanceID string
	// TestID identifies the test in IssueInput and LinkInput.
	TestID string
	// GroupID names the group, the Playwright project for example.
	GroupID string
	// Spec is the path of the spec file.
	Spec string
	// Title holds the titles from the outermost group to the test itself.
	Title []string
	// Tags and Annotations are what the test carries.
	Tags        []string
	Annotations []Annotation
	// Error is why the last failed attempt failed: plain text without ANSI codes, each part at most 16 KiB. Its Message
	// is never empty when Currents has any text at all. Value and Location are not kept; the instance has them.
	Error TestError
	// Attempts is the number of attempts.
	Attempts int
	// StartedAt is the start of the first attempt.
	StartedAt Time
	// Duration is the time of all attempts.
	Duration time.Duration
}

// FullTitle returns the titles in one line, as in "cart > coupons > can be removed".
func (t *FailedTest) FullTitle() string {
	if t == nil {
		return ""
	}
	return strings.Join(t.Title, " > ")
}

// SignatureInput asks Signatures.Get for the signature of the test, which stays the same from run to run.
func (t *FailedTest) SignatureInput() SignatureInput {
	if t == nil {
		return SignatureInput{}
	}
	return SignatureInput{ProjectID: t.ProjectID, SpecFilePath: t.Spec, TestTitle: t.Title}
}

// SpecError says that the failed tests of one spec file are not known. The iteration that yields it goes on.
type SpecError struct {
	// RunID identifies the run.
	RunID string
	// Spec is the path of the spec file.
	Spec string
	// InstanceID identifies the execution of the spec file.
	InstanceID string
	// Err says why: the *client.Error of the request, or what broke the spec file outside of its tests.
	Err error
}

// Error is one line.
func (e *SpecError) Error() string {
	if e == nil {
		return "no error: a nil *SpecError was made an error"
	}
	return fmt.Sprintf("spec %s (instance %s): %v", e.Spec, e.InstanceID, e.Err)
}

// Unwrap returns Err.
func (e *SpecError) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

// specsAtOnce is how many instances FailedTests reads ahead. They can be large, and the API has an unknown rate limit.
const specsAtOnce = 4

// FailedTests yields the failed tests of a run: those of one spec file after the other, in the order of the run. A test
// that failed at first and passed in the end (flaky) is not among them.
//
// A spec file whose failed tests cannot be found out yields a nil test and a *[SpecError], and the iteration goes on
// with the next: find it with errors.As and continue. Any other error is the last: the run could not be read, or the
// context has ended.
//
// It reads the run and the instance of each spec file with failures, a few at a time. A run that is still in progress
// yields the failures so far.
func (c *Client) FailedTests(ctx context.Context, runID string) iter.Seq2[*FailedTest, error] {
	if c == nil {
		c = &Client{} // whose services say that New has not made it
	}
	return func(yield func(*FailedTest, error) bool) {
		run, err := c.Runs.Get(ctx, runID)
		if err != nil {
			yield(nil, err)
			return
		}
		c.FailedTestsOf(ctx, run)(yield)
	}
}

// check tells a run without failures from an answer that does not say.
func (r *Run) check() error {
	if r == nil {
		return errors.New("currents: the run is nil: read it with Runs.Get or Runs.Find")
	}
	if r.RunID == "" {
		return errors.New("currents: the answer holds no run")
	}
	failures := 0
	for _, group := range r.Groups {
		failures += group.Tests.Failures
	}
	if failures > 0 && len(r.Specs) == 0 {
		return fmt.Errorf("currents: run %s counts %d failures but comes without its spec files: read it with Runs.Get", r.RunID, failures)
	}
	return nil
}

// FailedTestsOf is [Client.FailedTests] for a run that Runs.Get or Runs.Find has returned. The runs of Runs.List do not
// do: they come without spec files.
func (c *Client) FailedTestsOf(ctx context.Context, run *Run) iter.Seq2[*FailedTest, error] {
	return func(yield func(*FailedTest, error) bool) {
		err := run.check()
		switch {
		case err != nil:
		case c.api() == nil:
			err = client.Invalid("Client.FailedTestsOf", "the client was not made by New: a zero Client reaches no API")
		case ctx == nil:
			err = client.Invalid("Client.FailedTestsOf", "the context is nil: pass context.Background() if there is no other")
		}
		if err != nil {
			yield(nil, err)
			return
		}
		var readers sync.WaitGroup
		defer readers.Wait()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()

		specs := run.failedSpecs()
		answers := make([]chan answer, len(specs))
		read := func(n int) {
			if n >= len(specs) {
				return
			}
			ch := make(chan answer, 1)
			answers[n] = ch
			readers.Go(func() {
				instance, err := c.Instances.Get(ctx, specs[n].InstanceID)
				ch <- answer{instance, err}
			})
		}
		for n := range specsAtOnce {
			read(n)
		}
		for n, spec := range specs {
			got := <-answers[n]
			answers[n] = nil // an instance may be megabytes
			read(n + specsAtOnce)
			if err := ctx.Err(); err != nil && got.err != nil {
				yield(nil, got.err)
				return
			}
			if !yieldFailed(run, spec, got, yield) {
				return
			}
		}
	}
}

type answer struct {
	instance *Instance
	err      error
}

// failedSpecs returns the spec files that have failed tests, or failed as a whole.
func (r *Run) failedSpecs() []*RunSpec {
	var failed []*RunSpec
	for i := range r.Specs {
		if spec := &r.Specs[i]; spec.Results.Stats.Failures > 0 || !isNothing(spec.Results.Exception) {
			failed = append(failed, spec)
		}
	}
	return failed
}

// yieldFailed yields the failed tests of one spec file, or its SpecError.
func yieldFailed(run *Run, spec *RunSpec, got answer, yield func(*FailedTest, error) bool) bool {
	fail := func(err error) bool {
		return yield(nil, &SpecError{RunID: run.RunID, Spec: spec.Spec, InstanceID: spec.InstanceID, Err: err})
	}
	if got.err != nil {
		return fail(fmt.Errorf("could not be read: %w", got.err))
	}
	found := false
	for i := range got.instance.Results.Tests {
		test := &got.instance.Results.Tests[i]
		if got.instance.finalState(test) != stateFailed {
			continue
		}
		found = true
		if !yield(newFailedTest(run, spec, got.instance, test), nil) {
			return false
		}
	}
	switch exception := got.instance.Results.Exception; {
	case found:
		return true
	case !isNothing(exception):
		return fail(errors.New("failed outside of its tests: " + rawText(exception)))
	case !isNothing(spec.Results.Exception):
		return fail(errors.New("failed outside of its tests: " + rawText(spec.Results.Exception)))
	default:
		return fail(fmt.Errorf("the run counts %d failures, but its instance has no failed test", spec.Results.Stats.Failures))
	}
}

func newFailedTest(run *Run, spec *RunSpec, instance *Instance, test *Test) *FailedTest {
	outcome := instance.Outcome(test)
	f := &FailedTest{
		ProjectID: first(run.ProjectID, instance.ProjectID), RunID: first(run.RunID, instance.RunID),
		InstanceID: spec.InstanceID, TestID: test.TestID,
		GroupID: first(test.GroupID, instance.GroupID, spec.GroupID),
		Spec:    first(spec.Spec, instance.Spec, test.Spec),
		Title:   test.Title,
		Tags:    instance.TestTags[test.TestID], Annotations: instance.TestAnnotations[test.TestID],
		Error:    outcome.failure(),
		Attempts: len(outcome.Attempts), StartedAt: outcome.StartTime,
	}
	if len(f.Title) == 0 {
		f.Title = instance.TestList[test.TestID].Title
	}
	ms := outcome.Duration
	if ms == 0 {
		ms = test.Duration
	}
	if f.StartedAt.IsZero() {
		f.StartedAt = test.StartTime
	}
	f.Duration = time.Duration(ms * float64(time.Millisecond))
	return f
}

// failure returns the error of the last failed attempt in readable form.
func (o *TestOutcome) failure() TestError {
	var e TestError
	for i := len(o.Attempts) - 1; i >= 0; i-- {
		if !o.Attempts[i].Error.isEmpty() {
			e = o.Attempts[i].Error
			break
		}
	}
	e.Name, e.Message, e.Stack = readable(e.Name), readable(e.Message), readable(e.Stack)
	e.CodeFrame.Frame, e.CodeFrame.File = readable(e.CodeFrame.Frame), readable(e.CodeFrame.File)
	if e.Message == "" {
		e.Message = readable(o.DisplayError)
	}
	if e.Message == "" && !isNothing(e.Value) {
		e.Message = rawText(e.Value)
	}
	if e.Message == "" {
		e.Message = first(firstLine(e.Stack), e.Name)
	}
	e.Value, e.Location = nil, nil // of any size and shape
	return e
}

func (e *TestError) isEmpty() bool {
	return e.Name == "" && e.Message == "" && e.Stack == "" && isNothing(e.Value)
}

// rawText returns a JSON string as its text and any other value as its JSON.
func rawText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return readable(s)
	}
	return readable(string(raw))
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
