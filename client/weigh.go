package client

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// A few bytes of JSON can make a large Go value: "{}," in a list of issues makes more than three kilobytes. What an answer
// makes is therefore reckoned before it is made.

// Allowance is how much memory the values made of a JSON document of so many bytes may take, beyond their texts. With the
// document and the texts it is three times the document, and less than 32 MiB above a small one.
func Allowance(length int) int64 { return max(24<<20, int64(length)) }

// TooMuch is the error of a document whose values would take more than their [Allowance]. It is [ErrTooLarge].
func TooMuch() error {
	return fmt.Errorf("%w: its values would take far more memory than its text, as no answer of this API does", ErrTooLarge)
}

// Fits reckons what a v made of a document would take beyond what is known to be due, and makes none. A decoder that goes its
// own way asks before it begins.
// The error is that of [TooMuch], or says that the document is nested too deep.
func Fits(data []byte, v any, due int64) error {
	w := weigher{data: data, left: Allowance(len(data)) + due - mending(data)}
	w.value(reflect.TypeOf(v), 0)
	switch {
	case w.over():
		return TooMuch()
	case w.deep:
		return errors.New("it is nested too deep")
	}
	return nil
}

// UnmarshalWithin is [Unmarshal] for one of several documents that share an allowance. It takes what the values need off
// left, and makes none when that is not enough.
func UnmarshalWithin(data []byte, v any, left *int64) error {
	if left == nil {
		return errors.New("there is no allowance: pass the address of one")
	}
	return unmarshalWithin(data, v, left, *left/64, false)
}

// unmarshalWithin does not look closely at what needs no more than modest at the very most.
func unmarshalWithin(data []byte, v any, left *int64, modest int64, loose bool) error {
	t := reflect.TypeOf(v)
	// No value is made without a comma or a bracket before it. Counting them is much faster than looking where they are.
	need := (int64(bytes.Count(data, []byte(",")))+int64(bytes.Count(data, []byte("[")))+int64(bytes.Count(data, []byte("{"))))*largest(t) + 64
	wrong := mending(data)
	if need += wrong + 4*int64(len(data)); need > modest {
		w := weigher{data: data, left: *left - wrong}
		w.value(t, 0)
		need = *left - w.left + w.moved
	}
	if *left -= need; *left < 0 {
		return TooMuch()
	}
	return unmarshal(data, v, loose)
}

// weigher passes a document and takes what its values need off left.
type weigher struct {
	data  []byte
	pos   int
	left  int64
	moved int64 // the most that is there twice at a time: what grows is copied, one list after the other
	deep  bool
	name  []byte // of a property, folded
}

func (w *weigher) over() bool { return w.left < w.moved }

const (
	maxNesting = 10_000 // of encoding/json, which refuses what is deeper
	maxName    = 1024   // of a property, in bytes with its escapes
	maxEscape  = 6      // bytes: \uXXXX
	maxDigits  = 1024   // of a number; one that does not fit is copied several times to say so
	entry      = 32     // of a list of what is kept as received
	boxed      = 16     // a scalar in an interface
	rounded    = 8      // a text beyond its length
	group      = 8      // entries that a map makes at once
	settled    = 1024   // elements after which a list grows by a quarter
)

// mending is what it takes to put three bytes, in buffers that double, where one is no text.
func mending(data []byte) int64 {
	if utf8.Valid(data) {
		return 0
	}
	n := int64(0)
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if i += size; r == utf8.RuneError && size == 1 {
			n += 9
		}
	}
	return n
}

// next returns the byte after white space, 0 at the end.
func (w *weigher) next() byte {
	for ; w.pos < len(w.data); w.pos++ {
		switch c := w.data[w.pos]; c {
		case ' ', '\n', '\t', '\r':
		default:
			return c
		}
	}
	return 0
}

// value passes a value of which a t is made; nil is none.
func (w *weigher) value(t reflect.Type, depth int) {
	c := w.next()
	for t != nil && t.Kind() == reflect.Pointer {
		if t = t.Elem(); c != 'n' && depth > 0 {
			w.left -= size(t)
		}
	}
	switch {
	case w.over() || depth > maxNesting:
		w.deep = !w.over()
		w.pos = len(w.data)
	case c == '{':
		w.object(t, depth)
	case c == '[':
		w.list(t, depth)
	case c == '"':
		w.text()
		w.scalar(t)
	default:
		start := w.pos
		for w.pos < len(w.data) && !strings.ContainsRune(",]} \n\t\r", rune(w.data[w.pos])) {
			w.pos++
		}
		if n := w.pos - start; n > maxDigits {
			w.left -= 4 * int64(n)
		}
		w.scalar(t)
	}
}

func (w *weigher) scalar(t reflect.Type) {
	if t != nil && t.Kind() == reflect.Interface {
		w.left -= boxed
	} else if t != nil && t.Kind() == reflect.String {
		w.left -= rounded
	}
}

// element takes the nth element of a list.
func (w *weigher) element(n, size int64) {
	if n <= settled {
		w.left -= 2 * size
	} else {
		w.left -= size + size/4
	}
	w.moved = max(w.moved, n*size)
}

// entry takes the nth entry of a map. Large values are kept beside it.
func (w *weigher) entry(n, size int64) {
	slot := 2*boxed + min(size, 128)
	if size > 128 {
		w.left -= size
	}
	switch {
	case n == 1:
		w.left -= 4*boxed + group*slot
	case n > group:
		w.left -= 3 * slot
	}
}

// kept takes the nth property of an object that no field is for, as one that keeps them would.
func (w *weigher) kept(n int64) {
	if w.left -= entry; n == 1 {
		w.left -= 2 * entry
	}
	w.moved = max(w.moved, n*entry*9/4)
}

func (w *weigher) list(t reflect.Type, depth int) {
	var item reflect.Type
	if t != nil {
		switch t.Kind() {
		case reflect.Interface:
			item = t
			w.left -= boxed
		case reflect.Slice, reflect.Array:
			if !opaque(t) {
				item = t.Elem()
			}
		}
	}
	w.pos++
	if w.next() == ']' {
		w.pos++
		return
	}
	for n := int64(1); w.pos < len(w.data); n++ {
		w.element(n, size(item))
		w.value(item, depth+1)
		switch w.next() {
		case ',':
			w.pos++
		case ']':
			w.pos++
			return
		default:
			w.pos = len(w.data) // not JSON: others will tell
		}
	}
}

func (w *weigher) object(t reflect.Type, depth int) {
	var fields map[string]reflect.Type
	var item reflect.Type
	if t != nil {
		switch t.Kind() {
		case reflect.Struct:
			fields = fieldsOf(t)
		case reflect.Map:
			item = t.Elem()
		case reflect.Interface:
			item = t
			w.left -= 3 * boxed
		}
	}
	w.pos++
	if w.next() == '}' {
		w.pos++
		return
	}
	unknown := int64(0)
	for n := int64(1); w.pos < len(w.data); n++ {
		w.next()
		name := w.text()
		if w.next() != ':' {
			w.pos = len(w.data)
			return
		}
		w.pos++
		of := item
		if fields != nil {
			of = w.field(fields, name)
		}
		if item != nil {
			w.entry(n, size(item))
		} else if fields != nil && of == nil {
			unknown++
			w.kept(unknown)
		}
		w.value(of, depth+1)
		switch w.next() {
		case ',':
			w.pos++
		case '}':
			w.pos++
			return
		default:
			w.pos = len(w.data)
		}
	}
}

// text passes a string and returns it with its quotes.
func (w *weigher) text() []byte {
	start, escaped := w.pos, false
	for w.pos++; w.pos < len(w.data); w.pos++ {
		i := bytes.IndexAny(w.data[w.pos:], `"\`)
		if i < 0 {
			w.pos = len(w.data)
			break
		}
		if w.pos += i; w.data[w.pos] == '"' {
			w.pos++
			break
		}
		w.pos++ // the escaped byte
		escaped = true
	}
	text := w.data[min(start, len(w.data)):min(w.pos, len(w.data))]
	if n := int64(len(text)); escaped {
		w.moved = max(w.moved, n-n/8) // a copy without the escapes, of which the text is made
	}
	return text
}

// field returns the type of the property with a name, in quotes. Names are compared as encoding/json compares them.
func (w *weigher) field(fields map[string]reflect.Type, quoted []byte) reflect.Type {
	if len(quoted) > maxName {
		return nil // no field has such a name
	}
	w.name = w.name[:0]
	for name := bytes.Trim(quoted, `"`); len(name) > 0; {
		c, size := rune(name[0]), 1
		if c == '\\' || c >= utf8.RuneSelf {
			var tail string
			var err error
			c, _, tail, err = strconv.UnquoteChar(string(name[:min(len(name), maxEscape)]), '"')
			if err != nil {
				return nil // half a surrogate pair, or a slash: not in the name of a field
			}
			c = foldRune(c)
			size = min(len(name), maxEscape) - len(tail)
		} else if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		w.name = utf8.AppendRune(w.name, c)
		name = name[size:]
	}
	return fields[string(w.name)]
}

// foldText replaces each letter by the first of those that are the same but for their case: for ASCII the capital.
func foldText(name string) string { return strings.Map(foldRune, name) }

func foldRune(c rune) rune {
	for {
		if next := unicode.SimpleFold(c); next > c {
			c = next
		} else {
			return next
		}
	}
}

// size is what a value takes, as the sizes of memory are rounded.
func size(t reflect.Type) int64 {
	if t == nil {
		return 0
	}
	n := int64(t.Size()) // #nosec G115 -- of a Go type
	return n + n/8
}

// opaque reports that a list is read by a method of its own, which keeps it as it is.
func opaque(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

var fieldCache sync.Map // of map[string]reflect.Type by reflect.Type

// fieldsOf returns the types of the properties that a struct is made of, by their folded names.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if known, ok := fieldCache.Load(t); ok {
		return known.(map[string]reflect.Type)
	}
	fields := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = f.Name
		}
		if f.IsExported() && (!f.Anonymous || f.Tag.Get("json") != "") {
			fields[foldText(name)] = f.Type
		}
	}
	fieldCache.Store(t, fields)
	return fields
}

var largestCache sync.Map // of int64 by reflect.Type

// largest is the size of the largest value that one comma or bracket can make in a t.
func largest(t reflect.Type) int64 {
	if known, ok := largestCache.Load(t); ok {
		return known.(int64)
	}
	most := int64(3 * entry * 9 / 4)
	seen := map[reflect.Type]bool{}
	var visit func(reflect.Type)
	visit = func(t reflect.Type) {
		if t == nil || seen[t] {
			return
		}
		seen[t] = true
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array:
			most = max(most, 3*size(t.Elem())+2*entry)
			visit(t.Elem())
		case reflect.Map:
			most = max(most, size(t.Elem())+4*boxed+group*(2*boxed+128)+2*entry)
			visit(t.Elem())
		case reflect.Interface:
			most = max(most, 10*boxed+group*4*boxed)
		case reflect.Struct:
			for _, f := range fieldsOf(t) {
				visit(f)
			}
		}
	}
	visit(t)
	most *= 2 // a list of pointers takes both
	largestCache.Store(t, most)
	return most
}
