package jiratest

import (
	"encoding/json"
	"net/http"
	"slices"
)

// The fields of an app. Whoever is signed in is taken for the app that brought them along.
const (
	AppTextField   FieldType = "com.acme.app:text"
	AppNumberField FieldType = "com.acme.app:number"
)

func (t FieldType) ofApp() bool { return t == AppTextField || t == AppNumberField }

// appValue is a value for a field of an app on some issues, yet to be checked.
type appValue struct {
	field string
	doc
}

func (c *call) setAppField() (any, error) {
	var values []appValue
	for _, v := range list(c.object()["updates"]) {
		update, _ := v.(doc)
		if update["customField"] != nil {
			return nil, fail(http.StatusBadRequest, "jiratest: the path names the field, customField must not be given")
		}
		values = append(values, appValue{c.r.PathValue("fieldIdOrKey"), update})
	}
	return c.setAppValues(values)
}

func (c *call) setAppFields() (any, error) {
	var values []appValue
	for _, v := range list(c.object()["updates"]) {
		update, _ := v.(doc)
		values = append(values, appValue{text(update["customField"]), update})
	}
	return c.setAppValues(values)
}

// setAppValues checks all values before it stores one.
func (c *call) setAppValues(values []appValue) (any, error) {
	history, err := c.flag("generateChangelog", true)
	if err != nil {
		return nil, err
	}
	events, err := c.flag("generateAppEvents", true)
	if err != nil {
		return nil, err
	}
	if len(values) == 0 {
		return nil, fail(http.StatusBadRequest, "jiratest: updates must hold at least one value")
	}
	changes := map[*issue]doc{}
	var order []*issue
	for _, v := range values {
		f, err := c.appField(v)
		if err != nil {
			return nil, err
		}
		issues, err := c.appIssues(v)
		if err != nil {
			return nil, err
		}
		for _, is := range issues {
			if changes[is] == nil {
				changes[is] = doc{}
				order = append(order, is)
			}
			if _, twice := changes[is][f.ID]; twice {
				return nil, fail(http.StatusBadRequest, "The field %s is given twice for the issue %s.", f.ID, is.ID)
			}
			if changes[is][f.ID], err = c.accept(f, v.doc["value"], c.screenOf(is)); err != nil {
				return nil, failField(f.ID, "%v", err)
			}
		}
	}
	if !events { // nobody to tell
		webhooks := c.st.Webhooks
		c.st.Webhooks = nil
		defer func() { c.st.Webhooks = webhooks }()
	}
	for _, is := range order {
		known := len(is.History)
		c.apply(is, changes[is])
		if !history {
			is.History = is.History[:known]
		}
	}
	return nil, nil
}

func (c *call) appField(v appValue) (*field, error) {
	f := c.st.field(v.field)
	switch {
	case f == nil:
		return nil, fail(http.StatusNotFound, "The custom field '%s' was not found.", v.field)
	case !FieldType(f.Custom).ofApp():
		return nil, fail(http.StatusForbidden, "The app is not allowed to update the field '%s'.", v.field)
	}
	for name := range v.doc {
		if !slices.Contains([]string{"customField", "issueIds", "value"}, name) {
			return nil, fail(http.StatusBadRequest, "jiratest: unknown property %q of an update", name)
		}
	}
	if _, given := v.doc["value"]; !given {
		return nil, fail(http.StatusBadRequest, "jiratest: each update must have a value, which may be null")
	}
	return f, nil
}

func (c *call) appIssues(v appValue) ([]*issue, error) {
	var issues []*issue
	for _, id := range list(v.doc["issueIds"]) {
		number, _ := id.(json.Number)
		is := c.st.byID[number.String()]
		if is == nil {
			return nil, fail(http.StatusBadRequest, "The issue with the id '%v' does not exist.", id)
		}
		issues = append(issues, is)
	}
	if len(issues) == 0 {
		return nil, fail(http.StatusBadRequest, "jiratest: issueIds must hold at least one number")
	}
	return issues, nil
}
