package client

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/time/rate"
)

// Option configures a [Client].
type Option func(*config) error

type config struct {
	site         string // as given to New
	baseURL      string // of WithBaseURL
	gateway      string // of WithGateway
	transport    http.RoundTripper
	retry        RetryPolicy
	timeout      time.Duration
	userAgent    string
	maxResponse  int64
	prefetch     int
	concurrency  int
	limiter      *rate.Limiter
	logger       *slog.Logger
	hooks        []func(Event)
	insecureHTTP bool
}

const (
	defaultTimeout     = 60 * time.Second
	defaultMaxResponse = 32 << 20
)

// WithBaseURL replaces the base URL of the API, for a staging site, a proxy or a fake.
func WithBaseURL(url string) Option {
	return func(c *config) error {
		c.baseURL = url
		return nil
	}
}

// WithTransport sends all requests through rt: a proxy, a tracer, a mock. The default is a transport of the client's own
// with the settings of http.DefaultTransport. Signing and retries happen above it.
func WithTransport(rt http.RoundTripper) Option {
	return func(c *config) error {
		if isNil(rt) {
			return errors.New("WithTransport: the transport is nil")
		}
		c.transport = rt
		return nil
	}
}

// WithRetry replaces the retry policy.
func WithRetry(p RetryPolicy) Option {
	return func(c *config) error {
		c.retry = p
		return nil
	}
}

// WithTimeout bounds one attempt, from dialling to the end of the answer's body. The default is 60 s; 0 is no bound.
// Uploads and downloads have none. Bound a whole call, retries included, by its context.
func WithTimeout(d time.Duration) Option {
	return func(c *config) error {
		if d < 0 {
			return errors.New("WithTimeout: the timeout is negative")
		}
		c.timeout = d
		return nil
	}
}

// WithUserAgent sets the User-Agent header. Name your program and a way to reach you.
func WithUserAgent(ua string) Option {
	return func(c *config) error {
		if hasControl(ua) {
			return errors.New("WithUserAgent: the text contains a line break or another control character")
		}
		c.userAgent = ua
		return nil
	}
}

// WithMaxResponse bounds the body of one answer, in bytes after decompression; beyond it a call fails with [ErrTooLarge].
// The default is 32 MiB. Downloads are not bounded.
func WithMaxResponse(n int64) Option {
	return func(c *config) error {
		if n <= 0 {
			return errors.New("WithMaxResponse: the limit must be positive")
		}
		c.maxResponse = n
		return nil
	}
}

// WithPrefetch says how many pages an iterator may have in flight while the caller works on one. The default is 1, 0
// turns it off. More than 1 helps on lists with offsets only: the next token of a search is known one page at a time.
func WithPrefetch(pages int) Option {
	return func(c *config) error {
		if pages < 0 {
			return errors.New("WithPrefetch: the number of pages is negative")
		}
		c.prefetch = pages
		return nil
	}
}

// WithMaxConcurrency bounds the number of calls under way at once.
func WithMaxConcurrency(n int) Option {
	return func(c *config) error {
		if n < 1 {
			return errors.New("WithMaxConcurrency: at least one call must be possible")
		}
		c.concurrency = n
		return nil
	}
}

// WithRateLimit paces the client at perSecond requests, with bursts of at most burst, retries included. A call whose turn
// comes too late for its context fails at once with [ErrRateLimited].
func WithRateLimit(perSecond float64, burst int) Option {
	return func(c *config) error {
		if !(perSecond > 0) || burst < 1 { // not a number is not positive either
			return errors.New("WithRateLimit: the rate and the burst must be positive")
		}
		c.limiter = rate.NewLimiter(rate.Limit(perSecond), burst)
		return nil
	}
}

// WithLogger logs each attempt to l: method, path template, status, attempt, duration and trace id, at debug level when
// it went well and as a warning when not. Bodies, queries and credentials are never logged.
func WithLogger(l *slog.Logger) Option {
	return func(c *config) error {
		if l == nil {
			return errors.New("WithLogger: the logger is nil")
		}
		c.logger = l
		return nil
	}
}

// WithHook calls hook after each attempt, for metrics. It is called from the goroutine of the call, may be called at the
// same time by several, and delays the call that it observes.
func WithHook(hook func(Event)) Option {
	return func(c *config) error {
		if hook == nil {
			return errors.New("WithHook: the hook is nil")
		}
		c.hooks = append(c.hooks, hook)
		return nil
	}
}

// WithInsecureHTTP allows a base URL with http to a host that is not this machine. Credentials then travel in the clear.
func WithInsecureHTTP() Option {
	return func(c *config) error {
		c.insecureHTTP = true
		return nil
	}
}
