package jiratest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bulkKinds are the kinds of fields that a bulk edit can change: how the value is called and what it means to an ordinary
// edit, either a new value or operations.
var bulkKinds = map[string]func(doc) (value any, err error){
	"cascadingSelectFields": func(in doc) (any, error) {
		parent, child := within(in, "parentOptionValue"), within(in, "childOptionValue")
		value, _ := optionRef(parent).(doc)
		if ref := optionRef(child); value != nil && ref != nil {
			value["child"] = ref
		}
		if value == nil {
			return nil, nil
		}
		return value, nil
	},
	"clearableNumberFields": func(in doc) (any, error) { return in["value"], nil },
	"datePickerFields": func(in doc) (any, error) {
		return bulkTime(text(within(in, "date")["formattedDate"]), dateLayout, "02-01-2006", "2/Jan/06")
	},
	"dateTimePickerFields": func(in doc) (any, error) {
		return bulkTime(text(within(in, "dateTime")["formattedDateTime"]), timeLayout, time.RFC3339, timeLayout)
	},
	"issueType":                 func(in doc) (any, error) { return doc{"id": in["issueTypeId"]}, nil },
	"labelsFields":              func(in doc) (any, error) { return listChange(in, "labels", "name", "") },
	"multipleGroupPickerFields": func(in doc) (any, error) { return refs(in, "groups", "groupName", "name"), nil },
	"multipleSelectClearableUserPickerFields": func(in doc) (any, error) {
		return refs(in, "users", "accountId", "accountId"), nil
	},
	"multipleSelectFields": func(in doc) (any, error) { return refs(in, "options", "optionId", "id"), nil },
	"multipleVersionPickerFields": func(in doc) (any, error) {
		return listChange(in, "versions", "versionId", "id")
	},
	"multiselectComponents": func(in doc) (any, error) { return listChange(in, "components", "componentId", "id") },
	"originalEstimateField": func(in doc) (any, error) {
		return bulkVerbs{doc{"edit": doc{"originalEstimate": in["originalEstimateField"]}}}, nil
	},
	"priority": func(in doc) (any, error) { return doc{"id": in["priorityId"]}, nil },
	"richTextFields": func(in doc) (any, error) {
		return within(in, "richText")["adfValue"], nil
	},
	"singleGroupPickerFields": func(in doc) (any, error) {
		name := text(within(in, "group")["groupName"])
		if name == "" {
			return nil, nil
		}
		return doc{"name": name}, nil
	},
	"singleLineTextFields": func(in doc) (any, error) { return clearable(in["text"]), nil },
	"singleSelectClearableUserPickerFields": func(in doc) (any, error) {
		if in["user"] == nil {
			return nil, nil
		}
		return doc{"accountId": within(in, "user")["accountId"]}, nil
	},
	"singleSelectFields": func(in doc) (any, error) { return optionRef(within(in, "option")), nil },
	"singleVersionPickerFields": func(in doc) (any, error) {
		id := text(within(in, "version")["versionId"])
		if id == "-1" {
			return nil, nil
		}
		return doc{"id": id}, nil
	},
	"timeTrackingField": func(in doc) (any, error) {
		return bulkVerbs{doc{"edit": doc{"remainingEstimate": in["timeRemaining"]}}}, nil
	},
	"urlFields": func(in doc) (any, error) { return clearable(in["url"]), nil },
}

// bulkVerbs are what is done to a field, instead of a new value.
type bulkVerbs []any

// namedByKind are the fields of the kinds that do not name theirs.
var namedByKind = map[string]string{
	"issueType": "issuetype", "priority": "priority", "originalEstimateField": "timetracking", "timeTrackingField": "timetracking",
}

// bulkEdit turns the kinds of a bulk edit into an ordinary edit.
func (c *call) bulkEdit() (any, error) {
	t := &task{What: "Bulk edit"}
	body := c.object()
	given, _ := body["editedFieldsInput"].(doc)
	actions := list(body["selectedActions"])
	if len(actions) == 0 || len(actions) > 200 {
		return c.submit(t, fail(http.StatusBadRequest, "selectedActions must have 1 to 200 entries."))
	}
	fields, update := doc{}, doc{}
	for kind, v := range given {
		items, isList := v.([]any)
		if !isList {
			items = []any{v}
		}
		for _, item := range items {
			in, _ := item.(doc)
			id, value, err := bulkField(kind, in)
			if err != nil {
				return c.submit(t, err)
			}
			if !slices.Contains(actions, any(id)) {
				return c.submit(t, fail(http.StatusBadRequest, "The field %s has a value but is not in selectedActions.", id))
			}
			if ops, ok := value.(bulkVerbs); ok {
				update[id] = append(list(update[id]), ops...)
			} else {
				fields[id] = value
			}
		}
	}
	for _, id := range actions {
		_, set := fields[text(id)]
		_, changed := update[text(id)]
		if !set && !changed {
			return c.submit(t, fail(http.StatusBadRequest, "The field %v is in selectedActions but has no value.", id))
		}
	}
	return c.submit(t, c.add(t, "edit", body["selectedIssueIdsOrKeys"], doc{"fields": fields, "update": update}))
}

// bulkField reads one field of a bulk edit.
func bulkField(kind string, in doc) (id string, value any, err error) {
	read := bulkKinds[kind]
	if read == nil || in == nil {
		return "", nil, fail(http.StatusBadRequest, "jiratest: editedFieldsInput has %q, which is unknown here or no field", kind)
	}
	id = cmp.Or(namedByKind[kind], text(in["fieldId"]))
	if id == "" {
		return "", nil, fail(http.StatusBadRequest, "A field in %s has no fieldId.", kind)
	}
	value, err = read(in)
	return id, value, err
}

func within(in doc, name string) doc {
	inner, _ := in[name].(doc)
	return inner
}

func clearable(v any) any {
	if v == "" {
		return nil
	}
	return v
}

// optionRef refers to an option; nil for none.
func optionRef(in doc) any {
	n := int64(number(in["optionId"]))
	if n <= 0 {
		return nil
	}
	return doc{"id": strconv.FormatInt(n, 10)}
}

// refs turns a list of things into references; nil when there are none.
func refs(in doc, name, from, to string) any {
	all := []any{}
	for _, item := range list(in[name]) {
		object, _ := item.(doc)
		all = append(all, bulkRef(object[from], to))
	}
	return all
}

// bulkRef refers to a thing by a name or a number; an empty to wants the bare name.
func bulkRef(v any, to string) any {
	s, ok := v.(string)
	if !ok {
		s = strconv.FormatInt(int64(number(v)), 10)
	}
	if to == "" {
		return s
	}
	return doc{to: s}
}

// listChange reads what becomes of a list.
func listChange(in doc, name, from, to string) (any, error) {
	items := list(in[name])
	var verb string
	switch change := text(in["bulkEditMultiSelectFieldOption"]); change {
	case "ADD", "REMOVE":
		verb = strings.ToLower(change)
	case "REPLACE":
		if to == "" {
			whole := []any{}
			for _, item := range items {
				object, _ := item.(doc)
				whole = append(whole, object[from])
			}
			return whole, nil
		}
		return refs(in, name, from, to), nil
	case "REMOVE_ALL":
		if len(items) > 0 || in[name] == nil {
			return nil, fail(http.StatusBadRequest, "REMOVE_ALL needs an empty list of %s.", name)
		}
		return []any{}, nil
	default:
		return nil, fail(http.StatusBadRequest, "bulkEditMultiSelectFieldOption must be ADD, REMOVE, REPLACE or REMOVE_ALL, not '%s'.", change)
	}
	ops := bulkVerbs{}
	for _, item := range items {
		object, _ := item.(doc)
		ops = append(ops, doc{verb: bulkRef(object[from], to)})
	}
	return ops, nil
}

// bulkTime reads a moment in one of several layouts and writes it as an ordinary edit wants it.
func bulkTime(s, as string, layouts ...string) (any, error) {
	if s == "" {
		return nil, nil
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format(as), nil
		}
	}
	return nil, fail(http.StatusBadRequest, "'%s' is not a date in a known format.", s)
}

// getBulkFields lists the fields that can be changed in all of the issues.
func (c *call) getBulkFields() (any, error) {
	issues, err := c.askedIssues()
	if err != nil {
		return bulkError(http.StatusBadRequest, "%s", reason(err))
	}
	wanted := strings.ToLower(c.q.Get("searchText"))
	var fields []*field
	for _, f := range c.st.Fields {
		everywhere := !slices.ContainsFunc(issues, func(is *issue) bool { return f.context(c.screenOf(is)) == nil })
		if editable(f) && everywhere && f.ID != "summary" && strings.Contains(strings.ToLower(f.Name), wanted) {
			fields = append(fields, f)
		}
	}
	if len(fields) == 0 {
		return bulkError(http.StatusNotFound, "No editable fields were found.")
	}
	slices.SortStableFunc(fields, func(a, b *field) int { return strings.Compare(a.Name, b.Name) })
	return cursorPage(c, "fields", fields, func(f *field) any {
		meta := c.fieldMeta(c.screenOf(issues[0]), f)
		d := doc{"id": f.ID, "name": f.Name, "isRequired": f.Required, "type": cmp.Or(f.Custom, f.ID)}
		if options, ok := meta["allowedValues"]; ok {
			d["fieldOptions"] = options
		}
		if f.Type == "array" {
			d["multiSelectFieldOptions"] = []string{"ADD", "REMOVE", "REPLACE", "REMOVE_ALL"}
		}
		if users := meta["autoCompleteUrl"]; users != nil {
			d["searchUrl"] = fmt.Sprint(users)
		}
		return d
	})
}
