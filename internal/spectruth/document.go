package spectruth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Document is one OpenAPI file with all its references resolved.
type Document struct {
	File string
	Spec *openapi3.T
}

// Load reads the documents that match the glob patterns. They share one loader, so a schema that several of them
// refer to is one schema in memory. The generator's codegen files beside them are not documents.
func Load(patterns ...string) ([]Document, error) {
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = true
	var docs []Document
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if strings.HasPrefix(filepath.Base(file), "codegen") {
				continue
			}
			spec, err := loader.LoadFromFile(file)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			docs = append(docs, Document{File: file, Spec: spec})
		}
	}
	if len(docs) == 0 {
		return nil, fmt.Errorf("no document matches %s", strings.Join(patterns, " "))
	}
	return docs, nil
}

// Operation is one operation of a document, together with the parameters of its path.
type Operation struct {
	*openapi3.Operation
	HTTPMethod string
	Path       string
	Shared     openapi3.Parameters // the parameters of the path item
}

// Operations lists the operations of the documents, sorted by path and method.
func Operations(docs ...Document) []Operation {
	var ops []Operation
	for _, doc := range docs {
		items := doc.Spec.Paths.Map()
		for _, path := range slices.Sorted(maps.Keys(items)) {
			methods := items[path].Operations()
			for _, method := range slices.Sorted(maps.Keys(methods)) {
				ops = append(ops, Operation{methods[method], method, path, items[path].Parameters})
			}
		}
	}
	return ops
}

// Below returns the operations with their paths as seen from a base: where one vendor writes into each path what we count
// to the base URL, both can be compared. The parameters of the base are left out.
func Below(base string, ops []Operation) []Operation {
	var all []Operation
	for _, op := range ops {
		if path, ok := strings.CutPrefix(op.Path, base); ok {
			op.Path = path
			all = append(all, op)
		}
	}
	return all
}

// Scopes returns the OAuth 2.0 scopes that the operation names, sorted.
func (op Operation) Scopes() []string {
	var scopes []string
	if op.Security != nil {
		for _, requirement := range *op.Security {
			for _, names := range requirement {
				scopes = append(scopes, names...)
			}
		}
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

// allParameters returns the parameters by place and name, those of the operation before those of the path.
func (op Operation) allParameters() map[string]*openapi3.Parameter {
	all := map[string]*openapi3.Parameter{}
	for _, list := range []openapi3.Parameters{op.Shared, op.Parameters} {
		for _, ref := range list {
			all[ref.Value.In+" "+ref.Value.Name] = ref.Value
		}
	}
	return all
}

// SDK is the x-sdk object of an operation, as openapi/README.md describes it.
type SDK struct {
	Service string   `json:"service"`
	Method  string   `json:"method"`
	Body    string   `json:"body"`
	Safe    bool     `json:"safe"`
	Hand    bool     `json:"hand"`
	Removes bool     `json:"removes"`
	Expects []string `json:"expects"`
	Task    string   `json:"task"`
	Returns *Returns `json:"returns"`
	Page    *Page    `json:"page"`
}

// Returns says that the method hands out one property of the answer instead of the whole.
type Returns struct {
	Property string `json:"property"`
	Type     string `json:"type"`
}

// Page says how a list is paged.
type Page struct {
	Style string `json:"style"`
	Items string `json:"items"`
	Item  string `json:"item"`
	At    string `json:"at"`
	Next  string `json:"next"`
	Last  string `json:"last"`
}

// SDK decodes the x-sdk object; an unknown key is an error.
func (op Operation) SDK() (SDK, error) {
	var sdk SDK
	raw, ok := op.Extensions["x-sdk"]
	if !ok {
		return sdk, fmt.Errorf("%s has no x-sdk", op.OperationID)
	}
	data, err := json.Marshal(raw)
	if err != nil {
		return sdk, err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&sdk); err != nil {
		return sdk, fmt.Errorf("%s: x-sdk: %w", op.OperationID, err)
	}
	return sdk, nil
}
