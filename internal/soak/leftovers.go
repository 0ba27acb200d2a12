package main

import (
	"context"
	"errors"
	"os"
	"runtime"
	"runtime/metrics"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

// stock is what the process holds at one moment.
type stock struct {
	goroutines goleak.Option
	files      int
	heap       uint64
}

func takeStock() stock {
	// The runtime opens two descriptors of its own when it first waits for one, and keeps them.
	r, w, err := os.Pipe()
	must(err)
	must(errors.Join(r.Close(), w.Close()))
	return stock{goleak.IgnoreCurrent(), openFiles(), settledHeap()}
}

// settledHeap is what is reachable. Pools give up what they hold at the second collection, and finalizers need another.
func settledHeap() uint64 {
	for range 3 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// openFiles counts file descriptors; -1 where that is not possible.
func openFiles() int {
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(names)
}

// compare notes what is there now and was not before. What has just been closed may need a moment.
func (l *leftovers) compare(before stock) {
	if err := goleak.Find(before.goroutines); err != nil {
		l.Goroutines++
		l.details = append(l.details, err.Error())
	}
	for range 50 {
		l.Files = max(0, openFiles()-before.files)
		if l.Files == 0 {
			break
		}
		<-time.After(20 * time.Millisecond)
	}
	l.HeapBefore, l.HeapAfter = before.heap, settledHeap()
}

// timers counts those that are left in a bubble in which nothing runs any more. It lets the virtual clock pass over all of
// them: each that nobody stopped starts a goroutine when it goes off. (One with a channel is gone with who waited for it.)
func timers(ctx context.Context) int {
	before := goroutinesCreated()
	pause(ctx, 24*time.Hour)
	synctest.Wait()
	return int(goroutinesCreated() - before) // #nosec G115 -- a small number
}

func goroutinesCreated() uint64 {
	sample := []metrics.Sample{{Name: "/sched/goroutines-created:goroutines"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
