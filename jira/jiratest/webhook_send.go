package jiratest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/jira-integrations/go-sdk/internal/fake"
	"github.com/jira-integrations/go-sdk/jira"
)

// How often a failed delivery is repeated, the time between, and how long the receiver may take.
const (
	maxRepeats  = 5
	repeatPause = 5 * time.Minute
	sendTimeout = 30 * time.Second
	tokenLife   = 3 * time.Minute
)

// WithWebhookTransport sets what webhooks are sent by; the default is a transport of the server's own. One that reaches an
// [http.Handler] in the same process is [WithWebhookHandler].
func WithWebhookTransport(transport http.RoundTripper) Option {
	return func(s *Server) { s.webhooks.transport = transport }
}

// WithWebhookHandler has webhooks taken by a handler in the same process, whatever their URL; no connection is made. It also
// works inside a testing/synctest bubble. Without a handler it changes nothing.
func WithWebhookHandler(handler http.Handler) Option {
	if handler == nil {
		return nil
	}
	return WithWebhookTransport(&fake.Transport{Handler: handler})
}

// WithWebhookPause sets the time after which a failed delivery is repeated; the default is 5 minutes.
func WithWebhookPause(pause time.Duration) Option {
	return func(s *Server) { s.webhooks.pause = pause }
}

// Delivery tells how a webhook was delivered.
type Delivery struct {
	// ID is that of the header X-Atlassian-Webhook-Identifier.
	ID string
	// Event says what it told of, URL where it was sent.
	Event jira.WebhookEventType
	URL   string
	// Statuses are the answers so far, 0 for none. The first that is below 300 was the last.
	Statuses []int
	// Failed says that it is not repeated any more.
	Failed bool
}

// delivery is a webhook on its way.
type delivery struct {
	id, url  string
	event    jira.WebhookEventType
	body     []byte
	user     string // who did it
	app      bool
	secret   string
	due      time.Time
	statuses []int
	failed   bool
}

// sender delivers webhooks one after the other, in their order but for those that are repeated. Its goroutine lives for as
// long as there is something to send.
type sender struct {
	transport http.RoundTripper
	own       *http.Transport
	pause     time.Duration
	fail      func(*delivery)

	mu      sync.Mutex
	idle    sync.Cond // nothing is due
	queue   []*delivery
	past    []*delivery
	wake    chan struct{}
	running bool
	busy    bool
	closed  bool
	stop    context.CancelFunc
	ctx     context.Context
	done    sync.WaitGroup
}

// maxPast bounds what is remembered of finished deliveries.
const maxPast = 10_000

// start makes a sender ready.
func (q *sender) start(fail func(*delivery)) {
	q.fail, q.idle.L, q.wake = fail, &q.mu, make(chan struct{}, 1)
	q.ctx, q.stop = context.WithCancel(context.Background()) // #nosec G118 -- by close
	if q.transport == nil {
		q.own = &http.Transport{Proxy: http.ProxyFromEnvironment}
		q.transport = q.own
	}
	if q.pause <= 0 {
		q.pause = repeatPause
	}
}

func (q *sender) add(d *delivery) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.queue = append(q.queue, d)
	q.busy = true
	if !q.running {
		q.running = true
		q.done.Go(q.run)
	}
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// close gives up what has not been delivered and waits for what is under way.
func (q *sender) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.stop()
	q.done.Wait()
	if q.own != nil {
		q.own.CloseIdleConnections()
	}
}

func (q *sender) run() {
	for {
		d, wait, more := q.next()
		switch {
		case !more:
			return
		case d != nil:
			q.attempt(d)
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-q.wake:
		case <-q.ctx.Done():
		}
		timer.Stop()
	}
}

// next returns what is due, or the time until something will be, or that there is no more.
func (q *sender) next() (d *delivery, wait time.Duration, more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.queue) == 0 || q.closed {
		q.running = false
		q.rest()
		return nil, 0, false
	}
	now := time.Now()
	at := 0
	for i, other := range q.queue {
		if other.due.Before(q.queue[at].due) {
			at = i
		}
	}
	if wait = q.queue[at].due.Sub(now); wait > 0 {
		q.rest()
		return nil, wait, true
	}
	d = q.queue[at]
	q.queue = slices.Delete(q.queue, at, at+1)
	q.busy = true
	return d, 0, true
}

func (q *sender) rest() {
	q.busy = false
	q.idle.Broadcast()
}

// attempt sends a delivery once and decides what becomes of it.
func (q *sender) attempt(d *delivery) {
	status := q.send(d)
	q.mu.Lock()
	d.statuses = append(d.statuses, status)
	again := status == 0 || status >= 500 || slices.Contains([]int{
		http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests,
	}, status)
	switch {
	case again && len(d.statuses) <= maxRepeats && !q.closed:
		d.due = time.Now().Add(q.pause)
		q.queue = append(q.queue, d)
		q.mu.Unlock()
		return
	case status < 200 || status > 299:
		d.failed = true
	}
	if q.past = append(q.past, d); len(q.past) > 2*maxPast {
		q.past = slices.Clone(q.past[maxPast:])
	}
	q.mu.Unlock()
	if d.failed && again && q.ctx.Err() == nil {
		q.fail(d)
	}
}

// send returns the status of the answer, 0 for none.
func (q *sender) send(d *delivery) int {
	ctx, cancel := context.WithTimeout(q.ctx, sendTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url, bytes.NewReader(d.body))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", "application/json; charset=UTF-8")
	req.Header.Set("User-Agent", "Atlassian Webhook HTTP Client")
	req.Header.Set("X-Atlassian-Webhook-Identifier", d.id)
	req.Header.Set("X-Atlassian-Webhook-Flow", "Primary")
	if n := len(d.statuses); n > 0 {
		req.Header.Set("X-Atlassian-Webhook-Retry", strconv.Itoa(n))
	}
	switch {
	case d.app:
		req.Header.Set("Authorization", "Bearer "+appToken(d.user, time.Now()))
	case d.secret != "":
		req.Header.Set("X-Hub-Signature", "sha256="+hex.EncodeToString(sign(d.secret, d.body)))
	}
	resp, err := q.transport.RoundTrip(req) // redirects are not followed
	if err != nil {
		return 0
	}
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return 0
	}
	return resp.StatusCode
}

func sign(secret string, data []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(data)
	return mac.Sum(nil)
}

// appToken is what tells an app that a webhook is Jira's. It is made by the real time, not that of [WithClock]: the receiver
// does not know that one.
func appToken(user string, now time.Time) string {
	encode := base64.RawURLEncoding.EncodeToString
	claims, err := json.Marshal(doc{
		"iss": AppID, "sub": user, "iat": now.Unix(), "exp": now.Add(tokenLife).Unix(), "jti": strconv.FormatInt(now.UnixNano(), 16),
	})
	if err != nil {
		panic(fmt.Sprintf("jiratest: %v", err))
	}
	signed := encode([]byte(`{"typ":"JWT","alg":"HS256"}`)) + "." + encode(claims)
	return signed + "." + encode(sign(AppSecret, []byte(signed)))
}

// Deliveries returns how the webhooks were delivered that were done with so far, in that order, the newest 10,000 at least.
func (s *Server) Deliveries() []Delivery {
	q := &s.made().webhooks
	q.mu.Lock()
	defer q.mu.Unlock()
	all := make([]Delivery, len(q.past))
	for i, d := range q.past {
		all[i] = Delivery{ID: d.id, Event: d.event, URL: d.url, Statuses: slices.Clone(d.statuses), Failed: d.failed}
	}
	return all
}

// WaitForWebhooks waits until every webhook for what has happened so far was sent once, and those whose repetition is due
// again.
func (s *Server) WaitForWebhooks() {
	q := &s.made().webhooks
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.busy {
		q.idle.Wait()
	}
}

// failedDelivery notes what could not be delivered to the app.
func (s *Server) failedDelivery(d *delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.app {
		s.state.FailedWebhooks = append(s.state.FailedWebhooks, &failedWebhook{d.id, d.url, string(d.body), s.clock()})
	}
}
