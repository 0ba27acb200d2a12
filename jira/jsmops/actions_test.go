package jsmops_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
	"github.com/jira-integrations/go-sdk/jira/jsmops/jsmopstest"
)

// fault is an error answer to requests for actions, with an effect that is none.
func fault(method string, status, times int) faults.Rule {
	return faults.Rule{Method: method, Status: status, Times: times, Body: `{"message":"try later"}`}
}

func TestActionsList(t *testing.T) {
	t.Parallel()
	srv, ops, id := newServer(t)
	for i := range 7 {
		in := incoming("in" + strconv.Itoa(i))
		if i%2 == 1 {
			in = outgoing("out" + strconv.Itoa(i))
		}
		must(ops.Actions.Create(t.Context(), id, in))(t)
	}
	for name, test := range map[string]struct {
		params   *jsmops.ListActionsParams
		want     string
		requests int
	}{
		"all":       {nil, "in0 out1 in2 out3 in4 out5 in6", 1},
		"pages":     {&jsmops.ListActionsParams{Size: 3}, "in0 out1 in2 out3 in4 out5 in6", 3},
		"from":      {&jsmops.ListActionsParams{Offset: 4, Size: 2}, "in4 out5 in6", 2},
		"direction": {&jsmops.ListActionsParams{Direction: jsmops.DirectionOutgoing, Size: 2}, "out1 out3 out5", 2},
		"type":      {&jsmops.ListActionsParams{Type: "create", Domain: jsmops.DomainAlert}, "in0 in2 in4 in6", 1},
		"name":      {&jsmops.ListActionsParams{Name: "in4"}, "in4", 1},
		"nothing":   {&jsmops.ListActionsParams{Name: "in9"}, "", 1},
	} {
		before := len(srv.Requests())
		var got []string
		for _, a := range all(t, ops.Actions.List(t.Context(), id, test.params)) {
			got = append(got, a.Name)
		}
		if n := len(srv.Requests()) - before; strings.Join(got, " ") != test.want || n != test.requests {
			t.Errorf("%s: %q in %d requests, want %s in %d", name, got, n, test.want, test.requests)
		}
	}
	one := all(t, ops.Actions.List(t.Context(), id, &jsmops.ListActionsParams{Name: "out1"}))[0]
	want := &jsmops.ActionSummary{
		ID: one.ID, Name: "out1", Type: "postToUrl", Direction: jsmops.DirectionOutgoing, Domain: jsmops.DomainAlert,
		ActionMappingType: "create", GroupType: jsmops.GroupTypeForwarding,
	}
	equal(t, "an action", one, want)
}

// The next page is asked for at the same host and path, with the caller's filter, whatever the link says besides offset and
// size. A link that leads nowhere ends the list with an error.
func TestNextLinksAreNotFollowed(t *testing.T) {
	t.Parallel()
	const base = "https://api.atlassian.com" + jsmopstest.Base + "/v1/integrations/i/actions?name=x"
	page := func(id, link string) answer {
		return answer{200, fmt.Sprintf(`{"links":{"next":%q},"values":[{"id":%q}]}`, link, id)}
	}
	n := &network{answers: []answer{
		page("1", "/v1/integrations/i/actions?offset=1&size=1"),
		page("2", "https://evil.example/steal?offset=2&size=7&name=y&token=z"),
		page("3", "/v1/integrations/other/actions?offset=9"),
		page("4", "/v1/integrations/i/actions?offset=9&size=8"),
	}}
	var ids []string
	var err error
	for a, failed := range connect(t, n.transport(), account()).Actions.List(t.Context(), "i", &jsmops.ListActionsParams{Name: "x"}) {
		if err = failed; err == nil {
			ids = append(ids, a.ID)
		}
	}
	fails(t, err, client.ErrPagingStalled, "Actions.List")
	equal(t, "ids", ids, []string{"1", "2", "3", "4"})
	var urls []string
	for _, s := range n.seen {
		urls = append(urls, s.url)
	}
	equal(t, "requests", urls, []string{base, base + "&offset=1&size=1", base + "&offset=2&size=7", base + "&offset=9&size=7"})
}

// A list of empty pages comes to an end, though each leads to another one.
func TestEmptyPagesEnd(t *testing.T) {
	t.Parallel()
	n := &network{answers: []answer{{200, `{"values":[{"id":"1"}],"links":{"next":"/v1/x?offset=1"}}`}}}
	for i := range 50 {
		n.answers = append(n.answers, answer{200, fmt.Sprintf(`{"values":[],"links":{"next":"/v1/x?offset=%d&size=1"}}`, i+2)})
	}
	var err error
	items := 0
	for _, err = range connect(t, n.transport(), account()).Actions.List(t.Context(), "i", nil) {
		items++
	}
	fails(t, err, client.ErrPagingStalled, "Actions.List")
	if items != 2 || len(n.seen) != 11 {
		t.Errorf("%d items in %d requests", items, len(n.seen))
	}
}

// What the vendor's schema calls an object is any JSON, and an id of 19 digits stays what it is.
func TestActionKeepsWhatItHas(t *testing.T) {
	t.Parallel()
	const wire = `{"id":"1704982046651000029","type":"create","name":"Create Alert2","domain":"alert","direction":"incoming","enabled":false,` +
		`"filter":{"conditionMatchType":"match-any-condition","conditions":[{"field":"message","key":"k","operation":"new-one","order":3,"not":true}]},` +
		`"typeSpecificProperties":{"appendAttachments":true,"big":9007199254740993,"none":null},` +
		`"fieldMappings":{"message":"{{subject}}","tags":[],"responders":[{"type":"team","id":"8ae8a0a2"}],"details":{"From":"{{from_address}}"}}}`
	for _, body := range []string{wire, strings.Replace(wire, `"1704982046651000029"`, "1704982046651000029", 1)} {
		n := &network{answers: []answer{{200, body}}}
		action := must(connect(t, n.transport(), account()).Actions.Get(t.Context(), "i", "1704982046651000029"))(t)
		var got, want any
		for v, text := range map[*any]string{&got: string(must(json.Marshal(action))(t)), &want: wire} {
			dec := json.NewDecoder(strings.NewReader(text))
			dec.UseNumber()
			if err := dec.Decode(v); err != nil {
				t.Fatal(err)
			}
		}
		equal(t, "after a round trip", got, want)
	}
}

func TestActionsCreateAndUpdate(t *testing.T) {
	t.Parallel()
	srv, ops, id := newServer(t)
	in := incoming("Open")
	in.FieldMappings = jsmops.Values{"message": jsmops.Text("{{message}}"), "tags": json.RawMessage(`["ci"]`)}
	in.TypeSpecificProperties = jsmops.Values{"appendAttachments": json.RawMessage("true")}
	created := must(ops.Actions.Create(t.Context(), id, in))(t)
	if created.ID == "" || created.Enabled != nil || !*srv.Actions(id)[0].Enabled {
		t.Errorf("created %+v", created)
	}
	updated := must(ops.Actions.Update(t.Context(), id, created.ID, jsmops.ActionUpdate{
		Name: "Opened", Enabled: new(true), Filter: jsmops.MatchAllOf(onTag), FieldMappings: jsmops.Values{"message": jsmops.Text("x")},
	}))(t)
	equal(t, "updated", updated, must(ops.Actions.Get(t.Context(), id, created.ID))(t))
	now := srv.Actions(id)[0]
	if now.Name != "Opened" || !*now.Enabled || len(now.FieldMappings) != 1 || string(now.TypeSpecificProperties["appendAttachments"]) != "true" {
		t.Errorf("stored %+v", now)
	}
	equal(t, "filter", now.Filter, jsmops.MatchAllOf(onTag))
	must(ops.Actions.Update(t.Context(), id, created.ID, jsmops.ActionUpdate{Enabled: new(false), FieldMappings: jsmops.Values{}, Filter: jsmops.MatchEverything()}))(t)
	if now := srv.Actions(id)[0]; *now.Enabled || len(now.FieldMappings) != 0 || len(now.Filter.Conditions) != 0 || now.Name != "Opened" {
		t.Errorf("emptied %+v", now)
	}
	_, err := ops.Actions.Update(t.Context(), id, created.ID, jsmops.ActionUpdate{Enabled: new(true), Filter: jsmops.MatchAnyOf()})
	fails(t, err, client.ErrInvalid, "Actions.Update")
	_, err = ops.Actions.Update(t.Context(), id, created.ID, jsmops.ActionUpdate{Enabled: new(true), Name: strings.Repeat("x", 251)})
	fails(t, err, client.ErrInvalid, "Actions.Update")
}

// An update never leaves out enabled: a caller who does not say it gets what it was, or an error.
func TestUpdateSaysWhetherEnabled(t *testing.T) {
	t.Parallel()
	for _, enabled := range []bool{true, false} {
		srv, ops, id := newServer(t, jsmopstest.WithEnabledTold())
		in := incoming("Open")
		in.Enabled = enabled
		action := must(ops.Actions.Create(t.Context(), id, in))(t)
		must(ops.Actions.Update(t.Context(), id, action.ID, jsmops.ActionUpdate{Name: "Opened"}))(t)
		if now := srv.Actions(id)[0]; now.Name != "Opened" || *now.Enabled != enabled {
			t.Errorf("%s is enabled: %v, was %v", now.Name, *now.Enabled, enabled)
		}
		must(ops.Actions.Update(t.Context(), id, action.ID, jsmops.ActionUpdate{Enabled: new(!enabled)}))(t)
		if *srv.Actions(id)[0].Enabled == enabled {
			t.Error("what the caller says is not done")
		}
	}

	srv, ops, id := newServer(t) // which does not tell, as the document has it
	action := must(ops.Actions.Create(t.Context(), id, incoming("Open")))(t)
	_, err := ops.Actions.Update(t.Context(), id, action.ID, jsmops.ActionUpdate{Name: "Opened"})
	if e := wantError(t, err, client.ErrInvalid, "Actions.Update"); !strings.Contains(e.Error(), "set Enabled") || writes(srv, "PATCH") != 0 {
		t.Errorf("%v after %d updates", err, writes(srv, "PATCH"))
	}
	_, err = ops.Actions.Update(t.Context(), id, "1", jsmops.ActionUpdate{Name: "Opened"})
	fails(t, err, client.ErrNotFound, "Actions.Get")

	n := &network{answers: []answer{{200, `{"id":"1"}`}}}
	must(connect(t, n.transport(), account()).Actions.Update(t.Context(), "i", "1", jsmops.ActionUpdate{Enabled: new(false)}))(t)
	equal(t, "sent", n.seen[0].body, `{"enabled":false}`)
}

// An answer that is about something else, or about nothing, switches nothing off.
func TestUpdateOfWhatTheServerDoesNotTell(t *testing.T) {
	t.Parallel()
	for _, told := range []string{`{"id":"1","name":"x"}`, `{"id":"2","enabled":true}`, `{"id":"1","enabled":null}`} {
		for op, update := range map[string]func(*jsmops.Client) error{
			"Actions.Update": func(ops *jsmops.Client) error {
				_, err := ops.Actions.Update(t.Context(), "i", "1", jsmops.ActionUpdate{Name: "y"})
				return err
			},
			"Integrations.Update": func(ops *jsmops.Client) error {
				_, err := ops.Integrations.Update(t.Context(), "1", jsmops.IntegrationUpdate{Name: "y"})
				return err
			},
		} {
			n := &network{answers: []answer{{200, told}}}
			if e := wantError(t, update(connect(t, n.transport(), account())), client.ErrInvalid, op); !strings.Contains(e.Error(), "set Enabled") || len(n.seen) != 1 {
				t.Errorf("%s, told %s: %v after %q", op, told, e, n.seen)
			}
		}
	}
}

// A success of another shape is not a list without items, nor a thing without properties.
func TestAnswersOfAnotherShape(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"data":[{"id":"1"}]}`, `{"message":"oops"}`, `{"values":null,"id":null,"conditionMatchType":""}`} {
		for op, read := range map[string]func(*jsmops.Client) error{
			"Actions.Get": func(ops *jsmops.Client) error {
				_, err := ops.Actions.Get(t.Context(), "i", "1")
				return err
			},
			"Integrations.Get": func(ops *jsmops.Client) error {
				_, err := ops.Integrations.Get(t.Context(), "i")
				return err
			},
			"AlertFilters.Get": func(ops *jsmops.Client) error {
				_, err := ops.AlertFilters.Get(t.Context(), "i")
				return err
			},
			"Actions.List": func(ops *jsmops.Client) (err error) {
				for _, err = range ops.Actions.List(t.Context(), "i", nil) {
				}
				return err
			},
			"Integrations.List": func(ops *jsmops.Client) (err error) {
				for _, err = range ops.Integrations.List(t.Context(), nil) {
				}
				return err
			},
		} {
			n := &network{answers: []answer{{200, body}}}
			e, ok := errors.AsType[*client.Error](read(connect(t, n.transport(), account())))
			if !ok || e.Op != op || e.Status != 200 || !strings.Contains(e.Error(), "it has no ") {
				t.Errorf("%s: %s gives %v", op, body, e)
			}
		}
	}
}

// Updates that are answered with nothing are read back. That this fails is told as what it is: the update was made.
func TestUpdatesAreReadBack(t *testing.T) {
	t.Parallel()
	for op, update := range map[string]func(*jsmops.Client) (any, error){
		"Actions.Update": func(ops *jsmops.Client) (any, error) {
			a, err := ops.Actions.Update(t.Context(), "i", "1", jsmops.ActionUpdate{Enabled: new(true)})
			return a != nil && a.Name == "n", err
		},
		"Integrations.Update": func(ops *jsmops.Client) (any, error) {
			in, err := ops.Integrations.Update(t.Context(), "1", jsmops.IntegrationUpdate{Enabled: new(true)})
			return in != nil && in.Name == "n", err
		},
		"AlertFilters.Update": func(ops *jsmops.Client) (any, error) {
			f, err := ops.AlertFilters.Update(t.Context(), "1", jsmops.MatchEverything())
			return f != nil && f.ConditionMatchType == jsmops.MatchTypeEverything, err
		},
	} {
		for _, odd := range []string{"", "{}", `{"message":"done"}`} {
			n := &network{answers: []answer{{200, odd}, {200, `{"id":"1","name":"n","conditionMatchType":"match-all"}`}}}
			if read, err := update(connect(t, n.transport(), account())); read != true || err != nil || len(n.seen) != 2 || n.seen[1].method != "GET" {
				t.Errorf("%s: %q gives %v, %v after %q", op, odd, read, err, n.seen)
			}
			n = &network{answers: []answer{{200, odd}, {403, "{}"}}}
			_, err := update(connect(t, n.transport(), account()))
			e, ok := errors.AsType[*client.Error](err)
			if !ok || e.Op != op || !strings.Contains(err.Error(), "the update was made") || errors.Is(err, client.ErrForbidden) {
				t.Errorf("%s: %v", op, err)
			}
		}
	}
}

// The document has an integration as the answer to an update: then the action is read.
func TestUpdateAnswersWithTheAction(t *testing.T) {
	t.Parallel()
	for _, odd := range []string{`{"id":"12fa0a15","type":"API","name":"CI"}`, ""} {
		n := &network{answers: []answer{{200, odd}, {200, `{"id":"1","name":"Opened"}`}}}
		action := must(connect(t, n.transport(), account()).Actions.Update(t.Context(), "i", "1", jsmops.ActionUpdate{Name: "Opened", Enabled: new(true)}))(t)
		if action.ID != "1" || action.Name != "Opened" {
			t.Errorf("%q gives %+v", odd, action)
		}
	}
}

// A delete whose first try had no clear outcome finds nothing at the second: it is done. At the first try that is an error.
func TestDelete(t *testing.T) {
	t.Parallel()
	cut := faults.Rule{Method: http.MethodDelete, Cut: faults.CutAfter, Times: 1}
	lost := fault("DELETE", 502, 1)
	for name, rule := range map[string]faults.Rule{"undisturbed": {}, "answer lost": cut, "not done at first": lost} {
		synctest.Test(t, func(t *testing.T) {
			srv, ops, id := newServer(t)
			action := must(ops.Actions.Create(t.Context(), id, incoming("Open")))(t)
			srv.Faults().Add(rule)
			if err := ops.Actions.Delete(t.Context(), id, action.ID); err != nil || names(srv, id) != "" {
				t.Errorf("%s: %v, left %q", name, err, names(srv, id))
			}
			fails(t, ops.Actions.Delete(t.Context(), id, action.ID), client.ErrNotFound, "Actions.Delete")
			srv.Faults().Clear()
			srv.Faults().Add(rule)
			if err := ops.Integrations.Delete(t.Context(), id); err != nil || len(srv.Integrations()) != 0 {
				t.Errorf("%s: %v, left %v", name, err, srv.Integrations())
			}
			fails(t, ops.Integrations.Delete(t.Context(), id), client.ErrNotFound, "Integrations.Delete")
		})
	}
}

// The server says that a scope is missing, the error says which. A token that is renewed would not help.
func TestMissingScope(t *testing.T) {
	t.Parallel()
	srv, ops, id := newServer(t)
	action := must(ops.Actions.Create(t.Context(), id, incoming("Open")))(t)
	const scope = ":ops-config:jira-service-management"
	byAccount := connect(t, srv.Transport(), account())
	reader := connect(t, srv.Transport(), client.Bearer(jsmopstest.ReadToken))
	for scopes, err := range map[string]error{
		"read" + scope + " and delete" + scope: byAccount.Actions.Delete(t.Context(), id, action.ID),
		"delete" + scope:                       byAccount.Integrations.Delete(t.Context(), id),
		"read" + scope + " and write" + scope:  reader.Actions.Reorder(t.Context(), id, action.ID, "1"),
	} {
		e, ok := errors.AsType[*client.Error](err)
		if !ok || !errors.Is(err, client.ErrScope) || !errors.Is(err, client.ErrForbidden) || errors.Is(err, client.ErrUnauthorized) {
			t.Fatalf("err = %v, want a missing scope", err)
		}
		if e.Status != 401 || !strings.Contains(err.Error(), scopes) || e.Code != "401" {
			t.Errorf("%+v does not name %s", err, scopes)
		}
	}
	if names(srv, id) != "Open" {
		t.Error("something was deleted")
	}
}

func TestIntegrations(t *testing.T) {
	t.Parallel()
	srv, ops, _ := newServer(t)
	created := must(ops.Integrations.Create(t.Context(), jsmops.IntegrationInput{
		Name: "Shop", Type: "Webhook", Enabled: true, TeamID: "t1", Description: "Orders", TypeSpecificProperties: jsmops.Values{"url": jsmops.Text("https://shop.example")},
	}))(t)
	got := must(ops.Integrations.Get(t.Context(), created.ID))(t)
	if got.Name != "Shop" || !*got.Enabled || got.Directions[0] != jsmops.DirectionOutgoing || string(got.TypeSpecificProperties["url"]) != `"https://shop.example"` {
		t.Errorf("created %+v", got)
	}
	// Name only: it stays enabled.
	updated := must(ops.Integrations.Update(t.Context(), created.ID, jsmops.IntegrationUpdate{Name: "Shop 2"}))(t)
	if updated.Name != "Shop 2" || !*updated.Enabled || updated.Description != "Orders" {
		t.Errorf("updated %+v", updated)
	}
	must(ops.Integrations.Update(t.Context(), created.ID, jsmops.IntegrationUpdate{Enabled: new(false), Description: new(""), TeamID: new("t2")}))(t)
	must(ops.Integrations.Update(t.Context(), created.ID, jsmops.IntegrationUpdate{Name: "Shop 3"}))(t)
	now := srv.Integrations()[1]
	if *now.Enabled || now.Description != "" || now.TeamID != "t2" || now.Name != "Shop 3" {
		t.Errorf("switched off %+v", now)
	}
	for want, params := range map[string]*jsmops.ListIntegrationsParams{
		"CI Shop 3": {Size: 1}, "Shop 3": {Type: "Webhook"}, "CI": {Name: "CI"}, "": {TeamID: "t1"},
	} {
		var list []string
		for _, in := range all(t, ops.Integrations.List(t.Context(), params)) {
			list = append(list, in.Name)
		}
		if strings.Join(list, " ") != want {
			t.Errorf("%+v: %q, want %s", params, list, want)
		}
	}
	before := len(srv.Requests())
	_, err := ops.Integrations.Create(t.Context(), jsmops.IntegrationInput{})
	if e := wantError(t, err, client.ErrInvalid, "Integrations.Create"); len(e.Fields) != 2 || len(srv.Requests()) != before {
		t.Errorf("%v", err)
	}
	_, err = ops.Integrations.Create(t.Context(), jsmops.IntegrationInput{Name: "CI", Type: "API"})
	fails(t, err, client.ErrInvalid, "Integrations.Create")
	_, err = ops.Integrations.Update(t.Context(), "none", jsmops.IntegrationUpdate{Name: "x"})
	fails(t, err, client.ErrNotFound, "Integrations.Get")
}

// While one page is worked on the next is fetched; giving up leaves nothing behind.
func TestListIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, ops, id := newServer(t)
		for i := range 6 {
			must(ops.Actions.Create(t.Context(), id, incoming("a"+strconv.Itoa(i))))(t)
		}
		srv.Faults().Add(faults.Rule{Method: http.MethodGet, After: 2, Delay: time.Hour})
		n := 0
		for _, err := range ops.Actions.List(t.Context(), id, &jsmops.ListActionsParams{Size: 2}) {
			if n++; err != nil || n == 3 {
				break
			}
		}
		if n != 3 {
			t.Errorf("%d actions", n)
		}
	})
}
