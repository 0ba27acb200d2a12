package jsmops

import (
	"context"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/jira-integrations/go-sdk/client"
)

// maxName is the length of the longest name or type of an action, in characters.
const maxName = 250

// Validate says what is wrong with the action, as Create does before it sends anything. Whether the integration takes
// actions of this type and direction only the server knows.
func (in ActionInput) Validate() error {
	wrong := problems{}
	wrong.checkText("type", in.Type)
	wrong.checkText("name", in.Name)
	wrong.checkFilter(in.Filter)
	if in.Domain == "" {
		wrong.add("domain", "it is empty: %s is the only one", DomainAlert)
	}
	switch in.Direction {
	case DirectionIncoming:
	case DirectionOutgoing:
		if in.GroupType == "" {
			wrong.add("groupType", "it is empty: an outgoing action is of the group %s, %s or %s", GroupTypeForwarding, GroupTypeUpdating, GroupTypeCheckbox)
		}
	default:
		wrong.add("direction", "%q is neither %s nor %s", in.Direction, DirectionIncoming, DirectionOutgoing)
	}
	return wrong.err("Actions.Create")
}

func (p problems) checkText(path, s string) {
	if n := utf8.RuneCountInString(s); strings.TrimSpace(s) == "" {
		p.add(path, "it is empty: give its value")
	} else if n > maxName {
		p.add(path, "it has %d characters, more than %d", n, maxName)
	}
}

// Create creates an action. Its place among the others is the server's choice, see [ActionsService.MoveFirst]. What is wrong
// with it is [client.ErrInvalid] before anything is sent, see [ActionInput.Validate].
//
// There may be several actions of one name and type, so an action is never sent twice. Create first lists those that there
// are. When its request ends without a clear answer it looks again for some seconds: the only one that is new is the action.
// Otherwise nobody knows, and the error is [client.ErrAmbiguous].
//
// GET and POST /v1/integrations/{integrationId}/actions
//
// Errors: [client.ErrNotFound], [client.ErrInvalid], [client.ErrForbidden], [client.ErrAmbiguous], [client.ErrScope].
func (s *ActionsService) Create(ctx context.Context, integrationID string, input ActionInput) (*Action, error) {
	if err := input.Validate(); err != nil {
		return nil, err
	}
	input.Filter = input.Filter.complete()
	return creation[Action]{
		op: "Actions.Create",
		look: func(ctx context.Context) ([]string, error) {
			list := s.List(ctx, integrationID, &ListActionsParams{Name: input.Name, Type: input.Type})
			return ids(list, func(a *ActionSummary) (string, bool) {
				return a.ID, a.Name == input.Name && a.Type == input.Type && a.Direction == input.Direction
			})
		},
		send: func(ctx context.Context) (*Action, error) { return s.create(ctx, integrationID, input) },
		id:   func(a *Action) string { return a.ID },
		get:  func(ctx context.Context, id string) (*Action, error) { return s.Get(ctx, integrationID, id) },
	}.run(ctx)
}

// Update changes an action and returns it as it is now.
//
// The vendor's document says that an update without Enabled may switch the action off. Therefore it is always sent: when it
// is nil, Update reads the action first and sends what that is. The document does not promise that the server tells; when it
// does not, the call fails with [client.ErrInvalid] and changes nothing: you have to say it.
//
// PATCH /v1/integrations/{integrationId}/actions/{id}, after a GET when Enabled is nil
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
	if err := wrong.err(op); err != nil {
		return nil, err
	}
	if update.Enabled == nil {
		now, err := s.Get(ctx, integrationID, actionID)
		if err != nil {
			return nil, err
		}
		if now.Enabled == nil {
			return nil, client.Invalid(op, "the server does not tell whether the action is enabled: set Enabled, for without it the update may switch the action off")
		}
		update.Enabled = now.Enabled
	}
	action, err := s.update(ctx, integrationID, actionID, update)
	if err != nil || action.ID == actionID {
		return action, err
	}
	return s.Get(ctx, integrationID, actionID) // the answer was the integration, which the document has, or empty
}
