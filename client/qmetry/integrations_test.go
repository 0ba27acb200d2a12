package qmetry_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/qmetry"
	"github.com/jira-integrations/go-sdk/client/qmetry/qmetrytest"
)

// The type follows the path without a slash, and the position is in the body.
func TestListRequest(t *testing.T) {
	t.Parallel()
	n := ok(`{"body":{}}`)
	qc := n.client(t, qmetrytest.Context())
	page, err := qc.Integrations.ListPage(t.Context(), "jira_cloud-2", qmetry.ListPosition{Start: 10, Limit: 5, Page: 3})
	if err != nil || string(page.Body) != "{}" {
		t.Fatal(page, err)
	}
	r := n.requests()[0]
	got := []string{r.method, r.url, r.body, r.header.Get("Content-Type")}
	want := []string{"POST", qmetry.BaseURL + "/rest/admin/integration/listjira_cloud-2", `{"limit":5,"page":3,"start":10}`, "application/json"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// No type leads to another path.
func TestListTypes(t *testing.T) {
	t.Parallel()
	for _, kind := range []qmetry.IntegrationType{"", "/all", "a/b", "..", ".", "a b", "ä", "a?b", "a#b", "%2e", "a\n"} {
		n := ok(`{}`)
		qc := n.client(t, qmetrytest.Context())
		_, err := qc.Integrations.ListPage(t.Context(), kind, qmetry.ListPosition{})
		_, listErr := all(qc.Integrations.List(t.Context(), kind, nil))
		for _, err := range []error{err, listErr} {
			if wantKinds(t, err, client.ErrInvalid); !strings.Contains(err.Error(), "type") {
				t.Errorf("%q: err = %v", kind, err)
			}
		}
		if len(n.requests()) != 0 {
			t.Errorf("%q was sent to %s", kind, n.requests()[0].url)
		}
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	const a, b, c = `{"n":1}`, `{"n":2}`, `{"n":3}`
	of := func(items ...string) string {
		return `{"statusCode":"200","headers":{},"body":{"data":[` + strings.Join(items, ",") + `],"total":3}}`
	}
	bare := func(items ...string) string { return `[` + strings.Join(items, ",") + `]` }
	for name, test := range map[string]struct {
		answers []string
		want    []string
		starts  []int
		err     error
	}{
		"with a total":             {[]string{of(a, b), of(c)}, []string{a, b, c}, []int{0, 2}, nil},
		"full to the total":        {[]string{of(a, b), of(c, a)}, []string{a, b, c}, []int{0, 2, 4}, nil},
		"the total of each page":   {[]string{`{"data":[` + a + "," + b + `],"total":2}`, `{"data":[` + c + `],"total":1}`}, []string{a, b, c}, []int{0, 2}, nil},
		"around before the total":  {[]string{of(a), of(b), of(a)}, []string{a, b}, []int{0, 1, 2}, client.ErrPagingStalled},
		"around without a total":   {[]string{bare(a), bare(b), bare(a)}, []string{a, b}, []int{0, 1, 2}, client.ErrPagingStalled},
		"moved on meanwhile":       {[]string{bare(a, b), bare(b, c), bare()}, []string{a, b, c}, []int{0, 2, 4}, nil},
		"not paged, and changing":  {[]string{bare(`{"id":1,"at":1}`, b), bare(`{"id":1,"at":2}`, b)}, []string{`{"id":1,"at":1}`, b}, []int{0, 2}, nil},
		"changing to the total":    {[]string{of(`{"at":1}`, a), of(`{"at":2}`, a)}, []string{`{"at":1}`, a, `{"at":2}`}, []int{0, 2, 4}, nil},
		"without a total":          {[]string{bare(a, b), bare(c), bare()}, []string{a, b, c}, []int{0, 2, 3}, nil},
		"the server's limit":       {[]string{bare(a), bare(b), bare(c), bare()}, []string{a, b, c}, []int{0, 1, 2, 3}, nil},
		"not paged":                {[]string{bare(a, b, c)}, []string{a, b, c}, []int{0, 3}, nil},
		"not paged, with a total":  {[]string{of(a, b, c)}, []string{a, b, c}, []int{0, 3}, nil},
		"stuck before the total":   {[]string{of(a, b)}, []string{a, b}, []int{0, 2}, client.ErrPagingStalled},
		"empty before the total":   {[]string{of(a), of()}, []string{a}, []int{0, 1}, nil},
		"empty":                    {[]string{bare()}, nil, []int{0}, nil},
		"no body":                  {[]string{`{"statusCode":"OK"}`}, nil, []int{0}, nil},
		"a failure after a page":   {[]string{bare(a, b), `{"statusCode":"UNAUTHORIZED"}`}, []string{a, b}, []int{0, 2}, client.ErrUnauthorized},
		"an odd page after a page": {[]string{bare(a, b), `{"body":{"x":1}}`}, []string{a, b}, []int{0, 2}, errAny},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := ok(test.answers...)
			qc := n.client(t, qmetrytest.Context())
			list := qc.Integrations.List(t.Context(), qmetry.AllIntegrations, &qmetry.ListParams{Limit: 2})
			items, err := all(list)
			if diff := cmp.Diff(test.want, texts(items), cmp.Transformer("", func(s []string) string { return strings.Join(s, " ") })); diff != "" {
				t.Error(diff)
			}
			if anyWill := errors.Is(test.err, errAny); anyWill && err == nil || !anyWill && !errors.Is(err, test.err) {
				t.Errorf("err = %v, want %v", err, test.err)
			}
			var starts []int
			for i, r := range n.requests() {
				var at qmetry.ListPosition
				if err := json.Unmarshal([]byte(r.body), &at); err != nil || at.Limit != 2 || at.Page != i+1 {
					t.Errorf("request %d asks for %s", i, r.body)
				}
				starts = append(starts, at.Start)
			}
			if diff := cmp.Diff(test.starts, starts); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What changes with each reading never repeats: without a total that ends too.
func TestListWithoutEnd(t *testing.T) {
	t.Parallel()
	n := &network{}
	for i := range 300 {
		n.replies = append(n.replies, reply{200, fmt.Sprintf(`[{"at":%d}]`, i), nil})
	}
	items, err := all(n.client(t, qmetrytest.Context()).Integrations.List(t.Context(), qmetry.AllIntegrations, nil))
	if wantKinds(t, err, client.ErrPagingStalled); len(items) != 200 || len(n.requests()) != 200 {
		t.Errorf("%d items in %d requests, %v", len(items), len(n.requests()), err)
	}
}

func TestListLimit(t *testing.T) {
	t.Parallel()
	n := ok(`[]`)
	_, err := all(n.client(t, qmetrytest.Context()).Integrations.List(t.Context(), qmetry.AllIntegrations, &qmetry.ListParams{Limit: -3}))
	if wantKinds(t, err, client.ErrInvalid); !strings.Contains(err.Error(), "Limit is -3") || len(n.requests()) != 0 {
		t.Errorf("%v after %d requests", err, len(n.requests()))
	}
}

var errAny = errors.New("any error")

// A caller who breaks off is not asked for more, and each range begins anew.
func TestListBreak(t *testing.T) {
	t.Parallel()
	n := ok(`[{"n":1},{"n":2}]`)
	qc := n.client(t, qmetrytest.Context())
	list := qc.Integrations.List(t.Context(), qmetry.AllIntegrations, nil)
	for range 2 {
		for item, err := range list {
			if err != nil || string(item) != `{"n":1}` {
				t.Errorf("%s, %v", item, err)
			}
			break
		}
	}
	for _, r := range n.requests() {
		if r.body != `{"limit":50,"page":1,"start":0}` {
			t.Errorf("asks for %s", r.body)
		}
	}
	if len(n.requests()) != 2 {
		t.Errorf("%d requests", len(n.requests()))
	}
}

// The list is found in whatever the page is wrapped, or the error says what there is.
func TestItems(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ answer, field, want, err string }{
		{`{"body":{"data":[1,2],"total":2},"statusCode":"OK"}`, "", "1 2", ""},
		{`{"body":[1,2],"statusCode":200}`, "", "1 2", ""},
		{`{"body":{"data":{"rows":[1],"total":1}}}`, "", "1", ""},
		{`[1, {"a" : 2}]`, "", `1 {"a" : 2}`, ""},
		{`{"data":[1,2],"total":2}`, "", "1 2", ""},
		{`{"integrations":[]}`, "", "", ""},
		{`{"data":null,"total":0}`, "", "", ""},
		{`{"body":null}`, "", "", ""},
		{`{"body":{},"headers":{}}`, "", "", ""},
		{`{"body":{"a":[1],"b":[2]}}`, "b", "2", ""},
		{`{"body":{"a":[1],"b":[2]}}`, "", "", "(ListParams.Field): a, b"},
		{`{"body":{"a":[1]}}`, "c", "", "(ListParams.Field): a"},
		{`{"body":{"a":7}}`, "a", "", "(ListParams.Field): a"},
		{`{"body":{"message":"done"}}`, "", "", "(ListParams.Field): message"},
		{`{"body":{"rows":null,"total":3}}`, "", "", "(ListParams.Field): rows, total"},
		{`{"body":{"a":{},"b":{}}}`, "", "", "(ListParams.Field): a, b"},
		{`{"body":"text"}`, "", "", "neither a list nor an object"},
	} {
		qc := ok(test.answer).client(t, qmetrytest.Context())
		page, err := qc.Integrations.ListPage(t.Context(), qmetry.AllIntegrations, qmetry.ListPosition{Limit: 9, Page: 1})
		if err != nil {
			t.Errorf("%s: %v", test.answer, err)
			continue
		}
		items, err := page.Items(test.field)
		if got := strings.Join(texts(items), " "); got != test.want || (err == nil) != (test.err == "") || !strings.Contains(fmt.Sprint(err), test.err) {
			t.Errorf("%s: %s, %v; want %s, %s", test.answer, got, err, test.want, test.err)
		}
	}

	page, err := ok(`{"statusCode":200,"headers":{"X":["1"]},"body":{"n":12345678901234567890}}`).client(t, qmetrytest.Context()).
		Integrations.ListPage(t.Context(), qmetry.AllIntegrations, qmetry.ListPosition{})
	if err != nil || page.StatusCode != "200" || string(page.Headers) != `{"X":["1"]}` || string(page.Body) != `{"n":12345678901234567890}` {
		t.Errorf("not as received: %+v, %v", page, err)
	}
	if _, err := ok(`7`).client(t, qmetrytest.Context()).Integrations.ListPage(t.Context(), "all", qmetry.ListPosition{}); err == nil {
		t.Error("a number is taken for a page")
	}
}

// The answer's own status decides, however it is written.
func TestInnerStatus(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		answer string
		status int
		kinds  []error
		want   string
	}{
		{`{"statusCode":"401","body":{"message":"Not you"}}`, 401, []error{client.ErrUnauthorized}, "401 Unauthorized: Not you"},
		{`{"statusCode":401}`, 401, []error{client.ErrUnauthorized}, "401 Unauthorized"},
		{`{"statusCode":"401 UNAUTHORIZED"}`, 401, []error{client.ErrUnauthorized}, "401"},
		{`{"statusCode":"UNAUTHORIZED"}`, 401, []error{client.ErrUnauthorized}, "401"},
		{`{"statusCode":"FORBIDDEN","body":"your role lacks it"}`, 403, []error{client.ErrForbidden}, "your role lacks it"},
		{`{"statusCode":"BAD_REQUEST","body":{"errors":[{"message":"limit is mandatory","code":"CO.1"}]}}`, 400, []error{client.ErrInvalid}, "limit is mandatory"},
		{`{"statusCode":"INTERNAL_SERVER_ERROR","message":"timeout"}`, 500, nil, "500 Internal Server Error: timeout"},
		{`{"statusCode":"NON_AUTHORITATIVE_INFORMATION","body":[]}`, 0, nil, ""},
		{`{"statusCode":"302","body":[]}`, 302, nil, "302 Found"},
		{`{"statusCode":"FAILURE","body":{"message":"no luck"}}`, 200, nil, `no luck: the answer's own status is "FAILURE"`},
		{`{"statusCode":"-1","body":{}}`, 200, nil, `the answer's own status is "-1"`},
		{`{"statusCode":"OK","body":{"code":"CO.INVALID_API_KEY"}}`, 200, []error{client.ErrUnauthorized}, "200 OK"},
		{`{"statusCode":"400","body":{"message":"Session expired"}}`, 400, []error{client.ErrUnauthorized}, "Session expired"},
		{`{"statusCode":"OK","statusCodeValue":401,"body":[]}`, 401, []error{client.ErrUnauthorized}, "401 Unauthorized"},
		{`{"statusCodeValue":500,"body":[]}`, 500, nil, "500 Internal Server Error"},
		{`{"statusCode":{"v":401},"body":[]}`, 200, nil, `the answer's own status is "{\"v\":401}"`},
		{`{"statusCode":[200],"body":[]}`, 200, nil, `the answer's own status is "[200]"`},
		{`{"statusCode":"FAILURE","body":{"code":"CO.INVALID_API_KEY"}}`, 200, []error{client.ErrUnauthorized}, "FAILURE"},
		{`{"success":false,"message":"no luck","data":[]}`, 200, nil, "no luck: the answer says that it is no success"},
		{`{"success":"false"}`, 200, nil, "no success"},
		{`{"statusCode":"OK","body":{"success":false,"message":"no luck"}}`, 200, nil, "no luck: the answer says that it is no success"},
		{`{"statusCode":"OK","body":"Your session expired"}`, 200, []error{client.ErrUnauthorized}, "session expired"},
		{`{"success":true,"data":[]}`, 0, nil, ""},
		{`{"statusCode":200.0,"statusCodeValue":200,"body":[]}`, 0, nil, ""},
		{`{"data":[{"alias":"Session expired","lastError":{"code":"CO.INVALID_API_KEY"},"message":"invalid api key"}],"total":1}`, 0, nil, ""},
		{`{"statusCode":"OK","body":[]}`, 0, nil, ""},
		{`{"statusCode":"Success","body":[]}`, 0, nil, ""},
		{`{"statusCode":"201 CREATED","body":[]}`, 0, nil, ""},
		{`{"statusCode":null,"body":[]}`, 0, nil, ""},
		{`{"statusCode":"","body":[]}`, 0, nil, ""},
		{`{"message":"shown successfully","body":[]}`, 0, nil, ""},
	} {
		n := ok(test.answer)
		_, err := all(n.client(t, qmetrytest.Context()).Integrations.List(t.Context(), qmetry.AllIntegrations, nil))
		if test.status == 0 {
			if err != nil {
				t.Errorf("%s: %v", test.answer, err)
			}
			continue
		}
		wantKinds(t, err, test.kinds...)
		e := wantError(t, err)
		if e.Status != test.status || e.Method != http.MethodPost || e.Path != "/rest/admin/integration/list{type}" ||
			string(e.Body) != test.answer || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %d %v, body %s; want %d %s", test.answer, e.Status, err, e.Body, test.status, test.want)
		}
		if len(n.requests()) != 1 {
			t.Errorf("%s: %d requests", test.answer, len(n.requests()))
		}
	}
}

// Every failure that the document names, and those that the service is known for, for each operation.
func TestDocumentedErrors(t *testing.T) {
	t.Parallel()
	html := http.Header{"Content-Type": {"text/html"}}
	for name, test := range map[string]struct {
		reply
		kinds []error
		want  string
	}{
		"400":                 {reply{400, `{"message":"mandatory fields missing"}`, nil}, []error{client.ErrInvalid}, "400 Bad Request: mandatory fields missing"},
		"400 without a body":  {reply{400, ``, nil}, []error{client.ErrInvalid}, "400 Bad Request: the server gave no reason"},
		"401":                 {reply{401, `{"code":"CO.INVALID_API_KEY","message":"Invalid API key"}`, nil}, []error{client.ErrUnauthorized}, "Invalid API key"},
		"401 without a body":  {reply{401, ``, nil}, []error{client.ErrUnauthorized}, "401 Unauthorized"},
		"key, 400":            {reply{400, `{"code":"CO.INVALID_API_KEY"}`, nil}, []error{client.ErrUnauthorized}, "400"},
		"key, 403":            {reply{403, `{"errors":[{"message":"Invalid API Key"}]}`, nil}, []error{client.ErrUnauthorized}, "Invalid API Key"},
		"key, 200":            {reply{200, `{"code":"CO.INVALID_API_KEY","message":"no"}`, nil}, []error{client.ErrUnauthorized}, "no"},
		"key, 200, listed":    {reply{200, `[{"code":"CO.INVALID_API_KEY"}]`, nil}, []error{client.ErrUnauthorized}, "200 OK"},
		"key, 400, wrapped":   {reply{400, `{"statusCode":"401","body":{"code":"CO.INVALID_API_KEY","message":"no"}}`, nil}, []error{client.ErrUnauthorized}, "400 Bad Request: no"},
		"key, 500, second":    {reply{500, `{"errors":[{"code":"X"},{"code":"CO.INVALID_API_KEY","title":"t"}]}`, nil}, []error{client.ErrUnauthorized}, "500 Internal Server Error: t"},
		"key, 500, by field":  {reply{500, `{"errors":{"k":"invalid api key"}}`, nil}, []error{client.ErrUnauthorized}, "k: invalid api key"},
		"key, 200, by field":  {reply{200, `{"errors":{"k":["invalid api key"]}}`, nil}, []error{client.ErrUnauthorized}, "k: invalid api key"},
		"not allowed, 200":    {reply{200, `{"success":false,"code":"CO.X","message":"no access"}`, nil}, nil, "200 OK: no access: the answer says that it is no success"},
		"session, 200":        {reply{200, `{"message":"Your session has expired, log in"}`, nil}, []error{client.ErrUnauthorized}, "log in"},
		"session, 400":        {reply{400, `{"errorMessage":"session expired"}`, nil}, []error{client.ErrUnauthorized}, "session expired"},
		"session, 500":        {reply{500, `Session expired`, nil}, []error{client.ErrUnauthorized}, "Session expired"},
		"session, HTML":       {reply{200, `<html><title>Session expired</title>`, html}, []error{client.ErrUnauthorized}, "Session expired"},
		"403":                 {reply{403, `{"message":"role"}`, nil}, []error{client.ErrForbidden}, "role"},
		"404":                 {reply{404, `{"message":"project"}`, nil}, []error{client.ErrNotFound}, "project"},
		"500":                 {reply{500, `{"message":"server connection timed out"}`, nil}, nil, "500 Internal Server Error: server connection timed out"},
		"HTML, 200":           {reply{200, `<!DOCTYPE html><title>Welcome</title>`, html}, nil, `the server sent an HTML page titled "Welcome" where JSON was due`},
		"HTML, 404":           {reply{404, `<html></html>`, html}, []error{client.ErrNotFound}, "the server sent an HTML page"},
		"an explanation, 200": {reply{200, `"maintenance"`, nil}, nil, "maintenance"},
		"a redirect":          {reply{302, ``, http.Header{"Location": {"http://plain.example"}}}, nil, ""},
		"empty":               {reply{200, ``, nil}, nil, "the answer is empty"},
		"null":                {reply{200, `null`, nil}, nil, "it is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			qc := (&network{replies: []reply{test.reply}}).client(t, qmetrytest.Context())
			_, errs := all(qc.Integrations.List(t.Context(), qmetry.AllIntegrations, nil))
			_, details := qc.Integrations.Details(t.Context(), nil)
			_, one := qc.Integrations.Details(t.Context(), &qmetry.InstanceQuery{Instance: 7})
			_, info := qc.Projects.Info(t.Context())
			for op, err := range map[string]error{
				"Integrations.ListPage": errs, "Integrations.Details": details, "Integrations.Details ": one, "Projects.Info": info,
			} {
				wantKinds(t, err, test.kinds...)
				e := wantError(t, err)
				if e.Op != strings.TrimSpace(op) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%s: %v, want %s", op, err, test.want)
				}
			}
		})
	}
}

// asTyped compares what is typed of instances.
var asTyped = cmpopts.IgnoreFields(qmetry.Instance{}, "Raw")

func TestDetails(t *testing.T) {
	t.Parallel()
	qc, srv := onFake(t)
	srv.SetInstance(shop())
	srv.SetInstance(qmetry.Instance{InstanceType: "Azure", Alias: "Other"})

	bare := shop()
	bare.ExternalProjects = nil
	got, err := qc.Integrations.Details(t.Context(), nil)
	if diff := cmp.Diff([]qmetry.Instance{bare, {InstanceID: 8, InstanceType: "Azure", Alias: "Other"}}, got, asTyped); diff != "" || err != nil {
		t.Error(diff, err)
	}
	got, err = qc.Integrations.Details(t.Context(), &qmetry.InstanceQuery{Instance: 7, FetchFields: true})
	if diff := cmp.Diff([]qmetry.Instance{shop()}, got, asTyped); diff != "" || err != nil {
		t.Error(diff, err)
	}
	without := shop()
	without.ExternalProjects[0].Modules.Issue.Fields = nil
	got, err = qc.Integrations.Details(t.Context(), &qmetry.InstanceQuery{Instance: 7})
	if diff := cmp.Diff([]qmetry.Instance{without}, got, asTyped); diff != "" || err != nil {
		t.Error(diff, err)
	}
	_, err = qc.Integrations.Details(t.Context(), &qmetry.InstanceQuery{Instance: 99})
	if wantKinds(t, err, client.ErrInvalid); !strings.Contains(err.Error(), "integration instance 99 does not exist") {
		t.Error(err)
	}
	_, err = qc.Integrations.Details(t.Context(), &qmetry.InstanceQuery{FetchFields: true})
	if wantKinds(t, err, client.ErrInvalid); !strings.Contains(err.Error(), "names no instance") {
		t.Error(err)
	}
	if n := len(srv.Requests()); n != 4 {
		t.Errorf("%d requests", n)
	}
}

// Without a query the GET has no body; with one it has.
func TestDetailsBody(t *testing.T) {
	t.Parallel()
	n := ok(`{"data":[{"instanceId":7}],"total":1}`)
	qc := n.client(t, qmetrytest.Context())
	for _, query := range []*qmetry.InstanceQuery{nil, {Instance: 7}, {Instance: 7, FetchFields: true}} {
		if _, err := qc.Integrations.Details(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	var bodies []string
	for _, r := range n.requests() {
		if r.method != http.MethodGet || r.url != qmetry.BaseURL+"/rest/integration/instance/details" || (r.header.Get("Content-Type") != "") != (r.body != "") {
			t.Errorf("%+v", r)
		}
		bodies = append(bodies, r.body)
	}
	if diff := cmp.Diff([]string{"", `{"instance":7}`, `{"fetchFields":true,"instance":7}`}, bodies); diff != "" {
		t.Error(diff)
	}
}

// Ids come as numbers or strings, and the instances in one wrapping or another.
func TestDetailsAnswers(t *testing.T) {
	t.Parallel()
	const one = `{"instanceId":"7","externalProjects":[{"projectID":10000,"modules":{"issue":{"id":10004,"fields":[{"fieldId":1,"mandatory":true}]},"other":{}}}],"new":1}`
	issue := qmetry.Module{ID: "10004", Fields: []qmetry.Field{{FieldID: "1", Mandatory: true}}}
	want := []qmetry.Instance{{InstanceID: 7, ExternalProjects: []qmetry.ExternalProject{{ProjectID: "10000", Modules: qmetry.Modules{Issue: issue}}}}}
	for _, answer := range []string{
		`{"data":[` + one + `],"total":1}`, `[` + one + `]`, one, `{"data":` + one + `}`,
		`{"statusCode":"OK","body":{"data":[` + one + `]}}`, `{"statusCode":"OK","body":[` + one + `]}`, `{"body":` + one + `}`,
	} {
		got, err := ok(answer).client(t, qmetrytest.Context()).Integrations.Details(t.Context(), &qmetry.InstanceQuery{Instance: 7})
		if diff := cmp.Diff(want, got, asTyped); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", answer, err, diff)
		}
	}
	for _, answer := range []string{`{"data":[],"total":0}`, `{"data":null}`, `[]`} {
		if got, err := ok(answer).client(t, qmetrytest.Context()).Integrations.Details(t.Context(), nil); err != nil || len(got) != 0 {
			t.Errorf("%s: %v, %v", answer, got, err)
		}
		_, err := ok(answer).client(t, qmetrytest.Context()).Integrations.Details(t.Context(), &qmetry.InstanceQuery{Instance: 7})
		if wantKinds(t, err, client.ErrNotFound); !strings.Contains(err.Error(), "no instance 7") {
			t.Errorf("%s: %v", answer, err)
		}
	}
	for answer, want := range map[string]string{
		`{}`:                                     "no instances in the answer",
		`{"total":3}`:                            "no instances in the answer",
		`{"message":"No access to the project"}`: "No access to the project: there are no instances",
		`{"data":[{"instanceId":8}]}`:            "asked for instance 7 alone, the answer holds 1 and begins with 8",
		`{"data":[{"instanceId":7},{"instanceId":8}]}`: "may drop the body of a GET",
		`[{"instanceId":7},{"instanceId":7}]`:          "holds 2 and begins with 7",
		`[{"alias":"a"},{"alias":"b"}]`:                "an instance has no instanceId",
		`[null]`:                                       "an instance has no instanceId",
		`[{"code":"CO.X","message":"no"}]`:             "200 OK: no: an instance has no instanceId",
		`{"code":"CO.X","data":null}`:                  "there are no instances",
		`{"data":[{"instanceId":{}}]}`:                 "the answer cannot be decoded: instanceId holds an unexpected object",
		`[{"instanceId":7,"alias":[]}]`:                "alias holds an unexpected array",
		`[[]]`:                                         "it holds an unexpected array",
		`7`:                                            "7: it is neither an object nor a list",
		`""`:                                           "decoded: it is neither an object nor a list",
	} {
		got, err := ok(answer).client(t, qmetrytest.Context()).Integrations.Details(t.Context(), &qmetry.InstanceQuery{Instance: 7})
		if wantKinds(t, err); got != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v; want %s", answer, got, err, want)
		}
	}
}

// What is not documented stays as received, and an odd form of a flag or of nothing costs no answer.
func TestDetailsAsReceived(t *testing.T) {
	t.Parallel()
	const odd = `{"instanceId":7,"newThing":{"n":12345678901234567890},"externalProjects":[{"modules":[]},{"modules":{"requirement":"","issue":{"fields":{}}}},` +
		`{"modules":{"issue":{"id":1,"more":2,"fields":[{"mandatory":"true","mapped":0},{"mandatory":1,"mapped":"FALSE"}]}}}]}`
	const empty = `{"instanceId":8,"externalProjects":{}}`
	got, err := ok(`{"data":[`+odd+`,`+empty+`]}`).client(t, qmetrytest.Context()).Integrations.Details(t.Context(), nil)
	mandatory := qmetry.Field{Mandatory: true}
	want := []qmetry.Instance{
		{InstanceID: 7, Raw: json.RawMessage(odd), ExternalProjects: []qmetry.ExternalProject{
			{}, {}, {Modules: qmetry.Modules{Issue: qmetry.Module{ID: "1", Fields: []qmetry.Field{mandatory, mandatory}}}},
		}},
		{InstanceID: 8, Raw: json.RawMessage(empty)},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}
