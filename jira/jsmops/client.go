package jsmops

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
)

// Client talks to Jira Service Management Ops of one site. It is safe for concurrent use and has nothing to close.
type Client struct {
	Integrations *IntegrationsService
	Actions      *ActionsService
	AlertFilters *AlertFiltersService

	client *client.Client
}

type (
	service struct{ client *client.Client }
	// IntegrationsService manages integrations.
	IntegrationsService service
	// ActionsService manages the actions of integrations and their order.
	ActionsService service
	// AlertFiltersService reads and sets the alert filters of integrations.
	AlertFiltersService service
)

// api returns the client, nil for a service of a zero Client: it then says so, where a nil service would panic.
func (s *service) api() *client.Client { return cmp.Or(s, new(service)).client }

// product is what the paths of the API begin with on the gateway, before the cloud id.
const product = "/jsm/ops/api/"

// New returns a client of a site, which is given by its address, as in https://acme.atlassian.net (the first call then asks
// for its cloud id), by its cloud id, or by the address of its API, https://api.atlassian.com/jsm/ops/api/{cloudId}. The
// credential is an account's ([client.BasicAuth]) or an OAuth 2.0 token. It sends nothing yet.
func New(site string, auth client.Auth, opts ...client.Option) (*Client, error) {
	base, known, err := baseURL(site)
	if err != nil {
		return nil, err
	}
	if !known {
		opts = append([]client.Option{client.WithGateway(product)}, opts...)
	}
	c, err := client.New(base, auth, opts...)
	if err != nil {
		return nil, err
	}
	s := &service{c}
	return &Client{(*IntegrationsService)(s), (*ActionsService)(s), (*AlertFiltersService)(s), c}, nil
}

// baseURL returns where the API is, or the address of the site that has to be asked for its cloud id.
func baseURL(site string) (base string, known bool, err error) {
	_, id, found := strings.Cut(strings.TrimRight(site, "/"), product)
	switch {
	case client.IsCloudID(site):
		return client.Gateway + product + site, true, nil
	case found && client.IsCloudID(id):
		return site, true, nil
	case found || strings.HasPrefix(strings.ToLower(site)+"/", client.Gateway+"/"):
		return "", false, errors.New("the address of the API is " + client.Gateway + product + "{cloudId}: give that, the cloud id, or the address of the site")
	}
	return site, false, nil
}

// Do calls an endpoint that this package does not describe, with the same credential, retries and errors. Its path begins
// with what comes after the cloud id, as in /v1/teams; see [client.NewRequest].
func (c *Client) Do(ctx context.Context, r *client.Request, out any) error {
	return cmp.Or(c, new(Client)).client.Do(ctx, r, out)
}

// Text is a string as a value of [Values].
func Text(s string) json.RawMessage { return JSON(s) }

// JSON is anything as a value of [Values]: a list, a bool, an object. What JSON cannot say makes a value that is
// [client.ErrInvalid] when it is to be sent.
func JSON(v any) json.RawMessage {
	b, _ := json.Marshal(v)
	return append(json.RawMessage{}, b...) // never nil, which would be null
}
