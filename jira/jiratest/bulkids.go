package jiratest

import (
	"encoding/json"
	"net/http"
	"slices"
)

// ids reads a list of numbers in the body: at least one and not more than limit.
func (c *call) ids(name string, limit int) ([]string, error) {
	var ids []string
	for _, v := range list(c.object()[name]) {
		id, ok := v.(json.Number)
		if _, err := id.Int64(); !ok || err != nil {
			return nil, fail(http.StatusBadRequest, "jiratest: %s must hold whole numbers, not %v", name, v)
		}
		if !slices.Contains(ids, id.String()) {
			ids = append(ids, id.String())
		}
	}
	switch {
	case len(ids) == 0:
		return nil, fail(http.StatusBadRequest, "jiratest: %s must hold at least one id", name)
	case len(ids) > limit:
		return nil, fail(http.StatusBadRequest, "jiratest: %s holds %d ids, and the limit is %d", name, len(ids), limit)
	}
	return ids, nil
}

// maxFetched is how many comments or worklogs can be read at once.
const maxFetched = 1000

// commentsByID leaves out what is not there without a word, and so does worklogsByID.
func (c *call) commentsByID() (any, error) {
	ids, err := c.ids("ids", maxFetched)
	if err != nil {
		return nil, err
	}
	found := []any{}
	for _, id := range ids {
		for _, is := range c.st.Issues {
			if r := is.findComment(id); r != nil {
				d := c.comment(is, r)
				if r.Properties != nil && slices.Contains(c.values("expand"), "properties") { // the other operations do not have it
					d["properties"] = r.Properties
				}
				found = append(found, d)
			}
		}
	}
	return doc{"startAt": 0, "maxResults": 1048576, "total": len(found), "isLast": true, "values": found}, nil
}

func (c *call) worklogsByID() (any, error) {
	ids, err := c.ids("ids", maxFetched)
	if err != nil {
		return nil, err
	}
	found := []any{}
	for _, id := range ids {
		for _, is := range c.st.Issues {
			if w := is.findWorklog(id); w != nil {
				found = append(found, c.worklog(is, w))
			}
		}
	}
	return found, nil
}

// bulkWorklogs reads the body of a bulk change: all its worklogs are of the issue. sum is their time in seconds, 0 if the
// estimates are to be left alone.
func (c *call) bulkWorklogs() (is *issue, all []*worklog, sum int64, err error) {
	const limit = 5000
	if is, err = c.issue(); err != nil {
		return nil, nil, 0, err
	}
	ids, err := c.ids("ids", limit)
	if err != nil {
		return nil, nil, 0, err
	}
	for _, id := range ids {
		w := is.findWorklog(id)
		if w == nil {
			return nil, nil, 0, fail(http.StatusNotFound, "Cannot find worklog with id: '%s'.", id)
		}
		all = append(all, w)
		sum += w.Seconds
	}
	switch how := c.q.Get("adjustEstimate"); how {
	case "", "auto":
	case "leave":
		sum = 0
	default:
		return nil, nil, 0, fail(http.StatusBadRequest, "jiratest: adjustEstimate must be auto or leave, not '%s'", how)
	}
	return is, all, sum, nil
}

func (c *call) bulkDeleteWorklogs() (any, error) {
	is, all, sum, err := c.bulkWorklogs()
	if err != nil {
		return nil, err
	}
	for _, w := range all {
		c.removeWorklog(is, w)
	}
	c.shiftEstimate(is, sum)
	return nil, nil
}

func (c *call) bulkMoveWorklogs() (any, error) {
	is, all, sum, err := c.bulkWorklogs()
	if err != nil {
		return nil, err
	}
	to := c.st.issue(text(c.object()["issueIdOrKey"]))
	switch {
	case to == nil:
		return nil, errNoIssue()
	case to == is:
		return nil, fail(http.StatusBadRequest, "jiratest: the worklogs are at issue %s already", is.Key)
	case slices.ContainsFunc(all, func(w *worklog) bool { return w.Visibility["type"] == "role" }):
		return nil, fail(http.StatusBadRequest, "jiratest: a worklog that is limited to a role cannot be moved")
	}
	// Neither the histories nor webhooks tell of it.
	is.Worklogs = slices.DeleteFunc(is.Worklogs, func(w *worklog) bool { return slices.Contains(all, w) })
	to.Worklogs = append(to.Worklogs, all...)
	c.touch(is, nil)
	c.touch(to, nil)
	c.shiftEstimate(is, sum)
	c.shiftEstimate(to, -sum)
	return nil, nil
}

// isWatching takes ids only: a key is as good as an id that does not exist.
func (c *call) isWatching() (any, error) {
	ids := list(c.object()["issueIds"])
	if ids == nil {
		return nil, fail(http.StatusBadRequest, "jiratest: issueIds must be a list")
	}
	watching := doc{}
	for _, v := range ids {
		is := c.st.byID[text(v)]
		watching[text(v)] = is != nil && slices.Contains(is.Watchers, c.st.Myself)
	}
	return doc{"issuesIsWatching": watching}, nil
}
