package currents

import (
	"bytes"
	"strings"
)

// stateFailed is the final state of a failed test. Its case varies.
const stateFailed = "failed"

// FinalState returns the state of the test after its last attempt, in lower case and whichever shape the test has:
// passed, failed, pending or skipped; empty while the test has not been run. A flaky test has passed.
func (t *Test) FinalState() string {
	if t == nil {
		return ""
	}
	switch {
	case t.State != "":
		return strings.ToLower(t.State)
	case t.StateV2 != "":
		return strings.ToLower(t.StateV2)
	case len(t.Attempts) > 0:
		return strings.ToLower(t.Attempts[len(t.Attempts)-1].State)
	}
	return ""
}

// Outcome returns the result of a test of the instance with all its attempts, in the shape of V2 whichever shape the
// instance has. Texts are as received; [StripANSI] cleans them.
func (i *Instance) Outcome(t *Test) TestOutcome {
	if i == nil || t == nil {
		return TestOutcome{}
	}
	if o, ok := i.TestResults[t.TestID]; ok {
		return o
	}
	return TestOutcome{
		Done: t.DoneV2, State: t.FinalState(), IsFlaky: t.IsFlaky || t.FlakyV2, DisplayError: t.DisplayError,
		Attempts: t.Attempts, StartTime: t.StartTime, EndTime: t.EndTime, Duration: t.Duration,
	}
}

// finalState is the state of the test itself or, failing that, of its outcome.
func (i *Instance) finalState(t *Test) string {
	if s := t.FinalState(); s != "" {
		return s
	}
	return strings.ToLower(i.TestResults[t.TestID].State)
}

// isNothing reports that a value of any type is missing, null or empty.
func isNothing(raw []byte) bool {
	switch string(bytes.TrimSpace(raw)) {
	case "", "null", `""`, "{}", "[]", "false":
		return true
	}
	return false
}
