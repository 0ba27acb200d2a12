package jiratest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// submit starts a bulk operation, unless err says what is wrong with it or too many are running.
func (c *call) submit(t *task, err error) (any, error) {
	if err != nil {
		return bulkError(http.StatusBadRequest, "%s", reason(err))
	}
	under := 0
	for _, other := range c.st.Tasks {
		if other.Queue && !other.over() {
			under++
		}
	}
	if under >= maxBulkQueues {
		answer, _ := bulkError(http.StatusTooManyRequests, "There are too many concurrent bulk operations.")
		busy := answer.(reply)
		busy.header = http.Header{"Retry-After": {"1"}}
		return busy, nil
	}
	if len(t.Steps)+t.Missing > maxBulk {
		return bulkError(http.StatusBadRequest, "The number of issues must not exceed %d.", maxBulk)
	}
	t.Queue = true
	c.begin(t)
	return reply{status: http.StatusCreated, body: doc{"taskId": t.ID}}, nil
}

// add plans a step for each of the issues in v; those that are not there are counted.
func (c *call) add(t *task, what string, v any, body doc) error {
	names, ok := v.([]any)
	if !ok || len(names) == 0 {
		return fail(http.StatusBadRequest, "The list of issue IDs or keys must not be empty.")
	}
	for _, name := range names {
		is := c.st.issue(text(name))
		if is == nil {
			t.Missing++
			continue
		}
		if slices.ContainsFunc(t.Steps, func(s step) bool { return s.Issue == is.ID && s.Do == what && same(s.Body, body) }) {
			continue // named twice
		}
		t.Steps = append(t.Steps, step{Do: what, Issue: is.ID, Body: body})
	}
	return nil
}

// simple makes the handler of a bulk operation that needs only issues.
func simpleBulk(what string) func(*call) (any, error) {
	return func(c *call) (any, error) {
		t := &task{What: "Bulk " + what}
		return c.submit(t, c.add(t, what, c.object()["selectedIssueIdsOrKeys"], nil))
	}
}

func (c *call) bulkTransition() (any, error) {
	t := &task{What: "Bulk transition"}
	inputs, ok := c.object()["bulkTransitionInputs"].([]any)
	if !ok || len(inputs) == 0 {
		return c.submit(t, fail(http.StatusBadRequest, "bulkTransitionInputs must not be empty."))
	}
	for _, v := range inputs {
		input, _ := v.(doc)
		id := text(input["transitionId"])
		if id == "" {
			return c.submit(t, fail(http.StatusBadRequest, "transitionId must not be empty."))
		}
		if err := c.add(t, "transition", input["selectedIssueIdsOrKeys"], doc{"id": id}); err != nil {
			return c.submit(t, err)
		}
	}
	return c.submit(t, nil)
}

// transitionTo makes a transition that asks for nothing.
func (c *call) transitionTo(is *issue, id string) error {
	t := c.findTransition(is, id)
	switch {
	case t == nil:
		return fail(http.StatusBadRequest, "Transition id '%s' is not valid for this issue.", id)
	case len(t.Required) > 0:
		return fail(http.StatusBadRequest, "The transition '%s' requires fields to be set.", t.Name)
	}
	c.apply(is, c.moved(is, t, nil))
	return nil
}

func (c *call) bulkMove() (any, error) {
	t := &task{What: "Bulk move"}
	targets, _ := c.object()["targetToSourcesMapping"].(doc)
	if len(targets) == 0 {
		return c.submit(t, fail(http.StatusBadRequest, "targetToSourcesMapping must not be empty."))
	}
	for _, target := range slices.Sorted(maps.Keys(targets)) {
		source, _ := targets[target].(doc)
		to, err := c.moveTarget(target, source)
		if err == nil {
			err = c.add(t, "move", source["issueIdsOrKeys"], to)
		}
		if err != nil {
			return c.submit(t, err)
		}
	}
	return c.submit(t, nil)
}

// moveTarget reads where issues shall go.
func (c *call) moveTarget(target string, source doc) (doc, error) {
	for _, name := range []string{"inferClassificationDefaults", "inferFieldDefaults", "inferStatusDefaults", "inferSubtaskTypeDefault"} {
		if _, ok := source[name].(bool); !ok {
			return nil, fail(http.StatusBadRequest, "%s must be given.", name)
		}
	}
	for _, name := range []string{"targetClassification", "targetMandatoryFields", "targetStatus"} {
		if len(list(source[name])) > 0 {
			return nil, fail(http.StatusBadRequest, "jiratest does not understand %s: it needs no mapping.", name)
		}
	}
	parts := strings.Split(target, ",")
	if len(parts) < 2 || len(parts) > 3 {
		return nil, fail(http.StatusBadRequest, "The target '%s' must name a project and an issue type.", target)
	}
	p := c.st.project(parts[0])
	if p == nil || !slices.Contains(p.Types, parts[1]) {
		return nil, fail(http.StatusBadRequest, "The target '%s' names a project or an issue type that does not exist.", target)
	}
	to := doc{"project": p.ID, "issuetype": parts[1]}
	if len(parts) == 3 {
		parent := c.st.issue(parts[2])
		if parent == nil {
			return nil, fail(http.StatusBadRequest, "The parent '%s' does not exist.", parts[2])
		}
		to["parent"] = parent.ID
	}
	return to, nil
}

// moveTo gives an issue another project, type and parent. What belongs to the old project it loses.
func (c *call) moveTo(is *issue, to doc) error {
	p, t := c.st.project(text(to["project"])), c.st.issueType(text(to["issuetype"]))
	parent := c.st.byID[text(to["parent"])]
	switch {
	case t.Level < 0 && parent == nil:
		return fail(http.StatusBadRequest, "A sub-task needs a parent.")
	case parent != nil && c.badParent(p, t, parent) != "":
		return fail(http.StatusBadRequest, "%s", c.badParent(p, t, parent))
	}
	values := doc{"project": p.ID, "issuetype": t.ID}
	if parent != nil || t.Level < 0 {
		values["parent"] = to["parent"]
	}
	below := c.st.subtasks(is)
	if is.Fields["project"] != p.ID {
		for _, id := range []string{"components", "versions", "fixVersions"} {
			values[id] = nil
		}
		c.rename(is, p)
	}
	c.apply(is, values)
	for _, child := range below {
		if child.Fields["project"] != p.ID {
			c.rename(child, p)
			c.apply(child, doc{"project": p.ID, "components": nil, "versions": nil, "fixVersions": nil})
		}
	}
	return nil
}

// rename gives an issue the next key of a project. The old one still finds it.
func (c *call) rename(is *issue, p *project) {
	p.Last++
	is.OldKeys = append(is.OldKeys, is.Key)
	is.Number, is.Key = p.Last, p.Key+"-"+strconv.FormatInt(p.Last, 10)
	c.st.byKey[is.Key] = is
}

// askedIssues are the issues that the query names.
func (c *call) askedIssues() ([]*issue, error) {
	names := c.values("issueIdsOrKeys")
	if len(names) == 0 || len(names) > maxBulk {
		return nil, fail(http.StatusBadRequest, "issueIdsOrKeys must have 1 to %d entries.", maxBulk)
	}
	issues := make([]*issue, len(names))
	for i, name := range names {
		if issues[i] = c.st.issue(name); issues[i] == nil {
			return nil, fail(http.StatusBadRequest, "The issue '%s' does not exist or you do not have permission to see it.", name)
		}
	}
	return issues, nil
}

const bulkPage = 50

// cursorPage cuts a page by cursor, which is a number in disguise.
func cursorPage[T any](c *call, name string, items []T, render func(T) any) (any, error) {
	from, to := 0, min(bulkPage, len(items))
	read := func(raw string) int {
		n, err := strconv.Atoi(strings.TrimPrefix(raw, "at-"))
		if err != nil || !strings.HasPrefix(raw, "at-") || n < 0 || n > len(items) {
			return -1
		}
		return n
	}
	if raw := c.q.Get("startingAfter"); raw != "" {
		from = read(raw)
		to = min(from+bulkPage, len(items))
	} else if raw := c.q.Get("endingBefore"); raw != "" {
		to = read(raw)
		from = max(0, to-bulkPage)
	}
	if from < 0 || to < 0 {
		return bulkError(http.StatusBadRequest, "The cursor is not valid.")
	}
	answer := doc{name: each(items[from:to], render)}
	if to < len(items) {
		answer["startingAfter"] = fmt.Sprintf("at-%d", to)
	}
	if from > 0 {
		answer["endingBefore"] = fmt.Sprintf("at-%d", from)
	}
	return answer, nil
}

// workflowIssues are the issues of one project and type: in the fake each such pair has a workflow of its own.
type workflowIssues struct {
	issues []*issue
	open   []*transition
	cut    bool
}

func (c *call) getBulkTransitions() (any, error) {
	issues, err := c.askedIssues()
	if err != nil {
		return bulkError(http.StatusBadRequest, "%s", reason(err))
	}
	var flows []*workflowIssues
	byType := map[string]*workflowIssues{}
	for _, is := range issues {
		key := text(is.Fields["project"]) + " " + text(is.Fields["issuetype"])
		flow := byType[key]
		if flow == nil {
			flow = &workflowIssues{open: slices.Clone(c.st.Transitions)}
			byType[key], flows = flow, append(flows, flow)
		}
		flow.issues = append(flow.issues, is)
		open := c.transitions(is)
		kept := slices.DeleteFunc(flow.open, func(t *transition) bool { return len(t.Required) > 0 || !slices.Contains(open, t) })
		flow.open, flow.cut = kept, len(kept) < len(c.st.Transitions)
	}
	return cursorPage(c, "availableTransitions", flows, func(flow *workflowIssues) any {
		return doc{
			"isTransitionsFiltered": flow.cut,
			"issues":                each(flow.issues, func(is *issue) any { return is.Key }),
			"transitions": each(flow.open, func(t *transition) any {
				return doc{"transitionId": number64(t.ID), "transitionName": t.Name, "to": doc{
					"statusId": number64(t.To), "statusName": c.st.status(t.To).Name,
				}}
			}),
		}
	})
}
