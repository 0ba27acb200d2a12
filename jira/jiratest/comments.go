package jiratest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/jira"
)

func (c *call) comment(is *issue, r *remark) doc {
	d := doc{
		"self": c.url("/issue/%s/comment/%s", is.ID, r.ID), "id": r.ID, "author": c.user(r.Author),
		"updateAuthor": c.user(r.Editor), "body": r.Body, "created": r.Created, "updated": r.Updated, "jsdPublic": !r.Internal,
	}
	if r.Visibility != nil {
		d["visibility"] = r.Visibility
	}
	if slices.Contains(c.values("expand"), "renderedBody") {
		d["renderedBody"] = html(r.Body)
	}
	return d
}

// fillComment checks a comment's body and stores what it sets.
func (c *call) fillComment(r *remark, body doc) error {
	if err := checkADF(body["body"]); err != nil {
		if body["body"] == nil {
			err = fmt.Errorf("Comment body can not be empty!")
		}
		return failField("comment", "%v", err)
	}
	if adfText(body["body"]) == "" && len(list(body["body"].(doc)["content"])) == 0 {
		return failField("comment", "Comment body can not be empty!")
	}
	visibility, err := acceptVisibility(body["visibility"])
	if err != nil {
		return err
	}
	if properties := list(body["properties"]); properties != nil {
		if _, err := acceptProperties(properties); err != nil {
			return err
		}
		r.Properties = properties
	}
	r.Body, r.Visibility = body["body"], visibility
	if public, ok := body["jsdPublic"].(bool); ok {
		r.Internal = !public
	}
	return nil
}

func acceptVisibility(v any) (doc, error) {
	if v == nil {
		return nil, nil
	}
	visibility, ok := v.(doc)
	if !ok || visibility["type"] != "role" && visibility["type"] != "group" {
		return nil, failField("commentLevel", "Comment visibility must be of type role or group.")
	}
	if text(visibility["value"]) == "" && text(visibility["identifier"]) == "" {
		return nil, failField("commentLevel", "Comment visibility must name a role or a group.")
	}
	return visibility, nil
}

// addComment gives a checked comment its id and adds it.
func (c *call) addComment(is *issue, r *remark) {
	c.sign(r, "comment")
	is.Comments = append(is.Comments, r)
	c.touch(is, nil)
	c.emitComment(jira.EventCommentCreated, is, r)
}

// replaceComment stores a comment that has been changed and checked.
func (c *call) replaceComment(is *issue, r *remark, changed remark) {
	changed.Editor, changed.Updated = c.st.Myself, stamp(c.now)
	*r = changed
	c.touch(is, nil)
	c.emitComment(jira.EventCommentUpdated, is, r)
}

func (c *call) removeComment(is *issue, r *remark) {
	is.Comments = slices.DeleteFunc(is.Comments, func(other *remark) bool { return other == r })
	c.touch(is, nil)
	c.emitComment(jira.EventCommentDeleted, is, r)
}

// sign sets who wrote something, when, and its id.
func (c *call) sign(r *remark, kind string) {
	r.ID, r.Author, r.Editor = c.st.next(kind), c.st.Myself, c.st.Myself
	r.Created, r.Updated = stamp(c.now), stamp(c.now)
}

func (c *call) getComments() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	ordered := slices.Clone(is.Comments)
	switch order := c.q.Get("orderBy"); order {
	case "", "created", "+created":
	case "-created":
		slices.Reverse(ordered)
	default:
		return nil, fail(http.StatusBadRequest, "The orderBy parameter '%s' is not valid. It must be created, +created or -created.", order)
	}
	cut, start, size, err := window(c, ordered, 100, 5000)
	if err != nil {
		return nil, err
	}
	return doc{
		"startAt": start, "maxResults": size, "total": len(ordered),
		"comments": each(cut, func(r *remark) any { return c.comment(is, r) }),
	}, nil
}

// findComment finds a comment by its id; nil if there is none.
func (is *issue) findComment(id string) *remark {
	for _, r := range is.Comments {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// findComment returns the issue and the comment that the path names.
func (c *call) findComment() (*issue, *remark, error) {
	is, err := c.issue()
	if err != nil {
		return nil, nil, err
	}
	if r := is.findComment(c.r.PathValue("id")); r != nil {
		return is, r, nil
	}
	return nil, nil, fail(http.StatusNotFound, "Can not find a comment for the id: %s.", c.r.PathValue("id"))
}

func (c *call) getComment() (any, error) {
	is, r, err := c.findComment()
	if err != nil {
		return nil, err
	}
	return c.comment(is, r), nil
}

func (c *call) createComment() (any, error) {
	is, err := c.issue()
	if err != nil {
		return nil, err
	}
	r := &remark{}
	if err := c.fillComment(r, c.object()); err != nil {
		return nil, err
	}
	c.addComment(is, r)
	return reply{status: http.StatusCreated, body: c.comment(is, r)}, nil
}

func (c *call) updateComment() (any, error) {
	is, r, err := c.findComment()
	if err != nil {
		return nil, err
	}
	changed := *r
	if err := c.fillComment(&changed, c.object()); err != nil {
		return nil, err
	}
	c.replaceComment(is, r, changed)
	return c.comment(is, r), nil
}

func (c *call) deleteComment() (any, error) {
	is, r, err := c.findComment()
	if err != nil {
		return nil, err
	}
	c.removeComment(is, r)
	return nil, nil
}

// ordered sorts things by a name, as orderBy asks: a property, with a minus for descending.
func ordered[T any](c *call, items []T, unset string, keys map[string]func(T) string) ([]T, error) {
	order := cmp.Or(c.q.Get("orderBy"), unset)
	key, ok := keys[strings.TrimLeft(order, "+-")]
	if !ok {
		return nil, fail(http.StatusBadRequest, "jiratest: cannot order by '%s'", order)
	}
	sorted := slices.Clone(items)
	slices.SortStableFunc(sorted, func(a, b T) int {
		if strings.HasPrefix(order, "-") {
			a, b = b, a
		}
		return strings.Compare(strings.ToLower(key(a)), strings.ToLower(key(b)))
	})
	return sorted, nil
}
