// Package fake holds what the fake servers of this module share: a router that refuses everything it does not know,
// strict JSON decoding, an in-process transport and a log of the requests received.
package fake

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// ErrorFunc writes an error in the shape of the API that is being faked.
type ErrorFunc func(w http.ResponseWriter, r *http.Request, status int, message string)

// Router sends requests to handlers by method and path template. Unlike [http.ServeMux] it never redirects, keeps
// escaped slashes inside their path part, and refuses query parameters that an operation does not have.
type Router struct {
	onError ErrorFunc
	routes  []route
}

type route struct {
	method, template string
	parts            []string
	query            []string
	handler          http.HandlerFunc
}

// NewRouter returns a router without routes that reports its own errors through onError.
func NewRouter(onError ErrorFunc) *Router {
	return &Router{onError: onError}
}

// Handle registers an operation: its method, its path template such as /issue/{key}, the names of the query
// parameters that it knows, and its handler, which finds path parts by [http.Request.PathValue]. A literal part wins
// over a variable one. Registering an operation twice is a programming error and panics.
func (rt *Router) Handle(method, template string, query []string, handler http.HandlerFunc) {
	for _, have := range rt.routes {
		if have.method == method && have.template == template {
			panic("fake: registered twice: " + method + " " + template)
		}
	}
	rt.routes = append(rt.routes, route{method, template, strings.Split(template, "/"), query, handler})
}

// Routes returns "METHOD /template" of every registered operation, in the order of registration.
func (rt *Router) Routes() []string {
	names := make([]string, len(rt.routes))
	for i, route := range rt.routes {
		names[i] = route.method + " " + route.template
	}
	return names
}

// ServeHTTP implements [http.Handler]. It sets the request's Pattern to the operation's method and template.
func (rt *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.URL.EscapedPath(), "/")
	for i, part := range parts {
		plain, err := url.PathUnescape(part)
		if err != nil || i > 0 && (plain == "" || plain == "." || plain == "..") {
			rt.onError(w, r, http.StatusNotFound, fmt.Sprintf("no such path: %s %q has an empty, dotted or badly escaped part", r.Method, r.URL.EscapedPath()))
			return
		}
		parts[i] = plain
	}

	var best *route
	var others []string
	for i := range rt.routes {
		route := &rt.routes[i]
		switch {
		case !route.matches(parts):
		case route.method != r.Method:
			others = append(others, route.method)
		case best == nil || route.beats(best):
			best = route
		}
	}
	switch {
	case best != nil:
	case len(others) > 0:
		w.Header().Set("Allow", strings.Join(others, ", "))
		rt.onError(w, r, http.StatusMethodNotAllowed, fmt.Sprintf("method %s is not allowed for %s", r.Method, r.URL.EscapedPath()))
		return
	default:
		rt.onError(w, r, http.StatusNotFound, fmt.Sprintf("no such path: %s %s", r.Method, r.URL.EscapedPath()))
		return
	}

	r.Pattern = best.method + " " + best.template
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		rt.onError(w, r, http.StatusBadRequest, fmt.Sprintf("malformed query: %v", err))
		return
	}
	for name := range query {
		if !slices.Contains(best.query, name) {
			rt.onError(w, r, http.StatusBadRequest, fmt.Sprintf("unknown query parameter %q of %s", name, r.Pattern))
			return
		}
	}
	for i, part := range best.parts {
		if isVariable(part) {
			r.SetPathValue(part[1:len(part)-1], parts[i])
		}
	}
	best.handler(w, r)
}

func (rt *route) matches(parts []string) bool {
	if len(parts) != len(rt.parts) {
		return false
	}
	for i, part := range rt.parts {
		if !isVariable(part) && part != parts[i] {
			return false
		}
	}
	return true
}

// beats reports whether the route is more specific than another that matches the same path: the first part in which
// they differ is literal.
func (rt *route) beats(other *route) bool {
	for i, part := range rt.parts {
		if isVariable(part) != isVariable(other.parts[i]) {
			return isVariable(other.parts[i])
		}
	}
	return false
}

func isVariable(part string) bool {
	return strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}")
}
