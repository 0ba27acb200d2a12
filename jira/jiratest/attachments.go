package jiratest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/jira-integrations/go-sdk/internal/fake"
	"github.com/jira-integrations/go-sdk/jira"
)

// uploadLimit is the largest attachment in bytes.
const uploadLimit = 64 << 20

// attachment renders an attachment as it appears in an issue.
func (c *call) attachment(a *attachment) doc {
	d := doc{
		"self": c.url("/attachment/%s", a.ID), "id": a.ID, "filename": a.Name, "author": c.user(a.Author),
		"created": a.Created, "size": len(a.Data), "mimeType": a.Type, "content": c.url("/attachment/content/%s", a.ID),
	}
	if len(a.Type) > 6 && a.Type[:6] == "image/" {
		d["thumbnail"] = c.url("/attachment/thumbnail/%s", a.ID)
	}
	return d
}

func (c *call) findAttachment() (*attachment, error) {
	for _, a := range c.st.Attachments {
		if a.ID == c.r.PathValue("id") {
			return a, nil
		}
	}
	return nil, fail(http.StatusNotFound, "The attachment with id '%s' does not exist", c.r.PathValue("id"))
}

// getAttachment answers the id as a number, which only this operation does.
func (c *call) getAttachment() (any, error) {
	a, err := c.findAttachment()
	if err != nil {
		return nil, err
	}
	d := c.attachment(a)
	id, err := strconv.ParseInt(a.ID, 10, 64)
	if err != nil {
		return nil, err
	}
	d["id"] = id
	return d, nil
}

func (c *call) deleteAttachment() (any, error) {
	a, err := c.findAttachment()
	if err != nil {
		return nil, err
	}
	c.emit(jira.EventAttachmentDeleted, nil, doc{"attachment": c.attachment(a)})
	c.st.Attachments = slices.DeleteFunc(c.st.Attachments, func(other *attachment) bool { return other == a })
	c.st.attached = nil
	if is := c.st.issue(a.Issue); is != nil {
		c.touch(is, nil)
	}
	return nil, nil
}

func (c *call) getAttachmentMeta() (any, error) {
	return doc{"enabled": true, "uploadLimit": uploadLimit}, nil
}

// uploadAttachments reads the files before it takes the lock: they may come slowly.
func (s *Server) uploadAttachments(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Atlassian-Token") != "no-check" {
		http.Error(w, "XSRF check failed", http.StatusForbidden)
		return
	}
	files, err := readFiles(r)
	if err != nil {
		writeError(w, err)
		return
	}
	op := operation{method: r.Method, path: "/issue/{issueIdOrKey}/attachments", run: func(c *call) (any, error) {
		is, err := c.issue()
		if err != nil {
			return nil, err
		}
		for _, a := range files {
			a.ID, a.Issue, a.Author, a.Created = c.st.next("attachment"), is.ID, c.st.Myself, stamp(c.now)
			sum := sha256.Sum256([]byte("media " + a.ID))
			a.Media = fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
			c.st.Attachments = append(c.st.Attachments, a)
			c.emit(jira.EventAttachmentCreated, nil, doc{"attachment": c.attachment(a)})
		}
		c.st.attached = nil
		c.touch(is, nil)
		return each(files, func(a *attachment) any { return c.attachment(a) }), nil
	}}
	status, _, data := s.run(op, r, nil)
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(data)
}

// readFiles reads the parts of an upload.
func readFiles(r *http.Request) ([]*attachment, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, fail(http.StatusUnsupportedMediaType, "jiratest: the body must be multipart/form-data: %v", err)
	}
	var files []*attachment
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fail(http.StatusBadRequest, "jiratest: reading the upload: %v", err)
		}
		if part.FormName() != "file" || part.FileName() == "" {
			return nil, fail(http.StatusBadRequest, "jiratest: each part must be called file and have a file name, not %q", part.FormName())
		}
		data, err := io.ReadAll(io.LimitReader(part, uploadLimit+1))
		if err != nil {
			return nil, fail(http.StatusBadRequest, "jiratest: reading the upload: %v", err)
		}
		if len(data) > uploadLimit {
			return nil, fail(http.StatusRequestEntityTooLarge, "The file is too large to attach. The limit is %d bytes.", uploadLimit)
		}
		kind := part.Header.Get("Content-Type")
		if kind == "" || kind == "application/octet-stream" {
			if guess := mime.TypeByExtension(path.Ext(part.FileName())); guess != "" {
				kind = guess
			}
		}
		files = append(files, &attachment{Name: part.FileName(), Type: kind, Data: data})
	}
	switch {
	case len(files) == 0:
		return nil, fail(http.StatusBadRequest, "jiratest: the upload has no file")
	case len(files) > 60:
		return nil, fail(http.StatusRequestEntityTooLarge, "jiratest: an upload has at most 60 files")
	}
	return files, nil
}

// mediaToken signs the address of a file, which is then readable by whoever knows it.
func mediaToken(a *attachment) string {
	sum := sha256.Sum256([]byte("token " + a.Media + a.ID))
	return hex.EncodeToString(sum[:])
}

// attachmentContent sends the client to the media host or, if it does not want that, the content itself.
func (s *Server) attachmentContent(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	c := s.call(r)
	a, err := c.findAttachment()
	redirect := true
	if err == nil {
		redirect, err = c.flag("redirect", true)
	}
	s.mu.Unlock()
	switch {
	case err != nil:
		writeError(w, err)
	case redirect:
		q := url.Values{"token": {mediaToken(a)}, "name": {a.Name}}
		w.Header().Set("Location", s.mediaURL+"/file/"+a.Media+"/binary?"+q.Encode())
		w.WriteHeader(http.StatusSeeOther)
	default:
		serveFile(w, r, a)
	}
}

// media is the other host, which takes the signature in the address and nothing else. It answers with serve.
func (s *Server) media(w http.ResponseWriter, r *http.Request, serve func(http.ResponseWriter, *http.Request, *attachment)) {
	if r.Header.Get("Authorization") != "" {
		http.Error(w, "jiratest: credentials of the site must not be sent to the media host", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	var found *attachment
	for _, a := range s.state.Attachments {
		if a.Media == r.PathValue("media") {
			found = a
		}
	}
	s.mu.Unlock()
	switch {
	case found == nil:
		fake.WriteJSON(w, http.StatusNotFound, doc{"error": doc{"code": "NotFound", "title": "file not found"}})
	case r.URL.Query().Get("token") != mediaToken(found):
		fake.WriteJSON(w, http.StatusForbidden, doc{"error": doc{"code": "JwtAuthoriser:TokenInvalid", "title": "token is not valid"}})
	default:
		serve(w, r, found)
	}
}

// serveFile sends an attachment's bytes, or the range asked for. They never change once they are uploaded.
func serveFile(w http.ResponseWriter, r *http.Request, a *attachment) {
	if a.Type != "" {
		w.Header().Set("Content-Type", a.Type)
	}
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.Name}))
	http.ServeContent(w, r, a.Name, time.Time{}, bytes.NewReader(a.Data))
}
