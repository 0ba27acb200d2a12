package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/examples/internal/programtest"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

func TestMain(m *testing.M) { programtest.Main(m, main) }

const (
	acmeID = "0a1b2c3d-0000-4000-8000-000000000001"
	labsID = "0a1b2c3d-0000-4000-8000-000000000002"
)

// server plays Atlassian. Unlike the program's own fake it remembers from one run to the next.
type server struct {
	*oauthtest.Server
	t      *testing.T
	token  string // the file
	env    map[string]string
	change func(*oauth.Config)

	mu     sync.Mutex
	asked  int
	person func(address string) // what a person does at the browser
	work   sync.WaitGroup
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{
		Server: oauthtest.NewServer(), t: t, token: filepath.Join(t.TempDir(), "some", "token.json"),
		env: map[string]string{"JIRA_OAUTH_CLIENT_ID": oauthtest.ClientID, "JIRA_OAUTH_CLIENT_SECRET": oauthtest.ClientSecret},
	}
	t.Cleanup(s.Close)
	s.person = s.allows
	return s
}

// withSites adds two sites.
func (s *server) withSites() *server {
	site := jiratest.NewServer(jiratest.WithoutListener())
	for i := range most + 3 {
		site.AddIssue("WEB", "Bug", fmt.Sprintf("Fails \x1b[31m%d", i+1), nil)
	}
	s.addSite(labsID, "labs", site)
	s.addSite(acmeID, "acme", site)
	return s
}

func (s *server) addSite(id, name string, site http.Handler) {
	s.AddSite(oauthtest.Site{
		ID: id, Name: name, URL: "https://" + name + ".example", Handler: site, Auth: client.BasicAuth(jiratest.Email, jiratest.Token),
	})
}

// allows consents, and follows to the program.
func (s *server) allows(address string) {
	back, err := s.Allow(address)
	if err == nil {
		err = visit(s.t.Context(), back.String())
	}
	if err != nil {
		s.t.Error(err)
	}
}

// outside is the program's world with this server in it.
func (s *server) outside(stdout, stderr io.Writer) outside {
	return outside{
		env: func(name string) string { return s.env[name] }, stdout: stdout, stderr: stderr,
		open: func(address string) error {
			s.mu.Lock()
			s.asked++
			person := s.person
			s.mu.Unlock()
			if person == nil {
				return errors.New("there is none")
			}
			s.work.Go(func() { person(address) })
			return nil
		},
		atlassian: func(_, _ string, scopes []string) *cloud {
			return &cloud{
				config: func(redirect string) oauth.Config {
					cfg := s.Config(redirect, append(scopes, "offline_access")...)
					if s.change != nil {
						s.change(&cfg)
					}
					return cfg
				},
				options: []client.Option{client.WithTransport(s.Transport())},
			}
		},
	}
}

// call runs the program and returns how often it has asked the person so far.
func (s *server) call(args ...string) (code int, stdout, stderr string, asked int) {
	s.t.Helper()
	return s.callWith(s.t.Context(), args...)
}

func (s *server) callWith(ctx context.Context, args ...string) (code int, stdout, stderr string, asked int) {
	s.t.Helper()
	var out, errs bytes.Buffer
	code = run(ctx, append([]string{"-token", s.token}, args...), s.outside(&out, &errs))
	s.work.Wait()
	return code, out.String(), errs.String(), s.asked
}

// What is stored is used, renewed when it must be, and replaced by a new login when that is not possible.
func TestRunsAfterEachOther(t *testing.T) {
	t.Parallel()
	s := newServer(t).withSites()
	for i, step := range []struct {
		before           func()
		asked, refreshes int
		say              string
		args             []string
	}{
		{func() {}, 1, 0, "Logged in. The token is kept in " + s.token, nil},
		{func() {}, 1, 0, "", nil},
		{s.ExpireAccess, 1, 1, "", nil},
		{func() {}, 1, 1, "", nil},
		{func() { s.Revoke(); s.ExpireAccess() }, 2, 1, "The stored login is no longer good: ", nil},
		{func() {}, 2, 1, "", nil},
		{func() {}, 3, 1, "The stored login does not allow write:jira-work.", []string{"-scopes", "read:jira-work write:jira-work"}},
		{func() {}, 3, 1, "", []string{"-scopes", "write:jira-work"}},
	} {
		step.before()
		code, stdout, stderr, asked := s.call(step.args...)
		if code != program.ExitOK || !strings.Contains(stdout, "WEB-13  To Do") || !strings.Contains(stderr, step.say) {
			t.Fatalf("step %d: exit %d\n%s%s", i+1, code, stdout, stderr)
		}
		if got := s.Stats(); asked != step.asked || got.Exchanges != step.asked || got.Refreshes != step.refreshes {
			t.Fatalf("step %d: asked %d times, %+v", i+1, asked, got)
		}
	}
	info, err := os.Stat(s.token)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the token file: %v, %v", info, err)
	}
}

// anyRow has the properties of both kinds of rows.
type anyRow struct {
	Type, ID, Name, URL        string
	Scopes                     []string
	Site, Key, Status, Summary string
}

func TestOnFake(t *testing.T) {
	t.Parallel()
	token := filepath.Join(t.TempDir(), "token.json")
	kept := oauth.NewToken("of the real one", "as well", expiry).Encode()
	if err := os.WriteFile(token, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	call := func(args ...string) (int, string, string) {
		var stdout, stderr bytes.Buffer
		o := outside{func(string) string { return "" }, &stdout, &stderr, func(string) error { return errors.New("not needed") }, nil}
		return run(t.Context(), append(args, "-token", token), o), stdout.String(), stderr.String()
	}
	code, stdout, stderr := call("-answer", "deny")
	if code != program.ExitFailed || stdout != "" || !strings.Contains(stderr, "consent was denied") || strings.Contains(stderr, "No browser") {
		t.Errorf("deny: exit %d\n%s%s", code, stdout, stderr)
	}
	if _, err := os.Stat(token + ".fake"); err == nil {
		t.Error("a token is there though access was denied")
	}
	code, stdout, stderr = call("-answer", "allow")
	want := "SITE       URL                        CLOUD ID\n" +
		"acme       https://acme.example       1f0c6a52-6f0d-4f7e-9a43-0c6b5a0a7d11\n" +
		"acme-labs  https://acme-labs.example  8d7a3a0e-52f4-4b3c-8f0e-5b1f3f0f2c22\n" +
		"\nISSUE  STATUS  SUMMARY\n" +
		"WEB-3  To Do   Login page forgets the language\n"
	if code != program.ExitOK || !strings.HasPrefix(stdout, want) || !strings.Contains(stderr, "working on a fake authorization server") {
		t.Errorf("allow: exit %d\n%s%s", code, stdout, stderr)
	}
	code, stdout, stderr = call("-answer", "allow", "-json", "-site", "acme-labs")
	rows := programtest.Rows[anyRow](t, stdout)
	if code != program.ExitOK || len(rows) != 3 || !strings.Contains(stderr, "whose fake is gone") {
		t.Fatalf("again: exit %d\n%s%s", code, stdout, stderr)
	}
	if s, i := rows[1], rows[2]; s.Type != "site" || s.Name != "acme-labs" || s.Scopes[0] != "read:jira-work" ||
		i.Type != "issue" || i.Site != "acme-labs" || i.Key != "WEB-1" || i.URL != "https://acme-labs.example/browse/WEB-1" || i.Status != "To Do" {
		t.Errorf("%+v", rows)
	}
	if data, err := os.ReadFile(token); err != nil || !bytes.Equal(data, kept) {
		t.Errorf("the real token is now %q, %v", data, err)
	}
}

func TestSites(t *testing.T) {
	t.Parallel()
	s := newServer(t).withSites()
	for wanted, want := range map[string]string{"": "acme", "labs": "labs", "https://labs.example/": "labs", acmeID: "acme"} {
		code, stdout, stderr, _ := s.call("-json", "-site", wanted)
		rows := programtest.Rows[anyRow](t, stdout)
		if code != program.ExitOK || len(rows) != 2+most || rows[2].Site != want || rows[2].Key != "WEB-13" {
			t.Errorf("%q: exit %d\n%s%s", wanted, code, stdout, stderr)
		}
		if !strings.Contains(stderr, "The issues are those of "+want) {
			t.Errorf("%q: %s", wanted, stderr)
		}
	}
	code, stdout, stderr, _ := s.call("-site", "nonsense")
	if code != program.ExitUsage || !strings.Contains(stderr, `no site "nonsense": acme (https://acme.example, `) || !strings.Contains(stdout, labsID) {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	code, stdout, stderr, _ = s.call("-jql", "project = nonsense")
	if code != program.ExitFailed || !strings.Contains(stdout, labsID) || !strings.Contains(stderr, "nonsense") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	code, stdout, stderr, _ = s.call("-jql", "summary ~ nothing")
	if code != program.ExitOK || strings.Contains(stdout, "ISSUE") || !strings.Contains(stderr, "The query finds no issue there.") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	code, stdout, stderr, _ = newServer(t).call()
	if code != program.ExitFailed || !strings.Contains(stderr, "reaches no site at all") {
		t.Errorf("without sites: exit %d\n%s%s", code, stdout, stderr)
	}
}

// Names from the sites do not steer the terminal.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	s := newServer(t).withSites()
	s.addSite("0a1b2c3d-0000-4000-8000-000000000003", "evil\x1b[31m", http.NotFoundHandler())
	code, stdout, stderr, _ := s.call()
	if code != program.ExitOK || strings.Contains(stdout+stderr, "\x1b") || !strings.Contains(stdout, "Fails  [31m13") || !strings.Contains(stdout, "evil [31m") {
		t.Errorf("exit %d\n%q", code, stdout+stderr)
	}
}

const key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

// An encrypted token needs the key, and is not given up without it.
func TestKey(t *testing.T) {
	t.Parallel()
	s := newServer(t).withSites()
	s.env["OAUTH_TOKEN_KEY"] = key
	if code, _, stderr, _ := s.call(); code != program.ExitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	before, err := os.ReadFile(s.token)
	if err != nil || bytes.Contains(before, []byte("access")) {
		t.Fatalf("%s, %v", before, err)
	}
	for _, other := range []string{"", strings.Repeat("00", 32)} {
		s.env["OAUTH_TOKEN_KEY"] = other
		code, _, stderr, asked := s.call()
		if code != program.ExitFailed || asked != 1 || !strings.Contains(stderr, "set OAUTH_TOKEN_KEY as it was") {
			t.Errorf("key %q: exit %d, asked %d times: %s", other, code, asked, stderr)
		}
	}
	s.env["OAUTH_TOKEN_KEY"] = key
	code, _, stderr, asked := s.call()
	if after, err := os.ReadFile(s.token); code != program.ExitOK || asked != 1 || err != nil || !bytes.Equal(after, before) {
		t.Errorf("exit %d, asked %d times, %v: %s", code, asked, err, stderr)
	}
}

// Nobody is asked to consent to what could not be kept.
func TestTokenCannotBeKept(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	if err := os.MkdirAll(s.token+".lock", 0o700); err != nil { // in the place of the lock
		t.Fatal(err)
	}
	code, _, stderr, asked := s.call()
	if code != program.ExitFailed || asked != 0 || !strings.Contains(stderr, "no token can be kept: ") {
		t.Errorf("exit %d, asked %d times: %s", code, asked, stderr)
	}
}

// full is an output without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestOutputFails(t *testing.T) {
	t.Parallel()
	s := newServer(t).withSites()
	var stderr bytes.Buffer
	code := run(t.Context(), []string{"-token", s.token}, s.outside(full{}, &stderr))
	if code != program.ExitFailed || !strings.Contains(stderr.String(), "the result is: 2 sites, 10 issues: no space left") {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
	s.work.Wait()
	cmd := programtest.Command(t, "-answer", "allow", "-token", s.token)
	cmd.Stdout = programtest.ClosedPipe(t)
	if err := cmd.Run(); err != nil {
		t.Errorf("when nobody reads: %v", err)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	app := map[string]string{"JIRA_OAUTH_CLIENT_ID": "i", "JIRA_OAUTH_CLIENT_SECRET": "s3cret"}
	for name, test := range map[string]struct {
		env  map[string]string
		args []string
		code int
		want string
	}{
		"help":            {nil, []string{"-help"}, program.ExitOK, "JIRA_OAUTH_CLIENT_ID, JIRA_OAUTH_CLIENT_SECRET   the OAuth 2.0 app"},
		"unknown flag":    {nil, []string{"-nonsense"}, program.ExitUsage, "nonsense"},
		"no scopes":       {nil, []string{"-scopes", " "}, program.ExitUsage, "name one at least"},
		"argument":        {nil, []string{"x"}, program.ExitUsage, `unexpected argument "x"`},
		"some app":        {map[string]string{"JIRA_OAUTH_CLIENT_ID": "i"}, nil, program.ExitUsage, "the environment lacks JIRA_OAUTH_CLIENT_SECRET"},
		"unknown answer":  {nil, []string{"-answer", "maybe"}, program.ExitUsage, "-answer: say allow or deny"},
		"answer for real": {app, []string{"-answer", "allow"}, program.ExitUsage, "only a person can consent"},
		"no time":         {nil, []string{"-timeout", "0s"}, program.ExitUsage, "-timeout: give a time"},
		"by https":        {nil, []string{"-redirect", "https://localhost:8085/callback"}, program.ExitUsage, "-redirect: a browser finds"},
		"elsewhere":       {nil, []string{"-redirect", "http://acme.example:8085/callback"}, program.ExitUsage, "-redirect: a browser finds"},
		"no port":         {nil, []string{"-redirect", "http://localhost/callback"}, program.ExitUsage, "-redirect: a browser finds"},
		"port 0":          {nil, []string{"-redirect", "http://localhost:0/callback"}, program.ExitUsage, "-redirect: a browser finds"},
		"large port":      {nil, []string{"-redirect", "http://localhost:65536/callback"}, program.ExitUsage, "-redirect: a browser finds"},
		"with a query":    {nil, []string{"-redirect", "http://localhost:8085/callback?a=b"}, program.ExitUsage, "-redirect: a browser finds"},
		"short key":       {map[string]string{"OAUTH_TOKEN_KEY": "c0ffee"}, nil, program.ExitUsage, "OAUTH_TOKEN_KEY: give 64 hexadecimal digits"},
		"no key":          {map[string]string{"OAUTH_TOKEN_KEY": strings.Repeat("c0ffeex", 10)}, nil, program.ExitUsage, "OAUTH_TOKEN_KEY: give 64"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			o := outside{func(name string) string { return test.env[name] }, &stdout, &stderr, func(string) error { return nil }, atlassian}
			code := run(t.Context(), append([]string{"-token", filepath.Join(t.TempDir(), "token")}, test.args...), o)
			said := stderr.String()
			if code != test.code || !strings.Contains(said, test.want) || stdout.Len() > 0 {
				t.Errorf("exit %d, want %d with %q in:\n%s", code, test.code, test.want, said)
			}
			if strings.Contains(said, "s3cret") || strings.Contains(said, "c0ffee") {
				t.Errorf("it tells a secret: %s", said)
			}
		})
	}
}

// The real one is asked for what is documented.
func TestAtlassian(t *testing.T) {
	t.Parallel()
	a := atlassian("id", "secret", []string{"read:jira-work"})
	cfg := a.config(a.redirect)
	address, err := cfg.AuthCodeURL(oauth.Login{State: "s"})
	want := "https://auth.atlassian.com/authorize?audience=api.atlassian.com&client_id=id&prompt=consent&redirect_uri=" +
		"http%3A%2F%2Flocalhost%3A8085%2Fcallback&response_type=code&scope=read%3Ajira-work+offline_access&state=s"
	if err != nil || address != want || !reachable(a.redirect) || a.answer != nil {
		t.Errorf("%s, %v", address, err)
	}
}
