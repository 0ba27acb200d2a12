package jira

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// marked are the issues of one key, the lowest id first.
type marked []markedIssue

type markedIssue struct {
	ID, Key     string
	attempt     string
	duplicateOf string
	done        bool
	links       []IssueLink
}

// sort orders by id: a shorter number is a smaller one.
func (m marked) sort() {
	slices.SortFunc(m, func(a, b markedIssue) int {
		return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
}

// with returns the issue of an id, by the one that an attempt created; nil if it is not there.
func (m marked) with(id string) *markedIssue {
	return m.first(func(issue markedIssue) bool { return issue.ID == id })
}

func (m marked) by(attempt string) *markedIssue {
	return m.first(func(issue markedIssue) bool { return issue.attempt == attempt })
}

func (m marked) first(is func(markedIssue) bool) *markedIssue {
	if i := slices.IndexFunc(m, is); i >= 0 {
		return &m[i]
	}
	return nil
}

// onceMemory is for how long at least a client remembers what it has filed: longer than any index lags behind.
const onceMemory = time.Hour

// onceBook is what a client knows of the keys that it files. The zero value is an empty one.
type onceBook struct {
	mu            sync.Mutex
	flights       map[string]*onceFlight
	recent, older map[string]onceEntry // two ages, so that old entries go without being looked for
	turned        time.Time
	projects      map[string]*onceProject
}

// onceProject is a project in which this client creates issues.
type onceProject struct {
	begun int // reads that have begun; of the book's mutex

	turn     chan struct{} // who has the turn may read, and touch the rest
	key      string        // of the project; "" before the first read
	next     int           // the number after the latest issue that has been seen
	finished int           // the latest read that went well
}

// project returns a project and how many reads have begun there.
func (b *onceBook) project(name string) (*onceProject, int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.projects[name]
	if p == nil {
		if b.projects == nil {
			b.projects = map[string]*onceProject{}
		}
		p = &onceProject{turn: make(chan struct{}, 1)}
		b.projects[name] = p
	}
	return p, p.begun
}

// begin counts a read.
func (b *onceBook) begin(p *onceProject) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	p.begun++
	return p.begun
}

// onceEntry is the last that is known of a key: its issue, or a create whose outcome is unknown since.
type onceEntry struct {
	id      string
	attempt string
	unknown time.Time
}

func (b *onceBook) note(key string, e onceEntry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.recent == nil || time.Since(b.turned) > onceMemory {
		b.recent, b.older, b.turned = map[string]onceEntry{}, b.recent, time.Now()
	}
	b.recent[key] = e
}

func (b *onceBook) recall(key string) onceEntry {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e, ok := b.recent[key]; ok {
		return e
	}
	return b.older[key]
}

// learn notes an issue that bears a key, unless one is known already: a lower id comes first.
func (b *onceBook) learn(key, id string) {
	if e := b.recall(key); e.id == "" {
		e.id = id
		b.note(key, e)
	}
}

// onceFlight is a call under way. Its outcome may be read when done is closed.
type onceFlight struct {
	done   chan struct{}
	result *OnceResult
	err    error
	left   bool // the caller went away before there was an outcome
}

// board returns the flight of a key and whether the caller leads it.
func (b *onceBook) board(key string) (f *onceFlight, leads bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f := b.flights[key]; f != nil {
		return f, false
	}
	if b.flights == nil {
		b.flights = map[string]*onceFlight{}
	}
	f = &onceFlight{done: make(chan struct{}), left: true}
	b.flights[key] = f
	return f, true
}

func (b *onceBook) land(key string, f *onceFlight) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.flights, key)
	close(f.done)
}

// join files the key, or waits for the call that does and takes over its outcome. A refusal is not taken over: it may
// be about the other call's input.
func (o *once) join(ctx context.Context) (*OnceResult, error) {
	for {
		f, leads := o.book.board(o.key)
		if leads {
			defer o.book.land(o.key, f)
			f.result, f.err = o.file(ctx)
			f.left = ctx.Err() != nil
			return f.result.clone(), f.err
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, client.Failed(o.op, ctx.Err())
		}
		if f.result != nil {
			result := f.result.clone()
			result.Created = false
			return result, nil
		}
		if _, unknown := errors.AsType[*AmbiguousError](f.err); unknown && !f.left {
			return nil, f.err
		}
		o.waited = true
	}
}

// clone makes a result that its receiver may change.
func (r *OnceResult) clone() *OnceResult {
	if r == nil {
		return nil
	}
	c := *r
	c.Duplicates = slices.Clone(r.Duplicates)
	return &c
}
