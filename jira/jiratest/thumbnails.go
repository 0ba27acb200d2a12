package jiratest

import (
	"bytes"
	"cmp"
	"image"
	_ "image/gif" // what can be an attachment
	_ "image/jpeg"
	"image/png"
	"net/http"
	"net/url"
	"strconv"
)

// thumbnailSize is the largest width and height of a thumbnail, unless asked for another.
const thumbnailSize = 200

// thumbnail makes the picture of an attachment, no larger than width and height; nil if it is no image.
func thumbnail(a *attachment, width, height int) *attachment {
	from, _, err := image.Decode(bytes.NewReader(a.Data))
	if err != nil {
		return nil
	}
	size := from.Bounds().Size()
	scale := min(1, float64(width)/float64(size.X), float64(height)/float64(size.Y))
	to := image.NewRGBA(image.Rect(0, 0, max(1, int(float64(size.X)*scale)), max(1, int(float64(size.Y)*scale))))
	for x := range to.Rect.Dx() {
		for y := range to.Rect.Dy() {
			at := from.Bounds().Min.Add(image.Pt(x*size.X/to.Rect.Dx(), y*size.Y/to.Rect.Dy()))
			to.Set(x, y, from.At(at.X, at.Y))
		}
	}
	return picture(a, to)
}

func picture(a *attachment, img image.Image) *attachment {
	var data bytes.Buffer
	if err := png.Encode(&data, img); err != nil {
		panic("jiratest: " + err.Error())
	}
	return &attachment{Name: "thumbnail of " + a.Name, Type: "image/png", Data: data.Bytes()}
}

// attachmentThumbnail sends the client to the media host or, if it does not want that, the picture itself.
func (s *Server) attachmentThumbnail(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	c := s.call(r)
	a, err := c.findAttachment()
	var redirect, fallback bool
	var width, height int
	if err == nil {
		redirect, err = c.flag("redirect", true)
	}
	if err == nil {
		fallback, err = c.flag("fallbackToDefault", true)
	}
	if err == nil {
		width, err = c.integer("width", thumbnailSize)
	}
	if err == nil {
		height, err = c.integer("height", thumbnailSize)
	}
	s.mu.Unlock()
	if err != nil {
		writeError(w, err)
		return
	}
	small := thumbnail(a, cmp.Or(width, thumbnailSize), cmp.Or(height, thumbnailSize))
	switch {
	case small == nil && !fallback:
		writeError(w, fail(http.StatusNotFound, "The attachment with id '%s' has no thumbnail.", a.ID))
	case redirect:
		q := url.Values{"token": {mediaToken(a)}, "width": {strconv.Itoa(width)}, "height": {strconv.Itoa(height)}}
		w.Header().Set("Location", s.mediaURL+"/file/"+a.Media+"/image?"+q.Encode())
		w.WriteHeader(http.StatusSeeOther)
	default:
		serveFile(w, r, orDefault(a, small))
	}
}

// orDefault returns the picture that stands for an attachment without one: a grey square.
func orDefault(a, small *attachment) *attachment {
	if small != nil {
		return small
	}
	const side = 16
	img := image.NewGray(image.Rect(0, 0, side, side))
	for i := range img.Pix {
		img.Pix[i] = 0x80
	}
	return picture(a, img)
}

// mediaThumbnail is the media host's answer for a thumbnail.
func mediaThumbnail(w http.ResponseWriter, r *http.Request, a *attachment) {
	size := func(name string) int {
		n, _ := strconv.Atoi(r.URL.Query().Get(name))
		return cmp.Or(max(0, n), thumbnailSize)
	}
	serveFile(w, r, orDefault(a, thumbnail(a, size("width"), size("height"))))
}
