package main

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/examples/internal/program"
)

// login is one attempt of a person to log in, and the server to which their browser comes back.
type login struct {
	config   oauth.Config
	begun    oauth.Login
	callback *url.URL
	src      *oauth.Source
	say      func(format string, args ...any)

	server *http.Server
	served chan struct{} // closed when the server has ended

	mu   sync.Mutex    // held over the exchange of the code: a second tab waits for the result of the first
	done chan struct{} // closed when there is a result
	page *page         // the result as the person sees it
	err  error
}

// begin listens at the callback URL.
func begin(ctx context.Context, redirect string, where *cloud, src *oauth.Source, say func(string, ...any)) (*login, error) {
	port, callback, err := listen(ctx, cmp.Or(redirect, where.redirect))
	if err != nil {
		return nil, err
	}
	l := &login{
		config: where.config(callback.String()), callback: callback, src: src, say: say,
		served: make(chan struct{}), done: make(chan struct{}),
	}
	l.begun = l.config.Begin()
	l.server = &http.Server{Handler: l, ReadTimeout: 10 * time.Second, WriteTimeout: 2 * exchangeTime}
	go func() {
		defer close(l.served)
		if err := l.server.Serve(port); !errors.Is(err, http.ErrServerClosed) {
			l.end(notAnyMore, err)
		}
	}()
	return l, nil
}

// listen opens the port of a callback URL, on 127.0.0.1 alone; a free one for "".
func listen(ctx context.Context, redirect string) (net.Listener, *url.URL, error) {
	callback := &url.URL{Scheme: "http", Host: "127.0.0.1:0", Path: "/callback"}
	if redirect != "" {
		var err error
		callback, err = url.Parse(redirect)
		if err != nil {
			return nil, nil, err
		}
	}
	config := net.ListenConfig{}
	port, err := config.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", callback.Port()))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, nil, program.Usagef("-redirect: another program has the port of %s: end it, or register another callback URL "+
			"for the app and name that", callback)
	case err != nil:
		return nil, nil, program.Usagef("-redirect: %w", err)
	case redirect == "":
		callback.Host = port.Addr().String()
	}
	return port, callback, nil
}

// reachable reports whether a browser on this machine gets to this program by a callback URL.
func reachable(redirect string) bool {
	u, err := url.Parse(redirect)
	if err != nil || u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && port > 0 && (strings.EqualFold(u.Hostname(), "localhost") || u.Hostname() == "127.0.0.1")
}

// wait sends the person to the page on which they consent, and returns when there is a result.
func (l *login) wait(ctx context.Context, set *settings, where *cloud, open func(string) error) error {
	address, err := l.config.AuthCodeURL(l.begun)
	if err != nil {
		return err
	}
	patience, cancel := context.WithTimeout(ctx, set.timeout)
	defer cancel()
	l.say("Log in at this address within %v; Ctrl-C ends the wait:", set.timeout)
	l.say("%s", address)
	var browser sync.WaitGroup
	switch {
	case set.answer != "":
		browser.Go(func() {
			if err := where.answer(patience, address, set.answer); err != nil {
				l.end(notAnyMore, err)
			}
		})
	case !set.noBrowser:
		if err := open(address); err != nil {
			l.say("No browser could be opened (%v): open the address yourself.", err)
		}
	}
	select {
	case <-l.done:
	case <-patience.Done():
		err := ctx.Err()
		if err == nil {
			err = fmt.Errorf("nobody has logged in within %v: run it again, -timeout gives more time", set.timeout)
		}
		l.end(notAnyMore, err)
	}
	browser.Wait()
	return l.err
}

// end is the result of the login, unless it has one already or is about to: then it waits for that.
func (l *login) end(p *page, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.page == nil {
		l.page, l.err = p, err
		close(l.done)
	}
}

// close ends the server. Answers that are under way still get to the browser.
func (l *login) close() {
	last, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if l.server.Shutdown(last) != nil { // as when the browser has opened a connection in advance
		_ = l.server.Close()
	}
	<-l.served
}

// ServeHTTP is what the browser gets.
func (l *login) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/favicon.ico": // the pages bring theirs along
		w.WriteHeader(http.StatusNoContent)
	case !sameHost(r.Host, l.callback.Host) || r.URL.Path != "/"+strings.TrimPrefix(l.callback.Path, "/"):
		nothingHere(l.callback).write(w, http.StatusNotFound)
	case r.Method != http.MethodGet: // and no other method uses up the code
		w.Header().Set("Allow", http.MethodGet)
		w.WriteHeader(http.StatusMethodNotAllowed)
	case subtle.ConstantTimeCompare([]byte(r.URL.Query().Get("state")), []byte(l.begun.State)) != 1:
		// Exchange would find that out as well, but cannot be asked while it is busy with the right one.
		l.say("A page of another login was turned away; still waiting for this one.")
		otherLogin.write(w, http.StatusBadRequest)
	default:
		l.comeBack(r).write(w, http.StatusOK)
	}
}

// sameHost compares hosts with ports, of which browsers leave out that of http.
func sameHost(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, ":80"), strings.TrimSuffix(b, ":80"))
}

// comeBack takes what the authorization server sends the browser back with, once: the page that is loaded again, and that
// of another tab, shows what became of the first.
func (l *login) comeBack(r *http.Request) *page {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.page == nil {
		l.page, l.err = l.exchange(r.Context(), r.URL.Query())
		close(l.done)
	}
	return l.page
}

// exchangeTime bounds what happens between the consent and the page that tells the result.
const exchangeTime = time.Minute

// exchange turns the code into a token and stores it. The person may close the tab meanwhile.
func (l *login) exchange(ctx context.Context, query url.Values) (*page, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), exchangeTime)
	defer cancel()
	token, err := l.config.Exchange(ctx, l.begun, query)
	if err == nil {
		err = l.src.Save(ctx, token)
	}
	switch {
	case errors.Is(err, oauth.ErrDenied):
		return denied, err
	case err != nil:
		return failed(err), err
	}
	return loggedIn(token.Scopes()), nil
}
