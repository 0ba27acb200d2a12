package jira_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

const (
	commentPath    = "/rest/api/3/issue/{issueIdOrKey}/comment"
	transitionPath = "/rest/api/3/issue/{issueIdOrKey}/transitions"
)

// finish moves an issue to Done.
func finish(t *testing.T, jc *jira.Client, issue string) {
	t.Helper()
	if err := jc.Issues.Transition(t.Context(), issue, jira.TransitionInput{Transition: jira.Transition{ID: "41"}}); err != nil {
		t.Fatal(err)
	}
}

func TestFileOrUpdate(t *testing.T) {
	t.Parallel()
	onceTest(t, 2*time.Second, func(t *testing.T, site onceSite) {
		ctx, jc := t.Context(), site.process()
		file := func(comment string, opts ...jira.OnceOption) *jira.OnceResult {
			t.Helper()
			var body *adf.Doc
			if comment != "" {
				body = adf.Text(comment)
			}
			return must(jc.Issues.FileOrUpdate(ctx, "k", failing(), body, opts...))(t)
		}
		first := file("not written: the issue says it", jira.OnceReopen())
		key := site.one("k")
		if !first.Created || first.Comment != nil || first.Reopened || len(site.Comments(key)) != 0 {
			t.Errorf("first: %+v, %d comments", first, len(site.Comments(key)))
		}
		second := file("again")
		if second.Key != key || second.Created || second.Comment.Body.Text() != "again" || len(site.Comments(key)) != 1 {
			t.Errorf("second: %+v, %d comments", second, len(site.Comments(key)))
		}

		finish(t, jc, key)
		if third := file("and again"); third.Reopened || site.status(key) != "Done" || len(site.Comments(key)) != 2 {
			t.Errorf("not to be reopened: %+v, %s", third, site.status(key))
		}
		if fourth := file("", jira.OnceReopen()); !fourth.Reopened || fourth.Comment != nil || site.status(key) != "To Do" || len(site.Comments(key)) != 2 {
			t.Errorf("reopened: %+v, %s", fourth, site.status(key))
		}
		if fifth := file("", jira.OnceReopen()); fifth.Reopened {
			t.Errorf("it was open: %+v", fifth)
		}
		finish(t, jc, key)
		site.AddTransition("To Do", "To Do", "customfield_10030") // asks for something
		if sixth := file("", jira.OnceReopen()); !sixth.Reopened || site.status(key) != "In Progress" {
			t.Errorf("by another way: %+v, %s", sixth, site.status(key))
		}
		finish(t, jc, key)
		site.AddTransition("In Progress", "In Progress", "customfield_10030")
		site.AddTransition("In Review", "In Review", "customfield_10030")
		if last := file("no way", jira.OnceReopen()); last.Reopened || last.Comment == nil || site.status(key) != "Done" {
			t.Errorf("without a way: %+v, %s", last, site.status(key))
		}
		site.one("k")
	})
}

func TestFileOrUpdateFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		rule     faults.Rule
		comments int
		reopened bool
		err      error
	}{
		{"comment cut before", faults.Rule{Path: commentPath, Cut: faults.CutBefore}, 0, true, client.ErrAmbiguous},
		{"comment cut after", faults.Rule{Path: commentPath, Cut: faults.CutAfter}, 1, true, nil},
		{"comment cut body", faults.Rule{Path: commentPath, Cut: faults.CutBody}, 1, true, nil},
		{"comment 500", faults.Rule{Path: commentPath, Status: 500}, 0, true, client.ErrAmbiguous},
		{"comment 403", faults.Rule{Path: commentPath, Status: 403}, 0, true, client.ErrForbidden},
		{"comment 429", withPath(faults.TooManyRequests(time.Second), commentPath), 1, true, nil},
		{"transition cut before", faults.Rule{Path: transitionPath, Cut: faults.CutBefore}, 1, true, nil},
		{"transition cut after", faults.Rule{Path: transitionPath, Cut: faults.CutAfter}, 1, true, nil},
		{"transition cut body", faults.Rule{Path: transitionPath, Cut: faults.CutBody}, 1, true, nil},
		{"transition 500", faults.Rule{Path: transitionPath, Status: 500}, 1, true, nil},
		{"transition 409", faults.Rule{Path: transitionPath, Status: 409}, 0, false, client.ErrConflict},
		{"transition 401", withPath(faults.Unauthorized(), transitionPath), 0, false, client.ErrUnauthorized},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onceTest(t, 0, func(t *testing.T, site onceSite) {
				jc := site.process()
				key := must(jc.Issues.CreateOnce(t.Context(), "k", failing()))(t).Key
				finish(t, jc, key)
				tt.rule.Method, tt.rule.Times = http.MethodPost, 1
				site.Faults().Add(tt.rule)
				got, err := jc.Issues.FileOrUpdate(t.Context(), "k", failing(), adf.Text("again"), jira.OnceReopen(), jira.OnceWait(10*time.Second))
				if got == nil || got.Key != key || (err == nil) != (tt.err == nil) || tt.err != nil && !errors.Is(err, tt.err) {
					t.Fatalf("got %+v, %v", got, err)
				}
				if n := len(site.Comments(key)); n != tt.comments || (got.Comment != nil) != (n == 1) {
					t.Errorf("%d comments, want %d; reported %+v", n, tt.comments, got.Comment)
				}
				if reopened := site.status(key) == "To Do"; reopened != tt.reopened || got.Reopened != tt.reopened {
					t.Errorf("%s is %s, reported %v", key, site.status(key), got.Reopened)
				}
				site.one("k")
			})
		})
	}
	t.Run("the context ends", func(t *testing.T) {
		t.Parallel()
		onceTest(t, 0, func(t *testing.T, site onceSite) {
			jc := site.process()
			must(jc.Issues.CreateOnce(t.Context(), "k", failing()))(t)
			site.Faults().Add(faults.Rule{Method: http.MethodPost, Path: commentPath, Cut: faults.CutBefore})
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			start := time.Now()
			_, err := jc.Issues.FileOrUpdate(ctx, "k", failing(), adf.Text("again"))
			if !errors.Is(err, client.ErrAmbiguous) || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 5*time.Second {
				t.Errorf("after %s: %v", time.Since(start), err)
			}
		})
	})
}

func withPath(rule faults.Rule, path string) faults.Rule {
	rule.Path = path
	return rule
}

// TestFileOrUpdateGoroutines reports one failure from many goroutines of two processes: each but the one that created the
// issue adds its comment to the same one, which is taken up again at most once.
func TestFileOrUpdateGoroutines(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{0, 0.1} {
		t.Run(fmt.Sprintf("faults %v", rate), func(t *testing.T) {
			t.Parallel()
			onceTest(t, time.Second, func(t *testing.T, site onceSite) {
				quiet := site.process()
				key := must(quiet.Issues.CreateOnce(t.Context(), "k", failing()))(t).Key
				finish(t, quiet, key)
				var commented, reopened atomic.Int64
				var wg sync.WaitGroup
				for p := range 2 {
					jc := site.process(site.unreliable(rate, uint64(p)))
					for n := range 32 {
						wg.Go(func() {
							got, err := jc.Issues.FileOrUpdate(t.Context(), "k", failing(), adf.Text(fmt.Sprintf("run %d of %d", n, p)), jira.OnceReopen())
							if got != nil && got.Comment != nil {
								commented.Add(1)
							}
							if got != nil && got.Reopened {
								reopened.Add(1)
							}
							if err != nil && rate == 0 || got != nil && got.Key != key {
								t.Errorf("%+v, %v", got, err)
							}
						})
					}
				}
				wg.Wait()
				if n := int64(len(site.Comments(key))); n != commented.Load() || rate == 0 && n != 64 {
					t.Errorf("%d comments, %d reported", n, commented.Load())
				}
				if site.status(key) != "To Do" || reopened.Load() < 1 {
					t.Errorf("%s is %s, reopened %d times", key, site.status(key), reopened.Load())
				}
				site.one("k")
			})
		})
	}
}

// What could not be filed or written the second time is refused the first time, before anything is sent.
func TestFileOrUpdateChecksFirst(t *testing.T) {
	t.Parallel()
	onceTest(t, 0, func(t *testing.T, site onceSite) {
		jc := site.process()
		wrong := failing()
		wrong.Project, wrong.Labels = "", []string{"a b"}
		for name, call := range map[string]func() error{
			"comment": func() error {
				_, err := jc.Issues.FileOrUpdate(t.Context(), "k", failing(), adf.Text(strings.Repeat("x", adf.MaxLength+1)))
				return err
			},
			"labels":  func() error { _, err := jc.Issues.FileOrUpdate(t.Context(), "k", wrong, nil); return err },
			"project": func() error { _, err := jc.Issues.CreateOnce(t.Context(), "k", wrong); return err },
		} {
			err := call()
			if e, ok := errors.AsType[*client.Error](err); !ok || !errors.Is(err, client.ErrInvalid) || e.Fields[name] == "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := len(site.Requests()); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
	})
}

// A duplicate that Jira does not let us link is closed once; whoever opens it again has a reason.
func TestOnceDuplicateThatCannotBeLinked(t *testing.T) {
	t.Parallel()
	onceTest(t, 0, func(t *testing.T, site onceSite) {
		site.Faults().Add(faults.Rule{Path: "/rest/api/3/issueLink", Status: http.StatusNotFound})
		var twins []string
		for range 2 {
			input := failing(jira.OnceLabel("k"))
			input.Properties = []jira.EntityProperty{{Key: jira.OnceProperty, Value: []byte(`{"key":"k","attempt":"x"}`)}}
			twins = append(twins, must(site.process().Issues.Create(t.Context(), input))(t).Key)
		}
		got := must(site.process().Issues.CreateOnce(t.Context(), "k", failing()))(t)
		if len(got.Duplicates) != 1 || !got.Duplicates[0].Closed || !errors.Is(got.Duplicates[0].Err, client.ErrNotFound) {
			t.Fatalf("got %+v", got)
		}
		if err := site.process().Issues.Transition(t.Context(), twins[1], jira.TransitionInput{Transition: jira.Transition{ID: "21"}}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			got = must(site.process().Issues.CreateOnce(t.Context(), "k", failing()))(t)
			if got.Key != twins[0] || len(got.Duplicates) != 1 || got.Duplicates[0].Err != nil || site.status(twins[1]) == "Done" {
				t.Errorf("%s is %s: %+v", twins[1], site.status(twins[1]), got)
			}
		}
	})
}

// To find one comment again, no others are read than those since it was sent.
func TestFileOrUpdateReadsFewComments(t *testing.T) {
	t.Parallel()
	onceTest(t, 0, func(t *testing.T, site onceSite) {
		jc := site.process()
		key := must(jc.Issues.CreateOnce(t.Context(), "k", failing()))(t).Key
		for range 500 {
			must(jc.Comments.Create(t.Context(), key, jira.CommentInput{Body: adf.Text("earlier")}, nil))(t)
		}
		<-time.After(24 * time.Hour)
		site.Faults().Add(faults.Rule{Method: http.MethodPost, Path: commentPath, Cut: faults.CutAfter, Times: 1})
		before := len(site.Requests())
		got := must(jc.Issues.FileOrUpdate(t.Context(), "k", failing(), adf.Text("again")))(t)
		if n := len(site.Requests()) - before; got.Comment == nil || n > 6 {
			t.Errorf("%d requests, %+v", n, got.Comment)
		}
	})
}
