package main

import (
	"cmp"
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
	port, err := listen(ctx, set.listen) // before Jira is told of it
	if err != nil {
		return err
	}
	ids, err := register(ctx, l.jira, address.String(), set.jql)
	if err != nil {
		return errors.Join(err, port.Close())
	}
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
		defer cancel()
		if failed := l.jira.Webhooks.Delete(last, ids); failed != nil {
			err = errors.Join(err, fmt.Errorf("webhook %d is still registered, for 30 days at most: %w", ids.IDs, failed))
		}
	}()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var alive sync.WaitGroup
	var ended error
	alive.Go(func() {
		defer cancel()
		ended = l.jira.Webhooks.KeepAlive(ctx, func(err error) { l.say("%v", err) }, ids.IDs...)
	})
	err = l.serve(ctx, port, cmp.Or(address.Path, "/"))
	cancel()
	if alive.Wait(); !errors.Is(ended, context.Canceled) {
		return ended // the webhook is gone
	}
	return err
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	config := net.ListenConfig{}
	port, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, program.Usagef("-listen: %w", err)
	}
	return port, nil
}

// serve receives what is sent to the path, or to any with "", until the context ends or nothing can be printed any more.
func (l *listener) serve(ctx context.Context, port net.Listener, path string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	hook := jira.NewWebhookHandler(l.verify, func(_ context.Context, e *jira.WebhookEvent) error {
		err := l.out.print(e)
		if err != nil {
			cancel()
		}
		return err
	}, jira.WebhookErrors(func(err error) { l.say("%v", err) }))
	handler := func(w http.ResponseWriter, r *http.Request) {
		if path != "" && r.URL.Path != path { // a pattern would give a meaning to braces and spaces
			http.NotFound(w, r)
			return
		}
		hook.ServeHTTP(w, r)
	}
	server := &http.Server{Handler: http.HandlerFunc(handler), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute}
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
	return errors.Join(<-stopped, cmp.Or(l.out.failed(), ctx.Err()))
}
