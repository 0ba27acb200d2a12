package fake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// maxBody bounds a JSON body: more than the real services take, and little enough for a test process.
const maxBody = 16 << 20

// DecodeJSON decodes a request's JSON body into v. It refuses another content type, an empty or oversized body,
// anything after the first value and, when strict, properties that v does not have. Numbers that end in an interface
// stay [json.Number], so that nothing is rounded.
func DecodeJSON(r *http.Request, v any, strict bool) error {
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return fmt.Errorf("reading the body: %w", err)
	case len(data) > maxBody:
		return fmt.Errorf("body is larger than %d bytes", maxBody)
	case len(bytes.TrimSpace(data)) == 0:
		return errors.New("body is empty")
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return fmt.Errorf("content type must be application/json, not %q", r.Header.Get("Content-Type"))
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if strict {
		dec.DisallowUnknownFields()
	}
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("malformed body: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("malformed body: more than one JSON value")
	}
	return nil
}

// DecodeObject decodes a request's body as a JSON object and refuses properties other than the allowed ones.
func DecodeObject(r *http.Request, allowed ...string) (map[string]any, error) {
	var object map[string]any
	if err := DecodeJSON(r, &object, false); err != nil {
		return nil, err
	}
	if object == nil {
		return nil, errors.New("malformed body: want an object, not null")
	}
	for name := range object {
		if !slices.Contains(allowed, name) {
			return nil, fmt.Errorf("malformed body: unknown field %q", name)
		}
	}
	return object, nil
}

// WriteJSON sends v as JSON with a status.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("fake: answer cannot be encoded: %v", err))
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(data)
}
