package program

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
)

// ErrInterrupted is why nothing was tried for one of many things.
var ErrInterrupted = errors.New("interrupted before its turn came")

// Output is a program's standard output. That nobody reads any more, as behind "| head", is no error; any other one is
// kept, so that the work goes on and is reported in the end.
type Output struct {
	w   io.Writer
	err error
}

// NewOutput writes to stdout.
func NewOutput(stdout io.Writer) *Output { return &Output{w: stdout} }

// Write never fails. What comes after an error is dropped.
func (o *Output) Write(p []byte) (int, error) {
	if o.err == nil {
		_, o.err = o.w.Write(p)
	}
	return len(p), nil
}

// Err returns the first error, with the result that nobody could read.
func (o *Output) Err(result string) error {
	if o.err == nil || errors.Is(o.err, syscall.EPIPE) {
		return nil
	}
	return fmt.Errorf("the output could not be written, the result is: %s: %w", result, o.err)
}

// Reasons tells people why things failed: each reason once, however many things it stands in the way of.
type Reasons struct {
	reasons []string
	names   map[string][]string
}

// Add notes why the thing of that name failed.
func (r *Reasons) Add(name, reason string) {
	if r.names == nil {
		r.names = make(map[string][]string)
	}
	if r.names[reason] == nil {
		r.reasons = append(r.reasons, reason)
	}
	r.names[reason] = append(r.names[reason], name)
}

// Print writes all reasons but the one that is told elsewhere, if there is such an error.
func (r *Reasons) Print(stderr io.Writer, told error) {
	for _, reason := range r.reasons {
		if told != nil && reason == told.Error() {
			continue
		}
		name, others := r.names[reason][0], len(r.names[reason])-1
		if others > 0 {
			name += fmt.Sprintf(" and %d more", others)
		}
		fmt.Fprintf(stderr, "%s: %s\n", Plain(name), Plain(reason))
	}
}

// Some lists the first of many names.
func Some(names []string) string {
	const most = 20
	switch {
	case len(names) == 0:
		return "nothing: there is none"
	case len(names) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// Tally says how often there is which result: "2 created, 1 failed".
func Tally(results []string) string {
	var order []string
	n := make(map[string]int)
	for _, result := range results {
		if n[result]++; n[result] == 1 {
			order = append(order, result)
		}
	}
	for i, result := range order {
		order[i] = fmt.Sprintf("%d %s", n[result], result)
	}
	return strings.Join(order, ", ")
}
