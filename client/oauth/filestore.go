package oauth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// FileStore keeps a token in the file at path, which only the current user can read (0600), for any number of processes on
// one machine. A lock file beside it, path + ".lock", keeps them from renewing the token at the same time; a new token
// replaces the old one in one step, once it is on the disk. A file that others can read, a symbolic link and a file that
// is no token are refused, never overwritten: a login renames what it cannot read to path + ".corrupt-" and the time.
func FileStore(path string, opts ...StoreOption) Store {
	return &fileStore{path: path, vault: newVault("", opts)}
}

type fileStore struct {
	path  string
	vault vault
}

// maxTokenFile bounds what is read. Tokens have some kilobytes.
const maxTokenFile = 1 << 20

func (s *fileStore) Load(context.Context) (*Token, error) {
	switch {
	case s.path == "":
		return nil, errors.New("the token file has no name")
	case s.vault.err != nil:
		return nil, s.vault.err
	}
	info, err := os.Lstat(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("the token file %s is no regular file: give the path of the file itself", s.path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("the token file %s can be read by others (%v): run chmod 600 on it, and log in again if they are not trusted",
			s.path, info.Mode().Perm())
	}
	f, err := os.OpenFile(s.path, os.O_RDONLY|noFollow, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if opened, err := f.Stat(); err != nil || !os.SameFile(info, opened) && opened.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the token file %s was exchanged while it was opened", s.path)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxTokenFile))
	if err != nil {
		return nil, err
	}
	t, err := s.vault.open(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.path, err)
	}
	return t, nil
}

// lockPoll is how often the lock is tried while another process has it.
const lockPoll = 10 * time.Millisecond

func (s *fileStore) Update(ctx context.Context, change func(*Token) (*Token, error)) error {
	if s.path == "" {
		return errors.New("the token file has no name")
	}
	if err := canUpdate(ctx, change); err != nil {
		return err
	}
	dir := filepath.Dir(s.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	locked := s.path + ".lock"
	if info, err := os.Lstat(locked); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file: remove it, it is made anew", locked)
	}
	// Each Update its own: a shared one would let two goroutines in. Some systems lock only what is open for writing.
	lock := flock.New(locked, flock.SetFlag(os.O_CREATE|os.O_RDWR|noFollow))
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		return fmt.Errorf("wait for the lock of %s: %w", s.path, err)
	}
	defer func() { _ = lock.Close() }()
	current, unread := s.Load(ctx)
	if unread != nil && !errors.Is(unread, ErrCorrupt) {
		return unread
	}
	next, err := change(current)
	switch {
	case err != nil && unread != nil:
		return fmt.Errorf("%w: %w", err, unread)
	case err != nil || next == nil:
		return cmp.Or(err, unread)
	}
	b, err := s.vault.seal(next)
	if err != nil {
		return err
	}
	if unread != nil {
		if err := os.Rename(s.path, s.path+time.Now().UTC().Format(".corrupt-20060102T150405.000Z")); err != nil {
			return err
		}
	}
	return replaceFile(dir, s.path, b)
}

// replaceFile puts b in the place of the file at path: all of it or nothing, and on the disk when it returns.
func replaceFile(dir, path string, b []byte) error {
	part := path + ".new" // one name, under the lock: what a killed process leaves behind does not pile up
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the path is the caller's
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		_ = os.Remove(part)
		return err
	}
	return syncDir(dir)
}

// syncDir makes the new name durable.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // a directory cannot be opened for that there, and its names are journalled
	}
	d, err := os.Open(dir) //nolint:gosec // the path is the caller's
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err // and not that the file system has no such thing
	}
	return nil
}
