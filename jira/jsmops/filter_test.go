package jsmops_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
)

var onTag = jsmops.Condition{Field: "tags", Operation: jsmops.OperationContains, ExpectedValue: "ci"}

// What cannot be right is told before anything is sent, by the path of the property.
func TestInputIsChecked(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", 251)
	for name, test := range map[string]struct {
		change func(*jsmops.ActionInput)
		want   []string
	}{
		"everything with conditions": {func(in *jsmops.ActionInput) { in.Filter.Conditions = []jsmops.Condition{onTag} }, []string{"filter.conditions"}},
		"any without":                {func(in *jsmops.ActionInput) { in.Filter = jsmops.MatchAnyOf() }, []string{"filter.conditions"}},
		"all without":                {func(in *jsmops.ActionInput) { in.Filter = jsmops.MatchAllOf() }, []string{"filter.conditions"}},
		"no filter":                  {func(in *jsmops.ActionInput) { in.Filter = jsmops.Filter{} }, []string{"filter.conditionMatchType"}},
		"unknown filter":             {func(in *jsmops.ActionInput) { in.Filter.ConditionMatchType = "match-none" }, []string{"filter.conditionMatchType"}},
		"empty condition": {
			func(in *jsmops.ActionInput) { in.Filter = jsmops.MatchAnyOf(onTag, jsmops.Condition{Field: " "}) },
			[]string{"filter.conditions[1].field", "filter.conditions[1].operation"},
		},
		"unknown operation": {
			func(in *jsmops.ActionInput) {
				in.Filter = jsmops.MatchAnyOf(jsmops.Condition{Field: "tags", Operation: "contain"})
			},
			[]string{"filter.conditions[0].operation"},
		},
		"no name":              {func(in *jsmops.ActionInput) { in.Name = " " }, []string{"name"}},
		"long name and type":   {func(in *jsmops.ActionInput) { in.Name, in.Type = long, long }, []string{"name", "type"}},
		"no type":              {func(in *jsmops.ActionInput) { in.Type = "" }, []string{"type"}},
		"unknown domain":       {func(in *jsmops.ActionInput) { in.Domain = "incident" }, []string{"domain"}},
		"no domain":            {func(in *jsmops.ActionInput) { in.Domain = "" }, nil},
		"unknown group":        {func(in *jsmops.ActionInput) { in.GroupType = "group" }, []string{"groupType"}},
		"mapping without type": {func(in *jsmops.ActionInput) { in.ActionMapping.Parameter = jsmops.Values{} }, []string{"actionMapping.type"}},
		"key of nothing": {
			func(in *jsmops.ActionInput) {
				in.Filter = jsmops.MatchAnyOf(jsmops.Condition{Field: "extra-properties", Operation: jsmops.OperationContainsKey})
			},
			[]string{"filter.conditions[0].key"},
		},
		"key expected": {
			func(in *jsmops.ActionInput) {
				in.Filter = jsmops.MatchAnyOf(jsmops.Condition{Field: "extra-properties", Operation: jsmops.OperationContainsKey, ExpectedValue: "env"})
			},
			nil,
		},
		"values that are no JSON": {
			func(in *jsmops.ActionInput) {
				in.FieldMappings = jsmops.Values{"a": []byte("{"), "b": jsmops.JSON(func() {}), "c": jsmops.Text("x"), "d": nil}
				in.TypeSpecificProperties = jsmops.Values{"e": []byte("yes")}
				in.ActionMapping = jsmops.ActionMapping{Type: "t", Parameter: jsmops.Values{"f": []byte("1 2")}}
			},
			[]string{"actionMapping.parameter.f", "fieldMappings.a", "fieldMappings.b", "typeSpecificProperties.e"},
		},
		"no direction":         {func(in *jsmops.ActionInput) { in.Direction = "" }, []string{"direction"}},
		"outgoing, no group":   {func(in *jsmops.ActionInput) { in.Direction = jsmops.DirectionOutgoing }, []string{"groupType"}},
		"nothing wrong":        {func(*jsmops.ActionInput) {}, nil},
		"as long as it may be": {func(in *jsmops.ActionInput) { in.Name = long[2:] }, nil},
	} {
		srv, ops, id := newServer(t)
		in := incoming("Open")
		test.change(&in)
		_, err := ops.Actions.Create(t.Context(), id, in)
		if test.want == nil {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		e := wantError(t, err, client.ErrInvalid, "Actions.Create")
		if got := slices.Sorted(maps.Keys(e.Fields)); !slices.Equal(got, test.want) || len(srv.Requests()) > 0 {
			t.Errorf("%s: %q after %d requests, want %q", name, got, len(srv.Requests()), test.want)
		}
	}
}

// So it is with updates, and with integrations.
func TestOtherInputIsChecked(t *testing.T) {
	t.Parallel()
	srv, ops, id := newServer(t)
	bad := jsmops.Values{"x": []byte("{")}
	for name, call := range map[string]func() error{
		"Actions.Update": func() error {
			_, err := ops.Actions.Update(t.Context(), id, "1", jsmops.ActionUpdate{
				ActionMapping: jsmops.ActionMapping{Parameter: bad}, FieldMappings: bad, TypeSpecificProperties: bad,
			})
			return err
		},
		"Integrations.Create": func() error {
			_, err := ops.Integrations.Create(t.Context(), jsmops.IntegrationInput{Name: "n", Type: "API", TypeSpecificProperties: bad})
			return err
		},
		"Integrations.Update": func() error {
			_, err := ops.Integrations.Update(t.Context(), id, jsmops.IntegrationUpdate{TypeSpecificProperties: bad})
			return err
		},
	} {
		e := wantError(t, call(), client.ErrInvalid, name)
		if e.Fields["typeSpecificProperties.x"] == "" || name == "Actions.Update" && (len(e.Fields) != 4 || e.Fields["actionMapping.type"] == "") {
			t.Errorf("%v", e)
		}
	}
	if len(srv.Requests()) > 0 {
		t.Errorf("sent %v", srv.Requests())
	}
}

// Each operation of the document goes through, with everything that a condition can say.
func TestFilters(t *testing.T) {
	t.Parallel()
	srv, ops, id := newServer(t)
	var conditions []jsmops.Condition
	for i, operation := range []jsmops.Operation{
		jsmops.OperationMatches, jsmops.OperationContains, jsmops.OperationStartsWith, jsmops.OperationEndsWith, jsmops.OperationEquals,
		jsmops.OperationContainsKey, jsmops.OperationContainsValue, jsmops.OperationGreaterThan, jsmops.OperationLessThan,
		jsmops.OperationIsEmpty, jsmops.OperationEqualsIgnoreWhitespace,
	} {
		conditions = append(conditions, jsmops.Condition{
			Field: "extra-properties", Key: "env", Operation: operation, ExpectedValue: "prod", Not: i%2 == 0, Order: i, SystemCondition: i == 3,
		})
	}
	for _, filter := range []jsmops.Filter{jsmops.MatchEverything(), jsmops.MatchAnyOf(conditions...), jsmops.MatchAllOf(conditions...)} {
		in := incoming("Open")
		in.Filter = filter
		created := must(ops.Actions.Create(t.Context(), id, in))(t)
		if filter.Conditions == nil {
			filter.Conditions = []jsmops.Condition{} // is sent, and comes back
		}
		equal(t, "answered", created.Filter, filter)
		filter.ConditionsEmpty = len(filter.Conditions) == 0 // is what was sent
		got := srv.Actions(id)
		equal(t, "stored", got[len(got)-1].Filter, filter)
	}
}

func TestAlertFilters(t *testing.T) {
	t.Parallel()
	srv, ops, id := newServer(t)
	filter := jsmops.MatchAnyOf(onTag, jsmops.Condition{Field: "extra-properties", Key: "env", Operation: jsmops.OperationEquals, ExpectedValue: "prod", Not: true})
	equal(t, "updated", *must(ops.AlertFilters.Update(t.Context(), id, filter))(t), filter)
	equal(t, "read", *must(ops.AlertFilters.Get(t.Context(), id))(t), filter)
	equal(t, "stored", srv.AlertFilter(id), filter)
	none := must(ops.AlertFilters.Update(t.Context(), id, jsmops.MatchEverything()))(t)
	equal(t, "cleared", *none, jsmops.Filter{ConditionMatchType: jsmops.MatchTypeEverything, Conditions: []jsmops.Condition{}})

	before := len(srv.Requests())
	ordered, system := onTag, onTag
	ordered.Order, system.SystemCondition = 1, true
	for want, filter := range map[string]jsmops.Filter{
		"filter.conditions":         jsmops.MatchAllOf(),
		"filter.conditions[0]":      jsmops.MatchAllOf(ordered),
		"filter.conditions[1]":      jsmops.MatchAnyOf(onTag, system),
		"filter.conditionMatchType": {},
	} {
		_, err := ops.AlertFilters.Update(t.Context(), id, filter)
		if e := wantError(t, err, client.ErrInvalid, "AlertFilters.Update"); e.Fields[want] == "" {
			t.Errorf("%v, want something about %s", err, want)
		}
	}
	if len(srv.Requests()) != before {
		t.Error("a wrong filter was sent")
	}
}
