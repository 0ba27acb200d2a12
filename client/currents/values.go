package currents

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/jira-integrations/go-sdk/client"
)

// Time is a moment, read in every form in which Currents sends one and written in UTC with milliseconds.
type Time = client.Time

// ID is an identifier that Currents sends as a string here and as a number there.
type ID = client.ID

// NextPage is the number of the page that follows. Currents sends false when there is none; it is 0 then, as the page
// with the number 0 is the first and follows none.
type NextPage int

// Page returns the number of the next page and whether there is one.
func (n NextPage) Page() (int, bool) { return int(n), n > 0 }

// UnmarshalJSON reads a number, false or null.
func (n *NextPage) UnmarshalJSON(b []byte) error {
	switch b = bytes.TrimSpace(b); string(b) {
	case "false", "null":
		*n = 0
		return nil
	case "true":
		return fmt.Errorf("nextPage is true, which names no page")
	}
	return json.Unmarshal(b, (*int)(n))
}

// MarshalJSON writes a number, or false when there is no next page.
func (n NextPage) MarshalJSON() ([]byte, error) {
	if n <= 0 {
		return []byte("false"), nil
	}
	return strconv.AppendInt(nil, int64(n), 10), nil
}

// UnmarshalJSON reads the object, or a string as its Type.
func (f *Framework) UnmarshalJSON(b []byte) error {
	if b = bytes.TrimSpace(b); len(b) > 0 && b[0] == '"' {
		*f = Framework{}
		return json.Unmarshal(b, &f.Type)
	}
	type plain Framework
	return json.Unmarshal(b, (*plain)(f))
}

// Kind returns the kind of the framework, whichever way it is spelled.
func (f *Framework) Kind() string {
	if f == nil {
		return ""
	}
	if f.Type != "" {
		return f.Type
	}
	return f.Name
}

// UnmarshalJSON reads the page, or a bare list as the only page.
func (p *JiraProjectPage) UnmarshalJSON(b []byte) error {
	if isList(b) {
		*p = JiraProjectPage{}
		err := client.Unmarshal(b, &p.List)
		p.Count, p.Total = len(p.List), len(p.List)
		return err
	}
	type plain JiraProjectPage
	return json.Unmarshal(b, (*plain)(p))
}

// UnmarshalJSON reads the page, or a bare list as the only page.
func (p *IssueTypePage) UnmarshalJSON(b []byte) error {
	if isList(b) {
		*p = IssueTypePage{}
		err := client.Unmarshal(b, &p.List)
		p.Count, p.Total = len(p.List), len(p.List)
		return err
	}
	type plain IssueTypePage
	return json.Unmarshal(b, (*plain)(p))
}

func isList(b []byte) bool {
	b = bytes.TrimSpace(b)
	return len(b) > 0 && b[0] == '['
}

// By returns who cancelled the run, whichever way it is spelled.
func (c *Cancellation) By() string {
	if c == nil {
		return ""
	}
	if c.Actor != "" {
		return c.Actor
	}
	return c.CancelledBy
}

// At returns when the run was cancelled, whichever way it is spelled; zero if it was not.
func (c *Cancellation) At() Time {
	if c == nil {
		return Time{}
	}
	if !c.CanceledAt.IsZero() {
		return c.CanceledAt
	}
	return c.CancelledAt
}
