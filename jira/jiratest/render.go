package jiratest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// user renders a user; nil if there is none.
func (c *call) user(id string) any {
	u := c.st.user(id)
	if u == nil {
		return nil
	}
	d := doc{
		"self":      c.url("/user?accountId=%s", u.ID),
		"accountId": u.ID, "accountType": u.Type, "displayName": u.Name, "active": u.Active, "timeZone": "Etc/UTC",
		"avatarUrls": c.avatars("/secure/useravatar?ownerId=" + u.ID),
	}
	if u.Email != "" {
		d["emailAddress"] = u.Email
	}
	return d
}

func (c *call) avatars(path string) doc {
	d := doc{}
	for _, size := range []string{"16", "24", "32", "48"} {
		d[size+"x"+size] = c.s.URL + path + "&size=" + size
	}
	return d
}

func (c *call) issueType(t *issueType) any {
	return doc{
		"self": c.url("/issuetype/%s", t.ID), "id": t.ID, "name": t.Name, "description": t.Description,
		"iconUrl": c.s.URL + "/images/icons/issuetypes/" + t.ID + ".svg", "avatarId": 10300,
		"subtask": t.Level < 0, "hierarchyLevel": t.Level,
	}
}

// categories of statuses, in Jira's fixed numbering.
var categories = map[string]doc{
	"new":           {"id": 2, "key": "new", "colorName": "blue-gray", "name": "To Do"},
	"indeterminate": {"id": 4, "key": "indeterminate", "colorName": "yellow", "name": "In Progress"},
	"done":          {"id": 3, "key": "done", "colorName": "green", "name": "Done"},
}

func (c *call) status(s *status) any {
	category := doc{"self": c.url("/statuscategory/%d", categories[s.Category]["id"])}
	maps.Copy(category, categories[s.Category])
	return doc{
		"self": c.url("/status/%s", s.ID), "id": s.ID, "name": s.Name, "description": s.Description,
		"iconUrl": c.s.URL + "/images/icons/statuses/generic.png", "statusCategory": category,
	}
}

func (c *call) priority(p *ref) any {
	return doc{
		"self": c.url("/priority/%s", p.ID), "id": p.ID, "name": p.Name, "description": p.Description,
		"iconUrl": c.s.URL + "/images/icons/priorities/" + strings.ToLower(p.Name) + ".svg", "statusColor": p.Color,
	}
}

func (c *call) resolution(r *ref) any {
	return doc{"self": c.url("/resolution/%s", r.ID), "id": r.ID, "name": r.Name, "description": r.Description}
}

func (c *call) component(r *ref) any {
	return doc{"self": c.url("/component/%s", r.ID), "id": r.ID, "name": r.Name, "description": r.Description}
}

func (c *call) version(r *ref) any {
	d := doc{
		"self": c.url("/version/%s", r.ID), "id": r.ID, "name": r.Name, "description": r.Description,
		"archived": false, "released": r.Closed,
	}
	if r.Date != "" {
		d["releaseDate"] = r.Date
	}
	return d
}

// briefProject is a project as it appears inside other things.
func (c *call) briefProject(p *project) doc {
	return doc{
		"self": c.url("/project/%s", p.ID), "id": p.ID, "key": p.Key, "name": p.Name,
		"projectTypeKey": "software", "simplified": false,
		"avatarUrls": c.avatars("/rest/api/3/universal_avatar/view/type/project/avatar/10400?p=" + p.ID),
	}
}

// briefIssue is an issue as it appears inside other things.
func (c *call) briefIssue(id string) any {
	is := c.st.issue(id)
	if is == nil {
		return nil
	}
	fields := doc{}
	for _, id := range []string{"summary", "status", "priority", "issuetype"} {
		fields[id] = c.value(is, c.st.field(id))
	}
	return doc{"id": is.ID, "key": is.Key, "self": c.url("/issue/%s", is.ID), "fields": fields}
}

// value renders one field of an issue.
func (c *call) value(is *issue, f *field) any {
	if v, ok := c.computed(is, f.ID); ok {
		return v
	}
	stored, ok := is.Fields[f.ID]
	if f.Type != "array" {
		if !ok || stored == nil {
			return nil
		}
		return c.one(is, f, f.Type, stored)
	}
	items := list(stored)
	if len(items) == 0 && f.Custom != "" {
		return nil
	}
	return each(items, func(v any) any { return c.one(is, f, f.Items, v) })
}

// one renders one stored value of a kind.
func (c *call) one(is *issue, f *field, kind string, stored any) any {
	id := text(stored)
	switch kind {
	case "user":
		return c.user(id)
	case "project":
		if p := c.st.project(id); p != nil {
			return c.briefProject(p)
		}
	case "issuetype":
		if t := c.st.issueType(id); t != nil {
			return c.issueType(t)
		}
	case "status":
		if s := c.st.status(id); s != nil {
			return c.status(s)
		}
	case "priority":
		if r := byRef(c.st.Priorities, id); r != nil {
			return c.priority(r)
		}
	case "resolution":
		if r := byRef(c.st.Resolutions, id); r != nil {
			return c.resolution(r)
		}
	case "component":
		if r := byRef(c.st.projectOf(is).Components, id); r != nil {
			return c.component(r)
		}
	case "version":
		if r := byRef(c.st.projectOf(is).Versions, id); r != nil {
			return c.version(r)
		}
	case "option":
		if r, _ := f.findOption(id); r != nil {
			return c.option(r)
		}
	case "option-with-child":
		r, above := f.findOption(id)
		switch {
		case r == nil:
		case above == nil:
			return c.option(r)
		default:
			d := c.option(above)
			d["child"] = c.option(r)
			return d
		}
	case "group":
		if r := byRef(c.st.Groups, id); r != nil {
			return c.group(r)
		}
	case "json":
		return c.sprint(id)
	case "any":
		if epic := c.st.issue(id); epic != nil {
			return epic.Key
		}
	case "issuelink":
		return c.briefIssue(id)
	default:
		return stored
	}
	return nil
}

func (c *call) option(r *ref) doc {
	return doc{"self": c.url("/customFieldOption/%s", r.ID), "id": r.ID, "value": r.Name}
}

// computed renders the fields that are not stored; ok is false for the others.
func (c *call) computed(is *issue, id string) (v any, ok bool) {
	switch id {
	case "subtasks":
		return each(c.st.subtasks(is), func(sub *issue) any { return c.briefIssue(sub.ID) }), true
	case "issuelinks":
		return c.linksOf(is), true
	case "attachment":
		return each(c.st.attachmentsOf(is.ID), func(a *attachment) any { return c.attachment(a) }), true
	case "comment":
		return doc{
			"self": c.url("/issue/%s/comment", is.ID), "startAt": 0, "maxResults": len(is.Comments), "total": len(is.Comments),
			"comments": each(is.Comments, func(r *remark) any { return c.comment(is, r) }),
		}, true
	case "worklog":
		shown := is.Worklogs[:min(20, len(is.Worklogs))]
		return doc{
			"startAt": 0, "maxResults": 20, "total": len(is.Worklogs),
			"worklogs": each(shown, func(w *worklog) any { return c.worklog(is, w) }),
		}, true
	case "votes":
		return doc{
			"self": c.url("/issue/%s/votes", is.Key), "votes": len(is.Voters), "hasVoted": slices.Contains(is.Voters, c.st.Myself),
		}, true
	case "watches":
		return doc{
			"self": c.url("/issue/%s/watchers", is.Key), "watchCount": len(is.Watchers),
			"isWatching": slices.Contains(is.Watchers, c.st.Myself),
		}, true
	}
	return c.computedTime(is, id)
}

// spent is the sum of an issue's worklogs in seconds.
func spent(is *issue) int64 {
	var sum int64
	for _, w := range is.Worklogs {
		sum += w.Seconds
	}
	return sum
}

func (c *call) computedTime(is *issue, id string) (any, bool) {
	orNull := func(seconds int64, known bool) any {
		if !known {
			return nil
		}
		return seconds
	}
	seconds := func(is *issue, id string) int64 { return int64(number(is.Fields[id])) }
	// Sums over an issue and its sub-tasks.
	aggregate := func(of func(*issue) int64) int64 {
		sum := of(is)
		for _, sub := range c.st.subtasks(is) {
			sum += of(sub)
		}
		return sum
	}
	done, left, planned := spent(is), seconds(is, "timeestimate"), seconds(is, "timeoriginalestimate")
	progress := func(done, left int64) doc {
		d := doc{"progress": done, "total": done + left}
		if done+left > 0 {
			d["percent"] = 100 * done / (done + left)
		}
		return d
	}
	switch id {
	case "timespent":
		return orNull(done, len(is.Worklogs) > 0), true
	case "aggregatetimespent":
		sum := aggregate(spent)
		return orNull(sum, sum > 0), true
	case "aggregatetimeestimate", "aggregatetimeoriginalestimate":
		sum := aggregate(func(is *issue) int64 { return seconds(is, strings.TrimPrefix(id, "aggregate")) })
		return orNull(sum, sum > 0), true
	case "progress":
		return progress(done, left), true
	case "aggregateprogress":
		return progress(aggregate(spent), aggregate(func(is *issue) int64 { return seconds(is, "timeestimate") })), true
	case "workratio":
		if planned == 0 {
			return -1, true
		}
		return 100 * done / planned, true
	case "timetracking":
		d := doc{}
		add := func(name string, value int64, known bool) {
			if known {
				d[name], d[name+"Seconds"] = duration(value), value
			}
		}
		add("originalEstimate", planned, is.Fields["timeoriginalestimate"] != nil)
		add("remainingEstimate", left, is.Fields["timeestimate"] != nil)
		add("timeSpent", done, len(is.Worklogs) > 0)
		return d, true
	}
	return nil, false
}

// units of Jira's durations: a day has eight hours and a week five days.
var units = []struct {
	name    string
	seconds int64
}{{"w", 5 * 8 * 3600}, {"d", 8 * 3600}, {"h", 3600}, {"m", 60}}

// duration writes seconds as Jira does: 1d 4h.
func duration(seconds int64) string {
	var parts []string
	for _, unit := range units {
		if n := seconds / unit.seconds; n > 0 {
			parts = append(parts, strconv.FormatInt(n, 10)+unit.name)
			seconds -= n * unit.seconds
		}
	}
	if parts == nil {
		return "0m"
	}
	return strings.Join(parts, " ")
}

// parseDuration reads what duration writes, and also a plain number of minutes.
func parseDuration(s string) (int64, error) {
	bad := fmt.Errorf("%q is not a duration like 2d 4h 30m", s)
	var sum int64
	for part := range strings.FieldsSeq(s) {
		digits := strings.TrimRight(part, "wdhm")
		n, err := strconv.ParseInt(digits, 10, 32)
		if err != nil || n < 0 || len(part)-len(digits) > 1 {
			return 0, bad
		}
		factor := int64(60)
		for _, unit := range units {
			if strings.HasSuffix(part, unit.name) {
				factor = unit.seconds
			}
		}
		sum += n * factor
	}
	if strings.TrimSpace(s) == "" {
		return 0, bad
	}
	return sum, nil
}
