package jiratest

import (
	"net/http"
	"slices"
)

// transitions returns what can be done with an issue now: a move to every status but its own.
func (c *call) transitions(is *issue) []*transition {
	var open []*transition
	for _, t := range c.st.Transitions {
		if t.To != is.Fields["status"] {
			open = append(open, t)
		}
	}
	return open
}

func (c *call) findTransition(is *issue, id string) *transition {
	for _, t := range c.transitions(is) {
		if t.ID == id {
			return t
		}
	}
	return nil
}

func (c *call) transition(is *issue, t *transition, withFields bool) any {
	d := doc{
		"id": t.ID, "name": t.Name, "to": c.status(c.st.status(t.To)), "hasScreen": len(t.Required) > 0,
		"isGlobal": true, "isInitial": false, "isAvailable": true, "isConditional": false, "looped": false,
	}
	if withFields {
		fields, on := doc{}, c.screenOf(is)
		for _, id := range t.Required {
			if f := c.st.field(id); f.context(on) != nil {
				fields[id] = c.fieldMeta(on, f)
				fields[id].(doc)["required"] = true
			}
		}
		d["fields"] = fields
	}
	return d
}

func (c *call) getTransitions() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	open := c.transitions(is)
	if id := c.q.Get("transitionId"); id != "" {
		open = slices.DeleteFunc(open, func(t *transition) bool { return t.ID != id })
	}
	withFields := slices.Contains(c.values("expand"), "transitions.fields")
	return doc{
		"expand":      "transitions",
		"transitions": each(open, func(t *transition) any { return c.transition(is, t, withFields) }),
	}, nil
}

func (c *call) doTransition() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	body := c.object()
	wanted, _ := body["transition"].(doc)
	if text(wanted["id"]) == "" {
		return nil, fail(http.StatusBadRequest, "Missing 'transition' identifier")
	}
	t := c.findTransition(is, text(wanted["id"]))
	if t == nil {
		return nil, fail(http.StatusBadRequest, "Transition id '%v' is not valid for this issue.", wanted["id"])
	}
	allowed := func(f *field) bool { return slices.Contains(t.Required, f.ID) }
	ed, err := c.newEdit(is, body, allowed)
	if err != nil {
		return nil, err
	}
	for _, id := range t.Required {
		value, given := ed.values[id]
		if !given {
			value = is.Fields[id] // the screen shows it
		}
		if f := c.st.field(id); isBlank(value) && ed.errors[id] == "" && f.context(ed.on) != nil {
			ed.errors[id] = f.Name + " is required."
		}
	}
	if len(ed.errors) > 0 {
		return nil, failFields(ed.errors)
	}
	return nil, c.edit(is, body, c.moved(is, t, ed.values["resolution"]), allowed)
}

// moved is what a transition changes. As in Jira's simplified workflow, a finished issue gets a resolution and one
// that is taken up again loses it.
func (c *call) moved(is *issue, t *transition, resolution any) doc {
	beside := doc{"status": t.To, "resolution": nil, "resolutiondate": nil}
	category := c.st.status(t.To).Category
	if category != c.st.status(text(is.Fields["status"])).Category {
		beside["statuscategorychangedate"] = stamp(c.now)
	}
	if category == "done" {
		if resolution == nil {
			resolution = c.st.Resolutions[0].ID
		}
		beside["resolution"], beside["resolutiondate"] = resolution, stamp(c.now)
	}
	return beside
}
