package jiratest

import (
	"net/http"
	"slices"
)

// maxArchived is how many issues a query may put into the archive.
const maxArchived = 100_000

// errArchived is why an issue in the archive is not changed.
func errArchived(is *issue) error {
	return fail(http.StatusBadRequest, "The issue %s is archived and cannot be edited.", is.Key)
}

// archive puts an issue and its subtasks into the archive: search does not see them, and nobody edits them.
func (c *call) archive(is *issue) error {
	for _, gone := range append(c.st.subtasks(is), is) {
		gone.Archived = doc{"by": c.st.Myself, "date": c.now.Format(dateLayout)}
	}
	return nil
}

// archival makes the handler that puts issues into the archive or takes them out.
func archival(in bool) func(*call) (any, error) {
	return func(c *call) (any, error) {
		names := list(c.object()["issueIdsOrKeys"])
		if len(names) == 0 {
			return nil, fail(http.StatusBadRequest, "The list of issue IDs or keys must not be empty.")
		}
		failures := doc{}
		miss := func(why, message string, name any) {
			failure, ok := failures[why].(doc)
			if !ok {
				failure = doc{"message": message, "issueIdsOrKeys": []any{}}
				failures[why] = failure
			}
			failure["issueIdsOrKeys"] = append(list(failure["issueIdsOrKeys"]), name)
			failure["count"] = len(list(failure["issueIdsOrKeys"]))
		}
		var found []*issue
		for _, name := range names {
			is := c.st.issue(text(name))
			switch {
			case is == nil || (is.Archived != nil) == in:
				miss("issuesNotFound", "Issue not found.", name)
			case c.st.issueType(text(is.Fields["issuetype"])).Level < 0:
				miss("issueIsSubtask", "Issue is subtask.", name)
			case !slices.Contains(found, is):
				found = append(found, is)
			}
		}
		if len(found) == 0 {
			return nil, fail(http.StatusBadRequest, "None of the issues can be archived or unarchived.")
		}
		over := len(found) > maxBulk
		for _, is := range found[:min(len(found), maxBulk)] {
			if in {
				_ = c.archive(is)
				continue
			}
			for _, back := range append(c.st.subtasks(is), is) {
				back.Archived = nil
			}
		}
		if over {
			return nil, fail(http.StatusPreconditionFailed, "Only %d issues were updated: there were more.", maxBulk)
		}
		return doc{"numberOfIssuesUpdated": len(found), "errors": failures}, nil
	}
}

// alone reports that no other task of a kind is running.
func (c *call) alone(what string) error {
	for _, t := range c.st.Tasks {
		if t.What == what && !t.over() {
			return fail(http.StatusPreconditionFailed, "A request of this kind is already running.")
		}
	}
	return nil
}

// archiveByJQL answers the address of its task as a bare string.
func (c *call) archiveByJQL() (any, error) {
	t := &task{What: "Archive issues"}
	if err := c.alone(t.What); err != nil {
		return nil, err
	}
	found, err := c.find(text(c.object()["jql"]), nil)
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0 || len(found) > maxArchived:
		return nil, fail(http.StatusBadRequest, "The query must match 1 to %d issues.", maxArchived)
	}
	for _, is := range found {
		if c.st.issueType(text(is.Fields["issuetype"])).Level >= 0 {
			t.Steps = append(t.Steps, step{Do: "archive", Issue: is.ID})
		}
	}
	c.begin(t)
	return reply{status: http.StatusAccepted, body: c.taskURL(t)}, nil
}

// exportArchived counts what the file would hold: nobody gets an e-mail here.
func (c *call) exportArchived() (any, error) {
	t := &task{What: "Export archived issues"}
	if err := c.alone(t.What); err != nil {
		return nil, err
	}
	body := c.object()
	dates, limited := body["archivedDateRange"].(doc)
	after, before := text(dates["dateAfter"]), text(dates["dateBefore"])
	if limited && (after == "" || before == "" || after >= before) {
		return nil, fail(http.StatusBadRequest, "archivedDateRange needs dateAfter and a later dateBefore.")
	}
	passes := func(name string, value any) bool {
		wanted := list(body[name])
		return len(wanted) == 0 || slices.Contains(wanted, value)
	}
	n := 0
	for _, is := range c.st.Issues {
		if is.Archived == nil || limited && (text(is.Archived["date"]) <= after || text(is.Archived["date"]) >= before) {
			continue
		}
		if passes("archivedBy", is.Archived["by"]) && passes("reporters", is.Fields["reporter"]) &&
			passes("issueTypes", is.Fields["issuetype"]) && passes("projects", c.st.projectOf(is).Key) {
			n++
		}
	}
	t.Result = doc{"exportedIssues": n}
	c.begin(t)
	return reply{status: http.StatusAccepted, body: doc{
		"taskId": t.ID, "status": enqueued, "progress": 0, "submittedTime": millis(t.Submitted), "payload": "{}",
	}}, nil
}

// limits of what one issue may have.
var limits = map[string]int{"attachment": 2000, "comment": 5000, "issuelinks": 2000, "remoteIssueLinks": 2000, "worklog": 10000}

// getLimitReport lists the issues that have nine tenths of a limit or more.
func (c *call) getLimitReport() (any, error) {
	keys, err := c.flag("isReturningKeys", false)
	if err != nil {
		return nil, err
	}
	near, at := map[string]map[string]int{}, map[string]map[string]int{}
	for _, is := range c.st.Issues {
		name := is.ID
		if keys {
			name = is.Key
		}
		for thing, n := range map[string]int{
			"attachment": len(c.st.attachmentsOf(is.ID)), "comment": len(is.Comments), "issuelinks": len(c.st.linksOf(is.ID)),
			"remoteIssueLinks": len(is.RemoteLinks), "worklog": len(is.Worklogs),
		} {
			report := near
			switch {
			case n >= limits[thing]:
				report = at
			case n*10 < limits[thing]*9:
				continue
			}
			if report[thing] == nil {
				report[thing] = map[string]int{}
			}
			report[thing][name] = n
		}
	}
	return doc{"issuesApproachingLimit": near, "issuesBreachingLimit": at, "limits": limits}, nil
}

func (c *call) getEvents() (any, error) {
	names := []string{
		"Issue Created", "Issue Updated", "Issue Assigned", "Issue Resolved", "Issue Closed", "Issue Commented", "Issue Reopened",
		"Issue Deleted", "Issue Moved", "Work Logged On Issue",
	}
	events := make([]any, len(names))
	for i, name := range names {
		events[i] = doc{"id": i + 1, "name": name}
	}
	return events, nil
}
