package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// written is an output of all the texts.
func written(texts ...string) *output {
	var o output
	for _, text := range texts {
		o.write(text)
	}
	return &o
}

// numbered is a text of numbered lines of 100 bytes.
func numbered(name string, n int) string {
	var all strings.Builder
	for i := range n {
		fmt.Fprintf(&all, "%s %-*d\n", name, 98-len(name), i)
	}
	return all.String()
}

// What has no room leaves a note behind, with the number of the lines that people would have seen.
func TestMiddleIsLeftOut(t *testing.T) {
	t.Parallel()
	o := written("begins\n", numbered("a", 3000), "=== RUN   TestA/x\n    cart_test.go:10: want 1, got 2\n", numbered("b", 3000),
		"panic: oh\n\ngoroutine 1\n", numbered("c", 3000), "ends\n")
	text := join([]*output{o}, maxOutput)
	if len(text) > maxOutput || len(text) < maxOutput*3/4 {
		t.Errorf("%d bytes", len(text))
	}
	at := 0
	for _, part := range []string{"begins\na 0 ", " lines missing]\n    cart_test.go:10: want 1, got 2\n[… ", " lines missing]\npanic: oh\n\ngoroutine 1\nc 0", "\nc 2999", "\nends"} {
		i := strings.Index(text[at:], part)
		if i < 0 {
			t.Fatalf("no %q behind byte %d of:\n%s", part, at, text)
		}
		at += i
	}
	lines := 0
	for line := range strings.Lines(text + "\n") {
		var missing int
		if _, err := fmt.Sscanf(line, "[… %d lines missing]", &missing); err == nil {
			lines += missing
		} else {
			lines++
		}
	}
	if want := 1 + 3000 + 1 + 3000 + 3 + 3000 + 1; lines != want {
		t.Errorf("%d lines are there or counted, there were %d", lines, want)
	}
}

// A long line near the end is cut, and does not take what it says with it.
func TestLongLineBeforeTheEnd(t *testing.T) {
	t.Parallel()
	o := written("begins\n", "    cart_test.go:10: want "+strings.Repeat("x", 60<<10)+" got nothing\n", "--- FAIL: TestA\n")
	text := join([]*output{o}, maxOutput)
	if len(text) > maxOutput || !strings.HasPrefix(text, "begins\n    cart_test.go:10: want xxx") || !strings.HasSuffix(text, "xxx got nothing\n--- FAIL: TestA") ||
		!strings.Contains(text, " bytes missing …] ") {
		t.Errorf("%d bytes: %.100s…%s", len(text), text, text[max(len(text)-100, 0):])
	}
}

// No output takes all the room: of each there is something, as long as that is of use.
func TestEachOutputHasItsShare(t *testing.T) {
	t.Parallel()
	var all []*output
	for i := range 5 {
		all = append(all, written(numbered(fmt.Sprint("output", i), 500)))
	}
	text := join(all, maxOutput)
	for i := range all {
		for _, line := range []string{"0 ", "499 "} {
			if name := fmt.Sprintf("output%d %s", i, line); !strings.Contains(text, name) {
				t.Errorf("no %q", name)
			}
		}
	}
	if got := strings.Count(text, "output4"); got < maxOutput/100/2 || len(text) > maxOutput {
		t.Errorf("the last output has %d lines; %d bytes", got, len(text))
	}

	for range 500 {
		all = append(all, written("said\n", numbered("more", 20)))
	}
	text = join(append(all, written("the last one\n")), maxOutput)
	if len(text) > maxOutput || !strings.HasPrefix(text, "output0 0") || !strings.HasSuffix(text, "the last one") || !strings.Contains(text, "lines missing") {
		t.Errorf("%d bytes: %.100s…%s", len(text), text, text[max(len(text)-100, 0):])
	}
}

// Escape codes go wherever the pieces end in which output comes, and so do the lines that say which test writes.
func TestOutputIsCleaned(t *testing.T) {
	t.Parallel()
	o := written("\x1b[3", "1mred\x1b[0m\r\n", "=== RUN   TestA\n", "10%\r100%", "\nend")
	if diff := cmp.Diff("red\n10%\n100%\nend", join([]*output{o}, maxOutput)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
