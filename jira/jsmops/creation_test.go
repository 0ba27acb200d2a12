package jsmops_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
	"github.com/jira-integrations/go-sdk/jira/jsmops/jsmopstest"
)

const actionsPath = jsmopstest.Base + "/v1/integrations/{id}/actions"

// A create without an answer is found again, or it is not known; it is never sent twice. The older action of the same name
// and type is not mistaken for it.
func TestCreateWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	post := func(rule faults.Rule) faults.Rule {
		rule.Method, rule.Path, rule.Times = http.MethodPost, actionsPath, 1
		return rule
	}
	for name, test := range map[string]struct {
		rules   []faults.Rule
		meet    func(srv *jsmopstest.Server, id string) // happens two seconds later
		created bool                                    // and told so
		stored  string
	}{
		"answer lost": {rules: []faults.Rule{post(faults.Rule{Cut: faults.CutAfter})}, created: true, stored: "Open Open"},
		"answer cut":  {rules: []faults.Rule{post(faults.Rule{Cut: faults.CutBody})}, created: true, stored: "Open Open"},
		"never done":  {rules: []faults.Rule{post(faults.Rule{Cut: faults.CutBefore})}, stored: "Open"},
		"bad gateway": {rules: []faults.Rule{post(faults.Rule{Status: 502})}, stored: "Open"},
		"success without an id": {
			rules: []faults.Rule{post(faults.Rule{Status: 200, Body: "{}"})}, stored: "Open",
		},
		"done late": {
			rules: []faults.Rule{post(faults.Rule{Status: 504})}, created: true, stored: "Open Open",
			meet: func(srv *jsmopstest.Server, id string) { add(srv, id, "Open", jsmops.DirectionIncoming) },
		},
		"others in the meantime": {
			rules: []faults.Rule{post(faults.Rule{Status: 504})}, stored: "Open Open Other",
			meet: func(srv *jsmopstest.Server, id string) {
				add(srv, id, "Open", jsmops.DirectionOutgoing)
				add(srv, id, "Other", jsmops.DirectionIncoming)
			},
		},
		"two new ones": {
			rules: []faults.Rule{post(faults.Rule{Status: 504})}, stored: "Open Open Open",
			meet: func(srv *jsmopstest.Server, id string) {
				add(srv, id, "Open", jsmops.DirectionIncoming)
				add(srv, id, "Open", jsmops.DirectionIncoming)
			},
		},
		"cannot look": {
			rules: []faults.Rule{post(faults.Rule{Cut: faults.CutAfter}), {Method: http.MethodGet, Path: actionsPath, After: 1, Status: 403}}, stored: "Open Open",
		},
		"cannot read": {
			rules: []faults.Rule{post(faults.Rule{Cut: faults.CutAfter}), {Method: http.MethodGet, Path: actionsPath + "/{id}", Status: 404}}, stored: "Open Open",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv, ops, id := newServer(t)
				older := add(srv, id, "Open", jsmops.DirectionIncoming)
				srv.Faults().Add(test.rules...)
				if test.meet != nil {
					time.AfterFunc(2*time.Second, func() { test.meet(srv, id) })
				}
				start := time.Now()
				action, err := ops.Actions.Create(t.Context(), id, incoming("Open"))
				switch stored := srv.Actions(id); {
				case test.created && (err != nil || action.ID != stored[1].ID || action.Filter.ConditionMatchType == ""):
					t.Errorf("%+v, %v", action, err)
				case !test.created:
					fails(t, err, client.ErrAmbiguous, "Actions.Create")
					if errors.Is(err, client.ErrNotFound) || errors.Is(err, client.ErrForbidden) {
						t.Errorf("%v is of another kind too", err)
					}
				case action.ID == older:
					t.Error("an older action was taken for the new one")
				}
				if names(srv, id) != test.stored || writes(srv, http.MethodPost) != 1 || time.Since(start) > 8*time.Second {
					t.Errorf("stored %s after %d requests and %v", names(srv, id), writes(srv, http.MethodPost), time.Since(start))
				}
			})
		})
	}
}

// add puts an action into the fake, as another program would.
func add(srv *jsmopstest.Server, id, name string, direction jsmops.Direction) string {
	actionID, err := srv.AddAction(id, jsmops.Action{Name: name, Type: "create", Direction: direction, Domain: jsmops.DomainAlert, Filter: jsmops.MatchEverything()})
	if err != nil {
		panic(err)
	}
	return actionID
}

// What is new after a lost answer is the caller's only if it is what the caller sent.
func TestCreateWithoutAnAnswerIsNotSomebodyElses(t *testing.T) {
	t.Parallel()
	sent := outgoing("Open")
	sent.Filter = jsmops.MatchAnyOf(onTag)
	sent.ActionMapping.Parameter = jsmops.Values{"url": jsmops.Text("https://a.example"), "retries": jsmops.JSON(2), "none": nil}
	sent.FieldMappings = jsmops.Values{"tags": jsmops.JSON([]string{"ci"}), "note": jsmops.Text("")}
	sent.TypeSpecificProperties = jsmops.Values{"on": jsmops.JSON(true)}
	for name, test := range map[string]struct {
		change func(*jsmops.Action)
		differ string // "" for the caller's own
	}{
		"the same": {func(*jsmops.Action) {}, ""},
		"written in another way": {func(a *jsmops.Action) {
			a.ActionMapping.Parameter = jsmops.Values{"url": jsmops.Text("https://a.example"), "retries": []byte("2.0"), "more": jsmops.Text("x")}
			a.FieldMappings = jsmops.Values{"tags": []byte(` [ "ci" ] `), "entity": jsmops.Text("")}
			a.Filter.Conditions[0].Order, a.Filter.Conditions[0].SystemCondition = 3, true
		}, ""},
		"another filter":    {func(a *jsmops.Action) { a.Filter.Conditions[0].ExpectedValue = "other" }, "filter"},
		"a filter reversed": {func(a *jsmops.Action) { a.Filter.Conditions[0].Not = true }, "filter"},
		"another condition": {func(a *jsmops.Action) { a.Filter.Conditions = append(a.Filter.Conditions, onTag) }, "filter"},
		"another match":     {func(a *jsmops.Action) { a.Filter.ConditionMatchType = jsmops.MatchTypeAllConditions }, "filter"},
		"another group":     {func(a *jsmops.Action) { a.GroupType = jsmops.GroupTypeCheckbox }, "groupType"},
		"switched off":      {func(a *jsmops.Action) { a.Enabled = new(false) }, "enabled"},
		"another mapping":   {func(a *jsmops.Action) { a.ActionMapping.Type = "close" }, "actionMapping"},
		"another parameter": {func(a *jsmops.Action) { a.ActionMapping.Parameter["url"] = jsmops.Text("https://b.example") }, "actionMapping"},
		"another field":     {func(a *jsmops.Action) { a.FieldMappings["tags"] = jsmops.JSON([]string{"ci", "x"}) }, "fieldMappings"},
		"another setting":   {func(a *jsmops.Action) { a.TypeSpecificProperties = nil }, "typeSpecificProperties"},
	} {
		synctest.Test(t, func(t *testing.T) {
			srv, ops, id := newServer(t, jsmopstest.WithEnabledTold())
			srv.Faults().Add(faults.Rule{Method: http.MethodPost, Status: 504, Times: 1})
			time.AfterFunc(500*time.Millisecond, func() {
				a := jsmops.Action{
					Name: sent.Name, Type: sent.Type, Direction: sent.Direction, Domain: sent.Domain, GroupType: sent.GroupType, Enabled: new(true),
					Filter: jsmops.MatchAnyOf(onTag), ActionMapping: jsmops.ActionMapping{Type: "create", Parameter: maps.Clone(sent.ActionMapping.Parameter)},
					FieldMappings: maps.Clone(sent.FieldMappings), TypeSpecificProperties: sent.TypeSpecificProperties,
				}
				test.change(&a)
				if _, err := srv.AddAction(id, a); err != nil {
					t.Error(err)
				}
			})
			action, err := ops.Actions.Create(t.Context(), id, sent)
			other := srv.Actions(id)[0].ID
			if test.differ == "" {
				if err != nil || action.ID != other {
					t.Errorf("%s: %+v, %v", name, action, err)
				}
				return
			}
			e := wantError(t, err, client.ErrAmbiguous, "Actions.Create")
			if !strings.Contains(e.Error(), other) || !strings.Contains(e.Error(), "its "+test.differ+" is not what was sent") {
				t.Errorf("%s: %v does not name %s and %s", name, e, other, test.differ)
			}
		})
	}
}

// Two callers never get one action: who comes second waits for the outcome of the first.
func TestCreateTwiceAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, ops, id := newServer(t)
		srv.Faults().Add(faults.Rule{Method: http.MethodPost, Status: 504, Times: 1})
		made := make(chan error, 3)
		for range 2 {
			go func() {
				_, err := ops.Actions.Create(t.Context(), id, incoming("Open"))
				made <- err
			}()
		}
		synctest.Wait() // until the first looks for its action
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := ops.Actions.Create(ctx, id, incoming("Open"))
		if e, ok := errors.AsType[*client.Error](err); !ok || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, client.ErrAmbiguous) || e.Op != "Actions.Create" {
			t.Errorf("who gave up gets %v", err)
		}
		must(ops.Actions.Create(t.Context(), id, incoming("Other")))(t) // which has nothing to wait for
		srv.Faults().Add(faults.Rule{Method: http.MethodPost, Cut: faults.CutAfter, Times: 1})
		first, second := <-made, <-made
		if !errors.Is(first, client.ErrAmbiguous) || second != nil {
			t.Errorf("%v and %v", first, second)
		}
		equal(t, "stored", names(srv, id), "Other Open")
	})
}

// What is certain is not looked for: a refusal, a request that was not sent, a look before that failed.
func TestCreateThatFailed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rule  faults.Rule
		kind  error
		op    string
		posts int
	}{
		"refused":     {fault("POST", 403, 1), client.ErrForbidden, "Actions.Create", 1},
		"cannot look": {fault("GET", 403, 1), client.ErrForbidden, "Actions.List", 0},
	} {
		srv, ops, id := newServer(t)
		srv.Faults().Add(test.rule)
		_, err := ops.Actions.Create(t.Context(), id, incoming("Open"))
		fails(t, err, test.kind, test.op)
		if writes(srv, http.MethodPost) != test.posts || len(srv.Requests()) != 1+test.posts {
			t.Errorf("%s: sent %v", name, srv.Requests())
		}
	}
	srv, ops, id := newServer(t)
	srv.Faults().Add(faults.Rule{Method: http.MethodPost, Status: 429, Header: http.Header{"Retry-After": {"0"}}, Times: 1})
	if _, err := ops.Actions.Create(t.Context(), id, incoming("Open")); err != nil || names(srv, id) != "Open" {
		t.Errorf("after a 429: %v, %s", err, names(srv, id))
	}
}

// A caller who has given up is not kept waiting.
func TestCreateIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]faults.Rule{
		"while it is sent":       {Method: http.MethodPost, Delay: time.Minute / 2},
		"while it is looked for": {Method: http.MethodPost, Status: 502, Delay: 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const after = 5500 * time.Millisecond
				srv, ops, id := newServer(t)
				srv.Faults().Add(rule)
				ctx, cancel := context.WithTimeout(t.Context(), after)
				defer cancel()
				start := time.Now()
				_, err := ops.Actions.Create(ctx, id, incoming("Open"))
				fails(t, err, client.ErrAmbiguous, "Actions.Create")
				if time.Since(start) != after {
					t.Errorf("returned after %v", time.Since(start))
				}
			})
		})
	}
}

func TestIntegrationCreateWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for cut, created := range map[faults.Cut]bool{faults.CutAfter: true, faults.CutBefore: false} {
		synctest.Test(t, func(t *testing.T) {
			srv, ops, _ := newServer(t)
			srv.Faults().Add(faults.Rule{Method: http.MethodPost, Cut: cut, Times: 1})
			in, err := ops.Integrations.Create(t.Context(), jsmops.IntegrationInput{Name: "Shop", Type: "API"})
			if created && (err != nil || in.Name != "Shop" || in.ID != srv.Integrations()[1].ID) {
				t.Errorf("%+v, %v", in, err)
			}
			if !created {
				e := wantError(t, err, client.ErrAmbiguous, "Integrations.Create")
				if !strings.Contains(e.Error(), "outcome is unknown") {
					t.Error(e)
				}
			}
			if n := writes(srv, http.MethodPost); n != 1 {
				t.Errorf("sent %d times", n)
			}
		})
	}
}
