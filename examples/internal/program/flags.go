package program

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/jira"
)

// GoRun is what the help of each program says about its exit status.
const GoRun = "With go run the status of every failure is 1: install the program (go install) to see its own."

// AppendTo is a flag that may be given several times. It refuses blank values.
func AppendTo(list *[]string) func(string) error {
	return func(v string) error {
		if strings.TrimSpace(v) == "" {
			return errors.New("it is empty")
		}
		*list = append(*list, v)
		return nil
	}
}

// Labels is a flag for labels, which may be given several times.
func Labels(list *[]string) func(string) error {
	return func(v string) error {
		clean := jira.CleanLabel(v)
		if clean != v || v == "" {
			return fmt.Errorf("a label is one word of at most 255 characters, such as %q", cmp.Or(clean, "nightly"))
		}
		if !slices.Contains(*list, v) {
			*list = append(*list, v)
		}
		return nil
	}
}
