package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
)

// compare says what of an action is not as it is wanted, and the update that mends it. What the file does not mention is not
// looked at: the server fills in properties of its own.
func compare(w *wanted, have *jsmops.Action) (changes []string, update jsmops.ActionUpdate, err error) {
	for name, pair := range map[string][2]string{
		"groupType":  {string(w.GroupType), string(have.GroupType)},
		"extraField": {w.ExtraField, have.ExtraField},
		"domain":     {string(w.Domain), string(have.Domain)},
	} {
		if pair[0] != "" && pair[0] != pair[1] {
			return nil, update, fmt.Errorf("%s is %q and cannot be changed to %q: delete the action first", name, pair[1], pair[0])
		}
	}
	// It is always said: to leave it out may switch the action off. What the file wants and the server does not tell is said
	// again in each run.
	update.Enabled = cmp.Or(w.Enabled, have.Enabled)
	if w.Enabled != nil && (have.Enabled == nil || *have.Enabled != *w.Enabled) {
		changes = append(changes, "enabled")
	}
	if w.Filter.ConditionMatchType != "" && !sameFilter(w.Filter, have.Filter) {
		changes, update.Filter = append(changes, "filter"), w.Filter
	}
	if merged, same := overlay(have.TypeSpecificProperties, w.TypeSpecificProperties); !same {
		changes, update.TypeSpecificProperties = append(changes, "typeSpecificProperties"), merged
	}
	if merged, same := overlay(have.FieldMappings, w.FieldMappings); !same {
		changes, update.FieldMappings = append(changes, "fieldMappings"), merged
	}
	kind := cmp.Or(w.ActionMapping.Type, have.ActionMapping.Type)
	if merged, same := overlay(have.ActionMapping.Parameter, w.ActionMapping.Parameter); !same || kind != have.ActionMapping.Type {
		if kind == "" {
			return nil, update, errors.New("actionMapping has parameters and no type, neither in the file nor on the server: write the type")
		}
		changes, update.ActionMapping = append(changes, "actionMapping"), jsmops.ActionMapping{Type: kind, Parameter: merged}
	}
	if len(changes) > 0 && update.Enabled == nil {
		return nil, update, errors.New("the server does not tell whether it is enabled, and an update has to say it: write enabled: true or false")
	}
	return changes, update, nil
}

// sameFilter compares filters. The order of the conditions that the file does not number is their order.
func sameFilter(w, have jsmops.Filter) bool {
	numbered := slices.ContainsFunc(w.Conditions, func(c jsmops.Condition) bool { return c.Order != 0 })
	return w.ConditionMatchType == have.ConditionMatchType &&
		slices.EqualFunc(w.Conditions, have.Conditions, func(w, have jsmops.Condition) bool {
			if !numbered {
				have.Order = w.Order
			}
			have.SystemCondition = w.SystemCondition // the server's own business
			return w == have
		})
}

// overlay is what there is with what is wanted over it, and whether that is the same.
func overlay(have, want jsmops.Values) (merged jsmops.Values, same bool) {
	merged, same = jsmops.Values{}, true
	maps.Copy(merged, have)
	for name, value := range want {
		if !client.SameJSON(value, have[name]) {
			merged[name], same = value, false
		}
	}
	return merged, same
}
