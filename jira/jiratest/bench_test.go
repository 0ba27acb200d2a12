package jiratest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// BenchmarkCreateAndSearch files issues with a label each and looks every one up by its label, as CreateOnce does.
func BenchmarkCreateAndSearch(b *testing.B) {
	for _, size := range []int{100, 10_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := &site{Server: jiratest.NewServer(jiratest.WithoutListener()), t: b}
			for i := range size {
				s.AddIssue("WEB", "Bug", "Filler", object{"labels": []string{fmt.Sprint("filler-", i)}})
			}
			for i := 0; b.Loop(); i++ {
				label := fmt.Sprint("once-", i)
				s.want(http.StatusCreated, "POST", "/issue", `{"fields":{"project":{"key":"WEB"},"issuetype":{"name":"Bug"},"summary":"x","labels":["`+label+`"]}}`)
				if found := s.search(`labels = "` + label + `"`); len(found) != 1 {
					b.Fatalf("found %q", found)
				}
			}
		})
	}
}
