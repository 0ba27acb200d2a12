package faults

import (
	"bytes"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Injector applies rules to the requests of a handler. Its zero value has no rules and is ready to use. All methods
// may be called at any time from several goroutines.
type Injector struct {
	mu    sync.Mutex
	rules []*activeRule
}

// activeRule is a rule and what it has seen so far.
type activeRule struct {
	Rule
	seen, used int
}

// Add appends rules. A request is subject to the first rule that matches it and is neither waiting (After) nor used
// up (Times); every matching rule counts the request towards its After.
func (in *Injector) Add(rules ...Rule) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, rule := range rules {
		// The caller may go on changing the header of its own copy.
		rule.Header = rule.Header.Clone()
		in.rules = append(in.rules, &activeRule{Rule: rule})
	}
}

// Clear removes all rules.
func (in *Injector) Clear() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.rules = nil
}

// Handler returns a handler that applies the rules and leaves everything else to next. Connections are cut by
// panicking with [http.ErrAbortHandler], which net/http's server understands.
func (in *Injector) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rule, ok := in.pick(r)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		rule.apply(w, r, next)
	})
}

// pick returns the rule that acts on a request, if there is one.
func (in *Injector) pick(r *http.Request) (Rule, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	var picked *activeRule
	for _, rule := range in.rules {
		if !rule.matches(r) {
			continue
		}
		rule.seen++
		if picked != nil || rule.seen <= rule.After || rule.Times > 0 && rule.used >= rule.Times {
			continue
		}
		rule.used++
		picked = rule
	}
	if picked == nil {
		return Rule{}, false
	}
	return picked.Rule, true
}

// apply lets the fault happen.
func (r *Rule) apply(w http.ResponseWriter, req *http.Request, next http.Handler) {
	if r.Delay > 0 {
		timer := time.NewTimer(r.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-req.Context().Done():
			// The client has gone; the request must not take effect any more.
			panic(http.ErrAbortHandler)
		}
	}
	if r.Status != 0 {
		next = http.HandlerFunc(r.answer)
	}
	switch r.Cut {
	case CutBefore:
		panic(http.ErrAbortHandler)
	case CutAfter:
		next.ServeHTTP(&recorder{header: http.Header{}}, req)
		panic(http.ErrAbortHandler)
	case CutBody:
		rec := &recorder{header: http.Header{}}
		next.ServeHTTP(rec, req)
		r.addHeader(rec.header)
		rec.sendHalf(w)
		panic(http.ErrAbortHandler)
	default:
		r.addHeader(w.Header())
		next.ServeHTTP(w, req)
	}
}

// answer sends the rule's own answer.
func (r *Rule) answer(w http.ResponseWriter, _ *http.Request) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(r.Status)
	_, _ = w.Write([]byte(r.Body))
}

func (r *Rule) addHeader(header http.Header) {
	maps.Copy(header, r.Header.Clone())
}

// recorder keeps an answer instead of sending it.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (rec *recorder) Header() http.Header { return rec.header }

func (rec *recorder) WriteHeader(status int) {
	if rec.status == 0 {
		rec.status = status
	}
}

func (rec *recorder) Write(p []byte) (int, error) {
	rec.WriteHeader(http.StatusOK)
	return rec.body.Write(p)
}

// sendHalf announces the whole answer and sends the first half of its body.
func (rec *recorder) sendHalf(w http.ResponseWriter) {
	rec.WriteHeader(http.StatusOK)
	maps.Copy(w.Header(), rec.header)
	body := rec.body.Bytes()
	if len(body) > 0 {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(rec.status)
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
}
