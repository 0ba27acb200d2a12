package qmetry_test

import (
	"context"
	"fmt"
	"log"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/qmetry"
	"github.com/jira-integrations/go-sdk/client/qmetry/qmetrytest"
)

func ExampleNew() {
	srv := qmetrytest.NewServer()
	defer srv.Close()
	srv.SetInstance(shop())

	// On a real site the screen and the action are those that its QMetry wants.
	where := qmetry.Context{Project: "SHOP", ScreenName: "any screen", Action: "any action"}
	qc, err := qmetry.New(qmetry.APIKey(qmetrytest.APIKey), where, client.WithBaseURL(srv.URL))
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if qc, err = qc.ResolveContext(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println("scope", qc.Context().Scope, "of", qc.Context().OrgCode)
	// Output: scope 100201 of acme
}

func ExampleIntegrationsService_Details() {
	qc, done := connect()
	defer done()
	ctx := context.Background()
	instances, err := qc.Integrations.Details(ctx, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, in := range instances {
		mapping, err := qc.Integrations.Details(ctx, &qmetry.InstanceQuery{Instance: in.InstanceID, FetchFields: true})
		if err != nil {
			log.Fatal(err)
		}
		for _, project := range mapping[0].ExternalProjects {
			for _, field := range project.Modules.Issue.Fields {
				fmt.Println(in.Alias, project.ProjectName, field.FieldName, field.Mapped)
			}
		}
	}
	// Output:
	// Acme Web shop Summary true
	// Acme Web shop Severity false
}

func ExampleIntegrationsService_List() {
	qc, done := connect()
	defer done()
	for integration, err := range qc.Integrations.List(context.Background(), qmetry.AllIntegrations, nil) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s\n", integration)
	}
	// Output: {"alias":"Acme","instanceId":7,"instanceType":"Jira","instanceUrl":"https://acme.atlassian.net","integratedBy":"ada"}
}

// connect connects to a fake that knows one Jira site.
func connect() (*qmetry.Client, func()) {
	srv := qmetrytest.NewServer()
	srv.SetInstance(shop())
	qc, err := qmetry.New(qmetry.APIKey(qmetrytest.APIKey), qmetrytest.Context(), client.WithBaseURL(srv.URL))
	if err != nil {
		log.Fatal(err)
	}
	return qc, srv.Close
}
