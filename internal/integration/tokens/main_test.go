//go:build unix

package tokens_test

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// demanded says that everything must be proven here, however long it takes.
var demanded = os.Getenv("SDK_INTEGRATION") == "1"

// demand skips what needs a database server or minutes.
func demand(t *testing.T) {
	t.Helper()
	if !demanded {
		t.Skip("needs PostgreSQL, MariaDB and some minutes: set SDK_INTEGRATION=1")
	}
}

func TestMain(m *testing.M) {
	if job := os.Getenv(workerEnv); job != "" {
		work(job) // a process that a test has started
		return
	}
	status := m.Run()
	for _, stop := range cleanups.list {
		stop()
	}
	report.print()
	os.Exit(status)
}

// cleanups are run after all tests: servers are shared.
var cleanups struct {
	sync.Mutex
	list []func()
}

func atEnd(f func()) {
	cleanups.Lock()
	defer cleanups.Unlock()
	cleanups.list = append(cleanups.list, f)
}

// report is the table of the figures that tests have measured.
var report table

type table struct {
	sync.Mutex
	rows []row
}

// row is what one proof has measured. Due are the tokens that came to their end, each to be renewed exactly once, where
// they are counted.
type row struct {
	proof, store                 string
	processes, goroutines, kills int
	calls, failed, due           int
	refreshes, recoveries        int
	reuses, refused              int
	slowest                      time.Duration // call
}

func (r *table) add(line row) {
	r.Lock()
	defer r.Unlock()
	r.rows = append(r.rows, line)
}

func (r *table) print() {
	if len(r.rows) == 0 {
		return
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "proof\tstore\tprocesses\tgoroutines\tkills\tcalls\tfailed\tdue\trefreshes\trecoveries\treuses\tinvalid_grant\tslowest\t")
	for _, l := range r.rows {
		due, slowest := "-", "-"
		if l.due > 0 {
			due = strconv.Itoa(l.due)
		}
		if l.slowest > 0 {
			slowest = l.slowest.Round(time.Millisecond).String()
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\t%d\t%d\t%d\t%d\t%s\t\n", l.proof, l.store, l.processes, l.goroutines,
			l.kills, l.calls, l.failed, due, l.refreshes, l.recoveries, l.reuses, l.refused, slowest)
	}
	_ = w.Flush()
}
