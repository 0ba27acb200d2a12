package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// count compares what the callers were told with what is on the site.
func (c *crowd) count() {
	c.f.Once.Keys = len(c.once)
	byLabel, bySummary := map[string][]string{}, map[string][]string{}
	for _, key := range c.site.Issues() {
		if c.untouched(key) {
			continue
		}
		issue := c.site.Issue(key)
		summary := issue.Fields.Summary
		switch {
		case strings.HasPrefix(key, "WEB-"):
			c.f.Once.Issues++
			for _, label := range issue.Fields.Labels {
				byLabel[label] = append(byLabel[label], key)
			}
		case strings.HasPrefix(summary, "create "):
			c.f.Creates.Issues++
			bySummary[summary] = append(bySummary[summary], key)
		case c.edited[key] && summary != editedSummary:
			c.f.Edits.Lost++
		}
	}
	for n := range c.keys {
		there := byLabel[jira.OnceLabel(onceKey(n))]
		if len(there) == 0 || there[0] != c.once[onceKey(n)] {
			c.f.Once.Lost++
		}
		c.f.Once.Doubled += max(0, len(there)-1)
	}
	for n, told := range c.outcome {
		there := bySummary[createSummary(n)]
		switch {
		case told.key != "" && (len(there) == 0 || there[0] != told.key):
			c.f.Creates.Lost++
		case told.ambiguous && len(there) > 0:
			c.f.Creates.Arrived++
		case told.key == "" && !told.ambiguous && len(there) > 0:
			c.f.Creates.Secret++
		}
		c.f.Creates.Doubled += max(0, len(there)-1)
	}
	c.books()
}

// untouched reports whether an issue was there before and has stayed as it was.
func (c *crowd) untouched(key string) bool {
	n, err := strconv.Atoi(strings.TrimPrefix(key, "OPS-"))
	return err == nil && n <= c.issues && !c.edited[key]
}

// books takes over what the layers below have counted.
func (c *crowd) books() {
	c.f.Faults = c.chance.Counts()
	for _, rule := range c.usual {
		c.f.Faulted += c.f.Faults[rule.Name]
	}
	c.f.Storms = c.site.Faults().Counts()["401 storm"]
	c.f.Security.Reused = c.tokens.Stats().Reuses
	c.f.Requests = c.wire.requests
	c.f.Foreign, c.f.Security.Leaked = c.wire.foreign, c.wire.leaked
	c.f.Pauses = c.wire.figures
}

// hour tells a client to wait for an hour, which is more than it may sleep.
func (c *crowd) hour(ctx context.Context) {
	c.site.Faults().Clear()
	in := new(faults.Injector)
	in.Add(faults.RateLimited(faults.QuotaTenant, faults.BySeconds, time.Hour))
	jc, err := jira.New(c.site.URL, client.BasicAuth(jiratest.Email, jiratest.Token),
		client.WithTransport(in.Transport(c.site.Transport())), client.WithRetry(client.RetryPolicy{MaxPause: maxPause}))
	must(err)
	start := time.Now()
	told := true
	for range c.workers {
		_, err := jc.Issues.Get(ctx, "OPS-1", nil)
		failure, ok := errors.AsType[*client.Error](err)
		told = told && ok && errors.Is(err, client.ErrRateLimited) && failure.RetryAfter == time.Hour
	}
	c.f.Pauses.HourSlept, c.f.Pauses.HourTold = time.Since(start).Seconds(), told
}
