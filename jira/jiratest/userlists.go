package jiratest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// filterUsers answers the users whom the query parameters and keep let through, out of a window that is cut first, as Jira
// does: a short page is not the last one.
func (c *call) filterUsers(keep func(*user) bool) (any, error) {
	switch {
	case !c.q.Has("query") && !c.q.Has("accountId"):
		return nil, fail(http.StatusBadRequest, "Either the query or the accountId parameter must be given.")
	case c.q.Get("query") != "" && c.q.Has("accountId"):
		return nil, fail(http.StatusBadRequest, "The query and the accountId parameter cannot be given together.")
	}
	cut, _, _, err := window(c, c.st.Users[:min(maxUsers, len(c.st.Users))], 50, maxUsers)
	if err != nil {
		return nil, err
	}
	id := c.q.Get("accountId")
	found := slices.DeleteFunc(slices.Clone(cut), func(u *user) bool {
		return id != "" && u.ID != id || !matchUser(u, c.q.Get("query")) || !keep(u)
	})
	return each(found, func(u *user) any { return c.user(u.ID) }), nil
}

func (c *call) searchAssignableToProjects() (any, error) {
	keys := c.values("projectKeys")
	if len(keys) == 0 {
		return nil, fail(http.StatusBadRequest, "The projectKeys parameter must be given.")
	}
	for _, key := range keys {
		if p := c.st.project(key); p == nil || p.Key != key {
			return nil, errNoProject(key)
		}
	}
	return c.filterUsers(assignable)
}

// issueOrProject checks the two parameters of which one says where users may do something.
func (c *call) issueOrProject() error {
	issue, project := c.q.Get("issueKey"), c.q.Get("projectKey")
	switch {
	case issue == "" && project == "":
		return fail(http.StatusBadRequest, "Either the issueKey or the projectKey parameter must be given.")
	case issue != "" && c.st.byKey[issue] == nil:
		return errNoIssue()
	case project != "":
		if p := c.st.project(project); p == nil || p.Key != project {
			return errNoProject(project)
		}
	}
	return nil
}

// searchWithPermissions knows two kinds of users: people with an open account may do everything, others nothing.
func (c *call) searchWithPermissions() (any, error) {
	wanted := c.values("permissions")
	if len(wanted) == 0 {
		return nil, fail(http.StatusBadRequest, "The permissions parameter must be given.")
	}
	for _, key := range wanted {
		if permissions[key] == "" {
			return nil, fail(http.StatusBadRequest, "The permission key '%s' is not valid.", key)
		}
	}
	if err := c.issueOrProject(); err != nil {
		return nil, err
	}
	return c.filterUsers(assignable)
}

func (c *call) searchViewers() (any, error) {
	if err := c.issueOrProject(); err != nil {
		return nil, err
	}
	return c.filterUsers(assignable)
}

// allUsers has no end to its window but that of the list.
func (c *call) allUsers() (any, error) {
	if err := c.unsupported("expand"); err != nil {
		return nil, err
	}
	cut, _, _, err := window(c, c.st.Users, 50, maxUsers)
	if err != nil {
		return nil, err
	}
	return each(cut, func(u *user) any { return c.user(u.ID) }), nil
}

func (c *call) email(u *user) any { return doc{"accountId": u.ID, "email": u.Email} }

// userEmail takes whoever is signed in for an app that may ask.
func (c *call) userEmail() (any, error) {
	if u := c.st.user(c.q.Get("accountId")); u != nil {
		return c.email(u), nil
	}
	return nil, fail(http.StatusNotFound, "The user with account ID '%s' does not exist.", c.q.Get("accountId"))
}

func (c *call) userEmails() (any, error) {
	ids := c.q["accountId"]
	if len(ids) == 0 {
		return nil, fail(http.StatusBadRequest, "At least one accountId must be given.")
	}
	emails := []any{}
	for _, id := range ids {
		if u := c.st.user(id); u != nil {
			emails = append(emails, c.email(u))
		}
	}
	return emails, nil
}

// formerUsers finds users by what stands before the @ of their address, which was their name once, and by a key made of
// their place among the users. It cuts out the window of what was asked for first.
func (c *call) formerUsers() (any, error) {
	usernames, keys := c.q["username"], c.q["key"]
	if (len(usernames) == 0) == (len(keys) == 0) {
		return nil, fail(http.StatusBadRequest, "Either the username or the key parameter must be given.")
	}
	cut, _, _, err := window(c, append(usernames, keys...), 10, 200)
	if err != nil {
		return nil, err
	}
	found := []any{}
	for _, wanted := range cut {
		for i, u := range c.st.Users {
			username, _, _ := strings.Cut(u.Email, "@")
			switch wanted {
			case username:
				found = append(found, doc{"accountId": u.ID, "username": wanted})
			case fmt.Sprintf("JIRAUSER%d", 10000+i):
				found = append(found, doc{"accountId": u.ID, "key": wanted})
			}
		}
	}
	return found, nil
}
