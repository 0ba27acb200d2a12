// Package faults makes a server, or the network before it, misbehave on purpose: it delays answers, replaces them by
// errors, garbles them, and refuses, loses or cuts off connections, so that a program's handling of bad days can be
// tested.
//
// A [Rule] says which requests go wrong, when, and how; functions such as [ResetAfter] make the usual ones. An
// [Injector] holds rules and wraps an [http.Handler] or an [http.RoundTripper]: the one for tests with a fake server,
// the other for anything that speaks HTTP. The fakes of this module come with an Injector built in.
//
//	site := jiratest.NewServer(jiratest.WithFaults(faults.Mix(0.2, faults.All()...)...))
//	site.Faults().SeedFor(t) // which requests go wrong depends on the seed alone; a failing test prints it
//
// An Injector, and the handlers and transports that it wraps, may be used by several goroutines. Values of the other types
// may be read by several as long as none changes them.
//
// All waiting is by the clock of package time, which testing/synctest moves.
package faults

import (
	"net/http"
	"net/url"
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
	// CutDial refuses the connection: the request does not leave. A handler cannot do that; it does as with CutBefore.
	CutDial
)

// Spoil says what is wrong with an answer that arrives.
type Spoil int

const (
	// SpoilNone leaves the answer alone.
	SpoilNone Spoil = iota
	// SpoilSlowHeader holds the answer back for [Rule.Wait], after the request has taken effect.
	SpoilSlowHeader
	// SpoilSlowBody sends half of the body, waits for [Rule.Wait] and sends the rest.
	SpoilSlowBody
	// SpoilLongLength announces a longer body than comes.
	SpoilLongLength
	// SpoilShortLength announces half of the body, which is then all that comes.
	SpoilShortLength
	// SpoilGzip announces a compressed body and sends what no decompressor can read.
	SpoilGzip
	// SpoilRepeatedToken makes a page of a list come again. Where the server names the next page, by nextPageToken, by a
	// number in nextPage, or by an address with since, a page names itself. Where the client computes the position, as startAt
	// or offset, it gets the page before, by the size that it asks for (maxResults, limit, size); without a size the first.
	// A first page, asked for without a position, comes as it is.
	SpoilRepeatedToken
	// SpoilDuplicatedToken turns a list in a circle: where SpoilRepeatedToken makes a page name itself, this makes it name the
	// second page of its list; by startAt or offset the first page comes again. The first page comes as it is, and so does the
	// second where the server names the next.
	SpoilDuplicatedToken
	// SpoilShortPage makes the server give pages of half the size that was asked for: the size in the request (maxResults,
	// limit, size) is changed on the way, if there is one. What is missing comes with the next page.
	SpoilShortPage
	// SpoilShrunkList makes an item vanish from a list between two pages. By startAt or offset, a page that is not the first
	// comes from one further on, as if an item of an earlier page had gone and the others had moved up: one is never seen.
	// Where the server names the next page, such a page comes without its first item, which may leave it empty. A field total is
	// one less. The items are the longest array in the answer, or in its field data. Each page is changed for itself: nothing
	// is remembered, and nothing vanishes from the server.
	SpoilShrunkList
)

// Rule describes one fault: which requests it concerns and what happens to them. Its zero value concerns every
// request and changes nothing.
type Rule struct {
	// Name says in [Injector.Counts] which rule it was.
	Name string

	// Method is the HTTP method concerned; empty means any.
	Method string
	// Path is the path concerned, part by part: "/rest/api/3/issue/{key}". A part that is "*" or stands in braces
	// matches any one part. Empty means any path.
	Path string
	// After is how many matching requests pass unharmed before the rule begins to act.
	After int
	// Times is how many requests the rule acts on before it is used up; 0 means without end.
	Times int
	// Chance is the part of the matching requests that the rule acts on, from 0 to 1; 0 means all of them ([Mix] has none).
	// Which ones follows from the injector's seed: see [Injector.Seed]. Below 0, and when it is no number, it means none.
	Chance float64
	// Every and For, when set, let the rule act during the last For of each Every, counted from when it was added: a
	// storm of 100 ms each second, an outage of 20 s each minute.
	Every, For time.Duration

	// Delay is how long a request waits before anything else happens to it. It ends early with the request's context.
	Delay time.Duration
	// Status, unless 0, is answered instead of handling the request, together with Header and Body. One that cannot end a
	// request, below 200 or above 999, becomes a 500 that says so.
	Status int
	// Header holds headers to add to the answer; with no Status they are added to the real answer.
	Header http.Header
	// Body is the answer's body when Status is set. It is sent as JSON unless Header has a Content-Type.
	Body string
	// Handled makes a rule with a Status handle the request all the same: it takes effect, and then its answer is replaced.
	Handled bool
	// Cut breaks the connection. With a Status, nothing is handled, and it is that answer which is lost or halved.
	Cut Cut
	// Spoil garbles or delays the answer.
	Spoil Spoil
	// Wait is how long Spoil delays.
	Wait time.Duration

	limit   *limit // how long to wait, told in the headers of the answer
	expires bool   // the credential of the request
	mix     *byte  // the same for all rules of a Mix
}

// sure reports that the rule acts whatever the answer is.
func (r *Rule) sure() bool {
	if r.Status != 0 || r.Delay > 0 || len(r.Header) > 0 || r.limit != nil {
		return true
	}
	return r.Cut != CutBody && (r.Cut != CutNone || r.Spoil == SpoilNone || r.Spoil == SpoilSlowHeader)
}

// late reports whether the rule can still act when a request has taken effect as it was.
func (r *Rule) late() bool {
	switch {
	case r.Delay > 0 || r.Cut == CutBefore || r.Cut == CutDial || r.expires || r.pages():
		return false
	}
	return r.Status == 0 || r.Handled
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

// left is how long the rule goes on acting at a moment, that long after it was added; 0 if it does not. A rule without
// Every has no end, which is -1.
func (r *Rule) left(since time.Duration) time.Duration {
	if r.Every <= 0 {
		return -1
	}
	if at := since % r.Every; at >= r.Every-r.For {
		return r.Every - at
	}
	return 0
}
