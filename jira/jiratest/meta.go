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

// fieldMeta describes a field on a screen of a project.
func (c *call) fieldMeta(p *project, f *field) doc {
	operations := []string{"set"}
	if f.Type == "array" {
		operations = []string{"add", "set", "remove"}
	}
	d := doc{
		"required": f.Required, "schema": f.schema(), "name": f.Name, "key": f.ID,
		"hasDefaultValue": f.ID == "priority" || f.ID == "reporter", "operations": operations,
	}
	switch kind := f.Type + f.Items; {
	case f.ID == "priority":
		d["allowedValues"] = each(c.st.Priorities, c.priority)
		d["defaultValue"] = c.priority(byRef(c.st.Priorities, text(c.defaultPriority())))
	case f.ID == "resolution":
		d["allowedValues"] = each(c.st.Resolutions, c.resolution)
	case strings.HasSuffix(kind, "component"):
		d["allowedValues"] = each(p.Components, c.component)
	case strings.HasSuffix(kind, "version"):
		d["allowedValues"] = each(p.Versions, c.version)
	case strings.HasSuffix(kind, "option"):
		d["allowedValues"] = each(f.Options, c.option)
	case f.ID == "project":
		d["allowedValues"] = []any{c.briefProject(p)}
	case f.ID == "issuetype":
		d["allowedValues"] = each(p.Types, func(id string) any { return c.issueType(c.st.issueType(id)) })
	case kind == "user":
		d["autoCompleteUrl"] = c.url("/user/search?query=")
	case f.ID == "labels":
		d["autoCompleteUrl"] = c.s.URL + "/rest/api/1.0/labels/suggest?query="
	}
	return d
}

// editFields describes the fields that can be edited on an issue.
func (c *call) editFields(is *issue) doc {
	fields := doc{}
	for _, f := range c.st.Fields {
		if f.Settable && f.ID != "project" {
			fields[f.ID] = c.fieldMeta(c.st.projectOf(is), f)
		}
	}
	fields["comment"] = doc{
		"required": false, "schema": c.st.field("comment").schema(), "name": "Comment", "key": "comment",
		"operations": []string{"add"},
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
	fields := []any{}
	for _, f := range c.st.Fields {
		if !f.Settable {
			continue
		}
		meta := c.fieldMeta(p, f)
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
