package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
)

// events are what the program listens to.
var events = []jira.WebhookEventType{
	jira.EventIssueCreated, jira.EventIssueUpdated, jira.EventIssueDeleted,
	jira.EventCommentCreated, jira.EventCommentUpdated, jira.EventCommentDeleted,
	jira.EventIssuePropertySet, jira.EventIssuePropertyDeleted,
}

// goodbye bounds what is done after the end.
const goodbye = 15 * time.Second

// register asks Jira for the webhook and explains a refusal.
func register(ctx context.Context, jc *jira.Client, address, jql string) (jira.WebhookIDs, error) {
	results, err := jc.Webhooks.Register(ctx, address, jira.WebhookInput{Events: events, JQL: jql})
	var ids jira.WebhookIDs
	for _, r := range results {
		if r.ID != 0 {
			ids.IDs = append(ids.IDs, r.ID)
		}
	}
	if errors.Is(err, client.ErrForbidden) {
		err = fmt.Errorf("Jira lets only OAuth 2.0 and Connect apps register webhooks, with the scope manage:jira-webhook: %w", err) //nolint:staticcheck // a name
	}
	return ids, err
}

// listener receives the webhooks of a real site.
type listener struct {
	verify jira.WebhookVerifier
	out    *printer
	jira   *jira.Client

	mu     sync.Mutex
	stderr io.Writer
}

func (l *listener) say(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintln(l.stderr, program.Plain(fmt.Sprintf(format, args...)))
}

// register listens with a webhook of its own, which it keeps alive and deletes at the end.
func (l *listener) register(ctx context.Context, set *settings, address *url.URL) (err error) {
	ids, err := register(ctx, l.jira, address.String(), set.jql)
	if err != nil {
		return err
	}
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
		defer cancel()
		if failed := l.jira.Webhooks.Delete(last, ids); failed != nil {
			err = errors.Join(err, fmt.Errorf("webhook %d is still registered, for 30 days at most: %w", ids.IDs, failed))
		}
	}()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var alive sync.WaitGroup
	alive.Go(func() {
		cancel(l.jira.Webhooks.KeepAlive(ctx, func(err error) { l.say("%v", err) }, ids.IDs...))
	})
	defer alive.Wait()
	defer cancel(nil)
	path := address.Path
	if path == "" {
		path = "/"
	}
	err = l.serve(ctx, set.listen, path)
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause // the webhook is gone
	}
	return err
}

// serve receives what is sent to the path until the context ends.
func (l *listener) serve(ctx context.Context, address, path string) error {
	handler := jira.NewWebhookHandler(l.verify, func(_ context.Context, e *jira.WebhookEvent) error { return l.out.print(e) },
		jira.WebhookErrors(func(err error) { l.say("%v", err) }))
	mux := http.NewServeMux()
	mux.Handle(path, handler)
	config := net.ListenConfig{}
	port, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return program.Usagef("-listen: %w", err)
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
		defer cancel()
		stopped <- server.Shutdown(last)
	})
	defer stop()
	l.say("Listening on %s; Ctrl-C ends it.", port.Addr())
	if err := server.Serve(port); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return errors.Join(<-stopped, ctx.Err())
}
