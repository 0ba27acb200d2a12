package jira_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/jira"
)

func TestDateIsWritten(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		day  jira.Date
		want string // nothing: the day is refused
	}{
		{jira.Date{}, "null"},
		{jira.Date{Year: 2026, Month: 2, Day: 28}, `"2026-02-28"`},
		{jira.Date{Year: 2028, Month: 2, Day: 29}, `"2028-02-29"`},
		{jira.Date{Year: 1, Month: 1, Day: 1}, `"0001-01-01"`},
		{jira.Date{Year: 9999, Month: 12, Day: 31}, `"9999-12-31"`},
		{jira.Date{Year: 2026, Month: 2, Day: 29}, ""},
		{jira.Date{Year: 2026, Month: 13, Day: 1}, ""},
		{jira.Date{Year: 2026, Month: 1, Day: 0}, ""},
		{jira.Date{Year: 2026}, ""},
		{jira.Date{Year: 10000, Month: 1, Day: 1}, ""},
		{jira.Date{Year: -1, Month: 1, Day: 1}, ""},
	} {
		got, err := json.Marshal(tt.day)
		_, textErr := tt.day.MarshalText()
		if string(got) != tt.want || (err == nil) != (tt.want != "") || (textErr == nil) != (err == nil) {
			t.Errorf("%+v is written as %s, %v, %v", tt.day, got, err, textErr)
		}
		if err != nil && !strings.Contains(err.Error(), tt.day.String()+" is no day") {
			t.Errorf("the error is %v", err)
		}
	}
}
