package main

import "slices"

// move puts an action before another one.
type move struct{ id, before string }

// moves lists the fewest moves that bring the wanted ids, which are all among the current ones, into their order. An action
// can only be put before another one, so the last wanted one stays. Those that are not wanted stay where they are.
func moves(current, want []string) []move {
	if len(want) == 0 {
		return nil
	}
	last := slices.Index(current, want[len(want)-1])
	// stay[i] is the length of the longest run of wanted ids up to the i-th that are in order already and before the last.
	stay, previous := make([]int, len(want)), make([]int, len(want))
	for i, id := range want {
		at := slices.Index(current, id)
		stay[i], previous[i] = 1, -1
		if i < len(want)-1 && at > last {
			stay[i] = 0
			continue
		}
		for j := range i {
			if stay[j] > 0 && slices.Index(current, want[j]) < at && stay[j]+1 > stay[i] {
				stay[i], previous[i] = stay[j]+1, j
			}
		}
	}
	fixed := map[int]bool{}
	for i := len(want) - 1; i >= 0; i = previous[i] {
		fixed[i] = true
	}
	var list []move
	for i := len(want) - 2; i >= 0; i-- {
		if !fixed[i] {
			list = append(list, move{want[i], want[i+1]})
		}
	}
	return list
}
