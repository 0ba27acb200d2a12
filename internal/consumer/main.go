// Command consumer uses the SDK as a stranger would: from another module, whose path keeps the compiler from letting it
// see anything internal. It brings its own credential source, transport, hook and Jira, so it stops compiling when a
// piece of the public API can no longer be put together, or replaced, from outside. It runs on the fakes.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync/atomic"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/client/currents/currentstest"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "consumer:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	site := jiratest.NewServer()
	defer site.Close()
	vault, attempts := &vault{}, new(atomic.Int64)
	jc, err := jira.New(site.URL, vault,
		client.WithTransport(counting{http.DefaultTransport, attempts}),
		client.WithHook(func(e client.Event) { vault.seen(e.Status) }))
	if err != nil {
		return err
	}
	if err := useJira(ctx, jc, site); err != nil {
		return fmt.Errorf("jira: %w", err)
	}
	if vault.refreshed.Load() != 1 || vault.rejected.Load() != 1 || attempts.Load() != int64(len(site.Requests())) {
		return fmt.Errorf("a credential source, a hook or a transport was left out: %d refreshed, %d rejected, %d of %d requests",
			vault.refreshed.Load(), vault.rejected.Load(), attempts.Load(), len(site.Requests()))
	}
	if err := useCurrents(ctx, jc, site); err != nil {
		return fmt.Errorf("currents: %w", err)
	}
	requests := len(site.Requests())
	if err := useOAuth(ctx, site); err != nil {
		return fmt.Errorf("oauth: %w", err)
	}
	fmt.Fprintf(out, "consumer: ok, %d requests to Jira\n", requests)
	return nil
}

// vault is a credential source of the user's own: its first token has expired.
type vault struct{ refreshed, rejected atomic.Int64 }

var _ client.Auth = (*vault)(nil)

func (v *vault) Sign(req *http.Request) error {
	token := "expired"
	if v.refreshed.Load() > 0 {
		token = jiratest.Token
	}
	req.SetBasicAuth(jiratest.Email, token)
	return nil
}

func (v *vault) Refresh(context.Context, *http.Request) (bool, error) {
	v.refreshed.Add(1)
	return true, nil
}

func (v *vault) seen(status int) {
	if status == http.StatusUnauthorized {
		v.rejected.Add(1)
	}
}

// counting is a transport of the user's own.
type counting struct {
	next  http.RoundTripper
	count *atomic.Int64
}

func (c counting) RoundTrip(req *http.Request) (*http.Response, error) {
	c.count.Add(1)
	return c.next.RoundTrip(req)
}

// useJira makes an issue and reads it back in each of the ways that users mix: typed, by search, by a custom field, by
// an endpoint that the SDK does not describe; and tells a missing issue from other failures.
func useJira(ctx context.Context, jc *jira.Client, site *jiratest.Server) error {
	site.AddField(jiratest.Field{Name: "Effort", Type: jiratest.NumberField, Required: true, Contexts: []jiratest.Context{{IssueTypes: []string{"Task"}}}})
	points, err := jira.FieldByName(ctx, jc, "Effort", jira.NumberField)
	if err != nil {
		return err
	}
	input := jira.IssueInput{
		Project: "WEB", Type: "Task", Summary: "Cart total is wrong", Description: adf.Text("Remove a coupon."), Labels: []string{"cart"},
	}
	task, err := jc.Issues.Requirements(ctx, input.Project, input.Type)
	if err != nil {
		return err
	}
	if err := task.Validate(input); !errors.Is(err, client.ErrInvalid) {
		return fmt.Errorf("without effort: %w", err)
	}
	input.Custom = jira.Custom(points.Value(3))
	created, err := jc.Issues.Create(ctx, input)
	if err != nil {
		return err
	}
	found := 0
	for issue, err := range jc.Issues.Search(ctx, `project = WEB AND labels = cart`, &jira.SearchOptions{Fields: []string{"*all"}}) {
		if err != nil {
			return err
		}
		effort, _, err := points.Get(issue)
		if err != nil {
			return err
		}
		if issue.Key != created.Key || issue.Fields.Summary != "Cart total is wrong" || effort != 3 {
			return fmt.Errorf("found %s %q with effort %v", issue.Key, issue.Fields.Summary, effort)
		}
		found++
	}
	if found != 1 {
		return fmt.Errorf("the search found %d issues", found)
	}
	if err := jc.Issues.Update(ctx, created.Key, jira.IssueUpdate{Summary: new("Cart total"), Labels: jira.ListUpdate{Add: []string{"seen"}}}); err != nil {
		return err
	}
	files, err := jc.Attachments.Upload(ctx, created.Key, jira.UploadReader("log.txt", bytes.NewBufferString("coupon removed")))
	if err != nil || len(files) != 1 {
		return fmt.Errorf("the upload made %d attachments: %w", len(files), err)
	}

	var bare struct{ Key string }
	r := client.NewRequest("Bare.Get", http.MethodGet, "/rest/api/3/issue/{issue}", created.Key).Query("fields", []string{"summary"})
	if err := jc.Do(ctx, r, &bare); err != nil || bare.Key != created.Key {
		return fmt.Errorf("an own request got %q: %w", bare.Key, err)
	}

	_, err = jc.Issues.Get(ctx, "WEB-999999", nil)
	if apiErr, ok := errors.AsType[*client.Error](err); !ok || !errors.Is(err, client.ErrNotFound) || apiErr.Status != http.StatusNotFound {
		return fmt.Errorf("a missing issue gave: %w", err)
	}
	return nil
}

// useCurrents creates a Jira issue for a failed test through the fake Currents, which is busy at first.
func useCurrents(ctx context.Context, jc *jira.Client, site *jiratest.Server) error {
	srv := currentstest.NewServer(currentstest.WithJira(&bridge{Site: currentstest.NewSite(), jira: jc}))
	defer srv.Close()
	srv.Faults().Add(faults.Rule{Times: 1, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"0"}}})
	if err := srv.LoadInstance([]byte(recorded)); err != nil {
		return err
	}
	cc, err := currents.New(client.Bearer(currentstest.APIKey), client.WithBaseURL(srv.URL))
	if err != nil {
		return err
	}
	reported := 0
	target := currents.Target{InstallationID: currentstest.InstallationID, ProjectID: "10000", IssueType: "10004"}
	for test, err := range cc.FailedTests(ctx, "5d0c2f6e9a714b38") {
		if err != nil {
			return err
		}
		link, err := cc.Jira.CreateIssue(ctx, test.ProjectID, target.For(test))
		if err != nil {
			return err
		}
		if site.Issue(link.JiraIssueKey) == nil {
			return fmt.Errorf("there is no issue %q", link.JiraIssueKey)
		}
		reported++
	}
	if reported != 1 || len(srv.Links()) != 1 {
		return fmt.Errorf("reported %d failed tests, linked %d", reported, len(srv.Links()))
	}
	return nil
}

// bridge is a user's own currentstest.Jira: the built-in one, but its issues are made in the fake Jira.
type bridge struct {
	*currentstest.Site
	jira *jira.Client
}

func (b *bridge) CreateIssue(ctx context.Context, in currentstest.JiraIssue) (key, url string, err error) {
	created, err := b.jira.Issues.Create(ctx, jira.IssueInput{
		Project: "WEB", Type: "Bug", Summary: in.Title, Description: adf.Text(in.Description),
	})
	if err != nil {
		return "", "", err
	}
	return created.Key, b.jira.BrowseURL(created.Key), nil
}

// recorded is an instance with one failed test.
const recorded = `{
  "instanceId": "a1f4c0de00000001", "runId": "5d0c2f6e9a714b38", "projectId": "Shop01", "spec": "cart.spec.ts",
  "results": {
    "stats": {"overall": 1, "tests": 1, "failures": 1},
    "tests": [{
      "testId": "t1", "title": ["cart", "coupons can be removed"], "state": "failed",
      "attempts": [{"state": "failed", "error": {"message": "expected 10, got 12"}}]
    }]
  }
}`
