package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// filed files a failing test on a site of which the clock may be moved, and prints what became of it.
func filed(t *testing.T, site *jiratest.Server) (r *row, stderr string) {
	t.Helper()
	jc, err := jira.New(program.FakeURL, client.BasicAuth(jiratest.Email, jiratest.Token), client.WithTransport(site.Transport()))
	if err != nil {
		t.Fatal(err)
	}
	all, _ := found(t, recorded(t, "fuzz"))
	rows, err := file(t.Context(), jc, &settings{project: "WEB", issueType: "Bug"}, all.failures(false), program.NewProgress(io.Discard))
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	var out, errs bytes.Buffer
	(&printer{&out, &errs, true}).print(rows)
	return rows[0], errs.String()
}

// When nobody knows whether there is an issue, that is a failure, and the next run finds out.
func TestAmbiguous(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		site := jiratest.NewServer(jiratest.WithoutListener())
		site.Faults().Add(faults.Rule{Method: "POST", Path: issuePath, Times: 1, Cut: faults.CutBefore})
		r, _ := filed(t, site)
		if r.Result != failed || r.Issue != "" || !strings.Contains(r.Error, "an issue may or may not have been created") || !strings.Contains(r.Error, "look for the label once-") {
			t.Errorf("row %+v", r)
		}
		if r, _ := filed(t, site); r.Result != created || len(site.Issues()) != 1 {
			t.Errorf("%d issues, row %+v", len(site.Issues()), r)
		}
	})
}

// A search that lags behind is worth a remark, not a failure.
func TestUnsettled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		site := jiratest.NewServer(jiratest.WithoutListener(), jiratest.WithSearchDelay(time.Hour))
		r, stderr := filed(t, site)
		if r.Result != created || !strings.Contains(stderr, "example.com/shop/fuzz: FuzzParse: WEB-1 is not found by search yet") {
			t.Errorf("row %+v\n%s", r, stderr)
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
	mark, err := json.Marshal(map[string]string{"key": f.key("WEB"), "attempt": "of another process"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := jc.Issues.Create(t.Context(), jira.IssueInput{
			Project: "WEB", Type: "Bug", Summary: f.summary(), Labels: []string{jira.OnceLabel(f.key("WEB"))},
			Properties: []jira.EntityProperty{{Key: jira.OnceProperty, Value: mark}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	code, stdout, stderr := call(t, env, recorded(t, "fuzz"), "-json", "-project", "WEB")
	if diff := cmp.Diff([]string{"fuzz FuzzParse updated"}, results(t, stdout)); code != program.ExitOK || diff != "" {
		t.Errorf("exit %d, results (-want +got):\n%s", code, diff)
	}
	if !strings.Contains(stderr, "WEB-2 is the same failure as WEB-1, filed by another process at the same time; it is closed") {
		t.Errorf("stderr is %q", stderr)
	}
}
