package jiratest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jira-integrations/go-sdk/internal/fake"
)

const apiRoot = "/rest/api/3"

// operation is one endpoint: query and body name the parameters and top-level body fields it knows. A body of "*" is
// any JSON value, one of "?" may also be missing.
type operation struct {
	method, path, query, body string
	run                       func(*call) (any, error)
}

// call is one request being handled, under the server's lock.
type call struct {
	s    *Server
	st   *state
	r    *http.Request
	q    url.Values
	body any
	now  time.Time
}

// reply is an answer other than 200 with a body or 204 without.
type reply struct {
	status int
	body   any
	header http.Header
}

// apiError is an error in Jira's shape.
type apiError struct {
	status   int
	messages []string
	fields   map[string]string
}

func (e *apiError) Error() string {
	parts := slices.Clone(e.messages)
	for _, name := range slices.Sorted(maps.Keys(e.fields)) {
		parts = append(parts, name+": "+e.fields[name])
	}
	return strings.Join(parts, "; ")
}

func fail(status int, format string, args ...any) error {
	return &apiError{status: status, messages: []string{fmt.Sprintf(format, args...)}}
}

func failFields(fields map[string]string) error {
	return &apiError{status: http.StatusBadRequest, fields: fields}
}

func failField(field, format string, args ...any) error {
	return failFields(map[string]string{field: fmt.Sprintf(format, args...)})
}

func writeError(w http.ResponseWriter, err error) {
	answer := errorReply(err)
	fake.WriteJSON(w, answer.status, answer.body)
}

func errorReply(err error) reply {
	e := &apiError{}
	if !errors.As(err, &e) {
		e = &apiError{status: http.StatusInternalServerError, messages: []string{err.Error()}}
	}
	fields := e.fields
	if fields == nil {
		fields = map[string]string{}
	}
	return reply{status: e.status, body: doc{"errorMessages": append([]string{}, e.messages...), "errors": fields}}
}

// routes builds the handler of the whole site.
func (s *Server) routes() http.Handler {
	rt := fake.NewRouter(func(w http.ResponseWriter, _ *http.Request, status int, message string) {
		writeError(w, fail(status, "jiratest: %s", message))
	})
	for _, op := range operations() {
		rt.Handle(op.method, apiRoot+op.path, strings.Fields(op.query), s.operation(op))
	}
	rt.Handle("POST", apiRoot+"/issue/{issueIdOrKey}/attachments", nil, s.uploadAttachments)
	rt.Handle("GET", apiRoot+"/attachment/content/{id}", []string{"redirect"}, s.attachmentContent)
	rt.Handle("GET", apiRoot+"/attachment/thumbnail/{id}", []string{"redirect", "fallbackToDefault", "width", "height"}, s.attachmentThumbnail)
	media := fake.NewRouter(func(w http.ResponseWriter, _ *http.Request, status int, message string) {
		http.Error(w, "jiratest: "+message, status)
	})
	media.Handle("GET", "/file/{media}/binary", []string{"token", "name"}, func(w http.ResponseWriter, r *http.Request) {
		s.media(w, r, serveFile)
	})
	media.Handle("GET", "/file/{media}/image", []string{"token", "width", "height"}, func(w http.ResponseWriter, r *http.Request) {
		s.media(w, r, mediaThumbnail)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/file/") {
			media.ServeHTTP(w, r)
			return
		}
		s.mu.Lock()
		s.traces++
		w.Header().Set("Atl-Traceid", fmt.Sprintf("%032x", s.traces))
		s.mu.Unlock()
		if s.authenticate(w, r) {
			rt.ServeHTTP(w, r)
		}
	})
}

// operation turns an operation into a handler. The body is read before the lock is taken and the answer is encoded
// before it is released: answers share memory with the state.
func (s *Server) operation(op operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body any
		var err error
		switch op.body {
		case "":
		case "*", "?":
			if op.body == "*" || r.ContentLength != 0 {
				err = fake.DecodeJSON(r, &body, true)
			}
		default:
			var object doc
			object, err = fake.DecodeObject(r, strings.Fields(op.body)...)
			body = object
		}
		if err != nil {
			writeError(w, fail(http.StatusBadRequest, "jiratest: %v", err))
			return
		}
		status, header, data := s.run(op, r, body)
		for name := range header {
			w.Header().Set(name, header.Get(name))
		}
		if len(data) > 0 {
			w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		}
		w.WriteHeader(status)
		_, _ = w.Write(data)
	}
}

func (s *Server) run(op operation, r *http.Request, body any) (int, http.Header, []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inside() // tasks have done what is due
	c := s.call(r)
	c.body = body
	var result any
	var err error
	if c.st.Myself == "" && r.Method != http.MethodGet && !strings.HasPrefix(op.path, "/search") {
		err = fail(http.StatusUnauthorized, "You are not authenticated. Authentication required to perform this operation.")
	} else {
		result, err = op.run(c)
	}
	answer := reply{status: http.StatusOK, body: result}
	switch v := result.(type) {
	case reply:
		answer = v
	case nil:
		answer.status = http.StatusNoContent
	}
	if err != nil {
		answer = errorReply(err)
	}
	if answer.body == nil {
		return answer.status, answer.header, nil
	}
	data, err := json.Marshal(answer.body)
	if err != nil {
		panic(fmt.Sprintf("jiratest: answer of %s %s cannot be encoded: %v", op.method, op.path, err))
	}
	return answer.status, answer.header, data
}

// call prepares a request; the lock is held.
func (s *Server) call(r *http.Request) *call {
	c := &call{s: s, st: s.state, r: r, q: r.URL.Query(), now: s.clock()}
	if !authorized(r) {
		c.st = s.state.nobody()
	}
	return c
}

// object is the body as an object.
func (c *call) object() doc {
	object, _ := c.body.(doc)
	return object
}

// issue is the issue that the path names.
func (c *call) issue() (*issue, error) {
	if is := c.st.issue(c.r.PathValue("issueIdOrKey")); is != nil {
		return is, nil
	}
	return nil, errNoIssue()
}

func errNoIssue() error {
	return fail(http.StatusNotFound, "Issue does not exist or you do not have permission to see it.")
}

// url is the address of something on this site.
func (c *call) url(format string, args ...any) string {
	return c.s.URL + apiRoot + fmt.Sprintf(format, args...)
}

// unsupported refuses query parameters that the real site knows and the fake does not.
func (c *call) unsupported(names ...string) error {
	for _, name := range names {
		if c.q.Has(name) {
			return fail(http.StatusBadRequest, "jiratest does not understand the query parameter '%s' here.", name)
		}
	}
	return nil
}

// flag is a boolean query parameter.
func (c *call) flag(name string, unset bool) (bool, error) {
	raw := c.q.Get(name)
	if raw == "" {
		return unset, nil
	}
	v, err := strconv.ParseBool(raw)
	if err != nil {
		return false, fail(http.StatusBadRequest, "jiratest: %s must be true or false, not %q", name, raw)
	}
	return v, nil
}

// integer is a whole-number query parameter that is not negative.
func (c *call) integer(name string, unset int) (int, error) {
	raw := c.q.Get(name)
	if raw == "" {
		return unset, nil
	}
	v, err := strconv.Atoi(raw)
	if err != nil || v < 0 {
		return 0, fail(http.StatusBadRequest, "jiratest: %s must be a whole number of 0 or more, not %q", name, raw)
	}
	return v, nil
}

// values is a query parameter that may be repeated or hold a comma-separated list.
func (c *call) values(name string) []string { return commaList(c.q[name]) }

func commaList(raw []string) []string {
	var values []string
	for _, part := range raw {
		for value := range strings.SplitSeq(part, ",") {
			if value = strings.TrimSpace(value); value != "" {
				values = append(values, value)
			}
		}
	}
	return values
}

// window cuts out the items that startAt and maxResults ask for. unset and limit are the operation's default and
// greatest page size; a request for more gets less, as on the real site.
func window[T any](c *call, items []T, unset, limit int) (cut []T, start, size int, err error) {
	if start, err = c.integer("startAt", 0); err != nil {
		return nil, 0, 0, err
	}
	if size, err = c.integer("maxResults", unset); err != nil {
		return nil, 0, 0, err
	}
	if size == 0 || size > limit {
		size = limit
	}
	from := min(start, len(items))
	return items[from:min(from+size, len(items))], start, size, nil
}

// page answers one page in Jira's usual envelope.
func page[T any](c *call, items []T, unset, limit int, render func(T) any) (any, error) {
	cut, start, size, err := window(c, items, unset, limit)
	if err != nil {
		return nil, err
	}
	at := func(start int) string {
		q := c.r.URL.Query()
		q.Set("startAt", strconv.Itoa(start))
		q.Set("maxResults", strconv.Itoa(size))
		return c.s.URL + c.r.URL.EscapedPath() + "?" + q.Encode()
	}
	envelope := doc{
		"self": at(start), "startAt": start, "maxResults": size, "total": len(items),
		"isLast": start+len(cut) >= len(items), "values": each(cut, render),
	}
	if envelope["isLast"] == false {
		envelope["nextPage"] = at(start + len(cut))
	}
	return envelope, nil
}

// each renders all items; never nil, so that no items are an empty array.
func each[T any](items []T, render func(T) any) []any {
	rendered := make([]any, len(items))
	for i, item := range items {
		rendered[i] = render(item)
	}
	return rendered
}
