package jiratest

import (
	"strings"
)

// clauses yields the clauses of a node, in the order of the query. There are none in no node.
func (n *jqlNode) clauses(yield func(*jqlClause) bool) { n.each(yield) }

func (n *jqlNode) each(yield func(*jqlClause) bool) bool {
	switch {
	case n == nil:
		return true
	case n.clause != nil:
		return yield(n.clause)
	}
	for _, kid := range n.kids {
		if !kid.each(yield) {
			return false
		}
	}
	return true
}

// doc is a query in the shape of the parse operation.
func (q *jqlQuery) doc() doc {
	d := doc{}
	if q.where != nil {
		d["where"] = q.where.doc()
	}
	if len(q.order) > 0 {
		d["orderBy"] = doc{"fields": each(q.order, func(order jqlOrder) any {
			element := doc{"field": fieldDoc(order.field)}
			if order.direction != "" {
				element["direction"] = order.direction
			}
			return element
		})}
	}
	return d
}

func (n *jqlNode) doc() doc {
	if n.clause != nil {
		return doc{"field": fieldDoc(n.clause.field), "operator": n.clause.op, "operand": n.clause.operand()}
	}
	operator := "and"
	switch {
	case n.not:
		operator = "not"
	case n.any:
		operator = "or"
	}
	return doc{"operator": operator, "clauses": each(n.kids, func(kid *jqlNode) any { return kid.doc() })}
}

func fieldDoc(name jqlToken) doc {
	key, path, ok := propertyClause(name)
	if !ok {
		return doc{"name": name.text, "encodedName": encodeJQL(name.text)}
	}
	way := strings.Join(path, ".")
	encoded := "issue.property[" + encodeJQL(key) + "]"
	if way != "" {
		encoded += "." + way
	}
	return doc{"name": name.text, "encodedName": encoded, "property": []doc{{"entity": "issue", "key": key, "path": way}}}
}

func (clause *jqlClause) operand() doc {
	if !clause.list {
		return clause.values[0].doc()
	}
	encoded := make([]string, len(clause.values))
	for i, value := range clause.values {
		encoded[i] = value.encoded()
	}
	return doc{
		"values":         each(clause.values, func(value jqlValue) any { return value.doc() }),
		"encodedOperand": "(" + strings.Join(encoded, ", ") + ")",
	}
}

func (value jqlValue) doc() doc {
	switch {
	case value.empty:
		return doc{"keyword": "empty"}
	case value.function:
		return doc{"function": value.text, "arguments": append([]string{}, value.args...), "encodedOperand": value.encoded()}
	}
	return doc{"value": value.text, "encodedValue": value.encoded()}
}

// encoded is a value as it stands in a query.
func (value jqlValue) encoded() string {
	switch {
	case value.empty:
		return "EMPTY"
	case value.function:
		args := make([]string, len(value.args))
		for i, arg := range value.args {
			args[i] = encodeJQL(arg)
		}
		return value.text + "(" + strings.Join(args, ", ") + ")"
	}
	return encodeJQL(value.text)
}

// encodeJQL writes a name or a value as a query needs it, between quotes if it must be.
func encodeJQL(s string) string {
	plain := s != "" && !(jqlToken{kind: tokenWord, text: s}).isKeyword() && !strings.ContainsFunc(s, func(r rune) bool { return !isWordRune(r) })
	if plain {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s) + `"`
}
