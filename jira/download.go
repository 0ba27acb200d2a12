package jira

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
)

// Download copies the contents of an attachment to w and returns the number of bytes. Jira redirects to its media store,
// which gets no credentials. A download that breaks off goes on where it stopped, and w gets no byte twice. It is an error
// when that does not help, or when the contents have changed meanwhile; w then has the part before.
//
// GET /rest/api/3/attachment/content/{id}
func (s *AttachmentsService) Download(ctx context.Context, id string, w io.Writer) (int64, error) {
	d := &download{w: w, total: -1}
	for {
		before := d.n
		r := client.NewRequest("Attachments.Download", http.MethodGet, "/rest/api/3/attachment/content/{id}", id)
		r.Header("Accept", "*/*")
		if d.n > 0 {
			r.Header("Range", "bytes="+strconv.FormatInt(d.n, 10)+"-")
			if d.etag != "" && !strings.HasPrefix(d.etag, "W/") {
				r.Header("If-Range", d.etag)
			}
		}
		err := s.client.Do(ctx, r, d)
		if err == nil && d.total >= 0 && d.n != d.total {
			err = client.Failed("Attachments.Download", fmt.Errorf("the answers have %d bytes in all, not the %d of the first", d.n, d.total))
		}
		if err == nil || d.err != nil || d.n == before || ctx.Err() != nil || !d.goesOn(d.n-before) {
			return d.n, err
		}
	}
}

const (
	maxTrickles = 5 // answers in a row that hardly brought anything
	trickle     = 64 << 10
)

// download is what one download has got so far.
type download struct {
	w        io.Writer
	n        int64  // what w has
	total    int64  // -1 where it is not known
	etag     string // of the first answer
	skip     int64  // of this answer, what w has already
	trickles int
	err      error // of w, or of an answer that is of no use
}

// goesOn reports whether another request is worth while after one that brought so much.
func (d *download) goesOn(brought int64) bool {
	d.trickles++
	if brought >= trickle {
		d.trickles = 0
	}
	return d.trickles < maxTrickles && (d.total < 0 || d.n < d.total)
}

// Answer implements [client.AnswerWriter]. It finds out which part of the contents comes.
func (d *download) Answer(status int, header http.Header) error {
	from, total := int64(0), int64(-1)
	if status == http.StatusPartialContent {
		var err error
		if from, total, err = contentRange(header.Get("Content-Range")); err != nil {
			return d.fail(err)
		}
	} else if n, err := strconv.ParseInt(header.Get("Content-Length"), 10, 64); err == nil {
		total = n
	}
	etag := header.Get("ETag")
	switch {
	case d.n == 0 && from == 0:
		d.total, d.etag = total, etag
	case etag != d.etag, d.total >= 0 && total >= 0 && total != d.total:
		return d.fail(errors.New("the contents have changed while they were downloaded"))
	case from > d.n:
		return d.fail(fmt.Errorf("the answer begins at byte %d, not at %d", from, d.n))
	}
	d.skip = d.n - from
	return nil
}

func (d *download) fail(err error) error {
	d.err = err
	return err
}

// Write implements [io.Writer].
func (d *download) Write(p []byte) (int, error) {
	skipped := min(d.skip, int64(len(p)))
	d.skip -= skipped
	if skipped == int64(len(p)) {
		return len(p), nil
	}
	n, err := d.w.Write(p[skipped:])
	d.n += int64(n)
	if err != nil {
		d.err = err
	}
	return n + int(skipped), err
}

// contentRange reads "bytes 10-99/100": where the part begins, and how much there is in all, -1 for "*".
func contentRange(v string) (from, total int64, err error) {
	part, all, ok := strings.Cut(strings.TrimPrefix(v, "bytes "), "/")
	first, _, dash := strings.Cut(part, "-")
	total = -1
	from, err = strconv.ParseInt(first, 10, 64)
	if all != "*" && err == nil {
		total, err = strconv.ParseInt(all, 10, 64)
	}
	if !ok || !dash || err != nil || from < 0 {
		return 0, 0, errors.New("the Content-Range of the answer cannot be read")
	}
	return from, total, nil
}
