package client_test

import (
	"encoding/json"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
)

func TestID(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]client.ID{
		`"10"`: "10", ` 10 `: "10", `""`: "", `"a\u00e9"`: "aé", `12345678901234567890`: "12345678901234567890", `null`: "",
	} {
		got := client.ID("before")
		if err := json.Unmarshal([]byte(src), &got); err != nil || got != want {
			t.Errorf("%s: got %q, %v", src, got, err)
		}
		if err := got.UnmarshalJSON([]byte(" " + src)); err != nil || got != want {
			t.Errorf("%s, read by itself: got %q, %v", src, got, err)
		}
	}
	for _, src := range []string{`{}`, `[]`, `true`, `"open`, ``} {
		got := client.ID("before")
		if err := got.UnmarshalJSON([]byte(src)); err == nil || got != "before" {
			t.Errorf("%s: got %q, %v", src, got, err)
		}
	}
	if b, err := json.Marshal(client.ID("10")); string(b) != `"10"` || err != nil {
		t.Errorf("written as %s, %v", b, err)
	}
}
