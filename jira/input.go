package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

// IssueInput is a new issue. A field that is empty is not sent: Jira then takes its default.
//
// Characters are counted as Jira counts them, in UTF-16 units: an emoji is two.
//
// Where a name or an id will do, all digits are an id. What has a name of digits only is given by a [CustomField], as a
// version called 2024:
//
//	Custom: jira.Custom(jira.VersionsField("fixVersions").Value([]jira.Version{{Name: "2024"}})),
type IssueInput struct {
	Project     string   // key or numeric id; required
	Type        string   // name or numeric id of the issue type; required
	Summary     string   // the title, one line of at most 255 characters; required. See CleanSummary
	Description *adf.Doc // what it is about
	Environment *adf.Doc // where it occurs
	Parent      string   // key or numeric id of the issue that this is a part of
	Priority    string   // name or numeric id
	Assignee    string   // account id
	Reporter    string   // account id
	Labels      []string // each without blanks, at most 255 characters. See CleanLabel
	Components  []string // names or numeric ids
	Versions    []string // affected versions, names or numeric ids
	FixVersions []string // names or numeric ids
	DueDate     Date     // the day
	Security    string   // name or numeric id of the security level
	Estimate    Estimate
	Custom      []CustomValue    // fields that a site has added, and any other: see Custom
	Properties  []EntityProperty // stored with the issue, not shown
}

// Estimate is the time that an issue takes, in Jira's words: "2d 4h 30m". What is empty is left as it is.
type Estimate struct {
	Original  string `json:"originalEstimate,omitempty"`
	Remaining string `json:"remainingEstimate,omitempty"`
}

// reference names a thing in a request, by one of these; below an option there may be another.
type reference struct {
	ID        string     `json:"id,omitempty"`
	Key       string     `json:"key,omitempty"`
	Name      string     `json:"name,omitempty"`
	Value     string     `json:"value,omitempty"`
	AccountID string     `json:"accountId,omitempty"`
	GroupID   string     `json:"groupId,omitempty"`
	Child     *reference `json:"child,omitempty"`
}

var errNamesNothing = errors.New("the value is empty: give it an id or a name; to clear the field, use Empty")

// MarshalJSON refuses a reference to nothing: it is a mistake, and no way to clear a field.
func (r reference) MarshalJSON() ([]byte, error) {
	if r == (reference{Child: r.Child}) {
		return nil, errNamesNothing
	}
	type plain reference
	return json.Marshal(plain(r))
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

func byAccount(id string) reference { return reference{AccountID: id} }

// details collects the fields and verbs of a create or an edit, and what is wrong with them.
type details struct {
	IssueDetails
	wrong map[string]error // by field id
}

func (d *details) refuse(id string, err error) {
	if d.wrong == nil {
		d.wrong = make(map[string]error)
	}
	if d.wrong[id] == nil {
		d.wrong[id] = err
	}
}

func (d *details) marshal(id string, value any) (json.RawMessage, bool) {
	raw, err := json.Marshal(value)
	if wrapped, ok := errors.AsType[*json.MarshalerError](err); ok {
		err = wrapped.Err // what json adds is about Go types, not about the field
	}
	if id == "" {
		id, err = "custom", errors.New("a field has no id: make its handle with one, as in NumberField(\"customfield_10016\")")
	}
	if err != nil {
		d.refuse(id, err)
	}
	return raw, err == nil
}

// set gives a field a value.
func (d *details) set(id string, value any) {
	raw, ok := d.marshal(id, value)
	if !ok {
		return
	}
	if _, twice := d.Fields[id]; twice {
		d.refuse(id, errors.New("the field is given twice: once is enough"))
		return
	}
	if d.Fields == nil {
		d.Fields = make(map[string]json.RawMessage)
	}
	d.Fields[id] = raw
}

// operate appends an operation like {"add":"flaky"} on a field.
func (d *details) operate(id string, v verb, value any) {
	raw, ok := d.marshal(id, map[verb]any{v: value})
	if !ok {
		return
	}
	if d.Update == nil {
		d.Update = make(map[string][]json.RawMessage)
	}
	d.Update[id] = append(d.Update[id], raw)
}

func (d *details) custom(values []CustomValue) {
	for _, c := range values {
		if c.verb == verbSet || c.id == "" {
			d.set(c.id, c.value)
			continue
		}
		for _, value := range c.operations() {
			d.operate(c.id, c.verb, value)
		}
	}
}

// merge ends the collection. Jira does not take one field in both parts: what was set becomes the first operation then.
func (d *details) merge() {
	for id := range d.Update {
		if raw, both := d.Fields[id]; both {
			operation, _ := d.marshal(id, map[verb]json.RawMessage{verbSet: raw})
			d.Update[id] = append([]json.RawMessage{operation}, d.Update[id]...)
			delete(d.Fields, id)
		}
	}
}

// check says all that is wrong.
func (d *details) check(op string) error {
	if len(d.wrong) > 0 {
		return client.InvalidFields(op, d.wrong)
	}
	return nil
}

// setSummary refuses what Jira is known to refuse.
func (d *details) setSummary(s string) {
	switch n := length(s); {
	case strings.TrimSpace(s) == "":
		d.refuse("summary", errors.New("the Summary is empty"))
	case strings.ContainsAny(s, "\r\n"):
		d.refuse("summary", errors.New("the Summary has more than one line: CleanSummary makes one of them"))
	case n > maxSummary:
		d.refuse("summary", fmt.Errorf("the Summary has %d characters, %d are allowed: CleanSummary shortens it", n, maxSummary))
	}
	d.set("summary", s)
}

func (d *details) setRef(id, s string, ref func(string) reference) {
	if s != "" {
		d.set(id, ref(s))
	}
}

func setList[T any](d *details, id string, items []string, wire func(string) T) {
	if len(items) > 0 {
		d.set(id, wireList(items, wire))
	}
}

// setDoc leaves the field when the document is none.
func (d *details) setDoc(id string, doc *adf.Doc) {
	if raw, err := doc.MarshalJSON(); err != nil || string(raw) != "null" {
		d.set(id, doc)
	}
}

func (in *IssueInput) details() details {
	var d details
	if in.Project == "" {
		d.refuse("project", errors.New("the input has no Project: give a key or an id"))
	}
	if in.Type == "" {
		d.refuse("issuetype", errors.New("the input has no Type: give the name or id of an issue type"))
	}
	d.setRef("project", in.Project, byKey)
	d.setRef("issuetype", in.Type, byName)
	d.setSummary(in.Summary)
	d.setDoc("description", in.Description)
	d.setDoc("environment", in.Environment)
	d.setRef("parent", in.Parent, byKey)
	d.setRef("priority", in.Priority, byName)
	d.setRef("assignee", in.Assignee, byAccount)
	d.setRef("reporter", in.Reporter, byAccount)
	setList(&d, "labels", in.Labels, asLabel)
	setList(&d, "components", in.Components, byName)
	setList(&d, "versions", in.Versions, byName)
	setList(&d, "fixVersions", in.FixVersions, byName)
	if !in.DueDate.IsZero() {
		d.set("duedate", in.DueDate)
	}
	d.setRef("security", in.Security, byName)
	if in.Estimate != (Estimate{}) {
		d.set("timetracking", in.Estimate)
	}
	d.custom(in.Custom)
	d.merge()
	d.Properties = slices.Clone(in.Properties)
	return d
}

// Create creates an issue and returns its id and key. It is sent once: when its outcome is unknown, the error is
// [client.ErrAmbiguous] and the issue may exist. What Jira is known to refuse is refused here, with the field's id in
// [client.Error.Fields]; [Requirements.Validate] knows more.
//
// POST /rest/api/3/issue
func (s *IssuesService) Create(ctx context.Context, input IssueInput) (*CreatedIssue, error) {
	const op = "Issues.Create"
	d := input.details()
	if err := d.check(op); err != nil {
		return nil, err
	}
	created, err := s.create(ctx, d.IssueDetails, nil)
	if err != nil {
		return nil, err
	}
	if created.Key == "" || created.ID == "" {
		return nil, client.Ambiguous(op, errors.New("the server answered without the id or the key of the new issue"))
	}
	return created, nil
}
