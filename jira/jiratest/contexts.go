package jiratest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// AddField adds a custom field and returns its id, as customfield_10051. It panics if the type, a project or an issue
// type is unknown, if Children name no option, or if a default fits in no project.
func (s *Server) AddField(from Field) string {
	s = s.open()
	defer s.mu.Unlock()
	c := s.inside()
	f := newField("customfield_"+c.st.next("field"), from)
	contexts := from.Contexts
	if contexts == nil {
		contexts = []Context{{Options: from.Options, Children: from.Children}}
	} else if from.Options != nil || from.Children != nil {
		panic(fmt.Sprintf("jiratest: field %q has contexts: its options belong in them", from.Name))
	}
	for _, context := range contexts {
		f.Contexts = append(f.Contexts, c.newContext(context))
		if context.Default != "" && !c.defaultFits(f, f.Contexts[len(f.Contexts)-1]) {
			panic(fmt.Sprintf("jiratest: field %q cannot have the default %q", from.Name, context.Default))
		}
	}
	c.st.Fields = append(c.st.Fields, f)
	return f.ID
}

func (c *call) newContext(from Context) *fieldContext {
	context := &fieldContext{Default: from.Default}
	for _, key := range from.Projects {
		p := c.st.project(key)
		if p == nil {
			panic(fmt.Sprintf("jiratest: there is no project %s", key))
		}
		context.Projects = append(context.Projects, p.ID)
	}
	for _, name := range from.IssueTypes {
		at := slices.IndexFunc(c.st.Types, func(t *issueType) bool { return strings.EqualFold(t.Name, name) })
		if at < 0 {
			panic(fmt.Sprintf("jiratest: no issue type is called %q", name))
		}
		context.Types = append(context.Types, c.st.Types[at].ID)
	}
	option := func(name string) *ref { return &ref{ID: c.st.next("option"), Name: name} }
	for _, name := range from.Options {
		r := option(name)
		for _, child := range from.Children[name] {
			r.Children = append(r.Children, option(child))
		}
		context.Options = append(context.Options, r)
	}
	for _, name := range slices.Sorted(maps.Keys(from.Children)) {
		if !slices.Contains(from.Options, name) {
			panic(fmt.Sprintf("jiratest: the children of %q have no such option above them", name))
		}
	}
	return context
}

// defaultFits reports whether the default of a context can be filled in in at least one project.
func (c *call) defaultFits(f *field, context *fieldContext) bool {
	return slices.ContainsFunc(c.st.Projects, func(p *project) bool {
		for _, id := range p.Types {
			on := screen{p, c.st.issueType(id), &issue{Fields: doc{}}}
			if f.context(on) == context && c.defaultValue(f, on) != nil {
				return true
			}
		}
		return false
	})
}

// defaultValue is what a field that is left out gets on a screen, as it is stored; nil if it stays empty. A default
// may not fit everywhere: a version exists in one project only.
func (c *call) defaultValue(f *field, on screen) any {
	context := f.context(on)
	if context == nil || context.Default == "" {
		return nil
	}
	kind := f.Type
	if kind == "array" {
		kind = f.Items
	}
	var in any = context.Default
	switch kind {
	case "option":
		in = doc{"value": in}
	case "option-with-child":
		in = doc{"value": in}
		for _, r := range context.Options {
			if slices.ContainsFunc(r.Children, func(child *ref) bool { return child.Name == context.Default }) {
				in = doc{"value": r.Name, "child": in}
				break
			}
		}
	case "number", "json":
		in = json.Number(context.Default)
	case "user":
		in = doc{"accountId": in}
	case "group", "version":
		in = doc{"name": in}
	case "project":
		in = doc{"key": in}
	}
	if f.Rich {
		in = plainADF(context.Default)
	}
	if f.Type == "array" && kind != "json" {
		in = []any{in}
	}
	stored, err := c.accept(f, in, on)
	if err != nil {
		return nil
	}
	return stored
}
