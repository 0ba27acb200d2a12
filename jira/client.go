package jira

import (
	"context"
	"net/url"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
)

// Client is a Jira Cloud site. It is safe for concurrent use.
type Client struct {
	client *client.Client

	Attachments *AttachmentsService
	Comments    *CommentsService
	Fields      *FieldsService
	Issues      *IssuesService
	IssueTypes  *IssueTypesService
	Labels      *LabelsService
	Links       *LinksService
	LinkTypes   *LinkTypesService
	Permissions *PermissionsService
	Priorities  *PrioritiesService
	Projects    *ProjectsService
	RemoteLinks *RemoteLinksService
	Resolutions *ResolutionsService
	Server      *ServerService
	Statuses    *StatusesService
	Users       *UsersService
	Worklogs    *WorklogsService
}

// The services share one client; each has the methods of one kind of resource.
type (
	service struct {
		client *client.Client
		book   onceBook // of CreateOnce
	}

	// AttachmentsService uploads, downloads and removes files of issues.
	AttachmentsService service
	// CommentsService reads and writes comments of issues.
	CommentsService service
	// FieldsService lists system and custom fields.
	FieldsService service
	// IssuesService finds, creates, edits and moves issues.
	IssuesService service
	// IssueTypesService lists issue types.
	IssueTypesService service
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
	// RemoteLinksService links issues to pages elsewhere.
	RemoteLinksService service
	// ResolutionsService lists resolutions.
	ResolutionsService service
	// ServerService tells about the site.
	ServerService service
	// StatusesService lists statuses.
	StatusesService service
	// UsersService finds users.
	UsersService service
	// WorklogsService reads and writes work logged on issues.
	WorklogsService service
)

// New returns a client of the site, as in https://acme.atlassian.net. It sends nothing yet. Scoped API tokens work only
// through Atlassian's gateway: give https://api.atlassian.com/ex/jira/{cloudId} as the site then.
func New(site string, auth client.Auth, opts ...client.Option) (*Client, error) {
	c, err := client.New(site, auth, opts...)
	if err != nil {
		return nil, err
	}
	s := &service{client: c}
	return &Client{
		client:      c,
		Attachments: (*AttachmentsService)(s),
		Comments:    (*CommentsService)(s),
		Fields:      (*FieldsService)(s),
		Issues:      (*IssuesService)(s),
		IssueTypes:  (*IssueTypesService)(s),
		Labels:      (*LabelsService)(s),
		Links:       (*LinksService)(s),
		LinkTypes:   (*LinkTypesService)(s),
		Permissions: (*PermissionsService)(s),
		Priorities:  (*PrioritiesService)(s),
		Projects:    (*ProjectsService)(s),
		RemoteLinks: (*RemoteLinksService)(s),
		Resolutions: (*ResolutionsService)(s),
		Server:      (*ServerService)(s),
		Statuses:    (*StatusesService)(s),
		Users:       (*UsersService)(s),
		Worklogs:    (*WorklogsService)(s),
	}, nil
}

// Do calls an endpoint that this package has no method for, with the same signing, retries and errors. See
// [client.NewRequest] and [client.Client.Do].
func (c *Client) Do(ctx context.Context, r *client.Request, out any) error {
	return c.client.Do(ctx, r, out)
}

// gateway begins the path of Atlassian's gateway, before the cloud id of the site.
const gateway = "/ex/jira/"

// BrowseURL returns the address at which people see an issue. It is "" for a client of the gateway
// (https://api.atlassian.com/ex/jira/{cloudId}), which does not know the address of the site.
func (c *Client) BrowseURL(key string) string {
	if base, err := url.Parse(c.client.BaseURL()); err != nil || strings.HasPrefix(base.Path, gateway) {
		return ""
	}
	return c.client.BaseURL() + "/browse/" + url.PathEscape(key)
}
