package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

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
	enabled := w.ActionInput.Enabled
	update.Enabled = new(enabled) // always said: to leave it out may switch the action off
	if have.Enabled != nil && *have.Enabled != enabled {
		changes = append(changes, "enabled")
	}
	if !sameFilter(w.Filter, have.Filter) {
		changes, update.Filter = append(changes, "filter"), w.Filter
	}
	if merged, same := overlay(have.TypeSpecificProperties, w.TypeSpecificProperties); !same {
		changes, update.TypeSpecificProperties = append(changes, "typeSpecificProperties"), merged
	}
	if merged, same := overlay(have.FieldMappings, w.FieldMappings); !same {
		changes, update.FieldMappings = append(changes, "fieldMappings"), merged
	}
	if w.ActionMapping.Type != "" {
		merged, same := overlay(have.ActionMapping.Parameter, w.ActionMapping.Parameter)
		if !same || w.ActionMapping.Type != have.ActionMapping.Type {
			changes, update.ActionMapping = append(changes, "actionMapping"), jsmops.ActionMapping{Type: w.ActionMapping.Type, Parameter: merged}
		}
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
		if !sameJSON(value, have[name]) {
			merged[name], same = value, false
		}
	}
	return merged, same
}

// sameJSON compares values, not how they are written.
func sameJSON(a, b json.RawMessage) bool {
	x, errA := canonical(a)
	y, errB := canonical(b)
	return errA == nil && errB == nil && bytes.Equal(x, y)
}

func canonical(raw json.RawMessage) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}
