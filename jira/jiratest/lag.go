package jiratest

import (
	"maps"
	"slices"
	"time"
)

// past is what an issue was until a change. Search shows it until the delay after that change is over.
type past struct {
	Until      time.Time      `json:"until"`
	Fields     doc            `json:"fields"` // nil: there was no such issue
	Properties map[string]any `json:"properties,omitempty"`
}

// touch notes that an issue has changed; before, unless nil, is what its fields were.
func (c *call) touch(is *issue, before doc) {
	c.remember(is, before)
	is.Fields["updated"] = stamp(c.now)
}

// remember keeps what search knows of an issue. It is called before the properties change, and before the fields do
// unless these are given as they were.
func (c *call) remember(is *issue, fields doc) {
	if c.s.searchDelay == 0 {
		return
	}
	is.Past = slices.DeleteFunc(is.Past, c.caughtUp)
	if n := len(is.Past); n > 0 && is.Past[n-1].Until.Equal(c.now) {
		return // changed twice at one moment: nobody saw what was between
	}
	if fields == nil {
		fields = maps.Clone(is.Fields)
	}
	is.Past = append(is.Past, past{c.now, fields, maps.Clone(is.Properties)})
}

// caughtUp reports whether search shows the change that made something the past.
func (c *call) caughtUp(p past) bool {
	return c.s.searchDelay == 0 || c.now.Sub(p.Until) >= c.s.searchDelay
}

// searchable returns an issue as search knows it now; nil if it does not know it yet. Search lags behind, except for
// the issues in fresh.
func (c *call) searchable(is *issue, fresh []string) *issue {
	if is.Archived != nil {
		return nil
	}
	if len(is.Past) == 0 || slices.Contains(fresh, is.ID) {
		return is
	}
	at := slices.IndexFunc(is.Past, func(p past) bool { return !c.caughtUp(p) })
	switch {
	case at < 0:
		is.Past = nil
		return is
	case is.Past[at].Fields == nil:
		return nil
	}
	shown := *is
	shown.Fields, shown.Properties = is.Past[at].Fields, is.Past[at].Properties
	return &shown
}
