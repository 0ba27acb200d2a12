package spectruth_test

import (
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/internal/spectruth"
)

func TestWantedExplainsExactlyItsDifferences(t *testing.T) {
	t.Parallel()
	list, err := spectruth.ParseWanted(strings.Join([]string{
		"# a note for the reader",
		"",
		"a getOne: x: vendor string, ours missing  # deprecated",
		"a getTwo: *: vendor *, ours missing  # old",
		"b gone: nothing  # was true once",
		"",
	}, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	differences := []string{
		"a getOne: x: vendor string, ours missing",
		"a getTwo: y: vendor string, ours missing",
		"a getTwo: z[].k: vendor integer, ours missing",
		"a new: not in the vendor's document",
	}
	unexplained, unneeded := list.Check(differences)
	expectLines(t, unexplained, "a new: not in the vendor's document")
	expectLines(t, unneeded, "b gone: nothing")

	unexplained, unneeded = list.Select("a ").Check(differences[:3])
	expectLines(t, unexplained)
	expectLines(t, unneeded)

	_, unneeded = list.Check(nil)
	expectLines(t, unneeded, list.Entries()...)
}

func TestWantedPutsNoMeaningIntoOtherSigns(t *testing.T) {
	t.Parallel()
	list, err := spectruth.ParseWanted("a[].b: (x|y)  # literal")
	if err != nil {
		t.Fatal(err)
	}
	unexplained, _ := list.Check([]string{"a[].b: (x|y)", "ab: x"})
	expectLines(t, unexplained, "ab: x")
}

func TestWantedRejectsABadList(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"without a reason":    "a x: y",
		"with an empty one":   "a x: y  #  ",
		"out of order":        "b x  # r\na x  # r",
		"a duplicate":         "a x  # r\na x  # s",
		"a reason too near":   "a x # r",
		"an entry of nothing": "  # r",
	}
	for name, text := range tests {
		if _, err := spectruth.ParseWanted(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
