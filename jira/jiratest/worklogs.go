package jiratest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/jira-integrations/go-sdk/jira"
)

func (c *call) worklog(is *issue, w *worklog) any {
	d := doc{
		"self": c.url("/issue/%s/worklog/%s", is.ID, w.ID), "id": w.ID, "issueId": is.ID,
		"author": c.user(w.Author), "updateAuthor": c.user(w.Editor), "created": w.Created, "updated": w.Updated,
		"started": w.Started, "timeSpent": duration(w.Seconds), "timeSpentSeconds": w.Seconds,
	}
	if w.Body != nil {
		d["comment"] = w.Body
	}
	if w.Visibility != nil {
		d["visibility"] = w.Visibility
	}
	if w.Properties != nil && slices.Contains(c.values("expand"), "properties") {
		d["properties"] = w.Properties
	}
	return d
}

// fillWorklog checks a worklog's body and stores what it sets. A new one must say how long it took.
func (c *call) fillWorklog(w *worklog, body doc, isNew bool) error {
	seconds, given := body["timeSpentSeconds"].(json.Number)
	switch {
	case given:
		n, err := seconds.Int64()
		if err != nil || n < 60 {
			return failField("timeLogged", "Worklog must have at least one minute of time spent.")
		}
		w.Seconds = n
	case body["timeSpent"] != nil:
		n, err := parseDuration(text(body["timeSpent"]))
		if err != nil || n < 60 {
			return failField("timeLogged", "Invalid time duration entered.")
		}
		w.Seconds = n
	case isNew:
		return failField("timeLogged", "You must indicate the time spent working.")
	}
	if started, given := body["started"]; given {
		t, err := time.Parse(timeLayout, text(started))
		if err != nil {
			return fail(http.StatusBadRequest, "jiratest: started must look like 2024-01-02T15:04:05.000+0000, not %v", started)
		}
		w.Started = stamp(t)
	} else if isNew {
		w.Started = stamp(c.now)
	}
	if comment, given := body["comment"]; given {
		if err := checkADF(comment); err != nil {
			return failField("comment", "%v", err)
		}
		w.Body = comment
	}
	visibility, err := acceptVisibility(body["visibility"])
	if err != nil {
		return err
	}
	if visibility != nil {
		w.Visibility = visibility
	}
	if properties := list(body["properties"]); properties != nil {
		if _, err := acceptProperties(properties); err != nil {
			return err
		}
		w.Properties = properties
	}
	return nil
}

func (c *call) addWorklog(is *issue, w *worklog) {
	c.sign(&w.remark, "worklog")
	is.Worklogs = append(is.Worklogs, w)
	c.touch(is, nil)
	c.emitWorklog(jira.EventWorklogCreated, is, w)
}

// replaceWorklog stores a worklog that has been changed and checked.
func (c *call) replaceWorklog(is *issue, w *worklog, changed worklog) {
	changed.Editor, changed.Updated = c.st.Myself, stamp(c.now)
	*w = changed
	c.touch(is, nil)
	c.emitWorklog(jira.EventWorklogUpdated, is, w)
}

func (c *call) removeWorklog(is *issue, w *worklog) {
	is.Worklogs = slices.DeleteFunc(is.Worklogs, func(other *worklog) bool { return other == w })
	c.st.GoneWorklogs = append(c.st.GoneWorklogs, pastWorklog{ID: w.ID, Time: c.now})
	c.touch(is, nil)
	c.emitWorklog(jira.EventWorklogDeleted, is, w)
}

// adjust changes the remaining estimate as the query asks: by delta seconds automatically, by the amount in the
// parameter called manual, to a new value, or not at all.
func (c *call) adjust(is *issue, delta int64, manual string) error {
	left := int64(number(is.Fields["timeestimate"]))
	read := func(name string) (int64, error) {
		n, err := parseDuration(c.q.Get(name))
		if err != nil {
			return 0, failField(name, "jiratest: %s: %v", name, err)
		}
		return n, nil
	}
	var err error
	switch how := c.q.Get("adjustEstimate"); how {
	case "", "auto":
		c.shiftEstimate(is, delta)
		return nil
	case "leave":
		return nil
	case "new":
		left, err = read("newEstimate")
	case "manual":
		var n int64
		if manual == "" {
			return fail(http.StatusBadRequest, "jiratest: adjustEstimate manual is not possible here")
		}
		n, err = read(manual)
		if manual == "reduceBy" {
			n = -n
		}
		left += n
	default:
		return fail(http.StatusBadRequest, "jiratest: adjustEstimate must be auto, leave, new or manual, not '%s'", how)
	}
	if err != nil {
		return err
	}
	c.setEstimate(is, left)
	return nil
}

// shiftEstimate changes the remaining estimate, if there is one, by seconds.
func (c *call) shiftEstimate(is *issue, delta int64) {
	if estimate := is.Fields["timeestimate"]; estimate != nil {
		c.setEstimate(is, int64(number(estimate))+delta)
	}
}

func (c *call) setEstimate(is *issue, seconds int64) {
	c.touch(is, nil)
	is.Fields["timeestimate"] = float64(max(0, seconds))
}

func (c *call) getWorklogs() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	wanted := slices.Clone(is.Worklogs)
	for name, drop := range map[string]func(started, limit int64) bool{
		"startedAfter":  func(started, limit int64) bool { return started <= limit },
		"startedBefore": func(started, limit int64) bool { return started >= limit },
	} {
		raw := c.q.Get(name)
		if raw == "" {
			continue
		}
		limit, err := strconv.ParseInt(raw, 10, 64)
		if err != nil {
			return nil, fail(http.StatusBadRequest, "jiratest: %s must be milliseconds since 1970, not %q", name, raw)
		}
		wanted = slices.DeleteFunc(wanted, func(w *worklog) bool {
			t, err := time.Parse(timeLayout, w.Started)
			return err != nil || drop(t.UnixMilli(), limit)
		})
	}
	cut, start, size, err := window(c, wanted, 5000, 5000)
	if err != nil {
		return nil, err
	}
	return doc{
		"startAt": start, "maxResults": size, "total": len(wanted),
		"worklogs": each(cut, func(w *worklog) any { return c.worklog(is, w) }),
	}, nil
}

// findWorklog finds a worklog by its id; nil if there is none.
func (is *issue) findWorklog(id string) *worklog {
	for _, w := range is.Worklogs {
		if w.ID == id {
			return w
		}
	}
	return nil
}

// findWorklog returns the issue and the worklog that the path names.
func (c *call) findWorklog() (*issue, *worklog, error) {
	is, err := c.issue()
	if err != nil {
		return nil, nil, err
	}
	if w := is.findWorklog(c.r.PathValue("id")); w != nil {
		return is, w, nil
	}
	return nil, nil, fail(http.StatusNotFound, "Cannot find worklog with id: '%s'.", c.r.PathValue("id"))
}

func (c *call) getWorklog() (any, error) {
	is, w, err := c.findWorklog()
	if err != nil {
		return nil, err
	}
	return c.worklog(is, w), nil
}

func (c *call) createWorklog() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	w := &worklog{}
	if err := c.fillWorklog(w, c.object(), true); err != nil {
		return nil, err
	}
	if err := c.adjust(is, -w.Seconds, "reduceBy"); err != nil {
		return nil, err
	}
	c.addWorklog(is, w)
	return reply{status: http.StatusCreated, body: c.worklog(is, w)}, nil
}

func (c *call) updateWorklog() (any, error) {
	is, w, err := c.findWorklog()
	if err != nil {
		return nil, err
	}
	changed := *w
	if err := c.fillWorklog(&changed, c.object(), false); err != nil {
		return nil, err
	}
	if err := c.adjust(is, w.Seconds-changed.Seconds, ""); err != nil {
		return nil, err
	}
	c.replaceWorklog(is, w, changed)
	return c.worklog(is, w), nil
}

func (c *call) deleteWorklog() (any, error) {
	is, w, err := c.findWorklog()
	if err != nil {
		return nil, err
	}
	if err := c.adjust(is, w.Seconds, "increaseBy"); err != nil {
		return nil, err
	}
	c.removeWorklog(is, w)
	return nil, nil
}
