package jiratest

// defaultSite is what a new server holds.
func defaultSite() *state {
	st := &state{
		Seq:    map[string]int64{"field": 10050, "project": 10001, "option": 10099, "component": 10099, "version": 10099, "sprint": 2},
		Myself: "5b10a2844c20165700ede21a",
		Users: []*user{
			{"5b10a2844c20165700ede21a", "Build Bot", Email, "atlassian", true},
			{"5b10a2844c20165700ede21b", "Ada Fischer", "ada@acme.example", "atlassian", true},
			{"5b10a2844c20165700ede21c", "Bo Lindqvist", "bo@acme.example", "atlassian", true},
			{"5b10a2844c20165700ede21d", "Chidi Okafor", "chidi@acme.example", "atlassian", true},
			{"5b10a2844c20165700ede21e", "Dana Former", "dana@acme.example", "atlassian", false},
			{"557058:0f5c1b3a-9f1e-4a2f-8a30-8a1f0c1d2e3f", "Automation", "", "app", true},
		},
		Roles: []*ref{
			{ID: "10002", Name: "Administrators", Description: "Look after the project"},
			{ID: "10003", Name: "Developers", Description: "Work on the project"},
			{ID: "10004", Name: "Viewers", Description: "Read along"},
		},
		Types: []*issueType{
			{ref{ID: "10001", Name: "Epic", Description: "A large piece of work"}, 1},
			{ref{ID: "10002", Name: "Story", Description: "Something a user wants"}, 0},
			{ref{ID: "10003", Name: "Task", Description: "Something to be done"}, 0},
			{ref{ID: "10004", Name: "Bug", Description: "Something that is broken"}, 0},
			{ref{ID: "10005", Name: "Sub-task", Description: "A part of another issue"}, -1},
		},
		Statuses: []*status{
			{ref{ID: "10000", Name: "To Do"}, "new"},
			{ref{ID: "10001", Name: "In Progress"}, "indeterminate"},
			{ref{ID: "10002", Name: "In Review"}, "indeterminate"},
			{ref{ID: "10003", Name: "Done"}, "done"},
		},
		Transitions: []*transition{
			{ref{ID: "11", Name: "To Do"}, "10000", nil},
			{ref{ID: "21", Name: "In Progress"}, "10001", nil},
			{ref{ID: "31", Name: "In Review"}, "10002", nil},
			{ref{ID: "41", Name: "Done"}, "10003", nil},
		},
		Priorities: []*ref{
			{ID: "1", Name: "Highest", Color: "#d04437"},
			{ID: "2", Name: "High", Color: "#f15C75"},
			{ID: "3", Name: "Medium", Color: "#f79232"},
			{ID: "4", Name: "Low", Color: "#707070"},
			{ID: "5", Name: "Lowest", Color: "#999999"},
		},
		Resolutions: []*ref{
			{ID: "10000", Name: "Done", Description: "The work is complete"},
			{ID: "10001", Name: "Won't Do", Description: "It will not be worked on"},
			{ID: "10002", Name: "Duplicate", Description: "Another issue covers it"},
			{ID: "10003", Name: "Cannot Reproduce", Description: "It could not be seen again"},
		},
		LinkTypes: []*linkType{
			{ref{ID: "10000", Name: "Blocks"}, "is blocked by", "blocks"},
			{ref{ID: "10001", Name: "Cloners"}, "is cloned by", "clones"},
			{ref{ID: "10002", Name: "Duplicate"}, "is duplicated by", "duplicates"},
			{ref{ID: "10003", Name: "Relates"}, "relates to", "relates to"},
		},
		Groups: []*ref{
			{ID: "276f955c-63d7-42c8-9520-92d01dca0001", Name: "site-admins"},
			{ID: "276f955c-63d7-42c8-9520-92d01dca0002", Name: "developers"},
			{ID: everybody, Name: "jira-users"},
		},
		Sprints: []*sprint{
			{
				ref: ref{ID: "1", Name: "Sprint 1", Description: "A checkout that adds up"}, State: "active",
				Start: "2026-03-02T09:00:00.000Z", End: "2026-03-16T09:00:00.000Z",
			},
			{ref: ref{ID: "2", Name: "Sprint 2"}, State: "future"},
		},
		Fields: append(systemFields(), customFields()...),
	}
	types := []string{"10001", "10002", "10003", "10004", "10005"}
	st.Projects = []*project{
		{
			ref: ref{ID: "10000", Name: "Web Shop", Description: "The shop and its checkout", Lead: st.Users[1].ID}, Key: "WEB", Types: types,
			Components: []*ref{{ID: "10000", Name: "Cart"}, {ID: "10001", Name: "Checkout", Lead: st.Users[2].ID}},
			Versions: []*ref{
				{ID: "10000", Name: "1.0", Date: "2026-01-15", Closed: true},
				{ID: "10001", Name: "1.1", Date: "2026-12-01"},
			},
			Members: map[string][]string{"10002": {st.Users[1].ID}, "10003": {st.Users[0].ID, st.Users[2].ID, st.Users[3].ID}},
		},
		{
			ref: ref{ID: "10001", Name: "Operations", Description: "Keeping it running", Lead: st.Users[3].ID}, Key: "OPS",
			Types: []string{"10003", "10004", "10005"}, Members: map[string][]string{"10002": {st.Users[3].ID}},
		},
	}
	st.GroupMembers = map[string][]string{
		"276f955c-63d7-42c8-9520-92d01dca0001": {st.Users[1].ID},
		"276f955c-63d7-42c8-9520-92d01dca0002": {st.Users[2].ID, st.Users[3].ID, st.Users[4].ID},
	}
	for _, u := range st.Users {
		if u.Type == "atlassian" {
			st.join(everybody, u.ID)
		}
	}
	st.index()
	return st
}

// field is what can be known about an issue, and how.
type field struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Type   string `json:"type"`             // of its value, in Jira's words
	Items  string `json:"items,omitempty"`  // of the array's items
	Custom string `json:"custom,omitempty"` // the kind of custom field
	// Settable fields are on the screens; the others are set by the site itself.
	Settable  bool `json:"settable,omitempty"`
	Navigable bool `json:"navigable,omitempty"`
	Required  bool `json:"required,omitempty"`
	// Rich text is an Atlassian Document.
	Rich    bool     `json:"rich,omitempty"`
	Clauses []string `json:"clauses,omitempty"` // its names in JQL
	// Contexts are where a custom field is known: see Field.Contexts.
	Contexts []*fieldContext `json:"contexts,omitempty"`
}

func systemFields() []*field {
	set := func(id, name, kind, items string, clauses ...string) *field {
		return &field{ID: id, Name: name, Type: kind, Items: items, Settable: true, Navigable: true, Clauses: clauses}
	}
	get := func(id, name, kind, items string, clauses ...string) *field {
		return &field{ID: id, Name: name, Type: kind, Items: items, Navigable: true, Clauses: clauses}
	}
	hidden := func(id, name, kind, items string) *field { return &field{ID: id, Name: name, Type: kind, Items: items} }
	fields := []*field{
		set("summary", "Summary", "string", "", "summary"),
		set("issuetype", "Issue Type", "issuetype", "", "issuetype", "type"),
		set("project", "Project", "project", "", "project"),
		set("description", "Description", "string", "", "description"),
		set("environment", "Environment", "string", "", "environment"),
		set("priority", "Priority", "priority", "", "priority"),
		set("labels", "Labels", "array", "string", "labels"),
		set("components", "Components", "array", "component", "component"),
		set("versions", "Affects versions", "array", "version", "affectedVersion"),
		set("fixVersions", "Fix versions", "array", "version", "fixVersion"),
		set("assignee", "Assignee", "user", "", "assignee"),
		set("reporter", "Reporter", "user", "", "reporter"),
		set("duedate", "Due date", "date", "", "due", "duedate"),
		set("parent", "Parent", "issuelink", "", "parent"),
		set("timetracking", "Time tracking", "timetracking", ""),
		get("resolution", "Resolution", "resolution", "", "resolution"),
		get("status", "Status", "status", "", "status"),
		get("statuscategorychangedate", "Status Category Changed", "datetime", ""),
		get("resolutiondate", "Resolved", "datetime", "", "resolved", "resolutiondate"),
		get("creator", "Creator", "user", "", "creator"),
		get("created", "Created", "datetime", "", "created", "createdDate"),
		get("updated", "Updated", "datetime", "", "updated", "updatedDate"),
		get("lastViewed", "Last Viewed", "datetime", ""),
		get("subtasks", "Sub-tasks", "array", "issuelinks"),
		get("issuelinks", "Linked Issues", "array", "issuelinks"),
		get("attachment", "Attachment", "array", "attachment"),
		get("votes", "Votes", "votes", ""),
		get("watches", "Watchers", "watches", ""),
		get("timespent", "Time Spent", "number", ""),
		get("timeestimate", "Remaining Estimate", "number", ""),
		get("timeoriginalestimate", "Original estimate", "number", ""),
		get("aggregatetimespent", "Σ Time Spent", "number", ""),
		get("aggregatetimeestimate", "Σ Remaining Estimate", "number", ""),
		get("aggregatetimeoriginalestimate", "Σ Original Estimate", "number", ""),
		get("progress", "Progress", "progress", ""),
		get("aggregateprogress", "Σ Progress", "progress", ""),
		get("workratio", "Work Ratio", "number", ""),
		get("security", "Security Level", "securitylevel", ""),
		hidden("comment", "Comment", "comments-page", ""),
		hidden("worklog", "Log Work", "array", "worklog"),
		hidden("issuerestriction", "Restrict to", "issuerestriction", ""),
	}
	for _, f := range fields {
		switch f.ID {
		case "description", "environment":
			f.Rich = true
		case "summary", "issuetype", "project":
			f.Required = true
		case "timetracking":
			f.Navigable = false
		}
	}
	return fields
}

func customFields() []*field {
	custom := func(id, name string, kind FieldType, options ...*ref) *field {
		f := newField("customfield_"+id, Field{Name: name, Type: kind})
		f.Contexts = []*fieldContext{{Options: options}}
		return f
	}
	option := func(id, name string, children ...*ref) *ref { return &ref{ID: id, Name: name, Children: children} }
	return []*field{
		custom("10016", "Story Points", NumberField),
		custom("10030", "Test Signature", TextField),
		custom("10031", "Severity", SelectField, option("10020", "Critical"), option("10021", "Major"), option("10022", "Minor")),
		custom("10032", "Browsers", MultiSelectField, option("10030", "Chrome"), option("10031", "Firefox"), option("10032", "Safari")),
		custom("10033", "Found on", DateField),
		custom("10034", "Tester", UserField),
		custom("10035", "Steps to reproduce", ParagraphField),
		custom("10036", "Last failure", DateTimeField),
		custom("10037", "Suites", LabelsField),
		custom("10038", "Area", CascadingSelectField,
			option("10040", "Frontend", option("10041", "Cart page"), option("10042", "Checkout page")),
			option("10043", "Backend", option("10044", "Prices"), option("10045", "Payments")),
			option("10046", "Unknown")),
		custom("10039", "Platforms", CheckboxField, option("10050", "Linux"), option("10051", "macOS"), option("10052", "Windows")),
		custom("10040", "Frequency", RadioField, option("10060", "Always"), option("10061", "Sometimes"), option("10062", "Once")),
		custom("10041", "Reviewers", MultiUserField),
		custom("10042", "Build", URLField),
		custom("10043", "Seen in", VersionField),
		custom("10044", "Verified in", MultiVersionField),
		custom("10045", "Owners", GroupField),
		custom("10046", "Informed", MultiGroupField),
		custom("10047", "Affected project", ProjectField),
		custom("10048", "Imported from", ReadOnlyField),
		custom("10049", "Sprint", SprintField),
		custom("10050", "Epic Link", EpicLinkField),
	}
}
