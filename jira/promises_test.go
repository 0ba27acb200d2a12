package jira_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/internal/promises"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

func promised() promises.API[jira.Client] {
	return promises.API[jira.Client]{
		New: func(auth client.Auth, opts ...client.Option) (*jira.Client, error) {
			return jira.New(site, auth, opts...)
		},
		Documents: "../openapi/jira/*.yaml",
		// The address of a task, what was not described further, and that an issue has an id or a key.
		Loose: []string{"Issues.ArchiveByJQL", "Users.Emails", "Issues.Get", "Issues.Search", "Issues.Update"},
		Good: func() []any {
			return []any{
				jira.UploadReader("f", strings.NewReader("x")),
				jira.IssueUpdate{Summary: new("s")},
				minimal(),
				[]jira.IssueInput{minimal()},
				jira.WebhookInput{},
				time.UTC, &jira.Attachment{ID: "7", Filename: "f"}, &jira.Issue{},
			}
		},
		More: func(jc *jira.Client) map[string]func(context.Context) error {
			return map[string]func(context.Context) error{
				"FieldByName": func(ctx context.Context) error {
					_, err := jira.FieldByName(ctx, jc, "Points", jira.NumberField)
					return err
				},
				"Task.Report": func(ctx context.Context) error { _, err := jc.Tasks.Resume("7").Report(ctx); return err },
				"Task.Wait":   func(ctx context.Context) error { _, err := jc.Tasks.Resume("7").Wait(ctx); return err },
				"Task.Cancel": func(ctx context.Context) error { return jc.Tasks.Resume("7").Cancel(ctx) },
			}
		},
		Values: func(jc *jira.Client) []any {
			no := &client.Error{Op: "Op", Messages: []string{"no"}}
			return []any{
				jc.Tasks.Resume("7"), jira.NumberField("customfield_1"),
				jira.Site{},
				&jira.SiteError{}, &jira.AmbiguousError{Err: no},
				&jira.CreateManyError{Failed: map[int]*client.Error{0: no}}, &jira.TaskError{Op: "Op", Report: &jira.TaskReport{}},
				&jira.PartialArchiveError{}, &jira.PartialWorklogsError{}, &jira.WebhookHandler{},
			}
		},
		Functions: functions,
	}
}

func functions(jc *jira.Client) map[string]func() error {
	second := func(_ any, err error) error { return err }
	refused := func(status int, body string) client.Option {
		return client.WithTransport(roundTrip(func(req *http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			w.WriteHeader(status)
			_, err := w.WriteString(strings.ReplaceAll(body, "§", req.Header.Get("Authorization")))
			resp := w.Result()
			resp.Request = req
			return resp, err
		}))
	}
	secret := client.Bearer(promises.Canary)
	odd := &jira.Issue{}
	oddErr := odd.UnmarshalJSON([]byte(`{"id":"1","key":"A-1","fields":{"customfield_1":"` + promises.Canary + `"}}`))
	signed := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}"))
	signed.Header.Set("X-Hub-Signature", "sha256=00")
	signed.Header.Set("Authorization", "JWT a.b.c")
	no := &client.Error{Op: "Op", Messages: []string{"no"}}
	return map[string]func() error{
		"New": func() error { return second(jira.New("http://acme.example", secret)) },
		"Sites": func() error {
			return second(jira.Sites(context.Background(), secret, refused(400, `{"message":"§"}`)))
		},
		"FindSite": func() error {
			return second(jira.FindSite(context.Background(), secret, "x", refused(200, `[{"id":"§","url":"https://§.example"}]`)))
		},
		"SiteError.Error": func() error { return &jira.SiteError{} },
		"Task.Wait, failed": func() error {
			failing, err := jira.New(site, secret, refused(200, `{"status":"FAILED","message":"§"}`))
			if err != nil {
				return err
			}
			return second(failing.Tasks.Resume("7").Wait(context.Background()))
		},
		"CustomField.Get": func() error {
			_, _, err := jira.NumberField("customfield_1").Get(odd)
			return errors.Join(oddErr, err)
		},
		"Requirements.Field":    func() error { return second((&jira.Requirements{}).Field("x")) },
		"Requirements.Validate": func() error { return (&jira.Requirements{Project: "A"}).Validate(jira.IssueInput{}) },
		"ParseWebhookEvent":     func() error { return second(jira.ParseWebhookEvent(http.Header{}, []byte("x"))) },
		"WebhookSecret":         func() error { return jira.WebhookSecret(promises.Canary)(signed, strings.NewReader("{}")) },
		"WebhookToken": func() error {
			return jira.WebhookToken(promises.Canary, promises.Canary)(signed, strings.NewReader("{}"))
		},
		"AmbiguousError.Unwrap":      func() error { return &jira.AmbiguousError{Err: no} },
		"CreateManyError.Unwrap":     func() error { return &jira.CreateManyError{Failed: map[int]*client.Error{0: no}} },
		"TaskError.Error":            func() error { return &jira.TaskError{Op: "Op", Report: &jira.TaskReport{}} },
		"PartialArchiveError.Error":  func() error { return &jira.PartialArchiveError{} },
		"PartialWorklogsError.Error": func() error { return &jira.PartialWorklogsError{} },
		"WebhookErrors":              nil,
		"NewWebhookHandler":          nil,
	}
}

func TestPromises(t *testing.T) {
	t.Parallel()
	promised().Test(t)
}

// A nil Client says so, as a zero one does.
func TestNilClient(t *testing.T) {
	t.Parallel()
	_, err := jira.FieldByName(t.Context(), nil, "Points", jira.NumberField)
	if err == nil || !strings.Contains(err.Error(), "was not made by New") {
		t.Error(err)
	}
	if url := (*jira.Client)(nil).BrowseURL("WEB-1") + new(jira.Client).BrowseURL("WEB-1"); url != "" {
		t.Error(url)
	}
}

func FuzzResponses(f *testing.F) { promised().FuzzResponses(f) }

// Iterators may be left early, and ranged over again; a call after an error is a new one.
func TestIteratorsAreReusable(t *testing.T) {
	t.Parallel()
	fake := jiratest.NewServer(jiratest.WithoutListener())
	t.Cleanup(fake.Close)
	jc, err := jira.New(fake.URL, client.BasicAuth(jiratest.Email, jiratest.Token), client.WithTransport(fake.Transport()))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := jc.Issues.Create(t.Context(), minimal()); err != nil {
			t.Fatal(err)
		}
	}
	list := jc.Issues.Search(t.Context(), "project = WEB ORDER BY key", &jira.SearchOptions{PageSize: 1})
	for range 3 {
		for issue, err := range list {
			if err != nil || issue == nil {
				t.Fatal(issue, err)
			}
			break
		}
	}
	bad := jc.Issues.Search(t.Context(), "project = ", nil)
	for range 2 {
		n := 0
		for issue, err := range bad {
			if n++; issue != nil || !errors.Is(err, client.ErrInvalid) {
				t.Errorf("%v, %v", issue, err)
			}
		}
		if n != 1 {
			t.Errorf("an error ended the list after %d turns", n)
		}
	}
	if _, err := jc.Issues.Get(t.Context(), "WEB-0", nil); !errors.Is(err, client.ErrNotFound) {
		t.Error(err)
	}
	if _, err := jc.Issues.Get(t.Context(), "WEB-1", nil); err != nil {
		t.Error(err)
	}
}
