package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/internal/spectruth"
)

// Begin and End are the lines of the README between which the tables stand.
const (
	Begin = "<!-- coverage: written by go generate from openapi/, do not edit -->"
	End   = "<!-- end of coverage -->"
)

// Table renders the operations of one API as a row for each service, under a line that counts them.
func Table(title string, ops []spectruth.Operation) (string, error) {
	methods := map[string][]string{}
	for _, op := range ops {
		sdk, err := op.SDK()
		if err != nil {
			return "", err
		}
		// In lower case it is a method that a hand-written one wraps.
		name := strings.ToUpper(sdk.Method[:1]) + sdk.Method[1:]
		methods[sdk.Service] = append(methods[sdk.Service], name)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s: %d operations in %d services.\n\n| service | operations | methods |\n|---|---|---|\n", title, len(ops), len(methods))
	for _, service := range slices.SortedFunc(maps.Keys(methods), func(a, b string) int {
		return strings.Compare(strings.ToLower(a), strings.ToLower(b))
	}) {
		names := methods[service]
		slices.Sort(names)
		fmt.Fprintf(&b, "| `%s` | %d | %s |\n", service, len(names), "`"+strings.Join(names, "`, `")+"`")
	}
	return b.String(), nil
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
