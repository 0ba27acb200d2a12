// Coverage writes the tables of the README that say which operations are covered, from the documents under openapi/. Run it
// in the folder of this module: go run ./coverage.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/jira-integrations/go-sdk/internal/spectruth"
)

const readme = "../../README.md"

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, "coverage:", err)
		os.Exit(1)
	}
}

func write() error {
	text, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	tables, err := Tables("../../openapi")
	if err != nil {
		return err
	}
	fresh, err := Replace(string(text), tables)
	if err != nil {
		return fmt.Errorf("%s: %w", readme, err)
	}
	if fresh == string(text) {
		return nil
	}
	return os.WriteFile(readme, []byte(fresh), 0o644) //nolint:gosec // a README is for everybody
}

// Tables renders what the documents in a folder cover, API by API.
func Tables(openapi string) (string, error) {
	var tables strings.Builder
	for _, api := range []struct{ title, documents, code string }{
		{"Currents", "currents/spec.yaml", "../client/currents"},
		{"QMetry Test Management", "qmetry/spec.yaml", "../client/qmetry"},
		{"Jira Cloud platform", "jira/*.yaml", "../jira"},
		{"Jira Service Management Ops", "jsmops/spec.yaml", "../jira/jsmops"},
	} {
		docs, err := spectruth.Load(filepath.Join(openapi, api.documents))
		if err != nil {
			return "", err
		}
		methods, err := Methods(filepath.Join(openapi, api.code))
		if err != nil {
			return "", err
		}
		table, err := Table(api.title, spectruth.Operations(docs...), methods)
		if err != nil {
			return "", err
		}
		tables.WriteString(table)
	}
	return tables.String(), nil
}
