package surface

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
)

// Panic is a panic that was recovered.
type Panic struct{ Value any }

// Error tells of the panic.
func (p *Panic) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// Call calls a function with those of the arguments that fit its parameters by their types, and with zeros for the others;
// what is variadic gets one argument if one fits. It returns the error that the function returns, or a [Panic].
func Call(function reflect.Value, args ...any) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &Panic{v}
		}
	}()
	t := function.Type()
	var in []reflect.Value
	for i := range t.NumIn() {
		want, optional := t.In(i), t.IsVariadic() && i == t.NumIn()-1
		if optional {
			want = want.Elem()
		}
		v, fits := reflect.Zero(want), false
		for _, arg := range args {
			if a := reflect.ValueOf(arg); a.Type().AssignableTo(want) {
				v, fits = a, true
			}
		}
		if fits || !optional {
			in = append(in, v)
		}
	}
	for _, out := range function.Call(in) {
		if failed, ok := reflect.TypeAssert[error](out); ok && failed != nil {
			err = failed
		}
	}
	return err
}

// Methods calls each exported method of the package in a folder, as [Call] does, on each of the values that receivers has
// for its type, and tells done, which may be nil. A type without values fails the test, and so does a panic, unless it is a
// sentence and the method's comment says when it comes.
func Methods(tb testing.TB, dir string, receivers map[string][]any, args []any, done func(f Function, receiver any, err error)) {
	tb.Helper()
	for _, f := range Exported(tb, dir) {
		if f.Receiver == "" {
			continue
		}
		if len(receivers[f.Receiver]) == 0 {
			tb.Errorf("%s is not tried: give this test values of the type", f)
		}
		for i, receiver := range receivers[f.Receiver] {
			err := Call(reflect.ValueOf(receiver).MethodByName(f.Name), args...)
			if p, ok := errors.AsType[*Panic](err); ok {
				if _, sentence := p.Value.(string); !sentence || !f.Panics {
					tb.Errorf("%s on value %d: %v", f, i, p)
				}
			}
			if done != nil {
				done(f, receiver, err)
			}
		}
	}
}
