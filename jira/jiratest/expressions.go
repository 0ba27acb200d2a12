package jiratest

import (
	"errors"
	"net/http"
	"slices"
	"unicode/utf8"
)

// maxExpression is how many characters an expression may have.
const maxExpression = 1000

// analyseExpressions checks the syntax. Types and costs are not known here.
func (c *call) analyseExpressions() (any, error) {
	var in struct {
		Expressions []string          `json:"expressions"`
		Variables   map[string]string `json:"contextVariables"`
	}
	if err := c.into(&in); err != nil {
		return nil, err
	}
	switch check := c.q.Get("check"); check {
	case "", "syntax":
	case "type", "complexity":
		return nil, fail(http.StatusNotImplemented, "jiratest: analyseExpression checks the syntax only, not '%s'.", check)
	default:
		return nil, fail(http.StatusBadRequest, "The check '%s' does not exist.", check)
	}
	if len(in.Expressions) == 0 {
		return nil, fail(http.StatusBadRequest, "The expressions have to be provided.")
	}
	results := []any{}
	for _, expression := range in.Expressions {
		problems := []any{}
		_, err := parseExpression(expression)
		if unknown := exprUnknown(""); errors.As(err, &unknown) {
			return nil, fail(http.StatusNotImplemented, "%v", err)
		}
		if wrong := (*exprError)(nil); errors.As(err, &wrong) {
			problems = append(problems, doc{"type": "syntax", "message": wrong.message, "line": wrong.line, "column": wrong.column})
		}
		if n := utf8.RuneCountInString(expression); n > maxExpression {
			problems = append(problems, doc{"type": "other", "message": errTooLong(n).Error()})
		}
		d := doc{"expression": expression, "valid": len(problems) == 0}
		if len(problems) > 0 {
			d["errors"] = problems
		}
		results = append(results, d)
	}
	return doc{"results": results}, nil
}

func errTooLong(n int) error {
	return fail(http.StatusBadRequest, "Jira expression is too long (%d), limit: %d characters", n, maxExpression)
}

// evaluateExpression evaluates the part of the language that parseExpression and evaluation know.
func (c *call) evaluateExpression() (any, error) {
	var in struct {
		Expression string            `json:"expression"`
		Context    expressionContext `json:"context"`
	}
	if err := c.into(&in); err != nil {
		return nil, err
	}
	if in.Expression == "" {
		return nil, fail(http.StatusBadRequest, "The expression has to be provided.")
	}
	if n := utf8.RuneCountInString(in.Expression); n > maxExpression {
		return nil, errTooLong(n)
	}
	parsed, err := parseExpression(in.Expression)
	if unknown := exprUnknown(""); errors.As(err, &unknown) {
		return nil, fail(http.StatusNotImplemented, "%v", err)
	}
	if err != nil {
		return nil, fail(http.StatusBadRequest, "The expression cannot be parsed: %v", err)
	}
	v := &evaluation{names: map[string]any{"user": c.userValue(c.st.Myself), "app": nil}}
	meta := doc{}
	if err := c.fill(v, in.Context, meta); err != nil {
		return nil, err
	}
	value, err := v.eval(parsed)
	if err != nil {
		return nil, err
	}
	if slices.Contains(c.values("expand"), "meta.complexity") {
		spent := func(n, limit int) doc { return doc{"value": n, "limit": limit} }
		meta["complexity"] = doc{
			"steps": spent(v.steps, maxSteps), "expensiveOperations": spent(0, 10),
			"beans": spent(0, 1000), "primitiveValues": spent(primitives(value), 10000),
		}
	}
	answer := doc{"value": shown(value)}
	if len(meta) > 0 {
		answer["meta"] = meta
	}
	return answer, nil
}

// primitives counts the scalars in a value.
func primitives(v any) int {
	n := 0
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			n += primitives(item)
		}
	case doc:
		for _, item := range v {
			n += primitives(item)
		}
	default:
		n = 1
	}
	return n
}

// shown is a result without what JSON cannot say.
func shown(v any) any {
	switch v := v.(type) {
	case function:
		return "Function"
	case []any:
		return each(v, shown)
	case doc:
		d := doc{}
		for name, value := range v {
			d[name] = shown(value)
		}
		return d
	}
	return v
}

// expressionContext is the context of an expression.
type expressionContext struct {
	Issue   *expressionTarget `json:"issue"`
	Project *expressionTarget `json:"project"`
	Issues  struct {
		JQL *struct {
			Query      string `json:"query"`
			MaxResults int    `json:"maxResults"`
			Token      string `json:"nextPageToken"`
		} `json:"jql"`
	} `json:"issues"`
	Custom map[string]any `json:"custom"`

	Board           int64 `json:"board"`
	Sprint          int64 `json:"sprint"`
	ServiceDesk     int64 `json:"serviceDesk"`
	CustomerRequest int64 `json:"customerRequest"`
}

// fill adds the variables of a context.
func (c *call) fill(v *evaluation, from expressionContext, meta doc) error {
	if from.Board != 0 || from.Sprint != 0 || from.ServiceDesk != 0 || from.CustomerRequest != 0 {
		return fail(http.StatusNotImplemented, "jiratest: evaluateJSISJiraExpression does not know the variables board, sprint, serviceDesk and customerRequest.")
	}
	if from.Issue != nil {
		name, err := from.Issue.name()
		if err != nil {
			return err
		}
		is := c.st.issue(name)
		if is == nil {
			return errNoIssue()
		}
		v.names["issue"] = c.issueValue(is)
	}
	if from.Project != nil {
		name, err := from.Project.name()
		if err != nil {
			return err
		}
		p := c.st.project(name)
		if p == nil {
			return fail(http.StatusNotFound, "No project could be found with '%s'.", name)
		}
		v.names["project"] = projectValue(p)
	}
	if jql := from.Issues.JQL; jql != nil {
		found, err := c.find(jql.Query, nil)
		if err != nil {
			return err
		}
		start, err := openToken(jql.Token, jql.Query)
		if err != nil {
			return err
		}
		size := jql.MaxResults
		if size <= 0 {
			size = maxFull
		}
		start = min(start, len(found))
		end := min(start+min(size, maxFull), len(found))
		v.names["issues"] = each(found[start:end], func(is *issue) any { return c.issueValue(is) })
		page := doc{"isLast": end == len(found)}
		if end < len(found) {
			page["nextPageToken"] = sealToken(end, jql.Query)
		}
		meta["issues"] = doc{"jql": page}
	}
	for name, declared := range from.Custom {
		value, err := c.customValue(declared)
		if err != nil {
			return err
		}
		v.names[name] = value
	}
	return nil
}
