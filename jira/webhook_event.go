package jira

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/jira-integrations/go-sdk/client"
)

// WebhookEventType says what a webhook tells of. Jira may send others than those named here.
type WebhookEventType string

// What webhooks of apps are sent for. The webhooks that administrators set up are sent for these and more.
const (
	EventIssueCreated         WebhookEventType = "jira:issue_created"
	EventIssueUpdated         WebhookEventType = "jira:issue_updated"
	EventIssueDeleted         WebhookEventType = "jira:issue_deleted"
	EventCommentCreated       WebhookEventType = "comment_created"
	EventCommentUpdated       WebhookEventType = "comment_updated"
	EventCommentDeleted       WebhookEventType = "comment_deleted"
	EventIssuePropertySet     WebhookEventType = "issue_property_set"
	EventIssuePropertyDeleted WebhookEventType = "issue_property_deleted"
	EventSprintCreated        WebhookEventType = "sprint_created"
	EventSprintUpdated        WebhookEventType = "sprint_updated"
	EventSprintStarted        WebhookEventType = "sprint_started"
	EventSprintClosed         WebhookEventType = "sprint_closed"
	EventSprintDeleted        WebhookEventType = "sprint_deleted"
	EventVersionCreated       WebhookEventType = "jira:version_created"
	EventVersionUpdated       WebhookEventType = "jira:version_updated"
	EventVersionReleased      WebhookEventType = "jira:version_released"
	EventVersionUnreleased    WebhookEventType = "jira:version_unreleased"
	EventVersionMoved         WebhookEventType = "jira:version_moved"
	EventVersionMerged        WebhookEventType = "jira:version_merged"
	EventVersionDeleted       WebhookEventType = "jira:version_deleted"
)

// What only the webhooks that administrators set up are sent for.
const (
	EventWorklogCreated    WebhookEventType = "worklog_created"
	EventWorklogUpdated    WebhookEventType = "worklog_updated"
	EventWorklogDeleted    WebhookEventType = "worklog_deleted"
	EventAttachmentCreated WebhookEventType = "attachment_created"
	EventAttachmentDeleted WebhookEventType = "attachment_deleted"
	EventIssueLinkCreated  WebhookEventType = "issuelink_created"
	EventIssueLinkDeleted  WebhookEventType = "issuelink_deleted"
	EventProjectCreated    WebhookEventType = "project_created"
	EventProjectUpdated    WebhookEventType = "project_updated"
	EventProjectDeleted    WebhookEventType = "project_deleted"
	EventUserCreated       WebhookEventType = "user_created"
	EventUserUpdated       WebhookEventType = "user_updated"
	EventUserDeleted       WebhookEventType = "user_deleted"
)

// WebhookEvent is what a webhook delivers. What it tells of is in the fields that are not nil; all of it is in Raw. Texts
// are wiki markup where Jira sends it: their Text is the markup then.
type WebhookEvent struct {
	// ID identifies the delivery on its site; a repeated delivery has the same.
	ID string
	// Retry counts from 1 when the delivery is repeated, and is 0 the first time.
	Retry int
	// Flow is Primary for what is delivered within seconds, Secondary for what may take longer.
	Flow string

	// Type says what has happened.
	Type WebhookEventType
	// Timestamp is when it happened.
	Timestamp Time
	// Cause is Jira's name for what changed an issue, as in issue_generic (a transition) or issue_assigned.
	Cause string
	// WebhookIDs lists the webhooks of the app that matched.
	WebhookIDs []int64

	// User did it; of the events of users it is whom they are about.
	User *User
	// Issue is the issue as it is now, or was when it was deleted.
	Issue *Issue
	// Changelog lists the fields that were changed.
	Changelog  *Changelog
	Comment    *Comment
	Worklog    *Worklog
	Attachment *Attachment
	IssueLink  *WebhookIssueLink
	// Property is a property of the issue. A deleted one has no value.
	Property *EntityProperty
	Project  *Project
	Version  *Version
	Sprint   *Sprint

	// Raw is the whole event as received.
	Raw json.RawMessage
	// Problems says why a property of Raw has a form that its field here cannot hold, by name; the field is then nil.
	Problems map[string]error
}

// WebhookIssueLink is a link between two issues as webhooks tell of it, without the issues.
type WebhookIssueLink struct {
	ID            ID                   `json:"id"`
	SourceID      ID                   `json:"sourceIssueId"`      // the issue that the link comes from
	DestinationID ID                   `json:"destinationIssueId"` // the issue that the link goes to
	Type          WebhookIssueLinkType `json:"issueLinkType"`
}

// WebhookIssueLinkType is the type of a [WebhookIssueLink].
type WebhookIssueLinkType struct {
	ID      ID     `json:"id"`
	Name    string `json:"name"`
	Inward  string `json:"inwardName"`
	Outward string `json:"outwardName"`
}

// ParseWebhookEvent reads a delivery: the headers of its request, nil for none, and the body. It does not check who sent
// it: that is what [NewWebhookHandler] or a [WebhookVerifier] is for. An event of an unknown type or with odd properties is
// no error, only a body that is no event at all, or one whose values would take far more memory than its text: that is
// [client.ErrTooLarge].
func ParseWebhookEvent(header http.Header, body []byte) (*WebhookEvent, error) {
	if err := client.Fits(body, &delivered{}, 0); err != nil {
		return nil, fmt.Errorf("the body cannot be read: %w", err)
	}
	properties, err := webhookProperties(body)
	if err != nil {
		return nil, fmt.Errorf("the body is no JSON object: %w", err)
	}
	e := &WebhookEvent{
		ID: header.Get("X-Atlassian-Webhook-Identifier"), Flow: header.Get("X-Atlassian-Webhook-Flow"), Raw: json.RawMessage(body),
	}
	if n, err := strconv.Atoi(header.Get("X-Atlassian-Webhook-Retry")); err == nil && n > 0 {
		e.Retry = n
	}
	for name, field := range map[string]any{
		"webhookEvent": &e.Type, "timestamp": &e.Timestamp, "issue_event_type_name": &e.Cause, "matchedWebhookIds": &e.WebhookIDs,
		"user": &e.User, "issue": &e.Issue, "changelog": &e.Changelog, "comment": &e.Comment, "worklog": &e.Worklog,
		"attachment": &e.Attachment, "issueLink": &e.IssueLink, "property": &e.Property, "project": &e.Project,
		"version": &e.Version, "sprint": &e.Sprint,
	} {
		if raw, ok := properties[name]; ok {
			e.read(name, raw, field)
		}
	}
	if e.Type == "" {
		return nil, errors.New("the body names no webhookEvent")
	}
	return e, nil
}

// delivered has the properties of an event, to reckon them together.
type delivered struct {
	MatchedWebhookIDs []int64
	User              *User
	Issue             *Issue
	Changelog         *Changelog
	Comment           *Comment
	Worklog           *Worklog
	Attachment        *Attachment
	IssueLink         *WebhookIssueLink
	Property          *EntityProperty
	Project           *Project
	Version           *Version
	Sprint            *Sprint
}

// webhookProperties cuts a body into the properties that an event may have, which are parts of it.
func webhookProperties(body []byte) (map[string]string, error) {
	s := scanner{src: borrow(body)}
	if s.token() != '{' {
		if s.skip(); !s.end() {
			return nil, invalid(body)
		}
		return nil, fmt.Errorf("it is %s", kindOf(borrow(bytes.TrimSpace(body))))
	}
	properties := map[string]string{}
	for name := range s.members {
		value := s.skip()
		switch name {
		case "webhookEvent", "timestamp", "issue_event_type_name", "matchedWebhookIds", "user", "issue", "changelog", "comment",
			"worklog", "attachment", "issueLink", "property", "project", "version", "sprint":
			properties[name] = value
		}
	}
	if !s.end() {
		return nil, invalid(body)
	}
	return properties, nil
}

// read decodes one property, or notes why it cannot.
func (e *WebhookEvent) read(name, value string, field any) {
	left := int64(reckoned)
	err := client.UnmarshalWithin(lend(value), field, &left) // webhooks send some ids as numbers, where the API does not
	if err == nil {
		return
	}
	if e.Problems == nil {
		e.Problems = map[string]error{}
	}
	e.Problems[name] = err
	_ = json.Unmarshal([]byte("null"), field) // half of it would mislead
}
