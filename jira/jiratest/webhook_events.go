package jiratest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/jira-integrations/go-sdk/jira"
)

// emit sends the webhooks that wait for an event: what it tells is in body, and is is nil where it is of no issue. An event of an
// issue is told before the issue goes. The lock is held; the sending comes later.
func (c *call) emit(event jira.WebhookEventType, is *issue, body doc) {
	if len(c.st.Webhooks) == 0 || c.s.webhooks.transport == nil {
		return
	}
	var ids []int64 // of the app's: it gets one delivery, however many match
	var app *webhook
	for _, w := range c.st.Webhooks {
		switch {
		case !w.Admin && !w.Expires.After(c.now), !slices.Contains(w.Events, string(event)), !c.wants(w, is, body):
		case w.Admin:
			c.deliver(w, event, is, body)
		default:
			app, ids = w, append(ids, w.ID)
		}
	}
	if app != nil {
		c.deliver(app, event, is, body, ids...)
	}
}

// wants reports whether the filters of a webhook let an event pass.
func (c *call) wants(w *webhook, is *issue, body doc) bool {
	if changes, ok := body["changelog"].(doc); ok && len(w.Fields) > 0 {
		changed, _ := changes["items"].([]doc)
		if !slices.ContainsFunc(changed, func(item doc) bool { return slices.Contains(w.Fields, text(item["fieldId"])) }) {
			return false
		}
	}
	if property, ok := body["property"].(doc); ok && len(w.Properties) > 0 && !slices.Contains(w.Properties, text(property["key"])) {
		return false
	}
	q, err := parseJQL(w.JQL)
	if err != nil || q.where == nil || is == nil {
		return err == nil
	}
	matches, _, err := c.compile(q)
	return err == nil && matches(is)
}

// deliver writes the body of an event and puts it in the queue.
func (c *call) deliver(w *webhook, event jira.WebhookEventType, is *issue, body doc, matched ...int64) {
	d := doc{"timestamp": c.now.UnixMilli(), "webhookEvent": event, "user": c.user(c.st.Myself)}
	if is != nil {
		d["issue"] = c.oldIssue(is)
	}
	maps.Copy(d, body)
	if len(matched) > 0 {
		d["matchedWebhookIds"] = matched
	}
	data, err := json.Marshal(d)
	if err != nil {
		panic(fmt.Sprintf("jiratest: webhook %s cannot be encoded: %v", event, err))
	}
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", number64(c.st.next("delivery")))
	c.s.webhooks.add(&delivery{id: id, event: event, url: w.URL, body: data, user: c.st.Myself, app: !w.Admin, secret: w.Secret})
}

// oldIssue renders an issue as webhooks do: in the form of an older version of the API, where rich text is markup.
func (c *call) oldIssue(is *issue) doc {
	d := c.issueDoc(is, c.selectFields(nil, "*all"), nil, nil)
	delete(d, "expand")
	fields := d["fields"].(doc)
	for _, f := range c.st.Fields {
		if v, ok := fields[f.ID]; ok && f.Rich && v != nil {
			fields[f.ID] = adfText(v)
		}
	}
	for _, name := range []string{"comment", "worklog"} { // webhooks leave these out
		delete(fields, name)
	}
	return d
}

// emitChange tells that the fields of an issue have changed.
func (c *call) emitChange(is *issue, change *change) {
	cause := "issue_updated"
	for _, item := range change.Items {
		switch item["fieldId"] {
		case "status":
			cause = "issue_generic"
		case "assignee":
			cause = "issue_assigned"
		}
	}
	c.emit(jira.EventIssueUpdated, is, doc{
		"issue_event_type_name": cause, "changelog": doc{"id": change.ID, "items": change.Items},
	})
}

// emitComment tells of a comment.
func (c *call) emitComment(event jira.WebhookEventType, is *issue, r *remark) {
	d := c.comment(is, r)
	d["body"] = adfText(r.Body)
	c.emit(event, is, doc{"comment": d})
}

// emitWorklog tells of a worklog; such an event has no issue but its id.
func (c *call) emitWorklog(event jira.WebhookEventType, is *issue, w *worklog) {
	d := c.worklog(is, w).(doc)
	d["comment"] = adfText(w.Body)
	c.emit(event, nil, doc{"worklog": d})
}

// emitLink tells of a link, whose ids are numbers here.
func (c *call) emitLink(event jira.WebhookEventType, l *link) {
	t := c.findLinkType(l.Type)
	c.emit(event, nil, doc{"issueLink": doc{
		"id": number64(l.ID), "sourceIssueId": number64(l.Inward), "destinationIssueId": number64(l.Outward), "systemLink": false,
		"issueLinkType": doc{
			"id": number64(t.ID), "name": t.Name, "inwardName": t.Inward, "outwardName": t.Outward,
			"isSubTaskLinkType": false, "isSystemLinkType": false,
		},
	}})
}

// emitProperty tells of a property of an issue.
func (c *call) emitProperty(event jira.WebhookEventType, is *issue, key string) {
	property := doc{"key": key}
	if v, ok := is.Properties[key]; ok && event == jira.EventIssuePropertySet {
		property["value"] = v
	}
	c.emit(event, is, doc{"property": property})
}

// emitProject tells of a new project, whose id is a number here.
func (c *call) emitProject(p *project) {
	c.emit(jira.EventProjectCreated, nil, doc{"project": doc{
		"self": c.url("/project/%s", p.ID), "id": number64(p.ID), "key": p.Key, "name": p.Name, "projectLead": c.user(p.Lead),
		"assigneeType": "admin.assignee.type.unassigned",
	}})
}

// emitVersion tells of a new version.
func (c *call) emitVersion(p *project, v *ref) {
	c.emit(jira.EventVersionCreated, nil, doc{"version": doc{
		"self": c.url("/version/%s", v.ID), "id": v.ID, "name": v.Name, "archived": false, "released": false, "projectId": number64(p.ID),
	}})
}
