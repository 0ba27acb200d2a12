package jira

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

// DuplicatePolicy says what becomes of an issue that two processes filed at the same time and that has the higher id.
type DuplicatePolicy int

const (
	// CloseDuplicates links the duplicate to the other issue with the link type Duplicate, and moves it to a status of the
	// category done if its workflow has a way there that asks for nothing. What has been linked is left alone from then on.
	CloseDuplicates DuplicatePolicy = iota
	// LeaveDuplicates only reports it.
	LeaveDuplicates
)

// OnceDuplicate is an issue that should not exist: another one has the same marker and a lower id.
type OnceDuplicate struct {
	// ID and Key name the issue.
	ID, Key string
	// Closed says that it is done.
	Closed bool
	// Err is why it could not be linked or closed. The next call for the key tries again, unless Jira will never allow it.
	Err error
}

const (
	categoryDone  = "done"
	categoryNew   = "new"
	duplicateName = "Duplicate" // of the link type and the resolution
	onceTries     = 3           // of what may be sent again
	clocksDiffer  = time.Hour   // at most, ours and the server's
	maxCommentIDs = 1000        // what Comments.BulkFetch takes
)

// FileOrUpdate creates the issue of a key as [IssuesService.CreateOnce] does. If the issue was there already, it gets the
// comment, unless that is nil, and with [OnceReopen] it is taken up again if it was done: by a transition out of the
// category done that asks for nothing. Without such a transition it stays as it is.
//
// The comment is written once. When it gets no answer, FileOrUpdate looks for it over [OnceWait]; if it does not appear,
// the error is [client.ErrAmbiguous]. When only the comment or the transition failed, the result is there beside the
// error.
//
// Besides the requests of CreateOnce: POST /rest/api/3/issue/{issueIdOrKey}/comment and POST
// /rest/api/3/issue/{issueIdOrKey}/transitions
//
// Errors: [client.ErrInvalid], [client.ErrAmbiguous].
func (s *IssuesService) FileOrUpdate(ctx context.Context, key string, input IssueInput, comment *adf.Doc, opts ...OnceOption) (*OnceResult, error) {
	o, err := s.newOnce(ctx, "Issues.FileOrUpdate", key, input, opts)
	if err != nil {
		return nil, err
	}
	if err := o.checkInput(); err != nil {
		return nil, err
	}
	if err := comment.Err(); err != nil {
		return nil, client.InvalidFields(o.op, map[string]error{"comment": err})
	}
	result, err := o.join(ctx)
	if err != nil || result.Created {
		return result, err
	}
	if o.reopen {
		before, err := s.isDone(ctx, result.ID)
		if err == nil && before {
			before, err = s.bring(ctx, result.ID, false)
			result.Reopened = err == nil && !before
		}
		if err != nil {
			return result, err
		}
	}
	if comment != nil {
		result.Comment, err = o.comment(ctx, result.ID, comment)
	}
	return result, err
}

// comment writes a comment that can be recognized, should the answer be lost.
func (o *once) comment(ctx context.Context, issue string, body *adf.Doc) (*Comment, error) {
	attempt := rand.Text()
	mark, err := onceMark{Attempt: attempt}.property()
	if err != nil {
		return nil, client.Invalid(o.op, "%w", err)
	}
	comments, began := (*CommentsService)(o.IssuesService), time.Now()
	written, err := comments.Create(ctx, issue, CommentInput{Body: body, Properties: []EntityProperty{mark}}, nil)
	if err == nil || !errors.Is(err, client.ErrAmbiguous) {
		return written, err
	}
	until := time.Now().Add(o.wait)
	for pause := firstOncePause; ; pause = min(2*pause, longestOncePause) {
		last := !time.Now().Before(until)
		found, lookErr := comments.withAttempt(ctx, issue, attempt, began.Add(-clocksDiffer))
		if found != nil {
			return found, nil
		}
		if last || ctx.Err() != nil {
			return nil, client.Ambiguous(o.op, errors.Join(err, lookErr))
		}
		if stop := client.Sleep(ctx, min(pause, time.Until(until))); stop != nil {
			return nil, client.Ambiguous(o.op, errors.Join(err, stop))
		}
	}
}

// withAttempt finds the comment since a moment that bears a mark; nil if it is not there.
func (s *CommentsService) withAttempt(ctx context.Context, issue, attempt string, since time.Time) (*Comment, error) {
	var recent CommentIDs
	for c, err := range s.List(ctx, issue, &GetCommentsParams{OrderBy: "-created"}) {
		if err != nil {
			return nil, err
		}
		if c.Created.Before(since) || len(recent.IDs) == maxCommentIDs { // the newest come first
			break
		}
		id, err := strconv.ParseInt(c.ID, 10, 64)
		if err != nil {
			return nil, client.Failed("Comments.List", fmt.Errorf("the comment %q has no number", c.ID))
		}
		recent.IDs = append(recent.IDs, id)
	}
	if len(recent.IDs) == 0 {
		return nil, nil
	}
	found, err := s.BulkFetch(ctx, recent, &GetCommentsByIdsParams{Expand: "properties"})
	for _, c := range found {
		for _, p := range c.Properties {
			var mark onceMark
			if p.Key == OnceProperty && json.Unmarshal(p.Value, &mark) == nil && mark.Attempt == attempt {
				return &c, nil
			}
		}
	}
	return nil, err
}

// settleDuplicate applies the policy. It may run in several processes at once, and again after a failure.
func (o *once) settleDuplicate(ctx context.Context, first, other markedIssue) OnceDuplicate {
	d := OnceDuplicate{ID: other.ID, Key: other.Key, Closed: other.done}
	linked := slices.ContainsFunc(other.links, func(l IssueLink) bool {
		return l.Type.Name == duplicateName && l.OutwardIssue != nil && l.OutwardIssue.ID == first.ID
	})
	if o.policy == LeaveDuplicates || linked || other.duplicateOf == first.ID {
		return d
	}
	if d.Closed, d.Err = o.bring(ctx, other.ID, true); d.Err == nil || refusal(d.Err) {
		err := o.linkDuplicate(ctx, first.ID, other.ID) // the link tells that the rest is done
		if refusal(err) {
			err = errors.Join(err, o.SetProperty(ctx, other.ID, OnceProperty, onceMark{o.key, other.attempt, first.ID})) // as this does
		}
		d.Err = errors.Join(d.Err, err)
	}
	return d
}

// refusal reports whether Jira will say the same again: people change what leads to it, the program cannot.
func refusal(err error) bool {
	return errors.Is(err, client.ErrInvalid) || errors.Is(err, client.ErrForbidden) || errors.Is(err, client.ErrNotFound)
}

func (o *once) linkDuplicate(ctx context.Context, first, other string) error {
	var err error
	for range onceTries { // a link that is there already is no error
		err = (*LinksService)(o.IssuesService).Create(ctx, IssueLinkInput{
			Type: LinkType{Name: duplicateName}, InwardIssue: IssueRef{ID: other}, OutwardIssue: IssueRef{ID: first},
		})
		if !errors.Is(err, client.ErrAmbiguous) || ctx.Err() != nil {
			break
		}
	}
	return err
}

// isDone reads whether an issue is done. Reading by id does not lag behind.
func (s *IssuesService) isDone(ctx context.Context, issue string) (bool, error) {
	found, err := s.Get(ctx, issue, &GetIssueParams{Fields: []string{"status"}})
	if err != nil {
		return false, err
	}
	return found.Fields.Status.Category.Key == categoryDone, nil
}

// bring moves an issue into the category done or out of it, if its workflow has a way, and returns whether it is done.
// Somebody else may be at the same: only where the issue is in the end counts.
func (s *IssuesService) bring(ctx context.Context, issue string, done bool) (bool, error) {
	var failed error
	for range onceTries {
		// The list first: it may then be out of date, but does not lead on from where somebody else has just moved the issue.
		all, err := s.Transitions(ctx, issue, &GetTransitionsParams{Expand: "transitions.fields"})
		if err != nil {
			return !done, err
		}
		is, err := s.isDone(ctx, issue)
		if err != nil || is == done {
			return is, err
		}
		if failed != nil && !errors.Is(failed, client.ErrAmbiguous) {
			return is, failed
		}
		way := pickTransition(all, done)
		if way == nil {
			return is, nil
		}
		if failed = s.Transition(ctx, issue, *way); failed == nil {
			return done, nil
		}
	}
	is, err := s.isDone(ctx, issue)
	if err == nil && is != done {
		err = failed
	}
	return is, err
}

// pickTransition chooses the first transition that needs no answers from people; of those out of the category done, one
// to where work begins.
func pickTransition(all []Transition, done bool) *TransitionInput {
	var way *TransitionInput
	for _, t := range all {
		if (t.To.Category.Key == categoryDone) != done {
			continue
		}
		in := &TransitionInput{Transition: Transition{ID: t.ID}}
		asks := false
		for id, field := range t.Fields {
			value := duplicateResolution(field.AllowedValues)
			switch {
			case id == "resolution" && done && value != nil:
				in.Fields = map[string]json.RawMessage{id: value}
			case field.Required && !field.HasDefaultValue:
				asks = true
			}
		}
		if asks {
			continue
		}
		if done || t.To.Category.Key == categoryNew {
			return in
		}
		if way == nil {
			way = in
		}
	}
	return way
}

// duplicateResolution finds the resolution that says it best.
func duplicateResolution(allowed []json.RawMessage) json.RawMessage {
	for _, raw := range allowed {
		var r reference
		if json.Unmarshal(raw, &r) == nil && strings.EqualFold(r.Name, duplicateName) {
			if value, err := json.Marshal(reference{ID: r.ID}); err == nil {
				return value
			}
		}
	}
	return nil
}
