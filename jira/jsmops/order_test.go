package jsmops_test

import (
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
)

// Actions are moved among those of their own direction: "a" to "d" are incoming, "X" and "Y" are not.
func TestOrder(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		move, id, before string
		want             string
		patches          int
	}{
		{"Reorder", "d", "b", "a X d b Y c", 1},
		{"Reorder", "a", "c", "X b Y a c d", 1},
		{"Reorder", "X", "a", "X a b Y c d", 1},
		{"MoveFirst", "c", "", "c a X b Y d", 1},
		{"MoveFirst", "a", "", "a X b Y c d", 0},
		{"MoveFirst", "Y", "", "a Y X b c d", 1},
		{"MoveFirst", "X", "", "a X b Y c d", 0},
		{"MoveLast", "a", "", "b c d a X Y", 3},
		{"MoveLast", "c", "", "a X b Y d c", 1},
		{"MoveLast", "d", "", "a X b Y c d", 0},
		{"MoveLast", "X", "", "a Y X b c d", 1},
	} {
		srv, ops, integration := newServer(t)
		ids := map[string]string{}
		for name := range strings.FieldsSeq("a X b Y c d") {
			in := incoming(name)
			if name < "a" {
				in = outgoing(name)
			}
			ids[name] = must(ops.Actions.Create(t.Context(), integration, in))(t).ID
		}
		var err error
		switch test.move {
		case "Reorder":
			err = ops.Actions.Reorder(t.Context(), integration, ids[test.id], ids[test.before])
		case "MoveFirst":
			err = ops.Actions.MoveFirst(t.Context(), integration, ids[test.id])
		case "MoveLast":
			err = ops.Actions.MoveLast(t.Context(), integration, ids[test.id])
		}
		if got := names(srv, integration); err != nil || got != test.want || writes(srv, "PATCH") != test.patches {
			t.Errorf("%s %s: %s after %d requests, %v; want %s after %d", test.move, test.id, got, writes(srv, "PATCH"), err, test.want, test.patches)
		}
	}
}

func TestOrderOfUnknownActions(t *testing.T) {
	t.Parallel()
	srv, ops, id := newServer(t)
	action := must(ops.Actions.Create(t.Context(), id, incoming("Open")))(t)
	before := len(srv.Requests())
	fails(t, ops.Actions.Reorder(t.Context(), id, action.ID, ""), client.ErrInvalid, "Actions.Reorder")
	fails(t, ops.Actions.Reorder(t.Context(), id, action.ID, action.ID), client.ErrInvalid, "Actions.Reorder")
	if len(srv.Requests()) != before {
		t.Error("a place that is none was sent")
	}
	fails(t, ops.Actions.Reorder(t.Context(), id, action.ID, "1"), client.ErrInvalid, "Actions.Reorder")
	fails(t, ops.Actions.Reorder(t.Context(), id, "1", action.ID), client.ErrNotFound, "Actions.Reorder")
	fails(t, ops.Actions.MoveFirst(t.Context(), id, "1"), client.ErrNotFound, "Actions.MoveFirst")
	fails(t, ops.Actions.MoveLast(t.Context(), id, "1"), client.ErrNotFound, "Actions.MoveLast")
	fails(t, ops.Actions.MoveLast(t.Context(), "none", "1"), client.ErrNotFound, "Actions.List")
}

// After a failure MoveLast goes on where it ended.
func TestMoveLastGoesOn(t *testing.T) {
	t.Parallel()
	srv, ops, id := newServer(t)
	for name := range strings.FieldsSeq("a b c") {
		must(ops.Actions.Create(t.Context(), id, incoming(name)))(t)
	}
	first := srv.Actions(id)[0].ID
	rule := fault("PATCH", 403, 1)
	rule.After = 1
	srv.Faults().Add(rule)
	fails(t, ops.Actions.MoveLast(t.Context(), id, first), client.ErrForbidden, "Actions.Reorder")
	equal(t, "after the failure", names(srv, id), "b a c")
	if err := ops.Actions.MoveLast(t.Context(), id, first); err != nil {
		t.Fatal(err)
	}
	equal(t, "at the end", names(srv, id), "b c a")
}

// A place is said again when nobody knows whether it was heard.
func TestOrderIsSaidAgain(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]faults.Rule{
		"not done": fault("PATCH", 502, 1), "done, and the answer lost": {Method: "PATCH", Cut: faults.CutAfter, Times: 1},
	} {
		srv, ops, id := newServer(t)
		for name := range strings.FieldsSeq("a b c") {
			must(ops.Actions.Create(t.Context(), id, incoming(name)))(t)
		}
		first := srv.Actions(id)[0].ID
		srv.Faults().Add(rule)
		if err := ops.Actions.MoveLast(t.Context(), id, first); err != nil || names(srv, id) != "b c a" || writes(srv, "PATCH") != 3 {
			t.Errorf("%s: %v, %s after %d requests", name, err, names(srv, id), writes(srv, "PATCH"))
		}
	}
}
