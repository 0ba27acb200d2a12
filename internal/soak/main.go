// Soak is the proof that a service which calls this SDK can forget about the network. It lets 64 goroutines work on the
// fakes while a fifth of all requests fails in every way that package faults knows, while tokens are revoked and quotas are
// used up, and then counts: what was lost, what was doubled, what was sent when nothing should have been, what was left
// behind.
//
//	go run ./internal/soak -seed 1 -for 30s [-json]
//
// It prints a table, or one JSON object, and exits with status 1 when a promise is broken, the figures cannot be printed or a
// round does not end. Another round, with the next seed, begins until -for is over; the first one always ends.
//
// The seed decides the order of the work, which of the requests with the same method and path fail and how, and the contents
// of the files. It does not decide in which order goroutines run: which of two waiting calls sends the third request of a path
// differs from run to run, and so do the figures a little. A promise that is broken with one seed may need several runs with
// it to be broken again.
//
// A round has two parts. The crowd works in virtual time, in which pauses of minutes cost nothing: see crowd.go. The
// transfers of files go over sockets, in real time: see transfers.go.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
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

	limit, virtual time.Duration // of a round: who takes longer hangs
	overdue        func(limit string)
}

// whole is the promised amount.
var whole = config{
	workers: 64, keys: 10_000, creates: 10_000, edits: 2_000, issues: 50_000, searches: 4, files: 256,
	limit: 30 * time.Minute, virtual: 4 * time.Hour,
}

func main() {
	cfg, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(0)
	case err != nil:
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
		kept, err := soak(t, cfg, out)
		if err != nil {
			fmt.Fprintln(os.Stderr, "soak: the figures could not be printed:", err)
		}
		if !kept || err != nil {
			t.Fail()
		}
	}}}, nil, nil)
}

// parse reads the arguments and says what is wrong with them.
func parse(args []string, complaints io.Writer) (config, error) {
	cfg := whole
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.SetOutput(complaints)
	flags.Uint64Var(&cfg.seed, "seed", 1, "which requests fail, and how, follows from the `number`")
	flags.DurationVar(&cfg.period, "for", 30*time.Second, "how long to begin further rounds, each with the next seed")
	flags.BoolVar(&cfg.json, "json", false, "print one JSON object in place of the table")
	if err := flags.Parse(args); err != nil {
		return cfg, err // which it has printed
	}
	var err error
	switch {
	case flags.NArg() > 0:
		err = errors.New("soak takes no arguments; see -help")
	case cfg.period < 0:
		err = fmt.Errorf("soak: -for %s is over before it begins", cfg.period)
	default:
		return cfg, nil
	}
	fmt.Fprintln(complaints, err)
	return cfg, err
}

// soak runs the rounds, prints the figures and reports whether all promises were kept.
func soak(t *testing.T, cfg config, out io.Writer) (kept bool, err error) {
	start := time.Now()
	total := &figures{Seed: cfg.seed, Goroutines: cfg.workers}
	for {
		round := cfg
		round.seed += uint64(total.Rounds) // #nosec G115 -- a small number
		f := &figures{Seed: round.seed, Goroutines: cfg.workers, Rounds: 1}
		round.overdue = func(limit string) {
			total.hang(round.seed, limit)
			_ = total.print(out, cfg.json) // the status tells already that something is wrong
			_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 2)
			os.Exit(1)
		}
		watchdog := time.AfterFunc(round.limit, func() { round.overdue(round.limit.String()) })
		before := takeStock()
		synctest.Test(t, func(t *testing.T) { runCrowd(t, round, f) })
		runTransfers(t.Context(), round, f)
		f.Left.compare(before)
		watchdog.Stop()
		f.judge(round)
		total.add(f)
		if len(f.Broken) > 0 || time.Since(start) >= cfg.period {
			break
		}
	}
	total.Seconds = time.Since(start).Seconds()
	return len(total.Broken) == 0, total.print(out, cfg.json)
}
