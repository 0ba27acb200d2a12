package jsmopstest_test

import (
	"context"
	"fmt"
	"log"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
	"github.com/jira-integrations/go-sdk/jira/jsmops/jsmopstest"
)

func ExampleNewServer() {
	srv := jsmopstest.NewServer()
	defer srv.Close()
	id := srv.AddIntegration(jsmops.Integration{Name: "CI", Type: "API"})
	ops, err := jsmops.New(srv.URL, client.BasicAuth(jsmopstest.Email, jsmopstest.Token))
	if err != nil {
		log.Fatal(err)
	}
	_, err = ops.Actions.Create(context.Background(), id, jsmops.ActionInput{
		Type: "close", Name: "Passed again", Domain: jsmops.DomainAlert, Direction: jsmops.DirectionIncoming, Filter: jsmops.MatchEverything(),
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, action := range srv.Actions(id) {
		fmt.Println(action.Type, action.Name, *action.Enabled)
	}
	// Output: close Passed again false
}
