package jiratest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// predicate reports whether an issue, as search knows it, matches.
type predicate func(is *issue) bool

// Pseudo fields: they are searched but are not fields of an issue, or not like the others.
var (
	keyField      = &field{ID: "key", Name: "key", Type: "key"}
	textField     = &field{ID: "text", Name: "text", Type: "text"}
	commentField  = &field{ID: "comment", Name: "comment", Type: "text"}
	categoryField = &field{ID: "statusCategory", Name: "statusCategory", Type: "category"}
)

// jqlField finds a field by one of its names in JQL.
func (c *call) jqlField(name jqlToken) (*field, error) {
	wanted := name.text
	// A name may say its type, as in "Story Points[Number]".
	if at := strings.LastIndexByte(wanted, '['); at > 0 && strings.HasSuffix(wanted, "]") && !strings.EqualFold(wanted[:at], "cf") {
		wanted = wanted[:at]
	}
	switch strings.ToLower(wanted) {
	case "key", "issuekey", "issue", "id":
		return keyField, nil
	case "text":
		return textField, nil
	case "comment":
		return commentField, nil
	case "statuscategory":
		return categoryField, nil
	}
	for _, f := range c.st.Fields {
		if slices.ContainsFunc(f.Clauses, func(clause string) bool { return strings.EqualFold(clause, wanted) }) {
			return f, nil
		}
	}
	if slices.Contains(otherFields, strings.ToLower(wanted)) {
		return nil, fmt.Errorf("jiratest does not understand the field '%s'.", name.text)
	}
	return nil, fmt.Errorf("Field '%s' does not exist or you do not have permission to view it.", name.text)
}

// otherFields are searchable on the real site only.
var otherFields = []string{
	"attachments", "category", "development", "filter", "issuelink", "issuelinktype", "lastviewed", "level", "originalestimate",
	"parentproject", "projecttype", "remainingestimate", "request", "timespent", "voter", "votes", "watcher", "watchers",
	"worklogauthor", "worklogcomment", "worklogdate", "workratio", "rank", "statuscategorychangeddate",
}

// compile turns a query into a test and a way to sort.
func (c *call) compile(q *jqlQuery) (predicate, func(found []*issue), error) {
	matches, err := c.compileNode(q.where)
	if err != nil {
		return nil, nil, err
	}
	sort, err := c.compileOrder(q.order)
	return matches, sort, err
}

func (c *call) compileNode(n *jqlNode) (predicate, error) {
	if n.clause != nil {
		return c.compileClause(n.clause)
	}
	parts := make([]predicate, len(n.kids))
	for i, kid := range n.kids {
		part, err := c.compileNode(kid)
		if err != nil {
			return nil, err
		}
		parts[i] = part
	}
	return func(is *issue) bool {
		for _, part := range parts {
			if part(is) == n.any {
				return n.any
			}
		}
		return !n.any
	}, nil
}

// compileClause picks how a clause is evaluated by the type of its field.
func (c *call) compileClause(clause *jqlClause) (predicate, error) {
	if p := c.precomputed(clause); p != nil {
		return c.compilePrecomputed(clause, p)
	}
	if key, path, ok := propertyClause(clause.field); ok {
		return compileProperty(clause, key, path)
	}
	f, err := c.jqlField(clause.field)
	if err != nil {
		return nil, err
	}
	kind := f.jqlKind()
	if !slices.Contains(jqlOperators(kind), clause.op) {
		return nil, fmt.Errorf("The operator '%s' is not supported by the '%s' field.", clause.op, clause.field.text)
	}
	if strings.HasPrefix(clause.op, "is") {
		want := clause.op == "is"
		return func(is *issue) bool { return isEmpty(is, f) == want }, nil
	}
	switch kind {
	case "text":
		return c.compileText(clause, f)
	case "number", "date", "datetime":
		return c.compileOrdered(clause, f, kind)
	case "key":
		return c.compileKey(clause)
	}
	return c.compileSet(clause, f, kind)
}

// jqlKind is what the values of a field are to JQL.
func (f *field) jqlKind() string {
	switch {
	case f.Type == "array":
		return f.Items
	case f.Type == "string" && f.Custom != customTypes+string(URLField):
		return "text"
	}
	return f.Type
}

// jqlOperators are those that a kind of values can be used with.
func jqlOperators(kind string) []string {
	operators := []string{"=", "!=", "in", "not in", "is", "is not"}
	switch kind {
	case "text":
		return []string{"~", "!~", "is", "is not"}
	case "key", "number", "date", "datetime":
		operators = append(operators, ">", ">=", "<", "<=")
	}
	return operators
}

func isEmpty(is *issue, f *field) bool {
	switch f {
	case keyField, categoryField:
		return false
	case commentField:
		return len(is.Comments) == 0
	case textField:
		return false
	}
	v := is.Fields[f.ID]
	items, isList := v.([]any)
	return v == nil || isList && len(items) == 0 || f.Rich && adfText(v) == ""
}

// compileSet evaluates =, != and IN for fields whose values are things or labels. Like Jira's, the negative forms do
// not match an issue where the field is empty.
func (c *call) compileSet(clause *jqlClause, f *field, kind string) (predicate, error) {
	wanted := map[any]bool{}
	empty := false
	for _, value := range clause.values {
		if value.empty || kind == "resolution" && strings.EqualFold(value.text, "Unresolved") {
			empty = true
			continue
		}
		ids, err := c.lookup(clause, value, f, kind)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			wanted[id] = true
		}
	}
	negative := clause.op == "!=" || clause.op == "not in"
	return func(is *issue) bool {
		if isEmpty(is, f) {
			return empty && !negative
		}
		hit := false
		switch v := is.Fields[f.ID].(type) {
		case []any:
			hit = slices.ContainsFunc(v, func(item any) bool { return wanted[item] })
		default:
			if f == categoryField {
				v = c.st.status(text(is.Fields["status"])).Category
			}
			hit = wanted[v]
		}
		return hit != negative
	}, nil
}

// compileKey evaluates clauses on the issue itself; > and < compare numbers within the project.
func (c *call) compileKey(clause *jqlClause) (predicate, error) {
	var wanted []*issue
	for _, value := range clause.values {
		found := c.st.issue(value.text)
		if value.empty || value.function {
			return nil, fmt.Errorf("jiratest does not understand '%s' for the field '%s'.", value.text, clause.field.text)
		}
		if found == nil {
			return nil, fmt.Errorf("An issue with key '%s' does not exist for field '%s'.", value.text, clause.field.text)
		}
		wanted = append(wanted, found)
	}
	named := func(is *issue) bool {
		return slices.ContainsFunc(wanted, func(other *issue) bool { return other.ID == is.ID })
	}
	switch clause.op {
	case "=", "in":
		return func(is *issue) bool { return named(is) }, nil
	case "!=", "not in":
		return func(is *issue) bool { return !named(is) }, nil
	}
	return func(is *issue) bool {
		return is.Fields["project"] == wanted[0].Fields["project"] && holds(clause.op, cmp.Compare(is.Number, wanted[0].Number))
	}, nil
}

// holds reports whether an operator is true of a comparison's result.
func holds(op string, sign int) bool {
	switch op {
	case ">":
		return sign > 0
	case ">=":
		return sign >= 0
	case "<":
		return sign < 0
	case "<=":
		return sign <= 0
	case "=", "in":
		return sign == 0
	}
	return sign != 0
}

// compileOrdered evaluates clauses on numbers, days and moments.
func (c *call) compileOrdered(clause *jqlClause, f *field, kind string) (predicate, error) {
	empty := false
	var limits []any
	for _, value := range clause.values {
		if value.empty {
			empty = true
			continue
		}
		if kind == "number" {
			n, err := strconv.ParseFloat(value.text, 64)
			if err != nil || value.function {
				return nil, fmt.Errorf("The value '%s' for the field '%s' is not a number.", value.text, clause.field.text)
			}
			limits = append(limits, n)
			continue
		}
		t, err := c.moment(clause, value)
		if err != nil {
			return nil, err
		}
		if kind == "date" {
			limits = append(limits, t.UTC().Format(dateLayout))
		} else {
			limits = append(limits, stamp(t))
		}
	}
	negative := clause.op == "!=" || clause.op == "not in"
	if empty && len(clause.op) == 1 && clause.op != "=" || empty && strings.ContainsAny(clause.op, "<>") {
		return nil, fmt.Errorf("The operator '%s' cannot be used with EMPTY.", clause.op)
	}
	op := strings.NewReplacer("!=", "=", "not in", "=", "in", "=").Replace(clause.op)
	return func(is *issue) bool {
		if isEmpty(is, f) {
			return empty && !negative
		}
		v := is.Fields[f.ID]
		hit := slices.ContainsFunc(limits, func(limit any) bool {
			if n, ok := limit.(float64); ok {
				return holds(op, cmp.Compare(number(v), n))
			}
			return holds(op, strings.Compare(text(v), text(limit)))
		})
		return hit != negative
	}, nil
}

// moment reads a date: absolute, relative to now, or one of the functions.
func (c *call) moment(clause *jqlClause, value jqlValue) (time.Time, error) {
	now := c.now.UTC()
	if value.function {
		return c.dateFunction(value)
	}
	for _, layout := range []string{"2006-01-02", "2006-01-02 15:04", "2006/01/02", "2006/01/02 15:04"} {
		if t, err := time.Parse(layout, value.text); err == nil {
			return t, nil
		}
	}
	if t, ok := shift(now, value.text, ""); ok {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("Date value '%s' for field '%s' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.", value.text, clause.field.text)
}

// shift moves a moment by a period such as -1w 2d; unset is the unit of a bare number.
func shift(t time.Time, period, unset string) (time.Time, bool) {
	sign := 1
	period = strings.TrimSpace(period)
	if rest, ok := strings.CutPrefix(period, "-"); ok {
		sign, period = -1, rest
	} else {
		period = strings.TrimPrefix(period, "+")
	}
	parts := strings.Fields(period)
	for _, part := range parts {
		digits := strings.TrimRight(part, "yMwdhm")
		n, err := strconv.ParseUint(digits, 10, 16)
		unit := cmp.Or(part[len(digits):], unset)
		if err != nil {
			return t, false
		}
		by := sign * int(n)
		switch unit {
		case "y":
			t = t.AddDate(by, 0, 0)
		case "M":
			t = t.AddDate(0, by, 0)
		case "w":
			t = t.AddDate(0, 0, 7*by)
		case "d":
			t = t.AddDate(0, 0, by)
		case "h":
			t = t.Add(time.Duration(by) * time.Hour)
		case "m":
			t = t.Add(time.Duration(by) * time.Minute)
		default:
			return t, false
		}
	}
	return t, len(parts) > 0
}

// dateFunction evaluates now() and startOf…/endOf… with an optional period, whose bare number counts the function's
// own unit. Weeks begin on Monday.
func (c *call) dateFunction(value jqlValue) (time.Time, error) {
	now := c.now.UTC()
	name := strings.ToLower(value.text)
	bad := func() (time.Time, error) {
		return now, fmt.Errorf("jiratest does not understand the function '%s(%s)' for a date.", value.text, strings.Join(value.args, ", "))
	}
	if name == "now" {
		if len(value.args) > 0 {
			return bad()
		}
		return now, nil
	}
	unit, isStart := strings.CutPrefix(name, "startof")
	if !isStart {
		var isEnd bool
		if unit, isEnd = strings.CutPrefix(name, "endof"); !isEnd {
			return bad()
		}
	}
	y, m, d := now.Date()
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	var start time.Time
	var letter string
	switch unit {
	case "day":
		start, letter = day(y, m, d), "d"
	case "week":
		start, letter = day(y, m, d-int(now.Weekday()+6)%7), "w"
	case "month":
		start, letter = day(y, m, 1), "M"
	case "year":
		start, letter = day(y, 1, 1), "y"
	default:
		return bad()
	}
	at := start
	if !isStart {
		next, _ := shift(start, "1"+letter, "")
		at = next.Add(-time.Millisecond)
	}
	switch len(value.args) {
	case 0:
		return at, nil
	case 1:
		if moved, ok := shift(start, value.args[0], letter); ok {
			if !isStart {
				next, _ := shift(moved, "1"+letter, "")
				moved = next.Add(-time.Millisecond)
			}
			return moved, nil
		}
	}
	return bad()
}
