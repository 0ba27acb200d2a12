package client_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
)

// list is a list on a server, read by offsets. It takes a second to answer.
type list struct {
	total, size int
	short       map[int]int // positions whose page has fewer items
	ahead       bool
	fail        error // instead of the third page

	mu       sync.Mutex
	asked    []int
	at       []time.Duration
	start    time.Time
	now, max int
	given    int // cancelled before the answer
}

func (l *list) fetch(ctx context.Context, at int) (client.Page[int, int], error) {
	l.mu.Lock()
	if l.start.IsZero() {
		l.start = time.Now()
	}
	l.asked, l.at = append(l.asked, at), append(l.at, time.Since(l.start))
	l.now++
	l.max = max(l.max, l.now)
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		l.now--
		l.mu.Unlock()
	}()
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		l.mu.Lock()
		l.given++
		l.mu.Unlock()
		return client.Page[int, int]{}, ctx.Err()
	}
	if l.fail != nil && at >= 2*l.size {
		return client.Page[int, int]{}, l.fail
	}
	n := min(l.size, l.total-at)
	if short, ok := l.short[at]; ok {
		n = short
	}
	items := make([]int, max(0, n))
	for i := range items {
		items[i] = at + i
	}
	page := client.OffsetPage(client.Page[int, int]{Items: client.Slice(items)}, at, len(items), l.total, false)
	if !l.ahead {
		page.Ahead = nil
	}
	return page, nil
}

func (l *list) iterate(ctx context.Context, tb testing.TB, opts ...client.Option) iter.Seq2[int, error] {
	tb.Helper()
	return client.Iterate(ctx, newClient(tb, replies(ok("{}")).transport(), opts...), "Things.List", 0, l.fetch)
}

// collect reads all; work is how long the caller takes for the items of a page.
func collect(seq iter.Seq2[int, error], size int, work time.Duration) (all []int, err error) {
	for item, err := range seq {
		if err != nil {
			return all, err
		}
		if all = append(all, item); len(all)%size == 0 && work > 0 {
			<-time.After(work)
		}
	}
	return all, nil
}

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func TestIterate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		list     *list
		prefetch int
		asked    int           // pages
		most     int           // at once
		took     time.Duration // with a second per page for the server and one for the caller
	}{
		{"one page", &list{total: 10, size: 10}, 1, 1, 1, 2 * time.Second},
		{"nothing", &list{total: 0, size: 10}, 1, 1, 1, time.Second},
		{"no prefetch", &list{total: 60, size: 10}, 0, 6, 1, 12 * time.Second},
		// The second page is asked for when the first has been read, the third while the second is.
		{"one ahead", &list{total: 60, size: 10}, 1, 6, 1, 8 * time.Second},
		{"more ahead, unknown positions", &list{total: 60, size: 10}, 4, 6, 1, 8 * time.Second},
		{"more ahead, known positions", &list{total: 60, size: 10, ahead: true}, 4, 6, 4, 8 * time.Second},
		{"guesses end with the list", &list{total: 60, size: 10, ahead: true}, 100, 6, 4, 8 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				got, err := collect(tt.list.iterate(t.Context(), t, client.WithPrefetch(tt.prefetch)), 10, time.Second)
				if diff := cmp.Diff(upTo(tt.list.total), got); (diff != "" && tt.list.total > 0) || err != nil {
					t.Errorf("err = %v, %s", err, diff)
				}
				if took := time.Since(start); len(tt.list.asked) != tt.asked || tt.list.max != tt.most || took != tt.took {
					t.Errorf("asked for %v, %d at once, took %v; want %d pages, %d, %v",
						tt.list.asked, tt.list.max, took, tt.asked, tt.most, tt.took)
				}
			})
		})
	}
}

// With a slow server several pages in flight pay off.
func TestIterateSeveralAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := list{total: 180, size: 10, ahead: true}
		start := time.Now()
		got, err := collect(l.iterate(t.Context(), t, client.WithPrefetch(8)), 10, 0)
		if took := time.Since(start); err != nil || len(got) != 180 || took != 4*time.Second || l.max != 8 {
			t.Errorf("%d items after %v, %d at once, err = %v; want 180, 4s, 8", len(got), took, l.max, err)
		}
	})
}

// A page that comes short moves all positions after it: what was guessed is given up, nothing is lost or read twice.
func TestIterateMisguessed(t *testing.T) {
	t.Parallel()
	for _, prefetch := range []int{0, 1, 2, 3, 8} {
		synctest.Test(t, func(t *testing.T) {
			l := list{total: 100, size: 10, ahead: true, short: map[int]int{20: 7, 27: 3, 60: 1}}
			got, err := collect(l.iterate(t.Context(), t, client.WithPrefetch(prefetch)), 10, time.Second)
			if diff := cmp.Diff(upTo(100), got); diff != "" || err != nil {
				t.Errorf("prefetch %d: err = %v, %s", prefetch, err, diff)
			}
			if l.now != 0 {
				t.Errorf("prefetch %d: %d requests are still in flight", prefetch, l.now)
			}
		})
	}
}

// Guesses that a later page corrects are given up where they went wrong, and what was right is not asked for again.
func TestIterateCorrectedGuesses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pages := map[string]client.Page[string, string]{
			"": page("a", "-"), "a": page("b", "A"), "b": page("c", "B"), "c": page("d", "C"), "d": page("e", "D"), "e": page("f", "E"), "f": page("", "F"),
		}
		ahead := map[string][]string{"a": {"c", "x"}, "b": {"d", "e"}, "c": {"e", "f"}}
		var mu sync.Mutex
		var asked []string
		given := 0
		seq := client.Iterate(t.Context(), newClient(t, replies(ok("{}")).transport(), client.WithPrefetch(3)), "Things.List", "",
			func(ctx context.Context, at string) (client.Page[string, string], error) {
				mu.Lock()
				asked = append(asked, at)
				mu.Unlock()
				select {
				case <-time.After(time.Duration(strings.Index("abcdefx", at)+1) * time.Second): // later ones are slower
				case <-ctx.Done():
					given++
					return client.Page[string, string]{}, ctx.Err()
				}
				p := pages[at]
				p.Ahead = ahead[at]
				return p, nil
			})
		var got []string
		for item, err := range seq {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, item)
		}
		slices.Sort(asked)
		if strings.Join(got, "") != "-ABCDEF" || strings.Join(asked, "") != "abcdefx" || given != 1 {
			t.Errorf("got %q, asked for %q, gave up %d", got, asked, given)
		}
	})
}

func TestIterateBreak(t *testing.T) {
	t.Parallel()
	for after := range 45 {
		for _, prefetch := range []int{0, 1, 4} {
			synctest.Test(t, func(t *testing.T) {
				l := list{total: 100, size: 10, ahead: true}
				n := 0
				for _, err := range l.iterate(t.Context(), t, client.WithPrefetch(prefetch)) {
					if err != nil {
						t.Error(err)
					}
					if n++; n > after {
						break
					}
				}
				if l.now != 0 {
					t.Errorf("broke off after %d items: %d requests are still in flight", after, l.now)
				}
				if after >= 10 && prefetch > 0 && l.given == 0 {
					t.Errorf("broke off after %d items: nothing was cancelled", after)
				}
			})
		}
	}
}

// Each range begins anew.
func TestIterateTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := list{total: 25, size: 10}
		seq := l.iterate(t.Context(), t)
		for range 2 {
			if got, err := collect(seq, 10, 0); err != nil || !slices.Equal(got, upTo(25)) {
				t.Errorf("got %v, err = %v", got, err)
			}
		}
		if !slices.Equal(l.asked, []int{0, 10, 20, 0, 10, 20}) {
			t.Errorf("asked for %v", l.asked)
		}
	})
}

// The first error ends the iteration, after the items before it.
func TestIterateError(t *testing.T) {
	t.Parallel()
	for _, prefetch := range []int{0, 1, 4} {
		synctest.Test(t, func(t *testing.T) {
			gone := errors.New("gone")
			l := list{total: 50, size: 10, ahead: true, fail: gone}
			var got []int
			var failures []error
			for item, err := range l.iterate(t.Context(), t, client.WithPrefetch(prefetch)) {
				if err != nil {
					failures = append(failures, err)
					continue // a caller who does not stop is not asked again
				}
				got = append(got, item)
			}
			if !slices.Equal(got, upTo(20)) || len(failures) != 1 || !errors.Is(failures[0], gone) {
				t.Errorf("prefetch %d: got %v and %v", prefetch, got, failures)
			}
		})
	}
}

// A page whose items cannot be decoded ends it too, and what is in flight with it.
func TestIterateItemsError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := list{total: 100, size: 10}
		odd := errors.New("odd")
		seq := client.Iterate(t.Context(), newClient(t, replies(ok("{}")).transport()), "Things.List", 0,
			func(ctx context.Context, at int) (client.Page[int, int], error) {
				page, err := l.fetch(ctx, at)
				if at == 20 {
					page.Items = func() ([]int, error) { return nil, odd }
				}
				return page, err
			})
		if got, err := collect(seq, 10, 0); !errors.Is(err, odd) || len(got) != 20 || l.now != 0 {
			t.Errorf("%d items, err = %v, %d in flight", len(got), err, l.now)
		}
	})
}

func TestIterateCancel(t *testing.T) {
	t.Parallel()
	for _, prefetch := range []int{0, 1, 4} {
		for _, after := range []time.Duration{0, 500, 1500, 2500, 3500} {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), after*time.Millisecond)
				defer cancel()
				l := list{total: 1000, size: 10, ahead: true}
				start := time.Now()
				_, err := collect(l.iterate(ctx, t, client.WithPrefetch(prefetch)), 10, 0)
				if waited := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || waited != after*time.Millisecond || l.now != 0 {
					t.Errorf("err = %v after %v, %d in flight", err, waited, l.now)
				}
			})
		}
	}
}

// A panic of the caller's loop leaves nothing behind.
func TestIteratePanic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := list{total: 100, size: 10}
		defer func() {
			if recover() == nil || l.now != 0 {
				t.Errorf("%d requests are still in flight", l.now)
			}
		}()
		for item, err := range l.iterate(t.Context(), t) {
			if item == 15 || err != nil {
				panic("at the disco")
			}
		}
	})
}

// tokens is a list that is read by tokens.
type tokens map[string]client.Page[string, string]

func (l tokens) iterate(ctx context.Context, tb testing.TB) iter.Seq2[string, error] {
	tb.Helper()
	return client.Iterate(ctx, newClient(tb, replies(ok("{}")).transport()), "Issues.Search", "",
		func(_ context.Context, at string) (client.Page[string, string], error) {
			page, ok := l[at]
			if !ok {
				return page, fmt.Errorf("asked for %q", at)
			}
			return page, nil
		})
}

func page(next string, items ...string) client.Page[string, string] {
	return client.Page[string, string]{Items: client.Slice(items), More: next != "", Next: next}
}

func keyed(p client.Page[string, string]) client.Page[string, string] {
	p.Key = func(s string) string { return s }
	return p
}

func TestIterateTokens(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		list    tokens
		want    string
		stalled bool
	}{
		{"three pages", tokens{"": page("1", "a"), "1": page("2", "b"), "2": page("", "c")}, "a b c", false},
		{"empty pages go on", tokens{"": page("1"), "1": page("2"), "2": page("3", "a"), "3": page("")}, "a", false},
		{"same token", tokens{"": page("1", "a"), "1": page("1", "b")}, "a b", true},
		{"circle", tokens{"": page("1", "a"), "1": page("2", "b"), "2": page("3", "c"), "3": page("1", "d")}, "a b c d", true},
		{"back to the start", tokens{"": {Items: client.Slice([]string{"a"}), More: true}}, "a", true},
		{"duplicates are kept", tokens{"": page("1", "a", "b"), "1": page("", "b", "a")}, "a b b a", false},
		{"duplicates by key", tokens{"": keyed(page("1", "a", "b")), "1": keyed(page("2", "b", "c")), "2": keyed(page("", "a", "d", "d"))}, "a b c d", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			var last error
			for item, err := range tt.list.iterate(t.Context(), t) {
				if last = err; err == nil {
					got = append(got, item)
				}
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got %v, want %s", got, tt.want)
			}
			if !tt.stalled {
				if last != nil {
					t.Error(last)
				}
				return
			}
			wantKinds(t, last, "stalled")
			if e := wantError(t, last); e.Op != "Issues.Search" {
				t.Errorf("err = %v", last)
			}
		})
	}
}

// A list longer than what the iterator remembers of it is read in full.
func TestIterateLongList(t *testing.T) {
	t.Parallel()
	const total = 300_000
	c := newClient(t, replies(ok("{}")).transport(), client.WithPrefetch(0))
	seq := client.Iterate(t.Context(), c, "Things.List", 0, func(_ context.Context, at int) (client.Page[int, int], error) {
		items := make([]int, 1000)
		for i := range items {
			items[i] = at + i
		}
		p := client.Page[int, int]{Items: client.Slice(items), Key: strconv.Itoa}
		return client.OffsetPage(p, at, len(items), total, false), nil
	})
	n := 0
	for item, err := range seq {
		if err != nil || item != n {
			t.Fatalf("item %d is %d, err = %v", n, item, err)
		}
		n++
	}
	if n != total {
		t.Errorf("%d items, want %d", n, total)
	}
}

func TestPointers(t *testing.T) {
	t.Parallel()
	items := []int{1, 2}
	got, err := client.Pointers(items)()
	if err != nil || len(got) != 2 || got[0] != &items[0] || got[1] != &items[1] {
		t.Errorf("got %v, err = %v", got, err)
	}
}

// The pages of a client that may do one thing at a time do not wait for each other for ever.
func TestIterateWithOneSlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, replies(ok("{}")).transport(), client.WithMaxConcurrency(1), client.WithPrefetch(4))
		seq := client.Iterate(t.Context(), c, "Things.List", 0, func(ctx context.Context, at int) (client.Page[int, int], error) {
			if err := c.Do(ctx, client.NewRequest("Things.List", http.MethodGet, "/things"), nil); err != nil {
				return client.Page[int, int]{}, err
			}
			return client.OffsetPage(client.Page[int, int]{Items: client.Slice([]int{at})}, at, 1, 20, false), nil
		})
		for _, err := range seq {
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Do(t.Context(), get(), nil); err != nil {
				t.Fatal(err)
			}
		}
	})
}
