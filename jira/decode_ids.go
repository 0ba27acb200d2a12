package jira

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
)

// maxNumericIDs bounds the passes over a value: each deals with the ids at one place of its type.
const maxNumericIDs = 16

// unmarshal reads a value by encoding/json. An id that comes as a number where Go has a string is taken as its digits: Jira
// is not of one mind.
func unmarshal(text string, dst any) error {
	for range maxNumericIDs {
		err := json.Unmarshal([]byte(text), dst)
		var wrong *json.UnmarshalTypeError
		if !errors.As(err, &wrong) || !strings.HasPrefix(wrong.Value, "number") || wrong.Type.Kind() != reflect.String {
			return err
		}
		path := strings.Split(wrong.Field, ".")
		if name := path[len(path)-1]; name != "id" && !strings.HasSuffix(name, "Id") {
			return err
		}
		s := scanner{src: text}
		var b strings.Builder
		done := 0
		s.numbersAt(path, func(from, to int) {
			b.WriteString(text[done:from] + `"` + text[from:to] + `"`)
			done = to
		})
		if done == 0 {
			return err
		}
		text = b.String() + text[done:]
	}
	return json.Unmarshal([]byte(text), dst)
}

// numbersAt passes a value and reports the numbers at a path. Arrays are no part of it.
func (s *scanner) numbersAt(path []string, report func(from, to int)) {
	switch c := s.token(); {
	case c == '{' && len(path) > 0:
		for name := range s.members {
			if strings.EqualFold(name, path[0]) {
				s.numbersAt(path[1:], report)
			} else {
				s.skip()
			}
		}
	case c == '[':
		for range s.elements {
			s.numbersAt(path, report)
		}
	default:
		from := s.mark().pos
		s.skip()
		if len(path) == 0 && (c == '-' || c >= '0' && c <= '9') {
			report(from, s.pos)
		}
	}
}
