// Package memory measures, for tests that hold a bound against what is held. Such tests are not parallel: the parallel ones
// wait for them.
package memory

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// NoRace skips a test that measures where the race detector is on: that needs memory of its own. .ci/run runs the tests of
// memory again without it.
func NoRace(tb testing.TB) {
	tb.Helper()
	if Raced {
		tb.Skip("the race detector needs memory of its own: .ci/run measures without it")
	}
}

// Held returns how many bytes are in use. A pool lets go of what it holds at the second collection.
func Held() int64 {
	runtime.GC()
	runtime.GC()
	runtime.GC()
	return inUse()
}

// Peak returns how many bytes do holds at most, beyond what was there before.
func Peak(do func()) int64 {
	defer debug.SetGCPercent(debug.SetGCPercent(5)) // so that what is held is not lost among what was
	before, most := Held(), int64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(2 * time.Millisecond)
		defer ticker.Stop()
		for {
			most = max(most, inUse()-before)
			select {
			case <-stop:
				return
			case <-ticker.C:
			}
		}
	}()
	do()
	close(stop)
	<-stopped
	return most
}

func inUse() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) // #nosec G115 -- no machine has as much
}
