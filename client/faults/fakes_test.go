package faults_test

import (
	"net/http"
	"testing"

	"github.com/jira-integrations/go-sdk/client/currents/currentstest"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
	"github.com/jira-integrations/go-sdk/client/qmetry/qmetrytest"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
	"github.com/jira-integrations/go-sdk/jira/jsmops/jsmopstest"
)

// TestFakes gives rules to each of the fakes from the start.
func TestFakes(t *testing.T) {
	t.Parallel()
	rule := faults.Rule{Status: http.StatusTeapot, Times: 1}
	type server interface {
		Transport() http.RoundTripper
		Faults() *faults.Injector
		Close()
	}
	for name, fake := range map[string]server{
		"currents": currentstest.NewServer(currentstest.WithoutListener(), currentstest.WithFaults(rule)),
		"jira":     jiratest.NewServer(jiratest.WithoutListener(), jiratest.WithFaults(rule)),
		"jsmops":   jsmopstest.NewServer(jsmopstest.WithoutListener(), jsmopstest.WithFaults(rule)),
		"oauth":    oauthtest.NewServer(oauthtest.WithoutListener(), oauthtest.WithFaults(rule)),
		"qmetry":   qmetrytest.NewServer(qmetrytest.WithoutListener(), qmetrytest.WithFaults(rule)),
	} {
		for _, want := range []bool{true, false} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://auth.invalid/somewhere", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := fake.Transport().RoundTrip(req)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			_ = resp.Body.Close()
			if (resp.StatusCode == http.StatusTeapot) != want {
				t.Errorf("%s: status %d; a fault: %v", name, resp.StatusCode, want)
			}
		}
		fake.Close()
	}
}
