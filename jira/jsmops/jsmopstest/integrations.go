package jsmopstest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/jira-integrations/go-sdk/jira/jsmops"
)

// wanted reports whether a query parameter is absent or has the value.
func wanted(q url.Values, name, value string) bool { return !q.Has(name) || q.Get(name) == value }

// listing is a page of a list.
type listing[T any] struct {
	Links  jsmops.PageLinks `json:"links"`
	Values []T              `json:"values"`
}

// page answers a part of all, as offset and size say. The links to its neighbours begin after the cloud id.
func page[T any](r *http.Request, all []T, size int) (any, error) {
	q, offset := r.URL.Query(), 0
	for name, n := range map[string]*int{"offset": &offset, "size": &size} {
		if !q.Has(name) {
			continue
		}
		var err error
		if *n, err = strconv.Atoi(q.Get(name)); err != nil || *n < 0 || *n == 0 && name == "size" {
			return nil, invalid("%s must be a number that is not negative, not %q", name, q.Get(name))
		}
	}
	link := func(offset int) string {
		q.Set("offset", strconv.Itoa(offset))
		q.Set("size", strconv.Itoa(size))
		return r.URL.Path[len(Base):] + "?" + q.Encode()
	}
	from := min(offset, len(all))
	to := min(from+size, len(all))
	answer := listing[T]{Values: all[from:to]}
	if to < len(all) {
		answer.Links.Next = link(to)
	}
	if from > 0 {
		answer.Links.Previous = link(max(0, from-size))
	}
	return answer, nil
}

func (s *Server) listIntegrations(r *http.Request) (any, error) {
	q := r.URL.Query()
	all := []jsmops.Integration{}
	for _, in := range s.state.Integrations {
		if wanted(q, "type", in.Type) && wanted(q, "name", in.Name) && wanted(q, "teamId", in.TeamID) {
			all = append(all, jsmops.Integration{ID: in.ID, Name: in.Name, Type: in.Type, Enabled: in.Enabled, TeamID: in.TeamID})
		}
	}
	return page(r, all, 100)
}

// answered is an integration as the answers to create and update have it.
func answered(in *integration) any {
	return jsmops.Integration{
		ID: in.ID, Name: in.Name, Type: in.Type, Enabled: in.Enabled, TeamID: in.TeamID, Description: in.Description,
		TypeSpecificProperties: in.TypeSpecificProperties,
	}
}

func (s *Server) createIntegration(r *http.Request) (any, error) {
	input, err := body[jsmops.IntegrationInput](r)
	if err != nil {
		return nil, err
	}
	if input.Type == "" {
		return nil, invalid("type must not be empty")
	}
	if err := s.checkName("", input.Name); err != nil {
		return nil, err
	}
	made := s.state.add(jsmops.Integration{
		Name: input.Name, Type: input.Type, Enabled: new(input.Enabled), TeamID: input.TeamID, Description: input.Description,
		Directions: []jsmops.Direction{jsmops.DirectionIncoming}, Domains: []jsmops.Domain{jsmops.DomainAlert},
		TypeSpecificProperties: input.TypeSpecificProperties,
	})
	if input.Type == "Webhook" {
		made.Directions[0] = jsmops.DirectionOutgoing
		return answered(made), nil
	}
	s.state.addAction(made, jsmops.Action{
		Name: "Create Alert", Type: "create", Domain: jsmops.DomainAlert, Direction: jsmops.DirectionIncoming, Enabled: new(true),
		Filter: jsmops.MatchEverything(),
	})
	return answered(made), nil
}

// checkName refuses a name that is empty or another integration's.
func (s *Server) checkName(id, name string) error {
	if name == "" {
		return invalid("name must not be empty")
	}
	for _, in := range s.state.Integrations {
		if in.Name == name && in.ID != id {
			return invalid("there is another integration with the name %q", name)
		}
	}
	return nil
}

func (s *Server) getIntegration(r *http.Request) (any, error) {
	in, err := s.state.find(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	answer := in.Integration
	answer.Description = "" // which only the answers to create and update have
	return answer, nil
}

func (s *Server) updateIntegration(r *http.Request) (any, error) {
	in, err := s.state.find(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	update, err := body[jsmops.IntegrationUpdate](r)
	if err != nil {
		return nil, err
	}
	if update.Name != "" {
		if err := s.checkName(in.ID, update.Name); err != nil {
			return nil, err
		}
		in.Name = update.Name
	}
	if update.Description != nil {
		in.Description = *update.Description
	}
	if update.TeamID != nil {
		in.TeamID = *update.TeamID
	}
	if update.TypeSpecificProperties != nil {
		in.TypeSpecificProperties = update.TypeSpecificProperties
	}
	in.Enabled = new(update.Enabled != nil && *update.Enabled)
	return answered(in), nil
}

func (s *Server) deleteIntegration(r *http.Request) (any, error) {
	in, err := s.state.find(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	s.state.Integrations = slices.DeleteFunc(s.state.Integrations, func(other *integration) bool { return other == in })
	return nil, nil
}

// alertFilter is the filter of an integration on the wire: less than that of an action.
type alertFilter struct {
	ConditionMatchType jsmops.MatchType `json:"conditionMatchType"`
	Conditions         []alertCondition `json:"conditions"`
}

type alertCondition struct {
	Field         string           `json:"field"`
	ExpectedValue string           `json:"expectedValue"`
	Not           bool             `json:"not"`
	Operation     jsmops.Operation `json:"operation"`
	Key           string           `json:"key"`
}

// outgoing finds the integration that an alert filter belongs to.
func (s *Server) outgoing(r *http.Request) (*integration, error) {
	in, err := s.state.find(r.PathValue("integrationId"))
	if err == nil && len(in.Directions) > 0 && !slices.Contains(in.Directions, jsmops.DirectionOutgoing) {
		err = invalid("the integration %q has no outgoing direction", in.Name)
	}
	return in, err
}

func (s *Server) getAlertFilter(r *http.Request) (any, error) {
	in, err := s.outgoing(r)
	if err != nil {
		return nil, err
	}
	answer := alertFilter{in.AlertFilter.ConditionMatchType, []alertCondition{}}
	for _, c := range in.AlertFilter.Conditions {
		answer.Conditions = append(answer.Conditions, alertCondition{c.Field, c.ExpectedValue, c.Not, c.Operation, c.Key})
	}
	return answer, nil
}

func (s *Server) updateAlertFilter(r *http.Request) (any, error) {
	in, err := s.outgoing(r)
	if err != nil {
		return nil, err
	}
	update, err := body[alertFilter](r)
	if err != nil {
		return nil, err
	}
	filter := jsmops.Filter{ConditionMatchType: update.ConditionMatchType}
	for _, c := range update.Conditions {
		filter.Conditions = append(filter.Conditions, jsmops.Condition{Field: c.Field, ExpectedValue: c.ExpectedValue, Not: c.Not, Operation: c.Operation, Key: c.Key})
	}
	if err := checkFilter(filter); err != nil {
		return nil, err
	}
	in.AlertFilter = filter
	return s.getAlertFilter(r)
}
