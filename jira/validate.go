package jira

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// Validate checks a new issue before it is sent: that all required fields are there, that the others are on the screen,
// and that values are of the right kind and among those allowed. It cannot know everything: whether a user may be
// assigned, for example, only Jira knows. It sends nothing.
//
// An input for another issue type or project is refused, without a word on fields that depend on them. Whether a key and an
// id are of one project cannot be told: then the projects are not compared.
//
// Errors: a *[client.Error] that is [client.ErrInvalid] and names each missing or wrong field in its Fields, by id.
func (r *Requirements) Validate(input IssueInput) error {
	if r == nil {
		return client.Invalid("Requirements.Validate", noRequirements)
	}
	d := input.details()
	if r.fits(input, &d) {
		r.checkFields(input, &d)
	}
	return d.check("Requirements.Validate")
}

// fits says whether the input is for this project and this type.
func (r *Requirements) fits(input IssueInput, d *details) bool {
	fits := true
	if input.Project != "" && isID(input.Project) == isID(r.Project) && !strings.EqualFold(input.Project, r.Project) {
		d.refuse("project", fmt.Errorf("these are the requirements of project %s: ask for those of %s", r.Project, input.Project))
		fits = false
	}
	if input.Type != "" && input.Type != r.Type.ID && !strings.EqualFold(input.Type, r.Type.Name) {
		d.refuse("issuetype", fmt.Errorf("these are the requirements of a %s: ask for those of a %s", r.Type.Name, input.Type))
		fits = false
	}
	return fits
}

func (r *Requirements) checkFields(input IssueInput, d *details) {
	known := make(map[string]*FieldMeta, len(r.Fields))
	for i := range r.Fields {
		known[r.Fields[i].FieldID] = &r.Fields[i]
	}
	for id, raw := range d.Fields {
		switch f := known[id]; {
		case id == "project" || id == "issuetype":
		case f != nil:
			if err := f.check(raw); err != nil {
				d.refuse(id, fmt.Errorf("%s %w", f.Name, err))
			}
		case string(raw) != "null":
			d.refuse(id, r.notThere())
		}
	}
	for id, operations := range d.Update {
		if f := known[id]; f == nil && id != "comment" && id != "worklog" { // which are never listed
			d.refuse(id, r.notThere())
		} else if f != nil {
			if err := f.checkOperations(operations); err != nil {
				d.refuse(id, fmt.Errorf("%s %w", f.Name, err))
			}
		}
	}
	for _, f := range r.Required() {
		if _, given := d.Update[f.FieldID]; d.Fields[f.FieldID] == nil && !given {
			d.refuse(f.FieldID, fmt.Errorf("%s is required%s", f.Name, offer(f.Choices())))
		}
	}
	if r.Type.Subtask && input.Parent == "" && d.Fields["parent"] == nil {
		d.refuse("parent", fmt.Errorf("a %s is a part of another issue: give its Parent", r.Type.Name))
	}
}

func (r *Requirements) notThere() error {
	return fmt.Errorf("a new %s in %s has no such field on its screen", r.Type.Name, r.Project)
}

// offer lists choices, if there are any.
func offer(all []Choice) string {
	if len(all) == 0 {
		return ""
	}
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.Name
	}
	return ": choose from " + listed(names)
}

// check says what is wrong with a value, as the end of a sentence that begins with the field's name.
func (f *FieldMeta) check(raw json.RawMessage) error {
	empty := string(raw) == "null" || string(raw) == "[]" || string(raw) == `""`
	switch {
	case empty && f.Required && !f.HasDefaultValue:
		return fmt.Errorf("is required%s", offer(f.Choices()))
	case empty:
		return nil
	case f.Schema.Type != "array":
		return f.checkOne(f.Schema.Type, raw)
	case f.Schema.Items == "json": // sprints: a number, where Jira shows a list
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return errors.New("takes a list")
	}
	for _, item := range items {
		if err := f.checkOne(f.Schema.Items, item); err != nil {
			return err
		}
	}
	return nil
}

func (f *FieldMeta) checkOperations(operations []json.RawMessage) error {
	for _, raw := range operations {
		var operation map[verb]json.RawMessage
		if err := json.Unmarshal(raw, &operation); err != nil {
			return err
		}
		for v, value := range operation {
			var err error
			switch {
			case len(f.Operations) > 0 && !slices.Contains(f.Operations, string(v)):
				err = fmt.Errorf("cannot be changed by %s, only by %s", v, listed(f.Operations))
			case v == verbSet:
				err = f.check(value)
			case v == verbAdd && f.Schema.Type == "array":
				err = f.checkOne(f.Schema.Items, value)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// checkOne checks one value of a type. It lets pass what it does not know.
func (f *FieldMeta) checkOne(kind string, raw json.RawMessage) error {
	switch kind {
	case "string":
		return f.checkText(raw)
	case "number":
		if raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
			return errors.New("takes a number")
		}
		return nil
	case "date", "datetime":
		layout, form := time.DateOnly, "a day, as in 2026-01-31"
		if kind == "datetime" {
			layout, form = timeLayout, "a moment, as in 2026-01-31T15:04:05.000+0000"
		}
		var s string
		if json.Unmarshal(raw, &s) == nil {
			if _, err := time.Parse(layout, s); err == nil {
				return nil
			}
		}
		return fmt.Errorf("takes %s", form)
	case "option":
		_, err := f.choose(f.Choices(), raw, "value")
		return err
	case "priority", "component", "version", "resolution", "securitylevel":
		_, err := f.choose(f.Choices(), raw, "name")
		return err
	case "option-with-child":
		return f.checkCascade(raw)
	case "user":
		return f.checkReference(raw, "a user, by account id", "accountId", "id")
	case "group":
		return f.checkReference(raw, "a group", "groupId", "name")
	case "project", "issuelink":
		return f.checkReference(raw, "an id or a key", "id", "key")
	}
	return nil
}

func (f *FieldMeta) checkText(raw json.RawMessage) error {
	if fieldKind(f.Schema) == "RichTextField" {
		if raw[0] != '{' {
			return errors.New("takes rich text: use RichTextField or package adf")
		}
		return nil
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return errors.New("takes a text")
	}
	n := length(s)
	switch {
	case f.Schema.Type == "array" && strings.ContainsFunc(s, notInLabel):
		return fmt.Errorf("takes no label with a blank, such as %q: CleanLabel puts a - there", s)
	case f.Schema.Type == "array" && n > maxLabel:
		return fmt.Errorf("takes labels of at most %d characters: CleanLabel shortens them", maxLabel)
	case f.Schema.Type == "string" && f.Schema.Custom != "" && n > maxLine:
		return fmt.Errorf("takes at most %d characters, these are %d", maxLine, n)
	}
	return nil
}

// choose finds the choice that a value names by its id or by a property.
func (f *FieldMeta) choose(among []Choice, raw json.RawMessage, property string) (*Choice, error) {
	var v struct {
		ID    ID     `json:"id"`
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	if json.Unmarshal(raw, &v) != nil {
		return nil, fmt.Errorf("takes a choice by its id or its %s%s", property, offer(among))
	}
	id, name := v.ID, v.Name
	if property == "value" {
		name = v.Value
	}
	switch {
	case id == "" && name == "":
		return nil, fmt.Errorf("takes a choice by its id or its %s%s", property, offer(among))
	case len(among) == 0:
		return nil, nil // too many to list, or nobody knows
	}
	for i, c := range among {
		if id != "" && string(id) == c.ID || id == "" && strings.EqualFold(name, c.Name) {
			return &among[i], nil
		}
	}
	if id == "" {
		return nil, fmt.Errorf("has no choice %q%s", name, offer(among))
	}
	if slices.ContainsFunc(among, func(c Choice) bool { return c.Name == string(id) }) {
		return nil, fmt.Errorf("has no choice with the id %q, but one of this name: %s", id, f.byName(string(id)))
	}
	return nil, fmt.Errorf("has no choice with the id %q%s", id, offer(among))
}

// byName says how to name a choice whose name could be an id.
func (f *FieldMeta) byName(name string) string {
	switch kind := fieldKind(f.Schema); kind {
	case "VersionsField", "ComponentsField":
		value := strings.TrimSuffix(kind, "sField")
		return fmt.Sprintf("put jira.%s(%q).Value([]jira.%s{{Name: %q}}) into Custom", kind, f.FieldID, value, name)
	case "VersionField":
		return fmt.Sprintf("give jira.Version{Name: %q}", name)
	case "SelectField", "MultiSelectField", "CascadingSelectField":
		return "give it as Value, not as ID"
	}
	return fmt.Sprintf("put jira.RawField(%q).Value([]byte(`{\"name\":%q}`)) into Custom", f.FieldID, name)
}

// checkCascade checks a choice, and the one below it.
func (f *FieldMeta) checkCascade(raw json.RawMessage) error {
	chosen, err := f.choose(f.Choices(), raw, "value")
	if err != nil || chosen == nil {
		return err
	}
	var v struct {
		Child json.RawMessage `json:"child"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	if v.Child == nil || string(v.Child) == "null" {
		return nil
	}
	if _, err := f.choose(chosen.Children, v.Child, "value"); err != nil {
		return fmt.Errorf("below %s %w", chosen.Name, err)
	}
	return nil
}

func (f *FieldMeta) checkReference(raw json.RawMessage, what string, properties ...string) error {
	var v map[string]json.RawMessage
	_ = json.Unmarshal(raw, &v) // what is no object has no properties
	for _, p := range properties {
		if value := string(v[p]); value != "" && value != `""` && value != "null" {
			return nil
		}
	}
	return fmt.Errorf("takes %s", what)
}
