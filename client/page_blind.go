package client

import (
	"encoding/json"
	"slices"
	"strings"
)

// Row is a position in a list that is asked for both by the number of a row and by that of a page.
type Row struct{ Start, Page int }

// maxBlindPages bounds a list of which no total is told: items that change with each reading would never repeat.
const maxBlindPages = 200

// Blind reads one list, once, of a service that may ignore the position and documents neither an end nor what an item looks
// like.
type Blind struct {
	// IDs are the properties of which the first that an item has names it: the rest may change while the list is read.
	IDs []string

	seen   map[string]bool
	before string // tells the page before
}

// Page makes the page at a position of what came from there when limit items were asked for; the total is 0 where the service
// tells none. The list ends with an empty page, with one that repeats the page before (such a service does not page), and
// with the total: but for a full page there, because the total may be that of a page. Items that came before are left
// out. A list stalls that repeats itself before its total, and one of which no end is told after 200 pages.
func (b *Blind) Page(at Row, limit int, items []json.RawMessage, total int) Page[json.RawMessage, Row] {
	if b == nil {
		b = new(Blind)
	}
	if b.seen == nil {
		b.seen = make(map[string]bool)
	}
	now := b.names(items)
	same := now == b.before
	b.before = now
	fresh := slices.DeleteFunc(slices.Clone(items), func(item json.RawMessage) bool { return same || b.seen[string(item)] })
	for _, item := range items {
		b.seen[string(item)] = true
	}
	p := Page[json.RawMessage, Row]{Items: Slice(fresh), Next: Row{at.Start + len(items), at.Page + 1}}
	beyond := at.Start >= total // always, where none is told
	switch {
	case len(items) == 0 || beyond && (same || total > 0 && len(fresh) == 0):
	case len(fresh) == 0 || beyond && at.Page >= maxBlindPages:
		p.Next, p.More = at, true
	default:
		p.More = total <= 0 || p.Next.Start < total || len(items) >= limit
	}
	return p
}

// names tells a page from others, by the ids of its items where they have one.
func (b *Blind) names(items []json.RawMessage) string {
	all := make([]string, len(items))
	for i, item := range items {
		var properties map[string]json.RawMessage
		_ = json.Unmarshal(item, &properties) // it may be anything
		all[i] = string(item)
		if n := slices.IndexFunc(b.IDs, func(id string) bool { return properties[id] != nil }); n >= 0 {
			all[i] = string(properties[b.IDs[n]])
		}
	}
	return strings.Join(all, "\n")
}
