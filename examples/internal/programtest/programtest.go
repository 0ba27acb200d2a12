// Package programtest tests the example programs as what they are: processes that read, print and exit.
package programtest

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const asProgram = "EXAMPLE_AS_PROGRAM"

// Main is the TestMain of a program: it makes of the test binary the program itself when [Command] starts it.
func Main(m *testing.M, program func()) {
	if os.Getenv(asProgram) != "" {
		program()
	}
	os.Exit(m.Run())
}

// Command prepares a process of its own for the program whose tests are running. A process that hangs is killed after a
// minute.
func Command(tb testing.TB, args ...string) *exec.Cmd {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute)
	tb.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, self, args...) // #nosec G204 -- the running test itself
	cmd.Env = []string{asProgram + "=1"}
	return cmd
}

// ClosedPipe returns a pipe that nobody reads any more.
func ClosedPipe(tb testing.TB) *os.File {
	tb.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	_ = r.Close()
	tb.Cleanup(func() { _ = w.Close() })
	return w
}

// Rows decodes the lines that a program prints with -json. A property that T does not have is a failure.
func Rows[T any](tb testing.TB, stdout string) []T {
	tb.Helper()
	var all []T
	dec := json.NewDecoder(strings.NewReader(stdout))
	dec.DisallowUnknownFields()
	for dec.More() {
		var row T
		if err := dec.Decode(&row); err != nil {
			tb.Fatalf("%v in %s", err, stdout)
		}
		all = append(all, row)
	}
	return all
}
