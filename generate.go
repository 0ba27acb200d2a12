// Package sdk holds no code: it generates the typed clients of this module from the documents under openapi/. Import
// the packages jira, jira/jsmops, client/currents and client/qmetry below github.com/jira-integrations/go-sdk.
//
// # How to add an endpoint
//
//  1. Describe it in the document of its area under openapi/: the vendor's path, parameters and properties, our words.
//     Its x-sdk object names the service and the method that it becomes; openapi/README.md has the few rules.
//  2. Run go generate ./... and read what came out, as a user would.
//  3. Write code by hand only for what a document cannot say, beside the generated file and never in it.
//  4. Serve it in the API's fake (jiratest, jsmopstest, currentstest, qmetrytest) and test it through the public API.
//
// A new area of Jira is a new document and one more line below.
package sdk

//go:generate go tool oapi-codegen -config openapi/currents/codegen.yaml openapi/currents/spec.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.common.yaml openapi/jira/common.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_appfields.gen.go openapi/jira/appfields.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_attachments.gen.go openapi/jira/attachments.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_bulk.gen.go openapi/jira/bulk.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_changes.gen.go openapi/jira/changes.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_comments.gen.go openapi/jira/comments.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_expressions.gen.go openapi/jira/expressions.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_fields.gen.go openapi/jira/fields.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_groups.gen.go openapi/jira/groups.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_issueadmin.gen.go openapi/jira/issueadmin.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_issues.gen.go openapi/jira/issues.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_issuetypes.gen.go openapi/jira/issuetypes.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_jql.gen.go openapi/jira/jql.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_labels.gen.go openapi/jira/labels.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_links.gen.go openapi/jira/links.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_priorities.gen.go openapi/jira/priorities.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_projects.gen.go openapi/jira/projects.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_properties.gen.go openapi/jira/properties.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_redaction.gen.go openapi/jira/redaction.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_remotelinks.gen.go openapi/jira/remotelinks.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_search.gen.go openapi/jira/search.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_server.gen.go openapi/jira/server.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_sites.gen.go openapi/jira/sites.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_statuses.gen.go openapi/jira/statuses.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_tasks.gen.go openapi/jira/tasks.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_users.gen.go openapi/jira/users.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_webhooks.gen.go openapi/jira/webhooks.yaml
//go:generate go tool oapi-codegen -config openapi/jira/codegen.yaml -o jira/zz_worklogs.gen.go openapi/jira/worklogs.yaml
//go:generate go tool oapi-codegen -config openapi/jsmops/codegen.yaml openapi/jsmops/spec.yaml
//go:generate go tool oapi-codegen -config openapi/qmetry/codegen.yaml openapi/qmetry/spec.yaml
//go:generate go -C internal/spectruth run ./coverage
