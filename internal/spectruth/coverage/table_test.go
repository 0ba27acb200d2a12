package main

import (
	"os"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/jira-integrations/go-sdk/internal/spectruth"
)

func operation(id, service, method string) spectruth.Operation {
	return spectruth.Operation{Operation: &openapi3.Operation{
		OperationID: id, Extensions: map[string]any{"x-sdk": map[string]any{"service": service, "method": method}},
	}}
}

func TestTable(t *testing.T) {
	t.Parallel()
	got, err := Table("Shop", []spectruth.Operation{
		operation("c", "JQL", "Parse"), operation("a", "Issues", "createIssue"), operation("b", "Issues", "Assign"), operation("d", "Items", "ListPage"), operation("e", "Items", "HomePage"),
		operation("f", "", "Shops"),
	}, map[string]bool{"Items.List": true, "Issues.Home": true})
	if err != nil {
		t.Fatal(err)
	}
	want := "\nShop: 6 operations in 3 services.\n\n" +
		"| service | operations | methods |\n|---|---|---|\n" +
		"| `Issues` | 2 | `Assign`, `CreateIssue` |\n" +
		"| `Items` | 2 | `HomePage`, `List` |\n" +
		"| `JQL` | 1 | `Parse` |\n" +
		"| (functions) | 1 | `Shops` |\n"
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if _, err := Table("Shop", []spectruth.Operation{{Operation: &openapi3.Operation{OperationID: "none"}}}, nil); err == nil {
		t.Error("an operation without x-sdk is accepted")
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	got, err := Methods("../../../jira")
	if err != nil || !got["Users.Query"] || !got["Users.QueryPage"] || got["Users.query"] {
		t.Errorf("%d methods, %v", len(got), err)
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	old := "# Title\n" + Begin + "\nold\n" + End + "\nthe end\n"
	got, err := Replace(old, "new\n")
	if want := "# Title\n" + Begin + "\nnew\n\n" + End + "\nthe end\n"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if again, err := Replace(got, "new\n"); err != nil || again != got {
		t.Errorf("a second time: %q, %v", again, err)
	}
	for _, wrong := range []string{"", Begin + "\n", End + "\n" + Begin + "\n", old + Begin + "\n"} {
		if _, err := Replace(wrong, "new\n"); err == nil {
			t.Errorf("%q is accepted", wrong)
		}
	}
}

func TestReadmeIsFresh(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := Tables("../../../openapi")
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := Replace(string(text), tables)
	if err != nil {
		t.Fatalf("README.md: %v", err)
	}
	if fresh != string(text) {
		t.Error("the table of README.md is stale: run go generate ./...")
	}
}
