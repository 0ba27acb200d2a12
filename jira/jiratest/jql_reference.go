package jiratest

import (
	markup "html"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// kindClasses names the server's classes for kinds of values.
var kindClasses = map[string]string{
	"text": "java.lang.String", "string": "java.lang.String", "number": "java.lang.Number", "date": "java.util.Date", "datetime": "java.util.Date",
	"user": "com.atlassian.jira.user.ApplicationUser", "group": "com.atlassian.crowd.embedded.api.Group",
	"project": "com.atlassian.jira.project.Project", "version": "com.atlassian.jira.project.version.Version",
	"component": "com.atlassian.jira.bc.project.component.ProjectComponent", "issuetype": "com.atlassian.jira.issue.issuetype.IssueType",
	"status": "com.atlassian.jira.issue.status.Status", "category": "com.atlassian.jira.issue.status.category.StatusCategory",
	"priority": "com.atlassian.jira.issue.priority.Priority", "resolution": "com.atlassian.jira.issue.resolution.Resolution",
	"option": "com.atlassian.jira.issue.customfields.option.Option", "option-with-child": "com.atlassian.jira.issue.customfields.option.CascadingOption",
	"json": "com.atlassian.greenhopper.service.sprint.Sprint", "key": "com.atlassian.jira.issue.Issue",
}

// jqlFunctions are those that the fake understands, with the kind of what they give.
var jqlFunctions = []struct {
	name, kind string
	list       bool
}{
	{"cascadeOption()", "option-with-child", true},
	{"closedSprints()", "json", true},
	{"currentUser()", "user", false},
	{"endOfDay()", "date", false},
	{"endOfMonth()", "date", false},
	{"endOfWeek()", "date", false},
	{"endOfYear()", "date", false},
	{"futureSprints()", "json", true},
	{"now()", "date", false},
	{"openSprints()", "json", true},
	{"startOfDay()", "date", false},
	{"startOfMonth()", "date", false},
	{"startOfWeek()", "date", false},
	{"startOfYear()", "date", false},
}

func (c *call) getReference() (any, error) { return c.reference(nil, false), nil }

func (c *call) filterReference() (any, error) {
	var in struct {
		ProjectIDs []int64 `json:"projectIds"`
		Collapsed  bool    `json:"includeCollapsedFields"`
	}
	if err := c.into(&in); err != nil {
		return nil, err
	}
	var projects []string
	for _, id := range in.ProjectIDs {
		for _, p := range c.st.Projects {
			if number64(p.ID) == id {
				projects = append(projects, p.ID)
			}
		}
	}
	return c.reference(projects, in.Collapsed), nil
}

// reference lists the words of JQL; custom fields only if one of the projects has them, if any are given.
func (c *call) reference(projects []string, collapsed bool) doc {
	fields := each([]*field{keyField, textField, commentField, categoryField}, func(f *field) any {
		return c.referenceField(f, f.ID)
	})
	alike := map[string][]*field{}
	for _, f := range c.st.Fields {
		elsewhere := f.Custom != "" && len(projects) > 0 && !slices.ContainsFunc(f.Contexts, func(context *fieldContext) bool {
			return context.Projects == nil || slices.ContainsFunc(projects, func(id string) bool { return slices.Contains(context.Projects, id) })
		})
		if len(f.Clauses) == 0 || elsewhere {
			continue
		}
		name := f.Clauses[0]
		if f.Custom != "" {
			id := f.Clauses[len(f.Clauses)-1]
			if fellow, err := c.jqlField(jqlToken{text: f.Name}); err != nil || fellow != f || c.shared(f) {
				name = id
			}
			d := c.referenceField(f, name)
			d["cfid"], d["displayName"] = id, f.Name+" - "+id
			fields = append(fields, d)
			together := f.Name + "[" + collapsedType(f) + "]"
			alike[together] = append(alike[together], f)
			continue
		}
		fields = append(fields, c.referenceField(f, name))
	}
	for _, name := range slices.Sorted(maps.Keys(alike)) {
		if all := alike[name]; collapsed && len(all) > 1 {
			d := c.referenceField(all[0], name)
			d["displayName"] = all[0].Name + " - " + name
			fields = append(fields, d)
		}
	}
	functions := []any{}
	for _, function := range jqlFunctions {
		d := doc{"value": function.name, "displayName": function.name, "types": []string{kindClasses[function.kind]}}
		if function.list {
			d["isList"] = "true"
		}
		functions = append(functions, d)
	}
	names := map[string]bool{}
	for _, p := range c.st.Precomputations {
		if name := p.FunctionName + "()"; !names[name] {
			names[name] = true
			functions = append(functions, doc{
				"value": name, "displayName": name, "supportsListAndSingleValueOperators": "true", "types": []string{kindClasses["key"]},
			})
		}
	}
	return doc{"jqlReservedWords": keywords, "visibleFieldNames": fields, "visibleFunctionNames": functions}
}

// shared reports whether another custom field has the same name.
func (c *call) shared(f *field) bool {
	return slices.ContainsFunc(c.st.Fields, func(other *field) bool { return other != f && strings.EqualFold(other.Name, f.Name) })
}

// collapsedType is what stands between brackets behind the name of custom fields that are searched together.
func collapsedType(f *field) string {
	switch f.jqlKind() {
	case "option":
		return "Dropdown"
	case "number":
		return "Number"
	case "text":
		return "Paragraph"
	}
	return f.jqlKind()
}

func (c *call) referenceField(f *field, name string) doc {
	kind := f.jqlKind()
	class, known := kindClasses[kind]
	if !known {
		class = "java.lang.Object"
	}
	d := doc{"value": encodeJQL(name), "displayName": name, "operators": jqlOperators(kind), "searchable": "true", "types": []string{class}}
	if f != textField && f != commentField {
		d["orderable"] = "true"
	}
	if len(c.choices(f)) > 0 {
		d["auto"] = "true"
	}
	return d
}

// choice is a value of a field, and what people call it.
type choice struct{ value, shown string }

// choices are the values that a field can have, if they can be counted.
func (c *call) choices(f *field) []choice {
	var all []choice
	add := func(refs []*ref) {
		for _, r := range refs {
			all = append(all, choice{r.Name, r.Name})
		}
	}
	switch f.jqlKind() {
	case "user":
		for _, u := range c.st.Users {
			all = append(all, choice{u.ID, u.Name})
		}
	case "project":
		for _, p := range c.st.Projects {
			all = append(all, choice{p.Name, p.Name + " (" + p.Key + ")"})
		}
	case "issuetype":
		for _, t := range c.st.Types {
			add([]*ref{&t.ref})
		}
	case "status":
		for _, s := range c.st.Statuses {
			add([]*ref{&s.ref})
		}
	case "priority":
		add(c.st.Priorities)
	case "resolution":
		add(c.st.Resolutions)
	case "component":
		for _, p := range c.st.Projects {
			add(p.Components)
		}
	case "version":
		for _, p := range c.st.Projects {
			add(p.Versions)
		}
	case "group":
		add(c.st.Groups)
	case "json":
		for _, s := range c.st.Sprints {
			add([]*ref{&s.ref})
		}
	case "option", "option-with-child":
		add(f.options())
	case "string":
		for _, is := range c.st.Issues {
			for _, label := range list(is.Fields[f.ID]) {
				all = append(all, choice{text(label), text(label)})
			}
		}
	}
	slices.SortFunc(all, func(a, b choice) int { return strings.Compare(a.shown, b.shown) })
	return slices.Compact(all)
}

func (c *call) suggestValues() (any, error) {
	name, typed := c.q.Get("fieldName"), c.q.Get("fieldValue")
	predicate, predicateTyped := c.q.Get("predicateName"), c.q.Get("predicateValue")
	switch {
	case name == "":
		return nil, fail(http.StatusBadRequest, "The fieldName parameter is required.")
	case predicate == "" && predicateTyped != "", predicate != "" && typed != "":
		return nil, fail(http.StatusBadRequest, "The combination of parameters is invalid.")
	case !slices.Contains([]string{"", "by", "from", "to"}, predicate):
		return nil, fail(http.StatusBadRequest, "The predicate '%s' does not exist.", predicate)
	}
	f, err := c.jqlField(jqlToken{kind: tokenWord, text: name})
	if err != nil {
		return nil, fail(http.StatusBadRequest, "%v", err)
	}
	if predicate == "by" {
		f = c.st.field("reporter") // whoever may have changed an issue
	}
	typed += predicateTyped
	results := []any{}
	for _, option := range c.choices(f) {
		if shown, ok := highlight(option.shown, typed); ok {
			results = append(results, doc{"value": option.value, "displayName": shown})
		}
	}
	return doc{"results": results}, nil
}

// highlight writes s as HTML with what was typed in bold type. ok is false if s does not contain it.
func highlight(s, typed string) (marked string, ok bool) {
	if typed == "" {
		return markup.EscapeString(s), true
	}
	for at := range s {
		if end := at + len(typed); end <= len(s) && strings.EqualFold(s[at:end], typed) {
			return markup.EscapeString(s[:at]) + "<b>" + markup.EscapeString(s[at:end]) + "</b>" + markup.EscapeString(s[end:]), true
		}
	}
	return "", false
}
