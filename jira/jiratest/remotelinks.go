package jiratest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
)

func (c *call) remoteLink(is *issue, l *remoteLink) any {
	d := maps.Clone(l.Doc)
	d["id"], d["self"] = l.ID, c.url("/issue/%s/remotelink/%d", is.Key, l.ID)
	return d
}

// checkRemoteLink refuses what Jira refuses in the body.
func (c *call) checkRemoteLink() error {
	object, ok := c.object()["object"].(doc)
	if !ok {
		return failField("object", "'object' is required.")
	}
	errs := map[string]string{}
	for _, name := range []string{"title", "url"} {
		if s := text(object[name]); s == "" {
			errs[name] = "'" + name + "' is required."
		} else if len(s) > 2000 {
			errs[name] = "'" + name + "' is too long."
		}
	}
	if len(text(c.object()["globalId"])) > 255 {
		errs["globalId"] = "'globalId' must have at most 255 characters."
	}
	if len(errs) > 0 {
		return failFields(errs)
	}
	return nil
}

func (c *call) getRemoteLinks() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	if !c.q.Has("globalId") {
		return each(is.RemoteLinks, func(l *remoteLink) any { return c.remoteLink(is, l) }), nil
	}
	for _, l := range is.RemoteLinks {
		if l.Doc["globalId"] == c.q.Get("globalId") {
			return c.remoteLink(is, l), nil
		}
	}
	return nil, fail(http.StatusNotFound, "The remote link could not be found.")
}

// setRemoteLink creates a link, or replaces the one with the same globalId.
func (c *call) setRemoteLink() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	if err := c.checkRemoteLink(); err != nil {
		return nil, err
	}
	status, at := http.StatusCreated, -1
	if id := text(c.object()["globalId"]); id != "" {
		at = slices.IndexFunc(is.RemoteLinks, func(l *remoteLink) bool { return l.Doc["globalId"] == id })
	}
	if at >= 0 {
		status = http.StatusOK
		is.RemoteLinks[at].Doc = c.object()
	} else {
		id, err := strconv.ParseInt(c.st.next("remoteLink"), 10, 64)
		if err != nil {
			return nil, err
		}
		at = len(is.RemoteLinks)
		is.RemoteLinks = append(is.RemoteLinks, &remoteLink{ID: id, Doc: c.object()})
	}
	id := is.RemoteLinks[at].ID
	return reply{status: status, body: doc{"id": id, "self": c.url("/issue/%s/remotelink/%d", is.Key, id)}}, nil
}

func (c *call) findRemoteLink() (*issue, *remoteLink, error) {
	is, err := c.issue()
	if err != nil {
		return nil, nil, err
	}
	id, err := strconv.ParseInt(c.r.PathValue("linkId"), 10, 64)
	if err != nil {
		return nil, nil, fail(http.StatusBadRequest, "The link id '%s' is not a number.", c.r.PathValue("linkId"))
	}
	for _, l := range is.RemoteLinks {
		if l.ID == id {
			return is, l, nil
		}
	}
	return nil, nil, fail(http.StatusNotFound, "The remote link with id '%d' does not exist.", id)
}

func (c *call) getRemoteLink() (any, error) {
	is, l, err := c.findRemoteLink()
	if err != nil {
		return nil, err
	}
	return c.remoteLink(is, l), nil
}

func (c *call) updateRemoteLink() (any, error) {
	_, l, err := c.findRemoteLink()
	if err != nil {
		return nil, err
	}
	if err := c.checkRemoteLink(); err != nil {
		return nil, err
	}
	l.Doc = c.object()
	return nil, nil
}

func (c *call) deleteRemoteLink() (any, error) {
	is, l, err := c.findRemoteLink()
	if err != nil {
		return nil, err
	}
	is.RemoteLinks = slices.DeleteFunc(is.RemoteLinks, func(other *remoteLink) bool { return other == l })
	return nil, nil
}

func (c *call) deleteRemoteLinkByGlobalID() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	id := c.q.Get("globalId")
	if id == "" {
		return nil, fail(http.StatusBadRequest, "The globalId parameter is required.")
	}
	before := len(is.RemoteLinks)
	is.RemoteLinks = slices.DeleteFunc(is.RemoteLinks, func(l *remoteLink) bool { return l.Doc["globalId"] == id })
	if len(is.RemoteLinks) == before {
		return nil, fail(http.StatusNotFound, "The remote link with global id '%s' does not exist.", id)
	}
	return nil, nil
}
