package spectruth

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// schema compares two schemas, and what they contain, each pair once. A pair of two named schemas gets lines of its
// own; anything else is reported under the name it was reached from.
func (c *comparison) schema(at place, ours, vendor *openapi3.SchemaRef) {
	vendor = unwrap(vendor)
	if c.tolerant(at, ours, vendor) {
		return
	}
	if ours.Ref != "" && vendor.Ref != "" {
		at.scope, at.path = shortName(ours.Ref)+"/"+shortName(vendor.Ref), ""
	}
	key := pair{ours.Value, vendor.Value, at.sent}
	if c.seen[key] {
		return
	}
	c.seen[key] = true

	o, v := ours.Value, vendor.Value
	switch {
	case o.Type.Is(openapi3.TypeArray) && v.Type.Is(openapi3.TypeArray):
		c.schema(at.to("[]"), o.Items, v.Items)
	case isStruct(o) && isStruct(v):
		c.properties(at, ours, v)
	case valuesOf(o) != nil && valuesOf(v) != nil:
		c.schema(at.to("*"), valuesOf(o), valuesOf(v))
	case isFreeForm(o) && isFreeForm(v):
	default:
		c.differ(at, describe(ours), describe(vendor))
	}
}

// tolerant settles the schemas whose Go type takes more than one form on the wire.
func (c *comparison) tolerant(at place, ours, vendor *openapi3.SchemaRef) bool {
	switch goType := goType(ours); {
	case goType == "json.RawMessage" || goType == "any" || goType == "" && isAnything(ours):
		if hasKnownProperties(vendor) {
			c.report(at, "vendor %s, ours kept raw", describe(vendor))
		}
	case goType == "ID":
		if kind := describe(vendor); !slices.Contains([]string{"string", "integer", "int64"}, kind) {
			c.differ(at, "ID", kind)
		}
	case strings.HasSuffix(goType, "adf.Doc"):
		if !isAnything(vendor) && !isFreeForm(vendor.Value) {
			c.differ(at, "rich text", describe(vendor))
		}
	case goType == "Fields":
		c.differ(at, "Fields, which knows the system fields", describe(vendor))
	default:
		return false
	}
	return true
}

func (c *comparison) properties(at place, ref *openapi3.SchemaRef, vendor *openapi3.Schema) {
	parent, ours, name := at, ref.Value, at.scope+at.path
	if ref.Ref != "" {
		name = shortName(ref.Ref)
	}
	for _, key := range sortedUnion(ours.Properties, vendor.Properties) {
		at, o, v := at.to(key), ours.Properties[key], vendor.Properties[key]
		switch {
		case v != nil && at.sent && (v.Value.ReadOnly || unwrap(v).Value.ReadOnly):
			// Nobody sends what only the server sets.
		case o == nil && !at.sent && v.Value.WriteOnly:
		case o == nil:
			c.differ(at, "missing", describe(v))
		case v == nil:
			c.extras = append(c.extras, extra{parent, at, name + "." + key, describe(o)})
		default:
			c.known[name+"."+key] = true
			if at.sent {
				c.differ(at, presence(slices.Contains(ours.Required, key)), presence(slices.Contains(vendor.Required, key)))
			}
			c.schema(at, o, v)
			c.defaults(at, o, v)
		}
	}
	if o, v := valuesOf(ours), valuesOf(vendor); o != nil && v != nil {
		c.schema(at.to("*"), o, v)
	}
}

// extra is a property of ours that one of the vendor's schemas does not have.
type extra struct {
	parent, at place
	name       string // of our schema and the property
	kind       string
}

// reportExtras tells the properties that we made up from those that another schema of the vendor's has: we have one
// schema where the vendor has several for the same thing.
func (c *comparison) reportExtras() {
	for _, e := range c.extras {
		if c.known[e.name] {
			c.report(e.parent, "vendor has fewer properties than in its other schemas of this")
			continue
		}
		c.differ(e.at, e.kind, "missing")
	}
}

// unwrap sees through an allOf around one schema, the vendor's way to put words beside a reference, and joins an allOf
// of several into one.
func unwrap(ref *openapi3.SchemaRef) *openapi3.SchemaRef {
	if ref == nil {
		return openapi3.NewSchemaRef("", &openapi3.Schema{})
	}
	s := ref.Value
	if len(s.AllOf) == 0 || len(s.Properties) > 0 && !addsProperties(s.AllOf) {
		return ref
	}
	if len(s.AllOf) == 1 && len(s.Properties) == 0 {
		return unwrap(s.AllOf[0])
	}
	joined := &openapi3.Schema{Type: &openapi3.Types{openapi3.TypeObject}, Properties: openapi3.Schemas{}}
	for _, part := range append(slices.Clone(s.AllOf), openapi3.NewSchemaRef("", withoutAllOf(s))) {
		part := unwrap(part).Value
		maps.Copy(joined.Properties, part.Properties)
		joined.Required = append(joined.Required, part.Required...)
	}
	return openapi3.NewSchemaRef(ref.Ref, joined)
}

func addsProperties(parts openapi3.SchemaRefs) bool {
	return slices.ContainsFunc(parts, func(part *openapi3.SchemaRef) bool { return len(unwrap(part).Value.Properties) > 0 })
}

func withoutAllOf(s *openapi3.Schema) *openapi3.Schema {
	rest := *s
	rest.AllOf = nil
	return &rest
}

func goType(ref *openapi3.SchemaRef) string {
	if ref == nil {
		return ""
	}
	if name, ok := ref.Extensions["x-go-type"].(string); ok {
		return name
	}
	name, _ := ref.Value.Extensions["x-go-type"].(string)
	return name
}

// shortName is the last part of a reference, "User" for "./common.yaml#/components/schemas/User".
func shortName(ref string) string { return path.Base(ref) }

// isStruct says that the properties of an object are known.
func isStruct(s *openapi3.Schema) bool { return len(s.Properties) > 0 }

// valuesOf returns the schema of the values of a map, nil for anything else.
func valuesOf(s *openapi3.Schema) *openapi3.SchemaRef {
	if values := s.AdditionalProperties.Schema; values != nil && !isAnything(values) {
		return values
	}
	return nil
}

// isFreeForm says that an object may contain anything.
func isFreeForm(s *openapi3.Schema) bool {
	return s.Type.Is(openapi3.TypeObject) && !isStruct(s) && valuesOf(s) == nil
}

// isAnything says that a schema allows every value.
func isAnything(ref *openapi3.SchemaRef) bool {
	if ref == nil || ref.Value == nil {
		return true
	}
	s := ref.Value
	return len(s.Type.Slice()) == 0 && !isStruct(s) && s.Items == nil && len(s.AllOf)+len(s.OneOf)+len(s.AnyOf) == 0
}

func hasKnownProperties(ref *openapi3.SchemaRef) bool {
	ref = unwrap(ref)
	s := ref.Value
	switch {
	case isStruct(s):
		return true
	case s.Items != nil:
		return hasKnownProperties(s.Items)
	case valuesOf(s) != nil:
		return hasKnownProperties(valuesOf(s))
	default:
		return slices.ContainsFunc(slices.Concat(s.OneOf, s.AnyOf), hasKnownProperties)
	}
}

// describe names a type in one or two words.
func describe(ref *openapi3.SchemaRef) string {
	ref = unwrap(ref)
	s := ref.Value
	if alternatives := slices.Concat(s.OneOf, s.AnyOf); len(alternatives) > 0 {
		var names []string
		for _, alternative := range alternatives {
			names = append(names, describe(alternative))
		}
		slices.Sort(names)
		return strings.Join(slices.Compact(names), " or ")
	}
	switch goType := goType(ref); {
	case isAnything(ref) && goType != "":
		return goType
	case isAnything(ref):
		return "anything"
	case isStruct(s) && ref.Ref != "":
		return shortName(ref.Ref)
	case isStruct(s):
		return "object"
	case s.Items != nil:
		return "array of " + describe(s.Items)
	case valuesOf(s) != nil:
		return "map of " + describe(valuesOf(s))
	case isFreeForm(s):
		return "free-form object"
	}
	kind := strings.Join(s.Type.Slice(), " or ")
	if slices.Contains(wireFormats[kind], s.Format) {
		return s.Format
	}
	return kind
}

// wireFormats are the formats that make another Go type of a type. The others only explain.
var wireFormats = map[string][]string{
	openapi3.TypeInteger: {"int64"},
	openapi3.TypeString:  {"date", "date-time", "binary"},
}
