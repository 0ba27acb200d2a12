package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

const (
	ada = "5b10a2844c20165700ede21b"
	bo  = "5b10a2844c20165700ede21c"
)

// pick leaves the properties of a JSON value that tell it, wherever they are in it.
func pick(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = pick(v[i])
		}
	case map[string]any:
		if child, ok := v["child"]; ok {
			return []any{v["value"], pick(child)}
		}
		for _, name := range []string{"value", "accountId", "key", "name"} {
			if s, ok := v[name]; ok {
				return s
			}
		}
	}
	return v
}

// Each kind of field takes what people write.
func TestEveryKindOfField(t *testing.T) {
	t.Parallel()
	fake, env := site(t)
	comma := fake.AddField(jiratest.Field{Name: "Places", Type: jiratest.MultiSelectField, Options: []string{"Bern, Switzerland", "Rome"}})
	arrow := fake.AddField(jiratest.Field{
		Name: "Step", Type: jiratest.CascadingSelectField, Options: []string{"cart -> paid", "none"},
		Children: map[string][]string{"cart -> paid": {"by card", "by > bank"}},
	})
	fake.AddIssue("WEB", "Epic", "An epic", nil)
	for name, test := range map[string]struct {
		field, id, want string
	}{
		"number":               {"Story Points= 3.5 ", "customfield_10016", `3.5`},
		"text":                 {"test signature=a=b, c", "customfield_10030", `"a=b, c"`},
		"select":               {"Severity=Critical", "customfield_10031", `"Critical"`},
		"select, other case":   {"severity=MAJOR", "customfield_10031", `"Major"`},
		"select by id":         {"customfield_10031=10022", "customfield_10031", `"Minor"`},
		"select, empty":        {"Severity=", "customfield_10031", `null`},
		"select as JSON":       {`Severity:={"id":"10020"}`, "customfield_10031", `"Critical"`},
		"null as JSON":         {`Severity:=null`, "customfield_10031", `null`},
		"multi-select":         {"Browsers=Chrome, firefox,", "customfield_10032", `["Chrome","Firefox"]`},
		"multi-select, commas": {`Places=Bern\, Switzerland,Rome`, comma, `["Bern, Switzerland","Rome"]`},
		"date":                 {"Found on=2026-01-31", "customfield_10033", `"2026-01-31"`},
		"user by id":           {"Tester=" + ada, "customfield_10034", `"` + ada + `"`},
		"user by address":      {"Tester=ADA@acme.example", "customfield_10034", `"` + ada + `"`},
		"user by name":         {"Tester=Ada Fischer", "customfield_10034", `"` + ada + `"`},
		"moment":               {"Last failure=2026-01-31T15:04:05+01:00", "customfield_10036", `"2026-01-31T14:04:05.000+0000"`},
		"moment, no seconds":   {"Last failure=2026-01-31T15:04Z", "customfield_10036", `"2026-01-31T15:04:00.000+0000"`},
		"labels":               {"Suites=smoke, nightly", "customfield_10037", `["smoke","nightly"]`},
		"cascade":              {"Area=frontend > cart page", "customfield_10038", `["Frontend","Cart page"]`},
		"cascade, parent":      {"Area=Unknown", "customfield_10038", `"Unknown"`},
		"cascade, > in names":  {"Step=cart -> paid > by > bank", arrow, `["cart -> paid","by > bank"]`},
		"cascade, > in parent": {"Step=cart -> paid", arrow, `"cart -> paid"`},
		"check boxes":          {"Platforms=Linux,macOS", "customfield_10039", `["Linux","macOS"]`},
		"radio buttons":        {"Frequency=Always", "customfield_10040", `"Always"`},
		"users":                {"Reviewers=Ada Fischer, " + bo, "customfield_10041", `["` + ada + `","` + bo + `"]`},
		"address":              {"Build=https://ci.example/7?a=b,c", "customfield_10042", `"https://ci.example/7?a=b,c"`},
		"version":              {"Seen in=1.1", "customfield_10043", `"1.1"`},
		"versions":             {"Verified in=1.1,1.0", "customfield_10044", `["1.1","1.0"]`},
		"group":                {"Owners=developers", "customfield_10045", `"developers"`},
		"groups":               {"Informed=developers,site-admins", "customfield_10046", `["developers","site-admins"]`},
		"project by key":       {"Affected project=OPS", "customfield_10047", `"OPS"`},
		"project by name":      {"Affected project=operations", "customfield_10047", `"OPS"`},
		"sprint":               {"Sprint=1", "customfield_10049", `["Sprint 1"]`},
		"epic":                 {"Epic Link=WEB-1", "customfield_10050", `"WEB-1"`},
		"fix versions":         {"Fix versions=1.1", "fixVersions", `["1.1"]`},
		"components":           {"Components=Cart", "components", `["Cart"]`},
		"reporter":             {"Reporter=Ada Fischer", "reporter", `"` + ada + `"`},
		"priority":             {"Priority=low", "priority", `"Low"`},
		"parent":               {"Parent=WEB-1", "parent", `"WEB-1"`},
		"environment":          {"Environment=**prod**", "environment", `"**prod**"`},
		"rich text":            {"Steps to reproduce=1. buy **two**", "customfield_10035", `"1. buy **two**"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := call(t, env, "It fails", "-project", "WEB", "-json", "-field", test.field)
			if code != program.ExitOK {
				t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
			}
			fields, err := json.Marshal(fake.Issue(decode(t, stdout).Key).Fields)
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]json.RawMessage
			if err := json.Unmarshal(fields, &got); err != nil {
				t.Fatal(err)
			}
			var want, value any
			if raw := got[test.id]; raw != nil {
				if err := json.Unmarshal(raw, &value); err != nil {
					t.Fatal(err)
				}
			}
			if err := json.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(test.want, "**") {
				doc, _, err := jira.RichTextField(test.id).Get(&jira.Issue{Fields: fake.Issue(decode(t, stdout).Key).Fields})
				if test.id == "environment" {
					doc, err = fake.Issue(decode(t, stdout).Key).Fields.Environment, nil
				}
				if err != nil {
					t.Fatal(err)
				}
				value = doc.Markdown()
			}
			if diff := cmp.Diff(want, pick(value)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.id, diff)
			}
		})
	}
}

// Everything that is wrong is told at once, each on a line of its own, and nothing is sent.
func TestWrongFields(t *testing.T) {
	t.Parallel()
	fake, env := site(t)
	fake.AddField(jiratest.Field{Name: "Team", Type: jiratest.SelectField, Required: true, Options: []string{"Blue", "Red"}})
	odd := fake.AddField(jiratest.Field{Name: "Area", Type: jiratest.TextField})
	args := []string{"-project", "WEB", "-component", "Nope", "-priority", "Urgent", "-assignee", "No Body"}
	want := []string{
		`-field "Area": `, `2 fields are called "Area"`, "customfield_10038, a CascadingSelectField", odd + ", a TextField",
		"create-issue: Assignee takes a user, and none is found by \"No Body\": give the account id\n",
		"create-issue: Components ", "create-issue: Priority ", "create-issue: Team is required: choose from Blue, Red\n",
	}
	for field, problem := range map[string]string{
		"Area=x":                              "",
		"Nope=x":                              `-field "Nope": no field is called "Nope"`,
		"Story Points=abc":                    `Story Points takes a number, not "abc"`,
		"Severity=Odd":                        `Severity has no choice "Odd": choose from Critical, Major, Minor`,
		"Browsers=Chrome,Opera":               `Browsers has no choice "Opera"`,
		"Found on=yesterday":                  `Found on takes a day, as in 2026-01-31, not "yesterday"`,
		"Tester=@acme":                        "Tester takes a user, and none is found",
		"Last failure=2026-01-31T15:04:05":    "Last failure takes a moment with its time zone",
		"Suites:=[\"two words\"]":             "Suites takes no label with a blank",
		"customfield_10038=Frontend > Prices": `-field "customfield_10038": Area below Frontend has no choice "Prices": choose from`,
		"Build=ci.example/7":                  `Build takes an address, as in https://ci.example/build/7, not "ci.example/7"`,
		"Seen in=9.9":                         `Seen in has no choice "9.9"`,
		"Sprint=Sprint 1":                     `Sprint takes the id of a sprint, which is a number, not "Sprint 1"`,
		"Time tracking=2d":                    `Time tracking is a timetracking, which this program cannot make of a text: give it as JSON, "Time tracking:=…"`,
		"Steps to reproduce=" + strings.Repeat("x", 40000): "Steps to reproduce takes no such text: it has 40000 characters, and Jira takes 32767: shorten it, or let -truncate do so",
	} {
		args = append(args, "-field", field)
		if problem != "" {
			want = append(want, "create-issue: "+problem)
		}
	}
	code, stdout, stderr := call(t, env, "It fails", args...)
	if code != program.ExitFailed || stdout != "" || writes(fake) > 0 {
		t.Fatalf("exit %d, %d writes\n%s%s", code, writes(fake), stdout, stderr)
	}
	for _, s := range want {
		if !strings.Contains(stderr, s) {
			t.Errorf("nobody says %q:\n%s", s, stderr)
		}
	}
	if n := strings.Count(stderr, "\n"); n != 15+4 {
		t.Errorf("%d lines:\n%s", n, stderr)
	}
	_, stdout, _ = call(t, env, "It fails", append(args, "-json")...)
	if r := decode(t, stdout); r.Result != failed || len(r.Errors) != 15+4 || r.Key != "" {
		t.Errorf("%+v", r)
	}
}

func TestNumbersThatAreNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"NaN", "-Inf", "1e999"} {
		code, _, stderr := call(t, nil, "x", "-field", "Story Points="+text)
		if code != program.ExitFailed || !strings.Contains(stderr, "takes a number, not \""+text) {
			t.Errorf("%s: exit %d: %s", text, code, stderr)
		}
	}
}

// A field that is given twice is not guessed at.
func TestFieldTwice(t *testing.T) {
	t.Parallel()
	code, _, stderr := call(t, nil, "x", "-field", "Severity=Major", "-field", "customfield_10031=Minor", "-label", "a", "-field", "Labels=b")
	if code != program.ExitFailed || !strings.Contains(stderr, `-field "customfield_10031": the field is given twice`) || !strings.Contains(stderr, "Labels: the field is given twice") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

func TestTruncatedField(t *testing.T) {
	t.Parallel()
	fake, env := site(t)
	code, _, stderr := call(t, env, "x", "-project", "WEB", "-truncate", "-field", "Steps to reproduce="+strings.Repeat("x ", 20000))
	if code != program.ExitOK || !strings.Contains(stderr, "Steps to reproduce: ") || !strings.Contains(stderr, "the first 32767 are left") {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	doc, _, err := jira.RichTextField("customfield_10035").Get(fake.Issue("WEB-1"))
	if err != nil || doc.Len() > 32767 || doc.Len() < 32000 {
		t.Errorf("%d characters, %v", doc.Len(), err)
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	fake, env := site(t)
	fake.AddUser("Ada Fischer", "ada.f@acme.example")
	for range 12 {
		fake.AddUser("Eve Many", "")
	}
	fake.AddUser("Gil One", "gil@acme.example")
	fake.AddUser("Gil One-Two", "gil2@acme.example")
	for who, want := range map[string]string{
		"Ada Fischer":   "takes one user, and 2 users are found by \"Ada Fischer\": give the account id of one of Ada Fischer (" + ada + "), Ada Fischer (",
		"Eve Many":      "takes one user, and 12 users are found by \"Eve Many\"",
		"Nobody At All": "none is found by \"Nobody At All\"",
		"Bo Lind":       `"Bo Lind" is taken for Bo Lindqvist (` + bo + ").",
		"Gil One":       "",
	} {
		code, stdout, stderr := call(t, env, "x", "-project", "WEB", "-json", "-field", "Tester="+who)
		ok := want == "" && stderr == "" || want != "" && strings.Contains(stderr, want)
		if !ok || (code == program.ExitOK) != (who == "Bo Lind" || who == "Gil One") {
			t.Errorf("%s: exit %d\n%s%s", who, code, stdout, stderr)
		}
	}
	fake.Faults().Add(faults.Rule{Path: "/rest/api/3/user/search", Status: http.StatusForbidden})
	for _, args := range [][]string{{"-field", "Tester=Bo Lindqvist"}, {"-assignee", "bo@acme.example"}, {"-field", "Reviewers=Bo Lindqvist"}} {
		code, _, stderr := call(t, env, "x", append(args, "-project", "WEB")...)
		if code != program.ExitFailed || !strings.Contains(stderr, "could not be looked up: Users.Search: ") {
			t.Errorf("%v: exit %d: %s", args, code, stderr)
		}
	}
}
