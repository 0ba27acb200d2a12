package currentstest_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/client/currents/currentstest"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/internal/fake/faketest"
	"github.com/jira-integrations/go-sdk/internal/surface"
)

// Every method of a Server that is nil, zero or closed, and of such a Site, can be called, and those of another one while
// requests come in.
func TestServerUsedWrongly(t *testing.T) {
	t.Parallel()
	made := func() *currentstest.Server { return newServer(t) }
	snapshot, err := made().Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	sites := map[string][]any{"Site": {(*currentstest.Site)(nil), &currentstest.Site{}, currentstest.NewSite()}}
	get := faketest.Get(t, "https://currents.invalid/v1/projects", "Authorization", "Bearer "+currentstest.APIKey)
	faketest.Misuse(t, made, sites, get, t.Context(), "10000", snapshot, currents.Project{ProjectID: projectID},
		currents.JiraProject{ID: "10000"}, currentstest.JiraIssue{ProjectID: "10000"})
}

// A server whose Jira is another one has no Site; what can fail says so.
func TestNoSite(t *testing.T) {
	t.Parallel()
	srv := newServer(t, currentstest.WithJira(currentstest.NewSite()))
	surface.Methods(t, ".", map[string][]any{"Site": {srv.Site()}, "Server": {srv}}, []any{t.Context()}, func(f surface.Function, _ any, err error) {
		if f.Receiver == "Site" && f.Fails && (err == nil || !strings.Contains(err.Error(), "WithJira")) {
			t.Errorf("%s: %v", f, err)
		}
	})
	if srv.Site() != nil {
		t.Error("the server has a Site")
	}
}

// A Site may be used by several goroutines by itself. The race detector watches.
func TestConcurrentSite(t *testing.T) {
	t.Parallel()
	site := currentstest.NewSite()
	srv := newServer(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			args := []any{t.Context(), "10000", currents.JiraProject{ID: "10000", Key: "WEB"}, currentstest.JiraIssue{ProjectID: "10000"}}
			surface.Methods(t, ".", map[string][]any{"Site": {site}, "Server": {srv}}, args, nil)
		})
	}
	wg.Wait()
	if n := len(site.Issues()); n != 4 {
		t.Errorf("%d issues, want 4", n)
	}
}

// Of an option that is given twice the last one counts, faults add up, and nil is the default.
func TestOddOptions(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	first, second := currentstest.NewSite(), currentstest.NewSite()
	srv := newServer(t, nil, currentstest.WithClock(nil), currentstest.WithClock(func() time.Time { return now }), currentstest.WithJira(first),
		currentstest.WithJira(second), currentstest.WithJira(nil), currentstest.WithFaults(faults.Rule{Name: "a"}), currentstest.WithFaults(faults.Rule{Name: "b"}))
	if _, err := newClient(t, srv, currentstest.APIKey).Jira.CreateIssue(t.Context(), projectID, target().For(coupon())); err != nil {
		t.Fatal(err)
	}
	if links := srv.Links(); len(links) != 1 || !links[0].At.Equal(now) || len(first.Issues()) != 0 || len(second.Issues()) != 1 {
		t.Errorf("%+v %v %v", links, first.Issues(), second.Issues())
	}
	if srv.Faults().Counts()["a"] == 0 {
		t.Error("a rule was lost")
	}
}
