package jira_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/jira"
)

// TestOnceRestart kills a process while its create is on the way or just done, and starts the next one at once, long
// before search shows the issue.
func TestOnceRestart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		project string
		before  func(site onceSite)
	}{
		{"first issue of the project", "WEB", func(onceSite) {}},
		{"by the project's id", "10000", func(onceSite) {}},
		{"by the key in lower case", "web", func(onceSite) {}},
		{"the second of the project", "WEB", func(site onceSite) { site.old(1) }},
		{"after many", "WEB", func(site onceSite) { site.old(120) }},
		{"after many that search does not show", "WEB", func(site onceSite) { site.AddIssue("WEB", "Bug", "old", nil); site.fresh(330) }},
		{"after one that was deleted", "WEB", func(site onceSite) {
			site.old(3)
			if err := site.process().Issues.Delete(site.tb.Context(), "WEB-3", nil); err != nil {
				site.tb.Fatal(err)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onceTest(t, time.Hour, func(t *testing.T, site onceSite) {
				tt.before(site)
				input := failing()
				input.Project = tt.project
				dying, kill := context.WithCancel(t.Context())
				transport := roundTripper(func(r *http.Request) (*http.Response, error) {
					resp, err := site.Transport().RoundTrip(r)
					if r.URL.Path == createPath {
						kill()
					}
					return resp, err
				})
				_, err := site.process(client.WithTransport(transport)).Issues.CreateOnce(dying, onceKey, input)
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				first := site.one(onceKey)
				for range 3 {
					got := must(site.process().Issues.CreateOnce(t.Context(), onceKey, input))(t)
					if got.Key != first || got.Created || got.Duplicates != nil {
						t.Errorf("after the restart: %+v, there is %s", got, first)
					}
				}
				site.one(onceKey)
			})
		})
	}
}

// old adds issues that search shows, fresh some that it does not yet.
func (s onceSite) old(n int) {
	s.fresh(n)
	<-time.After(2 * time.Hour)
}

func (s onceSite) fresh(n int) {
	for i := range n {
		s.AddIssue("WEB", "Bug", fmt.Sprint("another ", i), nil)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// What was filed before is learned once for a project, not for each key.
func TestOnceLearnsOnce(t *testing.T) {
	t.Parallel()
	onceTest(t, 0, func(t *testing.T, site onceSite) {
		jc := site.process()
		for n := range 20 {
			must(jc.Issues.CreateOnce(t.Context(), nthKey(n), failing()))(t)
		}
		reads := 0
		for _, r := range site.Requests() {
			if r.Path == bulkPath {
				reads++
			}
		}
		if reads != 1 {
			t.Errorf("the latest issues were read %d times", reads)
		}
	})
}

// An issue that Jira cannot read together with others is read by itself.
func TestOnceReadsWhatBulkFetchLeavesOut(t *testing.T) {
	t.Parallel()
	onceTest(t, time.Hour, func(t *testing.T, site onceSite) {
		first := must(site.process().Issues.CreateOnce(t.Context(), onceKey, failing(), jira.OnceWait(0)))(t)
		transport := roundTripper(func(r *http.Request) (*http.Response, error) {
			resp, err := site.Transport().RoundTrip(r)
			if err == nil && r.URL.Path == bulkPath {
				err = resp.Body.Close()
				resp.Body = io.NopCloser(strings.NewReader(`{"issues":[],"issueErrors":[{"id":"` + first.ID + `","errorMessage":"too large"}]}`))
				resp.ContentLength = -1
			}
			return resp, err
		})
		got := must(site.process(client.WithTransport(transport)).Issues.CreateOnce(t.Context(), onceKey, failing()))(t)
		if got.Key != first.Key || got.Created {
			t.Errorf("got %+v, there is %s", got, first.Key)
		}
	})
}

// Whoever cannot learn creates nothing, and learns the next time.
func TestOnceDoesNotCreateBlindly(t *testing.T) {
	t.Parallel()
	onceTest(t, 0, func(t *testing.T, site onceSite) {
		site.Faults().Add(faults.Rule{Path: bulkPath, Status: http.StatusForbidden, Times: 1})
		jc := site.process()
		if _, err := jc.Issues.CreateOnce(t.Context(), onceKey, failing()); !errors.Is(err, client.ErrForbidden) {
			t.Errorf("got %v", err)
		}
		if n := len(site.Issues()); n != 0 {
			t.Errorf("%d issues", n)
		}
		must(jc.Issues.CreateOnce(t.Context(), onceKey, failing()))(t)
		site.one(onceKey)
	})
}
