// Package jsmops is an SDK for the integrations of Jira Service Management Ops and for their actions: what an integration
// does with what comes in, and what it does outside when something happens to an alert.
//
//	ops, err := jsmops.New("https://acme.atlassian.net", client.BasicAuth("bot@acme.example", token))
//	for action, err := range ops.Actions.List(ctx, integrationID, nil) { … }
//
// Incoming actions are tried in their order, and at most one is done for what comes in: see [ActionsService.Reorder].
//
// Reading needs the OAuth 2.0 scope read:ops-config:jira-service-management; creating, changing and moving needs
// write:ops-config:jira-service-management besides, and deleting delete:ops-config:jira-service-management. A token without
// one fails with [client.ErrScope], whose error names them. API tokens of accounts do not delete, as far as is known.
// The vendor calls all of these operations experimental. The package jsmopstest is a fake of them for tests.
//
// A [Client], its services and the lists that they return may be used by any number of goroutines; each loop reads a list
// from its start. Values of the other types may be read by several goroutines as long as none changes them.
package jsmops
