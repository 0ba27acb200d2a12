// Package jira talks to the Jira Cloud platform REST API v3.
//
//	jc, err := jira.New("https://acme.atlassian.net", client.BasicAuth(email, token))
//	for issue, err := range jc.Issues.Search(ctx, `project = WEB AND statusCategory != Done`, nil) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(issue.Key, issue.Fields.Status.Name, issue.Fields.Summary)
//	}
//
// The methods of a service follow the endpoints; each names its own. Lists come as iterators, and page by page with the
// method of the same name that ends in Page. All methods are safe for concurrent use, and every failure is a
// *client.Error; see package client for what is retried. The documentation of a method lists the kinds of failure that
// are particular to its endpoint; any call may also fail with client.ErrUnauthorized or client.ErrRateLimited.
//
// # Credentials
//
// [New] takes classic API tokens (client.BasicAuth) on the address of the site. OAuth 2.0 (3LO), scoped API tokens and
// service accounts go through Atlassian's gateway:
//
//	src := oauth.NewSource(jira.OAuthConfig(id, secret, redirect, "read:jira-work", "write:jira-work"), oauth.FileStore("jira.token.json"))
//	site, err := jira.FindSite(ctx, src, "acme")
//	jc, err := jira.New(site, src)
//
// # Fields
//
// Fields that Jira defines are plain Go fields of [Fields]; those that a site adds are read and written by typed handles,
// made once and shared:
//
//	var points = jira.NumberField("customfield_10016")
//
//	p, ok, err := points.Get(issue)
//	input.Custom = jira.Custom(points.Value(3))
//
// [FieldByName] makes a handle from the name that people see. An update sends what it mentions and nothing else: a field
// is set, emptied ([IssueUpdate.Clear], [CustomField.Empty]), added to or taken from ([ListUpdate], [CustomField.Add]), or
// left alone. [IssuesService.Requirements] tells what a new issue needs, and [Requirements.Validate] what is missing or
// wrong before anything is sent. Nothing is ever made to fit in silence: [CleanSummary], [CleanLabel] and
// [adf.Doc.Truncate] do so when they are called.
//
// # Exactly once
//
// [IssuesService.Create] sends an issue once and says when it does not know what became of it;
// [IssuesService.CreateOnce] makes one issue for a key, whatever happens, and [IssuesService.FileOrUpdate] one issue that
// gets a comment each time that its reason comes again.
//
// # Tasks, workflows, webhooks
//
// What takes Jira a while returns a [Task]: [Task.Wait] tells when it has ended, and which issues failed and why.
// [IssuesService.TransitionTo] moves an issue by the name of a transition or of a status. [WebhooksService.Register] asks for
// webhooks, [WebhooksService.KeepAlive] keeps them, and [NewWebhookHandler] receives, verifies and sorts what they deliver.
//
// Users test their programs with package jiratest, a stateful fake of Jira in the same process.
//
// # Concurrent use
//
// A [Client], its services, a [Task], a [WebhookHandler], the handles of fields and the lists that methods return may be used
// by any number of goroutines; each loop reads a list from its start. An [Upload] of [UploadReader] is good for one call. Values
// of the other types may be read by several goroutines as long as none changes them.
package jira
