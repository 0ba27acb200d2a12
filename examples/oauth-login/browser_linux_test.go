package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/examples/internal/programtest"
)

// The address gets to the desktop's browser, and Ctrl-C ends the wait for what happens there.
func TestOpensBrowser(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	opened := filepath.Join(dir, "opened")
	err := syscall.Mkfifo(opened, 0o600)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "xdg-open"), []byte("#!/bin/sh\nprintf %s \"$1\" >"+opened), 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := programtest.Command(t, "-token", filepath.Join(dir, "token"))
	cmd.Env, cmd.Stderr = append(cmd.Env, "PATH="+dir), &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address, err := os.ReadFile(opened)
	if err == nil {
		err = cmd.Process.Signal(os.Interrupt)
	}
	if err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	said := stderr.String()
	if _, ok := errors.AsType[*exec.ExitError](err); !ok || cmd.ProcessState.ExitCode() != program.ExitInterrupted {
		t.Errorf("%v: %s", err, said)
	}
	if !strings.HasPrefix(string(address), "http://127.0.0.1:") || !strings.Contains(said, string(address)) || strings.Contains(said, "No browser") ||
		!strings.HasSuffix(said, "interrupted; nobody has logged in: run it again\n") {
		t.Errorf("opened %s\n%s", address, said)
	}
}
