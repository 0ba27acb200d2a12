package jiratest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// accept checks a value given for a field and returns it as it is stored: references become ids. The error's text is
// what Jira says about that field. null clears a field and is stored as nil.
func (c *call) accept(f *field, in any, on screen) (any, error) {
	switch {
	case f.is(SprintField):
		return c.acceptSprint(f, in, on.is)
	case in == nil:
		return nil, nil
	case f.Type != "array":
		return c.acceptOne(f, f.Type, in, on)
	}
	items, ok := in.([]any)
	if !ok {
		return nil, errors.New("data was not an array")
	}
	stored := make([]any, 0, len(items))
	for _, item := range items {
		v, err := c.acceptOne(f, f.Items, item, on)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(stored, v) {
			stored = append(stored, v)
		}
	}
	return stored, nil
}

// isBlank reports whether a stored value is as good as none.
func isBlank(v any) bool {
	items, isList := v.([]any)
	return v == nil || isList && len(items) == 0
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

func (c *call) acceptOne(f *field, kind string, in any, on screen) (any, error) {
	switch kind {
	case "string":
		return acceptString(f, in)
	case "number":
		return acceptNumber(in)
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
		return acceptRef(f, in, f.context(on).Options, "Option", "id", "value")
	case "option-with-child":
		return acceptCascade(f, in, f.context(on).Options)
	case "group":
		return acceptRef(f, in, c.st.Groups, "Group", "groupId", "name")
	case "project":
		return c.acceptProject(f, in)
	case "any":
		return c.acceptEpic(in)
	case "component":
		return acceptRef(f, in, on.project.Components, "Component", "id", "name")
	case "version":
		return acceptRef(f, in, on.project.Versions, "Version", "id", "name")
	case "priority":
		return acceptRef(f, in, c.st.Priorities, "", "id", "name")
	case "issuetype":
		var types []*ref
		for _, id := range on.project.Types {
			types = append(types, &c.st.issueType(id).ref)
		}
		return acceptRef(f, in, types, "", "id", "name")
	case "resolution":
		return acceptRef(f, in, c.st.Resolutions, "", "id", "name")
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
	case length(s) > 255 && f.Type == "array":
		return nil, fmt.Errorf("The label '%s' exceeds the maximum length allowed of 255 characters.", s)
	case f.ID == "summary" && strings.TrimSpace(s) == "":
		return nil, errors.New(requiredText(f))
	case f.ID == "summary" && strings.ContainsAny(s, "\r\n"):
		return nil, errors.New("The summary is invalid because it contains newline characters.")
	case f.ID == "summary" && length(s) > 255:
		return nil, errors.New("Summary can't exceed 255 characters.")
	case length(s) > 255:
		return nil, errors.New("The entered text is too long. It exceeds the allowed limit of 255 characters.")
	case f.is(URLField) && !isURL(s):
		return nil, fmt.Errorf("The URL '%s' is not valid.", s)
	}
	return s, nil
}

// length is how long Jira finds a text: it counts UTF-16 units.
func length(s string) int { return len(utf16.Encode([]rune(s))) }

// isURL reports whether Jira links a text: an absolute URL.
func isURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || strings.ContainsFunc(s, isSpace) {
		return false
	}
	switch u.Scheme {
	case "http", "https", "ftp":
		return u.Host != ""
	case "file", "mailto":
		return u.Path+u.Opaque != ""
	}
	return false
}

func acceptNumber(in any) (any, error) {
	n, ok := in.(json.Number)
	if !ok {
		return nil, errors.New("Operation value must be a number")
	}
	if _, err := n.Float64(); err != nil { // larger than any number
		return nil, fmt.Errorf("'%s' is an invalid number", n)
	}
	return n, nil
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

// acceptTimeTracking stores the estimates in seconds, by the names that they have on the way in.
func acceptTimeTracking(in any) (any, error) {
	object, ok := in.(doc)
	if !ok {
		return nil, errors.New("expected Object containing an originalEstimate or remainingEstimate property")
	}
	stored := doc{}
	for name, v := range object {
		if name != "originalEstimate" && name != "remainingEstimate" {
			return nil, fmt.Errorf("jiratest: unknown property '%s'", name)
		}
		seconds, err := parseDuration(text(v))
		if err != nil {
			return nil, err
		}
		stored[name] = float64(seconds)
	}
	return stored, nil
}

// acceptRef finds the thing that an object names by its id or else by its name, and returns its id. noun is what Jira
// calls such a thing, if not by the name of the field.
func acceptRef(f *field, in any, refs []*ref, noun, id, name string) (any, error) {
	r, err := findRef(f, in, refs, noun, id, name)
	if err != nil {
		return nil, err
	}
	return r.ID, nil
}

func findRef(f *field, in any, refs []*ref, noun, id, name string) (*ref, error) {
	object, _ := in.(doc)
	for _, by := range []string{id, name} {
		wanted := text(object[by])
		if wanted == "" {
			continue
		}
		for _, r := range refs {
			if by == id && r.ID == wanted || by == name && strings.EqualFold(r.Name, wanted) {
				return r, nil
			}
		}
		if noun == "" {
			return nil, fmt.Errorf("The %s selected is invalid: %s '%s'", strings.ToLower(f.Name), by, wanted)
		}
		return nil, fmt.Errorf("%s %s '%s' is not valid", noun, by, wanted)
	}
	return nil, fmt.Errorf("Specify a valid '%s' or '%s' for %s", id, name, f.Name)
}

// acceptCascade finds an option and perhaps one below it, and returns the id of the lower one.
func acceptCascade(f *field, in any, options []*ref) (any, error) {
	r, err := findRef(f, in, options, "Option", "id", "value")
	if err != nil {
		return nil, err
	}
	child := in.(doc)["child"]
	if child == nil {
		return r.ID, nil
	}
	return acceptRef(f, child, r.Children, "Child of option '"+r.Name+"':", "id", "value")
}

func (c *call) acceptProject(f *field, in any) (any, error) {
	object, _ := in.(doc)
	for _, name := range []string{"id", "key"} {
		wanted := text(object[name])
		if wanted == "" {
			continue
		}
		if p := c.st.project(wanted); p != nil {
			return p.ID, nil
		}
		return nil, fmt.Errorf("Project %s '%s' is not valid", name, wanted)
	}
	return nil, fmt.Errorf("Specify a valid 'id' or 'key' for %s", f.Name)
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
	case "any":
		return stored, c.one(is, f, kind, stored)
	case "option-with-child":
		return stored, cascadeWords(f, text(stored))
	}
	rendered, _ := c.one(is, f, kind, stored).(doc)
	for _, key := range []string{"displayName", "key", "name", "value"} {
		if s, ok := rendered[key].(string); ok {
			return stored, s
		}
	}
	return stored, fmt.Sprint(stored)
}

// cascadeWords names both levels of a cascading option.
func cascadeWords(f *field, id string) any {
	r, above := f.findOption(id)
	switch {
	case r == nil:
		return nil
	case above == nil:
		return fmt.Sprintf("Parent values: %s(%s)", r.Name, r.ID)
	}
	return fmt.Sprintf("Parent values: %s(%s)Level 1 values: %s(%s)", above.Name, above.ID, r.Name, r.ID)
}
