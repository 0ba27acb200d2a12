package jiratest

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/jira-integrations/go-sdk/jira"
)

func (c *call) getWatchers() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	return doc{
		"self": c.url("/issue/%s/watchers", is.Key), "isWatching": slices.Contains(is.Watchers, c.st.Myself),
		"watchCount": len(is.Watchers), "watchers": each(is.Watchers, c.user),
	}, nil
}

// addWatcher adds the user whose account id is the body, or the caller if there is none.
func (c *call) addWatcher() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	id, ok := c.body.(string)
	if c.body == nil {
		id, ok = c.st.Myself, true
	}
	if !ok {
		return nil, fail(http.StatusBadRequest, "jiratest: the body must be an account id as a JSON string")
	}
	if c.st.user(id) == nil {
		return nil, fail(http.StatusNotFound, "User with account ID '%s' does not exist.", id)
	}
	if !slices.Contains(is.Watchers, id) {
		is.Watchers = append(is.Watchers, id)
	}
	return nil, nil
}

func (c *call) removeWatcher() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	id := c.q.Get("accountId")
	if id == "" {
		return nil, fail(http.StatusBadRequest, "Account ID is required.")
	}
	if c.st.user(id) == nil {
		return nil, fail(http.StatusNotFound, "User with account ID '%s' does not exist.", id)
	}
	is.Watchers = slices.DeleteFunc(is.Watchers, func(have string) bool { return have == id })
	return nil, nil
}

func (c *call) getVotes() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	return doc{
		"self": c.url("/issue/%s/votes", is.Key), "votes": len(is.Voters),
		"hasVoted": slices.Contains(is.Voters, c.st.Myself), "voters": each(is.Voters, c.user),
	}, nil
}

// addVote refuses the reporter's own vote, as Jira does.
func (c *call) addVote() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	if is.Fields["reporter"] == c.st.Myself {
		return nil, fail(http.StatusNotFound, "You cannot vote for an issue you have reported.")
	}
	if !slices.Contains(is.Voters, c.st.Myself) {
		is.Voters = append(is.Voters, c.st.Myself)
	}
	return nil, nil
}

func (c *call) removeVote() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(is.Voters, c.st.Myself) {
		return nil, fail(http.StatusNotFound, "Cannot remove a vote for an issue that the user has not already voted for.")
	}
	is.Voters = slices.DeleteFunc(is.Voters, func(have string) bool { return have == c.st.Myself })
	return nil, nil
}

func (c *call) getPropertyKeys() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	return doc{"keys": each(slices.Sorted(maps.Keys(is.Properties)), func(key string) any {
		return doc{"self": c.url("/issue/%s/properties/%s", is.ID, url.PathEscape(key)), "key": key}
	})}, nil
}

func (c *call) property() (is *issue, key string, err error) {
	if is, err = c.issue(); err != nil {
		return nil, "", err
	}
	key = c.r.PathValue("propertyKey")
	if _, ok := is.Properties[key]; !ok {
		return nil, "", fail(http.StatusNotFound, "The property with key '%s' does not exist.", key)
	}
	return is, key, nil
}

func (c *call) getProperty() (any, error) {
	is, key, err := c.property()
	if err != nil {
		return nil, err
	}
	return doc{"key": key, "value": is.Properties[key]}, nil
}

func (c *call) setProperty() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	key := c.r.PathValue("propertyKey")
	properties, err := acceptProperties([]any{doc{"key": key, "value": c.body}})
	if err != nil {
		return nil, err
	}
	status := http.StatusOK
	if _, ok := is.Properties[key]; !ok {
		status = http.StatusCreated
	}
	c.setProperties(is, properties)
	return reply{status: status}, nil
}

func (c *call) deleteProperty() (any, error) {
	is, key, err := c.property()
	if err != nil {
		return nil, err
	}
	c.remember(is, nil)
	delete(is.Properties, key)
	c.emitProperty(jira.EventIssuePropertyDeleted, is, key)
	return nil, nil
}

// setProperties adds properties to an issue, or replaces those of the same keys.
func (c *call) setProperties(is *issue, properties map[string]any) {
	if len(properties) == 0 {
		return
	}
	c.remember(is, nil)
	if is.Properties == nil {
		is.Properties = map[string]any{}
	}
	maps.Copy(is.Properties, properties)
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		c.emitProperty(jira.EventIssuePropertySet, is, key)
	}
}

// acceptProperties checks a list of keys with values.
func acceptProperties(items []any) (map[string]any, error) {
	properties := map[string]any{}
	for _, item := range items {
		object, _ := item.(doc)
		key, value := text(object["key"]), object["value"]
		if key == "" || len(key) > 255 {
			return nil, fail(http.StatusBadRequest, "The property key must have 1 to 255 characters.")
		}
		if data, err := json.Marshal(value); err != nil || len(data) > 32768 {
			return nil, fail(http.StatusBadRequest, "The property value is too long. Entity property value cannot be longer than 32768 characters.")
		}
		properties[key] = value
	}
	return properties, nil
}

// notify checks a notification and keeps it with the issue; nothing is sent.
func (c *call) notify() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	to, _ := c.object()["to"].(doc)
	recipients := 0
	for _, who := range []string{"reporter", "assignee", "watchers", "voters"} {
		if to[who] == true {
			recipients++
		}
	}
	for _, item := range list(to["users"]) {
		object, _ := item.(doc)
		if c.st.user(text(object["accountId"])) == nil {
			return nil, fail(http.StatusBadRequest, "User with account ID '%v' does not exist.", object["accountId"])
		}
		recipients++
	}
	if recipients += len(list(to["groups"])) + len(list(to["groupIds"])); recipients == 0 {
		return nil, fail(http.StatusBadRequest, "No recipients were defined for notification")
	}
	is.Notified = append(is.Notified, c.object())
	return nil, nil
}
