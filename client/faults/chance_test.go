package faults_test

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/internal/fake"
)

// fates sends n requests to each of some paths, from a goroutine for each, and returns their statuses.
func fates(t *testing.T, seed uint64, n int, rules ...faults.Rule) map[string][]int {
	t.Helper()
	tg := newTarget(rules...)
	tg.injector.Seed(seed)
	got := map[string][]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for p := range 8 {
		wg.Go(func() {
			path := fmt.Sprint("/", p)
			for range n {
				status, _, err := tg.do(t.Context(), "GET", path)
				if err != nil {
					status = -1
				}
				mu.Lock()
				got[path] = append(got[path], status)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return got
}

// TestChance wants that the seed alone decides, and that chance is fair.
func TestChance(t *testing.T) {
	t.Parallel()
	rules := faults.Mix(0.2, faults.ResetBefore(), faults.BadGateway(), faults.Unauthorized(), faults.Unavailable(0))
	for seed := range uint64(2) {
		first, again, other := fates(t, seed, 200, rules...), fates(t, seed, 200, rules...), fates(t, seed+100, 200, rules...)
		counts := map[int]int{}
		same := 0
		for path, statuses := range first {
			if !slices.Equal(statuses, again[path]) {
				t.Errorf("seed %d, %s: not the same fate twice", seed, path)
			}
			if slices.Equal(statuses, other[path]) {
				same++
			}
			for _, status := range statuses {
				counts[status]++
			}
		}
		if same > 0 {
			t.Errorf("seed %d: %d paths have the same fate with another seed", seed, same)
		}
		if share := 1 - float64(counts[200])/1600; math.Abs(share-0.2) > 0.03 {
			t.Errorf("seed %d: %.3f of the requests suffered, want 0.2", seed, share)
		}
		for _, status := range []int{-1, 502, 401, 503} {
			if n := counts[status]; n < 50 || n > 110 {
				t.Errorf("seed %d: %d of 1600 have %d, want about 80", seed, n, status)
			}
		}
	}
}

// TestChanceOfManyPaths wants the same fate for each path of many, in whatever order they come, and whatever a storm before
// them takes away.
func TestChanceOfManyPaths(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const paths, times = 600, 3
		fate := func(storm bool, order func(n int) int) map[int][times]int {
			tg := newTarget()
			tg.injector.Seed(3)
			first := faults.Rule{Path: "/never"}
			if storm {
				first = faults.Rule{Status: 401, Every: time.Hour, For: time.Minute}
			}
			tg.injector.Add(first, faults.Rule{Status: 502, Chance: 0.5})
			<-time.After(59*time.Minute - time.Second)
			got := map[int][times]int{}
			seen := map[int]int{}
			for n := range paths * times {
				if n == paths {
					<-time.After(time.Minute) // into the storm
				}
				if n == 2*paths {
					<-time.After(time.Minute)
				}
				path := order(n)
				rec := httptest.NewRecorder()
				tg.handler.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "GET", fmt.Sprint("/", path), nil))
				fates := got[path]
				fates[seen[path]] = rec.Code
				got[path] = fates
				seen[path]++
			}
			return got
		}
		forth := fate(false, func(n int) int { return n % paths })
		back := fate(false, func(n int) int { return paths - 1 - n%paths })
		stormy := fate(true, func(n int) int { return n % paths })
		for path, want := range forth {
			if got := back[path]; got != want {
				t.Fatalf("path %d: %v and, in another order, %v", path, want, got)
			}
			if got := stormy[path]; got[0] != want[0] || got[1] != 401 || got[2] != want[2] {
				t.Fatalf("path %d: %v and, with a storm at its second request, %v", path, want, got)
			}
		}
	})
}

// TestMixRates wants a rate that is taken at its word, at the ends too.
func TestMixRates(t *testing.T) {
	t.Parallel()
	kinds := []faults.Rule{faults.BadGateway(), faults.Unauthorized(), faults.Unavailable(0)}
	for rate, want := range map[float64]int{0: 0, math.SmallestNonzeroFloat64: 0, 1: 100} {
		tg := newTarget(faults.Mix(rate, kinds...)...)
		struck := 0
		for range 100 {
			status, _, err := tg.do(t.Context(), "GET", "/")
			if err != nil {
				t.Fatal(err)
			}
			if status != 200 {
				struck++
			}
		}
		if struck != want {
			t.Errorf("rate %v: %d of 100 requests suffered, want %d", rate, struck, want)
		}
	}
}

// TestAll wants that any credential lives on when all kinds have struck: not every client can renew its own.
func TestAll(t *testing.T) {
	t.Parallel()
	rules := faults.All()
	for i := range rules {
		rules[i].Times = 1
		rules[i].Wait = 0
	}
	tg := newTarget(rules...)
	status := 0
	for range 2 * len(rules) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://fake.test/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("bot@acme.example", "token")
		if resp, err := tg.client.Transport.RoundTrip(req); err == nil {
			status = resp.StatusCode
			_ = resp.Body.Close()
		}
	}
	if counts := tg.injector.Counts(); status != 200 || counts["401"] != 1 {
		t.Errorf("the last status is %d after %v", status, counts)
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	busy := faults.TooManyRequests(0)
	busy.Times = 3
	tg := newTarget(busy, faults.Rule{Name: "late", After: 4, Times: 2, Status: 500})
	for range 9 {
		if _, _, err := tg.do(t.Context(), "GET", "/"); err != nil {
			t.Fatal(err)
		}
	}
	if got := tg.injector.Counts(); got["429"] != 3 || got["late"] != 2 || len(got) != 2 {
		t.Errorf("counts %v", got)
	}
}

// logged is a test that fails.
type logged struct {
	testing.TB

	cleanup []func()
	lines   []string
	fatal   string
	failed  bool
}

func (l *logged) Helper()                      {}
func (l *logged) Failed() bool                 { return l.failed }
func (l *logged) Cleanup(f func())             { l.cleanup = append(l.cleanup, f) }
func (l *logged) Logf(format string, a ...any) { l.lines = append(l.lines, fmt.Sprintf(format, a...)) }

func (l *logged) Fatalf(format string, a ...any) {
	l.fatal = fmt.Sprintf(format, a...)
	panic(l.fatal)
}

// TestSeedFor wants the seed of a test that fails, and to go by it. It changes the environment.
func TestSeedFor(t *testing.T) { //nolint:paralleltest // see above
	var in faults.Injector
	for _, failed := range []bool{true, false} {
		l := &logged{failed: failed}
		seed := in.SeedFor(l)
		for _, f := range l.cleanup {
			f()
		}
		if printed := strings.Contains(strings.Join(l.lines, ""), fmt.Sprintf("FAULTS_SEED=%d", seed)); printed != failed {
			t.Errorf("failed = %v: %q", failed, l.lines)
		}
	}
	t.Setenv("FAULTS_SEED", "42")
	if seed := in.SeedFor(&logged{}); seed != 42 {
		t.Errorf("the seed is %d, want the one of the environment", seed)
	}
	for _, typo := range []string{"0x2a", "-1", "42 ", "99999999999999999999"} {
		t.Setenv("FAULTS_SEED", typo)
		l := &logged{}
		func() {
			defer func() { _ = recover() }()
			in.SeedFor(l)
		}()
		if !strings.Contains(l.fatal, "FAULTS_SEED") || !strings.Contains(l.fatal, strconv.Quote(typo)) {
			t.Errorf("%q: %q", typo, l.fatal)
		}
	}
	t.Setenv("FAULTS_SEED", "")
	if a, b := in.SeedFor(&logged{}), in.SeedFor(&logged{}); a == b {
		t.Errorf("without a seed in the environment: %d twice", a)
	}
}

// pager serves numbered items by tokens or by pages of Currents, and counts what it was asked for.
type pager struct {
	items int
	asked []string
}

func (p *pager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	in := struct {
		Token string `json:"nextPageToken"`
		Max   int    `json:"maxResults"`
	}{}
	if r.Method == http.MethodPost {
		if err := fake.DecodeJSON(r, &in, true); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	} else {
		in.Token = r.URL.Query().Get("nextPageToken")
		_, _ = fmt.Sscan(r.URL.Query().Get("maxResults"), &in.Max)
	}
	p.asked = append(p.asked, fmt.Sprintf("%s+%d", in.Token, in.Max))
	from := 0
	_, _ = fmt.Sscan(in.Token, &from)
	answer := map[string]any{"from": from}
	if to := from + in.Max; to < p.items {
		answer["nextPageToken"] = fmt.Sprint(to)
	}
	fake.WriteJSON(w, http.StatusOK, answer)
}

// TestTokens follows a list of 50 items, 10 a page, whose tokens go wrong.
func TestTokens(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule faults.Rule
		want string // the pages that are asked for, up to six
	}{
		{faults.Rule{}, "+10 10+10 20+10 30+10 40+10"},
		{faults.RepeatedToken(), "+10 10+10 10+10 10+10 10+10 10+10"},
		{faults.DuplicatedToken(), "+10 10+10 20+10 10+10 20+10 10+10"},
		{faults.ShortPage(), "+5 5+5 10+5 15+5 20+5 25+5"},
	} {
		for side, wrap := range sides {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				var in faults.Injector
				in.Add(tt.rule)
				p := &pager{items: 50}
				rt := wrap(&in, p)
				token := ""
				for range 6 {
					var answer struct {
						Token string `json:"nextPageToken"`
					}
					url, body := "https://jira.invalid/search?maxResults=10&nextPageToken="+token, ""
					if method == http.MethodPost {
						url, body = "https://jira.invalid/search", fmt.Sprintf(`{"maxResults":10,"nextPageToken":%q}`, token)
					}
					req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
					if err != nil {
						t.Fatal(err)
					}
					req.Header.Set("Content-Type", "application/json")
					resp, err := rt.RoundTrip(req)
					if err != nil {
						t.Fatal(err)
					}
					decode(t, resp, &answer)
					if token = answer.Token; token == "" {
						break
					}
				}
				if got := strings.Join(p.asked, " "); got != tt.want {
					t.Errorf("%s, %s, %s: asked for %s, want %s", tt.rule.Name, side, method, got, tt.want)
				}
			}
		}
	}
}

// TestNumberedPages wants that the pages of Currents, numbers in an envelope, repeat as well.
func TestNumberedPages(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]float64{"1": 1, "2": 2} {
		var in faults.Injector
		in.Add(faults.RepeatedToken())
		rt := in.Transport(&fake.Transport{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"status":"OK","data":{"list":[1],"nextPage":7}}`))
		})})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://currents.invalid/v1/projects?page="+page, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := rt.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct {
			Data struct{ NextPage any }
		}
		decode(t, resp, &answer)
		if answer.Data.NextPage != want {
			t.Errorf("page %s names %v as the next", page, answer.Data.NextPage)
		}
	}
}
