package jira_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jarcoal/httpmock"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

// readers are the ways in which an issue reaches a program.
var readers = map[string]func(testing.TB, string) (*jira.Issue, error){
	"Get": func(tb testing.TB, doc string) (*jira.Issue, error) {
		return answering(tb, http.StatusOK, doc).Issues.Get(tb.Context(), "WEB-7", nil)
	},
	"Search": func(tb testing.TB, doc string) (*jira.Issue, error) {
		jc := answering(tb, http.StatusOK, `{"issues":[`+doc+`],"isLast":true}`)
		for issue, err := range jc.Issues.Search(tb.Context(), "key = WEB-7", nil) {
			return issue, err
		}
		return nil, fmt.Errorf("nothing was found")
	},
	"SearchPage": func(tb testing.TB, doc string) (*jira.Issue, error) {
		jc := answering(tb, http.StatusOK, `{"issues":[`+doc+`],"isLast":true}`)
		page, err := jc.Issues.SearchPage(tb.Context(), jira.SearchInput{JQL: "key = WEB-7"})
		if err != nil || len(page.Issues) != 1 {
			return nil, fmt.Errorf("%d issues, %w", len(page.Issues), err)
		}
		return &page.Issues[0], nil
	},
	"Unmarshal": func(_ testing.TB, doc string) (*jira.Issue, error) {
		var issue jira.Issue
		err := json.Unmarshal([]byte(doc), &issue)
		return &issue, err
	},
}

// sameIssue compares issues with what is not exported.
var sameIssue = cmp.Options{
	cmp.Comparer(func(a, b jira.Time) bool { return a.Equal(b.Time) && a.Format(time.RFC3339) == b.Format(time.RFC3339) }),
	cmp.Transformer("doc", func(d *adf.Doc) string {
		b, err := d.MarshalJSON()
		return fmt.Sprint(string(b), err)
	}),
	cmp.Transformer("fields", func(f jira.Fields) any {
		type plain struct {
			jira.SystemFields
			Others map[string]string
		}
		return plain{f.SystemFields, others(&f)}
	}),
}

func others(f *jira.Fields) map[string]string {
	all := make(map[string]string)
	for id, value := range f.Others() {
		all[id] = string(value)
	}
	return all
}

func TestDecodeEveryWayAlike(t *testing.T) {
	t.Parallel()
	for name, doc := range documents(t) {
		want, expected := reference(doc)
		if expected != nil {
			t.Fatalf("%s: %v", name, expected)
		}
		for way, read := range readers {
			t.Run(name+"/"+way, func(t *testing.T) {
				t.Parallel()
				got, err := read(t, doc)
				if err != nil {
					t.Fatal(err)
				}
				want.compare(t, got)
			})
		}
	}
}

func TestDecodeFull(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"full.json", "escaped.json"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			issue := unmarshal(t, document(t, name))
			f := issue.Fields
			when := func(s string) time.Time {
				at, err := time.Parse(time.RFC3339, s)
				if err != nil {
					t.Fatal(err)
				}
				return at
			}
			for _, tt := range []struct {
				what      string
				got, want any
			}{
				{"key", issue.Key, "WEB-7"},
				{"id", issue.ID, "10107"},
				{"names", issue.Names["customfield_10016"], "Story points"},
				{"schema", issue.Schema["labels"].Items, "string"},
				{"property", string(compact(t, issue.Properties["ci.run"])), `{"id":"r-1","n":[1,2]}`},
				{"transition", issue.Transitions[0].To.Category.Key, "done"},
				{"editmeta", issue.EditMeta.Fields["summary"].Required, true},
				{"changelog", issue.Changelog.Histories[0].Items[0].ToString, "In Progress"},
				{"summary", f.Summary, "Cart total is wrong after removing a coupon: \"SAVE10\" \\ \u2028 \U0001F6D2"},
				{"status", f.Status.Name, "In Progress"},
				{"category", f.Status.Category.Key, "indeterminate"},
				{"project", f.Project.ProjectTypeKey, "product_discovery"},
				{"project category", f.Project.ProjectCategory.Name, "Storefront"},
				{"type", f.IssueType.Name, "Bug"},
				{"priority", f.Priority.Name, "High"},
				{"resolution", f.Resolution.Name, "Won’t fix"},
				{"assignee", f.Assignee.AvatarURLs.Px48, "https://avatar.example/5b10a2844c20165700ede21g/48"},
				{"reporter", f.Reporter.AccountType, "app"},
				{"labels", f.Labels, []string{"flaky", "currents-1a2b3c", "größe"}},
				{"created", f.Created.UTC(), when("2026-10-30T17:05:59.001Z")},
				{"updated", f.Updated.UTC(), when("2026-11-02T08:15:04.123Z")},
				{"resolved", f.ResolutionDate.UTC(), when("2026-11-03T03:30:00Z")},
				{"due", f.DueDate, jira.Date{Year: 2026, Month: time.December, Day: 24}},
				{"time spent", f.TimeSpent, int64(5400)},
				{"progress", f.Progress.Percent, 75},
				{"votes", f.Votes.Count, int64(3)},
				{"watches", f.Watches.IsWatching, true},
				{"component", f.Components[0].Name, "Checkout"},
				{"version", f.Versions[0].ReleaseDate.String(), "2026-10-01"},
				{"security", f.Security.Name, "Internal"},
				{"parent", f.Parent.Fields.Summary, "Checkout quality"},
				{"subtask", f.Subtasks[0].Fields.Status.Name, "To Do"},
				{"link", f.IssueLinks[1].InwardIssue.Key, "WEB-3"},
				{"attachment id as text", f.Attachments[0].ID, jira.ID("10300")},
				{"attachment id as number", f.Attachments[1].ID, jira.ID("10301")},
				{"attachment time as number", f.Attachments[1].Created.Year(), 2026},
				{"comment", f.Comments.Comments[0].Body.Text(), "It is the rounding."},
				{"worklog", f.Worklogs.Worklogs[0].TimeSpentSeconds, int64(5400)},
				{"time tracking", f.TimeTracking.RemainingEstimate, "30m"},
				{"environment", f.Environment.Text(), "Firefox 145\nstaging"},
				{"custom fields", len(others(&f)), 32},
			} {
				if diff := cmp.Diff(tt.want, tt.got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", tt.what, diff)
				}
			}
			if got := f.Description.Text(); !strings.Contains(got, "@Ada Winter please look 👀\nhttps://ci.acme.example/runs/1") {
				t.Errorf("the description reads %q", got)
			}
		})
	}
}

func compact(tb testing.TB, raw []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		tb.Fatalf("%v in %q", err, raw)
	}
	return b.Bytes()
}

func TestDecodeNulls(t *testing.T) {
	t.Parallel()
	issue := unmarshal(t, document(t, "nulls.json"))
	want := jira.SystemFields{IssueRestriction: json.RawMessage("null")}
	if diff := cmp.Diff(want, issue.Fields.SystemFields, sameIssue); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if got := string(issue.Fields.Raw("customfield_10016")); got != "null" {
		t.Errorf("a custom field that is null reads %q", got)
	}
	if issue.Fields.Raw("customfield_404") != nil {
		t.Error("a field that is absent has a value")
	}
	if got := issue.Fields.Description.Text() + issue.Fields.Status.Name + issue.Fields.Assignee.DisplayName; got != "" {
		t.Errorf("empty fields read %q", got)
	}
}

// A field of a shape that Jira does not document is empty and kept; the rest of the issue is there.
func TestDecodeOddShapes(t *testing.T) {
	t.Parallel()
	issue := unmarshal(t, document(t, "odd.json"))
	f := &issue.Fields
	kept := slices.Sorted(maps.Keys(others(f)))
	want := []string{
		"", "STATUS", "Summary", "com.acme.app__field", "comment", "components", "creator", "customfield_1", "labels", "reporter",
		"security", "statuscategorychangedate", "timeestimate", "timeoriginalestimate", "timespent", "votes", "watches",
	}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("kept as received (-want +got):\n%s", diff)
	}
	empty := jira.SystemFields{
		Comments: f.Comments, Components: f.Components, Creator: f.Creator, Labels: f.Labels, Reporter: f.Reporter,
		Security: f.Security, StatusCategoryChangeDate: f.StatusCategoryChangeDate,
		TimeEstimate: f.TimeEstimate, TimeOriginalEstimate: f.TimeOriginalEstimate, TimeSpent: f.TimeSpent,
		Votes: f.Votes, Watches: f.Watches,
	}
	if diff := cmp.Diff(jira.SystemFields{}, empty, sameIssue); diff != "" {
		t.Errorf("fields kept as received are not empty (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		what      string
		got, want any
	}{
		{"summary", f.Summary, "odd shapes"},
		{"a plain string for a document", f.Description.Text(), "a plain text description\nof the old days"},
		{"an unknown property", f.Priority.Name, "P0"},
		{"a number for an id", f.Status.ID + " " + f.Status.Name, "10500 Triage"},
		{"an unknown project type", f.Project.ProjectTypeKey, "quantum_desk"},
		{"an unknown style", f.Project.Style, "next-gen-2"},
		{"an unknown account type", f.Assignee.AccountType, "martian"},
		{"scope of the type", f.IssueType.Scope.Project.ID, "10001"},
		{"milliseconds", f.Created.Year(), 2026},
		{"a colon in the zone", f.Updated.UTC().Hour(), 8},
		{"no time", f.ResolutionDate.IsZero(), true},
		{"no seconds", f.LastViewed.Minute(), 15},
		{"a day as milliseconds", f.DueDate.Year, 2026},
		{"a day as a time", f.Versions[0].ReleaseDate.String(), "2026-10-01"},
		{"a negative number", f.WorkRatio, int64(-1)},
		{"the wrong case", string(f.Raw("Summary")), `"not the summary"`},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.what, diff)
		}
	}
}

func TestDecodeBrokenText(t *testing.T) {
	t.Parallel()
	f := unmarshal(t, document(t, "broken-text.json")).Fields
	for _, tt := range []struct{ what, got, want string }{
		{"summary", f.Summary, "half \uFFFD\uFFFD( pair \uFFFD alone \uFFFD\U0001F600 \x00 end"},
		{"label", f.Labels[0], "\uFFFD"},
		{"account", f.Assignee.AccountID, "a\uFFFD"},
		{"name", f.Assignee.DisplayName, "Zö\uFFFDA"},
		{"an escaped name of a field", f.Status.Name, "To Do"},
		{"a pair in the name of a field", string(f.Raw("customfield_\U0001F600")), "1"},
		{"half a pair in the name of a field", string(f.Raw("customfield_\uFFFDA")), "2"},
		{"description", f.Description.Text(), "\uFFFD \uFFFD x"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s is %q, want %q", tt.what, tt.got, tt.want)
		}
	}
	var fields jira.Fields
	if err := json.Unmarshal([]byte("{\"summary\":\"\xff\",\"x\":\"\xff\"}"), &fields); err != nil {
		t.Fatal(err)
	}
	if fields.Summary != "\uFFFD" || string(fields.Raw("x")) != "\"\uFFFD\"" {
		t.Errorf("fields by themselves read %q and %q", fields.Summary, fields.Raw("x"))
	}
}

func TestDecodeRefusesWhatIsNoIssue(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 1_000_000)
	for name, body := range map[string]string{
		"empty": "", "blank": " \n", "null": "null", "array": "[]", "text": `"WEB-7"`, "number": "7", "truncated": `{"id":"1","key":"WEB`,
		"two": `{"id":"1"}{"id":"2"}`, "deep": deep, "deep inside": `{"fields":{"customfield_1":` + deep,
		"deep and whole":         `{"fields":{"customfield_1":` + deep + strings.Repeat("]", 1_000_000) + `}}`,
		"fields of a wrong type": `{"id":"1","fields":[1]}`, "key of a wrong type": `{"key":{}}`, "names of a wrong type": `{"names":[]}`,
		"nothing at all": `{}`, "neither id nor key": `{"id":null,"key":"","fields":{"summary":"s"}}`,
		"html": "<!DOCTYPE html><html><head><title>Log in</title></head></html>", "control character": "{\"id\":\"a\nb\"}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			issue, err := answering(t, http.StatusOK, body).Issues.Get(t.Context(), "WEB-7", nil)
			var e *client.Error
			if err == nil || issue != nil || !asError(err, &e) {
				t.Fatalf("got %v, %v", issue, err)
			}
			if e.Op != "Issues.Get" || e.Status != http.StatusOK || len(err.Error()) > 800 || strings.Contains(err.Error(), "\n") {
				t.Errorf("the error is no good: %v", err)
			}
			if name == "html" && !strings.Contains(err.Error(), "Log in") {
				t.Errorf("the error does not name the page: %v", err)
			}
		})
	}
	var fields jira.Fields
	for _, src := range []string{"", "[", "x", `{"a"`, "[]", "7"} {
		if err := fields.UnmarshalJSON([]byte(src)); err == nil {
			t.Errorf("Fields.UnmarshalJSON takes %q", src)
		}
	}
}

// Bodies are read into buffers that other calls use again: nothing of one issue may turn up in another.
func TestDecodeKeepsNothingOfSharedBuffers(t *testing.T) {
	t.Parallel()
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
		key := req.URL.Path[strings.LastIndexByte(req.URL.Path, '/')+1:]
		if key == "bad" {
			return httpmock.NewStringResponse(http.StatusOK, `{"id":"bad","key":{}}`), nil
		}
		return httpmock.NewStringResponse(http.StatusOK, fmt.Sprintf(
			`{"id":"1","key":%q,"names":{"a":%[1]q},"fields":{"summary":%[1]q,"labels":[%[1]q],"description":%[1]q,"status":{"name":%[1]q},"customfield_1":%[1]q,"issuerestriction":%[1]q}}`,
			strings.Repeat(key, 1+len(key)%7))), nil
	})
	jc := newClient(t, mock)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			kept := make(map[string]*jira.Issue)
			for n := range 50 {
				key := fmt.Sprintf("W%d-%s%d", worker, strings.Repeat("0", n), n)
				issue, err := jc.Issues.Get(t.Context(), key, nil)
				if err != nil {
					t.Error(err)
					return
				}
				kept[strings.Repeat(key, 1+len(key)%7)] = issue
				if _, err := jc.Issues.Get(t.Context(), "bad", nil); err == nil {
					t.Error("a key that is an object was read")
				}
			}
			for want, issue := range kept {
				f := &issue.Fields
				for _, got := range []string{
					issue.Key, issue.Names["a"], f.Summary, f.Labels[0], f.Description.Text(), f.Status.Name,
					strings.Trim(string(f.Raw("customfield_1")), `"`), strings.Trim(string(f.IssueRestriction), `"`),
				} {
					if got != want {
						t.Errorf("got %q, want %q", got, want)
					}
				}
			}
		})
	}
	wg.Wait()
}
