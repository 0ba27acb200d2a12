package jiratest_test

import (
	"fmt"
	"testing"
	"time"
)

const bot, bo = "5b10a2844c20165700ede21a", "5b10a2844c20165700ede21c"

func TestComments(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := "/issue/" + s.AddIssue("WEB", "Bug", "Talk", nil) + "/comment"
	for i := range 3 {
		s.now = s.now.Add(time.Minute)
		got := s.want(201, "POST", path+"?expand=renderedBody", `{"body":`+document+`}`)
		same(t, "id", at(got, "id"), 10000+i)
		same(t, "rendered", at(got, "renderedBody"), "<p>Steps to see it</p>")
	}
	page := s.want(200, "GET", path+"?startAt=1&maxResults=1&orderBy=-created", "")
	same(t, "page", fmt.Sprint(at(page, "startAt"), at(page, "maxResults"), at(page, "total"), at(page, "comments", 0, "id")), "1 1 310001")
	s.now = s.now.Add(time.Minute)
	s.want(200, "PUT", path+"/10001", `{"body":`+document+`,"visibility":{"type":"role","value":"Developers"}}`)
	got := s.want(200, "GET", path+"/10001", "")
	same(t, "times", fmt.Sprint(at(got, "created"), at(got, "updated")), "2026-03-04T10:02:00.000+00002026-03-04T10:04:00.000+0000")
	same(t, "visibility", at(got, "visibility", "value"), "Developers")
	same(t, "issue updated", s.Issue("WEB-1").Fields.Updated.UTC(), "2026-03-04 10:04:00 +0000 UTC")
	s.want(204, "DELETE", path+"/10001", "")
	s.wantError(404, "Can not find a comment for the id: 10001.", "GET", path+"/10001", "")
	left := s.Comments("WEB-1")
	same(t, "left", fmt.Sprintln(len(left), left[0].ID, left[1].ID, left[1].Author.DisplayName, left[1].Body.Text()), "2 10000 10002 Build Bot Steps to see it\n")
	same(t, "of no issue", len(s.Comments("WEB-7")), 0)
	same(t, "in the issue", s.Issue("WEB-1").Fields.Comments.Total, 2)

	s.wantError(400, "Atlassian Document", "POST", path, `{"body":"plain"}`)
	s.wantError(400, "can not be empty", "POST", path, `{}`)
	s.wantError(400, "can not be empty", "POST", path, `{"body":{"type":"doc","version":1,"content":[]}}`)
	s.wantError(400, "type role or group", "POST", path, `{"body":`+document+`,"visibility":{"type":"team","value":"x"}}`)
	s.wantError(400, `unknown field "text"`, "POST", path, `{"text":"x"}`)
	s.wantError(400, "orderBy", "GET", path+"?orderBy=author", "")
	s.wantError(404, "Issue does not exist", "POST", "/issue/WEB-7/comment", `{"body":`+document+`}`)
}

func TestWorklogs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.AddIssue("WEB", "Task", "Work", map[string]any{"timetracking": map[string]any{"originalEstimate": "1d"}})
	path := "/issue/" + key + "/worklog"
	got := s.want(201, "POST", path, `{"timeSpent":"1h 30m","started":"2026-03-03T12:00:00.000+0200","comment":`+document+`}`)
	same(t, "seconds", at(got, "timeSpentSeconds"), 5400)
	same(t, "started", at(got, "started"), "2026-03-03T10:00:00.000+0000")
	s.want(201, "POST", path+"?adjustEstimate=new&newEstimate=1h", `{"timeSpentSeconds":3600}`)
	tracking := s.Issue(key).Fields.TimeTracking
	same(t, "spent", tracking.TimeSpent, "2h 30m")
	same(t, "remaining", tracking.RemainingEstimate, "1h")
	same(t, "progress", s.Issue(key).Fields.Progress.Percent, 71)
	s.want(200, "PUT", path+"/10000?adjustEstimate=leave", `{"timeSpentSeconds":7200}`)
	same(t, "spent", s.Issue(key).Fields.TimeSpent, 10800)
	page := s.want(200, "GET", path+"?startedAfter=1772534000000&maxResults=1", "")
	same(t, "page", fmt.Sprint(at(page, "total"), at(page, "worklogs", 0, "id")), "110001")
	s.want(204, "DELETE", path+"/10000", "")
	same(t, "given back", s.Issue(key).Fields.TimeTracking.RemainingEstimate, "3h")
	s.wantError(404, "Cannot find worklog", "GET", path+"/10000", "")
	same(t, "left", at(s.want(200, "GET", path+"/10001", ""), "timeSpent"), "1h")

	s.wantError(400, "indicate the time spent", "POST", path, `{}`)
	s.wantError(400, "Invalid time duration", "POST", path, `{"timeSpent":"long"}`)
	s.wantError(400, "started must look like", "POST", path, `{"timeSpent":"1h","started":"2026-03-03T12:00:00Z"}`)
	s.wantError(400, "adjustEstimate must be", "POST", path+"?adjustEstimate=odd", `{"timeSpent":"1h"}`)
}

func TestWatchersAndVotes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.AddIssue("WEB", "Bug", "Watch", map[string]any{"reporter": map[string]any{"accountId": bo}})
	path := "/issue/" + key
	s.want(204, "POST", path+"/watchers", `"`+bo+`"`)
	s.want(204, "POST", path+"/watchers", `"`+bo+`"`)
	got := s.want(200, "GET", path+"/watchers", "")
	same(t, "watchers", fmt.Sprint(at(got, "watchCount"), at(got, "isWatching"), at(got, "watchers", 1, "displayName")), "2 trueBo Lindqvist")
	s.want(204, "DELETE", path+"/watchers?accountId="+bot, "")
	same(t, "watches", s.Issue(key).Fields.Watches.IsWatching, false)
	s.want(204, "POST", path+"/watchers", "")
	same(t, "watching again", s.Issue(key).Fields.Watches.IsWatching, true)
	s.wantError(404, "does not exist", "POST", path+"/watchers", `"nobody"`)
	s.wantError(400, "JSON string", "POST", path+"/watchers", `{"accountId":"x"}`)

	s.want(204, "POST", path+"/votes", "")
	got = s.want(200, "GET", path+"/votes", "")
	same(t, "votes", fmt.Sprint(at(got, "votes"), at(got, "hasVoted"), at(got, "voters", 0, "accountId")), "1 true"+bot)
	s.want(204, "DELETE", path+"/votes", "")
	s.wantError(404, "not already voted", "DELETE", path+"/votes", "")
	s.wantError(404, "you have reported", "POST", "/issue/"+s.AddIssue("WEB", "Bug", "Mine", nil)+"/votes", "")
}

func TestProperties(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := "/issue/" + s.AddIssue("WEB", "Bug", "Marked", nil) + "/properties"
	s.want(201, "PUT", path+"/run", `{"id":1}`)
	s.want(200, "PUT", path+"/run", `{"id":2}`)
	s.want(201, "PUT", path+"/a%2Fb", `[1,null]`)
	same(t, "keys", fmt.Sprint(at(s.want(200, "GET", path, ""), "keys", 0, "key"), at(s.want(200, "GET", path, ""), "keys", 1, "key")), "a/brun")
	same(t, "value", at(s.want(200, "GET", path+"/run", ""), "value", "id"), 2)
	s.want(204, "DELETE", path+"/run", "")
	s.wantError(404, "The property with key 'run' does not exist.", "GET", path+"/run", "")
	s.wantError(400, "malformed", "PUT", path+"/bad", `{`)
}

func TestNotify(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := "/issue/" + s.AddIssue("WEB", "Bug", "Tell", nil) + "/notify"
	s.want(204, "POST", path, `{"subject":"Red again","textBody":"See the run","to":{"reporter":true,"users":[{"accountId":"`+bo+`"}]}}`)
	s.wantError(400, "No recipients", "POST", path, `{"subject":"x","to":{}}`)
	s.wantError(400, "does not exist", "POST", path, `{"to":{"users":[{"accountId":"x"}]}}`)
}

func TestLinks(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a, b := s.AddIssue("WEB", "Bug", "A", nil), s.AddIssue("WEB", "Bug", "B", nil)
	body := `{"type":{"name":"Duplicate"},"inwardIssue":{"key":"` + a + `"},"outwardIssue":{"key":"` + b + `"},"comment":{"body":` + document + `}}`
	resp, _ := s.send("POST", "/issueLink", body)
	same(t, "status", resp.StatusCode, 201)
	same(t, "location", resp.Header.Get("Location"), s.URL+"/rest/api/3/issueLink/10000")
	s.want(201, "POST", "/issueLink", body) // the same again is the same link
	same(t, "links", len(s.Issue(a).Fields.IssueLinks), 1)
	same(t, "from a", s.Issue(a).Fields.IssueLinks[0].OutwardIssue.Key, b)
	same(t, "from b", s.Issue(b).Fields.IssueLinks[0].InwardIssue.Fields.Summary, "A")
	same(t, "words", at(s.want(200, "GET", "/issueLink/10000", ""), "type", "outward"), "duplicates")
	s.want(204, "PUT", "/issue/"+a, `{"update":{"issuelinks":[{"add":{"type":{"name":"Blocks"},"outwardIssue":{"key":"`+b+`"}}}]}}`)
	same(t, "added by an edit", s.Issue(b).Fields.IssueLinks[1].Type.Name, "Blocks")
	s.want(204, "DELETE", "/issueLink/10000", "")
	s.wantError(404, "No issue link with id '10000' exists.", "GET", "/issueLink/10000", "")
	s.wantError(404, "No issue link type", "POST", "/issueLink", `{"type":{"name":"Eats"},"inwardIssue":{"key":"`+a+`"},"outwardIssue":{"key":"`+b+`"}}`)
	s.wantError(404, "Issue does not exist", "POST", "/issueLink", `{"type":{"name":"Blocks"},"inwardIssue":{"key":"`+a+`"},"outwardIssue":{"key":"X-1"}}`)

	same(t, "types", at(s.want(200, "GET", "/issueLinkType", ""), "issueLinkTypes", 3, "name"), "Relates")
	id := fmt.Sprint(at(s.want(201, "POST", "/issueLinkType", `{"name":"Tests","inward":"is tested by","outward":"tests"}`), "id"))
	s.want(200, "PUT", "/issueLinkType/"+id, `{"inward":"tested by"}`)
	same(t, "changed", at(s.want(200, "GET", "/issueLinkType/"+id, ""), "inward"), "tested by")
	s.wantError(400, "already exists", "POST", "/issueLinkType", `{"name":"tests","inward":"a","outward":"b"}`)
	s.want(204, "DELETE", "/issueLinkType/"+id, "")
	s.wantError(404, "No issue link type", "GET", "/issueLinkType/"+id, "")
}

func TestRemoteLinks(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := "/issue/" + s.AddIssue("WEB", "Bug", "Linked", nil) + "/remotelink"
	link := `{"globalId":"run=1","relationship":"seen in","object":{"title":"Run 1","url":"https://ci.example/1","status":{"resolved":false}}}`
	same(t, "id", at(s.want(201, "POST", path, link), "id"), 10000)
	same(t, "again", at(s.want(200, "POST", path, link), "id"), 10000)
	s.want(201, "POST", path, `{"object":{"title":"Other","url":"https://ci.example/2"}}`)
	same(t, "list", at(s.want(200, "GET", path, ""), 1, "object", "title"), "Other")
	same(t, "by global id", at(s.want(200, "GET", path+"?globalId=run%3D1", ""), "relationship"), "seen in")
	s.want(204, "PUT", path+"/10001", `{"object":{"title":"Changed","url":"https://ci.example/2"}}`)
	same(t, "changed", at(s.want(200, "GET", path+"/10001", ""), "object", "title"), "Changed")
	s.want(204, "DELETE", path+"?globalId=run%3D1", "")
	s.want(204, "DELETE", path+"/10001", "")
	same(t, "none", s.want(200, "GET", path, ""), "[]")
	s.wantError(404, "does not exist", "GET", path+"/10001", "")
	s.wantError(400, "'title' is required.", "POST", path, `{"object":{"url":"x"}}`)
	s.wantError(400, "'object' is required.", "POST", path, `{}`)
}
