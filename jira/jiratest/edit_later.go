package jiratest

import "fmt"

// later checks an operation on the comments, worklogs or links of an issue, which is done at the end of the edit.
func (c *call) later(ed *edit, name, verb string, in any) error {
	object, ok := in.(doc)
	if !ok {
		return fmt.Errorf("jiratest: %s must be an object", name)
	}
	switch name {
	case "comment":
		return c.commentLater(ed, verb, object)
	case "worklog":
		return c.worklogLater(ed, verb, object)
	}
	is, l := ed.on.is, &link{}
	if err := c.fillLink(l, object, is); err != nil {
		return err
	}
	ed.later = append(ed.later, func() {
		// An issue that is being created had no id before.
		if l.Inward == "" {
			l.Inward = is.ID
		}
		if l.Outward == "" {
			l.Outward = is.ID
		}
		c.addLink(l)
	})
	return nil
}

func (c *call) commentLater(ed *edit, verb string, body doc) error {
	is, r := ed.on.is, &remark{}
	if verb != "add" {
		if r = is.findComment(text(body["id"])); r == nil {
			return fmt.Errorf("Can not find a comment for the id: %v.", body["id"])
		}
	}
	if verb == "remove" {
		ed.later = append(ed.later, func() { c.removeComment(is, r) })
		return nil
	}
	changed := *r
	if err := c.fillComment(&changed, body); err != nil {
		return err
	}
	ed.later = append(ed.later, func() {
		if verb == "add" {
			c.addComment(is, &changed)
		} else {
			c.replaceComment(is, r, changed)
		}
	})
	return nil
}

func (c *call) worklogLater(ed *edit, verb string, body doc) error {
	is, w := ed.on.is, &worklog{}
	if verb != "add" {
		if w = is.findWorklog(text(body["id"])); w == nil {
			return fmt.Errorf("Cannot find worklog with id: '%v'.", body["id"])
		}
	}
	if verb == "remove" {
		ed.later = append(ed.later, func() {
			c.shiftEstimate(is, w.Seconds)
			c.removeWorklog(is, w)
		})
		return nil
	}
	changed := *w
	if err := c.fillWorklog(&changed, body, verb == "add"); err != nil {
		return err
	}
	ed.later = append(ed.later, func() {
		if verb == "add" {
			c.shiftEstimate(is, -changed.Seconds)
			c.addWorklog(is, &changed)
		} else {
			c.shiftEstimate(is, w.Seconds-changed.Seconds)
			c.replaceWorklog(is, w, changed)
		}
	})
	return nil
}
