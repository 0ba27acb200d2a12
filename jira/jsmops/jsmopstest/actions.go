package jsmopstest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jira-integrations/go-sdk/internal/fake"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
)

// body decodes a request's JSON body and refuses what the API does not know.
func body[T any](r *http.Request) (v T, err error) {
	return v, fake.DecodeJSON(r, &v, true)
}

// invalid refuses a request with 422.
func invalid(format string, args ...any) error {
	return refusal{http.StatusUnprocessableEntity, fmt.Sprintf(format, args...)}
}

// shown is an action as the server answers it.
func (s *Server) shown(a *jsmops.Action) jsmops.Action {
	answer := *a
	if !s.tellEnabled {
		answer.Enabled = nil
	}
	answer.Filter.ConditionsEmpty = false // whatever it is
	return answer
}

func (s *Server) listActions(r *http.Request) (any, error) {
	in, err := s.state.find(r.PathValue("integrationId"))
	if err != nil {
		return nil, err
	}
	q := r.URL.Query()
	all := []jsmops.ActionSummary{}
	for _, a := range in.Actions {
		if wanted(q, "type", a.Type) && wanted(q, "name", a.Name) && wanted(q, "direction", string(a.Direction)) && wanted(q, "domain", string(a.Domain)) {
			all = append(all, jsmops.ActionSummary{
				ID: a.ID, Name: a.Name, Type: a.Type, Direction: a.Direction, Domain: a.Domain,
				ActionMappingType: a.ActionMapping.Type, GroupType: a.GroupType,
			})
		}
	}
	return page(r, all, 50)
}

// action finds the action that a request is about.
func (s *Server) action(r *http.Request) (in *integration, at int, err error) {
	if in, err = s.state.find(r.PathValue("integrationId")); err != nil {
		return nil, 0, err
	}
	at, err = in.at(r.PathValue("id"))
	return in, at, err
}

func (s *Server) getAction(r *http.Request) (any, error) {
	in, at, err := s.action(r)
	if err != nil {
		return nil, err
	}
	return s.shown(in.Actions[at]), nil
}

func (s *Server) createAction(r *http.Request) (any, error) {
	in, err := s.state.find(r.PathValue("integrationId"))
	if err != nil {
		return nil, err
	}
	input, err := body[jsmops.ActionInput](r)
	if err != nil {
		return nil, err
	}
	if err := checkAction(input); err != nil {
		return nil, err
	}
	return s.shown(s.state.addAction(in, jsmops.Action{
		Type: input.Type, Name: input.Name, Domain: input.Domain, Direction: input.Direction, Enabled: new(input.Enabled),
		GroupType: input.GroupType, ExtraField: input.ExtraField, Filter: input.Filter, ActionMapping: input.ActionMapping,
		TypeSpecificProperties: input.TypeSpecificProperties, FieldMappings: input.FieldMappings,
	})), nil
}

func (s *Server) updateAction(r *http.Request) (any, error) {
	in, at, err := s.action(r)
	if err != nil {
		return nil, err
	}
	update, err := body[jsmops.ActionUpdate](r)
	if err != nil {
		return nil, err
	}
	a := *in.Actions[at]
	if update.Name != "" {
		a.Name = update.Name
	}
	if update.Filter.ConditionMatchType != "" || update.Filter.Conditions != nil {
		a.Filter = update.Filter
	}
	if update.ActionMapping.Type != "" || update.ActionMapping.Parameter != nil {
		a.ActionMapping = update.ActionMapping
	}
	if update.TypeSpecificProperties != nil {
		a.TypeSpecificProperties = update.TypeSpecificProperties
	}
	if update.FieldMappings != nil {
		a.FieldMappings = update.FieldMappings
	}
	a.Enabled = new(update.Enabled != nil && *update.Enabled)
	err = checkAction(jsmops.ActionInput{
		Type: a.Type, Name: a.Name, Domain: a.Domain, Direction: a.Direction, GroupType: a.GroupType, Filter: a.Filter, ActionMapping: a.ActionMapping,
	})
	if err != nil {
		return nil, err
	}
	in.Actions[at] = &a
	return s.shown(&a), nil
}

func (s *Server) deleteAction(r *http.Request) (any, error) {
	in, at, err := s.action(r)
	if err != nil {
		return nil, err
	}
	in.Actions = slices.Delete(in.Actions, at, at+1)
	return nil, nil
}

func (s *Server) reorderAction(r *http.Request) (any, error) {
	in, at, err := s.action(r)
	if err != nil {
		return nil, err
	}
	order, err := body[jsmops.ActionOrder](r)
	if err != nil {
		return nil, err
	}
	a := in.Actions[at]
	successor, err := in.at(order.SuccessorID)
	if err != nil || successor == at {
		return nil, invalid("successorId %q is not another action of the integration", order.SuccessorID)
	}
	if at < successor {
		successor--
	}
	in.Actions = slices.Insert(slices.Delete(in.Actions, at, at+1), successor, a)
	return nil, nil
}

func checkAction(a jsmops.ActionInput) error {
	const most = 250
	switch {
	case a.Type == "" || utf8.RuneCountInString(a.Type) > most:
		return invalid("type must have 1 to %d characters", most)
	case a.Name == "" || utf8.RuneCountInString(a.Name) > most:
		return invalid("name must have 1 to %d characters", most)
	case a.Domain != jsmops.DomainAlert:
		return invalid("domain must be alert, not %q", a.Domain)
	case a.Direction != jsmops.DirectionIncoming && a.Direction != jsmops.DirectionOutgoing:
		return invalid("direction must be incoming or outgoing, not %q", a.Direction)
	case a.Direction == jsmops.DirectionIncoming && !slices.Contains([]string{"create", "close", "acknowledge", "addNote"}, a.Type):
		return invalid("type %q is not one of an incoming action", a.Type)
	case a.Direction == jsmops.DirectionOutgoing && !slices.Contains(groups, a.GroupType):
		return invalid("groupType of an outgoing action must be one of %q, not %q", groups, a.GroupType)
	case a.ActionMapping.Type == "" && a.ActionMapping.Parameter != nil:
		return invalid("actionMapping.type must not be empty")
	}
	return checkFilter(a.Filter)
}

var groups = []jsmops.GroupType{jsmops.GroupTypeForwarding, jsmops.GroupTypeUpdating, jsmops.GroupTypeCheckbox}

const operations = " matches contains starts-with ends-with equals contains-key contains-value greater-than less-than is-empty equals-ignore-whitespace "

func checkFilter(f jsmops.Filter) error {
	switch f.ConditionMatchType {
	case jsmops.MatchTypeEverything:
		if len(f.Conditions) > 0 {
			return invalid("match-all must not have conditions")
		}
	case jsmops.MatchTypeAnyCondition, jsmops.MatchTypeAllConditions:
		if len(f.Conditions) == 0 {
			return invalid("%s must have conditions", f.ConditionMatchType)
		}
	default:
		return invalid("conditionMatchType %q is unknown", f.ConditionMatchType)
	}
	for _, c := range f.Conditions {
		if c.Field == "" || !strings.Contains(operations, " "+string(c.Operation)+" ") {
			return invalid("a condition needs a field and a known operation, not %q and %q", c.Field, c.Operation)
		}
	}
	return nil
}
