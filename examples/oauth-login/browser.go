package main

import (
	"os/exec"
	"runtime"
)

// openBrowser shows the address in the person's browser.
func openBrowser(address string) error {
	command := []string{"xdg-open"}
	switch runtime.GOOS {
	case "darwin":
		command = []string{"open"}
	case "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler"}
	}
	cmd := exec.Command(command[0], append(command[1:], address)...) //nolint:gosec,noctx // the address is that of the login, and the browser outlives the program
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // it may stay for as long as the browser does
	return nil
}
