package jira_test

import (
	"context"
	"fmt"
	"os"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// granted returns a client of a fake site by the OAuth 2.0 grant of a person, for the examples.
func granted(ctx context.Context) (jc *jira.Client, end func()) {
	site := jiratest.NewServer(jiratest.WithoutListener())
	cloud := oauthtest.NewServer(oauthtest.WithoutListener())
	cloud.AddSite(oauthtest.Site{
		ID: acmeID, Name: "acme", URL: "https://acme.atlassian.net", Handler: site,
		Auth: client.BasicAuth(jiratest.Email, jiratest.Token),
	})
	scopes := []string{"read:jira-work", "write:jira-work", "read:jira-user", "offline_access"}
	src := oauth.NewSource(cloud.Config("https://app.example/callback", scopes...), oauth.MemoryStore())
	if err := src.Save(ctx, cloud.Grant(scopes...)); err != nil {
		panic(err)
	}
	acme, err := jira.FindSite(ctx, src, "acme", client.WithTransport(cloud.Transport()))
	if err != nil {
		panic(err)
	}
	if jc, err = jira.New(acme, src, client.WithTransport(cloud.Transport())); err != nil {
		panic(err)
	}
	return jc, func() { cloud.Close(); site.Close() }
}

// An app of OAuth 2.0: the program examples/oauth-login has filled the file, and the source keeps it good.
func ExampleOAuthConfig() {
	ctx := context.Background()
	cfg := jira.OAuthConfig(os.Getenv("JIRA_OAUTH_CLIENT_ID"), os.Getenv("JIRA_OAUTH_CLIENT_SECRET"),
		"http://localhost:8085/callback", "read:jira-work", "write:jira-work")
	src := oauth.NewSource(cfg, oauth.FileStore("jira.token.json"))
	site, err := jira.FindSite(ctx, src, "acme")
	if err != nil {
		fmt.Println(err) // no token is stored yet: a person has to log in
		return
	}
	jc, err := jira.New(site, src)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(jc.BrowseURL("WEB-1"))
}

// The projects that the person may see.
func Example_oauthProjects() {
	ctx := context.Background()
	jc, end := granted(ctx)
	defer end()
	for project, err := range jc.Projects.List(ctx, nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(project.Key, project.Name)
	}
	// Output:
	// OPS Operations
	// WEB Web Shop
}

// A bug of all that a failed test tells, in the name of the person who has logged in.
func Example_oauthCreateIssue() {
	ctx := context.Background()
	jc, end := granted(ctx)
	defer end()
	me, err := jc.Users.Myself(ctx, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	issue, err := jc.Issues.Create(ctx, jira.IssueInput{
		Project: "WEB", Type: "Bug", Summary: "Automated test failed: cart total",
		Description: adf.Markdown("`TestCart` failed: **got 12, want 10**"),
		Priority:    "High", Labels: []string{"automation", "bug", "testing"}, Assignee: me.AccountID,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(issue.Key, jc.BrowseURL(issue.Key))
	// Output: WEB-1 https://acme.atlassian.net/browse/WEB-1
}

func Example_oauthUpdateIssue() {
	ctx := context.Background()
	jc, end := granted(ctx)
	defer end()
	created, err := jc.Issues.Create(ctx, jira.IssueInput{Project: "WEB", Type: "Bug", Summary: "Cart total is wrong"})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = jc.Issues.Update(ctx, created.Key, jira.IssueUpdate{
		Summary: new("Cart total is wrong after removing a coupon"), Priority: new("High"), Labels: jira.ListUpdate{Add: []string{"flaky"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	issue, err := jc.Issues.Get(ctx, created.Key, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(issue.Fields.Summary, issue.Fields.Priority.Name, issue.Fields.Labels)
	// Output: Cart total is wrong after removing a coupon High [flaky]
}

func Example_oauthSearch() {
	ctx := context.Background()
	jc, end := granted(ctx)
	defer end()
	for _, summary := range []string{"Cart total is wrong", "Login is slow"} {
		if _, err := jc.Issues.Create(ctx, jira.IssueInput{Project: "WEB", Type: "Bug", Summary: summary}); err != nil {
			fmt.Println(err)
			return
		}
	}
	for issue, err := range jc.Issues.Search(ctx, `project = WEB AND summary ~ "cart"`, nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(issue.Key, issue.Fields.Status.Name, issue.Fields.Summary)
	}
	// Output: WEB-1 To Do Cart total is wrong
}
