package jira

import (
	"fmt"
	"strconv"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

// ID is an id that Jira sends as a number in one answer and as a string in another.
type ID = client.ID

// Time is a moment. It is read in every form that Jira sends ("2024-01-02T15:04:05.000+0000" as a rule, but also with a
// colon in the zone, with Z, and as milliseconds) and written in the one that Jira takes everywhere. Null and "" are the
// zero Time.
type Time struct{ time.Time }

const timeLayout = "2006-01-02T15:04:05.000-0700"

// UnmarshalJSON reads a string, a number or null.
func (t *Time) UnmarshalJSON(b []byte) error { return (*client.Time)(t).UnmarshalJSON(b) }

// UnmarshalText reads any of the forms.
func (t *Time) UnmarshalText(b []byte) error { return (*client.Time)(t).UnmarshalText(b) }

// MarshalText writes the form that Jira takes.
func (t Time) MarshalText() ([]byte, error) { return t.AppendFormat(nil, timeLayout), nil }

// MarshalJSON writes the form that Jira takes, as a string; the zero Time is null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return strconv.AppendQuote(nil, t.Format(timeLayout)), nil
}

// Date is a day, in no time zone: "2024-01-02". The zero Date is no day. To write a day that no calendar has, such as the
// 31st of February, is an error.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf returns the day of t in t's location.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{year, month, day}
}

// Time returns the beginning of the day in loc; in UTC if loc is nil.
func (d Date) Time(loc *time.Location) time.Time {
	if loc == nil {
		loc = time.UTC
	}
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, loc)
}

// IsZero reports whether d is no day.
func (d Date) IsZero() bool { return d == Date{} }

// String returns the day as Jira writes it, "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// UnmarshalJSON reads a string, a number of milliseconds, or null. Of a moment it keeps the day.
func (d *Date) UnmarshalJSON(b []byte) error {
	var t client.Time
	if err := t.UnmarshalJSON(b); err != nil {
		return err
	}
	*d = Date{}
	if !t.IsZero() {
		*d = DateOf(t.Time)
	}
	return nil
}

// UnmarshalText reads "2024-01-02".
func (d *Date) UnmarshalText(b []byte) error {
	t, err := client.ParseTime(string(b))
	if err != nil {
		return err
	}
	*d = Date{}
	if !t.IsZero() {
		*d = DateOf(t)
	}
	return nil
}

// check refuses a day that there is not, and one whose year has not four digits. The zero Date passes.
func (d Date) check() error {
	if d.IsZero() || DateOf(d.Time(time.UTC)) == d && d.Year >= 0 && d.Year <= 9999 {
		return nil
	}
	return fmt.Errorf("%s is no day of the calendar", d)
}

// MarshalText writes "2024-01-02".
func (d Date) MarshalText() ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	return []byte(d.String()), nil
}

// MarshalJSON writes "2024-01-02"; the zero Date is null.
func (d Date) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	return strconv.AppendQuote(nil, d.String()), nil
}
