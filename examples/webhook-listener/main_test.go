package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func call(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, func(name string) string { return env[name] }, &out, &errs)
	return code, out.String(), errs.String()
}

func TestOnFake(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := call(t, nil)
	lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
	if code != program.ExitOK || len(lines) != enough || !strings.Contains(stderr, "working on a fake Jira") {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	for i, want := range []string{
		`jira:issue_created +WEB-1 .* Cart total is wrong \(1\)`, `comment_created +WEB-1 .* It fails again\.`,
		`jira:issue_updated +WEB-1 .* labels: - -> flaky`, `jira:issue_deleted +WEB-1 `, `jira:issue_created +WEB-2 `,
	} {
		if !regexp.MustCompile(`^\d\d:\d\d:\d\d +` + want).MatchString(lines[i]) {
			t.Errorf("line %d is %s, want %s", i, lines[i], want)
		}
	}

	code, stdout, _ = call(t, nil, "-json", "-jql", "project = WEB AND issuetype = Bug")
	dec := json.NewDecoder(strings.NewReader(stdout))
	var last line
	n := 0
	for ; dec.More(); n++ {
		last = line{}
		if err := dec.Decode(&last); err != nil {
			t.Fatal(err)
		}
	}
	if code != program.ExitOK || n != enough || last.Event != "comment_created" || last.Issue != "WEB-3" || last.ID == "" || time.Since(last.Time) > time.Hour {
		t.Errorf("exit %d after %d objects, the last %+v", code, n, last)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	account := map[string]string{"JIRA_BASE_URL": "https://acme.example", "JIRA_EMAIL": "a@acme.example", "JIRA_API_TOKEN": "t"}
	site := jiratest.NewServer(jiratest.WithoutListener())
	t.Cleanup(site.Close)
	_, loggedIn := login(t, site)
	app := map[string]string{"JIRA_BASE_URL": "https://acme.example", "JIRA_OAUTH_CLIENT_ID": "i", "JIRA_OAUTH_CLIENT_SECRET": "s"}
	for name, test := range map[string]struct {
		env  map[string]string
		args []string
		code int
		want string
	}{
		"help":             {nil, []string{"-help"}, program.ExitOK, "manage:jira-webhook"},
		"unknown flag":     {nil, []string{"-nonsense"}, program.ExitUsage, "nonsense"},
		"argument":         {nil, []string{"x"}, program.ExitUsage, `unexpected argument "x"`},
		"account":          {account, nil, program.ExitUsage, "Jira lets only apps register webhooks"},
		"some credentials": {map[string]string{"JIRA_OAUTH_CLIENT_ID": "i"}, nil, program.ExitUsage, "JIRA_BASE_URL, JIRA_OAUTH_CLIENT_SECRET"},
		"no public URL":    {app, nil, program.ExitUsage, "-public-url"},
		"public by http":   {app, []string{"-public-url", "http://hooks.acme.example/jira"}, program.ExitUsage, "https"},
		"no login":         {app, []string{"-public-url", "https://hooks.acme.example", "-token", filepath.Join(t.TempDir(), "none")}, program.ExitUsage, "run oauth-login"},
		"bad key":          {map[string]string{"JIRA_BASE_URL": "https://acme.example", "JIRA_OAUTH_CLIENT_ID": "i", "JIRA_OAUTH_CLIENT_SECRET": "s", "OAUTH_TOKEN_KEY": "x"}, []string{"-public-url", "https://hooks.acme.example"}, program.ExitUsage, "64 hexadecimal digits"},
		"taken address":    {app, []string{"-token", loggedIn, "-public-url", "https://hooks.acme.example", "-listen", "nonsense"}, program.ExitUsage, "-listen"},
		"bad JQL":          {nil, []string{"-jql", "votes = 1"}, program.ExitFailed, "The clause votes is unsupported"},
		"nothing matches":  {nil, []string{"-jql", "project = OPS"}, program.ExitFailed, "nothing that happens on the fake matches"},
		"bad address":      {map[string]string{"JIRA_WEBHOOK_SECRET": "s"}, []string{"-listen", "nonsense"}, program.ExitUsage, "-listen"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := call(t, test.env, test.args...)
			if code != test.code || !strings.Contains(stderr, test.want) || stdout != "" {
				t.Errorf("exit %d, want %d with %q in:\n%s%s", code, test.code, test.want, stdout, stderr)
			}
		})
	}
}

// login is the environment of an OAuth 2.0 app on the site, and the file with a person's login.
func login(t *testing.T, site *jiratest.Server) (env map[string]string, token string) {
	t.Helper()
	const id = "11111111-2222-3333-4444-555555555555"
	cloud := oauthtest.NewServer()
	t.Cleanup(cloud.Close)
	cloud.AddSite(oauthtest.Site{ID: id, Name: "acme", URL: "https://acme.example", Handler: site, Auth: client.Bearer(jiratest.AppToken)})
	token = filepath.Join(t.TempDir(), "token.json")
	grant := cloud.Grant("read:jira-work", "manage:jira-webhook", "offline_access")
	if err := oauth.NewSource(oauth.Config{}, oauth.FileStore(token)).Save(t.Context(), grant); err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"JIRA_BASE_URL":        cloud.URL + "/ex/jira/" + id,
		"JIRA_OAUTH_CLIENT_ID": jiratest.AppID, "JIRA_OAUTH_CLIENT_SECRET": jiratest.AppSecret,
	}, token
}

// detour sends what is meant for the public URL to where the program listens.
type detour struct {
	http.Transport

	mu sync.Mutex
	to string
}

func (d *detour) RoundTrip(req *http.Request) (*http.Response, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	req = req.Clone(req.Context())
	req.URL.Scheme, req.URL.Host = "http", d.to
	return d.Transport.RoundTrip(req)
}

// listen takes from what the program says where it listens.
func (d *detour) listen(t *testing.T, said string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := fmt.Sscanf(said, "Listening on %s", &d.to); err != nil {
		t.Fatalf("%q: %v", said, err)
	}
	d.to = strings.TrimSuffix(d.to, ";")
}

// lines reads the lines of a stream as they come.
func lines(r io.Reader) func() string {
	s := bufio.NewScanner(r)
	return func() string {
		s.Scan()
		return s.Text()
	}
}

// full is an output without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// What cannot be printed is not counted, and the program fails.
func TestOutputFails(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	code := run(t.Context(), nil, func(string) string { return "" }, full{}, &stderr)
	if code != program.ExitFailed || !strings.Contains(stderr.String(), "0 events were printed") {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
}

// It does not listen on when nothing can be printed any more.
func TestOutputFailsOnRealSite(t *testing.T) {
	t.Parallel()
	way := &detour{}
	defer way.CloseIdleConnections()
	site := jiratest.NewServer(jiratest.WithWebhookTransport(way))
	defer site.Close()
	env, token := login(t, site)
	stderr, toStderr := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(t.Context(), []string{"-token", token, "-listen", "127.0.0.1:0", "-public-url", "https://hooks.acme.example/my%20{jira}"},
			func(name string) string { return env[name] }, full{}, toStderr)
		_ = toStderr.Close()
	}()
	say := lines(stderr)
	way.listen(t, say())
	elsewhere, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://hooks.acme.example/my", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := way.RoundTrip(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	if _ = resp.Body.Close(); resp.StatusCode != http.StatusNotFound {
		t.Errorf("another path is answered with %d", resp.StatusCode)
	}
	site.AddIssue("WEB", "Bug", "Cart total", nil)
	rest := say()
	for l := say(); l != ""; l = say() {
		rest += "\n" + l
	}
	if code := <-ended; code != program.ExitFailed || !strings.Contains(rest, "0 events were printed") || strings.Contains(rest, "still registered") {
		t.Errorf("exit %d: %s", code, rest)
	}
}

// On a real site it listens until it is interrupted, and takes its webhooks away.
func TestOnRealSite(t *testing.T) {
	t.Parallel()
	for name, secret := range map[string]string{"app": "", "administrator": "s3cret"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			way := &detour{}
			defer way.CloseIdleConnections()
			site := jiratest.NewServer(jiratest.WithWebhookTransport(way))
			defer site.Close()
			env, token := login(t, site)
			if secret != "" {
				env = map[string]string{"JIRA_WEBHOOK_SECRET": secret}
				site.AddWebhook("https://hooks.acme.example/jira", secret, "", jira.EventIssueCreated)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			stdout, toStdout := io.Pipe()
			stderr, toStderr := io.Pipe()
			ended := make(chan int, 1)
			go func() {
				ended <- run(ctx, []string{"-token", token, "-listen", "127.0.0.1:0", "-public-url", "https://hooks.acme.example/jira"},
					func(name string) string { return env[name] }, toStdout, toStderr)
			}()
			out, say := lines(stdout), lines(stderr)
			way.listen(t, say())
			site.AddIssue("WEB", "Bug", "Cart \x1b[31mtotal", nil)
			if got := out(); !strings.Contains(got, "jira:issue_created") || !strings.Contains(got, "WEB-1") || strings.Contains(got, "\x1b") {
				t.Errorf("printed %q", got)
			}
			site.WaitForWebhooks()
			forged, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://hooks.acme.example/jira", strings.NewReader(`{"webhookEvent":"x"}`))
			if err != nil {
				t.Fatal(err)
			}
			refused := make(chan int, 1)
			go func() {
				resp, err := way.RoundTrip(forged)
				if err != nil {
					refused <- 0
					return
				}
				_ = resp.Body.Close()
				refused <- resp.StatusCode
			}()
			if got := say(); !strings.Contains(got, "not authenticated") || <-refused != http.StatusUnauthorized {
				t.Errorf("said %q", got)
			}
			cancel()
			if got := say(); !strings.Contains(got, "interrupted; it no longer listens") {
				t.Errorf("said %q", got)
			}
			if code := <-ended; code != program.ExitInterrupted {
				t.Errorf("exit %d", code)
			}
			sent := len(site.Deliveries())
			site.AddIssue("WEB", "Bug", "Afterwards", nil)
			site.WaitForWebhooks()
			if after := len(site.Deliveries()); secret == "" && after != sent {
				t.Error("a webhook is left behind")
			}
		})
	}
}
