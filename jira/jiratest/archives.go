package jiratest

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
)

// maxEntries is how many entries of an archive are listed.
const maxEntries = 100

// otherArchives are the formats that Jira knows for archives and cannot read.
var otherArchives = []string{".7z", ".bz2", ".gz", ".rar", ".tar", ".tgz", ".xz"}

// readArchive reads the contents of the attachment that the path names. What is no archive, or damaged, has none.
func (c *call) readArchive() (*attachment, []*zip.File, error) {
	a, err := c.findAttachment()
	if err != nil {
		return nil, nil, err
	}
	if slices.Contains(otherArchives, strings.ToLower(path.Ext(a.Name))) {
		return nil, nil, fail(http.StatusConflict, "The attachment '%s' is an archive of a format that is not supported.", a.Name)
	}
	files, err := zip.NewReader(bytes.NewReader(a.Data), int64(len(a.Data)))
	if err != nil {
		return a, nil, nil //nolint:nilerr // what cannot be read has no entries
	}
	return a, slices.DeleteFunc(files.File, func(f *zip.File) bool { return f.FileInfo().IsDir() }), nil
}

// entries renders the first entries of an archive.
func entries(files []*zip.File, render func(i int, f *zip.File, kind string) any) []any {
	all := []any{}
	for i, f := range files[:min(maxEntries, len(files))] {
		kind, _, _ := mime.ParseMediaType(cmp.Or(mime.TypeByExtension(path.Ext(f.Name)), "application/octet-stream"))
		all = append(all, render(i, f, kind))
	}
	return all
}

func (c *call) expandArchive() (any, error) {
	_, files, err := c.readArchive()
	if err != nil {
		return nil, err
	}
	return doc{"totalEntryCount": len(files), "entries": entries(files, func(i int, f *zip.File, kind string) any {
		return doc{
			"entryIndex": i, "name": f.Name, "abbreviatedName": abbreviate(f.Name), "mediaType": kind, "size": f.UncompressedSize64,
		}
	})}, nil
}

func (c *call) expandReadableArchive() (any, error) {
	a, files, err := c.readArchive()
	if err != nil {
		return nil, err
	}
	return doc{
		"id": number64(a.ID), "name": a.Name, "mediaType": a.Type, "totalEntryCount": len(files),
		"entries": entries(files, func(i int, f *zip.File, kind string) any {
			return doc{
				"index": i, "path": f.Name, "label": abbreviate(f.Name), "mediaType": kind,
				"size": fmt.Sprintf("%.1f kB", float64(f.UncompressedSize64)/1024),
			}
		}),
	}, nil
}

// abbreviate leaves out the middle of a long path.
func abbreviate(name string) string {
	const limit = 40
	if len(name) <= limit {
		return name
	}
	parts := strings.Split(name, "/")
	if len(parts) < 3 {
		return name
	}
	return parts[0] + "/.../" + parts[len(parts)-1]
}
