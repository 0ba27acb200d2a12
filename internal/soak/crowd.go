package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
	"github.com/jira-integrations/go-sdk/internal/fake"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

const (
	faultRate = 0.2              // of requests
	pauseRate = 0.005            // of requests, and part of the above
	pageRate  = 0.06             // of searches, in addition
	lag       = time.Second / 2  // until search shows an issue
	maxPause  = 60 * time.Second // the cap on waits: the default of client.RetryPolicy

	stormEvery, stormFor = time.Second, 20 * time.Millisecond
	rotateEvery          = time.Second
	quotaEvery, quotaFor = 5 * time.Second, 2 * time.Second

	home      = "https://acme.atlassian.net"
	elsewhere = "elsewhere.invalid" // where redirects lead
)

// crowd is the part of a round in virtual time: goroutines that share one client of one site, in a bubble of
// testing/synctest.
type crowd struct {
	config

	site   *jiratest.Server
	tokens *oauthtest.Server
	wire   *wire
	chance *faults.Injector
	usual  []faults.Rule // of chance, those for all requests
	jc     *jira.Client
	f      *figures

	mu      sync.Mutex // of what follows
	once    map[string]string
	outcome []outcome // of the creates
	edited  map[string]bool
}

// outcome is what the caller of one create was told.
type outcome struct {
	key       string
	ambiguous bool
}

func runCrowd(t *testing.T, cfg config, f *figures) {
	before := goleak.IgnoreCurrent()
	start := time.Now()
	watchdog := time.AfterFunc(cfg.virtual, func() { cfg.overdue(cfg.virtual.String() + " of virtual time") })
	c := &crowd{config: cfg, f: f, once: map[string]string{}, outcome: make([]outcome, cfg.creates), edited: map[string]bool{}}
	ctx := t.Context() // which lasts: what a call left behind must not end with its context before it is counted
	c.build(ctx)
	pause(ctx, 2*lag) // until search shows all

	rotating, stop := context.WithCancel(ctx)
	var rotation sync.WaitGroup
	rotation.Go(func() { c.rotate(rotating) })
	c.work(ctx)
	stop()
	rotation.Wait()
	watchdog.Stop()
	f.Virtual = time.Since(start).Seconds()

	c.count()
	c.hour(ctx)
	c.site.Close()
	c.tokens.Close()
	f.Left.Timers = timers(ctx)
	if err := goleak.Find(before); err != nil {
		f.Left.Goroutines++
		f.Left.details = append(f.Left.details, err.Error())
	}
}

// build makes the site and the client.
func (c *crowd) build(ctx context.Context) {
	storm := faults.Unauthorized()
	storm.Name, storm.Every, storm.For = "401 storm", stormEvery, stormFor
	quota := faults.RateLimited(faults.QuotaTenant, faults.BySeconds, 0)
	quota.Name, quota.Every, quota.For = "quota", quotaEvery, quotaFor
	c.site = jiratest.NewServer(jiratest.WithoutListener(), jiratest.WithSearchDelay(lag), jiratest.WithFaults(quota, storm))
	for n := range c.issues {
		c.site.AddIssue("OPS", "Task", fmt.Sprint("old ", n), nil)
	}

	c.chance = new(faults.Injector)
	c.chance.Seed(c.seed)
	c.misfortunes()

	c.tokens = oauthtest.NewServer(oauthtest.WithoutListener())
	c.tokens.AddSite(oauthtest.Site{
		ID: "11111111-2222-3333-4444-555555555555", Name: "acme", URL: home, Handler: c.site,
		Auth: client.BasicAuth(jiratest.Email, jiratest.Token),
	})
	var strangers atomic.Int64
	network := &fake.Transport{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host == elsewhere {
			stranger(w, int(strangers.Add(1)))
			return
		}
		c.tokens.ServeHTTP(w, r)
	})}
	c.wire = newWire(c.chance.Transport(network), c.seed)

	app := c.tokens.Config("http://localhost/callback")
	// Some of the requests for tokens are lost as well.
	lost := new(faults.Injector)
	lost.Seed(c.seed)
	lost.Add(faults.Mix(faultRate/4, faults.Refused(), faults.ResetBefore(), faults.ResetAfter(), faults.HalfAnswer())...)
	app.Transport = lost.Transport(app.Transport)
	source := oauth.NewSource(app, oauth.MemoryStore())
	must(source.Save(ctx, c.tokens.Grant()))
	var err error
	c.jc, err = jira.New(home, &signer{Auth: source, wire: c.wire}, jira.WithGateway(), client.WithTransport(c.wire),
		client.WithTimeout(10*time.Second), client.WithRetry(client.RetryPolicy{MaxWait: longestBackoff, MaxPause: maxPause}))
	must(err)
}

// misfortunes are everything that there is. Tokens end by rotation, a hundred times as often as by the rule for that.
func (c *crowd) misfortunes() {
	late := faults.SlowHeader(20 * time.Second) // longer than the client waits
	late.Name = "answer after the timeout"
	frequent := []faults.Rule{late}
	var pausing, pages []faults.Rule
	for _, r := range faults.All() {
		switch {
		case r.Spoil >= faults.SpoilRepeatedToken: // which leaves alone what has no pages
			r.Path = "/ex/jira/{cloud}/rest/api/3/search/jql"
			pages = append(pages, r)
		case r.Status == http.StatusTooManyRequests, r.Header.Get("Retry-After") != "":
			pausing = append(pausing, r)
		default:
			frequent = append(frequent, r)
		}
	}
	// If one request in a hundred began a pause of everything, the crowd would hardly do anything else than wait, and who does
	// not go on after one could not be told from who waits for the next.
	c.usual = append(faults.Mix(pauseRate, pausing...), faults.Mix((faultRate-pauseRate)/(1-pauseRate), frequent...)...)
	c.chance.Add(c.usual...)
	c.chance.Add(faults.Mix(pageRate, pages...)...)
}

const (
	strangePage   = "<html><title>Log in</title></html>"
	strangeAnswer = `{"issues":[],"isLast":true,"id":"1","key":"EVIL-1"}`
)

// stranger is the host that redirects lead to. It answers anything.
func stranger(w http.ResponseWriter, n int) {
	switch n % 3 {
	case 0:
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, strangePage)
	case 1:
		w.WriteHeader(http.StatusNotFound)
	default:
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, strangeAnswer)
	}
}

// must stops at what can only be a mistake in this program.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func (c *crowd) rotate(ctx context.Context) {
	ticker := time.NewTicker(rotateEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			c.tokens.ExpireAccess()
			c.f.Rotations++
		case <-ctx.Done():
			return
		}
	}
}

// work does all there is to do, in an order that the seed decides.
func (c *crowd) work(ctx context.Context) {
	var jobs []func(context.Context)
	for n := range c.keys {
		jobs = append(jobs, func(ctx context.Context) { c.createOnce(ctx, n) })
	}
	for n := range c.creates {
		jobs = append(jobs, func(ctx context.Context) { c.create(ctx, n) })
	}
	for n := range c.edits {
		jobs = append(jobs, func(ctx context.Context) {
			c.edit(ctx, n)
			c.read(ctx, n)
		})
	}
	rng := rand.New(rand.NewPCG(c.seed, 3)) // #nosec G404 -- no secret
	rng.Shuffle(len(jobs), func(i, j int) { jobs[i], jobs[j] = jobs[j], jobs[i] })
	for n := range c.searches { // spread evenly: each takes long
		at := n * len(jobs) / c.searches
		jobs = slices.Insert(jobs, at, func(ctx context.Context) { c.search(ctx, n) })
	}

	queue := make(chan func(context.Context))
	var wg sync.WaitGroup
	for worker := range c.workers {
		wg.Go(func() {
			ctx := withWorker(ctx, worker+1)
			for job := range queue {
				c.wire.take(ctx, patience)
				job(ctx)
				c.wire.drop(ctx)
			}
		})
	}
	for _, job := range jobs {
		queue <- job
	}
	close(queue)
	wg.Wait()
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// attempts is how often one thing is tried before it counts as lost.
const attempts = 300

func onceKey(n int) string { return fmt.Sprintf("soak/%d", n) }

func (c *crowd) createOnce(ctx context.Context, n int) {
	input := jira.IssueInput{Project: "WEB", Type: "Bug", Summary: "once " + onceKey(n)}
	for range attempts {
		c.wire.take(ctx, oncePatience)
		got, err := c.jc.Issues.CreateOnce(ctx, onceKey(n), input)
		c.mu.Lock()
		switch {
		case err == nil:
			c.once[onceKey(n)] = got.Key
		case errors.Is(err, client.ErrAmbiguous):
			c.f.Once.Ambiguous++
		default:
			c.f.Once.Failed++
		}
		c.mu.Unlock()
		if err == nil {
			return
		}
		c.wire.drop(ctx)
		pause(ctx, time.Second)
	}
}

func createSummary(n int) string { return fmt.Sprintf("create %d", n) }

func (c *crowd) create(ctx context.Context, n int) {
	got, err := c.jc.Issues.Create(ctx, jira.IssueInput{Project: "OPS", Type: "Task", Summary: createSummary(n)})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.f.Creates.Calls++
	switch {
	case err == nil:
		c.f.Creates.Confirmed++
		c.outcome[n].key = got.Key
	case errors.Is(err, client.ErrAmbiguous):
		c.f.Creates.Ambiguous++
		c.outcome[n].ambiguous = true
	default:
		c.f.Creates.Refused++
	}
}

const editedSummary = "edited"

// editedEvery is the distance of the issues that are edited, from the first on.
func (c *crowd) editedEvery() int { return max(1, c.issues/max(1, c.edits)) }

func (c *crowd) edit(ctx context.Context, n int) {
	key := fmt.Sprintf("OPS-%d", n*c.editedEvery()+1)
	err := c.jc.Issues.Update(ctx, key, jira.IssueUpdate{Summary: new(editedSummary), Labels: jira.ListUpdate{Add: []string{"seen"}}})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.f.Edits.Calls++
	if err == nil {
		c.f.Edits.Confirmed++
		c.edited[key] = true
	}
}

// read reads an issue that is there. Whatever goes wrong, nobody may say that it is not, or give another one.
func (c *crowd) read(ctx context.Context, n int) {
	key := fmt.Sprintf("OPS-%d", n*c.editedEvery()+1)
	got, err := c.jc.Issues.Get(ctx, key, nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.f.Edits.Reads++
	switch {
	case err == nil && got.Key != key, errors.Is(err, client.ErrNotFound):
		c.f.Edits.Wrong++
	case err == nil:
		c.f.Edits.Read++
	}
}

// orders are ones in which issues move while they are read.
var orders = []string{"", " ORDER BY key ASC", " ORDER BY updated DESC", " ORDER BY created DESC, key DESC"}

var pageSizes = []int{5000, 5000, 2500, 5000}

// search reads all issues of the project until it once goes well to the end.
func (c *crowd) search(ctx context.Context, n int) {
	opts := &jira.SearchOptions{Fields: []string{"key"}, PageSize: pageSizes[n%len(pageSizes)]}
	jql := "project = OPS" + orders[n%len(orders)]
	most := c.issues + c.creates
	for range attempts {
		c.wire.take(ctx, patience)
		seen := make(map[string]bool, most)
		yielded, duplicates := 0, 0
		var failed error
		for issue, err := range c.jc.Issues.Search(ctx, jql, opts) {
			if err != nil {
				failed = err
				break
			}
			if seen[issue.Key] {
				duplicates++
			}
			seen[issue.Key] = true
			if yielded++; yielded > 2*most {
				break
			}
		}
		c.mu.Lock()
		s := &c.f.Searches
		s.Begun++
		s.Issues += yielded
		s.Duplicates += duplicates
		if yielded > 2*most {
			s.Endless++
		}
		if errors.Is(failed, client.ErrPagingStalled) {
			s.Stalled++
		}
		if failed == nil {
			s.Searches++
			for i := range c.issues {
				// Edited ones may be anywhere while they move.
				if i%c.editedEvery() != 0 && !seen[fmt.Sprintf("OPS-%d", i+1)] {
					s.Missing++
				}
			}
		}
		c.mu.Unlock()
		if failed == nil {
			return
		}
		c.wire.drop(ctx)
		pause(ctx, time.Second)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.f.Searches.Unfinished++
}
