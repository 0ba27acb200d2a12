package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
)

// On a terminal nobody waits for Markdown that the user does not know to be asked for.
func TestStdinIsATerminal(t *testing.T) {
	t.Parallel()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = terminal.Close() }()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"-summary", "S"}, func(string) string { return "" }, terminal, &stdout, &stderr)
	if code != program.ExitUsage || !strings.Contains(stderr.String(), "name a file, pipe it in, or give - to type it") || stdout.Len() > 0 {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
}
