package client_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

const cloudID = "11111111-2222-3333-4444-55555555abcd"

// atlassian answers for the site and for the gateway.
func atlassian(tenant reply) *network {
	return &network{answer: func(_ int, req *http.Request) (*http.Response, error) {
		if req.URL.Path == "/_edge/tenant_info" {
			return tenant.answer(req)
		}
		return ok(`{"key":"X-1"}`).answer(req)
	}}
}

func throughGateway() client.Option { return client.WithGateway("/ex/jira/") }

// The site is asked once for its cloud id, without a credential; the credential goes to the gateway alone.
func TestGateway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := atlassian(ok(`{"cloudId":"` + cloudID + `"}`))
		c := newClient(t, n.transport(), throughGateway())
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if err := c.Do(t.Context(), create(), nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		seen := wantSent(t, n, 11)
		if first := seen[0]; first.url != site+"/_edge/tenant_info" || carriesSecret(first.header, "bearer") {
			t.Errorf("asked %s, header %v", first.url, first.header)
		}
		for _, s := range seen[1:] {
			if s.url != client.Gateway+"/ex/jira/"+cloudID+"/rest/api/3/issue" || !carriesSecret(s.header, "bearer") {
				t.Errorf("sent to %s, header %v", s.url, s.header)
			}
		}
	})
}

// Who names the whole address has no need to ask for it.
func TestGatewayAndBaseURL(t *testing.T) {
	t.Parallel()
	n := replies(ok("{}"))
	c := newClient(t, n.transport(), throughGateway(), client.WithBaseURL("https://proxy.example/jira"))
	if err := c.Do(t.Context(), create(), nil); err != nil {
		t.Fatal(err)
	}
	if got := wantSent(t, n, 1)[0].url; got != "https://proxy.example/jira/rest/api/3/issue" {
		t.Error(got)
	}
}

// A POST that could not find its way was not sent, whatever went wrong; the next call asks again.
func TestGatewayNotFound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer reply
		kinds  []string
		want   string
	}{
		{"no such site", status(404), []string{"notFound"}, "there is no site of Atlassian's cloud at " + site},
		{"moved to a login", status(302, "Location", "https://id.example/login"), nil, ""},
		{"no id", ok(`{}`), nil, "does not tell its cloud id"},
		{"a path as the id", ok(`{"cloudId":"../../admin"}`), nil, "does not tell its cloud id"},
		{"HTML", ok(`<html>sign in</html>`), nil, ""},
		{"rate limit", status(429, "Retry-After", "3600"), []string{"rateLimited"}, "retry after 1h"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := atlassian(tt.answer)
			c := newClient(t, n.transport(), throughGateway())
			err := c.Do(t.Context(), create(), nil)
			e := wantError(t, err)
			wantKinds(t, err, tt.kinds...)
			if e.Op != "Issues.Create" || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v", err)
			}
			before := len(n.requests())
			_ = c.Do(t.Context(), create(), nil)
			after := n.requests()
			if tt.name != "rate limit" && len(after) == before {
				t.Error("the second call did not ask again")
			}
			for _, s := range after {
				if s.method == http.MethodPost || carriesSecret(s.header, "bearer") {
					t.Errorf("sent %s %s", s.method, s.url)
				}
			}
		})
	}
}

// A caller that gives up while another one asks returns at once; the other one goes on.
func TestGatewayWaitersKeepTheirContexts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := &network{answer: func(k int, req *http.Request) (*http.Response, error) {
			if k == 1 {
				<-time.After(10 * time.Second)
				return ok(`{"cloudId":"` + cloudID + `"}`).answer(req)
			}
			return ok("{}").answer(req)
		}}
		c := newClient(t, n.transport(), throughGateway())
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := c.Do(t.Context(), create(), nil); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if err := c.Do(ctx, create(), nil); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("err = %v after %s", err, time.Since(start))
		}
		wg.Wait()
	})
}

// Nor has who gives an address of the gateway.
func TestGatewayGivenItsAddress(t *testing.T) {
	t.Parallel()
	n := replies(ok("{}"))
	c, err := client.New(client.Gateway+"/ex/jira/"+cloudID, client.Bearer(secret), client.WithTransport(n.transport()), throughGateway())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Do(t.Context(), create(), nil); err != nil {
		t.Fatal(err)
	}
	if got := wantSent(t, n, 1)[0].url; got != client.Gateway+"/ex/jira/"+cloudID+"/rest/api/3/issue" {
		t.Error(got)
	}
}

func TestGatewayBadInput(t *testing.T) {
	t.Parallel()
	for _, product := range []string{"", "ex/jira/", "/ex/jira"} {
		if _, err := client.New(site, client.Bearer(secret), client.WithGateway(product)); err == nil {
			t.Errorf("%q was taken", product)
		}
	}
	if _, err := client.New("acme", client.Bearer(secret), throughGateway()); err == nil {
		t.Error("a site that is no URL was taken")
	}
}
