package spectruth

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Wanted is the list of differences that we want, each with its reason.
type Wanted struct {
	entries []entry
}

type entry struct {
	text    string
	pattern *regexp.Regexp
	used    bool
}

// ParseWanted reads the list: one entry per line, `difference  # reason`, sorted. In the difference, * stands for any
// text. Empty lines and lines that begin with # are for the reader.
func ParseWanted(text string) (*Wanted, error) {
	wanted := &Wanted{}
	last := ""
	for number, line := range strings.Split(text, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		difference, reason, _ := strings.Cut(line, "  # ")
		if strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("line %d gives no reason: write `difference  # reason`", number+1)
		}
		if difference <= last {
			return nil, fmt.Errorf("line %d is not in order, or a duplicate: %s", number+1, difference)
		}
		last = difference
		pattern := strings.ReplaceAll(regexp.QuoteMeta(difference), `\*`, `.*`)
		wanted.entries = append(wanted.entries, entry{difference, regexp.MustCompile("^" + pattern + "$"), false})
	}
	return wanted, nil
}

// Entries returns the differences of the list as they are written.
func (w *Wanted) Entries() []string {
	var texts []string
	for _, e := range w.entries {
		texts = append(texts, e.text)
	}
	return texts
}

// Select returns the part of the list whose entries begin with prefix, and nothing else.
func (w *Wanted) Select(prefix string) *Wanted {
	part := &Wanted{}
	for _, e := range w.entries {
		if strings.HasPrefix(e.text, prefix) {
			part.entries = append(part.entries, e)
		}
	}
	return part
}

// Check holds the differences against the list. It returns those that the list does not explain and the entries that
// explain none of them.
func (w *Wanted) Check(differences []string) (unexplained, unneeded []string) {
	entries := slices.Clone(w.entries)
	for _, line := range differences {
		explained := false
		for i := range entries {
			if entries[i].pattern.MatchString(line) {
				entries[i].used, explained = true, true
			}
		}
		if !explained {
			unexplained = append(unexplained, line)
		}
	}
	for _, e := range entries {
		if !e.used {
			unneeded = append(unneeded, e.text)
		}
	}
	return unexplained, unneeded
}
