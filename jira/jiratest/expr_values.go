package jiratest

import (
	"net/http"
	"strconv"
)

// expressionTarget names an issue or a project.
type expressionTarget struct {
	ID  int64  `json:"id"`
	Key string `json:"key"`
}

func (t *expressionTarget) name() (string, error) {
	if (t.ID == 0) == (t.Key == "") {
		return "", fail(http.StatusBadRequest, "Provide either the ID or the key, and not both.")
	}
	if t.Key != "" {
		return t.Key, nil
	}
	return strconv.FormatInt(t.ID, 10), nil
}

// customValue is a variable that a request declares, or a list of such.
func (c *call) customValue(declared any) (any, error) {
	if items, ok := declared.([]any); ok {
		values := make([]any, len(items))
		for i, item := range items {
			value, err := c.customValue(item)
			if err != nil {
				return nil, err
			}
			values[i] = value
		}
		return values, nil
	}
	variable, _ := declared.(doc)
	switch variable["type"] {
	case "json":
		return plain(variable["value"]), nil
	case "user":
		if user := c.userValue(text(variable["accountId"])); user != nil {
			return user, nil
		}
		return nil, fail(http.StatusNotFound, "User with account ID '%v' does not exist.", variable["accountId"])
	case "issue":
		name, err := (&expressionTarget{int64(number(variable["id"])), text(variable["key"])}).name()
		if err != nil {
			return nil, err
		}
		if is := c.st.issue(name); is != nil {
			return c.issueValue(is), nil
		}
		return nil, errNoIssue()
	}
	return nil, fail(http.StatusBadRequest, "The type of a custom context variable must be user, issue or json.")
}

// issueValue is an issue as expressions see it, without what would have to be loaded.
func (c *call) issueValue(is *issue) doc {
	named := func(r *ref) any {
		if r == nil {
			return nil
		}
		return doc{"id": float64(number64(r.ID)), "name": r.Name}
	}
	d := doc{
		"id": float64(number64(is.ID)), "key": is.Key, "summary": is.Fields["summary"], "project": projectValue(c.st.projectOf(is)),
		"issueType":  named(&c.st.issueType(text(is.Fields["issuetype"])).ref),
		"status":     named(&c.st.status(text(is.Fields["status"])).ref),
		"priority":   named(byRef(c.st.Priorities, text(is.Fields["priority"]))),
		"resolution": named(byRef(c.st.Resolutions, text(is.Fields["resolution"]))),
		"assignee":   c.userValue(text(is.Fields["assignee"])), "reporter": c.userValue(text(is.Fields["reporter"])),
		"creator": c.userValue(text(is.Fields["creator"])), "labels": append([]any{}, list(is.Fields["labels"])...),
		"properties": plain(doc(is.Properties)),
	}
	for _, f := range c.st.Fields {
		if f.Custom != "" && (f.Type == "number" || f.Type == "string" && !f.Rich) {
			d[f.ID] = plain(is.Fields[f.ID])
		}
	}
	return d
}

func projectValue(p *project) doc {
	return doc{"id": float64(number64(p.ID)), "key": p.Key, "name": p.Name}
}

// userValue is a user as expressions see one; nil if there is none.
func (c *call) userValue(id string) any {
	u := c.st.user(id)
	if u == nil {
		return nil
	}
	return doc{"accountId": u.ID, "displayName": u.Name}
}
