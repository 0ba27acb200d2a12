package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/examples/internal/programtest"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// filed files a failing test on a site of which the clock may be moved, and returns what became of it.
func filed(t *testing.T, site *jiratest.Server) *row {
	t.Helper()
	jc, err := jira.New(program.FakeURL, client.BasicAuth(jiratest.Email, jiratest.Token), client.WithTransport(site.Transport()))
	if err != nil {
		t.Fatal(err)
	}
	set := &settings{project: "WEB", issueType: "Bug"}
	at, err := findPlace(t.Context(), jc, set)
	if err != nil {
		t.Fatal(err)
	}
	all, _ := found(t, recorded(t, "fuzz"))
	var rows []*row
	file(t.Context(), jc, at, set, all.failures(false), program.NewProgress(io.Discard), func(r *row) { rows = append(rows, r) })
	if len(rows) != 1 {
		t.Fatal(rows)
	}
	return rows[0]
}

// When nobody knows whether there is an issue, that is a failure, and the next run finds out.
func TestAmbiguous(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		site := jiratest.NewServer(jiratest.WithoutListener())
		site.Faults().Add(faults.Rule{Method: "POST", Path: issuePath, Times: 1, Cut: faults.CutBefore})
		r := filed(t, site)
		if r.Result != failed || r.Issue != "" || !strings.Contains(r.Error, "an issue may or may not have been created") || !strings.Contains(r.Error, "look for the label once-") {
			t.Errorf("row %+v", r)
		}
		if r := filed(t, site); r.Result != created || len(site.Issues()) != 1 {
			t.Errorf("%d issues, row %+v", len(site.Issues()), r)
		}
	})
}

// A search that lags behind is worth a remark, not a failure.
func TestUnsettled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		site := jiratest.NewServer(jiratest.WithoutListener(), jiratest.WithSearchDelay(time.Hour))
		r := filed(t, site)
		if r.Result != created || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "WEB-1 is not found by search yet") {
			t.Errorf("row %+v", r)
		}
	})
}

// What another process has filed at the same time is reported.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	site, env := startSite(t)
	jc, err := jira.New(site.URL, client.BasicAuth(jiratest.Email, jiratest.Token))
	if err != nil {
		t.Fatal(err)
	}
	f := failure{pkg: "example.com/shop/fuzz", test: "FuzzParse"}
	mark, err := json.Marshal(map[string]string{"key": f.key("10000"), "attempt": "of another process"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := jc.Issues.Create(t.Context(), jira.IssueInput{
			Project: "WEB", Type: "Bug", Summary: f.summary(), Labels: []string{jira.OnceLabel(f.key("10000"))},
			Properties: []jira.EntityProperty{{Key: jira.OnceProperty, Value: mark}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	code, stdout, stderr := call(t, env, recorded(t, "fuzz"), "-json", "-project", "WEB")
	if diff := cmp.Diff([]string{"fuzz FuzzParse updated"}, results(t, stdout)); code != program.ExitOK || diff != "" {
		t.Errorf("exit %d, results (-want +got):\n%s%s", code, diff, stderr)
	}
	want := []string{"WEB-2 is the same failure as WEB-1, filed by another process at the same time; it is closed"}
	if diff := cmp.Diff(want, programtest.Rows[row](t, stdout)[0].Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

// A row is handed out while later ones are still waiting, and never before an earlier one.
func TestRowsInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		site := jiratest.NewServer(jiratest.WithoutListener(), jiratest.WithSearchDelay(10*time.Second))
		jc, err := jira.New(program.FakeURL, client.BasicAuth(jiratest.Email, jiratest.Token), client.WithTransport(site.Transport()))
		if err != nil {
			t.Fatal(err)
		}
		set := &settings{project: "WEB", issueType: "Bug"}
		at, err := findPlace(t.Context(), jc, set)
		if err != nil {
			t.Fatal(err)
		}
		const total = 2*atOnce + 1
		all := make([]*failure, total)
		for i := range all {
			all[i] = &failure{pkg: "p", test: fmt.Sprintf("Test%d", i)}
		}
		began := time.Now()
		var after []time.Duration
		file(t.Context(), jc, at, set, all, program.NewProgress(io.Discard), func(r *row) {
			if r.Test != all[len(after)].test {
				t.Errorf("%s comes when %d are there", r.Test, len(after))
			}
			after = append(after, time.Since(began))
		})
		if whole := time.Since(began); len(after) != total || after[0] > whole*2/3 || whole > 3*30*time.Second { // three rounds of what a search may take
			t.Errorf("%d rows, the first after %v of %v", len(after), after[0], whole)
		}
	})
}
