// Package specs reads the OpenAPI documents of this module for tests that try every operation, and makes up answers that
// are valid by their schemas. It knows what the documents use, no more.
package specs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Operation is one operation of a document.
type Operation struct {
	File, Method, Path string
	// Service and Name are those of the Go method, as in Issues and Get.
	Service, Name string
	// Hand says that the Go method was written by hand.
	Hand bool
	// InPath, Query and Header name the parameters.
	InPath, Query, Header []string
	// Answer is the schema of the first success that has a body, nil if none has.
	Answer *Schema
}

// Schema is the schema of a JSON value.
type Schema struct {
	file string
	node map[string]any
	all  *documents
}

type documents struct{ read map[string]map[string]any }

// Read reads the operations of the documents whose names match a pattern.
func Read(pattern string) ([]Operation, error) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no documents at %s: %w", pattern, err)
	}
	d := &documents{map[string]map[string]any{}}
	var all []Operation
	for _, file := range files {
		root, err := d.document(file)
		if err != nil {
			return nil, err
		}
		paths, _ := root["paths"].(map[string]any)
		for path, item := range paths {
			for method, op := range item.(map[string]any) {
				if slices.Contains([]string{"get", "put", "post", "delete", "patch"}, method) {
					all = append(all, d.operation(file, method, path, op.(map[string]any), item.(map[string]any)))
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b Operation) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	return all, nil
}

func (d *documents) document(file string) (map[string]any, error) {
	if root := d.read[file]; root != nil {
		return root, nil
	}
	text, err := os.ReadFile(file) // #nosec G304 -- a document of this repository
	if err != nil {
		return nil, err
	}
	var root map[string]any
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	d.read[file] = root
	return root, nil
}

// follow returns what a $ref of a file points to, and the file that it is in. Documents are valid: it panics on one that is
// not.
func (d *documents) follow(file string, node map[string]any) (string, map[string]any) {
	for {
		ref, ok := node["$ref"].(string)
		if !ok {
			return file, node
		}
		name, pointer, _ := strings.Cut(ref, "#")
		if name != "" {
			file = filepath.Join(filepath.Dir(file), name)
		}
		root, err := d.document(file)
		if err != nil {
			panic(err)
		}
		node = root
		for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
			node = node[step].(map[string]any)
		}
	}
}

func (d *documents) operation(file, method, path string, op, item map[string]any) Operation {
	sdk, _ := op["x-sdk"].(map[string]any)
	o := Operation{File: file, Method: strings.ToUpper(method), Path: path}
	o.Service, _ = sdk["service"].(string)
	o.Name, _ = sdk["method"].(string)
	o.Hand, _ = sdk["hand"].(bool)
	shared, _ := item["parameters"].([]any)
	own, _ := op["parameters"].([]any)
	for _, p := range append(slices.Clone(shared), own...) {
		_, p := d.follow(file, p.(map[string]any))
		name, _ := p["name"].(string)
		switch p["in"] {
		case "query":
			o.Query = append(o.Query, name)
		case "path":
			o.InPath = append(o.InPath, name)
		case "header":
			o.Header = append(o.Header, name)
		}
	}
	answers, _ := op["responses"].(map[string]any)
	for _, status := range []string{"200", "201", "202", "204"} {
		answer, ok := answers[status].(map[string]any)
		if !ok {
			continue
		}
		in, answer := d.follow(file, answer)
		content, _ := answer["content"].(map[string]any)
		if body, ok := content["application/json"].(map[string]any); ok && o.Answer == nil {
			if schema, ok := body["schema"].(map[string]any); ok {
				o.Answer = (&Schema{in, schema, d}).with(sdk["expects"])
			}
		}
	}
	return o
}
