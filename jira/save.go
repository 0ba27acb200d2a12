package jira

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jira-integrations/go-sdk/client"
)

// maxFileName is how many bytes a file name may have, with room for what a program adds to it.
const maxFileName = 200

// devices match the names that stand for devices on some systems, with any extension.
var devices = regexp.MustCompile(`(?i)^(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9¹²³])\s*(\.|$)`)

// FileName makes a file name of what a server says that a file is called: one that names no folder, no hidden file and no
// device, on any system, and has no control characters and at most 200 bytes. Whoever may attach a file chooses its name.
// Where nothing is left of it, the name is "file".
func FileName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(c rune) rune {
		if c == utf8.RuneError || unicode.In(c, unicode.C, unicode.Zl, unicode.Zp) || strings.ContainsRune(`<>:"|?*`, c) {
			return '_'
		}
		return c
	}, name)
	if name = strings.Trim(name, ". "); name == "" {
		return "file"
	}
	if devices.MatchString(name) {
		name = "_" + name
	}
	if len(name) > maxFileName {
		ext := filepath.Ext(name)
		if len(ext) > 20 {
			ext = ""
		}
		end := maxFileName - len(ext)
		for !utf8.RuneStart(name[end]) {
			end--
		}
		name = strings.TrimRight(name[:end], ". ") + ext
	}
	return name
}

// Save downloads an attachment into a folder, as a new file called what [FileName] makes of its name, and returns the path of
// the file. No file is replaced, and no link is followed, be it one that somebody has put into the folder: where there is
// something of the name already, the error is [os.ErrExist]. What could not be downloaded to its end, or is not of the size of
// the attachment where that is known, is removed.
//
// GET /rest/api/3/attachment/content/{id}
//
// Errors: those of [AttachmentsService.Download] and of the file system.
func (s *AttachmentsService) Save(ctx context.Context, attachment *Attachment, folder string) (path string, err error) {
	const op = "Attachments.Save"
	if attachment == nil {
		return "", client.Invalid(op, "there is no attachment to save")
	}
	if err := (*service)(s).misuse(ctx, op); err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", client.Failed(op, err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return "", client.Failed(op, err)
	}
	defer func() { _ = root.Close() }()
	name := FileName(attachment.Filename)
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", client.Failed(op, err)
	}
	n, err := s.Download(ctx, string(attachment.ID), f)
	if size := attachment.Size; err == nil && size > 0 && n != size {
		err = client.Failed(op, fmt.Errorf("the store has %d bytes, not the %d of the attachment", n, size))
	}
	if closed := f.Close(); err == nil && closed != nil {
		err = client.Failed(op, closed)
	}
	if err != nil {
		return "", errors.Join(err, root.Remove(name))
	}
	return filepath.Join(folder, name), nil
}
