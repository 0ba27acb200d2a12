package qmetry_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/qmetry"
)

var (
	specLine = regexp.MustCompile(`(?m)^  (/\S+):$|^    (get|put|post|delete|patch):$`)
	request  = regexp.MustCompile(`NewRequest\((\w+|"[\w.]+")`)
)

// TestOperations calls every operation on a fake, and then makes sure that none was left out: no operation of the document,
// no request of the source, no method of the services.
func TestOperations(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	qc, srv := onFake(t, client.WithHook(func(e client.Event) { seen[e.Op] = seen[e.Op] || e.Status == 200 }))
	srv.SetInstance(shop())
	calls := map[string]func() error{
		"Integrations.List": func() error {
			_, err := all(qc.Integrations.List(t.Context(), qmetry.AllIntegrations, nil))
			return err
		},
		"Integrations.ListPage": func() error {
			_, err := qc.Integrations.ListPage(t.Context(), qmetry.AllIntegrations, qmetry.ListPosition{Limit: 1, Page: 1})
			return err
		},
		"Integrations.Details": func() error {
			_, err := qc.Integrations.Details(t.Context(), &qmetry.InstanceQuery{Instance: 7, FetchFields: true})
			return err
		},
		"Projects.Info": func() error {
			_, err := qc.Projects.Info(t.Context())
			return err
		},
	}
	for name, call := range calls {
		if err := call(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, r := range srv.Requests() {
		seen[r.Pattern] = seen[r.Pattern] || r.Status == 200
	}

	spec, err := os.ReadFile("../../openapi/qmetry/spec.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path, found := "", 0
	for _, m := range specLine.FindAllStringSubmatch(string(spec), -1) {
		if m[1] != "" {
			path = m[1]
			continue
		}
		found++
		if pattern := strings.ToUpper(m[2]) + " " + path; !seen[pattern] {
			t.Errorf("the fake took no %s", pattern)
		}
	}
	if found != 3 {
		t.Errorf("%d operations were found in the document", found)
	}

	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	requests := 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for line := range strings.Lines(string(text)) {
			m := request.FindStringSubmatch(line)
			if m == nil || strings.HasPrefix(strings.TrimSpace(line), "//") {
				continue
			}
			requests++
			op := strings.Trim(m[1], `"`)
			if op == "op" {
				op = "Integrations.Details"
			}
			if !seen[op] {
				t.Errorf("%s: no call of %s", name, op)
			}
		}
	}
	if requests != found {
		t.Errorf("%d requests were found in the source", requests)
	}

	services := reflect.TypeFor[qmetry.Client]()
	for field := range services.Fields() {
		for method := range field.Type.Methods() {
			if name := field.Name + "." + method.Name; field.IsExported() && calls[name] == nil {
				t.Errorf("%s is not called", name)
			}
		}
	}
}
