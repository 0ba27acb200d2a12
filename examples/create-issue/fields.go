package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
)

// value converts what a -field says into the type of the field. The error is the end of a sentence that begins with the
// field's name, unless it is one of a request.
func (f *filer) value(ctx context.Context, field *jira.FieldMeta, v fieldValue) (jira.CustomValue, error) {
	id, text := field.FieldID, strings.TrimSpace(v.text)
	_, custom, _ := strings.Cut(field.Schema.Custom, ":")
	switch {
	case v.json:
		return jira.RawField(id).Value(json.RawMessage(v.text)), nil
	case text == "":
		return jira.RawField(id).Empty(), nil
	case custom == "gh-sprint":
		n, err := strconv.ParseInt(text, 10, 64)
		return jira.SprintField(id).Value([]jira.Sprint{{ID: n}}), takes(err, "the id of a sprint, which is a number", text)
	case custom == "gh-epic-link":
		return jira.EpicLinkField(id).Value(text), nil
	case custom == "url":
		u, err := url.Parse(text)
		if err == nil && (u.Scheme == "" || u.Host == "") {
			err = errors.New("not a whole address")
		}
		return jira.URLField(id).Value(text), takes(err, "an address, as in https://ci.example/build/7", text)
	case custom == "textarea", id == "description", id == "environment":
		doc, err := richText("it", v.text, f.set.truncate, func(format string, args ...any) {
			f.say("%s: "+format, append([]any{field.Name}, args...)...)
		})
		if err != nil {
			return jira.CustomValue{}, fmt.Errorf("takes no such text: %w", err)
		}
		return jira.RichTextField(id).Value(doc), nil
	case field.Schema.Type == "array":
		return f.values(ctx, field, id, split(text))
	}
	choices := field.Choices()
	switch field.Schema.Type {
	case "string":
		return jira.TextField(id).Value(v.text), nil
	case "number":
		n, err := strconv.ParseFloat(text, 64)
		if math.IsInf(n, 0) || math.IsNaN(n) {
			err = strconv.ErrRange
		}
		return jira.NumberField(id).Value(n), takes(err, "a number", text)
	case "date":
		day, err := parseDay(text)
		return jira.DateField(id).Value(day), takes(err, "a day, as in 2026-01-31", text)
	case "datetime":
		t, err := parseTime(text)
		return jira.TimeField(id).Value(jira.Time{Time: t}), takes(err, "a moment with its time zone, as in 2026-01-31T15:04:05+01:00", text)
	case "option":
		return jira.SelectField(id).Value(option(choices, text)), nil
	case "option-with-child":
		return jira.CascadingSelectField(id).Value(cascade(choices, text)), nil
	case "user":
		u, err := f.user(ctx, text)
		return jira.UserField(id).Value(u), err
	case "group":
		return jira.GroupField(id).Value(jira.Group{Name: text}), nil
	case "project":
		return jira.ProjectField(id).Value(project(choices, text)), nil
	case "version":
		return jira.VersionField(id).Value(version(choices, text)), nil
	case "issuelink":
		return reference(id, "key", text)
	case "priority", "resolution", "securitylevel":
		if c := choose(choices, text); c.ID != "" {
			return reference(id, "id", c.ID)
		}
		return reference(id, "name", text)
	}
	return jira.CustomValue{}, f.needsJSON(field)
}

// values is value for a field with several of them.
func (f *filer) values(ctx context.Context, field *jira.FieldMeta, id string, texts []string) (jira.CustomValue, error) {
	choices := field.Choices()
	switch field.Schema.Items {
	case "string":
		return jira.LabelsField(id).Value(texts), nil
	case "option":
		return jira.MultiSelectField(id).Value(each(texts, func(s string) jira.Option { return option(choices, s) })), nil
	case "version":
		return jira.VersionsField(id).Value(each(texts, func(s string) jira.Version { return version(choices, s) })), nil
	case "component":
		return jira.ComponentsField(id).Value(each(texts, func(s string) jira.Component {
			c := choose(choices, s)
			return jira.Component{ID: c.ID, Name: c.Name}
		})), nil
	case "group":
		return jira.GroupsField(id).Value(each(texts, func(s string) jira.Group { return jira.Group{Name: s} })), nil
	case "user":
		var users []jira.User
		for _, text := range texts {
			u, err := f.user(ctx, text)
			if err != nil {
				return jira.CustomValue{}, err
			}
			users = append(users, u)
		}
		return jira.UsersField(id).Value(users), nil
	}
	return jira.CustomValue{}, f.needsJSON(field)
}

func (f *filer) needsJSON(field *jira.FieldMeta) error {
	kind := field.Schema.Type
	if kind == "array" {
		kind = "list of " + field.Schema.Items
	}
	return fmt.Errorf("is a %s, which this program cannot make of a text: give it as JSON, %q", kind, field.Name+":=…")
}

// takes says what a field wanted instead of a text.
func takes(err error, what, text string) error {
	if err != nil {
		return fmt.Errorf("takes %s, not %q", what, text)
	}
	return nil
}

func reference(id, property, text string) (jira.CustomValue, error) {
	raw, err := json.Marshal(map[string]string{property: text})
	return jira.RawField(id).Value(raw), err
}

// split takes a list apart. A comma that belongs to a value is written \, .
func split(text string) []string {
	const comma = "\x00" // which no argument contains
	var items []string
	for item := range strings.SplitSeq(strings.ReplaceAll(text, `\,`, comma), ",") {
		if item = strings.TrimSpace(strings.ReplaceAll(item, comma, ",")); item != "" {
			items = append(items, item)
		}
	}
	return items
}

func each[T any](texts []string, do func(string) T) []T {
	all := make([]T, len(texts))
	for i, text := range texts {
		all[i] = do(text)
	}
	return all
}

// parseTime reads a moment. Without a zone nobody knows which one is meant.
func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{"2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Parse(time.RFC3339, text)
}

// choose finds a choice: by its name, by its name in other cases, by its id. One that nobody knows has no id; the check
// before sending then says what there is.
func choose(among []jira.Choice, text string) jira.Choice {
	for _, is := range []func(jira.Choice) bool{
		func(c jira.Choice) bool { return c.Name == text },
		func(c jira.Choice) bool { return strings.EqualFold(c.Name, text) },
		func(c jira.Choice) bool { return c.ID == text },
	} {
		for _, c := range among {
			if is(c) {
				return c
			}
		}
	}
	return jira.Choice{Name: text}
}

func option(among []jira.Choice, text string) jira.Option {
	c := choose(among, text)
	return jira.Option{ID: c.ID, Value: c.Name}
}

func version(among []jira.Choice, text string) jira.Version {
	c := choose(among, text)
	return jira.Version{ID: c.ID, Name: c.Name}
}

// project is one of those to choose from, else the one with this key.
func project(among []jira.Choice, text string) jira.Project {
	return jira.Project{ID: choose(among, text).ID, Key: text}
}

// cascade reads "Parent > Child". A > may also be part of a name.
func cascade(among []jira.Choice, text string) jira.CascadingOption {
	c := choose(among, text)
	for at, char := range text {
		if char != '>' || c.ID != "" {
			continue
		}
		if parent := choose(among, strings.TrimSpace(text[:at])); parent.ID != "" {
			child := option(parent.Children, strings.TrimSpace(text[at+1:]))
			return jira.CascadingOption{ID: parent.ID, Value: parent.Name, Child: child}
		}
	}
	return jira.CascadingOption{ID: c.ID, Value: c.Name}
}

// user finds who is meant by an account id, an e-mail address or a name. Addresses contain an @, full names a blank.
func (f *filer) user(ctx context.Context, text string) (jira.User, error) {
	if !strings.ContainsFunc(text, func(c rune) bool { return c == '@' || unicode.IsSpace(c) }) {
		return jira.User{AccountID: text}, nil
	}
	var found, exact []string
	users := make(map[string]*jira.User)
	for u, err := range f.jira.Users.Search(ctx, &jira.FindUsersParams{Query: text}) {
		if err != nil {
			return jira.User{}, fmt.Errorf("the user %q could not be looked up: %w", text, err)
		}
		who := fmt.Sprintf("%s (%s)", u.DisplayName, u.AccountID)
		users[who] = u
		found = append(found, who)
		if strings.EqualFold(u.DisplayName, text) || strings.EqualFold(u.EmailAddress, text) {
			exact = append(exact, who)
		}
	}
	if len(exact) > 0 {
		found = exact
	}
	switch len(found) {
	case 0:
		return jira.User{}, fmt.Errorf("takes a user, and none is found by %q: give the account id", text)
	case 1:
		if exact == nil {
			f.say("%q is taken for %s.", text, found[0])
		}
		return *users[found[0]], nil
	}
	who := program.Count(len(found), "user")
	if len(found) > 10 {
		found = append(found[:10], "…")
	}
	return jira.User{}, fmt.Errorf("takes one user, and %s are found by %q: give the account id of one of %s", who, text, strings.Join(found, ", "))
}
