package jira

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
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
// "Done". Case matters only where names differ in nothing else. A name that fits transitions to different statuses is
// refused, as that of one transition is which is also the name of the status that another leads to. Where both lead to the
// same status, the one of the name is made. Of several transitions that lead to the status it makes the first that does not
// ask for more fields than are given or the issue has. When the issue has the status already and no transition leads there,
// it does nothing, unless there are fields or a comment.
//
// It is sent once: when its outcome is unknown, the error is [client.ErrAmbiguous].
//
// GET /rest/api/3/issue/{issueIdOrKey}/transitions and POST /rest/api/3/issue/{issueIdOrKey}/transitions; before fields are
// said to be missing GET /rest/api/3/issue/{issueIdOrKey}.
//
// Errors: [client.ErrInvalid] when no transition of the name is open, with those that are; when several fit, with their ids;
// when required fields are missing, with their ids in [client.Error.Fields]; [client.ErrNotFound], [client.ErrConflict].
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
	fit, leading := transitionsNamed(open, name)
	all := slices.Concat(fit, leading)
	if len(all) == 0 {
		return s.already(ctx, op, issue, name, open, len(opts) == 0)
	}
	if slices.ContainsFunc(all, func(t Transition) bool { return t.To.ID != all[0].To.ID }) {
		return client.Invalid(op, "%q fits more than one transition, by its name or its status: %s. Give a name that fits one, or use Transition with an id",
			name, listedTransitions(all))
	}
	if len(fit) == 0 {
		fit = leading
	}
	missing := make([]map[string]error, len(fit))
	for i, t := range fit {
		missing[i] = missingFields(t, d)
	}
	none := func(fields map[string]error) bool { return len(fields) == 0 }
	chosen := slices.IndexFunc(missing, none)
	if chosen < 0 {
		if err := s.dropPresent(ctx, issue, missing); err != nil {
			return err
		}
		if chosen = slices.IndexFunc(missing, none); chosen < 0 {
			return client.InvalidFields(op, missing[0])
		}
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

// transitionsNamed finds the transitions of a name and the others that lead to a status of the name. Those that have it as
// it is written come before those that differ in case.
func transitionsNamed(open []Transition, name string) (named, leading []Transition) {
	name = strings.TrimSpace(name)
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		for _, t := range open {
			switch {
			case same(t.Name, name):
				named = append(named, t)
			case same(t.To.Name, name):
				leading = append(leading, t)
			}
		}
		if len(named)+len(leading) > 0 {
			break
		}
	}
	return named, leading
}

// dropPresent takes out of the missing fields those that the issue has a value for: Jira asks for no other then.
func (s *IssuesService) dropPresent(ctx context.Context, issue string, missing []map[string]error) error {
	asked := map[string]error{}
	for _, fields := range missing {
		maps.Copy(asked, fields)
	}
	// What is written anew each time does not count.
	delete(asked, "comment")
	delete(asked, "worklog")
	if len(asked) == 0 {
		return nil
	}
	var found struct {
		Fields map[string]json.RawMessage `json:"fields"`
	}
	r := client.NewRequest("Issues.TransitionTo", http.MethodGet, "/rest/api/3/issue/{issueIdOrKey}", issue)
	if err := (*service)(s).api().Do(ctx, r.Query("fields", slices.Sorted(maps.Keys(asked))), &found); err != nil {
		return err
	}
	for id := range asked {
		switch value := string(bytes.TrimSpace(found.Fields[id])); value {
		case "", "null", `""`, "[]", "{}":
		default:
			for _, fields := range missing {
				delete(fields, id)
			}
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
		missing[id] = fmt.Errorf("the transition %s requires %s%s", t.Name, field.Name, offer(field.Choices()))
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
