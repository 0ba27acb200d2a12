package jira_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
	"testing"
)

// function is an exported function or method of a package.
type function struct {
	receiver, name string
	pointer        bool // the receiver is one
	fails          bool // it can return an error, an iterator of errors included
}

func (f function) String() string { return strings.TrimPrefix(f.receiver+"."+f.name, ".") }

// exported reads the exported functions and methods out of the source of a package, so that a test can notice when there is
// one that it does not know.
func exported(tb testing.TB, dir string) (all []function) {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		tb.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			tb.Fatal(err)
		}
		for _, decl := range file.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if !ok || !d.Name.IsExported() {
				continue
			}
			f := function{name: d.Name.Name}
			if d.Recv != nil {
				receiver := types.ExprString(d.Recv.List[0].Type)
				f.receiver, f.pointer = strings.TrimPrefix(receiver, "*"), strings.HasPrefix(receiver, "*")
				f.receiver, _, _ = strings.Cut(f.receiver, "[")
				if !ast.IsExported(f.receiver) {
					continue
				}
			}
			if d.Type.Results != nil {
				for _, result := range d.Type.Results.List {
					text := types.ExprString(result.Type)
					f.fails = f.fails || strings.Contains(text, "error") || strings.HasSuffix(text, "Error")
				}
			}
			all = append(all, f)
		}
	}
	if len(all) == 0 {
		tb.Fatalf("no functions in %s", dir)
	}
	return all
}
