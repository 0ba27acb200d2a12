package jiratest_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/internal/fake"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// upload sends files as name and content in turn.
func (s *site) upload(key, part, xsrf string, files ...string) (int, string) {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(files); i += 2 {
		w, err := form.CreateFormFile(part, files[i])
		if err != nil {
			s.t.Fatal(err)
		}
		_, _ = io.WriteString(w, files[i+1])
	}
	_ = form.Close()
	req, err := http.NewRequestWithContext(s.t.Context(), "POST", s.URL+"/rest/api/3/issue/"+key+"/attachments", &body)
	if err != nil {
		s.t.Fatal(err)
	}
	req.SetBasicAuth(jiratest.Email, jiratest.Token)
	req.Header.Set("Content-Type", form.FormDataContentType())
	if xsrf != "" {
		req.Header.Set("X-Atlassian-Token", xsrf)
	}
	resp, data, err := fake.Do(s, req)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.AddIssue("WEB", "Bug", "With files", nil)
	status, body := s.upload(key, "file", "no-check", "log.txt", "0123456789", "log.txt", "other")
	if status != 200 || strings.Count(body, `"filename":"log.txt"`) != 2 || !strings.Contains(body, `"id":"10000"`) {
		t.Fatalf("upload: %d %s", status, body)
	}
	same(t, "in the issue", s.Issue(key).Fields.Attachments[0].Size, 10)
	same(t, "id in the issue", fmt.Sprintf("%T", at(s.want(200, "GET", "/issue/"+key, ""), "fields", "attachment", 0, "id")), "string")
	meta := s.want(200, "GET", "/attachment/10000", "")
	same(t, "id alone", fmt.Sprintf("%T", at(meta, "id")), "float64")
	same(t, "type", at(meta, "mimeType"), "text/plain; charset=utf-8")

	resp, _ := s.send("GET", "/attachment/content/10000", "")
	location := resp.Header.Get("Location")
	same(t, "redirect", resp.StatusCode, 303)
	if strings.HasPrefix(location, s.URL) {
		t.Errorf("location %s is on the site itself", location)
	}
	get := func(url string, header ...string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		resp, data, err := fake.Do(s, req)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(data)
	}
	for _, tt := range []struct {
		url    string
		header []string
		status int
		want   string
	}{
		{location, nil, 200, "0123456789"},
		{location, []string{"Range", "bytes=3-5"}, 206, "345"},
		{location, []string{"Range", "bytes=50-"}, 416, ""},
		{location, []string{"Authorization", "Basic x"}, 400, "must not be sent to the media host"},
		{strings.Replace(location, "token=", "token=0", 1), nil, 403, "token is not valid"},
		{strings.Replace(location, "/file/", "/file/0", 1), nil, 404, "file not found"},
	} {
		status, body := get(tt.url, tt.header...)
		if status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s %v: %d %s, want %d %s", tt.url, tt.header, status, body, tt.status, tt.want)
		}
	}
	resp, data := s.send("GET", "/attachment/content/10001?redirect=false", "")
	same(t, "inline", fmt.Sprint(resp.StatusCode, string(data)), "200other")
	s.want(204, "DELETE", "/attachment/10001", "")
	s.wantError(404, "does not exist", "GET", "/attachment/content/10001", "")

	for _, tt := range []struct {
		key, part, xsrf string
		status          int
		want            string
	}{
		{key, "file", "", 403, "XSRF check failed"},
		{key, "files", "no-check", 400, "must be called file"},
		{"WEB-9", "file", "no-check", 404, "Issue does not exist"},
	} {
		if status, body := s.upload(tt.key, tt.part, tt.xsrf, "a", "b"); status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%v: %d %s", tt, status, body)
		}
	}
	if status, _ := s.upload(key, "file", "no-check"); status != 400 {
		t.Errorf("upload without a file: %d", status)
	}
}

// Over real connections the media host differs from the site's, so a client drops its credentials by itself.
func TestDownloadOverNetwork(t *testing.T) {
	t.Parallel()
	server := jiratest.NewServer()
	defer server.Close()
	s := &site{Server: server, t: t}
	key := s.AddIssue("WEB", "Bug", "With a file", nil)
	s.upload(key, "file", "no-check", "a.bin", "content")
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/rest/api/3/attachment/content/10000", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(jiratest.Email, jiratest.Token)
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || string(data) != "content" {
		t.Errorf("got %d %s, %v", resp.StatusCode, data, err)
	}
}
