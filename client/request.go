package client

import (
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/oapi-codegen/runtime"
)

// maxPathPart bounds one path parameter. Keys and ids are short; what is longer is a mistake or an attack.
const maxPathPart = 1024

// Request describes one call. Generated methods build it; with [Client.Do] it is also the way to an endpoint that this
// SDK does not describe:
//
//	r := client.NewRequest("Filters.Get", http.MethodGet, "/rest/api/3/filter/{id}", "10000")
//	var filter Filter
//	err := jc.Do(ctx, r, &filter)
//
// A Request belongs to one call at a time.
type Request struct {
	op     string
	method string
	path   string // the template, for logs and errors
	target string // the path with its parameters filled in, escaped
	item   string // target up to and with the first parameter: what the call is about
	query  []string
	header http.Header
	body   any
	safe   bool
	// removes says that 404 may be the answer to what an earlier attempt has done.
	removes bool
	needs   []string // scopes
	expects []string // properties of the answer
	err     error
}

// Stream is a request body that is not held in memory.
type Stream struct {
	// ContentType is sent as the Content-Type header.
	ContentType string
	// Length is the number of bytes, -1 where it is not known.
	Length int64
	// Open returns the body from its start. It is called again for each attempt.
	Open func() (io.ReadCloser, error)
	// Once says that Open works only once: the request is then never sent again.
	Once bool
}

// NewRequest describes a call of the operation op ("Issues.Get", for errors and logs). The parts fill the {names} of the
// path in order; each stays one path segment, whatever it contains. An empty part, "." and ".." are refused, and so is
// a part with control characters: [Client.Do] then fails with [ErrInvalid] and sends nothing.
func NewRequest(op, method, path string, parts ...any) *Request {
	r := &Request{op: op, method: method, path: path}
	path = r.checkPath()
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions:
		r.safe = true
	}
	if len(parts) == 0 {
		r.target, r.item = path, path
		if strings.Contains(path, "{") {
			r.fail("the path %s needs a value for each of its parameters", path)
		}
		return r
	}
	var b strings.Builder
	rest := path
	for _, part := range parts {
		from, to := strings.IndexByte(rest, '{'), strings.IndexByte(rest, '}')
		if from < 0 || to < from {
			r.fail("the path %s has fewer parameters than values were given", path)
			return r
		}
		b.WriteString(rest[:from])
		b.WriteString(r.pathPart(rest[from+1:to], part))
		if r.item == "" {
			r.item = b.String()
		}
		rest = rest[to+1:]
	}
	if strings.Contains(rest, "{") {
		r.fail("the path %s needs a value for each of its parameters", path)
	}
	b.WriteString(rest)
	r.target = b.String()
	return r
}

// checkPath refuses a path that would lead elsewhere than its text says, put together by hand perhaps.
func (r *Request) checkPath() string {
	if i := strings.IndexAny(r.path, "?#"); i >= 0 {
		r.path = r.path[:i] // queries stay out of errors and logs
		r.fail("the path has a query or a fragment: give parameters by Query")
	}
	if !strings.HasPrefix(r.path, "/") {
		r.fail("the path %s does not begin with a slash", r.path)
	}
	for segment := range strings.SplitSeq(r.path, "/") {
		if dots(segment) {
			r.fail("the path %s climbs: give what varies as a part, for a {name} in the path", r.path)
		}
	}
	return r.path
}

// reads reports that the call asks for something: it has no answer worth nothing.
func (r *Request) reads() bool {
	return r.safe && r.method != http.MethodPut && r.method != http.MethodDelete && r.method != http.MethodPatch
}

func (r *Request) pathPart(name string, value any) string {
	if value == nil {
		r.fail("%s is missing", name)
		return ""
	}
	s, err := styled("simple", name, value, runtime.ParamLocationPath)
	if err != nil {
		r.fail("%s cannot be written into the path: %w", name, err)
		return ""
	}
	plain, err := url.PathUnescape(s)
	switch {
	case err != nil:
		r.fail("%s cannot be written into the path: %w", name, err)
	case strings.TrimSpace(plain) == "":
		r.fail("%s is empty: give its value", name)
	case len(plain) > maxPathPart:
		r.fail("%s has %d bytes, more than the %d that a path parameter may have", name, len(plain), maxPathPart)
	case hasControl(plain):
		r.fail("%s contains a control character", name)
	case dots(plain):
		r.fail(`%s is %q, which would change the path`, name, plain)
	}
	return s
}

// dots reports whether a server that decodes once more could read the part as a step up or to the same place.
func dots(part string) bool {
	for range 3 {
		if part == "." || part == ".." {
			return true
		}
		decoded, err := url.PathUnescape(part)
		if err != nil || decoded == part {
			return false
		}
		part = decoded
	}
	return true // encoded over and over: nobody means that
}

func (r *Request) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// Query adds an optional query parameter: it is left out when value is its type's zero value. A non-nil pointer is sent
// with what it points to, so new(false) is sent. Lists repeat the parameter.
func (r *Request) Query(name string, value any) *Request {
	r = r.orNone()
	v := reflect.ValueOf(value)
	if !v.IsValid() || v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 {
		return r
	}
	if v.Kind() == reflect.Pointer {
		value = v.Elem().Interface()
	}
	return r.inQuery(name, value)
}

// Require adds a query parameter that the operation cannot do without; an empty string or list is refused.
func (r *Request) Require(name string, value any) *Request {
	r = r.orNone()
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.String, reflect.Slice:
		if v.Len() == 0 {
			r.fail("%s is empty: give its value", name)
			return r
		}
	case reflect.Invalid:
		r.fail("%s is missing", name)
		return r
	}
	return r.inQuery(name, value)
}

func (r *Request) inQuery(name string, value any) *Request {
	s, err := styled("form", name, value, runtime.ParamLocationQuery)
	if err != nil {
		r.fail("%s cannot be written as a query parameter: %w", name, err)
		return r
	}
	r.query = append(r.query, s)
	return r
}

// styled writes a parameter as the document has it.
func styled(style, name string, value any, at runtime.ParamLocation) (s string, err error) {
	defer func() {
		if recover() != nil { // the runtime looks for no nil in what it writes, and it may be anywhere
			err = fmt.Errorf("a %T with a nil in it has no text", value)
		}
	}()
	if m, ok := value.(encoding.TextMarshaler); ok && at == runtime.ParamLocationQuery { // it would take a Time for a day
		text, err := m.MarshalText()
		if err != nil {
			return "", err
		}
		value = string(text)
	}
	return runtime.StyleParamWithOptions(style, style == "form", name, value, runtime.StyleParamOptions{ParamLocation: at})
}

// Header sets a header of this request. A name or a value that could end the header, or begin another one, is refused.
func (r *Request) Header(name, value string) *Request {
	r = r.orNone()
	switch {
	case !isToken(name):
		r.fail("%q is not the name of a header", name)
		return r
	case hasControl(value):
		r.fail("the value of the header %s contains a line break or another control character", name)
		return r
	}
	if r.header == nil {
		r.header = http.Header{}
	}
	r.header.Set(name, value)
	return r
}

// Format prints what the call is, whatever the verb: headers, query and body may hold what is not for a log.
func (r Request) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "%s: %s %s", r.op, r.method, r.path)
}

// orNone lets a chain that begins with a nil Request go on: [Client.Do] says what is wrong with a zero one.
func (r *Request) orNone() *Request {
	if r == nil {
		return new(Request)
	}
	return r
}

// Clone returns a copy whose headers can be set without changing those of r.
func (r *Request) Clone() *Request {
	if r == nil {
		return nil
	}
	c := *r
	c.header = r.header.Clone()
	return &c
}

// RequireHeader sets a header that the operation cannot do without, unless r has it already; an empty value is refused, and
// one that no header can carry.
func (r *Request) RequireHeader(name, value string) *Request {
	switch {
	case r == nil || r.header.Get(name) != "":
		return r
	case strings.TrimSpace(value) == "":
		r.fail("the header %s is missing: give its value", name)
	case strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c == 0x7f }):
		r.fail("the value of the header %s contains a control character", name)
	}
	return r.Header(name, value)
}

// JSON makes v, encoded as JSON, the body of the request.
func (r *Request) JSON(v any) *Request {
	r = r.orNone()
	r.body = v
	return r
}

// Stream makes s the body of the request. Such a call has no timeout but its context's.
func (r *Request) Stream(s *Stream) *Request {
	r = r.orNone()
	r.body = s
	return r
}

// Safe says that the call may be sent again when its outcome is unknown: it changes nothing though it is a POST, as a search,
// or does the same at the second time though it is a PATCH.
func (r *Request) Safe() *Request {
	r = r.orNone()
	r.safe = true
	return r
}

// Once says that the call must not be sent twice though it is a PUT or DELETE, as one that starts something: when its
// outcome is unknown, it fails with [ErrAmbiguous] as a POST does.
func (r *Request) Once() *Request {
	r = r.orNone()
	r.safe = false
	return r
}

// Removes says that the call takes away what its path names. When the outcome of an attempt is unknown and the next one
// finds nothing, the first has done it: the call succeeds. A 404 or 410 to anything else stays [ErrNotFound].
func (r *Request) Removes() *Request {
	r = r.orNone()
	r.removes = true
	return r
}

// Expects names properties that the answer has. A success without one, or with null or "" for it, is a failure of the call:
// it answers something else.
func (r *Request) Expects(names ...string) *Request {
	r = r.orNone()
	r.expects = names
	return r
}

// Scopes names the OAuth 2.0 scopes that the call needs. A failure with [ErrScope] then tells them: the server does not.
func (r *Request) Scopes(names ...string) *Request {
	r = r.orNone()
	r.needs = names
	return r
}

// encode returns the body as bytes, or as a stream.
func (r *Request) encode() ([]byte, *Stream, error) {
	switch body := r.body.(type) {
	case nil:
		return nil, nil, nil
	case *Stream:
		if body == nil || body.Open == nil {
			return nil, nil, fmt.Errorf("the stream has no Open function")
		}
		if hasControl(body.ContentType) {
			return nil, nil, fmt.Errorf("the content type of the stream contains a control character")
		}
		return nil, body, nil
	default:
		b, err := json.Marshal(body)
		if err != nil {
			return nil, nil, fmt.Errorf("the body cannot be encoded as JSON: %w", err)
		}
		return b, nil, nil
	}
}
