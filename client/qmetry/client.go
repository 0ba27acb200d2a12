package qmetry

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/jira-integrations/go-sdk/client"
)

// BaseURL is the vendor's cloud, where the API lives unless [client.WithBaseURL] says otherwise.
const BaseURL = "https://testmanagement.qmetry.com"

// ID is an identifier, read as a string and as a number.
type ID = client.ID

// Context says on whose behalf the service is asked. Its fields are sent as headers beside the API key's. Calls need all of
// them: one for which a header is missing names it and fails with [client.ErrInvalid]. [Client.ResolveContext] finds two of
// them. Which screens and actions there are is not documented, and no value is made up for them.
type Context struct {
	Project    string // the id, the name or the key of the project
	OrgCode    string // the code of the organisation
	Scope      string // the numeric id of the project
	ScreenName string // the screen of the product that a call is made for
	Action     string // what is done on that screen
}

// headers lists the fields as they are sent, the project first.
func (c Context) headers() []header {
	return []header{
		{"project", c.Project}, {"orgCode", c.OrgCode}, {"scope", c.Scope}, {"screenName", c.ScreenName}, {"action", c.Action},
	}
}

// Client talks to QMetry on behalf of one [Context]. It is safe for concurrent use and has nothing to close.
type Client struct {
	// Integrations are the connections to external systems.
	Integrations *IntegrationsService
	// Projects are the projects of QMetry.
	Projects *ProjectsService

	client *client.Client
	where  Context
}

type (
	service struct{ client *caller }
	// IntegrationsService reads the connections to external systems and their mappings.
	IntegrationsService service
	// ProjectsService reads projects.
	ProjectsService service
)

// api returns the caller; that of a zero Client says that New has not made it.
func (s *service) api() *caller { return cmp.Or(cmp.Or(s, new(service)).client, new(caller)) }

// APIKey signs with a key of the product's page Open API.
func APIKey(key string) client.Auth { return client.APIKey("apikey", key) }

// New returns a client of QMetry, whose credential is an [APIKey]. It sends nothing yet.
func New(auth client.Auth, where Context, opts ...client.Option) (*Client, error) {
	c, err := client.New(BaseURL, auth, opts...)
	if err != nil {
		return nil, err
	}
	return (&Client{client: c}).With(where), nil
}

// With returns a client that asks on behalf of another context: another project, or the screen and action that another
// endpoint wants. It shares the credential, the connections and the pace of c.
func (c *Client) With(where Context) *Client {
	c = cmp.Or(c, new(Client)) // whose calls say that New has not made it
	headers := where.headers()
	return &Client{
		Integrations: &IntegrationsService{&caller{c.client, headers}},
		Projects:     &ProjectsService{&caller{c.client, headers[:1]}},
		client:       c.client, where: where,
	}
}

// Context returns the context of the client.
func (c *Client) Context() Context { return cmp.Or(c, new(Client)).where }

// ResolveContext returns a client whose context has the organisation's code and the scope of the project, as the service
// tells them. What the context has already stays, and with both of them there nothing is asked.
//
// GET /rest/admin/project/getinfo
func (c *Client) ResolveContext(ctx context.Context) (*Client, error) {
	c, where := cmp.Or(c, new(Client)), c.Context()
	if where.OrgCode != "" && where.Scope != "" {
		return c, nil
	}
	info, err := c.Projects.Info(ctx)
	if err != nil {
		return nil, err
	}
	where.OrgCode = cmp.Or(where.OrgCode, info.ClientCode)
	where.Scope = cmp.Or(where.Scope, string(info.CurrentProjectID))
	switch {
	case where.OrgCode == "":
		return nil, client.Failed("Client.ResolveContext", errors.New("the service does not tell the code of the organisation (clientCode): give Context.OrgCode"))
	case where.Scope == "":
		return nil, client.Failed("Client.ResolveContext", errors.New("the service does not tell the id of the project (currentProjectId): give Context.Scope"))
	}
	return c.With(where), nil
}

// UnmarshalJSON refuses an answer without anything of what it should tell.
func (p *ProjectInfo) UnmarshalJSON(b []byte) error {
	type fields ProjectInfo
	err := client.Unmarshal(b, (*fields)(p))
	if err == nil && *p == (ProjectInfo{}) {
		err = errors.New("it has neither clientCode nor currentProjectId")
	}
	return err
}

// Do calls an endpoint that this package does not describe, with the same credential, retries and errors, and with those
// headers of the context that it has and r has not. See [client.Request].
func (c *Client) Do(ctx context.Context, r *client.Request, out any) error {
	c = cmp.Or(c, new(Client))
	given := slices.DeleteFunc(c.where.headers(), func(h header) bool { return h.value == "" })
	return (&caller{c.client, given}).Do(ctx, r, out)
}
