package client_test

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// pageOf is a fetch function of lists that have one page of three.
func pageOf(context.Context, int) (client.Page[int, int], error) {
	return client.Page[int, int]{Items: client.Slice([]int{1, 2, 3})}, nil
}

// What was forgotten is an error that says what to do, before anything is sent.
func TestForgotten(t *testing.T) {
	t.Parallel()
	n := replies(ok("{}"))
	c := newClient(t, n.transport())
	var nobody *http.Response
	for name, tt := range map[string]struct {
		call func() error
		want string
	}{
		"zero client":     {func() error { return new(client.Client).Do(t.Context(), get(), nil) }, "not made by New"},
		"nil client":      {func() error { return (*client.Client)(nil).Do(t.Context(), get(), nil) }, "not made by New"},
		"nil request":     {func() error { return c.Do(t.Context(), nil, nil) }, "not made by NewRequest"},
		"zero request":    {func() error { return c.Do(t.Context(), &client.Request{}, nil) }, "not made by NewRequest"},
		"nil context":     {func() error { return c.Do(nil, get(), nil) }, "the context is nil"}, //nolint:staticcheck // on purpose
		"nil stream":      {func() error { return c.Do(t.Context(), create().Stream(nil), nil) }, "no Open function"},
		"zero stream":     {func() error { return c.Do(t.Context(), create().Stream(&client.Stream{}), nil) }, "no Open function"},
		"nil in a stream": {func() error { return c.Do(t.Context(), create().Stream(&client.Stream{Open: noBody}), nil) }, "opened nothing"},
		"channel":         {func() error { return c.Do(t.Context(), create().JSON(make(chan int)), nil) }, "cannot be encoded"},
		"nil pointer":     {func() error { return c.Do(t.Context(), create(), (*issue)(nil)) }, "the pointer for it is nil"},
		"nil writer":      {func() error { return c.Do(t.Context(), get(), (*strings.Builder)(nil)) }, "the pointer for it is nil"},
		"value":           {func() error { return c.Do(t.Context(), create(), issue{}) }, "pass its address"},
		"value of a map":  {func() error { return c.Do(t.Context(), create(), map[string]any{}) }, "pass its address"},
		"list of a zero client": {func() error {
			return first(client.Iterate(t.Context(), new(client.Client), "Things.List", 0, pageOf))
		}, "not made by New"},
		"list of a nil client": {func() error { return first(client.Iterate(t.Context(), nil, "Things.List", 0, pageOf)) }, "not made by New"},
		"list of a nil context": {func() error {
			return first(client.Iterate(nil, c, "Things.List", 0, pageOf)) //nolint:staticcheck // on purpose
		}, "the context is nil"},
		"list of nothing": {func() error { return first(client.Iterate[int, int](t.Context(), c, "Things.List", 0, nil)) }, "no function"},
	} {
		err := tt.call()
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		e := wantError(t, err)
		if wantKinds(t, err, "invalid"); !strings.Contains(e.Error(), tt.want) || e.Op == "" {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	wantSent(t, n, 0)
	if new(client.Client).BaseURL() != "" || (*client.Client)(nil).BaseURL() != "" || (*client.Client)(nil).Own(&url.URL{}) || c.Own(nil) || nobody != nil {
		t.Error("a zero client has an address")
	}
}

func noBody() (io.ReadCloser, error) { return nil, nil }

func first(list func(func(int, error) bool)) (last error) {
	for _, err := range list {
		last = err
	}
	return last
}

// A list can be left and taken up anew, any number of times, and ends with its first error.
func TestListsAreReusable(t *testing.T) {
	t.Parallel()
	c := newClient(t, replies(ok("{}")).transport())
	list := client.Iterate(t.Context(), c, "Things.List", 0, pageOf)
	for range 3 {
		n := 0
		for v, err := range list {
			if n++; v != n || err != nil {
				t.Fatal(v, err)
			}
			if n == 2 {
				break
			}
		}
	}
	broken := client.Iterate(t.Context(), c, "Things.List", 0, func(context.Context, int) (client.Page[int, int], error) {
		return client.Page[int, int]{}, errors.New("no")
	})
	for range 2 {
		n := 0
		for _, err := range broken {
			if n++; err == nil || n > 1 {
				t.Errorf("turn %d: %v", n, err)
			}
		}
	}
	empty := client.Iterate(t.Context(), c, "Things.List", 0, func(context.Context, int) (client.Page[int, int], error) {
		return client.Page[int, int]{}, nil // without Items
	})
	for v, err := range empty {
		t.Errorf("an empty page yields %v, %v", v, err)
	}
}

// A call after one that failed, or whose context is over, is a call like any other; a request can be sent again.
func TestAfterAnError(t *testing.T) {
	t.Parallel()
	n := replies(status(404), reply{Fault: "certificate"}, ok("{}"))
	c := newClient(t, n.transport())
	r := get()
	wantKinds(t, c.Do(t.Context(), r, nil), "notFound")
	wantFailure(t, c.Do(t.Context(), r, nil))
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Do(over, r, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := c.Do(t.Context(), r, nil); err != nil {
		t.Error(err)
	}
	wantSent(t, n, 3)
}

// Of an option that is given twice the last one counts; hooks are all called.
func TestOptionsGivenTwice(t *testing.T) {
	t.Parallel()
	first, second := replies(ok("{}")), replies(ok("{}"))
	var told []int
	c, err := client.New("https://other.example", client.Bearer(secret),
		client.WithBaseURL("https://one.example"), client.WithBaseURL(site),
		client.WithTransport(first.transport()), client.WithTransport(second.transport()),
		client.WithUserAgent("one"), client.WithUserAgent("two"), client.WithMaxResponse(1), client.WithMaxResponse(100),
		client.WithTimeout(1), client.WithTimeout(time.Minute), client.WithPrefetch(5), client.WithPrefetch(0),
		client.WithMaxConcurrency(1), client.WithMaxConcurrency(2), client.WithRateLimit(1, 1), client.WithRateLimit(1000, 10),
		client.WithRetry(client.RetryPolicy{}), client.WithRetry(client.RetryPolicy{Retries: -1}),
		client.WithHook(func(client.Event) { told = append(told, 1) }), client.WithHook(func(client.Event) { told = append(told, 2) }),
		client.WithInsecureHTTP(), client.WithInsecureHTTP())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Do(t.Context(), get(), new(any)); err != nil {
		t.Fatal(err)
	}
	wantSent(t, first, 0)
	sent := wantSent(t, second, 1)[0]
	if !strings.HasPrefix(sent.url, site) || sent.header.Get("User-Agent") != "two" || len(told) != 2 {
		t.Errorf("sent to %s as %s, %v", sent.url, sent.header.Get("User-Agent"), told)
	}
}

// Options that cannot be meant are refused by New; those that are merely odd do no harm.
func TestOddOptions(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]client.Option{
		"rate that is no number": client.WithRateLimit(math.NaN(), 1),
		"agent with a line":      client.WithUserAgent("a\r\nX-Evil: 1"),
		"typed nil transport":    client.WithTransport((*http.Transport)(nil)),
	} {
		if _, err := client.New(site, client.Bearer(secret), opt); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := client.New(site, (*rotating)(nil)); err == nil {
		t.Error("typed nil Auth: accepted")
	}
	for name, opt := range map[string]client.Option{
		"endless retries": client.WithRetry(client.RetryPolicy{Retries: math.MaxInt, MinWait: math.MaxInt64, MaxWait: math.MaxInt64, MaxPause: math.MaxInt64}),
		"no limit":        client.WithMaxResponse(math.MaxInt64),
		"much in flight":  client.WithPrefetch(math.MaxInt),
		"much at once":    client.WithMaxConcurrency(math.MaxInt),
		"very fast":       client.WithRateLimit(math.Inf(1), math.MaxInt),
		"for ever":        client.WithTimeout(math.MaxInt64),
		"no waits":        client.WithRetry(client.RetryPolicy{MinWait: 1, MaxWait: 1, MaxPause: 1}),
	} {
		c := newClient(t, replies(ok(`{"key":"X-1"}`)).transport(), opt)
		var got issue
		if err := c.Do(t.Context(), get(), &got); err != nil || got.Key != "X-1" {
			t.Errorf("%s: %q, %v", name, got.Key, err)
		}
	}
}

// A nil *Error in an error is a mistake of somebody else's; it does not take the program down.
func TestNilError(t *testing.T) {
	t.Parallel()
	var e *client.Error
	err := error(e)
	if err.Error() == "" || errors.Is(err, client.ErrNotFound) || errors.Unwrap(err) != nil {
		t.Errorf("%q", err.Error())
	}
	if zero := (&client.Error{}).Error(); strings.ContainsAny(zero, "\n%") {
		t.Errorf("%q", zero)
	}
	if text := client.InvalidFields("Op", nil).Error() + client.Failed("Op", nil).Error() + client.Ambiguous("Op", nil).Error(); strings.Contains(text, "nil") {
		t.Errorf("%q", text)
	}
}

// A Client may be used by any number of goroutines, its Auth, hooks and lists with it. The race detector watches.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	told := 0
	n := replies(status(401), status(500), ok(`{"key":"X-1"}`))
	c := newAuthClient(t, n.transport(), &rotating{}, client.WithMaxConcurrency(4), client.WithRateLimit(1e6, 100),
		client.WithRetry(client.RetryPolicy{MinWait: 1, MaxWait: 1}), client.WithHook(func(client.Event) {
			mu.Lock()
			defer mu.Unlock()
			told++
		}))
	list := client.Iterate(t.Context(), c, "Things.List", 0, pageOf)
	stream := &client.Stream{Length: 3, Open: opener("abc")}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			var got issue
			if err := c.Do(t.Context(), get(), &got); err != nil || got.Key != "X-1" {
				t.Error(got, err)
			}
			_ = c.Do(t.Context(), create().Stream(stream), nil)
			if err := first(list); err != nil {
				t.Error(err)
			}
			if !c.Own(&url.URL{Scheme: "https", Host: "acme.example"}) || c.BaseURL() != site {
				t.Error("the client forgot where it belongs")
			}
		})
	}
	wg.Wait()
}
