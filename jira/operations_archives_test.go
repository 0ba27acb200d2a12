package jira_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image"
	"image/png"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

// attach uploads a file and returns its id.
func (a *area) attach(key, name string, data []byte) string {
	a.Helper()
	return string(must(a.Attachments.Upload(a.Context(), key, jira.UploadReader(name, bytes.NewReader(data))))(a)[0].ID)
}

func exerciseArchives(a *area) {
	ctx := a.Context()
	key := a.bug("Cart")
	var data bytes.Buffer
	w := zip.NewWriter(&data)
	const deep = "a/long/way/down/to/the/last/of/all/the/files/trace.txt"
	for _, name := range []string{"shot.png", deep} {
		must(fmt.Fprint(must(w.Create(name))(a), name))(a)
	}
	must(w.Create("directory/"))(a)
	a.fine(w.Close())
	id := a.attach(key, "run.zip", data.Bytes())

	archive := must(a.Attachments.Archive(ctx, id))(a)
	a.equal("entries", archive, &jira.Archive{TotalEntryCount: 2, Entries: []jira.ArchiveEntry{
		{Name: "shot.png", AbbreviatedName: "shot.png", MediaType: "image/png", Size: 8},
		{EntryIndex: 1, Name: deep, AbbreviatedName: "a/.../trace.txt", MediaType: "text/plain", Size: int64(len(deep))},
	}})
	readable := must(a.Attachments.ReadableArchive(ctx, id))(a)
	a.equal("archive", []any{fmt.Sprint(readable.ID), readable.Name, readable.TotalEntryCount}, []any{id, "run.zip", int64(2)})
	a.equal("entry", readable.Entries[1], jira.ReadableArchiveEntry{Index: 1, Path: deep, Label: "a/.../trace.txt", MediaType: "text/plain", Size: "0.1 kB"})

	plain := must(a.Attachments.Archive(ctx, a.attach(key, "log.txt", []byte("no archive"))))(a)
	a.equal("no archive", plain.TotalEntryCount, 0)
	tar := a.attach(key, "run.tar.gz", []byte("…"))
	_, err := a.Attachments.Archive(ctx, tar)
	a.fails(err, client.ErrConflict, "Attachments.Archive")
	_, err = a.Attachments.ReadableArchive(ctx, tar)
	a.fails(err, client.ErrConflict, "Attachments.ReadableArchive")
	_, err = a.Attachments.Archive(ctx, "1")
	a.gone(err, "Attachments.Archive")
	_, err = a.Attachments.ReadableArchive(ctx, "1")
	a.gone(err, "Attachments.ReadableArchive")
}

func exerciseThumbnails(a *area) {
	ctx := a.Context()
	key := a.bug("Cart")
	var data bytes.Buffer
	a.fine(png.Encode(&data, image.NewGray(image.Rect(0, 0, 800, 400))))
	shot, text := a.attach(key, "shot.png", data.Bytes()), a.attach(key, "log.txt", []byte("text"))
	size := func(id string, params *jira.GetAttachmentThumbnailParams) image.Point {
		a.Helper()
		var small bytes.Buffer
		n := must(a.Attachments.Thumbnail(ctx, id, &small, params))(a)
		a.equal("bytes", n, int64(small.Len()))
		return must(png.Decode(&small))(a).Bounds().Size()
	}
	a.equal("as it comes", size(shot, nil), image.Pt(200, 100))
	a.equal("smaller", size(shot, &jira.GetAttachmentThumbnailParams{Width: 300, Height: 50}), image.Pt(100, 50))
	a.equal("of a text", size(text, nil), image.Pt(16, 16))
	var none bytes.Buffer
	_, err := a.Attachments.Thumbnail(ctx, text, &none, &jira.GetAttachmentThumbnailParams{FallbackToDefault: new(false)})
	a.gone(err, "Attachments.Thumbnail")
	_, err = a.Attachments.Thumbnail(ctx, "1", &none, nil)
	a.gone(err, "Attachments.Thumbnail")
	a.equal("nothing was written", none.Len(), 0)
}
