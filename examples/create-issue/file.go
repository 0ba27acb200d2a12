package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira"
)

// checkFiles finds out before anything is created whether the files can be attached.
func checkFiles(paths []string) ([]jira.Upload, error) {
	var files []jira.Upload
	var problems []string
	for _, path := range paths {
		if err := checkFile(path); err != nil {
			problems = append(problems, err.Error())
		}
		files = append(files, jira.UploadFile(path))
	}
	if len(problems) > 0 {
		return nil, program.Usagef("-attach: %s", strings.Join(problems, "; "))
	}
	return files, nil
}

func checkFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a directory", path)
	case !info.Mode().IsRegular(): // what a pipe holds could not be sent a second time
		return fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return f.Close()
}

// filer files one issue.
type filer struct {
	jira *jira.Client
	set  *settings
	say  func(string, ...any)
	bar  *program.Progress
	out  io.Writer

	needs   *jira.Requirements
	written map[string]string // by the id of a field, what -field calls it
}

// prepare reads what a new issue needs, before the user is asked for anything.
func (f *filer) prepare(ctx context.Context) error {
	f.bar.Show("Reading what a new issue needs …")
	needs, err := f.jira.Issues.Requirements(ctx, f.set.project, f.set.issueType)
	if errors.Is(err, client.ErrNotFound) {
		return fmt.Errorf("there is no project %s that the account can see: %w", f.set.project, err)
	}
	f.needs = needs
	return withoutOp(err)
}

// file completes the input, checks it, creates the issue and attaches its files.
func (f *filer) file(ctx context.Context, input jira.IssueInput, r *result) error {
	f.bar.Show("Checking the fields …")
	input, err := f.complete(ctx, input)
	switch {
	case err != nil:
		return err
	case f.set.dryRun:
		return f.rehearse(ctx, r)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	// A write that has begun is finished even when the program is being interrupted: half of it would be worse.
	f.bar.Show("Creating the issue …")
	r.begun = true
	if err := f.create(context.WithoutCancel(ctx), input, r); err != nil {
		return err
	}
	f.bar.Clear()
	r.announce(f.set, f.out, f.say)
	if err := f.attach(ctx, r); err != nil {
		return err
	}
	return ctx.Err()
}

// complete adds what the flags say to the input, and checks the whole. It asks Jira, but changes nothing.
func (f *filer) complete(ctx context.Context, input jira.IssueInput) (jira.IssueInput, error) {
	set := f.set
	input.Project, input.Type, input.Priority, input.Parent = set.project, f.needs.Type.ID, set.priority, set.parent
	input.Labels, input.Components, input.DueDate = set.labels, set.components, set.due

	f.written = make(map[string]string)
	wrong := make(map[string]string)
	if set.assignee != "" {
		u, err := f.user(ctx, set.assignee)
		switch {
		case isRequest(err):
			return input, err
		case err != nil:
			wrong["assignee"] = "Assignee " + err.Error()
		}
		input.Assignee = u.AccountID
	}
	for _, v := range set.fields {
		field, err := f.needs.Field(v.field)
		if err != nil {
			wrong[v.field], f.written[v.field] = withoutOp(err).Error(), v.field
			continue
		}
		f.written[field.FieldID] = v.field
		value, err := f.value(ctx, field, v)
		switch {
		case isRequest(err):
			return input, err
		case err != nil:
			wrong[field.FieldID] = field.Name + " " + err.Error()
		default:
			input.Custom = append(input.Custom, value)
		}
	}

	whole := input
	if set.key != "" { // its label needs a place
		whole.Labels = append(slices.Clone(input.Labels), jira.OnceLabel(set.key))
	}
	if err := f.needs.Validate(whole); err != nil {
		e, ok := errors.AsType[*client.Error](err)
		if !ok || len(e.Fields) == 0 {
			return input, withoutOp(err)
		}
		for field, problem := range e.Fields {
			if _, told := wrong[field]; !told {
				wrong[field] = problem
			}
		}
	}
	if len(wrong) > 0 {
		return input, f.lines(wrong)
	}
	return input, nil
}

// lines makes one error of the problems of single fields, each on a line of its own that begins with what the user calls
// the field.
func (f *filer) lines(wrong map[string]string) error {
	var all []string
	for id, problem := range wrong {
		at := slices.IndexFunc(f.needs.Fields, func(field jira.FieldMeta) bool { return field.FieldID == id })
		name := id
		if at >= 0 {
			name = f.needs.Fields[at].Name
		}
		written, byUser := f.written[id]
		switch {
		case byUser && (at < 0 || !strings.EqualFold(written, name)):
			problem = fmt.Sprintf("-field %q: %s", written, problem)
		case !strings.HasPrefix(problem, name+" "):
			problem = name + ": " + problem
		}
		all = append(all, program.Plain(problem))
	}
	slices.Sort(all)
	return errors.New(strings.Join(all, "\n"))
}

// isRequest reports whether an error is one of a request, not of a value.
func isRequest(err error) bool {
	_, ok := errors.AsType[*client.Error](err)
	return ok
}

// withoutOp leaves out the name of the method that refused something before it was sent: users do not know it.
func withoutOp(err error) error {
	if e, ok := errors.AsType[*client.Error](err); ok && errors.Is(err, client.ErrInvalid) && e.Status == 0 && e.Unwrap() != nil {
		return e.Unwrap()
	}
	return err
}

// rehearse says what would become of the issue.
func (f *filer) rehearse(ctx context.Context, r *result) error {
	r.Result = wouldCreate
	if f.set.key == "" {
		return nil
	}
	switch issue, err := f.jira.Issues.FindOnce(ctx, f.set.key); {
	case err == nil:
		r.Key, r.URL, r.Result = issue.Key, f.jira.BrowseURL(issue.Key), exists
	case !errors.Is(err, client.ErrNotFound):
		r.Result = failed
		return fmt.Errorf("the issue of the key could not be searched for: %w", err)
	}
	return nil
}

func (f *filer) create(ctx context.Context, input jira.IssueInput, r *result) error {
	if f.set.key != "" {
		return f.createOnce(ctx, input, r)
	}
	issue, err := f.jira.Issues.Create(ctx, input)
	switch {
	case errors.Is(err, client.ErrAmbiguous):
		return fmt.Errorf("an issue may or may not have been created; look in %s before you run this again (-key makes it safe to run again): %w",
			f.set.project, err)
	case err != nil:
		return f.refused(err)
	}
	r.Key, r.URL, r.Result = issue.Key, f.jira.BrowseURL(issue.Key), created
	return nil
}

func (f *filer) createOnce(ctx context.Context, input jira.IssueInput, r *result) error {
	once, err := f.jira.Issues.CreateOnce(ctx, f.set.key, input)
	switch {
	case errors.Is(err, client.ErrAmbiguous):
		return fmt.Errorf("an issue may or may not have been created; run this again with the same -key in half a minute, it looks first: %w", err)
	case err != nil:
		return f.refused(err)
	}
	r.Key, r.URL, r.Result = once.Key, f.jira.BrowseURL(once.Key), exists
	if once.Created {
		r.Result = created
	}
	if once.Unsettled {
		f.say("Jira's search does not show %s yet: wait a minute before you file the key again.", once.Key)
	}
	for _, d := range once.Duplicates {
		r.Duplicates = append(r.Duplicates, d.Key)
		state := "it is closed"
		switch {
		case d.Err != nil:
			state = fmt.Sprintf("it could not be closed: %v", d.Err)
		case !d.Closed:
			state = "it is still open"
		}
		f.say("%s was filed for the same key at the same time and is a duplicate of %s; %s.", d.Key, once.Key, state)
	}
	return nil
}

// refused puts what Jira says about single fields on lines of their own.
func (f *filer) refused(err error) error {
	e, ok := errors.AsType[*client.Error](err)
	if !ok || len(e.Fields) == 0 {
		return fmt.Errorf("no issue could be created: %w", err)
	}
	all := []error{errors.New("no issue could be created: Jira refused it")}
	for _, message := range e.Messages {
		all = append(all, errors.New(program.Plain(message)))
	}
	return errors.Join(append(all, f.lines(e.Fields))...)
}

// attach uploads the files one by one, so that it is known of each whether it is there. An issue that existed keeps the
// files that it has: this is how a second run with the same key completes the first.
func (f *filer) attach(ctx context.Context, r *result) error {
	if len(r.Attachments) == 0 {
		return nil
	}
	if r.Result == exists {
		if err := f.skipAttached(ctx, r); err != nil {
			return fmt.Errorf("%s exists, but its attachments could not be read, so nothing was attached: %w", r.Key, err)
		}
	}
	var problems []error
	for _, a := range r.Attachments {
		if a.ID != "" || ctx.Err() != nil {
			continue
		}
		f.bar.Show("Attaching " + a.File + " …")
		done, err := f.jira.Attachments.Upload(context.WithoutCancel(ctx), r.Key, a.upload)
		switch {
		case errors.Is(err, client.ErrAmbiguous):
			err = fmt.Errorf("it may or may not be attached: %w", err)
		case err == nil:
			a.ID = string(done[0].ID)
			continue
		}
		a.Error = err.Error()
		problems = append(problems, errors.New(program.Plain(a.File+": "+a.Error)))
	}
	if len(problems) == 0 {
		return nil
	}
	problems = append(problems, fmt.Errorf("%s is there, but %s could not be attached: %s",
		r.Key, program.Count(len(problems), "file"), r.remedy()))
	return errors.Join(problems...)
}

// skipAttached notes the files that the issue has already, by name and size.
func (f *filer) skipAttached(ctx context.Context, r *result) error {
	issue, err := f.jira.Issues.Get(ctx, r.Key, &jira.GetIssueParams{Fields: []string{"attachment"}})
	if err != nil {
		return err
	}
	there := issue.Fields.Attachments
	for _, a := range r.Attachments {
		at := slices.IndexFunc(there, func(b jira.Attachment) bool { return b.Filename == a.File && b.Size == a.upload.Size })
		if at >= 0 {
			a.ID = string(there[at].ID)
			there = slices.Delete(there, at, at+1) // of two files that look the same one may be missing
		}
	}
	return nil
}
