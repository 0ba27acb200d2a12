package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
)

// maxLine is how long a line of the input may be: far longer than those of go test, which cuts long output in pieces.
const maxLine = 16 << 20

// event is a line of go test -json. "go doc test2json" and "go help buildjson" describe it.
type event struct {
	Action      string
	Package     string
	Test        string
	Output      string
	FailedBuild string
	ImportPath  string // of the events of a build
}

// read reads the events to the end of the input. What is none goes to stderr. With an error it returns what it has found
// before.
func read(in io.Reader, stderr io.Writer, bar *program.Progress) (*testRun, error) {
	r := newTestRun()
	text := func(format string, args ...any) {
		bar.Clear()
		fmt.Fprintf(stderr, format+"\n", args...)
	}
	err := eachLine(in, func(line []byte, long bool) {
		var e event
		switch {
		case long:
			text("A line of more than %d MB was passed over.", maxLine>>20)
		case json.Unmarshal(line, &e) == nil && e.Action != "" && e.Package+e.ImportPath != "":
			r.add(e)
			if e.Action == "fail" {
				bar.Show("reading: " + program.Count(r.failing, "failure"))
			}
		default:
			s := strings.TrimRight(string(line), "\r\n")
			r.addText(s)
			text("%s", program.Plain(program.Clean(s)))
		}
	})
	return r, err
}

// eachLine calls do for each line of the input, with its end. Of a line that is too long it gives the beginning.
func eachLine(in io.Reader, do func(line []byte, long bool)) error {
	r := bufio.NewReaderSize(in, 64<<10)
	var line []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if room := maxLine - len(line); len(part) > room {
			part, long = part[:room], true
		}
		line = append(line, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if len(line) > 0 {
			do(line, long)
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		line, long = line[:0], false
	}
}
