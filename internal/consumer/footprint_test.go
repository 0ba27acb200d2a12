package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// What a user of the SDK compiles and downloads besides the SDK and the standard library. Raise a number only for
// something that users get more from than it costs them, and correct README.md where it tells the number.
const (
	maxModules  = 10 // modules of which a package is compiled
	maxPackages = 21 // packages compiled
)

func TestFootprint(t *testing.T) {
	t.Parallel()
	const sdk = "github.com/jira-integrations/go-sdk"
	list := exec.CommandContext(t.Context(), "go", "list", "-deps",
		"-f", "{{if not .Standard}}{{.Module.Path}} {{.ImportPath}}{{end}}",
		sdk+"/jira", sdk+"/jira/jiratest", sdk+"/client/currents", sdk+"/client/currents/currentstest", sdk+"/client/faults",
		sdk+"/client/oauth", sdk+"/client/oauth/oauthtest", sdk+"/jira/jsmops", sdk+"/jira/jsmops/jsmopstest",
		sdk+"/client/qmetry", sdk+"/client/qmetry/qmetrytest")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var modules, packages []string
	for line := range strings.Lines(string(out)) {
		module, pkg, _ := strings.Cut(strings.TrimSpace(line), " ")
		if module == "" || module == sdk {
			continue
		}
		modules, packages = append(modules, module), append(packages, pkg)
	}
	slices.Sort(modules)
	modules = slices.Compact(modules)
	t.Logf("%d modules, %d packages", len(modules), len(packages))
	if len(modules) > maxModules || len(packages) > maxPackages {
		t.Errorf("a user gets %d modules (at most %d) and %d packages (at most %d):\n%s\n%s", len(modules), maxModules,
			len(packages), maxPackages, strings.Join(modules, "\n"), strings.Join(packages, "\n"))
	}
	if len(packages) == 0 {
		t.Error("go list named no package at all")
	}
}
