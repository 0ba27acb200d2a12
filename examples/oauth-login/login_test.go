package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
)

var expiry = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// gate is an output in which nothing fits before it is opened: the program cannot end.
type gate struct {
	bytes.Buffer
	opened chan struct{}
}

func (g *gate) Write(p []byte) (int, error) {
	<-g.opened
	return g.Buffer.Write(p)
}

// session is a run of the program that waits for the person, who is the test.
type session struct {
	*server
	address  string
	state    string
	callback string

	stdout gate
	stderr bytes.Buffer
	ended  chan int
}

func (s *server) begin(args ...string) *session {
	s.t.Helper()
	address := make(chan string, 1)
	s.person = func(a string) { address <- a }
	v := &session{server: s, stdout: gate{opened: make(chan struct{})}, ended: make(chan int, 1)}
	go func() {
		v.ended <- run(s.t.Context(), append([]string{"-token", s.token}, args...), s.outside(&v.stdout, &v.stderr))
	}()
	select {
	case v.address = <-address:
	case code := <-v.ended:
		s.t.Fatalf("exit %d: %s", code, v.stderr.String())
	}
	u, err := url.Parse(v.address)
	if err != nil {
		s.t.Fatal(err)
	}
	v.state, v.callback = u.Query().Get("state"), u.Query().Get("redirect_uri")
	return v
}

// end lets the program end.
func (v *session) end(status int, say string) {
	v.t.Helper()
	close(v.stdout.opened)
	if code := <-v.ended; code != status || !strings.Contains(v.stderr.String(), say) {
		v.t.Errorf("exit %d, want %d with %q in:\n%s%s", code, status, say, v.stdout.String(), v.stderr.String())
	}
}

// send sends a request to the program.
func (v *session) send(method, address string) (*http.Response, string) {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), method, address, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		v.t.Error(err)
		return &http.Response{}, ""
	}
	defer func() { _ = resp.Body.Close() }()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Error(err)
	}
	return resp, string(page)
}

// allowed is the callback after the person has consented.
func (v *session) allowed() string {
	v.t.Helper()
	back, err := v.Allow(v.address)
	if err != nil {
		v.t.Fatal(err)
	}
	return back.String()
}

func titled(page, title string) bool { return strings.Contains(page, "<h1>"+title+"</h1>") }

// Only the callback of this login counts, by GET at its own address; the login waits for that as long as it takes.
func TestWhatDoesNotCount(t *testing.T) {
	t.Parallel()
	v := newServer(t).withSites().begin()
	back := v.allowed()
	for name, test := range map[string]struct {
		method, address string
		status          int
		title           string
	}{
		"another state":  {http.MethodGet, v.callback + "?code=c&state=another", http.StatusBadRequest, otherLogin.Title},
		"no state":       {http.MethodGet, v.callback + "?error=access_denied", http.StatusBadRequest, otherLogin.Title},
		"nothing":        {http.MethodGet, v.callback, http.StatusBadRequest, otherLogin.Title},
		"another path":   {http.MethodGet, strings.Replace(back, "/callback", "/elsewhere", 1), http.StatusNotFound, "There is nothing here"},
		"longer path":    {http.MethodGet, strings.Replace(back, "/callback", "/callback/", 1), http.StatusNotFound, "There is nothing here"},
		"another host":   {http.MethodGet, strings.Replace(back, "127.0.0.1", "localhost", 1), http.StatusNotFound, "There is nothing here"},
		"another method": {http.MethodPost, back, http.StatusMethodNotAllowed, ""},
		"a look at it":   {http.MethodHead, back, http.StatusMethodNotAllowed, ""},
		"icon":           {http.MethodGet, strings.Replace(v.callback, "/callback", "/favicon.ico", 1), http.StatusNoContent, ""},
	} {
		resp, page := v.send(test.method, test.address)
		if resp.StatusCode != test.status || test.title != "" && !titled(page, test.title) || test.title == "" && page != "" {
			t.Errorf("%s: %d\n%s", name, resp.StatusCode, page)
		}
	}
	if n := v.Stats().Exchanges; n != 0 {
		t.Errorf("%d exchanges", n)
	}
	if resp, page := v.send(http.MethodGet, back); resp.StatusCode != http.StatusOK || !titled(page, "You are logged in") {
		t.Errorf("%d\n%s", resp.StatusCode, page)
	}
	v.end(program.ExitOK, "A page of another login was turned away; still waiting for this one.")
}

// However often the page is loaded, and in however many tabs, the code is exchanged once.
func TestReload(t *testing.T) {
	t.Parallel()
	v := newServer(t).withSites().begin()
	back := v.allowed()
	var tabs sync.WaitGroup
	for range 8 {
		tabs.Go(func() {
			if resp, page := v.send(http.MethodGet, back); resp.StatusCode != http.StatusOK || !titled(page, "You are logged in") {
				t.Errorf("%d\n%s", resp.StatusCode, page)
			}
		})
	}
	tabs.Wait()
	refused, err := v.Deny(v.address)
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{back, v.allowed(), refused.String()} {
		if _, page := v.send(http.MethodGet, address); !titled(page, "You are logged in") {
			t.Errorf("%s", page)
		}
	}
	if got := v.Stats(); got.Exchanges != 1 || got.InvalidGrants != 0 {
		t.Errorf("%+v", got)
	}
	v.end(program.ExitOK, "Logged in.")
}

// What the server says is shown as text, and the page may load nothing but its own style.
func TestFailurePage(t *testing.T) {
	t.Parallel()
	v := newServer(t).begin()
	query := url.Values{"state": {v.state}, "error": {"invalid_scope"}, "error_description": {`<script src="//evil.example">&`}}
	resp, page := v.send(http.MethodGet, v.callback+"?"+query.Encode())
	if resp.StatusCode != http.StatusOK || !titled(page, "The login failed") ||
		!strings.Contains(page, `oauth: authorize: invalid_scope: &lt;script src=&#34;//evil.example&#34;&gt;&amp;`) {
		t.Errorf("%d\n%s", resp.StatusCode, page)
	}
	if strings.Contains(page, v.state) {
		t.Error("the page holds the state")
	}
	css := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(page)
	if css == nil {
		t.Fatal(page)
	}
	sum := sha256.Sum256([]byte(css[1]))
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
		"Content-Type": "text/html; charset=utf-8",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	v.end(program.ExitFailed, "oauth-login: oauth: authorize: invalid_scope")
	if v.stdout.Len() > 0 {
		t.Error(v.stdout.String())
	}
}

// Neither a refused code nor a wrong client secret is told with its value.
func TestExchangeFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*oauth.Config)
		code   string
		say    string
	}{
		"code":   {nil, "c0ffee", "oauth-login: oauth: exchange: 403 Forbidden: "},
		"secret": {func(c *oauth.Config) { c.ClientSecret = oauth.NewSecret("c0ffee") }, "", "check the client id and the client secret"},
		"time":   {func(c *oauth.Config) { c.Timeout = time.Nanosecond }, "", "deadline exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.change = test.change
			v := s.begin()
			back := v.allowed()
			if test.code != "" {
				back = v.callback + "?" + url.Values{"state": {v.state}, "code": {test.code}}.Encode()
			}
			if _, page := v.send(http.MethodGet, back); !titled(page, "The login failed") || strings.Contains(page, "c0ffee") {
				t.Errorf("%s", page)
			}
			v.end(program.ExitFailed, test.say)
			if strings.Contains(v.stderr.String(), "c0ffee") {
				t.Error(v.stderr.String())
			}
		})
	}
}

// slow lets the tab be closed while the code is exchanged.
type slow struct {
	http.RoundTripper
	close func()
}

func (s slow) RoundTrip(req *http.Request) (*http.Response, error) {
	s.close()
	timer := time.NewTimer(200 * time.Millisecond) // for the server to see that the connection is gone
	defer timer.Stop()
	select {
	case <-req.Context().Done():
		return nil, req.Context().Err()
	case <-timer.C:
	}
	return s.RoundTripper.RoundTrip(req)
}

// The grant is not lost when the person closes the tab early.
func TestTabClosedWhileExchanging(t *testing.T) {
	t.Parallel()
	s := newServer(t).withSites()
	ctx, cancel := context.WithCancel(t.Context())
	s.change = func(c *oauth.Config) { c.Transport = slow{s.Transport(), cancel} }
	v := s.begin()
	if err := visit(ctx, v.allowed()); !errors.Is(err, context.Canceled) {
		t.Errorf("the page came all the same: %v", err)
	}
	v.end(program.ExitOK, "Logged in.")
	if !strings.Contains(v.stdout.String(), acmeID) {
		t.Error(v.stdout.String())
	}
}

// A person who does not come back does not keep the program for ever.
func TestNobodyComesBack(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.person = nil // there is no browser either
	code, stdout, stderr, _ := s.call("-timeout", "50ms")
	if code != program.ExitFailed || stdout != "" || !strings.Contains(stderr, "nobody has logged in within 50ms: run it again, -timeout gives more time") ||
		!strings.Contains(stderr, "No browser could be opened (there is none): open the address yourself.") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	_, _, stderr, asked := s.call("-timeout", "50ms", "-no-browser")
	if asked != 1 || strings.Contains(stderr, "No browser") || !strings.Contains(stderr, s.URL+"/authorize?") {
		t.Errorf("asked %d times\n%s", asked, stderr)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s.person = func(string) { cancel() }
	code, _, stderr, _ = s.callWith(ctx)
	if code != program.ExitInterrupted || !strings.HasSuffix(stderr, "oauth-login: interrupted; nobody has logged in: run it again\n") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// A login that has come to its end before the interruption is kept.
func TestInterruptedAfterwards(t *testing.T) {
	t.Parallel()
	s := newServer(t).withSites()
	ctx, cancel := context.WithCancel(t.Context())
	s.change = func(c *oauth.Config) { c.Transport = after{s.Transport(), cancel} }
	code, _, stderr, _ := s.callWith(ctx)
	if code != program.ExitInterrupted || !strings.HasSuffix(stderr, "interrupted; the login is kept: run it again to see the issues\n") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if code, _, stderr, asked := s.call(); code != program.ExitOK || asked != 1 {
		t.Errorf("exit %d, asked %d times: %s", code, asked, stderr)
	}
}

// after does something once there is an answer.
type after struct {
	http.RoundTripper
	do func()
}

func (a after) RoundTrip(req *http.Request) (*http.Response, error) {
	defer a.do()
	return a.RoundTripper.RoundTrip(req)
}

// listenBelow opens a port that no program gets that takes any free one.
func listenBelow(t *testing.T) net.Listener {
	t.Helper()
	for range 100 {
		if port, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", 20000+rand.N(10000))); err == nil {
			return port
		}
	}
	t.Fatal("no port is free")
	return nil
}

// The registered address is taken to the letter.
func TestRedirect(t *testing.T) {
	t.Parallel()
	port := listenBelow(t)
	redirect := fmt.Sprintf("http://localhost:%d/jira/back%%20here", port.Addr().(*net.TCPAddr).Port)
	s := newServer(t).withSites()
	code, _, stderr, asked := s.call("-redirect", redirect)
	if code != program.ExitUsage || asked != 0 || !strings.Contains(stderr, "another program has the port of "+redirect) {
		t.Errorf("exit %d, asked %d times: %s", code, asked, stderr)
	}
	if err := port.Close(); err != nil {
		t.Fatal(err)
	}
	v := s.begin("-redirect", redirect)
	if v.callback != redirect {
		t.Errorf("the callback is %s", v.callback)
	}
	if _, page := v.send(http.MethodGet, strings.Replace(v.allowed(), "localhost", "127.0.0.1", 1)); !strings.Contains(page, redirect) {
		t.Errorf("the page does not tell the address: %s", page)
	}
	back, err := url.Parse(v.allowed())
	if err != nil {
		t.Fatal(err)
	}
	if host := back.Hostname(); host != "localhost" {
		t.Errorf("sent back to %s", host)
	}
	if _, page := v.send(http.MethodGet, back.String()); !titled(page, "You are logged in") {
		t.Errorf("%s", page)
	}
	v.end(program.ExitOK, "Logged in.")
}
