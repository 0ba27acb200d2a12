package main

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
)

const (
	benchEmail = "bench@shop.example"
	benchToken = "bench-token"
	benchJQL   = "project = WEB ORDER BY created"

	creates = 500
	workers = 4
)

// subject is a client under measurement.
type subject interface {
	get(ctx context.Context, key string, t *tally) error
	search(ctx context.Context, t *tally) error
	create(ctx context.Context, summary string) error
	tiny(ctx context.Context) error
	sendJSON(ctx context.Context, v any) error
	sendStream(ctx context.Context, body []byte) error
}

func newSubject(name, site string) (subject, error) {
	switch name {
	case "bare":
		return newBare(site), nil
	case "careful":
		return newCareful(site), nil
	case "sdk":
		return newSDK(site)
	}
	return nil, fmt.Errorf("no client %q", name)
}

// tinyAnswer is the answer where the body does not matter.
type tinyAnswer struct {
	OK bool `json:"ok"`
}

// tally counts what was read; its sum proves that all clients have read the same.
type tally struct {
	Issues int
	Sum    uint32
}

func (t *tally) add(values ...string) {
	t.Issues++
	for _, v := range values {
		for i := range len(v) {
			t.Sum = (t.Sum ^ uint32(v[i])) * 16777619 // FNV
		}
	}
}

// job is one thing to measure. It consists of ops equal operations and is reported per operation.
type job struct {
	name  string
	title string
	path  string // of the site below the server's address
	ops   int
	once  bool // in the first round only
	calls bool // measured beside the careful client, too
	run   func(ctx context.Context, s subject, n int, t *tally) error
}

var big = bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB

func search(ctx context.Context, s subject, _ int, t *tally) error { return s.search(ctx, t) }

// jobs lists what is measured, in the order of the report.
var jobs = []job{
	{name: "get", title: "GET of one issue", path: "/10000/0", ops: 1500, run: func(ctx context.Context, s subject, n int, t *tally) error {
		return s.get(ctx, "WEB-"+strconv.Itoa(firstID+n), t)
	}},
	{name: "page", title: "page of 100 issues", path: "/100/0", ops: 60, run: search},
	{name: "search", title: "10,000 issues, 0 ms a page", path: "/10000/0", ops: 1, run: search},
	{name: "slow", title: "10,000 issues, 20 ms a page", path: "/10000/20", ops: 1, run: search},
	// Both read 50,000 issues, so that the collector has found its pace in both; one holds on to 1,000 of them at the most.
	{name: "few", title: "1,000 issues, 50 times", path: "/1000/0", ops: 50, run: search},
	{name: "many", title: "50,000 issues", path: "/50000/0", ops: 1, run: search},
	{name: "tiny", title: "GET of a tiny answer", ops: 3000, calls: true, run: func(ctx context.Context, s subject, _ int, _ *tally) error {
		return s.tiny(ctx)
	}},
	{name: "json", title: "POST of 1 MiB of JSON", ops: 40, calls: true, run: func(ctx context.Context, s subject, _ int, _ *tally) error {
		return s.sendJSON(ctx, string(big))
	}},
	{name: "stream", title: "POST of a stream of 1 MiB", ops: 40, calls: true, run: func(ctx context.Context, s subject, _ int, _ *tally) error {
		return s.sendStream(ctx, big)
	}},
	{name: "create", title: "500 creates through throttling", path: "/throttled/", ops: 1, once: true, run: createMany},
}

// clients lists the clients that do the job. The first is the measure of the others.
func (j *job) clients() []string {
	if j.calls {
		return []string{"bare", "careful", "sdk"}
	}
	return []string{"bare", "sdk"}
}

// site is the address of the site for a client. Each client has a throttled one of its own.
func (j *job) site(server, client string) string {
	if j.name == "create" {
		return server + j.path + client
	}
	return server + j.path
}

// createMany creates issues by several workers. Failures are not errors here: the server counts what came of it.
func createMany(ctx context.Context, s subject, _ int, _ *tally) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for n := next.Add(1); n <= creates; n = next.Add(1) {
				_ = s.create(ctx, "Issue "+strconv.FormatInt(n, 10))
			}
		})
	}
	wg.Wait()
	return nil
}
