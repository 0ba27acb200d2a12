package main

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/client/currents/currentstest"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

// jiraSite lets the fake Currents work on the fake Jira.
type jiraSite struct{ jira *jira.Client }

func (s jiraSite) Projects(ctx context.Context) ([]currents.JiraProject, error) {
	var all []currents.JiraProject
	for p, err := range s.jira.Projects.List(ctx, nil) {
		if err != nil {
			return nil, err
		}
		all = append(all, currents.JiraProject{ID: p.ID, Key: p.Key, Name: p.Name, Description: p.Description})
	}
	return all, nil
}

func (s jiraSite) IssueTypes(ctx context.Context, projectID string) ([]currents.IssueType, error) {
	var all []currents.IssueType
	for t, err := range s.jira.Issues.CreateMetaTypes(ctx, projectID, nil) {
		if err != nil {
			return nil, err
		}
		if t.Subtask {
			continue // needs a parent, which Currents cannot give
		}
		fields, err := s.fields(ctx, projectID, t.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, currents.IssueType{ID: t.ID, Name: t.Name, Description: t.Description, CustomFields: fields})
	}
	return all, nil
}

// fieldTypes are the types of Jira's custom fields that Currents can fill.
var fieldTypes = map[string]currents.FieldType{
	"com.atlassian.jira.plugin.system.customfieldtypes:textfield":       currents.FieldTypeText,
	"com.atlassian.jira.plugin.system.customfieldtypes:float":           currents.FieldTypeNumber,
	"com.atlassian.jira.plugin.system.customfieldtypes:select":          currents.FieldTypeSelect,
	"com.atlassian.jira.plugin.system.customfieldtypes:multiselect":     currents.FieldTypeMultiSelect,
	"com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes": currents.FieldTypeCheckbox,
	"com.atlassian.jira.plugin.system.customfieldtypes:labels":          currents.FieldTypeLabels,
	"com.atlassian.jira.plugin.system.customfieldtypes:datepicker":      currents.FieldTypeDate,
	"com.atlassian.jira.plugin.system.customfieldtypes:datetime":        currents.FieldTypeDateTime,
	"com.atlassian.jira.plugin.system.customfieldtypes:userpicker":      currents.FieldTypeUser,
	"com.atlassian.jira.plugin.system.customfieldtypes:multiuserpicker": currents.FieldTypeMultiUser,
}

func (s jiraSite) fields(ctx context.Context, projectID, typeID string) ([]currents.IssueField, error) {
	var all []currents.IssueField
	for f, err := range s.jira.Issues.CreateMetaFields(ctx, projectID, typeID, nil) {
		if err != nil {
			return nil, err
		}
		if f.Schema.Custom == "" {
			continue
		}
		field := currents.IssueField{
			FieldID: f.FieldID, Key: f.Key, Name: f.Name, Required: f.Required,
			FieldType: currents.FieldTypeUnsupported, OriginalType: f.Schema.Custom,
		}
		if t, ok := fieldTypes[f.Schema.Custom]; ok {
			field.FieldType = t
		}
		for _, raw := range f.AllowedValues {
			var v jira.Option
			if err := json.Unmarshal(raw, &v); err != nil {
				return nil, err
			}
			field.AllowedValues = append(field.AllowedValues, currents.AllowedValue{ID: v.ID, Name: v.Value})
		}
		all = append(all, field)
	}
	return all, nil
}

func (s jiraSite) CreateIssue(ctx context.Context, in currentstest.JiraIssue) (key, url string, err error) {
	input := jira.IssueInput{
		Project: in.ProjectID, Type: in.IssueType, Summary: in.Title, Description: adf.Text(in.Description),
	}
	fields, err := s.fields(ctx, in.ProjectID, in.IssueType)
	if err != nil {
		return "", "", err
	}
	for _, f := range in.CustomFields {
		input.Custom = append(input.Custom, customValue(fields, f))
	}
	issue, err := s.jira.Issues.Create(ctx, input)
	if err != nil {
		return "", "", err
	}
	return issue.Key, s.jira.BrowseURL(issue.Key), nil
}

func (s jiraSite) Comment(ctx context.Context, key, text string) (url string, err error) {
	_, err = s.jira.Comments.Create(ctx, key, jira.CommentInput{Body: adf.Text(text)}, nil)
	return s.jira.BrowseURL(key), err
}

// customValue gives Jira the value in the form of its field. How the real Currents reads values is not documented.
func customValue(fields []currents.IssueField, f currents.CustomField) jira.CustomValue {
	i := slices.IndexFunc(fields, func(field currents.IssueField) bool { return field.FieldID == f.FieldID })
	if i < 0 {
		return jira.TextField(f.FieldID).Value(f.Value)
	}
	switch fields[i].FieldType {
	case currents.FieldTypeSelect:
		for _, v := range fields[i].AllowedValues {
			if v.ID == f.Value || v.Name == f.Value {
				return jira.SelectField(f.FieldID).Value(jira.Option{ID: v.ID})
			}
		}
	case currents.FieldTypeNumber:
		return jira.RawField(f.FieldID).Value(json.RawMessage(f.Value))
	case currents.FieldTypeLabels:
		return jira.LabelsField(f.FieldID).Value(strings.Split(f.Value, ","))
	}
	return jira.TextField(f.FieldID).Value(f.Value)
}
