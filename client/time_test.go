package client_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client"
)

func TestTime(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, out string }{
		{"Jira", `"2024-01-02T15:04:05.678+0000"`, `"2024-01-02T15:04:05.678Z"`},
		{"Jira, elsewhere", `"2024-01-02T15:04:05.678+0530"`, `"2024-01-02T09:34:05.678Z"`},
		{"RFC 3339", `"2024-01-02T15:04:05Z"`, `"2024-01-02T15:04:05.000Z"`},
		{"RFC 3339 with a zone", `"2024-01-02T15:04:05-03:00"`, `"2024-01-02T18:04:05.000Z"`},
		{"nanoseconds", `"2024-01-02T15:04:05.123456789Z"`, `"2024-01-02T15:04:05.123Z"`},
		{"microseconds without colon", `"2024-01-02T15:04:05.123456-0800"`, `"2024-01-02T23:04:05.123Z"`},
		{"no seconds", `"2026-03-26T16:00Z"`, `"2026-03-26T16:00:00.000Z"`},
		{"no seconds, zone", `"2026-03-26T16:00+0100"`, `"2026-03-26T15:00:00.000Z"`},
		{"no zone", `"2024-01-02T15:04:05.5"`, `"2024-01-02T15:04:05.500Z"`},
		{"day", `"2024-01-02"`, `"2024-01-02T00:00:00.000Z"`},
		{"milliseconds", `1704207845678`, `"2024-01-02T15:04:05.678Z"`},
		{"seconds", `1704207845`, `"2024-01-02T15:04:05.000Z"`},
		{"seconds with a fraction", `1704207845.678`, `"2024-01-02T15:04:05.678Z"`},
		{"seconds that floats cannot hold", `1.001`, `"1970-01-01T00:00:01.001Z"`},
		{"milliseconds as text", `"1704207845678"`, `"2024-01-02T15:04:05.678Z"`},
		{"before 1970", `-86400000000000`, `"-0768-02-04T00:00:00.000Z"`},
		{"spaces", " \n1704207845 ", `"2024-01-02T15:04:05.000Z"`},
		{"null", `null`, `null`},
		{"empty", `""`, `null`},

		{"words", `"yesterday"`, ""},
		{"day that is none", `"2024-02-30"`, ""},
		{"boolean", `true`, ""},
		{"object", `{}`, ""},
		{"list", `["2024-01-02"]`, ""},
		{"after 9999", `99999999999999999999`, ""},
		{"not a number", `"--5"`, ""},
		{"infinite", `"Inf"`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := struct{ T client.Time }{client.Time{Time: time.Unix(1, 0)}} // overwritten, also by null
			err := json.Unmarshal([]byte(`{"T":`+tt.in+`}`), &got)
			if tt.out == "" {
				if err == nil {
					t.Errorf("read as %v", got.T)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			b, err := json.Marshal(got)
			if want := `{"T":` + tt.out + `}`; err != nil || string(b) != want {
				t.Errorf("written as %s, want %s; err = %v", b, want, err)
			}
			var again struct{ T client.Time }
			if err := json.Unmarshal(b, &again); tt.name != "before 1970" && (err != nil || !again.T.Equal(got.T.Truncate(time.Millisecond))) {
				t.Errorf("read back as %v, want %v; err = %v", again.T, got.T, err)
			}
		})
	}
}

func TestTimeAsText(t *testing.T) {
	t.Parallel()
	want := map[client.Time]int{{Time: time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)}: 1}
	b, err := json.Marshal(want)
	if err != nil || string(b) != `{"2024-01-02T00:00:00.000Z":1}` {
		t.Fatalf("%s, err = %v", b, err)
	}
	var got map[client.Time]int
	if err := json.Unmarshal(b, &got); err != nil || len(got) != 1 {
		t.Fatalf("%v, err = %v", got, err)
	}
	for moment := range got {
		if !moment.Equal(time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("got %v", moment)
		}
	}
	if err := json.Unmarshal([]byte(`{"soon":1}`), &got); err == nil {
		t.Error("soon is a time")
	}
	type optional struct {
		At client.Time `json:"at,omitzero"`
	}
	if b, err := json.Marshal(optional{}); err != nil || string(b) != "{}" {
		t.Errorf("%s, err = %v", b, err)
	}
}

func FuzzTime(f *testing.F) {
	for _, s := range []string{`"2024-01-02T15:04:05.678+0000"`, `1704207845678`, `""`, `null`, `-1e999`, `"-"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got client.Time
		if err := json.Unmarshal([]byte(s), &got); err != nil {
			return
		}
		if _, err := json.Marshal(got); err != nil {
			t.Errorf("%s was read as %v, which cannot be written: %v", s, got, err)
		}
	})
}
