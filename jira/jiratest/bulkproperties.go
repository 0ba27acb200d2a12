package jiratest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/jira"
)

// bulkSetProperties sets properties of many issues: all of them get all, or none any.
func (c *call) bulkSetProperties() (any, error) {
	ids, ok := wholeNumbers(c.object()["entitiesIds"])
	properties, _ := c.object()["properties"].(doc)
	if !ok || len(ids) == 0 || len(ids) > 10000 || len(properties) == 0 || len(properties) > 10 {
		return nil, fail(http.StatusBadRequest, "There must be 1 to 10,000 entitiesIds and 1 to 10 properties.")
	}
	if err := checkBulkProperties(properties); err != nil {
		return nil, err
	}
	t := &task{What: "Set issue properties"}
	t.Steps = []step{{Do: "property", Body: doc{"ids": anys(ids), "set": properties}}}
	c.begin(t)
	return c.taskAddress(t), nil
}

func checkBulkProperties(properties doc) error {
	for key, value := range properties {
		if value == nil {
			return fail(http.StatusBadRequest, "The value of the property %s must not be empty.", key)
		}
		if _, err := acceptProperties([]any{doc{"key": key, "value": value}}); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) bulkSetPropertiesByIssue() (any, error) {
	items := list(c.object()["issues"])
	if len(items) == 0 || len(items) > 100 {
		return nil, fail(http.StatusBadRequest, "There must be 1 to 100 issues.")
	}
	t := &task{What: "Set issue properties by issue"}
	for _, item := range items {
		object, _ := item.(doc)
		ids, ok := wholeNumbers([]any{object["issueID"]})
		properties, _ := object["properties"].(doc)
		if !ok || len(properties) == 0 || len(properties) > 10 {
			return nil, fail(http.StatusBadRequest, "Each issue needs an issueID and 1 to 10 properties.")
		}
		if err := checkBulkProperties(properties); err != nil {
			return nil, err
		}
		t.Steps = append(t.Steps, step{Do: "property", Body: doc{"ids": anys(ids), "set": properties, "lenient": true}})
	}
	c.begin(t)
	return c.taskAddress(t), nil
}

func (c *call) bulkSetProperty() (any, error) {
	body := c.object()
	if body["expression"] != nil {
		return nil, fail(http.StatusNotImplemented, "jiratest does not evaluate Jira expressions: bulkSetIssueProperty takes a value here.")
	}
	properties := doc{c.r.PathValue("propertyKey"): body["value"]}
	if err := checkBulkProperties(properties); err != nil {
		return nil, err
	}
	filter, _ := body["filter"].(doc)
	return c.filteredProperty(filter, properties, "Set issue property", "entityIds currentValue hasProperty")
}

func (c *call) bulkDeleteProperty() (any, error) {
	return c.filteredProperty(c.object(), nil, "Delete issue property", "entityIds currentValue")
}

// filteredProperty sets or deletes the property that the path names in the issues that a filter lets through.
func (c *call) filteredProperty(filter, set doc, what, known string) (any, error) {
	for name := range filter {
		if !slices.Contains(strings.Fields(known), name) {
			return nil, fail(http.StatusBadRequest, "jiratest: unknown property %q of the filter", name)
		}
	}
	if _, ok := wholeNumbers(filter["entityIds"]); !ok {
		return nil, fail(http.StatusBadRequest, "entityIds must be numbers.")
	}
	t := &task{What: what, Steps: []step{{Do: "property", Body: doc{"filter": filter, "key": c.r.PathValue("propertyKey"), "set": set}}}}
	if filter == nil {
		t.Steps[0].Body["filter"] = doc{}
	}
	c.begin(t)
	return c.taskAddress(t), nil
}

// bulkProperty makes the step of a task about properties.
func (c *call) bulkProperty(body doc) error {
	set, _ := body["set"].(doc)
	filter, filtered := body["filter"].(doc)
	if !filtered {
		var found []*issue
		for _, id := range list(body["ids"]) {
			is := c.st.byID[text(id)]
			if is == nil && body["lenient"] == nil {
				return fail(http.StatusBadRequest, "The issue %s does not exist.", text(id))
			}
			if is != nil {
				found = append(found, is)
			}
		}
		for _, is := range found {
			c.setProperties(is, set)
		}
		return nil
	}
	key := text(body["key"])
	ids, _ := wholeNumbers(filter["entityIds"])
	for _, is := range c.st.Issues {
		now, has := is.Properties[key]
		switch {
		case len(ids) > 0 && !slices.Contains(ids, is.ID),
			filter["currentValue"] != nil && (!has || !same(now, filter["currentValue"])),
			filter["hasProperty"] != nil && filter["hasProperty"] != has:
		case set != nil:
			c.setProperties(is, set)
		case has:
			c.remember(is, nil)
			delete(is.Properties, key)
			c.emitProperty(jira.EventIssuePropertyDeleted, is, key)
		}
	}
	return nil
}

func anys(texts []string) []any {
	all := make([]any, len(texts))
	for i, s := range texts {
		all[i] = s
	}
	return all
}
