package jira

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

// TransitionOption adds something to [IssuesService.TransitionTo].
type TransitionOption func(*transitionDetails)

type transitionDetails struct {
	update  IssueUpdate
	comment *adf.Doc
}

// TransitionFields changes fields together with the status. They must be on the screen of the transition. An e-mail
// cannot be kept back here: Silent is refused.
func TransitionFields(update IssueUpdate) TransitionOption {
	return func(d *transitionDetails) { d.update = update }
}

// TransitionComment writes a comment together with the transition, if its screen takes one.
func TransitionComment(comment *adf.Doc) TransitionOption {
	return func(d *transitionDetails) { d.comment = comment }
}

// TransitionTo makes a transition by its name, as in "Start work", or by the name of the status that it leads to, as in
// "Done". Case matters only where names differ in nothing else, and the name of a transition comes before that of a status.
// Of several transitions that lead to the status it makes the first that does not ask for more fields than are given. When
// the issue has the status already and no transition leads there, it does nothing, unless there are fields or a comment.
//
// It is sent once: when its outcome is unknown, the error is [client.ErrAmbiguous].
//
// GET /rest/api/3/issue/{issueIdOrKey}/transitions and POST /rest/api/3/issue/{issueIdOrKey}/transitions
//
// Errors: [client.ErrInvalid] when no transition of the name is open, with those that are; when required fields are missing,
// with their ids in [client.Error.Fields]; [client.ErrNotFound], [client.ErrConflict].
func (s *IssuesService) TransitionTo(ctx context.Context, issue, name string, opts ...TransitionOption) error {
	const op = "Issues.TransitionTo"
	var given transitionDetails
	for _, opt := range opts {
		opt(&given)
	}
	d, err := given.details(op)
	if err != nil {
		return err
	}
	if strings.TrimSpace(name) == "" {
		return client.Invalid(op, "the name is empty: give that of a transition or of a status")
	}
	open, err := s.Transitions(ctx, issue, &GetTransitionsParams{Expand: "transitions.fields"})
	if err != nil {
		return err
	}
	fit := transitionsNamed(open, name)
	if len(fit) == 0 {
		return s.already(ctx, op, issue, name, open, len(opts) == 0)
	}
	if other := slices.IndexFunc(fit, func(t Transition) bool { return t.To.ID != fit[0].To.ID }); other > 0 {
		return client.Invalid(op, "%q is the name of more than one transition: %s. Give the name of the status, or use Transition with an id",
			name, listedTransitions(fit))
	}
	chosen := slices.IndexFunc(fit, func(t Transition) bool { return len(missingFields(t, d)) == 0 })
	if chosen < 0 {
		return client.InvalidFields(op, missingFields(fit[0], d))
	}
	return s.Transition(ctx, issue, TransitionInput{
		Transition: Transition{ID: fit[chosen].ID}, Fields: d.Fields, Update: d.Update, Properties: d.Properties,
	})
}

func (g *transitionDetails) details(op string) (details, error) {
	if g.update.Silent {
		return details{}, client.Invalid(op, "a transition sends its e-mail: leave Silent out")
	}
	d := g.update.details()
	if g.comment != nil {
		d.operate("comment", verbAdd, map[string]*adf.Doc{"body": g.comment})
	}
	return d, d.check(op)
}

// already judges a name that no open transition has: the issue may be where it shall go.
func (s *IssuesService) already(ctx context.Context, op, issue, name string, open []Transition, plain bool) error {
	found, err := s.Get(ctx, issue, &GetIssueParams{Fields: []string{"status"}})
	if err != nil {
		return err
	}
	status := found.Fields.Status.Name
	switch {
	case !strings.EqualFold(status, strings.TrimSpace(name)):
		return client.Invalid(op, "from the status %s no transition is called %q or leads to a status of that name: there are %s",
			status, name, listedTransitions(open))
	case !plain:
		return client.Invalid(op, "the issue has the status %s already: change its fields with Update, and write the comment with Comments.Create",
			status)
	}
	return nil
}

// transitionsNamed finds the transitions that fit a name best: by their own name or that of their status, exact or not.
func transitionsNamed(open []Transition, name string) []Transition {
	name = strings.TrimSpace(name)
	for _, fits := range []func(t Transition) bool{
		func(t Transition) bool { return t.Name == name },
		func(t Transition) bool { return strings.EqualFold(t.Name, name) },
		func(t Transition) bool { return t.To.Name == name },
		func(t Transition) bool { return strings.EqualFold(t.To.Name, name) },
	} {
		var found []Transition
		for _, t := range open {
			if fits(t) {
				found = append(found, t)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// missingFields says, by id, what a transition requires and the details do not give.
func missingFields(t Transition, d details) map[string]error {
	missing := map[string]error{}
	for id, field := range t.Fields {
		_, set := d.Fields[id]
		_, changed := d.Update[id]
		if !field.Required || field.HasDefaultValue || set || changed {
			continue
		}
		text := fmt.Sprintf("the transition %s requires %s", t.Name, field.Name)
		if choices := field.Choices(); len(choices) > 0 {
			names := make([]string, len(choices))
			for i, c := range choices {
				names[i] = c.Name
			}
			text += ": one of " + listed(names)
		}
		missing[id] = errors.New(text)
	}
	return missing
}

func listedTransitions(all []Transition) string {
	names := make([]string, len(all))
	for i, t := range all {
		names[i] = fmt.Sprintf("%s (%s, to %s)", t.Name, t.ID, t.To.Name)
	}
	return listed(names)
}
