package jira

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// Download copies the contents of an attachment to w and returns the number of bytes. Jira redirects to its media store,
// which gets no credentials. A download that breaks off goes on where it stopped, within this call and if the store names the
// version of the contents by an ETag or Last-Modified; w gets no byte twice. It is an error when that does not help, or when
// the contents have changed meanwhile; w then has the part before. A store that announces fewer bytes than there are cannot
// be told from one that has no more: who must know compares with [Attachment.Size]. No timeout applies but that of ctx.
//
// GET /rest/api/3/attachment/content/{id}
func (s *AttachmentsService) Download(ctx context.Context, id string, w io.Writer) (int64, error) {
	const op = "Attachments.Download"
	d := &download{w: w, total: -1}
	for {
		before := d.n
		r := client.NewRequest(op, http.MethodGet, "/rest/api/3/attachment/content/{id}", id)
		r.Header("Accept", "*/*")
		d.goOn(r)
		err := (*service)(s).api().Do(ctx, r, d)
		if err == nil && d.total >= 0 && d.n != d.total {
			err = client.Failed(op, fmt.Errorf("the answers have %d bytes in all, not the %d of the contents", d.n, d.total))
		}
		if err == nil || d.err != nil || d.n == before || ctx.Err() != nil || !d.goesOn(d.n-before) {
			return d.n, err
		}
		if over := client.Sleep(ctx, d.pause()); over != nil {
			return d.n, client.Failed(op, fmt.Errorf("%w while waiting to go on after %w", over, err))
		}
	}
}

const (
	maxTrickles = 5 // answers in a row that hardly brought anything
	trickle     = 64 << 10

	// A store that often breaks off is asked less and less often.
	shortAnswer = 1 << 20
	minPause    = 250 * time.Millisecond
	maxPause    = 4 * time.Second
)

// download is what one download has got so far.
type download struct {
	w        io.Writer
	n        int64  // what w has
	total    int64  // -1 where it is not known
	etag     string // of the first answer
	modified string // its Last-Modified
	skip     int64  // of this answer, what w has already
	trickles int
	shorts   int   // short answers in a row
	err      error // of w, or of an answer that is of no use
}

// goOn asks for what w does not have.
func (d *download) goOn(r *client.Request) {
	if d.n == 0 {
		return
	}
	from := d.n
	if d.total < 0 {
		from-- // perhaps nothing is left: a range of nothing is refused, that of the last byte tells the total
	}
	r.Header("Range", "bytes="+strconv.FormatInt(from, 10)+"-")
	if d.strong() {
		r.Header("If-Range", d.etag)
	} else if d.modified != "" {
		r.Header("If-Range", d.modified)
	}
}

// strong reports that the ETag alone tells the version.
func (d *download) strong() bool { return d.etag != "" && !strings.HasPrefix(d.etag, "W/") }

// goesOn reports whether another request is worth while after one that brought so much.
func (d *download) goesOn(brought int64) bool {
	d.trickles++
	if brought >= trickle {
		d.trickles = 0
	}
	d.shorts++
	if brought >= shortAnswer {
		d.shorts = 0
	}
	return d.trickles < maxTrickles && (d.total < 0 || d.n < d.total) && (d.etag != "" || d.modified != "")
}

// pause is the time until the next request. A first failure may be chance.
func (d *download) pause() time.Duration {
	if d.shorts < 2 {
		return 0
	}
	return min(minPause<<min(d.shorts-2, 10), maxPause)
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
	switch {
	case d.n == 0 && from == 0:
		d.total, d.etag, d.modified = total, header.Get("ETag"), header.Get("Last-Modified")
	case d.changed(status, header), d.total >= 0 && total >= 0 && total != d.total:
		return d.fail(errors.New("the contents have changed while they were downloaded"))
	case from > d.n:
		return d.fail(fmt.Errorf("the answer begins at byte %d, not at %d", from, d.n))
	}
	if d.total < 0 {
		d.total = total
	}
	d.skip = d.n - from
	return nil
}

// changed reports that the answer is of another version than the first.
func (d *download) changed(status int, header http.Header) bool {
	modified := header.Get("Last-Modified")
	if modified == "" && status == http.StatusPartialContent {
		modified = d.modified // it may be left out where If-Range was met
	}
	return header.Get("ETag") != d.etag || !d.strong() && modified != d.modified
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
