// Package currents is an SDK for the REST API of Currents, which collects the results of test runs.
//
// It covers the way from a run to the Jira issues of its failed tests: find a run, read its failed tests, and let
// Currents create or link a Jira issue for each of them.
//
//	cc, err := currents.New(client.Bearer(os.Getenv("CURRENTS_API_KEY")))
//	for test, err := range cc.FailedTests(ctx, runID) {
//		var unread *currents.SpecError
//		if errors.As(err, &unread) {
//			log.Print(err) // this spec file could not be read; the others follow
//			continue
//		}
//		if err != nil {
//			return err
//		}
//		link, err := cc.Jira.CreateIssue(ctx, test.ProjectID, target.For(test))
//	}
//
// Currents does not notice a repeated CreateIssue and cannot list the issues of a test: who must not create an issue
// twice keeps a mark of its own in Jira, a label for example. For that reason such a call is never repeated on its own;
// when its outcome is unknown it fails with [client.ErrAmbiguous].
//
// API keys belong to the organisation and are Read Only or Read & Write; creating and linking need the latter, else the
// call fails with [client.ErrForbidden].
//
// The package currentstest is a fake Currents for tests.
//
// # Concurrent use
//
// A [Client], its services and the lists that they return may be used by any number of goroutines; each loop reads a list
// from its start. Values of the other types may be read by several goroutines as long as none changes them.
package currents
