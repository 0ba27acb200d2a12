package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
)

// printer writes one line for each event, up to the most if that is not 0.
type printer struct {
	json bool
	most int

	mu sync.Mutex
	w  *program.Output
	n  int // those that were written
}

// line is what is told of an event.
type line struct {
	ID     string    `json:"id,omitempty"`
	Time   time.Time `json:"time,omitzero"`
	Event  string    `json:"event"`
	Issue  string    `json:"issue,omitempty"`
	User   string    `json:"user,omitempty"`
	Detail string    `json:"detail,omitempty"`
}

func (p *printer) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n
}

// failed returns why lines could not be written.
func (p *printer) failed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err()
}

func (p *printer) err() error { return p.w.Err(fmt.Sprintf("%d events were printed", p.n)) }

// print returns an error when the line could not be written: Jira sends the event again then.
func (p *printer) print(e *jira.WebhookEvent) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.most > 0 && p.n >= p.most {
		return nil
	}
	l := line{ID: e.ID, Time: e.Timestamp.Time, Event: string(e.Type), Detail: detail(e)}
	if e.Issue != nil {
		l.Issue = e.Issue.Key
	}
	if e.User != nil {
		l.User = e.User.DisplayName
	}
	if p.json {
		if err := json.NewEncoder(p.w).Encode(l); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(p.w, "%s  %-22s  %s  %s  %s\n", l.Time.Format(time.TimeOnly), program.Plain(l.Event),
			program.Dash(program.Plain(l.Issue)), program.Dash(program.Plain(l.User)), program.Dash(program.Plain(l.Detail)))
	}
	if err := p.err(); err != nil {
		return err
	}
	p.n++
	return nil
}

// detail says what has happened.
func detail(e *jira.WebhookEvent) string {
	switch {
	case e.Comment != nil:
		return e.Comment.Body.Text()
	case e.Changelog != nil:
		var changes []string
		for _, item := range e.Changelog.Items {
			changes = append(changes, fmt.Sprintf("%s: %s -> %s", item.Field, program.Dash(item.FromString), program.Dash(item.ToString)))
		}
		return strings.Join(changes, ", ")
	case e.Property != nil:
		return e.Property.Key
	case e.Issue != nil:
		return e.Issue.Fields.Summary
	}
	return ""
}
