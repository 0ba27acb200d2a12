package client

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// SameJSON reports whether two values say the same: 1.0 is 1, an object's property that is null is one that is not there, and so
// is a value of no bytes. What is no JSON is the same as nothing, not even itself.
func SameJSON(a, b []byte) bool {
	x, errA := canonical(a)
	y, errB := canonical(b)
	return errA == nil && errB == nil && bytes.Equal(x, y)
}

func canonical(raw []byte) ([]byte, error) {
	v, err := decodeJSON(raw)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v) // which sorts the properties
}

func decodeJSON(raw []byte) (v any, err error) {
	if len(raw) == 0 {
		return nil, nil
	}
	if !json.Valid(raw) { // the decoder would not look behind the first value
		return nil, strconv.ErrSyntax
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	err = dec.Decode(&v)
	return plainJSON(v), err
}

// lacksJSON names a property of want, an object, that have does not have as it is there, "" for none. Objects may have more in
// have, but not those in lists. To say nothing, as "", false and an empty list do, is to be not there. The properties in own,
// at any depth, are the business of who made have: they count only where both have them.
func lacksJSON(have, want any, own ...string) (property string, err error) {
	var objects [2]map[string]any
	for i, v := range []any{have, want} {
		raw, err := json.Marshal(v)
		if err != nil {
			return "", err
		}
		decoded, err := decodeJSON(raw)
		if err != nil {
			return "", err
		}
		objects[i], _ = decoded.(map[string]any)
	}
	for _, name := range slices.Sorted(maps.Keys(objects[1])) {
		if !ownership(own).property(objects[0], objects[1], name, false) {
			return name, nil
		}
	}
	return "", nil
}

type ownership []string

func (own ownership) property(have, want map[string]any, name string, exactly bool) bool {
	h, has := have[name]
	w, wanted := want[name]
	return slices.Contains(own, name) && (!has || !wanted) || own.covers(h, w, exactly)
}

func (own ownership) covers(have, want any, exactly bool) bool {
	if h, w, ok := both[map[string]any](have, want); ok {
		for name := range w {
			if !own.property(h, w, name, exactly) {
				return false
			}
		}
		for name := range h {
			if exactly && !own.property(h, w, name, exactly) {
				return false
			}
		}
		return true
	}
	if h, w, ok := both[[]any](have, want); ok {
		return slices.EqualFunc(h, w, func(h, w any) bool { return own.covers(h, w, true) })
	}
	return says(have) == says(want)
}

// both returns the values as what one of them is, the other too or nothing.
func both[T any](have, want any) (h, w T, ok bool) {
	h, isHave := have.(T)
	w, isWant := want.(T)
	return h, w, (isHave || have == nil) && (isWant || want == nil) && (isHave || isWant)
}

// says is what a value says, nil for nothing.
func says(v any) any {
	switch v {
	case "", false, json.Number("0"):
		return nil
	}
	return v
}

// plainJSON writes what may be written in several ways in one.
func plainJSON(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = plainJSON(v[i])
		}
	case map[string]any:
		for name, value := range v {
			if v[name] = plainJSON(value); value == nil {
				delete(v, name)
			}
		}
	case json.Number:
		return plainNumber(string(v))
	}
	return v
}

// plainNumber writes a number as its digits without zeros at the ends, and a power of ten. No digit is lost, as in a float64.
func plainNumber(text string) json.Number {
	mantissa, power, scientific := strings.Cut(strings.ToLower(text), "e")
	exponent := 0
	if scientific {
		var err error
		if exponent, err = strconv.Atoi(power); err != nil {
			return json.Number(text) // nobody means that
		}
	}
	sign := ""
	if unsigned, negative := strings.CutPrefix(mantissa, "-"); negative {
		sign, mantissa = "-", unsigned
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	short := strings.TrimRight(digits, "0")
	if short == "" {
		return "0"
	}
	exponent += len(digits) - len(short) - len(fraction)
	return json.Number(sign + short + "e" + strconv.Itoa(exponent))
}
