package jira

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// Register registers webhooks that are sent to url, which must be the same for all webhooks of an app, and returns what
// became of each, in their order. When Jira refused some, the error is [client.ErrInvalid] and its Fields say which and
// why, by "webhooks[0]", "webhooks[1]" and so on; the others are registered. They live for 30 days: see
// [WebhooksService.KeepAlive].
//
// Only OAuth 2.0 and Connect apps can register webhooks: for an account with an API token this is [client.ErrForbidden]. An
// OAuth app may have 5 webhooks for each user and site.
//
// POST /rest/api/3/webhook
//
// Errors: [client.ErrInvalid], [client.ErrForbidden], [client.ErrAmbiguous].
func (s *WebhooksService) Register(ctx context.Context, url string, webhooks ...WebhookInput) ([]RegisteredWebhook, error) {
	const op = "Webhooks.Register"
	if len(webhooks) == 0 {
		return nil, client.Invalid(op, "there is no webhook to register: give one or more")
	}
	results, err := s.register(ctx, WebhookRegistration{URL: url, Webhooks: webhooks})
	if err != nil {
		return nil, err
	}
	if len(results) != len(webhooks) {
		return results, client.Ambiguous(op, fmt.Errorf("the server answered for %d of %d webhooks", len(results), len(webhooks)))
	}
	refused := map[string]error{}
	for i, r := range results {
		if r.ID == 0 {
			refused[fmt.Sprintf("webhooks[%d]", i)] = errors.New((*service)(s).api().Scrub(strings.Join(append(r.Errors, "not registered"), "; ")))
		}
	}
	if len(refused) > 0 {
		return results, client.InvalidFields(op, refused)
	}
	return results, nil
}

// ListFailed iterates over the deliveries that failed after the last retry, the oldest first. To see only new ones the
// next time, give the FailureTime of the last as After.
//
// After 72 hours a failure may no longer be listed. Only Connect apps can call this. Experimental: Atlassian may change it.
//
// GET /rest/api/3/webhook/failed, one request per page.
//
// Errors: [client.ErrInvalid], [client.ErrForbidden].
func (s *WebhooksService) ListFailed(ctx context.Context, params *GetFailedWebhooksParams) iter.Seq2[*FailedWebhook, error] {
	var p GetFailedWebhooksParams
	if params != nil {
		p = *params
	}
	return client.Iterate(ctx, (*service)(s).api(), "Webhooks.ListFailed", p.After, func(ctx context.Context, at int64) (client.Page[*FailedWebhook, int64], error) {
		p := p
		p.After = at
		page, err := s.ListFailedPage(ctx, &p)
		if err != nil {
			return client.Page[*FailedWebhook, int64]{}, err
		}
		next := client.Page[*FailedWebhook, int64]{Items: client.Pointers(page.Values)}
		if n := len(page.Values); n > 0 && page.Next != "" {
			next.More, next.Next = n >= page.MaxResults, page.Values[n-1].FailureTime
		}
		return next, nil
	})
}

// The life of a webhook is 30 days. It is extended every day, so that a few bad days do not end it.
const (
	refreshEvery = 24 * time.Hour
	refreshAgain = time.Hour // after a failure
	refreshLeast = time.Minute
)

// KeepAlive refreshes webhooks at once and then every day, until ctx ends; without ids all webhooks of the app. It returns
// only when it cannot go on, always with an error: [client.ErrNotFound] when one of the webhooks is gone,
// [client.ErrForbidden], [client.ErrUnauthorized] or [client.ErrInvalid] when Jira refuses, else the error of ctx. After
// other failures, of which tell learns unless it is nil, it tries again in an hour.
//
// The client needs an [client.Auth] that renews itself: an access token of an OAuth 2.0 app lives for an hour, and with one
// that is fixed the second refresh is [client.ErrUnauthorized].
func (s *WebhooksService) KeepAlive(ctx context.Context, tell func(error), ids ...int64) error {
	const op = "Webhooks.KeepAlive"
	if err := (*service)(s).misuse(ctx, op); err != nil {
		return err
	}
	for {
		pause, err := s.keep(ctx, op, ids)
		switch {
		case ctx.Err() != nil:
			return client.Failed(op, ctx.Err())
		case err == nil:
		case slices.ContainsFunc(final, func(kind error) bool { return errors.Is(err, kind) }):
			return err
		default:
			pause = refreshAgain
			if tell != nil {
				tell(err)
			}
		}
		if err := client.Sleep(ctx, pause); err != nil {
			return client.Failed(op, err)
		}
	}
}

// final are the kinds of failure that do not pass by themselves.
var final = []error{client.ErrNotFound, client.ErrForbidden, client.ErrUnauthorized, client.ErrInvalid}

// keep refreshes the webhooks once and returns the time until the next.
func (s *WebhooksService) keep(ctx context.Context, op string, ids []int64) (time.Duration, error) {
	var alive []int64
	for webhook, err := range s.List(ctx, nil) {
		if err != nil {
			return 0, err
		}
		alive = append(alive, webhook.ID)
	}
	// A refresh ignores in silence what is gone.
	for _, id := range ids {
		if !slices.Contains(alive, id) {
			return 0, client.Failed(op, fmt.Errorf("webhook %d is gone, register it again: %w", id, client.ErrNotFound))
		}
	}
	if len(ids) == 0 {
		ids = alive
	}
	if len(ids) == 0 {
		return 0, client.Failed(op, fmt.Errorf("the app has no webhooks, register some: %w", client.ErrNotFound))
	}
	life, err := s.Refresh(ctx, WebhookIDs{IDs: ids})
	if err != nil {
		return 0, err
	}
	return max(refreshLeast, min(refreshEvery, time.Until(life.Expires.Time)/2)), nil
}
