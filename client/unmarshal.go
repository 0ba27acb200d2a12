package client

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

// maxReshaped bounds the passes over an answer: each deals with what is at one place of its type.
const maxReshaped = 16

var wholeNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)

// Unmarshal reads JSON as [json.Unmarshal] does, but takes an id (a property called id, or whose name ends in Id) in
// either form: as a number where Go has a string, and as a string of digits where Go has a number. APIs are not of one
// mind there, and one such id must not cost the whole answer. A document that would make far larger values than its text
// lets expect is refused: see [Allowance]. [Client.Do] reads with it.
func Unmarshal(data []byte, v any) error { return unmarshalAllowed(data, v, false) }

// UnmarshalLoose is [Unmarshal] for an API that documents no more than tables. It also takes true, false, 1 and 0, in quotes
// or bare, where Go has a bool, and an empty list, object or string as nothing where Go has another kind of list or object.
func UnmarshalLoose(data []byte, v any) error { return unmarshalAllowed(data, v, true) }

func unmarshalAllowed(data []byte, v any, loose bool) error {
	left := Allowance(len(data))
	return unmarshalWithin(data, v, &left, left, loose)
}

func unmarshal(data []byte, v any, loose bool) error {
	for range maxReshaped {
		err := json.Unmarshal(data, v)
		wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
		if !ok {
			return err
		}
		path := strings.Split(wrong.Field, ".")
		name := path[len(path)-1]
		r := reshaper{data: data, dec: json.NewDecoder(bytes.NewReader(data)), kind: wrong.Type.Kind(), loose: loose}
		r.id = name == "id" || strings.HasSuffix(name, "Id")
		r.dec.UseNumber()
		if r.walk(path, true); r.done == 0 {
			return err
		}
		data = append(r.out, data[r.done:]...)
	}
	return json.Unmarshal(data, v)
}

// Misfit says in words of JSON which property has an unexpected value, where encoding/json says it in words of Go.
func Misfit(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s holds an unexpected %s", cmp.Or(wrong.Field, "it"), wrong.Value)
	}
	return err
}

// reshaper copies a document, with the values at one path in the form that Go has.
type reshaper struct {
	data  []byte
	dec   *json.Decoder
	kind  reflect.Kind // what Go has at the path
	id    bool         // the path leads to an id
	loose bool
	out   []byte
	done  int // how much of data has been copied
}

// walk passes a value. What lies at the path is reshaped; arrays are no part of a path.
func (r *reshaper) walk(path []string, there bool) {
	token, err := r.dec.Token()
	if err != nil {
		return // the document has been read before: there is none
	}
	start, at := int(r.dec.InputOffset())-1, there && len(path) == 0
	switch token {
	case json.Delim('{'):
		hollow := at && r.loose && !r.dec.More() && r.kind == reflect.Slice
		for r.dec.More() {
			name, _ := r.dec.Token()
			if key, _ := name.(string); there && len(path) > 0 && strings.EqualFold(key, path[0]) {
				r.walk(path[1:], true)
			} else {
				r.walk(nil, false)
			}
		}
		_, _ = r.dec.Token()
		if hollow {
			r.put("null", start)
		}
	case json.Delim('['):
		hollow := at && r.loose && !r.dec.More() && (r.kind == reflect.Struct || r.kind == reflect.Map)
		for r.dec.More() {
			r.walk(path, there)
		}
		_, _ = r.dec.Token()
		if hollow {
			r.put("null", start)
		}
	default:
		if at {
			r.reshape(token)
		}
	}
}

// reshape puts the other form of a string or number in its place, if there is one.
func (r *reshaper) reshape(token json.Token) {
	end := int(r.dec.InputOffset())
	switch value := token.(type) {
	case json.Number:
		start := end - len(value)
		switch {
		case r.kind == reflect.String && r.id:
			r.put(`"`+string(value)+`"`, start)
		case r.kind == reflect.Bool && r.loose:
			r.flag(string(value), start)
		}
	case string:
		start := end - len(value) - 2
		if start < 0 || r.data[start] != '"' {
			return // it is escaped
		}
		switch r.kind {
		case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
			reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
			if r.id && wholeNumber.MatchString(value) {
				r.put(value, start)
			}
		case reflect.Bool:
			if r.loose {
				r.flag(value, start)
			}
		case reflect.Slice, reflect.Struct, reflect.Map:
			if r.loose && value == "" {
				r.put("null", start)
			}
		}
	}
}

// flag puts a bool in the place of a word for it.
func (r *reshaper) flag(word string, start int) {
	switch strings.ToLower(word) {
	case "true", "1":
		r.put("true", start)
	case "false", "0":
		r.put("false", start)
	}
}

// put writes value in place of what has been read from start on.
func (r *reshaper) put(value string, start int) {
	r.out = append(append(r.out, r.data[r.done:start]...), value...)
	r.done = int(r.dec.InputOffset())
}
