package jira_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
)

// compacted compares JSON by what it says. Numbers count by their digits.
var compacted = cmp.Transformer("meaning", func(raw map[string]string) map[string]any {
	all := make(map[string]any, len(raw))
	for id, src := range raw {
		all[id] = meaning(src)
	}
	return all
})

func meaning(src string) (v any) {
	dec := json.NewDecoder(strings.NewReader(src))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return err.Error()
	}
	return v
}

// essence drops what a typed field cannot tell from nothing, and writes times and ids in one form.
func essence(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		if v["type"] == "doc" {
			return v // a document is kept as it came
		}
		kept := make(map[string]any)
		for key, value := range v {
			if e := essence(key, value); e != nil {
				kept[key] = e
			}
		}
		if len(kept) > 0 {
			return kept
		}
	case []any:
		kept := make([]any, len(v))
		for i, value := range v {
			kept[i] = essence(name, value)
		}
		if len(kept) > 0 {
			return kept
		}
	case json.Number:
		switch {
		case name == "created":
			return essence(name, v.String())
		case name == "id":
			return v.String()
		case v != "0":
			return v
		}
	case bool:
		if v {
			return v
		}
	case string:
		if at, err := client.ParseTime(v); err == nil && len(v) > 12 {
			return at.UTC().Format(time.RFC3339Nano)
		}
		if v != "" {
			return v
		}
	}
	return nil
}

func TestRoundTripLosesNothing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"full.json", "escaped.json"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := document(t, name)
			issue := unmarshal(t, doc)
			written, err := json.Marshal(issue)
			if err != nil {
				t.Fatal(err)
			}
			want, got := meaning(doc).(map[string]any), meaning(string(written)).(map[string]any)
			// What is kept as received comes back to the digit, empty values included.
			for _, path := range [][]string{{"fields"}, {"renderedFields"}, {"operations"}, {"versionedRepresentations"}, {"properties"}} {
				w, _ := want[path[0]].(map[string]any)
				g, _ := got[path[0]].(map[string]any)
				for key, value := range w {
					if path[0] == "fields" && issue.Fields.Raw(key) == nil {
						continue
					}
					if diff := cmp.Diff(value, g[key]); diff != "" {
						t.Errorf("%s.%s (-want +got):\n%s", path[0], key, diff)
					}
				}
			}
			if diff := cmp.Diff(essence("", want), essence("", got)); diff != "" {
				t.Errorf("the issue (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRoundTripReadsTheSame(t *testing.T) {
	t.Parallel()
	for name, doc := range documents(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			issue := unmarshal(t, doc)
			written, err := json.Marshal(issue)
			if err != nil {
				t.Fatal(err)
			}
			if repeats(string(written), exactCase) {
				t.Errorf("a property is written twice: %s", written)
			}
			again := unmarshal(t, string(written))
			if diff := cmp.Diff(others(&issue.Fields), others(&again.Fields), compacted); diff != "" {
				t.Errorf("fields kept as received (-want +got):\n%s", diff)
			}
			twice, err := json.Marshal(again)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(essence("", meaning(string(written))), essence("", meaning(string(twice)))); diff != "" {
				t.Errorf("written again (-want +got):\n%s", diff)
			}
		})
	}
}

// A system field that was kept as received gives way to the value that a program sets.
func TestRoundTripAfterAChange(t *testing.T) {
	t.Parallel()
	issue := unmarshal(t, `{"fields":{"timespent":"5400","customfield_1":1}}`)
	issue.Fields.TimeSpent = 60
	issue.Fields.Summary = "new"
	written, err := json.Marshal(issue)
	if err != nil {
		t.Fatal(err)
	}
	want := parse(t, `{"fields":{"timespent":60,"summary":"new","customfield_1":1}}`)
	if diff := cmp.Diff(want, parse(t, string(written))); diff != "" || repeats(string(written), exactCase) {
		t.Errorf("written %s (-want +got):\n%s", written, diff)
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 1, 2, 15, 4, 5, 0, time.UTC)
	for src, want := range map[string]time.Time{
		`"2024-01-02T15:04:05.000+0000"`: at, `"2024-01-02T16:04:05.000+01:00"`: at, `"2024-01-02T15:04:05Z"`: at,
		`"2024-01-02T15:04Z"`: at.Truncate(time.Minute), `1704207845000`: at, `1704207845`: at, `"1704207845000"`: at,
		`null`: {}, `""`: {}, `"2024-01-02"`: at.Truncate(24 * time.Hour), `"2024-01-02T11:34:05.000-0330"`: at,
	} {
		var got jira.Time
		if err := json.Unmarshal([]byte(src), &got); err != nil || !got.Equal(want) {
			t.Errorf("%s reads %v, %v", src, got, err)
		}
	}
	for _, src := range []string{`"soon"`, `{}`, `[1]`, `true`, `"2024-02-30T00:00:00.000+0000"`} {
		if err := json.Unmarshal([]byte(src), new(jira.Time)); err == nil {
			t.Errorf("%s reads as a time", src)
		}
		if err := json.Unmarshal([]byte(src), new(jira.Date)); err == nil {
			t.Errorf("%s reads as a day", src)
		}
	}
	written, err := json.Marshal(map[string]any{
		"t": jira.Time{Time: at.In(time.FixedZone("", 19800))}, "z": jira.Time{}, "d": jira.DateOf(at), "n": jira.Date{},
	})
	if want := `{"d":"2024-01-02","n":null,"t":"2024-01-02T20:34:05.000+0530","z":null}`; err != nil || string(written) != want {
		t.Errorf("written %s, %v, want %s", written, err, want)
	}
	var clock jira.Time
	text, err := jira.Time{Time: at}.MarshalText()
	if string(text) != "2024-01-02T15:04:05.000+0000" || err != nil || clock.UnmarshalText(text) != nil || !clock.Equal(at) || clock.UnmarshalText([]byte("x")) == nil {
		t.Errorf("as text the time is %s, %v", text, clock)
	}
	if text, err := jira.DateOf(at).MarshalText(); string(text) != "2024-01-02" || err != nil {
		t.Errorf("as text the day is %s, %v", text, err)
	}
	var day jira.Date
	if err := day.UnmarshalText([]byte("2024-01-02")); err != nil || day.String() != "2024-01-02" || !day.Time(time.UTC).Equal(at.Truncate(24*time.Hour)) {
		t.Errorf("the day is %v, %v", day, err)
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]jira.ID{`"10"`: "10", ` 10 `: "10", `null`: "", `""`: "", `12345678901234567890`: "12345678901234567890"} {
		var got jira.ID
		if err := json.Unmarshal([]byte(src), &got); err != nil || got != want {
			t.Errorf("%s reads %q, %v", src, got, err)
		}
	}
	for _, src := range []string{`{}`, `[]`, `true`} {
		if err := json.Unmarshal([]byte(src), new(jira.ID)); err == nil {
			t.Errorf("%s reads as an id", src)
		}
	}
}
