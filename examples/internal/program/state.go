package program

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// State is a file that holds the state of the fakes from one run to the next.
type State struct {
	// Data is what was in the file; nil means that there is none yet.
	Data []byte

	name string
	file string // where a link leads to
}

// OpenState reads a state file. It finds out now, not after the work is done, whether [State.Write] can write there: if
// not, the error is a [UsageError].
func OpenState(name string) (*State, error) {
	file, err := follow(name)
	if err != nil {
		return nil, Usagef("-state: %w", err)
	}
	probe, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return nil, Usagef("-state: no file can be written there: %w", err)
	}
	_ = probe.Close()
	_ = os.Remove(probe.Name())
	data, err := readIfThere(file)
	if err != nil {
		return nil, Usagef("-state: %w", err) // a folder, for example
	}
	return &State{data, name, file}, nil
}

// Fake is a fake whose state can be kept.
type Fake interface {
	Snapshot() ([]byte, error)
	Restore(data []byte) error
}

// Restore opens a state file and gives the fake what is in it, if it is there yet.
func Restore(name string, fake Fake) (*State, error) {
	s, err := OpenState(name)
	if err != nil || s.Data == nil {
		return s, err
	}
	if fake.Restore(s.Data) != nil {
		return nil, s.Foreign()
	}
	return s, nil
}

// Save writes the state of the fake. No file, which is nil, keeps nothing.
func (s *State) Save(fake Fake) error {
	if s == nil {
		return nil
	}
	data, err := fake.Snapshot()
	if err != nil {
		return err
	}
	return s.Write(data)
}

// follow returns the file that a link leads to, also where that does not exist yet.
func follow(name string) (string, error) {
	file, err := filepath.EvalSymlinks(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return file, err
	}
	target, err := os.Readlink(name)
	if err != nil { // no link: a new file
		return name, nil //nolint:nilerr // or one in a folder that does not exist, which its creation will tell
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(name), target)
	}
	return follow(target)
}

// readIfThere reads a file; nil means that there is none.
func readIfThere(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return append([]byte{}, data...), err // never nil
}

// Write writes the file whole or not at all. It does not take away what another run has written meanwhile.
func (s *State) Write(data []byte) error {
	now, err := readIfThere(s.file)
	switch {
	case err != nil:
		return fmt.Errorf("the state could not be saved: %w", err)
	case (now == nil) != (s.Data == nil) || !bytes.Equal(now, s.Data):
		return fmt.Errorf("the state file %s was changed meanwhile by another run: nothing was lost but this run's state; "+
			"use one file per run at a time", s.name)
	}
	tmp, err := os.CreateTemp(filepath.Dir(s.file), filepath.Base(s.file)+".*")
	if err != nil {
		return fmt.Errorf("the state could not be saved: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already when all went well
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), s.file)
	}
	if err != nil {
		return fmt.Errorf("the state could not be saved: %w", err)
	}
	s.Data = data
	return nil
}

// Foreign is the error for a file that holds something else.
func (s *State) Foreign() error {
	return fmt.Errorf("%s holds no state of this program: name another file, or remove it to start anew", s.name)
}
