package fake

import (
	"net/http"
	"net/url"
	"slices"
	"sync"
)

// maxEntries bounds a log: a fake may run for long in a load test.
const maxEntries = 100_000

// Entry is one request that a fake has received.
type Entry struct {
	// Method and Path are as received, the path still escaped.
	Method, Path string
	// Query holds the query parameters.
	Query url.Values
	// Pattern is the operation that took the request, as "GET /issue/{key}"; empty if none did.
	Pattern string
	// Status is the answer's status; 0 if the connection broke before there was one.
	Status int
}

// Log remembers the requests that went through its handler, the newest 100,000 at least. Its zero value is ready to
// use from several goroutines.
type Log struct {
	mu      sync.Mutex
	entries []Entry
}

// Entries returns a copy of the log, oldest first.
func (l *Log) Entries() []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.entries)
}

// Reset empties the log.
func (l *Log) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = nil
}

// Handler returns a handler that logs each request when next is done with it.
func (l *Log) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sw := &statusWriter{ResponseWriter: w}
		// Deferred, because a cut connection unwinds by a panic.
		defer func() {
			l.add(Entry{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.Query(), Pattern: r.Pattern, Status: sw.status})
		}()
		next.ServeHTTP(sw, r)
		if sw.status == 0 {
			sw.status = http.StatusOK
		}
	})
}

func (l *Log) add(entry Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.entries) >= 2*maxEntries {
		l.entries = slices.Clone(l.entries[maxEntries:])
	}
	l.entries = append(l.entries, entry)
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

// Unwrap lets [http.ResponseController] reach the real writer.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}
