package jsmops_test

import (
	"context"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/internal/promises"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
	"github.com/jira-integrations/go-sdk/jira/jsmops/jsmopstest"
)

func promised() promises.API[jsmops.Client] {
	return promises.API[jsmops.Client]{
		New: func(auth client.Auth, opts ...client.Option) (*jsmops.Client, error) {
			return jsmops.New(jsmopstest.CloudID, auth, opts...)
		},
		Documents: "../../openapi/jsmops/*.yaml",
		// They read a list, or what is to be changed, with another schema than the answer to the write.
		Loose: []string{"Integrations.Create", "Integrations.Update", "Actions.Create", "Actions.Update", "AlertFilters.Update"},
		Good: func() []any {
			return []any{incoming("Open"), jsmops.IntegrationInput{Name: "Shop", Type: "Webhook"}, jsmops.MatchEverything()}
		},
		More: func(ops *jsmops.Client) map[string]func(context.Context) error {
			return map[string]func(context.Context) error{
				"Actions.Reorder": func(ctx context.Context) error { return ops.Actions.Reorder(ctx, "1", "2", "3") },
			}
		},
		Functions: func(ops *jsmops.Client) map[string]func() error {
			return map[string]func() error{
				"New":                  func() error { _, err := jsmops.New("http://acme.example", client.Bearer(promises.Canary)); return err },
				"ActionInput.Validate": jsmops.ActionInput{}.Validate,
			}
		},
	}
}

func TestPromises(t *testing.T) {
	t.Parallel()
	promised().Test(t)
}

func FuzzResponses(f *testing.F) { promised().FuzzResponses(f) }
