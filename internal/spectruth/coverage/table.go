package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/internal/spectruth"
)

// Begin and End are the lines of the README between which the tables stand.
const (
	Begin = "<!-- coverage: written by go generate from openapi/, do not edit -->"
	End   = "<!-- end of coverage -->"
)

var method = regexp.MustCompile(`(?m)^func \(\w+ \*(\w+)Service\) (\w+)\(`)

// Methods finds the methods of the services in the Go files of a folder, as in Issues.Get.
func Methods(folder string) (map[string]bool, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	methods := map[string]bool{}
	for _, file := range files {
		code, err := os.ReadFile(file) //nolint:gosec // our own source
		if err != nil {
			return nil, err
		}
		for _, m := range method.FindAllSubmatch(code, -1) {
			methods[string(m[1])+"."+string(m[2])] = true
		}
	}
	return methods, nil
}

// Table renders the operations of one API as a row for each service, under a line that counts them. An operation that is
// one page of a list bears the name of the method that iterates over it, where there is one.
func Table(title string, ops []spectruth.Operation, have map[string]bool) (string, error) {
	methods := map[string][]string{}
	var functions []string
	for _, op := range ops {
		sdk, err := op.SDK()
		if err != nil {
			return "", err
		}
		if sdk.Service == "" {
			functions = append(functions, sdk.Method)
			continue
		}
		// In lower case it is a method that a hand-written one wraps.
		name := strings.ToUpper(sdk.Method[:1]) + sdk.Method[1:]
		if list, page := strings.CutSuffix(name, "Page"); page && have[sdk.Service+"."+list] {
			name = list
		}
		methods[sdk.Service] = append(methods[sdk.Service], name)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s: %d operations in %d services.\n\n| service | operations | methods |\n|---|---|---|\n", title, len(ops), len(methods))
	for _, service := range slices.SortedFunc(maps.Keys(methods), func(a, b string) int {
		return strings.Compare(strings.ToLower(a), strings.ToLower(b))
	}) {
		row(&b, "`"+service+"`", methods[service])
	}
	if len(functions) > 0 {
		row(&b, "(functions)", functions)
	}
	return b.String(), nil
}

func row(b *strings.Builder, title string, names []string) {
	slices.Sort(names)
	fmt.Fprintf(b, "| %s | %d | %s |\n", title, len(names), "`"+strings.Join(names, "`, `")+"`")
}

// Replace puts the tables between the two lines of a README.
func Replace(readme, tables string) (string, error) {
	before, rest, ok := strings.Cut(readme, Begin+"\n")
	_, after, ended := strings.Cut(rest, End+"\n")
	if !ok || !ended || strings.Contains(after, Begin) {
		return "", fmt.Errorf("needs the line %q once, and %q below it", Begin, End)
	}
	return before + Begin + "\n" + tables + "\n" + End + "\n" + after, nil
}
