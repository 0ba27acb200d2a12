package jira

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// WebhookHandler receives webhooks. It is an [http.Handler]; [NewWebhookHandler] makes it. Several goroutines may use
// it, as a server does: the verifier and the function for the events are then called at the same time.
type WebhookHandler struct {
	verify WebhookVerifier
	handle func(context.Context, *WebhookEvent) error
	limit  int64
	tell   func(error)
	seen   deliveries
}

// WebhookOption configures a [WebhookHandler].
type WebhookOption func(*WebhookHandler)

// WebhookLimit sets the largest body that is read, in bytes; the default is 4 MiB.
func WebhookLimit(bytes int64) WebhookOption { return func(h *WebhookHandler) { h.limit = bytes } }

// WebhookErrors has tell called for each request that was refused or could not be handled, for a log: what was wrong with
// it, or the error of the program's function. It may be called from several goroutines.
func WebhookErrors(tell func(error)) WebhookOption { return func(h *WebhookHandler) { h.tell = tell } }

// NewWebhookHandler returns a handler that calls handle for each event that verify has found to be Jira's:
//
//	http.Handle("POST /jira", jira.NewWebhookHandler(jira.WebhookToken(clientID, clientSecret), handle))
//
// Several calls may run at a time. An event whose handling succeeded within the last two hours, one of the newest 65,536 at
// least, is not handled again when it comes with the same identifier and body. Jira repeats what handle returned an error
// for, and what it took too long for: do what takes more than a few seconds elsewhere. Events may come more than once and
// out of order all the same, after a restart for example.
//
// It answers 204, 400 to what is no event, 401 to what is not Jira's, 405, 408 when the body could not be read, which Jira
// repeats, 409 to a repetition of what is being handled, 413 to what is or would become too large, and 500 when handle fails, or is nil, or the verifier has no
// secret. Answers tell no more than that.
func NewWebhookHandler(verify WebhookVerifier, handle func(context.Context, *WebhookEvent) error, opts ...WebhookOption) *WebhookHandler {
	h := &WebhookHandler{verify: verify, handle: handle, limit: 4 << 20}
	for _, opt := range opts {
		if opt != nil {
			opt(h)
		}
	}
	return h
}

// ServeHTTP implements [http.Handler].
func (h *WebhookHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, err := h.serve(w, r)
	if err != nil && h != nil && h.tell != nil {
		h.tell(fmt.Errorf("webhook answered with %d: %w", status, err))
	}
	if err == nil {
		w.WriteHeader(status)
		return
	}
	if status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodPost)
	}
	http.Error(w, http.StatusText(status), status)
}

func (h *WebhookHandler) serve(w http.ResponseWriter, r *http.Request) (status int, err error) {
	if r.Method != http.MethodPost {
		return http.StatusMethodNotAllowed, fmt.Errorf("the method is %s, not POST", r.Method)
	}
	switch {
	case h == nil || h.verify == nil:
		return http.StatusInternalServerError, errNoSecret // nobody asked for a handler that believes everything
	case h.handle == nil:
		return http.StatusInternalServerError, errors.New("the handler has no function to call: give one to NewWebhookHandler")
	}
	sent := r.Body
	if sent == nil {
		sent = http.NoBody // the request was not made by a server
	}
	body := &webhookBody{from: http.MaxBytesReader(w, sent, h.limit), limit: h.limit}
	err = h.verify(r, body)
	if err == nil {
		_, _ = io.Copy(io.Discard, body) // what the verifier left; body.err says how that went
	}
	tooLarge, isTooLarge := errors.AsType[*http.MaxBytesError](body.err)
	switch {
	case isTooLarge:
		return http.StatusRequestEntityTooLarge, fmt.Errorf("the body has more than %d bytes", tooLarge.Limit)
	case body.err != nil:
		return http.StatusRequestTimeout, fmt.Errorf("the body could not be read: %w", body.err)
	case errors.Is(err, client.ErrUnauthorized):
		return http.StatusUnauthorized, err
	case err != nil:
		return http.StatusInternalServerError, err
	}
	event, err := ParseWebhookEvent(r.Header, body.read)
	if errors.Is(err, client.ErrTooLarge) {
		return http.StatusRequestEntityTooLarge, err
	}
	if err != nil {
		return http.StatusBadRequest, err
	}
	return h.once(r.Context(), event)
}

// webhookBody keeps what is read of a body: it is read only as far as the verifier wants, so that strangers cost little.
type webhookBody struct {
	from  io.Reader
	limit int64
	read  []byte
	err   error // why it cannot be read
}

func (b *webhookBody) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if need := len(b.read) + n; need > cap(b.read) {
		// Up to the limit, and in few steps: the smaller ones are still there when the collector is late.
		b.read = append(make([]byte, 0, max(need, int(min(8*int64(need), b.limit)))), b.read...)
	}
	b.read = append(b.read, p[:n]...)
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

// once handles an event unless that has been done.
func (h *WebhookHandler) once(ctx context.Context, event *WebhookEvent) (status int, err error) {
	if event.ID == "" {
		if err := h.handle(ctx, event); err != nil {
			return http.StatusInternalServerError, err
		}
		return http.StatusNoContent, nil
	}
	id := identify(event)
	switch h.seen.begin(id) {
	case handled:
		return http.StatusNoContent, nil
	case underWay:
		return http.StatusConflict, fmt.Errorf("event %.256s is still being handled", event.ID)
	}
	done := false
	defer func() { h.seen.end(id, done) }() // also when handle panics
	if err := h.handle(ctx, event); err != nil {
		return http.StatusInternalServerError, err
	}
	done = true
	return http.StatusNoContent, nil
}

// deliveries remembers which deliveries were handled, for as long as Jira may repeat them (5 times, 5 to 15 minutes apart).
type deliveries struct {
	mu          sync.Mutex
	underWay    map[deliveryID]struct{}
	now, before map[deliveryID]struct{}
	since       time.Time
}

const (
	remembered    = 2 * time.Hour
	maxDeliveries = 1 << 16
)

// deliveryID is a hash of the identifier of a delivery and of its body: each site counts for itself.
type deliveryID [sha256.Size]byte

func identify(e *WebhookEvent) deliveryID {
	body := sha256.Sum256(e.Raw)
	return sha256.Sum256(append(body[:], e.ID...))
}

type deliveryState int

const (
	unknown deliveryState = iota
	underWay
	handled
)

// begin says what is known of a delivery; an unknown one is under way from now on.
func (d *deliveries) begin(id deliveryID) deliveryState {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.age()
	if _, ok := d.underWay[id]; ok {
		return underWay
	}
	for _, known := range []map[deliveryID]struct{}{d.now, d.before} {
		if _, ok := known[id]; ok {
			return handled
		}
	}
	if d.underWay == nil {
		d.underWay = map[deliveryID]struct{}{}
	}
	d.underWay[id] = struct{}{}
	return unknown
}

// end says that a delivery is no longer under way, and whether it is done.
func (d *deliveries) end(id deliveryID, done bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.underWay, id)
	if done {
		d.age()
		d.now[id] = struct{}{}
	}
}

// age forgets what is old. What is kept is between one and two generations.
func (d *deliveries) age() {
	switch old := time.Since(d.since); {
	case d.now == nil || old >= 2*remembered:
		d.now, d.before = map[deliveryID]struct{}{}, nil
	case old >= remembered || len(d.now) >= maxDeliveries:
		d.now, d.before = map[deliveryID]struct{}{}, d.now
	default:
		return
	}
	d.since = time.Now()
}
