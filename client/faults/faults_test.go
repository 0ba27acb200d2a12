package faults_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/internal/fake"
)

// target is a handler that counts what it has handled, behind an injector, reached in process.
type target struct {
	handled  atomic.Int32
	injector faults.Injector
	handler  http.Handler
	client   *http.Client
}

func newTarget(rules ...faults.Rule) *target {
	tg := &target{}
	tg.injector.Add(rules...)
	tg.handler = tg.injector.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		tg.handled.Add(1)
		_, _ = io.WriteString(w, "0123456789")
	}))
	tg.client = &http.Client{Transport: &fake.Transport{Handler: tg.handler}}
	return tg
}

func (tg *target) do(ctx context.Context, method, path string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://fake.test"+path, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := tg.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

func TestRuleMatching(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		rule         faults.Rule
		method, path string
		want         bool
	}{
		{"everything", faults.Rule{}, "GET", "/a/b", true},
		{"method", faults.Rule{Method: "POST"}, "POST", "/a", true},
		{"other method", faults.Rule{Method: "POST"}, "GET", "/a", false},
		{"literal", faults.Rule{Path: "/a/b"}, "GET", "/a/b", true},
		{"name", faults.Rule{Path: "/a/{key}"}, "GET", "/a/b", true},
		{"star", faults.Rule{Path: "/*/b"}, "GET", "/a/b", true},
		{"longer", faults.Rule{Path: "/a/{key}"}, "GET", "/a/b/c", false},
		{"shorter", faults.Rule{Path: "/a/{key}"}, "GET", "/a", false},
		{"escaped slash is one part", faults.Rule{Path: "/a/{key}"}, "GET", "/a/b%2Fc", true},
		{"escaped literal", faults.Rule{Path: "/a b"}, "GET", "/a%20b", true},
		{"query does not count", faults.Rule{Path: "/a"}, "GET", "/a?x=1", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.rule.Status = http.StatusTeapot
			status, _, err := newTarget(tt.rule).do(t.Context(), tt.method, tt.path)
			if err != nil {
				t.Fatal(err)
			}
			if got := status == http.StatusTeapot; got != tt.want {
				t.Errorf("matched = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestAfterAndTimes(t *testing.T) {
	t.Parallel()
	tg := newTarget(
		faults.Rule{Status: 503, After: 1, Times: 2},
		faults.Rule{Status: 500, After: 2, Times: 2},
	)
	var got []int
	for range 6 {
		status, _, err := tg.do(t.Context(), "GET", "/")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, status)
	}
	want := []int{200, 503, 503, 500, 500, 200}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("answers = %v, want %v", got, want)
		}
	}
	tg.injector.Add(faults.Rule{Status: 500})
	tg.injector.Clear()
	if status, _, err := tg.do(t.Context(), "GET", "/"); err != nil || status != 200 {
		t.Errorf("after Clear: %d, %v", status, err)
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	t.Run("before", func(t *testing.T) {
		t.Parallel()
		tg := newTarget(faults.Rule{Cut: faults.CutBefore})
		if _, _, err := tg.do(t.Context(), "POST", "/"); err == nil {
			t.Error("no error")
		}
		if n := tg.handled.Load(); n != 0 {
			t.Errorf("handled %d times, want 0", n)
		}
	})
	t.Run("after", func(t *testing.T) {
		t.Parallel()
		tg := newTarget(faults.Rule{Cut: faults.CutAfter})
		if _, _, err := tg.do(t.Context(), "POST", "/"); err == nil {
			t.Error("no error")
		}
		if n := tg.handled.Load(); n != 1 {
			t.Errorf("handled %d times, want 1", n)
		}
	})
	t.Run("body", func(t *testing.T) {
		t.Parallel()
		tg := newTarget(faults.Rule{Cut: faults.CutBody})
		status, body, err := tg.do(t.Context(), "GET", "/")
		if status != 200 || body != "01234" || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %d %q, %v; want 200, half of the body, unexpected EOF", status, body, err)
		}
	})
	t.Run("body of an own answer", func(t *testing.T) {
		t.Parallel()
		tg := newTarget(faults.Rule{Cut: faults.CutBody, Status: 400, Body: "abcd"})
		status, body, err := tg.do(t.Context(), "GET", "/")
		if status != 400 || body != "ab" || !errors.Is(err, io.ErrUnexpectedEOF) || tg.handled.Load() != 0 {
			t.Errorf("got %d %q, %v", status, body, err)
		}
	})
}

func TestDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tg := newTarget(faults.Rule{Delay: time.Minute})
		start := time.Now()
		if status, _, err := tg.do(t.Context(), "GET", "/"); err != nil || status != 200 {
			t.Fatalf("got %d, %v", status, err)
		}
		if waited := time.Since(start); waited != time.Minute {
			t.Errorf("waited %v, want 1m", waited)
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := tg.do(ctx, "GET", "/"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v, want deadline exceeded", err)
		}
		synctest.Wait()
		if n := tg.handled.Load(); n != 1 {
			t.Errorf("handled %d times, want 1: a request given up must not be handled", n)
		}
	})
}

// A rule without a status adds its headers to the real answer.
func TestHeader(t *testing.T) {
	t.Parallel()
	for side := range sides {
		got := send(t, side, http.MethodGet, faults.Rule{Header: http.Header{"X-Near": {"true"}}})
		if got.status != 200 || got.header.Get("X-Near") != "true" || got.body != whole {
			t.Errorf("%s: %+v", side, got)
		}
	}
}

func decode(t *testing.T, resp *http.Response, out any) {
	t.Helper()
	err := json.NewDecoder(resp.Body).Decode(out)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	tg := newTarget(faults.Rule{Status: 503, Times: 10})
	var failed atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			status, _, err := tg.do(t.Context(), "GET", "/"+strings.Repeat("x", 3))
			if err != nil {
				t.Error(err)
			}
			if status == 503 {
				failed.Add(1)
			}
		})
	}
	wg.Wait()
	if n := failed.Load(); n != 10 {
		t.Errorf("%d requests failed, want 10", n)
	}
}
