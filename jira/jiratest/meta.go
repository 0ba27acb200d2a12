package jiratest

import (
	"net/http"
	"strconv"
	"strings"
)

// schema describes the type of a field.
func (f *field) schema() doc {
	d := doc{"type": f.Type}
	if f.Items != "" {
		d["items"] = f.Items
	}
	if f.Custom != "" {
		id, _ := strconv.Atoi(strings.TrimPrefix(f.ID, "customfield_"))
		d["custom"], d["customId"] = f.Custom, id
	} else {
		d["system"] = f.ID
	}
	return d
}

// fieldMeta describes a field on a screen.
func (c *call) fieldMeta(on screen, f *field) doc {
	d := doc{
		"required": f.Required, "schema": f.schema(), "name": f.Name, "key": f.ID,
		"hasDefaultValue": f.ID == "reporter", "operations": f.operations(),
	}
	if stored := c.defaultValue(f, on); stored != nil {
		d["hasDefaultValue"], d["defaultValue"] = true, c.value(&issue{Fields: doc{"project": on.project.ID, f.ID: stored}}, f)
	}
	kind := f.Type
	if kind == "array" {
		kind = f.Items
	}
	switch kind {
	case "priority":
		d["allowedValues"] = each(c.st.Priorities, c.priority)
		d["hasDefaultValue"], d["defaultValue"] = true, c.priority(byRef(c.st.Priorities, text(c.defaultPriority())))
	case "resolution":
		d["allowedValues"] = each(c.st.Resolutions, c.resolution)
	case "component":
		d["allowedValues"] = each(on.project.Components, c.component)
	case "version":
		d["allowedValues"] = each(on.project.Versions, c.version)
	case "option", "option-with-child":
		d["allowedValues"] = each(f.context(on).Options, func(r *ref) any {
			option := c.option(r)
			if r.Children != nil {
				option["children"] = each(r.Children, func(child *ref) any { return c.option(child) })
			}
			return option
		})
	case "project":
		projects := []*project{on.project}
		if f.Custom != "" {
			projects = c.st.Projects
		}
		d["allowedValues"] = each(projects, func(p *project) any { return c.briefProject(p) })
	case "issuetype":
		d["allowedValues"] = c.typesOf(on.project)
	case "user":
		d["autoCompleteUrl"] = c.url("/user/search?query=")
	case "group":
		d["autoCompleteUrl"] = c.url("/groups/picker?query=")
	}
	if f.ID == "labels" {
		d["autoCompleteUrl"] = c.s.URL + "/rest/api/1.0/labels/suggest?query="
	}
	return d
}

// editFields describes the fields that can be edited on an issue.
func (c *call) editFields(is *issue) doc {
	on, fields := c.screenOf(is), doc{}
	for _, f := range c.st.Fields {
		if editable(f) && f.context(on) != nil {
			fields[f.ID] = c.fieldMeta(on, f)
		}
	}
	for _, id := range []string{"comment", "worklog", "issuelinks"} {
		f := c.st.field(id)
		fields[id] = doc{"required": false, "schema": f.schema(), "name": f.Name, "key": id, "operations": f.operations()}
	}
	return fields
}

func (c *call) getEditIssueMeta() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	return doc{"fields": c.editFields(is)}, nil
}

// maxMeta is the largest page of the createmeta operations, which refuse a larger one.
const maxMeta = 200

// metaPage answers a page in the createmeta operations' own envelope.
func metaPage(c *call, items []any, name string) (any, error) {
	if n, err := c.integer("maxResults", 0); err != nil || n > maxMeta {
		return nil, fail(http.StatusBadRequest, "Parameter 'maxResults' must not exceed the limit '%d'", maxMeta)
	}
	cut, start, size, err := window(c, items, 50, maxMeta)
	if err != nil {
		return nil, err
	}
	return doc{"startAt": start, "maxResults": size, "total": len(items), name: cut}, nil
}

func (c *call) getCreateMetaTypes() (any, error) {
	p, err := c.project()
	if err != nil {
		return nil, err
	}
	return metaPage(c, each(p.Types, func(id string) any { return c.issueType(c.st.issueType(id)) }), "issueTypes")
}

func (c *call) getCreateMetaFields() (any, error) {
	p, err := c.project()
	if err != nil {
		return nil, err
	}
	var t *issueType
	for _, id := range p.Types {
		if id == c.r.PathValue("issueTypeId") {
			t = c.st.issueType(id)
		}
	}
	if t == nil {
		return nil, fail(http.StatusBadRequest, "Issue type with id '%s' does not exist in the project", c.r.PathValue("issueTypeId"))
	}
	fields, on := []any{}, screen{p, t, &issue{Fields: doc{}}}
	for _, f := range c.st.Fields {
		if !f.Settable || f.context(on) == nil {
			continue
		}
		meta := c.fieldMeta(on, f)
		meta["fieldId"] = f.ID
		if f.ID == "parent" {
			meta["required"] = t.Level < 0
		}
		fields = append(fields, meta)
	}
	return metaPage(c, fields, "fields")
}

func (c *call) change(h *change) any {
	return doc{"id": h.ID, "author": c.user(h.Author), "created": h.Created, "items": h.Items}
}

func (c *call) getChangeLogs() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	return page(c, is.History, 100, 100, func(h *change) any { return c.change(h) })
}
