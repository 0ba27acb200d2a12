package jiratest

import (
	"net/http"
	"slices"
	"strings"
)

// project is the project that the path names.
func (c *call) project() (*project, error) {
	if p := c.st.project(c.r.PathValue("projectIdOrKey")); p != nil {
		return p, nil
	}
	return nil, errNoProject(c.r.PathValue("projectIdOrKey"))
}

func errNoProject(idOrKey string) error {
	return fail(http.StatusNotFound, "No project could be found with key '%s'.", idOrKey)
}

// projectDoc renders a project; the names in expand add more.
func (c *call) projectDoc(p *project, expand ...string) doc {
	d := c.briefProject(p)
	d["expand"] = "description,lead,issueTypes,url,projectKeys,permissions,insight"
	d["style"], d["isPrivate"], d["properties"] = "classic", false, doc{}
	for _, name := range expand {
		switch name {
		case "description":
			d["description"] = p.Description
		case "lead":
			d["lead"] = c.user(p.Lead)
		case "issueTypes":
			d["issueTypes"] = c.typesOf(p)
		case "projectKeys":
			d["projectKeys"] = []string{p.Key}
		case "insight":
			count, last := 0, ""
			for _, is := range c.st.Issues {
				if is.Fields["project"] == p.ID {
					count++
					last = max(last, text(is.Fields["updated"]))
				}
			}
			insight := doc{"totalIssueCount": count}
			if last != "" {
				insight["lastIssueUpdateTime"] = last
			}
			d["insight"] = insight
		}
	}
	return d
}

func (c *call) typesOf(p *project) []any {
	return each(p.Types, func(id string) any { return c.issueType(c.st.issueType(id)) })
}

func (c *call) searchProjects() (any, error) {
	if err := c.unsupported("propertyQuery"); err != nil {
		return nil, err
	}
	ids, keys, query := c.values("id"), c.values("keys"), strings.ToLower(c.q.Get("query"))
	found := slices.DeleteFunc(slices.Clone(c.st.Projects), func(p *project) bool {
		switch {
		case len(ids) > 0 && !slices.Contains(ids, p.ID):
		case len(keys) > 0 && !slices.Contains(keys, p.Key):
		case !strings.Contains(strings.ToLower(p.Key), query) && !strings.Contains(strings.ToLower(p.Name), query):
		case c.q.Has("categoryId"): // no project has a category
		case c.q.Has("typeKey") && !slices.Contains(c.values("typeKey"), "software"):
		case c.q.Has("status") && !slices.Contains(c.values("status"), "live"):
		default:
			return false
		}
		return true
	})
	found, err := ordered(c, found, "key", map[string]func(*project) string{
		"key":  func(p *project) string { return p.Key },
		"name": func(p *project) string { return p.Name },
	})
	if err != nil {
		return nil, err
	}
	return page(c, found, 50, 100, func(p *project) any { return c.projectDoc(p, c.values("expand")...) })
}

func (c *call) getProject() (any, error) {
	p, err := c.project()
	if err != nil {
		return nil, err
	}
	d := c.projectDoc(p, append(c.values("expand"), "description", "lead", "issueTypes")...)
	d["assigneeType"] = "UNASSIGNED"
	d["components"], d["versions"] = each(p.Components, c.component), each(p.Versions, c.version)
	d["roles"] = c.rolesOf(p)
	return d, nil
}

func (c *call) getComponents() (any, error) {
	p, err := c.project()
	if err != nil {
		return nil, err
	}
	found, err := c.named(p.Components)
	if err != nil {
		return nil, err
	}
	return page(c, found, 50, 50, func(r *ref) any {
		d := c.component(r).(doc)
		count := 0
		for _, is := range c.st.Issues {
			if is.Fields["project"] == p.ID && slices.Contains(list(is.Fields["components"]), any(r.ID)) {
				count++
			}
		}
		d["issueCount"], d["project"], d["projectId"] = count, p.Key, number64(p.ID)
		d["assigneeType"], d["realAssigneeType"], d["isAssigneeTypeValid"] = "PROJECT_DEFAULT", "PROJECT_DEFAULT", false
		if r.Lead != "" {
			d["lead"] = c.user(r.Lead)
		}
		return d
	})
}

func (c *call) getVersions() (any, error) {
	p, err := c.project()
	if err != nil {
		return nil, err
	}
	found, err := c.named(p.Versions)
	if err != nil {
		return nil, err
	}
	if c.q.Has("status") {
		found = slices.DeleteFunc(found, func(r *ref) bool {
			state := map[bool]string{true: "released", false: "unreleased"}[r.Closed]
			return !slices.Contains(c.values("status"), state)
		})
	}
	return page(c, found, 50, 50, func(r *ref) any {
		d := c.version(r).(doc)
		d["projectId"] = number64(p.ID)
		return d
	})
}

// named filters components or versions by the query and puts them in order.
func (c *call) named(refs []*ref) ([]*ref, error) {
	query := strings.ToLower(c.q.Get("query"))
	found := slices.DeleteFunc(slices.Clone(refs), func(r *ref) bool {
		return !strings.Contains(strings.ToLower(r.Name), query) && !strings.Contains(strings.ToLower(r.Description), query)
	})
	if !c.q.Has("orderBy") {
		return found, nil
	}
	return ordered(c, found, "name", map[string]func(*ref) string{
		"name":        func(r *ref) string { return r.Name },
		"description": func(r *ref) string { return r.Description },
		"lead":        func(r *ref) string { return r.Lead },
		"releaseDate": func(r *ref) string { return r.Date },
	})
}

func (c *call) getProjectStatuses() (any, error) {
	p, err := c.project()
	if err != nil {
		return nil, err
	}
	return each(p.Types, func(id string) any {
		t := c.st.issueType(id)
		return doc{
			"self": c.url("/issuetype/%s", t.ID), "id": t.ID, "name": t.Name, "subtask": t.Level < 0,
			"statuses": each(c.st.Statuses, c.status),
		}
	}), nil
}

func (c *call) rolesOf(p *project) doc {
	roles := doc{}
	for _, r := range c.st.Roles {
		roles[r.Name] = c.url("/project/%s/role/%s", p.ID, r.ID)
	}
	return roles
}

func (c *call) getProjectRoles() (any, error) {
	p, err := c.project()
	if err != nil {
		return nil, err
	}
	return c.rolesOf(p), nil
}

func (c *call) getProjectRole() (any, error) {
	p, err := c.project()
	if err != nil {
		return nil, err
	}
	r := byRef(c.st.Roles, c.r.PathValue("id"))
	if r == nil {
		return nil, fail(http.StatusNotFound, "Can not find project role with id: %s", c.r.PathValue("id"))
	}
	activeOnly, err := c.flag("excludeInactiveUsers", false)
	if err != nil {
		return nil, err
	}
	actors := []any{}
	for i, id := range p.Members[r.ID] {
		u := c.st.user(id)
		if u == nil || activeOnly && !u.Active {
			continue
		}
		actors = append(actors, doc{
			"id": number64(p.ID)*100 + int64(i), "displayName": u.Name, "type": "atlassian-user-role-actor",
			"actorUser": doc{"accountId": u.ID},
		})
	}
	return doc{
		"self": c.url("/project/%s/role/%s", p.ID, r.ID), "id": number64(r.ID), "name": r.Name, "description": r.Description,
		"actors": actors,
	}, nil
}

// getTypesForProject answers the types of the project in the query, perhaps of one level only.
func (c *call) getTypesForProject() (any, error) {
	p := c.st.project(c.q.Get("projectId"))
	if p == nil {
		return nil, errNoProject(c.q.Get("projectId"))
	}
	types := []any{}
	for _, id := range p.Types {
		t := c.st.issueType(id)
		if level := c.q.Get("level"); level == "" || level == map[int]string{-1: "-1", 0: "0", 1: "1"}[t.Level] {
			types = append(types, c.issueType(t))
		}
	}
	return types, nil
}

func (c *call) getIssueTypes() (any, error) { return each(c.st.Types, c.issueType), nil }

func (c *call) getIssueType() (any, error) {
	if t := c.st.issueType(c.r.PathValue("id")); t != nil {
		return c.issueType(t), nil
	}
	return nil, fail(http.StatusNotFound, "The issue type with id '%s' does not exist", c.r.PathValue("id"))
}

// searchPriorities ignores projectId: all projects have the same priorities.
func (c *call) searchPriorities() (any, error) {
	ids, name := c.values("id"), c.q.Get("priorityName")
	found := slices.DeleteFunc(slices.Clone(c.st.Priorities), func(r *ref) bool {
		return len(ids) > 0 && !slices.Contains(ids, r.ID) || name != "" && !strings.EqualFold(r.Name, name) ||
			c.q.Get("onlyDefault") == "true" && r.ID != c.defaultPriority()
	})
	return page(c, found, 50, 50, func(r *ref) any {
		d := c.priority(r).(doc)
		d["isDefault"] = r.ID == c.defaultPriority()
		return d
	})
}

func (c *call) getPriority() (any, error) {
	if r := byRef(c.st.Priorities, c.r.PathValue("id")); r != nil {
		return c.priority(r), nil
	}
	return nil, fail(http.StatusNotFound, "The priority with id '%s' does not exist", c.r.PathValue("id"))
}

func (c *call) searchResolutions() (any, error) {
	ids := c.values("id")
	found := slices.DeleteFunc(slices.Clone(c.st.Resolutions), func(r *ref) bool {
		return len(ids) > 0 && !slices.Contains(ids, r.ID) || c.q.Get("onlyDefault") == "true"
	})
	return page(c, found, 50, 50, func(r *ref) any {
		d := c.resolution(r).(doc)
		d["isDefault"] = false
		return d
	})
}

func (c *call) getResolution() (any, error) {
	if r := byRef(c.st.Resolutions, c.r.PathValue("id")); r != nil {
		return c.resolution(r), nil
	}
	return nil, fail(http.StatusNotFound, "The resolution with id '%s' does not exist", c.r.PathValue("id"))
}

func (c *call) getStatuses() (any, error) { return each(c.st.Statuses, c.status), nil }

// getStatus finds a status by id or, as Jira does, by name.
func (c *call) getStatus() (any, error) {
	wanted := c.r.PathValue("idOrName")
	for _, s := range c.st.Statuses {
		if s.ID == wanted || strings.EqualFold(s.Name, wanted) {
			return c.status(s), nil
		}
	}
	return nil, fail(http.StatusNotFound, "The status '%s' does not exist", wanted)
}

func (c *call) searchStatuses() (any, error) {
	keys := map[string]string{"new": "TODO", "indeterminate": "IN_PROGRESS", "done": "DONE"}
	category, name := c.q.Get("statusCategory"), strings.ToLower(c.q.Get("searchString"))
	found := slices.DeleteFunc(slices.Clone(c.st.Statuses), func(s *status) bool {
		return category != "" && keys[s.Category] != category || !strings.Contains(strings.ToLower(s.Name), name)
	})
	return page(c, found, 200, 200, func(s *status) any {
		return doc{
			"id": s.ID, "name": s.Name, "description": s.Description, "statusCategory": keys[s.Category],
			"scope": doc{"type": "GLOBAL"},
		}
	})
}

func (c *call) getLabels() (any, error) {
	labels := []string{}
	for _, is := range c.st.Issues {
		for _, label := range list(is.Fields["labels"]) {
			labels = append(labels, text(label))
		}
	}
	slices.Sort(labels)
	return page(c, slices.Compact(labels), 1000, 1000, func(label string) any { return label })
}

func (c *call) getFields() (any, error) {
	return each(c.st.Fields, func(f *field) any {
		clauses := slices.Clone(f.Clauses)
		if f.Custom != "" {
			clauses = []string{"cf[" + strings.TrimPrefix(f.ID, "customfield_") + "]", f.Name}
		}
		return doc{
			"id": f.ID, "key": f.ID, "name": f.Name, "custom": f.Custom != "", "orderable": f.Settable, "navigable": f.Navigable,
			"searchable": len(clauses) > 0, "clauseNames": append([]string{}, clauses...), "schema": f.schema(),
		}
	}), nil
}

// searchFields lists the fields that are known in at least one of the projects in the query.
func (c *call) searchFields() (any, error) {
	ids, kinds, query := c.values("id"), c.values("type"), strings.ToLower(c.q.Get("query"))
	elsewhere := func(f *field) bool {
		return c.q.Has("projectIds") && f.Custom != "" && !slices.ContainsFunc(f.Contexts, func(context *fieldContext) bool {
			return context.Projects == nil || slices.ContainsFunc(c.values("projectIds"), func(id string) bool { return slices.Contains(context.Projects, id) })
		})
	}
	found := slices.DeleteFunc(slices.Clone(c.st.Fields), func(f *field) bool {
		kind := map[bool]string{true: "custom", false: "system"}[f.Custom != ""]
		return len(ids) > 0 && !slices.Contains(ids, f.ID) || len(kinds) > 0 && !slices.Contains(kinds, kind) ||
			!strings.Contains(strings.ToLower(f.Name), query) || elsewhere(f)
	})
	found, err := ordered(c, found, "name", map[string]func(*field) string{
		"name":         func(f *field) string { return f.Name },
		"screensCount": func(*field) string { return "" }, "contextsCount": func(*field) string { return "" },
		"lastUsed": func(*field) string { return "" }, "projectsCount": func(*field) string { return "" },
	})
	if err != nil {
		return nil, err
	}
	return page(c, found, 50, 50, func(f *field) any {
		return doc{"id": f.ID, "key": f.ID, "name": f.Name, "schema": f.schema(), "isLocked": false, "description": ""}
	})
}
