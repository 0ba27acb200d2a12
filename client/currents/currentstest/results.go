package currentstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/internal/fake"
)

// signature is the same for a test in each of its runs. The real service computes it in another way.
func signature(projectID, spec string, title []string) string {
	return digest(append([]string{projectID, spec}, title...)...)
}

func (s *Server) getSignature(w http.ResponseWriter, r *http.Request) {
	var input struct {
		ProjectID    string          `json:"projectId"`
		SpecFilePath string          `json:"specFilePath"`
		TestTitle    json.RawMessage `json:"testTitle"`
	}
	if err := fake.DecodeJSON(r, &input, true); err != nil {
		badRequest(w, r, "%v", err)
		return
	}
	title, err := titles(input.TestTitle)
	switch st := s.snapshot(); {
	case input.ProjectID == "":
		badRequest(w, r, "projectId is required")
	case input.SpecFilePath == "":
		badRequest(w, r, "specFilePath is required")
	case err != nil:
		badRequest(w, r, "%v", err)
	case st.project(input.ProjectID) == nil:
		notFound(w, r, "Project")
	default:
		ok(w, http.StatusOK, currents.SignatureResult{Signature: signature(input.ProjectID, input.SpecFilePath, title)})
	}
}

// titles reads one title or a list of them.
func titles(raw json.RawMessage) ([]string, error) {
	var one string
	if json.Unmarshal(raw, &one) == nil && one != "" {
		return []string{one}, nil
	}
	var list []string
	if json.Unmarshal(raw, &list) == nil && len(list) > 0 {
		return list, nil
	}
	return nil, fmt.Errorf("testTitle must be a string or a list of strings, and not empty")
}

func (s *Server) listTestResults(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for _, name := range []string{"date_start", "date_end"} {
		if q.Get(name) == "" {
			badRequest(w, r, "%s is required", name)
			return
		}
	}
	keep, err := resultFilter(q)
	if err != nil {
		badRequest(w, r, "%v", err)
		return
	}
	var results []currents.TestResult
	for _, instance := range s.snapshot().instances {
		for i := range instance.value.Results.Tests {
			result := resultOf(&instance.value, &instance.value.Results.Tests[i])
			if result.Signature == r.PathValue("signature") && keep(&result) {
				results = append(results, result)
			}
		}
	}
	slices.Reverse(results)
	slices.SortStableFunc(results, func(a, b currents.TestResult) int { return b.CreatedAt.Compare(a.CreatedAt.Time) })
	cursorList(w, r, results,
		func(t currents.TestResult) string { return t.Cursor },
		func(t currents.TestResult) any { return t })
}

func resultOf(instance *currents.Instance, test *currents.Test) currents.TestResult {
	outcome := instance.Outcome(test)
	return currents.TestResult{
		Cursor:    cursorOf(instance.InstanceID + "/" + test.TestID),
		Signature: signature(instance.ProjectID, instance.Spec, test.Title),
		Framework: instance.Framework, CreatedAt: instance.CreatedAt, ProjectID: instance.ProjectID,
		GroupID: instance.GroupID, RunID: instance.RunID, InstanceID: instance.InstanceID, Spec: instance.Spec,
		MachineID: instance.MachineID, Tags: tagsOf(instance, test), Title: test.Title, TestID: test.TestID,
		DisplayError: outcome.DisplayError, Commit: instance.Commit, Duration: outcome.Duration, Flaky: outcome.IsFlaky,
		Status: stateOf(instance, test), Attempts: outcome.Attempts, Annotations: instance.TestAnnotations[test.TestID],
	}
}

// tagsOf returns the tags of a test or, where they are not recorded, those of its spec file.
func tagsOf(instance *currents.Instance, test *currents.Test) []string {
	if tags, ok := instance.TestTags[test.TestID]; ok {
		return tags
	}
	return instance.Tags
}

// resultFilter makes the filter of a list of test results out of its query parameters.
func resultFilter(q url.Values) (func(*currents.TestResult) bool, error) {
	from, to, err := period(q)
	if err != nil {
		return nil, err
	}
	if err := checkValues(q, "status[]", "passed", "failed", "pending", "skipped"); err != nil {
		return nil, err
	}
	if err := checkValues(q, "flaky", "true", "false"); err != nil {
		return nil, err
	}
	var annotations []struct {
		Type        string   `json:"type"`
		Description []string `json:"description"`
	}
	if q.Has("annotations") {
		if err := json.Unmarshal([]byte(q.Get("annotations")), &annotations); err != nil {
			return nil, fmt.Errorf(`annotations must be JSON such as [{"type":"owner","description":["Jane"]}]: %w`, err)
		}
	}
	annotated := func(t *currents.TestResult) bool {
		for _, wanted := range annotations {
			if !slices.ContainsFunc(t.Annotations, func(a currents.Annotation) bool {
				return a.Type == wanted.Type && anyOf(wanted.Description, a.Description)
			}) {
				return false
			}
		}
		return true
	}
	return func(t *currents.TestResult) bool {
		return within(t.CreatedAt, from, to) && annotated(t) &&
			anyOf(q["branches[]"], t.Commit.Branch) && anyOf(q["authors[]"], t.Commit.AuthorName, t.Commit.AuthorEmail) &&
			allOf(q["tags[]"], t.Tags) && anyOf(q["groups[]"], t.GroupID) && anyOf(q["status[]"], t.Status) &&
			(!q.Has("flaky") || (q.Get("flaky") == "true") == t.Flaky)
	}, nil
}
