package jira_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

// text is a file whose readers are counted.
type text struct {
	jira.Upload
	opened, closed atomic.Int32
}

func newText(name, body string) *text {
	f := &text{}
	f.Upload = jira.Upload{Name: name, Size: int64(len(body)), Open: func() (io.ReadCloser, error) {
		f.opened.Add(1)
		return struct {
			io.Reader
			io.Closer
		}{strings.NewReader(body), closer(func() error { f.closed.Add(1); return nil })}, nil
	}}
	return f
}

type reader func([]byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }

type closer func() error

func (c closer) Close() error { return c() }

type part struct{ Form, Name, Body string }

// parts reads what was uploaded.
func parts(r *http.Request) (all []part, err error) {
	form, err := r.MultipartReader()
	for err == nil {
		var p *multipart.Part
		if p, err = form.NextPart(); err == nil {
			var body []byte
			body, err = io.ReadAll(p)
			all = append(all, part{p.FormName(), p.FileName(), string(body)})
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return all, err
}

func TestUpload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "trace.txt")
	if err := os.WriteFile(path, []byte("from disk"), 0o600); err != nil {
		t.Fatal(err)
	}
	odd := []string{`quote " and \ back`, "Zoë 🧾.png", "a;b=c.txt", "semi:colon?*.log", "..", "../../etc/passwd", "%0d%0aX: y", "\xff.bin", strings.Repeat("n", 300)}
	for _, tt := range []struct {
		name  string
		files []jira.Upload
		want  []part
		sized bool
	}{
		{"file", []jira.Upload{jira.UploadFile(path)}, []part{{"file", "trace.txt", "from disk"}}, true},
		{"reader", []jira.Upload{jira.UploadReader("r", strings.NewReader("read"))}, []part{{"file", "r", "read"}}, false},
		{"empty", []jira.Upload{newText("e", "").Upload}, []part{{"file", "e", ""}}, true},
		{
			"several",
			[]jira.Upload{newText("a", "A\r\n--b").Upload, jira.UploadFile(path), newText("a", "2").Upload},
			[]part{{"file", "a", "A\r\n--b"}, {"file", "trace.txt", "from disk"}, {"file", "a", "2"}},
			true,
		},
		{
			"one of unknown size",
			[]jira.Upload{newText("a", "A").Upload, jira.UploadReader("r", strings.NewReader("read")), newText("b", "B").Upload},
			[]part{{"file", "a", "A"}, {"file", "r", "read"}, {"file", "b", "B"}},
			false,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			jc, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				length := r.ContentLength
				body, _ := io.ReadAll(r.Body)
				if tt.sized != (length == int64(len(body))) || !tt.sized && length != -1 {
					t.Errorf("Content-Length is %d of %d", length, len(body))
				}
				r.Body = io.NopCloser(bytes.NewReader(body))
				got, err := parts(r)
				if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
					t.Errorf("uploaded (-want +got): %v\n%s", err, diff)
				}
				if r.Header.Get("X-Atlassian-Token") != "no-check" || r.URL.Path != "/rest/api/3/issue/WEB-7/attachments" {
					t.Errorf("%s with %v", r.URL, r.Header)
				}
				answers := []string{`{"id":"10300","filename":"a","created":"2026-11-20T12:00:00.000+0000"}`, `{"id":10301}`, `{"id":"10302"}`}
				fmt.Fprintf(w, "[%s]", strings.Join(answers[:len(tt.files)], ","))
			}))
			got, err := jc.Attachments.Upload(t.Context(), "WEB-7", tt.files...)
			var ids []string
			for _, a := range got {
				ids = append(ids, string(a.ID))
			}
			if want := []string{"10300", "10301", "10302"}[:len(tt.files)]; err != nil || !slices.Equal(ids, want) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	for _, name := range odd {
		t.Run(name[:min(len(name), 20)], func(t *testing.T) {
			t.Parallel()
			var got []part
			jc, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got, _ = parts(r)
				fmt.Fprint(w, `[{"id":"1"}]`)
			}))
			if _, err := jc.Attachments.Upload(t.Context(), "WEB-7", newText(name, "x").Upload); err != nil {
				t.Fatal(err)
			}
			// FileName gives the last part of a path.
			if want := []part{{"file", filepath.Base(name), "x"}}; !slices.Equal(got, want) && name != ".." {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestUploadIsCheckedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	ok := func() jira.Upload { return newText("a", "A").Upload }
	for name, tt := range map[string]struct {
		issue string
		files []jira.Upload
	}{
		"no files": {"WEB-7", nil}, "61 files": {"WEB-7", slices.Repeat([]jira.Upload{ok()}, 61)}, "no name": {"WEB-7", []jira.Upload{{Size: -1, Open: ok().Open}}},
		"blank name":         {"WEB-7", []jira.Upload{ok(), newText(" \t", "x").Upload}},
		"line break":         {"WEB-7", []jira.Upload{newText("a\r\nX-Evil: 1", "x").Upload}},
		"NUL":                {"WEB-7", []jira.Upload{newText("a\x00b", "x").Upload}},
		"no Open":            {"WEB-7", []jira.Upload{{Name: "a"}}},
		"missing file":       {"WEB-7", []jira.Upload{ok(), jira.UploadFile(filepath.Join(t.TempDir(), "none"))}},
		"directory":          {"WEB-7", []jira.Upload{ok(), jira.UploadFile(t.TempDir())}},
		"device":             {"WEB-7", []jira.Upload{jira.UploadFile(os.DevNull)}},
		"no reader":          {"WEB-7", []jira.Upload{jira.UploadReader("a", nil)}},
		"nil file":           {"WEB-7", []jira.Upload{jira.UploadReader("a", (*os.File)(nil))}},
		"nil buffer":         {"WEB-7", []jira.Upload{jira.UploadReader("a", (*bytes.Buffer)(nil))}},
		"nothing opened":     {"WEB-7", []jira.Upload{{Name: "a", Size: -1, Open: func() (io.ReadCloser, error) { return nil, nil }}}},
		"nil opened":         {"WEB-7", []jira.Upload{{Name: "a", Size: 1, Open: func() (io.ReadCloser, error) { return (*os.File)(nil), nil }}}},
		"no issue":           {"", []jira.Upload{ok()}},
		"hostile issue":      {"..", []jira.Upload{ok()}},
		"encoded hostile":    {"%2e%2e", []jira.Upload{ok()}},
		"issue of two lines": {"a\nb", []jira.Upload{ok()}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{}
			_, err := newClient(t, r).Attachments.Upload(t.Context(), tt.issue, tt.files...)
			if !errors.Is(err, client.ErrInvalid) || errors.Is(err, client.ErrAmbiguous) || len(r.sent) > 0 {
				t.Errorf("%v after %d requests", err, len(r.sent))
			}
		})
	}
}

// A request that the client could not send whole attaches nothing: the error is the client's, and its outcome known.
func TestUploadOfWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is broken")
	failing := func() io.Reader {
		return io.MultiReader(strings.NewReader(strings.Repeat("x", 100_000)), iotest.ErrReader(broken))
	}
	sized := func(size int64) jira.Upload {
		u := newText("a", "0123456789").Upload
		u.Size = size
		return u
	}
	opened := func(size int64) jira.Upload {
		return jira.Upload{Name: "a", Size: size, Open: func() (io.ReadCloser, error) { return io.NopCloser(failing()), nil }}
	}
	for name, tt := range map[string]struct {
		file jira.Upload
		is   error
		says string
	}{
		"at once":           {jira.UploadReader("a", iotest.ErrReader(broken)), broken, "read a: the disk is broken"},
		"later":             {jira.UploadReader("a", failing()), broken, "read a: the disk is broken"},
		"of a known size":   {opened(200_000), broken, "read a: the disk is broken"},
		"less than Size":    {sized(11), client.ErrInvalid, "it has 10 bytes, not the 11 of its Size"},
		"more than Size":    {sized(9), client.ErrInvalid, "more than the 9 bytes of its Size"},
		"more than nothing": {sized(0), client.ErrInvalid, "more than the 0 bytes of its Size"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			jc, _ := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if got, err := parts(r); err == nil {
					t.Errorf("the server got a whole request: %v", got)
				}
				panic(http.ErrAbortHandler)
			}))
			got, err := jc.Attachments.Upload(t.Context(), "WEB-7", newText("b", "B").Upload, tt.file)
			if got != nil || !errors.Is(err, tt.is) || !errors.Is(err, client.ErrInvalid) || errors.Is(err, client.ErrAmbiguous) {
				t.Errorf("got %v, %v", got, err)
			}
			if err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("the error is %v, want %q in it", err, tt.says)
			}
		})
	}
}

// What a caller gives up is not the file's fault.
func TestUploadGivenUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	jc, _ := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = r.Body.Read(make([]byte, 1))
		cancel()
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	endless := reader(func(p []byte) (int, error) { return len(p), ctx.Err() })
	_, err := jc.Attachments.Upload(ctx, "WEB-7", jira.UploadReader("a", endless))
	if !errors.Is(err, context.Canceled) || errors.Is(err, client.ErrInvalid) {
		t.Errorf("the error is %v", err)
	}
}

// A log that is still being written is attached as it was when it was named.
func TestUploadOfAFileThatGrows(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "run.log")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := jira.UploadFile(path)
	if err := os.WriteFile(path, []byte("before and after"), 0o600); err != nil {
		t.Fatal(err)
	}
	var got []part
	jc, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, _ = parts(r)
		fmt.Fprint(w, `[{"id":"1"}]`)
	}))
	_, err := jc.Attachments.Upload(t.Context(), "WEB-7", file)
	if want := []part{{"file", "run.log", "before"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}

	if err := os.WriteFile(path, []byte("gone"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := jc.Attachments.Upload(t.Context(), "WEB-7", file); !errors.Is(err, client.ErrInvalid) || errors.Is(err, client.ErrAmbiguous) {
		t.Errorf("a file that has shrunk: %v", err)
	}
}

func TestUploadAgainAfterARefusal(t *testing.T) {
	t.Parallel()
	refusals := atomic.Int32{}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, err := parts(r)
		if err != nil || len(got) != 2 || got[0].Body != "A" || got[1].Body != "B" {
			t.Errorf("uploaded %v, %v", got, err)
		}
		if refusals.Add(1) == 1 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		fmt.Fprint(w, `[{"id":"1"},{"id":"2"}]`)
	})
	jc, _ := serve(t, handler)
	a, b := newText("a", "A"), newText("b", "B")
	got, err := jc.Attachments.Upload(t.Context(), "WEB-7", a.Upload, b.Upload)
	if err != nil || len(got) != 2 || a.opened.Load() != 2 || b.opened.Load() != 2 {
		t.Errorf("got %v, %v; opened %d and %d times", got, err, a.opened.Load(), b.opened.Load())
	}
	if a.closed.Load() != 2 || b.closed.Load() != 2 {
		t.Errorf("closed %d and %d times", a.closed.Load(), b.closed.Load())
	}

	refusals.Store(0)
	_, err = jc.Attachments.Upload(t.Context(), "WEB-7", a.Upload, jira.UploadReader("b", strings.NewReader("B")))
	if !errors.Is(err, client.ErrRateLimited) || errors.Is(err, client.ErrAmbiguous) || refusals.Load() != 1 {
		t.Errorf("a reader: %v after %d requests", err, refusals.Load())
	}
}

func TestUploadWithAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"500":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"cut off": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"nothing": func(http.ResponseWriter, *http.Request) {},
		"no list": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"id":"1"}`) },
		"nobody":  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `[]`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			jc, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				_, _ = io.Copy(io.Discard, r.Body)
				handler(w, r)
			}))
			file := newText("a", "A")
			got, err := jc.Attachments.Upload(t.Context(), "WEB-7", file.Upload)
			if !errors.Is(err, client.ErrAmbiguous) || len(got) > 0 || requests.Load() != 1 || file.closed.Load() != 1 {
				t.Errorf("got %v, %v after %d requests, closed %d times", got, err, requests.Load(), file.closed.Load())
			}
		})
	}
}

// What the answer names is returned also when it is not one attachment for each file.
func TestUploadOfWhichSomeAreMissing(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]int{`[{"id":"1"}]`: 1, `[{"id":"1"},{"id":"2"},{"id":"3"}]`: 3} {
		jc := answering(t, http.StatusOK, answer)
		got, err := jc.Attachments.Upload(t.Context(), "WEB-7", newText("a", "A").Upload, newText("b", "B").Upload)
		says := fmt.Sprintf("%d new attachments for 2 files", want)
		if !errors.Is(err, client.ErrAmbiguous) || !strings.Contains(err.Error(), says) || len(got) != want || got[0].ID != "1" {
			t.Errorf("got %+v, %v", got, err)
		}
	}
}

// A reader that can be closed is closed.
func TestUploadClosesReaders(t *testing.T) {
	t.Parallel()
	closed := 0
	r := struct {
		io.Reader
		io.Closer
	}{strings.NewReader("read"), closer(func() error { closed++; return nil })}
	rec := &recorder{answers: []answer{{http.StatusOK, `[{"id":"1"}]`, nil}}}
	if _, err := newClient(t, rec).Attachments.Upload(t.Context(), "WEB-7", jira.UploadReader("r", r)); err != nil || closed != 1 {
		t.Errorf("%v, closed %d times", err, closed)
	}
}

func TestUploadTooLarge(t *testing.T) {
	t.Parallel()
	r := &recorder{answers: []answer{{http.StatusRequestEntityTooLarge, `{"errorMessages":["The file is larger than 10 MB."]}`, nil}}}
	_, err := newClient(t, r).Attachments.Upload(t.Context(), "WEB-7", newText("a", "A").Upload)
	if !errors.Is(err, client.ErrTooLarge) || errors.Is(err, client.ErrAmbiguous) {
		t.Errorf("the error is %v", err)
	}
}

// media is a host of its own that must see no credentials.
func media(tb testing.TB, handler http.HandlerFunc) string {
	tb.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"Authorization", "Cookie", "Referer"} {
			if v := r.Header.Get(name); v != "" {
				tb.Errorf("the media host got %s: %s", name, v)
			}
		}
		handler(w, r)
	}))
	tb.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1) + "/file/1/binary?token=signed"
}

func TestDownload(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		media http.HandlerFunc
		want  string
		err   string
	}{
		"whole": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "\x00\xffbytes") }, "\x00\xffbytes", ""},
		"JSON":  {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"a":1}`) }, `{"a":1}`, ""},
		"empty": {func(http.ResponseWriter, *http.Request) {}, "", ""},
		"cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "part")
		}, "part", "broke off"},
		"cut without a length": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "part")
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, "part", "broke off"},
		"gone": {http.NotFound, "", "404"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			location := media(t, tt.media)
			jc, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if _, _, ok := r.BasicAuth(); !ok || r.URL.RequestURI() != "/rest/api/3/attachment/content/10300" {
					t.Errorf("%s with %v", r.URL, r.Header)
				}
				w.Header().Set("Set-Cookie", "session=1")
				http.Redirect(w, r, location, http.StatusSeeOther)
			}))
			var b bytes.Buffer
			n, err := jc.Attachments.Download(t.Context(), "10300", &b)
			if b.String() != tt.want || n != int64(len(tt.want)) {
				t.Errorf("%d bytes, %q", n, b.String())
			}
			var e *client.Error
			if tt.err == "" && err != nil || tt.err != "" && (!errors.As(err, &e) || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("the error is %v", err)
			}
			if err != nil && (strings.Contains(err.Error(), "signed") || strings.Contains(err.Error(), "secret-token")) {
				t.Errorf("the error gives away a secret: %v", err)
			}
		})
	}
}

func TestDownloadIntoAFailingWriter(t *testing.T) {
	t.Parallel()
	full := errors.New("the disk is full")
	_, err := answering(t, http.StatusOK, "bytes").Attachments.Download(t.Context(), "1", writer(func([]byte) (int, error) { return 2, full }))
	if !errors.Is(err, full) {
		t.Errorf("the error is %v", err)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestDownloadOfHostileIDs(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", "..", "%2e%2e", "a\nb", strings.Repeat("1", 10<<10)} {
		r := &recorder{}
		if _, err := newClient(t, r).Attachments.Download(t.Context(), id, io.Discard); !errors.Is(err, client.ErrInvalid) || len(r.sent) > 0 {
			t.Errorf("%.20q: %v after %d requests", id, err, len(r.sent))
		}
	}
	r := &recorder{}
	if _, err := newClient(t, r).Attachments.Download(t.Context(), "1/../../issue/WEB-7?x#y", io.Discard); err != nil {
		t.Fatal(err)
	}
	if got := r.sent[0].URL.EscapedPath(); got != "/rest/api/3/attachment/content/1%2F..%2F..%2Fissue%2FWEB-7%3Fx%23y" {
		t.Errorf("sent to %s", got)
	}
}
