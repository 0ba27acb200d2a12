package jira_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// connect returns a client of a fake site with two issues, for the examples.
func connect() (*jira.Client, *jiratest.Server) {
	site := jiratest.NewServer(jiratest.WithoutListener())
	site.AddIssue("WEB", "Bug", "Cart total is wrong", map[string]any{"labels": []string{"flaky"}, "customfield_10016": 3})
	site.AddIssue("WEB", "Task", "Update the coupon texts", nil)
	jc, err := jira.New("https://acme.atlassian.net", client.BasicAuth(jiratest.Email, jiratest.Token), client.WithTransport(site.Transport()))
	if err != nil {
		panic(err)
	}
	return jc, site
}

func ExampleNew() {
	jc, err := jira.New("https://acme.atlassian.net", client.BasicAuth("bot@acme.example", os.Getenv("JIRA_API_TOKEN")))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(jc.BrowseURL("WEB-7"))
	// Output: https://acme.atlassian.net/browse/WEB-7
}

// Package jiratest is a site in the same process, for tests.
func ExampleNew_test() {
	site := jiratest.NewServer()
	defer site.Close()
	jc, err := jira.New(site.URL, client.BasicAuth(jiratest.Email, jiratest.Token))
	if err != nil {
		fmt.Println(err)
		return
	}
	me, err := jc.Users.Myself(context.Background(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(me.DisplayName)
	// Output: Build Bot
}

func ExampleIssuesService_Search() {
	jc, _ := connect()
	for issue, err := range jc.Issues.Search(context.Background(), `project = WEB AND statusCategory != Done ORDER BY key`, nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(issue.Key, issue.Fields.Status.Name, issue.Fields.Summary)
	}
	// Output:
	// WEB-1 To Do Cart total is wrong
	// WEB-2 To Do Update the coupon texts
}

func ExampleIssuesService_Create() {
	jc, _ := connect()
	points := jira.NumberField("customfield_10016")
	issue, err := jc.Issues.Create(context.Background(), jira.IssueInput{
		Project:     "WEB",
		Type:        "Bug",
		Summary:     "Coupon is not removed",
		Description: adf.Text("Add SAVE10, remove it.\n\nExpected: the full price."),
		Labels:      []string{"flaky"},
		Custom:      jira.Custom(points.Value(3)),
	})
	switch {
	case errors.Is(err, client.ErrAmbiguous):
		fmt.Println("look for the issue before creating it again:", err)
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println(issue.Key)
	}
	// Output: WEB-3
}

func ExampleIssuesService_Update() {
	jc, _ := connect()
	ctx := context.Background()
	err := jc.Issues.Update(ctx, "WEB-1", jira.IssueUpdate{Summary: new("Cart total ignores coupons"), Labels: jira.ListUpdate{Add: []string{"checkout"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	issue, err := jc.Issues.Get(ctx, "WEB-1", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(issue.Fields.Summary, issue.Fields.Labels)
	// Output: Cart total ignores coupons [flaky checkout]
}

func ExampleIssuesService_Transition() {
	jc, _ := connect()
	ctx := context.Background()
	transitions, err := jc.Issues.Transitions(ctx, "WEB-1", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range transitions {
		if t.To.Category.Key != "done" {
			continue
		}
		if err := jc.Issues.Transition(ctx, "WEB-1", jira.TransitionInput{Transition: jira.Transition{ID: t.ID}}); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("moved to", t.To.Name)
	}
	// Output: moved to Done
}

func ExampleCustomField() {
	jc, _ := connect()
	points := jira.NumberField("customfield_10016") // one handle serves the whole program
	for issue, err := range jc.Issues.Search(context.Background(), `project = WEB ORDER BY key`, nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		switch p, ok, err := points.Get(issue); {
		case err != nil:
			fmt.Println(err) // the field holds no number
		case ok:
			fmt.Println(issue.Key, p)
		default:
			fmt.Println(issue.Key, "not estimated")
		}
	}
	// Output:
	// WEB-1 3
	// WEB-2 not estimated
}

// Each failure is a *client.Error, and of one or several kinds.
func Example_errors() {
	jc, site := connect()
	site.Faults().Add(faults.TooManyRequests(time.Hour))
	for range 2 {
		_, err := jc.Issues.Create(context.Background(), jira.IssueInput{Project: "WEB", Type: "Bug", Summary: "Cart total", Priority: "Urgent"})
		var apiErr *client.Error
		switch {
		case errors.Is(err, client.ErrNotFound):
			fmt.Println("the project is gone or hidden")
		case errors.Is(err, client.ErrRateLimited) && errors.As(err, &apiErr):
			fmt.Println("again in", apiErr.RetryAfter)
			jc, site = connect()
		case errors.Is(err, client.ErrInvalid) && errors.As(err, &apiErr):
			for field := range apiErr.Fields {
				fmt.Println("wrong:", field)
			}
		}
	}
	// Output:
	// again in 1h0m0s
	// wrong: priority
}

func ExampleAttachmentsService() {
	jc, _ := connect()
	ctx := context.Background()
	files, err := jc.Attachments.Upload(ctx, "WEB-1", jira.UploadReader("trace.txt", strings.NewReader("expected 10.00, got 9.00")))
	if err != nil {
		fmt.Println(err)
		return
	}
	var b bytes.Buffer
	if _, err := jc.Attachments.Download(ctx, string(files[0].ID), &b); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(files[0].Filename, b.String())
	// Output: trace.txt expected 10.00, got 9.00
}

func ExampleCommentsService() {
	jc, _ := connect()
	ctx := context.Background()
	if _, err := jc.Comments.Create(ctx, "WEB-1", jira.CommentInput{Body: adf.Text("Seen again.")}, nil); err != nil {
		fmt.Println(err)
		return
	}
	for comment, err := range jc.Comments.List(ctx, "WEB-1", nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(comment.Author.DisplayName+":", comment.Body.Text())
	}
	// Output: Build Bot: Seen again.
}

func ExampleWorklogsService() {
	jc, _ := connect()
	work, err := jc.Worklogs.Create(context.Background(), "WEB-1", jira.WorklogInput{
		TimeSpentSeconds: 5400,
		Started:          jira.Time{Time: time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC)},
		Comment:          adf.Text("Bisected."),
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(work.TimeSpent, work.Comment.Text())
	// Output: 1h 30m Bisected.
}

func ExampleLinksService() {
	jc, _ := connect()
	err := jc.Links.Create(context.Background(), jira.IssueLinkInput{
		Type: jira.LinkType{Name: "Blocks"}, InwardIssue: jira.IssueRef{Key: "WEB-1"}, OutwardIssue: jira.IssueRef{Key: "WEB-2"},
	})
	fmt.Println(err)
	// Output: <nil>
}

func ExampleLinkTypesService() {
	jc, _ := connect()
	types, err := jc.LinkTypes.List(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(types[0].Name, types[0].Inward, types[0].Outward)
	// Output: Blocks is blocked by blocks
}

func ExampleRemoteLinksService() {
	jc, _ := connect()
	ctx := context.Background()
	link := jira.RemoteLinkInput{GlobalID: "ci=run-1", Object: jira.RemoteObject{Title: "Run 1", URL: "https://ci.acme.example/runs/1"}}
	for range 2 { // the same GlobalID: the second call replaces the link of the first
		if _, err := jc.RemoteLinks.Set(ctx, "WEB-1", link); err != nil {
			fmt.Println(err)
			return
		}
	}
	links, err := jc.RemoteLinks.List(ctx, "WEB-1")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(links), links[0].Object.Title)
	// Output: 1 Run 1
}

func ExampleProjectsService() {
	jc, _ := connect()
	for project, err := range jc.Projects.List(context.Background(), nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(project.Key, project.Name)
	}
	// Unordered output:
	// WEB Web Shop
	// OPS Operations
}

func ExampleFieldsService() {
	jc, _ := connect()
	fields, err := jc.Fields.List(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range fields {
		if f.Name == "Story Points" {
			fmt.Println(f.ID, f.Schema.Type)
		}
	}
	// Output: customfield_10016 number
}

func ExampleUsersService() {
	jc, _ := connect()
	for user, err := range jc.Users.Search(context.Background(), &jira.FindUsersParams{Query: "ada"}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(user.DisplayName)
	}
	// Output: Ada Fischer
}

func ExamplePermissionsService() {
	jc, _ := connect()
	mine, err := jc.Permissions.Mine(context.Background(), "CREATE_ISSUES", &jira.GetMyPermissionsParams{ProjectKey: "WEB"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(mine["CREATE_ISSUES"].HavePermission)
	// Output: true
}

func ExampleIssueTypesService() {
	jc, _ := connect()
	types, err := jc.IssueTypes.List(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range types {
		fmt.Print(t.Name, " ")
	}
	// Output: Epic Story Task Bug Sub-task
}

func ExampleStatusesService() {
	jc, _ := connect()
	status, err := jc.Statuses.Get(context.Background(), "In Review")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(status.Name, status.Category.Key)
	// Output: In Review indeterminate
}

func ExamplePrioritiesService() {
	jc, _ := connect()
	for priority, err := range jc.Priorities.List(context.Background(), nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(priority.Name, " ")
	}
	// Output: Highest High Medium Low Lowest
}

func ExampleResolutionsService() {
	jc, _ := connect()
	for resolution, err := range jc.Resolutions.List(context.Background(), nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(resolution.Name)
		break // the rest is not fetched
	}
	// Output: Done
}

func ExampleLabelsService() {
	jc, _ := connect()
	for label, err := range jc.Labels.List(context.Background(), nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(label)
	}
	// Output: flaky
}

func ExampleServerService() {
	jc, _ := connect()
	info, err := jc.Server.Info(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(info.DeploymentType)
	// Output: Cloud
}

func ExampleClient_Do() {
	jc, _ := connect()
	var info struct{ DeploymentType string }
	err := jc.Do(context.Background(), client.NewRequest("Server.Info", "GET", "/rest/api/3/serverInfo"), &info)
	fmt.Println(info.DeploymentType, err)
	// Output: Cloud <nil>
}
