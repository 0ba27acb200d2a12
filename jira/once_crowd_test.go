package jira_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/internal/memory"
	"github.com/jira-integrations/go-sdk/jira"
)

// unreliable loses, cuts and refuses requests at random.
type unreliable struct {
	next http.RoundTripper
	rate float64

	mu  sync.Mutex
	rng *rand.Rand
}

func (u *unreliable) RoundTrip(req *http.Request) (*http.Response, error) {
	u.mu.Lock()
	fault := -1
	if u.rng.Float64() < u.rate {
		fault = u.rng.IntN(8)
	}
	u.mu.Unlock()
	if req.Body == nil {
		req.Body = http.NoBody
	}

	reset := &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	switch fault { // what the server does not see
	case 0:
		return nil, errors.Join(reset, req.Body.Close())
	case 1:
		return nil, errors.Join(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}, req.Body.Close())
	case 2:
		return refusal(req, http.StatusInternalServerError, nil)
	case 3:
		return refusal(req, http.StatusTooManyRequests, http.Header{"Retry-After": {"1"}})
	case 4:
		return refusal(req, http.StatusUnauthorized, nil)
	}
	resp, err := u.next.RoundTrip(req)
	if err != nil || fault < 0 {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	switch fault { // what it does see
	case 5:
		return nil, reset
	case 6:
		return refusal(req, http.StatusBadGateway, nil)
	}
	resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:len(body)/2]), broken{}))
	return resp, nil
}

// broken is the rest of a body that does not come.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func refusal(req *http.Request, status int, header http.Header) (*http.Response, error) {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{
		StatusCode: status, Header: header, Request: req, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader([]byte(`{"errorMessages":["no"]}`))),
	}, req.Body.Close()
}

func (s onceSite) unreliable(rate float64, seed uint64) client.Option {
	return client.WithTransport(&unreliable{next: s.Transport(), rate: rate, rng: rand.New(rand.NewPCG(seed, 1))})
}

// TestOnceTenThousand files 10,000 keys on one site while a fifth of all requests fails in every way that there is, with a
// new process every now and then: each key has one issue in the end. The race detector, which takes six times as long, sees
// 2,000 of them.
func TestOnceTenThousand(t *testing.T) {
	t.Parallel()
	const workers = 64
	keys := 10_000
	if memory.Raced {
		keys = 2000
	}
	onceTest(t, 2*time.Second, func(t *testing.T, site onceSite) {
		seed := rand.Uint64()
		t.Cleanup(func() {
			if t.Failed() {
				t.Logf("the seed was %d", seed)
			}
		})
		var ambiguous, failed, restarts, unsettled atomic.Int64
		var process atomic.Pointer[jira.Client]
		process.Store(site.process(site.unreliable(0.2, seed)))
		filed := make([]string, keys)
		next := make(chan int)
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for n := range next {
					filed[n] = insist(t, func() (*jira.OnceResult, error) {
						got, err := process.Load().Issues.CreateOnce(t.Context(), nthKey(n), failing())
						switch {
						case errors.Is(err, client.ErrAmbiguous):
							ambiguous.Add(1)
						case err != nil:
							failed.Add(1)
						case got.Unsettled:
							unsettled.Add(1)
						}
						if err != nil && n%3 == 0 { // who does not know starts anew
							process.Store(site.process(site.unreliable(0.2, seed+uint64(restarts.Add(1)))))
						}
						return got, err
					})
				}
			})
		}
		for n := range keys {
			next <- n
		}
		close(next)
		wg.Wait()
		labels := site.labels()
		for n := range keys {
			if issues := labels[jira.OnceLabel(nthKey(n))]; len(issues) != 1 || issues[0] != filed[n] {
				t.Errorf("%s: the site has %v, the caller was told %q", nthKey(n), issues, filed[n])
			}
		}
		if n := len(site.Issues()); n != keys {
			t.Errorf("%d issues for %d keys", n, keys)
		}
		t.Logf("%d keys: %d ambiguous, %d other errors, %d restarts, %d unsettled",
			keys, ambiguous.Load(), failed.Load(), restarts.Load(), unsettled.Load())
		if unsettled.Load() > 20 { // that takes nothing but failed searches for 30 s
			t.Errorf("%d new issues were not found in time", unsettled.Load())
		}
		if least := int64(keys / 100); !t.Failed() && (ambiguous.Load() < least || failed.Load() < least || restarts.Load() < least) {
			t.Errorf("too few faults to prove anything")
		}
	})
}

func nthKey(n int) string { return fmt.Sprintf("crowd/%d", n) }

// insist calls until there is an issue and returns its key.
func insist(t *testing.T, call func() (*jira.OnceResult, error)) string {
	var err error
	for range 40 {
		var got *jira.OnceResult
		if got, err = call(); err == nil {
			if len(got.Duplicates) > 0 { // one process at a time has each key
				t.Errorf("got %+v", got)
			}
			return got.Key
		}
	}
	t.Errorf("no issue after many calls: %v", err)
	return ""
}

// TestOnceTwoProcesses lets two processes file the same keys at the same moment, again and again.
func TestOnceTwoProcesses(t *testing.T) {
	t.Parallel()
	for _, lag := range []time.Duration{0, 2 * time.Second, 7 * time.Second} {
		for _, rate := range []float64{0, 0.1} {
			for _, policy := range []jira.DuplicatePolicy{jira.CloseDuplicates, jira.LeaveDuplicates} {
				t.Run(fmt.Sprintf("lag %s/faults %v/policy %d", lag, rate, policy), func(t *testing.T) {
					t.Parallel()
					onceTest(t, lag, func(t *testing.T, site onceSite) { raceTwoProcesses(t, site, lag, rate, policy) })
				})
			}
		}
	}
}

func raceTwoProcesses(t *testing.T, site onceSite, lag time.Duration, rate float64, policy jira.DuplicatePolicy) {
	const keys = 40
	seed := uint64(time.Now().UnixNano())
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the seed was %d", seed)
		}
	})
	var told [2][keys]*jira.OnceResult
	var processes [2]*jira.Client
	for p := range processes {
		processes[p] = site.process(site.unreliable(rate, seed+uint64(p)))
		insist(t, func() (*jira.OnceResult, error) { // one that has just begun would see what the other has created
			return processes[p].Issues.CreateOnce(t.Context(), fmt.Sprint("begin ", p), failing())
		})
	}
	// Both look before either has created anything.
	site.Faults().Add(faults.Rule{Method: http.MethodPost, Path: createPath, Delay: time.Second})
	var wg sync.WaitGroup
	for p, process := range processes {
		for n := range keys {
			wg.Go(func() {
				for range 40 {
					got, err := process.Issues.CreateOnce(t.Context(), nthKey(n), failing(), jira.OnceDuplicates(policy))
					if err == nil {
						told[p][n] = got
						return
					}
				}
				t.Errorf("no issue of %s", nthKey(n))
			})
		}
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	quiet, twice := site.process(), 0
	var known [keys]*jira.OnceResult
	for n := range keys {
		known[n] = must(quiet.Issues.CreateOnce(t.Context(), nthKey(n), failing(), jira.OnceDuplicates(policy)))(t)
	}
	labels := site.labels()
	for n, last := range known {
		issues := labels[jira.OnceLabel(nthKey(n))]
		if last.Key != issues[0] || len(last.Duplicates) != len(issues)-1 {
			t.Errorf("%v: %+v", issues, last)
		}
		for p := range told {
			if told[p][n].Key != issues[0] {
				t.Errorf("%v: process %d was told %+v", issues, p, told[p][n])
			}
		}
		if len(issues) == 1 {
			continue
		}
		twice++
		if reported := len(told[0][n].Duplicates) + len(told[1][n].Duplicates); reported == 0 {
			t.Errorf("%v: nobody was told of the duplicate", issues)
		}
		if told[0][n].Created && told[1][n].Created {
			t.Errorf("%v: both processes say they created it", issues)
		}
		wantPolicy(t, site, quiet, issues, policy)
	}
	if lag > 0 && rate == 0 && twice != keys {
		t.Errorf("%d of %d keys were filed twice: this proves nothing", twice, keys)
	}
}

// wantPolicy looks at the issues of a key, the first of which stays.
func wantPolicy(t *testing.T, site onceSite, jc *jira.Client, issues []string, policy jira.DuplicatePolicy) {
	t.Helper()
	if status := site.status(issues[0]); status != "To Do" {
		t.Errorf("%s is %s", issues[0], status)
	}
	for _, other := range issues[1:] {
		issue := must(jc.Issues.Get(t.Context(), other, nil))(t)
		links := issue.Fields.IssueLinks
		if policy == jira.LeaveDuplicates {
			if len(links) != 0 || issue.Fields.Status.Name != "To Do" {
				t.Errorf("%s was not left: %s, %+v", other, issue.Fields.Status.Name, links)
			}
			continue
		}
		if len(links) != 1 || links[0].Type.Name != "Duplicate" || links[0].OutwardIssue == nil || links[0].OutwardIssue.Key != issues[0] {
			t.Errorf("%s has the links %+v", other, links)
		}
		if issue.Fields.Status.Category.Key != "done" {
			t.Errorf("%s is %s", other, issue.Fields.Status.Name)
		}
	}
}

// TestOnceCrashedTwin leaves a duplicate whose process has died: the next call deals with it.
func TestOnceCrashedTwin(t *testing.T) {
	t.Parallel()
	for name, workflow := range map[string]func(site onceSite){
		"simple":                  func(onceSite) {},
		"done asks for a reason":  func(site onceSite) { site.AddTransition("Done", "Done", "resolution") },
		"done asks for something": func(site onceSite) { site.AddTransition("Done", "Done", "customfield_10030") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onceTest(t, 0, func(t *testing.T, site onceSite) {
				workflow(site)
				twin := func(key, label string) string {
					input := failing(label)
					input.Properties = []jira.EntityProperty{{Key: jira.OnceProperty, Value: []byte(`{"key":"` + key + `","attempt":"x"}`)}}
					return must(site.process().Issues.Create(t.Context(), input))(t).Key
				}
				label := jira.OnceLabel("k")
				copied := site.AddIssue("WEB", "Bug", "A copy by hand", map[string]any{"labels": []any{label}})
				foreign := twin("another key", label)
				first, second := twin("k", label), twin("k", label)
				got := must(site.process().Issues.CreateOnce(t.Context(), "k", failing()))(t)
				if got.Key != first || got.Created || len(got.Duplicates) != 1 || got.Duplicates[0].Key != second || got.Duplicates[0].Err != nil {
					t.Fatalf("got %+v", got)
				}
				closes := name != "done asks for something"
				if done := site.status(second) == "Done"; done != closes || got.Duplicates[0].Closed != closes {
					t.Errorf("%s is %s, reported %+v", second, site.status(second), got.Duplicates[0])
				}
				if name == "done asks for a reason" {
					issue := must(site.process().Issues.Get(t.Context(), second, nil))(t)
					if issue.Fields.Resolution.Name != "Duplicate" {
						t.Errorf("%s is resolved as %q", second, issue.Fields.Resolution.Name)
					}
				}
				for _, key := range []string{copied, foreign, first} {
					if site.status(key) != "To Do" {
						t.Errorf("%s is %s", key, site.status(key))
					}
				}
				// Whoever opens the duplicate again has a reason.
				jc := site.process()
				if closes {
					err := jc.Issues.Transition(t.Context(), second, jira.TransitionInput{Transition: jira.Transition{ID: "21"}})
					if err != nil {
						t.Fatal(err)
					}
				}
				got = must(jc.Issues.CreateOnce(t.Context(), "k", failing()))(t)
				if site.status(second) == "Done" || got.Key != first || got.Duplicates[0].Closed {
					t.Errorf("%s is %s: %+v", second, site.status(second), got)
				}
			})
		})
	}
}

// TestOnceRemembers wants no second issue when people touch the marker.
func TestOnceRemembers(t *testing.T) {
	t.Parallel()
	onceTest(t, 0, func(t *testing.T, site onceSite) {
		jc := site.process()
		first := must(jc.Issues.CreateOnce(t.Context(), "k", failing()))(t)
		err := jc.Issues.Update(t.Context(), first.Key, jira.IssueUpdate{Labels: jira.ListUpdate{Remove: []string{jira.OnceLabel("k")}}})
		if err != nil {
			t.Fatal(err)
		}
		for n := range 4 { // long enough for what is forgotten in between to be forgotten
			if again := must(jc.Issues.CreateOnce(t.Context(), "k", failing()))(t); again.Key != first.Key || again.Created {
				t.Errorf("without its label: %+v", again)
			}
			<-time.After(50 * time.Minute)
			must(jc.Issues.CreateOnce(t.Context(), nthKey(n), failing()))(t)
		}
		if err := jc.Issues.Delete(t.Context(), first.Key, nil); err != nil {
			t.Fatal(err)
		}
		if again := must(jc.Issues.CreateOnce(t.Context(), "k", failing()))(t); again.Key == first.Key || !again.Created {
			t.Errorf("when it is deleted: %+v", again)
		}
		site.one("k")
	})
}
