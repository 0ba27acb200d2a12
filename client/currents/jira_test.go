package currents_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jarcoal/httpmock"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/currents"
)

func issueInput() currents.IssueInput {
	return currents.IssueInput{RunID: "r", TestID: "t", JiraInstallationID: "i", JiraProjectID: "10000", JiraIssueType: "10004"}
}

func linkInput() currents.LinkInput {
	return currents.LinkInput{RunID: "r", TestID: "t", JiraInstallationID: "i", JiraProjectID: "10000", JiraIssueType: "10004"}
}

func TestCreateIssueInvalid(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		damage func(*currents.IssueInput)
		want   string
	}{
		{"run", func(in *currents.IssueInput) { in.RunID = "" }, "RunID"},
		{"test", func(in *currents.IssueInput) { in.TestID = " " }, "TestID"},
		{"installation", func(in *currents.IssueInput) { in.JiraInstallationID = "" }, "JiraInstallationID"},
		{"project", func(in *currents.IssueInput) { in.JiraProjectID = "" }, "JiraProjectID"},
		{"type", func(in *currents.IssueInput) { in.JiraIssueType = "" }, "JiraIssueType"},
		{"field id", func(in *currents.IssueInput) { in.CustomFields = []currents.CustomField{{Value: "x"}} }, "CustomFields[0].FieldID"},
		{"field value", func(in *currents.IssueInput) { in.CustomFields = []currents.CustomField{{FieldID: "customfield_1"}} }, "customfield_1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			mock := httpmock.NewMockTransport()
			in := issueInput()
			tt.damage(&in)
			link, err := newClient(t, mock).Jira.CreateIssue(t.Context(), "P", in)
			if link != nil || !errors.Is(err, client.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, %v", link, err)
			}
			if n := mock.GetTotalCallCount(); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

func TestLinkIssueInvalid(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, key string
		damage    func(*currents.LinkInput)
		want      string
	}{
		{"no comment and no context", "WEB-1", func(in *currents.LinkInput) { in.IncludeContextInComment = new(false) }, "comment"},
		{"blank comment and no context", "WEB-1", func(in *currents.LinkInput) { in.IncludeContextInComment, in.Comment = new(false), " \n" }, "comment"},
		{"no run", "WEB-1", func(in *currents.LinkInput) { in.RunID = "" }, "RunID"},
		{"no key", " \t ", nil, "issue key is empty"},
		{"long key", strings.Repeat("ä", 256), nil, "256 characters"},
		{"dots", "..", nil, ".."},
		{"control character", "WEB-1\nX", nil, "control character"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			mock := httpmock.NewMockTransport()
			in := linkInput()
			if tt.damage != nil {
				tt.damage(&in)
			}
			link, err := newClient(t, mock).Jira.LinkIssue(t.Context(), "P", tt.key, in)
			if link != nil || !errors.Is(err, client.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, %v", link, err)
			}
			if n := mock.GetTotalCallCount(); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

// wire answers every request with a status and a body and remembers the last one.
type wire struct {
	status int
	answer string

	requests int
	method   string
	path     string
	query    string
	body     string
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	w.requests++
	w.method, w.path, w.query = req.Method, req.URL.EscapedPath(), req.URL.RawQuery
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		w.body = string(body)
	}
	return httpmock.NewStringResponse(w.status, w.answer), nil
}

const linked = `{"status":"OK","data":{"jiraIssueKey":"WEB-7","currentsIssueId":"c1","jiraIssueUrl":null,"currentsIssueUrl":"https://app.example/c1"}}`

func TestCreateIssue(t *testing.T) {
	t.Parallel()
	w := &wire{status: http.StatusCreated, answer: linked}
	in := issueInput()
	in.CustomFields = []currents.CustomField{{FieldID: "customfield_1", Value: "x"}}
	link, err := newClient(t, w).Jira.CreateIssue(t.Context(), "P/../Q", in)
	if err != nil {
		t.Fatal(err)
	}
	want := &currents.IssueLink{JiraIssueKey: "WEB-7", CurrentsIssueID: "c1", CurrentsIssueURL: "https://app.example/c1"}
	if diff := cmp.Diff(want, link); diff != "" {
		t.Errorf("link (-want +got):\n%s", diff)
	}
	if w.method != http.MethodPost || w.path != "/v1/projects/P%2F..%2FQ/jira/issues" {
		t.Errorf("sent %s %s", w.method, w.path)
	}
	wantBody := `{"customFields":[{"fieldId":"customfield_1","value":"x"}],"jiraInstallationId":"i","jiraIssueType":"10004","jiraProjectId":"10000","runId":"r","testId":"t"}`
	if w.body != wantBody {
		t.Errorf("body = %s", w.body)
	}
}

func TestLinkIssue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*currents.LinkInput)
		want   map[string]any
	}{
		{"plain", func(*currents.LinkInput) {}, map[string]any{}},
		{"comment", func(in *currents.LinkInput) { in.Comment = "again" }, map[string]any{"comment": "again"}},
		{"explicit true", func(in *currents.LinkInput) { in.IncludeContextInComment = new(true) }, map[string]any{"includeContextInComment": true}},
		{
			"comment alone",
			func(in *currents.LinkInput) { in.Comment, in.IncludeContextInComment = "again", new(false) },
			map[string]any{"comment": "again", "includeContextInComment": false},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := &wire{status: http.StatusOK, answer: linked}
			in := linkInput()
			tt.change(&in)
			if _, err := newClient(t, w).Jira.LinkIssue(t.Context(), "P", "  WEB-7 ", in); err != nil {
				t.Fatal(err)
			}
			if w.path != "/v1/projects/P/jira/issues/WEB-7/link" {
				t.Errorf("path = %s", w.path)
			}
			want := map[string]any{"runId": "r", "testId": "t", "jiraInstallationId": "i", "jiraProjectId": "10000", "jiraIssueType": "10004"}
			maps.Copy(want, tt.want)
			var got map[string]any
			if err := json.Unmarshal([]byte(w.body), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWritesWithoutBody(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusOK, http.StatusNoContent} {
		w := &wire{status: status}
		link, err := newClient(t, w).Jira.LinkIssue(t.Context(), "P", "WEB-7", linkInput())
		if err != nil || link.JiraIssueKey != "WEB-7" {
			t.Errorf("%d: link = %v, %v", status, link, err)
		}
		// It was created, but nobody knows which it is.
		if _, err := newClient(t, w).Jira.CreateIssue(t.Context(), "P", issueInput()); !errors.Is(err, client.ErrAmbiguous) {
			t.Errorf("%d: create: %v, want ErrAmbiguous", status, err)
		}
	}
}

func TestCreateIssueIsSentOnce(t *testing.T) {
	t.Parallel()
	w := &wire{status: http.StatusInternalServerError, answer: `{"status":"FAILED","error":"boom"}`}
	cc := newClient(t, w, client.WithRetry(client.RetryPolicy{Retries: 3}))
	_, err := cc.Jira.CreateIssue(t.Context(), "P", issueInput())
	if !errors.Is(err, client.ErrAmbiguous) || !strings.Contains(err.Error(), "boom") || w.requests != 1 {
		t.Errorf("after %d requests: %v", w.requests, err)
	}
	var apiErr *client.Error
	if !errors.As(err, &apiErr) || apiErr.Status != http.StatusInternalServerError {
		t.Errorf("error = %#v", err)
	}
}

func TestTarget(t *testing.T) {
	t.Parallel()
	target := currents.Target{
		InstallationID: "i", ProjectID: "10000", IssueType: "10004",
		CustomFields: []currents.CustomField{{FieldID: "customfield_1", Value: "x"}},
	}
	test := &currents.FailedTest{RunID: "r", TestID: "t"}
	in := issueInput()
	in.CustomFields = target.CustomFields
	if diff := cmp.Diff(in, target.For(test)); diff != "" {
		t.Errorf("For (-want +got):\n%s", diff)
	}
	link := linkInput()
	link.Comment = "seen again"
	if diff := cmp.Diff(link, target.Link(test, "seen again")); diff != "" {
		t.Errorf("Link (-want +got):\n%s", diff)
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	severity := currents.IssueField{
		FieldID: "customfield_2", Name: "Severity", Required: true, FieldType: currents.FieldTypeSelect,
		AllowedValues: []currents.AllowedValue{{ID: "1", Name: "High"}, {ID: "2", Name: "Low"}},
	}
	bug := currents.IssueType{Name: "Bug", CustomFields: []currents.IssueField{
		{FieldID: "customfield_1", Name: "Team", Required: true, FieldType: currents.FieldTypeText},
		severity,
		{FieldID: "customfield_3", Name: "Sprint", FieldType: currents.FieldTypeUnsupported},
		{FieldID: "customfield_4", Name: "Notes", FieldType: currents.FieldTypeText},
		{FieldID: "customfield_5", FieldType: "INVENTED", Required: true},
	}}
	epic := currents.IssueType{CustomFields: []currents.IssueField{
		{FieldID: "customfield_9", Name: "Epic Link", Required: true, FieldType: currents.FieldTypeUnsupported, OriginalType: "com.pyxis.greenhopper.jira:gh-epic-link"},
	}}
	value := func(id, v string) currents.CustomField { return currents.CustomField{FieldID: id, Value: v} }
	tests := []struct {
		name   string
		typ    currents.IssueType
		values []currents.CustomField
		want   []string
	}{
		{"nothing asked", currents.IssueType{}, nil, nil},
		{"nothing given", bug, nil, []string{
			"Team (customfield_1) is required and has no value",
			"Severity (customfield_2) is required and has no value: choose from High, Low",
			"customfield_5 is required and has no value",
		}},
		{"all given", bug, []currents.CustomField{value("customfield_1", "Web"), value("customfield_2", "1"), value("customfield_5", "?")}, nil},
		{"by name", bug, []currents.CustomField{value("customfield_1", "Web"), value("customfield_2", "Low"), value("customfield_5", "?")}, nil},
		{"not allowed, blank", bug, []currents.CustomField{value("customfield_1", " "), value("customfield_2", "Huge"), value("customfield_5", "?")}, []string{
			"Team (customfield_1) is required and has no value",
			`Severity (customfield_2) does not allow the value "Huge": choose from High, Low`,
		}},
		{"unsupported", epic, []currents.CustomField{value("customfield_9", "WEB-1")}, []string{
			"Epic Link (customfield_9) is required, and Currents cannot fill a field of this type: com.pyxis.greenhopper.jira:gh-epic-link",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, p := range tt.typ.Missing(tt.values...) {
				got = append(got, p.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
