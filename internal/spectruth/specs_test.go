package spectruth_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/internal/spectruth"
)

var referenceFlag = flag.String("reference", os.Getenv("SDK_REFERENCE"),
	"folder with the vendors' documents, an absolute path (default $SDK_REFERENCE)")

// apis lists what we describe and the vendor's document that it is held against.
var apis = []api{
	{name: "jira", ours: "../../openapi/jira/*.yaml", vendor: "jira-v3.openapi.json"},
	{name: "currents", ours: "../../openapi/currents/spec.yaml", vendor: "currents-integrations.openapi.json"},
	{name: "jsmops", ours: "../../openapi/jsmops/spec.yaml", vendor: "jsm-ops.openapi.json", base: "/api/{cloudId}"},
	{name: "qmetry", ours: "../../openapi/qmetry/spec.yaml", vendor: "docs/qmetry-integration-api.txt"},
}

type api struct {
	name, ours, vendor string
	base               string // what the vendor's paths have before ours
}

// operations returns the vendor's.
func (a api) operations(t *testing.T, folder string) []spectruth.Operation {
	t.Helper()
	return spectruth.Below(a.base, vendorOperations(t, filepath.Join(folder, a.vendor)))
}

// reference returns the vendors' folder, or skips the test.
func reference(t *testing.T) string {
	t.Helper()
	if *referenceFlag == "" {
		t.Skip("needs the vendors' documents: go test ./... -reference /path/to/folder, or SDK_REFERENCE=/path/to/folder")
	}
	return *referenceFlag
}

func load(t *testing.T, pattern string) []spectruth.Document {
	t.Helper()
	docs, err := spectruth.Load(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

// onlyTables says that the vendor has published tables in a text, no OpenAPI document.
func onlyTables(vendor string) bool { return filepath.Ext(vendor) == ".txt" }

// vendorOperations reads what the vendor says.
func vendorOperations(t *testing.T, file string) []spectruth.Operation {
	t.Helper()
	if !onlyTables(file) {
		return spectruth.Operations(load(t, file)...)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	ops, err := spectruth.ReadTables(string(text))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return ops
}

func wanted(t *testing.T) *spectruth.Wanted {
	t.Helper()
	text, err := os.ReadFile("wanted.txt")
	if err != nil {
		t.Fatal(err)
	}
	list, err := spectruth.ParseWanted(string(text))
	if err != nil {
		t.Fatalf("wanted.txt: %v", err)
	}
	return list
}

// explain fails for every difference that wanted.txt does not explain and for every entry it no longer needs.
func explain(t *testing.T, list *spectruth.Wanted, differences []string) {
	t.Helper()
	unexplained, unneeded := list.Check(differences)
	if len(unexplained) > 0 {
		t.Errorf("%d differences are not explained. Correct our document, or add them to wanted.txt with the reason:\n%s",
			len(unexplained), strings.Join(unexplained, "\n"))
	}
	if len(unneeded) > 0 {
		t.Errorf("%d entries of wanted.txt explain nothing any more, remove them:\n%s", len(unneeded), strings.Join(unneeded, "\n"))
	}
}

func TestSpecsAreValid(t *testing.T) {
	t.Parallel()
	for _, api := range apis {
		t.Run(api.name, func(t *testing.T) {
			t.Parallel()
			for _, problem := range spectruth.Validate(load(t, api.ours)...) {
				t.Error(problem)
			}
		})
	}
}

func TestSpecsAgreeWithTheVendor(t *testing.T) {
	t.Parallel()
	folder := reference(t)
	for _, api := range apis {
		t.Run(api.name, func(t *testing.T) {
			t.Parallel()
			ours, file := load(t, api.ours), filepath.Join(folder, api.vendor)
			lines := spectruth.Compare(api.name, spectruth.Operations(ours...), api.operations(t, folder))
			if !onlyTables(file) {
				vendor := load(t, file)
				lines = append(lines, spectruth.CompareOAuth(api.name, ours, vendor)...)
				lines = append(lines, spectruth.CompareBase(api.name, api.base, spectruth.Operations(vendor...))...)
			}
			explain(t, wanted(t).Select(api.name+" "), lines)
		})
	}
}

func TestEveryWantedEntryBelongsToACheck(t *testing.T) {
	t.Parallel()
	prefixes := []string{"example jira ", "example currents ", "example jsmops "}
	for _, api := range apis {
		prefixes = append(prefixes, api.name+" ")
	}
	for _, entry := range wanted(t).Entries() {
		if !slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(entry, prefix) }) {
			t.Errorf("wanted.txt: %q begins with none of %q", entry, prefixes)
		}
	}
}
