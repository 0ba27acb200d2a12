package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/examples/internal/programtest"
	"github.com/jira-integrations/go-sdk/jira/jsmops"
	"github.com/jira-integrations/go-sdk/jira/jsmops/jsmopstest"
)

// call runs the program and returns its exit code and what it printed.
func call(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return callWith(t.Context(), env, args...)
}

func callWith(ctx context.Context, env map[string]string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	if env["token"] != "" {
		args = append([]string{"-token", env["token"]}, args...)
	}
	code = run(ctx, args, func(name string) string { return env[name] }, &out, &errs)
	return code, out.String(), errs.String()
}

// write makes a file and returns its path.
func write(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "actions.yaml")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// real starts a fake behind a port, as a real site is behind its own, and returns the environment of an OAuth app there, with
// the file that keeps a person's login.
func real(t *testing.T, opts ...jsmopstest.Option) (srv *jsmopstest.Server, env map[string]string, id string) {
	t.Helper()
	srv = jsmopstest.NewServer(opts...)
	t.Cleanup(srv.Close)
	token := filepath.Join(t.TempDir(), "token.json")
	login := oauth.NewToken(jsmopstest.OAuthToken, "", time.Time{})
	if err := oauth.NewSource(oauth.Config{}, oauth.FileStore(token)).Save(t.Context(), login); err != nil {
		t.Fatal(err)
	}
	env = map[string]string{"JIRA_BASE_URL": srv.URL, "JIRA_OAUTH_CLIENT_ID": "i", "JIRA_OAUTH_CLIENT_SECRET": "s", "token": token}
	return srv, env, srv.AddIntegration(jsmops.Integration{Name: "CI alerts", Type: "API"})
}

// writes counts the requests that could have changed something.
func writes(srv *jsmopstest.Server) (n int) {
	for _, r := range srv.Requests() {
		if r.Method != http.MethodGet {
			n++
		}
	}
	return n
}

// results are what became of the actions, as in "created a, moved b".
func results(t *testing.T, stdout string) string {
	t.Helper()
	var list []string
	for _, r := range programtest.Rows[row](t, stdout) {
		text := r.Result + " " + r.Action
		if len(r.Changes) > 0 {
			text += " " + strings.Join(r.Changes, "+")
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

func order(srv *jsmopstest.Server, id string) string {
	var list []string
	for _, a := range srv.Actions(id) {
		list = append(list, a.Name)
	}
	return strings.Join(list, " ")
}

// file lists actions of the type create unless they say another, by their names and what each says beyond that.
func file(actions ...string) string {
	text := "integration: CI alerts\nactions:\n"
	for _, a := range actions {
		if !strings.Contains(a, ", type: ") {
			a += ", type: create"
		}
		text += "- {name: " + a + "}\n"
	}
	return text
}

// One file after the other is brought about; each is planned first, and when it is done nothing is left to do.
func TestApply(t *testing.T) {
	t.Parallel()
	srv, env, id := real(t, jsmopstest.WithEnabledTold())
	const out = ", direction: outgoing, type: publish, groupType: updating, actionMapping: {type: create, parameter: {url: x}}"
	for _, step := range []struct {
		name, file, want, order string
		flags                   []string
	}{
		{name: "new", file: file("a", "b", "c"), want: "created a, created b, created c", order: "a b c"},
		{name: "another order", file: file("c", "a", "b"), want: "updated c order, unchanged a, unchanged b", order: "c a b"},
		{name: "in between", file: file("c", "d", "a", "b"), want: "unchanged c, created d order, unchanged a, unchanged b", order: "c d a b"},
		{name: "in front", file: file("e", "c"), want: "created e order, unchanged c, kept d, kept a, kept b", order: "e c d a b"},
		{name: "last", file: file("b", "a"), want: "updated b order, unchanged a, kept e, kept c, kept d", order: "e c d b a"},
		{
			name: "only these", file: file("a", "b"), flags: []string{"-prune"}, order: "a b",
			want: "updated a order, unchanged b, deleted e, deleted c, deleted d",
		},
		{
			name: "filter", file: file("a, type: create, filter: {conditionMatchType: match-any-condition, conditions: [{field: tags, operation: contains, expectedValue: x}]}", "b"),
			want: "updated a filter, unchanged b", order: "a b",
		},
		{name: "no filter", file: file("a", "b"), want: "unchanged a, unchanged b", order: "a b"},
		{
			name: "everything", file: file("a, type: create, filter: {conditionMatchType: match-all}", "b"),
			want: "updated a filter, unchanged b", order: "a b",
		},
		{name: "switched off", file: file("a, enabled: false", "b"), want: "updated a enabled, unchanged b", order: "a b"},
		{name: "not said", file: file("a", "b"), want: "unchanged a, unchanged b", order: "a b"},
		{name: "still switched off", file: file("a, fieldMappings: {n: 1.0}", "b"), want: "updated a fieldMappings, unchanged b", order: "a b"},
		{name: "as another number", file: file("a, enabled: false, fieldMappings: {n: 1, none: ~}", "b"), want: "unchanged a, unchanged b", order: "a b"},
		{name: "switched on", file: file("a, enabled: true", "b"), want: "updated a enabled, unchanged b", order: "a b"},
		{
			name: "settings and order", file: file("b, fieldMappings: {tags: [x], n: 9007199254740993}, typeSpecificProperties: {on: true}", "a"),
			want: "updated b typeSpecificProperties+fieldMappings+order, unchanged a", order: "b a",
		},
		{name: "fewer settings", file: file("b, fieldMappings: {n: 9007199254740993}", "a"), want: "unchanged b, unchanged a", order: "b a"},
		{name: "other settings", file: file("b, fieldMappings: {n: 9007199254740992}", "a"), want: "updated b fieldMappings, unchanged a", order: "b a"},
		{name: "outgoing", file: file("x"+out, "b", "a"), want: "created x, unchanged b, unchanged a", order: "b a x"},
		{
			name: "another mapping", file: file("x"+strings.Replace(out, "url: x", "url: y", 1), "b", "a"),
			want: "updated x actionMapping, unchanged b, unchanged a", order: "b a x",
		},
		{
			name: "no mapping type", file: file("x, direction: outgoing, type: publish, groupType: updating, actionMapping: {parameter: {url: z}}", "b", "a"),
			want: "updated x actionMapping, unchanged b, unchanged a", order: "b a x",
		},
		{name: "same name, other type", file: file("b", "b, type: close"), want: "unchanged b, created b, kept a, kept x", order: "b a x b"},
	} {
		name := write(t, step.file)
		before := writes(srv)
		code, stdout, stderr := call(t, env, append(step.flags, "-json", name)...)
		plan := strings.NewReplacer("created", "would create", "updated", "would update", "deleted", "would delete").Replace(step.want)
		if got := results(t, stdout); code != program.ExitOK || got != plan || writes(srv) != before {
			t.Fatalf("%s: planned %s after %d writes, want %s; exit %d\n%s", step.name, got, writes(srv)-before, plan, code, stderr)
		}
		code, stdout, stderr = call(t, env, append(step.flags, "-apply", "-json", name)...)
		if got := results(t, stdout); code != program.ExitOK || got != step.want || order(srv, id) != step.order {
			t.Fatalf("%s: %s in the order %s, want %s in %s; exit %d\n%s", step.name, got, order(srv, id), step.want, step.order, code, stderr)
		}
		before = writes(srv)
		code, stdout, stderr = call(t, env, append(step.flags, "-apply", "-json", name)...)
		if got := results(t, stdout); code != program.ExitOK || strings.Count(stdout, "\n") != strings.Count(got, unchanged)+strings.Count(got, kept) || writes(srv) != before {
			t.Fatalf("%s: the second run %s after %d writes; exit %d\n%s", step.name, got, writes(srv)-before, code, stderr)
		}
	}
	if x := srv.Actions(id)[2]; x.ActionMapping.Type != "create" || string(x.ActionMapping.Parameter["url"]) != `"z"` {
		t.Errorf("the mapping is another: %+v", x)
	}
	b := srv.Actions(id)[0]
	if string(b.FieldMappings["n"]) != "9007199254740992" || string(b.FieldMappings["tags"]) != `["x"]` || !*b.Enabled {
		t.Errorf("what the file did not mention is another: %+v", b)
	}
}

// A plan for people, and then what was done; where all is as wanted that is told once.
func TestText(t *testing.T) {
	t.Parallel()
	srv, env, id := real(t)
	name := write(t, file("a"))
	code, stdout, stderr := call(t, env, name)
	if code != program.ExitOK || stdout != "would create  incoming  create        -  a\n" || !strings.Contains(stderr, "Nothing was changed: -apply does it.") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	code, stdout, stderr = call(t, env, "-apply", name)
	made := srv.Actions(id)[0]
	if code != program.ExitOK || !strings.HasPrefix(stdout, "would create ") || !strings.HasSuffix(stdout, "created       incoming  create        "+made.ID+"  a\n") || stderr != "" {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	code, stdout, stderr = call(t, env, "-apply", name)
	if code != program.ExitOK || stdout != "unchanged     incoming  create        "+made.ID+"  a\n" || !strings.Contains(stderr, "does not tell which actions are enabled") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
}

// A server that does not tell what is enabled is told what the file says, in each run; without a word there nothing that would
// need it is changed.
func TestEnabledNotTold(t *testing.T) {
	t.Parallel()
	srv, env, id := real(t)
	_, err := srv.AddAction(id, jsmops.Action{
		Name: "a", Type: "create", Domain: jsmops.DomainAlert, Direction: jsmops.DirectionIncoming, Filter: jsmops.MatchEverything(), Enabled: new(true),
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		before := writes(srv)
		code, stdout, stderr := call(t, env, "-apply", "-json", write(t, file("a, enabled: false")))
		if code != program.ExitOK || results(t, stdout) != "updated a enabled" || !strings.Contains(stdout, `"enabledNotTold":true`) || *srv.Actions(id)[0].Enabled || writes(srv) != before+1 {
			t.Errorf("exit %d after %d writes\n%s%s", code, writes(srv)-before, stdout, stderr)
		}
	}
	code, stdout, stderr := call(t, env, write(t, file("a, enabled: true")))
	if code != program.ExitOK || !strings.Contains(stdout, "(enabled, which the server does not tell)") || !strings.Contains(stderr, "does not tell which actions are enabled") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	before := writes(srv)
	code, stdout, stderr = call(t, env, "-apply", "-json", write(t, file("a, fieldMappings: {n: 1}", "new")))
	if code != program.ExitFailed || stdout != "" || !strings.Contains(stderr, "write enabled: true or false") || writes(srv) != before {
		t.Errorf("exit %d after %d writes\n%s%s", code, writes(srv)-before, stdout, stderr)
	}
	code, stdout, stderr = call(t, env, "-apply", "-json", write(t, file("a")))
	if code != program.ExitOK || results(t, stdout) != "unchanged a" || !strings.Contains(stdout, `"enabledNotTold":true`) || writes(srv) != before {
		t.Errorf("exit %d after %d writes\n%s%s", code, writes(srv)-before, stdout, stderr)
	}
}

// The shipped file is brought about on a fake, which is kept.
func TestShippedFile(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state.json")
	for _, want := range []string{created, unchanged} {
		code, stdout, stderr := call(t, nil, "-json", "-apply", "-state", state)
		if code != program.ExitOK || strings.Count(stdout, `"result":"`+want+`"`) != 4 || !strings.Contains(stderr, "Kept state: working on a fake") {
			t.Errorf("exit %d\n%s%s", code, stdout, stderr)
		}
	}
	code, stdout, stderr := call(t, nil)
	if code != program.ExitOK || strings.Count(stdout, wouldCreate) != 4 || !strings.Contains(stderr, "No credentials in the environment") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
}

// What fails is named, what is left is told, and another run does it.
func TestFailures(t *testing.T) {
	t.Parallel()
	const actions = jsmopstest.Base + "/v1/integrations/{id}/actions"
	for name, test := range map[string]struct {
		rule        faults.Rule
		want, order string
		say         string
	}{
		"create": {
			faults.Rule{Method: "POST", Path: actions, Status: 422, Times: 1, Body: `{"errors":[{"title":"no more actions"}]}`},
			"failed n, updated b filter, unchanged a, kept z", "z a b", `incoming action "n" of type create: Actions.Create: POST /v1/integrations/{integrationId}/actions: 422 Unprocessable Entity: no more actions`,
		},
		"update": {
			faults.Rule{Method: "PATCH", Path: actions + "/{id}", Status: 403, Times: 1}, "created n, failed b filter, unchanged a, kept z", "z a b n", "403 Forbidden",
		},
		"order": {
			faults.Rule{Method: "PATCH", Path: actions + "/{id}/order", Status: 403, Times: 1},
			"created n, failed b filter, unchanged a, kept z", "z a b n", "403 Forbidden",
		},
		"update without an answer": {
			faults.Rule{Method: "PATCH", Path: actions + "/{id}", Status: 502, Times: 1},
			"created n, failed b filter, unchanged a, kept z", "z a b n", "the outcome is unknown, look before sending it again: the server gave no reason; run it again, which looks first",
		},
		"second look": {
			faults.Rule{Method: "GET", Path: actions, After: 2, Status: 403, Times: 1}, "created n, updated b filter, unchanged a, kept z", "z a b n", "Actions.List",
		},
		"list": {faults.Rule{Method: "GET", Path: actions, Status: 403, Times: 1}, "", "z a b", "Actions.List"},
		"read": {faults.Rule{Method: "GET", Path: actions + "/{id}", Status: 403, Times: 1}, "", "z a b", `incoming action "b" of type create: Actions.Get`},
		"integrations": {
			faults.Rule{Method: "GET", Path: jsmopstest.Base + "/v1/integrations", Status: 401, Times: 1}, "", "z a b", "Integrations.List",
		},
	} {
		srv, env, id := real(t, jsmopstest.WithEnabledTold())
		for _, name := range []string{"z", "a", "b"} {
			_, err := srv.AddAction(id, jsmops.Action{Name: name, Type: "create", Domain: jsmops.DomainAlert, Direction: jsmops.DirectionIncoming, Filter: jsmops.MatchEverything()})
			if err != nil {
				t.Fatal(err)
			}
		}
		wanted := write(t, file("n", "b, type: create, filter: {conditionMatchType: match-any-condition, conditions: [{field: tags, operation: is-empty}]}", "a"))
		srv.Faults().Add(test.rule)
		code, stdout, stderr := call(t, env, "-apply", "-json", wanted)
		if got := results(t, stdout); code != program.ExitFailed || got != test.want || !strings.Contains(stderr, test.say) || order(srv, id) != test.order {
			t.Errorf("%s: exit %d, %s in the order %s\n%s", name, code, got, order(srv, id), stderr)
		}
		code, stdout, stderr = call(t, env, "-apply", "-json", wanted)
		if got := order(srv, id); code != program.ExitOK || got != "z n b a" {
			t.Errorf("%s, again: exit %d, %s\n%s%s", name, code, got, stdout, stderr)
		}
	}
}

// An account's token does not delete: the error says which scope is missing.
func TestPruneNeedsAnApp(t *testing.T) {
	t.Parallel()
	srv, _, id := real(t)
	if _, err := srv.AddAction(id, jsmops.Action{Name: "z", Type: "create", Direction: jsmops.DirectionIncoming}); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"JIRA_BASE_URL": srv.URL, "JIRA_EMAIL": jsmopstest.Email, "JIRA_API_TOKEN": jsmopstest.Token}
	code, stdout, stderr := call(t, env, "-apply", "-prune", "-json", write(t, file("a")))
	if got := results(t, stdout); code != program.ExitFailed || got != "created a, failed z" || !strings.Contains(stderr, "delete:ops-config:jira-service-management") {
		t.Errorf("exit %d, %s\n%s", code, got, stderr)
	}
	for _, secret := range []string{jsmopstest.Token, "Basic "} {
		if strings.Contains(stdout+stderr, secret) {
			t.Errorf("the output holds the credential:\n%s%s", stdout, stderr)
		}
	}
}

// What cannot be decided is left alone, whatever else there is to do.
func TestUndecided(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		there []jsmops.Action
		file  string
		say   string
	}{
		"two of a kind": {[]jsmops.Action{{Name: "a", Type: "create", Direction: "incoming"}, {Name: "a", Type: "create", Direction: "incoming"}}, file("a"), "there are 2 of them"},
		"another group": {[]jsmops.Action{{Name: "a", Type: "p", Direction: "outgoing", Domain: "alert", GroupType: "checkbox"}}, file("a, type: p, direction: outgoing, groupType: updating"), "cannot be changed"},
		"new, no type":  {nil, file("a, type: p, direction: outgoing, groupType: updating, actionMapping: {parameter: {u: x}}"), "actionMapping.type: it is empty"},
		"no type at all": {
			[]jsmops.Action{{Name: "a", Type: "p", Direction: "outgoing", Domain: "alert", GroupType: "updating"}},
			file("a, type: p, direction: outgoing, groupType: updating, actionMapping: {parameter: {u: x}}"), "write the type",
		},
		"no integration":   {nil, strings.Replace(file("a"), "CI alerts", "CI", 1), `there is no integration with the name or id "CI", but CI alerts, Twin, Twin`},
		"two integrations": {nil, strings.Replace(file("a"), "CI alerts", "Twin", 1), "give the id"},
	} {
		srv, env, id := real(t)
		for range 2 {
			srv.AddIntegration(jsmops.Integration{Name: "Twin"})
		}
		for _, a := range test.there {
			if _, err := srv.AddAction(id, a); err != nil {
				t.Fatal(err)
			}
		}
		code, stdout, stderr := call(t, env, "-apply", write(t, test.file))
		if code != program.ExitFailed || stdout != "" || !strings.Contains(stderr, test.say) || writes(srv) > 0 {
			t.Errorf("%s: exit %d after %d writes\n%s%s", name, code, writes(srv), stdout, stderr)
		}
		byID := write(t, file("new"))
		if code, _, stderr = call(t, env, "-apply", "-integration", srv.Integrations()[1].ID, byID); code != program.ExitOK || order(srv, srv.Integrations()[1].ID) != "new" {
			t.Errorf("by id: exit %d\n%s", code, stderr)
		}
	}
}

// An interrupted run finishes what it has begun, and says what it has not.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	srv, env, id := real(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	port := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		srv.ServeHTTP(w, r)
		if r.Method == http.MethodPost {
			w.(http.Flusher).Flush()
			cancel()
		}
	}))
	defer port.Close()
	env["JIRA_BASE_URL"] = port.URL + jsmopstest.Base
	code, stdout, stderr := callWith(ctx, env, "-apply", "-json", write(t, file("a", "b")))
	if code != program.ExitInterrupted || order(srv, id) != "a" || !strings.HasSuffix(results(t, stdout), "skipped b") || !strings.Contains(stderr, "run it again") {
		t.Errorf("exit %d, %s\n%s", code, results(t, stdout), stderr)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := write(t, file("a"))
	app := map[string]string{"JIRA_BASE_URL": "https://acme.example", "JIRA_OAUTH_CLIENT_ID": "i", "JIRA_OAUTH_CLIENT_SECRET": "s"}
	empty, err := jsmopstest.NewServer(jsmopstest.WithoutListener()).Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	account := map[string]string{"JIRA_BASE_URL": "https://acme.example", "JIRA_EMAIL": "a@acme.example", "JIRA_API_TOKEN": "t"}
	for name, test := range map[string]struct {
		env  map[string]string
		args []string
		code int
		say  string
	}{
		"help":              {nil, []string{"-help"}, program.ExitOK, "-prune"},
		"unknown flag":      {nil, []string{"-x"}, program.ExitUsage, "not defined: -x"},
		"two files":         {nil, []string{good, good}, program.ExitUsage, "at most one file"},
		"no such file":      {nil, []string{filepath.Join(dir, "none")}, program.ExitUsage, "no such file"},
		"no file":           {account, nil, program.ExitUsage, "name the file"},
		"some credentials":  {map[string]string{"JIRA_EMAIL": "a"}, nil, program.ExitUsage, "lacks JIRA_BASE_URL, JIRA_API_TOKEN"},
		"app alone":         {map[string]string{"JIRA_OAUTH_CLIENT_ID": "i"}, nil, program.ExitUsage, "lacks JIRA_BASE_URL, JIRA_OAUTH_CLIENT_SECRET"},
		"no login":          {app, []string{"-token", filepath.Join(dir, "none")}, program.ExitUsage, `run oauth-login -scopes "read:ops-config:jira-service-management write:`},
		"no site":           {map[string]string{"JIRA_BASE_URL": "acme", "JIRA_EMAIL": "a", "JIRA_API_TOKEN": "t"}, nil, program.ExitUsage, "JIRA_BASE_URL: "},
		"state is a folder": {nil, []string{"-state", dir}, program.ExitUsage, "-state: "},
		"file is a folder":  {nil, []string{dir}, program.ExitUsage, "is a directory"},
		"empty state":       {nil, []string{"-state", write(t, string(empty))}, program.ExitFailed, `there is no integration with the name or id "CI alerts", nor any other`},
		"no folder":         {nil, []string{"-state", filepath.Join(dir, "none", "state")}, program.ExitUsage, "-state: "},
		"foreign state":     {nil, []string{"-state", good}, program.ExitFailed, "remove it to start anew"},
		"bad file":          {nil, []string{write(t, "actions: [{name: a}]")}, program.ExitUsage, "names no integration"},
	} {
		code, stdout, stderr := call(t, test.env, test.args...)
		if code != test.code || stdout != "" || !strings.Contains(stderr, test.say) {
			t.Errorf("%s: exit %d\n%s%s", name, code, stdout, stderr)
		}
	}
}

// The result of a run whose output nobody can read is told as an error.
func TestOutputIsLost(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	if code := run(t.Context(), []string{"-apply"}, func(string) string { return "" }, full{}, &stderr); code != program.ExitFailed || !strings.Contains(stderr.String(), "4 created") {
		t.Errorf("exit %d\n%s", code, &stderr)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, fmt.Errorf("no space left") }
