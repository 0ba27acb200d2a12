package jira

import (
	"context"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

// IssueUpdate changes an issue. A field that is nil or an empty list stays as it is; one that points to "" or to the zero
// Date is emptied, where Jira allows it.
type IssueUpdate struct {
	Summary     *string
	Description *adf.Doc // nil and a text without content leave it: to empty it, put "description" into Clear
	Environment *adf.Doc // likewise: "environment" in Clear empties it
	Type        *string  // name or numeric id
	Parent      *string  // key or numeric id
	Priority    *string  // name or numeric id
	Assignee    *string  // account id
	Reporter    *string  // account id
	Security    *string  // name or numeric id of the security level
	DueDate     *Date
	Labels      ListUpdate // without blanks
	Components  ListUpdate // names or numeric ids
	Versions    ListUpdate // affected versions, names or numeric ids
	FixVersions ListUpdate // names or numeric ids
	Estimate    Estimate
	Custom      []CustomValue
	Clear       []string         // ids of fields to empty, as in "duedate" or "customfield_10016"
	Properties  []EntityProperty // to set; others stay
	Silent      bool             // no e-mail to watchers; it takes the right to administer the project or Jira
}

// ListUpdate changes a list of an issue. The zero ListUpdate leaves it as it is.
type ListUpdate struct {
	Set    []string // the whole new list; empty but not nil, it empties the list
	Add    []string // what is there already is not there twice
	Remove []string // what is not there is no error
}

func (l ListUpdate) apply(d *details, id string, wire func(string) any) {
	each := func(v verb, items []string) {
		for _, item := range items {
			d.operate(id, v, wire(item))
		}
	}
	if l.Set != nil {
		whole := make([]any, len(l.Set))
		for i, item := range l.Set {
			whole[i] = wire(item)
		}
		d.set(id, whole)
	}
	each(verbAdd, l.Add)
	each(verbRemove, l.Remove)
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
		d.setSummary(*u.Summary)
	}
	d.setDoc("description", u.Description)
	d.setDoc("environment", u.Environment)
	set("issuetype", u.Type, byName)
	set("parent", u.Parent, byKey)
	set("priority", u.Priority, byName)
	set("assignee", u.Assignee, byAccount)
	set("reporter", u.Reporter, byAccount)
	set("security", u.Security, byName)
	if u.DueDate != nil {
		d.set("duedate", *u.DueDate)
	}
	if d.goodLabels(u.Labels.Set) && d.goodLabels(u.Labels.Add) {
		u.Labels.apply(&d, "labels", func(s string) any { return s })
	}
	byName := func(s string) any { return byName(s) }
	u.Components.apply(&d, "components", byName)
	u.Versions.apply(&d, "versions", byName)
	u.FixVersions.apply(&d, "fixVersions", byName)
	if u.Estimate != (Estimate{}) {
		d.operate("timetracking", verbEdit, u.Estimate)
	}
	d.custom(u.Custom)
	for _, id := range u.Clear {
		d.set(id, nil)
	}
	d.Properties = u.Properties
	return d
}

// Update changes what update mentions and leaves the rest alone. To change what it has no field for, use
// [IssueUpdate.Custom], with a [RawField] if there is no better handle.
//
// PUT /rest/api/3/issue/{issueIdOrKey}
func (s *IssuesService) Update(ctx context.Context, issue string, update IssueUpdate) error {
	const op = "Issues.Update"
	d := update.details()
	if err := d.check(op); err != nil {
		return err
	}
	if len(d.Fields) == 0 && len(d.Update) == 0 && len(d.Properties) == 0 {
		return client.Invalid(op, "the update changes nothing")
	}
	var params editIssueParams
	if update.Silent {
		params.NotifyUsers = new(false)
	}
	_, err := s.update(ctx, issue, d.IssueDetails, &params)
	return err
}
