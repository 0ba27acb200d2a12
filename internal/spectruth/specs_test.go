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
var apis = []struct{ name, ours, vendor string }{
	{"jira", "../../openapi/jira/*.yaml", "jira-v3.openapi.json"},
	{"currents", "../../openapi/currents/spec.yaml", "currents-integrations.openapi.json"},
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
			ours := spectruth.Operations(load(t, api.ours)...)
			vendor := spectruth.Operations(load(t, filepath.Join(folder, api.vendor))...)
			explain(t, wanted(t).Select(api.name+" "), spectruth.Compare(api.name, ours, vendor))
		})
	}
}

func TestEveryWantedEntryBelongsToACheck(t *testing.T) {
	t.Parallel()
	prefixes := []string{"example jira ", "example currents "}
	for _, api := range apis {
		prefixes = append(prefixes, api.name+" ")
	}
	for _, entry := range wanted(t).Entries() {
		if !slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(entry, prefix) }) {
			t.Errorf("wanted.txt: %q begins with none of %q", entry, prefixes)
		}
	}
}
