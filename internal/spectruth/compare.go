package spectruth

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Compare lists, sorted, what our operations say differently from the vendor's: one line per difference, the same
// line every time. A line begins with name and then with the operation, or with the pair of schemas (ours/vendor's)
// that differ; a pair is reported once, however many operations reach it.
func Compare(name string, ours, vendor []Operation) []string {
	c := &comparison{name: name, lines: map[string]bool{}, seen: map[pair]bool{}, known: map[string]bool{}}
	byID, byPath := map[string]Operation{}, map[string]Operation{}
	for _, op := range vendor {
		byID[op.OperationID] = op
		byPath[op.HTTPMethod+" "+op.Path] = op
	}
	for _, op := range ours {
		at := place{scope: op.OperationID}
		theirs, ok := byPath[op.HTTPMethod+" "+op.Path]
		if !ok {
			theirs, ok = byID[op.OperationID]
		}
		if !ok {
			c.report(at, "not in the vendor's document")
			continue
		}
		c.operation(at, op, theirs)
	}
	c.reportExtras()
	return slices.Sorted(maps.Keys(c.lines))
}

// CompareOAuth lists where our documents send OAuth 2.0 clients elsewhere than the vendor's do, in lines as Compare's.
func CompareOAuth(name string, ours, vendor []Document) []string {
	theirs := addresses(vendor)
	c := &comparison{name: name, lines: map[string]bool{}}
	for what, address := range addresses(ours) {
		c.differ(place{scope: "OAuth 2.0"}.to(what), address, theirs[what])
	}
	return slices.Sorted(maps.Keys(c.lines))
}

// addresses are those of the authorization code flow.
func addresses(docs []Document) map[string]string {
	found := map[string]string{}
	for _, doc := range docs {
		if doc.Spec.Components == nil {
			continue
		}
		for _, scheme := range doc.Spec.Components.SecuritySchemes {
			if flows := scheme.Value.Flows; flows != nil && flows.AuthorizationCode != nil {
				found["authorizationUrl"] = flows.AuthorizationCode.AuthorizationURL
				found["tokenUrl"] = flows.AuthorizationCode.TokenURL
			}
		}
	}
	return found
}

// CompareBase lists the parameters of a base (see [Below]) that the vendor's operations do not declare as it should.
func CompareBase(name, base string, vendor []Operation) []string {
	c := &comparison{name: name, lines: map[string]bool{}}
	for _, op := range vendor {
		for part := range strings.SplitSeq(base, "/") {
			if key := "path " + strings.Trim(part, "{}"); strings.HasPrefix(part, "{") && op.allParameters()[key] == nil {
				c.report(place{scope: "base"}.to(key), "vendor missing, ours in the base URL")
			}
		}
	}
	return slices.Sorted(maps.Keys(c.lines))
}

type comparison struct {
	name  string
	lines map[string]bool
	seen  map[pair]bool

	known  map[string]bool // our properties that some schema of the vendor's has too
	extras []extra         // those that some schema does not have
}

// pair is two schemas that were compared, as something sent or as something received.
type pair struct {
	ours, vendor *openapi3.Schema
	sent         bool
}

// place says where in the documents a comparison stands.
type place struct {
	scope string // the operation, or the pair of named schemas
	path  string // the way from there
	sent  bool   // part of a request
}

func (p place) to(part string) place {
	if p.path != "" && part != "[]" {
		part = "." + part
	}
	p.path += part
	return p
}

func (c *comparison) report(at place, format string, args ...any) {
	line := c.name + " " + at.scope + ": "
	if at.path != "" {
		line += at.path + ": "
	}
	c.lines[line+fmt.Sprintf(format, args...)] = true
}

// differ reports the two sides when they are not the same text.
func (c *comparison) differ(at place, ours, vendor string) {
	if ours != vendor {
		c.report(at, "vendor %s, ours %s", vendor, ours)
	}
}

func (c *comparison) operation(at place, ours, vendor Operation) {
	c.differ(at.to("operationId"), ours.OperationID, vendor.OperationID)
	c.differ(at.to("method"), ours.HTTPMethod, vendor.HTTPMethod)
	c.differ(at.to("path"), ours.Path, vendor.Path)
	if scopes := ours.Scopes(); len(scopes) > 0 { // not all of our documents name them
		c.differ(at.to("scopes"), strings.Join(scopes, " "), strings.Join(vendor.Scopes(), " "))
	}
	at.sent = true
	c.parameters(at, ours.allParameters(), vendor.allParameters())
	c.requestBody(at.to("request"), ours.RequestBody, vendor.RequestBody)
	at.sent = false
	c.responses(at.to("response"), successes(ours), successes(vendor))
}

func (c *comparison) parameters(at place, ours, vendor map[string]*openapi3.Parameter) {
	for _, key := range sortedUnion(ours, vendor) {
		at, o, v := at.to(key), ours[key], vendor[key]
		switch {
		case o == nil:
			c.differ(at, "missing", describe(v.Schema))
		case v == nil:
			c.differ(at, describe(o.Schema), "missing")
		default:
			c.differ(at, presence(o.Required), presence(v.Required))
			c.schema(at, o.Schema, v.Schema)
			if c.isArray(v.Schema) {
				c.differ(at, serialization(o), serialization(v))
			}
			c.defaults(at, o.Schema, v.Schema)
		}
	}
}

func (c *comparison) isArray(ref *openapi3.SchemaRef) bool {
	return ref != nil && ref.Value != nil && ref.Value.Type.Is(openapi3.TypeArray)
}

// serialization says how an array travels in a parameter.
func serialization(p *openapi3.Parameter) string {
	method, err := p.SerializationMethod()
	if err != nil {
		return err.Error()
	}
	if method.Explode {
		return method.Style + ", exploded"
	}
	return method.Style + ", not exploded"
}

// defaults reports a default that contradicts the vendor's. Leaving it out is no contradiction.
func (c *comparison) defaults(at place, ours, vendor *openapi3.SchemaRef) {
	if ours == nil || vendor == nil || ours.Value.Default == nil {
		return
	}
	c.differ(at.to("default"), fmt.Sprint(ours.Value.Default), fmt.Sprint(vendor.Value.Default))
}

func (c *comparison) requestBody(at place, ours, vendor *openapi3.RequestBodyRef) {
	switch {
	case ours == nil && vendor == nil:
	case ours == nil:
		c.content(at, nil, vendor.Value.Content)
	case vendor == nil:
		c.content(at, ours.Value.Content, nil)
	default:
		c.differ(at, presence(ours.Value.Required), presence(vendor.Value.Required))
		c.content(at, ours.Value.Content, vendor.Value.Content)
	}
}

// successes returns the 2xx answers of an operation by status.
func successes(op Operation) map[string]*openapi3.Response {
	found := map[string]*openapi3.Response{}
	for status, ref := range op.Responses.Map() {
		if strings.HasPrefix(status, "2") {
			found[status] = ref.Value
		}
	}
	return found
}

func (c *comparison) responses(at place, ours, vendor map[string]*openapi3.Response) {
	for _, status := range sortedUnion(ours, vendor) {
		o, v := ours[status], vendor[status]
		switch {
		case o == nil:
			c.report(at.to(status), "vendor has it, ours missing")
		case v == nil:
			c.report(at.to(status), "vendor missing, ours has it")
		default:
			c.content(at, o.Content, v.Content)
		}
	}
}

// content compares bodies. A body of any kind that the vendor declares without a schema says nothing, and many of
// its answers without a body are declared like that.
func (c *comparison) content(at place, ours, vendor openapi3.Content) {
	for _, mime := range sortedUnion(ours, vendor) {
		o, v := ours[mime], vendor[mime]
		switch {
		case o == nil && isAnything(v.Schema) && !at.sent:
		case o == nil:
			c.report(at, "vendor %s %s, ours missing", mime, describe(v.Schema))
		case v == nil:
			c.report(at, "vendor missing, ours %s %s", mime, describe(o.Schema))
		default:
			c.schema(at, o.Schema, v.Schema)
		}
	}
}

func presence(required bool) string {
	if required {
		return "required"
	}
	return "optional"
}

func sortedUnion[V any](a, b map[string]V) []string {
	all := slices.Collect(maps.Keys(a))
	for key := range b {
		if _, ok := a[key]; !ok {
			all = append(all, key)
		}
	}
	slices.Sort(all)
	return all
}
