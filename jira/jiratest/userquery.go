package jiratest

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// userStatement is "is assignee of WEB" or "is assignee of (WEB-1, WEB-2)".
var userStatement = regexp.MustCompile(`(?i)^is\s+(\w+)\s+of\s+(?:\(([^()]*)\)|([\w-]+))$`)

// connectives split a query: OR binds less than AND.
var orWord, andWord = regexp.MustCompile(`(?i)\s+OR\s+`), regexp.MustCompile(`(?i)\s+AND\s+`)

// queriedUsers evaluates a structured query for users: sets of account ids, one of which has all that it takes.
func (c *call) queriedUsers(query string) (func(*user) bool, error) {
	if strings.TrimSpace(query) == "" {
		return nil, fail(http.StatusBadRequest, "The query parameter must be given.")
	}
	var ways [][]map[string]bool
	for _, way := range orWord.Split(strings.TrimSpace(query), -1) {
		var needed []map[string]bool
		for _, statement := range andWord.Split(way, -1) {
			who, err := c.userStatement(statement)
			if err != nil {
				return nil, err
			}
			needed = append(needed, who)
		}
		ways = append(ways, needed)
	}
	return func(u *user) bool {
		return slices.ContainsFunc(ways, func(needed []map[string]bool) bool {
			return !slices.ContainsFunc(needed, func(who map[string]bool) bool { return !who[u.ID] })
		})
	}, nil
}

// userStatement returns whom one statement of a query is about.
func (c *call) userStatement(statement string) (map[string]bool, error) {
	m := userStatement.FindStringSubmatch(strings.TrimSpace(statement))
	if m == nil {
		return nil, fail(http.StatusBadRequest, "jiratest does not understand the query for users at '%s'.", statement)
	}
	var issues []*issue
	for _, name := range commaList([]string{m[2] + m[3]}) {
		if is := c.st.issue(name); is != nil {
			issues = append(issues, is)
			continue
		}
		p := c.st.project(name)
		if p == nil {
			return nil, fail(http.StatusBadRequest, "There is no issue or project '%s'.", name)
		}
		for _, is := range c.st.Issues {
			if is.Fields["project"] == p.ID {
				issues = append(issues, is)
			}
		}
	}
	who := map[string]bool{}
	for _, is := range issues {
		ids, known := c.involved(is, strings.ToLower(m[1]))
		if !known {
			return nil, fail(http.StatusBadRequest, "jiratest does not know what it is to be %s of an issue.", m[1])
		}
		for _, id := range ids {
			who[id] = true
		}
	}
	return who, nil
}

// involved returns the account ids of those who have a part in an issue.
func (c *call) involved(is *issue, part string) (ids []string, known bool) {
	switch part {
	case "assignee", "reporter":
		return []string{text(is.Fields[part])}, true
	case "watcher":
		return is.Watchers, true
	case "voter":
		return is.Voters, true
	case "commenter":
		for _, r := range is.Comments {
			ids = append(ids, r.Author)
		}
		return ids, true
	case "transitioner":
		for _, change := range is.History {
			if slices.ContainsFunc(change.Items, func(item doc) bool { return item["fieldId"] == "status" }) {
				ids = append(ids, change.Author)
			}
		}
		return ids, true
	}
	return nil, false
}

// queryUsers answers pages whose window is cut out of the first thousand users before the query filters it, as Jira does.
func (c *call) queryUsers(render func(*user) any) (any, error) {
	match, err := c.queriedUsers(c.q.Get("query"))
	if err != nil {
		return nil, err
	}
	if c.q.Has("maxResult") {
		c.q.Set("maxResults", c.q.Get("maxResult"))
	}
	users := c.st.Users[:min(maxUsers, len(c.st.Users))]
	cut, start, size, err := window(c, users, 100, maxUsers)
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(slices.Clone(cut), func(u *user) bool { return !match(u) })
	return doc{
		"startAt": start, "maxResults": size, "total": len(users), "isLast": start+size >= len(users), "values": each(found, render),
	}, nil
}

func (c *call) usersByQuery() (any, error) {
	return c.queryUsers(func(u *user) any { return c.user(u.ID) })
}

func (c *call) userIDsByQuery() (any, error) {
	return c.queryUsers(func(u *user) any { return doc{"accountId": u.ID} })
}
