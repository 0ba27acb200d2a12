package program

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/term"
)

// Terminal reports whether what a program reads from or writes to is a terminal.
func Terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Plain keeps a text that comes from elsewhere from steering the terminal, and on one line.
func Plain(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, s)
}

var escapes = regexp.MustCompile("(?:\x1b\\[|\u009b)[0-?]*[ -/]*[@-~]?" + // colors and the like
	"|(?:\x1b\\]|\u009d)[^\a\x1b\u009c\n]*(?:\a|\x1b\\\\|\u009c)?" + // links and titles
	"|\x1b[ -/]*[0-~]?")

// Clean leaves of a text what can be read: no escape codes of terminals, no other control characters but tabs and the ends
// of lines, which become \n. What a lone \r draws over, as a progress bar does, is kept on a line of its own.
func Clean(s string) string {
	if !strings.ContainsFunc(s, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\t' }) {
		return s // as nearly all texts
	}
	s = escapes.ReplaceAllString(s, "")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\r':
			return '\n'
		case unicode.IsControl(c) && c != '\n' && c != '\t':
			return -1
		}
		return c
	}, s)
}

// Dash is the text, or "-" where there is none.
func Dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// Count says how many things there are: "1 failure", "2 failures".
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// Progress is a bar on a terminal, and nothing in a pipe. Its methods may be called from several goroutines.
type Progress struct {
	w     io.Writer // nil in a pipe
	mu    sync.Mutex
	done  int
	total int
}

// NewProgress shows progress on stderr.
func NewProgress(stderr io.Writer) *Progress {
	if Terminal(stderr) {
		return &Progress{w: stderr}
	}
	return &Progress{}
}

// Show replaces what is shown by a text.
func (p *Progress) Show(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.show(text)
}

// Clear takes away what is shown. Call it before anything else is printed.
func (p *Progress) Clear() { p.Show("") }

// Start shows a bar that is full after total steps.
func (p *Progress) Start(total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done, p.total = 0, total
	p.draw()
}

// Step moves the bar on.
func (p *Progress) Step() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.draw()
}

const clearLine = "\r\x1b[K"

func (p *Progress) show(text string) {
	if p.w != nil {
		fmt.Fprint(p.w, clearLine+Plain(text))
	}
}

func (p *Progress) draw() {
	const width = 30
	filled := width * p.done / max(p.total, 1)
	p.show(fmt.Sprintf("[%s%s] %d/%d", strings.Repeat("=", filled), strings.Repeat(" ", width-filled), p.done, p.total))
}
