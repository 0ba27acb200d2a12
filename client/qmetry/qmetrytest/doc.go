// Package qmetrytest is a fake QMetry for tests: a stateful server in the process of the test that answers as the vendor's
// tables say, as far as package qmetry describes them.
//
//	srv := qmetrytest.NewServer()
//	defer srv.Close()
//	id := srv.SetInstance(qmetry.Instance{InstanceType: "Jira", InstanceURL: "https://acme.atlassian.net", …})
//	qc, err := qmetry.New(qmetry.APIKey(qmetrytest.APIKey), qmetrytest.Context(), client.WithBaseURL(srv.URL))
//
// It starts with one project and no instances. Paths, query parameters and body fields that it does not know are refused, and
// so are requests without one of the headers that the vendor wants, so that a test finds what the real service might silently
// ignore. What the vendor does not document the fake had to choose: a listed integration looks like an instance, a page is
// wrapped as {"statusCode":"OK","body":{"data":[…],"total":…}}, an error is {"code":…,"message":…}, and any screen and any
// action will do.
//
// Faults (delays, error answers, lost connections) are injected by [Server.Faults].
//
// Values of the other types may be read by several goroutines as long as none changes them.
package qmetrytest
