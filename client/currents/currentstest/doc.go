// Package currentstest is a fake Currents for tests: a stateful server in the process of the test that answers as the
// real one does, as far as package currents describes it.
//
//	srv := currentstest.NewServer()
//	defer srv.Close()
//	if err := srv.LoadInstance(recorded); err != nil { … }
//	cc, err := currents.New(client.Bearer(currentstest.APIKey), client.WithBaseURL(srv.URL))
//
// It starts empty; fill it with recorded answers (LoadRun, LoadInstance) or with values (AddProject, AddRun,
// AddInstance). Paths, query parameters and body fields that it does not know are refused, so that a test finds what the
// real service might silently ignore. As with the real service, creating an issue twice makes two issues.
//
// Creating and linking issues needs a Jira. The server brings a minimal one, a [Site]; [WithJira] connects another, for
// example package jiratest's: examples/report-failures/fakejira.go in this module does that.
//
// Faults (delays, error answers, lost connections) are injected by [Server.Faults].
//
// A [Site], too, is safe for use by several goroutines. Values of the other types may be read by several goroutines as long as none changes them.
package currentstest
