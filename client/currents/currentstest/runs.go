package currentstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client/currents"
)

func (s *Server) listProjects(w http.ResponseWriter, r *http.Request) {
	st := s.snapshot()
	cursorList(w, r, st.projects,
		func(p currents.Project) string { return cursorOf(p.ProjectID) },
		func(p currents.Project) any {
			p.Cursor = cursorOf(p.ProjectID)
			return p
		})
}

func (s *Server) getProject(w http.ResponseWriter, r *http.Request) {
	st := s.snapshot()
	p := st.project(r.PathValue("projectId"))
	if p == nil {
		notFound(w, r, "Project")
		return
	}
	ok(w, http.StatusOK, p)
}

func (s *Server) listRuns(w http.ResponseWriter, r *http.Request) {
	st := s.snapshot()
	if st.project(r.PathValue("projectId")) == nil {
		notFound(w, r, "Project")
		return
	}
	keep, err := runFilter(r.URL.Query())
	if err != nil {
		badRequest(w, r, "%v", err)
		return
	}
	var runs []record[currents.Run]
	for _, run := range newestFirst(st.allRuns()) {
		if run.value.ProjectID == r.PathValue("projectId") && keep(&run.value) {
			runs = append(runs, run)
		}
	}
	cursorList(w, r, runs,
		func(run record[currents.Run]) string { return cursorOf(run.value.RunID) },
		func(run record[currents.Run]) any {
			return edit(run.raw, map[string]any{"cursor": cursorOf(run.value.RunID), "specs": nil})
		})
}

// newestFirst sorts runs by their time of creation; those of the same time stay in reverse order of arrival.
func newestFirst(runs []record[currents.Run]) []record[currents.Run] {
	slices.Reverse(runs)
	slices.SortStableFunc(runs, func(a, b record[currents.Run]) int {
		return b.value.CreatedAt.Compare(a.value.CreatedAt.Time)
	})
	return runs
}

// runFilter makes the filter of a list of runs out of its query parameters.
func runFilter(q url.Values) (func(*currents.Run) bool, error) {
	from, to, err := period(q)
	if err != nil {
		return nil, err
	}
	if err := checkValues(q, "status", passed, failed, running, failing); err != nil {
		return nil, err
	}
	if err := checkValues(q, "completion_state", complete, inProgress, "CANCELED", "TIMEOUT"); err != nil {
		return nil, err
	}
	if err := checkValues(q, "tag_operator", "AND", "OR"); err != nil {
		return nil, err
	}
	for name, most := range map[string]int{"search": 200, "pr_id": 128} {
		if n := len([]rune(q.Get(name))); n > most {
			return nil, fmt.Errorf("%s has %d characters, more than %d", name, n, most)
		}
	}
	return func(run *currents.Run) bool {
		commit := &run.Meta.Commit
		tagged := allOf(q["tags[]"], run.Tags)
		if q.Get("tag_operator") == "OR" {
			tagged = anyOf(q["tags[]"], run.Tags...)
		}
		return tagged && within(run.CreatedAt, from, to) &&
			anyOf(q["branches[]"], commit.Branch) && anyOf(q["authors[]"], commit.AuthorName, commit.AuthorEmail) &&
			anyOf(q["status"], strings.ToUpper(run.Status)) &&
			anyOf(q["completion_state"], strings.ToUpper(run.CompletionState)) &&
			anyOf(q["pr_id"], string(run.Meta.PullRequest.ID)) &&
			(contains(run.Meta.CIBuildID, q.Get("search")) || contains(commit.Message, q.Get("search")))
	}, nil
}

func (s *Server) findRun(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	st := s.snapshot()
	switch {
	case q.Get("projectId") == "":
		badRequest(w, r, "projectId is required")
		return
	case q.Has("pwLastRun") && q.Get("pwLastRun") != "true" && q.Get("pwLastRun") != "false":
		badRequest(w, r, "pwLastRun must be true or false, not %q", q.Get("pwLastRun"))
		return
	case st.project(q.Get("projectId")) == nil:
		notFound(w, r, "Project")
		return
	}
	for _, run := range newestFirst(st.allRuns()) {
		v := &run.value
		if v.ProjectID != q.Get("projectId") || !strings.EqualFold(v.CompletionState, complete) || !allOf(q["tags[]"], v.Tags) {
			continue
		}
		if id := q.Get("ciBuildId"); id != "" && v.Meta.CIBuildID != id {
			continue
		} else if branch := q.Get("branch"); id == "" && branch != "" && v.Meta.Commit.Branch != branch {
			continue
		}
		if q.Get("pwLastRun") == "true" {
			ok(w, http.StatusOK, edit(run.raw, map[string]any{"pwLastRun": st.lastRun(v)}))
			return
		}
		ok(w, http.StatusOK, run.raw)
		return
	}
	notFound(w, r, "Run")
}

func (st *state) lastRun(run *currents.Run) currents.LastRun {
	last := currents.LastRun{Status: strings.ToLower(run.Status), FailedTests: []string{}}
	for _, instance := range st.instancesOf(run.RunID) {
		for i := range instance.Results.Tests {
			if test := &instance.Results.Tests[i]; stateOf(instance, test) == "failed" {
				last.FailedTests = append(last.FailedTests, test.TestID)
			}
		}
	}
	return last
}

func (s *Server) getRun(w http.ResponseWriter, r *http.Request) {
	st := s.snapshot()
	run, found := st.run(r.PathValue("runId"))
	if !found {
		notFound(w, r, "Run")
		return
	}
	ok(w, http.StatusOK, run.raw)
}

func (s *Server) getInstance(w http.ResponseWriter, r *http.Request) {
	for _, instance := range s.snapshot().instances {
		if instance.value.InstanceID == r.PathValue("instanceId") {
			ok(w, http.StatusOK, instance.raw)
			return
		}
	}
	notFound(w, r, "Instance")
}

// edit returns the object with some properties set; nil removes one.
func edit(raw json.RawMessage, properties map[string]any) map[string]any {
	var object map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&object); err != nil {
		panic(fmt.Sprintf("currentstest: a document cannot be decoded again: %v", err)) // it was when it came
	}
	for name, value := range properties {
		if value == nil {
			delete(object, name)
			continue
		}
		object[name] = value
	}
	return object
}
