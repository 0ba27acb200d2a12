package jira_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"iter"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// TestOperations calls every operation of the package on a fake site, each area on a site of its own, and then makes
// sure that none was left out.
func TestOperations(t *testing.T) {
	t.Parallel()
	done := &exercised{seen: map[string]bool{}}
	t.Run("areas", func(t *testing.T) {
		for name, exercise := range map[string]func(*area){
			"create and read":    exerciseCreate,
			"update":             exerciseUpdate,
			"delete":             exerciseDelete,
			"assign":             exerciseAssign,
			"transitions":        exerciseTransitions,
			"changelog":          exerciseChangelog,
			"createmeta":         exerciseCreateMeta,
			"editmeta":           exerciseEditMeta,
			"notify":             exerciseNotify,
			"search":             exerciseSearch,
			"picker":             exercisePicker,
			"watchers":           exerciseWatchers,
			"votes":              exerciseVotes,
			"properties":         exerciseProperties,
			"comments":           exerciseComments,
			"worklogs":           exerciseWorklogs,
			"attachments":        exerciseAttachments,
			"links":              exerciseLinks,
			"link types":         exerciseLinkTypes,
			"remote links":       exerciseRemoteLinks,
			"projects":           exerciseProjects,
			"components":         exerciseComponents,
			"versions":           exerciseVersions,
			"roles":              exerciseRoles,
			"issue types":        exerciseIssueTypes,
			"fields":             exerciseFields,
			"priorities":         exercisePriorities,
			"resolutions":        exerciseResolutions,
			"statuses":           exerciseStatuses,
			"labels":             exerciseLabels,
			"users":              exerciseUsers,
			"assignable users":   exerciseAssignableUsers,
			"groups":             exerciseGroups,
			"group members":      exerciseGroupMembers,
			"pickers":            exercisePickers,
			"user permissions":   exerciseUserPermissions,
			"user queries":       exerciseUserQueries,
			"all users":          exerciseAllUsers,
			"comment properties": exerciseCommentProperties,
			"worklog properties": exerciseWorklogProperties,
			"bulk comments":      exerciseBulkComments,
			"bulk worklogs":      exerciseBulkWorklogs,
			"watching":           exerciseWatching,
			"app fields":         exerciseAppFields,
			"archives":           exerciseArchives,
			"thumbnails":         exerciseThumbnails,
			"server":             exerciseServer,
			"permissions":        exercisePermissions,
			"webhooks":           exerciseWebhooks,
			"failed webhooks":    exerciseFailedWebhooks,
			"jql match":          exerciseJQLMatch,
			"jql reference":      exerciseJQLReference,
			"jql parse":          exerciseJQLParse,
			"jql rewrite":        exerciseJQLRewrite,
			"precomputations":    exercisePrecomputations,
			"expressions":        exerciseExpressions,
			"redactions":         exerciseRedactions,
			"bulk changes":       exerciseBulkChanges,
			"bulk edit":          exerciseBulkEdit,
			"bulk fields":        exerciseBulkFields,
			"bulk transitions":   exerciseBulkTransitions,
			"bulk properties":    exerciseBulkProperties,
			"create many":        exerciseCreateMany,
			"tasks":              exerciseTasks,
			"archive":            exerciseArchive,
			"limits and events":  exerciseLimits,
			"bulk changelogs":    exerciseBulkChangelogs,
			"changed worklogs":   exerciseChangedWorklogs,
			"transition by name": exerciseTransitionTo,
			"what is not there":  exerciseNotFound,
			"sites":              exerciseSites,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				exercise(done.area(t))
			})
		}
	})
	t.Run("every operation of the specs", done.everyOperation)
	t.Run("every request of the source", done.everyRequest)
	t.Run("every method of the services", everyMethod)
}

// exercised collects what the areas have done with success: operations by name, as in "Issues.Get", and what the sites
// took them for, as in "GET /rest/api/3/issue/{issueIdOrKey}".
type exercised struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (e *exercised) add(name string, status int) {
	if status == 0 || status >= 400 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen[name] = true
}

// area is a test of one area with a site of its own.
type area struct {
	testing.TB
	*jira.Client
	app  *jira.Client // as the OAuth app, which alone may do some things
	fake *jiratest.Server
	done *exercised
}

func (e *exercised) area(tb testing.TB, opts ...jiratest.Option) *area {
	tb.Helper()
	down := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	opts = append([]jiratest.Option{
		jiratest.WithoutListener(), jiratest.WithWebhookHandler(down), jiratest.WithWebhookPause(time.Millisecond),
	}, opts...)
	fake := jiratest.NewServer(opts...)
	tb.Cleanup(func() {
		for _, r := range fake.Requests() {
			e.add(r.Pattern, r.Status)
		}
		fake.Close()
	})
	connect := func(auth client.Auth) *jira.Client {
		jc, err := jira.New(fake.URL, auth,
			client.WithTransport(fake.Transport()), client.WithHook(func(event client.Event) { e.add(event.Op, event.Status) }))
		if err != nil {
			tb.Fatal(err)
		}
		return jc
	}
	return &area{tb, connect(client.BasicAuth(jiratest.Email, jiratest.Token)), connect(client.Bearer(jiratest.AppToken)), fake, e}
}

// virtual runs a test on another site, in virtual time.
func (a *area) virtual(test func(*area), opts ...jiratest.Option) {
	synctest.Test(a.TB.(*testing.T), func(t *testing.T) { test(a.done.area(t, opts...)) })
}

// everyOperation wants that each operation of the specs was sent and answered.
func (e *exercised) everyOperation(t *testing.T) {
	files, err := filepath.Glob("../openapi/jira/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	found, path := 0, ""
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range specLine.FindAllStringSubmatch(string(text), -1) {
			if m[1] != "" {
				path = m[1]
				continue
			}
			found++
			if pattern := strings.ToUpper(m[2]) + " " + path; !e.seen[pattern] {
				t.Errorf("%s: no site took %s", name, pattern)
			}
		}
	}
	if found < 80 {
		t.Errorf("only %d operations were found in %d specs", found, len(files))
	}
}

// specLine is the line of a spec with a path, or the one below with a method.
var specLine = regexp.MustCompile(`(?m)^(?: {2}(/\S+)| {4}(get|put|post|delete|patch|head|options)):$`)

// everyRequest wants that each request that the source of the package describes was sent and answered.
func (e *exercised) everyRequest(t *testing.T) {
	requests := describedRequests(t)
	if len(requests) < 80 {
		t.Errorf("only %d requests were found in the source", len(requests))
	}
	for _, r := range requests {
		if !e.seen[r.op] {
			t.Errorf("%s: the operation %s was never called with success", r.pos, r.op)
		}
		if !e.seen[r.method+" "+r.path] {
			t.Errorf("%s: no site took %s %s", r.pos, r.method, r.path)
		}
	}
}

// everyMethod wants that the areas call each exported method of each service, be it the only one that sends its request
// or not: List and ListPage send the same.
func everyMethod(t *testing.T) {
	files, err := filepath.Glob("operations_*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	called := map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if method, ok := n.(*ast.SelectorExpr); ok {
				if service, ok := method.X.(*ast.SelectorExpr); ok {
					called[service.Sel.Name+"."+method.Sel.Name] = true
				}
			}
			return true
		})
	}
	for service := range reflect.TypeFor[jira.Client]().Fields() {
		if !service.IsExported() {
			continue
		}
		for method := range service.Type.Methods() {
			if name := service.Name + "." + method.Name; !called[name] {
				t.Errorf("%s is not called by any area", name)
			}
		}
	}
}

// described is a call of client.NewRequest in the source of the package.
type described struct {
	pos              token.Position
	op, method, path string
}

func describedRequests(t *testing.T) (all []described) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		shared := constants(nil, file.Decls...)
		for _, decl := range file.Decls {
			scope := constants(shared, decl)
			ast.Inspect(decl, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || !isNewRequest(call) {
					return true
				}
				r := described{fset.Position(call.Pos()), scope.text(call.Args[0]), scope.text(call.Args[1]), scope.text(call.Args[2])}
				if r.op == "" || r.method == "" || r.path == "" {
					t.Errorf("%s: this test cannot read operation, method and path of the request: write them as constants", r.pos)
				}
				all = append(all, r)
				return true
			})
		}
	}
	return all
}

func isNewRequest(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || f.Sel.Name != "NewRequest" || len(call.Args) < 3 {
		return false
	}
	pkg, ok := f.X.(*ast.Ident)
	return ok && pkg.Name == "client"
}

// scope holds the string constants that are visible at a place.
type scope map[string]string

// constants reads those that decls declare, to which the outer ones are added. Given alone, a function is looked into.
func constants(outer scope, decls ...ast.Decl) scope {
	s := scope{}
	maps.Copy(s, outer)
	for _, decl := range decls {
		if _, isFunc := decl.(*ast.FuncDecl); isFunc && len(decls) > 1 {
			continue
		}
		ast.Inspect(decl, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == len(spec.Names) {
				for i, name := range spec.Names {
					if value := s.text(spec.Values[i]); value != "" {
						s[name.Name] = value
					}
				}
			}
			return true
		})
	}
	return s
}

// text is the value of a constant expression, "" if it is of no kind that is used here.
func (s scope) text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		if err == nil && e.Kind == token.STRING {
			return text
		}
	case *ast.Ident:
		return s[e.Name]
	case *ast.SelectorExpr: // http.MethodGet
		if pkg, ok := e.X.(*ast.Ident); ok && pkg.Name == "http" {
			if method, ok := strings.CutPrefix(e.Sel.Name, "Method"); ok {
				return strings.ToUpper(method)
			}
		}
	}
	return ""
}

// must is for calls that have to succeed: must(jc.Issues.Get(…))(a).
func must[T any](v T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

// fine ends the test when a call failed.
func (a *area) fine(err error) {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
}

// fails wants an error of one kind that names the operation.
func (a *area) fails(err, kind error, op string) {
	a.Helper()
	var e *client.Error
	if !errors.Is(err, kind) || !errors.As(err, &e) || e.Op != op {
		a.Errorf("%s: the error is %v, want %v", op, err, kind)
	}
}

// gone wants that a thing is not there.
func (a *area) gone(err error, op string) {
	a.Helper()
	a.fails(err, client.ErrNotFound, op)
}

func (a *area) equal(what string, got, want any) {
	a.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		a.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// items reads a list to its end.
func items[T any](list iter.Seq2[T, error]) (all []T, err error) {
	for item, err := range list {
		if err != nil {
			return all, err
		}
		all = append(all, item)
	}
	return all, nil
}

// samePages wants that a list that was asked for in pages of one size yields what one large page holds, item for item,
// that it takes three pages or more, each asked for where the one before ended, and that breaking off asks for no more.
func samePages[I, P any](a *area, size int, list iter.Seq2[I, error], onePage []P) {
	a.Helper()
	before := len(a.fake.Requests())
	all := must(items(list))(a)
	requests := a.fake.Requests()[before:]
	a.equal("all pages", documentsOf(a, all), documentsOf(a, onePage))
	if len(requests) < 3 || len(onePage) <= 2*size {
		a.Errorf("%d items in %d requests: not three pages", len(onePage), len(requests))
	}
	for i, r := range requests {
		if r.Method != "GET" {
			continue
		}
		start := ""
		if i > 0 {
			start = strconv.Itoa(i * size)
		}
		if r.Query.Get("startAt") != start || r.Query.Get("maxResults") != strconv.Itoa(size) {
			a.Errorf("request %d asks for %v", i, r.Query)
		}
	}
	for _, err := range list {
		a.fine(err)
		break
	}
	if n := len(a.fake.Requests()) - before - len(requests); n != 1 {
		a.Errorf("%d requests for a range that ends with the first item", n)
	}
}

// documentsOf writes each item as JSON: values and pointers to them look the same.
func documentsOf[T any](tb testing.TB, all []T) []string {
	tb.Helper()
	documents := make([]string, len(all))
	for i, item := range all {
		documents[i] = string(must(json.Marshal(item))(tb))
	}
	return documents
}
