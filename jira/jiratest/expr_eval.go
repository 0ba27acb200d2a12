package jiratest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
)

// maxSteps is how long an evaluation may take.
const maxSteps = 10000

// evaluation computes an expression. It knows numbers, strings, booleans, null, lists, objects and lambdas.
type evaluation struct {
	names map[string]any
	steps int
}

// function is a lambda or a method of a list.
type function func(args []any) (any, error)

func evaluationFailed(e *expr, format string, args ...any) error {
	return fail(http.StatusBadRequest, "Evaluation failed: \"%s\" - %s", e.from, fmt.Sprintf(format, args...))
}

func (v *evaluation) eval(e *expr) (any, error) {
	if v.steps++; v.steps > maxSteps {
		return nil, fail(http.StatusBadRequest, "Evaluation failed: the expression takes more than %d steps.", maxSteps)
	}
	switch e.op {
	case "value":
		return e.value, nil
	case "name":
		value, ok := v.names[e.text]
		if !ok {
			return nil, evaluationFailed(e, "Undefined variable: '%s'. Available variables are: %s", e.text, quoted(slices.Sorted(maps.Keys(v.names))))
		}
		return value, nil
	case "lambda":
		return v.lambda(e), nil
	case "&&", "||", "?:":
		return v.choose(e)
	}
	kids := make([]any, len(e.kids))
	for i, kid := range e.kids {
		value, err := v.eval(kid)
		if err != nil {
			return nil, err
		}
		kids[i] = value
	}
	switch e.op {
	case "list":
		return kids, nil
	case "object":
		d := doc{}
		for i, name := range e.names {
			d[name] = kids[i]
		}
		return d, nil
	case "member":
		return member(e, kids[0], e.text)
	case "index":
		return at(e, kids[0], kids[1])
	case "call":
		f, ok := kids[0].(function)
		if !ok {
			return nil, evaluationFailed(e, "It is not a function.")
		}
		return f(kids[1:])
	}
	return operate(e, kids)
}

func (v *evaluation) lambda(e *expr) function {
	names := v.names
	return func(args []any) (any, error) {
		outer := v.names
		defer func() { v.names = outer }()
		v.names = maps.Clone(names)
		for i, name := range e.names {
			v.names[name] = nil
			if i < len(args) {
				v.names[name] = args[i]
			}
		}
		return v.eval(e.kids[0])
	}
}

// choose evaluates what depends on a condition.
func (v *evaluation) choose(e *expr) (any, error) {
	first, err := v.eval(e.kids[0])
	if err != nil {
		return nil, err
	}
	truth, ok := first.(bool)
	switch {
	case !ok:
		return nil, evaluationFailed(e.kids[0], "A Boolean is needed here.")
	case e.op == "?:" && truth:
		return v.eval(e.kids[1])
	case e.op == "?:":
		return v.eval(e.kids[2])
	case truth == (e.op == "||"):
		return truth, nil
	}
	return v.eval(e.kids[1])
}

func operate(e *expr, kids []any) (any, error) {
	switch e.op {
	case "==", "===":
		return alike(kids[0], kids[1]), nil
	case "!=", "!==":
		return !alike(kids[0], kids[1]), nil
	case "!":
		if truth, ok := kids[0].(bool); ok {
			return !truth, nil
		}
		return nil, evaluationFailed(e, "A Boolean is needed here.")
	}
	if left, ok := kids[0].(string); ok && len(kids) == 2 {
		right, ok := kids[1].(string)
		switch {
		case ok && e.op == "+":
			return left + right, nil
		case ok && strings.ContainsAny(e.op, "<>"):
			return holds(e.op, strings.Compare(left, right)), nil
		}
	}
	n := make([]float64, len(kids))
	for i, kid := range kids {
		var ok bool
		if n[i], ok = kid.(float64); !ok {
			return nil, evaluationFailed(e, "The operator '%s' cannot be used here.", e.op)
		}
	}
	switch {
	case e.op == "-" && len(n) == 1:
		return -n[0], nil
	case strings.ContainsAny(e.op, "<>"):
		return holds(e.op, cmp.Compare(n[0], n[1])), nil
	case (e.op == "/" || e.op == "%") && n[1] == 0:
		return nil, evaluationFailed(e, "Division by zero.")
	}
	return map[string]float64{"+": n[0] + n[1], "-": n[0] - n[1], "*": n[0] * n[1], "/": n[0] / n[1], "%": math.Mod(n[0], n[1])}[e.op], nil
}

// alike reports whether two values are equal, lists and objects by what is in them.
func alike(a, b any) bool {
	switch a := a.(type) {
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, alike)
	case doc:
		b, ok := b.(doc)
		return ok && maps.EqualFunc(a, b, alike)
	case function:
		return false
	}
	return a == b
}

// member returns a property of a value, or a method of a list.
func member(e *expr, of any, name string) (any, error) {
	switch of := of.(type) {
	case nil:
		return nil, evaluationFailed(e, "Cannot read the property '%s' of null.", name)
	case doc:
		value, ok := of[name]
		if !ok {
			return nil, evaluationFailed(e, "Unrecognized property of `%s`: \"%s\" ('%s'). Available properties are: %s",
				e.kids[0].from, name, name, quoted(slices.Sorted(maps.Keys(of))))
		}
		return value, nil
	case string:
		if name == "length" {
			return float64(len([]rune(of))), nil
		}
	case []any:
		return method(of, name)
	}
	return nil, fail(http.StatusNotImplemented, "%v", exprUnknown("the property '"+name+"'"))
}

func at(e *expr, of, index any) (any, error) {
	items, isList := of.([]any)
	n, isNumber := index.(float64)
	switch name, isText := index.(string); {
	case isList && isNumber && n >= 0 && n < float64(len(items)) && n == math.Trunc(n):
		return items[int(n)], nil
	case isText:
		return member(e, of, name)
	}
	return nil, evaluationFailed(e, "There is no such item.")
}

// method is a method or a property of a list.
func method(items []any, name string) (any, error) {
	switch name {
	case "length":
		return float64(len(items)), nil
	case "includes":
		return function(func(args []any) (any, error) {
			return slices.ContainsFunc(items, func(item any) bool { return len(args) == 1 && alike(item, args[0]) }), nil
		}), nil
	case "map", "filter", "some", "every":
		return function(func(args []any) (any, error) { return overEach(items, name, args) }), nil
	}
	return nil, fail(http.StatusNotImplemented, "%v", exprUnknown("the method '"+name+"' of a list"))
}

// overEach calls a lambda with each item.
func overEach(items []any, name string, args []any) (any, error) {
	var f function
	if len(args) == 1 {
		f, _ = args[0].(function)
	}
	if f == nil {
		return nil, fail(http.StatusBadRequest, "Evaluation failed: '%s' needs a function.", name)
	}
	results, kept := []any{}, []any{}
	for i, item := range items {
		result, err := f([]any{item, float64(i)})
		if err != nil {
			return nil, err
		}
		results = append(results, result)
		if result == true {
			kept = append(kept, item)
		}
	}
	switch name {
	case "map":
		return results, nil
	case "filter":
		return kept, nil
	case "some":
		return len(kept) > 0, nil
	}
	return len(kept) == len(items), nil
}

func quoted(names []string) string { return "'" + strings.Join(names, "', '") + "'" }

// plain turns what is in the state or in a request into values of the language.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		return number(v)
	case int64:
		return float64(v)
	case []any:
		return each(v, plain)
	case doc:
		d := doc{}
		for name, value := range v {
			d[name] = plain(value)
		}
		return d
	}
	return v
}
