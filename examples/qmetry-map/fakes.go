package main

import (
	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/qmetry"
	"github.com/jira-integrations/go-sdk/client/qmetry/qmetrytest"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// connectFakes makes a QMetry and a Jira that were mapped to each other once. One field is gone from Jira since then.
func connectFakes() (*services, error) {
	jc, site, err := program.FakeJira()
	if err != nil {
		return nil, err
	}
	severity := site.AddField(jiratest.Field{Name: "Severity", Type: jiratest.SelectField, Options: []string{"Major", "Minor"}})
	fake := qmetrytest.NewServer(qmetrytest.WithoutListener())
	fake.SetInstance(mapped(site.URL, severity))
	fake.SetInstance(qmetry.Instance{InstanceType: "Azure", InstanceURL: "https://dev.azure.example/acme", Alias: "Acme Azure"})

	where := qmetrytest.Context()
	where.OrgCode, where.Scope = "", "" // to be found out, as for a real project
	qc, err := qmetry.New(qmetry.APIKey(qmetrytest.APIKey), where, client.WithTransport(fake.Transport()))
	return &services{qmetry: qc, jira: jc, close: func() { fake.Close(); site.Close() }}, err
}

// mapped is the Jira at url as QMetry knows it.
func mapped(url, severity string) qmetry.Instance {
	summary := qmetry.Field{FieldID: "summary", FieldName: "Summary", FieldType: "string", Mandatory: true, Mapped: true}
	return qmetry.Instance{
		InstanceType: "Jira", InstanceURL: url, IntegratedBy: "Ada Lovelace", Alias: "Acme Jira",
		ExternalProjects: []qmetry.ExternalProject{
			{ProjectID: "10000", ProjectName: "Web shop", Modules: qmetry.Modules{
				Requirement: qmetry.Module{ID: "10002", Name: "Story", JQLFilter: "project = WEB AND issuetype = Story", Fields: []qmetry.Field{summary}},
				Issue: qmetry.Module{ID: "10004", Name: "Bug", Fields: []qmetry.Field{
					summary,
					{FieldID: qmetry.ID(severity), FieldName: "Severity", FieldType: "option", Mandatory: true},
				}},
			}},
			{ProjectID: "10001", ProjectName: "Operations", Modules: qmetry.Modules{
				Issue: qmetry.Module{ID: "10003", Name: "Task", Fields: []qmetry.Field{
					summary,
					{FieldID: "customfield_19999", FieldName: "Found in build", FieldType: "string", Mapped: true},
				}},
			}},
		},
	}
}
