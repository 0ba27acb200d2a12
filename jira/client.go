package jira

import (
	"context"
	"net/url"

	"github.com/jira-integrations/go-sdk/client"
)

// Client is a Jira Cloud site. It is safe for concurrent use.
type Client struct {
	client *client.Client
	browse string // the address of the site for people

	AppFields   *AppFieldsService
	Attachments *AttachmentsService
	Bulk        *BulkService
	Comments    *CommentsService
	Expressions *ExpressionsService
	Fields      *FieldsService
	Groups      *GroupsService
	Issues      *IssuesService
	IssueTypes  *IssueTypesService
	JQL         *JQLService
	Labels      *LabelsService
	Links       *LinksService
	LinkTypes   *LinkTypesService
	Permissions *PermissionsService
	Priorities  *PrioritiesService
	Projects    *ProjectsService
	Redactions  *RedactionsService
	RemoteLinks *RemoteLinksService
	Resolutions *ResolutionsService
	Server      *ServerService
	Statuses    *StatusesService
	Tasks       *TasksService
	Users       *UsersService
	Webhooks    *WebhooksService
	Worklogs    *WorklogsService
}

// The services share one client; each has the methods of one kind of resource.
type (
	service struct {
		client *client.Client
		book   onceBook // of CreateOnce
	}

	// AppFieldsService sets the custom fields that the calling app brought along.
	AppFieldsService service
	// AttachmentsService uploads, downloads and removes files of issues.
	AttachmentsService service
	// BulkService changes many issues by one call.
	BulkService service
	// CommentsService reads and writes comments of issues.
	CommentsService service
	// ExpressionsService evaluates Jira expressions.
	ExpressionsService service
	// FieldsService lists system and custom fields.
	FieldsService service
	// GroupsService manages groups of users.
	GroupsService service
	// IssuesService finds, creates, edits and moves issues.
	IssuesService service
	// IssueTypesService lists issue types.
	IssueTypesService service
	// JQLService tells what can be said in JQL and what queries mean.
	JQLService service
	// LabelsService lists labels.
	LabelsService service
	// LinksService links issues to each other.
	LinksService service
	// LinkTypesService manages the kinds of links.
	LinkTypesService service
	// PermissionsService tells what the caller may do.
	PermissionsService service
	// PrioritiesService lists priorities.
	PrioritiesService service
	// ProjectsService lists projects and what belongs to them.
	ProjectsService service
	// RedactionsService makes text unreadable for good.
	RedactionsService service
	// RemoteLinksService links issues to pages elsewhere.
	RemoteLinksService service
	// ResolutionsService lists resolutions.
	ResolutionsService service
	// ServerService tells about the site.
	ServerService service
	// StatusesService lists statuses.
	StatusesService service
	// TasksService follows what Jira goes on doing after a call has returned.
	TasksService service
	// UsersService finds users.
	UsersService service
	// WebhooksService registers webhooks of an app and keeps them alive.
	WebhooksService service
	// WorklogsService reads and writes work logged on issues.
	WorklogsService service
)

// api returns the client, nil for a service of a zero Client: it then says so, where a nil service would panic.
func (s *service) api() *client.Client {
	if s == nil {
		return nil
	}
	return s.client
}

// misuse explains why a call that does more than to send a request cannot begin.
func (s *service) misuse(ctx context.Context, op string) error {
	switch {
	case s.api() == nil:
		return client.Invalid(op, "the client was not made by New: a zero Client reaches no site")
	case ctx == nil:
		return client.Invalid(op, "the context is nil: pass context.Background() if there is no other")
	}
	return nil
}

// New returns a client of a site, and sends nothing yet. The site is its address, https://acme.atlassian.net, its cloud id,
// or a [Site] of [FindSite]. Classic API tokens (Basic authentication) work on the address. An [oauth.Source] works
// through Atlassian's gateway, with any of the three: of an address the first call looks up the cloud id. Scoped API
// tokens and service accounts work through the gateway, too: give the cloud id, or the address and [WithGateway].
func New[S string | Site](site S, auth client.Auth, opts ...client.Option) (*Client, error) {
	var base, browse string
	switch site := any(site).(type) {
	case string:
		var way []client.Option
		base, browse, way = locate(site, auth)
		opts = append(way, opts...)
	case Site:
		var err error
		if base, browse, err = locateSite(site); err != nil {
			return nil, err
		}
	}
	return newClient(base, browse, auth, opts)
}

func newClient(base, browse string, auth client.Auth, opts []client.Option) (*Client, error) {
	c, err := client.New(base, auth, opts...)
	if err != nil {
		return nil, err
	}
	if browse == "" && !behindGateway(c) {
		browse = c.BaseURL()
	}
	s := &service{client: c}
	return &Client{
		client:      c,
		browse:      browse,
		AppFields:   (*AppFieldsService)(s),
		Attachments: (*AttachmentsService)(s),
		Bulk:        (*BulkService)(s),
		Comments:    (*CommentsService)(s),
		Expressions: (*ExpressionsService)(s),
		Fields:      (*FieldsService)(s),
		Groups:      (*GroupsService)(s),
		Issues:      (*IssuesService)(s),
		IssueTypes:  (*IssueTypesService)(s),
		JQL:         (*JQLService)(s),
		Labels:      (*LabelsService)(s),
		Links:       (*LinksService)(s),
		LinkTypes:   (*LinkTypesService)(s),
		Permissions: (*PermissionsService)(s),
		Priorities:  (*PrioritiesService)(s),
		Projects:    (*ProjectsService)(s),
		Redactions:  (*RedactionsService)(s),
		RemoteLinks: (*RemoteLinksService)(s),
		Resolutions: (*ResolutionsService)(s),
		Server:      (*ServerService)(s),
		Statuses:    (*StatusesService)(s),
		Tasks:       (*TasksService)(s),
		Users:       (*UsersService)(s),
		Webhooks:    (*WebhooksService)(s),
		Worklogs:    (*WorklogsService)(s),
	}, nil
}

// Do calls an endpoint that this package has no method for, with the same signing, retries and errors. See
// [client.NewRequest] and [client.Client.Do].
func (c *Client) Do(ctx context.Context, r *client.Request, out any) error {
	return c.api().Do(ctx, r, out)
}

func (c *Client) api() *client.Client {
	if c == nil {
		return nil
	}
	return c.client
}

// BrowseURL returns the address at which people see an issue. It is "" for a client that was given nothing but a cloud id,
// which does not tell the address of the site.
func (c *Client) BrowseURL(key string) string {
	if c == nil || c.browse == "" {
		return ""
	}
	return c.browse + "/browse/" + url.PathEscape(key)
}
