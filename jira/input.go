package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

// IssueInput is a new issue. A field that is empty is not sent: Jira then takes its default.
type IssueInput struct {
	Project     string   // key or numeric id; required
	Type        string   // name or numeric id of the issue type; required
	Summary     string   // the title, one line of at most 255 characters; required
	Description *adf.Doc // what it is about
	Environment *adf.Doc // where it occurs
	Parent      string   // key or numeric id of the issue that this is a part of
	Priority    string   // name or numeric id
	Assignee    string   // account id
	Reporter    string   // account id
	Labels      []string // without blanks
	Components  []string // names or numeric ids
	Versions    []string // affected versions, names or numeric ids
	FixVersions []string // names or numeric ids
	DueDate     Date     // the day
	Security    string   // name or numeric id of the security level
	Custom      []CustomValue
	Properties  []EntityProperty // stored with the issue, not shown
}

// IssueUpdate changes an issue. A field that is nil or an empty list stays as it is; one that points to "" or to the zero
// Date is emptied, where Jira allows it.
type IssueUpdate struct {
	Summary      *string
	Description  *adf.Doc // nil and a text without content leave it: to empty it, put "description" into Clear
	Environment  *adf.Doc // likewise: "environment" in Clear empties it
	Type         *string  // name or numeric id
	Parent       *string  // key or numeric id
	Priority     *string  // name or numeric id
	Assignee     *string  // account id
	Reporter     *string  // account id
	DueDate      *Date
	AddLabels    []string
	RemoveLabels []string
	Custom       []CustomValue
	Clear        []string // ids of fields to empty, as in "duedate" or "customfield_10016"
	Silent       bool     // no e-mail to watchers; it takes the right to administer the project or Jira
}

// reference names a thing in a request, by one of these.
type reference struct {
	ID        string `json:"id,omitempty"`
	Key       string `json:"key,omitempty"`
	Name      string `json:"name,omitempty"`
	AccountID string `json:"accountId,omitempty"`
}

// byKey refers to a project or an issue, byName to a type, a priority, a component or a version. All digits are an id.
func byKey(s string) reference {
	if isID(s) {
		return reference{ID: s}
	}
	return reference{Key: s}
}

func byName(s string) reference {
	if isID(s) {
		return reference{ID: s}
	}
	return reference{Name: s}
}

func isID(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// details collects the fields and verbs of a create or an edit.
type details struct {
	IssueDetails
	err error
}

func (d *details) set(id string, value any) {
	if id == "" {
		d.err = errors.Join(d.err, errors.New("a field has no id: make its handle with one, as in NumberField(\"customfield_10016\")"))
		return
	}
	raw, err := json.Marshal(value)
	if err != nil {
		d.err = errors.Join(d.err, fmt.Errorf("field %s: %w", id, err))
		return
	}
	if d.Fields == nil {
		d.Fields = make(map[string]json.RawMessage)
	}
	d.Fields[id] = raw
}

func (d *details) setText(id, s string) {
	if s != "" {
		d.set(id, s)
	}
}

func (d *details) setRef(id, s string, ref func(string) reference) {
	if s != "" {
		d.set(id, ref(s))
	}
}

func (d *details) setRefs(id string, names []string) {
	if len(names) == 0 {
		return
	}
	refs := make([]reference, len(names))
	for i, name := range names {
		refs[i] = byName(name)
	}
	d.set(id, refs)
}

func (d *details) setDoc(id string, doc *adf.Doc) {
	if doc != nil {
		d.set(id, doc)
	}
}

func byAccount(id string) reference { return reference{AccountID: id} }

func (in *IssueInput) details() details {
	var d details
	d.setRef("project", in.Project, byKey)
	d.setRef("issuetype", in.Type, byName)
	d.setText("summary", in.Summary)
	d.setDoc("description", in.Description)
	d.setDoc("environment", in.Environment)
	d.setRef("parent", in.Parent, byKey)
	d.setRef("priority", in.Priority, byName)
	d.setRef("assignee", in.Assignee, byAccount)
	d.setRef("reporter", in.Reporter, byAccount)
	if len(in.Labels) > 0 {
		d.set("labels", in.Labels)
	}
	d.setRefs("components", in.Components)
	d.setRefs("versions", in.Versions)
	d.setRefs("fixVersions", in.FixVersions)
	d.setText("duedate", in.DueDate.String())
	d.setRef("security", in.Security, byName)
	for _, c := range in.Custom {
		d.set(c.id, c.value)
	}
	d.Properties = in.Properties
	return d
}

func (u *IssueUpdate) details() details {
	var d details
	set := func(id string, value *string, ref func(string) reference) {
		switch {
		case value == nil:
		case *value == "":
			d.set(id, nil)
		default:
			d.set(id, ref(*value))
		}
	}
	if u.Summary != nil {
		d.set("summary", *u.Summary)
	}
	d.setDoc("description", u.Description)
	d.setDoc("environment", u.Environment)
	set("issuetype", u.Type, byName)
	set("parent", u.Parent, byKey)
	set("priority", u.Priority, byName)
	set("assignee", u.Assignee, byAccount)
	set("reporter", u.Reporter, byAccount)
	if u.DueDate != nil {
		d.set("duedate", *u.DueDate)
	}
	for _, c := range u.Custom {
		d.set(c.id, c.value)
	}
	for _, id := range u.Clear {
		d.set(id, nil)
	}
	d.verbs("labels", "add", u.AddLabels)
	d.verbs("labels", "remove", u.RemoveLabels)
	return d
}

// verbs appends operations like {"add":"flaky"} on a field.
func (d *details) verbs(id, verb string, values []string) {
	for _, value := range values {
		raw, err := json.Marshal(map[string]string{verb: value})
		if err != nil {
			d.err = errors.Join(d.err, err)
			continue
		}
		if d.Update == nil {
			d.Update = make(map[string][]json.RawMessage)
		}
		d.Update[id] = append(d.Update[id], raw)
	}
}

// Create creates an issue and returns its id and key. It is sent once: when its outcome is unknown, the error is
// [client.ErrAmbiguous] and the issue may exist.
//
// POST /rest/api/3/issue
func (s *IssuesService) Create(ctx context.Context, input IssueInput) (*CreatedIssue, error) {
	const op = "Issues.Create"
	switch {
	case input.Project == "":
		return nil, client.Invalid(op, "the input has no Project: give a key or an id")
	case input.Type == "":
		return nil, client.Invalid(op, "the input has no Type: give the name or id of an issue type")
	case strings.TrimSpace(input.Summary) == "":
		return nil, client.Invalid(op, "the input has no Summary")
	}
	d := input.details()
	if d.err != nil {
		return nil, client.Invalid(op, "%w", d.err)
	}
	created, err := s.create(ctx, d.IssueDetails, nil)
	if err != nil {
		return nil, err
	}
	if created.Key == "" {
		return nil, client.Ambiguous(op, errors.New("the server answered without the key of the new issue"))
	}
	return created, nil
}

// Update changes the fields that update sets and leaves the others alone. To change what this type has no field for, use
// [IssueUpdate.Custom] with a [RawField].
//
// PUT /rest/api/3/issue/{issueIdOrKey}
func (s *IssuesService) Update(ctx context.Context, issue string, update IssueUpdate) error {
	const op = "Issues.Update"
	d := update.details()
	switch {
	case d.err != nil:
		return client.Invalid(op, "%w", d.err)
	case len(d.Fields) == 0 && len(d.Update) == 0:
		return client.Invalid(op, "the update changes nothing")
	}
	var params editIssueParams
	if update.Silent {
		params.NotifyUsers = new(false)
	}
	_, err := s.update(ctx, issue, d.IssueDetails, &params)
	return err
}
