package jiratest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

func TestListener(t *testing.T) {
	t.Parallel()
	s := jiratest.NewServer()
	defer s.Close()
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/rest/api/3/myself", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(jiratest.Email, jiratest.Token)
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || !strings.Contains(string(body), jiratest.Email) {
		t.Errorf("got %d %s, %v", resp.StatusCode, body, err)
	}
	if resp.Header.Get("Atl-Traceid") == "" {
		t.Error("no trace id")
	}
}

func TestAuth(t *testing.T) {
	t.Parallel()
	basic := func(token string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(jiratest.Email+":"+token))
	}
	for _, tt := range []struct {
		name, path, authorization string
		anonymous                 bool
		status                    int
		text, reason              string
	}{
		{"right", "/myself", basic(jiratest.Token), false, 200, jiratest.Email, ""},
		{"wrong", "/myself", basic("x"), false, 401, "Client must be authenticated to access this resource.", "AUTHENTICATED_FAILED"},
		{"none", "/myself", "", false, 401, "Client must be authenticated", ""},
		{"bearer", "/myself", "Bearer x", false, 403, "Failed to parse Connect Session Auth Token", ""},
		{"as nobody", "/project/search", basic("x"), true, 200, `"total":0`, "AUTHENTICATED_FAILED"},
		{"as nobody, one thing", "/issue/WEB-1", basic("x"), true, 404, "Issue does not exist", "AUTHENTICATED_FAILED"},
		{"as nobody, search", "/search/jql?jql=project=WEB", basic("x"), true, 200, `"issues":[]`, "AUTHENTICATED_FAILED"},
		{"as nobody, myself", "/myself", basic("x"), true, 401, "authenticated", "AUTHENTICATED_FAILED"},
		{"as nobody, right", "/issue/WEB-1", basic(jiratest.Token), true, 200, "WEB-1", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			opts := []jiratest.Option{jiratest.WithoutListener()}
			if tt.anonymous {
				opts = append(opts, jiratest.WithAnonymousAccess())
			}
			s := jiratest.NewServer(opts...)
			s.AddIssue("WEB", "Bug", "Seen", nil)
			req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/rest/api/3"+tt.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if tt.authorization != "" {
				req.Header.Set("Authorization", tt.authorization)
			}
			resp, err := (&http.Client{Transport: s.Transport()}).Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != tt.status || !strings.Contains(string(body), tt.text) {
				t.Errorf("got %d %s, %v; want %d with %q", resp.StatusCode, body, err, tt.status, tt.text)
			}
			same(t, "reason", resp.Header.Get("X-Seraph-Loginreason"), tt.reason)
		})
	}
}

func TestUnknownIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.wantError(404, "no such path: GET /rest/api/3/nowhere", "GET", "/nowhere", "")
	s.wantError(405, "method PATCH is not allowed", "PATCH", "/issue/WEB-1", "")
	s.wantError(400, "unknown query parameter", "GET", "/issue/WEB-1?field=a", "")
	s.wantError(400, `unknown field "query"`, "POST", "/search/jql", `{"query":"x"}`)
	s.wantError(400, "body is empty", "POST", "/search/jql", "")
	s.wantError(404, "dotted", "GET", "/issue/X-1/%2e%2e/project", "")
	s.wantError(410, "The requested API has been removed.", "GET", "/search?jql=project=WEB", "")
	s.wantError(410, "CHANGE-2046", "POST", "/search", `{"jql":"project = WEB"}`)
	s.wantError(404, "Issue does not exist", "GET", "/issue/createmeta", "")
	last := s.Requests()[len(s.Requests())-1]
	same(t, "logged", fmt.Sprint(last.Method, last.Path, last.Pattern, last.Status), "GET/rest/api/3/issue/createmetaGET /rest/api/3/issue/createmeta404")
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	s := populate(t)
	s.AddField(jiratest.Field{Name: "Team", Type: jiratest.TextField})
	s.want(201, "PUT", "/issue/WEB-1/properties/p", `{"n":12345678901234567}`)
	s.want(201, "POST", "/issue/WEB-2/worklog", `{"timeSpent":"1h"}`)
	s.want(201, "POST", "/issueLink", `{"type":{"name":"Blocks"},"inwardIssue":{"key":"WEB-2"},"outwardIssue":{"key":"WEB-3"}}`)
	s.want(201, "POST", "/issue/WEB-2/remotelink", `{"object":{"title":"t","url":"u"}}`)
	snapshot, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	other := newSite(t)
	if err := other.Restore(snapshot); err != nil {
		t.Fatal(err)
	}
	again, err := other.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if string(again) != string(snapshot) {
		t.Errorf("snapshots differ:\n%s\n%s", snapshot, again)
	}
	for _, key := range s.Issues() {
		want, _ := json.Marshal(s.Issue(key))
		got, _ := json.Marshal(other.Issue(key))
		if string(got) != string(want) {
			t.Errorf("%s differs:\n%s\n%s", key, want, got)
		}
	}
	same(t, "search", other.search(`"Story Points" > 3 or labels = flaky order by key`), "[WEB-2 WEB-3]")
	same(t, "next", other.AddIssue("WEB", "Bug", "Later", nil), "WEB-5")
	if n := len(s.Issues()); n != 5 {
		t.Errorf("the first site has %d issues", n)
	}
	for _, bad := range []string{``, `{}`, `[]`, `{"nonsense":1}`, strings.ReplaceAll(string(snapshot), `"status":"10000"`, `"status":"1"`)} {
		if err := other.Restore([]byte(bad)); err == nil {
			t.Errorf("restored %q", bad)
		}
	}
	same(t, "after failures", len(other.Issues()), 6)
}

func TestSearchPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range 250 {
		s.AddIssue("WEB", "Task", fmt.Sprint("Issue ", i), nil)
	}
	walk := func(input object) (sizes []int, keys map[string]bool) {
		keys = map[string]bool{}
		for {
			body, err := json.Marshal(input)
			if err != nil {
				t.Fatal(err)
			}
			page := s.want(200, "POST", "/search/jql", string(body))
			issues, _ := at(page, "issues").([]any)
			sizes = append(sizes, len(issues))
			for _, issue := range issues {
				keys[fmt.Sprint(at(issue, "id"))] = true
			}
			token := at(page, "nextPageToken")
			same(t, "isLast", at(page, "isLast"), token == nil)
			if token == nil {
				return sizes, keys
			}
			input["nextPageToken"] = token
		}
	}
	for _, tt := range []struct {
		input object
		want  string
	}{
		{object{}, "[50 50 50 50 50]"},
		{object{"maxResults": 5000}, "[250]"},
		{object{"maxResults": 5000, "fields": []string{"id", "key"}}, "[250]"},
		{object{"maxResults": 5000, "fields": []string{"summary"}}, "[100 100 50]"},
		{object{"maxResults": 120, "fields": []string{"*all", "-comment"}}, "[100 100 50]"},
	} {
		tt.input["jql"] = "project = WEB ORDER BY key"
		sizes, keys := walk(tt.input)
		same(t, "page sizes", sizes, tt.want)
		same(t, "different issues", len(keys), 250)
	}
	page := s.want(200, "GET", "/search/jql?jql=key=WEB-7", "")
	same(t, "id only", fmt.Sprint(at(page, "issues", 0)), "map[id:10006]")
	page = s.want(200, "GET", "/search/jql?jql=key=WEB-7&fields=summary&expand=names,changelog", "")
	same(t, "summary", at(page, "issues", 0, "fields", "summary"), "Issue 6")
	same(t, "names", at(page, "names", "summary"), "Summary")
	same(t, "changelog", at(page, "issues", 0, "changelog", "total"), 0)
	same(t, "count", at(s.want(200, "POST", "/search/approximate-count", `{"jql":"project = WEB"}`), "count"), 250)

	first := s.want(200, "GET", "/search/jql?jql=project=WEB&maxResults=1", "")
	token := fmt.Sprint(at(first, "nextPageToken"))
	s.wantError(400, "token is invalid", "GET", "/search/jql?jql=project=OPS&nextPageToken="+token, "")
	s.wantError(400, "token is invalid", "GET", "/search/jql?jql=project=WEB&nextPageToken=x", "")
	s.wantError(400, "between 1 and 5000", "GET", "/search/jql?jql=project=WEB&maxResults=5001", "")
	s.wantError(400, "more than 5", "GET", "/search/jql?jql=project=WEB&properties=a,b,c,d,e,f", "")
	s.wantError(400, "expand", "POST", "/search/jql", `{"jql":"project = WEB","expand":["names"]}`)
}

func TestSearchDelay(t *testing.T) {
	t.Parallel()
	s := newSite(t, jiratest.WithSearchDelay(10*time.Second))
	key := s.AddIssue("WEB", "Bug", "New", nil)
	same(t, "at once", s.search("project = WEB"), "[]")
	same(t, "by key", at(s.want(200, "GET", "/issue/"+key, ""), "key"), key)
	fresh := s.want(200, "POST", "/search/jql", `{"jql":"project = WEB","reconcileIssues":[10000]}`)
	same(t, "reconciled", at(fresh, "issues", 0, "id"), 10000)
	s.now = s.now.Add(10 * time.Second)
	same(t, "later", s.search("project = WEB"), "["+key+"]")
	s.want(204, "PUT", "/issue/"+key, `{"fields":{"labels":["x"]}}`)
	same(t, "change at once", s.search("labels = x"), "[]")
	same(t, "as before", s.search("labels is empty"), "["+key+"]")
	s.now = s.now.Add(10 * time.Second)
	same(t, "change later", s.search("labels = x"), "["+key+"]")
}

func TestFaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := faults.Rule{Method: "GET", Path: "/rest/api/3/myself", Delay: time.Minute, Times: 1}
		limited := faults.TooManyRequests(2 * time.Second)
		limited.Times = 1
		s := jiratest.NewServer(jiratest.WithoutListener(), jiratest.WithFaults(slow, limited))
		site := &site{Server: s, t: t}
		start := time.Now()
		site.want(200, "GET", "/myself", "")
		same(t, "waited", time.Since(start), "1m0s")
		resp, _ := site.send("GET", "/myself", "")
		same(t, "limited", fmt.Sprint(resp.StatusCode, resp.Header.Get("Retry-After")), "4292")
		s.Faults().Add(faults.Rule{Method: "POST", Path: "/rest/api/3/issue", Cut: faults.CutAfter, Times: 1})
		req, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/rest/api/3/issue",
			strings.NewReader(`{"fields":{"project":{"key":"WEB"},"issuetype":{"name":"Bug"},"summary":"Kept"}}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.SetBasicAuth(jiratest.Email, jiratest.Token)
		if _, err := s.Transport().RoundTrip(req); err == nil {
			t.Error("the answer was not lost")
		}
		same(t, "issues", s.Issues(), "[WEB-1]")
	})
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 10 {
				key := s.AddIssue("WEB", "Bug", fmt.Sprint(i, " ", j), nil)
				s.send("PUT", "/issue/"+key, `{"fields":{"labels":["x"]}}`)
				s.send("POST", "/issue/"+key+"/comment", `{"body":`+document+`}`)
				s.send("GET", "/search/jql?jql=labels=x&fields=*all", "")
				s.Issue(key)
				if _, err := s.Snapshot(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	same(t, "labelled", len(s.search("labels = x and project = WEB")), 50)
	same(t, "all", at(s.want(200, "POST", "/search/approximate-count", `{"jql":"labels = x"}`), "count"), 80)
}
