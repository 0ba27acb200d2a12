package jiratest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/jira"
)

func (c *call) linkType(t *linkType) any {
	return doc{"id": t.ID, "name": t.Name, "inward": t.Inward, "outward": t.Outward, "self": c.url("/issueLinkType/%s", t.ID)}
}

func (c *call) findLinkType(id string) *linkType {
	for _, t := range c.st.LinkTypes {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// linksOf renders an issue's links, each from its side.
func (c *call) linksOf(is *issue) []any {
	links := []any{}
	for _, l := range c.st.linksOf(is.ID) {
		d := doc{"id": l.ID, "self": c.url("/issueLink/%s", l.ID), "type": c.linkType(c.findLinkType(l.Type))}
		switch is.ID {
		case l.Inward:
			d["outwardIssue"] = c.briefIssue(l.Outward)
		case l.Outward:
			d["inwardIssue"] = c.briefIssue(l.Inward)
		}
		links = append(links, d)
	}
	return links
}

// fillLink reads a link: its type and the two issues; self stands for the one that is left out, if not nil.
func (c *call) fillLink(l *link, body doc, self *issue) error {
	wanted, _ := body["type"].(doc)
	for _, t := range c.st.LinkTypes {
		if text(wanted["id"]) == t.ID || text(wanted["id"]) == "" && strings.EqualFold(text(wanted["name"]), t.Name) {
			l.Type = t.ID
		}
	}
	if l.Type == "" {
		return fail(http.StatusNotFound, "No issue link type with name '%v' found.", wanted["name"])
	}
	end := func(name string) (string, error) {
		object, given := body[name].(doc)
		if !given && self != nil {
			return self.ID, nil
		}
		for _, key := range []string{"id", "key"} {
			if is := c.st.issue(text(object[key])); is != nil {
				return is.ID, nil
			}
		}
		return "", errNoIssue()
	}
	var err error
	if l.Inward, err = end("inwardIssue"); err != nil {
		return err
	}
	if l.Outward, err = end("outwardIssue"); err != nil {
		return err
	}
	if l.Inward == l.Outward {
		return fail(http.StatusBadRequest, "You cannot link an issue to itself.")
	}
	return nil
}

// addLink adds a link unless it is there already, which Jira accepts in silence.
func (c *call) addLink(l *link) {
	for _, have := range c.st.linksOf(l.Inward) {
		if have.Type == l.Type && have.Inward == l.Inward && have.Outward == l.Outward {
			l.ID = have.ID
			return
		}
	}
	l.ID = c.st.next("link")
	c.st.Links = append(c.st.Links, l)
	c.st.tie(l)
	c.linked(l)
	c.emitLink(jira.EventIssueLinkCreated, l)
}

// linked notes on both issues that a link between them has come or gone.
func (c *call) linked(l *link) {
	for _, id := range []string{l.Inward, l.Outward} {
		if is := c.st.issue(id); is != nil {
			c.touch(is, nil)
		}
	}
}

func (c *call) createLink() (any, error) {
	l := &link{}
	if err := c.fillLink(l, c.object(), nil); err != nil {
		return nil, err
	}
	var r *remark
	if body, ok := c.object()["comment"].(doc); ok {
		r = &remark{}
		if err := c.fillComment(r, body); err != nil {
			return nil, err
		}
	}
	c.addLink(l)
	if r != nil {
		c.addComment(c.st.issue(l.Inward), r)
	}
	return reply{status: http.StatusCreated, header: http.Header{"Location": {c.url("/issueLink/%s", l.ID)}}}, nil
}

func (c *call) findLink() (*link, error) {
	for _, l := range c.st.Links {
		if l.ID == c.r.PathValue("linkId") {
			return l, nil
		}
	}
	return nil, fail(http.StatusNotFound, "No issue link with id '%s' exists.", c.r.PathValue("linkId"))
}

func (c *call) getLink() (any, error) {
	l, err := c.findLink()
	if err != nil {
		return nil, err
	}
	return doc{
		"id": l.ID, "self": c.url("/issueLink/%s", l.ID), "type": c.linkType(c.findLinkType(l.Type)),
		"inwardIssue": c.briefIssue(l.Inward), "outwardIssue": c.briefIssue(l.Outward),
	}, nil
}

func (c *call) deleteLink() (any, error) {
	l, err := c.findLink()
	if err != nil {
		return nil, err
	}
	c.st.Links = slices.DeleteFunc(c.st.Links, func(other *link) bool { return other == l })
	c.st.links = nil
	c.linked(l)
	c.emitLink(jira.EventIssueLinkDeleted, l)
	return nil, nil
}

func (c *call) getLinkTypes() (any, error) {
	return doc{"issueLinkTypes": each(c.st.LinkTypes, c.linkType)}, nil
}

// pathLinkType is the link type that the path names.
func (c *call) pathLinkType() (*linkType, error) {
	if t := c.findLinkType(c.r.PathValue("issueLinkTypeId")); t != nil {
		return t, nil
	}
	return nil, fail(http.StatusNotFound, "No issue link type with id '%s' exists.", c.r.PathValue("issueLinkTypeId"))
}

func (c *call) getLinkType() (any, error) {
	t, err := c.pathLinkType()
	if err != nil {
		return nil, err
	}
	return c.linkType(t), nil
}

// fillLinkType stores the names given in the body; all three must be known in the end.
func (c *call) fillLinkType(t *linkType) error {
	for name, to := range map[string]*string{"name": &t.Name, "inward": &t.Inward, "outward": &t.Outward} {
		if s := text(c.object()[name]); s != "" {
			*to = s
		}
		if *to == "" {
			return failField(name, "jiratest: %s is required", name)
		}
	}
	for _, other := range c.st.LinkTypes {
		if other.ID != t.ID && strings.EqualFold(other.Name, t.Name) {
			return fail(http.StatusBadRequest, "Issue link type with name '%s' already exists.", t.Name)
		}
	}
	return nil
}

func (c *call) createLinkType() (any, error) {
	t := &linkType{}
	if err := c.fillLinkType(t); err != nil {
		return nil, err
	}
	if c.st.Seq["linkType"] == 0 {
		c.st.Seq["linkType"] = 10003
	}
	t.ID = c.st.next("linkType")
	c.st.LinkTypes = append(c.st.LinkTypes, t)
	return reply{status: http.StatusCreated, body: c.linkType(t)}, nil
}

func (c *call) updateLinkType() (any, error) {
	t, err := c.pathLinkType()
	if err != nil {
		return nil, err
	}
	changed := *t
	if err := c.fillLinkType(&changed); err != nil {
		return nil, err
	}
	*t = changed
	return c.linkType(t), nil
}

// deleteLinkType removes a type and all links of it.
func (c *call) deleteLinkType() (any, error) {
	t, err := c.pathLinkType()
	if err != nil {
		return nil, err
	}
	c.st.LinkTypes = slices.DeleteFunc(c.st.LinkTypes, func(other *linkType) bool { return other == t })
	c.st.Links = slices.DeleteFunc(c.st.Links, func(l *link) bool { return l.Type == t.ID })
	c.st.links = nil
	return nil, nil
}
