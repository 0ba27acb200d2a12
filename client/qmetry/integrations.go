package qmetry

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
)

// IntegrationType selects integrations in a list: letters, digits, - and _. The vendor documents one value.
type IntegrationType string

// AllIntegrations selects all integrations with Jira.
const AllIntegrations IntegrationType = "all"

var kinds = regexp.MustCompile(`^[A-Za-z0-9_-]*$`)

// MarshalText refuses what would change the path that the type is a part of.
func (t IntegrationType) MarshalText() ([]byte, error) {
	if !kinds.MatchString(string(t)) {
		return nil, fmt.Errorf("a type of integrations has letters, digits, - and _ only, unlike %q", string(t))
	}
	return []byte(t), nil
}

// ListParams are the optional parameters of Integrations.List.
type ListParams struct {
	// Limit is the number of integrations to ask for at a time; 0 is 50.
	Limit int
	// Field is the property of the page that holds the list. Without it, it is the only array there.
	Field string
}

// List yields the integrations of a type, as received: what an integration looks like is not documented.
//
// The list ends with an empty page, with one that repeats the page before (such a service does not page), and with the
// total that the service tells, but for a full page there: the total may be that of a page. An integration that came
// before is left out. A list that repeats itself before its total, and one that has no end after 200 pages, is
// [client.ErrPagingStalled].
//
// POST /rest/admin/integration/list{type}, one request per page.
//
// Errors: [client.ErrInvalid].
func (s *IntegrationsService) List(ctx context.Context, kind IntegrationType, params *ListParams) iter.Seq2[json.RawMessage, error] {
	const op = "Integrations.List"
	var p ListParams
	if params != nil {
		p = *params
	}
	type page = client.Page[json.RawMessage, client.Row]
	return func(yield func(json.RawMessage, error) bool) {
		if p.Limit < 0 {
			yield(nil, client.Invalid(op, "ListParams.Limit is %d: give the size of a page, or 0", p.Limit))
			return
		}
		read := client.Blind{IDs: []string{"instanceId", "id"}}
		limit := cmp.Or(p.Limit, 50)
		client.Iterate(ctx, (*service)(s).api().Client, op, client.Row{Page: 1}, func(ctx context.Context, at client.Row) (page, error) {
			answer, err := s.ListPage(ctx, kind, ListPosition{Start: at.Start, Limit: limit, Page: at.Page})
			if err != nil {
				return page{}, err
			}
			items, total, err := find(answer.Body, p.Field)
			if err != nil {
				return page{}, client.Failed(op, errors.New((*service)(s).api().Scrub(err.Error()))) // it has names of the answer
			}
			return read.Page(at, limit, items, total), nil
		})(yield)
	}
}

// UnmarshalJSON reads the page as documented, and one without the documented wrapping.
func (p *IntegrationPage) UnmarshalJSON(b []byte) error {
	type plain IntegrationPage
	var wrapping struct{ Body, StatusCode, Headers json.RawMessage }
	if json.Unmarshal(b, &wrapping) == nil && (wrapping.Body != nil || wrapping.StatusCode != nil || wrapping.Headers != nil) {
		return json.Unmarshal(b, (*plain)(p))
	}
	if b = bytes.TrimSpace(b); !bytes.HasPrefix(b, []byte("{")) && !bytes.HasPrefix(b, []byte("[")) {
		return errors.New("a page of integrations is an object or an array")
	}
	*p = IntegrationPage{Body: bytes.Clone(b)}
	return nil
}

// Items returns the list in the page: the page itself, or the property of that name, or without a name the only array in the
// page. A page with several of them, or with none, is an error that names what there is.
func (p *IntegrationPage) Items(field string) ([]json.RawMessage, error) {
	items, _, err := find(cmp.Or(p, new(IntegrationPage)).Body, field)
	return items, err
}

// find looks for the list in a page, and for the total beside it, which is 0 if there is none.
func find(body json.RawMessage, field string) (items []json.RawMessage, total int, err error) {
	switch body = bytes.TrimSpace(body); {
	case len(body) == 0 || string(body) == "null":
		return nil, 0, nil
	case body[0] == '[':
		return items, 0, json.Unmarshal(body, &items)
	case body[0] != '{':
		return nil, 0, errors.New("the page of integrations is neither a list nor an object")
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil {
		return nil, 0, err
	}
	toldTotal := json.Unmarshal(object["total"], &total) == nil
	names := slices.Sorted(maps.Keys(object))
	list, there := object[field]
	if !there && field == "" {
		arrays := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return object[name][0] != '[' })
		inside := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return object[name][0] != '{' })
		switch {
		case len(arrays) == 1:
			list, there = object[arrays[0]], true
		case len(arrays) == 0 && len(inside) == 1:
			return find(object[inside[0]], field)
		case len(arrays) == 0 && (len(object) == 0 || toldTotal && total == 0):
			return nil, 0, nil
		}
	}
	if err := json.Unmarshal(list, &items); !there || err != nil {
		return nil, 0, fmt.Errorf("the page of integrations has no list that is known, say which of its properties is one (ListParams.Field): %s",
			strings.Join(names, ", "))
	}
	return items, total, nil
}

// Details returns the instances of external systems; nil returns all of them, without what is in them. A query returns one,
// with its external projects and, if asked for, the fields of their modules.
//
// The query travels in the body of a GET, as the vendor wants it. Some proxies drop that: an answer about other instances is
// an error. An only instance without external projects may have lost them this way too.
//
// GET /rest/integration/instance/details
//
// Errors: [client.ErrInvalid], [client.ErrNotFound].
func (s *IntegrationsService) Details(ctx context.Context, query *InstanceQuery) ([]Instance, error) {
	const op = "Integrations.Details"
	r := client.NewRequest(op, http.MethodGet, "/rest/integration/instance/details")
	if query != nil {
		if query.Instance == 0 {
			return nil, client.Invalid(op, "the query names no instance: give its InstanceID, or no query for all instances")
		}
		r.JSON(query)
	}
	var all instances
	switch err := (*service)(s).api().Do(ctx, r, &all); {
	case err != nil:
		return nil, err
	case query == nil:
	case len(all) == 0:
		return nil, client.Failed(op, fmt.Errorf("there is no instance %d: %w", query.Instance, client.ErrNotFound))
	case len(all) > 1 || all[0].InstanceID != query.Instance:
		return nil, client.Failed(op, fmt.Errorf("asked for instance %d alone, the answer holds %d and begins with %d: something on the way "+
			"may drop the body of a GET", query.Instance, len(all), all[0].InstanceID))
	}
	return all, nil
}

// instances reads the documented answer, and others that hold the same.
type instances []Instance

// UnmarshalJSON reads {"data": […]}, a bare list, one instance, and each of them as the body of a wrapping.
func (all *instances) UnmarshalJSON(b []byte) error {
	switch b = bytes.TrimSpace(b); b[0] {
	case '[', 'n': // null
		var items []json.RawMessage
		_ = json.Unmarshal(b, &items) // it is a list
		for _, item := range items {
			in := Instance{Raw: item}
			switch err := client.UnmarshalLoose(item, &in); {
			case err != nil:
				return err
			case in.InstanceID == 0:
				return errors.New("an instance has no instanceId")
			}
			*all = append(*all, in)
		}
		return nil
	case '{':
	default:
		return errors.New("it is neither an object nor a list")
	}
	var object struct{ InstanceID, Data, Body, Code, Message json.RawMessage }
	_ = json.Unmarshal(b, &object) // it is an object
	switch explained := object.Code != nil || object.Message != nil; {
	case object.InstanceID != nil:
		return all.UnmarshalJSON(slices.Concat([]byte("["), b, []byte("]")))
	case object.Data != nil && (string(object.Data) != "null" || !explained):
		return all.UnmarshalJSON(object.Data)
	case object.Body != nil:
		return all.UnmarshalJSON(object.Body)
	}
	return errors.New("there are no instances in the answer")
}
