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
// Fields that Jira defines are plain Go fields of [Fields]; those that a site adds are read and written by typed handles:
//
//	var points = jira.NumberField("customfield_10016")
//	p, ok, err := points.Get(issue)
//
// [IssuesService.Create] sends an issue once and says when it does not know what became of it;
// [IssuesService.CreateOnce] makes one issue for a key, whatever happens.
//
// Users test their programs with package jiratest, a stateful fake of Jira in the same process.
package jira
