package jiratest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/internal/fake"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

type object = map[string]any

// site is a fake without a listener, and a simple client for it.
type site struct {
	*jiratest.Server

	t   testing.TB
	now time.Time
}

func newSite(t testing.TB, opts ...jiratest.Option) *site {
	t.Helper()
	s := &site{t: t, now: time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)}
	clock := jiratest.WithClock(func() time.Time { return s.now })
	s.Server = jiratest.NewServer(append([]jiratest.Option{clock, jiratest.WithoutListener()}, opts...)...)
	t.Cleanup(s.Close)
	return s
}

// send sends a request with credentials; body is JSON text, or empty.
func (s *site) send(method, path, body string) (*http.Response, []byte) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+"/rest/api/3"+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.SetBasicAuth(jiratest.Email, jiratest.Token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, data, err := fake.Do(s, req)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp, data
}

// want sends a request, checks the status and returns the answer, which must be JSON or empty.
func (s *site) want(status int, method, path, body string) any {
	s.t.Helper()
	resp, data := s.send(method, path, body)
	if resp.StatusCode != status {
		s.t.Fatalf("%s %s %s: status %d, want %d: %s", method, path, body, resp.StatusCode, status, data)
	}
	if len(data) == 0 {
		return nil
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		s.t.Fatalf("%s %s: %v: %s", method, path, err, data)
	}
	return v
}

// wantError checks a refusal: its status and a part of its text.
func (s *site) wantError(status int, part, method, path, body string) {
	s.t.Helper()
	got := s.want(status, method, path, body)
	if text := fmt.Sprint(got); !strings.Contains(text, part) {
		s.t.Errorf("%s %s %s: %s; want %q in it", method, path, body, text, part)
	}
}

// carryOver restores the site from a snapshot of itself.
func (s *site) carryOver() {
	s.t.Helper()
	snapshot, err := s.Snapshot()
	if err == nil {
		err = s.Restore(snapshot)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// at walks into a JSON value: at(v, "fields", "labels", 0).
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(object)
			v = m[step]
		case int:
			l, _ := v.([]any)
			if step >= len(l) {
				return nil
			}
			v = l[step]
		}
	}
	return v
}

// same compares two values as they print, which is enough for JSON scalars and lists.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

const document = `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"Steps to see it"}]}]}`

// wantPanic checks that a call panics with a text.
func wantPanic(t *testing.T, part string, call func()) {
	t.Helper()
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, part) {
			t.Errorf("panic = %q, want %q in it", got, part)
		}
	}()
	call()
}
