package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

const (
	issuePath  = "/rest/api/3/issue"
	attachPath = "/rest/api/3/issue/{key}/attachments"
)

// names are the files that an issue has.
func names(fake *jiratest.Server, key string) string {
	var all []string
	for _, a := range fake.Issue(key).Fields.Attachments {
		all = append(all, a.Filename)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func TestAttach(t *testing.T) {
	t.Parallel()
	fake, env := site(t)
	a, b := write(t, "a.txt", "a"), write(t, "b.txt", "b")
	code, stdout, stderr := call(t, env, "x", "-project", "WEB", "-json", "-attach", a, "-attach", b)
	r := decode(t, stdout)
	if code != program.ExitOK || len(r.Attachments) != 2 || r.Attachments[0].ID == "" || r.Attachments[1].File != "b.txt" || names(fake, "WEB-1") != "a.txt b.txt" {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
}

// An upload that fails leaves the issue, and the others; the user is told what to do.
func TestFailedUpload(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rule faults.Rule
		says []string
		has  string
	}{
		"refused": {
			faults.Rule{Status: http.StatusForbidden, Body: `{"errorMessages":["no\u001b[31m"]}`},
			[]string{"create-issue: a.txt: Attachments.Upload: ", "403 Forbidden"},
			"b.txt",
		},
		"lost": {faults.Rule{Cut: faults.CutAfter}, []string{"create-issue: a.txt: it may or may not be attached: "}, "a.txt b.txt"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, env := site(t)
			rule := test.rule
			rule.Method, rule.Path, rule.Times = http.MethodPost, attachPath, 1
			fake.Faults().Add(rule)
			args := []string{"-project", "WEB", "-attach", write(t, "a.txt", "a"), "-attach", write(t, "b.txt", "b")}
			code, stdout, stderr := call(t, env, "x", args...)
			if code != program.ExitFailed || !strings.HasPrefix(stdout, "WEB-1  created  ") || names(fake, "WEB-1") != test.has || strings.Contains(stderr, "\x1b") {
				t.Fatalf("exit %d, attached %s\n%s%s", code, names(fake, "WEB-1"), stdout, stderr)
			}
			for _, say := range append(test.says, "create-issue: WEB-1 is there, but 1 file could not be attached: attach what is missing by hand") {
				if !strings.Contains(stderr, say) {
					t.Errorf("nobody says %q:\n%s", say, stderr)
				}
			}
			fake.Faults().Clear()
			fake.Faults().Add(rule)
			_, stdout, _ = call(t, env, "x", append(args, "-json")...)
			if r := decode(t, stdout); r.Key != "WEB-2" || r.Result != created || r.Attachments[0].Error == "" || r.Attachments[1].ID == "" || len(r.Errors) != 2 {
				t.Errorf("%s", stdout)
			}
		})
	}
}

// With a key the second run attaches what the first could not, and nothing twice.
func TestSecondRunAttachesTheRest(t *testing.T) {
	t.Parallel()
	fake, env := site(t)
	fake.Faults().Add(faults.Rule{Method: http.MethodPost, Path: attachPath, After: 1, Times: 1, Status: http.StatusForbidden})
	// Two of them look the same.
	args := []string{"-project", "WEB", "-key", "cart", "-attach", write(t, "a.txt", "a"), "-attach", write(t, "b.txt", "b"), "-attach", write(t, "a.txt", "A")}
	code, stdout, stderr := call(t, env, "x", args...)
	if code != program.ExitFailed || !strings.Contains(stderr, "run this again with the same -key, which attaches what is missing") || names(fake, "WEB-1") != "a.txt a.txt" {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	fake.Faults().Add(faults.Rule{Method: http.MethodGet, Path: issuePath + "/{key}", Times: 1, Status: http.StatusForbidden})
	code, stdout, stderr = call(t, env, "x", args...)
	if code != program.ExitFailed || !strings.HasPrefix(stdout, "WEB-1  exists  ") || !strings.Contains(stderr, "so nothing was attached") {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	for range 2 {
		code, stdout, stderr = call(t, env, "x", args...)
		if code != program.ExitOK || !strings.HasPrefix(stdout, "WEB-1  exists  ") || names(fake, "WEB-1") != "a.txt a.txt b.txt" || len(fake.Issues()) != 1 {
			t.Fatalf("exit %d, attached %s\n%s%s", code, names(fake, "WEB-1"), stdout, stderr)
		}
	}
}

func TestFailedCreate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rule   faults.Rule
		says   []string
		issues int
	}{
		"lost":   {faults.Rule{Cut: faults.CutAfter}, []string{"an issue may or may not have been created; look in WEB before you run this again (-key makes it safe"}, 1},
		"broken": {faults.Rule{Status: http.StatusBadGateway}, []string{"an issue may or may not have been created"}, 0},
		"refused": {
			faults.Rule{Status: http.StatusBadRequest, Body: `{"errorMessages":["no\u001b"],"errors":{"labels":"odd","summary":"bad"}}`},
			[]string{"create-issue: no issue could be created: Jira refused it\n", "create-issue: no \n", "create-issue: Labels: odd\ncreate-issue: Summary: bad\n"},
			0,
		},
		"forbidden": {faults.Rule{Status: http.StatusForbidden}, []string{"no issue could be created: Issues.Create: "}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, env := site(t)
			rule := test.rule
			rule.Method, rule.Path, rule.Times = http.MethodPost, issuePath, 1
			fake.Faults().Add(rule)
			code, stdout, stderr := call(t, env, "x", "-project", "WEB", "-attach", write(t, "a.txt", "a"))
			if code != program.ExitFailed || stdout != "" || len(fake.Issues()) != test.issues {
				t.Fatalf("exit %d, %d issues\n%s%s", code, len(fake.Issues()), stdout, stderr)
			}
			for _, say := range test.says {
				if !strings.Contains(stderr, say) {
					t.Errorf("nobody says %q:\n%s", say, stderr)
				}
			}
		})
	}
	for name, path := range map[string]string{"types": "/issuetypes", "fields": "/issuetypes/{id}"} {
		fake, env := site(t)
		fake.Faults().Add(faults.Rule{Path: "/rest/api/3/issue/createmeta/{project}" + path, Status: http.StatusForbidden})
		code, _, stderr := call(t, env, "x", "-project", "WEB")
		if code != program.ExitFailed || writes(fake) > 0 || !strings.Contains(stderr, "403 Forbidden") {
			t.Errorf("%s: exit %d: %s", name, code, stderr)
		}
	}
}

// With a key an answer that is lost is no loss: the issue is found.
func TestLostAnswerWithKey(t *testing.T) {
	t.Parallel()
	fake, env := site(t)
	fake.Faults().Add(faults.Rule{Method: http.MethodPost, Path: issuePath, Times: 1, Cut: faults.CutAfter})
	code, stdout, stderr := call(t, env, "x", "-project", "WEB", "-key", "cart", "-json")
	if r := decode(t, stdout); code != program.ExitOK || r.Result != created || r.Key != "WEB-1" || len(fake.Issues()) != 1 {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	fake.Faults().Add(faults.Rule{Path: "/rest/api/3/search/jql", Times: 1, Status: http.StatusForbidden})
	code, stdout, stderr = call(t, env, "x", "-project", "WEB", "-key", "cart", "-dry-run", "-json")
	if r := decode(t, stdout); code != program.ExitFailed || r.Result != failed || !strings.Contains(stderr, "could not be searched for") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
}

// once runs the filing alone, where time costs nothing.
func once(t *testing.T, fake *jiratest.Server, key string) (result, string, error) {
	t.Helper()
	jc, err := jira.New(fake.URL, client.BasicAuth(jiratest.Email, jiratest.Token), client.WithTransport(fake.Transport()))
	if err != nil {
		t.Fatal(err)
	}
	r, set := result{Result: failed}, &settings{project: "WEB", issueType: "Bug", key: key}
	var said strings.Builder
	f := &filer{
		jira: jc, set: set, bar: program.NewProgress(io.Discard), out: io.Discard,
		say: func(format string, args ...any) { said.WriteString(strings.TrimSpace(format) + "\n") },
	}
	if err = f.prepare(t.Context()); err == nil {
		err = f.file(t.Context(), jira.IssueInput{Summary: "S"}, &r)
	}
	return r, said.String(), err
}

func TestKeyWithoutAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := jiratest.NewServer(jiratest.WithoutListener())
		fake.Faults().Add(faults.Rule{Method: http.MethodPost, Path: issuePath, Times: 1, Cut: faults.CutBefore})
		r, _, err := once(t, fake, "cart")
		if err == nil || !strings.Contains(err.Error(), "run this again with the same -key in half a minute") || r.Key != "" || !r.begun {
			t.Errorf("%+v, %v", r, err)
		}
		if r, _, err = once(t, fake, "cart"); err != nil || r.Result != created || len(fake.Issues()) != 1 {
			t.Errorf("%+v, %v", r, err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		fake := jiratest.NewServer(jiratest.WithoutListener(), jiratest.WithSearchDelay(5*time.Minute))
		r, said, err := once(t, fake, "cart")
		if err != nil || r.Result != created || !strings.Contains(said, "search does not show %s yet") {
			t.Errorf("%+v, %v, %s", r, err, said)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		fake := jiratest.NewServer(jiratest.WithoutListener())
		fake.Faults().Add(faults.Rule{Method: http.MethodPost, Path: issuePath, Times: 1, Status: http.StatusForbidden})
		if r, _, err := once(t, fake, "cart"); err == nil || !strings.Contains(err.Error(), "no issue could be created") || r.Key != "" {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// Two processes have filed one key at the same time: the issue with the lower id stays, and people are told.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	fake, env := site(t)
	jc, err := jira.New(fake.URL, client.BasicAuth(jiratest.Email, jiratest.Token))
	if err != nil {
		t.Fatal(err)
	}
	for _, attempt := range []string{"one", "two", "three"} {
		mark := jira.EntityProperty{Key: jira.OnceProperty, Value: json.RawMessage(`{"key":"cart","attempt":"` + attempt + `"}`)}
		input := jira.IssueInput{Project: "WEB", Type: "Bug", Summary: "S", Labels: []string{jira.OnceLabel("cart")}, Properties: []jira.EntityProperty{mark}}
		if _, err := jc.Issues.Create(t.Context(), input); err != nil {
			t.Fatal(err)
		}
	}
	fake.Faults().Add(faults.Rule{Method: http.MethodPost, Path: "/rest/api/3/issueLink", Times: 1, Status: http.StatusForbidden})
	code, stdout, stderr := call(t, env, "x", "-project", "WEB", "-key", "cart", "-json")
	r := decode(t, stdout)
	if code != program.ExitOK || r.Key != "WEB-1" || r.Result != exists || !slices.Equal(r.Duplicates, []string{"WEB-2", "WEB-3"}) {
		t.Fatalf("exit %d: %s", code, stdout)
	}
	for _, say := range []string{
		"WEB-2 was filed for the same key at the same time and is a duplicate of WEB-1; it could not be closed: ",
		"WEB-3 was filed for the same key at the same time and is a duplicate of WEB-1; it is closed.",
	} {
		if !strings.Contains(stderr, say) {
			t.Errorf("nobody says %q:\n%s", say, stderr)
		}
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	file := write(t, "report.md", "It fails")
	never, w := io.Pipe()
	defer func() { _ = w.Close() }()
	for name, args := range map[string][]string{"file": {file}, "stdin": nil} {
		var stdout, stderr bytes.Buffer
		code := run(ctx, args, func(string) string { return "" }, never, &stdout, &stderr)
		if code != program.ExitInterrupted || !strings.Contains(stderr.String(), "interrupted; nothing was created: run it again") || stdout.Len() > 0 {
			t.Errorf("%s: exit %d: %s%s", name, code, stdout.String(), stderr.String())
		}
	}
}

// Interrupted in the middle, the program finishes the write that has begun, prints what there is, and begins no other.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		at           string // the end of the path
		args         []string
		rule         faults.Rule
		stdout, says string
		issues       int
		attached     string
	}{
		"reading": {"/issuetypes", nil, faults.Rule{}, "", "interrupted; nothing was created: run it again\n", 0, ""},
		"creating": {
			"/issue", nil, faults.Rule{}, "WEB-1  created  ", "interrupted; WEB-1 is there, without 2 files: attach what is missing by hand", 1, "",
		},
		"creating for a key": {
			"/issue", []string{"-key", "cart"}, faults.Rule{}, "WEB-1  created  ", "without 2 files: run this again with the same -key", 1, "",
		},
		"creating in vain": {
			"/issue", nil,
			faults.Rule{Method: http.MethodPost, Path: issuePath, Cut: faults.CutAfter},
			"",
			"create-issue: interrupted; see above what became of the issue\n", 1, "",
		},
		"attaching":      {"/attachments", nil, faults.Rule{}, "WEB-1  created  ", "interrupted; WEB-1 is there, without 1 file: ", 1, "a.txt"},
		"attaching last": {"/attachments", []string{"last"}, faults.Rule{}, "WEB-1  created  ", "interrupted; WEB-1 is complete\n", 1, "a.txt"},
		"attaching in vain": {
			"/attachments", nil,
			faults.Rule{Method: http.MethodPost, Path: attachPath, Status: http.StatusForbidden},
			"WEB-1  created  ",
			"interrupted; WEB-1 is there, without 2 files: ", 1, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			fake, env := site(t, func(r *http.Request) {
				if strings.HasSuffix(r.URL.Path, test.at) {
					cancel()
				}
			})
			if test.rule.Path != "" {
				fake.Faults().Add(test.rule)
			}
			args := []string{"-project", "WEB", "-attach", write(t, "a.txt", "a")}
			if slices.Equal(test.args, []string{"last"}) {
				test.args = nil
			} else {
				args = append(args, "-attach", write(t, "b.txt", "b"))
			}
			var stdout, stderr bytes.Buffer
			code := run(ctx, append(args, test.args...), func(name string) string { return env[name] }, strings.NewReader("It fails"), &stdout, &stderr)
			if code != program.ExitInterrupted || !strings.HasPrefix(stdout.String(), test.stdout) || (test.stdout == "") != (stdout.Len() == 0) ||
				!strings.Contains(stderr.String(), test.says) || len(fake.Issues()) != test.issues {
				t.Fatalf("exit %d, %d issues\n%s%s", code, len(fake.Issues()), stdout.String(), stderr.String())
			}
			if test.issues > 0 && names(fake, "WEB-1") != test.attached {
				t.Errorf("attached: %s", names(fake, "WEB-1"))
			}
			for after, say := range map[string]string{"creating in vain": "an issue may or may not have been created", "attaching in vain": "a.txt: Attachments.Upload"} {
				if strings.Contains(stderr.String(), say) != (after == name) {
					t.Errorf("%q: %s", say, stderr.String())
				}
			}
		})
	}
}

func TestInterruptedAsJSON(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, env := site(t, func(*http.Request) { cancel() })
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"-project", "WEB", "-json"}, func(name string) string { return env[name] }, strings.NewReader("It fails"), &stdout, &stderr)
	r := decode(t, stdout.String())
	if code != program.ExitInterrupted || r.Result != failed || !slices.Equal(r.Errors, []string{"interrupted; nothing was created: run it again"}) {
		t.Errorf("exit %d: %s%s", code, stdout.String(), stderr.String())
	}
}
