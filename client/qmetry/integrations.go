package qmetry

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
)

// IntegrationType selects integrations in a list. It consists of letters, digits, - and _; any other is refused. The vendor
// documents one value.
type IntegrationType string

// AllIntegrations selects all integrations with Jira.
const AllIntegrations IntegrationType = "all"

// MarshalText refuses what would change the path that the type is a part of.
func (t IntegrationType) MarshalText() ([]byte, error) {
	for _, c := range t {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' {
			continue
		}
		return nil, fmt.Errorf("a type of integrations has letters, digits, - and _ only, not %q", c)
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

const defaultLimit = 50

// position is a place in the list. Which of the two numbers the service goes by is not documented: it gets both.
type position struct {
	start, page int
	before      uint64 // tells the page that led here
}

// List yields the integrations of a type, as received: what an integration looks like is not documented.
//
// The service does not say where its list ends. It ends here with a page that is empty, that repeats the one before (so does
// a service that does not page), or that is short and completes the total which it tells. A repetition before that total is
// [client.ErrPagingStalled].
//
// POST /rest/admin/integration/list{type}, one request per page.
//
// Errors: [client.ErrInvalid].
func (s *IntegrationsService) List(ctx context.Context, kind IntegrationType, params *ListParams) iter.Seq2[json.RawMessage, error] {
	var p ListParams
	if params != nil {
		p = *params
	}
	limit := cmp.Or(p.Limit, defaultLimit)
	type page = client.Page[json.RawMessage, position]
	return client.Iterate(ctx, s.client.Client, "Integrations.List", position{page: 1}, func(ctx context.Context, at position) (page, error) {
		answer, err := s.ListPage(ctx, kind, ListPosition{Start: at.start, Limit: limit, Page: at.page})
		if err != nil {
			return page{}, err
		}
		items, total, err := find(answer.Body, p.Field)
		if err != nil {
			return page{}, client.Failed("Integrations.List", err)
		}
		next := position{at.start + len(items), at.page + 1, digest(items)}
		switch n := len(items); {
		case n == 0:
			return page{Items: client.Slice(items)}, nil
		case next.before == at.before:
			return page{Items: client.Slice[json.RawMessage](nil), Next: at, More: at.start < total}, nil
		case n < limit && total > 0 && next.start >= total:
			return page{Items: client.Slice(items)}, nil
		}
		return page{Items: client.Slice(items), Next: next, More: true}, nil
	})
}

func digest(items []json.RawMessage) uint64 {
	h := fnv.New64a()
	for _, item := range items {
		_, _ = h.Write(item)
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}

// UnmarshalJSON reads the page as documented, and one without the documented wrapping.
func (p *IntegrationPage) UnmarshalJSON(b []byte) error {
	type plain IntegrationPage
	var names map[string]json.RawMessage
	if json.Unmarshal(b, &names) == nil {
		for _, name := range []string{"body", "statusCode", "headers"} {
			if _, wrapped := names[name]; wrapped {
				return json.Unmarshal(b, (*plain)(p))
			}
		}
	}
	if b = bytes.TrimSpace(b); b[0] != '{' && b[0] != '[' {
		return errors.New("a page of integrations is an object or an array")
	}
	*p = IntegrationPage{Body: bytes.Clone(b)}
	return nil
}

// Items returns the list in the page: the page itself, or the property of that name, or without a name the only array in the
// page. A page with several of them, or with none, is an error that names what there is.
func (p *IntegrationPage) Items(field string) ([]json.RawMessage, error) {
	items, _, err := find(p.Body, field)
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
// an error.
//
// GET /rest/integration/instance/details
//
// Errors: [client.ErrInvalid].
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
	if err := s.client.Do(ctx, r, &all); err != nil {
		return nil, err
	}
	for _, in := range all {
		if query != nil && in.InstanceID != 0 && in.InstanceID != query.Instance {
			return nil, client.Failed(op, fmt.Errorf("asked for instance %d, the service answered with instance %d: something on the way "+
				"may drop the body of a GET", query.Instance, in.InstanceID))
		}
	}
	return all, nil
}

// instances reads the documented answer, and others that hold the same.
type instances []Instance

// UnmarshalJSON reads {"data": […]}, a bare list, one instance, and each of them as the body of a wrapping.
func (all *instances) UnmarshalJSON(b []byte) error {
	if b = bytes.TrimSpace(b); string(b) == "null" || b[0] == '[' {
		return client.Unmarshal(b, (*[]Instance)(all))
	}
	var object struct {
		InstanceID json.RawMessage `json:"instanceId"`
		Data       json.RawMessage `json:"data"`
		Body       json.RawMessage `json:"body"`
	}
	err := json.Unmarshal(b, &object)
	switch {
	case err != nil:
		return err
	case object.InstanceID != nil:
		*all = make(instances, 1)
		return client.Unmarshal(b, &(*all)[0])
	case object.Data != nil:
		return all.UnmarshalJSON(object.Data)
	case object.Body != nil:
		return all.UnmarshalJSON(object.Body)
	}
	return errors.New("there are no instances in the answer")
}
