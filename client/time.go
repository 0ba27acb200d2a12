package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Time is a moment, read in every form that the APIs send: RFC 3339, with or without a colon in the zone, with or
// without fractions or seconds, and a number of seconds or milliseconds since 1970. It is written as RFC 3339 in UTC
// with milliseconds. Null and "" are the zero Time.
type Time struct{ time.Time }

// layouts are tried in order; fractions of a second are accepted by each of them.
var layouts = []string{
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04:05Z0700",
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04Z0700",
	"2006-01-02T15:04:05",
	time.DateOnly,
}

// ParseTime reads a moment in any of the forms of [Time]. The empty string is the zero time.
func ParseTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil && strings.Trim(s, "0123456789.-") == "" && math.Abs(n) < maxEpoch {
		return epoch(n), nil
	}
	if len(s) > 40 {
		s = s[:40] + "…"
	}
	return time.Time{}, fmt.Errorf("%q is not a time in a known form", s)
}

// maxEpoch is the year 10000 in milliseconds, which RFC 3339 cannot write.
const maxEpoch = 253402300800000

// epoch takes seconds and milliseconds apart by size: 1e11 seconds is the year 5138, 1e11 milliseconds is 1973.
func epoch(n float64) time.Time {
	if n < 1e11 && n > -1e11 {
		n *= 1000
	}
	return time.UnixMilli(int64(math.Round(n))).UTC()
}

// UnmarshalJSON reads a string, a number or null.
func (t *Time) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	if string(b) == "null" {
		t.Time = time.Time{}
		return nil
	}
	s := string(b)
	if strings.HasPrefix(s, `"`) {
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
	}
	parsed, err := ParseTime(s)
	if err != nil {
		return err
	}
	t.Time = parsed
	return nil
}

// UnmarshalText reads any of the forms.
func (t *Time) UnmarshalText(b []byte) error {
	parsed, err := ParseTime(string(b))
	if err != nil {
		return err
	}
	t.Time = parsed
	return nil
}

// MarshalText writes RFC 3339 in UTC with milliseconds.
func (t Time) MarshalText() ([]byte, error) {
	return t.UTC().AppendFormat(nil, "2006-01-02T15:04:05.000Z07:00"), nil
}

// MarshalJSON writes what MarshalText writes, as a string; the zero Time is null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	b, err := t.MarshalText()
	return strconv.AppendQuote(nil, string(b)), err
}
