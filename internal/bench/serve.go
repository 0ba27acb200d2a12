package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// serve is the fake site, a process of its own so that its work is not counted as a client's. It writes its address on
// stdout and ends when stdin does, which is when its parent has ended.
func serve(ctx context.Context) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	server := &http.Server{Handler: newSite(), ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(listener)
}

// site answers below a prefix that says how: /{issues}/{delay} is a site with so many issues, which takes so many
// milliseconds for each page.
type site struct {
	fixture   *fixture
	throttles sync.Map // by name: *throttle
}

func newSite() http.Handler {
	s := &site{fixture: newFixture()}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{issues}/{delay}/rest/api/3/search/jql", s.search)
	mux.HandleFunc("GET /{issues}/{delay}/rest/api/3/issue/{key}", s.issue)
	mux.HandleFunc("POST /throttled/{name}/rest/api/3/issue", s.create)
	mux.HandleFunc("GET /throttled/{name}/count", s.count)
	mux.HandleFunc("GET /tiny", func(w http.ResponseWriter, _ *http.Request) { answer(w, []byte(`{"ok":true}`)) })
	mux.HandleFunc("POST /sink", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		answer(w, []byte(`{"ok":true}`))
	})
	return mux
}

func answer(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

var pages = sync.Pool{New: func() any { return new([]byte) }}

func (s *site) search(w http.ResponseWriter, r *http.Request) {
	var query struct {
		NextPageToken string `json:"nextPageToken"`
	}
	total, err := strconv.Atoi(r.PathValue("issues"))
	delay, delayErr := strconv.Atoi(r.PathValue("delay"))
	if err != nil || delayErr != nil || json.NewDecoder(r.Body).Decode(&query) != nil {
		http.Error(w, "the path or the query is wrong", http.StatusBadRequest)
		return
	}
	at := 0
	if query.NextPageToken != "" {
		if at, err = strconv.Atoi(strings.TrimPrefix(query.NextPageToken, "Ckt-")); err != nil || at >= total {
			http.Error(w, "no such page", http.StatusBadRequest)
			return
		}
	}
	wait := time.After(time.Duration(delay) * time.Millisecond)
	page := pages.Get().(*[]byte)
	*page = s.fixture.appendPage((*page)[:0], at, total)
	<-wait
	answer(w, *page)
	pages.Put(page)
}

func (s *site) issue(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(strings.TrimPrefix(r.PathValue("key"), "WEB-"))
	if err != nil || id < firstID {
		http.Error(w, "no such issue", http.StatusNotFound)
		return
	}
	answer(w, s.fixture.appendIssue(nil, id-firstID))
}

// throttle takes a burst of creates, then turns all away for a second.
type throttle struct {
	mu      sync.Mutex
	created int
	refused int
	until   time.Time
}

const (
	burst = 100
	pause = time.Second
)

func (s *site) throttle(name string) *throttle {
	t, _ := s.throttles.LoadOrStore(name, new(throttle))
	return t.(*throttle)
}

// create makes an issue, which has no state but its number.
func (s *site) create(w http.ResponseWriter, r *http.Request) {
	var input struct {
		Fields struct {
			Summary string `json:"summary"`
		} `json:"fields"`
	}
	if err := json.NewDecoder(r.Body).Decode(&input); err != nil || input.Fields.Summary == "" {
		http.Error(w, "an issue needs a summary", http.StatusBadRequest)
		return
	}
	id, ok := s.throttle(r.PathValue("name")).admit()
	if !ok {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprintf(w, `{"id":"%d","key":"WEB-%d","self":"https://shop.atlassian.net/rest/api/3/issue/%d"}`, id, id, id)
}

func (t *throttle) admit() (id int, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Now().Before(t.until) {
		t.refused++
		return 0, false
	}
	t.created++
	if t.created%burst == 0 {
		t.until = time.Now().Add(pause)
	}
	return firstID + t.created, true
}

func (s *site) count(w http.ResponseWriter, r *http.Request) {
	t := s.throttle(r.PathValue("name"))
	t.mu.Lock()
	defer t.mu.Unlock()
	answer(w, fmt.Appendf(nil, `{"created":%d,"refused":%d}`, t.created, t.refused))
}
