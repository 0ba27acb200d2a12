package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// bare is what someone in a hurry writes: net/http and encoding/json, a struct with the four fields that are needed. It is
// the measure of everything else.
type bare struct {
	client http.Client
	site   string
}

func newBare(site string) *bare {
	return &bare{http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}, site}
}

type bareIssue struct {
	Key    string `json:"key"`
	Fields struct {
		Summary string `json:"summary"`
		Status  struct {
			Name string `json:"name"`
		} `json:"status"`
		Assignee struct {
			DisplayName string `json:"displayName"`
		} `json:"assignee"`
	} `json:"fields"`
}

type barePage struct {
	Issues        []bareIssue `json:"issues"`
	NextPageToken string      `json:"nextPageToken"`
}

func (b *bare) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		encoded, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(encoded)
	}
	return b.send(ctx, method, path, body, out)
}

func (b *bare) send(ctx context.Context, method, path string, body io.Reader, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, b.site+path, body)
	if err != nil {
		return err
	}
	req.SetBasicAuth(benchEmail, benchToken)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(out)
}

func (b *bare) get(ctx context.Context, key string, t *tally) error {
	var issue bareIssue
	if err := b.call(ctx, http.MethodGet, "/rest/api/3/issue/"+key, nil, &issue); err != nil {
		return err
	}
	t.add(issue.Key, issue.Fields.Summary, issue.Fields.Status.Name, issue.Fields.Assignee.DisplayName)
	return nil
}

func (b *bare) search(ctx context.Context, t *tally) error {
	query := map[string]any{"jql": benchJQL, "fields": []string{"*navigable"}, "maxResults": pageSize}
	for {
		var page barePage
		if err := b.call(ctx, http.MethodPost, "/rest/api/3/search/jql", query, &page); err != nil {
			return err
		}
		for i := range page.Issues {
			issue := &page.Issues[i]
			t.add(issue.Key, issue.Fields.Summary, issue.Fields.Status.Name, issue.Fields.Assignee.DisplayName)
		}
		if page.NextPageToken == "" {
			return nil
		}
		query["nextPageToken"] = page.NextPageToken
	}
}

func (b *bare) create(ctx context.Context, summary string) error {
	input := map[string]any{"fields": map[string]any{
		"project": map[string]string{"key": "WEB"}, "issuetype": map[string]string{"name": "Bug"}, "summary": summary,
	}}
	var created struct {
		Key string `json:"key"`
	}
	return b.call(ctx, http.MethodPost, "/rest/api/3/issue", input, &created)
}

func (b *bare) tiny(ctx context.Context) error {
	var out tinyAnswer
	return b.call(ctx, http.MethodGet, "/tiny", nil, &out)
}

func (b *bare) sendJSON(ctx context.Context, v any) error {
	var out tinyAnswer
	return b.call(ctx, http.MethodPost, "/sink", v, &out)
}

func (b *bare) sendStream(ctx context.Context, body []byte) error {
	var out tinyAnswer
	return b.send(ctx, http.MethodPost, "/sink", bytes.NewReader(body), &out)
}
