package oauth

import (
	"context"
	"errors"
	"sync"
)

// Store keeps the token of one grant. [FileStore] is the one for programs on one machine, [SQLStore] the one for services
// with many replicas, [MemoryStore] forgets with the process. All goroutines of a program may use one Store at the same time:
// a [Source] does.
type Store interface {
	// Load returns what is stored; nil without an error if that is nothing. The error of what cannot be read is
	// [ErrCorrupt].
	Load(ctx context.Context) (*Token, error)
	// Update calls change with what is stored, nil for nothing, while nobody else in the world can be inside Update of the
	// same grant, and stores what change returns before it returns itself: durably, all of it or nothing. What cannot be
	// read is nil to change and is put aside, not lost, when there is something to store. When change returns nil or an
	// error, nothing is stored. The error of change is returned.
	Update(ctx context.Context, change func(current *Token) (*Token, error)) error
}

// canUpdate says what is missing for an Update.
func canUpdate(ctx context.Context, change func(*Token) (*Token, error)) error {
	switch {
	case ctx == nil:
		return errNoContext
	case change == nil:
		return errors.New("oauth: the store was given no change: the function is nil")
	}
	return nil
}

// MemoryStore keeps a token in memory: for tests, and for client credentials, which can be asked for again.
func MemoryStore() Store { return &memoryStore{turn: make(chan struct{}, 1)} }

type memoryStore struct {
	turn  chan struct{}
	mu    sync.Mutex
	token *Token
}

func (s *memoryStore) Load(context.Context) (*Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token, nil
}

func (s *memoryStore) Update(ctx context.Context, change func(*Token) (*Token, error)) error {
	if err := canUpdate(ctx, change); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil { // select would take either way
		return err
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	current, _ := s.Load(ctx)
	next, err := change(current)
	if err != nil || next == nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = next
	return nil
}

// StoreOption configures a store. When one is given twice the last counts. A nil one is passed over.
type StoreOption func(*vault)

// WithKey encrypts what is stored by AES-256-GCM with a key of 32 bytes, which the caller keeps elsewhere.
func WithKey(key []byte) StoreOption {
	return func(v *vault) { v.lock(key) }
}
