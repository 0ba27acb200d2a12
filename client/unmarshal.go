package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"regexp"
	"strings"
)

// maxReshaped bounds the passes over an answer: each deals with the ids at one place of its type.
const maxReshaped = 16

var wholeNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)

// Unmarshal reads JSON as [json.Unmarshal] does, but takes an id (a property called id, or whose name ends in Id) in
// either form: as a number where Go has a string, and as a string of digits where Go has a number. APIs are not of one
// mind there, and one such id must not cost the whole answer. [Client.Do] reads with it.
func Unmarshal(data []byte, v any) error {
	for range maxReshaped {
		err := json.Unmarshal(data, v)
		wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
		if !ok {
			return err
		}
		path := strings.Split(wrong.Field, ".")
		if name := path[len(path)-1]; name != "id" && !strings.HasSuffix(name, "Id") {
			return err
		}
		r := reshaper{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
		r.dec.UseNumber()
		switch kind := wrong.Type.Kind(); {
		case strings.HasPrefix(wrong.Value, "number") && kind == reflect.String:
			r.quote = true
		case wrong.Value != "string" || kind < reflect.Int || kind > reflect.Uint64:
			return err
		}
		if r.walk(path, true); r.done == 0 {
			return err
		}
		data = append(r.out, data[r.done:]...)
	}
	return json.Unmarshal(data, v)
}

// reshaper copies a document, with the ids at one path in their other form.
type reshaper struct {
	data  []byte
	dec   *json.Decoder
	quote bool
	out   []byte
	done  int // how much of data has been copied
}

// walk passes a value. What lies at the path is reshaped; arrays are no part of a path.
func (r *reshaper) walk(path []string, there bool) {
	token, err := r.dec.Token()
	if err != nil {
		return // the document has been read before: there is none
	}
	switch token {
	case json.Delim('{'):
		for r.dec.More() {
			name, _ := r.dec.Token()
			if key, _ := name.(string); there && len(path) > 0 && strings.EqualFold(key, path[0]) {
				r.walk(path[1:], true)
			} else {
				r.walk(nil, false)
			}
		}
		_, _ = r.dec.Token()
	case json.Delim('['):
		for r.dec.More() {
			r.walk(path, there)
		}
		_, _ = r.dec.Token()
	default:
		if there && len(path) == 0 {
			r.reshape(token, int(r.dec.InputOffset()))
		}
	}
}

func (r *reshaper) reshape(token json.Token, end int) {
	switch id := token.(type) {
	case json.Number:
		if start := end - len(id); r.quote {
			r.out = append(r.out, r.data[r.done:start]...)
			r.out = append(append(append(r.out, '"'), id...), '"')
			r.done = end
		}
	case string:
		if start := end - len(id) - 2; !r.quote && wholeNumber.MatchString(id) && start >= 0 && r.data[start] == '"' {
			r.out = append(append(r.out, r.data[r.done:start]...), id...)
			r.done = end
		}
	}
}
