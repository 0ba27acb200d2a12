package faults_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/internal/fake"
	"github.com/jira-integrations/go-sdk/internal/surface"
)

// Every method of an Injector that is nil, or zero, can be called without any arguments. Those that have an answer to give
// say what to do.
func TestInjectorUsedWrongly(t *testing.T) {
	t.Parallel()
	surface.Methods(t, ".", map[string][]any{"Injector": {(*faults.Injector)(nil), &faults.Injector{}}}, nil, nil)
	for _, in := range []*faults.Injector{nil, {}} {
		first, second := in.SeedFor(nil), in.SeedFor(nil)
		if n := len(in.Counts()); n != 0 || first == second {
			t.Errorf("%d counts, seeds %d and %d", n, first, second)
		}
		for _, req := range []*http.Request{nil, {}} {
			w := httptest.NewRecorder()
			in.Handler(http.NotFoundHandler()).ServeHTTP(w, req)
			resp, err := in.Transport(nil).RoundTrip(req)
			if err == nil {
				_ = resp.Body.Close()
			}
			if err == nil || !strings.Contains(err.Error(), "http.NewRequest") || !strings.Contains(w.Body.String(), "http.NewRequest") {
				t.Errorf("%s, %v", w.Body, err)
			}
		}
		w := httptest.NewRecorder()
		in.Handler(nil).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
		if w.Code != http.StatusNotImplemented || !strings.Contains(w.Body.String(), "give Injector.Handler one") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
}

// A transport without a next one uses that of net/http.
func TestDefaultTransport(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	c := &http.Client{Transport: new(faults.Injector).Transport(nil)}
	defer c.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil || resp.Body.Close() != nil || resp.StatusCode != http.StatusNotFound {
		t.Error(resp, err)
	}
}

// Rules with odd numbers do what their fields say, or nothing, on both sides.
func TestOddRules(t *testing.T) {
	t.Parallel()
	with := func(change func(r *faults.Rule)) []faults.Rule {
		r := faults.Rule{Name: "odd", Status: http.StatusTeapot}
		change(&r)
		return []faults.Rule{r}
	}
	spared, struck := http.StatusOK, http.StatusTeapot
	for name, tt := range map[string]struct {
		rules []faults.Rule
		want  int
	}{
		"chance below 0":        {with(func(r *faults.Rule) { r.Chance = -0.1 }), spared},
		"chance below any":      {with(func(r *faults.Rule) { r.Chance = math.Inf(-1) }), spared},
		"chance is no number":   {with(func(r *faults.Rule) { r.Chance = math.NaN() }), spared},
		"chance above 1":        {with(func(r *faults.Rule) { r.Chance = 7 }), struck},
		"every below 0":         {with(func(r *faults.Rule) { r.Every = -time.Second }), struck},
		"every without for":     {with(func(r *faults.Rule) { r.Every = time.Second }), spared},
		"for longer than every": {with(func(r *faults.Rule) { r.Every, r.For = time.Second, time.Hour }), struck},
		"for below 0":           {with(func(r *faults.Rule) { r.Every, r.For = time.Second, -time.Hour }), spared},
		"for without every":     {with(func(r *faults.Rule) { r.For = time.Second }), struck},
		"after below 0":         {with(func(r *faults.Rule) { r.After = math.MinInt }), struck},
		"times below 0":         {with(func(r *faults.Rule) { r.Times = -1 }), struck},
		"delay below 0":         {with(func(r *faults.Rule) { r.Delay = math.MinInt64 }), struck},
		"wait below 0":          {with(func(r *faults.Rule) { r.Spoil, r.Wait, r.Body = faults.SpoilSlowBody, -1, "x" }), struck},
		"path that is none":     {with(func(r *faults.Rule) { r.Path = "%zz" }), spared},
		"unknown method":        {with(func(r *faults.Rule) { r.Method = "no method" }), spared},
		"unknown cut":           {[]faults.Rule{{Cut: -1}}, spared},
		"unknown spoil":         {[]faults.Rule{{Spoil: 99}}, spared},
		"no fault":              {[]faults.Rule{{}}, spared},
		"odd header":            {with(func(r *faults.Rule) { r.Header = http.Header{"a b": {"c\r\nd"}, "": nil} }), struck},
		"unknown form":          {[]faults.Rule{faults.RateLimited("", 99, 0)}, http.StatusTooManyRequests},
		"form below 0":          {[]faults.Rule{faults.RateLimited("", -1, 0)}, http.StatusTooManyRequests},
		"wait before now":       {[]faults.Rule{faults.RateLimited("no reason", faults.ByReset, math.MinInt64)}, http.StatusTooManyRequests},
		"wait for ever":         {[]faults.Rule{faults.RateLimited("", faults.ByDate, math.MaxInt64)}, http.StatusTooManyRequests},
		"pages of nothing":      {[]faults.Rule{faults.RepeatedToken()}, spared},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				for side := range sides {
					got := send(t, side, http.MethodPost, tt.rules...)
					if got.err != nil || got.readErr != nil || got.status != tt.want {
						t.Errorf("%s: %d %v %v, want %d", side, got.status, got.err, got.readErr, tt.want)
					}
				}
			})
		})
	}
}

// A Status that cannot end a request is told, not sent.
func TestStatusThatIsNone(t *testing.T) {
	t.Parallel()
	for _, status := range []int{math.MinInt, -1, 1, 99, 100, 101, 199, 1000, math.MaxInt} {
		for side := range sides {
			got := send(t, side, http.MethodGet, faults.Rule{Name: "odd", Status: status})
			if got.status != http.StatusInternalServerError || !strings.Contains(got.body, fmt.Sprintf("%d: a Status is a number", status)) {
				t.Errorf("%s, %d: %d %s %v", side, status, got.status, got.body, got.err)
			}
		}
	}
}

// Mix keeps to its rate, whatever that is.
func TestOddMix(t *testing.T) {
	t.Parallel()
	kinds := []faults.Rule{faults.BadGateway(), faults.Unauthorized(), faults.Unavailable(0)}
	for _, rate := range []float64{0, -1, math.Inf(-1), math.NaN()} {
		if mixed := faults.Mix(rate, kinds...); len(mixed) != 0 {
			t.Errorf("%v: %+v", rate, mixed)
		}
	}
	if len(faults.Mix(1)) != 0 {
		t.Error("a mix of nothing has rules")
	}
	for _, rate := range []float64{1, 7, math.Inf(1)} {
		for path, statuses := range fates(t, 7, 50, faults.Mix(rate, kinds...)...) {
			if len(statuses) != 50 || slices.Contains(statuses, http.StatusOK) {
				t.Errorf("%v: of %s some were spared: %v", rate, path, statuses)
			}
		}
	}
}

// What stands in for a transport in a test may return less than a real one.
func TestTransportByHand(t *testing.T) {
	t.Parallel()
	for _, rule := range append(faults.All(), faults.Rule{Header: http.Header{"A": {"b"}}}) {
		rule.Delay, rule.Wait = 0, 0
		for name, resp := range map[string]*http.Response{"nil": nil, "zero": {}, "no body": {StatusCode: http.StatusOK, Header: http.Header{}}} {
			var in faults.Injector
			in.Add(rule)
			next := byHand(func(*http.Request) (*http.Response, error) { return resp, nil })
			call := func(req *http.Request) error {
				got, err := in.Transport(next).RoundTrip(req)
				if err != nil {
					return err
				}
				_, err = io.Copy(io.Discard, got.Body)
				return err
			}
			req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://jira.invalid/", nil)
			req.Header.Set("Authorization", "Bearer x")
			if p, ok := errors.AsType[*surface.Panic](surface.Call(reflect.ValueOf(call), req)); ok {
				t.Errorf("%s, %s: %v", rule.Name, name, p)
			}
		}
	}
}

type byHand func(*http.Request) (*http.Response, error)

func (f byHand) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// Rules come and go while requests run, and so do seeds. The race detector watches.
func TestRulesChangeWhileRequestsRun(t *testing.T) {
	t.Parallel()
	var in faults.Injector
	echo := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"nextPageToken":"a"}`) })
	both := in.Transport(&fake.Transport{Handler: in.Handler(echo)})
	kinds := faults.All()
	for i := range kinds {
		kinds[i].Wait, kinds[i].Times = 1, 3
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 20 {
				in.Add(faults.Mix(0.5, kinds...)...)
				surface.Methods(t, ".", map[string][]any{"Injector": {&in}}, []any{uint64(i), kinds[i]}, nil)
			}
		})
		wg.Go(func() {
			for range 200 {
				req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://jira.invalid/?nextPageToken=b", nil)
				req.Header.Set("Authorization", "Bearer x")
				resp, err := both.RoundTrip(req)
				if err != nil {
					continue // as wanted
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		})
	}
	wg.Wait()
	if len(in.Counts()) == 0 {
		t.Error("no rule has acted")
	}
}
