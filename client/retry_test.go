package client_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

var certificateError error = x509.UnknownAuthorityError{}

// duration is a time.Duration that JSON tables can hold.
type duration struct{ time.Duration }

func (d *duration) UnmarshalText(b []byte) (err error) {
	d.Duration, err = time.ParseDuration(string(b))
	return err
}

func TestRetryTable(t *testing.T) {
	t.Parallel()
	var table []struct {
		Name     string   `json:"name"`
		Method   string   `json:"method"`
		Safe     bool     `json:"safe"`
		Retries  int      `json:"retries"`
		Answers  []reply  `json:"answers"`
		Requests int      `json:"requests"`
		Min      duration `json:"min"`
		Max      duration `json:"max"`
		Fails    bool     `json:"fails"`
		Kinds    []string `json:"kinds"`
	}
	b, err := os.ReadFile("testdata/retry.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &table); err != nil {
		t.Fatal(err)
	}
	for _, tt := range table {
		t.Run(tt.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := replies(tt.Answers...)
				c := newClient(t, n.transport(), client.WithRetry(client.RetryPolicy{Retries: tt.Retries}))
				r := client.NewRequest("Things.Do", tt.Method, "/things/{id}", "1")
				var out any
				if tt.Method != http.MethodGet && tt.Method != http.MethodHead && tt.Method != http.MethodOptions {
					r.JSON(map[string]string{"a": "b"})
				}
				if tt.Method != http.MethodHead && tt.Method != http.MethodOptions {
					out = new(map[string]any)
				}
				if tt.Safe {
					r.Safe()
				}
				start := time.Now()
				err := c.Do(t.Context(), r, out)
				if waited := time.Since(start); waited < tt.Min.Duration || waited > tt.Max.Duration {
					t.Errorf("waited %v, want %v to %v", waited, tt.Min, tt.Max)
				}
				if (err != nil) != tt.Fails {
					t.Fatalf("err = %v, want one: %v", err, tt.Fails)
				}
				if err != nil {
					wantFailure(t, err)
				}
				wantKinds(t, err, tt.Kinds...)
				for _, s := range wantSent(t, n, tt.Requests) {
					if s.body != tableBody(tt.Method) {
						t.Errorf("body = %q, want the same in every attempt", s.body)
					}
				}
			})
		})
	}
}

// tableBody is the body that the requests of the table carry.
func tableBody(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return ""
	}
	return `{"a":"b"}`
}

// A pause as the server asks for it, in every form, is waited for in full and hardly longer.
func TestPauseForms(t *testing.T) {
	t.Parallel()
	in := func(d time.Duration, layout string) func() string {
		return func() string { return time.Now().Add(d).UTC().Format(layout) }
	}
	fixed := func(s string) func() string { return func() string { return s } }
	tests := []struct {
		name     string
		header   string
		value    func() string
		min, max time.Duration
	}{
		{"seconds", "Retry-After", fixed("7"), 7 * time.Second, 7500 * time.Millisecond},
		{"fractional", "Retry-After", fixed("1.5"), 1500 * time.Millisecond, 1600 * time.Millisecond},
		{"spaces", "Retry-After", fixed(" 2 "), 2 * time.Second, 2100 * time.Millisecond},
		{"zero", "Retry-After", fixed("0"), 100 * time.Millisecond, 110 * time.Millisecond},
		{"date", "Retry-After", in(20*time.Second, http.TimeFormat), 20 * time.Second, 20500 * time.Millisecond},
		{"past date", "Retry-After", in(-time.Hour, http.TimeFormat), 100 * time.Millisecond, 110 * time.Millisecond},
		{"negative", "Retry-After", fixed("-5"), 500 * time.Millisecond, 1050 * time.Millisecond},
		{"nonsense", "Retry-After", fixed("soon"), 500 * time.Millisecond, 1050 * time.Millisecond},
		{"NaN", "Retry-After", fixed("NaN"), 500 * time.Millisecond, 1050 * time.Millisecond},
		{"none", "X-Nothing", fixed("1"), 500 * time.Millisecond, 1050 * time.Millisecond},
		{"announced only", "Beta-Retry-After", fixed("50"), 500 * time.Millisecond, 1050 * time.Millisecond},
		{"longest", "Retry-After", fixed("60"), time.Minute, time.Minute},
		{"reset", "X-RateLimit-Reset", in(30*time.Second, time.RFC3339), 30 * time.Second, 30500 * time.Millisecond},
		{"reset without seconds", "X-RateLimit-Reset", in(time.Minute, "2006-01-02T15:04Z"), time.Minute, time.Minute},
		{"reset in seconds from now", "X-RateLimit-Reset", fixed("12"), 12 * time.Second, 12500 * time.Millisecond},
		{"reset as seconds since 1970", "X-RateLimit-Reset", fixed("946684810"), 10 * time.Second, 10500 * time.Millisecond},
		{"reset as milliseconds since 1970", "X-RateLimit-Reset", fixed("946684810000"), 10 * time.Second, 10500 * time.Millisecond},
		{"reset in the past", "X-RateLimit-Reset", in(-time.Minute, time.RFC3339), 100 * time.Millisecond, 110 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // begins on 2000-01-01T00:00:00Z, which is 946684800
				n := replies(status(http.StatusTooManyRequests, tt.header, tt.value()), ok("{}"))
				start := time.Now()
				if err := newClient(t, n.transport()).Do(t.Context(), create(), nil); err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(start); waited < tt.min || waited > tt.max {
					t.Errorf("waited %v, want %v to %v", waited, tt.min, tt.max)
				}
				wantSent(t, n, 2)
			})
		})
	}
}

func TestPauseTooLong(t *testing.T) {
	t.Parallel()
	header := map[string]string{"Retry-After": "3600", "RateLimit-Reason": "jira-quota-global-based", "Atl-Traceid": "trace-1"}
	throttled := reply{Status: http.StatusTooManyRequests, Header: header, Body: `{"errorMessages":["Rate limit exceeded."]}`}
	tests := []struct {
		name     string
		answer   reply
		deadline time.Duration
		policy   client.RetryPolicy
		want     time.Duration
	}{
		{"an hour", throttled, 0, client.RetryPolicy{}, time.Hour},
		{"an hour by date", status(429, "Retry-After", "Sat, 01 Jan 2000 01:00:00 GMT"), 0, client.RetryPolicy{}, time.Hour},
		{"an hour by reset", status(429, "X-RateLimit-Reset", "2000-01-01T01:00Z"), 0, client.RetryPolicy{}, time.Hour},
		{"an hour by 503", status(503, "Retry-After", "3600"), 0, client.RetryPolicy{}, time.Hour},
		{"beyond the deadline", status(429, "Retry-After", "20"), 10 * time.Second, client.RetryPolicy{}, 20 * time.Second},
		{"beyond the policy", status(429, "Retry-After", "6"), 0, client.RetryPolicy{MaxPause: 5 * time.Second}, 6 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := replies(tt.answer)
				ctx := t.Context()
				if tt.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.deadline)
					defer cancel()
				}
				start := time.Now()
				err := newClient(t, n.transport(), client.WithRetry(tt.policy)).Do(ctx, get(), nil)
				if waited := time.Since(start); waited != 0 {
					t.Errorf("waited %v, want an answer at once", waited)
				}
				e := wantError(t, err)
				wantKinds(t, err, "rateLimited")
				if e.RetryAfter != tt.want || e.Status != tt.answer.Status {
					t.Errorf("RetryAfter = %v with status %d, want %v with %d", e.RetryAfter, e.Status, tt.want, tt.answer.Status)
				}
				if tt.answer.Body != "" && (e.Reason != "jira-quota-global-based" || e.TraceID != "trace-1" || len(e.Messages) != 1) {
					t.Errorf("the last answer was lost: %+v", *e)
				}
				wantSent(t, n, 1)
			})
		})
	}
}

// The wait after a failure is not begun when it would outlast the context: the failure is reported instead.
func TestBackoffBeyondDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := replies(reply{Status: 502, Body: `{"message":"bad gateway"}`})
		ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
		defer cancel()
		start := time.Now()
		err := newClient(t, n.transport()).Do(ctx, get(), nil)
		if e := wantError(t, err); e.Status != 502 || len(e.Messages) != 1 || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v, want the 502 and its message", err)
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("waited %v for nothing", waited)
		}
	})
}

// A pause that just fits into the context's deadline is not lost to jitter.
func TestPauseJustWithinDeadline(t *testing.T) {
	t.Parallel()
	for range 20 { // jitter is chance
		synctest.Test(t, func(t *testing.T) {
			n := replies(status(429, "Retry-After", "10"), ok("{}"))
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second+time.Millisecond)
			defer cancel()
			if err := newClient(t, n.transport()).Do(ctx, get(), nil); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestExtremePolicy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := replies(reply{Status: 500})
		c := newClient(t, n.transport(), client.WithRetry(client.RetryPolicy{
			Retries: 15, MinWait: 24 * time.Hour, MaxWait: 48 * time.Hour, MaxPause: time.Hour,
		}))
		start := time.Now()
		if err := c.Do(t.Context(), get(), nil); err == nil {
			t.Error("no error")
		}
		if waited := time.Since(start); waited < (12+14*24)*time.Hour || waited > 30*24*time.Hour {
			t.Errorf("waited %v", waited)
		}
		wantSent(t, n, 16)
	})
}
