package jira

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"

	"github.com/jira-integrations/go-sdk/client"
)

// maxFiles is how many files Jira takes in one request.
const maxFiles = 60

// Upload is a file to attach. [UploadFile] and [UploadReader] make it.
type Upload struct {
	// Name is the file name that Jira shows.
	Name string
	// Size is the number of bytes, -1 where it is not known.
	Size int64
	// Open returns the contents from their start.
	Open func() (io.ReadCloser, error)
	// Once says that Open works only once; the upload is then never sent again, not even when the server refused it.
	Once bool
}

// UploadFile attaches the file at path under its own name. It is opened when it is sent; what is written to it from now on
// is left out. A pipe is read once; a directory or a device is refused.
func UploadFile(path string) Upload {
	u := Upload{Name: filepath.Base(path), Size: -1}
	if info, err := os.Stat(path); err == nil {
		u.Once = !info.Mode().IsRegular()
		if !u.Once {
			u.Size = info.Size()
		}
	}
	u.Open = func() (io.ReadCloser, error) { return openFile(path, u.Size) }
	return u
}

// openFile opens a file or a pipe, and of a file with a known size that much.
func openFile(path string, size int64) (io.ReadCloser, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if kind := info.Mode().Type(); kind != 0 && kind != os.ModeNamedPipe {
		return nil, errors.New("neither a file nor a pipe")
	}
	f, err := os.Open(path) // #nosec G304 -- the caller names the file
	if err != nil || size < 0 {
		return f, err
	}
	return readCloser{io.LimitReader(f, size), f}, nil
}

type readCloser struct {
	io.Reader
	io.Closer
}

// UploadReader attaches what r holds as a file called name. It is streamed, and sent once. A [io.Closer] is closed.
func UploadReader(name string, r io.Reader) Upload {
	return Upload{Name: name, Size: -1, Once: true, Open: func() (io.ReadCloser, error) {
		if isNil(r) {
			return nil, errNoReader
		}
		if c, ok := r.(io.ReadCloser); ok {
			return c, nil
		}
		return io.NopCloser(r), nil
	}}
}

var errNoReader = errors.New("the reader is nil")

// isNil reports whether there is no reader, or a pointer of the reader's type that points nowhere.
func isNil(r io.Reader) bool {
	v := reflect.ValueOf(r)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// Upload attaches files to an issue, at most 60 at once, without holding them in memory. A file of the same name does not
// replace an earlier one. Like every write that is no PUT it is not repeated when its outcome is unknown
// ([client.ErrAmbiguous]); a file larger than the site allows is [client.ErrTooLarge]. A file that cannot be read to its
// end is [client.ErrInvalid] and the error of reading it: the site has got no whole request then, and attaches nothing.
// An answer that names more or fewer attachments than files is [client.ErrAmbiguous], with those that it names.
//
// POST /rest/api/3/issue/{issueIdOrKey}/attachments
func (s *AttachmentsService) Upload(ctx context.Context, issue string, files ...Upload) ([]Attachment, error) {
	const op = "Attachments.Upload"
	if len(files) == 0 || len(files) > maxFiles {
		return nil, client.Invalid(op, "%d files: give from 1 to %d", len(files), maxFiles)
	}
	form, err := newForm(files)
	if err != nil {
		return nil, client.Invalid(op, "%w", err)
	}
	r := client.NewRequest(op, http.MethodPost, "/rest/api/3/issue/{issueIdOrKey}/attachments", issue)
	r.Header("X-Atlassian-Token", "no-check").Stream(form.stream())
	var out []Attachment
	if err := (*service)(s).api().Do(ctx, r, &out); err != nil {
		if failed := form.failed.Load(); failed != nil && ctx.Err() == nil && errors.Is(err, client.ErrAmbiguous) {
			return nil, client.Invalid(op, "%w", *failed)
		}
		return nil, err
	}
	if len(out) != len(files) {
		return out, client.Ambiguous(op, fmt.Errorf("the server answered with %d new attachments for %d files", len(out), len(files)))
	}
	return out, nil
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// form is a multipart body whose parts are read one after the other.
type form struct {
	files       []Upload
	headers     [][]byte // before each file
	trailer     []byte
	contentType string
	failed      atomic.Pointer[error] // of a file, while the last attempt was sent
}

func newForm(files []Upload) (*form, error) {
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	f := &form{files: files, contentType: w.FormDataContentType()}
	for i, file := range files {
		switch {
		case strings.TrimSpace(file.Name) == "":
			return nil, fmt.Errorf("file %d has no name", i+1)
		case strings.ContainsFunc(file.Name, func(c rune) bool { return c < ' ' || c == 0x7f }):
			return nil, fmt.Errorf("the name of file %d contains a control character", i+1)
		case file.Open == nil:
			return nil, fmt.Errorf("file %q cannot be opened: make it with UploadFile or UploadReader", file.Name)
		}
		if _, err := w.CreateFormFile("file", file.Name); err != nil {
			return nil, err
		}
		f.headers = append(f.headers, bytes.Clone(buf.Bytes()))
		buf.Reset()
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	f.trailer = bytes.Clone(buf.Bytes())
	return f, nil
}

func (f *form) stream() *client.Stream {
	s := &client.Stream{ContentType: f.contentType, Open: f.open, Length: int64(len(f.trailer))}
	for i, file := range f.files {
		s.Once = s.Once || file.Once
		if file.Size < 0 || s.Length < 0 {
			s.Length = -1
			continue
		}
		s.Length += int64(len(f.headers[i])) + file.Size
	}
	return s
}

func (f *form) open() (io.ReadCloser, error) {
	f.failed.Store(nil)
	body := &formBody{failed: &f.failed}
	var parts []io.Reader
	for i, file := range f.files {
		r, err := file.Open()
		if err == nil && isNil(r) {
			err = errNoReader
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open %s: %w", file.Name, err), body.Close())
		}
		body.open = append(body.open, r)
		parts = append(parts, bytes.NewReader(f.headers[i]), &fileReader{file: file, r: r})
	}
	body.parts = io.MultiReader(append(parts, bytes.NewReader(f.trailer))...)
	return body, nil
}

// fileReader reads a file that must have as many bytes as it says: the length of the request depends on it.
type fileReader struct {
	file Upload
	r    io.Reader
	n    int64
}

func (f *fileReader) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	f.n += int64(n)
	switch size := f.file.Size; {
	case err != nil && !errors.Is(err, io.EOF):
		return n, fmt.Errorf("read %s: %w", f.file.Name, err)
	case size >= 0 && f.n > size:
		return 0, fmt.Errorf("read %s: it has more than the %d bytes of its Size", f.file.Name, size)
	case size >= 0 && f.n < size && err != nil:
		return n, fmt.Errorf("read %s: it has %d bytes, not the %d of its Size", f.file.Name, f.n, size)
	}
	return n, err
}

// formBody is the body of one attempt.
type formBody struct {
	parts  io.Reader
	open   []io.Closer
	closed atomic.Bool
	failed *atomic.Pointer[error]
}

// Read keeps an error that does not come from closing the body early.
func (b *formBody) Read(p []byte) (int, error) {
	n, err := b.parts.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && !b.closed.Load() {
		b.failed.Store(&err)
	}
	return n, err
}

func (b *formBody) Close() error {
	b.closed.Store(true)
	var all error
	for _, c := range b.open {
		all = errors.Join(all, c.Close())
	}
	b.open = nil
	return all
}
