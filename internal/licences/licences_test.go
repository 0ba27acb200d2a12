package licences_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// permissive are licences that ask for no more than to be named, by a phrase that only their text has.
var permissive = map[string][]string{
	"MIT":          {"Permission is hereby granted, free of charge, to any person obtaining a copy", "The above copyright notice and this permission notice shall be included in all"},
	"Apache-2.0":   {"Apache License", "Version 2.0, January 2004", "Grant of Patent License"},
	"BSD-3-Clause": {"Redistribution and use in source and binary forms", "Neither the name of"},
	"BSD-2-Clause": {"Redistribution and use in source and binary forms", "Redistributions in binary form must reproduce"},
	"ISC":          {"Permission to use, copy, modify, and/or distribute this software for any purpose"},
}

// exceptions are modules whose licence asks for more, of those who change their files: who links them unchanged, as this
// library does, owes nothing but to say where their source is.
var exceptions = map[string]string{
	"github.com/hashicorp/go-cleanhttp":     "Mozilla Public License, version 2.0",
	"github.com/hashicorp/go-retryablehttp": "Mozilla Public License, version 2.0",
}

// TestLicences reads the licences of all modules that the library, its fakes, tests and programs are built of, on any of the
// usual systems, and fails on one that is not permissive, or that cannot be told.
func TestLicences(t *testing.T) {
	t.Parallel()
	folders := map[string]string{}
	for _, system := range []string{"linux", "darwin", "windows"} {
		list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-test", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}", "./...")
		list.Dir = filepath.Join("..", "..")
		list.Env = append(list.Environ(), "GOOS="+system)
		out, err := list.Output()
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(out)) {
			if module, dir, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
				folders[module] = dir
			}
		}
	}
	if len(folders) < 10 {
		t.Fatalf("only %d modules were found", len(folders))
	}
	by := map[string][]string{}
	for module, dir := range folders {
		kind := licence(t, module, dir)
		by[kind] = append(by[kind], module)
	}
	for module := range exceptions {
		if folders[module] == "" {
			t.Errorf("%s is an exception, but nothing depends on it", module)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(by)) {
		slices.Sort(by[kind])
		t.Logf("%s: %s", kind, strings.Join(by[kind], ", "))
	}
}

// licence tells what the licence of a module is.
func licence(t *testing.T, module, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "[LC][IO][CP][EY]*"))
	if err != nil || len(files) == 0 {
		t.Errorf("%s has no licence", module)
		return "none"
	}
	var text strings.Builder
	for _, file := range files {
		b, err := os.ReadFile(file) // #nosec G304 -- of a module that we depend on
		if err != nil {
			t.Fatal(err)
		}
		text.WriteString(strings.Join(strings.Fields(string(b)), " "))
	}
	if phrase := exceptions[module]; phrase != "" && strings.Contains(strings.ToLower(text.String()), strings.ToLower(phrase)) {
		return phrase
	}
	if strings.Contains(strings.ToUpper(text.String()), "GENERAL PUBLIC LICENSE") {
		t.Errorf("the licence of %s is copyleft, or one of its licences is", module)
		return "copyleft"
	}
	for _, kind := range []string{"MIT", "Apache-2.0", "BSD-3-Clause", "BSD-2-Clause", "ISC"} {
		if !slices.ContainsFunc(permissive[kind], func(phrase string) bool { return !strings.Contains(text.String(), phrase) }) {
			return kind
		}
	}
	t.Errorf("the licence of %s is not among those that are known to be permissive: %.100s", module, text.String())
	return "other"
}
