package jira_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

// Many issues are changed by a task, which Wait waits for. An issue that is not there is no error: the report counts it.
func ExampleBulkService_Transition() {
	ctx := context.Background()
	jc, _ := connect()
	task, err := jc.Bulk.Transition(ctx, jira.BulkTransition{
		Steps: []jira.BulkTransitionStep{{Issues: []string{"WEB-1", "WEB-2", "WEB-404"}, TransitionID: "41"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := task.Wait(ctx)
	if failure, ok := errors.AsType[*jira.TaskError](err); ok {
		fmt.Println(failure.Report.Failed)
	}
	fmt.Println(len(report.Processed), "done,", len(report.Failed), "failed,", report.Inaccessible, "not there")
	fmt.Println(report.State)
	// Output:
	// 2 done, 0 failed, 1 not there
	// COMPLETE
}

// A task can be waited for by another process.
func ExampleTasksService_Resume() {
	ctx := context.Background()
	jc, _ := connect()
	started, err := jc.Bulk.SetProperty(ctx, "ci", jira.BulkPropertyValue{Value: []byte(`{"run":7}`)})
	if err != nil {
		fmt.Println(err)
		return
	}
	task := jc.Tasks.Resume(started.ID)
	task.OnProgress = func(r *jira.TaskReport) { fmt.Printf("%d %%\n", r.Progress) }
	if _, err := task.Wait(ctx); err != nil {
		fmt.Println(err)
		return
	}
	property, err := jc.Issues.Property(ctx, "WEB-2", "ci")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(property.Value))
	// Output:
	// 100 %
	// {"run":7}
}

func ExampleIssuesService_TransitionTo() {
	ctx := context.Background()
	jc, site := connect()
	site.AddTransition("Done", "Done", "resolution")
	err := jc.Issues.TransitionTo(ctx, "WEB-1", "Done")
	if failure, ok := errors.AsType[*client.Error](err); ok {
		fmt.Println(failure.Fields["resolution"])
	}
	resolution := jira.RawField("resolution").Value([]byte(`{"name":"Done"}`))
	err = jc.Issues.TransitionTo(ctx, "WEB-1", "Done",
		jira.TransitionFields(jira.IssueUpdate{Custom: jira.Custom(resolution)}), jira.TransitionComment(adf.Text("Fixed in 1.1.")))
	fmt.Println(err, site.Issue("WEB-1").Fields.Status.Name)
	// Output:
	// the transition Done requires Resolution: choose from Done, Won't Do, Duplicate, Cannot Reproduce
	// <nil> Done
}

func ExampleIssuesService_CreateMany() {
	jc, _ := connect()
	created, err := jc.Issues.CreateMany(context.Background(), []jira.IssueInput{
		{Project: "WEB", Type: "Bug", Summary: "TestCart failed"},
		{Project: "WEB", Type: "No such type", Summary: "TestCoupon failed"},
	})
	if failure, ok := errors.AsType[*jira.CreateManyError](err); ok {
		for index, why := range failure.Failed {
			fmt.Println(index, why.Fields["issuetype"])
		}
	}
	fmt.Println(created[0].Key, created[1] == nil)
	// Output:
	// 1 Specify a valid issue type
	// WEB-3 true
}
