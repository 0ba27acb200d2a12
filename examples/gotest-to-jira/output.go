package main

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
)

const (
	// kept is how many bytes of the output of a test are kept.
	kept = 32 << 10
	// keptBegin is how many of them are its beginning, and keptCrash those of a crash: what happened stands before all the
	// goroutines.
	keptBegin, keptCrash = 4 << 10, 4 << 10
	// keptLogs is how much of the rest is for what the test has logged; the end has all that is then left.
	keptLogs = 8 << 10
	// keptOfLine is how much of a line is kept, half of it on either side.
	keptOfLine = 24 << 10
)

// output keeps what matters most of what is written to it: its beginning, the lines that tell of a failure, and its end.
type output struct {
	lines   []line
	size    int
	part    part
	crashed bool
	crash   int // bytes of it that are marked so far
}

// line is a line as people read it. A long one has lost its middle.
type line struct {
	before     int // lines that are missing before it
	head, tail string
	cut        int // bytes that are missing between the two
	kind       lineKind
}

type lineKind int

const (
	ofText lineKind = iota
	ofLog
	ofCrash
)

// part is a line that has not ended yet.
type part struct {
	head, tail []byte
	cut        int
}

var (
	crashes = regexp.MustCompile(`^(?:panic: |fatal error: |signal: |WARNING: DATA RACE|testing: race detected outside)`)
	logs    = regexp.MustCompile(`^ +\S+_test\.go:\d+: `)
	frames  = regexp.MustCompile(`^=== (?:RUN   |PAUSE |CONT  |NAME  )`) // which test is writing
)

func (o *output) write(s string) {
	for more := true; more; {
		var text string
		text, s, more = strings.Cut(s, "\n")
		o.part.add(text)
		if more {
			o.end()
		}
	}
}

func (p *part) add(s string) {
	const half = keptOfLine / 2
	n := min(len(s), half-len(p.head))
	p.head = append(p.head, s[:n]...)
	p.tail = append(p.tail, s[n:]...)
	if over := len(p.tail) - half; over > half {
		p.tail = bytes.Clone(p.tail[over:])
		p.cut += over
	}
}

// end takes in the line that has just ended.
func (o *output) end() {
	p := o.part
	o.part = part{head: p.head[:0], tail: p.tail[:0]}
	head, tail := string(p.head), string(p.tail)
	if p.cut == 0 {
		head, tail = head+tail, ""
	}
	if strings.HasPrefix(head, "===") && frames.MatchString(head) {
		return
	}
	head = program.Clean(strings.TrimRight(head, "\r"))
	if p.cut > 0 {
		l := line{head: strings.ToValidUTF8(head, ""), tail: strings.ToValidUTF8(program.Clean(tail), "")} // without half characters
		l.cut = p.cut + len(head) - len(l.head) + len(tail) - len(l.tail)
		o.add(l)
		return
	}
	for text := range strings.SplitSeq(head, "\n") {
		o.add(line{head: text})
	}
}

func (o *output) add(l line) {
	switch {
	case o.crash > 0 || crashes.MatchString(l.head):
		o.crashed = true
		if o.crash < keptCrash {
			l.kind = ofCrash
		}
		o.crash += len(l.head) + 1
	case strings.HasPrefix(l.head, " ") && logs.MatchString(l.head):
		l.kind = ofLog
	}
	o.lines = append(o.lines, l)
	if o.size += l.size(); o.size > 2*kept {
		o.lines = fit(o.lines, kept)
		o.size = size(o.lines)
	}
}

func (o *output) drop() { *o = output{} }

// all returns the lines, also the one that has not ended.
func (o *output) all() []line {
	if len(o.part.head) > 0 {
		o.end()
	}
	return o.lines
}

// last returns the end of the output, at most n bytes.
func (o *output) last(n int) string {
	lines := o.all()
	at := len(lines)
	for at > 0 && n >= lines[at-1].size() {
		at--
		n -= lines[at].size()
	}
	return text(lines[at:])
}

// speaks reports whether there is more than the lines that go test itself writes about a test.
func (o *output) speaks() bool {
	return slices.ContainsFunc(o.all(), func(l line) bool {
		s := strings.TrimSpace(l.head)
		return s != "" && !strings.HasPrefix(s, "--- ")
	})
}

// note is how many bytes it takes to say that something is missing.
const note = 40

// size is how many bytes the line makes, with what it says of what is missing.
func (l line) size() int {
	n := len(l.head) + len(l.tail) + 1
	if l.before > 0 {
		n += note
	}
	if l.cut > 0 {
		n += note
	}
	return n
}

func (l line) String() string {
	var s string
	if l.before > 0 {
		s = missing(l.before)
	}
	s += l.head
	if l.cut > 0 {
		s += fmt.Sprintf(" [… %s missing …] ", program.Count(l.cut, "byte"))
	}
	return s + l.tail + "\n"
}

func missing(lines int) string {
	return fmt.Sprintf("[… %s missing]\n", program.Count(lines, "line"))
}

func text(lines []line) string {
	var all strings.Builder
	for _, l := range lines {
		all.WriteString(l.String())
	}
	return all.String()
}

func size(lines []line) int {
	n := 0
	for _, l := range lines {
		n += l.size()
	}
	return n
}

// shorten takes out the middle of a line, to leave about n bytes.
func (l line) shorten(n int) line {
	if l.size() <= n {
		return l
	}
	half := max(n/2-note, 0)
	head, tail := l.head, l.tail
	if l.cut == 0 {
		tail = head
	}
	begin, end := min(half, len(head)), max(len(tail)-half, 0)
	for begin > 0 && begin < len(head) && !utf8.RuneStart(head[begin]) {
		begin--
	}
	for end < len(tail) && !utf8.RuneStart(tail[end]) {
		end++
	}
	l.cut += len(l.head) + len(l.tail) - begin - (len(tail) - end)
	l.head, l.tail = strings.Clone(head[:begin]), strings.Clone(tail[end:])
	return l
}

// fit leaves of the lines what n bytes have room for, which are at least 1024. The last line is always left.
func fit(lines []line, n int) []line {
	if size(lines) <= n {
		return lines
	}
	lines = slices.Clone(lines)
	for _, most := range []int{n / 2, n / 4} { // no line may push all others out
		for i, l := range lines {
			lines[i] = l.shorten(most)
		}
		if size(lines) <= n {
			return lines
		}
	}
	keep := make([]bool, len(lines))
	room := n - note // the end may need one
	take := func(i, size, most int) bool {
		if !keep[i] && size <= min(most, room) {
			keep[i] = true
			room -= size
		}
		return keep[i]
	}
	begin := n * keptBegin / kept
	lines[0] = lines[0].shorten(begin)
	for i := 0; i < len(lines) && take(i, lines[i].size(), begin); i++ {
		begin -= lines[i].size()
	}
	first := func(kind lineKind, share int) {
		for i, l := range lines {
			if size := l.size() + note; l.kind == kind && !keep[i] && take(i, size, share) {
				share -= size
			}
		}
	}
	first(ofCrash, n*keptCrash/kept)
	first(ofLog, n*keptLogs/kept)
	for i := len(lines) - 1; i >= 0 && take(i, lines[i].size(), n); i-- {
	}
	rest, gone := lines[:0], 0
	for i, l := range lines {
		if !keep[i] {
			gone += l.before + 1
			continue
		}
		l.before += gone
		gone = 0
		rest = append(rest, l)
	}
	return rest
}

// join puts several outputs together to a text of at most n bytes. The last one comes first when room is given away, but
// as many of the others as can be of use have some of it.
func join(outputs []*output, n int) string {
	const least = 1 << 10 // with less an output is of no use
	all := make([][]line, len(outputs))
	rooms := make([]int, len(outputs))
	rest := n - note // the last one
	share := max(rest/2/max(len(outputs), 1), least)
	give := func(i, most int) {
		more := min(size(all[i])-rooms[i], most, rest)
		if more > 0 && rooms[i]+more >= min(size(all[i]), least) {
			rooms[i] += more
			rest -= more
		}
	}
	for i, o := range outputs {
		all[i] = o.all()
	}
	for i := range outputs { // the last one, then the others from the first on, as long as half of the room is there
		if i = (i + len(outputs) - 1) % len(outputs); rest >= n/2 {
			give(i, share)
		}
	}
	for i := range slices.Backward(outputs) {
		give(i, n)
	}
	var lines []line
	gone := 0
	for i := range outputs {
		if rooms[i] == 0 {
			for _, l := range all[i] {
				gone += l.before + 1
			}
			continue
		}
		some := slices.Clone(fit(all[i], rooms[i]))
		some[0].before += gone
		gone = 0
		lines = append(lines, some...)
	}
	joined := text(lines)
	if gone > 0 {
		joined += missing(gone)
	}
	return strings.TrimRight(joined, "\n")
}
