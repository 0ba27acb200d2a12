package jiratest

import (
	"cmp"
	"fmt"
	htmlText "html"
	"net/http"
	"slices"
	"strings"
)

func (c *call) pickGroups() (any, error) {
	if c.q.Has("exclude") && c.q.Has("excludeId") {
		return nil, fail(http.StatusBadRequest, "jiratest: exclude and excludeId cannot be given together")
	}
	const limit = 20 // jira.ajax.autocomplete.limit
	return c.foundGroups(limit, limit)
}

// foundGroups answers the groups whose names contain the query, by name.
func (c *call) foundGroups(unset, limit int) (any, error) {
	ignoreCase, err := c.flag("caseInsensitive", false)
	if err != nil {
		return nil, err
	}
	size, err := c.integer("maxResults", unset)
	if err != nil {
		return nil, err
	}
	fold := func(s string) string {
		if ignoreCase {
			return strings.ToLower(s)
		}
		return s
	}
	query := c.q.Get("query")
	found := slices.DeleteFunc(slices.Clone(c.st.Groups), func(g *ref) bool {
		return !strings.Contains(fold(g.Name), fold(query)) || slices.Contains(c.q["exclude"], g.Name) || slices.Contains(c.q["excludeId"], g.ID)
	})
	slices.SortFunc(found, func(a, b *ref) int { return strings.Compare(a.Name, b.Name) })
	shown := found[:min(cmp.Or(size, limit), limit, len(found))]
	return doc{
		"header": fmt.Sprintf("Showing %d of %d matching groups", len(shown), len(found)), "total": len(found),
		"groups": each(shown, func(g *ref) any {
			at := strings.Index(fold(g.Name), fold(query))
			return doc{"name": g.Name, "groupId": g.ID, "html": mark(g.Name, at, len(query), "b"), "labels": []any{}}
		}),
	}, nil
}

// mark wraps a part of a text in an HTML tag.
func mark(s string, at, n int, tag string) string {
	if at < 0 || n == 0 || at+n > len(s) {
		return htmlText.EscapeString(s)
	}
	return htmlText.EscapeString(s[:at]) + "<" + tag + ">" + htmlText.EscapeString(s[at:at+n]) + "</" + tag + ">" + htmlText.EscapeString(s[at+n:])
}

func (c *call) pickUsersAndGroups() (any, error) {
	if err := c.unsupported("fieldId", "projectId", "issueTypeId"); err != nil {
		return nil, err
	}
	if c.q.Get("query") == "" {
		return nil, fail(http.StatusBadRequest, "The query parameter must be given.")
	}
	users, err := c.foundUsers("excludeConnectAddons", func(u *user, query string) bool {
		return strings.Contains(strings.ToLower(u.Name), query) || strings.Contains(strings.ToLower(u.Email), query)
	})
	if err != nil {
		return nil, err
	}
	groups, err := c.foundGroups(50, maxUsers)
	if err != nil {
		return nil, err
	}
	return doc{"users": users, "groups": groups}, nil
}

// pickUsers cuts out the window first and drops who does not match then, as Jira does.
func (c *call) pickUsers() (any, error) {
	if c.q.Get("query") == "" {
		return nil, fail(http.StatusBadRequest, "The query parameter must be given.")
	}
	return c.foundUsers("excludeConnectUsers", matchUser)
}

// foundUsers answers the users whom a picker suggests. The parameter called noApps leaves out apps.
func (c *call) foundUsers(noApps string, match func(u *user, query string) bool) (any, error) {
	avatars, err := c.flag("showAvatar", false)
	if err != nil {
		return nil, err
	}
	people, err := c.flag(noApps, false)
	if err != nil {
		return nil, err
	}
	size, err := c.integer("maxResults", 50)
	if err != nil {
		return nil, err
	}
	query := strings.ToLower(c.q.Get("query"))
	found := slices.DeleteFunc(slices.Clone(c.st.Users[:min(maxUsers, len(c.st.Users))]), func(u *user) bool {
		return !u.Active || people && u.Type == "app" || slices.Contains(c.values("excludeAccountIds"), u.ID) || !match(u, query)
	})
	shown := found[:min(cmp.Or(size, maxUsers), maxUsers, len(found))]
	return doc{
		"header": fmt.Sprintf("Showing %d of %d matching users", len(shown), len(found)), "total": len(found),
		"users": each(shown, func(u *user) any {
			line := u.Name
			if u.Email != "" {
				line += " - " + u.Email
			}
			d := doc{
				"accountId": u.ID, "accountType": u.Type, "displayName": u.Name,
				"html": mark(line, strings.Index(strings.ToLower(line), query), len(query), "strong"),
			}
			if avatars {
				d["avatarUrl"] = c.s.URL + "/secure/useravatar?ownerId=" + u.ID + "&size=" + cmp.Or(c.q.Get("avatarSize"), "xsmall")
			}
			return d
		}),
	}, nil
}
