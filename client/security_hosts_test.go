package client_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
)

// tricks are addresses that look like home, or nearly. home is the base URL; own says whether the address is there.
var tricks = []struct {
	name, home, address string
	own                 bool
}{
	{"itself", site, "https://acme.example/x", true},
	{"no path", site, "https://acme.example", true},
	{"port by default", site, "https://acme.example:443/x", true},
	{"empty port", site, "https://acme.example:/x", true},
	{"scheme in capitals", site, "HTTPS://acme.example/x", true},
	{"host in capitals", site, "https://ACME.EXAMPLE/x", true},
	{"trailing dot", site, "https://acme.example./x", true},
	{"trailing dot and port", site, "https://acme.example.:443/x", true},
	{"home has a port", "https://acme.example:8443", "https://acme.example:8443/x", true},
	{"home has a path", site + "/v1", "https://acme.example/elsewhere", true},
	{"IPv6", "https://[2001:db8::1]", "https://[2001:DB8::1]:443/x", true},
	{"IPv6 with a zone", "http://[fe80::1%25eth0]", "http://[FE80::1%25eth0]/x", true},

	{"http", site, "http://acme.example/x", false},
	{"http on the port of https", site, "http://acme.example:443/x", false},
	{"websocket", site, "wss://acme.example/x", false},
	{"other port", site, "https://acme.example:444/x", false},
	{"port zero", site, "https://acme.example:0/x", false},
	{"port with a zero", site, "https://acme.example:0443/x", false},
	{"home has a port, this has not", "https://acme.example:8443", "https://acme.example/x", false},
	{"two dots", site, "https://acme.example../x", false},
	{"dot first", site, "https://.acme.example/x", false},
	{"longer", site, "https://acme.example.evil.example/x", false},
	{"subdomain", site, "https://evil.acme.example/x", false},
	{"hyphen", site, "https://evil-acme.example/x", false},
	{"shorter", site, "https://example/x", false},
	{"in the path", site, "https://evil.example/acme.example", false},
	{"in the query", site, "https://evil.example?https://acme.example/", false},
	{"in the fragment", site, "https://evil.example#@acme.example/", false},
	{"in the user name", site, "https://acme.example@evil.example/x", false},
	{"in the password", site, "https://x:acme.example@evil.example/x", false},
	{"encoded at sign", site, "https://acme.example%40evil.example/x", false},
	{"encoded dot", site, "https://acme%2eexample/x", false},
	{"Kelvin sign", "https://kilo.example", "https://\u212ailo.example/x", false},
	{"long s", "https://site.example", "https://\u017fite.example/x", false},
	{"dotless i", "https://site.example", "https://s\u0131te.example/x", false},
	{"full stop of Japanese", site, "https://acme\u3002example/x", false},
	{"full width", site, "https://\uff41cme.example/x", false},
	{"soft hyphen", site, "https://ac\u00adme.example/x", false},
	{"punycode", "https://b\u00fccher.example", "https://xn--bcher-kva.example/x", false},
	{"no host", site, "https:///x", false},
	{"opaque", site, "https:acme.example/x", false},
	{"script", site, "javascript:https://acme.example/", false},
	{"data", site, "data:text/plain,acme.example", false},
	{"file", site, "file://acme.example/etc/passwd", false},
	{"other IPv6", "https://[::1]", "https://[::2]/x", false},
	{"IPv6 written otherwise", "https://[::1]", "https://[0:0:0:0:0:0:0:1]/x", false},
	{"IPv4 in IPv6", "https://127.0.0.1", "https://[::ffff:127.0.0.1]/x", false},
	{"other zone", "http://[fe80::1%25eth0]", "http://[fe80::1%25eth1]/x", false},
	{"zone in another case", "http://[fe80::1%25eth0]", "http://[fe80::1%25ETH0]/x", false},
	{"zone dropped", "http://[fe80::1%25eth0]", "http://[fe80::1]/x", false},
	{"zone added", "https://[::1]", "https://[::1%25lo]/x", false},
	{"decimal address", "https://127.0.0.1", "https://2130706433/x", false},
	{"octal address", "https://127.0.0.1", "https://0177.0.0.1/x", false},
	{"short address", "https://127.0.0.1", "https://127.1/x", false},
}

// A credential is for the own host, and what that is cannot be talked about: by no redirect, and by no look-alike.
func TestHostTricks(t *testing.T) {
	t.Parallel()
	for _, tt := range tricks {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := replies(status(http.StatusTemporaryRedirect, "Location", tt.address), ok("{}"))
			c := newAuthClient(t, n.transport(), client.Bearer(secret), client.WithBaseURL(tt.home), client.WithInsecureHTTP())
			u, err := url.Parse(tt.address)
			if err == nil && c.Own(u) != tt.own && u.User == nil {
				t.Errorf("Own(%s) of a client of %s is %v", tt.address, tt.home, !tt.own)
			}
			err = c.Do(t.Context(), get(), nil)
			sent := n.requests()
			switch {
			case tt.own && (err != nil || len(sent) != 2 || !carriesSecret(sent[1].header, "bearer")):
				t.Errorf("the redirect home was not followed and signed: %v, %v", sent, err)
			case !tt.own && (err == nil || len(sent) != 1):
				t.Errorf("%s was asked: %v", sent[len(sent)-1].url, err)
			}
			if tt.own {
				return
			}
			n = replies(status(http.StatusTemporaryRedirect, "Location", tt.address), ok("a file"))
			c = newAuthClient(t, n.transport(), client.Bearer(secret), client.WithBaseURL(tt.home), client.WithInsecureHTTP())
			_ = c.Do(t.Context(), get(), io.Discard)
			if sent = n.requests(); len(sent) == 2 && carriesSecret(sent[1].header, "bearer") {
				t.Errorf("the credential went to %s", sent[1].url)
			}
			if len(sent) == 2 && strings.HasPrefix(tt.home, "https:") && !strings.HasPrefix(sent[1].url, "https:") {
				t.Errorf("sent without encryption to %s", sent[1].url)
			}
		})
	}
}

// A write is redirected nowhere, be it home: its body is not for everybody either.
func TestHostTricksForWrites(t *testing.T) {
	t.Parallel()
	for _, tt := range tricks {
		n := replies(status(http.StatusTemporaryRedirect, "Location", tt.address), ok("{}"))
		c := newAuthClient(t, n.transport(), client.Bearer(secret), client.WithBaseURL(tt.home), client.WithInsecureHTTP())
		if err := c.Do(t.Context(), create(), nil); err == nil {
			t.Errorf("%s: no error", tt.name)
		}
		wantSent(t, n, 1)
	}
}

// A list that goes on "at" an address goes on at home: only a number is taken from it.
func TestHostTricksForLinks(t *testing.T) {
	t.Parallel()
	for _, tt := range tricks {
		page := client.LinkPage(client.Page[int, int64]{}, 7, tt.address+"?after=9", "after", true)
		if u, err := url.Parse(tt.address + "?after=9"); page.Next != 9 && err == nil && u.Query().Get("after") == "9" || !page.More {
			t.Errorf("%s: %d, %v", tt.name, page.Next, page.More)
		}
	}
}

// Plain http is for this machine, unless it was asked for by name.
func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	for base, loopback := range map[string]bool{
		"http://localhost": true, "http://LOCALHOST:80": true, "http://127.0.0.1:9": true, "http://127.8.8.8": true, "http://[::1]:8080": true,
		"http://[::ffff:127.0.0.1]": true,

		"http://acme.example": false, "HTTP://acme.example": false, "http://localhost.evil.example": false, "http://localhost.": false,
		"http://127.0.0.1.evil.example": false, "http://0.0.0.0": false, "http://[::]": false, "http://10.0.0.1": false, "http://169.254.169.254": false,
		"http://2130706433": false, "http://127.1": false, "http://[fe80::1]": false, "http://[::1%25lo]": false, "http://128.0.0.1": false,
		"http://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3": false,
	} {
		for _, opts := range [][]client.Option{{}, {client.WithBaseURL(base)}} {
			given := base
			if len(opts) > 0 {
				given = site
			}
			if _, err := client.New(given, client.Bearer(secret), opts...); (err == nil) != loopback {
				t.Errorf("%s: %v", base, err)
			}
			if _, err := client.New(given, client.Bearer(secret), append(opts, client.WithInsecureHTTP())...); err != nil {
				t.Errorf("%s, allowed: %v", base, err)
			}
		}
	}
	if _, err := client.New("http://acme.example", client.Bearer(secret), client.WithGateway("/ex/jira/")); err == nil {
		t.Error("a site behind the gateway was asked for its id by http")
	}
}

// A certificate that nobody vouches for ends the call, with the transport that comes by itself: nothing is sent, and the
// handshake is not tried once more, in hope.
func TestCertificatesAreChecked(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	var shaken atomic.Int32
	server.Config.ErrorLog = quiet
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			shaken.Add(1)
		}
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	c, err := client.New(server.URL, client.Bearer(secret))
	if err != nil {
		t.Fatal(err)
	}
	err = c.Do(t.Context(), get(), nil)
	if wantFailure(t, err); !strings.Contains(err.Error(), "certificate") || asked.Load() != 0 || shaken.Load() != 1 {
		t.Errorf("%d requests in %d connections: %v", asked.Load(), shaken.Load(), err)
	}
}
