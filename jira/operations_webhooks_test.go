package jira_test

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

func exerciseWebhooks(a *area) {
	const hook = "https://app.acme.example/jira"
	ctx := a.Context()
	created := func(jql string) jira.WebhookInput {
		return jira.WebhookInput{Events: []jira.WebhookEventType{jira.EventIssueCreated}, JQL: jql}
	}
	list := func() (ids []int64) {
		for _, w := range must(items(a.app.Webhooks.List(ctx, nil)))(a) {
			ids = append(ids, w.ID)
		}
		return ids
	}

	_, err := a.Webhooks.Register(ctx, hook, created("project = WEB"))
	a.fails(err, client.ErrForbidden, "Webhooks.Register")
	_, err = a.app.Webhooks.Register(ctx, hook)
	a.fails(err, client.ErrInvalid, "Webhooks.Register")
	_, err = a.app.Webhooks.Register(ctx, "no address", created("project = WEB"))
	a.fails(err, client.ErrInvalid, "Webhooks.Register")

	// Some are refused, the others are there.
	full := jira.WebhookInput{
		Events: []jira.WebhookEventType{jira.EventIssueUpdated, jira.EventIssuePropertySet}, JQL: "project IN (WEB, OPS) AND status = Done",
		FieldIDs: []string{"summary"}, PropertyKeys: []string{"ci"},
	}
	worklogs := jira.WebhookInput{Events: []jira.WebhookEventType{jira.EventWorklogCreated}, JQL: "project = WEB"}
	results, err := a.app.Webhooks.Register(ctx, hook, full, created("votes = 1"), created("project ~ WEB"), worklogs, created(""))
	a.fails(err, client.ErrInvalid, "Webhooks.Register")
	e, _ := errors.AsType[*client.Error](err)
	a.equal("refused", slices.Sorted(maps.Keys(e.Fields)), []string{"webhooks[1]", "webhooks[2]", "webhooks[3]", "webhooks[4]"})
	a.equal("reason", e.Fields["webhooks[1]"], "The clause votes is unsupported; not registered")
	a.equal("results", []any{len(results), results[0].ID > 0, results[0].Errors, results[1].ID, results[1].Errors}, []any{
		5, true, []string(nil), int64(0), []string{"The clause votes is unsupported"},
	})
	first := must(items(a.app.Webhooks.List(ctx, nil)))(a)[0]
	if life := time.Until(first.Expires.Time); life < 29*24*time.Hour || life > 31*24*time.Hour {
		a.Errorf("it lives for %v", life)
	}
	first.Expires = jira.Time{}
	a.equal("registered", first, &jira.Webhook{ID: results[0].ID, URL: hook, Events: full.Events, JQL: full.JQL, FieldIDs: full.FieldIDs, PropertyKeys: full.PropertyKeys})

	_, err = a.app.Webhooks.Register(ctx, hook+"/other", created("project = WEB"))
	a.fails(err, client.ErrInvalid, "Webhooks.Register")
	more := must(a.app.Webhooks.Register(ctx, hook, slices.Repeat([]jira.WebhookInput{created("project = OPS")}, 4)...))(a)
	_, err = a.app.Webhooks.Register(ctx, hook, created("project = WEB"))
	a.fails(err, client.ErrInvalid, "Webhooks.Register")
	page := must(a.app.Webhooks.ListPage(ctx, &jira.GetDynamicWebhooksForAppParams{MaxResults: 100}))(a)
	a.equal("page", []any{page.Total, page.IsLast}, []any{5, true})
	samePages(a, 2, a.app.Webhooks.List(ctx, &jira.GetDynamicWebhooksForAppParams{MaxResults: 2}), page.Values)
	_, err = a.Webhooks.ListPage(ctx, nil)
	a.fails(err, client.ErrForbidden, "Webhooks.List")

	ids := jira.WebhookIDs{IDs: []int64{more[0].ID, 4711}}
	life := must(a.app.Webhooks.Refresh(ctx, ids))(a)
	a.equal("refreshed", life.Expires.After(time.Now().Add(29*24*time.Hour)), true)
	_, err = a.app.Webhooks.Refresh(ctx, jira.WebhookIDs{IDs: []int64{}})
	a.fails(err, client.ErrInvalid, "Webhooks.Refresh")
	a.fine(a.app.Webhooks.Delete(ctx, ids))
	a.equal("left", list(), []int64{results[0].ID, more[1].ID, more[2].ID, more[3].ID})
	a.fails(a.app.Webhooks.Delete(ctx, jira.WebhookIDs{}), client.ErrInvalid, "Webhooks.Delete")
	a.fails(a.Webhooks.Delete(ctx, ids), client.ErrForbidden, "Webhooks.Delete")
	a.fails(a.app.Webhooks.KeepAlive(ctx, nil, 4711), client.ErrNotFound, "Webhooks.KeepAlive")
}

// exerciseFailedWebhooks looks at what an app that is down has missed.
func exerciseFailedWebhooks(a *area) {
	const hook, missed = "https://app.acme.example/jira", 5
	ctx := a.Context()
	must(a.app.Webhooks.Register(ctx, hook, jira.WebhookInput{Events: []jira.WebhookEventType{jira.EventIssueCreated}, JQL: "project = WEB"}))(a)
	for n := range missed {
		a.bug("Cart")
		for len(a.fake.Deliveries()) <= n {
			a.fake.WaitForWebhooks()
		}
	}
	page := must(a.app.Webhooks.ListFailedPage(ctx, nil))(a)
	a.equal("missed", len(page.Values), missed)
	for i, delivery := range a.fake.Deliveries() {
		failed := page.Values[i]
		event := must(jira.ParseWebhookEvent(nil, []byte(failed.Body)))(a)
		a.equal("failed", []any{failed.ID, failed.URL, event.Type, event.Issue.Fields.Summary}, []any{delivery.ID, hook, jira.EventIssueCreated, "Cart"})
		a.equal("attempts", delivery.Statuses, slices.Repeat([]int{http.StatusBadGateway}, 6))
	}

	before := len(a.fake.Requests())
	all := must(items(a.app.Webhooks.ListFailed(ctx, &jira.GetFailedWebhooksParams{MaxResults: 2})))(a)
	a.equal("all pages", documentsOf(a, all), documentsOf(a, page.Values))
	a.equal("requests", len(a.fake.Requests())-before, 3)
	last := must(items(a.app.Webhooks.ListFailed(ctx, &jira.GetFailedWebhooksParams{After: page.Values[3].FailureTime})))(a)
	a.equal("what is new", documentsOf(a, last), documentsOf(a, page.Values[4:]))
	_, err := a.Webhooks.ListFailedPage(ctx, nil)
	a.fails(err, client.ErrForbidden, "Webhooks.ListFailedPage")
}
