package jiratest

import (
	"net/http"
	"net/url"
	"slices"
)

// owner finds what the path names and what has properties: a comment or a worklog.
type owner func(*call) (*remark, error)

// commentAnywhere finds the comment that the path names, of any issue.
func (c *call) commentAnywhere() (*remark, error) {
	id := c.r.PathValue("commentId")
	for _, is := range c.st.Issues {
		if r := is.findComment(id); r != nil {
			return r, nil
		}
	}
	return nil, fail(http.StatusNotFound, "Can not find a comment for the id: %s.", id)
}

func (c *call) worklogOfProperties() (*remark, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	if w := is.findWorklog(c.r.PathValue("worklogId")); w != nil {
		return &w.remark, nil
	}
	return nil, fail(http.StatusNotFound, "Cannot find worklog with id: '%s'.", c.r.PathValue("worklogId"))
}

// propertyAt returns where a property is among those of a comment or worklog, -1 if it has none of that key.
func (r *remark) propertyAt(key string) int {
	return slices.IndexFunc(r.Properties, func(v any) bool {
		property, _ := v.(doc)
		return property["key"] == key
	})
}

func (find owner) keys(c *call) (any, error) {
	r, err := find(c)
	if err != nil {
		return nil, err
	}
	return doc{"keys": each(r.Properties, func(v any) any {
		key := text(v.(doc)["key"])
		return doc{"self": c.s.URL + c.r.URL.EscapedPath() + "/" + url.PathEscape(key), "key": key}
	})}, nil
}

func (find owner) get(c *call) (any, error) {
	r, at, err := find.property(c)
	if err != nil {
		return nil, err
	}
	return r.Properties[at], nil
}

// property returns what has properties, and where among them is the one that the path names.
func (find owner) property(c *call) (r *remark, at int, err error) {
	if r, err = find(c); err != nil {
		return nil, 0, err
	}
	if at = r.propertyAt(c.r.PathValue("propertyKey")); at < 0 {
		return nil, 0, fail(http.StatusNotFound, "The property with key '%s' does not exist.", c.r.PathValue("propertyKey"))
	}
	return r, at, nil
}

func (find owner) set(c *call) (any, error) {
	r, err := find(c)
	if err != nil {
		return nil, err
	}
	property := doc{"key": c.r.PathValue("propertyKey"), "value": c.body}
	if _, err := acceptProperties([]any{property}); err != nil {
		return nil, err
	}
	if at := r.propertyAt(c.r.PathValue("propertyKey")); at >= 0 {
		r.Properties[at] = property
		return reply{status: http.StatusOK}, nil
	}
	r.Properties = append(r.Properties, property)
	return reply{status: http.StatusCreated}, nil
}

func (find owner) remove(c *call) (any, error) {
	r, at, err := find.property(c)
	if err != nil {
		return nil, err
	}
	r.Properties = slices.Delete(r.Properties, at, at+1)
	return nil, nil
}
