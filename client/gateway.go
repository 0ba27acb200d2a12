package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// Gateway is the host through which OAuth 2.0 tokens, scoped API tokens and service accounts reach the sites of
// Atlassian's cloud.
const Gateway = "https://api.atlassian.com"

// WithGateway sends everything through Atlassian's [Gateway] in place of the site itself: to the product's path, as in
// "/ex/jira/", and the cloud id of the site. The first call asks the site for its id (GET /_edge/tenant_info, without a
// credential) and all later ones know it. Who gives an address of the gateway, or any by [WithBaseURL], has no need to ask.
func WithGateway(product string) Option {
	return func(c *config) error {
		if !strings.HasPrefix(product, "/") || !strings.HasSuffix(product, "/") {
			return errors.New("WithGateway: the product's path begins and ends with a slash, as in /ex/jira/")
		}
		c.gateway = product
		return nil
	}
}

// tenant finds out the cloud id of a site, once.
type tenant struct {
	site *Client
	turn chan struct{} // held by the call that asks

	mu sync.Mutex
	id string
}

// newTenant returns the tenant at cfg.baseURL, which is asked without a credential.
func newTenant(cfg config) (*tenant, error) {
	cfg.gateway, cfg.concurrency = "", 0
	site, err := newClient(cfg, unsigned{})
	return &tenant{site: site, turn: make(chan struct{}, 1)}, err
}

func (t *tenant) known() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.id
}

// cloudID asks unless it is known. One call asks, the others wait for it as long as their contexts allow; when it fails,
// the next one asks again.
func (t *tenant) cloudID(ctx context.Context) (string, error) {
	if id := t.known(); id != "" {
		return id, nil
	}
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if id := t.known(); id != "" {
		return id, nil
	}
	var info struct {
		CloudID string `json:"cloudId"`
	}
	err := t.site.Do(ctx, NewRequest("Gateway.CloudID", http.MethodGet, "/_edge/tenant_info"), &info)
	switch {
	case errors.Is(err, ErrNotFound):
		return "", fmt.Errorf("there is no site of Atlassian's cloud at %s: %w", t.site.base, err)
	case err != nil:
		return "", err
	case !IsCloudID(info.CloudID):
		return "", fmt.Errorf("%s does not tell its cloud id", t.site.base)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.id = info.CloudID
	return t.id, nil
}

// CloudID returns the cloud id of the site at address, as in https://acme.atlassian.net. It needs no credential.
//
// GET /_edge/tenant_info
//
// Errors: [ErrNotFound] when there is no such site.
func CloudID(ctx context.Context, address string, opts ...Option) (string, error) {
	c, err := New(address, unsigned{}, opts...)
	if err != nil {
		return "", err
	}
	return (&tenant{site: c, turn: make(chan struct{}, 1)}).cloudID(ctx)
}

// IsCloudID reports whether s has the form of a site's cloud id: 32 hexadecimal digits in five groups.
func IsCloudID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
		default:
			return false
		}
	}
	return true
}

// unsigned is the Auth of a client that has no credential.
type unsigned struct{}

// Sign adds nothing.
func (unsigned) Sign(*http.Request) error { return nil }

// Refresh has nothing to offer.
func (unsigned) Refresh(context.Context, *http.Request) (bool, error) { return false, nil }
