package jiratest_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

func ExampleNewServer() {
	site := jiratest.NewServer()
	defer site.Close()
	site.AddIssue("WEB", "Bug", "Cart total is wrong", map[string]any{
		"labels": []string{"flaky"}, "customfield_10016": 3, "description": "The total ignores coupons.",
	})

	jc, err := jira.New(site.URL, client.BasicAuth(jiratest.Email, jiratest.Token))
	if err != nil {
		fmt.Println(err)
		return
	}
	for issue, err := range jc.Issues.Search(context.Background(), `labels = flaky AND statusCategory != Done`, nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(issue.Key, issue.Fields.Status.Name, issue.Fields.Summary)
	}
	// Output: WEB-1 To Do Cart total is wrong
}

func ExampleServer_Faults() {
	site := jiratest.NewServer(jiratest.WithoutListener())
	jc, err := jira.New(site.URL, client.BasicAuth(jiratest.Email, jiratest.Token), client.WithTransport(site.Transport()))
	if err != nil {
		fmt.Println(err)
		return
	}
	// The issue is created, but the answer never arrives.
	site.Faults().Add(faults.Rule{Method: "POST", Path: "/rest/api/3/issue", Cut: faults.CutAfter, Times: 1})
	_, err = jc.Issues.Create(context.Background(), jira.IssueInput{Project: "WEB", Type: "Bug", Summary: "Sent once"})
	fmt.Println(errors.Is(err, client.ErrAmbiguous), site.Issues())

	// The site is too busy for an hour, longer than the client is ready to wait.
	site.Faults().Add(faults.TooManyRequests(time.Hour))
	_, err = jc.Issues.Get(context.Background(), "WEB-1", nil)
	fmt.Println(errors.Is(err, client.ErrRateLimited))
	// Output:
	// true [WEB-1]
	// true
}
