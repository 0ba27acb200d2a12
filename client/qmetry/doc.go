// Package qmetry is an SDK for the integration part of QMetry Test Management's Open API: it tells which external systems,
// Jira sites above all, a QMetry project is connected to, and how their projects, work items and fields are mapped. It is
// not about the Jira app "QMetry for Jira".
//
//	qc, err := qmetry.New(qmetry.APIKey(os.Getenv("QMETRY_API_KEY")),
//		qmetry.Context{Project: "SHOP", ScreenName: screen, Action: action})
//	qc, err = qc.ResolveContext(ctx) // asks for the organisation's code and the scope
//	instances, err := qc.Integrations.Details(ctx, nil)
//	mapping, err := qc.Integrations.Details(ctx, &qmetry.InstanceQuery{Instance: instances[0].InstanceID, FetchFields: true})
//	for integration, err := range qc.Integrations.List(ctx, qmetry.AllIntegrations, nil) { … } // JSON as received
//
// # What is not documented
//
// The vendor publishes tables without examples. What they say is typed here; where they say nothing, nothing is made up: the
// values of ScreenName and Action are yours to give, as your QMetry support names them, a listed integration is JSON as
// received, and so is [Instance].Raw. Ids, flags and emptiness are read in each form that JSON has for them, and lists in the
// documented wrapping, in a simpler one, or in none.
//
// # Errors
//
// The service may answer 200 and tell of a failure inside. That is the same *client.Error then as if the status had said it,
// with the inner status in its Status. A rejected API key and an expired session are [client.ErrUnauthorized] whatever the
// status. An HTML page in place of JSON mostly means a wrong base URL. The package qmetrytest is a fake QMetry for tests.
//
// A [Client], its services and their lists may be used by any number of goroutines, which may read all other values.
package qmetry
