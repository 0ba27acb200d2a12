package currentstest_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/client/currents/currentstest"
)

// manyRuns returns a server with the runs r0 (oldest) to r6.
func manyRuns(t *testing.T) *currentstest.Server {
	t.Helper()
	srv := currentstest.NewServer(currentstest.WithoutListener())
	for _, n := range []int{3, 0, 6, 1, 5, 2, 4} {
		run := currents.Run{
			RunID: fmt.Sprintf("r%d", n), ProjectID: "P", CompletionState: "COMPLETE", Status: "PASSED", Tags: []string{"all"},
			CreatedAt: day(1 + n), Specs: []currents.RunSpec{{InstanceID: "i"}},
		}
		run.Meta.CIBuildID = fmt.Sprintf("build-%d", n)
		run.Meta.Commit = currents.Commit{Branch: "main", AuthorName: "Ana", AuthorEmail: "ana@shop.example", Message: "Fix the Cart"}
		switch n {
		case 4:
			run.Status, run.Tags, run.Meta.PullRequest.ID = "FAILED", []string{"all", "nightly"}, "77"
		case 6:
			run.Status, run.CompletionState, run.Meta.Commit.Branch = "RUNNING", "IN_PROGRESS", "dev"
		case 2:
			run.Tags, run.Meta.Commit.AuthorName = []string{"weekly"}, "Bo"
		}
		if err := srv.AddRun(run); err != nil {
			t.Fatal(err)
		}
	}
	return srv
}

func day(d int) currents.Time {
	return currents.Time{Time: time.Date(2026, 3, d, 12, 0, 0, 0, time.UTC)}
}

func runIDs(page *currents.RunPage) []string {
	var ids []string
	for _, run := range page.Data {
		ids = append(ids, run.RunID)
	}
	return ids
}

func TestRunFilters(t *testing.T) {
	t.Parallel()
	cc := newClient(t, manyRuns(t), currentstest.APIKey)
	tests := map[string]struct {
		params currents.ListProjectRunsParams
		want   []string
	}{
		"all":          {currents.ListProjectRunsParams{}, []string{"r6", "r5", "r4", "r3", "r2", "r1", "r0"}},
		"branch":       {currents.ListProjectRunsParams{Branches: []string{"dev", "other"}}, []string{"r6"}},
		"author":       {currents.ListProjectRunsParams{Authors: []string{"Bo"}}, []string{"r2"}},
		"all tags":     {currents.ListProjectRunsParams{Tags: []string{"all", "nightly"}}, []string{"r4"}},
		"any tag":      {currents.ListProjectRunsParams{Tags: []string{"weekly", "nightly"}, TagOperator: "OR"}, []string{"r4", "r2"}},
		"status":       {currents.ListProjectRunsParams{Status: []string{"FAILED", "RUNNING"}}, []string{"r6", "r4"}},
		"state":        {currents.ListProjectRunsParams{CompletionState: []string{"IN_PROGRESS"}}, []string{"r6"}},
		"build":        {currents.ListProjectRunsParams{Search: "BUILD-3"}, []string{"r3"}},
		"message":      {currents.ListProjectRunsParams{Search: "the cart", Limit: 2}, []string{"r6", "r5"}},
		"pull request": {currents.ListProjectRunsParams{PullRequestID: "77"}, []string{"r4"}},
		"nothing":      {currents.ListProjectRunsParams{Branches: []string{"nope"}}, nil},
	}
	for name, tt := range tests {
		page, err := cc.Runs.ListPage(t.Context(), "P", &tt.params)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := runIDs(page); !slices.Equal(got, tt.want) {
			t.Errorf("%s: runs %v, want %v", name, got, tt.want)
		}
		for _, run := range page.Data {
			if len(run.Specs) != 0 || run.Cursor == "" {
				t.Errorf("%s: %s has %d spec files and the cursor %q", name, run.RunID, len(run.Specs), run.Cursor)
			}
		}
	}
}

func TestRunPeriod(t *testing.T) {
	t.Parallel()
	cc := newClient(t, manyRuns(t), currentstest.APIKey)
	page, err := cc.Runs.ListPage(t.Context(), "P", &currents.ListProjectRunsParams{DateStart: day(3), DateEnd: day(5)})
	if err != nil {
		t.Fatal(err)
	}
	if got := runIDs(page); !slices.Equal(got, []string{"r3", "r2"}) {
		t.Errorf("runs %v: the start belongs to the period, the end does not", got)
	}
}

func TestRunCursors(t *testing.T) {
	t.Parallel()
	cc := newClient(t, manyRuns(t), currentstest.APIKey)
	list := func(p currents.ListProjectRunsParams) *currents.RunPage {
		t.Helper()
		p.Limit = 3
		page, err := cc.Runs.ListPage(t.Context(), "P", &p)
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	check := func(page *currents.RunPage, more bool, want ...string) {
		t.Helper()
		if got := runIDs(page); !slices.Equal(got, want) || page.HasMore != more {
			t.Errorf("runs %v, more %v; want %v, %v", got, page.HasMore, want, more)
		}
	}
	first := list(currents.ListProjectRunsParams{})
	check(first, true, "r6", "r5", "r4")
	second := list(currents.ListProjectRunsParams{StartingAfter: first.Data[2].Cursor})
	check(second, true, "r3", "r2", "r1")
	third := list(currents.ListProjectRunsParams{StartingAfter: second.Data[2].Cursor})
	check(third, false, "r0")
	check(list(currents.ListProjectRunsParams{EndingBefore: third.Data[0].Cursor}), true, "r3", "r2", "r1")
	check(list(currents.ListProjectRunsParams{EndingBefore: second.Data[0].Cursor}), false, "r6", "r5", "r4")
	check(list(currents.ListProjectRunsParams{EndingBefore: first.Data[0].Cursor}), false)

	var all []string
	for run, err := range cc.Runs.List(t.Context(), "P", &currents.ListProjectRunsParams{Limit: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, run.RunID)
	}
	if want := []string{"r6", "r5", "r4", "r3", "r2", "r1", "r0"}; !slices.Equal(all, want) {
		t.Errorf("iterated over %v", all)
	}
}

func TestFindRun(t *testing.T) {
	t.Parallel()
	srv := manyRuns(t)
	cc := newClient(t, srv, currentstest.APIKey)
	tests := map[string]struct {
		params currents.FindRunParams
		want   string
	}{
		"latest complete":         {currents.FindRunParams{}, "r5"},
		"branch":                  {currents.FindRunParams{Branch: "main", Tags: []string{"weekly"}}, "r2"},
		"build wins over branch":  {currents.FindRunParams{CIBuildID: "build-1", Branch: "nope"}, "r1"},
		"with Playwright's file":  {currents.FindRunParams{CIBuildID: "build-4", LastRun: true}, "r4"},
		"build of a composed run": {currents.FindRunParams{CIBuildID: "instances-of-composed"}, "composed"},
	}
	instance := currents.Instance{InstanceID: "c", RunID: "composed", ProjectID: "P"}
	instance.Results.Tests = []currents.Test{{TestID: "c1", State: "passed"}}
	if err := srv.AddInstance(instance); err != nil {
		t.Fatal(err)
	}
	for name, tt := range tests {
		run, err := cc.Runs.Find(t.Context(), "P", &tt.params)
		if err != nil || run.RunID != tt.want || len(run.Specs) != 1 {
			t.Errorf("%s: %+v, %v", name, run, err)
		} else if tt.params.LastRun && run.LastRun.Status != "failed" {
			t.Errorf("%s: last run %+v", name, run.LastRun)
		}
	}
}

func TestLastRunNamesFailedTests(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	if err := srv.LoadRun(read(t, "run.json")); err != nil {
		t.Fatal(err)
	}
	run, err := newClient(t, srv, currentstest.APIKey).Runs.Find(t.Context(), projectID, &currents.FindRunParams{LastRun: true})
	if err != nil || !slices.Equal(run.LastRun.FailedTests, []string{"t-coupon", "t-total", "c2"}) {
		t.Errorf("last run %+v, %v", run, err)
	}
}

func TestTestResults(t *testing.T) {
	t.Parallel()
	srv := currentstest.NewServer(currentstest.WithoutListener())
	for n := range 5 {
		instance := currents.Instance{
			InstanceID: fmt.Sprintf("i%d", n), RunID: fmt.Sprintf("r%d", n), ProjectID: "P", Spec: "a.spec.ts", GroupID: "g",
			CreatedAt: day(1 + n), Commit: currents.Commit{Branch: "main", AuthorName: "Ana"}, Tags: []string{"t"},
			TestAnnotations: map[string][]currents.Annotation{"1": {{Type: "owner", Description: "Ana"}}},
		}
		state := "passed"
		if n%2 == 0 {
			state = "failed"
		}
		instance.Results.Tests = []currents.Test{
			{TestID: "1", Title: []string{"a", "b"}, State: state, IsFlaky: n == 3},
			{TestID: "2", Title: []string{"a", "c"}, State: "failed"},
		}
		if err := srv.AddInstance(instance); err != nil {
			t.Fatal(err)
		}
	}
	cc := newClient(t, srv, currentstest.APIKey)
	sig, err := cc.Signatures.Get(t.Context(), currents.SignatureInput{ProjectID: "P", SpecFilePath: "a.spec.ts", TestTitle: []string{"a", "b"}})
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		params *currents.GetTestResultsParams
		want   []string
	}{
		"all":        {&currents.GetTestResultsParams{Limit: 2}, []string{"r4", "r3", "r2", "r1", "r0"}},
		"failed":     {&currents.GetTestResultsParams{Status: []string{"failed"}}, []string{"r4", "r2", "r0"}},
		"flaky":      {&currents.GetTestResultsParams{Flaky: new(true)}, []string{"r3"}},
		"not flaky":  {&currents.GetTestResultsParams{Flaky: new(false), Status: []string{"passed"}}, []string{"r1"}},
		"elsewhere":  {&currents.GetTestResultsParams{Branches: []string{"dev"}}, nil},
		"group":      {&currents.GetTestResultsParams{Groups: []string{"g"}, Tags: []string{"t"}, Authors: []string{"Ana"}}, []string{"r4", "r3", "r2", "r1", "r0"}},
		"annotation": {&currents.GetTestResultsParams{Annotations: `[{"type":"owner","description":["Bo"]}]`}, nil},
		"owner":      {&currents.GetTestResultsParams{Annotations: `[{"type":"owner","description":["Bo","Ana"]}]`, Status: []string{"passed"}}, []string{"r3", "r1"}},
	}
	for name, tt := range tests {
		var got []string
		for result, err := range cc.TestResults.List(t.Context(), sig.Signature, day(1), day(28), tt.params) {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if result.Signature != sig.Signature || result.TestID != "1" || result.InstanceID == "" {
				t.Errorf("%s: %+v", name, result)
			}
			got = append(got, result.RunID)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}
