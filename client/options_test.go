package client_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
)

func TestBaseURL(t *testing.T) {
	t.Parallel()
	tests := []struct {
		base string
		want string // where a request for /rest goes; empty if the URL is refused
	}{
		{"https://acme.example", "https://acme.example/rest"},
		{"https://acme.example/", "https://acme.example/rest"},
		{"https://acme.example//", "https://acme.example/rest"},
		{"HTTPS://acme.example", "https://acme.example/rest"},
		{"https://acme.example:8443", "https://acme.example:8443/rest"},
		{"https://api.atlassian.com/ex/jira/11-22", "https://api.atlassian.com/ex/jira/11-22/rest"},
		{"http://localhost:8080", "http://localhost:8080/rest"},
		{"http://127.0.0.1:8080/v1/", "http://127.0.0.1:8080/v1/rest"},
		{"http://[::1]:8080", "http://[::1]:8080/rest"},

		{"", ""},
		{"acme.example", ""},
		{"acme.example:443", ""},
		{"//acme.example", ""},
		{"https://", ""},
		{"https://:443", ""},
		{"https:acme.example", ""},
		{"ftp://acme.example", ""},
		{"http://acme.example", ""},
		{"http://127.0.0.1.evil.example", ""},
		{"https://bot:" + secret + "@acme.example", ""},
		{"https://acme.example?x=1", ""},
		{"https://acme.example?", ""},
		{"https://acme.example#top", ""},
		{"https://acme.example:port", ""},
		{"https://acme example", ""},
		{"https://acme.example\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.base, func(t *testing.T) {
			t.Parallel()
			n := replies(ok("{}"))
			c, err := client.New(tt.base, client.Bearer(secret), client.WithTransport(n.transport()))
			if tt.want == "" {
				if err == nil {
					t.Fatal("accepted")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Do(t.Context(), client.NewRequest("Op", http.MethodGet, "/rest"), nil); err != nil {
				t.Fatal(err)
			}
			seen := wantSent(t, n, 1)[0]
			if seen.url != tt.want || c.BaseURL()+"/rest" != tt.want {
				t.Errorf("sent to %s by a client of %s, want %s", seen.url, c.BaseURL(), tt.want)
			}
			if seen.header.Get("Authorization") == "" {
				t.Error("not signed")
			}
		})
	}
}

func TestInsecureHTTP(t *testing.T) {
	t.Parallel()
	n := replies(ok("{}"))
	c := newClient(t, n.transport(), client.WithBaseURL("http://jira.intern"), client.WithInsecureHTTP())
	if err := c.Do(t.Context(), get(), nil); err != nil {
		t.Fatal(err)
	}
	if seen := wantSent(t, n, 1)[0]; !carriesSecret(seen.header, "bearer") {
		t.Error("not signed")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]client.Option{
		"transport":    client.WithTransport(nil),
		"timeout":      client.WithTimeout(-1),
		"max response": client.WithMaxResponse(0),
		"prefetch":     client.WithPrefetch(-1),
		"concurrency":  client.WithMaxConcurrency(0),
		"rate":         client.WithRateLimit(0, 1),
		"burst":        client.WithRateLimit(1, 0),
		"logger":       client.WithLogger(nil),
		"hook":         client.WithHook(nil),
	} {
		if _, err := client.New(site, client.Bearer(secret), opt); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := client.New(site, nil); err == nil {
		t.Error("no Auth: accepted")
	}
}

// A program that has put a transport of its own in place of net/http's gets that one.
func TestReplacedDefaultTransport(t *testing.T) { // Not parallel: it replaces a global for a moment
	n := replies(ok("{}"))
	original := http.DefaultTransport
	http.DefaultTransport = n.transport()
	c, err := client.New(site, client.Bearer(secret))
	http.DefaultTransport = original
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Do(t.Context(), get(), nil); err != nil {
		t.Fatal(err)
	}
	wantSent(t, n, 1)
}

func TestNilOption(t *testing.T) {
	t.Parallel()
	if _, err := client.New(site, client.Bearer(secret), nil); err == nil || !strings.Contains(err.Error(), "nil") {
		t.Errorf("err = %v", err)
	}
}

func TestAPIKeyName(t *testing.T) {
	t.Parallel()
	n := replies(ok("{}"))
	for _, name := range []string{"", " ", "X Key", "X-Key:", "X\nKey", "Schl\u00fcssel"} {
		err := newAuthClient(t, n.transport(), client.APIKey(name, secret)).Do(t.Context(), get(), nil)
		wantKinds(t, err, "unauthorized")
		wantFailure(t, err)
	}
	wantSent(t, n, 0)
}
