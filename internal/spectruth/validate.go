package spectruth

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// maxLines keeps a document small enough to be read.
const maxLines = 1500

var pageStyles = []string{"offset", "capped", "window", "cursor", "number", "token", "link", "section"}

// taskKinds are the places where Jira tells of the progress of a task.
var taskKinds = []string{"", "plainTask", "queuedTask"}

// Validate lists what is wrong with the documents of one Go package: against OpenAPI 3.0 and against the conventions
// of openapi/README.md.
func Validate(docs ...Document) []string {
	v := &validation{owners: map[string]string{}}
	for _, doc := range docs {
		v.file = filepath.Base(filepath.Dir(doc.File)) + "/" + filepath.Base(doc.File)
		v.document(doc)
	}
	return v.problems
}

type validation struct {
	file     string
	owners   map[string]string // who has an operationId or a Go method
	problems []string
}

func (v *validation) problem(format string, args ...any) {
	v.problems = append(v.problems, v.file+": "+fmt.Sprintf(format, args...))
}

func (v *validation) document(doc Document) {
	if data, err := os.ReadFile(doc.File); err != nil {
		v.problem("%v", err)
	} else if lines := bytes.Count(data, []byte("\n")); lines >= maxLines {
		v.problem("%d lines, at most %d are allowed", lines, maxLines-1)
	}
	if !strings.HasPrefix(doc.Spec.OpenAPI, "3.0.") {
		v.problem("says OpenAPI %s, not 3.0", doc.Spec.OpenAPI)
	}
	if err := doc.Spec.Validate(context.Background()); err != nil {
		v.problem("%v", err)
	}
	for _, op := range Operations(doc) {
		v.operation(op)
	}
	if components := doc.Spec.Components; components != nil {
		for _, name := range slices.Sorted(maps.Keys(components.Schemas)) {
			v.schema(name, components.Schemas[name], true)
		}
		for _, name := range slices.Sorted(maps.Keys(components.Parameters)) {
			v.parameter(name, components.Parameters[name])
		}
		for _, name := range slices.Sorted(maps.Keys(components.Responses)) {
			v.content(name, components.Responses[name].Value.Content)
		}
	}
}

func (v *validation) operation(op Operation) {
	name := op.OperationID
	if name == "" {
		v.problem("%s %s has no operationId", op.HTTPMethod, op.Path)
		name = op.HTTPMethod + " " + op.Path
	}
	v.unique("operationId "+name, name)
	v.sdk(name, op)
	if op.Summary == "" {
		v.problem("%s has no summary", name)
	}
	for _, ref := range slices.Concat(op.Shared, op.Parameters) {
		v.parameter(name, ref)
	}
	if body := op.RequestBody; body != nil && body.Ref == "" {
		v.content(name+" request", body.Value.Content)
	}
	for status, response := range op.Responses.Map() {
		if response.Ref == "" {
			v.content(name+" response "+status, response.Value.Content)
		}
	}
}

func (v *validation) sdk(name string, op Operation) {
	sdk, err := op.SDK()
	if err != nil {
		v.problem("%v", err)
		return
	}
	if sdk.Service == "" && !sdk.Hand || sdk.Method == "" {
		v.problem("%s: x-sdk needs a method, and a service unless it is a hand-written function", name)
		return
	}
	v.unique("method "+sdk.Service+"."+sdk.Method, name)
	if sdk.Safe && op.HTTPMethod != "POST" && op.HTTPMethod != "PATCH" {
		v.problem("%s: x-sdk safe is for POST and PATCH only, %s is sent again anyway", name, op.HTTPMethod)
	}
	for _, property := range sdk.Expects {
		if all := answer(op, sdk); all == nil || sdk.Returns != nil || all.Properties[property] == nil {
			v.problem("%s: x-sdk expects %q, which no 2xx answer has", name, property)
		}
	}
	if sdk.Removes && op.HTTPMethod != "DELETE" {
		v.problem("%s: x-sdk removes is for DELETE only", name)
	}
	if !slices.Contains(taskKinds, sdk.Task) {
		v.problem("%s: x-sdk task %q is unknown", name, sdk.Task)
	}
	if page := sdk.Page; page != nil {
		if !slices.Contains(pageStyles, page.Style) {
			v.problem("%s: x-sdk page style %q is unknown", name, page.Style)
		}
		if page.Style == "link" && (page.At == "" || page.Next == "") {
			v.problem("%s: x-sdk page style link needs at and next", name)
		}
		if page.Style == "section" && page.Next == "" {
			v.problem("%s: x-sdk page style section needs next", name)
		}
		if page.Item == "" {
			v.problem("%s: x-sdk page needs an item", name)
		}
		if !hasItems(op, sdk) {
			v.problem("%s: x-sdk page items %q: the 2xx answer holds no such array", name, page.Items)
		}
		v.unique("method "+sdk.Service+"."+sdk.Method+"Page", name)
	}
	if returns := sdk.Returns; returns != nil {
		if returns.Type == "" || answer(op, sdk) == nil {
			v.problem("%s: x-sdk returns %q, which no 2xx answer has, or no type", name, returns.Property)
		}
	}
}

// answer returns the schema of what the method hands out, nil when there is none.
func answer(op Operation, sdk SDK) *openapi3.Schema {
	for _, response := range successes(op) {
		for _, media := range response.Content {
			if media.Schema == nil {
				continue
			}
			if sdk.Returns == nil {
				return media.Schema.Value
			}
			if property := media.Schema.Value.Properties[sdk.Returns.Property]; property != nil {
				return property.Value
			}
		}
	}
	return nil
}

// hasItems says whether the page has the items under their Go name, or is a bare array when no name is given.
func hasItems(op Operation, sdk SDK) bool {
	page := answer(op, sdk)
	if page == nil || sdk.Page.Items == "" {
		return page != nil && page.Type.Is(openapi3.TypeArray)
	}
	for name, property := range page.Properties {
		goName, _ := property.Extensions["x-go-name"].(string)
		if property.Ref == "" {
			goName, _ = property.Value.Extensions["x-go-name"].(string)
		}
		if (goName == sdk.Page.Items || strings.EqualFold(name, sdk.Page.Items)) && property.Value.Type.Is(openapi3.TypeArray) {
			return true
		}
	}
	return false
}

func (v *validation) unique(what, owner string) {
	owner = v.file + " " + owner
	if other, taken := v.owners[what]; taken {
		v.problem("%s is taken by %s", what, other)
		return
	}
	v.owners[what] = owner
}

func (v *validation) parameter(owner string, ref *openapi3.ParameterRef) {
	if ref.Ref == "" {
		v.schema(owner+" "+ref.Value.In+" "+ref.Value.Name, ref.Value.Schema, false)
	}
}

func (v *validation) content(at string, content openapi3.Content) {
	for _, media := range content {
		v.schema(at, media.Schema, false)
	}
}

// schema checks one schema and those written inside it. What it refers to is checked where it is defined.
func (v *validation) schema(at string, ref *openapi3.SchemaRef, named bool) {
	if ref == nil || ref.Ref != "" {
		return
	}
	s := ref.Value
	if len(s.Enum) > 0 && !named {
		v.problem("%s: enum on a property or parameter: list the known values in its description", at)
	}
	if len(s.OneOf)+len(s.AnyOf)+len(s.AllOf) > 0 {
		v.problem("%s: oneOf, anyOf and allOf are not used here", at)
	}
	if len(s.Properties) > 0 && !named {
		v.problem("%s: an object without a name: give it a schema of its own", at)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		v.schema(at+"."+name, s.Properties[name], false)
	}
	v.schema(at+"[]", s.Items, false)
	v.schema(at+".*", s.AdditionalProperties.Schema, false)
}
