package jiratest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/jira-integrations/go-sdk/jira"
)

func (c *call) getIssue() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	return c.issueDoc(is, c.selectFields(c.values("fields"), "*all"), c.values("expand"), c.values("properties")), nil
}

// selectFields evaluates a list of field names as Jira does: *all, *navigable, names, and names to leave out after
// a minus. Names that do not exist select nothing.
func (c *call) selectFields(wanted []string, unset string) map[string]bool {
	selected := map[string]bool{}
	if len(wanted) == 0 || strings.HasPrefix(wanted[0], "-") {
		wanted = append([]string{unset}, wanted...)
	}
	for _, name := range wanted {
		switch {
		case name == "*all" || name == "*navigable":
			for _, f := range c.st.Fields {
				if name == "*all" || f.Navigable {
					selected[f.ID] = true
				}
			}
		case strings.HasPrefix(name, "-"):
			delete(selected, name[1:])
		default:
			selected[name] = true
		}
	}
	return selected
}

// issueDoc renders an issue with the selected fields.
func (c *call) issueDoc(is *issue, selected map[string]bool, expand, properties []string) doc {
	d := doc{
		"expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
		"id":     is.ID, "key": is.Key, "self": c.url("/issue/%s", is.ID),
	}
	fields, rendered, names, schema := doc{}, doc{}, doc{}, doc{}
	on := c.screenOf(is)
	for _, f := range c.st.Fields {
		if !selected[f.ID] || f.context(on) == nil {
			continue
		}
		v := c.value(is, f)
		fields[f.ID], names[f.ID], schema[f.ID] = v, f.Name, f.schema()
		rendered[f.ID] = nil
		if f.Rich {
			rendered[f.ID] = html(v)
		}
	}
	d["fields"] = fields
	if len(properties) > 0 {
		values := doc{}
		for _, key := range properties {
			if key == "*all" {
				maps.Copy(values, is.Properties)
			} else if v, ok := is.Properties[key]; ok {
				values[key] = v
			}
		}
		d["properties"] = values
	}
	for _, name := range expand {
		switch name {
		case "renderedFields":
			d["renderedFields"] = rendered
		case "names":
			d["names"] = names
		case "schema":
			d["schema"] = schema
		case "transitions":
			d["transitions"] = each(c.transitions(is), func(t *transition) any { return c.transition(is, t, false) })
		case "editmeta":
			d["editmeta"] = doc{"fields": c.editFields(is)}
		case "operations":
			d["operations"] = doc{"linkGroups": []any{}}
		case "changelog":
			newest := slices.Clone(is.History)
			slices.Reverse(newest)
			d["changelog"] = doc{
				"startAt": 0, "maxResults": len(newest), "total": len(newest),
				"histories": each(newest, func(h *change) any { return c.change(h) }),
			}
		}
	}
	return d
}

// createIssue makes an issue of the body's fields and update.
func (c *call) createIssue() (any, error) {
	is, err := c.create(c.object())
	if err != nil {
		return nil, err
	}
	answer := doc{"id": is.ID, "key": is.Key, "self": c.url("/issue/%s", is.ID)}
	if c.object()["transition"] != nil {
		answer["transition"] = doc{"status": 204, "errorCollection": doc{"errorMessages": []any{}, "errors": doc{}}}
	}
	return reply{status: http.StatusCreated, body: answer}, nil
}

func (c *call) create(body doc) (*issue, error) {
	p, t, err := c.projectAndType(body)
	if err != nil {
		return nil, err
	}
	is := &issue{Fields: doc{
		"project": p.ID, "issuetype": t.ID, "status": c.st.Statuses[0].ID, "priority": c.defaultPriority(),
		"reporter": c.st.Myself, "creator": c.st.Myself, "created": stamp(c.now), "updated": stamp(c.now),
		"statuscategorychangedate": stamp(c.now),
	}}
	ed, err := c.newEdit(is, body, editable, "project", "issuetype")
	if err != nil {
		return nil, err
	}
	for _, f := range c.st.Fields {
		_, given := ed.values[f.ID]
		if given || is.Fields[f.ID] != nil || ed.errors[f.ID] != "" || f.context(ed.on) == nil {
			continue
		}
		if v := c.defaultValue(f, ed.on); v != nil {
			ed.values[f.ID] = v
		} else if f.Required {
			ed.errors[f.ID] = requiredText(f)
		}
	}
	parent := c.st.issue(text(ed.values["parent"]))
	switch {
	case t.Level < 0 && parent == nil:
		ed.errors["issuetype"] = "Issue type is a sub-task but parent issue key or id not specified."
	case parent != nil:
		if msg := c.badParent(p, t, parent); msg != "" {
			ed.errors["parent"] = msg
		}
	}
	var move *transition
	if wanted, ok := body["transition"].(doc); ok {
		if move = c.findTransition(is, text(wanted["id"])); move == nil {
			return nil, fail(http.StatusBadRequest, "Transition id '%v' is not valid for this issue.", wanted["id"])
		}
	}
	if len(ed.errors) > 0 {
		return nil, failFields(ed.errors)
	}
	properties, err := acceptProperties(list(body["properties"]))
	if err != nil {
		return nil, err
	}

	p.Last++
	is.ID, is.Number, is.Key = c.st.next("issue"), p.Last, p.Key+"-"+strconv.FormatInt(p.Last, 10)
	is.Watchers = []string{c.st.Myself}
	is.Properties = properties
	if c.s.searchDelay > 0 {
		is.Past = []past{{Until: c.now}}
	}
	c.st.Issues = append(c.st.Issues, is)
	c.st.byID[is.ID], c.st.byKey[is.Key] = is, is
	for name, v := range ed.values {
		is.put(name, v)
	}
	c.st.adopt(is)
	c.st.label(is, is.Fields)
	c.emit(jira.EventIssueCreated, is, doc{"issue_event_type_name": "issue_created"})
	ed.finish()
	if move != nil {
		c.apply(is, c.moved(is, move, nil))
	}
	return is, nil
}

func (c *call) defaultPriority() any {
	if len(c.st.Priorities) == 0 {
		return nil
	}
	return c.st.Priorities[len(c.st.Priorities)/2].ID
}

// put stores a field; timetracking is stored as its two estimates.
func (is *issue) put(name string, v any) {
	if name == "timetracking" {
		estimates, _ := v.(doc)
		original, left := estimates["originalEstimate"], estimates["remainingEstimate"]
		if left == nil {
			left = original
		}
		is.put("timeoriginalestimate", original)
		is.put("timeestimate", left)
		return
	}
	if isBlank(v) {
		delete(is.Fields, name)
		return
	}
	is.Fields[name] = v
}

// projectAndType reads the two fields on which all others depend.
func (c *call) projectAndType(body doc) (*project, *issueType, error) {
	fields, _ := body["fields"].(doc)
	wanted, _ := fields["project"].(doc)
	var p *project
	for _, name := range []string{"id", "key"} {
		if s := text(wanted[name]); s != "" && p == nil {
			p = c.st.project(s)
		}
	}
	if p == nil {
		return nil, nil, failField("project", "valid project is required")
	}
	wanted, _ = fields["issuetype"].(doc)
	for _, id := range p.Types {
		t := c.st.issueType(id)
		if text(wanted["id"]) == t.ID || text(wanted["id"]) == "" && strings.EqualFold(text(wanted["name"]), t.Name) {
			return p, t, nil
		}
	}
	if wanted == nil {
		return nil, nil, failField("issuetype", "Specify an issue type")
	}
	return nil, nil, failField("issuetype", "Specify a valid issue type")
}

// badParent says why an issue cannot be below another; "" if it can.
func (c *call) badParent(p *project, t *issueType, parent *issue) string {
	above := c.st.issueType(text(parent.Fields["issuetype"]))
	switch {
	case above.Level != t.Level+1:
		return "Given parent work item does not belong to appropriate hierarchy."
	case t.Level < 0 && text(parent.Fields["project"]) != p.ID:
		return "Given parent issue does not belong to the same project as the sub-task."
	}
	return ""
}

func (c *call) editIssue() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	if err := c.edit(is, c.object(), nil, editable); err != nil {
		return nil, err
	}
	back, err := c.flag("returnIssue", false)
	if err != nil || !back {
		return nil, err
	}
	return c.issueDoc(is, c.selectFields(nil, "*all"), c.values("expand"), nil), nil
}

// edit applies a body's fields and update to an issue, and what a transition changes beside them.
func (c *call) edit(is *issue, body, beside doc, allowed func(*field) bool) error {
	if is.Archived != nil {
		return errArchived(is)
	}
	ed, err := c.newEdit(is, body, allowed)
	if err != nil {
		return err
	}
	if parent := c.st.issue(text(ed.values["parent"])); parent != nil {
		if msg := c.badParent(ed.on.project, ed.on.issueType, parent); msg != "" {
			ed.errors["parent"] = msg
		}
	}
	if len(ed.errors) > 0 {
		return failFields(ed.errors)
	}
	properties, err := acceptProperties(list(body["properties"]))
	if err != nil {
		return err
	}
	c.setProperties(is, properties)
	maps.Copy(ed.values, beside)
	c.apply(is, ed.values)
	ed.finish()
	return nil
}

// apply stores new values and records what they change.
func (c *call) apply(is *issue, values doc) {
	before := maps.Clone(is.Fields)
	if _, moved := values["parent"]; moved {
		c.st.below = nil
	}
	var items []doc
	for _, f := range c.st.Fields {
		v, given := values[f.ID]
		if !given {
			continue
		}
		is.put(f.ID, v)
	}
	c.st.label(is, is.Fields)
	// What has changed in the end; moments that the site sets by itself are not part of the history.
	for _, f := range c.st.Fields {
		if same(before[f.ID], is.Fields[f.ID]) || f.Type == "datetime" && !f.Settable {
			continue
		}
		item := doc{"field": f.Name, "fieldtype": "custom", "fieldId": f.ID}
		if f.Custom == "" {
			item["field"], item["fieldtype"] = f.ID, "jira"
		}
		item["from"], item["fromString"] = c.words(is, f, before[f.ID])
		item["to"], item["toString"] = c.words(is, f, is.Fields[f.ID])
		items = append(items, item)
	}
	if len(items) > 0 {
		is.History = append(is.History, &change{ID: c.st.next("change"), Author: c.st.Myself, Created: stamp(c.now), Items: items})
		c.touch(is, before)
		c.emitChange(is, is.History[len(is.History)-1])
	}
}

func (c *call) deleteIssue() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	with, err := c.flag("deleteSubtasks", false)
	if err != nil {
		return nil, err
	}
	return nil, c.remove(is, with)
}

// remove deletes an issue, and its sub-tasks if with says so.
func (c *call) remove(is *issue, with bool) error {
	below := c.st.subtasks(is)
	if len(below) > 0 && !with {
		return fail(http.StatusBadRequest, "The issue '%s' has subtasks.  You must specify the 'deleteSubtasks' parameter to delete this issue and all its subtasks.", is.Key)
	}
	for _, gone := range append(slices.Clone(below), is) {
		c.emit(jira.EventIssueDeleted, gone, doc{"issue_event_type_name": "issue_deleted"})
	}
	for _, child := range c.st.children(is) {
		delete(child.Fields, "parent")
	}
	for _, f := range c.st.Fields {
		if !f.is(EpicLinkField) {
			continue
		}
		for _, other := range c.st.Issues {
			if other.Fields[f.ID] == is.ID {
				delete(other.Fields, f.ID)
			}
		}
	}
	c.st.below, c.st.links, c.st.attached = nil, nil, nil
	for _, gone := range append(below, is) {
		delete(c.st.byID, gone.ID)
		for _, key := range append(gone.OldKeys, gone.Key) {
			delete(c.st.byKey, key)
		}
		c.st.Issues = slices.DeleteFunc(c.st.Issues, func(other *issue) bool { return other == gone })
		c.st.Links = slices.DeleteFunc(c.st.Links, func(l *link) bool { return l.Inward == gone.ID || l.Outward == gone.ID })
		c.st.Attachments = slices.DeleteFunc(c.st.Attachments, func(a *attachment) bool { return a.Issue == gone.ID })
	}
	return nil
}

func (c *call) assignIssue() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	id, given := c.object()["accountId"]
	if !given {
		return nil, fail(http.StatusBadRequest, "jiratest: accountId is missing; null unassigns")
	}
	var who any
	switch {
	case id == "-1":
		if lead := c.st.projectOf(is).Lead; lead != "" {
			who = lead
		}
	case id != nil:
		if who, err = c.acceptUser(c.st.field("assignee"), doc{"accountId": id}); err != nil {
			return nil, failField("assignee", "%v", err)
		}
	}
	c.apply(is, doc{"assignee": who})
	return nil, nil
}
