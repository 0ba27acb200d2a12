package main

import (
	"context"
	"fmt"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// enough is the number of events after which the program ends on the fake.
const enough = 10

// onFake listens to a fake Jira while a user works on it.
func onFake(ctx context.Context, set *settings, out *printer) (err error) {
	out.most = enough
	handler := jira.NewWebhookHandler(jira.WebhookToken(jiratest.AppID, jiratest.AppSecret),
		func(_ context.Context, e *jira.WebhookEvent) error {
			_ = out.print(e) // asked for below: to have it sent again would not help
			return nil
		})
	fake := jiratest.NewServer(jiratest.WithoutListener(), jiratest.WithWebhookHandler(handler))
	defer fake.Close()
	connect := func(auth client.Auth) (*jira.Client, error) {
		return jira.New(program.FakeURL, auth, client.WithTransport(fake.Transport()))
	}
	app, err := connect(client.Bearer(jiratest.AppToken))
	if err != nil {
		return err
	}
	user, err := connect(client.BasicAuth(jiratest.Email, jiratest.Token))
	if err != nil {
		return err
	}
	ids, err := register(ctx, app, program.FakeURL+"/hook", set.jql)
	if err != nil {
		return err
	}
	for n := 1; out.count() < enough; n++ {
		before := out.count()
		if err := happen(ctx, user, n); err != nil {
			return err
		}
		fake.WaitForWebhooks()
		if err := out.failed(); err != nil {
			return err
		}
		if out.count() == before {
			return fmt.Errorf("nothing that happens on the fake matches %q: it happens in the project WEB", set.jql)
		}
	}
	return app.Webhooks.Delete(ctx, ids)
}

// happen is what a user does to one issue.
func happen(ctx context.Context, jc *jira.Client, n int) error {
	issue, err := jc.Issues.Create(ctx, jira.IssueInput{Project: "WEB", Type: "Bug", Summary: fmt.Sprintf("Cart total is wrong (%d)", n)})
	if err != nil {
		return err
	}
	if _, err := jc.Comments.Create(ctx, issue.Key, jira.CommentInput{Body: adf.Markdown("It **fails** again.")}, nil); err != nil {
		return err
	}
	if err := jc.Issues.Update(ctx, issue.Key, jira.IssueUpdate{Labels: jira.ListUpdate{Add: []string{"flaky"}}}); err != nil {
		return err
	}
	return jc.Issues.Delete(ctx, issue.Key, nil)
}
