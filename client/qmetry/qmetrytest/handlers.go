package qmetrytest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client/qmetry"
	"github.com/jira-integrations/go-sdk/internal/fake"
)

// list is the path of the list as the document writes it: the type follows without a slash.
const list = "/rest/admin/integration/list{type}"

// routes registers every operation of package qmetry.
func (s *Server) routes() *fake.Router {
	rt := fake.NewRouter(fail)
	rt.Handle(http.MethodPost, "/rest/admin/integration/{listtype}", nil, s.listIntegrations)
	rt.Handle(http.MethodGet, "/rest/integration/instance/details", nil, s.within(s.details))
	rt.Handle(http.MethodGet, "/rest/admin/project/getinfo", nil, s.projectInfo)
	return rt
}

func (s *Server) projectInfo(w http.ResponseWriter, r *http.Request) {
	if p := s.project(w, r); p != nil {
		fake.WriteJSON(w, http.StatusOK, map[string]any{"currentProjectId": p.ID, "clientCode": OrgCode})
	}
}

func (s *Server) listIntegrations(w http.ResponseWriter, r *http.Request) {
	kind, ok := strings.CutPrefix(r.PathValue("listtype"), "list")
	if !ok || kind == "" {
		r.Pattern = ""
		fail(w, r, http.StatusNotFound, fmt.Sprintf("no such path: %s %s", r.Method, r.URL.EscapedPath()))
		return
	}
	r.Pattern = http.MethodPost + " " + list
	s.within(func(w http.ResponseWriter, r *http.Request) { s.listOf(w, r, kind) })(w, r)
}

func (s *Server) listOf(w http.ResponseWriter, r *http.Request, kind string) {
	if kind != string(qmetry.AllIntegrations) {
		badRequest(w, r, "type %q is not documented, this server knows %q", kind, qmetry.AllIntegrations)
		return
	}
	var at struct{ Start, Limit, Page *int }
	if err := fake.DecodeJSON(r, &at, true); err != nil {
		badRequest(w, r, "%v", err)
		return
	}
	switch {
	case at.Start == nil || at.Limit == nil || at.Page == nil:
		badRequest(w, r, "start, limit and page are mandatory")
		return
	case *at.Start < 0 || *at.Limit < 1 || *at.Page < 1:
		badRequest(w, r, "start begins with 0, limit and page with 1")
		return
	}
	all := slices.DeleteFunc(s.Instances(), func(in qmetry.Instance) bool { return !strings.EqualFold(in.InstanceType, "Jira") })
	from := min(*at.Start, len(all))
	page := all[from:min(from+*at.Limit, len(all))]
	for i := range page {
		page[i].ExternalProjects = nil
	}
	fake.WriteJSON(w, http.StatusOK, map[string]any{
		"headers": map[string]any{}, "statusCode": "OK", "body": map[string]any{"data": page, "total": len(all)},
	})
}

func (s *Server) details(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		badRequest(w, r, "reading the body: %v", err)
		return
	}
	all := s.Instances()
	if len(body) == 0 {
		for i := range all {
			all[i].ExternalProjects = nil
		}
		answerInstances(w, all)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var query struct {
		Instance    *int
		FetchFields bool
	}
	if err := fake.DecodeJSON(r, &query, true); err != nil {
		badRequest(w, r, "%v", err)
		return
	}
	if query.Instance == nil {
		badRequest(w, r, "instance is mandatory in a body")
		return
	}
	for _, in := range all {
		if in.InstanceID != *query.Instance {
			continue
		}
		for i := range in.ExternalProjects {
			if modules := &in.ExternalProjects[i].Modules; !query.FetchFields {
				modules.Requirement.Fields, modules.Issue.Fields = nil, nil
			}
		}
		answerInstances(w, []qmetry.Instance{in})
		return
	}
	badRequest(w, r, "integration instance %d does not exist", *query.Instance)
}

func answerInstances(w http.ResponseWriter, all []qmetry.Instance) {
	fake.WriteJSON(w, http.StatusOK, map[string]any{"data": all, "total": len(all)})
}

// fail sends an error in the shape of QMetry.
func fail(w http.ResponseWriter, _ *http.Request, status int, message string) {
	answerError(w, status, "CO.ERROR", message)
}

func answerError(w http.ResponseWriter, status int, code, message string) {
	fake.WriteJSON(w, status, map[string]string{"code": code, "message": message})
}

// badRequest sends a 400.
func badRequest(w http.ResponseWriter, r *http.Request, format string, args ...any) {
	fail(w, r, http.StatusBadRequest, fmt.Sprintf(format, args...))
}
