package jiratest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// expr is a part of a Jira expression. op says what it is: value, name, list, object, lambda, member, index, call, ?: or
// an operator.
type expr struct {
	op    string
	value any      // of a value
	text  string   // the name of a name or a member
	names []string // the keys of an object, the parameters of a lambda
	kids  []*expr
	from  string // as written
}

// exprError is an expression that is not well formed. column counts characters from 1.
type exprError struct {
	message      string
	line, column int
}

func (e *exprError) Error() string { return e.message }

// exprUnknown is what the fake does not understand of the language.
type exprUnknown string

func (e exprUnknown) Error() string {
	return fmt.Sprintf("jiratest does not understand %s in a Jira expression.", string(e))
}

type exprToken struct {
	kind     string // number, string, name, symbol or end
	text     string
	from, to int // in the expression
}

type exprParser struct {
	source []rune
	tokens []exprToken
	depth  int
}

// parseExpression parses the part of the language without statements, templates and new.
func parseExpression(source string) (*expr, error) {
	p := &exprParser{source: []rune(source)}
	if err := p.lex(); err != nil {
		return nil, err
	}
	e, err := p.expression()
	if err == nil && p.peek().kind != "end" {
		err = p.unexpected("End of expression")
	}
	return e, err
}

var exprSymbols = []string{"===", "!==", "=>", "==", "!=", "<=", ">=", "&&", "||", "?.", "??", "..."}

func (p *exprParser) lex() error {
	for i := 0; i < len(p.source); {
		start, r := i, p.source[i]
		for i < len(p.source) && (unicode.IsLetter(p.source[i]) || unicode.IsDigit(p.source[i]) || strings.ContainsRune("_$", p.source[i])) {
			i++
		}
		switch {
		case unicode.IsSpace(r):
			i++
			continue
		case unicode.IsDigit(r):
			if i+1 < len(p.source) && p.source[i] == '.' && unicode.IsDigit(p.source[i+1]) {
				for i++; i < len(p.source) && unicode.IsDigit(p.source[i]); {
					i++
				}
			}
			p.add("number", string(p.source[start:i]), start, i)
		case i > start:
			p.add("name", string(p.source[start:i]), start, i)
		case r == '"' || r == '\'':
			var b strings.Builder
			for i++; i < len(p.source) && p.source[i] != r; i++ {
				if p.source[i] == '\\' && i+1 < len(p.source) {
					i++
				}
				b.WriteRune(p.source[i])
			}
			if i == len(p.source) {
				return p.failAt(start, "The string is not closed.")
			}
			i++
			p.add("string", b.String(), start, i)
		case r == '`':
			return exprUnknown("a template")
		case strings.ContainsRune("()[]{}.,:?;=<>!+-*/%&|", r):
			i++
			for _, symbol := range exprSymbols {
				if end := start + len(symbol); end <= len(p.source) && string(p.source[start:end]) == symbol {
					i = end
					break
				}
			}
			p.add("symbol", string(p.source[start:i]), start, i)
		default:
			return p.failAt(start, fmt.Sprintf("The character '%c' is not allowed here.", r))
		}
	}
	p.add("end", "End of expression", len(p.source), len(p.source))
	return nil
}

func (p *exprParser) add(kind, text string, from, to int) {
	p.tokens = append(p.tokens, exprToken{kind, text, from, to})
}

func (p *exprParser) failAt(at int, message string) error {
	before := string(p.source[:at])
	return &exprError{message, strings.Count(before, "\n") + 1, at - strings.LastIndex("\n"+before, "\n") + 1}
}

func (p *exprParser) peek() exprToken { return p.tokens[0] }

func (p *exprParser) next() exprToken {
	t := p.tokens[0]
	if t.kind != "end" {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *exprParser) accept(symbol string) bool {
	if t := p.peek(); t.text != symbol || t.kind != "symbol" {
		return false
	}
	p.next()
	return true
}

func (p *exprParser) unexpected(wanted string) error {
	t := p.peek()
	switch t.text {
	case ";", "=", "...", "??":
		return exprUnknown("'" + t.text + "'")
	}
	return p.failAt(t.from, fmt.Sprintf("%s expected, %s encountered.", wanted, t.text))
}

// node ends a part that began at a place.
func (p *exprParser) node(e *expr, from int) *expr {
	e.from = strings.TrimSpace(string(p.source[from:p.peek().from]))
	return e
}

func (p *exprParser) expression() (*expr, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.failAt(p.peek().from, "The expression is nested too deeply.")
	}
	defer func() { p.depth-- }()
	from := p.peek().from
	condition, err := p.binary(0)
	if err != nil || !p.accept("?") {
		return condition, err
	}
	yes, err := p.expression()
	if err != nil {
		return nil, err
	}
	if !p.accept(":") {
		return nil, p.unexpected(":")
	}
	no, err := p.expression()
	return p.node(&expr{op: "?:", kids: []*expr{condition, yes, no}}, from), err
}

// exprLevels are the operators, those that bind least first.
var exprLevels = [][]string{{"||"}, {"&&"}, {"==", "!=", "===", "!=="}, {"<", "<=", ">", ">="}, {"+", "-"}, {"*", "/", "%"}}

func (p *exprParser) binary(level int) (*expr, error) {
	if level == len(exprLevels) {
		return p.unary()
	}
	from := p.peek().from
	left, err := p.binary(level + 1)
	for err == nil && p.peek().kind == "symbol" && slices.Contains(exprLevels[level], p.peek().text) {
		op := p.next().text
		var right *expr
		if right, err = p.binary(level + 1); err == nil {
			left = p.node(&expr{op: op, kids: []*expr{left, right}}, from)
		}
	}
	return left, err
}

func (p *exprParser) unary() (*expr, error) {
	from := p.peek().from
	for _, op := range []string{"!", "-"} {
		if p.accept(op) {
			if p.depth++; p.depth > maxDepth {
				return nil, p.failAt(from, "The expression is nested too deeply.")
			}
			defer func() { p.depth-- }()
			kid, err := p.unary()
			return p.node(&expr{op: op, kids: []*expr{kid}}, from), err
		}
	}
	e, err := p.primary()
	for err == nil {
		switch {
		case p.accept("."), p.accept("?."):
			name := p.peek()
			if name.kind != "name" {
				return nil, p.unexpected("IDENTIFIER")
			}
			p.next()
			e = p.node(&expr{op: "member", text: name.text, kids: []*expr{e}}, from)
		case p.accept("["):
			var index *expr
			if index, err = p.expression(); err == nil && !p.accept("]") {
				err = p.unexpected("]")
			}
			e = p.node(&expr{op: "index", kids: []*expr{e, index}}, from)
		case p.accept("("):
			var args []*expr
			args, err = p.sequence(")")
			e = p.node(&expr{op: "call", kids: append([]*expr{e}, args...)}, from)
		default:
			return e, nil
		}
	}
	return nil, err
}

// sequence parses expressions up to a closing symbol.
func (p *exprParser) sequence(end string) ([]*expr, error) {
	var all []*expr
	for !p.accept(end) {
		if len(all) > 0 && !p.accept(",") {
			return nil, p.unexpected(end)
		}
		e, err := p.expression()
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

func (p *exprParser) primary() (*expr, error) {
	from, t := p.peek().from, p.peek()
	switch {
	case t.kind == "number":
		p.next()
		n, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return nil, p.failAt(from, fmt.Sprintf("'%s' is not a number.", t.text))
		}
		return p.node(&expr{op: "value", value: n}, from), nil
	case t.kind == "string":
		p.next()
		return p.node(&expr{op: "value", value: t.text}, from), nil
	case t.kind == "name":
		return p.name()
	case p.accept("["):
		items, err := p.sequence("]")
		return p.node(&expr{op: "list", kids: items}, from), err
	case p.accept("{"):
		return p.object(from)
	case t.kind == "symbol" && t.text == "(":
		if names, ok := p.parameters(); ok {
			return p.lambda(names, from)
		}
		p.next()
		e, err := p.expression()
		if err == nil && !p.accept(")") {
			err = p.unexpected(")")
		}
		return e, err
	}
	return nil, p.unexpected("!, -, (, IDENTIFIER, null, true, false, NUMBER, STRING, [ or {")
}

func (p *exprParser) name() (*expr, error) {
	t := p.next()
	literals := map[string]any{"null": nil, "true": true, "false": false}
	literal, isLiteral := literals[t.text]
	switch {
	case isLiteral:
		return p.node(&expr{op: "value", value: literal}, t.from), nil
	case slices.Contains([]string{"let", "new", "typeof"}, t.text):
		return nil, exprUnknown("'" + t.text + "'")
	case p.accept("=>"):
		return p.lambda([]string{t.text}, t.from)
	}
	return p.node(&expr{op: "name", text: t.text}, t.from), nil
}

// parameters takes (a, b) => if that is what comes; else nothing.
func (p *exprParser) parameters() (names []string, ok bool) {
	tokens := p.tokens
	p.next()
	for p.peek().kind == "name" {
		names = append(names, p.next().text)
		if !p.accept(",") {
			break
		}
	}
	if p.accept(")") && p.accept("=>") {
		return names, true
	}
	p.tokens = tokens
	return nil, false
}

func (p *exprParser) lambda(names []string, from int) (*expr, error) {
	body, err := p.expression()
	return p.node(&expr{op: "lambda", names: names, kids: []*expr{body}}, from), err
}

func (p *exprParser) object(from int) (*expr, error) {
	e := &expr{op: "object"}
	for !p.accept("}") {
		if len(e.names) > 0 && !p.accept(",") {
			return nil, p.unexpected("}")
		}
		key := p.peek()
		if key.kind != "name" && key.kind != "string" {
			return nil, p.unexpected("IDENTIFIER or STRING")
		}
		p.next()
		value := &expr{op: "name", text: key.text, from: key.text}
		if p.accept(":") {
			var err error
			if value, err = p.expression(); err != nil {
				return nil, err
			}
		}
		e.names, e.kids = append(e.names, key.text), append(e.kids, value)
	}
	return p.node(e, from), nil
}
