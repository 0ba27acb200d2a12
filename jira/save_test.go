package jira_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

func TestFileName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"report.png": "report.png", "Größe ✓.txt": "Größe ✓.txt", "a b.tar.gz": "a b.tar.gz", "-rf": "-rf", "console.log": "console.log", "com.txt": "com.txt",
		"../../etc/passwd": "passwd", `..\..\boot.ini`: "boot.ini", "/etc/shadow": "shadow", `C:\Windows\x.dll`: "x.dll", "C:x.txt": "C_x.txt", `\\host\share\x`: "x",
		"..": "file", ".": "file", "": "file", "...": "file", " ": "file", "/": "file", "a/": "file", "a/..": "file", ".bashrc": "bashrc", "..hidden": "hidden",
		"x.": "x", "x. .": "x", " x ": "x", "a\x00b": "a_b", "a\nb\x7f": "a_b_", "a\u202egnp.exe": "a_gnp.exe", "a\u2028b": "a_b", "a\xffb": "a_b", "\u200bx": "_x",
		"CON": "_CON", "con.txt": "_con.txt", "nul.tar.gz": "_nul.tar.gz", "COM1": "_COM1", "lpt9.log": "_lpt9.log", "aux .txt": "_aux .txt", "COM¹": "_COM¹", "CONOUT$": "_CONOUT$",
		"x:stream": "x_stream", `a<b>"c|d?e*`: "a_b__c_d_e_",
		strings.Repeat("x", 300):                    strings.Repeat("x", 200),
		strings.Repeat("x", 300) + ".png":           strings.Repeat("x", 196) + ".png",
		strings.Repeat("ä", 150) + ".png":           strings.Repeat("ä", 98) + ".png",
		"x." + strings.Repeat("y", 300):             "x." + strings.Repeat("y", 198),
		strings.Repeat(" ", 300) + "x":              "x",
		strings.Repeat("x", 100) + "/../" + "a.txt": "a.txt",
	} {
		if got := jira.FileName(name); got != want {
			t.Errorf("%.40q: %q, want %q", name, got, want)
		}
	}
}

// FuzzFileName: a name is one part of a path, on every system, and is its own name.
func FuzzFileName(f *testing.F) {
	for _, s := range []string{"a", "../a", "con", "a\x00", "\xff", strings.Repeat("é", 200), ". . .", "a:b", "COM¹.x", "nul ", strings.Repeat("a", 199) + " b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name := jira.FileName(s)
		if name == "" || len(name) > 200 || !utf8.ValidString(name) || strings.ContainsAny(name, "/\\:\x00\n") || !filepath.IsLocal(name) || filepath.Base(name) != name || strings.HasPrefix(name, ".") || strings.TrimRight(name, ". ") != name {
			t.Errorf("%q is called %q", s, name)
		}
		if again := jira.FileName(name); again != name {
			t.Errorf("%q is called %q, and that %q", s, name, again)
		}
	})
}

func TestSave(t *testing.T) {
	t.Parallel()
	jc, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/404"):
			w.WriteHeader(http.StatusNotFound)
		case strings.HasSuffix(r.URL.Path, "/cut"):
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("part"))
		default:
			_, _ = w.Write([]byte("contents"))
		}
	}))
	outside, folder := t.TempDir(), t.TempDir()
	victim := filepath.Join(outside, "victim")
	if err := os.WriteFile(victim, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	path, err := jc.Attachments.Save(t.Context(), &jira.Attachment{ID: "1", Filename: "../../report.txt"}, folder)
	if b, readErr := os.ReadFile(path); err != nil || readErr != nil || string(b) != "contents" || path != filepath.Join(folder, "report.txt") {
		t.Errorf("%s: %q, %v, %v", path, b, err, readErr)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := jc.Attachments.Save(t.Context(), &jira.Attachment{ID: "1", Filename: "report.txt"}, folder); !errors.Is(err, os.ErrExist) {
		t.Errorf("replaced: %v", err)
	}
	for link, target := range map[string]string{"link": victim, "dangling": filepath.Join(outside, "new"), "relative": "../" + filepath.Base(outside) + "/other"} {
		if err := os.Symlink(target, filepath.Join(folder, link)); err != nil {
			t.Fatal(err)
		}
		if _, err := jc.Attachments.Save(t.Context(), &jira.Attachment{ID: "1", Filename: link}, folder); !errors.Is(err, os.ErrExist) {
			t.Errorf("%s was followed: %v", link, err)
		}
	}
	if b, err := os.ReadFile(victim); string(b) != "kept" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	if left, err := os.ReadDir(outside); len(left) != 1 || err != nil {
		t.Errorf("%v, %v", left, err)
	}
	for _, size := range []int64{7, 9} {
		_, err := jc.Attachments.Save(t.Context(), &jira.Attachment{ID: "1", Filename: "short", Size: size}, folder)
		if err == nil || !strings.Contains(err.Error(), "8 bytes") {
			t.Errorf("8 bytes of %d: %v", size, err)
		}
		if _, err := os.Lstat(filepath.Join(folder, "short")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("what has another size is left: %v", err)
		}
	}
	if path, err := jc.Attachments.Save(t.Context(), &jira.Attachment{ID: "1", Filename: "exact", Size: 8}, folder); err != nil {
		t.Error(path, err)
	}
	for id, kind := range map[jira.ID]error{"404": client.ErrNotFound, "cut": nil, "": client.ErrInvalid} {
		_, err := jc.Attachments.Save(t.Context(), &jira.Attachment{ID: id, Filename: "gone"}, folder)
		if err == nil || kind != nil && !errors.Is(err, kind) {
			t.Errorf("%s: %v", id, err)
		}
		if _, err := os.Lstat(filepath.Join(folder, "gone")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: a file is left: %v", id, err)
		}
	}
	if _, err := jc.Attachments.Save(t.Context(), nil, folder); !errors.Is(err, client.ErrInvalid) {
		t.Error(err)
	}
	if _, err := jc.Attachments.Save(t.Context(), &jira.Attachment{ID: "1"}, filepath.Join(folder, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
