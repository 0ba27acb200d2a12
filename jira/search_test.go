package jira_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jarcoal/httpmock"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

// page writes a page of a search.
func page(token string, ids ...string) string {
	issues := make([]string, len(ids))
	for i, id := range ids {
		issues[i] = fmt.Sprintf(`{"id":%q,"key":"WEB-%s","fields":{"summary":"issue %[2]s"}}`, id, id)
	}
	if token == "" {
		return `{"issues":[` + strings.Join(issues, ",") + `],"isLast":true}`
	}
	return `{"nextPageToken":"` + token + `","issues":[` + strings.Join(issues, ",") + `],"isLast":false}`
}

func pages(bodies ...string) *recorder {
	r := &recorder{}
	for _, body := range bodies {
		r.answers = append(r.answers, answer{status: http.StatusOK, body: body})
	}
	return r
}

// collect reads a search to its end and returns the ids.
func collect(ctx context.Context, jc *jira.Client, opts *jira.SearchOptions) (ids []string, err error) {
	for issue, err := range jc.Issues.Search(ctx, "project = WEB", opts) {
		if err != nil {
			return ids, err
		}
		ids = append(ids, issue.ID)
	}
	return ids, nil
}

func TestSearchAsks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, jql string
		opts      *jira.SearchOptions
		want      string
	}{
		{"nil", "project = WEB", nil, `{"jql":"project = WEB","fields":["*navigable"],"maxResults":100}`},
		{"zero", "", &jira.SearchOptions{}, `{"fields":["*navigable"],"maxResults":100}`},
		{
			"all", `summary ~ "a\"b"`,
			&jira.SearchOptions{
				Fields: []string{"summary", "-comment"}, FieldsByKeys: true, Expand: "names,changelog", Properties: []string{"ci"},
				PageSize: 5000, ReconcileIssues: []int64{10107, 2},
			},
			`{"jql":"summary ~ \"a\\\"b\"","fields":["summary","-comment"],"fieldsByKeys":true,"expand":"names,changelog",
			"properties":["ci"],"maxResults":5000,"reconcileIssues":[10107,2]}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := pages(page(""))
			for _, err := range newClient(t, r).Issues.Search(t.Context(), tt.jql, tt.opts) {
				t.Errorf("an empty search yields %v", err)
			}
			if diff := cmp.Diff(parse(t, tt.want), r.body(t, 0)); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			if got := r.sent[0].Method + " " + r.sent[0].URL.Path; got != "POST /rest/api/3/search/jql" {
				t.Errorf("sent %s", got)
			}
		})
	}
}

func TestSearchStableOrder(t *testing.T) {
	t.Parallel()
	for jql, want := range map[string]string{
		`project = WEB`:                              `project = WEB ORDER BY key ASC`,
		`project = WEB ORDER BY created DESC`:        `project = WEB ORDER BY created DESC, key ASC`,
		"project = WEB\norder\tby created":           "project = WEB\norder\tby created, key ASC",
		`summary ~ "order by hand"`:                  `summary ~ "order by hand" ORDER BY key ASC`,
		`summary ~ "an \" order by"`:                 `summary ~ "an \" order by" ORDER BY key ASC`,
		`summary ~ 'the order by "x"'`:               `summary ~ 'the order by "x"' ORDER BY key ASC`,
		`summary ~ "it's" ORDER BY created`:          `summary ~ "it's" ORDER BY created, key ASC`,
		`reorder = 1 AND bygone = 2`:                 `reorder = 1 AND bygone = 2 ORDER BY key ASC`,
		`project = WEB ORDER BY key DESC`:            `project = WEB ORDER BY key DESC`,
		`project = WEB ORDER BY created, issueKey`:   `project = WEB ORDER BY created, issueKey`,
		`key = WEB-1 ORDER BY created`:               `key = WEB-1 ORDER BY created, key ASC`,
		`project = WEB ORDER BY "Key risk", created`: `project = WEB ORDER BY "Key risk", created, key ASC`,
		``: `ORDER BY key ASC`,
	} {
		r := pages(page(""))
		for _, err := range newClient(t, r).Issues.Search(t.Context(), jql, &jira.SearchOptions{StableOrder: true}) {
			t.Errorf("an empty search yields %v", err)
		}
		if got := r.body(t, 0).(map[string]any)["jql"]; got != want {
			t.Errorf("%q is sent as %q, want %q", jql, got, want)
		}
	}
}

// An answer without a body is no page, and does not mean that nothing was found.
func TestSearchAnsweredByNothing(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusOK, http.StatusNoContent} {
		r := &recorder{answers: []answer{{status: status}}}
		ids, err := collect(t.Context(), newClient(t, r), nil)
		var e *client.Error
		if len(ids) > 0 || !errors.As(err, &e) || e.Op != "Issues.Search" {
			t.Errorf("%d: found %v, %v", status, ids, err)
		}
	}
}

func TestSearchPages(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		bodies []string
		want   string
		err    string // a part of the error; "" for none
		tokens string // the ones sent
	}{
		{"one page", []string{page("", "1", "2")}, "1 2", "", "-"},
		{"token passed on", []string{page("a+/=", "1"), page("b", "2"), page("", "3")}, "1 2 3", "", "- a+/= b"},
		{"last page with a token", []string{page("a", "1"), strings.Replace(page("b", "2"), "false", "true", 1)}, "1 2", "", "- a"},
		{"no token and not last", []string{strings.Replace(page("", "1"), "true", "false", 1)}, "1", "", "-"},
		{"null token", []string{`{"issues":[{"id":"1"}],"nextPageToken":null}`}, "1", "", "-"},
		{"empty page goes on", []string{page("a", "1"), page("b"), page("c"), page("", "2")}, "1 2", "", "- a b c"},
		{"issue that moved", []string{page("a", "1", "2"), page("b", "2", "3"), page("", "1", "4")}, "1 2 3 4", "", "- a b"},
		{"token again", []string{page("a", "1"), page("b", "2"), page("a", "3")}, "1 2 3", "paging does not advance", "- a b"},
		{"same token for ever", []string{page("a", "1")}, "1", "paging does not advance", "- a"},
		{"null for the list", []string{`{"issues":null,"isLast":true}`}, "", "no list of issues", "-"},
		{"no list", []string{page("a", "1"), `{"isLast":true}`}, "1", "no list of issues", "- a"},
		{"nothing at all", []string{`{}`}, "", "no list of issues", "-"},
		{"bad page 3", []string{page("a", "1"), page("b", "2"), `{"issues":[{"id":"3"},7]}`}, "1 2", "issue 2 of the page", "- a b"},
		{"null issue", []string{`{"issues":[null]}`}, "", "not null", "-"},
		{"empty issue", []string{page("a", "1"), `{"issues":[{"id":"2"},{}]}`}, "1", "issue 2 of the page: an issue has an id", "- a"},
		{"no id and no key", []string{`{"issues":[{"id":"","fields":{"summary":"s"}}]}`}, "", "issue 1 of the page: an issue has an id", "-"},
		{"issue without an id", []string{`{"issues":[{"key":"WEB-1"},{"key":"WEB-2"}]}`}, " ", "", "-"},
		{"list is an object", []string{`{"issues":{}}`}, "", "JSON array", "-"},
		{"token is an object", []string{`{"issues":[],"nextPageToken":{}}`}, "", "cannot be decoded", "-"},
		{"array", []string{`[]`}, "", "JSON object", "-"},
		{"null", []string{`null`}, "", "JSON object", "-"},
		{"empty", []string{``}, "", "empty", "-"},
		{"cut", []string{`{"issues":[{"id":"1"`}, "", "cannot be decoded", "-"},
		{"HTML", []string{`<html><title>Sign in</title>`}, "", "Sign in", "-"},
		{"deep", []string{`{"issues":` + strings.Repeat("[", 1_000_000)}, "", "cannot be decoded", "-"},
		{"deep issue", []string{`{"issues":[{"fields":{"x":` + strings.Repeat(`{"a":`, 1_000_000)}, "", "cannot be decoded", "-"},
		{"deep and whole", []string{`{"issues":[` + strings.Repeat("[", 1_000_000) + strings.Repeat("]", 1_000_000) + `]}`}, "", "cannot be decoded", "-"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := pages(tt.bodies...)
			ids, err := collect(t.Context(), newClient(t, r), nil)
			if got := strings.Join(ids, " "); got != tt.want {
				t.Errorf("found %q, want %q", got, tt.want)
			}
			var e *client.Error
			switch {
			case tt.err == "" && err != nil:
				t.Errorf("failed: %v", err)
			case tt.err != "" && (!errors.As(err, &e) || e.Op != "Issues.Search" || !strings.Contains(err.Error(), tt.err)):
				t.Errorf("the error is %v, want one of Issues.Search with %q", err, tt.err)
			case err != nil && (len(err.Error()) > 800 || strings.Contains(err.Error(), "\n")):
				t.Errorf("the error is %d bytes long", len(err.Error()))
			}
			if strings.HasPrefix(tt.err, "paging") && !errors.Is(err, client.ErrPagingStalled) {
				t.Errorf("%v is no ErrPagingStalled", err)
			}
			tokens := make([]string, len(r.bodies))
			for n := range r.bodies {
				body := r.body(t, n).(map[string]any)
				tokens[n] = "-"
				if token, ok := body["nextPageToken"].(string); ok {
					tokens[n] = token
				}
				if body["jql"] != "project = WEB" || body["maxResults"] != 100.0 {
					t.Errorf("request %d is %v", n, body)
				}
			}
			if tt.name == "empty" {
				tokens = tokens[:1]
			}
			if got := strings.Join(tokens, " "); got != tt.tokens {
				t.Errorf("tokens sent: %q, want %q", got, tt.tokens)
			}
		})
	}
}

func TestSearchFailsOnALaterPage(t *testing.T) {
	t.Parallel()
	r := pages(page("a", "1"), page("b", "2"))
	r.answers = append(r.answers, answer{status: http.StatusBadRequest, body: `{"errorMessages":["The token has expired."],"errors":{}}`})
	jc := newClient(t, r)
	ids, err := collect(t.Context(), jc, nil)
	var e *client.Error
	if !errors.Is(err, client.ErrInvalid) || !errors.As(err, &e) || e.Messages[0] != "The token has expired." {
		t.Errorf("the error is %v", err)
	}
	if diff := cmp.Diff([]string{"1", "2"}, ids); diff != "" {
		t.Errorf("found before (-want +got):\n%s", diff)
	}
}

func TestSearchEachRangeBeginsAnew(t *testing.T) {
	t.Parallel()
	r := pages(page("a", "1"), page("", "2"), page("a", "1"), page("", "2"))
	found := newClient(t, r).Issues.Search(t.Context(), "project = WEB", nil)
	for range 2 {
		var ids []string
		for issue, err := range found {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, issue.ID)
		}
		if diff := cmp.Diff([]string{"1", "2"}, ids); diff != "" {
			t.Errorf("found (-want +got):\n%s", diff)
		}
	}
}

func TestSearchNames(t *testing.T) {
	t.Parallel()
	jc := newClient(t, pages(
		`{"issues":[{"id":"1"},{"id":"2"}],"nextPageToken":"a","names":{"customfield_1":"Points"}}`,
		`{"names":{"customfield_1":"Story points"},"issues":[{"id":"3"},{"id":"4","names":{"customfield_1":"its own"}}]}`,
	))
	var names []string
	for issue, err := range jc.Issues.Search(t.Context(), "project = WEB", &jira.SearchOptions{Expand: "names"}) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, issue.Names["customfield_1"])
	}
	if diff := cmp.Diff([]string{"Points", "Points", "Story points", "its own"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestSearchTooLarge(t *testing.T) {
	t.Parallel()
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(func(*http.Request) (*http.Response, error) {
		resp := httpmock.NewStringResponse(http.StatusOK, "")
		resp.Body = io.NopCloser(io.LimitReader(endless(' '), 100<<20))
		resp.ContentLength = -1
		return resp, nil
	})
	_, err := collect(t.Context(), newClient(t, mock, client.WithMaxResponse(1<<20)), nil)
	if !errors.Is(err, client.ErrTooLarge) {
		t.Errorf("100 MB give %v", err)
	}
}

type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

// slow answers a search of five pages, each after a delay, and says when each was asked for.
func slow(delay time.Duration, asked func(n int)) http.RoundTripper {
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
		var in jira.SearchInput
		if err := json.NewDecoder(req.Body).Decode(&in); err != nil {
			return nil, err
		}
		n := len(in.NextPageToken) + 1
		asked(n)
		select {
		case <-time.After(delay):
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
		token := strings.Repeat("x", n)
		if n == 5 {
			token = ""
		}
		return httpmock.NewStringResponse(http.StatusOK, page(token, fmt.Sprint(n))), nil
	})
	return mock
}

func TestSearchPrefetches(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		prefetch int
		want     time.Duration
	}{
		{1, 2*time.Second + 5*time.Second}, // two pages by themselves, the others while their predecessor is worked on
		{0, 5*time.Second + 5*time.Second},
	} {
		t.Run(fmt.Sprint(tt.prefetch), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				jc := newClient(t, slow(time.Second, func(int) {}), client.WithPrefetch(tt.prefetch))
				start, found := time.Now(), 0
				for _, err := range jc.Issues.Search(t.Context(), "project = WEB", nil) {
					if err != nil {
						t.Fatal(err)
					}
					found++
					<-time.After(time.Second) // the caller's work
				}
				if took := time.Since(start); found != 5 || took != tt.want {
					t.Errorf("%d issues took %s, want %s", found, took, tt.want)
				}
			})
		})
	}
}

func TestSearchBreaksOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		last := 0
		jc := newClient(t, slow(time.Second, func(n int) { last = n }))
		start := time.Now()
		for issue, err := range jc.Issues.Search(t.Context(), "project = WEB", nil) {
			if err != nil {
				t.Fatal(err)
			}
			if issue.ID == "2" {
				synctest.Wait() // page 3 is in flight
				break
			}
		}
		if took := time.Since(start); last != 3 || took != 2*time.Second {
			t.Errorf("page %d was asked for last, after %s", last, took)
		}
	}) // fails when a goroutine is left
}

func TestSearchCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		ids, err := collect(ctx, newClient(t, slow(time.Second, func(int) {})), nil)
		var e *client.Error
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &e) || e.Op != "Issues.Search" || len(ids) != 2 {
			t.Errorf("found %v, %v", ids, err)
		}
	})
}
