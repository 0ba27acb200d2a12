package currents_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/internal/promises"
)

func promised() promises.API[currents.Client] {
	return promises.API[currents.Client]{
		New:       currents.New,
		Documents: "../../openapi/currents/*.yaml",
		Good: func() []any {
			return []any{issueInput(), linkInput(), &currents.Run{RunID: "r"}}
		},
		More: func(cc *currents.Client) map[string]func(context.Context) error {
			run := &currents.Run{RunID: "r", Specs: []currents.RunSpec{{InstanceID: "i", Results: currents.SpecResults{Stats: currents.Stats{Failures: 1}}}}}
			return map[string]func(context.Context) error{
				"Client.FailedTestsOf": func(ctx context.Context) (err error) {
					for _, err = range cc.FailedTestsOf(ctx, run) {
					}
					return err
				},
			}
		},
		Values: func(*currents.Client) []any {
			return []any{&currents.SpecError{Err: errors.New("no")}, currents.Target{}}
		},
		Functions: func(*currents.Client) map[string]func() error {
			return map[string]func() error{
				"New": func() error {
					_, err := currents.New(client.Bearer(promises.Canary), client.WithBaseURL("http://currents.example"))
					return err
				},
				"SpecError.Unwrap": func() error { return &currents.SpecError{Err: errors.New("no")} },
			}
		},
	}
}

func TestPromises(t *testing.T) {
	t.Parallel()
	promised().Test(t)
}

func FuzzResponses(f *testing.F) { promised().FuzzResponses(f) }

// FuzzNextPage reads the number of the next page in all forms, and writes it as Currents does.
func FuzzNextPage(f *testing.F) {
	for _, s := range []string{"1", "0", "false", "true", "null", "-1", `"2"`, "1.5", "1e3", "{}", " 3 ", "9223372036854775808"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var n currents.NextPage
		if n.UnmarshalJSON([]byte(s)) != nil {
			return
		}
		page, more := n.Page()
		if more != (page > 0) {
			t.Errorf("%q is page %d, %v", s, page, more)
		}
		b, err := n.MarshalJSON()
		var again currents.NextPage
		if err != nil || again.UnmarshalJSON(b) != nil || max(n, 0) != again {
			t.Errorf("%q is written as %s, which is %d: %v", s, b, again, err)
		}
	})
}
