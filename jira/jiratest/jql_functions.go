package jiratest

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Precomputation is what one way to call a JQL function of an app stands for.
type Precomputation struct {
	// FunctionKey identifies the function, FunctionName is its name in JQL.
	FunctionKey, FunctionName string
	// Field, Operator and Arguments are the comparison, as in issue in linkedTo(WEB-1).
	Field, Operator string
	Arguments       []string
	// Value is the JQL that the comparison stands for. Without one it matches nothing yet.
	Value string
}

// precomputation is a Precomputation as stored.
type precomputation struct {
	ID           string   `json:"id"`
	FunctionKey  string   `json:"functionKey"`
	FunctionName string   `json:"functionName"`
	Field        string   `json:"field"`
	Operator     string   `json:"operator"`
	Arguments    []string `json:"arguments"`
	Value        string   `json:"value,omitempty"`
	Error        string   `json:"error,omitempty"`
	Created      string   `json:"created"`
	Updated      string   `json:"updated"`
	Used         string   `json:"used"`
}

// AddPrecomputation adds a call of an app's function, as a real site does when a query first makes it, and returns its
// id. It panics if the value is not JQL.
func (s *Server) AddPrecomputation(from Precomputation) string {
	s = s.open()
	defer s.mu.Unlock()
	if _, err := parseJQL(from.Value); err != nil {
		panic(fmt.Sprintf("jiratest: %v", err))
	}
	now := stamp(s.clock())
	p := &precomputation{
		ID: s.state.uuid("precomputation"), FunctionKey: from.FunctionKey, FunctionName: from.FunctionName,
		Field: from.Field, Operator: strings.ToLower(from.Operator), Arguments: append([]string{}, from.Arguments...), Value: from.Value,
		Created: now, Updated: now, Used: now,
	}
	s.state.Precomputations = append(s.state.Precomputations, p)
	return p.ID
}

// uuid gives the next id of a kind in the shape of a UUID.
func (st *state) uuid(kind string) string {
	return fmt.Sprintf("5f0c1b3a-9f1e-4a2f-8a30-%012s", st.next(kind))
}

// precomputed returns what a clause stands for if it calls an app's function; else nil.
func (c *call) precomputed(clause *jqlClause) *precomputation {
	if clause.app || len(clause.values) != 1 || !clause.values[0].function {
		return nil
	}
	value := clause.values[0]
	for _, p := range c.st.Precomputations {
		if strings.EqualFold(p.FunctionName, value.text) && strings.EqualFold(p.Field, clause.field.text) &&
			p.Operator == clause.op && slices.Equal(p.Arguments, append([]string{}, value.args...)) {
			return p
		}
	}
	return nil
}

// compilePrecomputed evaluates the JQL that a clause stands for. That cannot call functions of apps in turn.
func (c *call) compilePrecomputed(clause *jqlClause, p *precomputation) (predicate, error) {
	p.Used = stamp(c.now)
	if p.Error != "" {
		return nil, errors.New(p.Error)
	}
	q, err := (&jqlParser{app: true}).query(p.Value)
	if err != nil {
		return nil, fmt.Errorf("The function '%s' of an app stands for '%s': %w", clause.values[0].text, p.Value, err)
	}
	if q.where == nil {
		return func(*issue) bool { return false }, nil
	}
	return c.compileNode(q.where)
}

func (c *call) getPrecomputations() (any, error) {
	keys := c.q["functionKey"]
	for _, key := range keys {
		if !slices.ContainsFunc(c.st.Precomputations, func(p *precomputation) bool { return p.FunctionKey == key }) {
			return nil, fail(http.StatusNotFound, "The function with the key '%s' does not exist.", key)
		}
	}
	found := slices.DeleteFunc(slices.Clone(c.st.Precomputations), func(p *precomputation) bool {
		return len(keys) > 0 && !slices.Contains(keys, p.FunctionKey)
	})
	if err := c.orderPrecomputations(found); err != nil {
		return nil, err
	}
	return page(c, found, 100, 100, func(p *precomputation) any { return p })
}

func (c *call) orderPrecomputations(found []*precomputation) error {
	by := c.q.Get("orderBy")
	of, ok := map[string]func(p *precomputation) string{
		"":            func(*precomputation) string { return "" },
		"functionKey": func(p *precomputation) string { return p.FunctionKey },
		"used":        func(p *precomputation) string { return p.Used },
		"created":     func(p *precomputation) string { return p.Created },
		"updated":     func(p *precomputation) string { return p.Updated },
	}[strings.TrimLeft(by, "+-")]
	if !ok {
		return fail(http.StatusBadRequest, "The precomputations cannot be ordered by '%s'.", by)
	}
	slices.SortStableFunc(found, func(a, b *precomputation) int {
		if strings.HasPrefix(by, "-") {
			a, b = b, a
		}
		return cmp.Compare(of(a), of(b))
	})
	return nil
}

func (c *call) precomputation(id string) *precomputation {
	at := slices.IndexFunc(c.st.Precomputations, func(p *precomputation) bool { return p.ID == id })
	if at < 0 {
		return nil
	}
	return c.st.Precomputations[at]
}

func (c *call) getPrecomputationsByID() (any, error) {
	var in struct {
		IDs []string `json:"precomputationIDs"`
	}
	if err := c.into(&in); err != nil {
		return nil, err
	}
	found, missing := []*precomputation{}, []string{}
	for _, id := range in.IDs {
		if p := c.precomputation(id); p != nil {
			found = append(found, p)
		} else {
			missing = append(missing, id)
		}
	}
	if err := c.orderPrecomputations(found); err != nil {
		return nil, err
	}
	return doc{"precomputations": found, "notFoundPrecomputationIDs": missing}, nil
}

// updatePrecomputations changes all or, if one is wrong, none.
func (c *call) updatePrecomputations() (any, error) {
	var in struct {
		Values []struct {
			ID    string `json:"id"`
			Value string `json:"value"`
			Error string `json:"error"`
		} `json:"values"`
	}
	if err := c.into(&in); err != nil {
		return nil, err
	}
	skip, err := c.flag("skipNotFoundPrecomputations", false)
	if err != nil {
		return nil, err
	}
	missing := []string{}
	for _, update := range in.Values {
		_, err := parseJQL(update.Value)
		switch {
		case (update.Value == "") == (update.Error == ""):
			return nil, fail(http.StatusBadRequest, "Precomputation '%s' needs either a value or an error.", update.ID)
		case err != nil:
			return nil, fail(http.StatusBadRequest, "%v", err)
		case c.precomputation(update.ID) == nil:
			missing = append(missing, update.ID)
		}
	}
	if len(missing) > 0 && !skip {
		return reply{status: http.StatusNotFound, body: doc{
			"errorMessages": []string{"Some precomputations do not exist."}, "notFoundPrecomputationIDs": missing,
		}}, nil
	}
	for _, update := range in.Values {
		if p := c.precomputation(update.ID); p != nil {
			p.Value, p.Error, p.Updated = update.Value, update.Error, stamp(c.now)
		}
	}
	if !skip {
		return nil, nil
	}
	return doc{"notFoundPrecomputationIDs": missing}, nil
}
