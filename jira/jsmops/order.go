package jsmops

import (
	"context"
	"fmt"

	"github.com/jira-integrations/go-sdk/client"
)

// Reorder puts an action directly before another one of the same integration, its successor. The API knows no other way to
// say a place.
//
// PATCH /v1/integrations/{integrationId}/actions/{id}/order
//
// Errors: [client.ErrNotFound], [client.ErrInvalid], [client.ErrForbidden], [client.ErrAmbiguous], [client.ErrScope].
func (s *ActionsService) Reorder(ctx context.Context, integrationID, actionID, successorID string) error {
	const op = "Actions.Reorder"
	switch successorID {
	case "":
		return client.Invalid(op, "there is no successor: name the action that comes next, or use MoveLast")
	case actionID:
		return client.Invalid(op, "an action cannot come before itself")
	}
	return s.reorder(ctx, integrationID, actionID, ActionOrder{SuccessorID: successorID})
}

// MoveFirst puts an action before all others of its direction; those of the other one do not compete with it. It reads the
// list, and calls [ActionsService.Reorder] unless the action is the first already.
func (s *ActionsService) MoveFirst(ctx context.Context, integrationID, actionID string) error {
	order, at, err := s.peers(ctx, "Actions.MoveFirst", integrationID, actionID)
	if err != nil || at == 0 {
		return err
	}
	return s.Reorder(ctx, integrationID, actionID, order[0])
}

// MoveLast puts an action behind all others of its direction. The vendor has no request for that: it reads the list, and
// calls [ActionsService.Reorder] for each action behind it, to put that before it. After a failure some of them are behind it
// still; to call it again is safe.
func (s *ActionsService) MoveLast(ctx context.Context, integrationID, actionID string) error {
	order, at, err := s.peers(ctx, "Actions.MoveLast", integrationID, actionID)
	if err != nil {
		return err
	}
	for _, id := range order[at+1:] {
		if err := s.Reorder(ctx, integrationID, id, actionID); err != nil {
			return err
		}
	}
	return nil
}

// peers returns the actions of the same direction as one of them, in their order, and its place.
func (s *ActionsService) peers(ctx context.Context, op, integrationID, actionID string) (order []string, at int, err error) {
	byDirection := map[Direction][]string{}
	var direction Direction
	at = -1
	for a, err := range s.List(ctx, integrationID, nil) {
		if err != nil {
			return nil, 0, err
		}
		if a.ID == actionID {
			direction, at = a.Direction, len(byDirection[a.Direction])
		}
		byDirection[a.Direction] = append(byDirection[a.Direction], a.ID)
	}
	if at < 0 {
		return nil, 0, client.Failed(op, fmt.Errorf("the integration has no action %q: %w", actionID, client.ErrNotFound))
	}
	return byDirection[direction], at, nil
}
