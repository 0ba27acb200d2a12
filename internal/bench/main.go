// Bench measures what this module costs beside a bare loop of net/http and encoding/json that declares only the four
// fields it needs. Both do the same work against the same fake site, in turns, each time in a fresh process; the site is
// a process of its own.
//
//	go run .          # a table
//	go run . -json    # the same as JSON
//	go run . -check   # exit with 1 when a goal is missed
//	go test -bench .  # decoding alone
//
// Trust the ratios, not the times: a busy machine moves both sides. It runs where getrusage does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "serve":
		return serve(ctx)
	case len(args) == 4 && args[0] == "measure":
		return measure(ctx, args[1], args[2], args[3])
	}
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	rounds := flags.Int("rounds", 5, "how often everything is measured")
	asJSON := flags.Bool("json", false, "print a JSON object instead of the table")
	check := flags.Bool("check", false, "exit with 1 when a goal is missed")
	_ = flags.Parse(args)
	if *rounds < 1 || flags.NArg() > 0 {
		return errors.New("usage: bench [-rounds N] [-json] [-check]")
	}
	r, err := compare(ctx, *rounds)
	if err != nil {
		return err
	}
	write := r.writeTable
	if *asJSON {
		write = r.writeJSON
	}
	if err := write(os.Stdout); err != nil {
		return err
	}
	if *check && !r.met() {
		return errors.New("a goal is missed")
	}
	return nil
}

// progress shows on a terminal what is being measured.
func progress(format string, args ...any) {
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprintf(os.Stderr, format, args...)
	}
}

// compare measures all jobs, the clients in turns that change with the round.
func compare(ctx context.Context, rounds int) (*report, error) {
	srv, err := startServer(ctx)
	if err != nil {
		return nil, err
	}
	defer srv.stop()
	results := make([]samples, len(jobs))
	for round := range rounds {
		for i, j := range jobs {
			if j.once && round > 0 {
				continue
			}
			order := j.clients()
			if round%2 == 1 {
				slices.Reverse(order)
			}
			if results[i] == nil {
				results[i] = make(samples)
			}
			for _, client := range order {
				progress("\rround %d of %d: %-10s %-7s", round+1, rounds, j.name, client)
				s, err := srv.sample(ctx, j, client)
				if err != nil {
					return nil, err
				}
				results[i][client] = append(results[i][client], s)
			}
			if bare, sdk := results[i]["bare"][round].Tally, results[i]["sdk"][round].Tally; bare != sdk {
				return nil, fmt.Errorf("%s: the clients did not read the same: %+v and %+v", j.name, bare, sdk)
			}
		}
	}
	progress("\r%40s\r", "") // so that nothing of it is left
	r := &report{Rounds: rounds, Created: counts{Wanted: creates}}
	for i, j := range jobs {
		r.Figures = append(r.Figures, summarize(j, results[i])...)
	}
	if r.Created.Bare, err = srv.created(ctx, "bare"); err != nil {
		return nil, err
	}
	if r.Created.SDK, err = srv.created(ctx, "sdk"); err != nil {
		return nil, err
	}
	r.judge()
	return r, nil
}
