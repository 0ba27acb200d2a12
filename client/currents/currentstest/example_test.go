package currentstest_test

import (
	"context"
	"fmt"
	"log"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/client/currents/currentstest"
)

func ExampleNewServer() {
	srv := currentstest.NewServer()
	defer srv.Close()
	instance := currents.Instance{InstanceID: "i1", RunID: "r1", ProjectID: "p1", Spec: "cart.spec.ts"}
	instance.Results.Tests = []currents.Test{
		{TestID: "t1", Title: []string{"cart", "adds an item"}, State: "passed"},
		{TestID: "t2", Title: []string{"cart", "shows the total"}, State: "failed", DisplayError: "expected 12"},
	}
	if err := srv.AddInstance(instance); err != nil {
		log.Fatal(err)
	}

	cc, err := currents.New(client.Bearer(currentstest.APIKey), client.WithBaseURL(srv.URL))
	if err != nil {
		log.Fatal(err)
	}
	target := currents.Target{InstallationID: currentstest.InstallationID, ProjectID: "10000", IssueType: "10004"}
	ctx := context.Background()
	for test, err := range cc.FailedTests(ctx, "r1") {
		if err != nil {
			log.Fatal(err)
		}
		link, err := cc.Jira.CreateIssue(ctx, test.ProjectID, target.For(test))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(link.JiraIssueKey, test.FullTitle(), test.Error.Message)
	}
	// Output: WEB-1 cart > shows the total expected 12
}
