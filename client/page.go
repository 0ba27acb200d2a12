package client

import (
	"context"
	"hash/maphash"
	"iter"
	"net/url"
	"strconv"
)

// Page is one page of a list, as a fetch function of [Iterate] returns it.
type Page[T any, P comparable] struct {
	// Items decodes the items. It is called once, after the next page has been asked for.
	Items func() ([]T, error)
	// More says that there is another page, at Next.
	More bool
	// Next is the position of the next page.
	Next P
	// Key tells items apart where a list may shift while it is read: an item that came before is left out. Nil for none.
	Key func(T) string
	// Ahead lists the positions that will probably follow Next, where the style of paging can tell.
	Ahead []P
}

// Iterate yields the items of all pages, from the page at first. Each range begins anew; the first error ends it. From the
// second page on, while the caller works on one page the next is fetched (see [WithPrefetch]); breaking off cancels that
// request and waits for its end. A position that comes for a second time ends the iteration with [ErrPagingStalled].
func Iterate[T any, P comparable](ctx context.Context, c *Client, op string, first P, fetch func(ctx context.Context, at P) (Page[T, P], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		if err := c.listMisuse(ctx, fetch == nil); err != nil {
			yield(none, Invalid(op, "%w", err))
			return
		}
		ahead := &lookahead[T, P]{fetch: fetch, limit: c.prefetch}
		defer ahead.drop(0)

		seed := maphash.MakeSeed()
		var visited, delivered recent
		at := first
		for n := 1; ; n++ {
			visited.add(maphash.Comparable(seed, at))
			page, err := ahead.take(ctx, at)
			if err != nil {
				yield(none, err)
				return
			}
			stalled := page.More && visited.has(maphash.Comparable(seed, page.Next))
			if page.More && !stalled && n > 1 {
				ahead.start(ctx, page.Next, page.Ahead)
			}
			var items []T
			if page.Items != nil {
				items, err = page.Items()
			}
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range items {
				if page.Key != nil && !delivered.add(maphash.String(seed, page.Key(item))) {
					continue
				}
				if !yield(item, nil) {
					return
				}
			}
			if stalled {
				yield(none, &Error{Op: op, kind: ErrPagingStalled, cause: ErrPagingStalled})
				return
			}
			if !page.More {
				return
			}
			at = page.Next
		}
	}
}

// lookahead holds the pages that are being fetched before they are needed, in order.
type lookahead[T any, P comparable] struct {
	fetch func(ctx context.Context, at P) (Page[T, P], error)
	limit int
	queue []*flight[T, P]
}

type flight[T any, P comparable] struct {
	at     P
	page   Page[T, P]
	err    error
	cancel context.CancelFunc
	done   chan struct{}
}

// take returns the page at the position that start was told last: it is the first in flight, if any is.
func (l *lookahead[T, P]) take(ctx context.Context, at P) (Page[T, P], error) {
	if len(l.queue) == 0 {
		return l.fetch(ctx, at)
	}
	f := l.queue[0]
	l.queue = l.queue[1:]
	<-f.done
	f.cancel()
	return f.page, f.err
}

// start fetches next and then the guessed positions after it, as far as the limit allows.
func (l *lookahead[T, P]) start(ctx context.Context, next P, guesses []P) {
	for i, at := range append([]P{next}, guesses...) {
		if i < len(l.queue) {
			if l.queue[i].at == at {
				continue
			}
			l.drop(i) // the guesses have changed
		}
		if len(l.queue) >= l.limit {
			return
		}
		f := &flight[T, P]{at: at, done: make(chan struct{})}
		var flightCtx context.Context
		flightCtx, f.cancel = context.WithCancel(ctx) // #nosec G118 -- by take or drop
		l.queue = append(l.queue, f)
		go func() {
			defer close(f.done)
			f.page, f.err = l.fetch(flightCtx, f.at)
		}()
	}
}

// drop cancels what is in flight from the n-th on and waits for its end.
func (l *lookahead[T, P]) drop(n int) {
	for _, f := range l.queue[n:] {
		f.cancel()
	}
	for _, f := range l.queue[n:] {
		<-f.done
	}
	l.queue = l.queue[:n]
}

// recent remembers the last 65,536 values or more in bounded memory: lists are of any length.
type recent struct{ now, before map[uint64]struct{} }

const generation = 1 << 16

// add remembers v and reports whether it is new.
func (r *recent) add(v uint64) bool {
	if r.has(v) {
		return false
	}
	if r.now == nil || len(r.now) >= generation {
		r.now, r.before = make(map[uint64]struct{}), r.now
	}
	r.now[v] = struct{}{}
	return true
}

func (r *recent) has(v uint64) bool {
	_, now := r.now[v]
	_, before := r.before[v]
	return now || before
}

// Slice makes Page.Items of items that are decoded already.
func Slice[T any](items []T) func() ([]T, error) {
	return func() ([]T, error) { return items, nil }
}

// Pointers makes Page.Items of the addresses of items that are decoded already.
func Pointers[T any](items []T) func() ([]*T, error) {
	return func() ([]*T, error) {
		all := make([]*T, len(items))
		for i := range items {
			all[i] = &items[i]
		}
		return all, nil
	}
}

// OffsetPage completes p, the page at an offset with n items, for lists with startAt, total and isLast; 0 and false where
// the server did not say. The next offset follows from what came, not from what was asked for.
func OffsetPage[T any](p Page[T, int], at, n, total int, last bool) Page[T, int] {
	p.Next = at + n
	p.More = n > 0 && !last && (total == 0 || p.Next < total)
	for next := p.Next + n; p.More && next < total && len(p.Ahead) < maxAhead; next += n {
		p.Ahead = append(p.Ahead, next)
	}
	return p
}

// maxAhead bounds the guesses of one page.
const maxAhead = 16

// Jira's user searches look at the first 1,000 users only, and give 50 at a time unless asked for another number.
const window, defaultWindowSize = 1000, 50

// CappedPage completes p, the page at an offset with n items, for user searches that filter and then cut their window: a
// page may come short, so the position moves by the size asked for, until a page is empty or the 1,000 are over.
func CappedPage[T any](p Page[T, int], at, n, size int) Page[T, int] {
	p = WindowPage(p, at, size)
	p.More = p.More && n > 0
	return p
}

// WindowPage completes p, the page at an offset, for user searches that cut their window and then filter it: even an empty
// page is not the last, so the position moves by the size asked for until the 1,000 are over.
func WindowPage[T any](p Page[T, int], at, size int) Page[T, int] {
	if size <= 0 {
		size = defaultWindowSize
	}
	p.Next = at + size
	p.More = p.Next < window
	return p
}

// CursorPage completes p for lists that continue after the cursor of their last item.
func CursorPage[T any](p Page[T, string], n int, cursor string, more bool) Page[T, string] {
	p.Next = cursor
	p.More = more && n > 0 && cursor != ""
	return p
}

// TokenPage completes p for lists that continue at a token which the server makes up. The last page has none; an empty
// page with a token is not the last.
func TokenPage[T any](p Page[T, string], token string) Page[T, string] {
	p.Next, p.More = token, token != ""
	return p
}

// Section is a position in a list that is read by offset and size, 0 for what the server takes without being told.
type Section struct {
	Offset, Size int
	empty        int // pages without an item directly before
}

// maxEmpty bounds the pages without an item, of which a list that is filtered after it was cut into pages may have some: an
// offset can grow for ever.
const maxEmpty = 10

// SectionPage completes p, the page at a position with n items, for lists that answer with the address of the next page, ""
// for none. Only the numbers of its parameters offset and size are taken, so that no request follows an address from an
// answer. An address that does not lead further stalls the list, and so does the tenth page in a row without an item.
func SectionPage[T any](p Page[T, Section], at Section, n int, link string) Page[T, Section] {
	p.Next, p.More = at, link != ""
	empty := 0
	if n == 0 {
		empty = at.empty + 1
	}
	u, err := url.Parse(link)
	if err != nil {
		return p
	}
	query := u.Query()
	offset, err := strconv.Atoi(query.Get("offset"))
	if err != nil || offset <= at.Offset || empty >= maxEmpty {
		return p
	}
	p.Next.Offset, p.Next.empty = offset, empty
	if size, err := strconv.Atoi(query.Get("size")); err == nil && size > 0 {
		p.Next.Size = size
	}
	return p
}

// LinkPage completes p, the page at a position, for lists that answer with the address of the next page. Only the number
// that the parameter has there is taken, so that no request follows an address from an answer. An address without the
// number stalls the list: it has more, and nobody knows where.
func LinkPage[T any](p Page[T, int64], at int64, link, parameter string, more bool) Page[T, int64] {
	p.Next, p.More = at, more
	if u, err := url.Parse(link); err == nil {
		if next, err := strconv.ParseInt(u.Query().Get(parameter), 10, 64); err == nil {
			p.Next = next
		}
	}
	return p
}
