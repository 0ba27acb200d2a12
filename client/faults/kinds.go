package faults

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// Refused returns a rule that refuses connections: the request does not leave. A server cannot do that: behind a handler it
// is ResetBefore.
func Refused() Rule { return Rule{Name: "connection refused", Cut: CutDial} }

// ResetBefore returns a rule that resets the connection before the request is handled. See [Injector.Handler] for servers.
func ResetBefore() Rule { return Rule{Name: "reset before the request was read", Cut: CutBefore} }

// ResetAfter returns a rule that resets the connection when the request has taken effect. See [Injector.Handler] for servers.
func ResetAfter() Rule { return Rule{Name: "reset after the request was read", Cut: CutAfter} }

// HalfAnswer returns a rule that breaks off the answer in the middle of its body.
func HalfAnswer() Rule { return Rule{Name: "half a response", Cut: CutBody} }

// SlowHeader returns a rule that holds the answer back when the request has taken effect.
func SlowHeader(d time.Duration) Rule {
	return Rule{Name: "slow headers", Spoil: SpoilSlowHeader, Wait: d}
}

// SlowBody returns a rule that makes a pause in the middle of the body.
func SlowBody(d time.Duration) Rule { return Rule{Name: "slow body", Spoil: SpoilSlowBody, Wait: d} }

// LongLength returns a rule by which an answer announces more bytes than it has.
func LongLength() Rule { return Rule{Name: "Content-Length too large", Spoil: SpoilLongLength} }

// ShortLength returns a rule by which an answer announces half of its bytes, and gives no more. Nothing in HTTP tells it
// from a whole one.
func ShortLength() Rule { return Rule{Name: "Content-Length too small", Spoil: SpoilShortLength} }

// GzipGarbage returns a rule by which an answer cannot be decompressed.
func GzipGarbage() Rule { return Rule{Name: "gzip garbage", Spoil: SpoilGzip} }

// BadGateway returns a rule that answers 502 with the HTML page of a proxy. Set Handled to let the request take effect.
func BadGateway() Rule {
	return Rule{
		Name: "HTML 502", Status: http.StatusBadGateway,
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body:   "<!doctype html><html><head><title>502 Bad Gateway</title></head><body>The server hung up.</body></html>",
	}
}

// Form says how a 429 or 503 tells the time to wait.
type Form int

const (
	// BySeconds is Retry-After with a number of seconds.
	BySeconds Form = iota
	// ByDate is Retry-After with a date.
	ByDate
	// ByReset is X-RateLimit-Reset with a moment in ISO 8601, and no Retry-After.
	ByReset
	// ByNothing does not tell it.
	ByNothing
	// ByMinute is X-RateLimit-Reset with a moment in ISO 8601 that has no seconds, and no Retry-After: the end of the minute.
	ByMinute
)

// The reasons that Jira gives for a 429 in its RateLimit-Reason header.
const (
	QuotaGlobal = "jira-quota-global-based" // the hourly quota of the app over all sites
	QuotaTenant = "jira-quota-tenant-based" // the hourly quota of the app on this site
	Burst       = "jira-burst-based"        // too many requests to one endpoint in a second
	PerIssue    = "jira-per-issue-on-write" // too many writes to one issue
)

// limit is what an answer tells of the time to wait.
type limit struct {
	form Form
	wait time.Duration // 0: until the rule's time is over
}

// tell writes the time to wait, rounded up to what the form can say.
func (l *limit) tell(h http.Header, left time.Duration) {
	wait := l.wait
	if wait == 0 {
		wait = max(0, left)
	}
	unit := time.Second
	if l.form == ByMinute {
		unit = time.Minute
	}
	end := time.Now().Add(wait)
	if whole := end.Truncate(unit); whole.Before(end) {
		end = whole.Add(unit)
	}
	switch l.form {
	case BySeconds:
		h.Set("Retry-After", seconds(wait))
	case ByDate:
		h.Set("Retry-After", end.UTC().Format(http.TimeFormat))
	case ByReset:
		h.Set("X-RateLimit-Reset", end.UTC().Format("2006-01-02T15:04:05Z"))
	case ByMinute:
		h.Set("X-RateLimit-Reset", end.UTC().Format("2006-01-02T15:04Z"))
	case ByNothing:
	}
}

func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }

// RateLimited returns a rule that answers 429 as Jira does: with a reason, and the time to wait in one of the forms. A
// wait of 0 is the rest of the rule's time: see [Rule.Every]. A form that does not exist is taken as [ByNothing].
func RateLimited(reason string, form Form, wait time.Duration) Rule {
	rule := TooManyRequests(0)
	rule.Header.Set("X-RateLimit-Remaining", "0")
	if reason != "" {
		rule.Header.Set("RateLimit-Reason", reason)
		rule.Name += " " + reason
	}
	if form < BySeconds || form > ByMinute {
		form = ByNothing
	}
	rule.Name += [...]string{" with seconds", " with a date", " with a reset", " without a time", " with a minute"}[form]
	rule.limit = &limit{form, wait}
	return rule
}

// RateLimitedByGateway returns a rule that answers 429 as the gateway before Jira does: without a reason and Retry-After, but
// with a category and X-RateLimit-Reset. A wait of 0 is the rest of the rule's time: see [Rule.Every].
func RateLimitedByGateway(wait time.Duration) Rule {
	rule := RateLimited("", ByReset, wait)
	rule.Name = "429 of the gateway"
	rule.Header.Set("X-RateLimit-Limit", "360000")
	rule.Header.Set("X-Failure-Category", "FAILURE CLIENT RATE LIMITED")
	return rule
}

// NearLimit returns a rule by which an answer, which is else as it was, warns that little of the quota is left.
func NearLimit() Rule {
	return Rule{Name: "near the limit", Header: http.Header{"X-Ratelimit-Nearlimit": {"true"}}}
}

// BetaLimits returns a rule by which an answer, which is else as it was, has the headers of a limit that is not in force
// yet. They ask for an hour, which nobody should wait.
func BetaLimits() Rule {
	return Rule{Name: "limits in beta", Header: http.Header{
		"Beta-Retry-After": {"3600"}, "Beta-Ratelimit-Reason": {QuotaTenant}, "Beta-Ratelimit": {`"tenant-app-quota";r=0;t=3600`},
		"Beta-Ratelimit-Policy": {`"tenant-app-quota";q=100000;w=3600`}, "X-Beta-Ratelimit-Remaining": {"0"},
	}}
}

// TooManyRequests returns a rule that answers every request with 429 and, unless retryAfter is 0, a Retry-After
// header in seconds, rounded up. Set Method, Path, After and Times to narrow it down.
func TooManyRequests(retryAfter time.Duration) Rule {
	rule := Rule{
		Name:   "429",
		Status: http.StatusTooManyRequests,
		Header: http.Header{},
		Body:   `{"errorMessages":["Rate limit exceeded."],"errors":{}}`,
	}
	if retryAfter > 0 {
		rule.Header.Set("Retry-After", seconds(retryAfter))
	}
	return rule
}

// Unavailable returns a rule that answers 503 and, unless retryAfter is 0, a Retry-After header in seconds, rounded up.
// Without one nobody knows whether the server has looked at the request.
func Unavailable(retryAfter time.Duration) Rule {
	rule := Rule{
		Name: "503", Status: http.StatusServiceUnavailable, Header: http.Header{},
		Body: `{"errorMessages":["Temporarily unavailable."],"errors":{}}`,
	}
	if retryAfter > 0 {
		rule.Name = "503 with Retry-After"
		rule.Header.Set("Retry-After", seconds(retryAfter))
	}
	return rule
}

// Unauthorized returns a rule that answers every request with 401, as for a token that has expired. Set Method, Path,
// After and Times to narrow it down, or Every and For to make it a storm.
func Unauthorized() Rule {
	return Rule{
		Name:   "401",
		Status: http.StatusUnauthorized,
		Header: http.Header{},
		Body:   `{"code":401,"message":"Unauthorized"}`,
	}
}

// ExpiredToken returns a rule that ends the life of a request's Authorization: this request, and all later ones with the
// same, get 401. It needs a client that renews its token, as an OAuth client does; any other is locked out until
// [Injector.Clear]. That is why [All] leaves it out.
func ExpiredToken() Rule {
	rule := Unauthorized()
	rule.Name, rule.expires = "expired token", true
	return rule
}

// RedirectTo returns a rule that sends the client elsewhere with a 302, to another host for example.
func RedirectTo(url string) Rule {
	return Rule{
		Name: "redirect to another host", Status: http.StatusFound,
		Header: http.Header{"Location": {url}, "Content-Type": {"text/html"}},
	}
}

// RepeatedToken returns a rule by which a page of a list comes again: see [SpoilRepeatedToken].
func RepeatedToken() Rule { return Rule{Name: "repeated page token", Spoil: SpoilRepeatedToken} }

// DuplicatedToken returns a rule by which a list turns in a circle: see [SpoilDuplicatedToken].
func DuplicatedToken() Rule { return Rule{Name: "duplicated page token", Spoil: SpoilDuplicatedToken} }

// ShortPage returns a rule by which a page has half of the items that were asked for.
func ShortPage() Rule { return Rule{Name: "a short page", Spoil: SpoilShortPage} }

// ShrunkList returns a rule by which an item vanishes between two pages: see [SpoilShrunkList].
func ShrunkList() Rule { return Rule{Name: "a list that shrinks", Spoil: SpoilShrunkList} }

// All returns one rule of each kind that passes within seconds, whatever the client's credential; none of them is narrowed
// down to some requests. [ExpiredToken] is not among them, nor a 429 that asks for an hour, since it would end all other
// tests: RateLimited(QuotaTenant, BySeconds, time.Hour). [ByMinute] may ask for a minute; [NearLimit] and [BetaLimits] are no
// failures; what [ShrunkList] takes away no client can find.
func All() []Rule {
	afterwards := BadGateway()
	afterwards.Name, afterwards.Handled = "HTML 502 for what took effect", true
	return []Rule{
		Refused(),
		ResetBefore(),
		ResetAfter(),
		HalfAnswer(),
		SlowHeader(2 * time.Second),
		SlowBody(2 * time.Second),
		LongLength(),
		ShortLength(),
		GzipGarbage(),
		BadGateway(),
		afterwards,
		RateLimited(QuotaGlobal, BySeconds, time.Second),
		RateLimited(QuotaTenant, ByReset, time.Second),
		RateLimited(Burst, BySeconds, time.Second),
		RateLimited(PerIssue, ByDate, time.Second),
		RateLimited("", ByNothing, 0),
		RateLimitedByGateway(time.Second),
		Unavailable(time.Second),
		Unavailable(0),
		Unauthorized(),
		RedirectTo("https://elsewhere.invalid/login"),
		RepeatedToken(),
		DuplicatedToken(),
		ShortPage(),
	}
}

// Mix returns the rules with their Chance set so that rate of all requests, from 0 to 1, suffers one of them, each as often
// as the others. They must concern the same requests. Where a rule finds nothing to act on, such as a page of a list in a
// request for one issue, another stands in for it; when the request has taken effect already, one of those that only concern
// the answer. A rate of 0, below it or that is no number leaves no rules.
func Mix(rate float64, rules ...Rule) []Rule {
	each := min(rate, 1) / float64(len(rules))
	if !(each > 0) { // nor is what is no number
		return nil
	}
	mixed, mix := make([]Rule, len(rules)), new(byte)
	for i, rule := range rules {
		// A rule is asked only when those before it have not acted.
		rule.Chance = min(1, each/(1-float64(i)*each))
		rule.mix = mix
		mixed[i] = rule
	}
	return mixed
}
