package oauth_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client/oauth"
)

var key = []byte("0123456789abcdef0123456789abcdef")

// tokenFile returns a path in a directory that does not exist yet.
func tokenFile(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "state", "app", "token.json")
}

func put(t *testing.T, store oauth.Store, token *oauth.Token) error {
	t.Helper()
	return store.Update(t.Context(), func(*oauth.Token) (*oauth.Token, error) { return token, nil })
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func sample() *oauth.Token {
	return oauth.NewToken("access-canary", "refresh-canary", time.Now().Add(time.Hour), work...)
}

func TestFileStore(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]oauth.StoreOption{"plain": nil, "encrypted": {oauth.WithKey(key)}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := tokenFile(t)
			store := oauth.FileStore(path, opts...)
			if token, err := store.Load(t.Context()); token != nil || err != nil {
				t.Errorf("before a login: %v, %v", token, err)
			}
			if _, err := os.Stat(filepath.Dir(path)); err == nil {
				t.Error("Load has made the directory")
			}
			for i := range 3 {
				token := oauth.NewToken(fmt.Sprint("access-canary", i), "refresh-canary", time.Now())
				if err := put(t, store, token); err != nil {
					t.Fatal(err)
				}
				if !same(stored(t, oauth.FileStore(path, opts...)), token) {
					t.Error("another token was stored")
				}
			}
			if held := strings.Contains(readFile(t, path), "canary"); held != (opts == nil) {
				t.Errorf("the file holds the tokens: %v", held)
			}
			if runtime.GOOS != "windows" {
				for file, want := range map[string]os.FileMode{path: 0o600, path + ".lock": 0o600, filepath.Dir(path): 0o700} {
					if info, err := os.Stat(file); err != nil || info.Mode().Perm() != want {
						t.Errorf("%s: %v, %v", filepath.Base(file), info, err)
					}
				}
			}
			if names := list(t, path); strings.Join(names, " ") != "token.json token.json.lock" {
				t.Errorf("files: %v", names)
			}
			// What change does not return is not stored.
			before := readFile(t, path)
			if err := put(t, store, nil); err != nil {
				t.Error(err)
			}
			failed := errors.New("no")
			if err := store.Update(t.Context(), func(current *oauth.Token) (*oauth.Token, error) { return sample(), failed }); !errors.Is(err, failed) {
				t.Error(err)
			}
			if readFile(t, path) != before {
				t.Error("the file has changed")
			}
		})
	}
}

// list returns the names in the directory of a file.
func list(t *testing.T, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestFileThatOthersCanRead(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		return // which has no such modes
	}
	for _, mode := range []os.FileMode{0o604, 0o640, 0o620, 0o601, 0o666, 0o777} {
		path := tokenFile(t)
		text := string(sample().Encode())
		write(t, path, text, mode)
		store := oauth.FileStore(path)
		_, err := store.Load(t.Context())
		for _, err := range []error{err, put(t, store, sample())} {
			if err == nil || !strings.Contains(err.Error(), "can be read by others") || errors.Is(err, oauth.ErrCorrupt) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%v: %v", mode, err)
			}
		}
		if readFile(t, path) != text {
			t.Errorf("%v: the file was overwritten", mode)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := put(t, store, sample()); err != nil {
			t.Errorf("after chmod: %v", err)
		}
	}
}

func TestWhatIsNoRegularFile(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(path, target string) error{
		"link":          func(path, target string) error { return os.Symlink(target, path) },
		"dangling link": func(path, _ string) error { return os.Symlink("nowhere", path) },
		"directory":     func(path, _ string) error { return os.Mkdir(path, 0o700) },
	} {
		path := tokenFile(t)
		target := filepath.Join(filepath.Dir(path), "target")
		write(t, target, string(sample().Encode()), 0o600)
		if err := make(path, target); err != nil {
			if runtime.GOOS == "windows" {
				continue // where links need a privilege
			}
			t.Fatal(err)
		}
		store := oauth.FileStore(path)
		_, err := store.Load(t.Context())
		for _, err := range []error{err, put(t, store, oauth.NewToken("new", "", time.Time{}))} {
			if err == nil || !strings.Contains(err.Error(), "no regular file") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if strings.Contains(readFile(t, target), "new") {
			t.Errorf("%s: the target was written to", name)
		}
	}
}

// A link in the place of the lock leads to no file elsewhere either.
func TestLockThatIsALink(t *testing.T) {
	t.Parallel()
	path := tokenFile(t)
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, path+".lock"); err != nil {
		if runtime.GOOS == "windows" {
			return // where links need a privilege
		}
		t.Fatal(err)
	}
	if err := put(t, oauth.FileStore(path), sample()); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Error(err)
	}
	for _, made := range []string{victim, path} {
		if _, err := os.Lstat(made); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s was made: %v", made, err)
		}
	}
}

func TestFileThatIsNoToken(t *testing.T) {
	t.Parallel()
	encrypted := encryptedText(t, key)
	tampered := []byte(encrypted)
	tampered[len(tampered)/2] ^= 1
	plain := string(sample().Encode())
	for name, c := range map[string]struct {
		text string
		opts []oauth.StoreOption
	}{
		"nothing":               {"", nil},
		"cut off":               {plain[:len(plain)-9], nil},
		"not JSON":              {"access-canary", nil},
		"other JSON":            {`{"canary":"x"}`, nil},
		"a list":                {`["canary"]`, nil},
		"zeros":                 {strings.Repeat("\x00", 4096), nil},
		"too long":              {`{"access_token":"canary` + strings.Repeat("x", 1<<20) + `"}`, nil},
		"encrypted, no key":     {encrypted, nil},
		"encrypted, other key":  {encrypted, []oauth.StoreOption{oauth.WithKey(bytes.Repeat([]byte{1}, 32))}},
		"encrypted, tampered":   {string(tampered), []oauth.StoreOption{oauth.WithKey(key)}},
		"encrypted, cut off":    {encrypted[:len(encrypted)-9], []oauth.StoreOption{oauth.WithKey(key)}},
		"plain, though a key":   {plain, []oauth.StoreOption{oauth.WithKey(key)}},
		"no token, and a key":   {"canary", []oauth.StoreOption{oauth.WithKey(key)}},
		"sealed but empty":      {`{"sealed":""}`, []oauth.StoreOption{oauth.WithKey(key)}},
		"sealed, one byte only": {`{"sealed":"AA=="}`, []oauth.StoreOption{oauth.WithKey(key)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := tokenFile(t)
			write(t, path, c.text, 0o600)
			store := oauth.FileStore(path, c.opts...)
			_, err := store.Load(t.Context())
			// A renewal does not happen, and changes nothing.
			src := oauth.NewSource(newServer().Config(redirect), store)
			_, err2 := src.Token(t.Context())
			for _, err := range []error{err, err2} {
				if !errors.Is(err, oauth.ErrCorrupt) || strings.Contains(err.Error(), "canary") || !strings.Contains(err.Error(), path) {
					t.Errorf("err = %v", err)
				}
			}
			if err := put(t, store, nil); !errors.Is(err, oauth.ErrCorrupt) {
				t.Errorf("an Update without a change: %v", err)
			}
			for hint, want := range map[string]bool{"give the key": name == "encrypted, no key", "not encrypted though": name == "plain, though a key"} {
				if strings.Contains(err.Error(), hint) != want {
					t.Errorf("%q is in the error: %v: %v", hint, !want, err)
				}
			}
			if readFile(t, path) != c.text {
				t.Fatal("the file was changed")
			}
			// A login puts it aside.
			login := oauth.NewToken("new", "", time.Time{})
			save(t, src, login)
			if !same(stored(t, oauth.FileStore(path, c.opts...)), login) {
				t.Error("the login is not stored")
			}
			aside, err := filepath.Glob(path + ".corrupt-*")
			if err != nil || len(aside) != 1 || readFile(t, aside[0]) != c.text {
				t.Errorf("put aside: %v, %v", aside, err)
			}
		})
	}
}

// encryptedText returns a file as it is with a key.
func encryptedText(t *testing.T, key []byte) string {
	t.Helper()
	path := tokenFile(t)
	if err := put(t, oauth.FileStore(path, oauth.WithKey(key)), sample()); err != nil {
		t.Fatal(err)
	}
	return readFile(t, path)
}

func TestEncryptionIsNeverTheSame(t *testing.T) {
	t.Parallel()
	token := sample()
	a, b := tokenFile(t), tokenFile(t)
	for _, path := range []string{a, b} {
		if err := put(t, oauth.FileStore(path, oauth.WithKey(key)), token); err != nil {
			t.Fatal(err)
		}
	}
	if readFile(t, a) == readFile(t, b) {
		t.Error("one token gives one ciphertext")
	}
}

func TestStoreThatCannotWork(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "file"), "x", 0o600)
	for name, c := range map[string]struct {
		store oauth.Store
		want  string
	}{
		"no path":         {oauth.FileStore(""), "no name"},
		"short key":       {oauth.FileStore(filepath.Join(dir, "a"), oauth.WithKey(key[:31])), "31 bytes, it must have 32"},
		"long key":        {oauth.FileStore(filepath.Join(dir, "a"), oauth.WithKey(append(key[:32:32], 0))), "33 bytes, it must have 32"},
		"no key":          {oauth.FileStore(filepath.Join(dir, "a"), oauth.WithKey(nil)), "0 bytes, it must have 32"},
		"below a file":    {oauth.FileStore(filepath.Join(dir, "file", "token")), "directory"},
		"a directory key": {oauth.FileStore(dir), "no regular file"},
	} {
		if err := put(t, c.store, sample()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "a")); err == nil {
		t.Error("a token was stored without the encryption that was asked for")
	}
}

// What a killed process has left behind stands in nobody's way.
func TestHalfAFileOfAKilledProcess(t *testing.T) {
	t.Parallel()
	path := tokenFile(t)
	token := sample()
	write(t, path, string(token.Encode()), 0o600)
	write(t, path+".new", `{"access_to`, 0o644)
	store := oauth.FileStore(path)
	if !same(stored(t, store), token) {
		t.Error("the token is lost")
	}
	next := oauth.NewToken("next", "", time.Time{})
	if err := put(t, store, next); err != nil || !same(stored(t, store), next) {
		t.Error(err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if names := list(t, path); len(names) != 2 {
		t.Errorf("files: %v", names)
	}
}

func TestLockIsWaitedForAsLongAsTheContextAllows(t *testing.T) {
	t.Parallel()
	path := tokenFile(t)
	inside, leave := make(chan struct{}), make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		err := oauth.FileStore(path).Update(context.Background(), func(*oauth.Token) (*oauth.Token, error) {
			close(inside)
			<-leave
			return sample(), nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-inside
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	err := oauth.FileStore(path).Update(ctx, func(*oauth.Token) (*oauth.Token, error) {
		t.Error("two are inside")
		return nil, nil
	})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), path) {
		t.Errorf("err = %v", err)
	}
	close(leave)
	group.Wait()
}

// Each Update sees what the one before has stored, and Load never sees half a token.
func TestStoresAtTheSameTime(t *testing.T) {
	t.Parallel()
	one := oauth.MemoryStore()
	path := tokenFile(t)
	for name, open := range map[string]func() oauth.Store{
		"memory": func() oauth.Store { return one },
		"file":   func() oauth.Store { return oauth.FileStore(path, oauth.WithKey(key)) },
	} {
		if err := put(t, open(), oauth.NewToken("a", "", time.Time{})); err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for range 4 {
			store := open()
			for range 4 {
				group.Go(func() {
					for range 5 {
						err := store.Update(t.Context(), func(current *oauth.Token) (*oauth.Token, error) {
							return oauth.NewToken(current.AccessToken()+"a", "", time.Time{}), nil
						})
						if err != nil {
							t.Error(err)
						}
						if token, err := store.Load(t.Context()); err != nil || strings.Trim(token.AccessToken(), "a") != "" {
							t.Errorf("%v, %v", token, err)
						}
					}
				})
			}
		}
		group.Wait()
		if got := len(stored(t, open()).AccessToken()); got != 81 {
			t.Errorf("%s: %d of 80 updates", name, got-1)
		}
	}
}

func TestMemoryStoreWaitsAsLongAsTheContextAllows(t *testing.T) {
	t.Parallel()
	store := oauth.MemoryStore()
	if token, err := store.Load(t.Context()); token != nil || err != nil {
		t.Errorf("%v, %v", token, err)
	}
	err := store.Update(t.Context(), func(*oauth.Token) (*oauth.Token, error) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		return nil, store.Update(ctx, func(*oauth.Token) (*oauth.Token, error) { return sample(), nil })
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
