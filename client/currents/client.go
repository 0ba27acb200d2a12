package currents

import (
	"context"

	"github.com/jira-integrations/go-sdk/client"
)

// BaseURL is where the API lives, unless [client.WithBaseURL] says otherwise.
const BaseURL = "https://api.currents.dev/v1"

// Client talks to Currents. It is safe for concurrent use and has nothing to close.
type Client struct {
	// Projects are the projects of the organisation.
	Projects *ProjectsService
	// Runs are the test runs of projects.
	Runs *RunsService
	// Instances are the executions of single spec files.
	Instances *InstancesService
	// TestResults are the executions of a test over time.
	TestResults *TestResultsService
	// Signatures identify tests across runs.
	Signatures *SignaturesService
	// Jira creates, links and prepares Jira issues.
	Jira *JiraService

	client *client.Client
}

// The services share one client.
type (
	service struct{ client *client.Client }

	// ProjectsService reads projects.
	ProjectsService service
	// RunsService finds and reads runs.
	RunsService service
	// InstancesService reads instances.
	InstancesService service
	// TestResultsService reads the history of a test.
	TestResultsService service
	// SignaturesService computes test signatures.
	SignaturesService service
	// JiraService works on the Jira installations that are connected to the organisation.
	JiraService service
)

// api returns the client, nil for a service of a zero Client: it then says so, where a nil service would panic.
func (s *service) api() *client.Client {
	if s == nil {
		return nil
	}
	return s.client
}

// New returns a client of Currents. The credential is an API key, given as client.Bearer(key). It sends nothing yet.
func New(auth client.Auth, opts ...client.Option) (*Client, error) {
	c, err := client.New(BaseURL, auth, opts...)
	if err != nil {
		return nil, err
	}
	s := &service{c}
	return &Client{
		Projects:    (*ProjectsService)(s),
		Runs:        (*RunsService)(s),
		Instances:   (*InstancesService)(s),
		TestResults: (*TestResultsService)(s),
		Signatures:  (*SignaturesService)(s),
		Jira:        (*JiraService)(s),
		client:      c,
	}, nil
}

// Do calls an endpoint that this package does not describe, with the same credential, retries and errors:
//
//	r := client.NewRequest("Webhooks.Get", http.MethodGet, "/webhooks/{hookId}", id)
//	err := cc.Do(ctx, r, &answer)
func (c *Client) Do(ctx context.Context, r *client.Request, out any) error {
	return c.api().Do(ctx, r, out)
}

func (c *Client) api() *client.Client {
	if c == nil {
		return nil
	}
	return c.client
}
