package jiratest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// accept checks a value given for a field and returns it as it is stored: references become ids. The error's text is
// what Jira says about that field. null clears a field and is stored as nil.
func (c *call) accept(f *field, in any, p *project) (any, error) {
	if in == nil {
		if f.Required {
			return nil, errors.New(requiredText(f))
		}
		return nil, nil
	}
	if f.Type != "array" {
		return c.acceptOne(f, f.Type, in, p)
	}
	items, ok := in.([]any)
	if !ok {
		return nil, errors.New("data was not an array")
	}
	stored := make([]any, 0, len(items))
	for _, item := range items {
		v, err := c.acceptOne(f, f.Items, item, p)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(stored, v) {
			stored = append(stored, v)
		}
	}
	return stored, nil
}

func requiredText(f *field) string {
	switch f.ID {
	case "summary":
		return "You must specify a summary of the issue."
	case "issuetype":
		return "Specify an issue type"
	case "project":
		return "Specify a valid project ID or key"
	}
	return f.Name + " is required."
}

func (c *call) acceptOne(f *field, kind string, in any, p *project) (any, error) {
	switch kind {
	case "string":
		return acceptString(f, in)
	case "number":
		if _, ok := in.(json.Number); !ok {
			return nil, errors.New("Operation value must be a number")
		}
		return in, nil
	case "date", "datetime":
		return acceptTime(kind, in)
	case "timetracking":
		return acceptTimeTracking(in)
	case "issuelink":
		object, _ := in.(doc)
		for _, name := range []string{"id", "key"} {
			if is := c.st.issue(text(object[name])); is != nil {
				return is.ID, nil
			}
		}
		return nil, errors.New("Could not find issue by id or key.")
	case "option":
		return acceptRef(f, in, f.Options, "id", "value")
	case "component":
		return acceptRef(f, in, p.Components, "id", "name")
	case "version":
		return acceptRef(f, in, p.Versions, "id", "name")
	case "priority":
		return acceptRef(f, in, c.st.Priorities, "id", "name")
	case "issuetype":
		var types []*ref
		for _, id := range p.Types {
			types = append(types, &c.st.issueType(id).ref)
		}
		return acceptRef(f, in, types, "id", "name")
	case "resolution":
		return acceptRef(f, in, c.st.Resolutions, "id", "name")
	case "user":
		return c.acceptUser(f, in)
	}
	return nil, fmt.Errorf("jiratest: fields of type %s cannot be set", kind)
}

func acceptString(f *field, in any) (any, error) {
	if f.Rich {
		return in, checkADF(in)
	}
	s, ok := in.(string)
	switch {
	case !ok:
		return nil, errors.New("Operation value must be a string")
	case f.Type == "array" && strings.ContainsFunc(s, isSpace):
		return nil, fmt.Errorf("The label '%s' contains spaces which is invalid.", s)
	case f.Type == "array" && s == "":
		return nil, errors.New("The label cannot be empty.")
	case utf8.RuneCountInString(s) > 255 && f.Type == "array":
		return nil, fmt.Errorf("The label '%s' exceeds the maximum length allowed of 255 characters.", s)
	case f.ID == "summary" && strings.TrimSpace(s) == "":
		return nil, errors.New(requiredText(f))
	case f.ID == "summary" && strings.ContainsAny(s, "\r\n"):
		return nil, errors.New("The summary is invalid because it contains newline characters.")
	case f.ID == "summary" && utf8.RuneCountInString(s) > 255:
		return nil, errors.New("Summary can't exceed 255 characters.")
	case utf8.RuneCountInString(s) > 255:
		return nil, errors.New("The entered text is too long. It exceeds the allowed limit of 255 characters.")
	}
	return s, nil
}

func isSpace(r rune) bool { return strings.ContainsRune(" \t\r\n\u00a0", r) }

func acceptTime(kind string, in any) (any, error) {
	s, ok := in.(string)
	if !ok {
		return nil, errors.New("Operation value must be a string")
	}
	if kind == "date" {
		if _, err := time.Parse(dateLayout, s); err != nil {
			return nil, fmt.Errorf("Error parsing date string: %s", s)
		}
		return s, nil
	}
	t, err := time.Parse(timeLayout, s)
	if err != nil {
		return nil, fmt.Errorf("Error parsing time: %s", s)
	}
	return stamp(t), nil
}

func acceptTimeTracking(in any) (any, error) {
	object, ok := in.(doc)
	if !ok {
		return nil, errors.New("expected Object containing an originalEstimate or remainingEstimate property")
	}
	for name, v := range object {
		if name != "originalEstimate" && name != "remainingEstimate" {
			return nil, fmt.Errorf("jiratest: unknown property '%s'", name)
		}
		if _, err := parseDuration(text(v)); err != nil {
			return nil, err
		}
	}
	return object, nil
}

// acceptRef finds the thing that an object names by one of its properties, and returns its id.
func acceptRef(f *field, in any, refs []*ref, names ...string) (any, error) {
	object, ok := in.(doc)
	if !ok {
		return nil, fmt.Errorf("Specify a valid '%s' or '%s' for %s", names[0], names[1], f.Name)
	}
	for _, name := range names {
		wanted := text(object[name])
		if wanted == "" {
			continue
		}
		for _, r := range refs {
			if name == "id" && r.ID == wanted || name != "id" && strings.EqualFold(r.Name, wanted) {
				return r.ID, nil
			}
		}
		if f.Custom != "" {
			return nil, fmt.Errorf("Option %s '%s' is not valid", name, wanted)
		}
		return nil, fmt.Errorf("The %s selected is invalid: %s '%s'", strings.ToLower(f.Name), name, wanted)
	}
	return nil, fmt.Errorf("Specify a valid '%s' or '%s' for %s", names[0], names[1], f.Name)
}

func (c *call) acceptUser(f *field, in any) (any, error) {
	object, _ := in.(doc)
	id := text(object["accountId"])
	if id == "" {
		id = text(object["id"])
	}
	u := c.st.user(id)
	switch {
	case u == nil && f.ID == "assignee":
		return nil, errors.New("Specify a valid value for assignee")
	case u == nil:
		return nil, fmt.Errorf("Specify a valid value for %s", f.Name)
	case f.ID == "assignee" && !assignable(u):
		return nil, fmt.Errorf("User '%s' cannot be assigned issues.", u.ID)
	}
	return id, nil
}

func assignable(u *user) bool { return u.Active && u.Type == "atlassian" }

// words is a stored value as the changelog shows it: its text, and the ids for fields that refer to things.
func (c *call) words(is *issue, f *field, stored any) (id, name any) {
	if stored == nil {
		return nil, nil
	}
	if f.Type != "array" {
		return c.oneWord(is, f, f.Type, stored)
	}
	var ids, names []string
	for _, item := range list(stored) {
		id, name := c.oneWord(is, f, f.Items, item)
		if id != nil {
			ids = append(ids, text(id))
		}
		names = append(names, text(name))
	}
	name = strings.Join(names, " ")
	if ids == nil {
		return nil, name
	}
	return strings.Join(ids, ", "), strings.Join(names, ", ")
}

func (c *call) oneWord(is *issue, f *field, kind string, stored any) (id, name any) {
	switch kind {
	case "string":
		return nil, adfText(stored)
	case "number":
		return nil, fmt.Sprint(stored)
	case "date", "datetime":
		return stored, stored
	}
	rendered, _ := c.one(is, f, kind, stored).(doc)
	for _, key := range []string{"displayName", "key", "name", "value"} {
		if s, ok := rendered[key].(string); ok {
			return stored, s
		}
	}
	return stored, fmt.Sprint(stored)
}
