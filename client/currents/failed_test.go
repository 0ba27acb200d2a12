package currents_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/client/currents/currentstest"
	"github.com/jira-integrations/go-sdk/client/faults"
)

const runID = "5f0c2a7b91d3e684"

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// newFake returns a server with the run of testdata, reached in process, and a client of it that does not retry.
func newFake(t *testing.T, opts ...client.Option) (*currentstest.Server, *currents.Client) {
	t.Helper()
	srv := currentstest.NewServer(currentstest.WithoutListener())
	if err := srv.LoadRun(read(t, "run.json")); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"instance-v2.json", "instance-v1.json", "instance-crash.json"} {
		if err := srv.LoadInstance(read(t, file)); err != nil {
			t.Fatal(err)
		}
	}
	return srv, newClient(t, srv.Transport(), opts...)
}

func newClient(t *testing.T, transport http.RoundTripper, opts ...client.Option) *currents.Client {
	t.Helper()
	opts = append([]client.Option{client.WithTransport(transport), client.WithRetry(client.RetryPolicy{Retries: -1})}, opts...)
	cc, err := currents.New(client.Bearer(currentstest.APIKey), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return cc
}

func TestFailedTests(t *testing.T) {
	t.Parallel()
	_, cc := newFake(t)
	var tests []*currents.FailedTest
	var unread []*currents.SpecError
	for test, err := range cc.FailedTests(t.Context(), runID) {
		var spec *currents.SpecError
		switch {
		case errors.As(err, &spec):
			unread = append(unread, spec)
		case err != nil:
			t.Fatal(err)
		default:
			tests = append(tests, test)
		}
	}

	var titles []string
	for _, test := range tests {
		titles = append(titles, test.FullTitle())
	}
	want := []string{"cart > coupons > removes a coupon", "cart > shows the total", "search > finds nothing"}
	if diff := cmp.Diff(want, titles); diff != "" {
		t.Fatalf("failed tests (-want +got):\n%s", diff)
	}

	v2 := currents.FailedTest{
		ProjectID: "Sh0pQA", RunID: runID, InstanceID: "i-cart", TestID: "t-coupon", GroupID: "chromium",
		Spec: "e2e/cart.spec.ts", Title: []string{"cart", "coupons", "removes a coupon"},
		Tags: []string{"checkout", "money"}, Annotations: []currents.Annotation{{Type: "owner", Description: "Ana Ruiz"}},
		Error: currents.TestError{
			Name: "Error", Message: "expect(received)\nReceived: 12.00",
			Stack:     "expect(received)\n    at cart.spec.ts:12:3",
			CodeFrame: currents.CodeFrame{Frame: "  12 | expect(total)", Line: 12, Column: 3, File: "/w/e2e/cart.spec.ts"},
		},
		Attempts: 2, StartedAt: currents.Time{Time: time.Date(2026, 5, 4, 9, 12, 31, 0, time.UTC)},
		Duration: 8*time.Second + 250*time.Microsecond,
	}
	if diff := cmp.Diff(&v2, tests[0]); diff != "" {
		t.Errorf("V2 (-want +got):\n%s", diff)
	}
	if got := tests[1].Error.Message; got != "link boom" {
		t.Errorf("message from displayError = %q", got)
	}
	if got := tests[2]; got.Error.Message != "expected 0" || got.Error.Name != "AssertionError" || got.Attempts != 1 || got.InstanceID != "i-search" {
		t.Errorf("V1 = %+v", got)
	}

	if len(unread) != 2 {
		t.Fatalf("unread specs = %v, want gone and crash", unread)
	}
	if gone := unread[0]; gone.Spec != "e2e/gone.spec.ts" || gone.InstanceID != "i-gone" || gone.RunID != runID || !errors.Is(gone, client.ErrNotFound) {
		t.Errorf("gone = %+v", gone)
	}
	if got, want := unread[1].Error(), "spec e2e/crash.spec.ts (instance i-crash): failed outside of its tests: Cannot find module './fixtures'"; got != want {
		t.Errorf("crash = %q, want %q", got, want)
	}
}

func TestFailedTestsOfRunInProgress(t *testing.T) {
	t.Parallel()
	srv, cc := newFake(t)
	if err := srv.AddRun(currents.Run{
		RunID: "open", ProjectID: "Sh0pQA", CompletionState: "IN_PROGRESS", Status: "RUNNING",
		Specs: []currents.RunSpec{{InstanceID: "x", Spec: "e2e/x.spec.ts"}},
	}); err != nil {
		t.Fatal(err)
	}
	for test, err := range cc.FailedTests(t.Context(), "open") {
		t.Errorf("yielded %v, %v", test, err)
	}
}

func TestFailedTestsCountWithoutTest(t *testing.T) {
	t.Parallel()
	srv, cc := newFake(t)
	spec := currents.RunSpec{InstanceID: "odd", Spec: "e2e/odd.spec.ts"}
	spec.Results.Stats.Failures = 2
	if err := srv.AddRun(currents.Run{RunID: "odd-run", ProjectID: "Sh0pQA", Specs: []currents.RunSpec{spec}}); err != nil {
		t.Fatal(err)
	}
	if err := srv.AddInstance(currents.Instance{InstanceID: "odd", RunID: "odd-run", ProjectID: "Sh0pQA"}); err != nil {
		t.Fatal(err)
	}
	var all []error
	for _, err := range cc.FailedTests(t.Context(), "odd-run") {
		all = append(all, err)
	}
	if len(all) != 1 || !strings.Contains(fmt.Sprint(all[0]), "counts 2 failures") {
		t.Errorf("errors = %v", all)
	}
}

func TestFailedTestsUnknownRun(t *testing.T) {
	t.Parallel()
	_, cc := newFake(t)
	n := 0
	for test, err := range cc.FailedTests(t.Context(), "nope") {
		n++
		var spec *currents.SpecError
		if test != nil || !errors.Is(err, client.ErrNotFound) || errors.As(err, &spec) {
			t.Errorf("yielded %v, %v", test, err)
		}
	}
	if n != 1 {
		t.Errorf("yielded %d times", n)
	}
}

func TestFailedTestsNeedTheSpecFiles(t *testing.T) {
	t.Parallel()
	_, cc := newFake(t)
	page, err := cc.Runs.ListPage(t.Context(), "Sh0pQA", nil)
	if err != nil {
		t.Fatal(err)
	}
	empty := newClient(t, &wire{status: http.StatusOK, answer: `{"status":"OK"}`})
	for want, tests := range map[string]iter.Seq2[*currents.FailedTest, error]{
		"Runs.Get":     cc.FailedTestsOf(t.Context(), &page.Data[0]), // a list has no spec files
		"holds no run": empty.FailedTests(t.Context(), runID),
	} {
		n := 0
		for test, err := range tests {
			n++
			if test != nil || err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("yielded %v, %v; want %q", test, err, want)
			}
		}
		if n != 1 {
			t.Errorf("%s: yielded %d times", want, n)
		}
	}
}

// manySpecs adds a run with n spec files of one failed test each.
func manySpecs(t *testing.T, srv *currentstest.Server, n int) {
	t.Helper()
	run := currents.Run{RunID: "many", ProjectID: "Sh0pQA"}
	for i := range n {
		id := fmt.Sprintf("many-%02d", i)
		spec := currents.RunSpec{InstanceID: id, Spec: id + ".spec.ts"}
		spec.Results.Stats.Failures = 1
		run.Specs = append(run.Specs, spec)
		instance := currents.Instance{InstanceID: id, RunID: "many", ProjectID: "Sh0pQA", Spec: spec.Spec}
		instance.Results.Tests = []currents.Test{{TestID: id, Title: []string{id}, StateV2: "FAILED"}}
		if err := srv.AddInstance(instance); err != nil {
			t.Fatal(err)
		}
	}
	if err := srv.AddRun(run); err != nil {
		t.Fatal(err)
	}
}

// counting counts requests under way.
type counting struct {
	next      http.RoundTripper
	now, most atomic.Int32
}

func (c *counting) RoundTrip(req *http.Request) (*http.Response, error) {
	now := c.now.Add(1)
	defer c.now.Add(-1)
	for most := c.most.Load(); now > most && !c.most.CompareAndSwap(most, now); most = c.most.Load() {
	}
	return c.next.RoundTrip(req)
}

func TestFailedTestsInRunOrderAFewAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := currentstest.NewServer(currentstest.WithoutListener())
		manySpecs(t, srv, 12)
		// The first instance takes longest; the others are there before it.
		srv.Faults().Add(
			faults.Rule{Path: "/v1/instances/many-00", Delay: 10 * time.Second},
			faults.Rule{Path: "/v1/instances/{id}", Delay: time.Second},
		)
		transport := &counting{next: srv.Transport()}
		cc := newClient(t, transport)
		start := time.Now()
		var got []string
		for test, err := range cc.FailedTests(t.Context(), "many") {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, test.TestID)
		}
		for i, id := range got {
			if want := fmt.Sprintf("many-%02d", i); id != want {
				t.Fatalf("test %d is %s, want %s", i, id, want)
			}
		}
		if len(got) != 12 {
			t.Errorf("got %d tests", len(got))
		}
		if most := transport.most.Load(); most != 4 {
			t.Errorf("%d requests at once, want 4", most)
		}
		if took := time.Since(start); took > 13*time.Second {
			t.Errorf("took %v: not read ahead", took)
		}
	})
}

func TestFailedTestsBreak(t *testing.T) {
	t.Parallel()
	// The bubble fails if a goroutine stays behind.
	synctest.Test(t, func(t *testing.T) {
		srv := currentstest.NewServer(currentstest.WithoutListener())
		manySpecs(t, srv, 12)
		srv.Faults().Add(faults.Rule{Path: "/v1/instances/{id}", After: 1, Delay: time.Hour})
		start := time.Now()
		for _, err := range newClient(t, srv.Transport()).FailedTests(t.Context(), "many") {
			var spec *currents.SpecError
			if err != nil && !errors.As(err, &spec) {
				t.Fatal(err)
			}
			break
		}
		if took := time.Since(start); took > 2*time.Hour {
			t.Errorf("took %v", took)
		}
	})
}

func TestFailedTestsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := currentstest.NewServer(currentstest.WithoutListener())
		manySpecs(t, srv, 12)
		srv.Faults().Add(faults.Rule{Path: "/v1/instances/{id}", Delay: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var last error
		n := 0
		for test, err := range newClient(t, srv.Transport(), client.WithTimeout(0)).FailedTests(ctx, "many") {
			n++
			last = err
			if test != nil {
				t.Errorf("yielded %v", test)
			}
		}
		var spec *currents.SpecError
		if n != 1 || !errors.Is(last, context.DeadlineExceeded) || errors.As(last, &spec) {
			t.Errorf("yielded %d times, last %v; want the end of the context, once", n, last)
		}
	})
}

func TestSignatureInput(t *testing.T) {
	t.Parallel()
	_, cc := newFake(t)
	for test, err := range cc.FailedTests(t.Context(), runID) {
		if err != nil {
			t.Fatal(err)
		}
		first, err := cc.Signatures.Get(t.Context(), test.SignatureInput())
		if err != nil {
			t.Fatal(err)
		}
		second, err := cc.Signatures.Get(t.Context(), test.SignatureInput())
		if err != nil || first.Signature == "" || *first != *second {
			t.Errorf("signatures %v and %v, %v", first, second, err)
		}
		break
	}
}
