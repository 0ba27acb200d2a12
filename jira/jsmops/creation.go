package jsmops

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// creation creates one thing, whose request is sent once. Without an answer it is looked for over seven seconds.
type creation[T any] struct {
	op   string
	look func(context.Context) ([]string, error) // the ids of those with the same name and type
	send func(context.Context) (*T, error)
	id   func(*T) string
	get  func(context.Context, string) (*T, error)
}

func (c creation[T]) run(ctx context.Context) (*T, error) {
	before, err := c.look(ctx)
	if err != nil {
		return nil, err
	}
	created, err := c.send(ctx)
	if err == nil && c.id(created) == "" {
		err = client.Ambiguous(c.op, errors.New("the server reported success but no id"))
	}
	if !errors.Is(err, client.ErrAmbiguous) {
		return created, err
	}
	for pause := time.Second; ctx.Err() == nil; pause *= 2 {
		fresh, lost := c.look(ctx)
		fresh = slices.DeleteFunc(fresh, func(id string) bool { return slices.Contains(before, id) })
		switch {
		case len(fresh) == 1:
			created, lost = c.get(ctx, fresh[0])
		case len(fresh) > 1:
			lost = fmt.Errorf("%d of this name and type are new, it may be any of them", len(fresh))
		case pause > 4*time.Second:
			return nil, err // it may be on its way still
		}
		if lost != nil {
			return nil, client.Ambiguous(c.op, fmt.Errorf("%w; looking for it: %v", err, lost)) //nolint:errorlint // the outcome is no better known for how the look failed
		}
		if len(fresh) == 1 {
			return created, nil
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
	return nil, err
}

// ids returns the ids of the items that are wanted.
func ids[T any](list iter.Seq2[T, error], want func(T) (string, bool)) (found []string, err error) {
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
