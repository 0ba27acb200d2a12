package jiratest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// everybody is the id of the group of all people with an account.
const everybody = "276f955c-63d7-42c8-9520-92d01dca0625"

// AddGroupMember makes a user, given by account id, a member of a group, given by id. It panics if there is no such group
// or user.
func (s *Server) AddGroupMember(group, user string) {
	s = s.open()
	defer s.mu.Unlock()
	if byRef(s.state.Groups, group) == nil || s.state.user(user) == nil {
		panic(fmt.Sprintf("jiratest: there is no group %s or no user %s", group, user))
	}
	s.state.join(group, user)
}

// join makes a user a member of a group, and reports whether the user was none.
func (st *state) join(group, user string) bool {
	if slices.Contains(st.GroupMembers[group], user) {
		return false
	}
	if st.GroupMembers == nil {
		st.GroupMembers = map[string][]string{}
	}
	st.GroupMembers[group] = append(st.GroupMembers[group], user)
	return true
}

// groupsOf returns the groups of a user.
func (st *state) groupsOf(user string) []*ref {
	return slices.DeleteFunc(slices.Clone(st.Groups), func(g *ref) bool { return !slices.Contains(st.GroupMembers[g.ID], user) })
}

// members returns the members of a group, by name.
func (st *state) members(group string, inactive bool) []*user {
	var found []*user
	for _, id := range st.GroupMembers[group] {
		if u := st.user(id); u != nil && (u.Active || inactive) {
			found = append(found, u)
		}
	}
	slices.SortStableFunc(found, func(a, b *user) int { return strings.Compare(a.Name, b.Name) })
	return found
}

// group renders a group as it appears inside other things.
func (c *call) group(g *ref) any {
	return doc{"name": g.Name, "groupId": g.ID, "self": c.url("/group?groupId=%s", g.ID)}
}

// fullGroup is a group with its members, as it is after a change.
func (c *call) fullGroup(g *ref) any {
	const limit = 50
	members := c.st.members(g.ID, false)
	shown := members[:min(limit, len(members))]
	d := c.group(g).(doc)
	d["expand"] = "users"
	d["users"] = doc{
		"size": len(members), "max-results": limit, "start-index": 0, "end-index": max(0, len(shown)-1),
		"items": each(shown, func(u *user) any { return c.user(u.ID) }),
	}
	return d
}

// findGroup returns the group that a query parameter names by id.
func (c *call) findGroup(parameter string) (*ref, error) {
	id := c.q.Get(parameter)
	if id == "" {
		return nil, fail(http.StatusBadRequest, "jiratest: %s must be given", parameter)
	}
	if g := byRef(c.st.Groups, id); g != nil {
		return g, nil
	}
	return nil, fail(http.StatusNotFound, "The group with id '%s' does not exist.", id)
}

func (c *call) createGroup() (any, error) {
	name := strings.TrimSpace(text(c.object()["name"]))
	switch {
	case name == "":
		return nil, fail(http.StatusBadRequest, "Group name is not specified.")
	case slices.ContainsFunc(c.st.Groups, func(g *ref) bool { return strings.EqualFold(g.Name, name) }):
		return nil, fail(http.StatusBadRequest, "A group with name '%s' already exists.", name)
	}
	g := c.st.addGroup(name)
	return reply{status: http.StatusCreated, body: c.fullGroup(g)}, nil
}

// addGroup adds a group without members.
func (st *state) addGroup(name string) *ref {
	g := &ref{ID: fmt.Sprintf("276f955c-63d7-42c8-9520-%012d", number64(st.next("group"))), Name: name}
	st.Groups = append(st.Groups, g)
	return g
}

// removeGroup lets another group take the place of the deleted one where comments and worklogs are limited to it.
func (c *call) removeGroup() (any, error) {
	g, err := c.findGroup("groupId")
	if err != nil {
		return nil, err
	}
	if c.q.Has("swapGroupId") {
		heir, err := c.findGroup("swapGroupId")
		if err != nil {
			return nil, err
		}
		if heir == g {
			return nil, fail(http.StatusBadRequest, "jiratest: a group cannot take its own place")
		}
		for _, is := range c.st.Issues {
			for _, r := range is.Comments {
				r.swapGroup(g, heir)
			}
			for _, w := range is.Worklogs {
				w.swapGroup(g, heir)
			}
		}
	}
	c.st.Groups = slices.DeleteFunc(c.st.Groups, func(other *ref) bool { return other == g })
	delete(c.st.GroupMembers, g.ID)
	return reply{status: http.StatusOK}, nil
}

func (r *remark) swapGroup(from, to *ref) {
	v := r.Visibility
	if v["type"] == "group" && (v["identifier"] == from.ID || v["value"] == from.Name) {
		r.Visibility = doc{"type": "group", "value": to.Name, "identifier": to.ID}
	}
}

func (c *call) bulkGetGroups() (any, error) {
	if err := c.unsupported("accessType", "applicationKey"); err != nil {
		return nil, err
	}
	ids, groupNames := c.q["groupId"], c.q["groupName"]
	found := slices.DeleteFunc(slices.Clone(c.st.Groups), func(g *ref) bool {
		return len(ids)+len(groupNames) > 0 && !slices.Contains(ids, g.ID) && !slices.Contains(groupNames, g.Name)
	})
	return page(c, found, 50, 50, func(g *ref) any { return doc{"name": g.Name, "groupId": g.ID} })
}

func (c *call) groupMembers() (any, error) {
	g, err := c.findGroup("groupId")
	if err != nil {
		return nil, err
	}
	inactive, err := c.flag("includeInactiveUsers", false)
	if err != nil {
		return nil, err
	}
	return page(c, c.st.members(g.ID, inactive), 50, 50, func(u *user) any { return c.user(u.ID) })
}

// membership returns the group and the user that a request names.
func (c *call) membership(account string) (*ref, error) {
	g, err := c.findGroup("groupId")
	switch {
	case err != nil:
		return nil, err
	case account == "":
		return nil, fail(http.StatusBadRequest, "The accountId must be given.")
	case c.st.user(account) == nil:
		return nil, fail(http.StatusNotFound, "User with account ID '%s' does not exist.", account)
	}
	return g, nil
}

func (c *call) addUserToGroup() (any, error) {
	account := text(c.object()["accountId"])
	g, err := c.membership(account)
	if err != nil {
		return nil, err
	}
	if !c.st.join(g.ID, account) {
		return nil, fail(http.StatusBadRequest, "Cannot add user '%s', user is already a member of '%s'.", account, g.Name)
	}
	return reply{status: http.StatusCreated, body: c.fullGroup(g)}, nil
}

func (c *call) removeUserFromGroup() (any, error) {
	account := c.q.Get("accountId")
	g, err := c.membership(account)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(c.st.GroupMembers[g.ID], account) {
		return nil, fail(http.StatusBadRequest, "Cannot remove user '%s' from group '%s' since user is not a member.", account, g.Name)
	}
	c.st.GroupMembers[g.ID] = slices.DeleteFunc(c.st.GroupMembers[g.ID], func(id string) bool { return id == account })
	return reply{status: http.StatusOK}, nil
}

func (c *call) userGroups() (any, error) {
	id := c.q.Get("accountId")
	if c.st.user(id) == nil {
		return nil, fail(http.StatusNotFound, "The user with account ID '%s' does not exist.", id)
	}
	return each(c.st.groupsOf(id), c.group), nil
}
