package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
)

// maxNewIssues is how many issues one call can create.
const maxNewIssues = 50

// CreateManyError tells which inputs of [IssuesService.CreateMany] became no issue.
type CreateManyError struct {
	// Failed says why, by the index of the input.
	Failed map[int]*client.Error
	// Inputs is the number of all inputs.
	Inputs int
}

// Error is one line with the first few failures.
func (e *CreateManyError) Error() string {
	if e == nil {
		return noError
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d issues were not created", len(e.Failed), e.Inputs)
	for i, index := range slices.Sorted(maps.Keys(e.Failed)) {
		if i == maxListed {
			b.WriteString("; …")
			break
		}
		fmt.Fprintf(&b, "; input %d: %v", index, e.Failed[index])
	}
	return b.String()
}

// Unwrap returns the failures in the order of the inputs.
func (e *CreateManyError) Unwrap() []error {
	if e == nil {
		return nil
	}
	errs := make([]error, 0, len(e.Failed))
	for _, index := range slices.Sorted(maps.Keys(e.Failed)) {
		errs = append(errs, e.Failed[index])
	}
	return errs
}

// CreateMany creates up to 50 issues by one call. The result has one entry for each input, in their order; it is nil for an
// input that failed, and then the error is a *[CreateManyError] that says why. When an input is one that [IssuesService.Create]
// would refuse without asking Jira, nothing is sent and none is created: the error is no CreateManyError then, and names the
// inputs that are wrong in [client.Error.Fields], as in inputs[1].
//
// It is sent once: when its outcome is unknown, the error is [client.ErrAmbiguous] and any of the issues may exist.
//
// POST /rest/api/3/issue/bulk
//
// Errors: *[CreateManyError], which is [client.ErrInvalid] for inputs that Jira refuses as wrong; [client.ErrInvalid];
// [client.ErrAmbiguous].
func (s *IssuesService) CreateMany(ctx context.Context, inputs []IssueInput) ([]*CreatedIssue, error) {
	const op = "Issues.CreateMany"
	switch n := len(inputs); {
	case n == 0:
		return nil, client.Invalid(op, "there are no inputs: give at least one")
	case n > maxNewIssues:
		return nil, client.Invalid(op, "there are %d inputs, %d are allowed: make several calls", n, maxNewIssues)
	}
	body := NewIssues{Issues: make([]IssueDetails, len(inputs))}
	wrong := map[string]error{}
	for i := range inputs {
		d := inputs[i].details()
		if err := d.check(op); err != nil {
			wrong[fmt.Sprintf("inputs[%d]", i)] = errors.Unwrap(err) // which does not repeat the operation
		}
		body.Issues[i] = d.IssueDetails
	}
	if len(wrong) > 0 {
		e := client.InvalidFields(op, wrong)
		e.Messages = []string{"nothing was sent"}
		return nil, e
	}
	result, err := s.createMany(ctx, body)
	if e, ok := errors.AsType[*client.Error](err); ok && e.Status == http.StatusBadRequest {
		// All have failed: the reasons are where they are for some.
		all := new(NewIssuesResult)
		if json.Unmarshal(e.Body, all) == nil && len(all.Issues) == 0 && len(all.Errors) == len(inputs) {
			result, err = all, nil
		}
	}
	if err != nil {
		return nil, err
	}
	failed := &CreateManyError{Failed: map[int]*client.Error{}, Inputs: len(inputs)}
	clean := (*service)(s).api().Scrub
	for _, failure := range result.Errors {
		for i, m := range failure.Errors.Messages {
			failure.Errors.Messages[i] = clean(m)
		}
		for name, m := range failure.Errors.Fields {
			failure.Errors.Fields[name] = clean(m)
		}
	}
	return failed.sort(op, result)
}

// sort puts what was created into the order of the inputs: Jira leaves out those that failed, and names them by index.
func (e *CreateManyError) sort(op string, result *NewIssuesResult) ([]*CreatedIssue, error) {
	for _, failure := range result.Errors {
		index := failure.Index
		if index == nil || *index < 0 || *index >= e.Inputs || e.Failed[*index] != nil {
			return nil, e.unclear(op, result)
		}
		e.Failed[*index] = &client.Error{
			Op: op, Method: http.MethodPost, Path: "/rest/api/3/issue/bulk", Status: failure.Status,
			Messages: failure.Errors.Messages, Fields: failure.Errors.Fields,
		}
	}
	if len(result.Issues)+len(e.Failed) != e.Inputs {
		return nil, e.unclear(op, result)
	}
	created := make([]*CreatedIssue, e.Inputs)
	next := 0
	for i := range created {
		if e.Failed[i] != nil {
			continue
		}
		if created[i] = &result.Issues[next]; created[i].Key == "" || created[i].ID == "" {
			return nil, e.unclear(op, result)
		}
		next++
	}
	if len(e.Failed) > 0 {
		return created, e
	}
	return created, nil
}

// unclear is the error of an answer that does not tell which input became which issue.
func (e *CreateManyError) unclear(op string, result *NewIssuesResult) error {
	keys := make([]string, len(result.Issues))
	for i := range keys {
		keys[i] = result.Issues[i].Key
	}
	return client.Ambiguous(op, fmt.Errorf("of %d inputs the server reports %d issues (%s) and %d failures, and not which is which",
		e.Inputs, len(keys), strings.Join(keys, ", "), len(result.Errors)))
}
