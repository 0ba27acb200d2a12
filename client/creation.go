package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Creation creates what an API may hold several of with the same name. It is sent once; without an answer it is looked for
// over seven seconds. Nothing is created twice, and nobody is handed what somebody else has made. API packages run it for
// their users.
type Creation[T any] struct {
	// Op is the operation, for errors.
	Op string
	// Client is the one that the functions below use.
	Client *Client
	// Key is what Look goes by. Of a client's creations with the same key one is under way at a time: without an answer,
	// nobody could tell what came of which.
	Key any
	// Sent is what Send sends, to recognize it by.
	Sent any
	// Untold are the properties of Sent, at any depth, that the server may not tell, or fill in by itself.
	Untold []string
	// Send sends the request.
	Send func(context.Context) (*T, error)
	// ID returns the id in an answer, "" for none.
	ID func(*T) string
	// Look returns the ids of those that could be the new one, see [IDs].
	Look func(context.Context) ([]string, error)
	// Get reads the thing with an id.
	Get func(context.Context, string) (*T, error)
}

// takeTurn waits until no other creation with the key is under way.
func (c *Client) takeTurn(ctx context.Context, key any) (leave func(), err error) {
	done := make(chan struct{})
	for {
		other, busy := c.creating.LoadOrStore(key, done)
		if !busy {
			return func() {
				c.creating.Delete(key)
				close(done)
			}, nil
		}
		select {
		case <-other.(chan struct{}):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Run creates the thing, and returns it. What nobody can know is [ErrAmbiguous].
func (c Creation[T]) Run(ctx context.Context) (*T, error) {
	if err := c.misuse(ctx); err != nil {
		return nil, Invalid(c.Op, "%w", err)
	}
	leave, err := c.Client.takeTurn(ctx, c.Key)
	if err != nil {
		return nil, Failed(c.Op, err)
	}
	defer leave()
	before, err := c.Look(ctx)
	if err != nil {
		return nil, err
	}
	created, err := c.Send(ctx)
	if err == nil && c.ID(created) == "" {
		err = Ambiguous(c.Op, errors.New("the server reported success but no id"))
	}
	if !errors.Is(err, ErrAmbiguous) {
		return created, err
	}
	for pause := time.Second; ctx.Err() == nil; pause *= 2 {
		created, lost := c.find(ctx, before)
		switch {
		case lost != nil:
			return nil, Ambiguous(c.Op, fmt.Errorf("%w; looking for it: %v", err, lost)) //nolint:errorlint // the outcome is no better known for how the look failed
		case created != nil:
			return created, nil
		case pause > 4*time.Second:
			return nil, err // it may be on its way still
		}
		_ = Sleep(ctx, pause)
	}
	return nil, err
}

// misuse explains why nothing can be created.
func (c Creation[T]) misuse(ctx context.Context) error {
	switch {
	case c.Send == nil || c.ID == nil || c.Look == nil || c.Get == nil:
		return errors.New("the creation lacks a function: it needs Send, ID, Look and Get")
	case !reflect.ValueOf(c.Key).Comparable():
		return errors.New("the Key of the creation cannot be compared: use a string, or a struct of strings and numbers")
	}
	return c.Client.misuse(ctx, &Request{method: http.MethodPost}, nil)
}

// find returns the thing if it is there now, nil if not.
func (c Creation[T]) find(ctx context.Context, before []string) (*T, error) {
	fresh, err := c.Look(ctx)
	fresh = slices.DeleteFunc(fresh, func(id string) bool { return slices.Contains(before, id) })
	switch {
	case err != nil || len(fresh) == 0:
		return nil, err
	case len(fresh) > 1:
		return nil, fmt.Errorf("%s are new, it may be any of them", strings.Join(fresh, " and "))
	}
	found, err := c.Get(ctx, fresh[0])
	if err != nil {
		return nil, fmt.Errorf("%s is new: %w", fresh[0], err)
	}
	what, err := lacksJSON(found, c.Sent, c.Untold...)
	if err == nil && what != "" {
		err = fmt.Errorf("%s is new, but its %s is not what was sent: it may be somebody else's", fresh[0], what)
	}
	return found, err
}

// IDs returns the ids of the items that are wanted.
func IDs[T any](list iter.Seq2[T, error], want func(T) (id string, wanted bool)) (found []string, err error) {
	if list == nil || want == nil {
		return nil, errors.New("there is no list, or nothing to want of it")
	}
	for item, err := range list {
		if err != nil {
			return nil, err
		}
		if id, ok := want(item); ok {
			found = append(found, id)
		}
	}
	return found, nil
}
