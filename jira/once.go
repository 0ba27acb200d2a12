package jira

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jira-integrations/go-sdk/client"
)

// OnceProperty is the issue property in which [IssuesService.CreateOnce] keeps the whole key, as {"key": …, "attempt": …}.
// Whoever may see the issue may read it.
const OnceProperty = "create-once"

const (
	defaultOnceWait  = 30 * time.Second
	firstOncePause   = 250 * time.Millisecond
	longestOncePause = 5 * time.Second

	maxPropertyValue = 32768
)

// OnceLabel returns the label that marks the issue of a key: find it with the query labels = "…". The label is a hash of
// the key, since a label has no blanks and an end.
func OnceLabel(key string) string {
	sum := sha256.Sum256([]byte(key))
	return "once-" + hex.EncodeToString(sum[:16])
}

// OnceOption changes how [IssuesService.CreateOnce] and [IssuesService.FileOrUpdate] work.
type OnceOption func(*once)

// OnceWait bounds how long search may lag behind. A create without an answer is looked for that long before the call
// fails with [client.ErrAmbiguous], and a new issue is waited for that long until search shows it. The default is 30 s.
func OnceWait(d time.Duration) OnceOption {
	return func(o *once) { o.wait = max(0, d) }
}

// OnceDuplicates says what becomes of duplicates. The default is [CloseDuplicates].
func OnceDuplicates(policy DuplicatePolicy) OnceOption {
	return func(o *once) { o.policy = policy }
}

// OnceReopen makes [IssuesService.FileOrUpdate] take up an issue again that is done. CreateOnce never does.
func OnceReopen() OnceOption {
	return func(o *once) { o.reopen = true }
}

// OnceResult is the issue of a key.
type OnceResult struct {
	// ID and Key name the issue. Of several that bear the marker it is the one with the lowest id.
	ID, Key string
	// Created says that the issue is new: made by this call, or by an earlier one of this client that ended with
	// [client.ErrAmbiguous].
	Created bool
	// Unsettled says that search did not show the new issue within [OnceWait], or could not be asked. Another process that
	// looks for the key now may not find it, and may have created one of its own meanwhile; a later call sorts that out.
	Unsettled bool
	// Duplicates are the other issues that bear the marker: two processes filed the key at the same time.
	Duplicates []OnceDuplicate
	// Reopened says that FileOrUpdate found the issue done, and that it is no more.
	Reopened bool
	// Comment is the one that FileOrUpdate wrote.
	Comment *Comment
}

// AmbiguousError says that nobody knows whether an issue was created. It is [client.ErrAmbiguous].
type AmbiguousError struct {
	// Key is the key that was to be filed.
	Key string
	// Label marks the issue, if there is one.
	Label string
	// Err is what happened.
	Err error
}

// Error names the label, not the key.
func (e *AmbiguousError) Error() string {
	if e == nil || e.Err == nil {
		return noError
	}
	return e.Err.Error() + ": look for the label " + e.Label
}

// noError is the text of an error that no function of this package returns: a nil pointer, or one without a reason.
const noError = "no error: a nil or empty value was made an error"

// Unwrap returns what happened.
func (e *AmbiguousError) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

// CreateOnce creates the issue of a key, or finds it: the same key never makes two issues, however often, from wherever
// and under whatever failures it is filed. A key is what you say it is, the name of a failing test for example, and is
// meant for the whole site: begin it with the name of your program. It stays with the issue for good, also when that is
// done or has moved to another project; what is deleted, archived, hidden from the account or without its label is filed
// anew.
//
// The issue bears the label [OnceLabel] and the property [OnceProperty], so the screen on which issues are created must
// have the field Labels. CreateOnce looks for them, creates the issue if there is none, and waits until search shows it, a
// matter of seconds, so that from then on every other process finds it. Calls for one key at the same time, with one
// client, share one outcome.
//
// Search lags behind, so a process might not find what another one, or an earlier life of its own, created a moment ago.
// Before it creates an issue CreateOnce therefore reads the latest issues of the project by their keys, which does not lag.
//
// When a create gets no answer, CreateOnce looks for the issue in both ways over [OnceWait] and never sends it again. If it
// does not appear, the error is an *[AmbiguousError]. A later call looks first and creates only what is not there; if you
// call from another process, let OnceWait pass before: the create may still be on its way.
//
// When two processes file one key at the same moment there may be two issues for a while. Both then take the one with the
// lowest id, and the other is a duplicate: see [OnceDuplicates].
//
// POST /rest/api/3/search/jql, POST /rest/api/3/issue/bulkfetch and POST /rest/api/3/issue
//
// Errors: [client.ErrInvalid], [client.ErrAmbiguous].
func (s *IssuesService) CreateOnce(ctx context.Context, key string, input IssueInput, opts ...OnceOption) (*OnceResult, error) {
	o, err := s.newOnce(ctx, "Issues.CreateOnce", key, input, opts)
	if err != nil {
		return nil, err
	}
	if err := o.checkInput(); err != nil {
		return nil, err
	}
	return o.join(ctx)
}

// FindOnce returns the issue of a key, which [IssuesService.CreateOnce] or [IssuesService.FileOrUpdate] has filed: of several
// the one with the lowest id. It creates and changes nothing. What another process filed in the last seconds may not be
// found yet.
//
// POST /rest/api/3/search/jql and GET /rest/api/3/issue/{issueIdOrKey}
//
// Errors: [client.ErrNotFound] when there is none, [client.ErrInvalid].
func (s *IssuesService) FindOnce(ctx context.Context, key string) (*Issue, error) {
	o, err := s.newOnce(ctx, "Issues.FindOnce", key, IssueInput{}, nil)
	if err != nil {
		return nil, err
	}
	found, err := o.look(ctx, o.book.recall(key))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, client.Failed(o.op, fmt.Errorf("no issue is filed under this key: %w", client.ErrNotFound))
	}
	return s.Get(ctx, found[0].ID, nil)
}

// once is one call for one key.
type once struct {
	*IssuesService

	op, key, label string
	input          IssueInput
	wait           time.Duration
	policy         DuplicatePolicy
	reopen         bool
	waited         bool // for another call of the same key
}

// errUntold: the call before has sent a create, and nobody has told this one's caller yet.
var errUntold = errors.New("an earlier call got no answer to its create")

// onceMark is the value of OnceProperty. The attempt tells the issue that a call created from those of others.
type onceMark struct {
	Key     string `json:"key,omitempty"`
	Attempt string `json:"attempt"`
	// DuplicateOf is the id of another issue of the key, when this one has been dealt with and could not be linked to it.
	DuplicateOf string `json:"duplicateOf,omitempty"`
}

func (m onceMark) property() (EntityProperty, error) {
	value, err := json.Marshal(m)
	return EntityProperty{Key: OnceProperty, Value: value}, err
}

func (s *IssuesService) newOnce(ctx context.Context, op, key string, input IssueInput, opts []OnceOption) (*once, error) {
	if err := (*service)(s).misuse(ctx, op); err != nil {
		return nil, err
	}
	o := &once{IssuesService: s, op: op, key: key, label: OnceLabel(key), input: input, wait: defaultOnceWait}
	for _, opt := range opts {
		if opt == nil {
			return nil, client.Invalid(op, "one of the options is nil")
		}
		opt(o)
	}
	mark, err := onceMark{Key: key, Attempt: rand.Text()}.property()
	switch {
	case err != nil:
		return nil, client.Invalid(op, "%w", err)
	case strings.TrimSpace(key) == "":
		return nil, client.Invalid(op, "the key is empty")
	case !utf8.ValidString(key):
		return nil, client.Invalid(op, "the key is not UTF-8: Jira would keep another one")
	case len(mark.Value) > maxPropertyValue:
		return nil, client.Invalid(op, "the key is too long: as JSON it has at most %d bytes", maxPropertyValue)
	case slices.ContainsFunc(input.Properties, func(p EntityProperty) bool { return p.Key == OnceProperty }):
		return nil, client.Invalid(op, "the input has the property %s, which belongs to CreateOnce", OnceProperty)
	}
	return o, nil
}

// checkInput refuses what could not be created, also when nothing needs to be.
func (o *once) checkInput() error {
	d := o.input.details()
	return d.check(o.op)
}

// file finds the issue or creates it. Nobody else in this client is at the same key.
func (o *once) file(ctx context.Context) (*OnceResult, error) {
	known := o.book.recall(o.key)
	look := func(ctx context.Context) (marked, error) { return o.look(ctx, known) }
	if known.attempt != "" {
		look = o.lookUnsure
	}
	found, err := o.await(ctx, known.unknown.Add(o.wait), look, func(found marked) bool {
		return known.attempt == "" || found.by(known.attempt) != nil
	})
	switch {
	case err != nil && known.attempt != "":
		return nil, o.ambiguous(err)
	case err != nil:
		return nil, err
	case len(found) > 0:
		return o.conclude(ctx, found, known.attempt), nil
	case known.attempt != "" && o.waited:
		return nil, o.ambiguous(errUntold)
	case known.attempt == "":
		if err := o.learnRecent(ctx); err != nil {
			return nil, err
		}
		if now := o.book.recall(o.key); now != known {
			if found, err = o.look(ctx, now); err != nil {
				return nil, err
			}
			if len(found) > 0 {
				return o.conclude(ctx, found, ""), nil
			}
		}
	}

	attempt := rand.Text()
	created, err := o.create(ctx, attempt)
	answered := time.Now()
	if errors.Is(err, client.ErrAmbiguous) {
		sent := err
		o.book.note(o.key, onceEntry{attempt: attempt, unknown: answered})
		found, err = o.await(ctx, answered.Add(o.wait), o.lookUnsure, func(found marked) bool { return found.by(attempt) != nil })
		mine := found.by(attempt)
		switch {
		case mine != nil:
			created = &CreatedIssue{ID: mine.ID, Key: mine.Key}
		case len(found) > 0:
			result := o.conclude(ctx, found, attempt)
			result.Unsettled = true // ours may still turn up
			return result, nil
		default:
			return nil, o.ambiguous(errors.Join(sent, err))
		}
	} else if err != nil {
		return nil, err
	}
	o.book.note(o.key, onceEntry{id: created.ID})
	found, settled := o.settle(ctx, created, attempt, answered)
	result := o.conclude(ctx, found, attempt)
	result.Unsettled = !settled
	return result, nil
}

// create sends the issue with its marker.
func (o *once) create(ctx context.Context, attempt string) (*CreatedIssue, error) {
	mark, err := onceMark{Key: o.key, Attempt: attempt}.property()
	if err != nil {
		return nil, client.Invalid(o.op, "%w", err)
	}
	input := o.input
	input.Properties = append(slices.Clone(input.Properties), mark)
	if !slices.Contains(input.Labels, o.label) {
		input.Labels = append(slices.Clone(input.Labels), o.label)
	}
	return o.Create(ctx, input)
}

// settle waits until search shows the new issue, and then as long again: an issue that another process created meanwhile
// is then known as well. It reports whether that went well.
func (o *once) settle(ctx context.Context, created *CreatedIssue, attempt string, since time.Time) (found marked, settled bool) {
	end := time.Now().Add(o.wait)
	look := func(ctx context.Context) (marked, error) { return o.look(ctx, onceEntry{}) } // search alone: as others look
	found, err := o.await(ctx, end, look, func(found marked) bool { return found.with(created.ID) != nil })
	if settled = err == nil && found.with(created.ID) != nil; settled {
		pause := min(max(time.Since(since), firstOncePause), time.Until(end))
		if err = client.Sleep(ctx, pause); err == nil {
			var again marked
			look := func(ctx context.Context) (marked, error) { return o.look(ctx, onceEntry{id: created.ID}) }
			again, err = o.await(ctx, end, look, func(marked) bool { return true })
			if err == nil {
				found = again
			}
		}
		settled = err == nil
	}
	if found.with(created.ID) == nil {
		found = append(found, markedIssue{ID: created.ID, Key: created.Key, attempt: attempt})
		found.sort()
	}
	return found, settled
}

// conclude takes the first issue and deals with the others.
func (o *once) conclude(ctx context.Context, found marked, attempt string) *OnceResult {
	first := found[0]
	o.book.note(o.key, onceEntry{id: first.ID})
	result := &OnceResult{ID: first.ID, Key: first.Key, Created: attempt != "" && first.attempt == attempt}
	for _, other := range found[1:] {
		result.Duplicates = append(result.Duplicates, o.settleDuplicate(ctx, first, other))
	}
	return result
}

func (o *once) ambiguous(err error) error {
	return &AmbiguousError{Key: o.key, Label: o.label, Err: client.Ambiguous(o.op, err)}
}

// await looks for the issues of the key, more and more rarely, until they are enough or the time is over. The last look
// is never earlier than until; its outcome counts.
func (o *once) await(ctx context.Context, until time.Time, look func(context.Context) (marked, error), enough func(marked) bool) (marked, error) {
	for pause := firstOncePause; ; pause = min(2*pause, longestOncePause) {
		last := !time.Now().Before(until)
		found, err := look(ctx)
		if last || ctx.Err() != nil || err == nil && enough(found) {
			return found, err
		}
		if err := client.Sleep(ctx, min(pause, time.Until(until))); err != nil {
			return found, err
		}
	}
}

// look searches for the issues of the key. What this client knows of is found even before search shows it.
func (o *once) look(ctx context.Context, known onceEntry) (found marked, err error) {
	fields, properties := []string{"status", "issuelinks"}, []string{OnceProperty}
	opts := &SearchOptions{Fields: fields, Properties: properties}
	if id, err := strconv.ParseInt(known.id, 10, 64); err == nil {
		opts.ReconcileIssues = []int64{id}
	}
	add := func(issue *Issue) {
		if m, ok := o.recognize(issue); ok {
			found = append(found, m)
		}
	}
	read := func(id string) error {
		issue, err := o.Get(ctx, id, &GetIssueParams{Fields: fields, Properties: properties})
		if err == nil {
			add(issue)
		} else if errors.Is(err, client.ErrNotFound) {
			err = nil
		}
		return err
	}
	known.id = cmp.Or(known.id, "0")
	for issue, err := range o.Search(ctx, fmt.Sprintf("labels = %q", o.label), opts) {
		switch {
		case err != nil:
			return nil, err
		case issue.ID == known.id:
			known.id = "0"
		}
		if _, ok := issue.Properties[OnceProperty]; ok {
			add(issue)
		} else if err := read(issue.ID); err != nil { // somebody copied the label, or search does not know all yet
			return nil, err
		}
	}
	if known.id != "0" { // somebody removed the label, or deleted the issue
		if err := read(known.id); err != nil {
			return nil, err
		}
	}
	found.sort()
	return found, nil
}

// recognize reads the marker of an issue. The label alone says nothing: people copy it, and two keys might share it.
func (o *once) recognize(issue *Issue) (markedIssue, bool) {
	var mark onceMark
	if json.Unmarshal(issue.Properties[OnceProperty], &mark) != nil || mark.Key != o.key {
		return markedIssue{}, false
	}
	return markedIssue{issue.ID, issue.Key, mark.Attempt, mark.DuplicateOf, issue.Fields.Status.Category.Key == categoryDone, issue.Fields.IssueLinks}, true
}
