package program

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ReadState reads a state file; nil means that there is none yet. It finds out now, not after the work is done, whether
// [WriteState] can write there: if not, the error is a [UsageError].
func ReadState(name string) ([]byte, error) {
	probe, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return nil, Usagef("-state: no file can be written there: %w", err)
	}
	_ = probe.Close()
	_ = os.Remove(probe.Name())
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// WriteState writes a state file whole or not at all.
func WriteState(name string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("the state could not be saved: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already when all went well
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("the state could not be saved: %w", err)
	}
	return nil
}
