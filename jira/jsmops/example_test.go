package jsmops_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
	"github.com/jira-integrations/go-sdk/jira/jsmops/jsmopstest"
)

func ExampleNew() {
	ops, err := jsmops.New("https://acme.atlassian.net", client.BasicAuth("bot@acme.example", os.Getenv("JIRA_API_TOKEN")))
	if err != nil {
		log.Fatal(err)
	}
	for integration, err := range ops.Integrations.List(context.Background(), &jsmops.ListIntegrationsParams{Type: "API"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(integration.ID, integration.Name)
	}
}

func ExampleActionsService_Create() {
	srv := jsmopstest.NewServer()
	defer srv.Close()
	id := srv.AddIntegration(jsmops.Integration{Name: "CI", Type: "API"})
	ops, err := jsmops.New(srv.URL, client.BasicAuth(jsmopstest.Email, jsmopstest.Token))
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	action, err := ops.Actions.Create(ctx, id, jsmops.ActionInput{
		Type: "create", Name: "Failing checkout tests", Domain: jsmops.DomainAlert, Direction: jsmops.DirectionIncoming, Enabled: true,
		Filter: jsmops.MatchAllOf(
			jsmops.Condition{Field: "tags", Operation: jsmops.OperationContains, ExpectedValue: "checkout"},
			jsmops.Condition{Field: "priority", Operation: jsmops.OperationEquals, ExpectedValue: "P5", Not: true},
		),
		FieldMappings: jsmops.Values{"message": jsmops.Text("{{message}}"), "tags": []byte(`["ci"]`)},
	})
	if errors.Is(err, client.ErrAmbiguous) {
		log.Fatal("look before creating it again: ", err)
	}
	if err != nil {
		log.Fatal(err)
	}
	if err := ops.Actions.MoveFirst(ctx, id, action.ID); err != nil {
		log.Fatal(err)
	}
	fmt.Println(action.ID, action.Name)
	// Output: 1704982046651000030 Failing checkout tests
}
