package main

import (
	"os"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
)

// What cannot be printed is an error, and the result is not lost.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = full.Close() }()
	for _, args := range [][]string{nil, {"-json"}} {
		var stderr strings.Builder
		code := run(t.Context(), args, func(string) string { return "" }, recorded(t, "parallel"), full, &stderr)
		if code != program.ExitFailed || !strings.Contains(stderr.String(), "the output could not be written, the result is: 2 created: ") {
			t.Errorf("%v: exit %d\n%s", args, code, stderr.String())
		}
	}
}
