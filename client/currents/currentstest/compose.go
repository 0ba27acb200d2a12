package currentstest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client/currents"
)

// The states in which the recorded runs are.
const (
	complete   = "COMPLETE"
	inProgress = "IN_PROGRESS"
	passed     = "PASSED"
	failed     = "FAILED"
	running    = "RUNNING"
	failing    = "FAILING"
)

// runOf makes the run that instances without a recorded run belong to.
func runOf(instances []*currents.Instance) record[currents.Run] {
	head := instances[0]
	run := currents.Run{
		RunID: head.RunID, ProjectID: head.ProjectID, CreatedAt: head.CreatedAt,
		Meta:            currents.RunMeta{CIBuildID: "instances-of-" + head.RunID, Commit: head.Commit, Framework: head.Framework},
		CompletionState: complete, Status: passed,
	}
	failures := 0
	for _, instance := range instances {
		stats := statsOf(instance)
		failures += stats.Failures
		if !isDone(instance) {
			run.CompletionState = inProgress
		}
		if t := instance.CreatedAt; !t.IsZero() && t.Before(run.CreatedAt.Time) {
			run.CreatedAt = t
		}
		run.DurationMs += int64(stats.WallClockDuration)
		run.Tags = union(run.Tags, instance.Tags)
		completed := instance.CompletedAt
		if completed.IsZero() {
			completed = stats.WallClockEndedAt
		}
		run.Specs = append(run.Specs, currents.RunSpec{
			InstanceID: instance.InstanceID, Spec: instance.Spec, GroupID: instance.GroupID,
			ClaimedAt: instance.ClaimedAt, CompletedAt: completed, MachineID: instance.MachineID, Tags: instance.Tags,
			Results: currents.SpecResults{
				Stats: stats, Flaky: stats.Flaky, VideoURL: instance.Results.VideoURL, Exception: instance.Results.Exception,
			},
		})
		addToGroup(&run, instance, stats)
	}
	switch done := run.CompletionState == complete; {
	case done && failures > 0:
		run.Status = failed
	case !done && failures > 0:
		run.Status = failing
	case !done:
		run.Status = running
	}
	raw, err := json.Marshal(run)
	if err != nil {
		panic(fmt.Sprintf("currentstest: a run cannot be encoded: %v", err)) // what was decoded can be encoded
	}
	return record[currents.Run]{raw, run}
}

func addToGroup(run *currents.Run, instance *currents.Instance, stats currents.Stats) {
	i := slices.IndexFunc(run.Groups, func(g currents.RunGroup) bool { return g.GroupID == instance.GroupID })
	if i < 0 {
		i = len(run.Groups)
		run.Groups = append(run.Groups, currents.RunGroup{GroupID: instance.GroupID, Platform: instance.Platform})
	}
	g := &run.Groups[i]
	g.Tags = union(g.Tags, instance.Tags)
	g.DurationMs += int64(stats.WallClockDuration)
	g.SpecCount++
	g.Instances.Overall++
	g.Instances.Claimed++
	if isDone(instance) {
		g.Instances.Complete++
	}
	if stats.Failures > 0 {
		g.Instances.Failures++
	} else {
		g.Instances.Passes++
	}
	g.Tests.Overall += stats.Overall
	g.Tests.Tests += stats.Tests
	g.Tests.Passes += stats.Passes
	g.Tests.Failures += stats.Failures
	g.Tests.Pending += stats.Pending
	g.Tests.Skipped += stats.Skipped
	g.Tests.Flaky += stats.Flaky
	g.Tests.Retries += stats.Retries
}

// statsOf returns the recorded counts of an instance, or counts its tests where there are none.
func statsOf(instance *currents.Instance) currents.Stats {
	stats := instance.Results.Stats
	if stats.Overall > 0 || stats.Tests > 0 {
		return stats
	}
	for i := range instance.Results.Tests {
		test := &instance.Results.Tests[i]
		stats.Overall++
		stats.Tests++
		switch stateOf(instance, test) {
		case "passed":
			stats.Passes++
		case "failed":
			stats.Failures++
		case "pending":
			stats.Pending++
		case "skipped":
			stats.Skipped++
		}
		if instance.Outcome(test).IsFlaky {
			stats.Flaky++
		}
	}
	return stats
}

func isDone(instance *currents.Instance) bool {
	for i := range instance.Results.Tests {
		if stateOf(instance, &instance.Results.Tests[i]) == "" {
			return false
		}
	}
	return true
}

func stateOf(instance *currents.Instance, test *currents.Test) string {
	if s := test.FinalState(); s != "" {
		return s
	}
	outcome := instance.Outcome(test)
	return strings.ToLower(outcome.State)
}

func union(a, b []string) []string {
	for _, s := range b {
		if !slices.Contains(a, s) {
			a = append(a, s)
		}
	}
	return a
}
