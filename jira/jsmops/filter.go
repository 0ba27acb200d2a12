package jsmops

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
)

// MatchEverything is a filter without conditions: the vendor's match-all.
func MatchEverything() Filter { return Filter{ConditionMatchType: MatchTypeEverything} }

// MatchAnyOf is a filter that matches when one of the conditions does, or several.
func MatchAnyOf(conditions ...Condition) Filter {
	return Filter{ConditionMatchType: MatchTypeAnyCondition, Conditions: conditions}
}

// MatchAllOf is a filter that matches when each of the conditions does.
func MatchAllOf(conditions ...Condition) Filter {
	return Filter{ConditionMatchType: MatchTypeAllConditions, Conditions: conditions}
}

// problems are what is wrong with an input, by the path of the property.
type problems map[string]error

func (p problems) add(path, format string, args ...any) { p[path] = fmt.Errorf(format, args...) }

func (p problems) err(op string) error {
	if len(p) == 0 {
		return nil
	}
	return client.InvalidFields(op, p)
}

var operations = []Operation{
	OperationMatches, OperationContains, OperationStartsWith, OperationEndsWith, OperationEquals, OperationContainsKey,
	OperationContainsValue, OperationGreaterThan, OperationLessThan, OperationIsEmpty, OperationEqualsIgnoreWhitespace,
}

func (p problems) checkFilter(f Filter) {
	const path = "filter.conditions"
	switch f.ConditionMatchType {
	case MatchTypeEverything:
		if len(f.Conditions) > 0 {
			p.add(path, "a filter that matches everything has no conditions: use MatchAnyOf or MatchAllOf")
		}
	case MatchTypeAnyCondition, MatchTypeAllConditions:
		if len(f.Conditions) == 0 {
			p.add(path, "the filter has no conditions: give one, or use MatchEverything")
		}
	default:
		p.add("filter.conditionMatchType", "%q is none of %s, %s and %s", f.ConditionMatchType, MatchTypeEverything, MatchTypeAnyCondition, MatchTypeAllConditions)
	}
	for i, c := range f.Conditions {
		at := fmt.Sprintf("%s[%d].", path, i)
		if strings.TrimSpace(c.Field) == "" {
			p.add(at+"field", "it is empty: name the field")
		}
		if !slices.Contains(operations, c.Operation) {
			p.add(at+"operation", "%q is none of %q", c.Operation, operations)
		}
		if c.Operation == OperationContainsKey && c.Key+c.ExpectedValue == "" {
			p.add(at+"key", "it is empty, as is expectedValue: name the key that is looked for")
		}
	}
}

// complete is the filter as it is sent: with a list of conditions, and a word about it that is true.
func (f Filter) complete() Filter {
	f.ConditionsEmpty = len(f.Conditions) == 0
	if f.ConditionsEmpty {
		f.Conditions = []Condition{}
	}
	return f
}

// Update replaces the filter that says which alerts an outgoing integration hands on. Its conditions have no order. A wrong
// filter is [client.ErrInvalid] before anything is sent.
//
// PATCH /v1/integrations/{integrationId}/outgoing/alert-filter/main
//
// OAuth 2.0 scopes: read:ops-config:jira-service-management, write:ops-config:jira-service-management.
//
// Errors: [client.ErrNotFound], [client.ErrInvalid], [client.ErrForbidden], [client.ErrAmbiguous], [client.ErrScope].
func (s *AlertFiltersService) Update(ctx context.Context, integrationID string, filter Filter) (*Filter, error) {
	const op = "AlertFilters.Update"
	wrong := problems{}
	wrong.checkFilter(filter)
	for i, c := range filter.Conditions {
		if c.Order != 0 || c.SystemCondition {
			wrong.add(fmt.Sprintf("filter.conditions[%d]", i), "a condition of an alert filter has no order, and is never the system's")
		}
	}
	if err := wrong.err(op); err != nil {
		return nil, err
	}
	filter = filter.complete()
	filter.ConditionsEmpty = false // which it does not have
	now, err := s.update(ctx, integrationID, filter)
	if err != nil || now.ConditionMatchType != "" {
		return now, err
	}
	now, err = s.Get(ctx, integrationID)
	return now, readBack(op, err)
}
