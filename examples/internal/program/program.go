// Package program is what the example programs have in common: how they end, how they talk to people, and how they get
// to a Jira site, real or fake.
//
//	func main() {
//		program.Main(func(ctx context.Context) int {
//			return run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
//		})
//	}
package program

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
)

// The exit statuses of all programs.
const (
	ExitOK          = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitInterrupted = 130
)

// Main runs a program and exits with the status that run returns. The context ends at the first Ctrl-C: run then finishes
// what it has begun and begins nothing more.
func Main(run func(ctx context.Context) int) {
	signal.Ignore(syscall.SIGPIPE) // a reader that goes away, as in "| head", must not end the work half done
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		stop() // a second Ctrl-C ends the program at once
		fmt.Fprintln(os.Stderr, "\nInterrupted: finishing what has begun; Ctrl-C again ends at once.")
	})
	os.Exit(run(ctx))
}

// UsageError is a mistake of whoever called the program. [Exit] makes it status 2.
type UsageError struct{ Err error }

func (e UsageError) Error() string { return e.Err.Error() }

// Unwrap returns the mistake itself.
func (e UsageError) Unwrap() error { return e.Err }

// Usagef makes a [UsageError], as [fmt.Errorf] makes an error.
func Usagef(format string, args ...any) error { return UsageError{fmt.Errorf(format, args...)} }

// Exit tells what went wrong, if anything did, and returns the exit status. What an interrupted program says ends in
// interrupted, which tells what to do about the rest; what else went wrong comes before that.
func Exit(ctx context.Context, name string, err error, interrupted string, stderr io.Writer) int {
	var usage UsageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return ExitOK
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "%s: %v (-help shows the flags)\n", name, err)
		return ExitUsage
	}
	for line := range strings.Lines(err.Error()) { // one for each thing that went wrong
		line = strings.TrimSuffix(line, "\n")
		if ctx.Err() == nil || !strings.HasSuffix(line, context.Canceled.Error()) {
			fmt.Fprintf(stderr, "%s: %s\n", name, line)
		}
	}
	if ctx.Err() == nil {
		return ExitFailed
	}
	fmt.Fprintf(stderr, "%s: interrupted; %s\n", name, interrupted)
	return ExitInterrupted
}

// Parse reads the command line. When that asks for help it prints the introduction and the flags, and returns
// [flag.ErrHelp]; other mistakes are a [UsageError].
func Parse(fs *flag.FlagSet, args []string, introduction string, stderr io.Writer) error {
	fs.SetOutput(io.Discard)
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(stderr, introduction)
		fs.SetOutput(stderr)
		fs.PrintDefaults()
	case err != nil:
		return UsageError{err}
	}
	return err
}

// Each calls do for all items, at most atOnce at the same time, beginning them in order, and waits for all.
func Each[T any](items []T, atOnce int, do func(T)) {
	slots := make(chan struct{}, atOnce)
	var workers sync.WaitGroup
	for _, item := range items {
		slots <- struct{}{}
		workers.Go(func() {
			defer func() { <-slots }()
			do(item)
		})
	}
	workers.Wait()
}

// Interruptible reads from r until the context ends, also while r, a terminal or a pipe, has nothing to say. It is then
// of no more use, and neither is r.
func Interruptible(ctx context.Context, r io.Reader) io.Reader { return &reader{ctx, r} }

type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	type outcome struct {
		data []byte
		err  error
	}
	read := make(chan outcome, 1)
	go func() {
		data := make([]byte, len(p)) // not p, which is the caller's again when the context ends
		n, err := r.r.Read(data)
		read <- outcome{data[:n], err}
	}()
	select {
	case got := <-read:
		return copy(p, got.data), got.err
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	}
}
