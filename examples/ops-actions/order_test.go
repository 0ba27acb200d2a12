package main

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestMoves(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ current, want, moves string }{
		{"", "", ""},
		{"a", "a", ""},
		{"a b c", "a b c", ""},
		{"c a b", "a b c", "b<c a<b"},
		{"b c a", "a b c", "a<b"},
		{"b a c", "a b c", "b<c"},
		{"x a y b z", "a b", ""},
		{"x b y a z", "a b", "a<b"},
		{"d c b a", "a b c d", "c<d b<c a<b"},
		{"a b d c", "a b c d", "c<d"},
	} {
		var got []string
		for _, m := range moves(strings.Fields(test.current), strings.Fields(test.want)) {
			got = append(got, m.id+"<"+m.before)
		}
		if s := strings.Join(got, " "); s != test.moves {
			t.Errorf("%s to %s: %s, want %s", test.current, test.want, s, test.moves)
		}
	}
}

// Whatever the order was, the moves bring about the wanted one, leave the others in theirs, and there is no shorter way.
func TestMovesBringAboutTheOrder(t *testing.T) {
	t.Parallel()
	all := strings.Fields("a b c d e f x y z")
	for range 2000 {
		current := slices.Clone(all)
		rand.Shuffle(len(current), func(i, j int) { current[i], current[j] = current[j], current[i] })
		want := slices.Clone(all[:rand.IntN(7)])
		rand.Shuffle(len(want), func(i, j int) { want[i], want[j] = want[j], want[i] })
		list := moves(current, want)
		got := slices.Clone(current)
		for _, m := range list {
			got = slices.DeleteFunc(got, func(id string) bool { return id == m.id })
			got = slices.Insert(got, slices.Index(got, m.before), m.id)
		}
		if among(got, want) != strings.Join(want, "") || among(got, all[6:]) != among(current, all[6:]) {
			t.Fatalf("%v to %v by %v gives %v", current, want, list, got)
		}
		if fewest := fewestMoves(current, want); len(list) != fewest {
			t.Fatalf("%v to %v takes %d moves, not %v", current, want, fewest, list)
		}
	}
}

// among returns those of the list that are in the set.
func among(list, set []string) string {
	var found []string
	for _, id := range list {
		if slices.Contains(set, id) {
			found = append(found, id)
		}
	}
	return strings.Join(found, "")
}

// fewestMoves tries all sets of ids that stay: the last one and others that are in order already.
func fewestMoves(current, want []string) int {
	best := len(want)
	for set := range 1 << len(want) {
		var stay []string
		for i, id := range want {
			if set&(1<<i) != 0 {
				stay = append(stay, id)
			}
		}
		if len(want) > 0 && !slices.Contains(stay, want[len(want)-1]) {
			continue
		}
		if among(current, stay) == strings.Join(stay, "") {
			best = min(best, len(want)-len(stay))
		}
	}
	return best
}
