package jira

import (
	"context"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

// IssueUpdate changes an issue. What is not mentioned stays as it is: a nil pointer, the zero ListUpdate or Estimate, an
// empty list of custom values, a nil or zero Doc and what [adf.Markdown] and [adf.Text] make of no text. A pointer to "" or
// to the zero Date empties its field, where Jira allows it. Characters are counted, and ids told from names, as in
// [IssueInput].
type IssueUpdate struct {
	Summary     *string    // one line of at most 255 characters. See CleanSummary
	Description *adf.Doc   // "description" in Clear empties it
	Environment *adf.Doc   // "environment" in Clear empties it
	Type        *string    // name or numeric id
	Parent      *string    // key or numeric id
	Priority    *string    // name or numeric id
	Assignee    *string    // account id
	Reporter    *string    // account id
	Security    *string    // name or numeric id of the security level
	DueDate     *Date      // the day
	Labels      ListUpdate // each without blanks, at most 255 characters. See CleanLabel
	Components  ListUpdate // names or numeric ids
	Versions    ListUpdate // affected versions, names or numeric ids
	FixVersions ListUpdate // names or numeric ids
	Estimate    Estimate
	Custom      []CustomValue    // fields that a site has added, and any other: see Custom
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
		d.set(id, wireList(l.Set, wire))
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
	u.Labels.apply(&d, "labels", asLabel)
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
	d.merge()
	d.Properties = u.Properties
	return d
}

// Update changes what update mentions and leaves the rest alone. To change what it has no field for, use
// [IssueUpdate.Custom], with a [RawField] if there is no better handle. What Jira is known to refuse is refused here, with
// the field's id in [client.Error.Fields].
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
