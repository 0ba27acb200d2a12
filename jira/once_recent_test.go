package jira_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
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

// Calls at the same time share the reads of the latest issues, and each read is one request.
func TestOnceSharesReads(t *testing.T) {
	t.Parallel()
	onceTest(t, 0, func(t *testing.T, site onceSite) {
		site.fresh(250)
		jc := site.process()
		must(jc.Issues.CreateOnce(t.Context(), "first", failing()))(t)
		reads := func() (n int) {
			for _, r := range site.Requests() {
				if r.Path == bulkPath {
					n++
				}
			}
			return n
		}
		before := reads()
		site.Faults().Add(faults.Rule{Path: bulkPath, Delay: time.Second})
		var wg sync.WaitGroup
		for n := range 64 {
			wg.Go(func() { must(jc.Issues.CreateOnce(t.Context(), nthKey(n), failing()))(t) })
		}
		wg.Wait()
		if n := reads() - before; n < 1 || n > 4 {
			t.Errorf("64 calls at once read the latest issues %d times", n)
		}
		must(jc.Issues.CreateOnce(t.Context(), "another", failing()))(t)
		if n := reads() - before; n > 5 {
			t.Errorf("one call more reads them %d times in all", n)
		}
	})
}

// TestOnceTwoLive files one key from two processes, one after the other, while search shows nothing for an hour.
func TestOnceTwoLive(t *testing.T) {
	t.Parallel()
	onceTest(t, time.Hour, func(t *testing.T, site onceSite) {
		first, second := site.process(), site.process()
		for n, jc := range []*jira.Client{first, second} { // both have been at work for a while
			must(jc.Issues.CreateOnce(t.Context(), fmt.Sprint("warm up ", n), failing()))(t)
		}
		got := must(first.Issues.CreateOnce(t.Context(), onceKey, failing()))(t)
		site.fresh(70)
		again := must(second.Issues.CreateOnce(t.Context(), onceKey, failing()))(t)
		if key := site.one(onceKey); got.Key != key || again.Key != key || again.Created {
			t.Errorf("%s is %+v and %+v", key, got, again)
		}
	})
}

// TestOnceLateCreate lets a create take effect after the client has given up on it: as long as that is within OnceWait
// there is one issue, also when search lags behind longer than that.
func TestOnceLateCreate(t *testing.T) {
	t.Parallel()
	for _, lag := range []time.Duration{0, 5 * time.Second, time.Hour} {
		for _, late := range []time.Duration{0, time.Second, 20 * time.Second} {
			t.Run(fmt.Sprintf("lag %s/late %s", lag, late), func(t *testing.T) {
				t.Parallel()
				onceTest(t, lag, func(t *testing.T, site onceSite) {
					var wg sync.WaitGroup
					defer wg.Wait()
					transport := roundTripper(func(r *http.Request) (*http.Response, error) {
						if r.URL.Path != createPath {
							return site.Transport().RoundTrip(r)
						}
						body, err := io.ReadAll(r.Body)
						if err != nil {
							return nil, err
						}
						sent := r.Clone(context.WithoutCancel(r.Context()))
						sent.Body = io.NopCloser(bytes.NewReader(body))
						wg.Go(func() {
							<-time.After(late)
							if resp, err := site.Transport().RoundTrip(sent); err == nil {
								_ = resp.Body.Close()
							}
						})
						return nil, io.ErrUnexpectedEOF
					})
					jc := site.process(client.WithTransport(transport))
					got := must(jc.Issues.CreateOnce(t.Context(), onceKey, failing()))(t)
					again := must(jc.Issues.CreateOnce(t.Context(), onceKey, failing()))(t)
					if key := site.one(onceKey); got.Key != key || !got.Created || again.Key != key || again.Created {
						t.Errorf("%s is %+v and %+v", key, got, again)
					}
				})
			})
		}
	}
}

// Odd answers about the latest issues neither stop the filing nor keep it busy for ever.
func TestOnceOddRecentIssues(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"gone":            `{"issues":[],"issueErrors":[{"id":"999","errorMessage":"gone"}]}`,
		"no id":           `{"issues":[],"issueErrors":[{"errorMessage":"strange"}]}`,
		"another project": `{"issues":[{"id":"9","key":"OPS-99999","properties":{}}]}`,
		"far ahead":       `{"issues":[{"id":"9","key":"WEB-99999","properties":{"create-once":7}}]}`,
		"no lists":        `{}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onceTest(t, 0, func(t *testing.T, site onceSite) {
				reads := 0
				transport := roundTripper(func(r *http.Request) (*http.Response, error) {
					resp, err := site.Transport().RoundTrip(r)
					if err == nil && r.URL.Path == bulkPath {
						reads++
						err = resp.Body.Close()
						resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(answer)), -1
					}
					return resp, err
				})
				must(site.process(client.WithTransport(transport)).Issues.CreateOnce(t.Context(), onceKey, failing()))(t)
				if site.one(onceKey); reads > 3 {
					t.Errorf("the latest issues were read %d times", reads)
				}
			})
		})
	}
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

// An answer without the id of the new issue leads to one issue, which stays open.
func TestOnceAnswerWithoutID(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{"none": `{"key":"WEB-1"}`, "empty": `{"id":"","key":"WEB-1"}`, "a number": `{"id":10000,"key":"WEB-1"}`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onceTest(t, 3*time.Second, func(t *testing.T, site onceSite) {
				transport := roundTripper(func(r *http.Request) (*http.Response, error) {
					resp, err := site.Transport().RoundTrip(r)
					if err == nil && r.URL.Path == createPath {
						err = resp.Body.Close()
						resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(answer)), -1
					}
					return resp, err
				})
				got := must(site.process(client.WithTransport(transport)).Issues.CreateOnce(t.Context(), onceKey, failing()))(t)
				if key := site.one(onceKey); got.Key != key || got.ID == "" || !got.Created || got.Duplicates != nil || site.status(key) != "To Do" {
					t.Errorf("%s is %s: %+v", key, site.status(key), got)
				}
			})
		})
	}
}
