package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"text/tabwriter"
	"unicode"

	"golang.org/x/term"
)

// printer writes the report: a table for people, or one JSON object per line.
type printer struct {
	stdout, stderr io.Writer
	json           bool
}

// say tells people something; among JSON it would be in the way.
func (p *printer) say(format string, args ...any) {
	w := p.stdout
	if p.json {
		w = p.stderr
	}
	fmt.Fprintf(w, format+"\n", args...)
}

// print writes all rows and returns the number of those that failed.
func (p *printer) print(rows []*row) int {
	bad := 0
	for _, r := range rows {
		if r.Result == failed {
			bad++
		}
	}
	if p.json {
		enc := json.NewEncoder(p.stdout)
		enc.SetEscapeHTML(false)
		for _, r := range rows {
			_ = enc.Encode(r) // a closed pipe: nobody reads any more
		}
		return bad
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TEST\tRESULT\tISSUE\tURL")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", plain(r.Test), r.Result, dash(r.Issue), dash(plain(r.URL)))
	}
	_ = w.Flush()
	for _, r := range rows {
		if r.Result == failed {
			fmt.Fprintf(p.stderr, "%s: %s\n", plain(r.Test), plain(r.Error))
		}
	}
	return bad
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// plain keeps what a test title may hold from steering the terminal.
func plain(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, s)
}

// progress is a bar on a terminal, and nothing in a pipe.
type progress struct {
	w     io.Writer
	mu    sync.Mutex
	done  int
	total int
}

func newProgress(stderr io.Writer) *progress {
	if f, ok := stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &progress{w: f}
	}
	return &progress{}
}

const clearLine = "\r\x1b[K"

func (p *progress) show(text string) {
	if p.w != nil {
		fmt.Fprint(p.w, clearLine+plain(text))
	}
}

func (p *progress) clear() { p.show("") }

func (p *progress) start(total int) {
	p.total = total
	p.draw()
}

func (p *progress) step() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.draw()
}

func (p *progress) draw() {
	const width = 30
	filled := width * p.done / max(p.total, 1)
	p.show(fmt.Sprintf("[%s%s] %d/%d", strings.Repeat("=", filled), strings.Repeat(" ", width-filled), p.done, p.total))
}
