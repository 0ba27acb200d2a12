package jira_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/internal/memory"
	"github.com/jira-integrations/go-sdk/jira"
)

// many repeats an item between a beginning and an end.
func many(begin, item string, n int, end string) string {
	return begin + strings.TrimSuffix(strings.Repeat(item, n), ",") + end
}

// The decoders that read issues by hand hold no more than 32 MiB above the limit either, whatever a page or an issue is
// made of, and say that it was too much.
func TestHostileIssues(t *testing.T) {
	memory.NoRace(t)
	const million, limit = 1_000_000, 32 << 20
	bodies := map[string]struct {
		text string
		want string
	}{
		"ten million issues":    {many(`{"issues":[`, "{},", 10*million, "]}"), "far more memory"},
		"ten million numbers":   {many(`{"issues":[`, "0,", 10*million, "]}"), "far more memory"},
		"issues with an id":     {many(`{"issues":[`, `{"id":1},`, 3*million, "]}"), "far more memory"},
		"a few issues too many": {many(`{"issues":[`, `{"id":1},`, 5001, "]}"), "more than 5000 issues"},
		"subtasks":              {many(`{"id":"1","fields":{"subtasks":[`, "{},", 9*million, "]}}"), "far more memory"},
		"links":                 {many(`{"id":"1","fields":{"issuelinks":[`, "{},", 9*million, "]}}"), "far more memory"},
		"linked issues":         {many(`{"id":"1","fields":{"issuelinks":[`, `{"inwardIssue":{}},`, million, "]}}"), "far more memory"},
		"components":            {many(`{"id":"1","fields":{"components":[`, "{},", 9*million, "]}}"), "far more memory"},
		"versions":              {many(`{"id":"1","fields":{"versions":[`, "{},", 9*million, "]}}"), "far more memory"},
		"labels":                {many(`{"id":"1","fields":{"labels":[`, `"",`, 9*million, "]}}"), "far more memory"},
		"nulls for labels":      {many(`{"id":"1","fields":{"labels":[`, `null,`, 6*million, "]}}"), "far more memory"},
		"attachments":           {many(`{"id":"1","fields":{"attachment":[`, "{},", 9*million, "]}}"), "far more memory"},
		"comments":              {many(`{"id":"1","fields":{"comment":{"comments":[`, "{},", 9*million, "]}}}"), "far more memory"},
		"unknown fields":        {many(`{"id":"1","fields":{`, `"a":0,`, 5*million, "}}"), "far more memory"},
		"names":                 {many(`{"id":"1","names":{`, `"a":"",`, 4*million, "}}"), "far more memory"},
		"changelog":             {many(`{"id":"1","changelog":{"histories":[`, "{},", 9*million, "]}}"), "far more memory"},
		"transitions":           {many(`{"id":"1","transitions":[`, "{},", 9*million, "]}"), "far more memory"},
		"a little of each": {many(`{"issues":[`, `{"id":"1","fields":{"components":[`+strings.Repeat("{},", 300)+`{}],"comment":{"comments":[`+
			strings.Repeat("{},", 300)+`{}]},"subtasks":[`+strings.Repeat("{},", 300)+`{}]}},`, 4000, "]}"), "far more memory"},
		"escaped fields":   {many(`{"id":"1","fields":{`, `"\u0061":"\u0061",`, 18*million/10, "}}"), "far more memory"},
		"fields again":     {many(`{"id":"1",`, `"fields":{"a":0},`, 18*million/10, "}"), "far more memory"},
		"names of a page":  {many(`{"issues":[{"id":"1"}],"names":{`, `"a":"",`, 4*million, "}}"), "far more memory"},
		"names of maps":    {many(`{"id":"1","properties":{`, `"a":{"b":0},`, 2*million, "}}"), "far more memory"},
		"bytes of no text": {many(`{"id":"1","fields":{"summary":"`, "\xff", 30*million, `"}}`), "far more memory"},
		"a long number":    {many(`{"id":"1","fields":{"watches":{"watchCount":`, "1", 30*million, `}}}`), "far more memory"},
		"a broken end":     {many(`{"id":"1","renderedFields":{"a":[`, "0,", 15*million, `]},}`), "invalid character"},
		"deep":             {`{"id":"1","fields":{"customfield_1":` + strings.Repeat("[", million) + strings.Repeat("]", million) + `}}`, ""},
		"deep parents":     {strings.Repeat(`{"id":"1","fields":{"parent":`, million) + "null" + strings.Repeat("}}", million), ""},
		"deep description": {`{"id":"1","fields":{"description":` + strings.Repeat(`{"content":[`, million) + strings.Repeat("]}", million) + `}}`, ""},
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			jc := newClient(t, roundTrip(func(req *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body.text)), ContentLength: -1, Request: req}, nil
			}), client.WithMaxResponse(limit))
			var err error
			held := memory.Peak(func() {
				if strings.HasPrefix(body.text, `{"issues"`) {
					for _, err = range jc.Issues.Search(t.Context(), "project = WEB", nil) {
						if err != nil {
							break
						}
					}
					return
				}
				_, err = jc.Issues.Get(t.Context(), "WEB-1", nil)
			})
			if held > limit+32<<20 {
				t.Errorf("held %d MiB", held>>20)
			}
			tooLarge := strings.Contains(body.want, "more")
			if err == nil || !strings.Contains(err.Error(), body.want) || tooLarge && !errors.Is(err, client.ErrTooLarge) {
				t.Errorf("err = %v, want %s", err, body.want)
			}
		})
	}
}

// An honest answer as large as the limit is read, and takes no more than three times as much, whatever most of it is.
func TestLargeIssues(t *testing.T) {
	memory.NoRace(t)
	const million, limit = 1_000_000, 32 << 20
	for name, issue := range map[string]string{
		"text":                  many(`{"id":"1","fields":{"summary":"`, "x", 33*million, `"}}`),
		"lines":                 many(`{"id":"1","fields":{"summary":"`, strings.Repeat("x", 98)+`\n`, 33*million/100, `"}}`),
		"escapes":               many(`{"id":"1","fields":{"summary":"`, `\u0041`, 33*million/6, `"}}`),
		"escapes of a comment":  many(`{"id":"1","fields":{"comment":{"comments":[{"id":"1","self":"`, `\u0041`, 33*million/6, `"}]}}}`),
		"rendered fields":       many(`{"id":"1","renderedFields":{"a":[`, "0,", 33*million/2, `]}}`),
		"a custom field":        many(`{"id":"1","fields":{"customfield_1":[`, "0,", 33*million/2, `]}}`),
		"a description":         many(`{"id":"1","fields":{"description":{"type":"doc","content":[`, "{},", 33*million/3, `]}}}`),
		"fields that are empty": many(`{"id":"1","fields":{`, `"customfield_10016":null,`, 150_000, `}}`),
		"comments":              many(`{"id":"1","fields":{"comment":{"comments":[`, `{"id":"1","body":{"type":"doc","content":[`+strings.Repeat("{},", 1000)+`{}]}},`, 33*million/3050, `]}}}`),
	} {
		for _, page := range []bool{false, true} {
			if page && strings.Contains(name, "comment") {
				continue // a page holds what encoding/json reads of it once more
			}
			t.Run(fmt.Sprintf("%s/page %t", name, page), func(t *testing.T) {
				text := issue
				if page {
					text = `{"issues":[` + issue + `]}`
				}
				jc := newClient(t, roundTrip(func(req *http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), ContentLength: -1, Request: req}, nil
				}), client.WithMaxResponse(limit))
				var issues []*jira.Issue
				held := memory.Peak(func() {
					if !page {
						issue, err := jc.Issues.Get(t.Context(), "WEB-1", nil)
						if err != nil {
							t.Fatal(err)
						}
						issues = append(issues, issue)
						return
					}
					for issue, err := range jc.Issues.Search(t.Context(), "project = WEB", nil) {
						if err != nil {
							t.Fatal(err)
						}
						issues = append(issues, issue)
					}
				})
				if held > 3*limit {
					t.Errorf("held %d MiB", held>>20)
				}
				if len(issues) != 1 || issues[0].ID != "1" {
					t.Errorf("%d issues", len(issues))
				}
			})
		}
	}
}

// A delivery is reckoned as answers are, whoever signed it.
func TestHostileDeliveries(t *testing.T) {
	memory.NoRace(t)
	const million = 1_000_000
	for name, tt := range map[string]struct {
		body  string
		limit int64
	}{
		"changes":        {many(`{"webhookEvent":"x","changelog":{"items":[`, "{},", 14*million/10, `]}}`), 4 << 20},
		"comments":       {many(`{"webhookEvent":"x","issue":{"fields":{"comment":{"comments":[`, "{},", 10*million, `]}}}}`), 32 << 20},
		"escaped fields": {many(`{"webhookEvent":"x","issue":{"fields":{`, `"\u0061":"\u0061",`, 18*million/10, `}}}`), 32 << 20},
		"properties":     {many(`{"webhookEvent":"x",`, `"\u0061":0,`, 3*million, `}`), 32 << 20},
		"a little of each": {`{"webhookEvent":"x","changelog":{"items":[` + strings.Repeat("{},", 50_000) + `{}]},"comment":{"properties":[` +
			strings.Repeat("{},", 200_000) + `{}]},"matchedWebhookIds":[` + strings.Repeat("1,", 500_000) + `1]}`, 4 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			if held := memory.Peak(func() { _, err = jira.ParseWebhookEvent(nil, []byte(tt.body)) }); held > tt.limit+32<<20 || !errors.Is(err, client.ErrTooLarge) {
				t.Errorf("held %d MiB, %v", held>>20, err)
			}
			h := jira.NewWebhookHandler(func(*http.Request, io.Reader) error { return nil }, func(context.Context, *jira.WebhookEvent) error { return nil }, jira.WebhookLimit(tt.limit))
			answer := httptest.NewRecorder()
			held := memory.Peak(func() {
				h.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(tt.body)))
			})
			if held > tt.limit+32<<20 || answer.Code != http.StatusRequestEntityTooLarge {
				t.Errorf("held %d MiB, answered %d", held>>20, answer.Code)
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// A page of as many issues as can be asked for is read.
func TestLargestPage(t *testing.T) {
	t.Parallel()
	jc := answering(t, 200, many(`{"issues":[`, `{"id":"§","fields":{"components":[{"id":"1","name":"c"}],"customfield_1":null,"labels":["a","b"]}},`, 1, "]}"))
	n := 0
	for _, err := range jc.Issues.Search(t.Context(), "project = WEB", nil) {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	var b strings.Builder
	b.WriteString(`{"issues":[{"id":"0"}`)
	for i := range 4999 {
		b.WriteString(`,{"id":"` + strings.Repeat("1", 1+i%9) + "_" + strings.Repeat("2", 1+i/9) + `"}`)
	}
	b.WriteString(`]}`)
	jc, n = answering(t, 200, b.String()), 0
	for _, err := range jc.Issues.Search(t.Context(), "project = WEB", nil) {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	if n != 5000 {
		t.Errorf("%d issues", n)
	}
}

// An answer is full of addresses, and none of them is ever followed: requests go to the site, whatever it says of itself,
// of the next page, of contents and of tasks.
func TestAddressesInAnswers(t *testing.T) {
	t.Parallel()
	api := promised()
	for _, evil := range []string{
		"https://evil.example/rest/api/3/x?startAt=1&after=1", "http://acme.example/rest", "//evil.example/x", "https://acme.example@evil.example/", "https://acme.example:444/x",
		"https://acme.example.evil.example/", "file:///etc/passwd", "/rest/api/3/../../admin", "https://evil.example/rest/api/3/task/7",
	} {
		link := `"` + evil + `"`
		fields := `"self":` + link + `,"content":` + link + `,"thumbnail":` + link + `,"next":` + link + `,"nextPage":` + link + `,"nextPageToken":` + link + `,"location":` + link + `,"url":` + link + `,"iconUrl":` + link
		bodies := []string{
			`{` + fields + `,"id":"7","key":"WEB-7","isLast":false,"total":9,"values":[{"id":"1",` + fields + `}],"issues":[{"id":"1","key":"A-1",` + fields + `,"fields":{}}],"taskId":` + link + `}`,
			`[{"id":"1",` + fields + `}]`, link,
		}
		for _, body := range bodies {
			synctest.Test(t, func(t *testing.T) { // some go on for a while
				var hosts []string
				jc := newClient(t, roundTrip(func(req *http.Request) (*http.Response, error) {
					hosts = append(hosts, req.URL.Scheme+"://"+req.URL.Host)
					if len(hosts) > 40 {
						return nil, errors.New("too many requests")
					}
					h := http.Header{"Content-Type": {"application/json"}, "Location": {evil}, "Content-Location": {evil}, "Link": {"<" + evil + `>; rel="next"`}, "Refresh": {"0; " + evil}}
					return &http.Response{StatusCode: 200, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1, Request: req}, nil
				}), client.WithPrefetch(1))
				api.Operations(jc, func(name string, call reflect.Value) {
					if name == "Webhooks.KeepAlive" {
						return // until its context is over
					}
					hosts = nil
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
					defer cancel()
					_ = api.Call(ctx, call)
					for _, host := range hosts {
						if host != site {
							t.Errorf("%s was sent to %s after an answer with %s", name, host, evil)
						}
					}
				})
			})
		}
	}
}

// A 303 that starts a task elsewhere starts none that we would ask for.
func TestAddressesOfTasks(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]bool{
		"/rest/api/3/task/7": true, site + "/rest/api/3/task/7": true, "HTTPS://ACME.EXAMPLE:443/rest/api/3/task/7": true,
		"https://evil.example/rest/api/3/task/7": false, "http://acme.example/rest/api/3/task/7": false, "//evil.example/task/7": false,
		"https://acme.example.evil.example/task/7": false, "https://acme.example:8443/task/7": false, "/rest/api/3/issue/7": false,
	} {
		r := &recorder{answers: []answer{{status: 303, header: http.Header{"Location": {location}}}, {status: 200, body: `{"status":"COMPLETE"}`}}}
		task, err := newClient(t, r).Bulk.SetProperties(t.Context(), jira.BulkProperties{})
		if (err == nil) != want || want && task.ID != "7" {
			t.Errorf("%s: %v, %v", location, task, err)
		}
		if err != nil && !errors.Is(err, client.ErrAmbiguous) {
			t.Errorf("%s: %v is not ambiguous", location, err)
		}
		if len(r.sent) != 1 {
			t.Errorf("%s: %d requests", location, len(r.sent))
		}
	}
}
