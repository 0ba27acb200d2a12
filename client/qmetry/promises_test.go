package qmetry_test

import (
	"context"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/qmetry"
	"github.com/jira-integrations/go-sdk/client/qmetry/qmetrytest"
	"github.com/jira-integrations/go-sdk/internal/promises"
)

func promised() promises.API[qmetry.Client] {
	return promises.API[qmetry.Client]{
		New: func(auth client.Auth, opts ...client.Option) (*qmetry.Client, error) {
			return qmetry.New(auth, qmetrytest.Context(), opts...)
		},
		Documents: "../../openapi/qmetry/*.yaml",
		Loose:     []string{"Integrations.Details", "Projects.Info"}, // an instance has an id, and a project tells something
		Auths: func(secret string) map[string]client.Auth {
			return map[string]client.Auth{"apikey": qmetry.APIKey(secret)}
		},
		More: func(qc *qmetry.Client) map[string]func(context.Context) error {
			return map[string]func(context.Context) error{
				"Client.ResolveContext": func(ctx context.Context) error {
					_, err := qc.With(qmetry.Context{Project: "SHOP"}).ResolveContext(ctx)
					return err
				},
				"Integrations.Details of one": func(ctx context.Context) error {
					_, err := qc.Integrations.Details(ctx, &qmetry.InstanceQuery{Instance: 7})
					return err
				},
			}
		},
		Values: func(qc *qmetry.Client) []any { return []any{qc.Context()} },
		Functions: func(*qmetry.Client) map[string]func() error {
			return map[string]func() error{
				"New": func() error {
					_, err := qmetry.New(qmetry.APIKey(promises.Canary), qmetry.Context{}, client.WithBaseURL("http://qmetry.example"))
					return err
				},
				"IntegrationPage.Items": func() error {
					_, err := (&qmetry.IntegrationPage{Body: []byte(`"` + promises.Canary)}).Items(promises.Canary)
					return err
				},
			}
		},
	}
}

func TestPromises(t *testing.T) {
	t.Parallel()
	promised().Test(t)
}

func FuzzResponses(f *testing.F) { promised().FuzzResponses(f) }
