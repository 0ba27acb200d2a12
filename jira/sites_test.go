package jira_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jarcoal/httpmock"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

const (
	acmeID  = "11111111-2222-3333-4444-555555555555"
	otherID = "99999999-8888-7777-6666-555555555555"
)

// cloud is Atlassian's cloud with two sites, and the grant of a person who may use both.
type cloud struct {
	*oauthtest.Server
	acme *jiratest.Server
	src  *oauth.Source
	with client.Option
}

func newCloud(tb testing.TB, scopes ...string) *cloud {
	tb.Helper()
	c := &cloud{Server: oauthtest.NewServer(oauthtest.WithoutListener()), acme: jiratest.NewServer(jiratest.WithoutListener())}
	tb.Cleanup(c.Close)
	tb.Cleanup(c.acme.Close)
	other := jiratest.NewServer(jiratest.WithoutListener())
	tb.Cleanup(other.Close)
	bot := client.BasicAuth(jiratest.Email, jiratest.Token)
	c.AddSite(oauthtest.Site{ID: otherID, Name: "other", URL: "https://other.atlassian.net", Handler: other, Auth: bot})
	c.AddSite(oauthtest.Site{ID: acmeID, Name: "Acme", URL: "https://acme.atlassian.net", Handler: c.acme, Auth: bot})
	if len(scopes) == 0 {
		scopes = []string{"read:jira-work", "write:jira-work", "read:jira-user", "offline_access"}
	}
	c.src = oauth.NewSource(c.Config("http://localhost/callback", scopes...), oauth.MemoryStore())
	if err := c.src.Save(tb.Context(), c.Grant(scopes...)); err != nil {
		tb.Fatal(err)
	}
	c.with = client.WithTransport(internet{c.Transport(), c.acme.Transport()})
	return c
}

// internet has the host with the contents of attachments besides.
type internet struct{ cloud, media http.RoundTripper }

func (i internet) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host == "media.invalid" {
		if req.Header.Get("Authorization") != "" {
			return nil, errors.New("the media host was given the token")
		}
		return i.media.RoundTrip(req)
	}
	return i.cloud.RoundTrip(req)
}

func TestOAuthConfig(t *testing.T) {
	t.Parallel()
	cfg := jira.OAuthConfig("id", "secret", "https://app.example/callback", "read:jira-work")
	address, err := cfg.AuthCodeURL(cfg.Begin())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"https://auth.atlassian.com/authorize?", "audience=api.atlassian.com", "prompt=consent", "scope=read%3Ajira-work+offline_access", "client_id=id",
	} {
		if !strings.Contains(address, want) {
			t.Errorf("%s lacks %s", address, want)
		}
	}
	if got := jira.OAuthConfig("id", "secret", "").Scopes; len(got) != 0 {
		t.Errorf("a service account asks for %q", got)
	}
	if got := jira.OAuthConfig("id", "secret", "", "offline_access", "a").Scopes; !slices.Equal(got, []string{"offline_access", "a"}) {
		t.Errorf("scopes %q", got)
	}
}

// What several products have in common is one site, with all that was granted there.
func TestSitesAreMerged(t *testing.T) {
	t.Parallel()
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodGet, "https://api.atlassian.com/oauth/token/accessible-resources", httpmock.NewStringResponder(200, `[
		{"id":"`+otherID+`","name":"zebra","url":"https://zebra.atlassian.net","scopes":["read:jira-work"],"avatarUrl":"https://a.example/z.png"},
		{"id":"`+acmeID+`","name":"acme","url":"https://acme.atlassian.net","scopes":["read:jira-work","write:jira-work"]},
		{"id":"`+acmeID+`","name":"acme","url":"https://acme.atlassian.net","scopes":["read:confluence-content.all","read:jira-work"]}]`))
	got, err := jira.Sites(t.Context(), client.Bearer("token"), client.WithTransport(mock))
	if err != nil {
		t.Fatal(err)
	}
	want := []jira.Site{
		{ID: acmeID, Name: "acme", URL: "https://acme.atlassian.net", Scopes: []string{"read:jira-work", "write:jira-work", "read:confluence-content.all"}},
		{ID: otherID, Name: "zebra", URL: "https://zebra.atlassian.net", Scopes: []string{"read:jira-work"}, AvatarURL: "https://a.example/z.png"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFindSite(t *testing.T) {
	t.Parallel()
	sites := `[
		{"id":"` + acmeID + `","name":"Acme","url":"https://acme.atlassian.net"},
		{"id":"` + otherID + `","name":"twin","url":"https://twin-one.atlassian.net"},
		{"id":"aaaaaaaa-8888-7777-6666-555555555555","name":"Twin","url":"https://twin-two.atlassian.net"}]`
	tests := []struct {
		name, sites, wanted string
		id                  string
		kind                error
		text                string
	}{
		{"name", sites, "Acme", acmeID, nil, ""},
		{"name in lower case", sites, "acme", acmeID, nil, ""},
		{"address", sites, "https://acme.atlassian.net", acmeID, nil, ""},
		{"address with a path", sites, "https://ACME.atlassian.net/jira/projects", acmeID, nil, ""},
		{"host with a path", sites, " acme.atlassian.net/jira", acmeID, nil, ""},
		{"name of one, label of another", `[{"id":"` + acmeID + `","name":"x","url":"https://acme.atlassian.net"},{"id":"` + otherID + `","name":"acme","url":"https://y.atlassian.net"}]`, "acme", "", client.ErrConflict, "several sites fit"},
		{"host", sites, "twin-two.atlassian.net", "aaaaaaaa-8888-7777-6666-555555555555", nil, ""},
		{"first label", sites, "twin-one", otherID, nil, ""},
		{"id", sites, otherID, otherID, nil, ""},
		{"the only one", `[{"id":"` + acmeID + `","name":"acme","url":"https://acme.atlassian.net"}]`, "", acmeID, nil, ""},
		{"one of several", sites, "", "", client.ErrConflict, "the grant reaches several sites, name one: Acme (https://acme.atlassian.net, "},
		{"two of one name", sites, "twin", "", client.ErrConflict, `several sites fit "twin", give the address or the id: twin (https://twin-one`},
		{"unknown", sites, "nowhere", "", client.ErrNotFound, `the grant reaches no site "nowhere": Acme (`},
		{"part of a name", sites, "acm", "", client.ErrNotFound, ""},
		{"another host that ends alike", sites, "https://evil-acme.atlassian.net", "", client.ErrNotFound, ""},
		{"none at all", `[]`, "acme", "", client.ErrForbidden, "log in again"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			mock := httpmock.NewMockTransport()
			mock.RegisterNoResponder(httpmock.NewStringResponder(200, tt.sites))
			site, err := jira.FindSite(t.Context(), client.Bearer("token"), tt.wanted, client.WithTransport(mock))
			if site.ID != tt.id || (err != nil) != (tt.kind != nil) {
				t.Fatalf("site %q, err = %v", site.ID, err)
			}
			if err == nil {
				return
			}
			choices, ok := errors.AsType[*jira.SiteError](err)
			if !ok || !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.text) || choices.Wanted != tt.wanted {
				t.Errorf("err = %v, %#v", err, choices)
			}
			for _, kind := range []error{client.ErrConflict, client.ErrForbidden, client.ErrNotFound} {
				if errors.Is(err, kind) != errors.Is(tt.kind, kind) {
					t.Errorf("errors.Is(err, %v) = %v", kind, !errors.Is(err, kind))
				}
			}
		})
	}
}

// Whatever names the site, an OAuth grant gets there, and people are sent to the site itself.
func TestNewWithAGrant(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	site, err := jira.FindSite(t.Context(), c.src, "acme", c.with, jira.WithGateway())
	if err != nil {
		t.Fatal(err)
	}
	clients := map[string]func() (*jira.Client, error){
		"site":     func() (*jira.Client, error) { return jira.New(site, c.src, c.with) },
		"address":  func() (*jira.Client, error) { return jira.New("https://acme.atlassian.net", c.src, c.with) },
		"address/": func() (*jira.Client, error) { return jira.New("https://acme.atlassian.net/", c.src, c.with) },
		"cloud id": func() (*jira.Client, error) { return jira.New(acmeID, c.src, c.with) },
		"gateway's URL": func() (*jira.Client, error) {
			return jira.New("https://api.atlassian.com/ex/jira/"+acmeID, c.src, c.with)
		},
	}
	for name, connect := range clients {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			jc, err := connect()
			if err != nil {
				t.Fatal(err)
			}
			issue, err := jc.Issues.Create(t.Context(), jira.IssueInput{Project: "WEB", Type: "Bug", Summary: name})
			if err != nil {
				t.Fatal(err)
			}
			want := "https://acme.atlassian.net/browse/" + issue.Key
			if strings.Contains(name, "cloud") || strings.Contains(name, "gateway") {
				want = ""
			}
			if got := jc.BrowseURL(issue.Key); got != want {
				t.Errorf("people see it at %q, want %q", got, want)
			}
			roundTripFile(t, jc, issue.Key)
		})
	}
}

// roundTripFile attaches a file and reads it back: its address is given by the site, the bytes come by the gateway.
func roundTripFile(t *testing.T, jc *jira.Client, key string) {
	t.Helper()
	text := strings.Repeat("it broke\n", 1000)
	files, err := jc.Attachments.Upload(t.Context(), key, jira.UploadReader("log.txt", strings.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if _, err := jc.Attachments.Download(t.Context(), string(files[0].ID), &got); err != nil {
		t.Fatal(err)
	}
	if got.String() != text {
		t.Errorf("%d bytes came back, want %d", got.Len(), len(text))
	}
}

// Searching, updating, tasks: what names addresses works behind the gateway.
func TestTasksBehindTheGateway(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	jc, err := jira.New("https://acme.atlassian.net", c.src, c.with)
	if err != nil {
		t.Fatal(err)
	}
	key := c.acme.AddIssue("WEB", "Bug", "one", nil)
	task, err := jc.Bulk.Delete(t.Context(), jira.BulkDelete{Issues: []string{key}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := task.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c.acme.Issue(key) != nil {
		t.Error("the issue is still there")
	}
}

func TestScopedTokensGoThroughTheGateway(t *testing.T) {
	t.Parallel()
	mock := httpmock.NewMockTransport()
	var seen []string
	mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
		email, _, signed := req.BasicAuth()
		seen = append(seen, req.URL.String()+" "+email)
		if !signed {
			return httpmock.NewStringResponse(200, `{"cloudId":"`+acmeID+`"}`), nil
		}
		return httpmock.NewStringResponse(200, `{"accountId":"1"}`), nil
	})
	jc, err := jira.New("https://acme.atlassian.net", client.BasicAuth("bot@serviceaccount.atlassian.com", "scoped"), jira.WithGateway(), client.WithTransport(mock))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jc.Users.Myself(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"https://acme.atlassian.net/_edge/tenant_info ",
		"https://api.atlassian.com/ex/jira/" + acmeID + "/rest/api/3/myself bot@serviceaccount.atlassian.com",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
	if got := jc.BrowseURL("WEB-1"); got != "https://acme.atlassian.net/browse/WEB-1" {
		t.Error(got)
	}
}

func TestServiceAccount(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	cfg := c.Config("", jira.OAuthConfig("", "", "", "read:jira-user").Scopes...) // with offline_access, which has no meaning here
	jc, err := jira.New(acmeID, oauth.NewClientCredentials(cfg, oauth.MemoryStore()), c.with, jira.WithGateway())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := jc.Users.Myself(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := c.Stats().Credentials; n != 1 {
		t.Errorf("%d tokens were asked for, want 1", n)
	}
}

// A rejected token is renewed once; a missing scope is none of its business.
func TestRejectedGrant(t *testing.T) {
	t.Parallel()
	t.Run("expired", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		jc, err := jira.New(acmeID, c.src, c.with)
		if err != nil {
			t.Fatal(err)
		}
		c.ExpireAccess()
		if _, err := jc.Issues.Create(t.Context(), jira.IssueInput{Project: "WEB", Type: "Bug", Summary: "x"}); err != nil {
			t.Fatal(err)
		}
		if n := c.Stats().Refreshes; n != 1 {
			t.Errorf("%d refreshes, want 1", n)
		}
	})
	t.Run("scope", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t, "read:jira-work", "offline_access")
		jc, err := jira.New(acmeID, c.src, c.with)
		if err != nil {
			t.Fatal(err)
		}
		_, err = jc.Issues.Create(t.Context(), jira.IssueInput{Project: "WEB", Type: "Bug", Summary: "x"})
		if n := c.Stats().Refreshes; !errors.Is(err, client.ErrScope) || errors.Is(err, client.ErrUnauthorized) || n != 0 {
			t.Errorf("err = %v after %d refreshes", err, n)
		}
	})
	t.Run("revoked", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		c.Revoke()
		c.ExpireAccess()
		_, err := jira.Sites(t.Context(), c.src, c.with)
		if !errors.Is(err, oauth.ErrReauthorize) || !errors.Is(err, client.ErrUnauthorized) || !strings.Contains(err.Error(), "log in again") {
			t.Errorf("err = %v", err)
		}
	})
}

func TestSitesThatCannotBe(t *testing.T) {
	t.Parallel()
	auth := client.Bearer("token")
	if _, err := jira.New(jira.Site{Name: "acme", URL: "https://acme.atlassian.net"}, auth); err == nil || !strings.Contains(err.Error(), "FindSite") {
		t.Errorf("a site without an id: err = %v", err)
	}
	if _, err := jira.New(jira.Site{ID: "../../admin"}, auth); err == nil {
		t.Error("a path was taken for a cloud id")
	}
	for _, site := range []string{"", "acme", "acme.atlassian.net", "ftp://acme.atlassian.net", "http://acme.atlassian.net"} {
		for name, auth := range map[string]client.Auth{"token": auth, "grant": oauth.NewSource(jira.OAuthConfig("id", "s", "r"), oauth.MemoryStore())} {
			if _, err := jira.New(site, auth); err == nil || !strings.Contains(err.Error(), "https") {
				t.Errorf("%q by %s: err = %v", site, name, err)
			}
		}
	}
	if _, err := jira.New(acmeID, nil); err == nil {
		t.Error("no Auth was taken")
	}
	if _, err := client.CloudID(context.Background(), "acme"); err == nil {
		t.Error("a name was taken for an address")
	}
}
