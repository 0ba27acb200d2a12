package jiratest

// defaultSite is what a new server holds.
func defaultSite() *state {
	st := &state{
		Seq:    map[string]int64{"field": 10039, "project": 10001, "option": 10099, "component": 10099, "version": 10099},
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
	Options []*ref   `json:"options,omitempty"`
}

const customTypes = "com.atlassian.jira.plugin.system.customfieldtypes:"

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
	return []*field{
		newField("customfield_10016", Field{Name: "Story Points", Type: NumberField}, nil),
		newField("customfield_10030", Field{Name: "Test Signature", Type: TextField}, nil),
		newField("customfield_10031", Field{Name: "Severity", Type: SelectField}, []*ref{
			{ID: "10020", Name: "Critical"}, {ID: "10021", Name: "Major"}, {ID: "10022", Name: "Minor"},
		}),
		newField("customfield_10032", Field{Name: "Browsers", Type: MultiSelectField}, []*ref{
			{ID: "10030", Name: "Chrome"}, {ID: "10031", Name: "Firefox"}, {ID: "10032", Name: "Safari"},
		}),
		newField("customfield_10033", Field{Name: "Found on", Type: DateField}, nil),
		newField("customfield_10034", Field{Name: "Tester", Type: UserField}, nil),
		newField("customfield_10035", Field{Name: "Steps to reproduce", Type: ParagraphField}, nil),
		newField("customfield_10036", Field{Name: "Last failure", Type: DateTimeField}, nil),
		newField("customfield_10037", Field{Name: "Suites", Type: LabelsField}, nil),
	}
}
