package oauth_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/client/oauth/oauthtest"
)

// What a process that a test starts finds in its environment: what to do, where the server is and where the token.
const (
	crashStep = "OAUTH_TEST_STEP"
	crashURL  = "OAUTH_TEST_URL"
	crashFile = "OAUTH_TEST_FILE"
)

// The moments at which a process dies that renews a token.
const (
	beforeTheMark    = "before the mark"
	beforeTheRequest = "before the request"
	afterTheRotation = "after the server has rotated"
	answerArrived    = "after the answer has arrived"
	writeBegun       = "after the write has begun"
	afterTheStore    = "after the new token is stored"
	never            = "never"
)

// How a process ends that does not die.
const (
	exitLogin   = 3
	exitTrouble = 4
)

// die ends the process as kill -9 does.
func die() {
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Kill()
	}
	select {}
}

// child is what a process does that a test has started: it gets a token, uses it, and dies at the given moment.
func child(step string) {
	if name, ok := strings.CutPrefix(step, panicStep); ok {
		panic(secretValues()[name])
	}
	url, file := os.Getenv(crashURL), os.Getenv(crashFile)
	cfg := oauth.Config{
		ClientID: oauthtest.ClientID, ClientSecret: oauth.NewSecret(oauthtest.ClientSecret),
		AuthURL: url + "/authorize", TokenURL: url + tokenURL, Transport: deadlyTransport(step),
	}
	src := oauth.NewSource(cfg, deadlyStore{oauth.FileStore(file), step, file})
	token, err := src.Token(context.Background())
	if err == nil {
		err = use(url, token)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		if errors.Is(err, oauth.ErrReauthorize) {
			os.Exit(exitLogin)
		}
		os.Exit(exitTrouble)
	}
}

// use sends a request with a token.
func use(url string, token *oauth.Token) error {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url+"/oauth/token/accessible-resources", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token.AccessToken())
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New("the API says " + resp.Status)
	}
	return nil
}

// deadlyTransport dies at its moment.
type deadlyTransport string

func (step deadlyTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if step == beforeTheRequest {
		die()
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if step == afterTheRotation && err == nil {
		die()
	}
	if step == answerArrived && err == nil {
		_, _ = io.ReadAll(resp.Body)
		die()
	}
	return resp, err
}

// deadlyStore dies at its moment.
type deadlyStore struct {
	oauth.Store

	step, file string
}

func (s deadlyStore) Update(ctx context.Context, change func(*oauth.Token) (*oauth.Token, error)) error {
	if s.step == beforeTheMark {
		die()
	}
	renewed := false
	err := s.Store.Update(ctx, func(current *oauth.Token) (*oauth.Token, error) {
		next, err := change(current)
		if err == nil && next != nil && changed(current, next) {
			renewed = true
			if s.step == writeBegun {
				text := next.Encode()
				_ = os.WriteFile(s.file+".new", text[:len(text)/2], 0o600)
				die()
			}
		}
		return next, err
	})
	if renewed && s.step == afterTheStore {
		die()
	}
	return err
}

// run starts a process and returns its exit code, -1 if it has died, and what it said.
func run(t *testing.T, environment ...string) (code int, said string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe)
	cmd.Env = append(append(os.Environ(), "GORACE=atexit_sleep_ms=0"), environment...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	if ctx.Err() != nil {
		t.Fatalf("the process did not end: %s", out.String())
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), out.String()
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0, out.String()
}

func TestKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	type stats = oauthtest.Stats
	for _, c := range []struct {
		steps []string // each in a process of its own, before the one that recovers
		want  stats    // within the leeway
		late  stats    // when the leeway is over
		lost  bool     // then
	}{
		{[]string{}, stats{Refreshes: 1}, stats{Refreshes: 1}, false},
		{[]string{beforeTheMark}, stats{Refreshes: 1}, stats{Refreshes: 1}, false},
		{[]string{beforeTheRequest}, stats{Refreshes: 1}, stats{Refreshes: 1}, false},
		{[]string{afterTheRotation}, stats{Refreshes: 1, Recoveries: 1}, stats{Refreshes: 1, Reuses: 1, InvalidGrants: 1}, true},
		{[]string{answerArrived}, stats{Refreshes: 1, Recoveries: 1}, stats{Refreshes: 1, Reuses: 1, InvalidGrants: 1}, true},
		{[]string{writeBegun}, stats{Refreshes: 1, Recoveries: 1}, stats{Refreshes: 1, Reuses: 1, InvalidGrants: 1}, true},
		{[]string{afterTheStore}, stats{Refreshes: 1}, stats{Refreshes: 1}, false},
		{[]string{beforeTheMark, beforeTheRequest, beforeTheRequest, afterTheStore}, stats{Refreshes: 1}, stats{Refreshes: 1}, false},
		{
			[]string{beforeTheRequest, afterTheRotation, writeBegun, answerArrived, beforeTheRequest, afterTheStore},
			stats{Refreshes: 1, Recoveries: 3},
			stats{Refreshes: 1, Reuses: 1, InvalidGrants: 1},
			true,
		},
	} {
		for _, late := range []bool{false, true} {
			name, opts, want, lost := strings.Join(append(c.steps, never), ", "), []oauthtest.Option(nil), c.want, false
			if late {
				name, opts, want, lost = name+", too late", append(opts, oauthtest.WithLeeway(time.Nanosecond)), c.late, c.lost
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				killed(t, oauthtest.NewServer(opts...), c.steps, want, lost)
			})
		}
	}
}

// killed lets processes renew a token and die at their steps, and the next one recover.
func killed(t *testing.T, srv *oauthtest.Server, steps []string, want oauthtest.Stats, lost bool) {
	t.Helper()
	t.Cleanup(srv.Close)
	file := tokenFile(t)
	store := oauth.FileStore(file)
	granted := srv.Grant(work...)
	expired := oauth.NewToken(granted.AccessToken(), granted.RefreshToken(), time.Now().Add(-time.Minute), work...)
	if err := put(t, store, expired); err != nil {
		t.Fatal(err)
	}
	start := func(step string) (int, string) {
		return run(t, crashStep+"="+step, crashURL+"="+srv.URL, crashFile+"="+file)
	}
	gone := false // the server has found out, and the processes after that do not get to their step
	for _, step := range steps {
		code, said := start(step)
		if gone = gone || lost && code == exitLogin; gone {
			continue
		}
		if code == 0 || code == exitLogin || code == exitTrouble {
			t.Errorf("%s: the process has not died: %s", step, said)
		}
	}
	for range 2 { // the second finds all in order, or asks no more
		code, said := start(never)
		switch {
		case lost && code != exitLogin, !lost && code != 0:
			t.Errorf("exit code %d: %s", code, said)
		case lost && !strings.Contains(said, "invalid_grant"):
			t.Errorf("the reason is not told: %s", said)
		}
		if token := stored(t, store); same(token, expired) != lost {
			t.Errorf("the token from before is stored: %v, want %v", !lost, lost)
		}
		wantStats(t, srv, want)
	}
	if aside := strings.Join(list(t, file), " "); strings.Contains(aside, "corrupt") || strings.Contains(aside, "new") && !lost {
		t.Errorf("files: %s", aside)
	}
}
