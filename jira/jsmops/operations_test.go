package jsmops_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
	"github.com/jira-integrations/go-sdk/jira/jsmops/jsmopstest"
)

// operation is a call of each operation of the document, on the integration and the action with the id "1".
type operation struct {
	name, pattern string // of the method and of the request
	statuses      []int  // of the documented errors
	call          func(context.Context, *jsmops.Client) error
}

var (
	few  = []int{401, 403, 422}
	most = []int{401, 403, 404, 422}
)

var operations = []operation{
	{"Integrations.List", "GET /v1/integrations", few, func(ctx context.Context, ops *jsmops.Client) (err error) {
		for _, failed := range ops.Integrations.List(ctx, nil) {
			err = failed
		}
		return err
	}},
	{"Integrations.List", "GET /v1/integrations", few, func(ctx context.Context, ops *jsmops.Client) error {
		_, err := ops.Integrations.ListPage(ctx, nil)
		return err
	}},
	{"Integrations.Create", "POST /v1/integrations", few, func(ctx context.Context, ops *jsmops.Client) error {
		_, err := ops.Integrations.Create(ctx, jsmops.IntegrationInput{Name: "Shop", Type: "Webhook"})
		return err
	}},
	{"Integrations.Get", "GET /v1/integrations/{id}", most, func(ctx context.Context, ops *jsmops.Client) error {
		_, err := ops.Integrations.Get(ctx, "1")
		return err
	}},
	{"Integrations.Update", "PATCH /v1/integrations/{id}", few, func(ctx context.Context, ops *jsmops.Client) error {
		_, err := ops.Integrations.Update(ctx, "1", jsmops.IntegrationUpdate{Enabled: new(true)})
		return err
	}},
	{"AlertFilters.Get", "GET /v1/integrations/{integrationId}/outgoing/alert-filter/main", most, func(ctx context.Context, ops *jsmops.Client) error {
		_, err := ops.AlertFilters.Get(ctx, "1")
		return err
	}},
	{"AlertFilters.Update", "PATCH /v1/integrations/{integrationId}/outgoing/alert-filter/main", most, func(ctx context.Context, ops *jsmops.Client) error {
		_, err := ops.AlertFilters.Update(ctx, "1", jsmops.MatchEverything())
		return err
	}},
	{"Actions.List", "GET /v1/integrations/{integrationId}/actions", most, func(ctx context.Context, ops *jsmops.Client) (err error) {
		for _, failed := range ops.Actions.List(ctx, "1", nil) {
			err = failed
		}
		return err
	}},
	{"Actions.List", "GET /v1/integrations/{integrationId}/actions", most, func(ctx context.Context, ops *jsmops.Client) error {
		_, err := ops.Actions.ListPage(ctx, "1", nil)
		return err
	}},
	{"Actions.Create", "POST /v1/integrations/{integrationId}/actions", most, func(ctx context.Context, ops *jsmops.Client) error {
		_, err := ops.Actions.Create(ctx, "1", incoming("Open"))
		return err
	}},
	{"Actions.Get", "GET /v1/integrations/{integrationId}/actions/{id}", most, func(ctx context.Context, ops *jsmops.Client) error {
		_, err := ops.Actions.Get(ctx, "1", "1")
		return err
	}},
	{"Actions.Update", "PATCH /v1/integrations/{integrationId}/actions/{id}", most, func(ctx context.Context, ops *jsmops.Client) error {
		_, err := ops.Actions.Update(ctx, "1", "1", jsmops.ActionUpdate{Enabled: new(true)})
		return err
	}},
	{"Actions.Reorder", "PATCH /v1/integrations/{integrationId}/actions/{id}/order", most, func(ctx context.Context, ops *jsmops.Client) error {
		return ops.Actions.Reorder(ctx, "1", "1", "2")
	}},
	{"Actions.Reorder", "PATCH /v1/integrations/{integrationId}/actions/{id}/order", most, func(ctx context.Context, ops *jsmops.Client) error {
		return ops.Actions.MoveFirst(ctx, "1", "2")
	}},
	{"Actions.Reorder", "PATCH /v1/integrations/{integrationId}/actions/{id}/order", most, func(ctx context.Context, ops *jsmops.Client) error {
		return ops.Actions.MoveLast(ctx, "1", "1")
	}},
	{"Actions.Delete", "DELETE /v1/integrations/{integrationId}/actions/{id}", most, func(ctx context.Context, ops *jsmops.Client) error {
		return ops.Actions.Delete(ctx, "1", "1")
	}},
	{"Integrations.Delete", "DELETE /v1/integrations/{id}", most, func(ctx context.Context, ops *jsmops.Client) error {
		return ops.Integrations.Delete(ctx, "1")
	}},
}

// newSite is a fake with what the operations work on.
func newSite(t *testing.T) (*jsmopstest.Server, *jsmops.Client) {
	t.Helper()
	srv := jsmopstest.NewServer(jsmopstest.WithoutListener())
	srv.AddIntegration(jsmops.Integration{ID: "1", Name: "CI", Type: "API"})
	for _, id := range []string{"1", "2"} {
		_, err := srv.AddAction("1", jsmops.Action{
			ID: id, Name: id, Type: "create", Domain: jsmops.DomainAlert, Direction: jsmops.DirectionIncoming, Filter: jsmops.MatchEverything(),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return srv, connect(t, srv.Transport(), oauth())
}

var specLine = regexp.MustCompile(`(?m)^(?: {2}(/\S+)| {4}(get|put|post|delete|patch)):$`)

// TestOperations calls all operations with success and makes sure that none of the document is left out, and no method.
func TestOperations(t *testing.T) {
	t.Parallel()
	srv, ops := newSite(t)
	var described []string
	for _, o := range operations {
		before := len(srv.Requests())
		if err := o.call(t.Context(), ops); err != nil {
			t.Errorf("%s: %v", o.name, err)
		}
		took := false
		for _, r := range srv.Requests()[before:] {
			took = took || r.Status == 200 && strings.Replace(r.Pattern, " /jsm/ops/api/{cloudId}", " ", 1) == o.pattern
		}
		if !took {
			t.Errorf("%s: the fake took no %s", o.name, o.pattern)
		}
		described = append(described, o.pattern)
	}
	text, err := os.ReadFile("../../openapi/jsmops/spec.yaml")
	if err != nil {
		t.Fatal(err)
	}
	found, path := 0, ""
	for _, m := range specLine.FindAllStringSubmatch(string(text), -1) {
		if m[1] != "" {
			path = m[1]
			continue
		}
		found++
		if pattern := strings.ToUpper(m[2]) + " " + path; !slices.Contains(described, pattern) {
			t.Errorf("no operation here is %s", pattern)
		}
	}
	if found != 13 {
		t.Errorf("%d operations were found in the document", found)
	}

	file, err := parser.ParseFile(token.NewFileSet(), "operations_test.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	called := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if method, ok := n.(*ast.SelectorExpr); ok {
			if service, ok := method.X.(*ast.SelectorExpr); ok {
				called[service.Sel.Name+"."+method.Sel.Name] = true
			}
		}
		return true
	})
	for service := range reflect.TypeFor[jsmops.Client]().Fields() {
		if !service.IsExported() {
			continue
		}
		for method := range service.Type.Methods() {
			if name := service.Name + "." + method.Name; !called[name] {
				t.Errorf("%s is not called here", name)
			}
		}
	}
}

// Each method says which scopes it needs, whoever wrote it.
func TestScopesAreDocumented(t *testing.T) {
	t.Parallel()
	const scope = ":ops-config:jira-service-management"
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	methods := 0
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Recv == nil || !f.Name.IsExported() {
				continue
			}
			receiver, _ := f.Recv.List[0].Type.(*ast.StarExpr)
			if receiver == nil || !strings.HasSuffix(receiver.X.(*ast.Ident).Name, "Service") {
				continue
			}
			methods++
			want := "read" + scope
			switch verb := f.Name.Name; {
			case verb == "Delete":
				want += ", delete" + scope
			case !strings.HasPrefix(verb, "List") && verb != "Get":
				want += ", write" + scope
			}
			if line := "\nOAuth 2.0 scopes: " + want + ".\n"; !strings.Contains(f.Doc.Text(), line) {
				t.Errorf("%s of %s does not say %s", f.Name, name, line)
			}
		}
	}
	if methods != 17 {
		t.Errorf("%d methods were found", methods)
	}
}

// TestDocumentedErrors lets each operation meet each of its errors, in each of the shapes that the server has for them.
func TestDocumentedErrors(t *testing.T) {
	t.Parallel()
	kinds := map[int]error{
		401: client.ErrUnauthorized, 402: client.ErrForbidden, 403: client.ErrForbidden, 404: client.ErrNotFound, 422: client.ErrInvalid,
		429: client.ErrRateLimited,
	}
	shapes := map[string]struct{ code, message string }{
		`{"errors":[{"title":"no luck","code":"E1"}]}`:                                    {"E1", "no luck"},
		`{"errors":[{"title":"no luck","code":"E1","detail":"at all"},{"title":"more"}]}`: {"E1", "no luck: at all: more"},
		`{"code":40100,"message":"no luck"}`:                                              {"40100", "no luck"},
		`{"message":"no luck","took":0.1,"requestId":"r"}`:                                {"", "no luck"},
	}
	for _, o := range operations {
		for _, status := range append(slices.Clone(o.statuses), 402, 429) {
			for body, want := range shapes {
				srv, ops := newSite(t)
				method, path, _ := strings.Cut(o.pattern, " ")
				rule := fault(method, status, 0)
				rule.Path, rule.Body = jsmopstest.Base+path, body
				if status == 429 {
					rule.Header = map[string][]string{"Retry-After": {"3600"}}
				}
				srv.Faults().Add(rule)
				err := o.call(t.Context(), ops)
				e, ok := errors.AsType[*client.Error](err)
				listed := e != nil && (e.Op == o.name || strings.HasSuffix(o.name, ".Create") && e.Op == strings.Replace(o.name, "Create", "List", 1))
				if !ok || !errors.Is(err, kinds[status]) || e.Status != status || e.Code != want.code || !listed {
					t.Errorf("%s: %d %s gives %+v", o.name, status, body, err)
				} else if got := strings.Join(e.Messages, ": "); got != want.message || errors.Is(err, client.ErrScope) {
					t.Errorf("%s: %d %s says %q", o.name, status, body, got)
				}
			}
		}
	}
}
