package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
)

// What is to become of an action, or has become of it.
const (
	unchanged = "unchanged"
	kept      = "kept" // it is not in the file
	failed    = "failed"
	skipped   = "skipped" // since something else failed before

	wouldCreate, created = "would create", "created"
	wouldUpdate, updated = "would update", "updated"
	wouldDelete, deleted = "would delete", "deleted"
)

// step is one action of the plan.
type step struct {
	key
	id      string // "" as long as there is none
	result  string
	changes []string // properties
	moves   bool
	err     error
	silent  bool // the server does not tell whether it is enabled

	want   *wanted // nil for one that is not in the file
	update jsmops.ActionUpdate
}

// plan is what has to be done for an integration.
type plan struct {
	ops         *jsmops.Client
	integration *jsmops.Integration
	steps       []*step // in the order of the file, and then those that are not in it
}

// silent reports that the server does not tell what is enabled.
func (p *plan) silent() bool {
	return slices.ContainsFunc(p.steps, func(s *step) bool { return s.silent })
}

func (p *plan) changes() (n int) {
	for _, s := range p.steps {
		if s.result != unchanged && s.result != kept {
			n++
		}
	}
	return n
}

// makePlan reads the integration and holds it against the file.
func makePlan(ctx context.Context, ops *jsmops.Client, file *document, prune bool) (*plan, error) {
	integration, err := find(ctx, ops, file.Integration)
	if err != nil {
		return nil, err
	}
	p := &plan{ops: ops, integration: integration}
	there := map[key][]string{}
	var order []*jsmops.ActionSummary
	for a, err := range ops.Actions.List(ctx, integration.ID, nil) {
		if err != nil {
			return nil, err
		}
		k := key{a.Name, a.Type, a.Direction}
		there[k], order = append(there[k], a.ID), append(order, a)
	}
	var wrong []error
	for _, w := range file.Actions {
		s, err := p.look(ctx, w, there[w.key()])
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", w.key(), err))
			continue
		}
		p.steps = append(p.steps, s)
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	for _, a := range order {
		if !slices.ContainsFunc(p.steps, func(s *step) bool { return s.id == a.ID }) {
			s := &step{key: key{a.Name, a.Type, a.Direction}, id: a.ID, result: kept}
			if prune {
				s.result = wouldDelete
			}
			p.steps = append(p.steps, s)
		}
	}
	p.foresee(order)
	return p, nil
}

// find returns the integration with an id or a name.
func find(ctx context.Context, ops *jsmops.Client, nameOrID string) (*jsmops.Integration, error) {
	var names []string
	var found []*jsmops.Integration
	for in, err := range ops.Integrations.List(ctx, nil) {
		if err != nil {
			return nil, err
		}
		names = append(names, in.Name)
		if in.ID == nameOrID {
			return in, nil
		}
		if in.Name == nameOrID {
			found = append(found, in)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		if len(names) == 0 {
			return nil, fmt.Errorf("there is no integration with the name or id %q, nor any other", nameOrID)
		}
		return nil, fmt.Errorf("there is no integration with the name or id %q, but %s", nameOrID, program.Some(names))
	}
	return nil, fmt.Errorf("%d integrations have the name %q: give the id", len(found), nameOrID)
}

// look says what has to be done about a wanted action, given the ids of those that are known by the same key.
func (p *plan) look(ctx context.Context, w *wanted, ids []string) (*step, error) {
	s := &step{key: w.key(), want: w, result: wouldCreate}
	switch len(ids) {
	case 0:
		w.fill()
		return s, w.valid()
	case 1:
		s.id = ids[0]
	default:
		return nil, fmt.Errorf("there are %d of them, %s: delete or rename all but one", len(ids), strings.Join(ids, " and "))
	}
	have, err := p.ops.Actions.Get(ctx, p.integration.ID, s.id)
	if err != nil {
		return nil, err
	}
	s.silent, s.result = have.Enabled == nil, unchanged
	if s.changes, s.update, err = compare(w, have); len(s.changes) > 0 {
		s.result = wouldUpdate
	}
	return s, err
}

// foresee adds the actions that will have to move, if those that are missing will be behind all others at first. The server
// may see it differently: reorder looks again.
func (p *plan) foresee(order []*jsmops.ActionSummary) {
	for _, direction := range []jsmops.Direction{jsmops.DirectionIncoming, jsmops.DirectionOutgoing} {
		var current, want []string
		for _, a := range order {
			if a.Direction == direction {
				current = append(current, a.ID)
			}
		}
		steps := map[string]*step{}
		for _, s := range p.steps {
			if s.want == nil || s.direction != direction {
				continue
			}
			id := s.id
			if id == "" {
				id = "new " + s.String()
				current = append(current, id)
			}
			steps[id], want = s, append(want, id)
		}
		for _, m := range moves(current, want) {
			s := steps[m.id]
			if s.moves = true; s.result == unchanged {
				s.result = wouldUpdate
			}
		}
	}
}

// apply does it: creates, updates and deletes, and then moves. What failed does not keep the others from being tried, but the
// order can wait until all are there.
func (p *plan) apply(ctx context.Context) error {
	var wrong []error
	for _, s := range p.steps {
		s.moves = false // as long as it has not
	}
	for _, s := range p.steps {
		if ctx.Err() != nil {
			wrong = append(wrong, ctx.Err())
			break
		}
		if s.err = p.do(ctx, s); s.err != nil {
			wrong = append(wrong, p.failed(s))
		}
	}
	if len(wrong) == 0 {
		if err := p.reorder(ctx); err != nil {
			wrong = append(wrong, err)
		}
	}
	for _, s := range p.steps {
		switch {
		case !strings.HasPrefix(s.result, "would "):
		case len(wrong) > 0:
			s.result = skipped
		default: // it has come to its place by the moves of others
			s.result = unchanged
		}
	}
	return errors.Join(wrong...)
}

func (p *plan) failed(s *step) error {
	s.result = failed
	if errors.Is(s.err, client.ErrAmbiguous) {
		return fmt.Errorf("%s: %w; run it again, which looks first", s.key, s.err)
	}
	return fmt.Errorf("%s: %w", s.key, s.err)
}

// do does one step but for its order.
func (p *plan) do(ctx context.Context, s *step) error {
	switch s.result {
	case wouldCreate:
		a, err := p.ops.Actions.Create(ctx, p.integration.ID, s.want.ActionInput)
		if err != nil {
			return err
		}
		s.id, s.result = a.ID, created
	case wouldUpdate:
		if len(s.changes) == 0 {
			return nil // it only moves
		}
		if _, err := p.ops.Actions.Update(ctx, p.integration.ID, s.id, s.update); err != nil {
			return err
		}
		s.result = updated
	case wouldDelete:
		if err := p.ops.Actions.Delete(ctx, p.integration.ID, s.id); err != nil && !errors.Is(err, client.ErrNotFound) {
			return err
		}
		s.result = deleted
	}
	return nil
}

// reorder reads the order that the actions have now, and moves those that are out of place.
func (p *plan) reorder(ctx context.Context) error {
	current := map[jsmops.Direction][]string{}
	for a, err := range p.ops.Actions.List(ctx, p.integration.ID, nil) {
		if err != nil {
			return err
		}
		current[a.Direction] = append(current[a.Direction], a.ID)
	}
	steps, want := map[string]*step{}, map[jsmops.Direction][]string{}
	for _, s := range p.steps {
		if s.want == nil {
			continue
		}
		if !slices.Contains(current[s.direction], s.id) {
			return fmt.Errorf("%s: it is gone, somebody else deletes it: run it again", s.key)
		}
		steps[s.id], want[s.direction] = s, append(want[s.direction], s.id)
	}
	for direction, ids := range current {
		for _, m := range moves(ids, want[direction]) {
			s := steps[m.id]
			if s.err = p.ops.Actions.Reorder(ctx, p.integration.ID, m.id, m.before); s.err != nil {
				return p.failed(s)
			}
			if s.moves = true; s.result != created {
				s.result = updated
			}
		}
	}
	return nil
}
