package jiratest_test

import (
	"fmt"
	"testing"
)

// TestCatalog reads the operations that only read, and looks at one telling thing in each answer.
func TestCatalog(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.AddProject("QA", "Quality")
	zoe := s.AddUser("Zoe Quill", "zoe@acme.example")
	s.AddIssue("WEB", "Bug", "One", object{"labels": []string{"b", "a"}, "components": []object{{"name": "Cart"}}})
	for _, tt := range []struct {
		path string
		at   []any
		want any
	}{
		{"/project/search", []any{"total"}, 3},
		{"/project/search?query=web", []any{"values", 0, "key"}, "WEB"},
		{"/project/search?keys=QA&keys=WEB&orderBy=-key", []any{"values", 0, "key"}, "WEB"},
		{"/project/search?maxResults=1&startAt=1&expand=lead,insight", []any{"values", 0, "lead", "displayName"}, "Build Bot"},
		{"/project/search?maxResults=1", []any{"isLast"}, false},
		{"/project/search?maxResults=1", []any{"nextPage"}, s.URL + "/rest/api/3/project/search?maxResults=1&startAt=1"},
		{"/project/10000", []any{"key"}, "WEB"},
		{"/project/web", []any{"issueTypes", 4, "subtask"}, true},
		{"/project/WEB", []any{"lead", "displayName"}, "Ada Fischer"},
		{"/project/WEB/component", []any{"values", 0, "issueCount"}, 1},
		{"/project/WEB/component?query=check", []any{"values", 0, "name"}, "Checkout"},
		{"/project/WEB/version?status=released", []any{"values", 0, "name"}, "1.0"},
		{"/project/WEB/version?orderBy=-name&maxResults=1", []any{"values", 0, "projectId"}, 10000},
		{"/project/WEB/statuses", []any{4, "statuses", 3, "name"}, "Done"},
		{"/project/WEB/role", []any{"Developers"}, s.URL + "/rest/api/3/project/10000/role/10003"},
		{"/project/WEB/role/10003", []any{"actors", 1, "displayName"}, "Bo Lindqvist"},
		{"/issuetype", []any{3, "name"}, "Bug"},
		{"/issuetype/10004", []any{"hierarchyLevel"}, 0},
		{"/issuetype/project?projectId=10001", []any{0, "name"}, "Task"},
		{"/issuetype/project?projectId=10000&level=1", []any{0, "name"}, "Epic"},
		{"/field", []any{0, "id"}, "summary"},
		{"/field/search?type=custom&query=story", []any{"values", 0, "schema", "customId"}, 10016},
		{"/priority/search", []any{"values", 2, "isDefault"}, true},
		{"/priority/search?onlyDefault=true", []any{"values", 0, "name"}, "Medium"},
		{"/priority/1", []any{"name"}, "Highest"},
		{"/resolution/search?id=10002", []any{"values", 0, "name"}, "Duplicate"},
		{"/resolution/10001", []any{"name"}, "Won't Do"},
		{"/status", []any{2, "name"}, "In Review"},
		{"/status/in%20progress", []any{"id"}, 10001},
		{"/statuses/search?statusCategory=DONE", []any{"values", 0, "name"}, "Done"},
		{"/label", []any{"values"}, "[a b]"},
		{"/user?accountId=" + zoe, []any{"emailAddress"}, "zoe@acme.example"},
		{"/user/search?query=quill", []any{0, "accountId"}, zoe},
		{"/user/search?query=&startAt=1&maxResults=1", []any{0, "displayName"}, "Ada Fischer"},
		{"/user/bulk?accountId=" + bo + "&accountId=" + zoe + "&maxResults=1&startAt=1", []any{"values", 0, "accountId"}, zoe},
		{"/myself?expand=groups", []any{"groups", "items", 0, "name"}, "jira-users"},
		{"/serverInfo", []any{"deploymentType"}, "Cloud"},
		{"/mypermissions?permissions=CREATE_ISSUES,EDIT_ISSUES&projectKey=WEB", []any{"permissions", "EDIT_ISSUES", "havePermission"}, true},
		{"/attachment/meta", []any{"enabled"}, true},
		{"/issue/picker?query=one", []any{"sections", 0, "issues", 0, "key"}, "WEB-1"},
		{"/issue/picker?query=none&currentJQL=project%3DWEB", []any{"sections", 1, "msg"}, "No matching issues found"},
	} {
		same(t, fmt.Sprint(tt.path, " ", tt.at), at(s.want(200, "GET", tt.path, ""), tt.at...), tt.want)
	}
	for _, tt := range []struct {
		status       int
		path, reason string
	}{
		{404, "/project/NOPE", "No project could be found with key 'NOPE'."},
		{404, "/project/WEB/role/1", "Can not find project role"},
		{404, "/issuetype/1", "does not exist"},
		{404, "/issuetype/project?projectId=1", "No project"},
		{404, "/priority/77", "does not exist"},
		{404, "/resolution/77", "does not exist"},
		{404, "/status/Nope", "does not exist"},
		{404, "/user?accountId=x", "Specified user does not exist"},
		{400, "/user", "required"},
		{400, "/user/search", "must be given"},
		{400, "/user/bulk", "must be given"},
		{400, "/user/assignable/search", "must be given"},
		{400, "/mypermissions", "required"},
		{400, "/mypermissions?permissions=FLY", "The permission key 'FLY' is not valid."},
		{400, "/project/search?orderBy=colour", "cannot order by"},
		{400, "/project/search?startAt=-1", "startAt must be"},
		{400, "/project/search?maxResults=x", "maxResults must be"},
		{400, "/user/search?property=a.b", "does not understand the query parameter 'property'"},
		{400, "/user/assignable/search?project=WEB&appType=x", "does not understand the query parameter 'appType'"},
		{400, "/project/search?propertyQuery=x", "does not understand the query parameter 'propertyQuery'"},
		{404, "/issueLink/1", "No issue link"},
		{404, "/attachment/1", "does not exist"},
	} {
		s.wantError(tt.status, tt.reason, "GET", tt.path, "")
	}
}

// The window is cut out before those are dropped who cannot be assigned: pages in the middle may be short or empty.
func TestAssignableWindow(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var sizes []int
	for start := range 6 {
		users, _ := s.want(200, "GET", fmt.Sprintf("/user/assignable/search?project=WEB&startAt=%d&maxResults=1", start), "").([]any)
		sizes = append(sizes, len(users))
	}
	same(t, "page sizes", sizes, "[1 1 1 1 0 0]")
}
