package jsmops

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jira-integrations/go-sdk/client"
)

// Validate says what is wrong with the action, as Create does before it sends anything. Whether the integration takes
// actions of this type and direction only the server knows.
func (in ActionInput) Validate() error {
	wrong := problems{}
	wrong.checkText("type", in.Type)
	wrong.checkText("name", in.Name)
	wrong.checkFilter(in.Filter)
	wrong.checkMappings(in.ActionMapping, in.FieldMappings, in.TypeSpecificProperties)
	if in.Domain != "" && in.Domain != DomainAlert {
		wrong.add("domain", "%q is none: %s is the only one, and may be left out", in.Domain, DomainAlert)
	}
	if in.Direction != DirectionIncoming && in.Direction != DirectionOutgoing {
		wrong.add("direction", "%q is neither %s nor %s", in.Direction, DirectionIncoming, DirectionOutgoing)
	}
	groups := []GroupType{GroupTypeForwarding, GroupTypeUpdating, GroupTypeCheckbox}
	if (in.GroupType != "" || in.Direction == DirectionOutgoing) && !slices.Contains(groups, in.GroupType) {
		wrong.add("groupType", "%q is none of %q: an outgoing action is of one", in.GroupType, groups)
	}
	return wrong.err("Actions.Create")
}

func (p problems) checkMappings(action ActionMapping, fields, properties Values) {
	if action.Type == "" && action.Parameter != nil {
		p.add("actionMapping.type", "it is empty: name what is done with the parameters")
	}
	p.checkValues("actionMapping.parameter", action.Parameter)
	p.checkValues("fieldMappings", fields)
	p.checkValues("typeSpecificProperties", properties)
}

func (p problems) checkValues(path string, values Values) {
	for name, value := range values {
		if value != nil && !json.Valid(value) {
			p.add(path+"."+name, "it is no JSON: make it by Text or JSON")
		}
	}
}

func (p problems) checkText(path, s string) {
	const most = 250 // characters of a name or type
	if n := utf8.RuneCountInString(s); strings.TrimSpace(s) == "" {
		p.add(path, "it is empty: give its value")
	} else if n > most {
		p.add(path, "it has %d characters, more than %d", n, most)
	}
}

// Create creates an action. Its place among the others is the server's choice, see [ActionsService.MoveFirst]. What is wrong
// with it is [client.ErrInvalid] before anything is sent, see [ActionInput.Validate].
//
// There may be several actions of one name and type, so an action is never sent twice. Create first lists those that there
// are. When its request ends without a clear answer it looks again for some seconds: the only one that is new is the action,
// if it is as it was sent. Otherwise nobody knows, and the error, which is [client.ErrAmbiguous], names what is new. Of actions
// with one name and type a client creates one after the other.
//
// GET and POST /v1/integrations/{integrationId}/actions
//
// OAuth 2.0 scopes: read:ops-config:jira-service-management, write:ops-config:jira-service-management.
//
// Errors: [client.ErrNotFound], [client.ErrInvalid], [client.ErrForbidden], [client.ErrAmbiguous], [client.ErrScope].
func (s *ActionsService) Create(ctx context.Context, integrationID string, input ActionInput) (*Action, error) {
	if err := input.Validate(); err != nil {
		return nil, err
	}
	input.Domain, input.Filter = cmp.Or(input.Domain, DomainAlert), input.Filter.complete()
	return client.Creation[Action]{
		Op: "Actions.Create", Client: (*service)(s).api(), Key: [...]string{integrationID, input.Type, input.Name},
		Sent: input, Untold: untold,
		Look: func(ctx context.Context) ([]string, error) {
			list := s.List(ctx, integrationID, &ListActionsParams{Name: input.Name, Type: input.Type})
			return client.IDs(list, func(a *ActionSummary) (string, bool) {
				return a.ID, a.Name == input.Name && a.Type == input.Type && a.Direction == input.Direction
			})
		},
		Send: func(ctx context.Context) (*Action, error) { return s.create(ctx, integrationID, input) },
		ID:   func(a *Action) string { return a.ID },
		Get:  func(ctx context.Context, id string) (*Action, error) { return s.Get(ctx, integrationID, id) },
	}.Run(ctx)
}

// Update changes an action and returns it as it is now.
//
// The vendor's document says that an update without Enabled may switch the action off. Therefore it is always sent: when it
// is nil, Update reads the action first and sends what that is. The document does not promise that the server tells; when it
// does not, the call fails with [client.ErrInvalid] and changes nothing: you have to say it.
//
// PATCH /v1/integrations/{integrationId}/actions/{id}, after a GET when Enabled is nil
//
// OAuth 2.0 scopes: read:ops-config:jira-service-management, write:ops-config:jira-service-management.
//
// Errors: [client.ErrNotFound], [client.ErrInvalid], [client.ErrForbidden], [client.ErrAmbiguous], [client.ErrScope].
func (s *ActionsService) Update(ctx context.Context, integrationID, actionID string, update ActionUpdate) (*Action, error) {
	const op = "Actions.Update"
	wrong := problems{}
	if update.Name != "" {
		wrong.checkText("name", update.Name)
	}
	if !reflect.ValueOf(update.Filter).IsZero() {
		wrong.checkFilter(update.Filter)
		update.Filter = update.Filter.complete()
	}
	wrong.checkMappings(update.ActionMapping, update.FieldMappings, update.TypeSpecificProperties)
	if err := wrong.err(op); err != nil {
		return nil, err
	}
	if update.Enabled == nil {
		now, err := s.Get(ctx, integrationID, actionID)
		if err == nil {
			update.Enabled, err = told(op, actionID, now.ID, now.Enabled)
		}
		if err != nil {
			return nil, err
		}
	}
	action, err := s.update(ctx, integrationID, actionID, update)
	if err != nil || action.ID == actionID {
		return action, err
	}
	action, err = s.Get(ctx, integrationID, actionID) // the answer was the integration, which the document has, or empty
	return action, readBack(op, err)
}

// Reorder puts an action directly before another one of the same integration, its successor. The API knows no other way to
// say a place. To say it twice changes nothing, so it is sent again after an unclear failure.
//
// PATCH /v1/integrations/{integrationId}/actions/{id}/order
//
// OAuth 2.0 scopes: read:ops-config:jira-service-management, write:ops-config:jira-service-management.
//
// Errors: [client.ErrNotFound], [client.ErrInvalid], [client.ErrForbidden], [client.ErrScope].
func (s *ActionsService) Reorder(ctx context.Context, integrationID, actionID, successorID string) error {
	if successorID == "" || successorID == actionID {
		return client.Invalid("Actions.Reorder", "%q is no successor: name another action that comes next, or use MoveLast", successorID)
	}
	return s.reorder(ctx, integrationID, actionID, ActionOrder{SuccessorID: successorID})
}

// MoveFirst puts an action before all others of its direction; those of the other one do not compete with it. It reads the
// list, and calls [ActionsService.Reorder] unless the action is the first already.
//
// OAuth 2.0 scopes: read:ops-config:jira-service-management, write:ops-config:jira-service-management.
func (s *ActionsService) MoveFirst(ctx context.Context, integrationID, actionID string) error {
	order, at, err := s.peers(ctx, "Actions.MoveFirst", integrationID, actionID)
	if err != nil || at == 0 {
		return err
	}
	return s.Reorder(ctx, integrationID, actionID, order[0])
}

// MoveLast puts an action behind all others of its direction, by a [ActionsService.Reorder] of each action that is behind it:
// the vendor has no request for it. After a failure some of them are behind it still; to call it again is safe.
//
// OAuth 2.0 scopes: read:ops-config:jira-service-management, write:ops-config:jira-service-management.
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
