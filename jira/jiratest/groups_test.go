package jiratest_test

import (
	"fmt"
	"testing"

	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

func TestGroups(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	group, user := s.AddGroup("testers"), s.AddUser("Tess Tester", "tess@acme.example")
	s.AddGroupMember(group, user)
	s.AddGroupMember(group, user) // is one already
	members := s.want(200, "GET", "/group/member?groupId="+group, "")
	same(t, "members", fmt.Sprint(at(members, "total"), at(members, "values", 0, "displayName")), "1Tess Tester")
	same(t, "of everybody", at(s.want(200, "GET", "/user/groups?accountId="+user, ""), 0, "name"), "jira-users")

	// Who belongs where is part of a snapshot.
	snapshot, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	other := newSite(t)
	if err := other.Restore(snapshot); err != nil {
		t.Fatal(err)
	}
	s.want(200, "DELETE", "/group/user?groupId="+group+"&accountId="+user, "")
	same(t, "members", at(s.want(200, "GET", "/group/member?groupId="+group, ""), "total"), 0)
	same(t, "members there", at(other.want(200, "GET", "/group/member?groupId="+group, ""), "total"), 1)

	s.wantError(400, "is not a member", "DELETE", "/group/user?groupId="+group+"&accountId="+user, "")
	s.wantError(400, "groupId must be given", "GET", "/group/member", "")
	s.wantError(400, "accountId must be given", "POST", "/group/user?groupId="+group, "{}")
	s.wantError(400, "does not understand the query parameter 'accessType'", "GET", "/group/bulk?accessType=admin", "")
	s.wantError(400, "its own place", "DELETE", "/group?groupId="+group+"&swapGroupId="+group, "")
	s.wantError(400, "unknown query parameter", "DELETE", "/group?groupname=testers", "")
}

func TestUnknownMember(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	defer func() {
		if recover() == nil {
			t.Error("a group that is not there got a member")
		}
	}()
	s.AddGroupMember("no group", bo)
}

func TestAppFields(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	field := s.AddField(jiratest.Field{Name: "Verdict", Type: jiratest.AppTextField})
	id := s.Issue(s.AddIssue("WEB", "Bug", "Cart", nil)).ID
	path := "/app/field/" + field + "/value"
	s.want(204, "PUT", path, `{"updates":[{"issueIds":[`+id+`],"value":"flaky"}]}`)
	s.want(200, "GET", "/issue/WEB-1", "")
	for body, message := range map[string]string{
		`{}`: "at least one value",
		`{"updates":[{"issueIds":[],"value":"x"}]}`:                           "at least one number",
		`{"updates":[{"issueIds":["` + id + `"],"value":"x"}]}`:               "does not exist",
		`{"updates":[{"issueIds":[` + id + `]}]}`:                             "must have a value",
		`{"updates":[{"issueIds":[` + id + `],"value":"x","field":"a"}]}`:     `unknown property "field"`,
		`{"updates":[{"customField":"a","issueIds":[` + id + `],"value":1}]}`: "the path names the field",
		`{"updates":[{"issueIds":[` + id + `],"value":1}]}`:                   "must be a string",
	} {
		s.wantError(400, message, "PUT", path, body)
	}
	s.wantError(400, "generateAppEvents", "PUT", path+"?generateAppEvents=maybe", `{"updates":[{"issueIds":[`+id+`],"value":"x"}]}`)
	same(t, "value", at(s.want(200, "GET", "/issue/WEB-1?fields="+field, ""), "fields", field), "flaky")
}
