package jira_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/internal/surface"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// invoke calls a method with the arguments that fill gives, a good one where it gives none, and reads an iterator to its
// end. A panic is an error of its own kind.
func invoke(method reflect.Value, fill func(t reflect.Type) (reflect.Value, bool)) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{v}
		}
	}()
	t := method.Type()
	args := make([]reflect.Value, 0, t.NumIn())
	for i := range t.NumIn() {
		in := t.In(i)
		if t.IsVariadic() && i == t.NumIn()-1 {
			in = in.Elem()
			if in != reflect.TypeFor[jira.Upload]() && in != reflect.TypeFor[jira.WebhookInput]() {
				continue
			}
		}
		arg, ok := fill(in)
		if !ok {
			arg = good(in)
		}
		args = append(args, arg)
	}
	for _, out := range method.Call(args) {
		n := 0
		switch {
		case out.Kind() == reflect.Func && out.IsNil():
		case out.Kind() == reflect.Func && out.Type().CanSeq2():
			for _, e := range out.Seq2() {
				if last, ok := reflect.TypeAssert[error](e); ok {
					err = last
				}
				if n++; n == 100 {
					break // a server may well send items for ever
				}
			}
		case out.Type() == reflect.TypeFor[error]() && !out.IsNil():
			err = out.Interface().(error)
		}
	}
	return err
}

type panicked struct{ value any }

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// good is an argument that a call may well have.
func good(t reflect.Type) reflect.Value {
	switch {
	case t == reflect.TypeFor[context.Context]():
		return reflect.ValueOf(context.Background())
	case t == reflect.TypeFor[io.Writer]():
		return reflect.ValueOf(io.Discard)
	case t == reflect.TypeFor[jira.Upload]():
		return reflect.ValueOf(jira.UploadReader("f", strings.NewReader("x")))
	case t == reflect.TypeFor[jira.IssueUpdate]():
		return reflect.ValueOf(jira.IssueUpdate{Summary: new("s")})
	case t == reflect.TypeFor[jira.IssueInput]():
		return reflect.ValueOf(minimal())
	case t == reflect.TypeFor[jira.WebhookInput]():
		return reflect.ValueOf(jira.WebhookInput{})
	case t == reflect.TypeFor[*jira.Attachment]():
		return reflect.ValueOf(&jira.Attachment{ID: "7", Filename: "f"})
	case t.Kind() == reflect.String:
		return reflect.ValueOf("good").Convert(t)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.String:
		return reflect.ValueOf([]string{"good"})
	case t.Kind() == reflect.Slice && t.Elem() == reflect.TypeFor[jira.IssueInput]():
		return reflect.ValueOf([]jira.IssueInput{minimal()})
	}
	return reflect.Zero(t)
}

// as gives one value for all arguments of type T.
func as[T any](v T) func(reflect.Type) (reflect.Value, bool) {
	return func(t reflect.Type) (reflect.Value, bool) {
		arg := reflect.New(reflect.TypeFor[T]()).Elem()
		arg.Set(reflect.ValueOf(&v).Elem())
		return arg, t == reflect.TypeFor[T]()
	}
}

// sentence wants an error that says what to do, and not by a panic.
func sentence(t *testing.T, name string, err error, want string) {
	t.Helper()
	if _, ok := errors.AsType[*panicked](err); ok || err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v, want %q", name, err, want)
	}
}

// A Client that New has not made says so, whatever is asked of it.
func TestZeroClient(t *testing.T) {
	t.Parallel()
	n := 0
	operations(&jira.Client{}, func(name string, method reflect.Value) {
		n++
		err := invoke(method, as(t.Context()))
		sentence(t, name, err, "was not made by New")
	})
	if n < 150 {
		t.Errorf("only %d methods were called", n)
	}
	for name, jc := range map[string]*jira.Client{"zero": {}, "nil": nil} {
		sentence(t, name, jc.Do(t.Context(), client.NewRequest("Op", "GET", "/x"), nil), "was not made by New")
		if url := jc.BrowseURL("WEB-1"); url != "" {
			t.Errorf("%s: %s", name, url)
		}
		_, err := jira.FieldByName(t.Context(), jc, "Points", jira.NumberField)
		sentence(t, name+" FieldByName", err, "was not made by New")
	}
}

// A context that is nil, or over, ends each operation before anything is sent.
func TestContexts(t *testing.T) {
	t.Parallel()
	l := &log{}
	jc := newClient(t, l)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	operations(jc, func(name string, method reflect.Value) {
		sentence(t, name+" with a nil context", invoke(method, as[context.Context](nil)), "the context is nil")
		err := invoke(method, as(over))
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a context that is over: %v", name, err)
		}
	})
	if len(l.sent) > 0 {
		t.Errorf("sent all the same: %v", l.sent)
	}
}

// Nothing but zeros for arguments: each operation works or says what is missing.
func TestZeroArguments(t *testing.T) {
	t.Parallel()
	operations(newClient(t, &log{}), func(name string, method reflect.Value) {
		err := invoke(method, func(in reflect.Type) (reflect.Value, bool) {
			return reflect.Zero(in), in != reflect.TypeFor[context.Context]()
		})
		if _, ok := errors.AsType[*panicked](err); ok || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	})
}

// An answer that has everything or nothing in it breaks no method: not those that go on with what came either.
func TestZeroAnswers(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `[]`, `null`, ``, `{"id":null,"values":null,"issues":null,"fields":null}`, `[null]`, `{"values":[null],"issues":[null]}`, `"x"`, `0`} {
		jc := newClient(t, &recorder{answers: []answer{{status: 200, body: body}}})
		operations(jc, func(name string, method reflect.Value) {
			if name == "Webhooks.KeepAlive" {
				return // until its context is over
			}
			if p, ok := errors.AsType[*panicked](invoke(method, as(t.Context()))); ok {
				t.Errorf("%s to which %q was answered: %v", name, body, p)
			}
		})
	}
}

// A pointer that is nil has no method that panics, but for the two that fill it.
func TestNilReceivers(t *testing.T) {
	t.Parallel()
	types := map[string]reflect.Type{}
	for _, v := range []any{
		(*jira.Client)(nil), (*jira.Task)(nil), (*jira.TaskError)(nil), (*jira.Issue)(nil), (*jira.Fields)(nil), (*jira.Requirements)(nil),
		(*jira.FieldMeta)(nil), (*jira.WebhookHandler)(nil), (*jira.AmbiguousError)(nil), (*jira.CreateManyError)(nil),
		(*jira.PartialArchiveError)(nil), (*jira.PartialWorklogsError)(nil), (*jira.Time)(nil), (*jira.Date)(nil), (*jira.SiteError)(nil),
	} {
		types[reflect.TypeOf(v).Elem().Name()] = reflect.TypeOf(v)
	}
	for field := range reflect.TypeFor[jira.Client]().Fields() {
		if !field.IsExported() {
			continue
		}
		types[field.Type.Elem().Name()] = field.Type
	}
	for _, f := range surface.Exported(t, ".") {
		if !f.Pointer {
			continue
		}
		typ, ok := types[f.Receiver]
		if !ok {
			t.Errorf("%s is not tried: add a nil *%s to this test", f, f.Receiver)
			continue
		}
		if strings.HasPrefix(f.Name, "Unmarshal") || f.Name == "ServeHTTP" || f.Name == "DecodeBody" {
			continue
		}
		for what, v := range map[string]reflect.Value{"nil": reflect.Zero(typ), "zero": reflect.New(typ.Elem())} {
			err := invoke(v.MethodByName(f.Name), as(t.Context()))
			if _, ok := errors.AsType[*panicked](err); ok {
				t.Errorf("%s %s: %v", what, f, err)
			}
		}
	}
}

// Iterators may be left early, and ranged over again; a call after an error is a new one.
func TestIteratorsAreReusable(t *testing.T) {
	t.Parallel()
	fake := jiratest.NewServer(jiratest.WithoutListener())
	t.Cleanup(fake.Close)
	jc, err := jira.New(fake.URL, client.BasicAuth(jiratest.Email, jiratest.Token), client.WithTransport(fake.Transport()))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := jc.Issues.Create(t.Context(), minimal()); err != nil {
			t.Fatal(err)
		}
	}
	list := jc.Issues.Search(t.Context(), "project = WEB ORDER BY key", &jira.SearchOptions{PageSize: 1})
	for range 3 {
		for issue, err := range list {
			if err != nil || issue == nil {
				t.Fatal(issue, err)
			}
			break
		}
	}
	bad := jc.Issues.Search(t.Context(), "project = ", nil)
	for range 2 {
		n := 0
		for issue, err := range bad {
			if n++; issue != nil || !errors.Is(err, client.ErrInvalid) {
				t.Errorf("%v, %v", issue, err)
			}
		}
		if n != 1 {
			t.Errorf("an error ended the list after %d turns", n)
		}
	}
	if _, err := jc.Issues.Get(t.Context(), "WEB-0", nil); !errors.Is(err, client.ErrNotFound) {
		t.Error(err)
	}
	if _, err := jc.Issues.Get(t.Context(), "WEB-1", nil); err != nil {
		t.Error(err)
	}
}

// A Client, its services and a Task may be used by any number of goroutines. The race detector watches.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	jc := newClient(t, &log{})
	task := jc.Tasks.Resume("7")
	points := jira.NumberField("customfield_10016")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			operations(jc, func(name string, method reflect.Value) {
				if err := invoke(method, as(t.Context())); err == nil {
					t.Errorf("%s: no error though every answer is 404", name)
				}
			})
			if _, err := task.Wait(t.Context()); !errors.Is(err, client.ErrNotFound) {
				t.Error(err)
			}
			if _, ok, err := points.Get(&jira.Issue{}); ok || err != nil || jc.BrowseURL("WEB-1") == "" {
				t.Error(ok, err)
			}
		})
	}
	wg.Wait()
}
