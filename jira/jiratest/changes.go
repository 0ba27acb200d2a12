package jiratest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// issueChange is one entry of the history of an issue.
type issueChange struct {
	is *issue
	h  *change
}

func (c *call) getBulkChangelogs() (any, error) {
	body := c.object()
	names, fields := list(body["issueIdsOrKeys"]), list(body["fieldIds"])
	size := int(number(body["maxResults"]))
	if body["maxResults"] == nil {
		size = 1000
	}
	switch {
	case len(names) == 0 || len(names) > 1000:
		return nil, fail(http.StatusBadRequest, "issueIdsOrKeys must have 1 to 1000 entries.")
	case len(fields) > 10:
		return nil, fail(http.StatusBadRequest, "fieldIds must not have more than 10 entries.")
	case size < 1 || size > 10000:
		return nil, fail(http.StatusBadRequest, "maxResults must be between 1 and 10000.")
	}
	var all []issueChange
	seen := map[*issue]bool{}
	for _, name := range names {
		is := c.st.issue(text(name))
		if is == nil || seen[is] {
			continue
		}
		seen[is] = true
		for _, h := range is.History {
			if items := changedFields(h, fields); len(items) > 0 {
				only := *h
				only.Items = items
				all = append(all, issueChange{is, &only})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b issueChange) int {
		return cmp.Or(strings.Compare(a.h.Created, b.h.Created), cmp.Compare(number64(a.is.ID), number64(b.is.ID)))
	})
	from := 0
	if token := text(body["nextPageToken"]); token != "" {
		var err error
		if from, err = openToken(token, fmt.Sprint(names, fields)); err != nil {
			return nil, err
		}
	}
	from = min(from, len(all))
	to := min(from+size, len(all))
	answer := doc{"issueChangeLogs": c.byIssue(all[from:to])}
	if to < len(all) {
		answer["nextPageToken"] = sealToken(to, fmt.Sprint(names, fields))
	}
	return answer, nil
}

// changedFields are the parts of a change that concern some fields; no fields means all.
func changedFields(h *change, fields []any) []doc {
	return slices.DeleteFunc(slices.Clone(h.Items), func(item doc) bool {
		return len(fields) > 0 && !slices.Contains(fields, item["fieldId"])
	})
}

// byIssue gathers the changes of each issue.
func (c *call) byIssue(changes []issueChange) []any {
	logs, at := []any{}, map[*issue]doc{}
	for _, one := range changes {
		if at[one.is] == nil {
			at[one.is] = doc{"issueId": one.is.ID, "changeHistories": []any{}}
			logs = append(logs, at[one.is])
		}
		log := at[one.is]
		log["changeHistories"] = append(list(log["changeHistories"]), c.change(one.h))
	}
	return logs
}

func (c *call) getChangeLogsByIDs() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	ids, ok := wholeNumbers(c.object()["changelogIds"])
	if !ok || len(ids) == 0 {
		return nil, fail(http.StatusBadRequest, "changelogIds must be numbers, one at least.")
	}
	var found []*change
	for _, h := range is.History {
		if slices.Contains(ids, h.ID) {
			found = append(found, h)
		}
	}
	return doc{
		"startAt": 0, "maxResults": len(found), "total": len(found),
		"histories": each(found, func(h *change) any { return c.change(h) }),
	}, nil
}

// pastWorklog is a worklog at the time of its last change, or of its end.
type pastWorklog struct {
	ID         string    `json:"id"`
	Time       time.Time `json:"time"`
	Properties []any     `json:"properties,omitempty"`
}

const (
	worklogPage  = 1000
	worklogQuiet = time.Minute // what is younger is not listed
)

func (c *call) getDeletedWorklogs() (any, error) {
	return c.worklogsSince("deleted", c.st.GoneWorklogs)
}

func (c *call) getUpdatedWorklogs() (any, error) {
	var all []pastWorklog
	withProperties := slices.Contains(c.values("expand"), "properties")
	for _, is := range c.st.Issues {
		for _, w := range is.Worklogs {
			t, err := time.Parse(timeLayout, w.Updated)
			if err != nil {
				return nil, err
			}
			p := pastWorklog{ID: w.ID, Time: t}
			if withProperties {
				p.Properties = w.Properties
			}
			all = append(all, p)
		}
	}
	return c.worklogsSince("updated", all)
}

// worklogsSince answers a page. What happened in one millisecond is not torn apart.
func (c *call) worklogsSince(what string, all []pastWorklog) (any, error) {
	since := int64(0)
	if raw := c.q.Get("since"); raw != "" {
		var err error
		if since, err = strconv.ParseInt(raw, 10, 64); err != nil {
			return nil, fail(http.StatusBadRequest, "jiratest: since must be milliseconds since 1970, not %q", raw)
		}
	}
	all = slices.DeleteFunc(slices.Clone(all), func(w pastWorklog) bool {
		return millis(w.Time) <= since || c.now.Sub(w.Time) < worklogQuiet
	})
	slices.SortStableFunc(all, func(a, b pastWorklog) int { return a.Time.Compare(b.Time) })
	n := min(worklogPage, len(all))
	for n > 0 && n < len(all) && millis(all[n].Time) == millis(all[n-1].Time) {
		n++
	}
	until := since
	if n > 0 {
		until = millis(all[n-1].Time)
	}
	address := func(at int64) string { return c.url("/worklog/%s?since=%d", what, at) }
	return doc{
		"self": address(since), "since": since, "until": until, "nextPage": address(until), "lastPage": n == len(all),
		"values": each(all[:n], func(w pastWorklog) any {
			return doc{"worklogId": number64(w.ID), "updatedTime": millis(w.Time), "properties": append([]any{}, w.Properties...)}
		}),
	}, nil
}
