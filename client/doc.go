// Package client is what the API packages of this SDK share: one HTTP client that signs, retries, paces, pages and
// turns every answer that is not a success into one *Error.
//
// A call goes through these layers, and the answer comes back through them:
//
//	service method            builds a *Request from typed arguments
//	Client.Do                 encodes the body once, decodes the answer once, bounds and closes every body
//	gate                      holds a call back while the server has asked for a pause
//	go-retryablehttp          sends again what may be sent again
//	http.Client               follows redirects of reads only, never from https to http; to another host for files alone
//	signing transport         bounds the attempt, adds credentials for the API's own host only, replaces a rejected one once
//	http.RoundTripper         yours, see [WithTransport]
//
// # What is sent again
//
// The server refused the request: 429, and 503 with a Retry-After header. Such a request did nothing, so any method is
// sent again, after the time that the server named (never earlier, jitter only adds). All goroutines of the client
// observe the pause. A pause longer than [RetryPolicy.MaxPause], or longer than the context allows, is not slept:
// the call fails at once with [ErrRateLimited] and [Error.RetryAfter].
//
// The request never left: the connection could not be made. Any method is sent again.
//
// The outcome is unknown: a 5xx answer, a reset, a timeout, a body that breaks off. Only GET, HEAD, PUT, DELETE, OPTIONS
// and reads that go by POST (searches) are sent again. Any other POST or PATCH is sent exactly once and fails with
// [ErrAmbiguous]: look before you send it again.
//
// # Errors
//
// Every failure of a call is a *[Error]. Test its kind with errors.Is and the sentinels of this package, and get at the
// server's messages with errors.As. The text of an error holds neither
// a credential, not even one that the server sends back, nor a query; a log line holds no part of a body either.
//
// # Concurrent use
//
// A [Client] may be used by any number of goroutines, and so may the Auths of this package, and a list that [Iterate]
// returns: each loop reads it from its start. A [Request] belongs to one call at a time, a [Blind] to one list.
// Values of the other types may be read by several goroutines as long as none changes them. Functions in them are called
// by whoever calls.
package client
