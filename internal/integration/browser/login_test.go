package browser_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const heading = "h1"

// The titles of the program's pages.
const (
	success    = "You are logged in"
	denial     = "Access was not allowed"
	failure    = "The login failed"
	otherLogin = "This is not the current login"
	nothing    = "There is nothing here"
)

// shows checks which page is there, and that it holds no secret.
func (b *tab) shows(p *process, title string) {
	b.t.Helper()
	if got := b.text(heading); got != title {
		b.t.Fatalf("the page says %q, want %q", got, title)
	}
	page := b.html()
	var token struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if data, err := os.ReadFile(p.token + ".fake"); err == nil {
		if err := json.Unmarshal(data, &token); err != nil || token.Access == "" || token.Refresh == "" {
			b.t.Fatalf("the token file: %v", err)
		}
	}
	here, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil {
		b.t.Fatal(err)
	}
	u, err := url.Parse(here)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, secret := range []string{token.Access, token.Refresh, u.Query().Get("code"), u.Query().Get("state"), p.query(b.t).Get("state")} {
		if secret != "" && strings.Contains(page, secret) {
			b.t.Errorf("the page %q holds a secret", title)
		}
	}
}

// ends checks how the program ends.
func (p *process) ends(t *testing.T, status int, stdout, stderr string) {
	t.Helper()
	code, out, said := p.end(t)
	if code != status || !strings.Contains(out, stdout) || stdout == "" && out != "" || !strings.Contains(said, stderr) {
		t.Errorf("exit %d, want %d with %q and %q in:\n%s%s", code, status, stdout, stderr, out, said)
	}
}

const acme = "WEB-1  To Do   Cart total is wrong after removing a coupon"

func TestAllow(t *testing.T) {
	t.Parallel()
	p := start(t)
	b := open(t)
	if status := b.visit(p.address); status != http.StatusOK {
		t.Fatalf("the page to consent on: %d", status)
	}
	b.look("consent")
	if status := b.press("allow"); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	b.shows(p, success)
	if text := b.text("main"); !strings.Contains(text, "read:jira-work") || !strings.Contains(text, "Close this tab") {
		t.Errorf("the page says %s", text)
	}
	b.look("success")
	p.ends(t, 0, acme, "Logged in.")
}

// The code is used up by then: a second exchange would fail.
func TestReload(t *testing.T) {
	t.Parallel()
	p := start(t)
	b := open(t)
	b.visit(p.address)
	b.press("allow")
	b.shows(p, success)
	for range 2 {
		if status := b.load(chromedp.Reload()); status != http.StatusOK {
			t.Errorf("status %d", status)
		}
		b.shows(p, success)
	}
	p.ends(t, 0, acme, "Logged in.")
}

func TestDeny(t *testing.T) {
	t.Parallel()
	p := start(t)
	b := open(t)
	b.visit(p.address)
	if status := b.press("deny"); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	b.shows(p, denial)
	b.look("denied")
	p.ends(t, 1, "", "consent was denied")
}

// A page of another login changes nothing: the program waits on for its own.
func TestWrongState(t *testing.T) {
	t.Parallel()
	p := start(t)
	b := open(t)
	for name, query := range map[string]url.Values{
		"of another login": {"code": {"code-1"}, "state": {"another"}},
		"a denial":         {"error": {"access_denied"}, "state": {"another"}},
		"without a state":  {"code": {"code-1"}},
		"empty":            {},
	} {
		if status := b.visit(p.callback(t, query)); status != http.StatusBadRequest {
			t.Errorf("%s: status %d", name, status)
		}
		b.shows(p, otherLogin)
	}
	b.look("other-login")
	if status := b.visit(strings.Replace(p.callback(t, nil), "callback", "elsewhere", 1)); status != http.StatusNotFound {
		t.Errorf("another path: status %d", status)
	}
	b.shows(p, nothing)
	b.look("nothing-here")
	b.visit(p.address)
	b.press("allow")
	b.shows(p, success)
	p.ends(t, 0, acme, "A page of another login was turned away")
}

// What the server says comes to the page as text.
func TestFailure(t *testing.T) {
	t.Parallel()
	for name, query := range map[string]url.Values{
		"a code that is none":  {"code": {"code-0"}},
		"an error of any kind": {"error": {"server_error"}, "error_description": {`<script>alert(1)</script><img src="http://192.0.2.1/x.png">` + strings.Repeat("x", 90)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t)
			b := open(t)
			query.Set("state", p.query(t).Get("state"))
			if status := b.visit(p.callback(t, query)); status != http.StatusOK {
				t.Errorf("status %d", status)
			}
			b.shows(p, failure)
			b.look("failure-" + strings.ReplaceAll(name, " ", "-"))
			p.ends(t, 1, "", "oauth-login: oauth: ")
		})
	}
}

func TestTwoTabs(t *testing.T) {
	t.Parallel()
	p := start(t)
	first, second := open(t), open(t)
	first.visit(p.address)
	second.visit(p.address)
	first.press("allow")
	first.shows(p, success)
	second.press("deny")
	second.shows(p, success)
	p.ends(t, 0, acme, "Logged in.")
}

// A tab that is closed leaves the program waiting: for another tab, for the end of its patience or for Ctrl-C.
func TestClosedTab(t *testing.T) {
	t.Parallel()
	closed := func(t *testing.T, args ...string) *process {
		t.Helper()
		p := start(t, args...)
		b := open(t)
		b.visit(p.address)
		b.close()
		return p
	}
	t.Run("another", func(t *testing.T) {
		t.Parallel()
		p := closed(t)
		b := open(t)
		b.visit(p.address)
		b.press("allow")
		b.shows(p, success)
		p.ends(t, 0, acme, "Logged in.")
	})
	t.Run("timeout", func(t *testing.T) {
		t.Parallel()
		closed(t, "-timeout", "20s").ends(t, 1, "", "nobody has logged in within 20s: run it again")
	})
	t.Run("interrupt", func(t *testing.T) {
		t.Parallel()
		p := closed(t)
		p.interrupt(t)
		p.ends(t, 130, "", "interrupted; nobody has logged in: run it again")
	})
}

func TestWithoutJavaScript(t *testing.T) {
	t.Parallel()
	p := start(t)
	b := open(t)
	_, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	if err != nil {
		t.Fatal(err)
	}
	b.visit(p.address)
	b.press("allow")
	b.shows(p, success)
	p.ends(t, 0, acme, "Logged in.")
}
