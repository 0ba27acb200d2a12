package jiratest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxUsers is how far into a list the user searches go.
const maxUsers = 1000

func number64(id string) int64 {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (c *call) getUser() (any, error) {
	id := c.q.Get("accountId")
	if id == "" {
		return nil, fail(http.StatusBadRequest, "The accountId parameter is required.")
	}
	if u := c.user(id); u != nil {
		return c.expandUser(u), nil
	}
	return nil, fail(http.StatusNotFound, "Specified user does not exist or you do not have required permissions")
}

func (c *call) getMyself() (any, error) {
	if u := c.user(c.st.Myself); u != nil {
		return c.expandUser(u), nil
	}
	return nil, fail(http.StatusUnauthorized, "Client must be authenticated to access this resource.")
}

// expandUser adds what only the reads of one user have.
func (c *call) expandUser(u any) any {
	d := u.(doc)
	d["expand"], d["locale"] = "groups,applicationRoles", "en_US"
	groups := c.st.groupsOf(text(d["accountId"]))
	d["groups"], d["applicationRoles"] = doc{"size": len(groups), "items": []any{}}, doc{"size": 1, "items": []any{}}
	for _, name := range c.values("expand") {
		switch name {
		case "groups":
			d[name] = doc{"size": len(groups), "items": each(groups, c.group)}
		case "applicationRoles":
			d[name] = doc{"size": 1, "items": []any{doc{"key": "jira-software", "name": "Jira"}}}
		}
	}
	return d
}

// matchUser reports whether a word of a user's name, or the e-mail address, begins with the query.
func matchUser(u *user, query string) bool {
	query = strings.ToLower(query)
	if strings.HasPrefix(strings.ToLower(u.Email), query) || strings.HasPrefix(strings.ToLower(u.Name), query) {
		return true
	}
	return slices.ContainsFunc(strings.Fields(strings.ToLower(u.Name)), func(word string) bool { return strings.HasPrefix(word, query) })
}

// searchUsers filters first and cuts out the window then, within the first thousand.
func (c *call) searchUsers() (any, error) {
	if err := c.unsupported("property"); err != nil {
		return nil, err
	}
	if !c.q.Has("query") && !c.q.Has("accountId") {
		return nil, fail(http.StatusBadRequest, "Either the query, accountId or property parameter must be given.")
	}
	id := c.q.Get("accountId")
	found := slices.DeleteFunc(slices.Clone(c.st.Users), func(u *user) bool {
		return id != "" && u.ID != id || !matchUser(u, c.q.Get("query"))
	})
	cut, _, _, err := window(c, found[:min(maxUsers, len(found))], 50, maxUsers)
	if err != nil {
		return nil, err
	}
	return each(cut, func(u *user) any { return c.user(u.ID) }), nil
}

// searchAssignable cuts out the window first and drops users who cannot be assigned then, as Jira does: a short page
// is not the last one.
func (c *call) searchAssignable() (any, error) {
	if err := c.unsupported("actionDescriptorId", "appType"); err != nil {
		return nil, err
	}
	switch {
	case c.q.Has("project"):
		if c.st.project(c.q.Get("project")) == nil {
			return nil, errNoProject(c.q.Get("project"))
		}
	case c.q.Has("issueKey"), c.q.Has("issueId"):
		if c.st.issue(c.q.Get("issueKey")+c.q.Get("issueId")) == nil {
			return nil, errNoIssue()
		}
	default:
		return nil, fail(http.StatusBadRequest, "A project or an issue must be given.")
	}
	id := c.q.Get("accountId")
	found := slices.DeleteFunc(slices.Clone(c.st.Users), func(u *user) bool {
		return id != "" && u.ID != id || !matchUser(u, c.q.Get("query"))
	})
	cut, _, _, err := window(c, found[:min(maxUsers, len(found))], 50, maxUsers)
	if err != nil {
		return nil, err
	}
	types := c.values("accountType")
	cut = slices.DeleteFunc(slices.Clone(cut), func(u *user) bool {
		return !assignable(u) || len(types) > 0 && !slices.Contains(types, u.Type)
	})
	return each(cut, func(u *user) any { return c.user(u.ID) }), nil
}

func (c *call) bulkGetUsers() (any, error) {
	ids := c.q["accountId"]
	if len(ids) == 0 {
		return nil, fail(http.StatusBadRequest, "At least one accountId must be given.")
	}
	found := slices.DeleteFunc(slices.Clone(c.st.Users), func(u *user) bool { return !slices.Contains(ids, u.ID) })
	return page(c, found, 10, 200, func(u *user) any { return c.user(u.ID) })
}

func (c *call) getServerInfo() (any, error) {
	return doc{
		"baseUrl": c.s.URL, "displayUrl": c.s.URL, "version": "1001.0.0-SNAPSHOT", "versionNumbers": []int{1001, 0, 0},
		"deploymentType": "Cloud", "buildNumber": 100300, "buildDate": "2026-10-01T00:00:00.000+0000",
		"serverTime": stamp(c.now), "serverTimeZone": "Etc/UTC", "scmInfo": strings.Repeat("0", 40), "serverTitle": "Jira",
		"defaultLocale": doc{"locale": "en_US"},
	}, nil
}

// permissions are the project and global permissions that the fake knows; the caller has all of them.
var permissions = map[string]string{
	"ADMINISTER": "Administer Jira", "ADMINISTER_PROJECTS": "Administer Projects", "ADD_COMMENTS": "Add Comments",
	"ASSIGNABLE_USER": "Assignable User", "ASSIGN_ISSUES": "Assign Issues", "BROWSE_PROJECTS": "Browse Projects",
	"CLOSE_ISSUES": "Close Issues", "CREATE_ATTACHMENTS": "Create Attachments", "CREATE_ISSUES": "Create Issues",
	"DELETE_ALL_ATTACHMENTS": "Delete All Attachments", "DELETE_ALL_COMMENTS": "Delete All Comments",
	"DELETE_ISSUES": "Delete Issues", "EDIT_ALL_COMMENTS": "Edit All Comments", "EDIT_ISSUES": "Edit Issues",
	"LINK_ISSUES": "Link Issues", "MANAGE_WATCHERS": "Manage Watchers", "MODIFY_REPORTER": "Modify Reporter",
	"RESOLVE_ISSUES": "Resolve Issues", "SCHEDULE_ISSUES": "Schedule Issues", "TRANSITION_ISSUES": "Transition Issues",
	"USER_PICKER": "Browse users and groups", "VIEW_VOTERS_AND_WATCHERS": "View Voters and Watchers",
	"WORK_ON_ISSUES": "Work On Issues",
}

func (c *call) getMyPermissions() (any, error) {
	wanted := c.values("permissions")
	if len(wanted) == 0 {
		return nil, fail(http.StatusBadRequest, "The 'permissions' query parameter is required.")
	}
	for _, name := range []string{"projectKey", "projectId"} {
		if id := c.q.Get(name); id != "" && c.st.project(id) == nil {
			return nil, errNoProject(id)
		}
	}
	for _, name := range []string{"issueKey", "issueId"} {
		if id := c.q.Get(name); id != "" && c.st.issue(id) == nil {
			return nil, errNoIssue()
		}
	}
	numbers := slices.Sorted(maps.Keys(permissions))
	answer := doc{}
	for _, key := range wanted {
		name, ok := permissions[key]
		if !ok {
			return nil, fail(http.StatusBadRequest, "The permission key '%s' is not valid.", key)
		}
		kind := "PROJECT"
		if key == "ADMINISTER" || key == "USER_PICKER" {
			kind = "GLOBAL"
		}
		answer[key] = doc{
			"id": strconv.Itoa(slices.Index(numbers, key)), "key": key, "name": name, "type": kind, "description": name,
			"havePermission": c.st.Myself != "",
		}
	}
	return doc{"permissions": answer}, nil
}
