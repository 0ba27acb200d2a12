// Package faults makes a fake server misbehave on purpose: it delays answers, replaces them by errors, and loses or
// cuts off connections, so that a program's handling of bad days can be tested.
//
// A [Rule] says which requests go wrong and how; an [Injector] holds rules and wraps an [http.Handler]. The fakes of
// this module come with an Injector built in; any other handler can be wrapped with [Injector.Handler].
package faults

import (
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Cut says at which moment a connection breaks.
type Cut int

const (
	// CutNone leaves the connection alone.
	CutNone Cut = iota
	// CutBefore drops the connection before the request is handled: nothing has happened on the server.
	CutBefore
	// CutAfter drops the connection after the request was handled: it has taken effect, but its answer is lost.
	CutAfter
	// CutBody drops the connection in the middle of the answer's body: status, headers and the first half arrive.
	CutBody
)

// Rule describes one fault: which requests it concerns and what happens to them. Its zero value concerns every
// request and changes nothing.
type Rule struct {
	// Method is the HTTP method concerned; empty means any.
	Method string
	// Path is the path concerned, part by part: "/rest/api/3/issue/{key}". A part that is "*" or stands in braces
	// matches any one part. Empty means any path.
	Path string
	// After is how many matching requests pass unharmed before the rule begins to act.
	After int
	// Times is how many requests the rule acts on before it is used up; 0 means without end.
	Times int

	// Delay is how long a request waits before anything else happens to it. It ends early with the request's context.
	Delay time.Duration
	// Status, unless 0, is answered instead of handling the request, together with Header and Body.
	Status int
	// Header holds headers to add to the answer; with no Status they are added to the real answer.
	Header http.Header
	// Body is the answer's body when Status is set. It is sent as JSON unless Header has a Content-Type.
	Body string
	// Cut breaks the connection. With a Status, nothing is handled, and it is that answer which is lost or halved.
	Cut Cut
}

// TooManyRequests returns a rule that answers every request with 429 and, unless retryAfter is 0, a Retry-After
// header in seconds, rounded up. Set Method, Path, After and Times to narrow it down.
func TooManyRequests(retryAfter time.Duration) Rule {
	rule := Rule{
		Status: http.StatusTooManyRequests,
		Header: http.Header{},
		Body:   `{"errorMessages":["Rate limit exceeded."],"errors":{}}`,
	}
	if retryAfter > 0 {
		rule.Header.Set("Retry-After", strconv.Itoa(int(math.Ceil(retryAfter.Seconds()))))
	}
	return rule
}

// Unauthorized returns a rule that answers every request with 401, as for a token that has expired. Set Method, Path,
// After and Times to narrow it down.
func Unauthorized() Rule {
	return Rule{
		Status: http.StatusUnauthorized,
		Header: http.Header{},
		Body:   `{"code":401,"message":"Unauthorized"}`,
	}
}

// matches reports whether the rule concerns a request, regardless of After and Times.
func (r *Rule) matches(req *http.Request) bool {
	if r.Method != "" && !strings.EqualFold(r.Method, req.Method) {
		return false
	}
	if r.Path == "" {
		return true
	}
	// Split before unescaping: an escaped slash belongs to its part.
	want, have := strings.Split(r.Path, "/"), strings.Split(req.URL.EscapedPath(), "/")
	if len(want) != len(have) {
		return false
	}
	for i, part := range want {
		if part == "*" || strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}") {
			continue
		}
		got, err := url.PathUnescape(have[i])
		if err != nil || got != part {
			return false
		}
	}
	return true
}
