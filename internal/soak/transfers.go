package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/faults"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/jiratest"
)

// transfers is the part of a round in real time: files go up to a site and come down from it, through sockets, while
// connections are refused, reset and cut.
type transfers struct {
	config

	site *jiratest.Server
	jc   *jira.Client
	dir  string
	f    *transferFigures

	mu       sync.Mutex
	uploaded []upload
}

// upload is one file and what the caller was told of it.
type upload struct {
	name      string
	told      *jira.Attachment // nil after an error
	ambiguous bool
}

func runTransfers(ctx context.Context, cfg config, f *figures) {
	dir, err := os.MkdirTemp("", "soak")
	must(err)
	defer func() { must(os.RemoveAll(dir)) }()
	t := &transfers{config: cfg, dir: dir, f: &f.Transfers, site: jiratest.NewServer()}
	defer t.site.Close()
	issue := t.site.AddIssue("WEB", "Task", "files", nil)

	var open, dialled, strangers atomic.Int64
	network := &http.Transport{DialContext: func(ctx context.Context, kind, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, kind, address)
		if err != nil {
			return nil, err
		}
		dialled.Add(1)
		open.Add(1)
		return &countedConn{Conn: conn, open: &open}, nil
	}}
	var leaked atomic.Int64
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "" {
			leaked.Add(1)
		}
		stranger(w, int(strangers.Add(1)))
	}))
	defer foreign.Close()
	refusals := new(faults.Injector) // the only fault that a server cannot do
	refusals.Seed(cfg.seed)
	refusals.Add(faults.Mix(faultRate/8, faults.Refused())...)
	t.site.Faults().Seed(cfg.seed)
	bad := faults.BadGateway()
	bad.Name, bad.Handled = "HTML 502 for what took effect", true
	t.site.Faults().Add(faults.Mix(faultRate*7/8,
		faults.ResetBefore(), faults.ResetAfter(), faults.HalfAnswer(), faults.LongLength(), faults.ShortLength(),
		faults.GzipGarbage(), faults.BadGateway(), bad, faults.SlowBody(20*time.Millisecond), faults.Unauthorized(),
		faults.RateLimited("", faults.ByNothing, 0), faults.RedirectTo(foreign.URL+"/login"))...)

	auth := client.BasicAuth(jiratest.Email, jiratest.Token)
	retry := client.RetryPolicy{MinWait: 5 * time.Millisecond, MaxWait: 50 * time.Millisecond}
	t.jc, err = jira.New(t.site.URL, auth, client.WithTransport(refusals.Transport(network)), client.WithRetry(retry))
	must(err)
	t.each(func(n int) { t.upload(ctx, issue, n) })
	t.each(func(n int) { t.download(ctx, n) })

	t.site.Faults().Clear()
	refusals.Clear()
	t.count(ctx, issue)
	network.CloseIdleConnections()
	for range 100 { // a connection that the server cuts is closed by its reader, a moment later
		if open.Load() == 0 {
			break
		}
		pause(ctx, 20*time.Millisecond)
	}
	t.f.Connections, t.f.Dialled = int(open.Load()), int(dialled.Load())
	f.Security.Leaked += int(leaked.Load())
}

// each lets the goroutines share the files.
func (t *transfers) each(job func(n int)) {
	queue := make(chan int)
	var wg sync.WaitGroup
	for range t.workers {
		wg.Go(func() {
			for n := range queue {
				job(n)
			}
		})
	}
	for n := range t.files {
		queue <- n
	}
	close(queue)
	wg.Wait()
}

// contents are the bytes of a file: other ones in each, up to a third of a megabyte.
func (t *transfers) contents(n int) []byte {
	var seed [32]byte
	copy(seed[:], fmt.Sprintf("%d/%d", t.seed, n))
	data := make([]byte, 1+n*9973%(300<<10))
	_, _ = rand.NewChaCha8(seed).Read(data) // which never fails
	return data
}

// number is that of the file: uploads end in any order.
func (u *upload) number() (n int) {
	_, err := fmt.Sscanf(u.name, "file-%d.bin", &n)
	must(err)
	return n
}

func fileName(n int) string { return fmt.Sprintf("file-%d.bin", n) }

func (t *transfers) upload(ctx context.Context, issue string, n int) {
	path := filepath.Join(t.dir, fileName(n))
	must(os.WriteFile(path, t.contents(n), 0o600))
	file := jira.UploadFile(path)
	if n%4 == 0 { // and some that can be read only once
		file = jira.UploadReader(fileName(n), io.NopCloser(bytes.NewReader(t.contents(n))))
	}
	got, err := t.jc.Attachments.Upload(ctx, issue, file)
	u := upload{name: fileName(n), ambiguous: errors.Is(err, client.ErrAmbiguous)}
	if err == nil {
		u.told = &got[0]
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.uploaded = append(t.uploaded, u)
	t.f.Uploads++
	t.f.Megabytes += len(t.contents(n)) // bytes, for now
	if err != nil {
		t.f.UploadErrors++
	}
}

// download reads one of the files that are there, into a file. Nothing in HTTP tells an answer that announces too few bytes
// from a whole one, nor another one that a redirect leads to: a caller who knows the size compares it.
func (t *transfers) download(ctx context.Context, n int) {
	u := t.uploaded[n]
	if u.told == nil {
		return
	}
	path := filepath.Join(t.dir, "down-"+u.name)
	var failed error
	if n%2 == 0 {
		attachment := *u.told
		attachment.Filename = filepath.Base(path)
		_, failed = t.jc.Attachments.Save(ctx, &attachment, t.dir)
	} else {
		file, err := os.Create(path) // #nosec G304 -- in a folder of our own
		must(err)
		_, failed = t.jc.Attachments.Download(ctx, string(u.told.ID), file)
		must(file.Close())
	}
	data, err := os.ReadFile(path) // #nosec G304 -- the same
	removed := errors.Is(err, os.ErrNotExist) && failed != nil && n%2 == 0
	if !removed {
		must(err)
	}
	want := t.contents(u.number())
	t.mu.Lock()
	defer t.mu.Unlock()
	t.f.Downloads++
	t.f.Megabytes += len(data)
	switch {
	case failed != nil:
		t.f.DownloadErrors++
		if n%2 == 0 && !removed {
			t.f.Different++ // Save leaves a file or an error
		}
		if strange := string(data) == strangePage || string(data) == strangeAnswer; !strange && !bytes.HasPrefix(want, data) {
			t.f.Different++ // what came before the error is the beginning
		}
	case int64(len(data)) != u.told.Size:
		t.f.DownloadErrors++
		t.f.ToldBySize++
	case !bytes.Equal(data, want):
		t.f.Different++
	}
}

// count compares what is there with what the callers were told.
func (t *transfers) count(ctx context.Context, issue string) {
	t.f.Megabytes /= 1e6
	found, err := t.jc.Issues.Get(ctx, issue, &jira.GetIssueParams{Fields: []string{"attachment"}})
	must(err)
	there := map[string][]string{}
	for _, a := range found.Fields.Attachments {
		there[a.Filename] = append(there[a.Filename], string(a.ID))
	}
	for _, u := range t.uploaded {
		ids := there[u.name]
		switch {
		case u.told != nil && (len(ids) == 0 || ids[0] != string(u.told.ID)):
			t.f.Lost++
		case u.told == nil && !u.ambiguous && len(ids) > 0:
			t.f.Secret++
		}
		t.f.Doubled += max(0, len(ids)-1)
		for _, id := range ids { // also of those that were ambiguous
			var whole strings.Builder
			_, err := t.jc.Attachments.Download(ctx, id, &whole)
			must(err)
			if whole.String() != string(t.contents(u.number())) {
				t.f.Different++
			}
		}
	}
}

// countedConn counts as open until it is closed.
type countedConn struct {
	net.Conn

	once sync.Once
	open *atomic.Int64
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}
