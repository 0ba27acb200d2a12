package jiratest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jira-integrations/go-sdk/jira"
)

// AppID, AppSecret and AppToken are the client id and the secret of an OAuth 2.0 app that is installed on the site, and its
// access token: with client.Bearer(jiratest.AppToken) a client is that app, acting for the same user as [Email]. Only the
// app can register webhooks. It stands for a Connect app as well, where only those can do something.
const (
	AppID     = "jiratest-app"
	AppSecret = "jiratest-app-secret" // #nosec G101 -- of the fake
	AppToken  = "jiratest-app-token"  // #nosec G101 -- of the fake
)

// The limits of the webhooks of an app.
const (
	maxWebhooks = 5
	webhookLife = 30 * 24 * time.Hour
	failedLife  = 72 * time.Hour
)

// webhook is one of the app, or one that an administrator has set up: that has a secret perhaps, and no end.
type webhook struct {
	ID         int64     `json:"id"`
	URL        string    `json:"url"`
	Events     []string  `json:"events"`
	JQL        string    `json:"jql,omitempty"`
	Fields     []string  `json:"fields,omitempty"`
	Properties []string  `json:"properties,omitempty"`
	Admin      bool      `json:"admin,omitempty"`
	Secret     string    `json:"secret,omitempty"`
	Expires    time.Time `json:"expires,omitzero"`
}

type failedWebhook struct {
	ID   string    `json:"id"`
	URL  string    `json:"url"`
	Body string    `json:"body"`
	Time time.Time `json:"time"`
}

// appEvents are what an app can register webhooks for.
var appEvents = []jira.WebhookEventType{
	jira.EventIssueCreated, jira.EventIssueUpdated, jira.EventIssueDeleted, jira.EventCommentCreated, jira.EventCommentUpdated,
	jira.EventCommentDeleted, jira.EventIssuePropertySet, jira.EventIssuePropertyDeleted, jira.EventSprintCreated,
	jira.EventSprintUpdated, jira.EventSprintStarted, jira.EventSprintClosed, jira.EventSprintDeleted, jira.EventVersionCreated,
	jira.EventVersionUpdated, jira.EventVersionReleased, jira.EventVersionUnreleased, jira.EventVersionMoved,
	jira.EventVersionMerged, jira.EventVersionDeleted,
}

// byApp reports whether a request carries the credential of the app.
func byApp(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer "+AppToken }

func (c *call) onlyApp() error {
	if !byApp(c.r) {
		return fail(http.StatusForbidden, "Only apps can access this resource.")
	}
	return nil
}

// appWebhooks returns the webhooks of the app that are alive, and forgets the others.
func (c *call) appWebhooks() []*webhook {
	c.st.Webhooks = slices.DeleteFunc(c.st.Webhooks, func(w *webhook) bool { return !w.Admin && !w.Expires.After(c.now) })
	return slices.DeleteFunc(slices.Clone(c.st.Webhooks), func(w *webhook) bool { return w.Admin })
}

func (c *call) registerWebhooks() (any, error) {
	if err := c.onlyApp(); err != nil {
		return nil, err
	}
	address := text(c.object()["url"])
	if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fail(http.StatusBadRequest, "The webhook URL is not valid.")
	}
	wanted := list(c.object()["webhooks"])
	if len(wanted) == 0 {
		return nil, fail(http.StatusBadRequest, "The list of webhooks must not be empty.")
	}
	have := c.appWebhooks()
	if len(have) > 0 && have[0].URL != address {
		return nil, fail(http.StatusBadRequest, "Only a single URL per app is allowed to be registered.")
	}
	results := each(wanted, func(in any) any {
		w, err := c.acceptWebhook(in)
		if err == nil && len(c.appWebhooks()) >= maxWebhooks {
			err = fmt.Errorf("The limit of %d webhooks has been reached.", maxWebhooks)
		}
		if err != nil {
			return doc{"errors": []string{err.Error()}}
		}
		w.ID, w.URL, w.Expires = number64(c.st.next("webhook")), address, c.now.Add(webhookLife)
		c.st.Webhooks = append(c.st.Webhooks, w)
		return doc{"createdWebhookId": w.ID}
	})
	return doc{"webhookRegistrationResult": results}, nil
}

// acceptWebhook checks what a webhook is to be registered for.
func (c *call) acceptWebhook(in any) (*webhook, error) {
	object, _ := in.(doc)
	w := &webhook{JQL: text(object["jqlFilter"])}
	for name := range maps.Keys(object) {
		if !slices.Contains([]string{"events", "jqlFilter", "fieldIdsFilter", "issuePropertyKeysFilter"}, name) {
			return nil, fmt.Errorf("jiratest: unknown field %q", name)
		}
	}
	for name, to := range map[string]*[]string{"events": &w.Events, "fieldIdsFilter": &w.Fields, "issuePropertyKeysFilter": &w.Properties} {
		for _, v := range list(object[name]) {
			*to = append(*to, text(v))
		}
	}
	if len(w.Events) == 0 {
		return nil, fmt.Errorf("The list of events must not be empty.")
	}
	for _, event := range w.Events {
		if !slices.Contains(appEvents, jira.WebhookEventType(event)) {
			return nil, fmt.Errorf("The event '%s' is unsupported.", event)
		}
	}
	return w, c.checkFilter(w.JQL)
}

// checkFilter refuses what the filters of webhooks do not understand.
func (c *call) checkFilter(jql string) error {
	q, err := parseJQL(jql)
	switch {
	case err != nil:
		return err
	case q.where == nil || len(q.order) > 0:
		return fmt.Errorf("The JQL filter must restrict the issues, and cannot order them.")
	}
	if err := filterable(q.where); err != nil {
		return err
	}
	_, _, err = c.compile(q)
	return err
}

func filterable(n *jqlNode) error {
	for _, kid := range n.kids {
		if err := filterable(kid); err != nil {
			return err
		}
	}
	if n.clause == nil {
		return nil
	}
	name := strings.ToLower(n.clause.field.text)
	known := []string{"issuekey", "key", "issue", "project", "issuetype", "type", "status", "assignee", "reporter"}
	if !slices.Contains(known, name) && !strings.HasPrefix(name, "issue.property") && !strings.HasPrefix(name, "cf[") {
		return fmt.Errorf("The clause %s is unsupported", n.clause.field.text)
	}
	if !slices.Contains([]string{"=", "!=", "in", "not in"}, n.clause.op) {
		return fmt.Errorf("The operator %s is unsupported", n.clause.op)
	}
	return nil
}

func (c *call) getWebhooks() (any, error) {
	if err := c.onlyApp(); err != nil {
		return nil, err
	}
	return page(c, c.appWebhooks(), 100, 100, func(w *webhook) any {
		d := doc{"id": w.ID, "url": w.URL, "events": w.Events, "jqlFilter": w.JQL, "expirationDate": w.Expires.UnixMilli()}
		if len(w.Fields) > 0 {
			d["fieldIdsFilter"] = w.Fields
		}
		if len(w.Properties) > 0 {
			d["issuePropertyKeysFilter"] = w.Properties
		}
		return d
	})
}

// namedWebhooks returns those of the app's webhooks that the body names. Others are ignored.
func (c *call) namedWebhooks() ([]*webhook, error) {
	if err := c.onlyApp(); err != nil {
		return nil, err
	}
	ids := list(c.object()["webhookIds"])
	if len(ids) == 0 {
		return nil, fail(http.StatusBadRequest, "The list of webhook IDs is missing.")
	}
	named := map[int64]bool{}
	for _, id := range ids {
		n, ok := id.(json.Number)
		v, err := n.Int64()
		if !ok || err != nil {
			return nil, fail(http.StatusBadRequest, "jiratest: a webhook id is a whole number, not %v", id)
		}
		named[v] = true
	}
	return slices.DeleteFunc(c.appWebhooks(), func(w *webhook) bool { return !named[w.ID] }), nil
}

func (c *call) deleteWebhooks() (any, error) {
	gone, err := c.namedWebhooks()
	if err != nil {
		return nil, err
	}
	c.st.Webhooks = slices.DeleteFunc(c.st.Webhooks, func(w *webhook) bool { return slices.Contains(gone, w) })
	return reply{status: http.StatusAccepted}, nil
}

func (c *call) refreshWebhooks() (any, error) {
	named, err := c.namedWebhooks()
	if err != nil {
		return nil, err
	}
	until := c.now.Add(webhookLife)
	for _, w := range named {
		w.Expires = until
	}
	return doc{"expirationDate": until.UnixMilli()}, nil
}

// getFailedWebhooks answers what could not be delivered to the app, the oldest first. Failures of one moment stay together.
func (c *call) getFailedWebhooks() (any, error) {
	if err := c.onlyApp(); err != nil {
		return nil, err
	}
	size, err := c.integer("maxResults", 100)
	if err != nil {
		return nil, err
	}
	after, err := c.integer("after", 0)
	if err != nil {
		return nil, err
	}
	if size == 0 || size > 100 {
		size = 100
	}
	var values []any
	var last int64
	for _, f := range c.st.FailedWebhooks {
		at := f.Time.UnixMilli()
		if at <= int64(after) || c.now.Sub(f.Time) > failedLife {
			continue
		}
		if len(values) >= size && at != last {
			break
		}
		last = at
		values = append(values, doc{"id": f.ID, "url": f.URL, "body": f.Body, "failureTime": at})
	}
	answer := doc{"values": append([]any{}, values...), "maxResults": size}
	if len(values) > 0 {
		answer["next"] = c.url("/webhook/failed?after=%d&maxResults=%d", last, size)
	}
	return answer, nil
}

// AddWebhook sets up a webhook as an administrator does, and returns its id: it is sent for any of the events, of the issues
// that the JQL finds, or of all with "". With a secret it is signed (see [jira.WebhookSecret]). It panics if the JQL is wrong.
func (s *Server) AddWebhook(url, secret, jql string, events ...jira.WebhookEventType) int64 {
	s = s.open()
	defer s.mu.Unlock()
	q, err := parseJQL(jql)
	if err == nil && q.where != nil {
		_, _, err = s.inside().compile(q)
	}
	if err != nil {
		panic(fmt.Sprintf("jiratest: adding a webhook: %v", err))
	}
	w := &webhook{ID: number64(s.state.next("webhook")), URL: url, JQL: jql, Admin: true, Secret: secret}
	for _, event := range events {
		w.Events = append(w.Events, string(event))
	}
	s.state.Webhooks = append(s.state.Webhooks, w)
	return w.ID
}
