package client

import (
	"context"
	"log/slog"
	"time"
)

// Event tells of one attempt to send a request.
type Event struct {
	// Op is the operation, as in "Issues.Get".
	Op string
	// Method is the HTTP method.
	Method string
	// Path is the path with its parameter names, as in /rest/api/3/issue/{issueIdOrKey}.
	Path string
	// Status is the HTTP status, 0 when no answer came.
	Status int
	// Attempt counts from 1. Redirects and the repetition after a refreshed credential count too.
	Attempt int
	// Duration is the time until the answer's header arrived, or until the attempt failed.
	Duration time.Duration
	// TraceID is the server's name for the request, for its support.
	TraceID string
	// Err says why no answer came.
	Err error
}

func (c *Client) observe(ctx context.Context, e Event) {
	for _, hook := range c.hooks {
		hook(e)
	}
	if c.logger == nil {
		return
	}
	level := slog.LevelDebug
	if e.Err != nil || e.Status >= 400 {
		level = slog.LevelWarn
	}
	if !c.logger.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("op", e.Op), slog.String("method", e.Method), slog.String("path", e.Path),
		slog.Int("status", e.Status), slog.Int("attempt", e.Attempt), slog.Duration("duration", e.Duration),
	}
	if e.TraceID != "" {
		attrs = append(attrs, slog.String("trace", e.TraceID))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String("error", e.Err.Error()))
	}
	c.logger.LogAttrs(ctx, level, "request", attrs...)
}
