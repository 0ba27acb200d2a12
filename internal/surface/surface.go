// Package surface reads the exported functions and methods of a package out of its source, so that a test that tries all of
// them can notice when there is one that it does not know.
package surface

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
	"testing"
)

// Function is an exported function, or an exported method of an exported type.
type Function struct {
	Receiver, Name string
	// Pointer says that the receiver is one.
	Pointer bool
	// Fails says that it can return an error, iterators of errors included.
	Fails bool
	// Panics says that its comment says when it panics.
	Panics bool
}

// String is the name as it is called, as in Client.Do.
func (f Function) String() string { return strings.TrimPrefix(f.Receiver+"."+f.Name, ".") }

// Exported lists the functions of the package in a folder.
func Exported(tb testing.TB, dir string) (all []Function) {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		tb.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			tb.Fatal(err)
		}
		for _, decl := range file.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if !ok || !d.Name.IsExported() {
				continue
			}
			f := Function{Name: d.Name.Name, Panics: strings.Contains(d.Doc.Text(), "panics")}
			if d.Recv != nil {
				receiver := types.ExprString(d.Recv.List[0].Type)
				f.Receiver, f.Pointer = strings.TrimPrefix(receiver, "*"), strings.HasPrefix(receiver, "*")
				f.Receiver, _, _ = strings.Cut(f.Receiver, "[")
				if !ast.IsExported(f.Receiver) {
					continue
				}
			}
			if d.Type.Results != nil {
				for _, result := range d.Type.Results.List {
					text := types.ExprString(result.Type)
					f.Fails = f.Fails || strings.Contains(text, "error") || strings.HasSuffix(text, "Error")
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
