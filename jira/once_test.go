package jira_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// onceSite is a fake site on which several processes file issues.
type onceSite struct {
	*jiratest.Server

	tb testing.TB
}

// onceTest runs a test in a bubble with a site whose search lags behind.
func onceTest(t *testing.T, lag time.Duration, test func(t *testing.T, site onceSite)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		site := onceSite{jiratest.NewServer(jiratest.WithoutListener(), jiratest.WithSearchDelay(lag)), t}
		defer site.Close()
		test(t, site)
	})
}

// process is a client of its own: it knows nothing of what others have filed.
func (s onceSite) process(opts ...client.Option) *jira.Client {
	s.tb.Helper()
	opts = append([]client.Option{client.WithTransport(s.Transport())}, opts...)
	return must(jira.New(s.URL, client.BasicAuth(jiratest.Email, jiratest.Token), opts...))(s.tb)
}

// labels maps the labels of the site to the issues that bear them.
func (s onceSite) labels() map[string][]string {
	all := map[string][]string{}
	for _, key := range s.Issues() {
		for _, label := range s.Issue(key).Fields.Labels {
			all[label] = append(all[label], key)
		}
	}
	return all
}

// one wants that there is one issue of a key.
func (s onceSite) one(key string) string {
	s.tb.Helper()
	issues := s.labels()[jira.OnceLabel(key)]
	if len(issues) != 1 {
		s.tb.Fatalf("the key %q has the issues %v, want one", key, issues)
	}
	return issues[0]
}

// status is the name of the status of an issue.
func (s onceSite) status(issue string) string { return s.Issue(issue).Fields.Status.Name }

// creates counts the requests that came as far as the server.
func (s onceSite) creates() (n int) {
	for _, r := range s.Requests() {
		if r.Method == http.MethodPost && r.Path == createPath {
			n++
		}
	}
	return n
}

const (
	createPath = "/rest/api/3/issue"
	searchPath = "/rest/api/3/search/jql"
	bulkPath   = "/rest/api/3/issue/bulkfetch"
	onceKey    = "ci: shop/cart TestTotal\nwith <every> \"kind\" of ☃ sign"
)

func failing(labels ...string) jira.IssueInput {
	return jira.IssueInput{Project: "WEB", Type: "Bug", Summary: "TestTotal fails", Labels: labels}
}

func TestOnceMarksTheIssue(t *testing.T) {
	t.Parallel()
	onceTest(t, 3*time.Second, func(t *testing.T, site onceSite) {
		ctx, start := t.Context(), time.Now()
		input := failing("flaky")
		input.Properties = []jira.EntityProperty{{Key: "run", Value: []byte(`7`)}}
		jc := site.process()
		got := must(jc.Issues.CreateOnce(ctx, onceKey, input))(t)
		if got.Key != site.one(onceKey) || got.ID == "" || !got.Created || got.Unsettled || got.Duplicates != nil {
			t.Errorf("got %+v", got)
		}
		if waited := time.Since(start); waited < 3*time.Second || waited > 15*time.Second {
			t.Errorf("returned after %s: search lags 3 s behind", waited)
		}
		if len(input.Labels) != 1 || len(input.Properties) != 1 {
			t.Errorf("the input was changed: %+v", input)
		}
		issue := must(jc.Issues.Get(ctx, got.Key, &jira.GetIssueParams{Properties: []string{"*all"}}))(t)
		if want := []string{"flaky", jira.OnceLabel(onceKey)}; !slices.Equal(issue.Fields.Labels, want) {
			t.Errorf("labels %q, want %q", issue.Fields.Labels, want)
		}
		mark, _ := parse(t, string(issue.Properties[jira.OnceProperty])).(map[string]any)
		if mark["key"] != onceKey || string(issue.Properties["run"]) != "7" {
			t.Errorf("properties %s", issue.Properties)
		}

		for name, jc := range map[string]*jira.Client{"again": jc, "after a restart": site.process()} {
			again := must(jc.Issues.CreateOnce(ctx, onceKey, failing()))(t)
			if again.Key != got.Key || again.ID != got.ID || again.Created || again.Unsettled {
				t.Errorf("%s: %+v", name, again)
			}
		}
		site.one(onceKey)
	})
}

func TestOnceRefuses(t *testing.T) {
	t.Parallel()
	onceTest(t, 0, func(t *testing.T, site onceSite) {
		jc := site.process()
		marked := failing()
		marked.Properties = []jira.EntityProperty{{Key: jira.OnceProperty, Value: []byte(`1`)}}
		for name, call := range map[string]func() (*jira.OnceResult, error){
			"empty": func() (*jira.OnceResult, error) { return jc.Issues.CreateOnce(t.Context(), " ", failing()) },
			"UTF-8": func() (*jira.OnceResult, error) { return jc.Issues.CreateOnce(t.Context(), "\xff", failing()) },
			"long": func() (*jira.OnceResult, error) {
				return jc.Issues.CreateOnce(t.Context(), strings.Repeat("k", 32768), failing())
			},
			"property": func() (*jira.OnceResult, error) { return jc.Issues.CreateOnce(t.Context(), "k", marked) },
			"option":   func() (*jira.OnceResult, error) { return jc.Issues.CreateOnce(t.Context(), "k", failing(), nil) },
			"update":   func() (*jira.OnceResult, error) { return jc.Issues.FileOrUpdate(t.Context(), "", failing(), nil) },
		} {
			if _, err := call(); !errors.Is(err, client.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := len(site.Requests()); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
		if _, err := jc.Issues.CreateOnce(t.Context(), "k", jira.IssueInput{Project: "NONE", Type: "Bug", Summary: "s"}); !errors.Is(err, client.ErrInvalid) {
			t.Errorf("no such project: %v", err)
		}
		if len(site.Issues()) != 0 {
			t.Errorf("issues %v", site.Issues())
		}
		must(jc.Issues.CreateOnce(t.Context(), "k", failing()))(t) // a refusal leaves nothing behind
		must(jc.Issues.CreateOnce(t.Context(), strings.Repeat("k", 32000), failing()))(t)
	})
}

// TestOnceFaults breaks each step in each way, once and for good, with and without a lag of search.
func TestOnceFaults(t *testing.T) {
	t.Parallel()
	type want struct {
		created bool  // one issue, by one request, reported as success
		err     error // what the first call says; a later one then creates the issue
	}
	created := want{created: true}
	ambiguous, unauthorized := want{err: client.ErrAmbiguous}, want{err: client.ErrUnauthorized}
	busy := faults.TooManyRequests(2 * time.Second)
	away := faults.TooManyRequests(2 * time.Second)
	away.Status = http.StatusServiceUnavailable
	for _, fault := range []struct {
		name                     string
		rule                     faults.Rule
		first, create, settle    want // when the fault happens once at this step
		firstAll, all, settleAll want // when it lasts
	}{
		{"cut before", faults.Rule{Cut: faults.CutBefore}, created, ambiguous, created, want{err: errAny}, ambiguous, created},
		{"cut after", faults.Rule{Cut: faults.CutAfter}, created, created, created, want{err: errAny}, created, created},
		{"cut body", faults.Rule{Cut: faults.CutBody}, created, created, created, want{err: errAny}, created, created},
		{"500", faults.Rule{Status: 500}, created, ambiguous, created, want{err: errAny}, ambiguous, created},
		{"502 page", faults.Rule{Status: 502, Body: "<html>"}, created, ambiguous, created, want{err: errAny}, ambiguous, created},
		{"503 away", away, created, created, created, want{err: client.ErrRateLimited}, want{err: client.ErrRateLimited}, created},
		{"429", busy, created, created, created, want{err: client.ErrRateLimited}, want{err: client.ErrRateLimited}, created},
		{"401", faults.Unauthorized(), unauthorized, unauthorized, created, unauthorized, unauthorized, created},
		{"slow", faults.Rule{Delay: 2 * time.Minute}, created, ambiguous, created, want{err: errAny}, ambiguous, created},
	} {
		for _, step := range []struct {
			name, path  string
			after       int
			once, lasts want
		}{
			{"first look", searchPath, 0, fault.first, fault.firstAll},
			{"newest issue", searchPath, 1, fault.first, fault.firstAll},
			{"latest issues", bulkPath, 0, fault.first, fault.firstAll},
			{"create", createPath, 0, fault.create, fault.all},
			{"look after the create", searchPath, 2, fault.settle, fault.settleAll},
		} {
			for _, lag := range []time.Duration{0, 4 * time.Second} {
				for times, want := range []want{step.lasts, step.once} {
					t.Run(fmt.Sprintf("%s/%s/lag %s/times %d", fault.name, step.name, lag, times), func(t *testing.T) {
						t.Parallel()
						onceTest(t, lag, func(t *testing.T, site onceSite) {
							rule := fault.rule
							rule.Method, rule.Path, rule.After, rule.Times = http.MethodPost, step.path, step.after, times
							site.Faults().Add(rule)
							jc := site.process()
							got, err := jc.Issues.CreateOnce(t.Context(), onceKey, failing())
							if want.created {
								if err != nil || !got.Created || got.Key != site.one(onceKey) {
									t.Fatalf("got %+v, %v", got, err)
								}
								if unsettled := times == 0 && step.after == 2; got.Unsettled != unsettled {
									t.Errorf("unsettled = %v", got.Unsettled)
								}
							} else if got != nil || err == nil || !errors.Is(want.err, errAny) && !errors.Is(err, want.err) {
								t.Fatalf("got %+v, %v; want %v", got, err, want.err)
							}
							site.fewerThanTwo(err)

							site.Faults().Clear()
							again, other := jc, site.process()
							if lag > 0 {
								again, other = other, again // the restart comes first
							}
							second := must(again.Issues.CreateOnce(t.Context(), onceKey, failing()))(t)
							third := must(other.Issues.CreateOnce(t.Context(), onceKey, failing()))(t)
							if key := site.one(onceKey); second.Key != key || third.Key != key || third.Created {
								t.Errorf("%s is then %+v and %+v", key, second, third)
							}
						})
					})
				}
			}
		}
	}
}

var errAny = errors.New("any error")

// fewerThanTwo wants no second issue, a typed error for what is ambiguous, and no issue after any other error.
func (s onceSite) fewerThanTwo(err error) {
	s.tb.Helper()
	issues := s.labels()[jira.OnceLabel(onceKey)]
	unknown, typed := errors.AsType[*jira.AmbiguousError](err)
	switch {
	case len(issues) > 1:
		s.tb.Errorf("the key has the issues %v", issues)
	case errors.Is(err, client.ErrAmbiguous) != typed:
		s.tb.Errorf("the error is a %T: %[1]v", err)
	case typed && (unknown.Key != onceKey || unknown.Label != jira.OnceLabel(onceKey) || !strings.Contains(err.Error(), unknown.Label)):
		s.tb.Errorf("the error does not name the marker: %+v", unknown)
	case err != nil && !typed && len(issues) > 0:
		s.tb.Errorf("there is %v after %v", issues, err)
	}
}

// TestOnceGoroutines files one key from many goroutines.
func TestOnceGoroutines(t *testing.T) {
	t.Parallel()
	for name, rules := range map[string][]faults.Rule{
		"well":         nil,
		"answer lost":  {{Method: http.MethodPost, Path: createPath, Cut: faults.CutAfter, Times: 1}},
		"request lost": {{Method: http.MethodPost, Path: createPath, Cut: faults.CutBefore, Times: 1}},
		"refused":      {{Method: http.MethodPost, Path: createPath, Status: http.StatusForbidden, Times: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onceTest(t, 2*time.Second, func(t *testing.T, site onceSite) {
				site.Faults().Add(rules...)
				jc := site.process()
				var wg sync.WaitGroup
				var mu sync.Mutex
				var created, failed int
				keys := map[string]bool{}
				for range 64 {
					wg.Go(func() {
						got, err := jc.Issues.CreateOnce(t.Context(), onceKey, failing())
						mu.Lock()
						defer mu.Unlock()
						if err != nil {
							failed++
							return
						}
						keys[got.Key] = true
						if got.Created {
							created++
						}
					})
				}
				wg.Wait()
				switch name {
				case "request lost": // who was there shares the outcome: nobody sends it again behind their backs
					if failed != 64 || site.creates() != 1 || len(site.Issues()) != 0 {
						t.Errorf("%d failed, %d requests, %v", failed, site.creates(), site.Issues())
					}
					must(jc.Issues.CreateOnce(t.Context(), onceKey, failing()))(t)
				case "refused":
					if failed != 3 || created != 1 || len(keys) != 1 {
						t.Errorf("%d failed, %d created, %v", failed, created, keys)
					}
				default:
					if failed != 0 || created != 1 || len(keys) != 1 || site.creates() != 1 {
						t.Errorf("%d failed, %d created, %v, %d requests", failed, created, keys, site.creates())
					}
				}
				site.one(onceKey)
			})
		})
	}
}

// TestOnceContext gives up at every moment of a call that takes 10 s, then goes on with the same client and a new one.
func TestOnceContext(t *testing.T) {
	t.Parallel()
	for after := range 24 {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			t.Parallel()
			onceTest(t, 3*time.Second, func(t *testing.T, site onceSite) {
				site.Faults().Add(faults.Rule{Delay: 2 * time.Second})
				jc := site.process()
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(after)*500*time.Millisecond+time.Millisecond)
				defer cancel()
				got, err := jc.Issues.CreateOnce(ctx, onceKey, failing())
				if got == nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%+v, %v", got, err)
				}
				site.fewerThanTwo(err)
				second := must(jc.Issues.CreateOnce(t.Context(), onceKey, failing()))(t)
				third := must(site.process().Issues.CreateOnce(t.Context(), onceKey, failing()))(t)
				if key := site.one(onceKey); second.Key != key || third.Key != key {
					t.Errorf("%s is then %+v and %+v", key, second, third)
				}
			})
		})
	}
	t.Run("while another call is at it", func(t *testing.T) {
		t.Parallel()
		onceTest(t, time.Hour, func(t *testing.T, site onceSite) {
			jc := site.process()
			leader, leave := context.WithCancel(t.Context())
			site.Faults().Add(faults.Rule{Method: http.MethodPost, Path: createPath, Cut: faults.CutBefore, Times: 1})
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := jc.Issues.CreateOnce(leader, onceKey, failing()); !errors.Is(err, client.ErrAmbiguous) || !errors.Is(err, context.Canceled) {
					t.Errorf("the first: %v", err)
				}
			})
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := jc.Issues.CreateOnce(ctx, onceKey, failing()); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, client.ErrAmbiguous) {
				t.Errorf("who waits: %v", err)
			}
			wg.Go(func() { // goes on looking where the first has left, and tells before it sends again
				if _, err := jc.Issues.CreateOnce(t.Context(), onceKey, failing()); !errors.Is(err, client.ErrAmbiguous) {
					t.Errorf("the second: %v", err)
				}
			})
			synctest.Wait()
			leave()
			wg.Wait()
			if site.creates() != 1 {
				t.Errorf("%d creates while the outcome of one is unknown", site.creates())
			}
		})
	})
}
