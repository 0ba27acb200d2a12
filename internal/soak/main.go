// Soak is the proof that a service which calls this SDK can forget about the network. It lets 64 goroutines work on the
// fakes while a fifth of all requests fails in every way that package faults knows, while tokens are revoked and quotas are
// used up, and then counts: what was lost, what was doubled, what was sent when nothing should have been, what was left
// behind.
//
//	go run ./internal/soak -seed 1 -for 30s [-json]
//
// It prints a table, or one JSON object, and exits with status 1 when a promise is broken. Another round, with the next
// seed, begins until -for is over; the first one always ends. A round has two parts. The crowd works in virtual time, in
// which pauses of minutes cost nothing: see crowd.go. The transfers of files go over sockets, in real time: see
// transfers.go.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// config is what the flags say, and how much there is to do in a round.
type config struct {
	seed   uint64
	period time.Duration
	json   bool

	workers  int
	keys     int // for CreateOnce
	creates  int
	edits    int
	issues   int // to be searched
	searches int
	files    int
}

// whole is the promised amount.
var whole = config{
	workers: 64, keys: 10_000, creates: 10_000, edits: 2_000, issues: 50_000, searches: 4, files: 256,
}

func main() {
	cfg := whole
	flags := flag.NewFlagSet("soak", flag.ExitOnError)
	flags.Uint64Var(&cfg.seed, "seed", 1, "which requests fail, and how, follows from the `number`")
	flags.DurationVar(&cfg.period, "for", 30*time.Second, "how long to begin further rounds, each with the next seed")
	flags.BoolVar(&cfg.json, "json", false, "print one JSON object in place of the table")
	_ = flags.Parse(os.Args[1:]) // which exits
	if flags.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "soak takes no arguments; see -help")
		os.Exit(2)
	}

	// The clock of testing/synctest belongs to tests, so this program is one. Package testing reads the arguments and
	// prints to the standard output: the ones are read by now, and the other is not for PASS.
	os.Args = os.Args[:1]
	out := os.Stdout
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(2)
	}
	os.Stdout = null
	every := func(string, string) (bool, error) { return true, nil }
	testing.Main(every, []testing.InternalTest{{Name: "soak", F: func(t *testing.T) {
		if !soak(t, cfg, out) {
			t.Fail()
		}
	}}}, nil, nil)
}

// soak runs the rounds, prints the figures and reports whether all promises were kept.
func soak(t *testing.T, cfg config, out io.Writer) bool {
	start := time.Now()
	total := &figures{Seed: cfg.seed, Goroutines: cfg.workers}
	for {
		round := cfg
		round.seed += uint64(total.Rounds) // #nosec G115 -- a small number
		f := &figures{Seed: round.seed, Goroutines: cfg.workers, Rounds: 1}
		before := takeStock()
		synctest.Test(t, func(t *testing.T) { runCrowd(t, round, f) })
		runTransfers(t.Context(), round, f)
		f.Left.compare(before)
		f.judge(round)
		total.add(f)
		if len(f.Broken) > 0 || time.Since(start) >= cfg.period {
			break
		}
	}
	total.Seconds = time.Since(start).Seconds()
	if cfg.json {
		total.printJSON(out)
	} else {
		total.printTable(out)
	}
	return len(total.Broken) == 0
}
