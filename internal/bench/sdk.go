package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

// sdk does the same with this module, as its users would.
type sdk struct {
	jira   *jira.Client
	points jira.CustomField[float64]
}

func newSDK(site string) (*sdk, error) {
	jc, err := jira.New(site, client.BasicAuth(benchEmail, benchToken))
	return &sdk{jc, jira.NumberField(pointsID)}, err
}

// read reads what the bare client reads, and a custom field.
func (s *sdk) read(issue *jira.Issue, t *tally) error {
	_, ok, err := s.points.Get(issue)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%s has no points", issue.Key)
	}
	t.add(issue.Key, issue.Fields.Summary, issue.Fields.Status.Name, issue.Fields.Assignee.DisplayName)
	return nil
}

func (s *sdk) get(ctx context.Context, key string, t *tally) error {
	issue, err := s.jira.Issues.Get(ctx, key, nil)
	if err != nil {
		return err
	}
	return s.read(issue, t)
}

func (s *sdk) search(ctx context.Context, t *tally) error {
	for issue, err := range s.jira.Issues.Search(ctx, benchJQL, nil) {
		if err == nil {
			err = s.read(issue, t)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *sdk) create(ctx context.Context, summary string) error {
	_, err := s.jira.Issues.Create(ctx, jira.IssueInput{Project: "WEB", Type: "Bug", Summary: summary})
	return err
}

func (s *sdk) tiny(ctx context.Context) error {
	var out tinyAnswer
	return s.jira.Do(ctx, client.NewRequest("Tiny", http.MethodGet, "/tiny"), &out)
}

func (s *sdk) sendJSON(ctx context.Context, v any) error {
	var out tinyAnswer
	return s.jira.Do(ctx, client.NewRequest("Sink", http.MethodPost, "/sink").JSON(v), &out)
}

func (s *sdk) sendStream(ctx context.Context, body []byte) error {
	var out tinyAnswer
	return s.jira.Do(ctx, client.NewRequest("Sink", http.MethodPost, "/sink").Stream(&client.Stream{
		ContentType: "application/json", Length: int64(len(body)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
	}), &out)
}
