package currents_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/currents"
)

func ExampleNew() {
	cc, err := currents.New(client.Bearer(os.Getenv("CURRENTS_API_KEY")))
	if err != nil {
		log.Fatal(err)
	}
	for project, err := range cc.Projects.List(context.Background(), nil) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(project.ProjectID, project.Name)
	}
}

func ExampleClient_FailedTests() {
	cc, err := currents.New(client.Bearer(os.Getenv("CURRENTS_API_KEY")))
	if err != nil {
		log.Fatal(err)
	}
	for test, err := range cc.FailedTests(context.Background(), "88daf1f3dca30e40") {
		if _, ok := errors.AsType[*currents.SpecError](err); ok {
			log.Print(err) // the failed tests of this spec file are not known; those of the others follow
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(test.FullTitle(), test.Error.Message)
	}
}

func ExampleIssueType_Missing() {
	bug := currents.IssueType{Name: "Bug", CustomFields: []currents.IssueField{
		{FieldID: "customfield_10042", Name: "Team", Required: true, FieldType: currents.FieldTypeText},
		{FieldID: "customfield_10014", Name: "Epic Link", Required: true, FieldType: currents.FieldTypeUnsupported},
	}}
	for _, problem := range bug.Missing(currents.CustomField{FieldID: "customfield_10042", Value: "Web"}) {
		fmt.Println(problem)
	}
	// Output: Epic Link (customfield_10014) is required, and Currents cannot fill a field of this type
}
