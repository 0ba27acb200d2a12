package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// fromJSON is what a JSON document says. Unlike encoding/json it takes no property twice.
func fromJSON(data []byte) (any, error) {
	r := reader{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	r.dec.UseNumber()
	v, err := r.value()
	if err != nil {
		return nil, err
	}
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errTwo
	}
	return v, nil
}

type reader struct {
	data []byte
	dec  *json.Decoder
}

func (r *reader) value() (any, error) {
	token, err := r.token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		object := map[string]any{}
		for r.dec.More() {
			name, err := r.token()
			if err != nil {
				return nil, err
			}
			key, _ := name.(string) // which it always is
			if _, twice := object[key]; twice {
				return nil, r.wrong("%q was there before", key)
			}
			if object[key], err = r.value(); err != nil {
				return nil, err
			}
		}
		_, err = r.token()
		return object, err
	case json.Delim('['):
		list := []any{}
		for r.dec.More() {
			item, err := r.value()
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		_, err = r.token()
		return list, err
	}
	return token, nil
}

func (r *reader) token() (json.Token, error) {
	token, err := r.dec.Token()
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, r.wrong("it ends too early")
	case err != nil:
		return nil, r.wrong("%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return token, nil
}

// wrong is an error with the line that has been read so far.
func (r *reader) wrong(format string, args ...any) error {
	line := 1 + bytes.Count(r.data[:r.dec.InputOffset()], []byte("\n"))
	return fmt.Errorf("line %d: %w", line, fmt.Errorf(format, args...))
}
