package client_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
)

// The credential goes to the API's own host only, whatever a redirect tries. "Own" is scheme, host and port.
func TestCredentialStaysAtHome(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, base, location string
		followed, signed     bool
	}{
		{"same host", site, "/elsewhere", true, true},
		{"same host in full", site, "https://acme.example/elsewhere", true, true},
		{"default port", site, "https://acme.example:443/elsewhere", true, true},
		{"upper case", site, "https://ACME.Example/elsewhere", true, true},
		{"trailing dot", site, "https://acme.example./elsewhere", true, true},
		{"other host", site, "https://media.example/file?token=t", true, false},
		{"other host, protocol-relative", site, "//media.example/file", true, false},
		{"subdomain", site, "https://evil.acme.example/", true, false},
		{"longer name", site, "https://acme.example.evil.example/", true, false},
		{"other port", site, "https://acme.example:8443/", true, false},
		{"downgrade", site, "http://acme.example/elsewhere", false, false},
		{"downgrade to another host", site, "http://media.example/", false, false},
		{"user name", site, "https://acme.example@evil.example/", false, false},
		{"user name at home", site, "https://evil@acme.example/", false, false},
		{"script", site, "javascript:alert(1)", false, false},
		{"loopback by another name", "http://localhost:8080", "http://127.0.0.1:8080/", true, false},
		{"upgrade", "http://localhost:8080", "https://localhost:8080/", true, false},
		{"IPv6", "http://[::1]:8080", "http://[::1]:8080/elsewhere", true, true},
	}
	auths := map[string]client.Auth{
		"bearer": client.Bearer(secret), "basic": client.BasicAuth("bot@acme.example", secret), "key": client.APIKey("X-Api-Key", secret),
	}
	for _, tt := range tests {
		for scheme, auth := range auths {
			t.Run(tt.name+"/"+scheme, func(t *testing.T) {
				t.Parallel()
				n := replies(status(http.StatusSeeOther, "Location", tt.location), ok("{}"))
				c := newAuthClient(t, n.transport(), auth, client.WithBaseURL(tt.base))
				err := c.Do(t.Context(), get().Query("jql", "private").Header("Cookie", "session="+secret).
					Header("X-Custom", secret).Header("Range", "bytes=1-"), io.Discard)
				seen := n.requests()
				if !carriesSecret(seen[0].header, scheme) {
					t.Error("the first request was not signed")
				}
				if !tt.followed {
					if e := wantError(t, err); strings.Contains(e.Error(), "private") {
						t.Errorf("the error holds the query: %v", err)
					}
					wantSent(t, n, 1)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				second := wantSent(t, n, 2)[1].header
				if got := carriesSecret(second, scheme); got != tt.signed {
					t.Errorf("signed = %v, want %v: %v", got, tt.signed, second)
				}
				if !tt.signed && (second.Get("Cookie") != "" || second.Get("Referer") != "" || second.Get("X-Custom") != "") {
					t.Errorf("a cookie, the address or another header of the call went along: %v", second)
				}
				if second.Get("Range") != "bytes=1-" {
					t.Errorf("the range was lost: %v", second)
				}
			})
		}
	}
}

func carriesSecret(h http.Header, scheme string) bool {
	if scheme == "basic" {
		return strings.HasPrefix(h.Get("Authorization"), "Basic ")
	}
	return strings.Contains(h.Get("Authorization")+h.Get("X-Api-Key"), secret)
}

// Each hop is decided by itself: away unsigned, back home signed.
func TestRedirectThereAndBack(t *testing.T) {
	t.Parallel()
	n := replies(status(302, "Location", "https://media.example/"), status(302, "Location", site+"/back"), ok("{}"))
	if err := newClient(t, n.transport()).Do(t.Context(), get(), io.Discard); err != nil {
		t.Fatal(err)
	}
	for i, s := range wantSent(t, n, 3) {
		if got := carriesSecret(s.header, "bearer"); got != (i != 1) {
			t.Errorf("hop %d signed: %v", i, got)
		}
	}
}

// A foreign host's 401 does not cost a credential.
func TestForeign401(t *testing.T) {
	t.Parallel()
	auth := &rotating{}
	n := replies(status(302, "Location", "https://media.example/"), status(401))
	wantKinds(t, newAuthClient(t, n.transport(), auth).Do(t.Context(), get(), io.Discard), "unauthorized")
	if auth.refreshes.Load() != 0 {
		t.Error("refreshed")
	}
	wantSent(t, n, 2)
}

// Another host is not asked: what it says is no answer of the API, and it may be one that only this machine can reach.
// A file it may serve.
func TestForeignAnswer(t *testing.T) {
	t.Parallel()
	for _, elsewhere := range []string{"https://login.example/", "https://169.254.169.254/latest/meta-data/", "https://acme.example:8443/", "https://evil.acme.example/"} {
		for _, out := range []any{nil, new(map[string]any), new(pointed)} {
			n := replies(status(302, "Location", elsewhere), ok(`{"key":"EVIL-1"}`))
			err := newClient(t, n.transport()).Do(t.Context(), get(), out)
			wantKinds(t, err)
			if e := wantError(t, err); e.Status != 0 || !strings.Contains(e.Error(), "another host") {
				t.Errorf("%s, into a %T: %v", elsewhere, out, err)
			}
			wantSent(t, n, 1)
		}
		n := replies(status(302, "Location", site+"/there"), status(302, "Location", elsewhere), ok(`{"key":"EVIL-1"}`))
		wantFailure(t, newClient(t, n.transport()).Do(t.Context(), get(), nil))
		wantSent(t, n, 2)
	}
}

// A redirected write is not followed: net/http would make a GET of it, or send the body to wherever it points.
func TestRedirectedWrite(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		for _, code := range []int{301, 302, 303, 307, 308} {
			n := replies(status(code, "Location", "/elsewhere"), ok("{}"))
			err := newClient(t, n.transport()).Do(t.Context(), client.NewRequest("Things.Do", method, "/things").JSON(1), nil)
			if e := wantError(t, err); e.Status != code || !strings.Contains(e.Error(), "redirect") {
				t.Errorf("%s %d: %v", method, code, err)
			}
			wantKinds(t, err)
			wantSent(t, n, 1)
		}
	}
}

func TestEndlessRedirect(t *testing.T) {
	t.Parallel()
	n := replies(status(302, "Location", "/again"))
	err := newClient(t, n.transport()).Do(t.Context(), get(), nil)
	wantFailure(t, err)
	if sent := len(n.requests()); sent > 6 {
		t.Errorf("%d requests were sent", sent)
	}
}

// Neither retryablehttp nor net/http close answers that come together with an error; nothing may stay open.
func TestRefusedRedirectClosesTheBody(t *testing.T) {
	t.Parallel()
	n := &network{}
	closed := false
	n.answer = func(int, *http.Request) (*http.Response, error) {
		return response(302, map[string]string{"Location": "http://acme.example/"}, closer{strings.NewReader("moved"), &closed}), nil
	}
	wantFailure(t, newClient(t, n.transport()).Do(t.Context(), get(), nil))
	if !closed {
		t.Error("the body of the redirect was not closed")
	}
}
