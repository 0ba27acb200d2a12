package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// figures are what a run has counted. Where a promise wants zero, the name says what is not allowed to happen.
type figures struct {
	Seed       uint64  `json:"seed"`
	Rounds     int     `json:"rounds"`
	Goroutines int     `json:"goroutines"`
	Seconds    float64 `json:"seconds"`
	Virtual    float64 `json:"virtual_seconds"`

	Requests  int            `json:"requests"`
	Faulted   int            `json:"faulted"` // of those, by chance
	Faults    map[string]int `json:"faults"`
	Storms    int            `json:"storm_refusals"` // requests that a storm of 401 refused
	Rotations int            `json:"token_rotations"`
	Foreign   int            `json:"requests_to_other_hosts"`

	Once      onceFigures     `json:"create_once"`
	Creates   createFigures   `json:"creates"`
	Edits     editFigures     `json:"edits"`
	Searches  searchFigures   `json:"searches"`
	Transfers transferFigures `json:"transfers"`
	Pauses    pauseFigures    `json:"pauses"`
	Security  securityFigures `json:"credentials"`
	Left      leftovers       `json:"left_behind"`

	Broken []string `json:"broken"`
}

type onceFigures struct {
	Keys      int `json:"keys"`
	Issues    int `json:"issues"`
	Ambiguous int `json:"ambiguous_calls"`
	Failed    int `json:"failed_calls"`
	Lost      int `json:"lost"`    // keys without an issue, or with another one than the caller was told
	Doubled   int `json:"doubled"` // issues beyond one of a key
}

type createFigures struct {
	Calls     int `json:"calls"`
	Confirmed int `json:"confirmed"`
	Refused   int `json:"refused"`
	Ambiguous int `json:"ambiguous"`
	Arrived   int `json:"ambiguous_that_arrived"`
	Issues    int `json:"issues"`
	Lost      int `json:"lost"`    // confirmed, and not there
	Doubled   int `json:"doubled"` // more than one for a call
	Secret    int `json:"secret"`  // there, though the caller was told that nothing was done
}

type editFigures struct {
	Calls     int `json:"calls"`
	Confirmed int `json:"confirmed"`
	Lost      int `json:"lost"` // confirmed, and not there
	Reads     int `json:"reads"`
	Read      int `json:"reads_that_went_well"`
	Wrong     int `json:"reads_that_were_wrong"` // another issue, or none
}

type searchFigures struct {
	Searches   int `json:"searches"`
	Issues     int `json:"issues"`
	Begun      int `json:"begun"` // searches that ended in an error were begun anew
	Stalled    int `json:"stalled"`
	Duplicates int `json:"duplicates"`
	Missing    int `json:"missing"`
	Endless    int `json:"endless"`
	Unfinished int `json:"unfinished"`
}

type transferFigures struct {
	Uploads        int `json:"uploads"`
	UploadErrors   int `json:"upload_errors"`
	Downloads      int `json:"downloads"`
	DownloadErrors int `json:"download_errors"`
	ToldBySize     int `json:"told_by_their_size"` // downloads that were wrong in nothing but their size; among the errors
	Megabytes      int `json:"megabytes"`
	Different      int `json:"different"` // bytes that are not the ones that were sent, without an error
	Lost           int `json:"lost"`      // uploads that were confirmed and are not there
	Doubled        int `json:"doubled"`
	Secret         int `json:"secret"` // there, though the caller was told that nothing was done
	Connections    int `json:"connections_left"`
	Dialled        int `json:"connections"`
}

type securityFigures struct {
	Leaked int `json:"sent_elsewhere"`
	Reused int `json:"spent_refresh_tokens_sent"`
}

type leftovers struct {
	Goroutines int    `json:"goroutines"`
	Files      int    `json:"file_handles"`
	Timers     int    `json:"timers"`
	HeapBefore uint64 `json:"heap_before"`
	HeapAfter  uint64 `json:"heap_after"`
	details    []string
}

// heapSlack is what a heap may grow by without being a leak: caches of types, of the profiler, of the runtime.
const heapSlack = 4 << 20

// judge names the promises of a round that are broken.
func (f *figures) judge(cfg config) {
	zero := func(what string, n int) {
		if n != 0 {
			f.Broken = append(f.Broken, fmt.Sprintf("seed %d: %s: %d", f.Seed, what, n))
		}
	}
	hold := func(what string, ok bool) {
		if !ok {
			f.Broken = append(f.Broken, fmt.Sprintf("seed %d: %s", f.Seed, what))
		}
	}
	hold(fmt.Sprintf("%d keys have %d issues", f.Once.Keys, f.Once.Issues), f.Once.Keys == cfg.keys && f.Once.Issues == cfg.keys)
	zero("keys without the issue that the caller was told of", f.Once.Lost)
	zero("issues beyond one of a key", f.Once.Doubled)

	c := f.Creates
	hold(fmt.Sprintf("%d of %d creates are neither confirmed, refused nor ambiguous", c.Calls-c.Confirmed-c.Refused-c.Ambiguous, c.Calls),
		c.Calls == cfg.creates && c.Confirmed+c.Refused+c.Ambiguous == c.Calls)
	hold(fmt.Sprintf("%d creates were confirmed and %d arrived, but there are %d issues", c.Confirmed, c.Arrived, c.Issues),
		c.Confirmed+c.Arrived == c.Issues)
	zero("creates that were confirmed and lost", c.Lost)
	zero("creates that made more than one issue", c.Doubled)
	zero("creates that were refused and made an issue", c.Secret)
	zero("edits that were confirmed and lost", f.Edits.Lost)

	zero("reads of another issue, or of none", f.Edits.Wrong)

	s := f.Searches
	zero("keys that a search yielded twice", s.Duplicates)
	zero("untouched issues that a search missed", s.Missing)
	zero("searches that did not end", s.Endless)
	zero("searches that never went well", s.Unfinished)

	t := f.Transfers
	zero("files that arrived with other bytes and without an error", t.Different)
	zero("uploads that were confirmed and lost", t.Lost)
	zero("uploads that made more than one attachment", t.Doubled)
	zero("uploads that were refused and made an attachment", t.Secret)
	zero("connections left", t.Connections)

	p := f.Pauses
	zero("requests sent during a quota's pause", p.SentDuring)
	zero("waits shorter than the server asked for", p.Early)
	zero("goroutines that did not resume with the others", p.Late)
	hold(fmt.Sprintf("of %d goroutines no more than %d resumed together", cfg.workers, p.Together), 10*p.Together >= 9*cfg.workers) // some have a wait of their own
	hold(fmt.Sprintf("a call that was told to wait for an hour slept %.1f s or did not say so", p.HourSlept), p.HourTold && p.HourSlept < 1)
	hold(fmt.Sprintf("a wait of %.1f s is longer than the cap", p.LongestWait), p.LongestWait <= maxPause.Seconds())

	zero("requests to another host", f.Foreign)
	zero("credentials sent to another host", f.Security.Leaked)
	zero("spent refresh tokens sent again", f.Security.Reused)

	zero("goroutines left", f.Left.Goroutines)
	zero("file handles left", f.Left.Files)
	zero("timers left", f.Left.Timers)
	hold(fmt.Sprintf("the heap was %d bytes and is %d", f.Left.HeapBefore, f.Left.HeapAfter), f.Left.HeapAfter <= f.Left.HeapBefore+heapSlack)

	rate := 100 * float64(f.Faulted) / float64(max(1, f.Requests))
	hold(fmt.Sprintf("%.1f %% of the requests were hit by a fault", rate), rate > 19 && rate < 21)
	some := func(what string, n int) { hold("no "+what+": this proves nothing", n > 0) }
	some("quota's pause", p.Quota)
	some("wait", p.Waits)
	some("token revoked", f.Rotations)
	some("storm of 401", f.Storms)
	some("edit", f.Edits.Confirmed)
	some("issue read", f.Edits.Read)
	some("upload", t.Uploads-t.UploadErrors)
	some("download", t.Downloads-t.DownloadErrors)
	hold(fmt.Sprintf("%d of %d searches went well", s.Searches, cfg.searches), s.Searches == cfg.searches)
	if len(f.Broken) == 0 {
		return
	}
	for _, details := range [][]string{p.details, f.Left.details} {
		f.Broken = append(f.Broken, details[:min(5, len(details))]...)
	}
	f.Broken = append(f.Broken, again(f.Seed))
}

func again(seed uint64) string {
	return fmt.Sprintf("run this round again: go run ./internal/soak -seed %d -for 1s", seed)
}

// hang notes that a round did not end. What it had counted so far is still being counted.
func (f *figures) hang(seed uint64, limit string) {
	f.Broken = append(f.Broken, fmt.Sprintf("seed %d: a round did not end within %s", seed, limit), again(seed))
}

// add takes a round into the sum. Of what is measured, the worst counts.
func (f *figures) add(r *figures) {
	f.Rounds += r.Rounds
	f.Virtual += r.Virtual
	f.Requests += r.Requests
	f.Faulted += r.Faulted
	if f.Faults == nil {
		f.Faults = map[string]int{}
	}
	for name, n := range r.Faults {
		f.Faults[name] += n
	}
	f.Storms += r.Storms
	f.Rotations += r.Rotations
	f.Foreign += r.Foreign
	f.Broken = append(f.Broken, r.Broken...)
	f.Security.Leaked += r.Security.Leaked
	f.Security.Reused += r.Security.Reused

	o := &f.Once
	o.Keys, o.Issues = o.Keys+r.Once.Keys, o.Issues+r.Once.Issues
	o.Ambiguous, o.Failed = o.Ambiguous+r.Once.Ambiguous, o.Failed+r.Once.Failed
	o.Lost, o.Doubled = o.Lost+r.Once.Lost, o.Doubled+r.Once.Doubled

	c := &f.Creates
	c.Calls, c.Confirmed, c.Refused = c.Calls+r.Creates.Calls, c.Confirmed+r.Creates.Confirmed, c.Refused+r.Creates.Refused
	c.Ambiguous, c.Arrived, c.Issues = c.Ambiguous+r.Creates.Ambiguous, c.Arrived+r.Creates.Arrived, c.Issues+r.Creates.Issues
	c.Lost, c.Doubled, c.Secret = c.Lost+r.Creates.Lost, c.Doubled+r.Creates.Doubled, c.Secret+r.Creates.Secret

	e := &f.Edits
	e.Calls, e.Confirmed, e.Lost = e.Calls+r.Edits.Calls, e.Confirmed+r.Edits.Confirmed, e.Lost+r.Edits.Lost
	e.Reads, e.Read, e.Wrong = e.Reads+r.Edits.Reads, e.Read+r.Edits.Read, e.Wrong+r.Edits.Wrong

	s := &f.Searches
	s.Searches, s.Issues = s.Searches+r.Searches.Searches, s.Issues+r.Searches.Issues
	s.Begun, s.Stalled = s.Begun+r.Searches.Begun, s.Stalled+r.Searches.Stalled
	s.Duplicates, s.Missing = s.Duplicates+r.Searches.Duplicates, s.Missing+r.Searches.Missing
	s.Endless, s.Unfinished = s.Endless+r.Searches.Endless, s.Unfinished+r.Searches.Unfinished

	t, rt := &f.Transfers, r.Transfers
	t.Uploads, t.UploadErrors = t.Uploads+rt.Uploads, t.UploadErrors+rt.UploadErrors
	t.Downloads, t.DownloadErrors = t.Downloads+rt.Downloads, t.DownloadErrors+rt.DownloadErrors
	t.ToldBySize += rt.ToldBySize
	t.Megabytes, t.Different = t.Megabytes+rt.Megabytes, t.Different+rt.Different
	t.Lost, t.Doubled, t.Secret = t.Lost+rt.Lost, t.Doubled+rt.Doubled, t.Secret+rt.Secret
	t.Connections, t.Dialled = t.Connections+rt.Connections, t.Dialled+rt.Dialled

	p := &f.Pauses
	p.Told, p.Quota, p.Waits = p.Told+r.Pauses.Told, p.Quota+r.Pauses.Quota, p.Waits+r.Pauses.Waits
	p.SentDuring, p.Early, p.Late = p.SentDuring+r.Pauses.SentDuring, p.Early+r.Pauses.Early, p.Late+r.Pauses.Late
	p.LongestWait = max(p.LongestWait, r.Pauses.LongestWait)
	p.SlowestResume = max(p.SlowestResume, r.Pauses.SlowestResume)
	p.LongestIdle = max(p.LongestIdle, r.Pauses.LongestIdle)
	p.Together = max(p.Together, r.Pauses.Together)
	p.HourSlept, p.HourTold = max(p.HourSlept, r.Pauses.HourSlept), r.Pauses.HourTold

	l := &f.Left
	l.Goroutines, l.Files, l.Timers = l.Goroutines+r.Left.Goroutines, l.Files+r.Left.Files, l.Timers+r.Left.Timers
	if l.HeapBefore == 0 {
		l.HeapBefore = r.Left.HeapBefore
	}
	l.HeapAfter = r.Left.HeapAfter
}

// print prints the figures at once, so that the error of a reader who is gone is not lost.
func (f *figures) print(out io.Writer, asJSON bool) error {
	var b bytes.Buffer
	if asJSON {
		f.printJSON(&b)
	} else {
		f.printTable(&b)
	}
	_, err := b.WriteTo(out)
	return err
}

func (f *figures) printJSON(out *bytes.Buffer) {
	if f.Broken == nil {
		f.Broken = []string{}
	}
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(out, "%s\n", data)
}

// printTable prints the figures in Markdown.
func (f *figures) printTable(out *bytes.Buffer) {
	w := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	row := func(what, format string, args ...any) {
		fmt.Fprintf(w, "| %s\t| %s\t|\n", what, fmt.Sprintf(format, args...))
	}
	row(fmt.Sprintf("seed %d", f.Seed), "rounds: %d, goroutines: %d, %.0f s (%.0f s virtual)", f.Rounds, f.Goroutines, f.Seconds, f.Virtual)
	row("---", "---")
	row("requests, hit by a fault", "%d, %.1f %%", f.Requests, 100*float64(f.Faulted)/float64(max(1, f.Requests)))
	row("401 in storms, tokens revoked, quota pauses", "%d, %d, %d", f.Storms, f.Rotations, f.Pauses.Quota)
	row("CreateOnce: keys, issues", "%d, %d", f.Once.Keys, f.Once.Issues)
	row("— lost, doubled", "%d, %d", f.Once.Lost, f.Once.Doubled)
	c := f.Creates
	row("Create: confirmed + refused + ambiguous", "%d + %d + %d = %d", c.Confirmed, c.Refused, c.Ambiguous, c.Calls)
	row("— confirmed + ambiguous that arrived, issues", "%d + %d, %d", c.Confirmed, c.Arrived, c.Issues)
	row("— lost, doubled, there though refused", "%d, %d, %d", c.Lost, c.Doubled, c.Secret)
	row("edits confirmed, lost; issues read, wrong", "%d, %d; %d, %d", f.Edits.Confirmed, f.Edits.Lost, f.Edits.Read, f.Edits.Wrong)
	s := f.Searches
	row("searches, begun, issues yielded", "%d, %d, %d", s.Searches, s.Begun, s.Issues)
	row("— duplicates, missing, endless, unfinished", "%d, %d, %d, %d", s.Duplicates, s.Missing, s.Endless, s.Unfinished)
	t := f.Transfers
	row("uploads, errors; downloads, errors, told by their size", "%d, %d; %d, %d, %d", t.Uploads, t.UploadErrors,
		t.Downloads, t.DownloadErrors, t.ToldBySize)
	row("— other bytes, lost, doubled, there though refused", "%d, %d, %d, %d", t.Different, t.Lost, t.Doubled, t.Secret)
	p := f.Pauses
	row("requests sent during a quota pause", "%d", p.SentDuring)
	row("waits, too early, too late", "%d, %d, %d", p.Waits, p.Early, p.Late)
	row("longest wait, slept when told to wait an hour", "%.1f s, %.1f s", p.LongestWait, p.HourSlept)
	row("goroutines resumed together, the slowest after, longest idle", "%d, %.2f s, %.2f s", p.Together, p.SlowestResume, p.LongestIdle)
	row("sent elsewhere: requests, credentials; spent refresh tokens", "%d, %d; %d", f.Foreign, f.Security.Leaked, f.Security.Reused)
	l := f.Left
	row("left: goroutines, connections, file handles, timers", "%d, %d, %d, %d", l.Goroutines, t.Connections, l.Files, l.Timers)
	row("heap before, after", "%.1f MB, %.1f MB", float64(l.HeapBefore)/1e6, float64(l.HeapAfter)/1e6)
	row("promises broken", "%d", len(f.Broken))
	_ = w.Flush() // into memory
	if len(f.Broken) == 0 {
		return
	}
	fmt.Fprintln(out)
	for _, broken := range f.Broken {
		fmt.Fprintln(out, "BROKEN", broken)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Faults)) {
		fmt.Fprintf(out, "%6d %s\n", f.Faults[name], name)
	}
}
