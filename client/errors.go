package client

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The kinds of failure. Test for them with errors.Is; a failure may be of several kinds.
var (
	// ErrUnauthorized: the credential is missing, wrong or expired. 401, and what Jira answers to a failed login: it serves
	// an anonymous visitor, with 200 or 404.
	ErrUnauthorized = errors.New("not authenticated")
	// ErrForbidden: the account may not do this. 402, 403, and 401 for a missing scope.
	ErrForbidden = errors.New("not allowed")
	// ErrScope: the token lacks a scope that the operation needs; a new token of the same kind will not help.
	ErrScope = errors.New("the token lacks a scope")
	// ErrNotFound: it does not exist, or the account may not see it; the servers do not tell which. 404 and 410.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the request is at odds with another change. 409 and 412.
	ErrConflict = errors.New("conflict")
	// ErrInvalid: the request is wrong; see [Error.Messages] and [Error.Fields]. 400, 422 and arguments refused before
	// anything was sent.
	ErrInvalid = errors.New("invalid request")
	// ErrRateLimited: the server asks to wait longer than the policy or the context allows; see [Error.RetryAfter]. 429
	// and 503 with a Retry-After header. Also: the next turn under [WithRateLimit] comes too late for the context.
	ErrRateLimited = errors.New("rate limited")
	// ErrAmbiguous: a request that must not be sent twice may or may not have taken effect. Look before sending it again.
	ErrAmbiguous = errors.New("the outcome is unknown")
	// ErrTooLarge: the answer is larger than [WithMaxResponse] allows, or the server refused the size of the request. 413.
	ErrTooLarge = errors.New("too large")
	// ErrPagingStalled: the server sent a page position for the second time; going on would never end.
	ErrPagingStalled = errors.New("paging does not advance")
)

// Error is the failure of a call.
type Error struct {
	// Op is the operation, as in "Issues.Get".
	Op string
	// Method is the HTTP method.
	Method string
	// Path is the path with its parameter names, as in /rest/api/3/issue/{issueIdOrKey}.
	Path string
	// Status is the HTTP status, 0 when there was no answer. Where an API tells of a failure inside of a success, it is the
	// status in there.
	Status int
	// Code is the server's own code for the failure, where its API has one.
	Code string
	// Messages are the server's messages, in its order.
	Messages []string
	// Fields are the server's messages about single fields, by field id.
	Fields map[string]string
	// RetryAfter is how long the server asks to wait.
	RetryAfter time.Duration
	// Reason is the server's reason for a 429 (Jira: the RateLimit-Reason header).
	Reason string
	// TraceID is the server's name for the request. Its support asks for it.
	TraceID string
	// Body is the start of the answer's body as received, 64 KiB at most.
	Body []byte

	cause     error
	kind      error // a kind that the status does not tell
	ambiguous bool
}

// Error is one line: operation, method, path, status and the server's messages. It holds no query and no credential, and of
// the body no more than its message.
func (e *Error) Error() string {
	if e == nil {
		return "no error: a nil *Error was made an error" // a nil *Error in an error is not nil: somebody made one of the other
	}
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Method != "" {
		fmt.Fprintf(&b, ": %s %s", e.Method, oneLine(e.Path))
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, ": %d %s", e.Status, http.StatusText(e.Status))
	}
	if e.ambiguous && !errors.Is(e.cause, ErrAmbiguous) { // which says so itself
		b.WriteString(": the outcome is unknown, look before sending it again")
	}
	for _, m := range e.Messages {
		b.WriteString(": " + oneLine(m))
	}
	for i, name := range sortedKeys(e.Fields) {
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		b.WriteString(sep + oneLine(name) + ": " + oneLine(e.Fields[name]))
	}
	if _, told := e.cause.(fieldErrors); e.cause != nil && !told { //nolint:errorlint // only when it is the cause itself
		b.WriteString(": " + oneLine(e.cause.Error()))
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, ": retry after %s", e.RetryAfter.Round(time.Second))
	}
	return b.String()
}

// Unwrap returns what lies beneath: a network error, a context error, a decoding error.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.cause
}

// Is matches the kinds of failure.
func (e *Error) Is(target error) bool {
	if e == nil {
		return false
	}
	if target == e.kind && target != nil {
		return true
	}
	if target == ErrAmbiguous {
		return e.ambiguous
	}
	if e.kind == ErrUnauthorized {
		return false // the status is what an anonymous visitor gets
	}
	switch e.Status {
	case http.StatusUnauthorized:
		if e.kind == ErrScope {
			return target == ErrForbidden
		}
		return target == ErrUnauthorized
	case http.StatusPaymentRequired, http.StatusForbidden:
		return target == ErrForbidden
	case http.StatusNotFound, http.StatusGone:
		return target == ErrNotFound
	case http.StatusConflict, http.StatusPreconditionFailed:
		return target == ErrConflict
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return target == ErrInvalid
	case http.StatusTooManyRequests:
		return target == ErrRateLimited
	case http.StatusRequestEntityTooLarge:
		return target == ErrTooLarge
	}
	return false
}

// Invalid makes the error of an argument that was refused before anything was sent. It is [ErrInvalid].
func Invalid(op, format string, args ...any) *Error {
	return &Error{Op: op, kind: ErrInvalid, cause: fmt.Errorf(format, args...)}
}

// InvalidFields makes the error of fields that were refused before anything was sent, by id, with what is wrong with each.
// It is [ErrInvalid], fills [Error.Fields] and wraps all of wrong. Fields with nothing wrong are left out.
func InvalidFields(op string, wrong map[string]error) *Error {
	wrong = maps.Clone(wrong)
	maps.DeleteFunc(wrong, func(_ string, err error) bool { return err == nil })
	e := &Error{Op: op, kind: ErrInvalid, Fields: make(map[string]string, len(wrong)), cause: fieldErrors(wrong)}
	for id, err := range wrong {
		e.Fields[id] = err.Error()
	}
	return e
}

// fieldErrors are the errors behind [Error.Fields].
type fieldErrors map[string]error

func (f fieldErrors) Error() string {
	texts := make([]string, 0, len(f))
	for _, id := range sortedKeys(f) {
		texts = append(texts, id+": "+f[id].Error())
	}
	return strings.Join(texts, ", ")
}

func (f fieldErrors) Unwrap() []error {
	errs := make([]error, 0, len(f))
	for _, id := range sortedKeys(f) {
		errs = append(errs, f[id])
	}
	return errs
}

// ErrorFrom makes the error that an answer with this status and this JSON would have been, for a failure that an API tells
// of inside of a success. See [BodyDecoder].
func ErrorFrom(status int, body []byte) *Error {
	e := &Error{Status: status}
	e.readJSON(body)
	return e
}

// StatusFrom reads a status that an API writes into an answer: 401, "401 UNAUTHORIZED", "UNAUTHORIZED". It is 200 for a mere
// success and 0 for what is none of them.
func StatusFrom(s string) int {
	word, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	if n, err := strconv.Atoi(word); err == nil {
		return max(n, 0)
	}
	name := strings.NewReplacer("_", " ", "-", " ").Replace(strings.TrimSpace(s))
	for n := 200; n < 600; n++ {
		if text := http.StatusText(n); text != "" && strings.EqualFold(strings.ReplaceAll(text, "-", " "), name) {
			return n
		}
	}
	if strings.EqualFold(name, "success") {
		return http.StatusOK
	}
	return 0
}

// Unauthorized returns e as the error of a rejected credential, for an API that does not say so by the status: it is
// [ErrUnauthorized], and not what its status stands for.
func (e *Error) Unauthorized() *Error {
	var rejected Error
	if e != nil {
		rejected = *e
	}
	rejected.kind = ErrUnauthorized
	return &rejected
}

// Failed makes the error of a call that ended without an answer: its context was over, for example. It wraps err.
func Failed(op string, err error) *Error { return &Error{Op: op, cause: err} }

// Ambiguous makes the error of a call that must not be repeated and whose outcome is unknown. It is [ErrAmbiguous] and
// wraps err.
func Ambiguous(op string, err error) *Error {
	return &Error{Op: op, ambiguous: true, cause: err}
}

// invalid makes the error of a request that cannot be sent.
func (r *Request) invalid(cause error) *Error {
	return &Error{Op: cmp.Or(r.op, "Client.Do"), Method: r.method, Path: r.path, kind: ErrInvalid, cause: cause}
}

// wrap makes the error of a call that got no answer, or none that could be read.
func (r *Request) wrap(err error) *Error {
	if e, ok := err.(*Error); ok { //nolint:errorlint // an error of another call, deeper down, is the cause of this one
		return e
	}
	return &Error{Op: r.op, Method: r.method, Path: r.path, cause: err}
}

// oneLine makes a short line of text that came from elsewhere and may be anything.
func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Join(strings.FieldsFunc(s, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }), " ")
	const limit = 500
	if len(s) <= limit {
		return s
	}
	cut := limit
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
