package jira

import (
	"context"
	"io"
	"net/http"

	"github.com/jira-integrations/go-sdk/client"
)

// GetAttachmentThumbnailParams are the optional parameters of Attachments.Thumbnail. A zero field is not sent.
type GetAttachmentThumbnailParams struct {
	// Width is the largest width in pixels.
	Width int
	// Height is the largest height in pixels.
	Height int
	// FallbackToDefault says whether there is a picture for attachments that have none of their own. Nil means yes; with
	// false they are [client.ErrNotFound].
	FallbackToDefault *bool
}

// Thumbnail copies a small picture of an attachment to w and returns the number of bytes. Like [AttachmentsService.Download]
// it follows Jira to its media store, which gets no credentials. A picture that breaks off is an error; w then has the part
// before. No timeout applies but that of ctx.
//
// GET /rest/api/3/attachment/thumbnail/{id}
//
// Errors: [client.ErrNotFound], [client.ErrInvalid], [client.ErrForbidden].
func (s *AttachmentsService) Thumbnail(ctx context.Context, id string, w io.Writer, params *GetAttachmentThumbnailParams) (int64, error) {
	r := client.NewRequest("Attachments.Thumbnail", http.MethodGet, "/rest/api/3/attachment/thumbnail/{id}", id)
	r.Header("Accept", "*/*")
	if params != nil {
		r.Query("fallbackToDefault", params.FallbackToDefault)
		r.Query("width", params.Width)
		r.Query("height", params.Height)
	}
	counted := &counter{w: w}
	err := (*service)(s).api().Do(ctx, r, counted)
	return counted.n, err
}
