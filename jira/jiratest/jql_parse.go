package jiratest

import (
	"slices"
	"strings"
)

// jqlQuery is a parsed query.
type jqlQuery struct {
	where *jqlNode // nil if there is no restriction
	order []jqlOrder
}

// jqlNode is a part of the restriction: all or any of the kids, or a clause. NOT is resolved while parsing: Jira
// turns NOT labels = x into labels != x, which does not find issues without labels. Only parseStructure keeps it.
type jqlNode struct {
	any    bool
	not    bool
	kids   []*jqlNode
	clause *jqlClause
}

type jqlClause struct {
	field  jqlToken
	op     string // one of = != > >= < <= ~ !~ in, not in, is, is not
	opAt   jqlToken
	values []jqlValue
	list   bool // the values are between parentheses
	app    bool // it stands in for a function of an app
}

// jqlValue is a literal, EMPTY, or a call of a function.
type jqlValue struct {
	jqlToken

	empty    bool
	function bool
	args     []string
}

type jqlOrder struct {
	field     jqlToken
	direction string // asc, desc or none
}

// opposite of each operator.
var opposite = map[string]string{
	"=": "!=", "!=": "=", ">": "<=", "<=": ">", "<": ">=", ">=": "<", "~": "!~", "!~": "~",
	"in": "not in", "not in": "in", "is": "is not", "is not": "is",
}

const (
	maxDepth = 100
	maxOrder = 7
)

type jqlParser struct {
	tokens  []jqlToken
	depth   int
	keepNot bool
	app     bool // see jqlClause
}

// parseJQL parses a query; an empty one restricts nothing.
func parseJQL(query string) (*jqlQuery, error) { return (&jqlParser{}).query(query) }

// parseStructure parses a query to look at it: its nodes say where there is a NOT, and cannot be evaluated.
func parseStructure(query string) (*jqlQuery, error) {
	return (&jqlParser{keepNot: true}).query(query)
}

func (p *jqlParser) query(query string) (*jqlQuery, error) {
	tokens, err := lexJQL(query)
	if err != nil {
		return nil, err
	}
	p.tokens = tokens
	q := &jqlQuery{}
	if !p.peek().is("order") && p.peek().kind != tokenEnd {
		if q.where, err = p.or(false); err != nil {
			return nil, err
		}
	}
	if p.accept("order") {
		if !p.accept("by") {
			return nil, jqlError(p.peek(), "Expecting 'BY' but got %v.", p.peek())
		}
		if q.order, err = p.orders(); err != nil {
			return nil, err
		}
	}
	if end := p.peek(); end.kind != tokenEnd {
		return nil, jqlError(end, "Expecting either 'OR' or 'AND' but got %v.", end)
	}
	return q, nil
}

func (p *jqlParser) peek() jqlToken { return p.tokens[0] }

func (p *jqlParser) next() jqlToken {
	t := p.tokens[0]
	if t.kind != tokenEnd {
		p.tokens = p.tokens[1:]
	}
	return t
}

// accept takes the next token if it is one of the given ones.
func (p *jqlParser) accept(texts ...string) bool {
	if slices.ContainsFunc(texts, p.peek().is) {
		p.next()
		return true
	}
	return false
}

// or parses alternatives; negated ones are, by De Morgan, a conjunction.
func (p *jqlParser) or(negated bool) (*jqlNode, error) {
	return p.sequence(negated, !negated, p.and, "or", "||", "|")
}

func (p *jqlParser) and(negated bool) (*jqlNode, error) {
	return p.sequence(negated, negated, p.not, "and", "&&", "&")
}

func (p *jqlParser) sequence(negated, any bool, part func(bool) (*jqlNode, error), separators ...string) (*jqlNode, error) {
	node := &jqlNode{any: any}
	for {
		kid, err := part(negated)
		if err != nil {
			return nil, err
		}
		node.kids = append(node.kids, kid)
		if !p.accept(separators...) {
			break
		}
	}
	if len(node.kids) == 1 {
		return node.kids[0], nil
	}
	return node, nil
}

func (p *jqlParser) not(negated bool) (*jqlNode, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, jqlError(p.peek(), "The query is nested too deeply.")
	}
	defer func() { p.depth-- }()
	if p.accept("not", "!") {
		if !p.keepNot {
			return p.not(!negated)
		}
		kid, err := p.not(false)
		return &jqlNode{not: true, kids: []*jqlNode{kid}}, err
	}
	if p.accept("(") {
		node, err := p.or(negated)
		if err != nil {
			return nil, err
		}
		if !p.accept(")") {
			return nil, jqlError(p.peek(), "Expecting ')' before %v.", p.peek())
		}
		return node, nil
	}
	clause, err := p.clause()
	if err != nil {
		return nil, err
	}
	if negated {
		clause.op = opposite[clause.op]
	}
	return &jqlNode{clause: clause}, nil
}

// keywords cannot be field names or values unless they are quoted.
var keywords = []string{"and", "or", "not", "in", "is", "order", "by", "empty", "null", "was", "changed"}

func (t jqlToken) isKeyword() bool {
	return t.kind == tokenWord && slices.Contains(keywords, strings.ToLower(t.text))
}

func (p *jqlParser) clause() (*jqlClause, error) {
	field := p.next()
	if field.kind != tokenWord && field.kind != tokenQuoted || field.isKeyword() {
		return nil, jqlError(field, "Expecting a field name but got %v.", field)
	}
	clause := &jqlClause{field: field, opAt: p.peek(), app: p.app}
	op := p.next()
	switch {
	case op.kind == tokenSymbol && opposite[op.text] != "":
		clause.op = op.text
	case op.is("in"):
		clause.op = "in"
	case op.is("not") && p.accept("in"):
		clause.op = "not in"
	case op.is("is") && p.accept("not"):
		clause.op = "is not"
	case op.is("is"):
		clause.op = "is"
	case op.is("was") || op.is("changed"):
		return nil, jqlError(op, "jiratest does not understand searches in the history: %v.", op)
	default:
		return nil, jqlError(op, "Expecting operator but got %v. The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'.", op)
	}
	if strings.HasSuffix(clause.op, "in") && p.peek().is("(") {
		p.next()
		clause.list = true
		for {
			if err := p.value(clause); err != nil {
				return nil, err
			}
			if p.accept(",") {
				continue
			}
			if p.accept(")") {
				return clause, nil
			}
			return nil, jqlError(p.peek(), "Expecting ',' or ')' but got %v.", p.peek())
		}
	}
	if err := p.value(clause); err != nil {
		return nil, err
	}
	value := clause.values[0]
	switch {
	case strings.HasSuffix(clause.op, "in") && !value.function:
		return nil, jqlError(value.jqlToken, "Expecting '(' after IN but got %v.", value.jqlToken)
	case strings.HasPrefix(clause.op, "is") && !value.empty:
		return nil, jqlError(value.jqlToken, "Expecting EMPTY or NULL after IS but got %v.", value.jqlToken)
	}
	return clause, nil
}

func (p *jqlParser) value(clause *jqlClause) error {
	t := p.next()
	value := jqlValue{jqlToken: t}
	switch {
	case t.is("empty") || t.is("null"):
		value.empty = true
	case t.kind != tokenWord && t.kind != tokenQuoted, t.isKeyword():
		return jqlError(t, "Expecting either a value, list or function but got %v.", t)
	case p.accept("("):
		value.function = true
		for !p.accept(")") {
			arg := p.next()
			if arg.kind != tokenWord && arg.kind != tokenQuoted {
				return jqlError(arg, "Expecting ')' but got %v.", arg)
			}
			value.args = append(value.args, arg.text)
			if !p.accept(",") && !p.peek().is(")") {
				return jqlError(p.peek(), "Expecting ',' or ')' but got %v.", p.peek())
			}
		}
	}
	clause.values = append(clause.values, value)
	return nil
}

func (p *jqlParser) orders() ([]jqlOrder, error) {
	var orders []jqlOrder
	for {
		field := p.next()
		if field.kind != tokenWord && field.kind != tokenQuoted {
			return nil, jqlError(field, "Expecting a field name after ORDER BY but got %v.", field)
		}
		order := jqlOrder{field: field}
		for _, direction := range []string{"asc", "desc"} {
			if order.direction == "" && p.accept(direction) {
				order.direction = direction
			}
		}
		orders = append(orders, order)
		if !p.accept(",") {
			break
		}
	}
	if len(orders) > maxOrder {
		return nil, jqlError(orders[maxOrder].field, "The ORDER BY clause has more than %d fields.", maxOrder)
	}
	return orders, nil
}
