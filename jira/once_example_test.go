package jira_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

func ExampleIssuesService_CreateOnce() {
	jc, site := connect()
	// The issue is created, but the answer gets lost.
	site.Faults().Add(faults.Rule{Method: "POST", Path: "/rest/api/3/issue", Cut: faults.CutAfter, Times: 1})

	for range 2 {
		result, err := jc.Issues.CreateOnce(context.Background(), "ci/shop/cart.TestTotal", jira.IssueInput{
			Project: "WEB", Type: "Bug", Summary: "cart.TestTotal fails",
		})
		if unknown, ok := errors.AsType[*jira.AmbiguousError](err); ok {
			fmt.Println("call again later, or look for the label", unknown.Label)
			return
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(result.Key, result.Created)
	}
	// Output:
	// WEB-3 true
	// WEB-3 false
}

func ExampleIssuesService_FileOrUpdate() {
	jc, _ := connect()
	failure := jira.IssueInput{Project: "WEB", Type: "Bug", Summary: "cart.TestTotal fails"}
	for run := range 3 {
		result, err := jc.Issues.FileOrUpdate(context.Background(), "ci/shop/cart.TestTotal", failure,
			adf.Text(fmt.Sprintf("It failed again in run %d.", run)), jira.OnceReopen())
		switch {
		case errors.Is(err, client.ErrAmbiguous):
			fmt.Println("call again later")
		case err != nil:
			fmt.Println(err)
		case result.Created:
			fmt.Println(result.Key, "is new")
		default:
			fmt.Println(result.Key, "has the comment:", result.Comment.Body.Text())
		}
	}
	// Output:
	// WEB-3 is new
	// WEB-3 has the comment: It failed again in run 1.
	// WEB-3 has the comment: It failed again in run 2.
}

func ExampleOnceLabel() {
	fmt.Println("labels = " + jira.OnceLabel("ci/shop/cart.TestTotal"))
	// Output: labels = once-e921806f9c790b8d78e04a08c6da8e46
}
